"""What changes the outbox and the coordinators' call list. Nothing is sent here: see `delivery`."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.messages.models import CallBack, Channel, MessageStatus, OutboxMessage
from app.shared.audit import record
from app.shared.contacts import is_mobile
from app.shared.database import Base
from app.shared.errors import NotFound, Refusal
from app.shared.secrets import Email, Phone
from app.shared.times import HONG_KONG, hong_kong_moment


class AlreadyDone(Refusal):
    """Somebody else has done this call, or the message has left in the meantime."""


@dataclass(frozen=True)
class Recipient:
    """One person, and the one way this message reaches them. Raises ValueError when address and channel differ."""

    channel: Channel
    address: Phone | Email | None
    language: str
    account_id: int | None = None

    def __post_init__(self) -> None:
        fits = {
            Channel.SMS: isinstance(self.address, Phone),
            Channel.EMAIL: isinstance(self.address, Email),
            Channel.PHONE_CALL: self.address is None or isinstance(self.address, Phone),
        }
        if not fits[self.channel]:
            raise ValueError(f"no address for {self.channel}")


class Reachable(Protocol):
    """A person's row that says how the person is reached (a volunteer, a carer)."""

    @property
    def reached_by(self) -> Channel: ...
    @property
    def phone(self) -> Phone | None: ...
    @property
    def email(self) -> Email | None: ...
    @property
    def language(self) -> str: ...
    @property
    def account_id(self) -> int | None: ...


@dataclass(frozen=True)
class Message:
    """What somebody is to be told. `ids` and `about` name rows; the words are made when it leaves."""

    kind: str
    recipient: Recipient
    dedupe_key: str
    """One message for ever: a second one with the same key is the first one."""
    ids: dict[str, Any] = field(default_factory=dict)
    secret: str | None = None
    about: Base | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    may_wake: bool = False
    """It leaves at night too: a code somebody waits for, or what concerns the hours to come."""


@dataclass(frozen=True)
class QuietHours:
    """The part of the Hong Kong day, over midnight or not, in which nobody is written to. Equal times: none."""

    begins: time
    ends: time

    def waits_until(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it falls into."""
        local = moment.astimezone(HONG_KONG)
        clock, today = local.time(), local.date()
        if self.begins <= self.ends:
            return hong_kong_moment(today, self.ends) if self.begins <= clock < self.ends else moment
        if clock >= self.begins:
            return hong_kong_moment(today + timedelta(days=1), self.ends)
        return hong_kong_moment(today, self.ends) if clock < self.ends else moment


NEVER_QUIET = QuietHours(time(), time())
_quiet: list[QuietHours] = [NEVER_QUIET]


def install_quiet_hours(hours: QuietHours) -> None:
    """Keep these quiet hours in this process. Called once by whoever puts the rooms together."""
    _quiet[:] = [hours]


def waits_until(moment: datetime) -> datetime:
    """When a message of `moment` that wakes nobody may leave."""
    return _quiet[0].waits_until(moment)


def recipient_of(person: Reachable) -> Recipient:
    """How `person` is reached: as they wish when that is possible, else by a phone call."""
    if person.reached_by == Channel.SMS and person.phone and is_mobile(person.phone):
        return Recipient(Channel.SMS, person.phone, person.language, person.account_id)
    if person.reached_by == Channel.EMAIL and person.email:
        return Recipient(Channel.EMAIL, person.email, person.language, person.account_id)
    return Recipient(Channel.PHONE_CALL, person.phone, person.language, person.account_id)


def queue_message(session: Session, message: Message, *, now: datetime) -> OutboxMessage:
    """The message's row, to leave with (after) this transaction; the earlier row when the key was used before.

    In the quiet hours it waits for the morning unless it may wake. For Channel.PHONE_CALL the row is a line on the
    coordinators' call list.
    """
    earlier = select(OutboxMessage).where(OutboxMessage.dedupe_key == message.dedupe_key)
    known = session.scalars(earlier).one_or_none()
    if known is not None:
        return known
    leaves_at = message.not_before or now
    if not message.may_wake and message.recipient.channel is not Channel.PHONE_CALL:
        leaves_at = waits_until(leaves_at)
    row = OutboxMessage(
        dedupe_key=message.dedupe_key,
        kind=message.kind,
        channel=message.recipient.channel,
        language=message.recipient.language,
        ids=message.ids,
        account_id=message.recipient.account_id,
        about_kind=message.about.__tablename__ if message.about is not None else "",
        about_id=getattr(message.about, "id", None),
        status=MessageStatus.QUEUED,
        queued_at=now,
        not_before=leaves_at,
        expires_at=message.expires_at,
        attempts=0,
    )
    row.address = message.recipient.address
    row.secret = message.secret
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        known = session.scalars(earlier).one_or_none()
        if known is None:
            raise
        return known
    return row


def withdraw_messages(
    session: Session, *, about: Base | None = None, dedupe_prefix: str = "", now: datetime
) -> int:
    """Take back what has not left: messages about the row `about`, or whose key begins with `dedupe_prefix`.

    How many were taken back. One that is being sent at this moment is not. Raises ValueError without either.
    """
    meant: list[ColumnElement[bool]] = []
    if about is not None:
        meant += [
            OutboxMessage.about_kind == about.__tablename__,
            OutboxMessage.about_id == getattr(about, "id", None),
        ]
    if dedupe_prefix:
        meant.append(OutboxMessage.dedupe_key.startswith(dedupe_prefix, autoescape=True))
    if not meant:
        raise ValueError("name the messages to withdraw")
    withdrawn = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until <= now),
            *meant,
        )
        .values(status=MessageStatus.WITHDRAWN, secret_box=None, finished_at=now, lease_until=None)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    return len(withdrawn)


def try_again(session: Session, message_id: int, *, by: int, now: datetime) -> OutboxMessage:
    """Put a message that was given up back into the queue. Raises NotFound or AlreadyDone."""
    message = _message_to_change(session, message_id)
    if message.status != MessageStatus.DEAD:
        raise AlreadyDone
    message.status = MessageStatus.QUEUED
    message.attempts = 0
    message.not_before = now
    message.finished_at = None
    session.flush()
    record(session, "message.tried_again", message, by=by, now=now)
    return message


def tell_by_phone(session: Session, message_id: int, *, by: int, now: datetime) -> OutboxMessage:
    """A coordinator has told the person on the phone what a message says: one from the call list, or a dead one.

    Raises NotFound or AlreadyDone.
    """
    message = _message_to_change(session, message_id)
    is_waiting_for_call = message.status == MessageStatus.QUEUED and message.channel == Channel.PHONE_CALL
    if not is_waiting_for_call and message.status != MessageStatus.DEAD:
        raise AlreadyDone
    message.status = MessageStatus.SENT
    message.secret = None
    message.finished_at = now
    session.flush()
    record(session, "message.told_by_phone", message, by=by, now=now)
    return message


def note_unanswered_call(session: Session, message_id: int, *, by: int, now: datetime) -> OutboxMessage:
    """Nobody picked up: the line stays on the call list and says how often that was. Raises NotFound, AlreadyDone."""
    message = _message_to_change(session, message_id)
    if message.status != MessageStatus.QUEUED or message.channel != Channel.PHONE_CALL:
        raise AlreadyDone
    message.attempts += 1
    session.flush()
    record(session, "message.call_unanswered", message, by=by, now=now)
    return message


@dataclass(frozen=True)
class CallBackAsked:
    """Somebody's wish to be phoned."""

    name: str
    phone: Phone
    note: str
    page: str
    """The path of the page the wish was made on."""
    draft_id: int | None
    language: str


def ask_for_call_back(session: Session, asked: CallBackAsked, *, now: datetime) -> CallBack:
    """A line on the coordinators' call list."""
    call_back = CallBack(
        name=asked.name, page=asked.page, draft_id=asked.draft_id, language=asked.language, asked_at=now
    )
    call_back.phone = asked.phone
    call_back.note = asked.note
    session.add(call_back)
    session.flush()
    record(session, "call_back.asked", call_back, by=None, now=now)
    return call_back


def finish_call_back(
    session: Session, call_back_id: int, outcome: str, *, by: int, now: datetime
) -> CallBack:
    """The person has been phoned; what came of it. Raises NotFound or AlreadyDone."""
    call_back = session.scalars(
        select(CallBack)
        .where(CallBack.id == call_back_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if call_back is None:
        raise NotFound
    if call_back.done_at is not None:
        raise AlreadyDone
    call_back.done_at = now
    call_back.done_by_id = by
    call_back.outcome = outcome
    session.flush()
    record(session, "call_back.done", call_back, by=by, now=now)
    return call_back


def _message_to_change(session: Session, message_id: int) -> OutboxMessage:
    message = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if message is None:
        raise NotFound
    return message

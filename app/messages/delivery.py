"""Messages leave: claimed by lease, worded in the recipient's language, sent outside any transaction, marked.

At least once, always with the same id. A crash anywhere leaves the row queued; when its lease is over it is tried
again. A repeat is possible only between the other side's "taken" and our mark.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from flask import current_app
from flask_babel import force_locale
from jinja2 import TemplateNotFound
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.messages.channels import Channels, Letter, NotSent, send
from app.messages.models import Channel, Failure, MessageStatus, OutboxMessage
from app.messages.queries import due, is_anything_due
from app.shared.database import Database
from app.shared.errors import Refusal
from app.shared.times import utc_now

Note = Callable[[Session], None]
"""Writes what came of a try."""
Worder = Callable[[Session, Mapping[str, Any]], Mapping[str, object]]
"""`worder(session, ids)`: the values that the template of a message's kind needs."""

SECONDS_A_ROUND = 5.0
LEASE = timedelta(minutes=2)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 25, 125, 180))
"""How long after each failed try; the last goes on. Twelve tries fill a day, then the message is given up."""
MOST_TRIES = 12
LONGEST_REASON = 300


@dataclass(frozen=True)
class Claim:
    """A message that is ours to send until its lease is over. `attempt` numbers the try."""

    id: int
    channel: Channel
    attempt: int


class NothingToSay(Exception):
    """What the message speaks of is gone: it does not leave, and nobody needs to be told."""


def deliver_due(
    database: Database,
    channels: Channels,
    *,
    clock: Callable[[], datetime] = utc_now,
    seconds: float = SECONDS_A_ROUND,
) -> int:
    """Send what is due, what expires first before the rest; how many were sent. Needs an application context.

    Returns after about `seconds`, or sooner when nothing is left; one query when nothing is due. A channel that
    fails rests until the next round, so that it holds nobody else up.
    """
    with database.reading() as session:
        if not is_anything_due(session, now=clock()):
            return 0
    resting: set[Channel] = set()
    sent = 0
    note: Note = partial(set_aside_expired, now=clock())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        claim = database.in_transaction(partial(_note_and_claim, note=note, without=resting, now=clock()))
        if claim is None:
            return sent
        try:
            _send(database, channels, claim)
        except NothingToSay:
            note = partial(mark_overtaken, message_id=claim.id, now=clock())
        except NotSent as failure:
            note = partial(
                mark_failed, claim=claim, reason=failure.reason, is_final=failure.is_final, now=clock()
            )
            if not failure.is_final:
                resting.add(claim.channel)
        else:
            note = partial(mark_sent, message_id=claim.id, now=clock())
            sent += 1
    database.in_transaction(note)
    return sent


def _note_and_claim(
    session: Session, *, note: Note, without: Collection[Channel], now: datetime
) -> Claim | None:
    """What came of the last message is written with the claim of the next: one commit a message."""
    note(session)
    return claim_next(session, without=without, now=now)


def set_aside_expired(session: Session, *, now: datetime) -> None:
    """What is out of date does not leave; its secret is erased, and that of a dead message too."""
    expired = OutboxMessage.expires_at <= now
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            expired,
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until <= now),
        )
        .values(status=MessageStatus.EXPIRED, secret_box=None, finished_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.status == MessageStatus.DEAD, OutboxMessage.secret_box.is_not(None), expired)
        .values(secret_box=None)
        .execution_options(synchronize_session=False)
    )


def claim_next(session: Session, *, without: Collection[Channel], now: datetime) -> Claim | None:
    """Take the lease of one message that is due; two senders never take the same."""
    message = session.scalars(
        select(OutboxMessage)
        .where(due(now), OutboxMessage.channel.not_in(without))
        .order_by(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if message is None:
        return None
    message.lease_until = now + LEASE
    message.attempts += 1
    return Claim(message.id, message.channel, message.attempts)


def mark_sent(session: Session, message_id: int, *, now: datetime) -> None:
    """The message has left: whoever holds the lease by now, it is done."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.status == MessageStatus.QUEUED)
        .values(status=MessageStatus.SENT, secret_box=None, finished_at=now, lease_until=None, last_error="")
        .execution_options(synchronize_session=False)
    )


def mark_overtaken(session: Session, message_id: int, *, now: datetime) -> None:
    """Nothing is left to say: as if its time had run out."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.status == MessageStatus.QUEUED)
        .values(status=MessageStatus.EXPIRED, secret_box=None, finished_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def mark_failed(session: Session, claim: Claim, *, reason: str, is_final: bool, now: datetime) -> None:
    """The try failed: again later, or given up. Does nothing when another sender has claimed it since."""
    is_over = is_final or claim.attempt >= MOST_TRIES
    changes: dict[str, object] = (
        {"status": MessageStatus.DEAD, "finished_at": now}
        if is_over
        else {"not_before": now + BACK_OFF[min(claim.attempt, len(BACK_OFF)) - 1]}
    )
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == claim.id,
            OutboxMessage.status == MessageStatus.QUEUED,
            OutboxMessage.attempts == claim.attempt,
        )
        .values(**changes, lease_until=None, last_error=reason[:LONGEST_REASON])
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class Wording:
    """A message in words."""

    subject: str
    text: str
    facts: Mapping[str, object]
    """What the worder gave; "person" and "desk" serve the call list."""


def worded(session: Session, message: OutboxMessage, language: str | None = None) -> Wording:
    """The words of `message`, in the recipient's language unless another is named.

    Raises Refusal (NotFound) when what it speaks of is gone, and TemplateNotFound for a kind without wording.
    """
    worders: Mapping[str, Worder] = current_app.extensions["worders"]
    worder = worders.get(message.kind)
    facts = worder(session, message.ids) if worder is not None else {}
    template = current_app.jinja_env.get_template(f"messages/{message.kind}.txt")
    with force_locale(language or message.language):
        rendered = template.render({**facts, "secret": message.secret, "link": link})
    subject, _, text = rendered.strip().partition("\n")
    return Wording(" ".join(subject.split()), text.strip(), facts)


def link(endpoint: str, **values: object) -> str:
    """The full address of a page, for messages."""
    path = current_app.url_map.bind("").build(endpoint, cast(dict[str, Any], values))
    return f"{current_app.extensions['settings'].public_url}{path}"


def _send(database: Database, channels: Channels, claim: Claim) -> None:
    with database.reading() as session:
        letter = _letter(session, claim)
    send(channels, letter)


def _letter(session: Session, claim: Claim) -> Letter:
    message = session.get_one(OutboxMessage, claim.id)
    try:
        wording = worded(session, message)
    except Refusal as refusal:
        raise NothingToSay from refusal
    except TemplateNotFound as error:
        raise NotSent(Failure.NO_WORDS, type(error).__name__, is_final=True) from error
    except Exception as error:
        current_app.logger.exception("message %s cannot be worded", claim.id)
        raise NotSent(Failure.NO_WORDS, type(error).__name__) from error
    return Letter(
        id=message.dedupe_key,
        channel=message.channel,
        to=str(message.address),
        subject=wording.subject,
        text=wording.text,
    )

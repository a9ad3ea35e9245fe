"""Messages are rows: once per key, taken back before they leave, a phone call for whoever has no other way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.messages.models import CallBack, Channel, MessageStatus, OutboxMessage
from app.messages.use_cases import (
    AlreadyDone,
    CallBackAsked,
    Message,
    Recipient,
    ask_for_call_back,
    finish_call_back,
    note_unanswered_call,
    queue_message,
    recipient_of,
    tell_by_phone,
    try_again,
    withdraw_messages,
)
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database
from app.shared.errors import NotFound
from app.shared.secrets import Email, Phone
from tests.people import make_coordinator

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = Recipient(Channel.SMS, read_phone("9123 4567"), "zh_Hant_HK")
LAU = Recipient(Channel.PHONE_CALL, read_phone("2345 6789"), "zh_Hant_HK")
pytestmark = pytest.mark.usefixtures("keys")


def queue(
    session: Session, key: str = "offer:1", recipient: Recipient = CHAN, **changes: object
) -> OutboxMessage:
    message = Message(kind="sign_in_code", recipient=recipient, dedupe_key=key, **changes)  # type: ignore[arg-type]  # a test's own facts
    return queue_message(session, message, now=NOON)


def how_many(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_a_message_leaves_with_its_transaction_or_not_at_all(database: Database) -> None:
    def fail(session: Session) -> None:
        queue(session)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.in_transaction(fail)
    assert how_many(database) == 0


def test_one_key_is_one_message_for_ever(database: Database) -> None:
    def twice(session: Session) -> None:
        assert queue(session).id == queue(session, secret="123456").id

    database.in_transaction(twice)
    assert how_many(database) == 1


def test_one_key_is_one_message_even_at_once(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = list(
            threads.map(lambda _: database.in_transaction(lambda session: queue(session).id), range(8))
        )
    assert len(set(ids)) == 1
    assert how_many(database) == 1


def test_address_and_secret_lie_sealed(database: Database) -> None:
    database.in_transaction(lambda session: queue(session, secret="246810"))
    with database.reading() as session:
        row = b"".join(
            bytes(value)
            for value in session.execute(text("SELECT address_box, secret_box FROM outbox_messages")).one()
        )
    assert b"91234567" not in row
    assert b"246810" not in row


@pytest.mark.parametrize(
    ("channel", "address"),
    (
        (Channel.SMS, read_email("a@example.org")),
        (Channel.SMS, None),
        (Channel.EMAIL, read_phone("9123 4567")),
        (Channel.PHONE_CALL, read_email("a@example.org")),
    ),
)
def test_one_recipient_by_type(channel: Channel, address: Phone | Email | None) -> None:
    with pytest.raises(ValueError, match="no address"):
        Recipient(channel, address, "en")


@dataclass
class Person:
    reached_by: Channel
    phone: Phone | None = None
    email: Email | None = None
    language: str = "en"
    account_id: int | None = None


@pytest.mark.parametrize(
    ("person", "channel"),
    (
        (Person(Channel.SMS, read_phone("9123 4567")), Channel.SMS),
        (Person(Channel.SMS, read_phone("2345 6789")), Channel.PHONE_CALL),
        (Person(Channel.EMAIL, email=read_email("a@example.org")), Channel.EMAIL),
        (Person(Channel.EMAIL, read_phone("9123 4567")), Channel.PHONE_CALL),
        (Person(Channel.PHONE_CALL, read_phone("9123 4567")), Channel.PHONE_CALL),
        (Person(Channel.PHONE_CALL), Channel.PHONE_CALL),
    ),
)
def test_people_are_reached_as_they_wish_when_that_is_possible(person: Person, channel: Channel) -> None:
    assert recipient_of(person).channel == channel


def test_undo_takes_back_what_has_not_left(database: Database) -> None:
    def write(session: Session) -> None:
        about = make_coordinator(session)
        later = NOON + timedelta(minutes=10)
        first = queue(session, "offer:1", secret="x", about=about, not_before=later)
        second = queue(session, "offer:2", not_before=later)
        other = queue(session, "offerings:1")
        leaving = queue(session, "offer:3")
        leaving.lease_until = NOON + timedelta(minutes=1)
        session.flush()
        assert withdraw_messages(session, about=about, now=NOON) == 1
        assert withdraw_messages(session, dedupe_prefix="offer:", now=NOON) == 1
        assert first.status == second.status == MessageStatus.WITHDRAWN
        assert first.secret is None
        assert other.status == leaving.status == MessageStatus.QUEUED
        with pytest.raises(ValueError, match="name the messages"):
            withdraw_messages(session, now=NOON)

    database.in_transaction(write)


def test_a_prefix_is_no_pattern(database: Database) -> None:
    def write(session: Session) -> None:
        queue(session, "offer:1")
        assert withdraw_messages(session, dedupe_prefix="%", now=NOON) == 0

    database.in_transaction(write)


def test_a_person_who_is_reached_by_phone_is_told_once(database: Database) -> None:
    def write(session: Session) -> None:
        by = make_coordinator(session).id
        message = queue(session, recipient=LAU)
        note_unanswered_call(session, message.id, by=by, now=NOON)
        assert message.attempts == 1
        tell_by_phone(session, message.id, by=by, now=NOON)
        assert message.status == MessageStatus.SENT
        for again in (tell_by_phone, note_unanswered_call, try_again):
            with pytest.raises(AlreadyDone):
                again(session, message.id, by=by, now=NOON)
        with pytest.raises(NotFound):
            tell_by_phone(session, message.id + 1, by=by, now=NOON)

    database.in_transaction(write)


def test_a_message_that_leaves_by_itself_is_not_told_by_phone(database: Database) -> None:
    def write(session: Session) -> None:
        by = make_coordinator(session).id
        with pytest.raises(AlreadyDone):
            tell_by_phone(session, queue(session).id, by=by, now=NOON)

    database.in_transaction(write)


def test_a_call_back_is_done_once(database: Database) -> None:
    def write(session: Session) -> None:
        by = make_coordinator(session).id
        asked = CallBackAsked("陳大文", read_phone("9123 4567"), "想做義工", "/volunteer", None, "zh_Hant_HK")
        call_back = ask_for_call_back(session, asked, now=NOON)
        assert finish_call_back(session, call_back.id, "已登記", by=by, now=NOON).done_by_id == by
        with pytest.raises(AlreadyDone):
            finish_call_back(session, call_back.id, "again", by=by, now=NOON)
        with pytest.raises(NotFound):
            finish_call_back(session, call_back.id + 1, "nobody", by=by, now=NOON)
        assert session.get_one(CallBack, call_back.id).outcome == "已登記"

    database.in_transaction(write)

"""Messages leave at least once with the same id, outside any transaction, in the recipient's language; none is lost."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from app.messages import delivery
from app.messages.channels import Letter, NotSent
from app.messages.delivery import BACK_OFF, LEASE, MOST_TRIES, claim_next, deliver_due, worded
from app.messages.models import Channel, Failure, MessageStatus, OutboxMessage
from app.messages.queries import is_anything_due
from app.messages.use_cases import Message, Recipient, queue_message, try_again
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database, is_in_transaction
from app.shared.errors import NotFound
from tests.people import make_coordinator

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = Recipient(Channel.SMS, read_phone("9123 4567"), "zh_Hant_HK")
LEE = Recipient(Channel.EMAIL, read_email("lee@example.org"), "en")
LAU = Recipient(Channel.PHONE_CALL, read_phone("2345 6789"), "zh_Hant_HK")


class Killed(BaseException):
    """The process dies here: nothing after it runs."""


class Post:
    """A channel that keeps what it was given; `before` and `after` are called around the taking."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.letters: list[Letter] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def send(self, letter: Letter) -> None:
        assert not is_in_transaction()
        pool = self.database.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0, "a connection is held while sending"
        self.before()
        self.letters.append(letter)
        self.after()


class Clock:
    """The time the sender is told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Office:
    """An outbox with its sender."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.database: Database = app.extensions["database"]
        self.post = Post(self.database)
        self.clock = Clock()

    def queues(
        self,
        key: str = "code:1",
        recipient: Recipient = CHAN,
        *,
        not_before: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> int:
        """A message with a code is in the outbox; its id."""
        message = Message(
            kind="sign_in_code",
            recipient=recipient,
            dedupe_key=key,
            secret="246810",
            not_before=not_before,
            expires_at=expires_at,
        )
        return self.database.in_transaction(
            lambda session: queue_message(session, message, now=self.clock.now).id
        )

    def delivers(self) -> int:
        """The sender does a round."""
        with self.app.app_context():
            return deliver_due(
                self.database, {Channel.SMS: self.post, Channel.EMAIL: self.post}, clock=self.clock
            )

    def later(self, passed: timedelta) -> "Office":
        self.clock.now += passed
        return self

    def row(self, message_id: int) -> OutboxMessage:
        with self.database.reading() as session:
            return session.get_one(OutboxMessage, message_id)


@pytest.fixture
def office(app: Flask) -> Office:
    return Office(app)


def fails(*, is_final: bool = False) -> Callable[[], None]:
    def fail() -> None:
        raise NotSent(Failure.GATEWAY_REFUSED, "503", is_final=is_final)

    return fail


def kill() -> None:
    raise Killed


def test_a_message_leaves_in_the_recipients_language_and_its_secret_is_erased(office: Office) -> None:
    to_chan = office.queues()
    to_lee = office.queues("code:2", LEE)
    assert office.delivers() == 2
    sms, mail = office.post.letters
    assert (sms.id, sms.to) == ("code:1", "+85291234567")
    assert sms.text == "荃葵青義工大學：你的登入驗證碼是 246810，10分鐘內有效。我們不會向你索取驗證碼。"
    assert (mail.to, mail.subject) == ("lee@example.org", "Your sign-in code")
    for message_id in (to_chan, to_lee):
        row = office.row(message_id)
        assert (row.status, row.secret, row.finished_at) == (MessageStatus.SENT, None, NOON)
    assert office.delivers() == 0


def test_a_message_waits_until_it_may_leave(office: Office) -> None:
    office.queues(not_before=NOON + timedelta(minutes=10))
    assert office.later(timedelta(minutes=9, seconds=59)).delivers() == 0
    assert office.later(timedelta(seconds=1)).delivers() == 1


def test_what_is_out_of_date_is_not_sent_and_its_secret_is_erased(office: Office) -> None:
    message_id = office.queues(expires_at=NOON + timedelta(minutes=10))
    assert office.later(timedelta(minutes=10)).delivers() == 0
    row = office.row(message_id)
    assert (row.status, row.secret) == (MessageStatus.EXPIRED, None)
    assert not office.post.letters


def test_a_phone_call_is_left_to_people(office: Office) -> None:
    message_id = office.queues(recipient=LAU)
    assert office.delivers() == 0
    assert office.row(message_id).status == MessageStatus.QUEUED


def test_what_expires_first_leaves_first(office: Office) -> None:
    office.queues("offer:1")
    office.queues("offer:2", expires_at=NOON + timedelta(days=2))
    office.queues("code:9", expires_at=NOON + timedelta(minutes=10))
    office.delivers()
    assert [letter.id for letter in office.post.letters] == ["code:9", "offer:2", "offer:1"]


@pytest.mark.parametrize(
    "moment", ("before the claim", "after the claim", "while sending", "after sending", "before the mark")
)
def test_killed_anywhere_it_leaves_at_least_once_with_the_same_id(
    office: Office, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    message_id = office.queues()
    with monkeypatch.context() as patched:
        if moment == "before the claim":
            patched.setattr(delivery, "claim_next", lambda *_a, **_k: kill())
        elif moment == "after the claim":
            patched.setattr(delivery, "_send", lambda *_a: kill())
        elif moment == "while sending":
            office.post.before = kill
        elif moment == "after sending":
            office.post.after = kill
        else:
            patched.setattr(delivery, "mark_sent", lambda *_a, **_k: kill())
        with pytest.raises(Killed):
            office.delivers()
    office.post.before = office.post.after = lambda: None
    has_left = moment in ("after sending", "before the mark")
    assert len(office.post.letters) == has_left
    assert office.row(message_id).status == MessageStatus.QUEUED
    office.later(LEASE).delivers()
    assert {letter.id for letter in office.post.letters} == {"code:1"}
    assert len(office.post.letters) == 1 + has_left
    assert office.row(message_id).status == MessageStatus.SENT
    assert office.later(LEASE).delivers() == 0


def test_nobody_touches_a_message_while_its_lease_runs(office: Office) -> None:
    office.queues()
    office.post.before = kill
    with pytest.raises(Killed):
        office.delivers()
    office.post.before = lambda: None
    assert office.later(LEASE - timedelta(seconds=1)).delivers() == 0
    assert office.later(timedelta(seconds=1)).delivers() == 1


def test_two_senders_never_claim_the_same(office: Office) -> None:
    wanted = {office.queues(f"code:{number}") for number in range(6)}
    barrier = Barrier(3)

    def claims() -> list[int]:
        barrier.wait()
        found = []
        while claim := office.database.in_transaction(
            lambda session: claim_next(session, without=(), now=NOON)
        ):
            found.append(claim.id)
        return found

    with ThreadPoolExecutor(3) as threads:
        claimed = [id_ for future in [threads.submit(claims) for _ in range(3)] for id_ in future.result()]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= wanted


def test_the_waits_between_tries_grow_and_twelve_fill_a_day(office: Office) -> None:
    message_id = office.queues()
    office.post.before = fails()
    tries: list[int] = []
    while (row := office.row(message_id)).status == MessageStatus.QUEUED:
        office.clock.now = row.not_before - timedelta(seconds=1)
        assert not tries or office.delivers() == 0
        office.clock.now = row.not_before
        office.delivers()
        assert office.row(message_id).attempts == len(tries) + 1
        tries.append((office.clock.now - NOON) // timedelta(minutes=1))
    assert tries == [0, 1, 6, 31, 156, 336, 516, 696, 876, 1056, 1236, 1416]
    assert len(tries) == MOST_TRIES
    assert tries[-1] < 24 * 60
    assert (row.status, row.last_error) == (MessageStatus.DEAD, "gateway_refused: 503")
    assert BACK_OFF[0] == timedelta(minutes=1)


def test_a_final_no_is_given_up_at_once_and_keeps_its_secret_for_another_try(office: Office) -> None:
    message_id = office.queues(expires_at=NOON + timedelta(hours=48))
    office.post.before = fails(is_final=True)
    office.delivers()
    row = office.row(message_id)
    assert (row.status, row.attempts, row.secret) == (MessageStatus.DEAD, 1, "246810")
    office.post.before = lambda: None

    def again(session: Session) -> None:
        try_again(session, message_id, by=make_coordinator(session).id, now=office.clock.now)

    office.database.in_transaction(again)
    assert office.delivers() == 1
    assert "246810" in office.post.letters[0].text


def test_a_dead_messages_secret_is_erased_when_it_is_out_of_date(office: Office) -> None:
    message_id = office.queues(expires_at=NOON + timedelta(hours=48))
    office.post.before = fails(is_final=True)
    office.delivers()
    office.later(timedelta(hours=48)).delivers()
    row = office.row(message_id)
    assert (row.status, row.secret) == (MessageStatus.DEAD, None)


def test_a_channel_that_fails_rests_for_the_round_and_holds_nobody_else_up(office: Office) -> None:
    office.queues("sms:1")
    office.queues("sms:2")
    office.queues("mail:1", LEE)
    tried = []

    class Broken(Post):
        def send(self, letter: Letter) -> None:
            tried.append(letter.id)
            raise NotSent(Failure.GATEWAY_SILENT, "TimeoutError")

    with office.app.app_context():
        channels = {Channel.SMS: Broken(office.database), Channel.EMAIL: office.post}
        assert deliver_due(office.database, channels, clock=office.clock) == 1
    assert tried == ["sms:1"]
    assert [letter.id for letter in office.post.letters] == ["mail:1"]


def test_a_late_failure_does_not_undo_what_another_sender_has_done(office: Office) -> None:
    message_id = office.queues()

    def overtaken() -> None:
        office.post.before = lambda: None
        office.later(LEASE)
        assert office.delivers() == 1
        raise NotSent(Failure.GATEWAY_SILENT, "TimeoutError")

    office.post.before = overtaken
    office.delivers()
    assert office.row(message_id).status == MessageStatus.SENT


def test_a_round_ends_in_time_and_goes_on_at_the_next(office: Office) -> None:
    for number in range(3):
        office.queues(f"code:{number}")
    with office.app.app_context():
        channels = {Channel.SMS: office.post}
        assert deliver_due(office.database, channels, clock=office.clock, seconds=0) == 0
    assert office.delivers() == 3


def test_nothing_due_costs_no_write_and_at_most_three_looks(office: Office) -> None:
    office.queues(recipient=LAU)
    office.queues("later:1", not_before=NOON + timedelta(days=1))
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", count)
    assert office.delivers() == 0
    looks = [statement for statement in statements if "outbox_messages" in statement]
    assert len(looks) == 3
    assert all(statement.startswith("SELECT EXISTS") for statement in looks)


def test_a_message_about_what_is_gone_ends_in_silence(office: Office) -> None:
    def gone(_session: Session, _ids: Mapping[str, object]) -> Mapping[str, object]:
        raise NotFound

    office.app.extensions["worders"]["sign_in_code"] = gone
    message_id = office.queues()
    office.delivers()
    row = office.row(message_id)
    assert (row.status, row.last_error, row.finished_at) == (MessageStatus.EXPIRED, "", NOON)


def test_a_kind_without_wording_is_given_up(office: Office) -> None:
    message_id = office.database.in_transaction(
        lambda session: (
            queue_message(session, Message(kind="no_such_kind", recipient=CHAN, dedupe_key="x"), now=NOON).id
        )
    )
    office.delivers()
    assert office.row(message_id).last_error == "no_words: TemplateNotFound"


def test_a_fault_in_the_wording_is_tried_again_and_keeps_the_others_going(office: Office) -> None:
    def fault(_session: Session, ids: Mapping[str, object]) -> Mapping[str, object]:
        return {"broken": ids["missing"]}

    office.app.extensions["worders"]["saved_form"] = fault
    message = Message(kind="saved_form", recipient=LEE, dedupe_key="x")
    broken = office.database.in_transaction(lambda session: queue_message(session, message, now=NOON).id)
    office.queues()
    assert office.delivers() == 1
    row = office.row(broken)
    assert (row.status, row.last_error) == (MessageStatus.QUEUED, "no_words: KeyError")


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("language", ("zh_Hant_HK", "en"))
@pytest.mark.parametrize("kind", ("sign_in_code", "resume_code", "saved_form"))
def test_every_message_of_accounts_is_worded_in_both_languages(
    office: Office, kind: str, language: str
) -> None:
    message = Message(kind=kind, recipient=CHAN, dedupe_key=kind, secret="7K2QD-X9MPA")
    with office.app.app_context(), office.database.reading() as session:
        row = queue_message(session, message, now=NOON)
        wording = worded(session, row, language)
    assert "7K2QD-X9MPA" in wording.text
    assert ("荃葵青義工大學" in wording.text) is (language == "zh_Hant_HK")
    assert wording.subject
    if kind == "saved_form":
        assert "http://localhost/resume" in wording.text


def test_whether_anything_is_due_follows_lease_and_expiry(office: Office) -> None:
    office.queues(expires_at=NOON + timedelta(minutes=10))

    def due(minutes: int) -> bool:
        with office.database.reading() as session:
            return is_anything_due(session, now=NOON + timedelta(minutes=minutes))

    assert due(0)
    assert due(10), "what is out of date must be set aside"
    office.database.in_transaction(lambda session: claim_next(session, without=(), now=NOON))
    assert not due(1)
    assert due(2)


@pytest.fixture(autouse=True)
def all_messages_are_accounted_for(office: Office) -> Iterator[None]:
    """After every test: no message is in a state that nobody would find again."""
    yield
    with office.database.reading() as session:
        for row in session.scalars(select(OutboxMessage)):
            assert row.status != MessageStatus.QUEUED or row.finished_at is None
            assert row.status == MessageStatus.QUEUED or row.lease_until is None

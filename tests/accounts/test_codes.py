"""One-time codes: six digits, five tries, ten minutes, one use, bound to the browser that asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import StaffContact, UnknownContact
from app.accounts.models import CodePurpose, OneTimeCode, Role
from app.accounts.use_cases.codes import LASTS, ask_for_sign_in_code, give_code, use_code
from app.messages.models import MessageStatus, OutboxMessage
from app.shared.audit import AuditRow
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database
from app.shared.secrets import Keyring
from tests.people import make_account, make_coordinator

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = read_phone("9123 4567")
STRANGER = read_phone("9876 5432")
pytestmark = pytest.mark.usefixtures("keys")


def ask(session: Session) -> tuple[int, str]:
    """A code is sent to Chan, who signs in by telephone: its id, and the digits."""
    code_id = ask_for_sign_in_code(session, CHAN, language="zh_Hant_HK", now=NOON)
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.about_id == code_id)).one()
    return code_id, str(message.secret)


def use(database: Database, code_id: int, typed: str, *, at: datetime = NOON) -> bool:
    return database.in_transaction(
        lambda session: use_code(session, CHAN, CodePurpose.SIGN_IN, [code_id], typed, now=at)
    )


@pytest.fixture
def asked(database: Database, keys: Keyring) -> tuple[int, str]:
    def begin(session: Session) -> tuple[int, str]:
        make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        return ask(session)

    return database.in_transaction(begin)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_works_once(database: Database, asked: tuple[int, str]) -> None:
    assert use(database, *asked)
    assert not use(database, *asked)


def test_two_who_type_it_at_once_do_not_both_get_in(database: Database, asked: tuple[int, str]) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: use(database, *asked), range(4))) == 1


def test_after_five_wrong_tries_the_right_code_is_worthless(
    database: Database, asked: tuple[int, str]
) -> None:
    code_id, code = asked
    for _ in range(5):
        assert not use(database, code_id, other_than(code))
    assert not use(database, code_id, code)


def test_the_fifth_try_may_still_be_right(database: Database, asked: tuple[int, str]) -> None:
    code_id, code = asked
    for _ in range(4):
        assert not use(database, code_id, other_than(code))
    assert use(database, code_id, code)


def test_a_code_lasts_ten_minutes(database: Database, asked: tuple[int, str]) -> None:
    assert not use(database, *asked, at=NOON + LASTS)
    assert use(database, *asked, at=NOON + LASTS - timedelta(seconds=1))


def test_a_browser_that_did_not_ask_can_neither_use_the_code_nor_spoil_it(
    database: Database, asked: tuple[int, str]
) -> None:
    code_id, code = asked
    for _ in range(10):
        assert not use(database, code_id + 1, code)
    assert use(database, code_id, code)


def test_the_earlier_code_works_beside_the_newer(database: Database, asked: tuple[int, str]) -> None:
    code_id, code = asked
    newer, _ = database.in_transaction(ask)
    assert database.in_transaction(
        lambda session: use_code(session, CHAN, CodePurpose.SIGN_IN, [code_id, newer], code, now=NOON)
    )


def test_a_code_for_a_draft_does_not_sign_in(database: Database, asked: tuple[int, str]) -> None:
    code_id, code = asked
    assert not database.in_transaction(
        lambda session: use_code(session, CHAN, CodePurpose.RESUME, [code_id], code, now=NOON)
    )


def test_only_a_hash_of_the_code_is_kept(database: Database, asked: tuple[int, str]) -> None:
    with database.reading() as session:
        row = session.get_one(OneTimeCode, asked[0])
        assert asked[1] not in row.code_hash
        assert CHAN not in row.contact_key


def test_a_strangers_code_never_leaves_but_costs_the_same_rows(database: Database) -> None:
    code_id = database.in_transaction(
        lambda session: ask_for_sign_in_code(session, STRANGER, language="en", now=NOON)
    )
    with database.reading() as session:
        message = session.scalars(select(OutboxMessage)).one()
        assert session.get(OneTimeCode, code_id)
        assert message.status == MessageStatus.QUEUED
        assert message.expires_at == NOON


def test_staff_get_no_code_by_message(database: Database) -> None:
    address = read_email("admin@example.org")

    def begin(session: Session) -> None:
        make_account(session, "Admin", Role.ADMINISTRATOR, Role.VOLUNTEER, email=address)
        ask_for_sign_in_code(session, address, language="en", now=NOON)

    database.in_transaction(begin)
    with database.reading() as session:
        assert session.scalars(select(OutboxMessage)).one().expires_at == NOON


def test_a_code_read_out_on_the_phone_works_in_any_browser_and_is_on_record(
    database: Database, asked: tuple[int, str]
) -> None:
    def give(session: Session) -> tuple[str, int]:
        coordinator = make_coordinator(session)
        return give_code(session, CHAN, by=coordinator.id, now=NOON), coordinator.id

    code, coordinator_id = database.in_transaction(give)
    assert use(database, 0, code)
    with database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "account.code_given")).one()
        assert row.actor_id == coordinator_id


def test_no_code_is_given_to_strangers_or_to_staff(database: Database) -> None:
    def give(session: Session) -> None:
        coordinator = make_coordinator(session)
        admin = read_email("admin@example.org")
        make_account(session, "Admin", Role.ADMINISTRATOR, email=admin)
        with pytest.raises(UnknownContact):
            give_code(session, STRANGER, by=coordinator.id, now=NOON)
        with pytest.raises(StaffContact):
            give_code(session, admin, by=coordinator.id, now=NOON)

    database.in_transaction(give)

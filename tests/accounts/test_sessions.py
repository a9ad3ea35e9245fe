"""Sessions are rows: made when something must be remembered, renewed while used, ended at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import draft_to_write
from app.accounts.errors import LastAdministrator, NoSecondFactor, StaffContact
from app.accounts.models import Account, BrowserSession, DraftKind, Role
from app.accounts.queries import session_of_token
from app.accounts.use_cases.people import (
    account_for_contact,
    close_account,
    give_role,
    set_staff_roles,
    take_role,
)
from app.accounts.use_cases.sessions import begin_signed_in_session, end_sessions, expiry, touch_session
from app.accounts.use_cases.staff import create_staff_account
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Visitor

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = read_phone("9123 4567")
MINUTES = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("keys")


def make_admin(session: Session, name: str = "Admin") -> Account:
    return create_staff_account(
        session,
        name=name,
        email=read_email(f"{name.lower()}@example.org"),
        password="four words put together",
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        roles=[Role.ADMINISTRATOR],
        by=None,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("is_staff", "is_shared", "used_after", "lasts"),
    (
        (False, False, timedelta(), timedelta(days=30)),
        (False, False, timedelta(days=29), timedelta(days=59)),
        (False, True, timedelta(), timedelta(minutes=30)),
        (False, True, timedelta(hours=9), timedelta(hours=9, minutes=30)),
        (True, False, timedelta(), timedelta(minutes=30)),
        (True, False, timedelta(hours=7, minutes=45), timedelta(hours=8)),
    ),
)
def test_how_long_a_session_lasts(
    is_staff: bool, is_shared: bool, used_after: timedelta, lasts: timedelta
) -> None:
    end = expiry(is_staff=is_staff, is_shared_computer=is_shared, created_at=NOON, now=NOON + used_after)
    assert end - NOON == lasts


def test_a_session_is_known_by_its_token_until_it_runs_out(database: Database) -> None:
    def write(session: Session) -> None:
        chan = make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        begun, token = begin_signed_in_session(session, chan, None, is_shared_computer=True, now=NOON)
        assert token not in begun.token_hash
        assert session_of_token(session, token, now=NOON + 29 * MINUTES) is begun
        assert session_of_token(session, token, now=NOON + 30 * MINUTES) is None
        assert session_of_token(session, "another", now=NOON) is None
        touch_session(session, begun.id, now=NOON + 29 * MINUTES)
        assert session_of_token(session, token, now=NOON + 58 * MINUTES) is begun

    database.in_transaction(write)


def test_a_session_that_ended_cannot_be_touched_back_to_life(database: Database) -> None:
    def write(session: Session) -> None:
        chan = make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        begun, token = begin_signed_in_session(session, chan, None, is_shared_computer=False, now=NOON)
        end_sessions(session, chan.id, now=NOON)
        touch_session(session, begun.id, now=NOON + MINUTES)
        assert session_of_token(session, token, now=NOON + MINUTES) is None

    database.in_transaction(write)


@pytest.mark.parametrize("change", ("give", "take", "close"))
def test_a_change_of_roles_or_closing_signs_out_everywhere(database: Database, change: str) -> None:
    def write(session: Session) -> None:
        make_admin(session, "Other")
        admin = make_admin(session)
        _, token = begin_signed_in_session(session, admin, None, is_shared_computer=False, now=NOON)
        if change == "give":
            give_role(session, admin.id, Role.COORDINATOR, by=None, now=NOON)
        elif change == "take":
            take_role(session, admin.id, Role.ADMINISTRATOR, by=None, now=NOON)
        else:
            close_account(session, admin.id, by=None, now=NOON)
        assert session_of_token(session, token, now=NOON) is None

    database.in_transaction(write)


def test_the_last_administrator_stays(database: Database) -> None:
    def write(session: Session) -> None:
        admin = make_admin(session)
        with pytest.raises(LastAdministrator):
            take_role(session, admin.id, Role.ADMINISTRATOR, by=None, now=NOON)
        with pytest.raises(LastAdministrator):
            close_account(session, admin.id, by=None, now=NOON)
        make_admin(session, "Other")
        set_staff_roles(session, admin.id, frozenset({Role.COORDINATOR}), by=None, now=NOON)
        assert admin.roles == {Role.COORDINATOR}

    database.in_transaction(write)


def test_staff_roles_are_for_accounts_with_a_second_factor(database: Database) -> None:
    def write(session: Session) -> None:
        chan = make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        with pytest.raises(NoSecondFactor):
            give_role(session, chan.id, Role.COORDINATOR, by=None, now=NOON)

    database.in_transaction(write)


def signs_up(session: Session, name: str, role: Role) -> Account:
    """Somebody with Chan's telephone has sent the form."""
    return account_for_contact(session, CHAN, name=name, language="en", role=role, by=None, now=NOON)


def test_a_couple_with_one_telephone_shares_one_account(database: Database) -> None:
    def write(session: Session) -> None:
        husband = signs_up(session, "陳大文", Role.VOLUNTEER)
        wife = signs_up(session, "李小明", Role.CARER)
        assert husband is wife
        assert husband.name == "陳大文"
        assert husband.roles == {Role.VOLUNTEER, Role.CARER}

    database.in_transaction(write)


def test_nobody_attaches_to_a_staff_account(database: Database) -> None:
    def write(session: Session) -> None:
        admin = make_admin(session)
        with pytest.raises(StaffContact):
            account_for_contact(
                session,
                admin.email or read_email("x@y.hk"),
                name="Chan",
                language="en",
                role=Role.CARER,
                by=None,
                now=NOON,
            )

    database.in_transaction(write)


def test_a_closed_accounts_number_is_free_for_another(database: Database) -> None:
    def write(session: Session) -> None:
        first = signs_up(session, "Chan", Role.CARER)
        close_account(session, first.id, by=None, now=NOON)
        second = signs_up(session, "Lee", Role.CARER)
        assert second.id != first.id
        assert first.phone is None

    database.in_transaction(write)


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(BrowserSession)) or 0


def test_looking_around_makes_no_row_and_no_session_cookie(visitor: Visitor, database: Database) -> None:
    for path in ("/", "/sign-in", "/resume", "/call-me-back"):
        page = visitor.opens(path)
        assert not [
            cookie for cookie in page.response.headers.getlist("Set-Cookie") if cookie.startswith("session=")
        ]
    assert rows(database) == 0


def test_a_page_in_use_renews_the_session_once_a_minute(
    app: Flask, visitor: Visitor, database: Database
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        chan = database.in_transaction(
            lambda session: make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        )
        visitor.has_signed_in_as(chan, is_shared_computer=True)
        seen = []
        for seconds in (0, 30, 29, 2, 30):
            clock.shift(seconds)
            visitor.opens("/")
            with database.reading() as session:
                seen.append(session.scalars(select(BrowserSession.last_seen_at)).one() - NOON)
        assert [moment.total_seconds() for moment in seen] == [0, 0, 0, 61, 61]
        clock.shift(timedelta(minutes=29))
        assert "Chan" in visitor.opens("/").words
        clock.shift(timedelta(minutes=31))
        assert "Chan" not in visitor.opens("/").words


def test_staff_are_signed_out_after_eight_hours_however_busy(visitor: Visitor, database: Database) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        visitor.has_signed_in_as(database.in_transaction(make_admin))
        for _ in range(23):
            clock.shift(timedelta(minutes=20))
            visitor.opens("/accounts")
        clock.shift(timedelta(minutes=21))
        assert visitor.opens("/accounts", status=302).goes_to == "/sign-in/staff?next=/accounts"


def test_the_cookie_is_renewed_with_the_session_on_an_own_phone_only(
    visitor: Visitor, another: Visitor, database: Database
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        chan = database.in_transaction(
            lambda session: make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN)
        )
        visitor.has_signed_in_as(chan)
        another.has_signed_in_as(chan, is_shared_computer=True)
        clock.shift(timedelta(minutes=2))
        own = visitor.opens("/").response.headers["Set-Cookie"]
        shared = another.opens("/").response.headers["Set-Cookie"]
        assert "Max-Age=2592000" in own
        assert "Max-Age" not in shared
        assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in (own, shared))


def test_signing_out_ends_the_session_at_once_and_clears_a_shared_computer(
    visitor: Visitor, another: Visitor, database: Database
) -> None:
    chan = database.in_transaction(lambda session: make_account(session, "Chan", Role.VOLUNTEER, phone=CHAN))
    visitor.has_signed_in_as(chan)
    another.has_signed_in_as(chan, is_shared_computer=True)
    answer = visitor.sends("/", to="/sign-out")
    assert answer.goes_to == "/"
    assert "Clear-Site-Data" not in answer.response.headers
    assert "Chan" not in visitor.opens("/").words
    assert "Chan" in another.opens("/").words
    assert "Clear-Site-Data" in another.sends("/", to="/sign-out").response.headers


def test_signing_out_needs_no_session(visitor: Visitor) -> None:
    visitor.sends("/sign-in", to="/sign-out")


def test_a_draft_written_by_a_stranger_makes_a_session(app: Flask, database: Database) -> None:
    with app.test_request_context("/"):
        draft = database.in_transaction(
            lambda session: draft_to_write(session, DraftKind.VOLUNTEER, now=NOON)
        )
        response = app.process_response(app.make_response(""))
    assert draft.browser_session_id
    assert response.headers["Set-Cookie"].startswith("session=")
    assert rows(database) == 1

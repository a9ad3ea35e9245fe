"""Staff: password and second factor, and the pages on which administrators look after accounts."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import ContactTaken, WeakPassword
from app.accounts.models import Account, BrowserSession, Role
from app.accounts.use_cases.people import close_account
from app.accounts.use_cases.staff import create_staff_account, hashed_password, password_matches, use_totp
from app.shared.contacts import read_email
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Opened, Visitor

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
ADDRESS = read_email("ada@example.org")
PASSWORD = "rain on the harbour"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_staff(session: Session, name: str = "Ada", *roles: Role, email: str = ADDRESS) -> Account:
    return create_staff_account(
        session,
        name=name,
        email=read_email(email),
        password=PASSWORD,
        totp_secret=SECRET,
        roles=roles or (Role.ADMINISTRATOR,),
        by=None,
        now=NOON,
    )


@pytest.fixture
def ada(database: Database, keys: object) -> Account:
    """An administrator."""
    return database.in_transaction(make_staff)


def totp(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


def signs_in(
    visitor: Visitor,
    *,
    status: int = 303,
    at: datetime = NOON,
    email: str = ADDRESS,
    password: str = PASSWORD,
    code: str = "",
) -> Opened:
    given = {"email": email, "password": password, "code": code or totp(at)}
    return visitor.sends("/sign-in/staff", status=status, **given)


def test_password_and_second_factor_let_staff_in(visitor: Visitor, ada: Account) -> None:
    with time_machine.travel(NOON, tick=False):
        answer = signs_in(visitor)
        assert answer.goes_to == "/home"
        (session,) = (
            cookie
            for cookie in answer.response.headers.getlist("Set-Cookie")
            if cookie.startswith("session=")
        )
        assert "Max-Age" not in session
        assert "Ada" in visitor.opens("/accounts").words


def test_whatever_is_wrong_gets_the_same_answer(visitor: Visitor, ada: Account) -> None:
    with time_machine.travel(NOON, tick=False):
        answers = {
            page.words.split("E-mail", 1)[0]
            for page in (
                signs_in(visitor, status=422, email="nobody@example.org"),
                signs_in(visitor, status=422, password="rain on the harbor"),
                signs_in(visitor, status=422, code="000000"),
            )
        }
    assert len(answers) == 1
    assert "are not right" in answers.pop()


def test_a_totp_code_works_once_and_an_older_one_not_after_it(
    visitor: Visitor, another: Visitor, ada: Account
) -> None:
    with time_machine.travel(NOON, tick=False):
        signs_in(visitor)
        signs_in(another, status=422)
        signs_in(another, status=422, at=NOON - timedelta(seconds=30))
        assert signs_in(another, at=NOON + timedelta(seconds=30)).goes_to == "/home"


@pytest.mark.parametrize(("seconds", "is_right"), ((-60, False), (-30, True), (30, True), (60, False)))
def test_clocks_may_differ_by_half_a_minute(
    database: Database, ada: Account, seconds: int, is_right: bool
) -> None:
    typed = totp(NOON + timedelta(seconds=seconds))
    assert database.in_transaction(lambda session: use_totp(session, ada, typed, now=NOON)) is is_right


def test_a_closed_or_unknown_account_has_no_password(database: Database, ada: Account) -> None:
    assert password_matches(ada, PASSWORD)
    assert not password_matches(None, PASSWORD)
    database.in_transaction(lambda session: make_staff(session, "Ben", email="ben@example.org"))
    closed = database.in_transaction(lambda session: close_account(session, ada.id, by=None, now=NOON))
    assert not password_matches(closed, PASSWORD)


def tries(visitor: Visitor, times: int, *, email: str = ADDRESS, network: str = "198.51.100.7") -> list[int]:
    """The statuses that so many wrong passwords from `network` are answered with."""
    page = visitor.opens("/sign-in/staff")
    wrong = {**page.hidden, "email": email, "password": "x" * 12, "code": "000000"}
    return [
        visitor.client.post("/sign-in/staff", data=wrong, environ_base={"REMOTE_ADDR": network}).status_code
        for _ in range(times)
    ]


def test_ten_tries_for_one_person_and_then_a_wait(visitor: Visitor, ada: Account) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert tries(visitor, 11, email="nobody@example.org") == [422] * 10 + [429]
        clock.shift(timedelta(minutes=2))
        assert tries(visitor, 2, email="nobody@example.org") == [422, 429]


def test_thirty_tries_from_one_network_and_then_a_wait(visitor: Visitor, ada: Account) -> None:
    with time_machine.travel(NOON, tick=False):
        statuses = [
            status for number in range(4) for status in tries(visitor, 8, email=f"nobody{number}@example.org")
        ]
    assert statuses == [422] * 30 + [429] * 2


def test_a_strangers_tries_do_not_stop_the_right_person_elsewhere(
    visitor: Visitor, another: Visitor, ada: Account
) -> None:
    with time_machine.travel(NOON, tick=False):
        assert 429 in tries(another, 300)
        assert signs_in(visitor).goes_to == "/home"


def test_many_strangers_tries_do_not_stop_the_right_person_on_a_device_she_has_used(
    visitor: Visitor, another: Visitor, app: Flask, ada: Account
) -> None:
    with time_machine.travel(NOON, tick=False):
        signs_in(visitor)
        visitor.sends("/accounts", to="/sign-out")
        for network in range(25):
            tries(another, 10, network=f"198.51.{network}.7")
        assert tries(another, 1, network="203.0.113.9") == [429]
        assert tries(another, 1, network="127.0.0.1") == [429]
        later = NOON + timedelta(seconds=30)
        assert signs_in(visitor, at=later).goes_to == "/home"
        assert signs_in(Visitor(app), at=later, status=429).words
        assert tries(visitor, 10) == [422] * 9 + [429]


def test_a_device_known_to_one_person_is_a_strangers_to_another(
    visitor: Visitor, database: Database, ada: Account
) -> None:
    database.in_transaction(lambda session: make_staff(session, "Ben", email="ben@example.org"))
    with time_machine.travel(NOON, tick=False):
        signs_in(visitor)
        tries(visitor, 11, email="ben@example.org", network="127.0.0.1")
        signs_in(visitor, status=429, email="ben@example.org", at=NOON + timedelta(seconds=30))
        signs_in(visitor, at=NOON + timedelta(seconds=30))


@pytest.mark.parametrize("cookie", ("", "x", "%%%", "QUJDRA==", "é"))
def test_what_a_device_claims_to_know_is_not_believed(visitor: Visitor, ada: Account, cookie: str) -> None:
    visitor.client.set_cookie("known", cookie)
    with time_machine.travel(NOON, tick=False):
        assert tries(visitor, 11) == [422] * 10 + [429]


@pytest.mark.parametrize("password", ("short", "x" * 201, "ada@example.org", "Administrator Ada"))
def test_weak_passwords_are_refused(database: Database, keys: object, password: str) -> None:
    def create(session: Session) -> None:
        with pytest.raises(WeakPassword):
            create_staff_account(
                session,
                name="Administrator Ada",
                email=ADDRESS,
                password=password,
                totp_secret=SECRET,
                roles=[Role.ADMINISTRATOR],
                by=None,
                now=NOON,
            )

    database.in_transaction(create)


def test_passwords_are_kept_as_argon2id_with_its_full_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    hashed = hashed_password(PASSWORD, name="Ada", email=ADDRESS)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_one_address_is_one_account(database: Database, ada: Account) -> None:
    def create(session: Session) -> None:
        with pytest.raises(ContactTaken):
            make_staff(session, "Another")

    database.in_transaction(create)


def test_a_new_password_signs_other_devices_out(
    visitor: Visitor, another: Visitor, database: Database, ada: Account
) -> None:
    visitor.has_signed_in_as(ada)
    another.has_signed_in_as(ada)
    new = "fog over the bridge"
    page = visitor.sends("/password", status=422, present="wrong", new=new, again=new)
    assert page.errors["present"] == "This is not your present password."
    page = visitor.sends("/password", status=422, present=PASSWORD, new=new, again=f"{new}s")
    assert page.errors["again"] == "The two new passwords are not the same."
    page = visitor.sends("/password", status=422, present=PASSWORD, new="fog", again="fog")
    assert page.errors["new"].startswith("Please choose a password of 12")
    visitor.sends("/password", present=PASSWORD, new=new, again=new)
    assert "Ada" in visitor.opens("/accounts").words
    assert another.opens("/accounts", status=302).goes_to.startswith("/sign-in")
    with database.reading() as session:
        assert password_matches(session.get_one(Account, ada.id), new)


def test_roles_are_changed_after_a_fresh_code_and_sign_the_person_out(
    visitor: Visitor, another: Visitor, database: Database, ada: Account
) -> None:
    ben = database.in_transaction(
        lambda session: make_staff(session, "Ben", Role.COORDINATOR, email="ben@example.org")
    )
    with time_machine.travel(NOON, tick=False) as clock:
        visitor.has_signed_in_as(ada)
        another.has_signed_in_as(ben)
        clock.shift(timedelta(minutes=20))
        visitor.opens("/accounts")
        clock.shift(timedelta(minutes=15))
        page = visitor.opens(f"/accounts/{ben.id}", status=302)
        assert page.goes_to == f"/verify?next=/accounts/{ben.id}"
        assert "authenticator app" in visitor.opens(page.goes_to).words
        later = NOON + timedelta(minutes=35)
        assert visitor.sends(page.goes_to, code=totp(later)).goes_to == f"/accounts/{ben.id}"
        answer = visitor.sends(f"/accounts/{ben.id}", roles=["safeguarding_lead"])
        assert answer.goes_to == f"/accounts/{ben.id}"
        assert "They have to sign in again" in visitor.opens(answer.goes_to).words
    with database.reading() as session:
        assert session.get_one(Account, ben.id).roles == {Role.SAFEGUARDING_LEAD}
        ended = session.scalars(select(BrowserSession).where(BrowserSession.account_id == ben.id)).one()
        assert ended.ended_at is not None


def test_the_last_administrator_is_told_why_not(visitor: Visitor, ada: Account) -> None:
    visitor.has_signed_in_as(ada)
    page = visitor.sends(f"/accounts/{ada.id}", status=422, roles=["coordinator"])
    assert "There would be no administrator left" in page.words
    page = visitor.sends(f"/accounts/{ada.id}/close", status=422)
    assert "There would be no administrator left" in page.words


def test_closing_an_account_asks_once_more(visitor: Visitor, database: Database, ada: Account) -> None:
    visitor.has_signed_in_as(ada)
    chan = database.in_transaction(lambda session: make_account(session, "陳大文", Role.VOLUNTEER))
    assert "陳大文" in visitor.opens(f"/accounts/{chan.id}/close").words
    assert visitor.sends(f"/accounts/{chan.id}/close").goes_to == "/accounts"
    with database.reading() as session:
        assert session.get_one(Account, chan.id).closed_at is not None
    assert "Closed" in visitor.opens("/accounts").words


def test_an_account_without_a_password_has_no_roles_to_tick(
    visitor: Visitor, database: Database, ada: Account
) -> None:
    visitor.has_signed_in_as(ada)
    chan = database.in_transaction(lambda session: make_account(session, "陳大文", Role.VOLUNTEER))
    assert 'name="roles"' not in visitor.opens(f"/accounts/{chan.id}").html
    visitor.opens("/accounts/999999", status=404)


def test_many_accounts_come_in_pages(visitor: Visitor, database: Database, ada: Account) -> None:
    def many(session: Session) -> None:
        for number in range(60):
            make_account(session, f"Volunteer {number:02d}", Role.VOLUNTEER)

    database.in_transaction(many)
    visitor.has_signed_in_as(ada)
    assert "Volunteer 59" not in visitor.opens("/accounts").words
    assert "Volunteer 59" in visitor.opens("/accounts?page=2").words
    assert "Volunteer 59" in visitor.opens("/accounts?page=99").words


@pytest.mark.parametrize("path", ("/accounts", "/codes", "/password", "/calls", "/calls/unsent"))
def test_a_volunteer_finds_no_staff_page(visitor: Visitor, database: Database, path: str) -> None:
    chan = database.in_transaction(lambda session: make_account(session, "陳大文", Role.VOLUNTEER))
    visitor.has_signed_in_as(chan).opens(path, status=403)

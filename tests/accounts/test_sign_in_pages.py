"""Signing in on the pages: by a code, with the same answer for those we know and those we do not."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app.accounts.models import Account, BrowserSession, Role
from app.accounts.use_cases.people import close_account
from app.messages.models import OutboxMessage
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database
from tests.people import make_account, make_coordinator
from tests.visitor import Opened, Visitor

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHAN = read_phone("9123 4567")


@pytest.fixture
def chan(app: Flask, database: Database) -> Account:
    return database.in_transaction(
        lambda session: make_account(session, "陳大文", Role.VOLUNTEER, phone=CHAN)
    )


def code_sent(database: Database, number: int = -1) -> str:
    """The digits of a message in the outbox, the last one unless numbered."""
    with database.reading() as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return str(messages[number].secret)


def without_what_differs(page: Opened) -> str:
    """The page without form tokens and the contact that was typed."""
    return re.sub(r'value="[^"]*"', "", page.html).replace("9123 4567", "").replace("9876 5432", "")


def test_from_a_number_to_the_own_page(visitor: Visitor, database: Database, chan: Account) -> None:
    answer = visitor.sends("/sign-in?next=/personal-information", contact="９１２３ ４５６７")
    assert answer.goes_to == "/sign-in/code"
    code = code_sent(database)
    answer = visitor.sends("/sign-in/code", code=f"{code[:3]} {code[3:]}")
    assert answer.goes_to == "/personal-information"
    assert "陳大文" in visitor.opens("/").words
    with database.reading() as session:
        begun = session.scalars(select(BrowserSession)).one()
        assert begun.account_id == chan.id
        assert not begun.is_shared_computer


def test_by_email_on_a_shared_computer(visitor: Visitor, database: Database, app: Flask) -> None:
    address = read_email("Lee@example.org")
    database.in_transaction(lambda session: make_account(session, "Lee", Role.CARER, email=address))
    visitor.sends("/sign-in", contact="lee@EXAMPLE.org")
    answer = visitor.sends("/sign-in/code", code=code_sent(database), is_shared_computer="y")
    assert answer.goes_to == "/home"
    cookie = answer.response.headers["Set-Cookie"]
    assert "Max-Age" not in cookie
    with database.reading() as session:
        assert session.scalars(select(BrowserSession.is_shared_computer)).one()


def test_known_and_unknown_people_get_the_same_answers(
    visitor: Visitor, another: Visitor, chan: Account
) -> None:
    known = visitor.sends("/sign-in", contact="9123 4567")
    unknown = another.sends("/sign-in", contact="9876 5432")
    assert known.goes_to == unknown.goes_to
    assert without_what_differs(known) == without_what_differs(unknown)
    pages = [without_what_differs(browser.opens("/sign-in/code")) for browser in (visitor, another)]
    assert pages[0] == pages[1]
    wrong = [
        without_what_differs(browser.sends("/sign-in/code", status=422, code="000000"))
        for browser in (visitor, another)
    ]
    assert wrong[0] == wrong[1]


def test_known_and_unknown_people_cost_the_same_statements(
    app: Flask, visitor: Visitor, another: Visitor, chan: Account
) -> None:
    counted: list[str] = []
    engine = app.extensions["database"].engine

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(" ".join(statement.split()[:3]))

    event.listen(engine, "before_cursor_execute", count)
    visitor.sends("/sign-in", contact="9123 4567")
    known = list(counted)
    counted.clear()
    another.sends("/sign-in", contact="9876 5432")
    assert counted == known


def test_a_wrong_code_says_so_beside_the_field(visitor: Visitor, chan: Account) -> None:
    visitor.sends("/sign-in", contact="9123 4567")
    page = visitor.sends("/sign-in/code", status=422, code="000000")
    assert page.errors["code"].startswith("This code is not right")


@pytest.mark.parametrize(
    ("typed", "said"),
    (
        ("", "Please type your mobile number"),
        ("9123", "This is not a phone number"),
        ("chan@", "This is not an e-mail address"),
        ("2345 6789", "This number cannot get text messages"),
    ),
)
def test_a_contact_that_is_none_is_explained_and_kept(visitor: Visitor, typed: str, said: str) -> None:
    page = visitor.sends("/sign-in", status=422, contact=typed)
    assert page.errors["contact"].startswith(said)
    assert f'value="{typed}"' in page.html


@pytest.mark.parametrize(
    ("typed", "said"), (("", "Please type the six digits."), ("12345", "The code has six digits."))
)
def test_a_code_that_is_none_is_explained(visitor: Visitor, typed: str, said: str) -> None:
    visitor.sends("/sign-in", contact="9123 4567")
    assert visitor.sends("/sign-in/code", status=422, code=typed).errors["code"] == said


def test_the_code_page_without_having_asked_goes_back(visitor: Visitor) -> None:
    assert visitor.opens("/sign-in/code", status=303).goes_to == "/sign-in"
    assert visitor.sends("/sign-in", to="/sign-in/again").goes_to == "/sign-in"


def test_what_was_asked_for_lies_sealed_in_the_cookie(visitor: Visitor, chan: Account) -> None:
    answer = visitor.sends("/sign-in", contact="9123 4567")
    assert "91234567" not in answer.response.headers["Set-Cookie"]


def test_a_second_code_can_be_asked_for_and_the_first_still_works(
    visitor: Visitor, database: Database, chan: Account
) -> None:
    visitor.sends("/sign-in", contact="9123 4567")
    visitor.sends("/sign-in/code", to="/sign-in/again")
    assert "We have sent a new code." in visitor.opens("/sign-in/code").words
    assert visitor.sends("/sign-in/code", code=code_sent(database, 0)).goes_to == "/home"


def test_three_codes_at_once_and_then_one_every_ten_minutes_but_never_a_dead_end(
    visitor: Visitor, another: Visitor, database: Database, chan: Account
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            visitor.sends("/sign-in", contact="9123 4567")
        another.sends("/sign-in", contact="9123 4567")
        page = another.opens("/sign-in/code")
        assert "call us: we can give you a code on the phone" in page.words
        with database.reading() as session:
            assert len(session.scalars(select(OutboxMessage)).all()) == 3
        clock.shift(timedelta(minutes=10))
        another.sends("/sign-in", contact="9123 4567")
        assert another.sends("/sign-in/code", code=code_sent(database)).goes_to == "/home"


def test_codes_sent_to_a_stranger_leave_the_own_phone_its_own(
    visitor: Visitor, another: Visitor, database: Database, chan: Account
) -> None:
    with time_machine.travel(NOON, tick=False):
        visitor.sends("/sign-in", contact="9123 4567")
        visitor.sends("/sign-in/code", code=code_sent(database))
        visitor.sends("/personal-information", to="/sign-out")
        for _ in range(9):
            another.sends("/sign-in", contact="9123 4567")
        assert "call us: we can give you a code on the phone" in another.opens("/sign-in/code").words
        visitor.sends("/sign-in", contact="9123 4567")
        assert visitor.sends("/sign-in/code", code=code_sent(database)).goes_to == "/home"


def test_a_shared_computer_remembers_nobody(visitor: Visitor, database: Database, chan: Account) -> None:
    visitor.sends("/sign-in", contact="9123 4567")
    visitor.sends("/sign-in/code", code=code_sent(database), is_shared_computer="y")
    assert visitor.client.get_cookie("known") is None


def test_a_code_read_out_by_a_coordinator_signs_in(
    visitor: Visitor, another: Visitor, database: Database, chan: Account
) -> None:
    visitor.has_signed_in_as(database.in_transaction(make_coordinator))
    page = visitor.sends("/codes", status=200, contact="9123-4567")
    code = re.search(r"<h2>(\d{3}) (\d{3})</h2>", page.html)
    assert code is not None
    another.sends("/sign-in", contact="9123 4567")
    assert another.sends("/sign-in/code", code="".join(code.groups())).goes_to == "/home"


def test_a_coordinator_is_told_that_nobody_signs_in_by_a_number(visitor: Visitor, database: Database) -> None:
    visitor.has_signed_in_as(database.in_transaction(make_coordinator))
    page = visitor.sends("/codes", status=422, contact="9876 5432")
    assert page.errors["contact"].startswith("Nobody signs in")


def test_a_robot_gets_the_same_page_and_no_message(
    visitor: Visitor, database: Database, chan: Account
) -> None:
    assert visitor.sends("/sign-in", contact="9123 4567", website="x").goes_to == "/sign-in/code"
    with database.reading() as session:
        assert not session.scalars(select(OutboxMessage)).all()


def test_too_many_tries_from_one_address_are_asked_to_wait(visitor: Visitor, chan: Account) -> None:
    with time_machine.travel(NOON, tick=False):
        visitor.sends("/sign-in", contact="9123 4567")
        page = visitor.opens("/sign-in/code")
        statuses = {
            visitor.client.post("/sign-in/code", data={**page.hidden, "code": "000000"}).status_code
            for _ in range(61)
        }
    assert statuses == {422, 429}


def test_a_closed_account_gets_in_no_more(visitor: Visitor, database: Database, chan: Account) -> None:
    visitor.sends("/sign-in", contact="9123 4567")
    code = code_sent(database)
    database.in_transaction(lambda session: close_account(session, chan.id, by=None, now=NOON))
    visitor.sends("/sign-in/code", status=422, code=code)


@pytest.mark.parametrize(
    "target", ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x")
)
def test_nobody_is_sent_to_another_site(
    visitor: Visitor, database: Database, chan: Account, target: str
) -> None:
    visitor.sends(f"/sign-in?next={target}", contact="9123 4567")
    assert visitor.sends("/sign-in/code", code=code_sent(database)).goes_to == "/home"


def test_whoever_is_signed_in_goes_home_from_the_sign_in_page(visitor: Visitor, chan: Account) -> None:
    assert visitor.has_signed_in_as(chan).opens("/sign-in", status=303).goes_to == "/home"


def test_a_stranger_lands_on_the_start_page(visitor: Visitor) -> None:
    assert visitor.opens("/home", status=303).goes_to == "/"


def test_the_session_changes_its_token_at_sign_in(
    visitor: Visitor, database: Database, chan: Account
) -> None:
    visitor.has_signed_in_as(chan)
    before = visitor.client.get_cookie("session")
    with visitor.app.app_context():
        visitor.client.delete_cookie("session")
    visitor.sends("/sign-in", contact="9123 4567")
    visitor.sends("/sign-in/code", code=code_sent(database))
    after = visitor.client.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_an_administrator_lands_on_the_accounts(visitor: Visitor, database: Database) -> None:
    admin = database.in_transaction(lambda session: make_account(session, "Admin", Role.ADMINISTRATOR))
    assert visitor.has_signed_in_as(admin).opens("/home", status=303).goes_to == "/accounts"


class TestVerifyingAgain:
    """A fresh code before what is private is shown."""

    def test_by_a_code_to_the_own_phone(self, visitor: Visitor, database: Database, chan: Account) -> None:
        visitor.has_signed_in_as(chan)
        page = visitor.opens("/verify?next=/personal-information")
        assert "Send me a code" in page.words
        sent = visitor.sends(
            "/verify?next=/personal-information", to="/verify/send?next=/personal-information"
        )
        assert sent.goes_to == "/verify?next=/personal-information"
        page = visitor.sends(sent.goes_to, status=422, code="000000")
        assert page.errors["code"] == "This code is not right, or it has been used."
        assert visitor.sends(sent.goes_to, code=code_sent(database)).goes_to == "/personal-information"

    def test_somebody_with_a_landline_only_is_asked_to_call(
        self, visitor: Visitor, database: Database, app: Flask
    ) -> None:
        lau = database.in_transaction(
            lambda session: make_account(session, "Lau", Role.CARER, phone=read_phone("2345 6789"))
        )
        visitor.has_signed_in_as(lau)
        assert "a coordinator can read a code to you" in visitor.opens("/verify").words
        visitor.sends("/verify", to="/verify/send", status=404)
        visitor.sends("/verify", status=422, code="000000")

    def test_codes_are_throttled_here_too(self, visitor: Visitor, chan: Account) -> None:
        visitor.has_signed_in_as(chan)
        with time_machine.travel(NOON, tick=False):
            visitor.has_signed_in_as(chan)
            for _ in range(4):
                visitor.sends("/verify", to="/verify/send")
            assert "wait ten minutes" in visitor.opens("/verify").words

"""A form saved for later comes back on another phone, with its code and the same contact's one-time code."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import own_draft, session_cookie
from app.accounts.models import Draft, DraftKind
from app.accounts.use_cases.drafts import answers, open_draft, save_page
from app.accounts.use_cases.sessions import begin_session
from app.messages.models import OutboxMessage
from app.shared.database import Database
from app.shared.times import utc_now
from tests.visitor import Visitor

CODE = re.compile(r"[2-9A-HJKMNP-TV-Z]{5}-[2-9A-HJKMNP-TV-Z]{5}")


@pytest.fixture
def writer(visitor: Visitor, database: Database) -> Visitor:
    """Somebody who has begun to sign up as a volunteer."""

    def begin(session: Session) -> str:
        begun, token = begin_session(session, now=utc_now())
        draft = open_draft(session, DraftKind.VOLUNTEER, browser_session_id=begun.id, now=utc_now())
        save_page(session, draft, "who", {"name_zh": "陳大文"}, now=utc_now())
        return token

    token = database.in_transaction(begin)
    with visitor.app.app_context():
        visitor.client.set_cookie(session_cookie(), token)
    return visitor


def secrets_sent(database: Database) -> list[str]:
    with database.reading() as session:
        return [
            str(message.secret)
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        ]


def saves(writer: Visitor) -> str:
    """The form is saved for later: its code as the page shows it."""
    page = writer.sends("/later/volunteer", status=200, contact="9123 4567")
    shown = CODE.search(page.words)
    assert shown is not None
    return shown.group()


def test_a_form_comes_back_on_another_phone(
    app: Flask, writer: Visitor, another: Visitor, database: Database
) -> None:
    code = saves(writer)
    assert secrets_sent(database) == [code]
    answer = another.sends("/resume", code=code.lower().replace("-", " "), contact="9123 4567")
    assert answer.goes_to == "/resume/code"
    answer = another.sends("/resume/code", code=secrets_sent(database)[-1])
    cookie = another.client.get_cookie("session")
    assert cookie is not None
    with app.test_request_context("/", headers={"Cookie": f"session={cookie.value}"}):
        draft = own_draft(DraftKind.VOLUNTEER)
        assert draft is not None
        assert answers(draft) == {"who": {"name_zh": "陳大文"}}


@pytest.mark.parametrize("path", ("/resume", "/sign-in/staff"))
def test_the_browser_does_not_cut_a_code_typed_with_a_hyphen_or_a_space(visitor: Visitor, path: str) -> None:
    field = re.search(r"<input[^>]*\bname=\"code\"[^>]*>", visitor.opens(path).html)
    assert field is not None
    assert "length" not in field.group()


@pytest.mark.parametrize(
    ("code", "contact"),
    (("22222-22222", "9123 4567"), (None, "9876 5432")),
    ids=("wrong code", "wrong phone"),
)
def test_half_of_it_gets_the_same_answers_and_no_code(
    writer: Visitor, another: Visitor, database: Database, code: str | None, contact: str
) -> None:
    right = saves(writer)
    answer = another.sends("/resume", code=code or right, contact=contact)
    assert answer.goes_to == "/resume/code"
    with database.reading() as session:
        message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        assert message.expires_at == message.queued_at
    page = another.sends("/resume/code", status=422, code=secrets_sent(database)[-1])
    assert page.errors["code"].startswith("This does not fit together")


def test_the_device_can_be_made_to_forget_the_form(app: Flask, writer: Visitor, database: Database) -> None:
    saves(writer)
    writer.sends("/sign-in", to="/later/forget")
    assert "This device has forgotten the form" in writer.opens("/").words
    assert writer.client.get_cookie("session") is None
    with database.reading() as session:
        assert session.scalars(select(Draft)).one().resume_code_hash is not None


def test_only_a_contact_that_gets_codes_will_do(writer: Visitor) -> None:
    page = writer.sends("/later/volunteer", status=422, contact="2345 6789")
    assert page.errors["contact"].startswith("This number cannot get text messages")


def test_after_three_codes_there_is_a_wait(writer: Visitor) -> None:
    for _ in range(3):
        saves(writer)
    page = writer.sends("/later/volunteer", status=422, contact="9123 4567")
    assert page.errors["contact"].startswith("We have sent several messages")
    page = writer.sends("/resume", status=422, code="22222-22222", contact="9123 4567")
    assert page.errors["contact"].startswith("We have sent several messages")


def test_there_is_no_other_kind_of_form(writer: Visitor) -> None:
    writer.opens("/later/tax_return", status=404)


def test_the_code_page_without_having_asked_goes_back(visitor: Visitor) -> None:
    assert visitor.opens("/resume/code", status=303).goes_to == "/resume"


def test_a_robot_gets_no_message(visitor: Visitor, database: Database) -> None:
    visitor.sends("/resume", code="22222-22222", contact="9123 4567", website="x")
    assert secrets_sent(database) == []

"""Please call me: one page for everybody, and the list that coordinators work off."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import session_cookie
from app.accounts.models import DraftKind, Role
from app.accounts.use_cases.drafts import open_draft, save_page
from app.accounts.use_cases.sessions import begin_session
from app.messages.models import CallBack, Channel, MessageStatus, OutboxMessage
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.audit import AuditRow
from app.shared.contacts import read_email, read_phone
from app.shared.database import Database
from app.shared.times import utc_now
from tests.people import make_account, make_coordinator
from tests.visitor import Visitor

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LAU = Recipient(Channel.PHONE_CALL, read_phone("2345 6789"), "zh_Hant_HK")
LEE = Recipient(Channel.EMAIL, read_email("lee@example.org"), "en")


@pytest.fixture
def coordinator(another: Visitor, database: Database) -> Visitor:
    """A coordinator's browser."""
    return another.has_signed_in_as(database.in_transaction(make_coordinator))


def queued(
    database: Database, recipient: Recipient = LAU, *, status: MessageStatus = MessageStatus.QUEUED
) -> int:
    def queue(session: Session) -> int:
        message = Message(kind="sign_in_code", recipient=recipient, dedupe_key="told:1", secret="246810")
        row = queue_message(session, message, now=utc_now())
        if status == MessageStatus.DEAD:
            row.status, row.last_error, row.attempts = status, "address_refused: 550", 1
            row.finished_at = utc_now()
        return row.id

    return database.in_transaction(queue)


def test_a_name_and_a_number_become_a_line_on_the_call_list(
    visitor: Visitor, coordinator: Visitor, database: Database
) -> None:
    answer = visitor.sends(
        "/call-me-back?page=/personal-information",
        name="陳大文",
        phone="２３４５ ６７８９",
        note="不會填表\n請用廣東話",
    )
    assert answer.goes_to == "/call-me-back/thanks?page=/personal-information"
    thanks = visitor.opens(answer.goes_to)
    assert "We will call you" in thanks.words
    assert 'href="/personal-information"' in thanks.html
    with database.reading() as session:
        asked = session.scalars(select(CallBack)).one()
        assert (asked.name, asked.phone, asked.page, asked.language) == (
            "陳大文", "+85223456789", "/personal-information", "en",
        )  # fmt: skip
    page = coordinator.opens("/calls")
    assert "陳大文" in page.words
    assert "2345 6789" in page.words
    assert "不會填表 請用廣東話" in page.words


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    (
        ("name", "", "Please type your name."),
        ("name", "陳\x00大文", "Some characters cannot be used"),
        ("name", "陳" * 121, "Some characters cannot be used"),
        ("phone", "", "Please type your phone number."),
        ("phone", "12345", "This is not a phone number"),
        ("note", "x" * 1001, "Some characters cannot be used"),
    ),
    ids=("no name", "nul", "long name", "no phone", "short phone", "long note"),
)
def test_what_is_missing_or_wrong_stands_beside_its_field_and_nothing_is_lost(
    visitor: Visitor, field: str, typed: str, said: str
) -> None:
    given = {"name": "陳大文", "phone": "9123 4567", "note": "想做義工"} | {field: typed}
    page = visitor.sends("/call-me-back", status=422, **given)
    assert page.errors[field].startswith(said)
    for other in {"name", "phone", "note"} - {field}:
        assert given[other] in page.html


def test_the_form_sent_twice_is_one_wish(visitor: Visitor, database: Database) -> None:
    page = visitor.opens("/call-me-back")
    fields = {**page.hidden, "name": "陳大文", "phone": "9123 4567"}
    places = {visitor.client.post("/call-me-back", data=fields).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    with database.reading() as session:
        assert len(session.scalars(select(CallBack)).all()) == 1


def test_a_robot_is_thanked_and_forgotten(visitor: Visitor, database: Database) -> None:
    answer = visitor.sends("/call-me-back", name="Bot", phone="9123 4567", website="https://spam.example")
    assert answer.goes_to == "/call-me-back/thanks"
    with database.reading() as session:
        assert not session.scalars(select(CallBack)).all()


def test_one_number_cannot_flood_the_list(visitor: Visitor, database: Database) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(3):
            visitor.sends("/call-me-back", name="陳大文", phone="9123 4567")
        assert (
            "Too many tries"
            in visitor.sends("/call-me-back", status=429, name="陳大文", phone="9123 4567").words
        )
        visitor.sends("/call-me-back", name="李小明", phone="9876 5432")


@pytest.mark.parametrize(
    "page", ("https://evil.example/", "//evil.example", "/no/such/page", "sign-in", "javascript:alert(1)")
)
def test_only_this_services_pages_are_gone_back_to(visitor: Visitor, page: str) -> None:
    assert (
        "evil"
        not in visitor.opens(f"/call-me-back/thanks?page={page}").html.split("<main")[1].split("<footer")[0]
    )
    assert (
        visitor.sends(f"/call-me-back?page={page}", name="陳大文", phone="9123 4567").goes_to
        == "/call-me-back/thanks"
    )


def test_the_form_that_was_begun_goes_along(
    visitor: Visitor, coordinator: Visitor, database: Database
) -> None:
    def begin(session: Session) -> tuple[str, int]:
        begun, token = begin_session(session, now=utc_now())
        draft = open_draft(session, DraftKind.VOLUNTEER, browser_session_id=begun.id, now=utc_now())
        save_page(session, draft, "who", {"name_zh": "陳大文"}, now=utc_now())
        return token, draft.id

    token, draft_id = database.in_transaction(begin)
    with visitor.app.app_context():
        visitor.client.set_cookie(session_cookie(), token)
    assert "What you have filled in so far is saved" in visitor.opens("/call-me-back").words
    visitor.sends("/call-me-back", name="陳大文", phone="9123 4567")
    with database.reading() as session:
        assert session.scalars(select(CallBack)).one().draft_id == draft_id
    assert f"?draft={draft_id}" in coordinator.opens("/calls").html


def test_a_call_back_is_finished_with_its_outcome(
    visitor: Visitor, coordinator: Visitor, database: Database
) -> None:
    visitor.sends("/call-me-back", name="陳大文", phone="9123 4567")
    with database.reading() as session:
        path = f"/calls/back/{session.scalars(select(CallBack)).one().id}"
    page = coordinator.sends(path, status=422, outcome=" ")
    assert page.errors["outcome"] == "Please write what came of it."
    assert coordinator.sends(path, outcome="已登記做義工").goes_to == "/calls"
    assert "Nobody is waiting for a call." in coordinator.opens("/calls").words
    assert "已登記做義工" in coordinator.opens(path).words
    coordinator.opens("/calls/back/999999", status=404)


def test_two_coordinators_on_one_call_the_second_is_told(
    visitor: Visitor, coordinator: Visitor, app: Flask, database: Database
) -> None:
    visitor.sends("/call-me-back", name="陳大文", phone="9123 4567")
    with database.reading() as session:
        path = f"/calls/back/{session.scalars(select(CallBack)).one().id}"
    second = Visitor(app).has_signed_in_as(
        database.in_transaction(lambda session: make_coordinator(session, "Coordinator Ho"))
    )
    seen_by_second = second.opens(path)
    coordinator.sends(path, outcome="已登記")
    answer = second.client.post(path, data={**seen_by_second.hidden, "outcome": "沒有人接"})
    assert answer.status_code == 422
    assert "Somebody has done this already." in answer.text


def test_a_message_for_the_phone_is_read_out_in_the_persons_language(
    coordinator: Visitor, database: Database
) -> None:
    message_id = queued(database)
    page = coordinator.opens("/calls")
    assert "2345 6789" in page.words
    assert "你的登入驗證碼" in page.words
    path = f"/calls/message/{message_id}"
    assert "246810" in coordinator.opens(path).words
    assert coordinator.sends(path, status=422).errors["result"] == "Please choose one."
    coordinator.sends(path, result="no_answer")
    assert "Called once, no answer" in coordinator.opens("/calls").words
    assert coordinator.sends(path, result="told").goes_to == "/calls"
    assert "No message waits for a phone call." in coordinator.opens("/calls").words
    coordinator.opens(path, status=404)


def test_a_worder_says_whom_to_ask_for_and_where_to_go_on(
    app: Flask, coordinator: Visitor, database: Database
) -> None:
    app.extensions["worders"]["sign_in_code"] = lambda _session, _ids: {
        "person": "劉女士",
        "desk": ("messages.dead_letters", {}),
    }
    page = coordinator.opens(f"/calls/message/{queued(database)}")
    assert "Call 劉女士" in page.words
    assert re.search(r'href="/calls/unsent"[^>]*><span>Enter their answer', page.html)


@pytest.mark.parametrize("desk", (("no.such.endpoint", {}), "nonsense", None))
def test_a_desk_that_is_not_there_is_left_out(
    app: Flask, coordinator: Visitor, database: Database, desk: object
) -> None:
    app.extensions["worders"]["sign_in_code"] = lambda _session, _ids: {"desk": desk}
    assert "Enter their answer" not in coordinator.opens(f"/calls/message/{queued(database)}").words


def test_the_printed_list_is_large_with_boxes_to_tick(
    visitor: Visitor, coordinator: Visitor, database: Database
) -> None:
    visitor.sends("/call-me-back", name="陳大文", phone="9123 4567", note="想做義工")
    queued(database)
    page = coordinator.opens("/calls/print")
    assert page.html.count("tick-box") == 2
    assert "9123 4567" in page.words
    assert "246810" in page.words


def test_reading_the_call_list_is_on_record(coordinator: Visitor, database: Database) -> None:
    coordinator.opens("/calls")
    with database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "call_list.read")).one()
        assert row.facts == {"call_backs": 0, "messages": 0}


def test_a_message_that_could_not_be_sent_shows_why_and_can_be_tried_again(
    coordinator: Visitor, database: Database
) -> None:
    message_id = queued(database, LEE, status=MessageStatus.DEAD)
    page = coordinator.opens("/calls/unsent")
    assert "There is no such e-mail address, or its mailbox is full. (550)" in page.words
    assert "lee@example.org" in page.words
    answer = coordinator.sends("/calls/unsent", to=f"/calls/unsent/{message_id}/again")
    assert answer.goes_to == "/calls/unsent"
    page = coordinator.opens("/calls/unsent")
    assert "It is tried again now." in page.words
    assert "Every message has left" in page.words
    with database.reading() as session:
        row = session.get_one(OutboxMessage, message_id)
        assert (row.status, row.attempts) == (MessageStatus.QUEUED, 0)
    coordinator.sends("/calls/unsent", to=f"/calls/unsent/{message_id}/again", status=404)


def test_a_message_that_could_not_be_sent_can_be_told_by_phone(
    coordinator: Visitor, database: Database
) -> None:
    message_id = queued(database, LEE, status=MessageStatus.DEAD)
    path = f"/calls/message/{message_id}"
    assert coordinator.sends(path, result="no_answer").goes_to == "/calls/unsent"
    assert coordinator.sends(path, result="told").goes_to == "/calls/unsent"
    with database.reading() as session:
        assert session.get_one(OutboxMessage, message_id).status == MessageStatus.SENT


def test_what_is_out_of_date_can_no_longer_be_tried_again(coordinator: Visitor, database: Database) -> None:
    message_id = queued(database, LEE, status=MessageStatus.DEAD)

    def age(session: Session) -> None:
        session.get_one(OutboxMessage, message_id).expires_at = utc_now() - timedelta(minutes=1)

    database.in_transaction(age)
    assert "Try again when" in coordinator.opens("/calls/unsent").words
    assert f"/calls/unsent/{message_id}/again" not in coordinator.opens("/calls/unsent").html


def test_an_account_gives_the_name_when_the_wording_has_none(
    coordinator: Visitor, database: Database
) -> None:
    def queue(session: Session) -> None:
        account = make_account(session, "劉女士", Role.CARER, phone=LAU.address or "")
        recipient = Recipient(Channel.PHONE_CALL, read_phone("2345 6789"), "zh_Hant_HK", account.id)
        queue_message(
            session, Message(kind="sign_in_code", recipient=recipient, dedupe_key="x"), now=utc_now()
        )

    database.in_transaction(queue)
    assert "劉女士" in coordinator.opens("/calls").words

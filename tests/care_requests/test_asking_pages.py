"""A carer asks for help: page by page, each a saved draft, nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Account, Draft, Role
from app.care_requests.models import Carer, CareRequest, RequestStatus, Rhythm
from app.messages.models import CallBack, Channel, OutboxMessage
from app.shared.database import Database
from app.volunteers.models import Gender
from tests.care_requests.conftest import TODAY, TOMORROW
from tests.people import make_account, make_recipient, make_request
from tests.visitor import Opened, Visitor

WHO: dict[str, Any] = {
    "carer_kind": "family",
    "called": "陳婆婆",
    "age": "８２歲",
    "gender": "f",
    "relation": "母親",
    "name": "陳小敏 Siu Man",
    "phone": "９１２３ ４５６７",
    "reached_by": "phone_call",
}
HELP: dict[str, Any] = {"kind": "befriending", "note": "陪媽媽傾偈"}
ONCE: dict[str, Any] = {"rhythm": "once"}
TIMES: dict[str, Any] = {
    "windows-0-on_date": TOMORROW.isoformat(),
    "windows-0-starts": "10:00",
    "windows-0-ends": "12:00",
}
HOME: dict[str, Any] = {"place": "home", "area": "shek_lei", "address": "石偉樓1203室", "directions": "按3A"}
MATTERS: dict[str, Any] = {
    "languages": "yue",
    "helper_gender": "prefers_f",
    "demands": "stairs",
    "ages_wished": "60-",
    "health": "聽覺較弱",
}
PAGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("who", WHO),
    ("help", HELP),
    ("when", ONCE),
    ("times", TIMES),
    ("where", HOME),
    ("matters", MATTERS),
)


def fills_in(visitor: Visitor, **instead: dict[str, Any]) -> Opened:
    """Every page, then the check page, open."""
    for name, answers in PAGES:
        visitor.sends(f"/ask/{name}", **instead.get(name, answers))
    return visitor.opens("/ask/check")


def asks(visitor: Visitor, **instead: dict[str, Any]) -> Opened:
    """All of it, agreed to and sent."""
    fills_in(visitor, **instead)
    return visitor.sends("/ask/check", consent="y")


def only_request(database: Database) -> CareRequest:
    with database.reading() as session:
        request = session.scalars(select(CareRequest)).one()
        assert request.carer.code
        assert request.recipient is None or request.recipient.code
        assert [request.windows, request.languages, request.demands]
        return request


def test_a_daughter_asks_for_her_mother(visitor: Visitor, database: Database) -> None:
    assert "Personal information collection statement" in visitor.opens("/ask").words
    assert visitor.sends("/ask/who", **WHO).goes_to == "/ask/help"
    assert visitor.sends("/ask/help", **HELP).goes_to == "/ask/when"
    assert visitor.sends("/ask/when", **ONCE).goes_to == "/ask/times"
    assert visitor.sends("/ask/times", **TIMES).goes_to == "/ask/where"
    assert visitor.sends("/ask/where", **HOME).goes_to == "/ask/matters"
    assert visitor.sends("/ask/matters", **MATTERS).goes_to == "/ask/check"
    check = visitor.opens("/ask/check")
    assert "陳婆婆" in check.words
    assert "about 82" in check.words
    assert "石偉樓" not in check.words
    assert visitor.sends("/ask/check", consent="y").goes_to == "/ask/sent"
    request = only_request(database)
    assert request.code in visitor.opens("/ask/sent").words
    assert (request.status, request.rhythm, request.kind_code) == (
        RequestStatus.SUBMITTED,
        Rhythm.ONCE,
        "befriending",
    )
    assert (request.carer.name_zh, request.carer.name_en, request.carer.phone) == (
        "陳小敏",
        "Siu Man",
        "+85291234567",
    )
    assert request.carer.consent_at is not None
    assert request.recipient is not None
    assert (request.recipient.birth_year, request.recipient.gender) == (TODAY.year - 82, Gender.FEMALE)
    assert (request.recipient.address, request.recipient.health_note) == ("石偉樓1203室", "聽覺較弱")
    assert (request.gender_preferred, request.prefers_age_from, request.prefers_age_to) == (
        Gender.FEMALE,
        60,
        None,
    )
    with database.reading() as session:
        assert session.scalars(select(Draft.answers_box)).all() == [None]
        account = session.scalars(select(Account).where(Account.id == request.carer.account_id)).one()
        assert account.roles == {Role.CARER}
        assert [message.channel for message in session.scalars(select(OutboxMessage))] == [Channel.SMS]


def test_sending_twice_asks_once(visitor: Visitor, database: Database) -> None:
    check = fills_in(visitor)
    fields = {**check.hidden, "consent": "y"}
    answers = [visitor.client.post("/ask/check", data=fields).headers["Location"] for _ in range(2)]
    assert answers == ["/ask/sent", "/ask/sent"]
    only_request(database)


def test_without_consent_nothing_is_kept(visitor: Visitor, database: Database) -> None:
    fills_in(visitor)
    answer = visitor.sends("/ask/check", status=422)
    assert "Tick the box" in answer.errors["consent"]
    with database.reading() as session:
        assert session.scalars(select(Carer)).all() == []


def test_what_is_missing_stands_beside_its_field_and_on_top(visitor: Visitor) -> None:
    answer = visitor.sends(
        "/ask/who", status=422, called="陳婆婆", age="很老", reached_by="sms", phone="2345 6789"
    )
    assert answer.errors.keys() >= {"carer_kind", "age", "name", "phone"}
    assert "mobile number" in answer.errors["phone"]
    assert 'href="#phone"' in answer.html
    assert 'value="很老"' in answer.html
    assert 'value="陳婆婆"' in answer.html


def test_in_chinese_errors_are_in_chinese(app: Flask) -> None:
    answer = Visitor(app, language="zh_Hant_HK").sends("/ask/help", status=422, kind="other")
    assert "錯誤" in answer.words
    assert "請簡單告訴我們需要甚麼" in answer.errors["note"]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    (
        ({"windows-0-ends": "10:00"}, "windows-0-ends", "later than the beginning"),
        ({"windows-0-ends": "09:00"}, "windows-0-ends", "later than the beginning"),
        ({"windows-0-on_date": "2020-01-01"}, "windows-0-on_date", "gone by"),
        (
            {"windows-0-on_date": (TODAY + timedelta(days=400)).isoformat()},
            "windows-0-on_date",
            "more than a year",
        ),
        ({"windows-0-on_date": "2026-02-30"}, "windows-0-on_date", "not a date"),
        ({"windows-0-on_date": ""}, "windows-0-on_date", "choose the day"),
        ({"windows-0-starts": "10:17"}, "windows-0-starts", "when it begins"),
        ({"windows-0-ends": ""}, "windows-0-ends", "when it ends"),
    ),
)
def test_times_that_cannot_be_are_refused_beside_the_field(
    visitor: Visitor, change: dict[str, Any], field: str, words: str
) -> None:
    visitor.sends("/ask/when", **ONCE)
    answer = visitor.sends("/ask/times", status=422, **{**TIMES, **change})
    assert words in answer.errors[field]


def test_no_time_at_all_is_said_once(visitor: Visitor) -> None:
    visitor.sends("/ask/when", **ONCE)
    answer = visitor.sends("/ask/times", status=422)
    assert "at least one time" in answer.errors["windows"]


def test_another_time_keeps_what_was_filled_in(visitor: Visitor) -> None:
    visitor.sends("/ask/when", rhythm="weekly")
    first = visitor.opens("/ask/times")
    rows = first.html.count('name="windows-')
    filled: dict[str, Any] = {
        "windows-0-weekday": "2",
        "windows-0-starts": "10:00",
        "windows-1-weekday": "",
        "add_window": "1",
    }
    more = visitor.sends("/ask/times", status=200, **filled)
    assert more.html.count('name="windows-') == rows + 3
    assert '<option selected value="10:00">' in more.html
    assert more.errors == {}


def test_a_change_of_rhythm_asks_for_the_times_again(visitor: Visitor) -> None:
    fills_in(visitor)
    assert visitor.sends("/ask/when?check=1", rhythm="weekly").goes_to == "/ask/times?check=1"
    assert visitor.opens("/ask/check", status=303).goes_to == "/ask/times?again=1"
    assert "choose the weekday" in visitor.opens("/ask/times?again=1").errors["windows-0-weekday"]
    weekly: dict[str, Any] = {
        "windows-0-weekday": "2",
        "windows-0-starts": "10:00",
        "windows-0-ends": "12:00",
    }
    assert visitor.sends("/ask/times?check=1", **weekly).goes_to == "/ask/check"


def test_coming_back_goes_on_at_the_first_page_not_done(visitor: Visitor) -> None:
    visitor.sends("/ask/who", **WHO)
    visitor.sends("/ask/help", **HELP)
    assert visitor.opens("/ask", status=303).goes_to == "/ask/when"
    assert visitor.opens("/ask/times", status=303).goes_to == "/ask/when"
    assert visitor.opens("/ask/check", status=303).goes_to == "/ask/when?again=1"
    assert 'value="陳婆婆"' in visitor.opens("/ask/who").html
    assert "Go on with my form" in visitor.opens("/ask?statement=1").words


def test_back_and_change_return_to_the_check(visitor: Visitor) -> None:
    fills_in(visitor)
    assert visitor.sends("/ask/who?check=1", **{**WHO, "called": "陳老太"}).goes_to == "/ask/check"
    assert "陳老太" in visitor.opens("/ask/check").words


def test_a_code_to_come_back_with_is_shown_once_a_contact_is_known(visitor: Visitor) -> None:
    visitor.sends("/ask/who", **WHO)
    page = visitor.opens("/ask/help")
    assert re.search(r'<p class="code" translate="no">[2-9A-Z]{5}-[2-9A-Z]{5}</p>', page.html)
    assert visitor.sends("/ask/help", later="1").goes_to == "/later/care_request"


def test_another_browser_sees_nothing_of_it(app: Flask, visitor: Visitor) -> None:
    visitor.sends("/ask/who", **WHO)
    stranger = Visitor(app)
    assert "陳婆婆" not in stranger.opens("/ask/who").html.replace("such as 陳婆婆", "")
    assert stranger.opens("/ask/check", status=303).goes_to == "/ask"
    assert stranger.opens("/ask/sent", status=303).goes_to == "/ask"


def test_a_form_thrown_away_is_gone(visitor: Visitor, database: Database) -> None:
    visitor.sends("/ask/who", **WHO)
    assert visitor.sends("/later/care_request/throw-away").goes_to == "/ask"
    assert visitor.opens("/ask").status == 200
    with database.reading() as session:
        assert session.scalars(select(Draft.answers_box)).all() == [None]


def test_something_else_goes_to_a_coordinator_in_words(visitor: Visitor, database: Database) -> None:
    asks(visitor, help={"kind": "other", "note": "想有人教用輪椅"})
    request = only_request(database)
    assert (request.kind_code, request.note) == (None, "想有人教用輪椅")


def test_for_myself_by_telephone(visitor: Visitor, database: Database) -> None:
    who = {**WHO, "carer_kind": "self", "reached_by": "email", "email": "siuman@example.com", "phone": ""}
    asks(visitor, who=who, help={"kind": "telephone"}, where={"place": "telephone"})
    request = only_request(database)
    assert request.is_by_telephone
    assert (request.carer.reached_by, request.carer.email) == (Channel.EMAIL, "siuman@example.com")


def test_meeting_somewhere_else_keeps_the_meeting_place_sealed(visitor: Visitor, database: Database) -> None:
    place = {"place": "elsewhere", "area": "kwai_fong", "meeting_place": "診所門口"}
    asks(visitor, help={"kind": "escort"}, where=place)
    request = only_request(database)
    assert (request.is_at_home, request.area_code, request.meeting_place) == (False, "kwai_fong", "診所門口")


def test_two_people_means_two_seats(visitor: Visitor, database: Database) -> None:
    asks(visitor, matters={**MATTERS, "two_people": "y"})
    assert only_request(database).seats_min == 2


def test_a_landline_gets_no_code_but_a_call(visitor: Visitor, database: Database) -> None:
    asks(visitor, who={**WHO, "phone": "2345 6789"})
    assert "One last step" not in visitor.opens("/ask/sent").words
    with database.reading() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_a_robot_is_turned_away(visitor: Visitor, database: Database) -> None:
    fills_in(visitor)
    visitor.sends("/ask/check", status=429, consent="y", website="http://spam.example")
    with database.reading() as session:
        assert session.scalars(select(CareRequest)).all() == []


def test_the_telephone_of_a_coordinator_opens_nothing(visitor: Visitor, database: Database) -> None:
    database.in_transaction(
        lambda session: make_account(session, "Coordinator Ho", Role.COORDINATOR, phone="+85291234567")
    )
    asks(visitor)
    assert only_request(database).carer.account_id is None


@pytest.fixture
def carer_account(database: Database, coordinator: Account) -> Account:
    return database.in_transaction(
        lambda session: make_account(session, "陳小敏", Role.CARER, phone="+85291234567")
    )


@pytest.fixture
def daughter(app: Flask, carer_account: Account) -> Visitor:
    """Signed in, with a mother on record."""
    return Visitor(app).has_signed_in_as(carer_account)


def test_whoever_is_signed_in_does_not_type_themselves_again(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    def know(session: Any) -> int:
        recipient = make_recipient(session, called="陳婆婆")
        recipient.carer.account_id = carer_account.id
        recipient.address = "石偉樓1203室"
        return recipient.id

    recipient_id = database.in_transaction(know)
    page = daughter.opens("/ask/who")
    assert "Your phone number" not in page.words
    daughter.sends("/ask/who", person=str(recipient_id))
    for name, answers in PAGES[1:4]:
        daughter.sends(f"/ask/{name}", **answers)
    where = daughter.opens("/ask/where")
    assert "We have the address" in where.words
    assert "石偉樓" not in where.html
    daughter.sends("/ask/where", place="home", area="shek_lei")
    daughter.sends("/ask/matters")
    daughter.sends("/ask/check", consent="y")
    request = only_request(database)
    assert request.recipient_id == recipient_id
    assert request.recipient is not None
    assert request.recipient.address == "石偉樓1203室"
    assert "See my requests" in daughter.opens("/ask/sent").words


def own_one(database: Database, account: Account, **changes: Any) -> CareRequest:
    """A request that this account asked for."""

    def act(session: Any) -> CareRequest:
        request = make_request(session, windows=((TOMORROW, 20, 24),), **changes)
        request.carer.account_id = account.id
        request.carer.phone = "+85291234567"
        return request

    return database.in_transaction(act)


def test_asking_again_starts_from_the_earlier_request(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    earlier = own_one(database, carer_account)
    assert (
        daughter.sends(f"/my/requests/{earlier.id}", to=f"/my/requests/{earlier.id}/again").goes_to
        == "/ask/check"
    )
    daughter.sends("/ask/check", consent="y")
    with database.reading() as session:
        requests = session.scalars(select(CareRequest).order_by(CareRequest.id)).all()
        assert len(requests) == 2
        assert {(one.kind_code, one.recipient_id) for one in requests} == {
            (earlier.kind_code, earlier.recipient_id)
        }
        assert len({one.windows[0].on_date for one in requests}) == 1


def test_asking_again_for_days_gone_by_asks_for_new_ones(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    earlier = own_one(database, carer_account)

    def age(session: Any) -> None:
        session.get(CareRequest, earlier.id).windows[0].on_date = TODAY - timedelta(days=9)

    database.in_transaction(age)
    daughter.sends(f"/my/requests/{earlier.id}", to=f"/my/requests/{earlier.id}/again")
    assert daughter.opens("/ask/check", status=303).goes_to == "/ask/times?again=1"
    assert "gone by" in daughter.opens("/ask/times?again=1").errors["windows-0-on_date"]


def test_a_form_begun_is_not_overwritten_by_asking_again(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    earlier = own_one(database, carer_account)
    daughter.sends("/ask/help", **HELP)
    answer = daughter.sends(f"/my/requests/{earlier.id}", to=f"/my/requests/{earlier.id}/again")
    assert answer.goes_to == "/ask"
    assert "陪媽媽傾偈" in daughter.opens("/ask/help").html


def test_a_request_nobody_has_settled_is_changed_by_its_carer(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    own = own_one(database, carer_account, status=RequestStatus.SUBMITTED)
    daughter.sends(f"/my/requests/{own.id}", to=f"/my/requests/{own.id}/change")
    daughter.sends("/ask/help?check=1", kind="escort")
    daughter.sends("/ask/where?check=1", place="elsewhere", area="kwai_fong")
    assert daughter.sends("/ask/check", consent="y").goes_to == f"/my/requests/{own.id}"
    changed = only_request(database)
    assert (changed.id, changed.kind_code, changed.area_code) == (own.id, "escort", "kwai_fong")


def test_after_triage_a_change_is_asked_of_a_coordinator(
    daughter: Visitor, carer_account: Account, database: Database
) -> None:
    own = own_one(database, carer_account)
    page = daughter.opens(f"/my/requests/{own.id}")
    assert "Ask for a change" in page.words
    daughter.sends(f"/my/requests/{own.id}", to=f"/my/requests/{own.id}/change")
    daughter.sends(f"/my/requests/{own.id}/ask-change", words="星期二改星期三")
    with database.reading() as session:
        call = session.scalars(select(CallBack)).one()
        assert (call.phone, call.note, call.page) == ("+85291234567", "星期二改星期三", f"/requests/{own.id}")


ODD_TEXT = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\x00\u202e\u200b\ud800\uff11💛"), max_size=60
).filter(lambda text: "\ud800" not in text)


@pytest.mark.database("sqlite")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=st.sampled_from([name for name, _ in PAGES]), odd=ODD_TEXT, field=st.integers(0, 8))
def test_no_text_breaks_a_page(visitor: Visitor, page: str, odd: str, field: int) -> None:
    visitor.sends("/ask/when", rhythm="weekly")
    answers = dict(PAGES)[page]
    name = list(answers)[field % len(answers)]
    opened = visitor.opens(f"/ask/{page}")
    answer = visitor.client.post(f"/ask/{page}", data={**opened.hidden, **answers, name: odd})
    assert answer.status_code in {200, 303, 422}
    visitor.opens(f"/ask/{page}")

"""The coordinators' pages: list, request, triage, splitting, closing, entering a call, carers and recipients."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Draft, Role
from app.care_requests.models import (
    Carer,
    CareRequest,
    CloseReason,
    KnownHelper,
    Occurrence,
    RequestAct,
    RequestStatus,
)
from app.care_requests.use_cases.facts import WindowFacts
from app.care_requests.use_cases.submitting import submit_request
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.secrets import phone_key
from app.shared.times import utc_now
from app.volunteers.models import Source
from tests.care_requests.conftest import TODAY, TOMORROW, asked
from tests.people import make_account, make_carer, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

TRIAGE: dict[str, Any] = {
    "called": "陳婆婆",
    "kind": "befriending",
    "rhythm": "once",
    "windows-0-on_date": TOMORROW.isoformat(),
    "windows-0-starts": "10:00",
    "windows-0-ends": "12:00",
    "place": "home",
    "area": "shek_lei",
    "seats_min": "1",
    "seats_max": "1",
    "experienced_needed": "0",
    "spoken_on": TODAY.isoformat(),
    "spoken_how": "phone_call",
}
ENTRY: dict[str, Any] = {
    **TRIAGE,
    "source": "phone_call",
    "consent": "y",
    "carer_kind": "family",
    "name": "陳小敏",
    "phone": "9123 4567",
    "reached_by": "phone_call",
}


@pytest.fixture
def submitted_one(database: Database, coordinator: Account) -> CareRequest:
    """A request that came in by itself, for tomorrow."""
    return submitted(database)


def submitted(database: Database, **changes: Any) -> CareRequest:
    facts = asked(**{"windows": (WindowFacts(20, 24, on_date=TOMORROW),), **changes})
    return database.in_transaction(
        lambda session: submit_request(session, facts, source=Source.PAPER, by=None, now=utc_now())
    )


def kept(database: Database, request: CareRequest) -> CareRequest:
    with database.reading() as session:
        return session.get_one(CareRequest, request.id)


def test_the_list_keeps_its_filters_in_the_address(desk: Visitor, database: Database) -> None:
    assert "No requests yet" in desk.opens("/requests").words
    submitted(database)
    page = desk.opens("/requests?status=submitted&area=shek_lei&kind=befriending&order=newest&words=陳小敏")
    assert "1 request" in page.words
    assert '<option selected value="shek_lei">' in page.html
    assert "No request fits this" in desk.opens("/requests?urgent=y").words
    assert "陳婆婆" in desk.opens("/requests?status=nonsense&page=99999999999&words=%00").words


def test_a_request_shows_all_but_what_is_sealed(desk: Visitor, submitted_one: CareRequest) -> None:
    page = desk.opens(f"/requests/{submitted_one.id}")
    assert "陳婆婆" in page.words
    assert "9123 4567" in page.words
    assert "石偉樓" not in page.html
    assert "聽覺" not in page.html


def test_opening_the_address_is_on_record(
    desk: Visitor, database: Database, submitted_one: CareRequest, coordinator: Account
) -> None:
    path = f"/requests/{submitted_one.id}"
    page = desk.sends(path, to=f"{path}/details", status=200)
    assert "石偉樓1203室" in page.words
    with database.reading() as session:
        seen = session.scalars(select(AuditRow).where(AuditRow.action == RequestAct.DETAILS_SEEN)).one()
    assert (seen.actor_id, seen.subject_id) == (coordinator.id, submitted_one.id)
    assert "Address and health note were looked at" in desk.opens(path).words


def test_after_speaking_with_the_carer_a_request_is_opened(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    volunteer = database.in_transaction(make_volunteer)
    path = f"/requests/{submitted_one.id}/triage"
    desk.sends(
        path,
        **TRIAGE,
        action="open",
        demands="stairs",
        takes_minors="y",
        urgent_until=TOMORROW.isoformat(),
        urgent_reason="照顧者入院",
        known_helpers=f"{volunteer.code.lower()}",
    )
    request = kept(database, submitted_one)
    assert (request.status, request.clearance, request.urgent_until) == (RequestStatus.OPEN, "scrc", TOMORROW)
    with database.reading() as session:
        assert session.scalars(select(KnownHelper.volunteer_id)).all() == [volunteer.id]
        assert len(session.scalars(select(Occurrence)).all()) == 1
    page = desk.opens(f"/requests/{submitted_one.id}")
    assert "Urgent until" in page.words
    assert "Opened for matching after speaking with the carer" in page.words


def test_it_cannot_be_opened_without_having_spoken(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    without = {**TRIAGE, "spoken_on": "", "spoken_how": ""}
    path = f"/requests/{submitted_one.id}/triage"
    answer = desk.sends(path, status=422, action="open", **without)
    assert answer.errors.keys() == {"spoken_on", "spoken_how"}
    desk.sends(path, action="save", **without)
    assert kept(database, submitted_one).status is RequestStatus.SUBMITTED


@pytest.mark.parametrize(
    ("change", "field"),
    (
        ({"seats_min": "2"}, "seats_max"),
        ({"experienced_needed": "2"}, "experienced_needed"),
        ({"age_from": "60", "age_to": "30"}, "age_to"),
        ({"kind": "respite", "takes_minors": "y"}, "takes_minors"),
        ({"kind": "other", "note": "唔知"}, "kind"),
        ({"urgent_until": TODAY.isoformat()}, "urgent_reason"),
        ({"urgent_reason": "急"}, "urgent_until"),
        ({"spoken_on": TOMORROW.isoformat()}, "spoken_on"),
        ({"known_helpers": "V-NOBODY"}, "known_helpers"),
        ({"windows-0-ends": "09:00"}, "windows-0-ends"),
        ({"area": ""}, "area"),
        ({"called": ""}, "called"),
    ),
)
def test_what_cannot_be_settled_stands_beside_its_field(
    desk: Visitor, database: Database, submitted_one: CareRequest, change: dict[str, Any], field: str
) -> None:
    fields = {**TRIAGE, "action": "open", **change}
    answer = desk.sends(f"/requests/{submitted_one.id}/triage", status=422, **fields)
    assert field in answer.errors
    assert kept(database, submitted_one).status is RequestStatus.SUBMITTED


def test_the_second_editor_sees_what_the_first_saved(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    path = f"/requests/{submitted_one.id}/triage"
    old = desk.opens(path).hidden
    desk.sends(path, **{**TRIAGE, "windows-0-starts": "09:00"}, action="save")
    late = desk.client.post(path, data={**old, **TRIAGE, "note": "我寫的", "action": "save"})
    assert late.status_code == 422
    assert "Somebody else changed this in the meantime" in late.text
    assert "9 am to 12 noon" in late.text
    assert "我寫的" in late.text
    desk.sends(path, **TRIAGE, action="save")


def test_original_words_stand_beside_the_fields_until_settled(desk: Visitor, database: Database) -> None:
    draft = submitted(database, original_words="逢星期六日，越快越好", kind_code=None, windows=())
    path = f"/requests/{draft.id}/triage"
    assert "越快越好" in desk.opens(path).words
    assert "1 request" in desk.opens("/requests?status=draft").words
    desk.sends(path, **TRIAGE, action="save")
    settled = kept(database, draft)
    assert (settled.status, settled.original_words) == (RequestStatus.SUBMITTED, "")
    assert "越快越好" not in desk.opens(path).words
    assert "越快越好" in desk.opens(f"/requests/{draft.id}").words


def test_an_open_request_is_changed_and_replanned(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    path = f"/requests/{submitted_one.id}/triage"
    desk.sends(path, **TRIAGE, action="open")
    later = (TOMORROW + timedelta(days=1)).isoformat()
    desk.sends(path, **{**TRIAGE, "windows-0-on_date": later})
    with database.reading() as session:
        planned = session.scalars(select(Occurrence).where(Occurrence.cancelled_at.is_(None))).one()
    assert planned.first_day == TOMORROW + timedelta(days=1)


def test_another_row_of_times_at_the_desk(desk: Visitor, submitted_one: CareRequest) -> None:
    answer = desk.sends(f"/requests/{submitted_one.id}/triage", status=200, **TRIAGE, add_window="1")
    assert 'name="windows-1-on_date"' in answer.html
    assert answer.errors == {}


def test_a_request_is_split_closed_and_opened_again(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    path = f"/requests/{submitted_one.id}"
    assert "choose at least one kind" in desk.sends(f"{path}/split", status=422).errors["kinds"]
    desk.sends(f"{path}/split", kinds=["escort"], keeps="y")
    assert "Split" in desk.opens(path).words
    answer = desk.sends(f"{path}/close", status=422, reason="referred_out")
    assert "which service" in answer.errors["note"]
    desk.sends(f"{path}/close", reason="met")
    assert kept(database, submitted_one).close_reason is CloseReason.MET
    assert desk.opens(f"{path}/triage", status=303).goes_to == path
    desk.sends(path, to=f"{path}/reopen", version=str(kept(database, submitted_one).version))
    assert kept(database, submitted_one).status is RequestStatus.SUBMITTED
    desk.sends(path, to=f"{path}/reopen", version="1", status=409)


def test_a_call_is_entered_with_the_same_questions(desk: Visitor, database: Database) -> None:
    desk.sends("/requests/enter", **ENTRY)
    with database.reading() as session:
        request = session.scalars(select(CareRequest)).one()
        assert (request.source, request.status) == (Source.PHONE_CALL, RequestStatus.SUBMITTED)
        assert (request.carer.name_zh, request.carer.account_id) == ("陳小敏", None)
        assert request.entered_by_id is not None


def test_without_the_carers_agreement_a_call_is_not_kept(desk: Visitor, database: Database) -> None:
    fields = {name: value for name, value in ENTRY.items() if name != "consent"}
    assert "agreement" in desk.sends("/requests/enter", status=422, **fields).errors["consent"]
    assert desk.sends("/requests/enter", status=200, **ENTRY, add_window="1").errors == {}
    with database.reading() as session:
        assert session.scalars(select(CareRequest)).all() == []


def test_a_known_carer_is_not_typed_again(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    page = desk.opens(f"/requests/enter?carer={submitted_one.carer_id}")
    assert "Your phone number" not in page.words
    fields = {**ENTRY, "person": str(submitted_one.recipient_id), "called": ""}
    desk.sends(f"/requests/enter?carer={submitted_one.carer_id}", **fields)
    with database.reading() as session:
        requests = session.scalars(select(CareRequest)).all()
    assert {(one.carer_id, one.recipient_id) for one in requests} == {
        (submitted_one.carer_id, submitted_one.recipient_id)
    }


def test_a_coordinator_goes_on_with_a_form_somebody_began(
    desk: Visitor, app: Flask, database: Database
) -> None:
    somebody = Visitor(app)
    somebody.sends(
        "/ask/who",
        carer_kind="family",
        called="梁伯",
        name="梁太",
        phone="9876 5432",
        reached_by="phone_call",
    )
    with database.reading() as session:
        draft = session.scalars(select(Draft)).one()
    path = f"/requests/enter?draft={draft.id}"
    assert 'value="梁伯"' in desk.opens(path).html
    desk.sends(path, **{**ENTRY, "called": "梁伯", "name": "梁太", "phone": "9876 5432"})
    with database.reading() as session:
        assert session.get_one(Draft, draft.id).finished_at is not None
        assert session.scalars(select(Carer.name_zh)).all() == ["梁太"]


def test_carers_are_found_shown_and_corrected(
    desk: Visitor, database: Database, submitted_one: CareRequest
) -> None:
    assert "陳小敏" in desk.opens("/carers?words=4567").words
    assert "No carer fits this" in desk.opens("/carers?words=nobody").words
    path = f"/carers/{submitted_one.carer_id}"
    assert "陳婆婆" in desk.opens(path).words
    assert "phone number" in desk.sends(f"{path}/change", status=422, phone="", name="陳小敏").errors["phone"]
    desk.sends(
        f"{path}/change",
        carer_kind="worker",
        name="陳小敏 Siu Man",
        phone="9123 4567",
        reached_by="sms",
        organisation="石籬中心",
        language="en",
    )
    with database.reading() as session:
        carer = session.get_one(Carer, submitted_one.carer_id)
        assert (carer.name_en, carer.organisation, carer.language) == ("Siu Man", "石籬中心", "en")


def test_a_carer_without_an_account_is_let_in_in_one_step(
    desk: Visitor, another: Visitor, database: Database, coordinator: Account
) -> None:
    """Such as one whose request was opened before carers were given accounts."""

    def make(session: Session) -> tuple[int, int]:
        carer = make_carer(session, "LAM Mei", phone="+85261230002", phone_key=phone_key("+85261230002"))
        return make_request(session, make_recipient(session, carer)).id, carer.id

    request_id, carer_id = database.in_transaction(make)
    assert "Cannot sign in yet" in desk.opens(f"/carers/{carer_id}").words
    page = desk.opens(f"/requests/{request_id}")
    assert "Cannot sign in yet" in page.words
    to = f"/carers/{carer_id}/sign-in?next=/requests/{request_id}"
    assert f'action="{to}"' in page.html
    assert desk.sends(f"/requests/{request_id}", to=to).goes_to == f"/requests/{request_id}"
    page = desk.opens(f"/requests/{request_id}")
    assert "They can sign in now" in page.words
    assert "Cannot sign in yet" not in page.words
    read_out = desk.sends("/codes", status=200, contact="6123 0002").words
    code = re.search(r"Read this out (\d{3}) (\d{3})", read_out)
    assert code is not None
    another.sends("/sign-in", contact="6123 0002")
    another.sends("/sign-in/code", code="".join(code.groups()))
    assert f"/my/requests/{request_id}" in another.opens("/my/requests").html


def test_a_carer_who_cannot_be_reached_or_is_staff_is_not_let_in(
    desk: Visitor, database: Database, coordinator: Account
) -> None:
    def make(session: Session) -> tuple[int, int]:
        staff = session.get_one(Account, coordinator.id)
        staff.phone, staff.phone_key = "+85261230003", phone_key("+85261230003")
        return (
            make_carer(session, "No Phone").id,
            make_carer(session, "Staff Carer", phone="+85261230003").id,
        )

    for carer_id, said in zip(
        database.in_transaction(make), ("enter one first", "This is a staff account"), strict=True
    ):
        desk.sends(f"/carers/{carer_id}", to=f"/carers/{carer_id}/sign-in")
        assert said in desk.opens(f"/carers/{carer_id}").words
        with database.reading() as session:
            assert session.get_one(Carer, carer_id).account_id is None


def test_helpers_the_person_knows(desk: Visitor, database: Database, submitted_one: CareRequest) -> None:
    volunteer = database.in_transaction(make_volunteer)
    path = f"/recipients/{submitted_one.recipient_id}"
    assert (
        "No volunteer has this reference code" in desk.sends(path, status=422, code="V-NOBODY").errors["code"]
    )
    desk.sends(path, code=volunteer.code)
    assert volunteer.code in desk.opens(path).words
    desk.sends(path, to=f"{path}/helpers/{volunteer.id}/remove")
    assert volunteer.code not in desk.opens(path).words
    desk.sends(path, to=f"{path}/helpers/{volunteer.id}/remove", status=404)


def test_only_coordinators_come_in(app: Flask, database: Database, submitted_one: CareRequest) -> None:
    def carer(session: Session) -> Account:
        return make_account(session, "陳小敏", Role.CARER, Role.VOLUNTEER)

    somebody = Visitor(app).has_signed_in_as(database.in_transaction(carer))
    for path in (
        "/requests",
        "/requests/enter",
        f"/requests/{submitted_one.id}",
        f"/requests/{submitted_one.id}/triage",
        f"/requests/{submitted_one.id}/close",
        f"/requests/{submitted_one.id}/split",
        "/carers",
        f"/carers/{submitted_one.carer_id}",
        f"/recipients/{submitted_one.recipient_id}",
    ):
        somebody.opens(path, status=403)

"""The coordinators' pages: the list, a volunteer's page, entering a call, deciding."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Draft, DraftKind
from app.accounts.use_cases.drafts import open_draft, save_page
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.secrets import HealthNote, Phone
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Source, Volunteer, VolunteerStatus
from app.volunteers.use_cases import WhoFacts, register_volunteer
from app.volunteers.words import WORDS
from tests.people import make_minor, make_volunteer
from tests.visitor import Visitor
from tests.volunteers.conftest import somebody

TODAY = str(hong_kong_date(utc_now()))
CALL: dict[str, Any] = {
    "source": "phone_call",
    "name_zh": "李金",
    "birth_year": "1948",
    "phone": "2345 6789",
    "reached_by": "phone_call",
    "language": "zh_Hant_HK",
    "home_area": "shek_lei",
    "coverage": "anywhere",
    "languages": ["yue"],
    "week-usual": ["weekday_morning"],
    "weekly_visits": "1",
    "weekly_hours": "2",
    "homes": "known",
    "consent": "y",
}


@pytest.fixture
def applicant(stocked: Database) -> Volunteer:
    return stocked.in_transaction(
        lambda session: register_volunteer(
            session, somebody(health_note=HealthNote("膝痛")), source=Source.ONLINE, by=None, now=utc_now()
        )
    )


def row(database: Database, volunteer_id: int) -> Volunteer:
    with database.reading() as session:
        return session.get_one(Volunteer, volunteer_id)


def acts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))


def test_an_empty_list_says_what_to_do(desk: Visitor) -> None:
    assert "No volunteers yet" in desk.opens("/volunteers").words


def test_the_list_is_narrowed_by_its_address(desk: Visitor, applicant: Volunteer) -> None:
    for query in (
        "words=黃",
        "words=4567",
        f"words={applicant.code}",
        "status=applied",
        "area=shek_lei",
        "waiting=for_call",
    ):
        assert applicant.code in desk.opens(f"/volunteers?{query}").words, query
    for query in ("words=nobody", "status=active", "area=ma_wan", "waiting=for_times"):
        assert applicant.code not in desk.opens(f"/volunteers?{query}").words, query


@pytest.mark.database("sqlite")
def test_an_address_that_cannot_be_meant_breaks_nothing(desk: Visitor, applicant: Volunteer) -> None:
    for query in (
        "page=0",
        "page=9223372036854775808",
        "page=²",
        "words=%00",
        "words=%E2%80%AE",
        "status=zzz",
        "waiting=x",
        "area=%27",
    ):
        desk.opens(f"/volunteers?{query}")
    for path in (
        "/volunteers/0",
        "/volunteers/9223372036854775808",
        "/volunteers/999999",
        "/volunteers/1/nothing",
    ):
        desk.opens(path, status=404)
    desk.opens("/volunteers/enter?draft=9223372036854775808")
    desk.opens("/volunteers/enter?draft=999", status=404)


def test_a_call_is_entered_on_one_page_and_goes_to_the_volunteer(
    desk: Visitor, stocked: Database, coordinator: Account
) -> None:
    volunteer_id = int(desk.sends("/volunteers/enter", **CALL).goes_to.rpartition("/")[2])
    known = row(stocked, volunteer_id)
    assert (known.source, known.entered_by_id, known.status) == (
        Source.PHONE_CALL,
        coordinator.id,
        VolunteerStatus.APPLIED,
    )
    assert (known.phone, known.serves_all_areas, known.new_homes) == ("+85223456789", True, False)


def test_every_fault_of_an_entry_is_shown_at_once(desk: Visitor) -> None:
    errors = desk.sends("/volunteers/enter", status=422).errors
    assert {
        "source",
        "name_zh",
        "birth_year",
        "reached_by",
        "home_area",
        "languages",
        "week-usual",
        "consent",
    } <= set(errors)


def test_somebody_known_is_entered_again_only_on_purpose(desk: Visitor, stocked: Database) -> None:
    desk.sends("/volunteers/enter", **CALL)
    answer = desk.sends("/volunteers/enter", status=422, **CALL)
    assert "is here already" in answer.words
    again = desk.sends("/volunteers/enter", is_somebody_else="y", **CALL)
    assert "May be the same person as" in desk.opens(again.goes_to).words


def test_an_interrupted_call_is_gone_on_with(desk: Visitor, stocked: Database) -> None:
    kept = desk.sends("/volunteers/enter", name_zh="李", later="1").goes_to
    assert 'value="李"' in desk.opens(kept).html
    assert "Begun and not finished" in desk.opens("/volunteers").words
    assert desk.sends(kept, **CALL).goes_to.startswith("/volunteers/")
    assert "Begun and not finished" not in desk.opens("/volunteers").words


def test_a_coordinator_goes_on_with_what_an_applicant_began(desk: Visitor, stocked: Database) -> None:
    def begin(session: Session) -> Draft:
        draft = open_draft(session, DraftKind.VOLUNTEER, browser_session_id=None, now=utc_now())
        save_page(session, draft, "who", {"name_zh": ["何婆婆"], "birth_year": "1946"}, now=utc_now())
        return draft

    draft = stocked.in_transaction(begin)
    html = desk.opens(f"/volunteers/enter?draft={draft.id}").html
    assert 'value="何婆婆"' in html
    assert 'value="1946"' in html
    assert acts(stocked)[-1] == "draft.opened"


def test_accepting_takes_all_of_it(
    desk: Visitor, stocked: Database, applicant: Volunteer, coordinator: Account
) -> None:
    path = f"/volunteers/{applicant.id}"
    desk.sends(f"{path}/spoken", spoken_on=TODAY, spoken_by=str(coordinator.id))
    refused = desk.sends(f"{path}/accept", spoken_on=TODAY, spoken_by=str(coordinator.id), status=422)
    assert set(refused.errors) == {"identity_seen_on", "induction_on", "conduct_accepted_on"}
    for date_missing in ("Identity seen on: ", "Induction done on: ", "Code of conduct accepted on: "):
        assert date_missing + refused.errors["induction_on"] in refused.words
    everything: dict[str, Any] = {
        "spoken_on": TODAY,
        "spoken_by": str(coordinator.id),
        "identity_seen_on": TODAY,
        "identity_seen_by": str(coordinator.id),
        "induction_on": TODAY,
        "conduct_accepted_on": TODAY,
    }
    late = desk.sends(f"{path}/accept", status=422, **(everything | {"induction_on": "2199-01-01"}))
    assert set(late.errors) == {"induction_on"}
    desk.sends(f"{path}/accept", **everything)
    assert row(stocked, applicant.id).status == VolunteerStatus.ACTIVE
    assert "Accepted: may be matched" in desk.opens(path).words


@pytest.fixture
def minor(stocked: Database) -> Volunteer:
    year = hong_kong_date(utc_now()).year - 15
    return stocked.in_transaction(
        lambda session: register_volunteer(
            session,
            somebody(who=WhoFacts(birth_year=year, name_zh="小明")),
            source=Source.PAPER,
            by=None,
            now=utc_now(),
        )
    )


def test_what_was_typed_to_accept_a_minor_is_there_again_after_the_consent(
    desk: Visitor, minor: Volunteer, coordinator: Account
) -> None:
    path = f"/volunteers/{minor.id}"
    typed: dict[str, Any] = {
        "identity_seen_on": "2026-03-04",
        "induction_on": "5 March",
        "spoken_by": str(coordinator.id),
    }
    consent_page = desk.sends(f"{path}/accept", consent_first="1", **typed).goes_to
    assert consent_page.startswith(f"{path}/consent?")
    assert f'href="{path}/accept?' in desk.opens(consent_page).html
    back = desk.sends(consent_page, guardian_name="陳太", relation="母親", given_on=TODAY).goes_to
    assert back.startswith(f"{path}/accept?")
    html = desk.opens(back).html
    assert 'value="2026-03-04"' in html
    assert 'value="5 March"' in html


def test_what_was_typed_to_accept_one_volunteer_fills_in_no_other_page(
    desk: Visitor, minor: Volunteer, applicant: Volunteer
) -> None:
    answer = desk.sends(f"/volunteers/{minor.id}/accept", consent_first="1", induction_on="2026-03-04")
    kept = answer.goes_to.partition("?")[2]
    assert "2026-03-04" in desk.opens(f"/volunteers/{minor.id}/accept?{kept}").html
    assert "2026-03-04" not in desk.opens(f"/volunteers/{applicant.id}/accept?{kept}").html
    to_other = desk.sends(
        f"/volunteers/{applicant.id}/consent?{kept}", guardian_name="陳太", relation="母親", given_on=TODAY
    )
    assert to_other.goes_to == f"/volunteers/{applicant.id}"
    desk.opens(f"/volunteers/{minor.id}/accept?kept=nobody-sealed-this")


def test_a_minor_is_not_accepted_without_consent_and_each_look_is_on_record(
    desk: Visitor, stocked: Database, minor: Volunteer, coordinator: Account
) -> None:
    path = f"/volunteers/{minor.id}"
    assert "consent is missing" in desk.opens(path).words
    assert acts(stocked)[-1] == "volunteer.minor_seen"
    facts: dict[str, Any] = {
        "spoken_on": TODAY,
        "spoken_by": str(coordinator.id),
        "identity_seen_on": TODAY,
        "identity_seen_by": str(coordinator.id),
        "induction_on": TODAY,
        "conduct_accepted_on": TODAY,
    }
    assert "consent first" in desk.sends(f"{path}/accept", status=422, **facts).words
    desk.sends(f"{path}/consent", guardian_name="陳太", relation="母親", phone="9111 2222", given_on=TODAY)
    desk.sends(f"{path}/accept", **facts)
    assert row(stocked, minor.id).status == VolunteerStatus.ACTIVE


def test_a_health_note_is_read_on_its_own_page_and_on_record(
    desk: Visitor, stocked: Database, applicant: Volunteer
) -> None:
    assert "膝痛" not in desk.opens(f"/volunteers/{applicant.id}").html
    assert "volunteer.health_seen" not in acts(stocked)
    assert "膝痛" in desk.opens(f"/volunteers/{applicant.id}/health").html
    assert acts(stocked)[-1] == "volunteer.health_seen"
    desk.sends(f"/volunteers/{applicant.id}/health", note="好轉了")
    assert "好轉了" in desk.opens(f"/volunteers/{applicant.id}/health").html


@pytest.mark.parametrize("group", ["who", "reach", "place", "abilities", "times", "away"])
@pytest.mark.database("sqlite")
def test_a_group_opened_and_saved_is_as_before(
    desk: Visitor, stocked: Database, applicant: Volunteer, group: str
) -> None:
    page = desk.opens(f"/volunteers/{applicant.id}/{group}")
    before = desk.opens(f"/volunteers/{applicant.id}").words.partition("What happened")[0]
    fields = dict(MRS_WONG_TYPED[group])
    answer = desk.client.post(f"/volunteers/{applicant.id}/{group}", data={**page.hidden, **fields})
    assert answer.status_code == 303
    assert desk.opens(f"/volunteers/{applicant.id}").words.partition("What happened")[0] == before


MRS_WONG_TYPED: dict[str, dict[str, Any]] = {
    "who": {"name_zh": "黃美玲", "birth_year": "1954"},
    "reach": {"phone": "9123 4567", "reached_by": "sms", "language": "zh_Hant_HK"},
    "place": {"home_area": "shek_lei", "coverage": "chosen", "areas_kwai_tsing": ["shek_lei"]},
    "abilities": {"languages": ["yue"], "wishes": ["befriending"]},
    "times": {
        "week-exact-0-starts": "09:00",
        "week-exact-0-ends": "13:00",
        "weekly_visits": "2",
        "weekly_hours": "6",
        "homes": "new",
    },
    "away": {},
}


def test_plain_pages_decide_and_go_back_to_the_volunteer(
    desk: Visitor, stocked: Database, coordinator: Account
) -> None:
    volunteer, other = stocked.in_transaction(
        lambda session: (
            make_volunteer(session, "One", phone=Phone("+85291112222")),
            make_volunteer(session, "Other"),
        )
    )
    path = f"/volunteers/{volunteer.id}"
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("pause", {"until": "", "reason": "holiday"}),
        ("bring-back", {}),
        ("senior", {"since": TODAY, "reason": "leads"}),
        ("senior/end", {}),
        ("household", {"other": other.code}),
        ("household/leave", {}),
        ("note", {"note": "two\nlines"}),
        ("stop", {"reason": "moved away"}),
        ("bring-back", {}),
        ("remove", {"reason": "harm"}),
    )
    for page, fields in steps:
        assert desk.sends(f"{path}/{page}", **fields).goes_to == path
    assert row(stocked, volunteer.id).status == VolunteerStatus.REMOVED
    history = desk.opens(path).words.partition("What happened")[2]
    for act in (
        "Paused",
        "Came back",
        "Made a senior",
        "Household noted",
        "Stopped",
        "Applied again",
        "Removed",
    ):
        assert act in history


def test_a_decision_without_a_reason_is_asked_again(desk: Visitor, applicant: Volunteer) -> None:
    for page in ("stop", "remove", "senior"):
        assert "reason" in desk.sends(f"/volunteers/{applicant.id}/{page}", reason=" ", status=422).errors


def test_a_guardian_takes_the_consent_back(desk: Visitor, stocked: Database) -> None:
    minor = stocked.in_transaction(make_minor)
    with stocked.reading() as session:
        consent = session.get_one(Volunteer, minor.id).consents[0]
    desk.opens(f"/volunteers/{minor.id + 1}/consent/{consent.id}/withdraw", status=404)
    desk.sends(f"/volunteers/{minor.id}/consent/{consent.id}/withdraw")
    desk.opens(f"/volunteers/{minor.id}/consent/{consent.id}/withdraw", status=404)


@pytest.mark.database("sqlite")
def test_pages_stand_in_chinese_too(app: Flask, coordinator: Account, applicant: Volunteer) -> None:
    desk = Visitor(app, language="zh_Hant_HK").has_signed_in_as(coordinator)
    assert "等候" in desk.opens("/volunteers").words
    assert "黃美玲" in desk.opens(f"/volunteers/{applicant.id}").words


@pytest.mark.database("sqlite")
def test_every_act_that_is_recorded_has_words(app: Flask, applicant: Volunteer) -> None:
    known = {key for key in WORDS if isinstance(key, str)}
    groups = {f"volunteer.{group}_changed" for group in MRS_WONG_TYPED}
    assert groups <= known

"""What would help a visit that waits: said in words with a way to act on it, and only while it is true."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import (
    CareRequest,
    Occurrence,
    RequestAct,
    RequestLanguage,
    RequestSkill,
    Rhythm,
)
from app.care_requests.use_cases.planning import plan_occurrences
from app.catalogue.models import Language, Skill
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.visits.models import SeatStatus, Visit
from app.volunteers.models import Gender, Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, Morning
from tests.people import (
    give_clearance,
    make_account,
    make_coordinator,
    make_request,
    make_volunteer,
)
from tests.visitor import Visitor

THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (26, 27, 28, 29))
MONDAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def nearly(session: Session) -> None:
    """Five requests, each a single change away from somebody."""
    session.add_all(
        (
            Language(code="chiu_chow", name_zh="潮州話", name_en="Chiu Chow"),
            Skill(code="transfer", name_zh="扶抱", name_en="Transfers"),
        )
    )
    session.flush()
    make_volunteer(session, "AFTERNOON Helper", name_zh="陳美玲", code="V-SHIFT", free=((3, 28, 36),))
    make_request(session, code="R-SHIFT", rhythm=Rhythm.WEEKLY, windows=((3, 26, 30),), ends_on=THURSDAY)
    make_volunteer(session, "FRIDAY Helper", code="V-SKILL", free=((4, 18, 42),))
    skilled = make_request(session, code="R-SKILL", windows=((FRIDAY, 20, 24),))
    session.add(RequestSkill(request_id=skilled.id, skill_code="transfer"))
    make_volunteer(session, "SATURDAY Helper", code="V-TONGUE", free=((5, 18, 42),))
    spoken = make_request(session, code="R-TONGUE", windows=((SATURDAY, 20, 24),))
    session.add(RequestLanguage(request_id=spoken.id, language_code="chiu_chow"))
    make_volunteer(session, "SUNDAY Helper", code="V-GENDER", free=((6, 18, 42),))
    make_request(session, code="R-GENDER", windows=((SUNDAY, 20, 24),), gender_needed=Gender.MALE)
    cleared = make_volunteer(session, "MONDAY Helper", code="V-CHECK", free=((0, 18, 42),))
    give_clearance(session, cleared, valid_until=date(2026, 11, 28))
    make_request(session, code="R-CHECK", windows=((MONDAY, 20, 24),), clearance="scrc")


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, nearly)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


SAID = {
    "If it were at 2 pm to 4 pm on Thursday 26 November, AFTERNOON Helper could come.": "another-time",
    "With a course in “Transfers”, FRIDAY Helper could come.": "abilities",
    "If the language did not matter, SATURDAY Helper could come.": "triage",
    "If the gender did not matter, SUNDAY Helper could come.": "triage",
    "If the background check of MONDAY Helper were renewed, they could come.": "clearance",
}


def test_each_change_is_said_with_a_way_to_act_on_it(desk: Visitor, morning: Morning) -> None:
    page = desk.opens("/unserved")
    assert [said for said in SAID if said not in page.words] == []
    assert all(way in page.html for way in SAID.values())
    desk.client.set_cookie("language", "zh_Hant_HK")
    assert "若改為11月26日（星期四）下午2時至4時，陳美玲就可以到。" in desk.opens("/unserved").words


def test_a_change_that_is_true_no_more_is_not_said(desk: Visitor, morning: Morning) -> None:
    def pause(session: Session) -> None:
        for code in ("V-SHIFT", "V-SKILL"):
            session.scalars(
                select(Volunteer).where(Volunteer.code == code)
            ).one().status = VolunteerStatus.PAUSED

    morning.does(pause)
    words = desk.opens("/unserved").words
    assert "AFTERNOON Helper" not in words
    assert "FRIDAY Helper" not in words
    assert "SATURDAY Helper could come" in words


def path_of(morning: Morning, time: str = "2026-11-26/28/32") -> str:
    def read(session: Session) -> str:
        occurrence = session.scalars(
            select(Occurrence).join(CareRequest).where(CareRequest.code == "R-SHIFT")
        ).one()
        volunteer = session.scalars(select(Volunteer.id).where(Volunteer.code == "V-SHIFT")).one()
        return f"/occurrences/{occurrence.id}/another-time?volunteer={volunteer}&time={time}"

    return morning.does(read)


def test_after_a_call_the_time_is_changed_and_the_volunteer_asked_in_one_step(
    desk: Visitor, morning: Morning
) -> None:
    path = path_of(morning)
    page = desk.opens(path)
    assert "Carer Lam" in page.words
    assert "Thursday 26 November 1 pm to 3 pm" in page.words
    assert "Thursday 26 November 2 pm to 4 pm" in page.words
    assert "is_agreed" in desk.sends(path, status=422).errors
    assert desk.sends(path, is_agreed="y").goes_to == "/approvals"

    def read(session: Session) -> tuple[object, ...]:
        visit = session.scalars(select(Visit)).one()
        (seat,) = visit.seats
        plan_occurrences(session, date(2026, 11, 25), now=AT_NINE)
        acts = session.scalars(select(AuditRow).where(AuditRow.action == RequestAct.TIME_AGREED)).all()
        return (
            (visit.on_date, visit.from_slot, visit.to_slot),
            (seat.volunteer.code, seat.status),
            [row.facts["time"] for row in acts],
            visit.occurrence.cancelled_at,
        )

    assert morning.does(read) == (
        (THURSDAY, 28, 32),
        ("V-SHIFT", SeatStatus.OFFERED),
        ["2026-11-26 14:00-16:00"],
        None,
    )


@pytest.mark.parametrize(
    "time", ["2026-11-26/28/99", "2026-11-26/32/28", "nonsense", "", "2026-11-26/-2/4", "2026-11-26/1/2/3"]
)
def test_no_time_at_all_leads_to_choosing_by_hand(desk: Visitor, morning: Morning, time: str) -> None:
    page = desk.opens(path_of(morning, time), status=303)
    assert page.goes_to.endswith("/choose")


def test_another_day_is_refused(desk: Visitor, morning: Morning) -> None:
    path = path_of(morning, "2026-11-27/28/32")
    desk.sends(path, is_agreed="y", status=422)
    assert morning.does(lambda session: session.scalars(select(Visit)).all()) == []


def test_volunteers_never_see_what_would_help(app: Flask, morning: Morning) -> None:
    somebody = morning.does(lambda session: make_account(session, "Somebody", Role.VOLUNTEER))
    for path in ("/unserved", path_of(morning)):
        Visitor(app).has_signed_in_as(somebody).opens(path, status=403)

"""What a volunteer could do next: counted by the engine's one eligibility function, visit by visit."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import RequestSkill
from app.catalogue.use_cases import load_catalogue
from app.matching.use_cases.learning import NextSteps, next_steps
from app.shared.database import Database
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.volunteers.models import Volunteer, VolunteerSkill, VolunteerStatus
from tests.matching.night_people import AT_NINE, Morning
from tests.people import NOW, give_proof, make_account, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def asks_for(session: Session, *skills: str, area: str = "shek_lei", **changes: Any) -> None:
    request = make_request(
        session, make_recipient(session), **{"windows": ((WEDNESDAY, 20, 24),), "area_code": area, **changes}
    )
    session.add_all(RequestSkill(request_id=request.id, skill_code=code) for code in skills)
    session.flush()


def district(session: Session) -> None:
    """A volunteer who says she can drive; courses that grant, that come too early, and that open nothing.

    Requests: two on Wednesday near her for whoever can help people move, one on a weekday she is away, one far off,
    one that asks for care planning too, and one for a driver.
    """
    load_catalogue(session)
    account = make_account(session, "Wong Mei", Role.VOLUNTEER, phone="+85261230001")
    wong = make_volunteer(session, "WONG Mei", account_id=account.id, code="V-WONG", free=((2, 18, 42),))
    session.add(VolunteerSkill(volunteer_id=wong.id, skill_code="driving"))
    faculty = add_faculty(session, "學院", "Faculty", by=None, now=NOW).id
    for name, facts in {
        "Moving people": {"grants": ("transfers",)},
        "Moving people and planning": {"grants": ("transfers", "care_planning")},
        "Too early": {"grants": ("transfers",), "learner_groups": (("first_aid",),)},
        "Opens nothing": {"grants": ("blood_pressure",)},
        "Not offered": {"grants": ("transfers",), "is_offered": False},
    }.items():
        course = CourseFacts(faculty, "課程", name, 120, "yue", **facts)  # type: ignore[arg-type]  # of whatever field
        add_course(session, course, by=None, now=NOW)
    asks_for(session, "transfers")
    asks_for(session, "transfers", windows=((WEDNESDAY, 28, 32),))
    asks_for(session, "transfers", windows=((WEDNESDAY + timedelta(days=1), 20, 24),))
    asks_for(session, "transfers", area="ma_wan")
    asks_for(session, "transfers", "care_planning", windows=((WEDNESDAY, 32, 36),))
    asks_for(session, "driving")


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, district)


def the_volunteer(session: Session) -> Volunteer:
    return session.scalars(select(Volunteer).where(Volunteer.code == "V-WONG")).one()


def steps(morning: Morning) -> NextSteps:
    return morning.does(lambda session: next_steps(session, the_volunteer(session), now=AT_NINE))


def test_a_course_opens_the_requests_that_every_other_rule_allows(morning: Morning) -> None:
    found = steps(morning)
    assert [(course.name_en, requests) for course, requests in found.courses] == [
        ("Moving people and planning", 3),
        ("Moving people", 2),
    ]
    assert [(skill.code, requests) for skill, requests in found.certificates] == [("driving", 1)]


def test_what_is_held_already_opens_nothing_more(morning: Morning) -> None:
    morning.does(lambda session: give_proof(session, the_volunteer(session), "transfers"))
    found = steps(morning)
    assert [(course.name_en, requests) for course, requests in found.courses] == [
        ("Moving people and planning", 1)
    ]


def test_whoever_is_in_no_plan_is_promised_nothing(morning: Morning) -> None:
    def pause(session: Session) -> None:
        the_volunteer(session).status = VolunteerStatus.PAUSED

    morning.does(pause)
    assert steps(morning) == NextSteps([], [])


def test_before_any_night_nothing_is_promised(database: Database, app: Flask) -> None:
    database.in_transaction(district)
    found = database.in_transaction(lambda session: next_steps(session, the_volunteer(session), now=AT_NINE))
    assert found == NextSteps([], [])


def test_the_volunteers_own_page_says_what_a_course_would_open(morning: Morning, app: Flask) -> None:
    account = morning.does(lambda session: the_volunteer(session).account)
    number = morning.does(lambda session: the_volunteer(session).id)
    assert account is not None
    me = Visitor(app).has_signed_in_as(account)
    page = me.opens(f"/volunteer/{number}/qualifications").words
    assert "What you could do next" in page
    assert "Moving people Once you have completed it, you could serve 2 requests." in page
    assert "Driving Once a coordinator has seen your certificate, you could serve one request." in page

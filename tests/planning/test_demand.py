"""Which course would unlock what waits, and the one step from there to a run with invitations."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import RequestSkill
from app.catalogue.use_cases import load_catalogue
from app.messages.models import OutboxMessage
from app.planning import queries
from app.planning.queries import Learners, demands, last_plan, proposed_time, weighed
from app.shared.database import Database
from app.training.models import Course
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus, RunStatus
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.volunteers.models import Volunteer, VolunteerPreference
from tests.matching.night_people import AT_NINE, Morning
from tests.people import (
    NOW,
    give_proof,
    make_coordinator,
    make_minor,
    make_recipient,
    make_request,
    make_volunteer,
)
from tests.visitor import Visitor

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        queries._answers.clear()
        yield traveller


def asks_for(session: Session, skill: str, day: date, **changes: Any) -> None:
    request = make_request(session, make_recipient(session), **{"windows": ((day, 20, 24),), **changes})
    session.add(RequestSkill(request_id=request.id, skill_code=skill))
    session.flush()


def district(session: Session) -> None:
    """Three requests to move people, on three days, and one to drive.

    Free Fong has every day, Wednesday Wan one; Held Ho has learned it; Young Yu is a minor; Unwilling Ng would rather
    not do what the course is for; Far Fu serves elsewhere.
    """
    load_catalogue(session)
    make_volunteer(session, "Free Fong", code="V-FONG")
    make_volunteer(session, "Wednesday Wan", code="V-WAN", free=((2, 18, 30),))
    held = make_volunteer(session, "Held Ho", code="V-HO", free=((6, 18, 24),))
    give_proof(session, held, "transfers")
    make_minor(session, "Young Yu", code="V-YU")
    unwilling = make_volunteer(session, "Unwilling Ng", code="V-NG")
    session.add(VolunteerPreference(volunteer_id=unwilling.id, kind_code="respite", is_wish=False))
    make_volunteer(session, "Far Fu", code="V-FU", areas=("ma_wan",))
    faculty = add_faculty(session, "學院", "Faculty", by=None, now=NOW).id
    for name, facts in {
        "Moving people": {"grants": ("transfers",), "kinds": ("respite",)},
        "Later": {"grants": ("transfers",), "learner_groups": (("first_aid",),)},
        "Driving": {"grants": ("driving",)},
        "Nobody asks": {"grants": ("blood_pressure",)},
    }.items():
        course = CourseFacts(faculty, "課程", name, 180, "yue", **facts)  # type: ignore[arg-type]  # of whatever field
        add_course(session, course, by=None, now=NOW)
    for days in range(3):
        asks_for(session, "transfers", WEDNESDAY + timedelta(days=days))
    asks_for(session, "driving", WEDNESDAY, area_code="ma_wan")


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, district)


def course_named(session: Session, name: str) -> Course:
    return session.scalars(select(Course).where(Course.name_en == name)).one()


def test_courses_stand_by_the_requests_their_seats_would_unlock(morning: Morning) -> None:
    def read(session: Session) -> list[tuple[str, int, int, int]]:
        plan = last_plan(session)
        assert plan is not None
        return [
            (
                each.course.name_en,
                each.requests,
                each.asked,
                len(each.unlocked.learners) if each.unlocked else -1,
            )
            for each in demands(session, plan, now=AT_NINE)
        ]

    rows = morning.does(read)
    assert rows[0][:3] == ("Moving people", 3, 3)
    assert ("Later", 0, 3, 0) in rows
    assert {row[0] for row in rows} == {"Moving people", "Driving", "Later"}


def test_seats_are_for_those_who_may_learn_and_would(morning: Morning) -> None:
    def read(session: Session) -> list[str]:
        plan = last_plan(session)
        assert plan is not None
        return Learners(session, plan, AT_NINE).of(course_named(session, "Moving people"))

    assert morning.does(read) == ["V-FONG", "V-FU", "V-WAN"]


def test_the_first_lesson_is_proposed_when_most_are_free_and_where_most_live(morning: Morning) -> None:
    def read(session: Session) -> tuple[date, int, int, str | None]:
        plan = last_plan(session)
        assert plan is not None
        found = proposed_time(plan, course_named(session, "Moving people"), ["V-WAN", "V-FONG"], now=AT_NINE)
        return found.on_date, found.from_minute, found.to_minute, found.area

    assert morning.does(read) == (date(2026, 12, 9), 540, 720, "shek_lei")


def test_a_larger_districts_courses_are_weighed_one_by_one(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "WEIGHED_AT_ONCE", 1)

    def read(session: Session) -> list[bool]:
        plan = last_plan(session)
        assert plan is not None
        assert weighed(session, plan, course_named(session, "Moving people"), now=AT_NINE).learners
        return [each.unlocked is None for each in demands(session, plan, now=AT_NINE)]

    assert all(morning.does(read))


def test_a_proposal_becomes_a_run_with_invitations_in_one_step(morning: Morning, app: Flask) -> None:
    desk = Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )
    listed = desk.opens("/demand")
    assert listed.words.index("Moving people") < listed.words.index("Driving")
    number = morning.does(lambda session: course_named(session, "Moving people").id)
    page = desk.opens(f"/demand/{number}")
    assert "Free Fong" in page.words
    assert "2 visits more could take place" in page.words
    for value in ("2026-12-09", "09:00", "12:00", "2026-12-07"):
        assert f'value="{value}"' in page.html
    fong = morning.does(
        lambda session: session.scalars(select(Volunteer.id).where(Volunteer.code == "V-FONG")).one()
    )
    form: dict[str, Any] = {
        "learners": [str(fong)],
        "on_date": "2026-12-09",
        "starts": "09:00",
        "ends": "12:00",
        "area": "shek_lei",
        "place": "石籬中心",
        "minimum": "1",
        "closes_on": "2026-12-07",
    }
    nobody = desk.sends(f"/demand/{number}", status=422, **(form | {"learners": []}))
    assert "Choose at least one person." in nobody.words
    nowhere = desk.sends(f"/demand/{number}", status=422, **(form | {"place": ""}))
    assert "Give a place, or a link." in nowhere.words
    went = desk.sends(f"/demand/{number}", **form)
    run = morning.does(lambda session: session.scalars(select(CourseRun)).one())
    assert went.goes_to == f"/runs/{run.id}"
    assert (run.status, run.seats, run.area_code) == (RunStatus.OPEN, 1, "shek_lei")
    invited = morning.does(lambda session: session.scalars(select(Enrolment)).one())
    assert (invited.volunteer_id, invited.status) == (fong, EnrolmentStatus.OFFERED)
    kinds = morning.does(lambda session: set(session.scalars(select(OutboxMessage.kind))))
    assert "course_seat_offered" in kinds
    again = desk.opens(f"/demand/{number}").words
    assert "Free Fong" not in again


def test_before_any_night_the_pages_say_so(app: Flask, database: Database) -> None:
    database.in_transaction(district)
    desk = Visitor(app).has_signed_in_as(database.in_transaction(make_coordinator))
    assert "No night has been done yet" in desk.opens("/demand").words
    number = database.in_transaction(lambda session: course_named(session, "Driving").id)
    assert "Teaching it would open nothing now" in desk.opens(f"/demand/{number}").words

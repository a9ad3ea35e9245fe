"""The demonstration's runs: one that people are in and wait for, one with room, one being planned."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.times import hong_kong_date, monday_of
from app.training.models import Course
from app.training.use_cases.enrolling import enrol
from app.training.use_cases.runs import (
    LessonFacts,
    RunFacts,
    add_lesson,
    add_outside_trainer,
    open_run,
    plan_run,
)
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import coordinators

SATURDAY = 5
HALL = "石籬社區會堂（示範）"
TEACHER = "葉姑娘（示範）"
HOST = "石籬長者中心（示範）"


def add_runs(session: Session, *, now: datetime) -> int:
    """Runs of the demonstration's courses from the Saturday after next on; how many people asked for a seat."""
    by = coordinators(session)[0].id
    day = monday_of(hong_kong_date(now)) + timedelta(days=7 + SATURDAY)
    people = session.scalars(
        select(Volunteer).where(Volunteer.status == VolunteerStatus.ACTIVE).order_by(Volunteer.id).limit(5)
    ).all()
    asked = 0
    for name, seats, is_open in (
        ("聆聽的藝術", 4, True),
        ("手機小老師", 12, True),
        ("長者扶抱入門", 10, False),
    ):
        course = session.scalars(select(Course).where(Course.name_zh == name)).one()
        facts = RunFacts(seats, min(seats, 4), day - timedelta(days=2), "shek_lei", HOST)
        run = plan_run(session, course.id, facts, by=by, now=now)
        for week in range(course.minutes // 180):
            lesson = LessonFacts(day + timedelta(weeks=week), 600, 780, HALL)
            add_lesson(session, run.id, lesson, by=by, now=now)
        if not is_open:
            continue
        add_outside_trainer(session, run.id, TEACHER, is_seen=True, by=by, now=now)
        open_run(session, run.id, by=by, now=now)
        for volunteer in people if seats == len(people) - 1 else ():
            enrol(session, run.id, volunteer, by=by, by_staff=True, now=now)
            asked += 1
    return asked

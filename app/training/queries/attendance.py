"""Who came to lessons, what came of it, and how much somebody has learnt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.training.models.runs import (
    TO_COME,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonAttendance,
    RunEvaluation,
    RunStatus,
)
from app.training.queries.runs import lesson_begins, lesson_ends
from app.training.queries.study import minutes_attended

TAP_OPENS = timedelta(minutes=30)
"""So long before a lesson somebody may say that they are there."""


def may_tap(lesson: Lesson, now: datetime) -> bool:
    """Whether one's own tap counts for a lesson now."""
    return lesson_begins(lesson) - TAP_OPENS <= now <= lesson_ends(lesson)


def who_came(session: Session, lesson_ids: Collection[int]) -> dict[tuple[int, int], LessonAttendance]:
    """(lesson, enrolment) → what is on record; nothing where nobody has said anything."""
    rows = session.scalars(select(LessonAttendance).where(LessonAttendance.lesson_id.in_(lesson_ids)))
    return {(row.lesson_id, row.enrolment_id): row for row in rows}


def seated_people(session: Session, run_id: int) -> Sequence[Enrolment]:
    """Those who have a seat in a run for good, by the number of it."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.run_id == run_id, Enrolment.status == EnrolmentStatus.ENROLLED)
        .order_by(Enrolment.seat_number)
        .options(joinedload(Enrolment.volunteer), joinedload(Enrolment.carer))
    ).all()


def was_there_enough(run: CourseRun, minutes: int) -> bool:
    """Whether so many minutes are enough of a run's lessons."""
    return minutes * 100 >= run.least_percent * sum(lesson.minutes for lesson in run.lessons)


def is_last_lesson_on(run: CourseRun, now: datetime) -> bool:
    """Whether the last lesson has begun: from then on people are assessed, and asked what they think."""
    return bool(run.lessons) and lesson_begins(run.lessons[-1]) <= now


@dataclass(frozen=True)
class RunStudied:
    """A run that somebody sits or sat in, and how long they were there."""

    enrolment: Enrolment
    minutes: int


def study_record(session: Session, volunteer_id: int) -> list[RunStudied]:
    """What a volunteer has learnt and is learning here, the latest first."""
    rows = session.scalars(
        select(Enrolment)
        .join(Enrolment.run)
        .where(
            Enrolment.volunteer_id == volunteer_id,
            Enrolment.status == EnrolmentStatus.ENROLLED,
            CourseRun.status.in_({*TO_COME, RunStatus.FINISHED}),
        )
        .options(joinedload(Enrolment.run))
    ).all()
    minutes = minutes_attended(session, [row.id for row in rows])
    found = [RunStudied(row, minutes.get(row.id, 0)) for row in rows]
    return sorted(found, key=lambda each: (each.enrolment.run.closes_on, each.enrolment.id), reverse=True)


@dataclass(frozen=True)
class Opinions:
    """What people thought of a run: averages from 1 to 4, and their words without their names."""

    count: int
    content: float
    teaching: float
    usefulness: float
    words: Sequence[str]


def opinions_of(session: Session, run_id: int) -> Opinions | None:
    """What people thought of a run; None while nobody has said."""
    rows = session.scalars(
        select(RunEvaluation)
        .join(Enrolment, Enrolment.id == RunEvaluation.enrolment_id)
        .where(Enrolment.run_id == run_id)
        .order_by(RunEvaluation.words)
    ).all()
    if not rows:
        return None

    return Opinions(
        len(rows),
        sum(row.content for row in rows) / len(rows),
        sum(row.teaching for row in rows) / len(rows),
        sum(row.usefulness for row in rows) / len(rows),
        [row.words for row in rows if row.words],
    )

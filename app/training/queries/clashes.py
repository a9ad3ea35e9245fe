"""Lessons at a time that is promised already: to a visit or to another lesson. A warning, never a refusal."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.training.models.runs import (
    LIVE_ENROLMENTS,
    TO_COME,
    CourseRun,
    Enrolment,
    Lesson,
    RunTrainer,
)


@dataclass(frozen=True)
class Promised:
    """A piece of time that a volunteer has promised; minutes after midnight in Hong Kong."""

    on_date: date
    from_minute: int
    to_minute: int
    lesson: Lesson | None = None
    """None: a visit."""


VisitTimes = Callable[[Session, int, Collection[date]], Sequence[Promised]]
"""The visits that a volunteer goes to, or is asked to, on these days."""


def _no_visits(_session: Session, _volunteer_id: int, _days: Collection[date]) -> Sequence[Promised]:
    return ()


_installed: list[VisitTimes] = [_no_visits]


def install_visit_times(source: VisitTimes) -> None:
    """Ask `source` about visits, whose room lies above. Called once by whoever puts the rooms together."""
    _installed[:] = [source]


@dataclass(frozen=True)
class Clash:
    """A lesson, and what is promised at its time."""

    lesson: Lesson
    with_: Promised


def clashes(session: Session, run: CourseRun, volunteer_id: int) -> list[Clash]:
    """What a volunteer has promised at the times of a run's lessons, in time order."""
    days = {lesson.on_date for lesson in run.lessons}
    promised = [
        *_installed[0](session, volunteer_id, days),
        *(
            Promised(other.on_date, other.from_minute, other.to_minute, other)
            for other in lessons_promised(session, volunteer_id, days)
            if other.run_id != run.id
        ),
    ]
    return [
        Clash(lesson, piece)
        for lesson in run.lessons
        for piece in sorted(promised, key=lambda piece: piece.from_minute)
        if piece.on_date == lesson.on_date
        and piece.from_minute < lesson.to_minute
        and lesson.from_minute < piece.to_minute
    ]


def lessons_promised(session: Session, volunteer_id: int, days: Collection[date]) -> Sequence[Lesson]:
    """The lessons of these days in which a volunteer sits, waits for a seat, or teaches."""
    return session.scalars(
        select(Lesson)
        .join(Lesson.run)
        .where(
            Lesson.on_date.in_(days),
            CourseRun.status.in_(TO_COME),
            CourseRun.id.in_(
                select(Enrolment.run_id)
                .where(Enrolment.volunteer_id == volunteer_id, Enrolment.status.in_(LIVE_ENROLMENTS))
                .union(select(RunTrainer.run_id).where(RunTrainer.volunteer_id == volunteer_id))
            ),
        )
        .order_by(Lesson.on_date, Lesson.from_minute)
    ).all()

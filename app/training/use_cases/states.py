"""Runs and enrolments are changed under one lock, the run's, and move between states as the models allow."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from app.shared.errors import NotFound
from app.training.errors import EnrolmentIsOver, RunIsOver
from app.training.models import Course
from app.training.models.runs import (
    LEGAL_ENROLMENT_MOVES,
    LEGAL_RUN_MOVES,
    SEATED,
    STANDING,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    RunStatus,
)


def lock_run(session: Session, run_id: int) -> CourseRun:
    """The run as it stands now, locked: one change of a run at a time. Raises NotFound."""
    run = session.scalars(
        select(CourseRun)
        .where(CourseRun.id == run_id)
        .with_for_update(of=CourseRun)
        .options(
            joinedload(CourseRun.course).options(
                lazyload(Course.kinds), lazyload(Course.grants), lazyload(Course.prolongs)
            )
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if run is None:
        raise NotFound
    return run


def standing_run(session: Session, run_id: int) -> CourseRun:
    """As `lock_run`, of one that is not over. Raises NotFound, RunIsOver."""
    run = lock_run(session, run_id)
    if run.status not in STANDING:
        raise RunIsOver
    return run


def move_run(run: CourseRun, status: RunStatus) -> None:
    """Raises RunIsOver for an illegal move."""
    if status not in LEGAL_RUN_MOVES[run.status]:
        raise RunIsOver
    run.status = status


def lock_enrolment(session: Session, enrolment_id: int) -> tuple[Enrolment, CourseRun]:
    """The enrolment as it stands now, and its run, locked first. Raises NotFound."""
    run_id = session.scalars(select(Enrolment.run_id).where(Enrolment.id == enrolment_id)).one_or_none()
    if run_id is None:
        raise NotFound
    run = lock_run(session, run_id)
    enrolment = session.get_one(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    return enrolment, run


def move_enrolment(
    enrolment: Enrolment,
    status: EnrolmentStatus,
    *,
    seat: int | None = None,
    by: int | None,
    now: datetime,
) -> None:
    """To a state with this seat, or to an end without one. Raises EnrolmentIsOver for an illegal move."""
    if status not in LEGAL_ENROLMENT_MOVES[enrolment.status]:
        raise EnrolmentIsOver
    enrolment.status, enrolment.seat_number = status, seat
    if status is not EnrolmentStatus.OFFERED:
        enrolment.token = None
    if status not in SEATED:
        enrolment.ended_at, enrolment.ended_by_id = now, by

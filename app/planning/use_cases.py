"""A proposal becomes a run with invitations, in one step."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.shared.errors import InvalidInput, Refusal
from app.training.models.runs import CourseRun
from app.training.use_cases.enrolling import invite
from app.training.use_cases.runs import LessonFacts, RunFacts, add_lesson, open_run, plan_run


def offer_run(
    session: Session,
    course_id: int,
    run: RunFacts,
    lesson: LessonFacts,
    volunteer_ids: Sequence[int],
    *,
    by: int,
    now: datetime,
) -> tuple[CourseRun, dict[int, Refusal | None]]:
    """Plan a run with its first lesson, open it, and hold a seat for each of these volunteers until they answer.

    The run, and by volunteer why they could not be invited (None: they are). Raises InvalidInput without anybody to
    invite, and what planning a run and its lesson raises.
    """
    if not volunteer_ids:
        raise InvalidInput(field="learners")
    made = plan_run(session, course_id, run, by=by, now=now)
    add_lesson(session, made.id, lesson, by=by, now=now)
    open_run(session, made.id, by=by, now=now)
    return made, invite(session, made.id, volunteer_ids, by=by, now=now)

"""What people say that a coordinator must follow up: kept until somebody has dealt with it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.audit import record
from app.shared.errors import NotFound, Refusal
from app.visits.models import FollowUp, FollowUpKind


class FollowedUpAlready(Refusal):
    """Somebody else has dealt with it."""


def leave_for_the_desk(
    session: Session,
    kind: FollowUpKind,
    *,
    volunteer_id: int,
    request_id: int | None = None,
    words: str,
    now: datetime,
) -> FollowUp:
    """Put it on the coordinators' board, in the transaction in which it was said."""
    follow_up = FollowUp(
        kind=kind, volunteer_id=volunteer_id, request_id=request_id, words=words, made_at=now, outcome=""
    )
    session.add(follow_up)
    session.flush()
    return follow_up


def finish_follow_up(
    session: Session, follow_up_id: int, outcome: str, *, by: int, now: datetime
) -> FollowUp:
    """A coordinator has dealt with it; what came of it is kept. Raises NotFound, FollowedUpAlready."""
    follow_up = session.scalars(
        select(FollowUp)
        .where(FollowUp.id == follow_up_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if follow_up is None:
        raise NotFound
    if follow_up.done_at is not None:
        raise FollowedUpAlready
    follow_up.done_at, follow_up.done_by_id, follow_up.outcome = now, by, outcome
    session.flush()
    record(session, "follow_up.done", follow_up.volunteer, by=by, now=now, kind=follow_up.kind.value)
    return follow_up

"""What follows when somebody leaves, a request ends or visits have taken place: at once, and again every night."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.care_requests.models import RequestStatus
from app.handover.models import OVER, Handover, HandoverBecause
from app.handover.queries.seniors import HERE
from app.handover.use_cases.settling import locked, settle
from app.handover.use_cases.shadows import cancel_shadows_of, sweep_shadows
from app.handover.use_cases.signing import let_successor_go, stop_handover
from app.volunteers.models import Volunteer


def sweep_handovers(session: Session, *, now: datetime) -> None:
    """Before each night: what no longer holds ends, and what has been reached moves on.

    Done twice, it changes nothing.
    """
    sweep_shadows(session, now=now)
    for handover_id in session.scalars(
        select(Handover.id).where(Handover.status.not_in(OVER)).order_by(Handover.id)
    ).all():
        _follow(session, handover_id, "", by=None, now=now)


def follow_leaving(session: Session, volunteer: Volunteer, reason: str, by: int, now: datetime) -> None:
    """A volunteer does not go on: their handovers go on without them (a follower of volunteers)."""
    for handover_id in session.scalars(
        select(Handover.id)
        .where(
            or_(Handover.senior_id == volunteer.id, Handover.successor_id == volunteer.id),
            Handover.status.not_in(OVER),
        )
        .order_by(Handover.id)
    ).all():
        _follow(session, handover_id, reason, by=by, now=now)


def _follow(session: Session, handover_id: int, words: str, *, by: int | None, now: datetime) -> None:
    handover = locked(session, handover_id)
    if not handover.is_live:
        return
    request = handover.request
    if request is not None and request.status is RequestStatus.CLOSED:
        stop_handover(session, handover_id, request.code, HandoverBecause.REQUEST_ENDED, by=None, now=now)
        return
    if handover.successor is not None and handover.successor.status not in HERE:
        let_successor_go(session, handover_id, words, HandoverBecause.SUCCESSOR_LEFT, by=by, now=now)
    if handover.senior.status not in HERE:
        cancel_shadows_of(session, handover, words, by=by, now=now)
    settle(session, handover, by=by, now=now)

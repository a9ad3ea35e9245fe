"""A volunteer does not want to go on: what they were asked or had promised ends, and a coordinator hears of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, EndedBecause, FollowUpKind, Visit, VisitSeat
from app.visits.queries import has_begun
from app.visits.use_cases.follow_ups import leave_for_the_desk
from app.visits.use_cases.seats import release_seat
from app.volunteers.models import Volunteer


def follow_volunteer(session: Session, volunteer: Volunteer, reason: str, by: int, now: datetime) -> None:
    """Take them off every visit to come; carers who had been told are told (a follower of volunteers)."""
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id == volunteer.id,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= hong_kong_date(now),
        )
        .order_by(VisitSeat.visit_id)
    ).all()
    for seat in seats:
        if seat.is_live and not has_begun(seat.visit, now):
            release_seat(session, seat.id, EndedBecause.NOT_ACTIVE, reason=reason, by=by, now=now)
    leave_for_the_desk(session, FollowUpKind.VOLUNTEER_LEFT, volunteer_id=volunteer.id, words=reason, now=now)

"""Before each night: what no longer holds is taken off, so that tonight's plan can cover it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, Visit, VisitSeat
from app.visits.use_cases import expire_offers, release_seat
from app.volunteers.models import Volunteer, VolunteerStatus


def prepare_for_the_night(session: Session, *, now: datetime) -> None:
    """Offers nobody answered run out; volunteers who are no longer active leave their visits to come."""
    expire_offers(session, now=now)
    release_seats_of_the_inactive(session, now=now)


def release_seats_of_the_inactive(session: Session, *, now: datetime) -> int:
    """Take volunteers who paused or left off their visits after today. How many seats that were."""
    seats = session.scalars(
        select(VisitSeat)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(Volunteer, Volunteer.id == VisitSeat.volunteer_id)
        .where(
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date > hong_kong_date(now),
            Volunteer.status != VolunteerStatus.ACTIVE,
        )
        .order_by(VisitSeat.id)
    ).all()
    released = 0
    for seat in seats:
        if seat.is_live:
            release_seat(session, seat, reason="volunteer_not_active", by=None, now=now)
            released += 1
    return released

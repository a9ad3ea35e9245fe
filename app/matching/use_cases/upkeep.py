"""Before each night: what no longer holds is taken off, so that tonight's plan can cover it; and when a request
changes, what was proposed for it is no longer open."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, Occurrence, RequestAct
from app.care_requests.use_cases.recipients import note_visited
from app.matching.models import Proposal, ProposalStatus
from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, EndedBecause, Visit, VisitSeat
from app.visits.queries import first_visits
from app.visits.use_cases.offers import expire_offers
from app.visits.use_cases.seats import release_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.use_cases import end_pauses

VISITS_LOOKED_BACK_ON = timedelta(days=7)


def prepare_for_the_night(session: Session, *, now: datetime) -> None:
    """Pauses that ran out end, unanswered offers run out, volunteers who are no longer active leave their visits to
    come, and whoever was at a person's for the first time is known there. Done twice, it changes nothing."""
    end_pauses(session, now=now)
    expire_offers(session, now=now)
    release_seats_of_the_inactive(session, now=now)
    note_first_visits(session, now=now)


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
        .order_by(VisitSeat.visit_id, VisitSeat.id)
    ).all()
    released = 0
    for seat in seats:
        if seat.is_live:
            release_seat(session, seat.id, EndedBecause.NOT_ACTIVE, by=None, now=now)
            released += 1
    return released


def note_first_visits(session: Session, *, now: datetime) -> None:
    """Agreed visits of the last days that are over made the helper known to the person."""
    today = hong_kong_date(now)
    for first in first_visits(session, today - VISITS_LOOKED_BACK_ON, today):
        volunteer = session.get_one(Volunteer, first.volunteer_id)
        note_visited(session, first.recipient_id, volunteer, first.on, at_home=first.at_home, now=now)


def close_proposals_of(
    session: Session, request: CareRequest, _act: RequestAct, _by: int | None, _now: datetime
) -> None:
    """A request was changed or closed: what was proposed for it as it was is not open any more (a listener)."""
    session.execute(
        update(Proposal)
        .where(
            Proposal.occurrence_id.in_(select(Occurrence.id).where(Occurrence.request_id == request.id)),
            Proposal.status == ProposalStatus.OPEN,
        )
        .values(status=ProposalStatus.CLOSED)
        .execution_options(synchronize_session="fetch")
    )

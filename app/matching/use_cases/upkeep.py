"""Before each night: what no longer holds is taken off, so that tonight's plan can cover it; and when a request
changes, what was proposed for it is no longer open."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, Occurrence, RequestAct
from app.care_requests.use_cases.recipients import note_visited
from app.matching.models import Proposal, ProposalStatus
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import Visit
from app.visits.queries import first_visits
from app.visits.use_cases.offers import expire_offers
from app.visits.use_cases.permission import seats_that_no_longer_hold
from app.visits.use_cases.seats import release_seat
from app.volunteers.models import Volunteer
from app.volunteers.use_cases import end_pauses

VISITS_LOOKED_BACK_ON = timedelta(days=7)


def prepare_for_the_night(session: Session, *, now: datetime) -> None:
    """Pauses that ran out end, unanswered offers run out, volunteers who may not go any more leave their visits to
    come, and whoever was at a person's for the first time is known there. Done twice, it changes nothing."""
    end_pauses(session, now=now)
    expire_offers(session, now=now)
    release_seats_that_no_longer_hold(session, now=now)
    note_first_visits(session, now=now)


def release_seats_that_no_longer_hold(session: Session, *, now: datetime) -> int:
    """Take off their visits to come those who may not go by now (RELIABILITY S1). How many seats that were."""
    released = 0
    for seat, because in seats_that_no_longer_hold(session, Visit.on_date >= hong_kong_date(now)):
        has_begun = now >= slot_moment(seat.visit.on_date, seat.visit.from_slot)
        if seat.is_live and not has_begun:
            release_seat(session, seat.id, because, by=None, now=now)
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


def close_proposals_to(
    session: Session, volunteer: Volunteer, _reason: str, _by: int, _now: datetime
) -> None:
    """A volunteer has left: what was proposed with them is not open any more (a follower of volunteers)."""
    session.execute(
        update(Proposal)
        .where(Proposal.volunteer_id == volunteer.id, Proposal.status == ProposalStatus.OPEN)
        .values(status=ProposalStatus.CLOSED)
        .execution_options(synchronize_session="fetch")
    )

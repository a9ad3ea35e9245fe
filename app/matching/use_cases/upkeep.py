"""Before each night: what no longer holds is taken off, so that tonight's plan can cover it; and when a request
changes, what was proposed for it is no longer open."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest, Occurrence, RequestAct
from app.care_requests.use_cases.recipients import note_visited
from app.matching.models import Proposal, ProposalStatus
from app.safeguarding.models import ClearanceKind
from app.safeguarding.queries import is_cleared, may_not_meet
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import LIVE_SEATS, EndedBecause, Visit, VisitSeat
from app.visits.queries import first_visits
from app.visits.use_cases.offers import expire_offers
from app.visits.use_cases.seats import release_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import consent_in_force, is_minor
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
    """Take off their visits to come those who may not go by now (RELIABILITY S1): who paused or left, who is to be
    kept apart or is family, whose clearance or guardian's consent has ended. How many seats that were."""
    rows = session.execute(
        select(
            VisitSeat,
            may_not_meet(VisitSeat.volunteer_id, CareRequest.recipient_id).label("is_apart"),
            is_cleared(VisitSeat.volunteer_id, CareRequest.clearance, Visit.on_date).label("has_clearance"),
            is_cleared(VisitSeat.volunteer_id, ClearanceKind.SCRC, Visit.on_date).label("may_guide_minors"),
        )
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(CareRequest, CareRequest.id == Visit.request_id)
        .where(VisitSeat.status.in_(LIVE_SEATS), Visit.on_date >= hong_kong_date(now))
        .order_by(VisitSeat.visit_id, VisitSeat.id)
        .options(joinedload(VisitSeat.volunteer), joinedload(VisitSeat.visit).joinedload(Visit.request))
    ).all()
    guided = {row.VisitSeat.visit_id for row in rows if row.may_guide_minors and not _is_minor(row.VisitSeat)}
    released = 0
    for row in rows:
        seat = row.VisitSeat
        because = _speaks_against(
            seat, is_apart=row.is_apart, has_clearance=row.has_clearance, is_guided=seat.visit_id in guided
        )
        has_begun = now >= slot_moment(seat.visit.on_date, seat.visit.from_slot)
        if because is not None and seat.is_live and not has_begun:
            release_seat(session, seat.id, because, by=None, now=now)
            released += 1
    return released


def _speaks_against(
    seat: VisitSeat, *, is_apart: bool, has_clearance: bool, is_guided: bool
) -> EndedBecause | None:
    """Why the holder of the seat may not go; None when nothing does."""
    if seat.volunteer.status is not VolunteerStatus.ACTIVE:
        return EndedBecause.NOT_ACTIVE
    if is_apart:
        return EndedBecause.NOT_PERMITTED
    if not _is_minor(seat):
        needs_clearance = seat.visit.request.clearance is not None
        return EndedBecause.NOT_PERMITTED if needs_clearance and not has_clearance else None
    if consent_in_force(seat.volunteer, seat.visit.on_date) is None:
        return EndedBecause.NOT_PERMITTED
    return None if is_guided else EndedBecause.ADULT_LEFT


def _is_minor(seat: VisitSeat) -> bool:
    return is_minor(seat.volunteer, seat.visit.on_date)


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

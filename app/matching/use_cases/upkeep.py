"""Before each night: what no longer holds is taken off, so that tonight's plan can cover it; and when a request
changes, what was proposed for it is no longer open."""

from datetime import datetime, timedelta

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest, Occurrence, RequestAct
from app.care_requests.use_cases.recipients import note_visited
from app.handover.use_cases.sweeping import sweep_handovers
from app.matching import engine
from app.matching.models import Proposal, ProposalStatus, RuleCode
from app.matching.translate import snapshot
from app.matching.translate.reading import Part
from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, EndedBecause, Visit, VisitSeat
from app.visits.queries import first_visits, has_begun
from app.visits.use_cases.offers import expire_offers
from app.visits.use_cases.permission import seats_that_no_longer_hold, visits_to_look_at
from app.visits.use_cases.seats import release_seat
from app.volunteers.models import Volunteer
from app.volunteers.use_cases import end_pauses

FITNESS = frozenset(
    {
        RuleCode.HAS_REQUIRED_SKILLS,
        RuleCode.HAS_CLEARANCE,
        RuleCode.SPEAKS_A_LANGUAGE,
        RuleCode.IS_OF_REQUIRED_GENDER,
        RuleCode.IS_OF_PERMITTED_AGE,
        RuleCode.CAN_DO_WHAT_IT_ASKS,
        RuleCode.IS_NOT_FAMILY,
    }
)
VISITS_LOOKED_BACK_ON = timedelta(days=7)


def prepare_for_the_night(session: Session, *, now: datetime) -> None:
    """Pauses that ran out end, unanswered offers run out, volunteers who may not go any more leave their visits to
    come, and whoever was at a person's for the first time is known there. Done twice, it changes nothing."""
    end_pauses(session, now=now)
    expire_offers(session, now=now)
    release_seats_that_no_longer_hold(session, now=now)
    sweep_standing_visits(session, now=now)
    note_first_visits(session, now=now)
    sweep_handovers(session, now=now)


def release_seats_that_no_longer_hold(session: Session, *, now: datetime) -> int:
    """Take off their visits to come those who may not go by now (RELIABILITY S1). How many seats that were."""
    suspect = visits_to_look_at(session, hong_kong_date(now))
    if not suspect:
        return 0
    released = 0
    for seat, because in seats_that_no_longer_hold(session, Visit.id.in_(suspect)):
        if seat.is_live and not has_begun(seat.visit, now):
            release_seat(session, seat.id, because, by=None, now=now)
            released += 1
    return released


def sweep_standing_visits(session: Session, *, of: int | None = None, now: datetime) -> int:
    """Ask the one eligibility function about everybody who holds a place, for the visit's own day (RELIABILITY S1);
    or about the volunteer `of` alone.

    Whom a rule about fitness speaks against (a qualification, a clearance, an age, what the help asks) is taken off,
    and the visit needs cover; how many that were. What people can settle between themselves, such as a free time
    that has changed, stays, and the board shows it among the promises that no longer hold.
    """
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= hong_kong_date(now),
            true() if of is None else VisitSeat.volunteer_id == of,
        )
        .order_by(VisitSeat.visit_id, VisitSeat.id)
        .options(joinedload(VisitSeat.visit).joinedload(Visit.occurrence), joinedload(VisitSeat.volunteer))
    ).all()
    held = {(seat.visit.occurrence.code, seat.volunteer.code): seat for seat in seats}
    occurrences = frozenset(seat.visit.occurrence_id for seat in seats)
    problem = snapshot(session, hong_kong_date(now), part=Part(frozenset(), occurrences)).problem
    released = 0
    for visit_id, volunteer_id, option in problem.pinned:
        seat = held.get((visit_id, volunteer_id))
        if seat is None or not seat.is_live or has_begun(seat.visit, now):
            continue
        visit = problem.visit(visit_id)
        checks = engine.check_rules(
            problem.volunteer(volunteer_id), visit, visit.options[option], problem.starts_on
        )
        broken = next((check.rule for check in checks if not check.passed and check.rule in FITNESS), None)
        if broken is not None:
            release_seat(session, seat.id, EndedBecause.NO_LONGER_FITS, rule=broken, by=None, now=now)
            released += 1
    return released


def sweep_visits_of(session: Session, volunteer_id: int, now: datetime) -> None:
    """A volunteer has lost a qualification: visits that ask for it need cover (a sweeper of training)."""
    sweep_standing_visits(session, of=volunteer_id, now=now)


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

"""Morning: coordinators approve, refuse, choose somebody else, or take an approval back.

Every way that puts a volunteer on a visit goes through `teams.check_team`, inside the approving transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import Occurrence
from app.matching.models import Proposal, ProposalStatus, RefusedBecause
from app.matching.translate import Snapshot
from app.matching.use_cases.reserves import drop_reserves_of
from app.matching.use_cases.teams import NoLongerNeeded, check_team, part_snapshot, visit_in
from app.shared.audit import record
from app.shared.errors import NotFound, Refusal
from app.shared.times import HONG_KONG
from app.visits.models import LIVE_SEATS, Offer, Visit, VisitSeat, VisitStatus
from app.visits.use_cases.offers import Place, offer_places, withdraw_offer
from app.volunteers.models import ADULT_AGE, Volunteer


class ProposalDecided(Refusal):
    """Somebody decided it in the meantime: `facts` say `who`, `what` (a ProposalStatus) and `at` ("09:12")."""


class ProposalClosed(Refusal):
    """A newer night, or a change of the request, has put this proposal aside."""


class NoReason(Refusal):
    """This refusal needs words. `facts["field"]` names the field."""


@dataclass(frozen=True)
class Patience:
    """How long an approval may be undone, and how long a volunteer has to answer."""

    undo_minutes: int
    answer_hours: int


Time = tuple[date, int, int]
"""A day, and the half-hour slots [from, to)."""


@dataclass(frozen=True)
class Chosen:
    """One volunteer chosen for one occurrence, and the proposal that is decided by it."""

    occurrence: Occurrence
    time: Time
    volunteer_id: int
    proposal: Proposal | None = None


@dataclass
class Approval:
    """What an approval did: offers made, proposals decided."""

    offers: list[Offer] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


def approve_proposals(
    session: Session, proposal_ids: Collection[int], patience: Patience, *, by: int, now: datetime
) -> Approval:
    """Approve these proposals: seats are held, and each volunteer is asked once a request.

    All or nothing. Raises NotFound, ProposalDecided or ProposalClosed when one is not open any more, NotEligible or
    TeamIncomplete when a rule no longer holds or too few of a team are approved, NoLongerNeeded when the need has
    gone, DatabaseRefused.
    """
    proposals = [_locked_proposal(session, proposal_id) for proposal_id in sorted(set(proposal_ids))]
    for proposal in proposals:
        _check_open(session, proposal)
    offers = offer_chosen(session, [_chosen(proposal) for proposal in proposals], patience, by=by, now=now)
    for proposal in proposals:
        _decide(session, proposal, ProposalStatus.APPROVED, "", by=by, now=now)
    return Approval(offers, list(proposals))


def refuse_proposal(
    session: Session,
    proposal_id: int,
    because: RefusedBecause,
    words: str = "",
    *,
    by: int,
    now: datetime,
) -> Proposal:
    """Refuse one proposal; its volunteer is not proposed for that request again.

    Raises ProposalDecided, ProposalClosed, NotFound, or NoReason for OTHER without words.
    """
    if because is RefusedBecause.OTHER and not words:
        raise NoReason(field="words")
    proposal = _locked_proposal(session, proposal_id)
    _check_open(session, proposal)
    proposal.refused_because = because
    _decide(session, proposal, ProposalStatus.REFUSED, words, by=by, now=now)
    return proposal


def choose_instead(
    session: Session,
    occurrence_id: int,
    volunteer_id: int,
    time: Time,
    *,
    replaces: int | None,
    reason: str,
    patience: Patience,
    by: int,
    now: datetime,
) -> Approval:
    """Ask another eligible person: instead of the proposal `replaces`, or for a need or seat without one.

    The other open proposals of the same occurrence are approved with it, as one team, at the same time. Raises as
    `approve_proposals`, and NotFound.
    """
    occurrence = session.get(Occurrence, occurrence_id, with_for_update=True)
    if occurrence is None:
        raise NotFound
    replaced = None
    if replaces is not None:
        replaced = _locked_proposal(session, replaces)
        _check_open(session, replaced)
        if replaced.occurrence_id != occurrence_id:
            raise NotFound
    others = [
        proposal
        for proposal in _open_proposals(session, Proposal.occurrence_id == occurrence_id)
        if proposal.id != replaces
    ]
    team = [proposal for proposal in others if proposal.volunteer_id != volunteer_id]
    same = next((proposal for proposal in others if proposal.volunteer_id == volunteer_id), None)
    chosen = [Chosen(occurrence, time, volunteer_id, same or replaced)]
    chosen += [Chosen(occurrence, time, proposal.volunteer_id, proposal) for proposal in team]
    offers = offer_chosen(session, chosen, patience, by=by, now=now)
    if replaced is not None:
        _decide(session, replaced, ProposalStatus.REPLACED, reason, by=by, now=now)
    for proposal in others:
        _decide(session, proposal, ProposalStatus.APPROVED, "", by=by, now=now)
    return Approval(offers, others)


def approval_of(session: Session, offer: Offer) -> Sequence[Offer]:
    """All offers of the same request that were made by the same decision: what one undo takes back."""
    return session.scalars(
        select(Offer)
        .where(
            Offer.request_id == offer.request_id,
            Offer.made_at == offer.made_at,
            Offer.made_by_id == offer.made_by_id,
            Offer.withdrawn_at.is_(None),
        )
        .order_by(Offer.id)
    ).all()


def undo_approval(session: Session, offer_id: int, *, by: int, now: datetime) -> list[Proposal]:
    """Take an approval back while nobody has been told: seats are freed, proposals are open again.

    Raises NotFound, TooLateToUndo once a message has left, TakenBackAlready when somebody else was quicker.
    """
    named = session.get(Offer, offer_id)
    if named is None:
        raise NotFound
    offers = list(approval_of(session, named)) or [named]
    proposal_ids = {seat.proposal_id for offer in offers for seat in offer.seats if seat.proposal_id}
    for offer in sorted(offers, key=lambda offer: (_birth(offer.volunteer), offer.id), reverse=True):
        withdraw_offer(session, offer, by=by, now=now)
    reopened = []
    for proposal_id in sorted(proposal_ids):
        proposal = _locked_proposal(session, proposal_id)
        if proposal.status not in (ProposalStatus.APPROVED, ProposalStatus.REPLACED):
            continue
        drop_reserves_of(session, proposal_id, by=by, now=now)
        is_superseded = _open_proposals(
            session,
            (Proposal.occurrence_id == proposal.occurrence_id)
            & (Proposal.seat_number == proposal.seat_number),
        )
        proposal.status = ProposalStatus.CLOSED if is_superseded else ProposalStatus.OPEN
        proposal.decided_at = proposal.decided_by_id = None
        proposal.reason = ""
        record(session, "proposal.reopened", proposal, by=by, now=now)
        reopened.append(proposal)
    return reopened


def _birth(volunteer: Volunteer) -> tuple[int, int]:
    """The youngest first: a minor's seat ends before the adult's beside it."""
    return (volunteer.birth_year, volunteer.birth_month or 12)


def _chosen(proposal: Proposal) -> Chosen:
    return Chosen(
        proposal.occurrence,
        (proposal.on_date, proposal.from_slot, proposal.to_slot),
        proposal.volunteer_id,
        proposal,
    )


def offer_chosen(
    session: Session, chosen: Sequence[Chosen], patience: Patience, *, by: int, now: datetime
) -> list[Offer]:
    """Check every team, then hold the seats: one offer a volunteer and request. Adults before minors.

    Raises as `approve_proposals`.
    """
    volunteers = {
        volunteer.id: volunteer
        for volunteer in session.scalars(
            select(Volunteer)
            .where(Volunteer.id.in_({each.volunteer_id for each in chosen}))
            .order_by(Volunteer.id)
            .with_for_update()
        )
    }
    if any(each.volunteer_id not in volunteers for each in chosen):
        raise NotFound
    places = {each: _place(session, each) for each in chosen}
    taken = part_snapshot(
        session, {each.occurrence.id for each in chosen}, {each.volunteer_id for each in chosen}, now=now
    )
    teams: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in chosen:
        option = _option_in(taken, each, places[each])
        teams[each.occurrence.code].append((volunteers[each.volunteer_id].code, option))
    pairings = list(taken.problem.pinned)
    for code, team in sorted(teams.items()):
        check_team(taken.problem, pairings, code, team)
    questions: dict[tuple[int, int], list[Place]] = defaultdict(list)
    for each in chosen:
        questions[(each.occurrence.request_id, each.volunteer_id)].append(places[each])
    adults_first = sorted(questions, key=lambda key: (-_youngest(taken, volunteers[key[1]].code), key))
    leaves_at = now + timedelta(minutes=patience.undo_minutes)
    return [
        offer_places(
            session,
            volunteers[volunteer_id],
            questions[(request_id, volunteer_id)],
            answer_hours=patience.answer_hours,
            leaves_at=leaves_at,
            by=by,
            now=now,
        )
        for request_id, volunteer_id in adults_first
    ]


def _place(session: Session, chosen: Chosen) -> Place:
    """When the volunteer is wanted: the fixed time of a visit that somebody holds, else the time chosen."""
    visit = session.scalars(
        select(Visit)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(
            Visit.occurrence_id == chosen.occurrence.id,
            Visit.status != VisitStatus.CANCELLED,
            VisitSeat.status.in_(LIVE_SEATS),
        )
    ).first()
    time = chosen.time if visit is None else (visit.on_date, visit.from_slot, visit.to_slot)
    return Place(chosen.occurrence, *time, chosen.proposal.id if chosen.proposal is not None else None)


def _option_in(taken: Snapshot, chosen: Chosen, place: Place) -> int:
    """The index, in the problem, of the time that was chosen."""
    visit = visit_in(taken.problem, chosen.occurrence.code)
    day = (place.on_date - taken.problem.starts_on).days
    wanted = (day, place.from_slot, place.to_slot)
    if wanted not in visit.options:
        raise NoLongerNeeded
    return visit.options.index(wanted)


def _youngest(taken: Snapshot, code: str) -> int:
    return min(taken.problem.volunteer(code).age, ADULT_AGE)


def _open_proposals(session: Session, condition: ColumnElement[bool]) -> Sequence[Proposal]:
    """Those that are open, locked."""
    return session.scalars(
        select(Proposal)
        .where(condition, Proposal.status == ProposalStatus.OPEN)
        .order_by(Proposal.occurrence_id, Proposal.seat_number)
        .options(joinedload(Proposal.occurrence))
        .with_for_update(of=Proposal)
        .execution_options(populate_existing=True)
    ).all()


def _locked_proposal(session: Session, proposal_id: int) -> Proposal:
    proposal = session.scalars(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if proposal is None:
        raise NotFound
    return proposal


def _check_open(session: Session, proposal: Proposal) -> None:
    if proposal.status is ProposalStatus.OPEN:
        return
    if proposal.decided_by_id is None or proposal.decided_at is None:
        raise ProposalClosed
    who = session.get_one(Account, proposal.decided_by_id).name
    raise ProposalDecided(
        who=who, what=proposal.status, at=f"{proposal.decided_at.astimezone(HONG_KONG):%H:%M}"
    )


def _decide(
    session: Session, proposal: Proposal, status: ProposalStatus, reason: str, *, by: int, now: datetime
) -> None:
    proposal.status, proposal.reason = status, reason
    proposal.decided_at, proposal.decided_by_id = now, by
    record(session, f"proposal.{status.value}", proposal, by=by, now=now, run=proposal.run_id)

"""Morning: coordinators approve, refuse, choose somebody else, or take an approval back.

Every way that puts a volunteer on a visit goes through `check_team`: the engine's one eligibility function, its plan
rules and its team rules, asked again inside the approving transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.models import Proposal, ProposalStatus
from app.matching.translate import Part, Snapshot, snapshot
from app.shared.audit import record
from app.shared.database import refusal_of
from app.shared.errors import NotFound, Refusal
from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, Offer, Visit, VisitSeat, VisitStatus
from app.visits.use_cases import Place, offer_places, withdraw_offer
from app.volunteers.models import ADULT_AGE, Volunteer


class NotEligible(Refusal):
    """A rule speaks against this volunteer at this visit; `facts["rule"]` is its code, `facts["volunteer"]` who."""


class TeamIncomplete(Refusal):
    """The people chosen are not enough for the visit; `facts["rule"]` is the team rule that is broken."""


class ProposalDecided(Refusal):
    """Somebody decided this proposal in the meantime, or a newer night replaced it."""


class NoLongerNeeded(Refusal):
    """The visit is too near, over, called off, or not asked for any more."""


class RefusedByDatabase(Refusal):
    """The last line of defence held: `facts["word"]` names the guard."""


@dataclass(frozen=True)
class Chosen:
    """One volunteer chosen for one occurrence at one of its times, and the proposal that is decided by it."""

    occurrence: Occurrence
    option_position: int
    volunteer_id: int
    proposal: Proposal | None = None


@dataclass
class Approval:
    """What an approval did: offers made, by volunteer and request."""

    offers: list[Offer] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


def approve_proposals(
    session: Session,
    occurrence_ids: Collection[int],
    *,
    answer_hours: int,
    undo_minutes: int,
    by: int,
    now: datetime,
) -> Approval:
    """Approve every open proposal for these occurrences: seats are held, and each volunteer is asked once a request.

    All or nothing. Raises ProposalDecided when one has no open proposal, NotEligible or TeamIncomplete when a rule
    no longer holds, NoLongerNeeded when the need has gone.
    """
    proposals = _open_proposals(session, occurrence_ids)
    if {proposal.occurrence_id for proposal in proposals} != set(occurrence_ids):
        raise ProposalDecided
    chosen = [
        Chosen(proposal.occurrence, proposal.option_position, proposal.volunteer_id, proposal)
        for proposal in proposals
    ]
    offers = _offer(session, chosen, answer_hours=answer_hours, undo_minutes=undo_minutes, by=by, now=now)
    for proposal in proposals:
        _decide(session, proposal, ProposalStatus.APPROVED, "", by=by, now=now)
    return Approval(offers, list(proposals))


def plain_occurrences(session: Session, occurrence_ids: Iterable[int]) -> list[int]:
    """Those of the occurrences whose open proposals are all plain."""
    plain: dict[int, bool] = defaultdict(lambda: True)
    for proposal in _open_proposals(session, set(occurrence_ids)):
        plain[proposal.occurrence_id] &= proposal.is_plain
    return [occurrence_id for occurrence_id, is_plain in plain.items() if is_plain]


def refuse_proposal(session: Session, proposal_id: int, reason: str, *, by: int, now: datetime) -> Proposal:
    """Refuse one proposal with a reason; its volunteer is not proposed for that request again.

    Raises ProposalDecided or NotFound.
    """
    proposal = _locked_proposal(session, proposal_id)
    _decide(session, proposal, ProposalStatus.REFUSED, reason, by=by, now=now)
    return proposal


def choose_instead(
    session: Session,
    occurrence_id: int,
    volunteer_id: int,
    option_position: int,
    *,
    replaces: int | None,
    reason: str,
    answer_hours: int,
    undo_minutes: int,
    by: int,
    now: datetime,
) -> Approval:
    """Ask another eligible person: instead of the proposal `replaces`, or for a need without one.

    The other open proposals of the same occurrence are approved with it, as one team. Raises as
    `approve_proposals`.
    """
    occurrence = session.get(Occurrence, occurrence_id)
    if occurrence is None:
        raise NotFound
    team = [
        proposal
        for proposal in _open_proposals(session, {occurrence_id})
        if proposal.id != replaces and proposal.volunteer_id != volunteer_id
    ]
    replaced = _locked_proposal(session, replaces) if replaces is not None else None
    if replaced is not None and (
        replaced.status is not ProposalStatus.OPEN or replaced.occurrence_id != occurrence_id
    ):
        raise ProposalDecided
    chosen = [Chosen(occurrence, option_position, volunteer_id)]
    chosen += [Chosen(occurrence, option_position, proposal.volunteer_id, proposal) for proposal in team]
    if replaced is not None:
        _decide(session, replaced, ProposalStatus.REPLACED, reason, by=by, now=now)
    offers = _offer(session, chosen, answer_hours=answer_hours, undo_minutes=undo_minutes, by=by, now=now)
    for proposal in team:
        _decide(session, proposal, ProposalStatus.APPROVED, "", by=by, now=now)
    return Approval(offers, team)


def undo_approval(session: Session, offer_ids: Collection[int], *, by: int, now: datetime) -> list[Proposal]:
    """Take approvals back while nobody has been told: seats are freed, proposals are open again.

    Raises TooLateToUndo (visits) once a message has left.
    """
    reopened: list[Proposal] = []
    offers = session.scalars(select(Offer).where(Offer.id.in_(offer_ids)).order_by(Offer.id)).all()
    if len(offers) != len(set(offer_ids)):
        raise NotFound
    for offer in offers:
        proposal_ids = [seat.proposal_id for seat in offer.seats if seat.proposal_id is not None]
        withdraw_offer(session, offer, by=by, now=now)
        for proposal in session.scalars(select(Proposal).where(Proposal.id.in_(proposal_ids))):
            if proposal.status is ProposalStatus.APPROVED:
                proposal.status = ProposalStatus.OPEN
                proposal.decided_at = proposal.decided_by_id = None
                record(session, "proposal.reopened", proposal, by=by, now=now)
                reopened.append(proposal)
    return reopened


def check_team(
    problem: Problem, pairings: list[Pin], occurrence_code: str, team: Sequence[tuple[str, int]]
) -> None:
    """Refuse a team, (volunteer code, option) each, that breaks any rule beside `pairings`; else add it to them.

    `pairings` are what everybody holds already (at first the problem's pins). Raises NoLongerNeeded, NotEligible,
    TeamIncomplete.
    """
    visit = _visit_in(problem, occurrence_code)
    for code, option in team:
        try:
            volunteer = problem.volunteer(code)
        except KeyError:
            raise NotEligible(rule="is_active", volunteer=code) from None
        rule = engine.first_broken_rule(volunteer, visit, visit.options[option], problem.starts_on)
        broken = (rule,) if rule else engine.broken_plan_rules(problem, pairings, visit.id, code, option)
        if broken:
            raise NotEligible(rule=broken[0], volunteer=code)
        pairings.append((visit.id, code, option))
    on_it = {code for visit_id, code, _option in pairings if visit_id == visit.id}
    faults = engine.broken_team_rules(visit, [problem.volunteer(code) for code in sorted(on_it)])
    if faults:
        raise TeamIncomplete(rule=faults[0])


def part_snapshot(
    session: Session, occurrence_ids: Iterable[int], volunteer_ids: Iterable[int], *, now: datetime
) -> Snapshot:
    """The part of the district these decisions touch, from tomorrow on."""
    return snapshot(
        session,
        first_day_to_decide(now),
        part=Part(frozenset(volunteer_ids), frozenset(occurrence_ids)),
    )


def first_day_to_decide(now: datetime) -> date:
    """Visits from tomorrow on can be arranged; what is today is a matter for the telephone."""
    return hong_kong_date(now) + timedelta(days=1)


def _offer(
    session: Session,
    chosen: Sequence[Chosen],
    *,
    answer_hours: int,
    undo_minutes: int,
    by: int,
    now: datetime,
) -> list[Offer]:
    """Check every team, then hold the seats: one offer a volunteer and request. Adults before minors."""
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
    leaves_at = now + timedelta(minutes=undo_minutes)
    offers = []
    try:
        for request_id, volunteer_id in adults_first:
            offers.append(
                offer_places(
                    session,
                    volunteers[volunteer_id],
                    questions[(request_id, volunteer_id)],
                    answer_hours=answer_hours,
                    leaves_at=leaves_at,
                    by=by,
                    now=now,
                )
            )
    except IntegrityError as error:
        raise RefusedByDatabase(word=refusal_of(error)) from error
    return offers


def _place(session: Session, chosen: Chosen) -> Place:
    """When the volunteer is wanted: the fixed time of a visit that stands, else the option chosen."""
    visit = session.scalars(
        select(Visit)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(
            Visit.occurrence_id == chosen.occurrence.id,
            Visit.status != VisitStatus.CANCELLED,
            VisitSeat.status.in_(LIVE_SEATS),
        )
    ).first()
    proposal_id = chosen.proposal.id if chosen.proposal is not None else None
    if visit is not None:
        return Place(chosen.occurrence, visit.on_date, visit.from_slot, visit.to_slot, proposal_id)
    for option in chosen.occurrence.options:
        if option.position == chosen.option_position:
            return Place(chosen.occurrence, option.on_date, option.from_slot, option.to_slot, proposal_id)
    raise NoLongerNeeded


def _option_in(taken: Snapshot, chosen: Chosen, place: Place) -> int:
    """The index, in the problem, of the time that was chosen."""
    visit = _visit_in(taken.problem, chosen.occurrence.code)
    day = (place.on_date - taken.problem.starts_on).days
    wanted = (day, place.from_slot, place.to_slot)
    if wanted not in visit.options:
        raise NoLongerNeeded
    return visit.options.index(wanted)


def _visit_in(problem: Problem, occurrence_code: str) -> engine.Visit:
    try:
        return problem.visit(occurrence_code)
    except KeyError:
        raise NoLongerNeeded from None


def _youngest(taken: Snapshot, code: str) -> int:
    return min(taken.problem.volunteer(code).age, ADULT_AGE)


def _open_proposals(session: Session, occurrence_ids: Collection[int]) -> Sequence[Proposal]:
    return session.scalars(
        select(Proposal)
        .where(Proposal.occurrence_id.in_(occurrence_ids), Proposal.status == ProposalStatus.OPEN)
        .order_by(Proposal.occurrence_id, Proposal.seat_number)
        .with_for_update()
    ).all()


def _locked_proposal(session: Session, proposal_id: int) -> Proposal:
    proposal = session.scalars(
        select(Proposal).where(Proposal.id == proposal_id).with_for_update()
    ).one_or_none()
    if proposal is None:
        raise NotFound
    return proposal


def _decide(
    session: Session, proposal: Proposal, status: ProposalStatus, reason: str, *, by: int, now: datetime
) -> None:
    if proposal.status is not ProposalStatus.OPEN:
        raise ProposalDecided
    proposal.status, proposal.reason = status, reason
    proposal.decided_at, proposal.decided_by_id = now, by
    record(session, f"proposal.{status.value}", proposal, by=by, now=now, run=proposal.run_id)

"""A named reserve: who is asked next, decided by a coordinator together with the approval."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching import engine
from app.matching.models import Proposal, Reserve, ReserveStatus, RuleCode
from app.matching.queries.proposals import volunteers_by_code
from app.matching.use_cases.teams import NotEligible, part_snapshot, visit_in
from app.shared.audit import record
from app.shared.errors import NotFound, Refusal


class ReserveEnded(Refusal):
    """The reserve has been asked or dropped in the meantime."""


def name_reserves(
    session: Session, proposals: Sequence[Proposal], *, by: int, now: datetime
) -> list[Reserve]:
    """Keep the runner-up of each of these approved proposals in reserve, where there is one.

    Raises NotEligible when a hard rule speaks against a runner-up by now, NoLongerNeeded.
    """
    runners_up = {
        proposal: proposal.explanation["runners_up"][0]["volunteer"]
        for proposal in proposals
        if proposal.explanation["runners_up"]
    }
    people = volunteers_by_code(session, list(runners_up.values()))
    occurrences = {proposal.occurrence_id for proposal in runners_up}
    taken = part_snapshot(session, occurrences, {person.id for person in people.values()}, now=now)
    named = []
    for proposal, code in _once_each(runners_up):
        visit = visit_in(taken.problem, proposal.occurrence.code)
        rule = (
            engine.first_broken_rule(
                taken.problem.volunteer(code), visit, visit.options[0], taken.problem.starts_on
            )
            if code in taken.problem.volunteer_index
            else RuleCode.IS_ACTIVE
        )
        if rule:
            raise NotEligible(rule=RuleCode(rule), volunteer=code, visit=visit.id)
        reserve = Reserve(
            occurrence_id=proposal.occurrence_id,
            volunteer_id=people[code].id,
            proposal_id=proposal.id,
            named_at=now,
            named_by_id=by,
        )
        session.add(reserve)
        session.flush()
        record(session, "reserve.named", people[code], by=by, now=now, occurrence=proposal.occurrence.code)
        named.append(reserve)
    return named


def _once_each(runners_up: Mapping[Proposal, str]) -> list[tuple[Proposal, str]]:
    """Whoever is the next best for two places of one visit is in reserve once."""
    found = {(proposal.occurrence_id, code): (proposal, code) for proposal, code in runners_up.items()}
    return list(found.values())


def drop_reserve(
    session: Session, reserve_id: int, *, rule: str | None = None, by: int | None, now: datetime
) -> Reserve:
    """Nobody is asked next any more; `rule` says why when one speaks against it. Raises NotFound, ReserveEnded."""
    reserve = session.get(Reserve, reserve_id, with_for_update=True, populate_existing=True)
    if reserve is None:
        raise NotFound
    if reserve.status is not ReserveStatus.WAITING:
        raise ReserveEnded
    reserve.status, reserve.ended_at, reserve.dropped_rule = ReserveStatus.DROPPED, now, rule
    session.flush()
    record(session, "reserve.dropped", reserve.volunteer, by=by, now=now, rule=rule)
    return reserve


def drop_reserves_of(session: Session, proposal_id: int, *, by: int, now: datetime) -> None:
    """The approval is taken back, and the reserve that was named with it."""
    waiting = select(Reserve.id).where(
        Reserve.proposal_id == proposal_id, Reserve.status == ReserveStatus.WAITING
    )
    for reserve_id in session.scalars(waiting).all():
        drop_reserve(session, reserve_id, by=by, now=now)

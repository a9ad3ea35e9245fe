"""Who could go: the engine's suggestions for one needed visit beside everything that is promised and proposed, and
the rule that speaks against anybody else. Nothing is changed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.models import Proposal, RuleCode
from app.matching.queries.proposals import (
    PairingProposed,
    pairings_proposed,
    volunteers_by_code,
    volunteers_who_might_go,
)
from app.matching.queries.runs import reasons_for
from app.matching.translate import Snapshot
from app.matching.use_cases.teams import part_snapshot, rule_against, visit_in
from app.volunteers.models import Volunteer

Time = tuple[date, int, int]
MOST_SUGGESTED = 8
MOST_BY_HAND = 5


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may be asked now. `lacks`: what their team would still need by the team rules."""

    volunteer: Volunteer
    time: Time
    reasons: Mapping[str, Any]
    lacks: tuple[RuleCode, ...] = ()


@dataclass(frozen=True)
class Unavailable:
    """Somebody who may not be asked now, by the first rule that speaks against it."""

    volunteer: Volunteer
    rule: RuleCode


@dataclass
class Suggestions:
    """The best people for a visit; those who suit it but are taken elsewhere; those asked after by name."""

    best: list[Suggestion] = field(default_factory=list)
    taken: list[Unavailable] = field(default_factory=list)
    could: list[Suggestion] = field(default_factory=list)
    """Of those asked after by name: who may be asked now."""
    cannot: list[Unavailable] = field(default_factory=list)


def suggestions(
    session: Session,
    occurrence: Occurrence,
    *,
    instead_of: Proposal | None,
    named: Sequence[Volunteer] = (),
    now: datetime,
) -> Suggestions:
    """Who could go to this visit, in place of a proposal's volunteer if one is given. Raises NoLongerNeeded."""
    might_go = volunteers_who_might_go(session, [occurrence])
    proposed = pairings_proposed(session)
    people_asked = might_go | {volunteer.id for volunteer in named}
    taken = snapshot_beside(session, [occurrence.id], people_asked, proposed, now)
    problem = taken.problem
    visit = visit_in(problem, occurrence.code)
    plan = plan_beside(taken, proposed, without=instead_of)
    recommended = engine.recommend(problem, plan, visit.id, top=MOST_SUGGESTED)
    said = next(engine.explain_seats(problem, plan, [visit.id]))
    blocked = {each["volunteer"]: each["blocked_by"] for each in said["runners_up"] if each["blocked_by"]}
    people = volunteers_by_code(session, [each.volunteer for each in recommended] + list(blocked))
    refused = {instead_of.volunteer_id} if instead_of is not None else set()
    asked_after = [_asked_after(problem, plan, visit, volunteer) for volunteer in named]
    return Suggestions(
        best=[
            Suggestion(
                people[each.volunteer],
                time_of(problem, visit, each.option),
                reasons_for(problem, visit.id, each.volunteer),
                tuple(RuleCode(rule) for rule in each.team_lacks),
            )
            for each in recommended
            if people[each.volunteer].id not in refused
        ],
        taken=[Unavailable(people[code], RuleCode(rules[0])) for code, rules in blocked.items()],
        could=[one for one in asked_after if isinstance(one, Suggestion)],
        cannot=[one for one in asked_after if isinstance(one, Unavailable)],
    )


def suggestions_by_hand(
    session: Session, occurrences: Sequence[Occurrence], *, leaves: str = "", now: datetime
) -> dict[int, list[Suggestion]]:
    """By occurrence: the best people for it, without any plan of a night: what is promised and proposed stays.

    `leaves`: the code of a volunteer who is on these visits and would rather not be; others for their place.
    """
    might_go = volunteers_who_might_go(session, occurrences)
    proposed = pairings_proposed(session)
    taken = snapshot_beside(session, [occurrence.id for occurrence in occurrences], might_go, proposed, now)
    problem = taken.problem
    codes = {occurrence.code for occurrence in occurrences}
    plan = [
        pin
        for pin in plan_beside(taken, proposed, without=None)
        if not (pin[0] in codes and pin[1] == leaves)
    ]
    found = {}
    for occurrence in occurrences:
        if occurrence.code not in problem.visit_index:
            continue
        visit = problem.visit(occurrence.code)
        recommended = engine.recommend(problem, plan, visit.id, top=MOST_BY_HAND)
        people = volunteers_by_code(session, [each.volunteer for each in recommended])
        found[occurrence.id] = [
            Suggestion(
                people[each.volunteer],
                time_of(problem, visit, each.option),
                reasons_for(problem, visit.id, each.volunteer),
                tuple(RuleCode(rule) for rule in each.team_lacks),
            )
            for each in recommended
            if each.volunteer != leaves
        ]
    return found


def snapshot_beside(
    session: Session,
    occurrence_ids: Sequence[int],
    volunteer_ids: frozenset[int],
    proposed: Sequence[PairingProposed],
    now: datetime,
) -> Snapshot:
    """These visits and people, with whatever is proposed to those people tonight."""
    beside = [
        pairing.occurrence_id
        for pairing in proposed
        if pairing.volunteer_id in volunteer_ids or pairing.occurrence_id in occurrence_ids
    ]
    return part_snapshot(session, {*occurrence_ids, *beside}, volunteer_ids, now=now)


def plan_beside(
    taken: Snapshot, proposed: Sequence[PairingProposed], *, without: Proposal | None
) -> list[Pin]:
    """What is promised, and what is proposed tonight as far as it is in the problem, less one proposal."""
    problem = taken.problem
    codes = {id: code for code, id in taken.volunteer_ids.items()}
    plan = list(problem.pinned)
    for pairing in proposed:
        code = codes.get(pairing.volunteer_id)
        is_replaced = without is not None and pairing.proposal_id == without.id
        if is_replaced or code is None or pairing.occurrence_code not in problem.visit_index:
            continue
        visit = problem.visit(pairing.occurrence_code)
        day = (pairing.on_date - problem.starts_on) // timedelta(days=1)
        time = (day, pairing.from_slot, pairing.to_slot)
        if time in visit.options:
            plan.append((visit.id, code, visit.options.index(time)))
    return plan


def _asked_after(
    problem: Problem, plan: Sequence[Pin], visit: engine.Visit, volunteer: Volunteer
) -> Suggestion | Unavailable:
    rules = [
        rule_against(problem, plan, visit, volunteer.code, option) for option in range(len(visit.options))
    ]
    if None in rules:
        option = rules.index(None)
        return Suggestion(
            volunteer, time_of(problem, visit, option), reasons_for(problem, visit.id, volunteer.code)
        )
    furthest = max((rule for rule in rules if rule is not None), key=list(RuleCode).index)
    return Unavailable(volunteer, furthest)


def time_of(problem: Problem, visit: engine.Visit, option: int) -> Time:
    """The day and slots of one of a visit's options."""
    day, from_slot, to_slot = visit.options[option]
    return (problem.starts_on + timedelta(days=day), from_slot, to_slot)

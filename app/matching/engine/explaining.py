"""Why this person, why not that one, why nobody: as data that a page turns into sentences."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from app.matching.engine.eligibility import funnels_of, near_misses_of
from app.matching.engine.forcing import NEVER
from app.matching.engine.policy import ages_together, fit, pairing_terms, seats_above_min, served
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin, Visit, Volunteer
from app.matching.engine.rules import RuleCheck, broken_team_rules, check_rules
from app.matching.engine.standing import Eligible, Seat, Standing

RUNNERS_UP = 10
NAMED_NEAR_MISSES = 5


def explain(
    problem: Problem, plan: Result | Sequence[Pin] | Standing, visit_id: str, *, runners_up: int = RUNNERS_UP
) -> dict[str, Any]:
    """Everything that can be said about one visit of a plan, fit for JSON. KeyError when there is no such visit.

    `runners_up` are eligible people without a seat: by least cost, then best fit, then id, then option; those whom a
    promise forbids come last. `cost` is what the plan would lose (negative: gain) if they came instead of the
    weakest of the team, or joined it, and left what stands in their way, named in `takes_from`; nothing else moves,
    so the true cost is at most that. It is null when a promise stands in the way. Any plan may be given as a
    `Standing`, which answers faster the second time.
    """
    visit = problem.visit(visit_id)
    standing = plan if isinstance(plan, Standing) else Standing(problem, plan)
    return {
        **_seats(standing, visit, next(standing.eligible([visit])), runners_up),
        "volunteers": len(problem.volunteers),
        "shadows": [
            {"volunteer": person, "seniors": _seniors(problem, standing, visit, person)}
            for person in standing.shadows_at(visit_id)
        ],
        "funnel": _funnel(standing, visit),
        "team_faults": []
        if standing.is_served(visit_id)
        else list(broken_team_rules(visit, standing.team(visit_id))),
        "near_misses": near_misses(standing, visit),
    }


def explain_seats(
    problem: Problem,
    plan: Result | Sequence[Pin] | Standing,
    visit_ids: Iterable[str],
    *,
    runners_up: int = RUNNERS_UP,
) -> Iterator[dict[str, Any]]:
    """What `explain` says of the seats of each visit ("visit", "served", "option", "eligible", "chosen", "visit_terms",
    "runners_up"), without asking everybody why they are not among them: for many visits of one plan."""
    standing = plan if isinstance(plan, Standing) else Standing(problem, plan)
    visits = [problem.visit(visit_id) for visit_id in visit_ids]
    for visit, eligible in zip(visits, standing.eligible(visits), strict=True):
        yield _seats(standing, visit, eligible, runners_up)


def _seats(standing: Standing, visit: Visit, eligible: Eligible, runners_up: int) -> dict[str, Any]:
    is_served = standing.is_served(visit.id)
    return {
        "visit": visit.id,
        "served": is_served,
        "option": standing.option_of(visit.id),
        "eligible": len(np.unique(eligible.people)),
        "chosen": [_chosen(standing, visit, seat) for seat in standing.seats_at(visit.id)],
        "visit_terms": _visit_terms(visit, standing.team(visit.id)) if is_served else [],
        "runners_up": _runners_up(standing, visit, eligible, runners_up),
    }


def _funnel(standing: Standing, visit: Visit) -> list[dict[str, Any]]:
    """For each hard rule in order, how many it removes and how many are left."""
    left = len(standing.columns.roster)
    steps = []
    for rule, count in funnels_of(standing.columns, [standing.problem.visit_index[visit.id]])[0]:
        left -= count
        steps.append({"rule": rule, "removed": count, "remaining": left})
    return steps


def near_misses(standing: Standing, visit: Visit) -> list[dict[str, Any]]:
    """For each hard rule, how many people nothing but that rule keeps away at some option, and a few of them."""
    ids = standing.columns.roster.ids
    missed = near_misses_of(standing.columns, standing.problem.visit_index[visit.id])
    return [
        {
            "rule": rule,
            "count": len(people),
            "volunteers": [ids[person] for person in people[:NAMED_NEAR_MISSES]],
        }
        for rule, people in missed.items()
        if len(people)
    ]


def _chosen(standing: Standing, visit: Visit, seat: Seat) -> dict[str, Any]:
    _, name, option = seat
    person = standing.problem.volunteer(name)
    return {
        **_pair(standing, visit, person, option),
        "pinned": (visit.id, name) in standing.pinned,
        "amount": standing.worth(seat),
    }


def _pair(standing: Standing, visit: Visit, person: Volunteer, option: int) -> dict[str, Any]:
    problem = standing.problem
    again = (visit.id, person.id) in standing.previous
    return {
        "volunteer": person.id,
        "option": option,
        "fit": fit(problem, person, visit),
        "rules": [
            {name: getattr(check, name) for name in RuleCheck.__slots__}
            for check in check_rules(person, visit, visit.options[option], problem.starts_on)
        ],
        "terms": _as_list(pairing_terms(problem, person, visit, is_in_previous=again)),
    }


def _visit_terms(visit: Visit, team: list[Volunteer]) -> list[dict[str, Any]]:
    return _as_list(
        {
            "served": served(visit),
            "seats_above_min": seats_above_min(visit, len(team)),
            "ages_together": ages_together(team),
        }
    )


def _as_list(terms: dict[str, int]) -> list[dict[str, Any]]:
    return [{"term": term, "amount": amount} for term, amount in terms.items()]


def _seniors(problem: Problem, standing: Standing, visit: Visit, successor: str) -> list[str]:
    present = {person for _, person, _ in standing.seats_at(visit.id)}
    return sorted(
        {
            shadow.senior
            for shadow in problem.shadows
            if shadow.successor == successor
            and shadow.recipient == visit.recipient
            and shadow.senior in present
        }
    )


def _runners_up(standing: Standing, visit: Visit, eligible: Eligible, most: int) -> list[dict[str, Any]]:
    people, options, _, fits = eligible
    seated = [standing.problem.volunteer_index[person] for _, person, _ in standing.seats_at(visit.id)]
    costs = standing.costs(eligible)
    order = np.lexsort((options, people, -fits, costs))
    order = order[~np.isin(people[order], seated)]
    _, firsts = np.unique(people[order], return_index=True)
    best = order[np.sort(firsts)][:most]
    columns, broken = standing.columns, standing.blocked_by(people[best], options[best])
    rows = []
    for number, rules in zip(best.tolist(), broken, strict=True):
        person, option = int(people[number]), int(options[number])
        index = option - int(columns.first_option[columns.visit_of[option]])
        rows.append(
            {
                **_pair(standing, visit, columns.volunteers[person], index),
                "blocked_by": list(rules),
                "cost": int(costs[number]) if costs[number] != NEVER else None,
                "takes_from": standing.takes_from(person, option) if costs[number] != NEVER else [],
            }
        )
    return rows

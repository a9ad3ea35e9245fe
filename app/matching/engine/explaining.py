"""Why this person, why not that one, why nobody: as data that a page turns into sentences."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from app.matching.engine.policy import ages_together, fit, pairing_terms, seats_above_min, served
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin, Visit, Volunteer
from app.matching.engine.rules import RULE_CODES, broken_plan_rules, broken_team_rules, check_rules
from app.matching.engine.standing import Seat, Standing

RUNNERS_UP = 10
NAMED_NEAR_MISSES = 5


def explain(
    problem: Problem, plan: Result | Sequence[Pin], visit_id: str, *, runners_up: int = RUNNERS_UP
) -> dict[str, Any]:
    """Everything that can be said about one visit of a plan, fit for JSON. KeyError when there is no such visit.

    `runners_up` are eligible people without a seat, best first. `cost` is what the plan would lose (negative: gain)
    if they came instead of the weakest of the team, or joined it, and left what stands in their way, named in
    `takes_from`; nothing else moves, so the true cost is at most that. It is null when a promise stands in the way.
    """
    visit = problem.visit(visit_id)
    standing = Standing(problem, plan)
    team = standing.team(visit_id)
    return {
        **_seats(standing, visit, runners_up),
        "volunteers": len(problem.volunteers),
        "shadows": [
            {"volunteer": person, "seniors": _seniors(problem, standing, visit, person)}
            for person in sorted(standing.joined)
            if any(seat[0] == visit_id for seat in standing.joined[person])
        ],
        "funnel": funnel_by_person(problem, visit),
        "team_faults": [] if standing.is_served(visit_id) else list(broken_team_rules(visit, team)),
        "near_misses": near_misses(problem, visit),
    }


def explain_seats(
    problem: Problem, plan: Result | Sequence[Pin], visit_ids: Iterable[str], *, runners_up: int = RUNNERS_UP
) -> Iterator[dict[str, Any]]:
    """What `explain` says of the seats of each visit ("visit", "served", "option", "eligible", "chosen", "visit_terms",
    "runners_up"), without asking everybody why they are not among them: for many visits of one plan."""
    standing = Standing(problem, plan)
    for visit_id in visit_ids:
        yield _seats(standing, problem.visit(visit_id), runners_up)


def _seats(standing: Standing, visit: Visit, runners_up: int) -> dict[str, Any]:
    is_served = standing.is_served(visit.id)
    eligible = standing.eligible(visit)
    return {
        "visit": visit.id,
        "served": is_served,
        "option": standing.option_of(visit.id),
        "eligible": len({person.id for person, _ in eligible}),
        "chosen": [_chosen(standing, visit, seat) for seat in sorted(standing.at_visit[visit.id])],
        "visit_terms": _visit_terms(visit, standing.team(visit.id)) if is_served else [],
        "runners_up": _runners_up(standing, visit, eligible, runners_up),
    }


def funnel_by_person(problem: Problem, visit: Visit) -> list[dict[str, Any]]:
    """For each hard rule in order, how many it removes and how many are left."""
    removed = dict.fromkeys(RULE_CODES, 0)
    for person in problem.volunteers:
        reached = 0
        for option in visit.options:
            passed = [check.passed for check in check_rules(person, visit, option, problem.starts_on)]
            reached = max(reached, passed.index(False) if False in passed else len(passed))
        if reached < len(RULE_CODES):
            removed[RULE_CODES[reached]] += 1
    left = len(problem.volunteers)
    steps = []
    for rule, count in removed.items():
        left -= count
        steps.append({"rule": rule, "removed": count, "remaining": left})
    return steps


def near_misses(problem: Problem, visit: Visit) -> list[dict[str, Any]]:
    """For each hard rule, how many people nothing but that rule keeps away at some option, and a few of them."""
    missed: dict[str, list[str]] = {rule: [] for rule in RULE_CODES}
    for person in problem.volunteers:
        failed = [
            [
                check.rule
                for check in check_rules(person, visit, option, problem.starts_on)
                if not check.passed
            ]
            for option in visit.options
        ]
        if all(failed):
            for rule in sorted({rules[0] for rules in failed if len(rules) == 1}):
                missed[rule].append(person.id)
    return [
        {"rule": rule, "count": len(people), "volunteers": people[:NAMED_NEAR_MISSES]}
        for rule, people in missed.items()
        if people
    ]


def _chosen(standing: Standing, visit: Visit, seat: Seat) -> dict[str, Any]:
    _, name, option = seat
    person = standing.problem.volunteer(name)
    return {
        **_pair(standing, visit, person, option),
        "pinned": (visit.id, name) in standing.pinned,
        "amount": -standing.change_in_value([seat], []),
    }


def _pair(standing: Standing, visit: Visit, person: Volunteer, option: int) -> dict[str, Any]:
    problem = standing.problem
    again = (visit.id, person.id) in standing.previous
    return {
        "volunteer": person.id,
        "option": option,
        "fit": fit(problem, person, visit),
        "rules": [
            asdict(check) for check in check_rules(person, visit, visit.options[option], problem.starts_on)
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
    present = {person for _, person, _ in standing.at_visit[visit.id]}
    return sorted(
        {
            shadow.senior
            for shadow in problem.shadows
            if shadow.successor == successor
            and shadow.recipient == visit.recipient
            and shadow.senior in present
        }
    )


def _runners_up(
    standing: Standing, visit: Visit, eligible: list[tuple[Volunteer, int]], most: int
) -> list[dict[str, Any]]:
    seated = {seat[1] for seat in standing.at_visit[visit.id]}
    ways = []
    for person, option in eligible:
        if person.id not in seated:
            cost, leaves = _cost(standing, visit, (visit.id, person.id, option))
            ways.append((person, option, fit(standing.problem, person, visit), cost, leaves))
    ways.sort(key=lambda way: (way[3] is None, way[3] or 0, -way[2], way[0].id, way[1]))
    best: dict[str, tuple[Volunteer, int, int | None, list[str]]] = {}
    for person, option, _fit, cost, leaves in ways:
        best.setdefault(person.id, (person, option, cost, leaves))
    return [
        {
            **_pair(standing, visit, person, option),
            "blocked_by": list(standing.blocked_by((visit.id, person.id, option))),
            "cost": cost,
            "takes_from": leaves,
        }
        for person, option, cost, leaves in islice(best.values(), most)
    ]


def _cost(standing: Standing, visit: Visit, seat: Seat) -> tuple[int | None, list[str]]:
    """(least loss found when this seat is given, visits that lose the person); None when a promise is in the way."""
    leaving = _in_the_way(standing, seat)
    if leaving is None:
        return None, []
    here = standing.at_visit[visit.id]
    loose = [one for one in here if (one[0], one[1]) not in standing.pinned]
    if any(one[2] != seat[2] for one in here):
        ways = [loose] if len(loose) == len(here) else []
    else:
        ways = [[one] for one in loose]
        if len(here) < visit.seats[1]:
            ways.append([])
    costs = [-standing.change_in_value([*leaving, *replaced], [seat]) for replaced in ways]
    return (min(costs), sorted({one[0] for one in leaving})) if costs else (None, [])


def _in_the_way(standing: Standing, seat: Seat) -> list[Seat] | None:
    """The seats the person must leave for this one, fewest slots first; None when pins or what is used forbid it."""
    _, person, _ = seat
    mine = [one for one in standing.of_person[person] if (one[0], one[1]) not in standing.pinned]
    leaving: list[Seat] = []
    problem = standing.problem

    def still_blocked() -> bool:
        beside = [one for one in standing.of_person[person] if one not in leaving] + standing.joined[person]
        return bool(_personal(problem, beside, seat))

    for one in sorted(mine, key=lambda held: (not _clash(problem, held, seat), held)):
        if not still_blocked():
            return leaving
        leaving.append(one)
    return None if still_blocked() else leaving


def _personal(problem: Problem, beside: list[Seat], seat: Seat) -> list[str]:
    return [
        rule
        for rule in broken_plan_rules(problem, [one for one in beside if one[0] != seat[0]], *seat)
        if rule in ("travel", "weekly_visits", "weekly_minutes")
    ]


def _clash(problem: Problem, held: Seat, seat: Seat) -> bool:
    return "travel" in _personal(problem, [held], seat)

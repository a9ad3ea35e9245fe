"""From a problem to a plan with its proof: first as many urgent visits as can be, then the value."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.engine.branching import Part, Prices, Search, search
from app.matching.engine.candidates import Candidates, among, candidates_of, pair_number
from app.matching.engine.construct import construct, prepare
from app.matching.engine.decomposition import PRICE_STEPS, Decomposition
from app.matching.engine.master import Master
from app.matching.engine.model import Model, build_team_model, place_of
from app.matching.engine.plan import Plan
from app.matching.engine.policy import (
    POLICY,
    neighbours_in_sequence,
    seats_above_min,
    served,
    served_teams,
    urgent_served,
    value_of,
)
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin
from app.matching.engine.schedules import Floats
from app.matching.engine.waiting import unserved_visits

Progress = Callable[[str, int, int, int, int], None]
"""Called as (stage, done, total, value, bound); the bound is -1 while none is known."""

Certificate = dict[str, Any]
"""What proves a bound, by the names of visits and volunteers."""

LARGE = 50_000_000
"""Beyond so many open pairs the plan is constructed, and its bound is a plain sum."""

SHARE_FOR_URGENT = 0.4
"""The part of the time that proving the urgent visits may take."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and where the solver may work."""

    deadline: float
    executor: Executor | None
    finishing: float = 0.0
    """Seconds that making a plan of prices takes, kept for the end."""

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()


@dataclass(frozen=True, slots=True)
class Found:
    """A valid plan and what it reaches."""

    pairings: tuple[Pin, ...]
    shadows: tuple[tuple[str, str], ...]
    urgent: int
    value: int

    @property
    def rank(self) -> tuple[int, int]:
        """What is wanted, in order."""
        return self.urgent, self.value


def solve(
    problem: Problem,
    *,
    time_limit_seconds: float = 60.0,
    seed: int = 0,  # noqa: ARG001 - callers may name one: nothing is drawn here
    executor: Executor | None = None,
    starting_from: Result | None = None,
    progress: Progress | None = None,
) -> Result:
    """The best plan found, with a bound no plan can exceed; proved optimal when the two meet.

    The deadline is hard: what is best by then comes back, always valid. `starting_from` is an earlier result whose
    pairings are tried first. Volunteers are asked through the executor when one is given, one of threads. The plan
    depends on the problem and that result alone, as long as the time suffices: nothing is drawn, whatever the `seed`.
    """
    prepare()
    began = time.monotonic()
    effort = Effort(began + time_limit_seconds, executor)
    report = progress or (lambda *_: None)
    candidates = candidates_of(problem)
    report("eligibility", 1, 1, 0, -1)
    ready = time.monotonic()
    found = found_in(problem, construct(candidates, deadline=effort.deadline))
    if starting_from is not None:
        earlier = found_in(
            problem,
            construct(
                candidates,
                starting_from.pairings,
                starting_from.shadow_pairings,
                deadline=effort.deadline,
            ),
        )
        found = max(found, earlier, key=rank_of)
    report("construct", 1, 1, found.value, -1)
    effort = replace(effort, finishing=time.monotonic() - ready)
    hurry = replace(effort, deadline=began + SHARE_FOR_URGENT * time_limit_seconds)
    found, urgent_bound, urgent_proof = _most_urgent(candidates, found, hurry, report)
    report("urgent", 1, 1, found.value, -1)
    found, bound, certificate = _best_value(candidates, found, effort, report)
    report("value", 1, 1, found.value, bound)
    if urgent_proof:
        certificate = {**certificate, "urgent": urgent_proof}
    seconds = time.monotonic() - began
    return result_of(candidates, found, urgent_bound, bound, seconds, certificate)


def rank_of(found: Found) -> tuple[int, int]:
    """What a plan reaches, as it is compared."""
    return found.rank


def found_in(problem: Problem, plan: Plan) -> Found:
    """A plan with what it reaches."""
    pairings, shadows = plan.pairings(), plan.shadow_pairings()
    return Found(pairings, shadows, urgent_served(problem, pairings), value_of(problem, pairings, shadows))


def result_of(
    candidates: Candidates,
    found: Found,
    urgent_bound: int,
    bound: int,
    seconds: float,
    certificate: dict[str, Any],
) -> Result:
    """The plan as a result, with the reasons of every visit that waits."""
    problem = candidates.columns.problem
    teams = served_teams(problem, found.pairings)
    waiting = [number for number, visit in enumerate(problem.visits) if visit.id not in teams]
    return Result(
        problem=problem.hash,
        pairings=found.pairings,
        shadow_pairings=found.shadows,
        urgent_served=found.urgent,
        urgent_bound=urgent_bound,
        value=found.value,
        bound=bound,
        unserved=unserved_visits(candidates, found.pairings, found.shadows, waiting),
        dropped_pins=candidates.pins.dropped,
        seconds=seconds,
        certificate=certificate,
    )


def _most_urgent(
    candidates: Candidates, found: Found, effort: Effort, progress: Progress
) -> tuple[Found, int, Certificate]:
    """The best plan by urgent visits, and the bound on them."""
    possible = _urgent_with_enough_people(candidates)
    if found.urgent == possible or effort.left() <= 0:
        return found, possible, {}
    urgent = among(candidates, np.array([visit.urgent for visit in candidates.columns.visits]))
    model = build_team_model(urgent)
    tried = _Tried(candidates, model, found, "urgent")
    bound, certificate = _searched(
        Decomposition(urgent, model, None, effort.executor), tried, effort, progress
    )
    if not certificate:
        return tried.best, possible, {}
    return tried.best, max(min(bound, possible), tried.best.urgent), certificate


def _urgent_with_enough_people(candidates: Candidates) -> int:
    """How many urgent visits have, at some option, as many people as they need, pinned ones among them."""
    columns, first = candidates.columns, candidates.pairs.first
    count = 0
    for number, visit in enumerate(columns.visits):
        if visit.urgent:
            pinned = len(candidates.pinned_people.get(number, ()))
            most = max(int(first[option + 1] - first[option]) for option in columns.options_of(number))
            count += most + pinned >= visit.seats[0]
    return count


def _best_value(
    candidates: Candidates, found: Found, effort: Effort, progress: Progress
) -> tuple[Found, int, Certificate]:
    """The best plan by value among those that serve as many urgent visits, and the bound on it."""
    if len(candidates.pairs.option) > LARGE:
        return found, max(ceiling_of_plans(candidates), found.value), {"method": "ceiling"}
    model = build_team_model(candidates)
    tried = _Tried(candidates, model, found, "value")
    bound, certificate = _searched(
        Decomposition(candidates, model, found.urgent, effort.executor), tried, effort, progress
    )
    if not certificate:
        return found, max(ceiling_of_plans(candidates), found.value), {"method": "ceiling"}
    return tried.best, bound, certificate


class _Tried:
    """The best plan of those that a search came upon."""

    def __init__(self, candidates: Candidates, model: Model, best: Found, goal: str) -> None:
        self.candidates, self.model, self.best, self.goal = candidates, model, best, goal

    def worth(self, found: Found) -> int:
        """What a plan is worth to the search."""
        return found.urgent if self.goal == "urgent" else found.value

    def judge(self, columns: Floats) -> int:
        """What the plan of a solution in whole numbers is worth; the best is kept."""
        if self.goal == "urgent":
            return self.judge_rounded(columns)
        return self._keep(*chosen(self.model, columns))

    def judge_rounded(self, columns: Floats, deadline: float = math.inf) -> int:
        """The same of what can stand of a solution in fractions, filled up."""
        plan = construct(self.candidates, *chosen(self.model, columns), deadline=deadline)
        return self._keep(plan.pairings(), plan.shadow_pairings())

    def _keep(self, pairings: tuple[Pin, ...], shadows: tuple[tuple[str, str], ...]) -> int:
        problem = self.candidates.columns.problem
        found = Found(
            pairings, shadows, urgent_served(problem, pairings), value_of(problem, pairings, shadows)
        )
        self.best = max(self.best, found, key=rank_of)
        return self.worth(self.best)


def _searched(
    decomposition: Decomposition, tried: _Tried, effort: Effort, progress: Progress
) -> tuple[int, Certificate]:
    """The bound of a search by branch and price, and its certificate, empty when time was up before there was one."""
    master = Master(decomposition)
    master.add(decomposition.schedules_of(_as_start(tried.model, tried.best)))

    def priced(done: int, bound: float) -> None:
        progress(tried.goal, done, done, tried.best.value, math.floor(bound))

    master.converge(effort.deadline - effort.finishing, progress=priced)
    if math.isinf(master.best.bound):
        return tried.worth(tried.best), {}
    root = Part({}, math.floor(master.best.bound), Prices.of(master.best.prices))
    least = tried.judge_rounded(master.solution(), effort.deadline)

    def shown(search: Search) -> None:
        progress(
            tried.goal, len(search.closed), len(search.closed) + len(search.open), search.least, search.bound
        )

    ended = search(master, root, least, tried.judge, effort.deadline, shown)
    return ended.bound, _certificate(decomposition, root, ended)


def _certificate(decomposition: Decomposition, root: Part, search: Search) -> Certificate:
    """The prices of the whole, and for each part what was decided and which prices are others."""
    parts = [*search.closed, *search.open]
    prices = root.prices.all()
    return {
        "method": "prices",
        "steps": int(PRICE_STEPS),
        "rows": decomposition.certificate(prices),
        "parts": [
            {
                "decided": [
                    [*_fact(decomposition.model, column), value] for column, value in part.decisions.items()
                ],
                "rows": decomposition.certificate(part.prices.all(), beside=prices),
            }
            for part in parts
        ],
    }


def _fact(model: Model, column: int) -> tuple[str | int, ...]:
    """What a column of the team model says, by names: a visit served at an option, or who holds a seat or joins."""
    candidates = model.candidates
    if column < len(model.seat_option):
        person = candidates.columns.roster.ids[int(model.seat_person[column])]
        return *place_of(candidates, int(model.seat_option[column])), person
    for number, shadow in model.shadow_columns.items():
        if shadow == column:
            seat = candidates.shadow_seats[number]
            return *place_of(candidates, seat.option), seat.entry
    return place_of(candidates, int(np.flatnonzero(model.served == column)[0]))


def ceiling_of_plans(candidates: Candidates) -> int:
    """A bound that needs no solver: every visit served by as many as fit it best, and everything else at its best."""
    columns, pairs = candidates.columns, candidates.pairs
    total = POLICY.first_seat * int((columns.recent_visits == 0).sum())
    total += POLICY.request_served * len({visit.request for visit in columns.visits})
    total += POLICY.shadow * sum(shadow.wanted for shadow in columns.problem.shadows)
    for earlier, later in neighbours_in_sequence(columns.visits):
        total += POLICY.continuity * min(earlier.seats[1], later.seats[1])
    for number, visit in enumerate(columns.visits):
        here = slice(
            int(pairs.first[columns.first_option[number]]), int(pairs.first[columns.first_option[number + 1]])
        )
        pinned = [candidates.pinned_amounts[number, one] for one in candidates.pinned_people.get(number, ())]
        amounts = sorted([*candidates.amounts[here].tolist(), *pinned], reverse=True)
        if amounts:
            total += served(visit) + seats_above_min(visit, visit.seats[1]) + POLICY.ages_together
            total += sum(amounts[: visit.seats[1]])
    return total


def chosen(model: Model, columns: Floats) -> tuple[tuple[Pin, ...], tuple[tuple[str, str], ...]]:
    """The pairings and shadow pairings of a solution, sorted by id."""
    candidates = model.candidates
    ids = candidates.columns.roster.ids
    pairings = set(candidates.pins.taken)
    for seat in np.flatnonzero(columns[: model.pairs] > 0.5):
        visit, option = place_of(candidates, int(model.seat_option[seat]))
        pairings.add((visit, ids[int(model.seat_person[seat])], option))
    shadows = set()
    for number, column in model.shadow_columns.items():
        if columns[column] > 0.5:
            shadow = candidates.shadow_seats[number]
            shadows.add((place_of(candidates, shadow.option)[0], ids[shadow.successor]))
    return tuple(sorted(pairings)), tuple(sorted(shadows))


def _as_start(model: Model, found: Found) -> Floats:
    """The columns of the seats, shadows and served visits of a plan, 1 for what is in it."""
    candidates = model.candidates
    c = candidates.columns
    problem = c.problem
    start = np.zeros(len(model.cost))
    teams = served_teams(problem, found.pairings)
    for visit, volunteer, index in found.pairings:
        option = int(c.first_option[problem.visit_index[visit]]) + index
        pair = pair_number(candidates.pairs, option, problem.volunteer_index[volunteer])
        if pair >= 0:
            start[pair] = 1.0
        if visit in teams and model.served[option] >= 0:
            start[model.served[option]] = 1.0
    pinned = slice(model.pairs, len(model.seat_option))
    start[pinned] = start[model.served[model.seat_option[pinned]]]
    shadows = set(found.shadows)
    for number, column in model.shadow_columns.items():
        shadow = candidates.shadow_seats[number]
        pairing = (place_of(candidates, shadow.option)[0], c.roster.ids[shadow.successor])
        if pairing in shadows and start[model.served[shadow.option]] > 0.5:
            start[column] = 1.0
            shadows.discard(pairing)
    return start

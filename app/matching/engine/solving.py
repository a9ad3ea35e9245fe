"""From a problem to a plan with its proof: first as many urgent visits as can be, then the value."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.matching.engine.candidates import Candidates, candidates_of
from app.matching.engine.columns import Columns
from app.matching.engine.construct import construct
from app.matching.engine.decomposition import Decomposition
from app.matching.engine.eligibility import Funnel, funnels_of
from app.matching.engine.highs import Floats, maximise, program_of
from app.matching.engine.model import Model, build_model, build_urgent_model
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
from app.matching.engine.repairs import single_repairs
from app.matching.engine.result import Result, Unserved
from app.matching.engine.rows import Pin
from app.matching.engine.standing import Standing

Progress = Callable[[str, int, int, int, int], None]
"""Called as (stage, done, total, value, bound); the bound is -1 while none is known."""

Bounded = tuple["Found", int, dict[str, Any]]
"""A plan, a bound on its value, and the certificate of the bound."""

SMALL = 3_000
"""Up to so many open pairs the integer model of single seats is solved outright."""
PROVABLE = 12_000
"""Up to so many open pairs that model is worth the rest of the time when a gap is left."""
LARGE = 150_000
"""Beyond so many open pairs the plan is constructed, and its bound is a plain sum."""
NEAR = 50.0
"""Schedules that cost less than this at the prices make the plan."""
WIDER = 8.0
"""How much further the next step takes schedules in, until every schedule that could close the gap is there."""
MOST_SCHEDULES = 150_000

REPAIRS_FOR = 1_000
"""Up to so many visits that wait are told what would serve them."""

SHARE_FOR_URGENT = 0.4
"""The part of the time that proving the urgent visits may take."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long, how and where the solver may work."""

    deadline: float
    seed: int
    executor: Executor | None

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
    seed: int = 0,
    executor: Executor | None = None,
    starting_from: Result | None = None,
    progress: Progress | None = None,
) -> Result:
    """The best plan found, with a bound no plan can exceed; proved optimal when the two meet.

    The deadline is hard: what is best by then comes back, always valid. `starting_from` is an earlier result whose
    pairings are tried first. The solver runs in the executor when one is given. The plan depends on the problem, the
    seed and that result alone.
    """
    began = time.monotonic()
    effort = Effort(began + time_limit_seconds, seed, executor)
    report = progress or (lambda *_: None)
    candidates = candidates_of(problem)
    report("eligibility", 1, 4, 0, -1)
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
    report("construct", 2, 4, found.value, -1)
    hurry = replace(effort, deadline=began + SHARE_FOR_URGENT * time_limit_seconds)
    found, urgent_bound = _most_urgent(candidates, found, hurry, effort.deadline)
    report("urgent", 3, 4, found.value, -1)
    found, bound, certificate = _best_value(candidates, found, effort)
    report("value", 4, 4, found.value, bound)
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
    standing = Standing(problem, found.pairings, found.shadows) if len(waiting) <= REPAIRS_FOR else None
    return Result(
        problem=problem.hash,
        pairings=found.pairings,
        shadow_pairings=found.shadows,
        urgent_served=found.urgent,
        urgent_bound=urgent_bound,
        value=found.value,
        bound=bound,
        unserved=tuple(
            unserved_visit(candidates.columns, number, funnel, standing)
            for number, funnel in zip(waiting, funnels_of(candidates.columns, waiting), strict=True)
        ),
        dropped_pins=candidates.pins.dropped,
        seconds=seconds,
        certificate=certificate,
    )


def unserved_visit(columns: Columns, visit: int, funnel: Funnel, standing: Standing | None) -> Unserved:
    """Why nobody, or nobody free, could take a visit, and what would change that."""
    remaining = remaining_after(funnel, len(columns.volunteers))
    repairs = () if standing is None else single_repairs(columns, standing, visit)
    return Unserved(columns.visits[visit].id, funnel, remaining, remaining[-1][1], repairs)


def remaining_after(funnel: Funnel, volunteers: int) -> Funnel:
    """How many volunteers each rule leaves."""
    steps = []
    for rule, removed in funnel:
        volunteers -= removed
        steps.append((rule, volunteers))
    return tuple(steps)


def _most_urgent(candidates: Candidates, found: Found, effort: Effort, deadline: float) -> tuple[Found, int]:
    """The best plan by urgent visits, and the bound on them."""
    possible = _urgent_with_enough_people(candidates)
    if found.urgent == possible or effort.left() <= 0:
        return found, possible
    model = build_urgent_model(candidates)
    outcome = maximise(program_of(model), seconds=effort.left(), seed=effort.seed, executor=effort.executor)
    if outcome.columns is not None:
        pairings, _ = _chosen(model, outcome.columns)
        better = found_in(candidates.columns.problem, construct(candidates, pairings, deadline=deadline))
        found = max(found, better, key=rank_of)
    bound = possible if math.isinf(outcome.bound) else min(possible, math.floor(outcome.bound + 1e-6))
    return found, max(bound, found.urgent)


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


def _best_value(candidates: Candidates, found: Found, effort: Effort) -> Bounded:
    """The best plan by value among those that serve as many urgent visits, and the bound on it."""
    if len(candidates.pairs.option) <= SMALL:
        return _by_seats(candidates, found, effort)
    if len(candidates.pairs.option) > LARGE:
        return found, max(ceiling_of_plans(candidates), found.value), {"method": "ceiling"}
    found, bound, certificate = _by_schedules(candidates, found, effort)
    if bound > found.value and len(candidates.pairs.option) <= PROVABLE:
        found, proved, _ = _by_seats(candidates, found, effort)
        if proved == found.value:
            bound = proved
    return found, max(bound, found.value), certificate


def _by_seats(candidates: Candidates, found: Found, effort: Effort) -> Bounded:
    """By the integer model of single seats: exact, and slow when there are many."""
    model = build_model(candidates, np.arange(len(candidates.pairs.option)))
    urgent = [(column, 1.0) for column in model.urgent_columns]
    model.rows.add(urgent, float(found.urgent), float(found.urgent))
    outcome = maximise(
        program_of(model),
        seconds=effort.left(),
        start=_as_start(model, found),
        seed=effort.seed,
        executor=effort.executor,
    )
    found = _better_of(model, outcome.columns, found)
    bound = ceiling_of_plans(candidates) if math.isinf(outcome.bound) else math.floor(outcome.bound + 1e-6)
    return found, max(bound, found.value), {"method": "branch and bound"}


def _by_schedules(candidates: Candidates, found: Found, effort: Effort) -> Bounded:
    """By whole schedules: a tight bound, and the best plan of the schedules that come near it."""
    relaxation = Decomposition(candidates, found.urgent)
    start = np.zeros(len(relaxation.cost))
    for column, value in _as_start(relaxation.model, found).items():
        start[column] = value
    relaxation.converge(relaxation.schedules_of(start), effort.deadline)
    if relaxation.best is None or math.isinf(relaxation.best.bound):
        return found, max(ceiling_of_plans(candidates), found.value), {"method": "ceiling"}
    bound = max(math.floor(relaxation.best.bound), found.value)
    within = NEAR
    while True:
        needed = bound - found.value + 1.0
        complete = relaxation.widen(min(within, needed), MOST_SCHEDULES)
        if not complete and within > NEAR:
            break
        outcome = maximise(
            relaxation.whole_program(),
            seconds=effort.left(),
            start=relaxation.start_of(relaxation.schedules_of(start)),
            seed=effort.seed,
            executor=effort.executor,
        )
        if outcome.columns is not None:
            start = relaxation.columns_of_solution(outcome.columns)
            found = _better_of(relaxation.model, start, found)
        if complete and outcome.solved and bound - found.value < min(within, needed):
            return found, found.value, relaxation.certificate()
        if not complete or not outcome.solved:
            break
        within *= WIDER
    return found, bound, relaxation.certificate()


def _better_of(model: Model, columns: Floats | None, found: Found) -> Found:
    """The plan of a solution when it is better than the one found."""
    return found if columns is None else max(found, chosen_in(model, columns), key=rank_of)


def chosen_in(model: Model, columns: Floats) -> Found:
    """The plan of a solution of the model."""
    problem = model.candidates.columns.problem
    pairings, shadows = _chosen(model, columns)
    return Found(pairings, shadows, urgent_served(problem, pairings), value_of(problem, pairings, shadows))


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


def _chosen(model: Model, columns: Floats) -> tuple[tuple[Pin, ...], tuple[tuple[str, str], ...]]:
    """The pairings and shadow pairings of a solution, sorted by id."""
    c = model.candidates.columns
    pairs = model.candidates.pairs
    chosen = model.pairs[np.flatnonzero(columns[: len(model.pairs)] > 0.5)]
    pairings = set(model.candidates.pins.taken)
    for pair in chosen:
        option, person = int(pairs.option[pair]), int(pairs.volunteer[pair])
        visit = int(c.visit_of[option])
        pairings.add((c.visits[visit].id, c.volunteers[person].id, option - int(c.first_option[visit])))
    shadows = set()
    for number, column in model.shadow_columns.items():
        if columns[column] > 0.5:
            seat = model.candidates.shadow_seats[number]
            shadows.add((c.visits[int(c.visit_of[seat.option])].id, c.volunteers[seat.successor].id))
    return tuple(sorted(pairings)), tuple(sorted(shadows))


def _as_start(model: Model, found: Found) -> dict[int, float]:
    """The whole columns of a plan, by column."""
    c = model.candidates.columns
    problem = c.problem
    seats = {
        (int(c.first_option[problem.visit_index[visit]]) + option, problem.volunteer_index[volunteer])
        for visit, volunteer, option in found.pairings
    }
    start = {}
    for column, pair in enumerate(model.pairs):
        seat = (int(model.candidates.pairs.option[pair]), int(model.candidates.pairs.volunteer[pair]))
        start[column] = float(seat in seats)
    teams = served_teams(problem, found.pairings)
    options = {option for option, _ in seats}
    for option, column in enumerate(model.served):
        if column >= 0:
            is_served = option in options and c.visits[int(c.visit_of[option])].id in teams
            start[int(column)] = float(is_served)
    for (visit, _), column in model.pinned_columns.items():
        start[column] = start.get(int(model.served[model.candidates.pinned_option[visit]]), 0.0)
    shadows = set(found.shadows)
    for number, column in model.shadow_columns.items():
        shadow = model.candidates.shadow_seats[number]
        pairing = (c.visits[int(c.visit_of[shadow.option])].id, c.volunteers[shadow.successor].id)
        is_filled = pairing in shadows and start.get(int(model.served[shadow.option]), 0.0) > 0.5
        start[column] = float(is_filled)
        if is_filled:
            shadows.discard(pairing)
    return start

"""After a refusal or a cancellation: what fell away is filled again, everybody else stays where they are."""

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from app.matching.engine.candidates import Candidates, candidates_of
from app.matching.engine.construct import CHAIN_LENGTH, add_shadows, fill, keep, serve_by_chain
from app.matching.engine.eligibility import Pairs
from app.matching.engine.plan import Plan
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.solving import ceiling_of_plans, found_in, result_of


def repair(problem: Problem, result: Result, *, lost: Iterable[tuple[str, str]] = ()) -> Result:
    """A plan for `problem` that keeps what may stay of `result` and fills what is open by short chains.

    `lost` are (visit, volunteer) pairings that fell away and do not come back. Somebody is moved only where one more
    visit is served by it. `result` may belong to an earlier state of the problem. Raises ValueError when a lost
    pairing is pinned in the problem: take the pin out first.
    """
    began = time.monotonic()
    gone = set(lost)
    for visit_id, volunteer_id, _ in problem.pinned:
        if (visit_id, volunteer_id) in gone:
            raise ValueError(f"[{visit_id}, {volunteer_id}] is pinned and cannot be lost")
    candidates = _without(candidates_of(problem), gone)
    plan = Plan(candidates)
    keep(plan, tuple(seat for seat in result.pairings if seat[:2] not in gone), result.shadow_pairings)
    for visit in sorted(range(len(problem.visits)), key=lambda one: (not problem.visits[one].urgent, one)):
        if not plan.serves(visit):
            serve_by_chain(plan, visit, CHAIN_LENGTH)
    for visit_id, _ in sorted(gone):
        if visit_id in problem.visit_index:
            fill(plan, problem.visit_index[visit_id])
    add_shadows(plan)
    found = found_in(problem, plan)
    same = result.problem == problem.hash and result.urgent_served == found.urgent
    urgent_bound = result.urgent_bound if result.problem == problem.hash else _urgent_ceiling(plan)
    bound = result.bound if same else ceiling_of_plans(candidates)
    return result_of(
        candidates,
        found,
        max(urgent_bound, found.urgent),
        max(bound, found.value),
        time.monotonic() - began,
        result.certificate if same else {"method": "ceiling"},
    )


def _without(candidates: Candidates, gone: set[tuple[str, str]]) -> Candidates:
    """The candidates less some (visit, volunteer) pairs."""
    columns, pairs = candidates.columns, candidates.pairs
    index = columns.problem
    numbers = {
        (index.visit_index[visit], index.volunteer_index[person])
        for visit, person in gone
        if visit in index.visit_index and person in index.volunteer_index
    }
    kept = np.ones(len(pairs.option), dtype=np.bool_)
    for visit, person in numbers:
        for option in columns.options_of(visit):
            here = slice(int(pairs.first[option]), int(pairs.first[option + 1]))
            kept[here] &= pairs.volunteer[here] != person
    numbers_kept = np.flatnonzero(kept)
    return replace(
        candidates,
        pairs=Pairs(
            option=pairs.option[numbers_kept],
            volunteer=pairs.volunteer[numbers_kept],
            first=np.searchsorted(numbers_kept, pairs.first).astype(np.int64),
        ),
        amounts=candidates.amounts[numbers_kept],
        shadow_seats=tuple(
            seat
            for seat in candidates.shadow_seats
            if (int(columns.visit_of[seat.option]), seat.successor) not in numbers
        ),
    )


def _urgent_ceiling(plan: Plan) -> int:
    return sum(visit.urgent for visit in plan.candidates.columns.visits)

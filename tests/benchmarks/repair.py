"""`python3 -m app bench repair [--size S|M|L]... [--losses N]`: one loss after the other, mended by chains.

One table a size: how long a loss takes beside a resident plan (p50, p99, the most), how many visits are served, and
how many other pairings were taken from people they were given to (those of a team whose visit is given up are not);
against the same losses filled from the free people alone, and against the plan built anew after every loss. Whoever is
moved must be moved because one more visit is served by it: "for nothing" must be 0. Up to `--solved` visits the plan
after all losses is also solved to proved optimality. Seconds are processor time, without the making of the problem and
the compiler.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import numpy as np

from app.matching.engine import Pin, Problem, Result, broken_team_rules, generate, solve
from app.matching.engine.candidates import Candidates, candidates_of
from app.matching.engine.chains import close
from app.matching.engine.columns import Bools
from app.matching.engine.construct import construct, prepare
from app.matching.engine.plan import Plan
from app.matching.engine.repairing import Repairer
from app.matching.engine.state import remove, seat_of
from tests.benchmarks._installation import percentile, show_table

SIZES = {
    "S": (1_000, 300, 10, 1),
    "M": (20_000, 3_000, 200, 4),
    "L": (100_000, 10_000, 1_000, 18),
}
"""Volunteers, requests, areas, districts."""
ANEW = 10
"""How many losses are answered by a plan built anew."""
HEADINGS = (
    "method", "losses", "urgent", "served", "value", "moved", "for nothing", "p50 ms", "p99 ms", "most ms",
)  # fmt: skip
Pairings = Sequence[Pin]


def result_of_plan(problem: Problem, plan: Plan) -> Result:
    """A plan as a result without a proof."""
    return Result(
        problem=problem.hash,
        pairings=plan.pairings(),
        shadow_pairings=plan.shadow_pairings(),
        urgent_served=plan.urgent,
        urgent_bound=0,
        value=plan.value,
        bound=0,
        unserved=(),
        dropped_pins=(),
        seconds=0.0,
    )


def losses_of(candidates: Candidates, plan: Plan, count: int) -> list[Pin]:
    """Some pairings that nobody has promised, in an order by chance, the same each time."""
    promised = {pin[:2] for pin in candidates.pins.taken}
    loose = [pairing for pairing in plan.pairings() if pairing[:2] not in promised]
    Random(1).shuffle(loose)
    return loose[:count]


def by_chains(problem: Problem, result: Result, losses: Pairings) -> list[str]:
    """The engine's repair: a resident plan, every loss final."""
    began = time.process_time()
    repairer = Repairer(problem, result)
    ready = time.process_time() - began
    repairer.lose([])
    held = set(result.pairings)
    state = repairer.plan.state
    seconds, moved, for_nothing = [], 0, 0
    for loss in losses:
        served = int(state.visits.is_served.sum())
        began = time.process_time()
        change = repairer.lose([loss[:2]])
        seconds.append(time.process_time() - began)
        is_served = bool(state.visits[problem.visit_index[loss[0]]].is_served)
        left = [problem.volunteer(name) for visit, name, _ in held - {loss} if visit == loss[0]]
        alone = served - (loss in held and broken_team_rules(problem.visit(loss[0]), left) != ())
        others = [pin for pin in change.gone if pin[:2] != loss[:2] and (pin[0] != loss[0] or is_served)]
        moved += len(others)
        for_nothing += len(others) > 0 and int(state.visits.is_served.sum()) <= alone
        held = (held - set(change.gone)) | set(change.new)
    return _row(f"chains (ready in {ready:.2f} s)", repairer.plan, seconds, moved, for_nothing)


def by_free_people(candidates: Candidates, result: Result, losses: Pairings) -> list[str]:
    """Whoever is free takes the seat; nobody moves."""
    plan = Plan(candidates)
    plan.keep(result.pairings, result.shadow_pairings, reach=0)
    problem = candidates.columns.problem
    seconds = []
    for visit_id, name, _ in losses:
        visit, person = problem.visit_index[visit_id], problem.volunteer_index[name]
        began = time.process_time()
        close(plan.state, visit, person)
        if seat_of(plan.state, person, visit) >= 0:
            remove(plan.state, person, visit)
        if not plan.serve(visit):
            plan.release(visit)
        plan.fill(visit)
        seconds.append(time.process_time() - began)
    return _row("free people alone", plan, seconds, 0, 0)


def anew(candidates: Candidates, losses: Pairings) -> list[str]:
    """The whole plan again after every loss, from nothing, as a night's first stage does."""
    problem = candidates.columns.problem
    is_open = np.ones(len(candidates.amounts), dtype=np.bool_)
    held, moved, seconds = set(construct(candidates).pairings()), 0, []
    plan = Plan(candidates)
    for loss in losses[:ANEW]:
        is_open &= ~_pairs_of(candidates, problem, loss)
        began = time.process_time()
        plan = construct(_kept(candidates, is_open))
        seconds.append(time.process_time() - began)
        new = set(plan.pairings())
        moved += len(held - new - {loss})
        held = new
    return _row("built anew", plan, seconds, moved, None)


def solved_anew(candidates: Candidates, losses: Pairings, plan: Plan) -> list[str]:
    """The best plan after all losses, proved: what the repaired one is measured against."""
    problem = candidates.columns.problem
    lost = {loss[:2] for loss in losses}
    rows = [
        replace(visit, excluded=(*visit.excluded, *(name for one, name in lost if one == visit.id)))
        for visit in problem.visits
    ]
    without = problem.with_changes(visits=rows)
    began = time.process_time()
    result = solve(without)
    seconds = time.process_time() - began
    name = "solved anew, proved" if result.proved_optimal else "solved anew"
    served = len(problem.visits) - len(result.unserved)
    moved = len(set(plan.pairings()) - set(result.pairings) - set(losses))
    cells = [len(losses), result.urgent_served, served, result.value, moved]
    return [name, *(f"{cell:,}" for cell in cells), "", *3 * [f"{1000 * seconds:,.0f}"]]


def _pairs_of(candidates: Candidates, problem: Problem, loss: Pin) -> Bools:
    visit, person = problem.visit_index[loss[0]], problem.volunteer_index[loss[1]]
    here = candidates.columns.visit_of[candidates.pairs.option] == visit
    found: Bools = here & (candidates.pairs.volunteer == person)
    return found


def _kept(candidates: Candidates, is_open: Bools) -> Candidates:
    pairs = candidates.pairs
    counts = np.bincount(pairs.option[is_open], minlength=len(pairs.first) - 1)
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])
    kept = type(pairs)(pairs.option[is_open], pairs.volunteer[is_open], first)
    return replace(candidates, pairs=kept, amounts=candidates.amounts[is_open])


def _row(method: str, plan: Plan, seconds: Sequence[float], moved: int, for_nothing: int | None) -> list[str]:
    served = int(plan.state.visits.is_served.sum())
    cells = [len(seconds), plan.urgent, served, plan.value, moved]
    times = [percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds)]
    return [
        method,
        *(f"{cell:,}" for cell in cells),
        "" if for_nothing is None else str(for_nothing),
        *(f"{1000 * each:,.3f}" for each in times),
    ]


def measured(size: str, losses: int, solved: int) -> list[list[str]]:
    """The rows of a size."""
    volunteers, requests, areas, districts = SIZES[size]
    problem = generate(
        volunteers=volunteers, requests=requests, areas=areas, districts=districts, pins=requests // 20
    )
    candidates = candidates_of(problem)
    plan = construct(candidates)
    result = result_of_plan(problem, plan)
    lost = losses_of(candidates, plan, losses)
    methods: list[Callable[[], list[str]]] = [
        lambda: by_chains(problem, result, lost),
        lambda: by_free_people(candidates, result, lost),
        lambda: anew(candidates, lost),
    ]
    if len(problem.visits) <= solved:
        methods.append(lambda: solved_anew(candidates, lost, plan))
    return [method() for method in methods]


def main(argv: Sequence[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench repair")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--losses", type=int, default=500)
    parser.add_argument("--solved", type=int, default=1_000, help="visits up to which the end is solved anew")
    options = parser.parse_args(argv)
    prepare()
    for size in options.size or list(SIZES):
        volunteers, requests, *_ = SIZES[size]
        rows = measured(size, options.losses, options.solved)
        show_table(f"{size}: {volunteers:,} volunteers, {requests:,} requests", HEADINGS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

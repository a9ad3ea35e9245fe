"""`python3 -m app bench reasons [--size S|M|L]... [--sample N]`: what the engine says besides its plan, and how fast.

One table a size: a `Standing` made, somebody recommended and a visit explained (beside it, and without one), the price
of every runner-up, the single changes of a visit that waits, and the facts about groups. Then the prices against plans
solved again with the pair promised, on small districts: a price moves nobody but those it names, so the true cost is at
most the price; how many are exactly that is told. Seconds are processor time, without the compiler.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from app.matching.engine import Problem, Standing, explain, generate, recommend, solve
from app.matching.engine.candidates import candidates_of
from app.matching.engine.construct import construct, prepare
from app.matching.engine.forcing import NEVER
from app.matching.engine.groups import groups_of
from app.matching.engine.repairs import single_repairs
from tests.benchmarks._installation import percentile, show_table

SIZES = {
    "S": (1_000, 300, 10, 1),
    "M": (20_000, 3_000, 200, 4),
    "L": (100_000, 10_000, 1_000, 18),
}
"""Volunteers, requests, areas, districts."""
ASKED = 300
"""So many visits, evenly spread, are asked about."""


def seconds_of(question: Callable[[], object]) -> float:
    """Processor time that an answer takes."""
    began = time.process_time()
    question()
    return time.process_time() - began


def row(name: str, seconds: Sequence[float], told: str = "") -> list[str]:
    """A line of a table, in milliseconds."""
    shown = (percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))
    return [name, f"{len(seconds):,}", *(f"{1000 * each:,.2f}" for each in shown), told]


def measured(size: str) -> list[list[str]]:
    """The lines of a size."""
    volunteers, requests, areas, districts = SIZES[size]
    problem = generate(
        volunteers=volunteers, requests=requests, areas=areas, districts=districts, pins=requests // 20
    )
    candidates = candidates_of(problem)
    plan = construct(candidates)
    pairings, shadows = plan.pairings(), plan.shadow_pairings()
    standing = Standing(problem, pairings, shadows)
    asked = problem.visits[:: max(1, len(problem.visits) // ASKED)]
    waiting = [number for number in range(len(problem.visits)) if not plan.serves(number)][:ASKED]
    groups = groups_of(candidates, pairings)
    priced: list[int] = []

    def price_all() -> None:
        for eligible in standing.eligible(asked):
            priced.append(int((standing.costs(eligible) < NEVER).sum()))

    columns = standing.columns
    return [
        row("standing made", [seconds_of(lambda: Standing(problem, pairings, shadows)) for _ in range(3)]),
        row(
            "recommend, cold",
            [seconds_of(lambda: recommend(problem, pairings, asked[0].id)) for _ in range(3)],
        ),
        row("recommend", [seconds_of(partial(recommend, problem, standing, each.id)) for each in asked]),
        row("explain", [seconds_of(partial(explain, problem, standing, each.id)) for each in asked]),
        row("prices of those visits", [seconds_of(price_all)], f"{sum(priced):,} prices"),
        row(
            "single changes",
            [seconds_of(partial(single_repairs, columns, standing, each)) for each in waiting],
        ),
        row(
            "groups",
            [seconds_of(lambda: groups_of(candidates, pairings)) for _ in range(3)],
            f"{len(groups)} groups, {sum(group.wait for group in groups)} must wait",
        ),
    ]


def against_solving(sample: int) -> list[str]:
    """How many prices were compared, how many are the cost of a plan solved again, and the largest excess."""
    compared, equal, excesses = 0, 0, [0]
    seed = 0
    while compared < sample:
        problem = generate(volunteers=40, requests=12, areas=3, seed=seed)
        result = solve(problem)
        standing = Standing(problem, result)
        for visit in problem.visits[:4]:
            for told in explain(problem, standing, visit.id, runners_up=4)["runners_up"]:
                if told["cost"] is not None and result.proved_optimal and compared < sample:
                    forced = solve(_promised(problem, (visit.id, told["volunteer"], told["option"])))
                    if forced.urgent_served == result.urgent_served:
                        excess = told["cost"] - (result.value - forced.value)
                        if excess < 0:
                            raise RuntimeError(f"{visit.id}, {told['volunteer']}: a price below the cost")
                        compared, equal = compared + 1, equal + (excess == 0)
                        excesses.append(excess)
        seed += 1
    return [f"{compared:,}", f"{equal:,}", f"{np.mean(excesses):,.0f}", f"{max(excesses):,}"]


def _promised(problem: Problem, pin: tuple[str, str, int]) -> Problem:
    return problem.with_changes(pinned=(*problem.pinned, pin))


def main(argv: Sequence[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench reasons")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--sample", type=int, default=500)
    options = parser.parse_args(argv)
    prepare()
    warm = generate(volunteers=60, requests=40, areas=2)
    explain(warm, [], warm.visits[0].id)
    recommend(warm, [], warm.visits[0].id)
    groups_of(candidates_of(warm), ())
    single_repairs(Standing(warm, []).columns, Standing(warm, []), 0)
    for size in options.size or list(SIZES):
        volunteers, requests, *_ = SIZES[size]
        show_table(
            f"{size}: {volunteers:,} volunteers, {requests:,} requests",
            ("what", "times", "p50 ms", "p99 ms", "most ms", ""),
            measured(size),
        )
    if options.sample:
        show_table(
            "Prices against plans solved again with the pair promised",
            ("", "compared", "equal", "mean excess", "largest"),
            [["small districts", *against_solving(options.sample)]],
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The engine beside the alternatives, on the same invented problem, in the same run.

`python3 -m app bench engine [--size S|D|M|L] [--seeds N] [--time-limit SECONDS] [--plot FILE]`. Every method runs in a
process of its own; seconds are of its processor time and of the clock, without making the problem; memory is that
process's peak with the problem in it. The first seed meets every alternative that suits the size, the others the greedy
ones. `--plot` solves one problem of each size and draws time against pairs.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # it ships no annotations
from ortools.sat.python import cp_model

from app.matching.engine import Problem, generate, solve, verify
from app.matching.engine.candidates import Candidates, candidates_of
from app.matching.engine.plan import Plan
from app.matching.engine.policy import served as served_amount
from app.matching.engine.solving import Found, found_in
from tests.benchmarks._whole_model import WholeModel, maximise, program_of, solution_of

SIZES = {
    "S": (1_000, 300, 10, 1),
    "D": (2_000, 400, 20, 2),
    "M": (20_000, 3_000, 200, 4),
    "L": (100_000, 10_000, 1_000, 18),
}
"""Volunteers, requests, areas, districts; D is the demonstration district."""
WHOLE_MODEL_PAIRS = 100_000
REFEREE_PAIRS = 50_000
MANY = 10
"""Up to so many seeds each has a line of its own."""

Answer = tuple[Found, int | None]
"""What was found, and the bound proved, if any."""
Method = Callable[[Problem, float], Answer]


def first_come(problem: Problem, _seconds: float) -> Answer:
    """Whoever has waited longest chooses first."""
    return _greedily(problem, lambda _, visit: -problem.visits[visit].waiting_days), None


def by_priority(problem: Problem, _seconds: float) -> Answer:
    """Urgent visits first, then whoever has waited longest."""
    visits = problem.visits
    return _greedily(problem, lambda _, v: (not visits[v].urgent, -visits[v].waiting_days)), None


def scarcest_first(problem: Problem, _seconds: float) -> Answer:
    """Urgent visits first, then those with the fewest people."""

    def order(candidates: Candidates, visit: int) -> tuple[bool, int]:
        first = candidates.columns.first_option
        pairs = candidates.pairs.first
        return not problem.visits[visit].urgent, int(pairs[first[visit + 1]] - pairs[first[visit]])

    return _greedily(problem, order), None


def min_cost_flow_of_seats(problem: Problem, _seconds: float) -> Answer:
    """OR-Tools' flow through weeks, people and visits; what breaks travel, minutes or a team is given up."""
    candidates = candidates_of(problem)
    columns, pairs = candidates.columns, candidates.pairs
    flow = min_cost_flow.SimpleMinCostFlow()
    people, visits = len(columns.volunteers), len(columns.visits)
    weeks = candidates.left_visits.shape[1]
    sink = 1 + people * weeks + visits
    for person in range(people):
        for week in range(weeks):
            room = int(candidates.left_visits[person, week])
            if room > 0:
                flow.add_arc_with_capacity_and_unit_cost(0, 1 + person * weeks + week, room, 0)
    arcs: dict[int, int] = {}
    for pair in range(len(pairs.option)):
        option, person = int(pairs.option[pair]), int(pairs.volunteer[pair])
        visit = int(columns.visit_of[option])
        row = columns.visits[visit]
        worth = int(candidates.amounts[pair]) + served_amount(row) // row.seats[0] + row.urgent * 10**6
        tail = 1 + person * weeks + int(columns.week[option])
        arcs[flow.add_arc_with_capacity_and_unit_cost(tail, 1 + people * weeks + visit, 1, -worth)] = pair
    for visit, row in enumerate(columns.visits):
        taken = len(candidates.pinned_people.get(visit, ()))
        flow.add_arc_with_capacity_and_unit_cost(
            1 + people * weeks + visit, sink, max(0, row.seats[1] - taken), 0
        )
    seats = sum(row.seats[1] for row in columns.visits)
    flow.add_arc_with_capacity_and_unit_cost(0, sink, seats, 0)
    flow.set_node_supply(0, seats)
    flow.set_node_supply(sink, -seats)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the flow was not solved")
    teams: dict[int, list[int]] = defaultdict(list)
    for arc, pair in arcs.items():
        if flow.flow(arc):
            teams[int(pairs.option[pair])].append(int(pairs.volunteer[pair]))
    plan = Plan(candidates)
    for option, team in sorted(teams.items()):
        for person in team:
            plan.seat(person, option)
        if not plan.serves(int(columns.visit_of[option])):
            plan.release(int(columns.visit_of[option]))
    plan.add_shadows()
    return found_in(problem, plan), None


def whole_model(problem: Problem, seconds: float) -> Answer:
    """HiGHS on the whole integer model of seats, by value alone."""
    candidates = candidates_of(problem)
    model = WholeModel(candidates)
    outcome = maximise(program_of(model), seconds=seconds)
    empty = found_in(problem, Plan(candidates))
    found = empty if outcome.columns is None else solution_of(model.teams, outcome.columns)
    return found, int(outcome.bound) if outcome.solved else None


def constraint_programming(problem: Problem, seconds: float) -> Answer:
    """CP-SAT on the same model, two workers."""
    candidates = candidates_of(problem)
    model = WholeModel(candidates)
    program = cp_model.CpModel()
    columns = [
        program.new_int_var(round(low), round(high), "")
        for low, high in zip(model.lower, model.upper, strict=True)
    ]
    for terms, lower, upper in zip(model.row_terms, model.row_lower, model.row_upper, strict=True):
        total = cp_model.LinearExpr.weighted_sum(
            [columns[column] for column in terms], [round(weight) for weight in terms.values()]
        )
        if lower > -1e9:
            program.add(total >= round(lower))
        if upper < 1e9:
            program.add(total <= round(upper))
    program.maximize(cp_model.LinearExpr.weighted_sum(columns, [round(cost) for cost in model.cost]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    status = solver.solve(program)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return found_in(problem, Plan(candidates)), None
    values = np.array([float(solver.value(column)) for column in columns])
    return solution_of(model.teams, values), int(solver.best_objective_bound)


def engine(problem: Problem, seconds: float) -> Answer:
    """This engine."""
    result = solve(problem, time_limit_seconds=seconds)
    found = Found(result.pairings, result.shadow_pairings, result.urgent_served, result.value)
    return found, result.bound


def engine_verified(problem: Problem, seconds: float) -> Answer:
    """This engine, its result checked by its referee."""
    result = solve(problem, time_limit_seconds=seconds)
    report = verify(problem, result)
    if not report.ok:
        raise RuntimeError(str(report.faults))
    found = Found(result.pairings, result.shadow_pairings, result.urgent_served, result.value)
    return found, result.bound


def _greedily(problem: Problem, order: Callable[[Candidates, int], object]) -> Found:
    candidates = candidates_of(problem)
    plan = Plan(candidates)
    visits = sorted(range(len(problem.visits)), key=lambda visit: (order(candidates, visit), visit))
    for visit in visits:
        plan.serve(visit)
        plan.fill(visit)
    plan.add_shadows()
    return found_in(problem, plan)


@dataclass(frozen=True, slots=True)
class Line:
    """What a method reached on a problem."""

    urgent: int
    served: int
    value: int
    bound: int | None
    processor: float
    clock: float
    megabytes: int

    @property
    def gap(self) -> float:
        """In per cent, of the bound the method proved."""
        return 100 * (self.bound - self.value) / self.bound if self.bound else 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs every method that suits the size and prints one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="S")
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--plot", type=Path, help="an SVG of time against pairs over all sizes")
    options = parser.parse_args(argv)
    solve(generate(volunteers=200, requests=60, areas=4, seed=1))
    if options.plot:
        options.plot.write_text(_growth(options.seed, options.time_limit))
        return 0
    problem = problem_of(options.size, options.seed)
    pairs = len(candidates_of(problem).pairs.option)
    volunteers, requests, _, _ = SIZES[options.size]
    print(
        f"{options.size}: {volunteers} volunteers, {requests} requests, {len(problem.visits)} visits, {pairs} pairs"
    )
    methods: list[Method] = [first_come, by_priority, scarcest_first, min_cost_flow_of_seats]
    if pairs <= WHOLE_MODEL_PAIRS:
        methods.append(whole_model)
    if pairs <= REFEREE_PAIRS:
        methods.append(constraint_programming)
    heads = ("urgent", "served", "value", "bound", "gap %", "CPU s", "clock s", "MB")
    print(f"{'method':<24}" + "".join(f"{head:>12}" for head in heads))
    for method in [*methods, engine, engine_verified]:
        print(_shown(method.__name__, _measured(method, problem, options.time_limit)), flush=True)
    if options.seeds > 1:
        _over_seeds(options.size, range(options.seed, options.seed + options.seeds), options.time_limit)
    return 0


def problem_of(size: str, seed: int) -> Problem:
    """An invented problem of a size, one in twenty of its requests with a pin."""
    volunteers, requests, areas, districts = SIZES[size]
    return generate(
        volunteers=volunteers,
        requests=requests,
        areas=areas,
        districts=districts,
        seed=seed,
        pins=requests // 20,
    )


def _over_seeds(size: str, seeds: Sequence[int], seconds: float) -> None:
    print(f"\nseeds {seeds[0]} to {seeds[-1]}")
    ours: list[Line] = []
    more: list[float] = []
    fewer_urgent = 0
    for seed in seeds:
        problem = problem_of(size, seed)
        line = _measured(engine, problem, seconds)
        if line is None:
            print(f"seed {seed}: ended without an answer")
            continue
        greedy = [
            found
            for method in (first_come, by_priority, scarcest_first)
            if (found := _measured(method, problem, seconds)) is not None
        ]
        ours.append(line)
        more.append(100 * (line.served / greedy[0].served - 1))
        fewer_urgent += line.urgent < max(found.urgent for found in greedy)
        if line.bound != line.value or len(seeds) <= MANY:
            print(_shown(f"seed {seed}", line), flush=True)
    print(
        f"{len(ours)} seeds: {sum(line.bound == line.value for line in ours)} proved optimal; "
        f"gap at most {max(line.gap for line in ours):.4f} %; "
        f"CPU s median {median(line.processor for line in ours):.2f}, most {max(line.processor for line in ours):.2f}; "
        f"served beyond first-come {min(more):.1f} to {max(more):.1f} %; "
        f"fewer urgent visits than a greedy one: {fewer_urgent}"
    )


def _growth(seed: int, seconds: float) -> str:
    """An SVG of processor seconds against pairs, both logarithmic, with a line for what grows as the pairs do."""
    points = []
    for size in SIZES:
        problem = problem_of(size, seed)
        pairs = len(candidates_of(problem).pairs.option)
        line = _measured(engine, problem, seconds)
        if line is not None:
            points.append((size, pairs, line.processor, line.gap))
            print(
                f"{size}: {pairs:,} pairs, {line.processor:.1f} s, {line.gap:.4f} % below its bound",
                flush=True,
            )

    def place(pairs: float, took: float) -> tuple[float, float]:
        return 60 + 110 * (log10(pairs) - 4), 260 - 80 * (log10(took) + 0.5)

    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5"/><text x="{x + 9:.0f}" y="{y + 16:.0f}">'
        f"{size}: {pairs:,} pairs, {took:.1f} s, gap {gap:.4f} %</text>"
        for size, pairs, took, gap in points
        for x, y in [place(pairs, took)]
    )
    _, first_pairs, first_took, _ = points[0]
    ends = [place(first_pairs * times, first_took * times) for times in (1, 100)]
    line_of = " ".join(f"{x:.0f},{y:.0f}" for x, y in ends)
    grid = "".join(f'<text x="8" y="{place(1, took)[1] + 5:.0f}">{took:g} s</text>' for took in (1, 10, 100))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 300" font-family="sans-serif" font-size="13">'
        '<rect width="640" height="300" fill="#fff"/>'
        f'<polyline points="{line_of}" fill="none" stroke="#888" stroke-dasharray="4"/>'
        f'<g fill="#0b5560">{marks}</g>{grid}'
        '<text x="60" y="290">processor seconds against eligible pairs; dashed: as many times the pairs, as many times '
        "the seconds</text></svg>\n"
    )


def _shown(name: str, line: Line | None) -> str:
    if line is None:
        return f"{name:<24} ended without an answer"
    bound = "" if line.bound is None else f"{line.bound:,}"
    gap = "" if line.bound is None else f"{line.gap:.4f}"
    parts = (
        line.urgent,
        line.served,
        f"{line.value:,}",
        bound,
        gap,
        f"{line.processor:.1f}",
        f"{line.clock:.1f}",
        line.megabytes,
    )
    return f"{name:<24}" + "".join(f"{part:>12}" for part in parts)


def _measured(method: Method, problem: Problem, seconds: float) -> Line | None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(method, problem, seconds, sender)
    )
    process.start()
    sender.close()
    try:
        line: Line = receiver.recv()
    except EOFError:
        return None
    finally:
        process.join()
    return line


def _run(method: Method, problem: Problem, seconds: float, sender: Connection) -> None:
    clock, processor = time.monotonic(), time.process_time()
    found, bound = method(problem, seconds)
    sender.send(
        Line(
            urgent=found.urgent,
            served=len({visit for visit, _, _ in found.pairings}),
            value=found.value,
            bound=bound,
            processor=time.process_time() - processor,
            clock=time.monotonic() - clock,
            megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )
    )


if __name__ == "__main__":
    sys.exit(main())

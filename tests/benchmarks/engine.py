"""The engine beside the alternatives, on the same invented problem, in the same run.

`python3 -m app bench engine [--size S|D|M|L] [--seed N] [--time-limit SECONDS]`. Every method runs in a process of
its own; seconds are wall time without making the problem, memory is that process's peak with the problem in it.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

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
    """This engine; its result is checked by its referee where that is quick."""
    result = solve(problem, time_limit_seconds=seconds)
    if len(problem.visits) < 1_000:
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


def main(argv: Sequence[str] | None = None) -> int:
    """Runs every method that suits the size and prints one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="S")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=60.0)
    options = parser.parse_args(argv)
    volunteers, requests, areas, districts = SIZES[options.size]
    problem = generate(
        volunteers=volunteers,
        requests=requests,
        areas=areas,
        districts=districts,
        seed=options.seed,
        pins=requests // 20,
    )
    solve(generate(volunteers=200, requests=60, areas=4, seed=1))
    pairs = len(candidates_of(problem).pairs.option)
    print(
        f"{options.size}: {volunteers} volunteers, {requests} requests, {len(problem.visits)} visits, {pairs} pairs"
    )
    methods: list[Method] = [first_come, by_priority, scarcest_first, min_cost_flow_of_seats]
    if pairs <= WHOLE_MODEL_PAIRS:
        methods.append(whole_model)
    if pairs <= REFEREE_PAIRS:
        methods.append(constraint_programming)
    print(
        f"{'method':<24}{'urgent':>7}{'served':>7}{'value':>12}{'bound':>12}{'gap %':>9}{'seconds':>9}{'MB':>7}"
    )
    for method in [*methods, engine]:
        print(_measured(method, problem, options.time_limit), flush=True)
    return 0


def _measured(method: Method, problem: Problem, seconds: float) -> str:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(method, problem, seconds, sender)
    )
    process.start()
    sender.close()
    try:
        return str(receiver.recv())
    except EOFError:
        return f"{method.__name__:<24} ended without an answer"
    finally:
        process.join()


def _run(method: Method, problem: Problem, seconds: float, sender: Connection) -> None:
    began = time.monotonic()
    found, bound = method(problem, seconds)
    took = time.monotonic() - began
    served = len({visit for visit, _, _ in found.pairings})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    gap = "" if not bound else f"{100 * (bound - found.value) / bound:.4f}"
    name = f"{method.__name__:<24}{found.urgent:>7}{served:>7}"
    sender.send(f"{name}{found.value:>12}{bound or '':>12}{gap:>9}{took:>9.1f}{memory:>7}")


if __name__ == "__main__":
    sys.exit(main())

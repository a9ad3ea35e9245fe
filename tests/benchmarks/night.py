"""`python3 -m app bench night`: the night from database to proposals, beside first-come greedy on the same problem.

Seconds are wall clock; memory is the peak of the process that does the work, in MiB. First-come greedy takes visits in
the order in which they were asked for and gives each the first people, by code, whom every rule lets go.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from app.factory import create_app
from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.ledger import claim_night, morning_due, owe_night
from app.matching.night import run_night
from app.matching.translate import horizon_start, snapshot
from app.shared.database import Database
from app.shared.times import utc_now
from config import NIGHT_AT, Config
from tests.benchmarks._installation import bench_config, make_district, show_table

HEADINGS = ("method", "urgent", "covered", "value", "bound", "gap", "seconds", "MiB")
Measured = tuple[int, int, int, int | None, float]
"""Urgent visits served, visits covered, value, bound (if the method has one), seconds."""


def whole_night(config: Config) -> Measured:
    """The night as the scheduler runs it: plan the needs, snapshot, solve, verify, write proposals with reasons."""
    database: Database = create_app(config).extensions["database"]
    began = time.perf_counter()
    morning = morning_due(utc_now(), NIGHT_AT)
    database.in_transaction(lambda session: owe_night(session, morning, due_at=utc_now()))
    claim = database.in_transaction(lambda session: claim_night(session, morning))
    summary = run_night(database, claim, clock=utc_now, time_limit_seconds=config.night_seconds)
    seconds = time.perf_counter() - began
    return summary.urgent_served, summary.covered, summary.value, summary.bound, seconds


def first_come_greedy(config: Config) -> Measured:
    """The same needs and people, in the order of asking, without looking ahead."""
    database: Database = create_app(config).extensions["database"]
    began = time.perf_counter()
    with database.snapshot() as session:
        problem = snapshot(session, horizon_start(morning_due(utc_now(), NIGHT_AT))).problem
    pairings = greedy(problem)
    seconds = time.perf_counter() - began
    served = {visit for visit, _volunteer, _option in pairings}
    urgent = sum(problem.visit(visit).urgent for visit in served)
    return urgent, len(served), engine.value_of(problem, pairings), None, seconds


def greedy(problem: Problem) -> list[Pin]:
    """A valid plan: each visit, longest waiting first, at the first option at which the first people make a team."""
    held: dict[str, list[Pin]] = defaultdict(list)
    plan: list[Pin] = []
    for visit in sorted(problem.visits, key=lambda visit: (-visit.waiting_days, visit.id)):
        for option in range(len(visit.options)):
            team = first_team(problem, visit, option, held)
            if team:
                for volunteer in team:
                    held[volunteer.id].append((visit.id, volunteer.id, option))
                plan += [(visit.id, volunteer.id, option) for volunteer in team]
                break
    return plan


def first_team(
    problem: Problem, visit: engine.Visit, option: int, held: dict[str, list[Pin]]
) -> list[engine.Volunteer]:
    """The first people who may go and together serve the visit; empty when there are none."""
    team: list[engine.Volunteer] = []
    for volunteer in problem.volunteers:
        if not engine.is_eligible(volunteer, visit, visit.options[option], problem.starts_on):
            continue
        if engine.broken_plan_rules(problem, held[volunteer.id], visit.id, volunteer.id, option):
            continue
        team.append(volunteer)
        if not engine.broken_team_rules(visit, team):
            return team
        if len(team) == visit.seats[1]:
            team.pop()
    return []


METHODS = {"first-come greedy": first_come_greedy, "the night": whole_night}


def measured_apart(method: str, config: Config) -> list[str]:
    """A method's line, measured in a process of its own so that its memory is its own."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_measure, args=(method, config, sender))
    process.start()
    sender.close()
    (urgent, covered, value, bound, seconds), memory = receiver.recv()
    process.join()
    return [
        method,
        str(urgent),
        str(covered),
        f"{value:,}",
        "" if bound is None else f"{bound:,}",
        "" if bound is None else f"{100 * (bound - value) / max(1, bound):.4f} %",
        f"{seconds:.1f}",
        f"{memory:.0f}",
    ]


def _measure(method: str, config: Config, sender: Connection) -> None:
    measured = METHODS[method](config)
    sender.send((measured, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main(argv: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench night")
    parser.add_argument("--volunteers", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="vu-bench-") as folder:
        config = bench_config(Path(folder))
        make_district(
            config, volunteers=options.volunteers, requests=options.requests, seed=options.seed
        ).dispose()
        night = measured_apart("the night", config)
        rows = [measured_apart("first-come greedy", config), night]
    show_table(
        f"The night, {options.volunteers:,} volunteers and {options.requests:,} requests, seed {options.seed}",
        HEADINGS,
        rows,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

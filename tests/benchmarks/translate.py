"""`python3 -m app bench translate [--volunteers N] [--requests N]`: from the tables to the engine's problem, alone.

Beside it, in the same run on the same tables, what reading the volunteers as objects with their lists costs before any
of them is translated. Seconds are processor time of the best of three; memory is the peak of what Python allocated, in
MiB, in a fourth time. Each way runs in a process of its own.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session, selectinload

from app.care_requests.queries.occurrences import open_request_ids
from app.care_requests.use_cases.planning import plan_occurrences
from app.factory import create_app
from app.matching.ledger import morning_due
from app.matching.translate import HORIZON_DAYS, horizon_start, snapshot
from app.shared.database import Database
from app.shared.times import utc_now
from app.volunteers.models import Volunteer, VolunteerStatus
from config import NIGHT_AT, Config
from tests.benchmarks._installation import bench_config, make_district, show_table

HEADINGS = ("way", "volunteers", "visits", "questions", "seconds", "MiB")
PLANNED_AT_ONCE = 500
TIMES = 3

Way = Callable[[Session, date], tuple[int, int]]


def as_columns(session: Session, starts_on: date) -> tuple[int, int]:
    """What the night does: the whole problem, volunteers and visits, checked and ready."""
    problem = snapshot(session, starts_on).problem
    return len(problem.volunteers), len(problem.visits)


def as_objects(session: Session, _starts_on: date) -> tuple[int, int]:
    """The volunteers alone, as objects with their lists, and nothing done with them."""
    people = session.scalars(
        select(Volunteer)
        .where(Volunteer.status == VolunteerStatus.ACTIVE)
        .options(
            selectinload(Volunteer.areas),
            selectinload(Volunteer.languages),
            selectinload(Volunteer.skills),
            selectinload(Volunteer.inabilities),
            selectinload(Volunteer.preferences),
            selectinload(Volunteer.free_times),
            selectinload(Volunteer.dates_away),
        )
    ).all()
    return len(people), 0


WAYS = {"the problem, by columns": as_columns, "volunteers alone, as objects": as_objects}


def plan(database: Database, starts_on: date) -> None:
    """The needs of the horizon, as the night plans them before its snapshot."""
    with database.reading() as session:
        requests = open_request_ids(session)
    for start in range(0, len(requests), PLANNED_AT_ONCE):
        chunk = requests[start : start + PLANNED_AT_ONCE]
        database.in_transaction(
            partial(
                plan_occurrences, starts_on=starts_on, days=HORIZON_DAYS, now=utc_now(), request_ids=chunk
            )
        )


def measured_apart(way: str, config: Config, starts_on: date) -> list[str]:
    """A line of the table, measured in a process of its own."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_measure, args=(way, config, starts_on, sender)
    )
    process.start()
    sender.close()
    (people, visits), questions, seconds, memory = receiver.recv()
    process.join()
    return [
        way,
        f"{people:,}",
        f"{visits:,}" if visits else "",
        str(questions),
        f"{seconds:.2f}",
        f"{memory:.0f}",
    ]


def _measure(way: str, config: Config, starts_on: date, sender: Connection) -> None:
    database: Database = create_app(config).extensions["database"]
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    seconds = []
    for _ in range(TIMES):
        asked.clear()
        with database.snapshot() as session:
            began = time.process_time()
            found = WAYS[way](session, starts_on)
            seconds.append(time.process_time() - began)
    tracemalloc.start()
    with database.snapshot() as session:
        WAYS[way](session, starts_on)
    sender.send((found, len(asked), min(seconds), tracemalloc.get_traced_memory()[1] / 2**20))


def main(argv: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench translate")
    parser.add_argument("--volunteers", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    starts_on = horizon_start(morning_due(utc_now(), NIGHT_AT))
    with tempfile.TemporaryDirectory(prefix="vu-bench-") as folder:
        config = bench_config(Path(folder))
        database = make_district(
            config, volunteers=options.volunteers, requests=options.requests, seed=options.seed
        )
        plan(database, starts_on)
        database.dispose()
        rows = [measured_apart(way, config, starts_on) for way in WAYS]
    show_table(
        f"Tables to problem, {options.volunteers:,} volunteers and {options.requests:,} requests",
        HEADINGS,
        rows,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python3 -m app simulate`: weeks of the service in minutes, by the real jobs on a moved clock."""

import argparse
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import structlog
from flask import Flask

import config as settings
from app.cli import ProgressLine, say
from app.demo.building import Sizes, write_settings
from app.factory import create_app
from app.messages.models import Channel
from app.shared.database import Database
from app.shared.migrations import migrate
from app.shared.times import hong_kong_date, monday_of, utc_now
from app.simulation.building import begin, run_owed_night
from app.simulation.phones import Phones
from app.simulation.showing import faults_found, table
from app.simulation.weeks import Progress, Weeks
from config import Config
from scheduler.ticking import Ticker

NIGHT_SECONDS = 20.0
ROOM = 2 * 1024**3
"""Bytes that 13 weeks of the demonstration's district do not fill."""


class NightHere:
    """The night's process, as the ticker sees it: it ran in this one and is over."""

    pid = 0
    returncode = 0

    def poll(self) -> int:
        """Its exit code."""
        return self.returncode


def simulate(
    app: Flask, config: Config, database: Database, sizes: Sizes, first: date, days: int, progress: Progress
) -> Weeks:
    """So many days from `first` in a new district on `database`, which is migrated and empty."""

    def jobs(phones: Phones, clock: Callable[[], datetime]) -> Callable[[], None]:
        def night() -> "subprocess.Popen[bytes]":
            run_owed_night(database, config, clock)
            return cast("subprocess.Popen[bytes]", NightHere())

        ticker = Ticker(app, config, database, clock=clock, start_night=night)
        ticker.channels = {Channel.SMS: phones, Channel.EMAIL: phones}
        return ticker.tick

    weeks = begin(database, config, sizes, first, jobs, progress)
    gc.freeze()  # what is loaded by now stays, and is not looked through again and again
    with listening_for_failures(weeks.world.faults):
        weeks.run(first, days, progress)
    return weeks


def roomy_memory() -> Path | None:
    """A folder in memory with room for the weeks' database, if this machine has one: nothing of them is kept."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of an unguessable name is made in it)
    is_roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return memory if is_roomy else None


@contextmanager
def listening_for_failures(faults: list[str]) -> Iterator[None]:
    """Within: a job that fails is a fault; what else the scheduler logs is not wanted."""

    def hear(_logger: object, _method: str, event: Any) -> Any:
        if event["event"] == "tick failed":
            faults.append(f"the job {event['part']} failed: {sys.exc_info()[1]!r}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[hear])
    try:
        yield
    finally:
        structlog.configure(**before)


def main(argv: Sequence[str]) -> int:
    """Run the weeks in a temporary folder and print what they came to; 1 when something must not have happened."""
    parser = argparse.ArgumentParser(prog="python3 -m app simulate", description=__doc__)
    parser.add_argument("--weeks", type=int, default=13)
    parser.add_argument("--volunteers", type=int, default=Sizes.volunteers)
    parser.add_argument("--requests", type=int, default=Sizes.requests)
    parser.add_argument("--seed", type=int, default=Sizes.seed)
    parser.add_argument(
        "--from", dest="first", type=date.fromisoformat, help="the first day (the next Monday)"
    )
    parser.add_argument(
        "--night-seconds", type=float, default=NIGHT_SECONDS, help="the engine's deadline each night"
    )
    options = parser.parse_args(argv)
    began = time.perf_counter()
    line = ProgressLine()
    first = options.first or monday_of(hong_kong_date(utc_now())) + timedelta(days=7)
    sizes = Sizes(options.volunteers, options.requests, options.seed)
    with tempfile.TemporaryDirectory(prefix="vu-simulation-", dir=roomy_memory()) as folder:
        write_settings(Path(folder), port=0)
        config = settings.demonstration(Path(folder)).with_changes(
            night_seconds=options.night_seconds,
            quiet_from=settings.QUIET_FROM,
            quiet_until=settings.QUIET_UNTIL,
        )
        app = create_app(config)
        database: Database = app.extensions["database"]
        migrate(database)
        weeks = simulate(app, config, database, sizes, first, 7 * options.weeks, line.show)
        found = faults_found(weeks)
        for text in table(weeks, first, found, seconds=time.perf_counter() - began):
            say(text)
        database.dispose()
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python3 -m app bench kills`: an evening of the visits' life, killed (SIGKILL) at every commit and send in turn.

Each time another process goes on; the end must be that of an evening that nobody killed, on both databases. `--every N`
takes each N-th point only.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from app.shared.secrets import install_keyring
from tests.attacks.evening import begin, go_on, what_stands
from tests.benchmarks._installation import show_table
from tests.conftest import KEYS
from tests.databases import KINDS, Databases, make_run_folder, remove_run_folder
from tests.rooms import rooms_together

HEADINGS = ("database", "points", "killed", "other ends", "letters twice", "seconds")


def in_a_child(folder: Path, point: int) -> int:
    """The exit status of a child process that goes on, as `os.waitpid` gives it."""
    child = os.fork()
    if child == 0:
        try:
            chances = go_on(folder, point)
            (folder / "chances").write_text(str(chances))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def killed_everywhere(databases: Databases, kind: str, folder: Path, every: int) -> list[str]:
    """A line of the table."""
    began = time.perf_counter()
    expected, points, killed, others, twice = None, 0, 0, 0, 0
    point, chances = 0, 1
    while point <= chances:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with databases.fresh(kind) as database:
            begin(database, folder)
            database.dispose()
            if point:
                points += 1
                killed += in_a_child(folder, point) == signal.SIGKILL
            if in_a_child(folder, 0) != 0:
                raise RuntimeError(f"the evening cannot be finished after point {point}")
            stands = what_stands(database, folder)
        ids = (folder / "letters").read_text().splitlines()
        twice += len(ids) - len(set(ids))
        if expected is None:
            expected, chances = stands, int((folder / "chances").read_text())
        elif stands != expected:
            others += 1
            for name, rows in stands.items():
                for row in (rows - expected[name]) + (expected[name] - rows):
                    sys.stdout.write(f"point {point} on {kind}, {name}: {row}\n")
        point += every
    row = (points, killed, others, twice, round(time.perf_counter() - began))
    return [kind, *(str(value) for value in row)]


def main(argv: Sequence[str]) -> int:
    """Print the table; 1 when an end differs."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench kills")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--database", choices=KINDS, action="append")
    options = parser.parse_args(argv)
    install_keyring(KEYS)
    run = make_run_folder()
    with ExitStack() as stack:
        stack.callback(remove_run_folder, run)
        databases = Databases(run, "main")
        stack.callback(databases.close)
        stack.enter_context(rooms_together())
        rows = [
            killed_everywhere(databases, kind, run / "evening", options.every)
            for kind in options.database or KINDS
        ]
    show_table("An evening, killed at every commit and send", HEADINGS, rows)
    return 1 if any(row[3] != "0" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the benchmarks of the service share: an installation in a temporary folder, and a table on the terminal."""

import sys
from collections.abc import Sequence
from pathlib import Path

import config as settings
from app.demo.building import write_settings
from app.demo.district import fill
from app.factory import create_app
from app.shared.database import Database
from app.shared.migrations import migrate
from app.shared.times import utc_now
from config import Config


def bench_config(folder: Path, *, port: int = 0) -> Config:
    """Settings of an installation on SQLite in `folder`, over http on `port` of 127.0.0.1, as the demonstration's."""
    write_settings(folder, port=port)
    return settings.demonstration(folder)


def make_district(config: Config, *, volunteers: int, requests: int, seed: int) -> Database:
    """The database of `config`, migrated and filled with invented people; every room wired."""
    database: Database = create_app(config).extensions["database"]
    migrate(database)
    fill(
        database,
        volunteers=volunteers,
        requests=requests,
        seed=seed,
        now=utc_now(),
        progress=lambda _stage, _done, _total: None,
    )
    return database


def show_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    lines = [title]
    for row in (headings, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

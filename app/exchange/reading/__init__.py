"""The one way in for tables: a file's bytes become rows of text under known headings, or a clear refusal."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.exchange import errors
from app.exchange.errors import HeadingTwice, NoHeadings, ReadingTookTooLong, UnreadableFile
from app.exchange.reading.child import SECONDS, Sheet
from app.shared.words import folded

ROOT = Path(__file__).resolve().parents[3]
SAFE_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OPENPYXL_DEFUSEDXML": "True",
    "OPENPYXL_LXML": "False",
    "PYTHONUTF8": "1",
}
ROWS_BEFORE_HEADINGS = 30
"""How far down the headings are looked for."""
ESCAPED = "=+-@\t\r＝＋－＠"
"""What our own writer puts an apostrophe before."""


@dataclass(frozen=True)
class Column:
    """A column that is understood: its key, the headings it goes by, and whether a table is none without it."""

    key: str
    headings: tuple[str, ...]
    is_needed: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table: its number in the file, from 1, and its cells as text by column key (never missing)."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """What a file holds under the headings that are known."""

    rows: tuple[Row, ...]
    headings: Mapping[str, str]
    """Key → the heading as the file has it."""
    unknown: tuple[str, ...] = ()
    """Headings that nobody knows; their columns are left out."""
    other_sheets: tuple[str, ...] = field(default=())
    """Sheets that hold something and were not read."""


def read_table(data: bytes, columns: Sequence[Column]) -> Table:
    """The table in a CSV or XLSX file. Raises a subclass of UnreadableFile; never anything else for any bytes."""
    sheets = _sheets_read_apart(data)
    tables = [(sheet, table) for sheet in sheets if (table := _table_of(sheet, columns)) is not None]
    if not tables:
        best = max(
            (_headings_of(row, columns) for sheet in sheets for row in _first_rows(sheet)),
            key=len,
            default={},
        )
        missing = [column.headings[0] for column in columns if column.is_needed and column.key not in best]
        raise NoHeadings(missing="、".join(missing))
    chosen, table = tables[0]
    others = tuple(str(sheet["name"]) for sheet in sheets if sheet is not chosen and sheet["name"])
    return Table(table.rows, table.headings, table.unknown, others)


def _sheets_read_apart(data: bytes) -> list[Sheet]:
    command = [sys.executable, "-m", "app.exchange.reading.child"]
    try:
        done = subprocess.run(  # noqa: S603 (our own module, started with this very Python)
            command,
            input=data,
            capture_output=True,
            timeout=SECONDS + 10,
            env=SAFE_ENVIRONMENT,
            cwd=ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReadingTookTooLong from None
    if done.returncode != 0:
        raise ReadingTookTooLong
    answer = json.loads(done.stdout)
    if "refused" in answer:
        kind: type[UnreadableFile] = getattr(errors, answer["refused"])
        raise kind(**answer["facts"])
    sheets: list[Sheet] = answer["sheets"]
    return sheets


def _first_rows(sheet: Sheet) -> list[list[str]]:
    rows: list[list[str]] = sheet["rows"]
    return rows[:ROWS_BEFORE_HEADINGS]


def _table_of(sheet: Sheet, columns: Sequence[Column]) -> Table | None:
    """The sheet under its headings: the first row that has every needed one, title rows above left out."""
    needed = {column.key for column in columns if column.is_needed}
    meanings = enumerate(_headings_of(row, columns) for row in _first_rows(sheet))
    place, places = next(((place, places) for place, places in meanings if needed <= places.keys()), (-1, {}))
    if place < 0:
        return None
    row = sheet["rows"][place]
    known = set(places.values())
    unknown = tuple(cell for position, cell in enumerate(row) if cell and position not in known)
    rows = tuple(
        Row(number, {column.key: _cell(cells, places.get(column.key)) for column in columns})
        for number, cells in enumerate(sheet["rows"][place + 1 :], start=place + 2)
        if any(_cell(cells, position) for position in known)
    )
    return Table(rows, {key: row[position] for key, position in places.items()}, unknown)


def _headings_of(row: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Column key → position, for the headings of a row that are known. Raises HeadingTwice."""
    meanings = {_plain(heading): column.key for column in columns for heading in column.headings}
    places: dict[str, int] = {}
    for position, cell in enumerate(row):
        key = meanings.get(_plain(cell))
        if key is None:
            continue
        if key in places:
            raise HeadingTwice(heading=cell)
        places[key] = position
    return places


def _plain(heading: str) -> str:
    """A heading without what people decorate it with: 聯絡電話： and 聯絡電話* are 聯絡電話."""
    return folded(heading).strip(":*#.。﹡∕/")


def _cell(cells: Sequence[str], position: int | None) -> str:
    text = cells[position].strip() if position is not None and position < len(cells) else ""
    return text[1:] if text[:1] == "'" and text[1:].lstrip()[:1] in ESCAPED and text[1:].strip() else text

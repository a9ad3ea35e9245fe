"""Reads one file and prints it as JSON: run as a process of its own, with little memory and little time.

    python -m app.exchange.reading.child  < file  > {"sheets": [...]} or {"refused": ..., "facts": {...}}

What a file may do to its reader stays in here.
"""

import contextlib
import csv
import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

MEMORY_BYTES = 1024**3
SECONDS = 20
MOST_BYTES = 10 * 1024**2
MOST_ROWS = 5000
MOST_COLUMNS = 200
MOST_SHEETS = 20
MOST_MEMBERS = 500
LARGEST_MEMBER = 60 * 1024**2
LONGEST_CELL = 20_000
MOST_CELLS = 300_000
"""Of a sheet: some two seconds' reading for every fifty thousand."""
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")

ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCODINGS = ("utf-8", "big5hkscs", "cp950", "gb18030")
"""Tried in this order. What fits UTF-8 is UTF-8; the others fit more than was meant."""
DELIMITERS = (",", "\t", ";", "|")

Sheet = dict[str, Any]
"""{"name": str, "rows": [[str]]}: every row from the first on, cells as text."""


class Refused(Exception):
    """Why the file is not read: the name of a refusal in app.exchange.errors, and its facts."""

    def __init__(self, name: str, **facts: object) -> None:
        super().__init__(name)
        self.name = name
        self.facts = facts


def main() -> None:
    """Read standard input, write standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        answer: dict[str, Any] = {"sheets": sheets_of(sys.stdin.buffer.read(MOST_BYTES + 1))}
    except Refused as refused:
        answer = {"refused": refused.name, "facts": refused.facts}
    except MemoryError:
        answer = {"refused": "ReadingTookTooLong", "facts": {}}
    sys.stdout.write(json.dumps(answer))


def sheets_of(data: bytes) -> list[Sheet]:
    """The sheets of a file that hold anything. Raises Refused."""
    if len(data) > MOST_BYTES:
        raise Refused("FileTooLarge", what="bytes", most=MOST_BYTES)
    if not data.strip():
        raise Refused("EmptyFile")
    if data.startswith(OLE_START):
        raise Refused("LockedFile" if b"E\0n\0c\0r\0y\0p\0t" in data else "OldSpreadsheet")
    sheets = _workbook(data) if data.startswith(ZIP_START) else [_text_table(text) for text in _decoded(data)]
    sheets = [sheet for sheet in sheets if any(any(row) for row in sheet["rows"])]
    if not sheets:
        raise Refused("EmptyFile")
    return sheets


def _text_table(text: str) -> Sheet:
    if "\0" in text:
        raise Refused("NotATable")
    delimiter = _delimiter(text)
    try:
        rows = _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False))
    except csv.Error:
        raise Refused("NotATable") from None
    return {"name": "", "rows": [[cell.strip() for cell in row] for row in rows]}


def _decoded(data: bytes) -> list[str]:
    """The text; more than one when several encodings fit every byte: the headings tell which was meant."""
    if data.startswith(b"\xef\xbb\xbf"):
        return [_strictly(data, "utf-8-sig")]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return [_strictly(data, "utf-16")]
    some = data[:2000]
    if some.count(0) > len(some) // 4:
        return [_strictly(data, "utf-16-le" if some[1::2].count(0) >= some[::2].count(0) else "utf-16-be")]
    texts = []
    for encoding in ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            texts.append(data.decode(encoding))
            if encoding == "utf-8":
                break
    if not texts:
        raise Refused("UnknownCharacters")
    return list(dict.fromkeys(texts))


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("UnknownCharacters") from None


def _delimiter(text: str) -> str:
    """The delimiter that makes the largest even table of the first lines."""
    some = text[:50_000]

    def size(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(some, newline=""), delimiter=delimiter)
        widths = [len(row) for row in rows if len(row) > 1]
        return max((widths.count(width) * (width - 1) for width in set(widths)), default=0)

    try:
        return max(DELIMITERS, key=size)
    except csv.Error:
        raise Refused("NotATable") from None


def _workbook(data: bytes) -> list[Sheet]:
    _check_members(data)
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("defusedxml is not in use")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        chosen = [sheet for sheet in book.worksheets[:MOST_SHEETS] if sheet.sheet_state == "visible"]
        return [_sheet(sheet) for sheet in chosen]
    except (Refused, MemoryError):
        raise
    except Exception as error:  # a damaged file fails inside the library in any way it likes
        raise Refused("NotATable") from error


def _check_members(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refused("NotATable") from None
    if any(member.flag_bits & 1 for member in members):
        raise Refused("LockedFile")
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise Refused("NotATable")
    is_too_large = len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST_MEMBER
    if is_too_large:
        raise Refused("FileTooLarge", what="bytes", most=LARGEST_MEMBER)
    _count_cells(data)


def _count_cells(data: bytes) -> None:
    """Raises Refused for more cells than could be read in time: counting them takes a moment, reading them minutes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.filename.startswith("xl/worksheets/"):
                    cells = len(CELL.findall(archive.read(member)))
                    if cells > MOST_CELLS:
                        raise Refused("FileTooLarge", what="cells", most=MOST_CELLS)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
        raise Refused("NotATable") from None


def _sheet(sheet: Any) -> Sheet:
    rows = _bounded(sheet.iter_rows(values_only=True), is_padded=True)
    cells = [[_text(value) for value in row] for row in rows]
    for span in sheet.merged_cells.ranges:
        if span.min_row <= len(cells) and span.min_col <= len(cells[span.min_row - 1]):
            _fill_down(cells, span)
    return {"name": sheet.title, "rows": cells}


def _fill_down(cells: list[list[str]], span: Any) -> None:
    """A cell merged over several rows says the same for each of them; over several columns it stands in the first."""
    value = cells[span.min_row - 1][span.min_col - 1]
    for row in cells[span.min_row : span.max_row]:
        row.extend([""] * (span.min_col - len(row)))
        row[span.min_col - 1] = value


def _bounded(rows: Iterable[Any], *, is_padded: bool = False) -> list[list[Any]]:
    """The rows, empty ones at the end left out. Raises Refused for more than are taken."""
    taken: list[list[Any]] = []
    last = 0
    for number, row in enumerate(rows, start=1):
        cells = list(row)
        while is_padded and cells and cells[-1] in (None, ""):
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Refused("FileTooLarge", what="columns", most=MOST_COLUMNS)
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in cells):
            raise Refused("FileTooLarge", what="characters", most=LONGEST_CELL)
        taken.append(cells)
        if any(cell not in (None, "") for cell in cells):
            last = number
        if last > MOST_ROWS or number > 20 * MOST_ROWS:
            raise Refused("FileTooLarge", what="rows", most=MOST_ROWS)
    return taken[:last]


def _text(value: object) -> str:
    """A cell as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


if __name__ == "__main__":
    main()

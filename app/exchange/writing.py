"""The one way out for tables: CSV and XLSX that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import PurePath
from typing import IO

import openpyxl

FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
LONGEST_XLSX_CELL = 32_767

Value = str | int | float | date | None


def escaped(text: str) -> str:
    """`text` with an apostrophe before it when a spreadsheet might take it for a formula, after spaces too."""
    return f"'{text}" if text.lstrip(" \u3000\n")[:1] in FORMULA_STARTS and text.strip() else text


def write_csv(file: IO[str], headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> int:
    """Write a table to a text file opened with newline="": a byte order mark, headings, rows. The number of rows."""
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow([escaped(heading) for heading in headings])
    count = 0
    for row in rows:
        writer.writerow([_text(value) for value in row])
        count += 1
    return count


def write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> int:
    """Write a workbook of one sheet to a binary file. The number of rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([escaped(heading) for heading in headings])
    count = 0
    for row in rows:
        sheet.append([_cell(value) for value in row])
        count += 1
    book.save(file)
    return count


def table_bytes(
    suffix: str, headings: Sequence[str], rows: Iterable[Sequence[Value]]
) -> tuple[bytes, str, int]:
    """A table as ".csv" or ".xlsx": its bytes, media type and number of rows. Raises ValueError for another suffix."""
    if suffix == ".xlsx":
        book = io.BytesIO()
        count = write_xlsx(book, headings, rows)
        return book.getvalue(), XLSX_TYPE, count
    if suffix == ".csv":
        text = io.StringIO(newline="")
        count = write_csv(text, headings, rows)
        return text.getvalue().encode(), CSV_TYPE, count
    raise ValueError(suffix)


def suffix_of(name: str) -> str:
    """ ".csv" or ".xlsx" of a file's name, whatever its letter case; "" for any other."""
    suffix = PurePath(name).suffix.casefold()
    return suffix if suffix in (".csv", ".xlsx") else ""


def _text(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return escaped(value) if isinstance(value, str) else value


def _cell(value: Value) -> str | int | float | None:
    text = _text(value)
    return text[:LONGEST_XLSX_CELL] if isinstance(text, str) else text

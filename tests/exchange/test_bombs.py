"""Files that are meant to fill the memory, take for ever, or read what is not theirs: refused, quickly, by name."""

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from app.exchange import errors
from app.exchange.reading import Column, read_table
from app.exchange.reading.child import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from tests.visitor import Opened, Visitor

COLUMNS = (Column("name", ("姓名",), is_needed=True),)
SHEET = "xl/worksheets/sheet1.xml"
START = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{dimension}<sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'
)
END = "</sheetData>{merged}</worksheet>"
PATIENCE_SECONDS = 60
"""Several times what the reader's process may take, for machines that are busy."""


def with_sheet(xml: str | bytes) -> bytes:
    """A workbook as a spreadsheet program writes it, its sheet replaced."""
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    made = io.BytesIO()
    with (
        zipfile.ZipFile(book) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after,
    ):
        for member in before.infolist():
            after.writestr(member.filename, xml if member.filename == SHEET else before.read(member))
    return made.getvalue()


def of_cells(rows: int, columns: int) -> bytes:
    """A sheet of so many numbers under its heading."""
    row = "<c><v>1</v></c>" * columns
    cells = "".join(f'<row r="{number + 2}">{row}</row>' for number in range(rows))
    return with_sheet(START.format(dimension="") + cells + END.format(merged=""))


def lying_about_its_size() -> bytes:
    """A member that says it is small and swells to 59 MiB."""
    data = bytearray(with_sheet(START.format(dimension="") + " " * 59 * 1024**2 + END.format(merged="")))
    small = struct.pack("<L", 1000)
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        member = archive.getinfo(SHEET)
    data[member.header_offset + 22 : member.header_offset + 26] = small
    entry = data.rindex(SHEET.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 24 : entry + 28] = small
    return bytes(data)


def an_outside_entity(file: Path) -> bytes:
    """A sheet that asks its reader to put `file` into a cell."""
    doctype = f'<!DOCTYPE worksheet [<!ENTITY it SYSTEM "{file.as_uri()}">]>'
    cell = '<row r="2"><c r="A2" t="inlineStr"><is><t>&it;</t></is></c></row>'
    return with_sheet(doctype + START.format(dimension="") + cell + END.format(merged=""))


BOMBS: dict[str, tuple[Callable[[], bytes], type[errors.UnreadableFile]]] = {
    "10 MiB of commas": (lambda: b"," * MOST_BYTES, errors.FileTooLarge),
    "10 MiB of lines": (lambda: b"\n" * (MOST_BYTES - 1) + b"x", errors.FileTooLarge),
    "2 MiB of empty rows": (lambda: (b"," * 99 + b"\n") * 20_000, errors.UnreadableFile),
    "10 MiB in quotes": (lambda: b'"' + b"x" * (MOST_BYTES - 1), errors.UnreadableFile),
    "a million cells in long rows": (lambda: of_cells(500, 2000), errors.FileTooLarge),
    "a million cells in many rows": (lambda: of_cells(250_000, 4), errors.FileTooLarge),
    "a sheet that swells": (lambda: with_sheet(b" " * 70 * 1024**2), errors.FileTooLarge),
    "a size that is a lie": (lying_about_its_size, errors.UnreadableFile),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_by_name_before_anybody_waits_long(bomb: str) -> None:
    make, refusal = BOMBS[bomb]
    data = make()
    assert len(data) <= MOST_BYTES
    began = time.monotonic()
    with pytest.raises(refusal):
        read_table(data, COLUMNS)
    assert time.monotonic() - began < PATIENCE_SECONDS


def test_as_many_cells_as_are_taken_are_read() -> None:
    table = read_table(of_cells(MOST_ROWS // 5, MOST_COLUMNS // 4), COLUMNS)
    assert len(table.rows) == MOST_ROWS // 5


def test_a_sheet_that_claims_to_be_endless_is_read_for_what_it_holds() -> None:
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>陳大文</t></is></c></row>'
    xml = START.format(dimension='<dimension ref="A1:XFD1048576"/>') + row + END.format(merged="")
    assert [row.cells["name"] for row in read_table(with_sheet(xml), COLUMNS).rows] == ["陳大文"]


def test_an_outside_entity_brings_nothing_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not theirs to read")
    with pytest.raises(errors.UnreadableFile) as refused:
        read_table(an_outside_entity(secret), COLUMNS)
    assert "not theirs" not in str(refused.value.facts)


@pytest.mark.database("sqlite")
def test_a_bomb_on_the_page_is_an_error_beside_its_field(desk: Visitor) -> None:
    for bomb in (b"," * 300_000, of_cells(400, 1000)):
        page = desk.opens("/imports")
        fields = {**page.hidden, "kind": "volunteers", "file": (io.BytesIO(bomb), "people.csv")}
        answer = Opened(desk.client.post("/imports", data=fields))
        assert answer.status == 422
        assert answer.errors["file"] == "This file is too large. Please send it in parts."

"""Files as programmes keep them, and files that are meant badly."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.exchange import errors
from app.exchange.reading import Column, Table, read_table
from app.exchange.reading.child import MOST_ROWS, Refused, sheets_of

COLUMNS = (
    Column("name", ("姓名", "Name"), is_needed=True),
    Column("phone", ("聯絡電話", "Telephone")),
    Column("born", ("出生日期", "Born")),
)


def read(data: bytes) -> Table:
    return read_table(data, COLUMNS)


def cells(table: Table) -> list[tuple[str, str, str]]:
    return [(row.cells["name"], row.cells["phone"], row.cells["born"]) for row in table.rows]


def workbook(
    *rows: list[object], title: str = "名冊", more: dict[str, list[list[object]]] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, others in (more or {}).items():
        other = book.create_sheet(name)
        for row in others:
            other.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


TEXT = "姓名,聯絡電話\n陳大文,9123 4567\n李小明,2345 6789\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "big5", "big5hkscs", "cp950", "utf-16", "utf-16-le"]
)
def test_every_encoding_of_such_files_is_read(encoding: str) -> None:
    assert cells(read(TEXT.encode(encoding))) == [("陳大文", "9123 4567", ""), ("李小明", "2345 6789", "")]


def test_simplified_files_of_the_mainland_kind_are_read() -> None:
    assert cells(read("姓名,联络电话\n张三丰,9123\n".encode("gb18030")))[0][0] == "张三丰"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f'姓名{delimiter}聯絡電話\n"陳大文"{delimiter}"91234567"\n'
    assert cells(read(text.encode())) == [("陳大文", "91234567", "")]


def test_title_rows_decorated_headings_and_unknown_columns() -> None:
    text = "義工名冊,,\n更新日期：2026年11月,,\n\n＊姓名：,喜好,TELEPHONE*\n陳大文,行山,91234567\n,,\n"
    table = read(text.replace("＊", "*").encode())
    assert cells(table) == [("陳大文", "91234567", "")]
    assert table.rows[0].number == 5
    assert table.unknown == ("喜好",)


def test_cells_over_several_lines_and_quotes() -> None:
    table = read('姓名,聯絡電話\n"陳大文\n又名阿文","9123 ""4567"""\n'.encode())
    assert cells(table) == [("陳大文\n又名阿文", '9123 "4567"', "")]


def test_a_workbook_with_dates_numbers_and_merged_cells() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(
                ["名冊"],
                ["姓名", "聯絡電話", "出生日期"],
                ["陳大文", 91234567.0, date(1950, 3, 1)],
                ["陳太", None, datetime.fromisoformat("1952-04-05 10:30")],
            )
        )
    )
    sheet = book.active
    assert sheet is not None
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("B3:B4")
    file = io.BytesIO()
    book.save(file)
    table = read(file.getvalue())
    assert cells(table) == [("陳大文", "91234567", "1950-03-01"), ("陳太", "91234567", "1952-04-05 10:30")]


def test_the_sheet_with_the_headings_is_taken_and_the_others_are_named() -> None:
    data = workbook(["說明"], more={"名單": [["姓名"], ["陳大文"]], "舊名單": [["姓名"], ["李小明"]]})
    table = read(data)
    assert cells(table) == [("陳大文", "", "")]
    assert table.other_sheets == ("名冊", "舊名單")


def test_our_own_escapes_are_taken_off() -> None:
    assert cells(read("姓名,聯絡電話\n'=大文,'+86 138\n".encode())) == [("=大文", "+86 138", "")]


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(errors.HeadingTwice):
        read("姓名,Name\n陳大文,Chan\n".encode())


def test_missing_headings_are_named() -> None:
    with pytest.raises(errors.NoHeadings) as refused:
        read("聯絡電話,出生日期\n1,2\n".encode())
    assert refused.value.facts == {"missing": "姓名"}


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 6) for n in range(12))
    + b"]><workbook>&m;</workbook>"
)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", errors.EmptyFile),
        (b" \n ", errors.EmptyFile),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), errors.OldSpreadsheet),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), errors.LockedFile),
        (b"PK\x03\x04", errors.NotATable),
        (zipped(something=b"else"), errors.NotATable),
        (zipped(xl__workbook_xml=b"<oops"), errors.NotATable),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20), errors.UnreadableFile),
        ("姓名\0,電話\n".encode() + b"x" * 50, errors.NotATable),
        (b"\xff\xfe\x00", errors.UnknownCharacters),
        (b"a,b\n" * (MOST_ROWS + 2), errors.FileTooLarge),
        (b"," * 300, errors.FileTooLarge),
        (b"x" * 30_000, errors.FileTooLarge),
        (b"x" * (10 * 1024 * 1024 + 1), errors.FileTooLarge),
    ],
)
def test_what_is_no_such_file_is_refused_by_name(data: bytes, refusal: type[errors.UnreadableFile]) -> None:
    with pytest.raises(refusal):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        zipped(**{"xl__workbook.xml": BILLION_LAUGHS, "[Content_Types].xml": BILLION_LAUGHS}),
        zipped(**{"xl__workbook.xml": bytes(70 * 1024 * 1024)}),
        zipped(**{"xl__workbook.xml": b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"}),
    ],
    ids=["entities within entities", "a member that swells", "an outside entity"],
)
def test_a_file_that_attacks_its_reader_is_refused(data: bytes) -> None:
    with pytest.raises(errors.UnreadableFile):
        read(data)


def test_a_workbook_cut_short_is_refused() -> None:
    whole = workbook(["姓名"], ["陳大文"])
    for length in (100, len(whole) // 2, len(whole) - 30):
        with pytest.raises(errors.UnreadableFile):
            read(whole[:length])


def only_refusals(data: bytes) -> None:
    """Reading ends with rows of text or with a named refusal, never in any other way."""
    refused = ""
    sheets = []
    try:
        sheets = sheets_of(data)
    except Refused as refusal:
        refused = refusal.name
    assert not refused or issubclass(getattr(errors, refused), errors.UnreadableFile)
    assert all(isinstance(cell, str) for sheet in sheets for row in sheet["rows"] for cell in row)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    only_refusals(data)


WHOLE = workbook(["姓名", "聯絡電話"], ["陳大文", 91234567])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(1, 40))
def test_a_damaged_workbook_is_read_or_refused(place: int, byte: int, count: int) -> None:
    only_refusals(WHOLE[:place] + bytes([byte]) * count + WHOLE[place + count :])

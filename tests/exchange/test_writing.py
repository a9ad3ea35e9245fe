"""Tables out: no cell is a formula, and nothing else in the service writes tables."""

import ast
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.reading import Column, read_table
from app.exchange.writing import escaped, suffix_of, table_bytes

ROOT = Path(__file__).resolve().parents[2]
TABLE_MODULES = {"csv", "openpyxl"}
ALLOWED = {
    "app/exchange/reading/child.py",  # reads what others sent, in a process of its own
    "app/exchange/writing.py",  # the one way out
}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "　＝1", "＋1", "－1", "＠x", "=", "\n=1"],
)
def test_what_could_be_a_formula_is_escaped(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "陳大文", "9123 4567", "a=b", "1-2", "'quoted"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_is_read_back_as_it_was_written(suffix: str) -> None:
    rows = [("=cmd|' /C calc'!A0", 5), ("陳大文\n又名阿文", None), ('a "quoted", cell', 2.5), ("-", 1)]
    data, _media_type, count = table_bytes(suffix, ("姓名", "數目"), rows)
    assert count == 4
    table = read_table(data, (Column("name", ("姓名",), is_needed=True), Column("number", ("數目",))))
    assert [(row.cells["name"], row.cells["number"]) for row in table.rows] == [
        ("=cmd|' /C calc'!A0", "5"),
        ("陳大文\n又名阿文", ""),
        ('a "quoted", cell', "2.5"),
        ("-", "1"),
    ]


def test_a_workbook_holds_text_not_formulas() -> None:
    data, media_type, _count = table_bytes(".xlsx", ("=A1", "b"), [("=1+1", 7)])
    assert "spreadsheetml" in media_type
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [[cell.data_type for cell in row] for row in sheet.iter_rows()] == [["s", "s"], ["s", "n"]]


def test_a_csv_begins_with_a_byte_order_mark() -> None:
    data, media_type, _count = table_bytes(".csv", ("姓名",), [("陳",)])
    assert data.startswith(b"\xef\xbb\xbf")
    assert media_type == "text/csv; charset=utf-8"


def test_only_two_kinds_of_file_are_written() -> None:
    assert [suffix_of(name) for name in ("a.CSV", "b.xlsx", "c.xls", "d")] == [".csv", ".xlsx", "", ""]
    with pytest.raises(ValueError, match="pdf"):
        table_bytes(".pdf", (), [])


@given(st.text(max_size=20))
def test_no_escaped_text_begins_like_a_formula(text: str) -> None:
    begins = escaped(text).lstrip(" \u3000\n")[:1]
    assert not begins or begins not in "=+-@\t\r＝＋－＠"


def test_nothing_else_imports_what_reads_and_writes_tables() -> None:
    importing = set()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if TABLE_MODULES & {name.partition(".")[0] for name in names}:
                importing.add(path.relative_to(ROOT).as_posix())
    assert importing == ALLOWED

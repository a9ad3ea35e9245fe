"""Names and words that a spreadsheet would take for formulas leave as text, in every table and both kinds of file."""

import csv
import io
from itertools import product

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import Carer, CareRecipient, CareRequest
from app.exchange import writing
from app.exchange.tables import TableName, exported
from app.exchange.writing import FORMULA_STARTS, table_bytes
from app.matching.models import Proposal
from app.shared.database import Database
from app.visits.models import Offer, Visit, VisitSeat
from app.volunteers.models import Household, Volunteer
from tests.world import make_world

ATTACKS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    " =1",
    "\u3000＝1",
)
FREE_TEXT = {
    Volunteer: ("name_en", "outside_code", "status_reason", "senior_reason", "note", "health_note"),
    Household: ("name",),
    Carer: ("name_en", "organisation", "outside_code"),
    CareRecipient: ("called", "full_name", "relation", "address", "directions", "health_note"),
    CareRequest: ("outside_code", "original_words", "note", "meeting_place", "close_note", "urgent_reason"),
    VisitSeat: ("end_reason",),
    Offer: ("decline_reason",),
    Account: ("name",),
    Proposal: ("reason",),
    Visit: ("cancel_reason",),
}
"""Everything that people type, and files and pages let in."""


def attacked(session: Session, attack: str) -> None:
    """Put `attack` wherever anybody's own words go."""
    for model, names in FREE_TEXT.items():
        for row in session.query(model):
            for name in names:
                setattr(row, name, attack)


def cells_of(data: bytes, suffix: str) -> list[object]:
    """The cells as a spreadsheet program takes them up."""
    if suffix == ".csv":
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        return [cell for row in reader for cell in row]
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []
    return [cell.value for row in sheet.iter_rows() for cell in row]


def looks_like_a_formula(cell: object) -> bool:
    return isinstance(cell, str) and cell.lstrip(" \u3000\n")[:1] in FORMULA_STARTS


@pytest.mark.database("sqlite")
def test_no_table_holds_a_cell_that_begins_like_a_formula(app: Flask, database: Database) -> None:
    database.in_transaction(make_world)
    for attack in ATTACKS:
        seen = set()
        with app.test_request_context(), database.reader() as session:
            attacked(session, attack)
            for name, is_complete, suffix in product(TableName, (True, False), (".csv", ".xlsx")):
                table = exported(session, name, is_complete=is_complete)
                data, _type, _count = table_bytes(suffix, table.headings, list(table.rows))
                cells = cells_of(data, suffix)
                assert [cell for cell in cells if looks_like_a_formula(cell)] == [], (attack, name, suffix)
                if any(isinstance(cell, str) and attack.strip() in cell for cell in cells):
                    seen.add((name, suffix))
        assert seen >= set(product(TableName, (".csv", ".xlsx"))), attack


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_check_finds_a_formula_that_was_not_escaped(monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(writing, "escaped", str)
    data, _type, _count = table_bytes(suffix, ("name",), [("+1+1",)])
    assert any(map(looks_like_a_formula, cells_of(data, suffix)))

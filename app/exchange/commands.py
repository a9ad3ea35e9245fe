"""`python3 -m app import …` and `export …`: the same plans and use cases as the pages, one screen in the end."""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.queries import account_of_contact
from app.exchange.errors import NotAnAdministrator, UnknownAccount
from app.exchange.models import ImportKind
from app.exchange.queries import catalogue_rows
from app.exchange.reading import Table, read_table
from app.exchange.tables import TableName, exported, restore_columns, restored
from app.exchange.use_cases.exports import note_export
from app.exchange.use_cases.plans import Finding, Outcome, Plan, PlannedRow, Settlement, Weight
from app.exchange.use_cases.previews import COLUMNS, plan_of, take_over
from app.exchange.use_cases.restoring import restore_request_table, restore_volunteer_table
from app.exchange.words import COLUMN_NAMES, Names, finding_said
from app.exchange.writing import suffix_of, write_csv, write_xlsx
from app.shared.contacts import read_email
from app.shared.database import Database
from app.shared.errors import Refusal
from app.shared.times import hong_kong_date, utc_now
from app.web.words import name_of, say

LINES_SHOWN = 40
"""How many rows with something to say are listed; the others are counted."""


def add_commands(commands: Any, *, open_app: Callable[[], Flask], language: Callable[[], str]) -> None:
    """Add `import` and `export` to the command line; `open_app` makes the application they work on."""
    importing = commands.add_parser("import", help="volunteers or care requests from a spreadsheet")
    importing.add_argument(
        "kind", type=ImportKind, choices=list(ImportKind), metavar="volunteers|care-requests"
    )
    importing.add_argument("file", type=Path)
    importing.add_argument("--dry-run", action="store_true", help="say what would come of it, write nothing")
    importing.add_argument(
        "--skip", type=_row_numbers, default=frozenset(), help="rows to leave out: 10,31,37"
    )
    importing.add_argument(
        "--restore", action="store_true", help="bring an export back, exactly (needs --by)"
    )
    importing.add_argument("--by", default="", help="e-mail of the account on whose behalf this is done")
    importing.set_defaults(act=partial(_act, import_file, open_app, language))
    exporting = commands.add_parser("export", help="the tables as spreadsheets, complete")
    exporting.add_argument("table", type=TableName, choices=list(TableName), metavar="|".join(TableName))
    exporting.add_argument("file", type=Path, help="where to: .csv or .xlsx")
    exporting.add_argument("--by", default="", help="e-mail of the account on whose behalf this is done")
    exporting.set_defaults(act=partial(_act, export_file, open_app, language))


def _act(
    command: Callable[[Database, argparse.Namespace], int],
    open_app: Callable[[], Flask],
    language: Callable[[], str],
    options: argparse.Namespace,
) -> int:
    app = open_app()
    database: Database = app.extensions["database"]
    with app.app_context(), force_locale(language()):
        try:
            return command(database, options)
        except Refusal as refusal:
            return _fails(say(refusal))
        except BrokenPipeError:
            raise
        except OSError as error:
            return _fails(f"{options.file}: {error.strerror or error}")


def import_file(database: Database, options: argparse.Namespace) -> int:
    """Take a file over, all of it or nothing; exit code 1 when rows are refused."""
    data = options.file.read_bytes()
    if options.restore:
        return _restore(database, options, data)
    kind: ImportKind = options.kind
    table = read_table(data, COLUMNS[kind])
    settlements = {number: Settlement(is_skipped=True) for number in options.skip}
    now = utc_now()
    with database.reading() as session:
        plan = plan_of(session, kind, table, settlements, today=hong_kong_date(now))
        names = {row.code: name_of(row) for row in catalogue_rows(session)}
        by = _account_id(session, options.by)
    _tell(table, plan, names)
    if options.dry_run:
        _say(gettext("A trial: nothing was written."))
        return 1 if plan.having(Outcome.REFUSED) else 0
    if plan.having(Outcome.REFUSED):
        numbers = ",".join(str(row.number) for row in plan.having(Outcome.REFUSED))
        return _fails(
            gettext(
                "Nothing was taken in. Correct these rows, or leave them out with --skip %(rows)s",
                rows=numbers,
            )
        )
    taken = database.in_transaction(
        lambda session: take_over(session, kind, table, settlements, by=by, now=now)
    )
    _say(ngettext("%(num)s row was taken in.", "%(num)s rows were taken in.", len(taken.codes)))
    return 0


def _restore(database: Database, options: argparse.Namespace, data: bytes) -> int:
    name = TableName(options.kind.value)
    table = read_table(data, restore_columns(name))
    bring_back = restore_volunteer_table if name is TableName.VOLUNTEERS else restore_request_table
    now = utc_now()

    def act(session: Session) -> Sequence[str]:
        by = _account_id(session, options.by)
        if by is None:
            raise NotAnAdministrator
        rows, unknown_accounts = restored(session, name, table)
        if unknown_accounts:
            raise UnknownAccount(accounts="、".join(sorted(unknown_accounts)))
        return bring_back(session, [row.values for row in rows], by=by, now=now)

    if options.dry_run:
        return _fails(gettext("A restore has no trial: it refuses whatever is not exactly an export."))
    codes = database.in_transaction(act)
    _say(ngettext("%(num)s row was brought back.", "%(num)s rows were brought back.", len(codes)))
    return 0


def export_file(database: Database, options: argparse.Namespace) -> int:
    """Write a table with everything in it, addresses and notes too; put on record."""
    suffix = suffix_of(options.file.name)
    if not suffix:
        return _fails(gettext("The file's name must end in .csv or .xlsx."))
    with database.snapshot() as session:
        by = _account_id(session, options.by)
        table = exported(session, options.table, is_complete=True)
        options.file.touch(mode=0o600)
        options.file.chmod(0o600)
        if suffix == ".xlsx":
            with options.file.open("wb") as book:
                count = write_xlsx(book, table.headings, table.rows)
        else:
            with options.file.open("w", encoding="utf-8", newline="") as text:
                count = write_csv(text, table.headings, table.rows)
    now = utc_now()
    database.in_transaction(
        lambda session: note_export(session, options.table, count, is_complete=True, by=by, now=now)
    )
    _say(ngettext("%(num)s row is in %(file)s.", "%(num)s rows are in %(file)s.", count, file=options.file))
    return 0


def _tell(table: Table, plan: Plan[Any], names: Names) -> None:
    """The counts, what was left out, and each row with something to settle, by row and column."""
    for outcome, count in plan.counts.items():
        if count:
            _say(f"  {say(outcome)}: {count}")
    if table.unknown:
        _say(
            gettext(
                "  Columns that are not known and left out: %(columns)s", columns="、".join(table.unknown)
            )
        )
    if table.other_sheets:
        _say(gettext("  Sheets left out: %(sheets)s", sheets="、".join(table.other_sheets)))
    lines = [
        _line(row, finding, names)
        for row in plan.rows
        if row.outcome is not Outcome.SKIPPED
        for finding in row.of_weight(Weight.ERROR, Weight.QUESTION, Weight.WARNING)
    ]
    for line in lines[:LINES_SHOWN]:
        _say(f"  {line}")
    if len(lines) > LINES_SHOWN:
        left = len(lines) - LINES_SHOWN
        _say(ngettext("  … and %(num)s more", "  … and %(num)s more", left))


def _line(row: PlannedRow[Any], finding: Finding, names: Names) -> str:
    column = str(COLUMN_NAMES.get(finding.column, ""))
    cell = row.cells[finding.column].text if finding.column in row.cells else ""
    where = gettext("Row %(number)s", number=row.number)
    about = f"{column} 「{cell}」" if cell else column
    return f"{where} {row.label} {about}{gettext(': ')}{finding_said(finding, names)}"


def _account_id(session: Session, email: str) -> int | None:
    if not email:
        return None
    account = account_of_contact(session, read_email(email))
    if account is None:
        raise UnknownAccount(accounts=email)
    return account.id


def _row_numbers(text: str) -> frozenset[int]:
    try:
        return frozenset(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"row numbers with commas between them are needed, not {text!r}"
        ) from None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _fails(text: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")
    return 1

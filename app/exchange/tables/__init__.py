"""Tables out, and two of them back in: the columns each has, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.queries import areas, demands, languages, skills, support_kinds
from app.exchange.errors import CannotRestore
from app.exchange.reading import Column, Table
from app.exchange.tables import care_requests, matching, volunteers
from app.exchange.tables.codecs import NotWhatWasWritten, Reading, TableColumn, Writing
from app.exchange.writing import Value
from app.shared.errors import Refusal
from app.shared.words import folded
from app.web.language import LANGUAGES
from app.web.words import name_of


class TableName(StrEnum):
    """What can be exported."""

    VOLUNTEERS = "volunteers"
    CARE_REQUESTS = "care-requests"
    PROPOSALS = "proposals"
    VISITS = "visits"


@dataclass(frozen=True)
class Exported:
    """A table ready to be written."""

    headings: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]


@dataclass(frozen=True)
class RestoredRow:
    """A row of an export as values again, by column key; `number` is its row in the file."""

    number: int
    values: Mapping[str, Any]


def exported(session: Session, name: TableName, *, is_complete: bool) -> Exported:
    """A table in the reader's language; `is_complete`: with addresses and notes, as a restore needs it."""
    all_columns, rows = _table(session, name)
    columns = [column for column in all_columns if is_complete or not column.is_private]
    writing = Writing(_names(session), _emails(session))
    return Exported(
        tuple(str(column.heading) for column in columns),
        (tuple(column.codec.write(column.get(row), writing) for column in columns) for row in rows),
    )


def restore_columns(name: TableName) -> tuple[Column, ...]:
    """The columns of a table as `read_table` wants them: the headings in both languages, all of them needed."""
    columns = _COLUMNS[name]
    headings: dict[str, list[str]] = {column.key: [] for column in columns}
    for language in LANGUAGES:
        with force_locale(language):
            for column in columns:
                headings[column.key].append(str(column.heading))
    return tuple(Column(key, tuple(words), is_needed=True) for key, words in headings.items())


def restored(session: Session, name: TableName, table: Table) -> tuple[list[RestoredRow], set[str]]:
    """Every row as values again, and the e-mail addresses of accounts that are not here. Raises CannotRestore."""
    reading = Reading(
        _codes(session), {email.casefold(): number for number, email in _emails(session).items()}
    )
    columns = _COLUMNS[name]
    rows = []
    for row in table.rows:
        values = {}
        for column in columns:
            try:
                values[column.key] = column.codec.read(row.cells[column.key], reading)
            except (ValueError, KeyError, Refusal) as error:
                kind = "" if isinstance(error, NotWhatWasWritten) else type(error).__name__
                raise CannotRestore(
                    row=row.number,
                    column=table.headings[column.key],
                    text=row.cells[column.key][:100],
                    kind=kind,
                ) from None
        rows.append(RestoredRow(row.number, values))
    return rows, reading.unknown_accounts


_COLUMNS: Mapping[TableName, Sequence[TableColumn[Any]]] = {
    TableName.VOLUNTEERS: volunteers.COLUMNS,
    TableName.CARE_REQUESTS: care_requests.COLUMNS,
    TableName.PROPOSALS: matching.PROPOSALS,
    TableName.VISITS: matching.VISITS,
}


def _table(session: Session, name: TableName) -> tuple[Sequence[TableColumn[Any]], Sequence[Any]]:
    rows: Mapping[TableName, Callable[[Session], Sequence[Any]]] = {
        TableName.VOLUNTEERS: volunteers.volunteer_rows,
        TableName.CARE_REQUESTS: care_requests.request_rows,
        TableName.PROPOSALS: matching.proposal_rows,
        TableName.VISITS: matching.visit_rows,
    }
    return _COLUMNS[name], rows[name](session)


def _catalogue(session: Session) -> dict[str, list[Any]]:
    return {
        "areas": list(areas(session)),
        "skills": list(skills(session)),
        "languages": list(languages(session)),
        "demands": list(demands(session)),
        "kinds": list(support_kinds(session)),
    }


def _names(session: Session) -> dict[str, dict[str, str]]:
    return {table: {row.code: name_of(row) for row in rows} for table, rows in _catalogue(session).items()}


def _codes(session: Session) -> dict[str, dict[str, str]]:
    return {
        table: {folded(name): row.code for row in rows for name in (row.code, row.name_en, row.name_zh)}
        for table, rows in _catalogue(session).items()
    }


def _emails(session: Session) -> dict[int, str]:
    rows = session.scalars(select(Account).where(Account.email_box.is_not(None)))
    return {account.id: str(account.email) for account in rows}

"""A file sent, looked at, settled, and taken over: all of it or nothing."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.use_cases.facts import RequestFacts
from app.care_requests.use_cases.submitting import submit_requests
from app.catalogue.queries import support_kinds, vocabulary
from app.exchange.errors import AlreadyEnded, NothingToTakeOver, RowsRefused
from app.exchange.models import ImportKind, ImportPreview
from app.exchange.queries import request_codes, volunteer_codes
from app.exchange.reading import Column, Row, Table
from app.exchange.use_cases import care_requests, volunteers
from app.exchange.use_cases.plans import Outcome, Plan, Settlement, Settlements
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, NotFound
from app.shared.times import hong_kong_date
from app.volunteers.models import Source
from app.volunteers.use_cases import VolunteerFacts, open_accounts, register_volunteers

KEPT = timedelta(days=7)
"""How long a preview waits for somebody to decide."""

COLUMNS: Mapping[ImportKind, tuple[Column, ...]] = {
    ImportKind.VOLUNTEERS: volunteers.COLUMNS,
    ImportKind.CARE_REQUESTS: care_requests.COLUMNS,
}


@dataclass(frozen=True)
class TakenOver:
    """What came of a file: how many of each outcome, and the rows that went in by id and code."""

    counts: Mapping[Outcome, int]
    codes: tuple[str, ...]


def plan_of(
    session: Session, kind: ImportKind, table: Table, settlements: Settlements, *, today: date
) -> Plan[VolunteerFacts] | Plan[RequestFacts]:
    """What would become of every row as things stand now. Writes nothing."""
    words = vocabulary(session)
    if kind is ImportKind.VOLUNTEERS:
        known = volunteers.KnownVolunteers(*volunteer_codes(session))
        return volunteers.plan_volunteers(table, settlements, vocabulary=words, known=known, today=today)
    return care_requests.plan_care_requests(
        table,
        settlements,
        vocabulary=words,
        kinds={row.code: row for row in support_kinds(session)},
        known=care_requests.KnownRequests(*request_codes(session)),
        today=today,
    )


def take_over(
    session: Session,
    kind: ImportKind,
    table: Table,
    settlements: Settlements,
    *,
    preview: ImportPreview | None = None,
    by: int | None,
    now: datetime,
) -> TakenOver:
    """Take every row over: volunteers as applicants, requests as submitted or as drafts with their own words.

    Raises RowsRefused when a row can neither go in nor was left out by somebody, NothingToTakeOver when none is left.
    """
    plan = plan_of(session, kind, table, settlements, today=hong_kong_date(now))
    refused = plan.having(Outcome.REFUSED)
    if refused:
        raise RowsRefused(rows="、".join(str(row.number) for row in refused))
    codes = _write(session, plan, by=by, now=now)
    if not codes:
        raise NothingToTakeOver
    counts = plan.counts
    facts: dict[str, str | int | float | bool | list[str] | None] = {"kind": kind.value}
    facts.update({outcome.value: counts[outcome] for outcome in Outcome})
    record(session, "import.taken_over", preview, by=by, now=now, **facts)
    return TakenOver(counts, codes)


def _write(
    session: Session, plan: Plan[VolunteerFacts] | Plan[RequestFacts], *, by: int | None, now: datetime
) -> tuple[str, ...]:
    people = [row.facts for row in plan.to_take_over if isinstance(row.facts, VolunteerFacts)]
    requests = [row.facts for row in plan.to_take_over if isinstance(row.facts, RequestFacts)]
    if people:
        applicants = register_volunteers(session, people, source=Source.IMPORT, by=by, now=now)
        open_accounts(session, applicants, by=by, now=now)
        return tuple(row.code for row in applicants)
    if requests:
        return tuple(
            row.code for row in submit_requests(session, requests, source=Source.IMPORT, by=by, now=now)
        )
    return ()


def file_hash(data: bytes) -> str:
    """SHA-256 of a file's bytes, by which the same file is known again."""
    return hashlib.sha256(data).hexdigest()


def make_preview(
    session: Session, kind: ImportKind, table: Table, *, file_name: str, data: bytes, by: int, now: datetime
) -> ImportPreview:
    """Keep a file's rows, sealed, for a person to look at; flushed."""
    preview = ImportPreview(
        kind=kind,
        file_name=file_name[-200:],
        file_hash=file_hash(data),
        made_by_id=by,
        made_at=now,
        expires_at=now + KEPT,
    )
    _keep(preview, table, {})
    session.add(preview)
    session.flush()
    record(session, "import.previewed", preview, by=by, now=now, kind=kind.value, rows=len(table.rows))
    return preview


def table_of(preview: ImportPreview) -> tuple[Table, dict[int, Settlement]]:
    """The rows a preview keeps, and what has been settled. Raises AlreadyEnded when they are erased."""
    if preview.rows_text is None:
        raise AlreadyEnded
    kept = json.loads(preview.rows_text)
    table = Table(
        rows=tuple(Row(number, cells) for number, cells in kept["rows"]),
        headings=kept["headings"],
        unknown=tuple(kept["unknown"]),
        other_sheets=tuple(kept["other_sheets"]),
    )
    return table, {int(number): Settlement.from_json(row) for number, row in kept["settled"].items()}


def settle_rows(
    session: Session,
    preview_id: int,
    settlements: Mapping[int, Settlement],
    *,
    version: int,
    by: int,
    now: datetime,
) -> ImportPreview:
    """Keep what a person decided about some rows; what was settled before stays.

    Raises NotFound, AlreadyEnded, and ChangedMeanwhile when somebody else settled something since `version`.
    """
    preview = _open_preview(session, preview_id, now)
    if preview.version != version:
        raise ChangedMeanwhile
    table, settled = table_of(preview)
    numbers = {row.number for row in table.rows}
    for number, settlement in settlements.items():
        if number in numbers:
            earlier = settled.get(number, Settlement())
            settled[number] = Settlement(settlement.is_skipped, {**earlier.cells, **settlement.cells})
    _keep(preview, table, settled)
    record(session, "import.settled", preview, by=by, now=now, rows=len(settlements))
    return preview


def take_over_preview(
    session: Session, preview_id: int, *, version: int, by: int, now: datetime
) -> TakenOver:
    """Take a preview's rows over and erase them. Raises as `take_over`, NotFound, AlreadyEnded, ChangedMeanwhile."""
    preview = _open_preview(session, preview_id, now)
    if preview.version != version:
        raise ChangedMeanwhile
    table, settled = table_of(preview)
    taken = take_over(session, preview.kind, table, settled, preview=preview, by=by, now=now)
    preview.taken_over_at = now
    preview.rows_text = None
    return taken


def discard_preview(session: Session, preview_id: int, *, by: int, now: datetime) -> None:
    """Throw a preview away with its rows. Raises NotFound, AlreadyEnded."""
    preview = _open_preview(session, preview_id, now)
    preview.discarded_at = now
    preview.rows_text = None
    record(session, "import.discarded", preview, by=by, now=now)


def forget_old_previews(session: Session, *, now: datetime) -> int:
    """Erase the rows of previews that nobody decided about in time. How many there were."""
    rows = session.scalars(
        select(ImportPreview).where(ImportPreview.expires_at <= now, ImportPreview.rows_box.is_not(None))
    ).all()
    for preview in rows:
        preview.discarded_at = preview.discarded_at or now
        preview.rows_text = None
    return len(rows)


def _open_preview(session: Session, preview_id: int, now: datetime) -> ImportPreview:
    preview = session.get(ImportPreview, preview_id, with_for_update=True)
    if preview is None:
        raise NotFound
    if preview.taken_over_at or preview.discarded_at or preview.expires_at <= now:
        raise AlreadyEnded
    return preview


def _keep(preview: ImportPreview, table: Table, settled: Mapping[int, Settlement]) -> None:
    kept: dict[str, Any] = {
        "headings": dict(table.headings),
        "unknown": list(table.unknown),
        "other_sheets": list(table.other_sheets),
        "rows": [[row.number, dict(row.cells)] for row in table.rows],
        "settled": {str(number): settlement.as_json() for number, settlement in settled.items()},
    }
    preview.rows_text = json.dumps(kept, ensure_ascii=False)

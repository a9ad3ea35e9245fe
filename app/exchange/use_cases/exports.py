"""Tables leave on record."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.shared.audit import record


def note_export(
    session: Session, table: str, rows: int, *, is_complete: bool, by: int | None, now: datetime
) -> None:
    """Write down that a table left: which, how many rows, and whether addresses and notes were in it."""
    record(session, "export.made", by=by, now=now, table=str(table), rows=rows, is_complete=is_complete)

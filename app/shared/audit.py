"""The audit: who did or saw what, when. Rows are written in the transaction they tell of and never change.

The database refuses to alter or delete them (a trigger, see the first migration).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base


class AuditRow(Base):
    """One act: `actor_id` (null: the system itself, or nobody signed in) did `action` to `subject`."""

    __tablename__ = "audit_rows"
    __table_args__ = (Index("ix_audit_rows_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: Session,
    action: str,
    subject: Base | None = None,
    *,
    by: int | None,
    now: datetime,
    **facts: str | int | float | bool | list[str] | None,
) -> AuditRow:
    """Write down that the account `by` did `action` ("volunteer.accepted") to `subject`, a flushed row.

    `facts` hold ids, codes and reasons, never an address, a telephone number or a note.
    """
    row = AuditRow(
        at=now,
        actor_id=by,
        action=action,
        subject_kind=subject.__tablename__ if subject is not None else "",
        subject_id=getattr(subject, "id", None),
        facts=facts,
    )
    session.add(row)
    return row

"""A needed visit that is not needed after all."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence, RequestAct
from app.shared.audit import record
from app.shared.errors import NotFound


def call_off_occurrence(
    session: Session, occurrence_id: int, reason: str, *, by: int | None, now: datetime
) -> Occurrence:
    """Nobody is looked for on this occasion any more; planning leaves it so. Raises NotFound."""
    occurrence = session.get(Occurrence, occurrence_id, with_for_update=True)
    if occurrence is None:
        raise NotFound
    if occurrence.cancelled_at is None:
        occurrence.cancelled_at, occurrence.cancel_reason = now, reason
        record(
            session,
            RequestAct.OCCURRENCE_CALLED_OFF,
            occurrence.request,
            by=by,
            now=now,
            occurrence=occurrence.code,
        )
    return occurrence

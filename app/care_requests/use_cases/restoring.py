"""Requests come back from an export of this very service, as they were."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.care_requests.models import Carer, CareRecipient, CareRequest, KnownHelper
from app.shared.audit import record
from app.shared.secrets import email_key, phone_key, phone_tail_key
from app.shared.words import folded


def restore_requests(
    session: Session,
    requests: Sequence[CareRequest],
    carers: Sequence[Carer],
    recipients: Sequence[CareRecipient],
    *,
    by: int,
    now: datetime,
) -> None:
    """Add rows that carry everything but what is worked out of it; flushed, each request put on record as restored.

    The caller has made sure that none of them is here.
    """
    for carer in carers:
        carer.name_key = f"{folded(carer.name_zh)} {folded(carer.name_en)}".strip()
        carer.phone_key = phone_key(carer.phone) if carer.phone else None
        carer.phone_tail_key = phone_tail_key(carer.phone) if carer.phone else None
        carer.email_key = email_key(carer.email) if carer.email else None
    session.add_all([*carers, *recipients, *requests])
    session.flush()
    for request in requests:
        record(session, "care_request.restored", request, by=by, now=now, code=request.code)


def restore_known_helpers(session: Session, helpers: Sequence[KnownHelper]) -> None:
    """Who is known to whom, as it was."""
    session.add_all(helpers)
    session.flush()

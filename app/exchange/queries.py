"""What is asked before a file is taken over: who and what is on record, and the previews that wait."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import Carer, CareRecipient, CareRequest, RequestStatus
from app.catalogue.queries import areas, demands, languages, skills, support_kinds
from app.exchange.models import ImportKind, ImportPreview
from app.shared.audit import AuditRow
from app.shared.words import folded
from app.volunteers.models import Volunteer


def volunteer_codes(session: Session) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Reference codes of everybody on record: by the register's own number, and by (telephone's key, folded name)."""
    by_number: dict[str, str] = {}
    by_person: dict[tuple[str, str], str] = {}
    rows = session.execute(
        select(Volunteer.code, Volunteer.outside_code, Volunteer.phone_key, Volunteer.name_key)
    )
    for code, outside_code, phone, names in rows:
        if outside_code:
            by_number[outside_code] = code
        if phone:
            by_person.update(((phone, name), code) for name in names.split())
    return by_number, by_person


def request_codes(session: Session) -> tuple[dict[str, str], dict[tuple[str, str, str], str]]:
    """Reference codes of requests: all by the register's own number; those not closed by (the carer's telephone's
    key, the folded name of the person cared for, kind)."""
    by_number = {
        outside_code: code
        for code, outside_code in session.execute(
            select(CareRequest.code, CareRequest.outside_code).where(CareRequest.outside_code != "")
        )
    }
    rows = session.execute(
        select(CareRequest.code, Carer.phone_key, CareRecipient.called, CareRequest.kind_code)
        .join(Carer, Carer.id == CareRequest.carer_id)
        .join(CareRecipient, CareRecipient.id == CareRequest.recipient_id)
        .where(
            CareRequest.status != RequestStatus.CLOSED,
            Carer.phone_key.is_not(None),
            CareRequest.kind_code.is_not(None),
        )
    )
    by_need = {
        (phone, folded(called), kind): code
        for code, phone, called, kind in rows
        if phone is not None and kind is not None
    }
    return by_number, by_need


def take_over_counts(session: Session, preview: ImportPreview) -> dict[str, int]:
    """How many rows of each outcome there were when a preview was taken over; {} while it was not."""
    facts = session.scalars(
        select(AuditRow.facts).where(
            AuditRow.subject_kind == ImportPreview.__tablename__,
            AuditRow.subject_id == preview.id,
            AuditRow.action == "import.taken_over",
        )
    ).first()
    return {} if facts is None else {key: value for key, value in facts.items() if isinstance(value, int)}


def preview_shown(session: Session, _account: Account, preview_id: int) -> ImportPreview | None:
    """A preview, for any coordinator."""
    return session.get(ImportPreview, preview_id)


def previews_waiting(session: Session, *, now: datetime) -> list[ImportPreview]:
    """The previews that nobody has taken over or thrown away, the newest first."""
    return list(
        session.scalars(
            select(ImportPreview)
            .where(
                ImportPreview.taken_over_at.is_(None),
                ImportPreview.discarded_at.is_(None),
                ImportPreview.expires_at > now,
            )
            .order_by(ImportPreview.id.desc())
        )
    )


def taken_over_before(session: Session, kind: ImportKind, file_hash: str) -> ImportPreview | None:
    """The preview by which this very file was taken over, if it was."""
    return session.scalars(
        select(ImportPreview)
        .where(
            ImportPreview.kind == kind,
            ImportPreview.file_hash == file_hash,
            ImportPreview.taken_over_at.is_not(None),
        )
        .order_by(ImportPreview.id.desc())
        .limit(1)
    ).one_or_none()


def catalogue_rows(session: Session) -> list[Any]:
    """Everything of the catalogue that has a code and a name: areas, kinds, skills, languages, demands."""
    return [
        *areas(session),
        *skills(session),
        *languages(session),
        *demands(session),
        *support_kinds(session),
    ]

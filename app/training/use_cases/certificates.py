"""Writing certificates, and declaring that one does not hold any more."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import Skill
from app.shared.audit import record
from app.shared.codes import new_letter_number
from app.shared.database import among
from app.shared.errors import NotFound
from app.training.errors import (
    CertificateKnown,
    CertificateRevokedAlready,
    OwnProof,
    ProgrammeNotFinished,
    ProofReasonMissing,
)
from app.training.models import Faculty
from app.training.models.certificates import Certificate
from app.training.models.runs import Enrolment
from app.training.queries.holding import Period, Source
from app.training.queries.qualifications import qualification_periods
from app.training.queries.study import graduates, is_own, minutes_attended
from app.volunteers.models import Volunteer

TAKEN_BACK = "出席或評核已更正 Attendance or assessment corrected"
"""Why a certificate was revoked without anybody's words, in both languages."""


def write_certificates(
    session: Session, enrolment_ids: Collection[int], *, by: int, now: datetime
) -> list[Certificate]:
    """One for each completed enrolment, with the names, days and qualifications as they are now.

    Raises NotFound for an enrolment that is none or not completed, OwnProof, CertificateKnown.
    """
    rows = session.scalars(
        select(Enrolment)
        .where(among(Enrolment.id, enrolment_ids), Enrolment.completed_on.is_not(None))
        .order_by(Enrolment.id)
        .with_for_update()
    ).all()
    if len(rows) < len(set(enrolment_ids)):
        raise NotFound
    if any(is_own(row, by) for row in rows):
        raise OwnProof
    known = select(Certificate.id).where(
        among(Certificate.enrolment_id, enrolment_ids), Certificate.revoked_at.is_(None)
    )
    if session.scalars(known).first() is not None:
        raise CertificateKnown
    granted = _granted(session, rows)
    minutes = minutes_attended(session, [row.id for row in rows])
    names = {skill.code: skill for skill in session.scalars(select(Skill))}
    made = []
    for row in rows:
        course, periods = row.run.course, granted.get(row.id, [])
        ends = [period.last_day for period in periods if period.last_day is not None]
        made.append(
            _certificate(
                _names_of(row),
                volunteer_id=row.volunteer_id,
                enrolment_id=row.id,
                title_zh=course.name_zh,
                title_en=course.name_en,
                minutes=minutes.get(row.id, 0) or course.minutes,
                completed_on=row.completed_on,
                valid_until=min(ends) if ends else None,
                lines=[
                    _line(names[period.skill_code], period.last_day)
                    for period in sorted(periods, key=lambda each: names[each.skill_code].position)
                ],
                is_invented=course.is_invented,
                issued_by_id=by,
                issued_at=now,
            )
        )
    return _kept(session, made, by, now)


def write_programme_certificate(
    session: Session, faculty_id: int, volunteer_id: int, *, by: int, now: datetime
) -> Certificate:
    """For a volunteer who has finished a faculty's programme.

    Raises NotFound, OwnProof, ProgrammeNotFinished, CertificateKnown.
    """
    faculty = session.get(Faculty, faculty_id)
    volunteer = session.get(Volunteer, volunteer_id, with_for_update=True)
    if faculty is None or volunteer is None:
        raise NotFound
    if volunteer.account_id == by:
        raise OwnProof
    graduate = next((each for each in graduates(session, faculty) if each.volunteer.id == volunteer_id), None)
    if graduate is None:
        raise ProgrammeNotFinished
    if graduate.certificate is not None:
        raise CertificateKnown
    made = _certificate(
        (volunteer.name_zh, volunteer.name_en),
        volunteer_id=volunteer_id,
        faculty_id=faculty_id,
        title_zh=faculty.name_zh,
        title_en=faculty.name_en,
        minutes=sum(course.minutes for course, _on in graduate.courses),
        completed_on=graduate.finished_on,
        lines=[_line(course, on) for course, on in graduate.courses],
        is_invented=any(course.is_invented for course, _on in graduate.courses),
        issued_by_id=by,
        issued_at=now,
    )
    return _kept(session, [made], by, now)[0]


def revoke_certificate(
    session: Session, certificate_id: int, reason: str, *, by: int, now: datetime
) -> Certificate:
    """It does not hold any more, as whoever checks its number is told from now on.

    Raises NotFound, CertificateRevokedAlready, ProofReasonMissing.
    """
    row = session.scalars(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        raise CertificateRevokedAlready
    if not reason:
        raise ProofReasonMissing(field="reason")
    row.revoked_at, row.revoked_by_id, row.revoke_reason = now, by, reason
    session.flush()
    record(session, "certificate.revoked", row, by=by, now=now, reason=reason)
    return row


def revoke_what_says_so(session: Session, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """A course is not completed after all: its certificate does not hold any more, nor one of its programme."""
    holding = select(Certificate).where(Certificate.revoked_at.is_(None))
    untrue = list(session.scalars(holding.where(Certificate.enrolment_id == enrolment.id)))
    if enrolment.volunteer_id is not None:
        faculty = session.get_one(Faculty, enrolment.run.course.faculty_id)
        finished = {each.volunteer.id for each in graduates(session, faculty)}
        if enrolment.volunteer_id not in finished:
            untrue += session.scalars(
                holding.where(
                    Certificate.volunteer_id == enrolment.volunteer_id, Certificate.faculty_id == faculty.id
                )
            )
    for row in untrue:
        revoke_certificate(session, row.id, TAKEN_BACK, by=by, now=now)


def _granted(session: Session, rows: Sequence[Enrolment]) -> dict[int, list[Period]]:
    """Enrolment → what it has granted or renewed, of volunteers."""
    people = {row.volunteer_id for row in rows if row.volunteer_id is not None}
    found: dict[int, list[Period]] = {}
    for periods in qualification_periods(session, among(Volunteer.id, people)).values():
        for period in periods:
            if period.source in (Source.COURSE, Source.RENEWAL) and period.evidence_id is not None:
                found.setdefault(period.evidence_id, []).append(period)
    return found


def _names_of(enrolment: Enrolment) -> tuple[str, str]:
    person = enrolment.volunteer or enrolment.carer
    return (enrolment.guest_name, "") if person is None else (person.name_zh, person.name_en)


def _line(row: Any, on: date | None) -> dict[str, str | None]:
    return {"zh": row.name_zh, "en": row.name_en, "on": on.isoformat() if on else None}


def _certificate(names: tuple[str, str], **facts: Any) -> Certificate:
    return Certificate(
        number=new_letter_number(), name_zh=names[0], name_en=names[1], revoke_reason="", **facts
    )


def _kept(session: Session, made: list[Certificate], by: int, now: datetime) -> list[Certificate]:
    session.add_all(made)
    session.flush()
    for row in made:
        record(session, "certificate.written", row, by=by, now=now)
    return made

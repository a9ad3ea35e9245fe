"""What was said after visits."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest
from app.visits.models import Feedback, NextStep, SeatStatus, Visit, VisitReport, VisitSeat, Went


def report_of(session: Session, seat_id: int) -> VisitReport | None:
    """The volunteer's report about one place, None while there is none."""
    return session.scalars(select(VisitReport).where(VisitReport.seat_id == seat_id)).one_or_none()


def feedback_of(session: Session, visit_ids: Collection[int]) -> dict[int, Feedback]:
    """By visit: what the carer said of it."""
    rows = session.scalars(select(Feedback).where(Feedback.visit_id.in_(visit_ids)))
    return {row.visit_id: row for row in rows}


def thanks_to(session: Session, volunteer_id: int, since: datetime) -> Sequence[Feedback]:
    """Thanks in words that carers left for this volunteer, the newest first."""
    return session.scalars(
        select(Feedback)
        .join(Feedback.visit)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Feedback.thanks_box.is_not(None),
            Feedback.written_at >= since,
        )
        .order_by(Feedback.written_at.desc())
        .options(joinedload(Feedback.visit).joinedload(Visit.request).joinedload(CareRequest.kind))
    ).all()


def reports_since(session: Session, since: datetime) -> Sequence[VisitReport]:
    """Volunteers' reports, those that want a look first, then the newest first."""
    rows = session.scalars(
        select(VisitReport)
        .where(VisitReport.written_at >= since)
        .order_by(VisitReport.written_at.desc())
        .options(joinedload(VisitReport.seat).joinedload(VisitSeat.volunteer), *_VISIT_OF_REPORT)
    ).all()
    return sorted(rows, key=lambda row: not wants_a_look(row))


def feedbacks_since(session: Session, since: datetime) -> Sequence[Feedback]:
    """Carers' words, those that want a look first, then the newest first."""
    rows = session.scalars(
        select(Feedback)
        .where(Feedback.written_at >= since)
        .order_by(Feedback.written_at.desc())
        .options(
            joinedload(Feedback.visit).joinedload(Visit.request).joinedload(CareRequest.kind),
            joinedload(Feedback.visit).joinedload(Visit.request).joinedload(CareRequest.recipient),
        )
    ).all()
    return sorted(rows, key=lambda row: row.was_good and row.wants_same)


def wants_a_look(report: VisitReport) -> bool:
    """Whether a coordinator should speak with the volunteer."""
    return report.went is Went.DIFFICULT or report.next_step is not NextStep.KEEP


_VISIT_OF_REPORT = (
    joinedload(VisitReport.seat)
    .joinedload(VisitSeat.visit)
    .joinedload(Visit.request)
    .joinedload(CareRequest.kind),
    joinedload(VisitReport.seat)
    .joinedload(VisitSeat.visit)
    .joinedload(Visit.request)
    .joinedload(CareRequest.recipient),
)

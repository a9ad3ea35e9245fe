"""What happens to an agreed visit besides its seats: the carer says that it suits, the weather stops it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.messages.use_cases import Message, queue_message, recipient_of, withdraw_messages
from app.shared.audit import record
from app.shared.errors import Refusal
from app.visits.models import AGREED, MoveBecause, Visit, VisitStatus
from app.visits.queries import has_begun
from app.visits.use_cases.seats import VisitIsOver, locked_visit, move_visit, settle_visit
from app.visits.use_cases.telling import News, is_pressing, tell_carer


class NotAgreedYet(Refusal):
    """Nobody comes to this visit as things stand."""


class NotSuspended(Refusal):
    """The visit is not suspended any more."""


def confirm_visit(
    session: Session,
    visit_id: int,
    because: MoveBecause = MoveBecause.CARER_SAID_YES,
    *,
    by: int,
    now: datetime,
) -> Visit:
    """The carer says that it suits; nothing when it is confirmed already.

    Raises NotFound, NotAgreedYet, VisitIsOver.
    """
    visit = locked_visit(session, visit_id)
    if visit.status not in AGREED:
        raise NotAgreedYet
    if has_begun(visit, now):
        raise VisitIsOver
    if visit.status is VisitStatus.ACCEPTED:
        move_visit(visit, VisitStatus.CONFIRMED, because, by=by, now=now)
        session.flush()
        record(session, "visit.confirmed", visit.request, by=by, now=now, visit=visit.occurrence.code)
    return visit


def suspend_visit(session: Session, visit_id: int, words: str, *, by: int | None, now: datetime) -> Visit:
    """The weather stops a visit to come. Its people keep their places; they and a carer who knew of it are told.

    Raises NotFound, VisitIsOver.
    """
    visit = locked_visit(session, visit_id)
    if has_begun(visit, now) or visit.status is VisitStatus.SUSPENDED:
        raise VisitIsOver
    move_visit(visit, VisitStatus.SUSPENDED, MoveBecause.WEATHER, by=by, now=now, words=words)
    session.flush()
    record(session, "visit.suspended", visit.request, by=by, now=now, visit=visit.occurrence.code)
    _tell_helpers(session, visit, "seat_suspended", now=now)
    if visit.carer_told_at is not None:
        tell_carer(session, "visit_suspended", [visit], _occasion(visit, now), now=now)
    return visit


def resume_visit(session: Session, visit_id: int, *, by: int | None, now: datetime) -> Visit:
    """The weather allows a suspended visit again: it stands as its seats say, and everybody concerned is told.

    Raises NotFound, NotSuspended, VisitIsOver.
    """
    visit = locked_visit(session, visit_id)
    if visit.status is not VisitStatus.SUSPENDED:
        raise NotSuspended
    if has_begun(visit, now):
        raise VisitIsOver
    news = News([visit])
    move_visit(visit, VisitStatus.NEEDS_COVER, MoveBecause.WEATHER_OVER, by=by, now=now)
    session.flush()
    settle_visit(session, visit, by=by, now=now)
    record(session, "visit.resumed", visit.request, by=by, now=now, visit=visit.occurrence.code)
    _tell_helpers(session, visit, "seat_resumed", now=now)
    news.tell(session, _occasion(visit, now), now=now)
    return visit


def _tell_helpers(session: Session, visit: Visit, kind: str, *, now: datetime) -> None:
    for seat in visit.seats:
        if seat.is_live and seat.offer.leaves_at <= now:
            withdraw_messages(session, about=seat, now=now)
            queue_message(
                session,
                Message(
                    kind=kind,
                    recipient=recipient_of(seat.volunteer),
                    dedupe_key=f"{kind}:{seat.id}:{now.isoformat()}",
                    ids={"seats": [seat.id]},
                    about=seat,
                    may_wake=is_pressing([visit], now),
                ),
                now=now,
            )


def _occasion(visit: Visit, now: datetime) -> str:
    return f"visit:{visit.id}:{now.isoformat()}"

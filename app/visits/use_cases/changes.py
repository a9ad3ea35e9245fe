"""What happens to an agreed visit besides its seats: the carer says that it suits, or the weather stops it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.care_requests.models import Rhythm
from app.care_requests.use_cases.occurrences import call_off_occurrence
from app.messages.models import Channel
from app.messages.use_cases import Message, Recipient, queue_message, recipient_of, withdraw_messages
from app.shared.audit import record
from app.shared.errors import Refusal
from app.visits.models import AGREED, EndedBecause, MoveBecause, SeatStatus, Visit, VisitStatus
from app.visits.queries import has_begun
from app.visits.use_cases.seats import VisitIsOver, end_seat, locked_visit, move_visit, settle_visit
from app.visits.use_cases.telling import News, is_pressing, tell_carer
from app.volunteers.queries import is_minor


class NotAgreedYet(Refusal):
    """Nobody comes to this visit as things stand."""


class NotSuspended(Refusal):
    """The visit is not suspended any more."""


class NotOverYet(Refusal):
    """The visit's time is still to come: it may take place after all."""


ONE_VISIT = frozenset({Rhythm.ONCE, Rhythm.ANY_OF})
"""Requests of which nothing is left when their visit did not take place."""


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
    visit = _suspended(session, visit_id)
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


def replan_visit(session: Session, visit_id: int, *, by: int, now: datetime) -> Visit:
    """A suspended visit is planned anew: whoever was to come is free, is told so, and may be asked for it again.

    Raises NotFound, NotSuspended, VisitIsOver.
    """
    visit = _suspended(session, visit_id)
    if has_begun(visit, now):
        raise VisitIsOver
    _end_seats(session, visit, EndedBecause.REPLANNED, tells=True, by=by, now=now)
    move_visit(visit, VisitStatus.NEEDS_COVER, MoveBecause.WEATHER_OVER, by=by, now=now)
    visit.carer_told_at = None
    session.flush()
    record(session, "visit.replanned", visit.request, by=by, now=now, visit=visit.occurrence.code)
    return visit


def close_suspended_visit(session: Session, visit_id: int, *, by: int, now: datetime) -> Visit:
    """The time of a suspended visit is over: it did not take place. Everybody knows that already.

    A carer who asked for one visit only is to be phoned: a line on the call list. Raises NotFound, NotSuspended,
    NotOverYet.
    """
    visit = _suspended(session, visit_id)
    if not has_begun(visit, now):
        raise NotOverYet
    _end_seats(session, visit, EndedBecause.VISIT_CANCELLED, tells=False, by=by, now=now)
    move_visit(
        visit, VisitStatus.CANCELLED, MoveBecause.WEATHER, by=by, now=now, words=visit.moved_words or ""
    )
    visit.cancelled_at = now
    session.flush()
    call_off_occurrence(session, visit.occurrence_id, "", by=by, now=now)
    record(session, "visit.not_held", visit.request, by=by, now=now, visit=visit.occurrence.code)
    if visit.request.rhythm in ONE_VISIT:
        carer = visit.request.carer
        queue_message(
            session,
            Message(
                kind="visit_missed",
                recipient=Recipient(Channel.PHONE_CALL, carer.phone, carer.language, carer.account_id),
                dedupe_key=f"visit_missed:{visit.id}",
                ids={"visits": [visit.id]},
                about=visit,
            ),
            now=now,
        )
    return visit


def _suspended(session: Session, visit_id: int) -> Visit:
    visit = locked_visit(session, visit_id)
    if visit.status is not VisitStatus.SUSPENDED:
        raise NotSuspended
    return visit


def _end_seats(
    session: Session, visit: Visit, because: EndedBecause, *, tells: bool, by: int, now: datetime
) -> None:
    """All that are live, minors before the adults beside them."""
    for seat in sorted(visit.seats, key=lambda seat: not is_minor(seat.volunteer, visit.on_date)):
        if seat.is_live:
            end_seat(session, seat, SeatStatus.CANCELLED, because, tells=tells, by=by, now=now)
            session.flush()


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

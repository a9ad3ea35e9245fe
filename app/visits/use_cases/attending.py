"""The day itself: on the way, late, there, finished, or something is wrong."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.care_requests.models import Carer
from app.messages.use_cases import Message, queue_message, recipient_of
from app.shared.audit import record
from app.shared.errors import NotFound, Refusal
from app.shared.times import slot_moment
from app.visits.models import (
    AGREED,
    HELD,
    Attendance,
    Mark,
    MoveBecause,
    NotedHow,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
)
from app.visits.queries.days import day_opens_at, days_of
from app.visits.use_cases.seats import VisitIsOver, locked_visit, move_visit


class TooEarly(Refusal):
    """It is not the day yet."""


class NotInTheFuture(Refusal):
    """What is said to have happened lies ahead. `facts["field"]` names the field."""


ARRIVAL = {
    NotedHow.TAP: MoveBecause.HELPER_ARRIVED,
    NotedHow.CARER: MoveBecause.CARER_SAW_HELPER,
    NotedHow.PHONE_CALL: MoveBecause.TOLD_BY_PHONE,
}


def note_mark(
    session: Session,
    seat_id: int,
    mark: Mark,
    how: NotedHow,
    *,
    at: datetime | None = None,
    minutes: int | None = None,
    words: str = "",
    by: int,
    now: datetime,
) -> Attendance:
    """Put on record what happened with a volunteer at a visit, `at` a moment or now; the visit follows.

    Said again, what stands is not noted twice. `minutes`: how late. Raises NotFound, TooEarly, NotInTheFuture,
    VisitIsOver.
    """
    seat = session.get(VisitSeat, seat_id)
    if seat is None:
        raise NotFound
    visit = locked_visit(session, seat.visit_id)
    session.refresh(seat)
    if seat.status is not SeatStatus.ACCEPTED or visit.status not in (*HELD, VisitStatus.NO_SHOW):
        raise VisitIsOver
    if now < day_opens_at(visit):
        raise TooEarly
    if at is not None and at > now:
        raise NotInTheFuture(field="clock")
    stands = days_of(session, [seat_id])[seat_id].stands(mark)
    if stands is not None:
        return stands
    row = Attendance(
        seat_id=seat_id,
        mark=mark,
        at=at or now,
        minutes=minutes,
        words=words,
        how=how,
        by_id=by,
        noted_at=now,
    )
    session.add(row)
    session.flush()
    record(session, f"attendance.{mark.value}", seat.volunteer, by=by, now=now, visit=visit.occurrence.code)
    _follow(session, visit, how, by=by, now=now)
    if mark is Mark.LATE:
        _tell_carer_of_delay(session, seat, row, now=now)
    return row


def note_what_the_carer_saw(session: Session, visit_id: int, *, came: bool, by: int, now: datetime) -> None:
    """The carer says that the helpers came, or that nobody did. Raises as `note_mark`."""
    visit = locked_visit(session, visit_id)
    starts = slot_moment(visit.on_date, visit.from_slot)
    for seat in visit.seats:
        if seat.status is SeatStatus.ACCEPTED:
            mark = Mark.ARRIVED if came else Mark.DID_NOT_COME
            note_mark(session, seat.id, mark, NotedHow.CARER, at=min(starts, now), by=by, now=now)


def _follow(session: Session, visit: Visit, how: NotedHow, *, by: int, now: datetime) -> None:
    """ATTENDED once somebody was there, NO_SHOW when nobody of those who had said yes was."""
    seats = [seat.id for seat in visit.seats if seat.status is SeatStatus.ACCEPTED]
    days = list(days_of(session, seats).values())
    if any(day.was_there for day in days):
        if visit.status in (*AGREED, VisitStatus.NO_SHOW):
            move_visit(visit, VisitStatus.ATTENDED, ARRIVAL[how], by=by, now=now)
    elif all(day.absent for day in days) and visit.status in (*AGREED, VisitStatus.ATTENDED):
        move_visit(visit, VisitStatus.NO_SHOW, MoveBecause.NOBODY_CAME, by=by, now=now)
    session.flush()


def _tell_carer_of_delay(session: Session, seat: VisitSeat, row: Attendance, *, now: datetime) -> None:
    carer = session.get_one(Carer, seat.visit.request.carer_id)
    queue_message(
        session,
        Message(
            kind="helper_late",
            recipient=recipient_of(carer),
            dedupe_key=f"helper_late:{row.id}",
            ids={"mark": row.id},
            about=seat,
            expires_at=now + timedelta(minutes=row.minutes or 0) + timedelta(hours=1),
            may_wake=True,
        ),
        now=now,
    )

"""After a visit: the volunteer's report, the carer's feedback, thanks passed on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.messages.models import Channel
from app.messages.use_cases import Message, queue_message, recipient_of
from app.safeguarding.use_cases.concerns import raise_concern
from app.shared.audit import record
from app.shared.errors import NotFound, Refusal
from app.shared.times import slot_moment
from app.visits.models import (
    HELD,
    Feedback,
    FollowUpKind,
    Mark,
    MoveBecause,
    NextStep,
    NotedHow,
    SeatStatus,
    Visit,
    VisitReport,
    VisitSeat,
    VisitStatus,
    Went,
)
from app.visits.queries import has_begun
from app.visits.queries.days import days_of
from app.visits.queries.reports import feedback_of, report_of, wants_a_look
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.follow_ups import leave_for_the_desk
from app.visits.use_cases.seats import VisitIsOver, locked_visit, move_visit

WRITTEN_WITHIN = timedelta(days=14)
"""Later than so long after a visit its report or feedback is a matter for a coordinator."""


class WrittenAlready(Refusal):
    """This was said already."""


class TooEarlyToSay(Refusal):
    """The visit has not begun."""


@dataclass(frozen=True)
class Said:
    """A report: four taps, words, and what worries the volunteer, if anything does."""

    went: Went
    minutes: int
    next_step: NextStep
    words: str = ""
    worry: str = ""
    is_urgent: bool = False


def write_report(
    session: Session, seat_id: int, said: Said, how: NotedHow, *, by: int, now: datetime
) -> VisitReport:
    """Keep a volunteer's report; whoever reports was there and is back. A worry goes to the safeguarding leads alone.

    Raises NotFound, TooEarlyToSay, WrittenAlready, VisitIsOver for a place that was given up or two weeks later.
    """
    seat = session.get(VisitSeat, seat_id)
    if seat is None:
        raise NotFound
    visit = locked_visit(session, seat.visit_id)
    session.refresh(seat)
    _check_may_be_said(visit, how, now)
    if seat.status is not SeatStatus.ACCEPTED:
        raise VisitIsOver
    if report_of(session, seat_id) is not None:
        raise WrittenAlready
    _has_been_there(session, seat, how, by=by, now=now)
    report = VisitReport(
        seat_id=seat_id,
        went=said.went,
        minutes=said.minutes,
        next_step=said.next_step,
        how=how,
        by_id=by,
        written_at=now,
    )
    report.words = said.words or None
    session.add(report)
    if visit.status is VisitStatus.ATTENDED:
        move_visit(visit, VisitStatus.REPORTED, MoveBecause.REPORT_WRITTEN, by=by, now=now)
    session.flush()
    record(session, "visit.reported", seat.volunteer, by=by, now=now, visit=visit.occurrence.code)
    if wants_a_look(report):
        leave_for_the_desk(
            session,
            FollowUpKind.VISIT_DIFFICULT,
            volunteer_id=seat.volunteer_id,
            request_id=visit.request_id,
            words="",
            now=now,
        )
    if said.worry:
        raise_concern(
            session,
            said.worry,
            is_urgent=said.is_urgent,
            recipient_id=visit.request.recipient_id,
            visit_code=visit.occurrence.code,
            by=by,
            now=now,
        )
    return report


def give_feedback(
    session: Session,
    visit_id: int,
    *,
    was_good: bool,
    wants_same: bool,
    thanks: str = "",
    how: NotedHow,
    by: int,
    now: datetime,
) -> Feedback:
    """Keep what a carer says of a visit, and tell its helpers of thanks in words.

    Raises NotFound, TooEarlyToSay, WrittenAlready, VisitIsOver.
    """
    visit = locked_visit(session, visit_id)
    _check_may_be_said(visit, how, now)
    if feedback_of(session, [visit_id]):
        raise WrittenAlready
    feedback = Feedback(
        visit_id=visit_id, was_good=was_good, wants_same=wants_same, how=how, by_id=by, written_at=now
    )
    feedback.thanks = thanks or None
    session.add(feedback)
    session.flush()
    record(session, "visit.feedback", visit.request, by=by, now=now, visit=visit.occurrence.code)
    if not (was_good and wants_same):
        for seat in visit.seats:
            if seat.status is SeatStatus.ACCEPTED:
                leave_for_the_desk(
                    session,
                    FollowUpKind.CARER_NOT_CONTENT,
                    volunteer_id=seat.volunteer_id,
                    request_id=visit.request_id,
                    words="",
                    now=now,
                )
    if thanks:
        _pass_thanks_on(session, visit, now=now)
    return feedback


def _check_may_be_said(visit: Visit, how: NotedHow, now: datetime) -> None:
    if visit.status not in (*HELD, VisitStatus.NO_SHOW):
        raise VisitIsOver
    if not has_begun(visit, now):
        raise TooEarlyToSay
    is_late = now > slot_moment(visit.on_date, visit.to_slot) + WRITTEN_WITHIN
    if is_late and how is not NotedHow.PHONE_CALL:
        raise VisitIsOver


def _has_been_there(session: Session, seat: VisitSeat, how: NotedHow, *, by: int, now: datetime) -> None:
    """What the report tells of the day: there since the beginning, unless known better, and back."""
    day = days_of(session, [seat.id])[seat.id]
    visit = seat.visit
    if not day.was_there:
        starts = slot_moment(visit.on_date, visit.from_slot)
        note_mark(session, seat.id, Mark.ARRIVED, how, at=starts, by=by, now=now)
    if day.left is None:
        ends = slot_moment(visit.on_date, visit.to_slot)
        note_mark(session, seat.id, Mark.LEFT, how, at=min(ends, now), by=by, now=now)


def _pass_thanks_on(session: Session, visit: Visit, *, now: datetime) -> None:
    for seat in visit.seats:
        recipient = recipient_of(seat.volunteer)
        if seat.status is SeatStatus.ACCEPTED and recipient.channel is not Channel.PHONE_CALL:
            queue_message(
                session,
                Message(
                    kind="thanks",
                    recipient=recipient,
                    dedupe_key=f"thanks:{seat.id}",
                    ids={"seats": [seat.id]},
                    about=seat,
                ),
                now=now,
            )

"""Seats and visits that end, and how the visit stands afterwards."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, RequestAct
from app.care_requests.use_cases.occurrences import call_off_occurrence
from app.messages.models import MessageStatus, OutboxMessage
from app.messages.use_cases import Message, queue_message, recipient_of, withdraw_messages
from app.shared.audit import record
from app.shared.database import refusal_of
from app.shared.errors import NotFound, Refusal
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import (
    AGREED,
    HELD,
    LEGAL_SEAT_MOVES,
    LEGAL_VISIT_MOVES,
    TO_COME,
    EndedBecause,
    FollowUpKind,
    MoveBecause,
    Offer,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
)
from app.visits.use_cases.follow_ups import leave_for_the_desk
from app.visits.use_cases.rules import team_rules
from app.visits.use_cases.telling import News, is_pressing, tell_carer
from app.volunteers.models import Volunteer
from app.volunteers.queries import is_minor


class VisitIsOver(Refusal):
    """The visit has begun or was called off."""


class SeatIsOver(Refusal):
    """This volunteer is not on this visit any more."""


class NotBeforeFirstVisit(Refusal):
    """A helper who has been there before cannot be refused like one who has not; `facts["on"]` is the day."""


class Guard(StrEnum):
    """What the database itself refuses (migrations/guards.py)."""

    DOUBLE_BOOKING = "double_booking"
    ARRANGED_MEANWHILE = "arranged_meanwhile"
    VOLUNTEER_NOT_ACTIVE = "volunteer_not_active"
    REQUEST_NOT_OPEN = "request_not_open"
    DO_NOT_PAIR = "do_not_pair"
    FAMILY = "family"
    CLEARANCE_NOT_CONFIRMED = "clearance_not_confirmed"
    MINOR_WITHOUT_CONSENT = "minor_without_consent"
    MINOR_AFTER_NINE = "minor_after_nine"
    MINOR_WITHOUT_ADULT = "minor_without_adult"


class DatabaseRefused(Refusal):
    """The last line of defence held: `facts["guard"]` says which."""


def refused_by(error: IntegrityError) -> DatabaseRefused:
    """The refusal a guard of the database stands for. Raises the error again when it was no guard."""
    said = refusal_of(error)
    if "booked_slots" in said:
        return DatabaseRefused(guard=Guard.DOUBLE_BOOKING)
    if any(name in said for name in ("uq_visit", "visits.occurrence_id", "visit_seats.visit_id")):
        return DatabaseRefused(guard=Guard.ARRANGED_MEANWHILE)
    if said not in {guard.value for guard in Guard}:
        raise error
    return DatabaseRefused(guard=Guard(said))


def release_seat(
    session: Session,
    seat_id: int,
    because: EndedBecause,
    *,
    reason: str = "",
    rule: str | None = None,
    by: int | None,
    now: datetime,
) -> VisitSeat:
    """Take a volunteer off a visit to come: the volunteer is told, and a carer who had been told of the visit.

    `rule`: the one that speaks against it, with NO_LONGER_FITS. Raises SeatIsOver, VisitIsOver.
    """
    seat, visit = _seat_to_change(session, seat_id, now)
    news = News([visit])
    seat.ended_rule = rule
    end_seat(session, seat, SeatStatus.CANCELLED, because, reason=reason, by=by, now=now)
    session.flush()
    settle_visit(session, visit, by=by, now=now)
    record(
        session, "seat.released", seat.volunteer, by=by, now=now, because=because.value, visit=_code_of(visit)
    )
    news.tell(session, f"seat:{seat.id}", now=now)
    return seat


def give_up_seat(session: Session, seat_id: int, reason: str, *, by: int | None, now: datetime) -> VisitSeat:
    """A volunteer who said yes cannot come after all. The visit needs cover; the carer is told.

    Raises SeatIsOver, VisitIsOver.
    """
    seat, visit = _seat_to_change(session, seat_id, now)
    if seat.status is not SeatStatus.ACCEPTED:
        raise SeatIsOver
    news = News([visit])
    end_seat(session, seat, SeatStatus.DECLINED, EndedBecause.GAVE_UP, reason=reason, by=by, now=now)
    session.flush()
    settle_visit(session, visit, by=by, now=now)
    record(session, "seat.given_up", seat.volunteer, by=by, now=now, visit=_code_of(visit))
    news.tell(session, f"seat:{seat.id}", now=now)
    return seat


def refuse_helper(
    session: Session, request: CareRequest, volunteer: Volunteer, reason: str, *, by: int, now: datetime
) -> int:
    """A carer would rather have somebody else than a helper who has not been there yet.

    The helper is taken off every visit to come of the request and not proposed for it again; with the reason it waits
    on the coordinators' board until one of them has dealt with it. How many visits that were. Raises
    NotBeforeFirstVisit, SeatIsOver when there is none.
    """
    visited = session.scalars(
        select(Visit.on_date)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(
            Visit.request_id == request.id,
            Visit.status.in_(HELD),
            Visit.on_date < hong_kong_date(now),
            VisitSeat.volunteer_id == volunteer.id,
            VisitSeat.status == SeatStatus.ACCEPTED,
        )
        .limit(1)
    ).one_or_none()
    if visited is not None:
        raise NotBeforeFirstVisit(on=visited.isoformat())
    seats = session.scalars(
        select(VisitSeat)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            Visit.request_id == request.id,
            Visit.on_date >= hong_kong_date(now),
            VisitSeat.volunteer_id == volunteer.id,
            VisitSeat.status.in_((SeatStatus.OFFERED, SeatStatus.ACCEPTED)),
        )
        .order_by(Visit.id)
    ).all()
    if not seats:
        raise SeatIsOver
    for seat in seats:
        if seat.is_live:
            release_seat(session, seat.id, EndedBecause.CARER_REFUSED, reason=reason, by=by, now=now)
    leave_for_the_desk(
        session,
        FollowUpKind.HELPER_REFUSED,
        volunteer_id=volunteer.id,
        request_id=request.id,
        words=reason,
        now=now,
    )
    record(session, "helper.refused", request, by=by, now=now, volunteer=volunteer.code)
    return len(seats)


def cancel_visit(
    session: Session,
    visit_id: int,
    reason: str,
    *,
    because: MoveBecause = MoveBecause.STAFF_CALLED_OFF,
    tells_carer: bool,
    by: int | None,
    now: datetime,
) -> Visit:
    """The visit does not take place and is not needed: its seats end, and who was to come is told.

    With `tells_carer` a carer who had been told of the visit is told too. Raises NotFound, VisitIsOver.
    """
    visit = _visit_to_end(session, visit_id, now)
    was_told = visit.carer_told_at is not None
    _end_visit(session, visit, EndedBecause.VISIT_CANCELLED, because, reason, by=by, now=now)
    call_off_occurrence(session, visit.occurrence_id, reason, by=by, now=now)
    if tells_carer and was_told:
        tell_carer(session, "visit_cancelled", [visit], f"visit:{visit.id}", now=now)
    return visit


def follow_request(
    session: Session, request: CareRequest, act: RequestAct, by: int | None, now: datetime
) -> None:
    """A request was closed: its visits to come are off (the listener of care_requests.use_cases.telling)."""
    if act is not RequestAct.CLOSED:
        return
    visit_ids = session.scalars(
        select(Visit.id)
        .where(
            Visit.request_id == request.id,
            Visit.status.in_(TO_COME),
            Visit.on_date >= hong_kong_date(now),
        )
        .order_by(Visit.id)
    ).all()
    for visit_id in visit_ids:
        visit = locked_visit(session, visit_id)
        if now < slot_moment(visit.on_date, visit.from_slot):
            _end_visit(
                session, visit, EndedBecause.REQUEST_ENDED, MoveBecause.REQUEST_CLOSED, "", by=by, now=now
            )


def end_seat(
    session: Session,
    seat: VisitSeat,
    status: SeatStatus,
    because: EndedBecause,
    *,
    reason: str = "",
    tells: bool = True,
    by: int | None,
    now: datetime,
) -> None:
    """End a live seat. Minors who would be left without an adult are taken off first, and told (RELIABILITY S3).

    `tells`: whoever is taken off is told that they need not come. Raises SeatIsOver when it has ended already.
    """
    if not is_minor(seat.volunteer, seat.visit.on_date):
        others = [other for other in seat.visit.seats if other.is_live and other.id != seat.id]
        if all(is_minor(other.volunteer, seat.visit.on_date) for other in others):
            for minor in others:
                _end(session, minor, SeatStatus.CANCELLED, EndedBecause.ADULT_LEFT, "", by=by, now=now)
                session.flush()
    _end(session, seat, status, because, reason, tells=tells, by=by, now=now)


def settle_visit(session: Session, visit: Visit, *, by: int | None, now: datetime) -> None:
    """Bring the visit's status in line with its seats.

    ACCEPTED when those who said yes make up the visit by the team rules (CONFIRMED stays so while the same people
    come), OFFERED while those asked would, else NEEDS_COVER. A suspended visit stays suspended.
    """
    if visit.status is VisitStatus.SUSPENDED:
        return
    session.refresh(visit, ["seats"])
    accepted = [seat.volunteer_id for seat in visit.seats if seat.status is SeatStatus.ACCEPTED]
    live = [seat.volunteer_id for seat in visit.seats if seat.is_live]
    if accepted and not team_rules().team_lacks(session, visit, accepted):
        if visit.status is not VisitStatus.CONFIRMED:
            move_visit(visit, VisitStatus.ACCEPTED, MoveBecause.ENOUGH_SAID_YES, by=by, now=now)
    elif live and not team_rules().team_lacks(session, visit, live):
        if visit.status in AGREED:
            move_visit(visit, VisitStatus.NEEDS_COVER, MoveBecause.TOO_FEW_LEFT, by=by, now=now)
            session.flush()
        move_visit(visit, VisitStatus.OFFERED, MoveBecause.ASKED, by=by, now=now)
    else:
        move_visit(visit, VisitStatus.NEEDS_COVER, MoveBecause.TOO_FEW_LEFT, by=by, now=now)
    session.flush()


def locked_visit(session: Session, visit_id: int) -> Visit:
    """The visit as it stands now, locked. Raises NotFound."""
    visit = session.scalars(
        select(Visit).where(Visit.id == visit_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if visit is None:
        raise NotFound
    return visit


def locked_visits(session: Session, visit_ids: Iterable[int]) -> dict[int, Visit]:
    """Several, locked in the order of their ids."""
    return {visit_id: locked_visit(session, visit_id) for visit_id in sorted(set(visit_ids))}


def move_seat(seat: VisitSeat, status: SeatStatus, *, by: int | None, now: datetime) -> None:
    """Raises SeatIsOver for an illegal move."""
    if status not in LEGAL_SEAT_MOVES[seat.status]:
        raise SeatIsOver
    seat.status, seat.moved_at, seat.moved_by_id = status, now, by


def move_visit(
    visit: Visit,
    status: VisitStatus,
    because: MoveBecause,
    *,
    by: int | None,
    now: datetime,
    words: str = "",
) -> None:
    """Nothing when it stands there already. Raises VisitIsOver for an illegal move.

    The database copies each move into `visit_moves`; two moves of one visit need a flush between them.
    """
    if visit.status is status:
        return
    if status not in LEGAL_VISIT_MOVES[visit.status]:
        raise VisitIsOver
    visit.status, visit.moved_at, visit.moved_by_id = status, now, by
    visit.moved_because, visit.moved_words = because, words or None


def change_people(session: Session, visit: Visit, *, by: int | None, now: datetime) -> None:
    """Others come than the carer had said yes to: a confirmed visit is agreed only, until the carer says so again."""
    if visit.status is VisitStatus.CONFIRMED:
        move_visit(visit, VisitStatus.ACCEPTED, MoveBecause.PEOPLE_CHANGED, by=by, now=now)
        session.flush()


def _seat_to_change(session: Session, seat_id: int, now: datetime) -> tuple[VisitSeat, Visit]:
    seat = session.get(VisitSeat, seat_id)
    if seat is None:
        raise NotFound
    visit = locked_visit(session, seat.visit_id)
    session.refresh(seat)
    if not seat.is_live:
        raise SeatIsOver
    if now >= slot_moment(visit.on_date, visit.from_slot):
        raise VisitIsOver
    return seat, visit


def _visit_to_end(session: Session, visit_id: int, now: datetime) -> Visit:
    visit = locked_visit(session, visit_id)
    if visit.status not in TO_COME or now >= slot_moment(visit.on_date, visit.from_slot):
        raise VisitIsOver
    return visit


def _end_visit(
    session: Session,
    visit: Visit,
    because: EndedBecause,
    moved_because: MoveBecause,
    reason: str,
    *,
    by: int | None,
    now: datetime,
) -> None:
    for seat in sorted(visit.seats, key=lambda seat: not is_minor(seat.volunteer, visit.on_date)):
        if seat.is_live:
            _end(session, seat, SeatStatus.CANCELLED, because, "", by=by, now=now)
            session.flush()
    move_visit(visit, VisitStatus.CANCELLED, moved_because, by=by, now=now, words=reason)
    visit.cancelled_at, visit.cancel_reason = now, reason
    record(session, "visit.cancelled", visit.request, by=by, now=now, on=_day_of(visit))


def _end(
    session: Session,
    seat: VisitSeat,
    status: SeatStatus,
    because: EndedBecause,
    reason: str,
    *,
    tells: bool = True,
    by: int | None,
    now: datetime,
) -> None:
    if seat.status is SeatStatus.ACCEPTED:
        change_people(session, seat.visit, by=by, now=now)
    move_seat(seat, status, by=by, now=now)
    seat.ended_at, seat.ended_because, seat.end_reason = now, because, reason
    withdraw_messages(session, about=seat, now=now)
    if status is SeatStatus.CANCELLED and tells:
        _tell_volunteer(session, seat, now)


def _tell_volunteer(session: Session, seat: VisitSeat, now: datetime) -> None:
    """They need not come. One message for all that ended at this moment; none to who never heard of it."""
    offer = seat.offer
    if not any(other.is_live for other in offer.seats):
        withdraw_messages(session, about=offer, now=now)
    if not _has_heard(session, offer, now):
        return
    message = queue_message(
        session,
        Message(
            kind="seat_cancelled",
            recipient=recipient_of(seat.volunteer),
            dedupe_key=f"seat_cancelled:{offer.id}:{now.isoformat()}",
            ids={"seats": [seat.id]},
            about=seat,
            may_wake=is_pressing([seat.visit], now),
        ),
        now=now,
    )
    if seat.id not in message.ids["seats"]:
        message.ids = {"seats": [*message.ids["seats"], seat.id]}


def _has_heard(session: Session, offer: Offer, now: datetime) -> bool:
    """Whoever has answered, and whose question has left or leaves at this moment; a reminder of it says nothing."""
    if offer.answered_at is not None:
        return True
    query = select(OutboxMessage).where(OutboxMessage.dedupe_key == f"offer:{offer.id}")
    question = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if question is None or question.status is not MessageStatus.QUEUED:
        return question is None or question.status is not MessageStatus.WITHDRAWN
    return question.lease_until is not None and question.lease_until > now


def _code_of(visit: Visit) -> str:
    return visit.occurrence.code


def _day_of(visit: Visit) -> str:
    day: date = visit.on_date
    return day.isoformat()

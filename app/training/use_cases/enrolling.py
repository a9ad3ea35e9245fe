"""Seats are asked for, held, offered to who waits, taken, given back: in order under the run's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import token_hash
from app.care_requests.models import Carer
from app.messages.use_cases import waits_until, withdraw_messages
from app.shared.audit import record
from app.shared.codes import new_token
from app.shared.database import refusal_of
from app.shared.errors import NotFound, Refusal
from app.shared.secrets import Phone
from app.training.errors import (
    AlreadyEnrolled,
    EnrolmentIsOver,
    NotMeantForThem,
    PrerequisitesMissing,
    RunIsFull,
    RunNotOpen,
    SeatOfferOver,
    SignUpClosed,
    TeachesIt,
)
from app.training.models.runs import TO_COME, CourseRun, Enrolment, EnrolmentStatus
from app.training.queries import missing_groups, skills_held
from app.training.queries.runs import (
    closes_at,
    first_day,
    free_seat,
    run_begins,
    run_ends,
    skill_names,
    somebody_waits,
    teaches,
)
from app.training.use_cases.states import lock_enrolment, lock_run, move_enrolment
from app.training.use_cases.telling import people_in, tell
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE

TIME_TO_ANSWER = timedelta(hours=48)
LEAST_TIME_TO_ANSWER = timedelta(hours=3)
LAST_ANSWER_BEFORE_LESSON = timedelta(hours=3)


@dataclass(frozen=True)
class Guest:
    """Somebody without an account or a record here, as a coordinator writes them down."""

    name: str
    phone: Phone | None
    language: str
    group: str = ""


Person = Volunteer | Carer | Guest


def enrol(
    session: Session, run_id: int, person: Person, *, by: int, by_staff: bool, now: datetime
) -> Enrolment:
    """Give a person the next seat, or a place on the waiting list when none is free or others wait; they are told.

    Raises NotFound, RunNotOpen, SignUpClosed (staff may still enrol), and what `may_enrol` raises.
    """
    run = lock_run(session, run_id)
    _refuse_closed(run, by_staff, now)
    may_enrol(session, run, person, now=now)
    seat = None if somebody_waits(session, run.id) else free_seat(session, run.id)
    status = EnrolmentStatus.WAITING if seat is None else EnrolmentStatus.ENROLLED
    enrolment = _enrolment(session, run, person, status, seat, by=by, now=now)
    record(session, f"enrolment.{status.value}", enrolment, by=by, now=now, run=run.id)
    tell(session, enrolment, "course_enrolled" if seat else "course_waiting", now=now)
    return enrolment


def invite(
    session: Session, run_id: int, volunteer_ids: Sequence[int], *, by: int, now: datetime
) -> dict[int, Refusal | None]:
    """Offer seats to these volunteers, in this order, as long as there are any.

    By volunteer: None for whom a seat is held until they answer, else why not: SignUpClosed when there is no time left
    to answer, RunIsFull when no seat is left, and what `may_enrol` raises. Raises NotFound, RunNotOpen.
    """
    run = lock_run(session, run_id)
    _refuse_closed(run, True, now)
    answers: dict[int, Refusal | None] = {}
    for volunteer_id in volunteer_ids:
        try:
            _invite(session, run, volunteer_id, by=by, now=now)
            answers[volunteer_id] = None
        except Refusal as refusal:
            answers[volunteer_id] = refusal
    return answers


def may_enrol(session: Session, run: CourseRun, person: Person, *, now: datetime) -> None:
    """Whether a person may be in a run: the one function that says so.

    Raises NotMeantForThem, TeachesIt, AlreadyEnrolled, PrerequisitesMissing (on the day of the first lesson).
    """
    course = run.course
    held: dict[str, object] = {}
    if isinstance(person, Volunteer):
        if not course.open_to_volunteers or person.status in GONE:
            raise NotMeantForThem
        if teaches(session, run.id, person.id):
            raise TeachesIt
        held = dict(skills_held(session, person.id, first_day(run, now)))
    elif not (course.open_to_carers if isinstance(person, Carer) else course.open_to_public):
        raise NotMeantForThem
    if live_enrolment(session, run.id, person) is not None:
        raise AlreadyEnrolled
    lacks = missing_groups(course, held)
    if lacks:
        raise PrerequisitesMissing(skills=skill_names(lacks))


def live_enrolment(session: Session, run_id: int, person: Person) -> Enrolment | None:
    """The seat or the place on the waiting list that somebody has in a run. A guest's is not known."""
    if isinstance(person, Guest):
        return None
    column = Enrolment.volunteer_id if isinstance(person, Volunteer) else Enrolment.carer_id
    rows = session.scalars(select(Enrolment).where(Enrolment.run_id == run_id, column == person.id))
    return next((row for row in rows if row.is_live), None)


def answer_seat(
    session: Session, enrolment_id: int, *, accepts: bool, by: int | None, now: datetime
) -> Enrolment:
    """Take the yes or no to a seat that was offered. Raises NotFound, SeatOfferOver."""
    enrolment, run = lock_enrolment(session, enrolment_id)
    if enrolment.status is not EnrolmentStatus.OFFERED or _is_unanswered(enrolment, now):
        raise SeatOfferOver
    withdraw_messages(session, about=enrolment, now=now)
    if accepts:
        move_enrolment(enrolment, EnrolmentStatus.ENROLLED, seat=enrolment.seat_number, by=by, now=now)
        session.flush()
        record(session, "enrolment.enrolled", enrolment, by=by, now=now, run=run.id)
        tell(session, enrolment, "course_enrolled", now=now)
    else:
        move_enrolment(enrolment, EnrolmentStatus.DECLINED, by=by, now=now)
        session.flush()
        record(session, "enrolment.declined", enrolment, by=by, now=now, run=run.id)
        move_up(session, run, now=now)
    return enrolment


def give_seat(session: Session, enrolment_id: int, *, by: int, now: datetime) -> Enrolment:
    """A coordinator has spoken with somebody who waits, and seats them. Raises NotFound, RunIsFull, EnrolmentIsOver."""
    enrolment, run = lock_enrolment(session, enrolment_id)
    _refuse_closed(run, True, now)
    seat = free_seat(session, run.id)
    if seat is None:
        raise RunIsFull
    if enrolment.status is not EnrolmentStatus.WAITING:
        raise EnrolmentIsOver
    move_enrolment(enrolment, EnrolmentStatus.ENROLLED, seat=seat, by=by, now=now)
    session.flush()
    withdraw_messages(session, about=enrolment, now=now)
    record(session, "enrolment.enrolled", enrolment, by=by, now=now, run=run.id)
    tell(session, enrolment, "course_enrolled", now=now)
    return enrolment


def withdraw(
    session: Session, enrolment_id: int, reason: str = "", *, by: int, by_staff: bool = False, now: datetime
) -> Enrolment:
    """Somebody does not come, or not any more; their seat goes to who waits.

    Raises NotFound, EnrolmentIsOver once the run is over or they have been through it.
    """
    enrolment, run = lock_enrolment(session, enrolment_id)
    ends = run_ends(run)
    if run.status not in TO_COME or enrolment.outcome is not None or (ends is not None and ends <= now):
        raise EnrolmentIsOver
    _end(session, enrolment, reason, by=by, now=now)
    if by_staff:
        tell(session, enrolment, "course_place_ended", now=now)
    move_up(session, run, now=now)
    return enrolment


def seats_unanswered(session: Session, *, now: datetime) -> Sequence[int]:
    """The enrolments whose time to answer has run out."""
    return session.scalars(
        select(Enrolment.id)
        .where(Enrolment.status == EnrolmentStatus.OFFERED, Enrolment.answer_by <= now)
        .order_by(Enrolment.run_id, Enrolment.id)
    ).all()


def expire_seat(session: Session, enrolment_id: int, *, now: datetime) -> bool:
    """Pass an unanswered seat on to who waits; whoever it was offered to is told. False: it was answered meanwhile."""
    enrolment, run = lock_enrolment(session, enrolment_id)
    if enrolment.status is not EnrolmentStatus.OFFERED or not _is_unanswered(enrolment, now):
        return False
    move_enrolment(enrolment, EnrolmentStatus.EXPIRED, by=None, now=now)
    session.flush()
    withdraw_messages(session, about=enrolment, now=now)
    record(session, "enrolment.expired", enrolment, by=None, now=now, run=run.id)
    tell(session, enrolment, "course_seat_passed", now=now)
    move_up(session, run, now=now)
    return True


def move_up(session: Session, run: CourseRun, *, now: datetime) -> int:
    """Offer the free seats to who waits, the first to ask first; how many were offered. The run is locked.

    Close before the first lesson there is no time to ask and wait: then a free seat is for coordinators to fill.
    """
    if run.status not in TO_COME or _answer_by(run, now) is None:
        return 0
    offered = 0
    for enrolment in people_in(session, run, {EnrolmentStatus.WAITING}):
        seat = free_seat(session, run.id)
        if seat is None:
            break
        _offer(session, run, enrolment, seat, now=now)
        offered += 1
    return offered


def leave_courses(session: Session, volunteer: Volunteer, reason: str, by: int, now: datetime) -> None:
    """A volunteer does not want to go on: their seats in runs to come go to others (a follower of volunteers)."""
    mine = session.scalars(
        select(Enrolment.id)
        .join(Enrolment.run)
        .where(Enrolment.volunteer_id == volunteer.id, CourseRun.status.in_(TO_COME))
        .order_by(Enrolment.run_id)
    ).all()
    for enrolment_id in mine:
        enrolment, run = lock_enrolment(session, enrolment_id)
        begins = run_begins(run)
        if enrolment.is_live and (begins is None or begins > now):
            _end(session, enrolment, reason, by=by, now=now)
            move_up(session, run, now=now)


def _end(session: Session, enrolment: Enrolment, reason: str, *, by: int, now: datetime) -> None:
    move_enrolment(enrolment, EnrolmentStatus.WITHDRAWN, by=by, now=now)
    enrolment.end_reason = reason
    session.flush()
    withdraw_messages(session, about=enrolment, now=now)
    record(session, "enrolment.withdrawn", enrolment, by=by, now=now, run=enrolment.run_id, reason=reason)


def _invite(session: Session, run: CourseRun, volunteer_id: int, *, by: int, now: datetime) -> None:
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None:
        raise NotFound
    may_enrol(session, run, volunteer, now=now)
    if _answer_by(run, now) is None:
        raise SignUpClosed
    seat = free_seat(session, run.id)
    if seat is None:
        raise RunIsFull
    enrolment = _enrolment(session, run, volunteer, EnrolmentStatus.WAITING, None, by=by, now=now)
    record(session, "enrolment.invited", enrolment, by=by, now=now, run=run.id)
    _offer(session, run, enrolment, seat, now=now)


def _enrolment(
    session: Session,
    run: CourseRun,
    person: Person,
    status: EnrolmentStatus,
    seat: int | None,
    *,
    by: int,
    now: datetime,
) -> Enrolment:
    enrolment = Enrolment(run_id=run.id, status=status, seat_number=seat, asked_at=now, asked_by_id=by)
    if isinstance(person, Volunteer):
        enrolment.volunteer_id = person.id
    elif isinstance(person, Carer):
        enrolment.carer_id = person.id
    else:
        enrolment.guest_name, enrolment.group_name = person.name, person.group
        enrolment.phone, enrolment.language = person.phone, person.language
    try:
        with session.begin_nested():
            session.add(enrolment)
    except IntegrityError as error:
        if not any(name in refusal_of(error) for name in ("live_", "enrolments.run_id, enrolments.")):
            raise
        raise AlreadyEnrolled from error
    return enrolment


def _offer(session: Session, run: CourseRun, enrolment: Enrolment, seat: int, *, now: datetime) -> None:
    token = new_token()
    move_enrolment(enrolment, EnrolmentStatus.OFFERED, seat=seat, by=None, now=now)
    enrolment.offered_at, enrolment.answer_by = now, _answer_by(run, now)
    enrolment.token, enrolment.token_hash = token, token_hash(token)
    session.flush()
    withdraw_messages(session, about=enrolment, now=now)
    record(session, "enrolment.offered", enrolment, by=None, now=now, run=run.id)
    tell(session, enrolment, "course_seat_offered", secret=token, expires_at=enrolment.answer_by, now=now)


def _answer_by(run: CourseRun, now: datetime) -> datetime | None:
    """Two days after the question can be read, but before the first lesson; None when that leaves no time."""
    asked_at = waits_until(now)
    begins = run_begins(run)
    answer_by = asked_at + TIME_TO_ANSWER
    if begins is not None:
        answer_by = min(answer_by, begins - LAST_ANSWER_BEFORE_LESSON)
    return answer_by if answer_by >= asked_at + LEAST_TIME_TO_ANSWER else None


def _is_unanswered(enrolment: Enrolment, now: datetime) -> bool:
    return enrolment.answer_by is not None and enrolment.answer_by <= now


def _refuse_closed(run: CourseRun, by_staff: bool, now: datetime) -> None:
    ends = run_ends(run)
    if run.status not in TO_COME or ends is None or ends <= now:
        raise RunNotOpen
    if not by_staff and closes_at(run) <= now:
        raise SignUpClosed

"""Staff plan a run: its seats, lessons and trainers; it opens, is confirmed to take place, or is called off."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalogue.models import Area
from app.shared.audit import record
from app.shared.database import refusal_of
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.shared.times import hong_kong_date
from app.training.errors import (
    LessonInThePast,
    LessonsOverlap,
    MinimumTooLarge,
    NoLessonsYet,
    RunIsOver,
    SeatsAreTaken,
    SitsInIt,
    TeachesAlready,
    TooFarAhead,
    TrainerBusy,
    TrainerFromOutsideUnseen,
    TrainerNotQualified,
)
from app.training.models import Course, RequiredOf
from app.training.models.runs import (
    LIVE_ENROLMENTS,
    QUARTER,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonAttendance,
    RunSeat,
    RunStatus,
    RunTrainer,
    TaughtQuarter,
)
from app.training.queries import requirement_groups
from app.training.queries.runs import (
    lesson_begins,
    missing_to_teach,
    overlap,
    places_of,
    skill_names,
    teaches,
)
from app.training.use_cases.enrolling import move_up
from app.training.use_cases.states import move_enrolment, move_run, standing_run
from app.training.use_cases.telling import tell_everybody, tell_new_times
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE

FARTHEST_AHEAD = timedelta(days=5 * 366)
"""What is planned for a day after that is a slip of the pen, such as the year 9999."""


@dataclass(frozen=True)
class RunFacts:
    """A run as staff write it, without its lessons."""

    seats: int
    minimum: int
    closes_on: date
    area: str | None = None
    host: str = ""
    is_assessed: bool = False
    least_percent: int = 80
    note: str = ""


@dataclass(frozen=True)
class LessonFacts:
    """One lesson as staff write it; minutes after midnight in Hong Kong."""

    on_date: date
    from_minute: int
    to_minute: int
    place: str = ""
    link: str = ""


def plan_run(session: Session, course_id: int, facts: RunFacts, *, by: int, now: datetime) -> CourseRun:
    """A new run of a course, a draft.

    Raises NotFound, MinimumTooLarge, TooFarAhead, InvalidInput for an area that is none.
    """
    if session.get(Course, course_id) is None:
        raise NotFound
    run = CourseRun(course_id=course_id, status=RunStatus.DRAFT, made_by_id=by, made_at=now)
    _write(session, run, facts, now)
    session.add(run)
    session.flush()
    _set_seats(session, run)
    record(session, "run.planned", run, by=by, now=now)
    return run


def change_run(
    session: Session, run_id: int, facts: RunFacts, *, version: int, by: int, now: datetime
) -> CourseRun:
    """Change what a run says, seen as of `version`.

    Raises NotFound, RunIsOver, ChangedMeanwhile, SeatsAreTaken when more people sit in it, and as `plan_run`.
    """
    run = standing_run(session, run_id)
    if run.version != version:
        raise ChangedMeanwhile
    taken = places_of(session, [run])[run.id]
    if facts.seats < taken.seats - taken.free:
        raise SeatsAreTaken(field="seats", taken=taken.seats - taken.free)
    _write(session, run, facts, now)
    session.flush()
    _set_seats(session, run)
    record(session, "run.changed", run, by=by, now=now)
    move_up(session, run, now=now)
    return run


def add_lesson(session: Session, run_id: int, facts: LessonFacts, *, by: int, now: datetime) -> Lesson:
    """A new lesson; those enrolled are told the new times.

    Raises NotFound, RunIsOver, LessonInThePast, TooFarAhead, LessonsOverlap, TrainerBusy, TrainerNotQualified.
    """
    run = standing_run(session, run_id)
    lesson = Lesson(run_id=run.id)
    _set_lesson(lesson, facts, now)
    session.add(lesson)
    session.flush()
    _settle_times(session, run, now)
    record(session, "lesson.added", lesson, by=by, now=now, run=run.id)
    tell_new_times(session, run, now=now)
    return lesson


def move_lesson(
    session: Session, lesson_id: int, facts: LessonFacts, *, version: int, by: int, now: datetime
) -> Lesson:
    """Another time or place for a lesson that has not begun; those enrolled are told.

    Who said before its old time that they are there says so again. Raises ChangedMeanwhile, and as `add_lesson`.
    """
    lesson, run = _lesson_to_change(session, lesson_id, now)
    if lesson.version != version:
        raise ChangedMeanwhile
    began = lesson_begins(lesson)
    _set_lesson(lesson, facts, now)
    session.flush()
    if lesson_begins(lesson) != began:
        _forget_taps(session, lesson)
    _settle_times(session, run, now)
    record(session, "lesson.moved", lesson, by=by, now=now, run=run.id)
    tell_new_times(session, run, now=now)
    return lesson


def remove_lesson(session: Session, lesson_id: int, *, by: int, now: datetime) -> CourseRun:
    """Take a lesson away that has not begun; those enrolled are told. Raises NotFound, RunIsOver, LessonInThePast,
    NoLessonsYet for the last one of a run that is open."""
    lesson, run = _lesson_to_change(session, lesson_id, now)
    if run.status is not RunStatus.DRAFT and len(run.lessons) == 1:
        raise NoLessonsYet
    session.execute(delete(TaughtQuarter).where(TaughtQuarter.lesson_id == lesson.id))
    _forget_taps(session, lesson)
    record(session, "lesson.removed", lesson, by=by, now=now, run=run.id)
    session.delete(lesson)
    session.flush()
    session.refresh(run, ["lessons"])
    tell_new_times(session, run, now=now)
    return run


def add_trainer(session: Session, run_id: int, volunteer_id: int, *, by: int, now: datetime) -> RunTrainer:
    """A volunteer teaches a run.

    Raises NotFound, RunIsOver, TeachesAlready, SitsInIt, TrainerNotQualified, TrainerBusy.
    """
    run = standing_run(session, run_id)
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None or volunteer.status in GONE:
        raise NotFound
    if teaches(session, run.id, volunteer.id):
        raise TeachesAlready(field="volunteer")
    is_in_it = select(Enrolment.id).where(
        Enrolment.run_id == run.id,
        Enrolment.volunteer_id == volunteer.id,
        Enrolment.status.in_(LIVE_ENROLMENTS),
    )
    if session.scalars(is_in_it).first() is not None:
        raise SitsInIt(field="volunteer")
    trainer = RunTrainer(run_id=run.id, volunteer_id=volunteer.id)
    session.add(trainer)
    session.flush()
    session.refresh(run, ["trainers"])
    _settle_times(session, run, now)
    record(session, "trainer.added", run, by=by, now=now, volunteer=volunteer.id)
    return trainer


def add_outside_trainer(
    session: Session, run_id: int, name: str, *, is_seen: bool, by: int, now: datetime
) -> RunTrainer:
    """Somebody from outside teaches a run. `is_seen`: whoever enters it has seen that they hold what the course asks.

    Raises NotFound, RunIsOver, TrainerFromOutsideUnseen.
    """
    run = standing_run(session, run_id)
    groups = requirement_groups(run.course, RequiredOf.TRAINER)
    if groups and not is_seen:
        raise TrainerFromOutsideUnseen(field="is_seen")
    trainer = RunTrainer(run_id=run.id, name=name)
    session.add(trainer)
    session.flush()
    session.refresh(run, ["trainers"])
    record(session, "trainer.added", run, by=by, now=now, trainer=trainer.id, is_seen=is_seen)
    return trainer


def remove_trainer(session: Session, run_id: int, trainer_id: int, *, by: int, now: datetime) -> CourseRun:
    """Somebody does not teach a run any more. Raises NotFound, RunIsOver."""
    run = standing_run(session, run_id)
    trainer = next((row for row in run.trainers if row.id == trainer_id), None)
    if trainer is None:
        raise NotFound
    record(session, "trainer.removed", run, by=by, now=now, volunteer=trainer.volunteer_id)
    session.delete(trainer)
    session.flush()
    session.refresh(run, ["trainers"])
    _settle_times(session, run, now)
    return run


def open_run(session: Session, run_id: int, *, by: int, now: datetime) -> CourseRun:
    """Let people sign up. Raises NotFound, RunIsOver, NoLessonsYet, LessonInThePast, TrainerNotQualified."""
    run = standing_run(session, run_id)
    if not run.lessons:
        raise NoLessonsYet
    if lesson_begins(run.lessons[0]) <= now:
        raise LessonInThePast
    _settle_times(session, run, now)
    move_run(run, RunStatus.OPEN)
    session.flush()
    record(session, "run.opened", run, by=by, now=now)
    return run


def confirm_run(session: Session, run_id: int, *, by: int, now: datetime) -> CourseRun:
    """It takes place; those enrolled are told. Raises NotFound, RunIsOver."""
    run = standing_run(session, run_id)
    move_run(run, RunStatus.CONFIRMED)
    session.flush()
    record(session, "run.confirmed", run, by=by, now=now)
    tell_everybody(session, run, "course_confirmed", {EnrolmentStatus.ENROLLED}, now=now)
    return run


def cancel_run(session: Session, run_id: int, reason: str, *, by: int, now: datetime) -> CourseRun:
    """Call a run off; everybody who has a seat or waits for one is told.

    Raises NotFound, RunIsOver, also once the first has been assessed.
    """
    run = standing_run(session, run_id)
    is_assessed = select(Enrolment.id).where(Enrolment.run_id == run.id, Enrolment.outcome.is_not(None))
    if session.scalars(is_assessed.limit(1)).first() is not None:
        raise RunIsOver
    was_open = run.status is not RunStatus.DRAFT
    move_run(run, RunStatus.CANCELLED)
    run.cancel_reason = reason
    _free_trainers(session, run)
    if was_open:
        tell_everybody(session, run, "course_cancelled", LIVE_ENROLMENTS, now=now)
    live = select(Enrolment).where(Enrolment.run_id == run.id, Enrolment.status.in_(LIVE_ENROLMENTS))
    for enrolment in session.scalars(live):
        move_enrolment(enrolment, EnrolmentStatus.CANCELLED, by=by, now=now)
    session.flush()
    record(session, "run.cancelled", run, by=by, now=now, reason=reason)
    return run


def _write(session: Session, run: CourseRun, facts: RunFacts, now: datetime) -> None:
    _refuse_far_day(facts.closes_on, "closes_on", now)
    if facts.minimum > facts.seats:
        raise MinimumTooLarge(field="minimum")
    if facts.area is not None and session.get(Area, facts.area) is None:
        raise InvalidInput(field="area")
    for name in ("seats", "minimum", "closes_on", "host", "is_assessed", "least_percent", "note"):
        setattr(run, name, getattr(facts, name))
    run.area_code = facts.area


def _set_seats(session: Session, run: CourseRun) -> None:
    """Make the rows say as many seats as the run has. Those who sit beyond the last move to a lower seat."""
    numbers = set(session.scalars(select(RunSeat.number).where(RunSeat.run_id == run.id)))
    wanted = set(range(1, run.seats + 1)) - numbers
    session.add_all(RunSeat(run_id=run.id, number=number) for number in sorted(wanted))
    session.flush()
    beyond = session.scalars(
        select(Enrolment).where(Enrolment.run_id == run.id, Enrolment.seat_number > run.seats)
    ).all()
    held = set(
        session.scalars(
            select(Enrolment.seat_number).where(
                Enrolment.run_id == run.id, Enrolment.seat_number.is_not(None)
            )
        )
    )
    free = iter(sorted(set(range(1, run.seats + 1)) - held))
    for enrolment in beyond:
        enrolment.seat_number = next(free)
    session.flush()
    session.execute(delete(RunSeat).where(RunSeat.run_id == run.id, RunSeat.number > run.seats))


def _set_lesson(lesson: Lesson, facts: LessonFacts, now: datetime) -> None:
    if facts.from_minute % QUARTER or facts.to_minute % QUARTER or facts.from_minute >= facts.to_minute:
        raise InvalidInput(field="ends")
    if not (facts.place or facts.link):
        raise InvalidInput(field="place")
    _refuse_far_day(facts.on_date, "on_date", now)
    for name in ("on_date", "from_minute", "to_minute", "place", "link"):
        setattr(lesson, name, getattr(facts, name))
    if lesson_begins(lesson) <= now:
        raise LessonInThePast(field="on_date")


def _refuse_far_day(day: date, field: str, now: datetime) -> None:
    if day - hong_kong_date(now) > FARTHEST_AHEAD:
        raise TooFarAhead(field=field)


def _forget_taps(session: Session, lesson: Lesson) -> None:
    """Half an hour before it began some had said already that they are there."""
    session.execute(delete(LessonAttendance).where(LessonAttendance.lesson_id == lesson.id))


def _lesson_to_change(session: Session, lesson_id: int, now: datetime) -> tuple[Lesson, CourseRun]:
    found = session.get(Lesson, lesson_id)
    if found is None:
        raise NotFound
    run = standing_run(session, found.run_id)
    lesson = next((row for row in run.lessons if row.id == lesson_id), None)
    if lesson is None:
        raise NotFound
    if lesson_begins(lesson) <= now:
        raise LessonInThePast
    return lesson, run


def _settle_times(session: Session, run: CourseRun, now: datetime) -> None:
    """Lessons or trainers have changed: nothing overlaps, everybody may teach, and their time is theirs alone."""
    session.refresh(run, ["lessons"])
    if overlap(run.lessons) is not None:
        raise LessonsOverlap(field="on_date")
    _free_trainers(session, run)
    today = hong_kong_date(now)
    for trainer in run.trainers:
        volunteer = trainer.volunteer
        if volunteer is None:
            continue
        lacks = missing_to_teach(session, run, volunteer.id, today)
        if lacks:
            raise TrainerNotQualified(field="volunteer", name=_name(volunteer), skills=skill_names(lacks))
        _take_time(session, run, volunteer)


def _take_time(session: Session, run: CourseRun, volunteer: Volunteer) -> None:
    for lesson in run.lessons:
        busy = session.scalars(
            select(TaughtQuarter.lesson_id).where(
                TaughtQuarter.volunteer_id == volunteer.id,
                TaughtQuarter.on_date == lesson.on_date,
                TaughtQuarter.quarter >= lesson.from_minute // QUARTER,
                TaughtQuarter.quarter < lesson.to_minute // QUARTER,
            )
        ).first()
        if busy is not None:
            other = session.get_one(Lesson, busy).run.course
            raise TrainerBusy(
                field="volunteer", name=_name(volunteer), course=f"{other.name_zh} {other.name_en}"
            )
        session.add_all(
            TaughtQuarter(
                volunteer_id=volunteer.id, on_date=lesson.on_date, quarter=quarter, lesson_id=lesson.id
            )
            for quarter in range(lesson.from_minute // QUARTER, lesson.to_minute // QUARTER)
        )
    try:
        session.flush()
    except IntegrityError as error:
        if "taught_quarters" not in refusal_of(error):
            raise
        raise TrainerBusy(field="volunteer", name=_name(volunteer), course="—") from error


def _free_trainers(session: Session, run: CourseRun) -> None:
    lessons = select(Lesson.id).where(Lesson.run_id == run.id)
    session.execute(delete(TaughtQuarter).where(TaughtQuarter.lesson_id.in_(lessons)))


def _name(volunteer: Volunteer) -> str:
    return volunteer.name_zh or volunteer.name_en

"""Who came, who passed, what they thought. An enrolment is completed here: `completed_on` is set by nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date
from app.training.errors import (
    AttendanceMissing,
    EnrolmentIsOver,
    LessonsToCome,
    NotAssessed,
    NotThereEnough,
    NotTheTime,
    NotYetBegun,
    OwnLearning,
    RunIsOver,
    TooEarlyToSay,
)
from app.training.models.runs import (
    TO_COME,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonAttendance,
    Outcome,
    RunEvaluation,
    RunMaterial,
    RunStatus,
)
from app.training.queries.attendance import (
    is_last_lesson_on,
    may_tap,
    seated_people,
    was_there_enough,
    who_came,
)
from app.training.queries.runs import lesson_begins, run_ends
from app.training.queries.study import is_own, minutes_attended
from app.training.use_cases.certificates import revoke_what_says_so
from app.training.use_cases.proofs import sweep_visits
from app.training.use_cases.states import lock_enrolment, lock_run, move_enrolment, move_run
from app.training.use_cases.telling import people_in, tell


def mark_attendance(
    session: Session, lesson_id: int, came: Mapping[int, bool], *, by: int, now: datetime
) -> Lesson:
    """Write down who came to a lesson: enrolment → whether. Others of the run stay as they were.

    Raises NotFound, NotYetBegun, RunIsOver for one that was called off, OwnLearning for who ticks themselves.
    """
    lesson, run = _lesson(session, lesson_id)
    if lesson_begins(lesson) > now:
        raise NotYetBegun
    people = {enrolment.id: enrolment for enrolment in seated_people(session, run.id)}
    known = {
        enrolment_id for (_lesson_id, enrolment_id), row in who_came(session, [lesson.id]).items() if row.came
    }
    if any(came[each] and is_own(people[each], by) for each in (came.keys() & people.keys()) - known):
        raise OwnLearning
    for enrolment_id in came.keys() & people.keys():
        _mark(session, lesson, enrolment_id, came[enrolment_id], by=by, is_own_tap=False, now=now)
    session.flush()
    record(session, "lesson.attendance", lesson, by=by, now=now, run=run.id, came=sum(came.values()))
    if run.status is RunStatus.FINISHED:
        for enrolment_id in sorted(came.keys() & people.keys()):
            _settle(session, run, people[enrolment_id], by=by, now=now)
    return lesson


def tap_in(
    session: Session, lesson_id: int, volunteer_id: int, *, by: int, now: datetime
) -> LessonAttendance:
    """Somebody says on their own telephone that they are in the lesson.

    Raises NotFound, RunIsOver, NotTheTime, EnrolmentIsOver without a seat.
    """
    lesson, run = _lesson(session, lesson_id)
    if not may_tap(lesson, now):
        raise NotTheTime
    mine = next((row for row in seated_people(session, run.id) if row.volunteer_id == volunteer_id), None)
    if mine is None:
        raise EnrolmentIsOver
    row = _mark(session, lesson, mine.id, True, by=by, is_own_tap=True, now=now)
    session.flush()
    record(session, "lesson.tapped", lesson, by=by, now=now, enrolment=mine.id)
    return row


def assess(
    session: Session, enrolment_id: int, *, has_passed: bool, feedback: str, by: int, now: datetime
) -> Enrolment:
    """Write down how an assessment went, with what to tell the person. It may be done again.

    Raises NotFound, OwnLearning, RunIsOver, NotAssessed, EnrolmentIsOver, LessonsToCome, NotThereEnough for a pass.
    """
    enrolment, run = lock_enrolment(session, enrolment_id)
    if is_own(enrolment, by):
        raise OwnLearning
    _refuse_over(run)
    if not run.is_assessed:
        raise NotAssessed
    if enrolment.status is not EnrolmentStatus.ENROLLED:
        raise EnrolmentIsOver
    if not is_last_lesson_on(run, now):
        raise LessonsToCome
    minutes = minutes_attended(session, [enrolment.id]).get(enrolment.id, 0)
    if has_passed and not was_there_enough(run, minutes):
        raise NotThereEnough
    enrolment.feedback, enrolment.assessed_at, enrolment.assessed_by_id = feedback, now, by
    _conclude(session, run, enrolment, Outcome.PASSED if has_passed else Outcome.NOT_YET, by=by, now=now)
    return enrolment


def finish_run(session: Session, run_id: int, *, by: int, now: datetime) -> CourseRun:
    """The run is over: who was there enough has completed it, unless an assessment is still to be written down.

    Raises NotFound, RunIsOver, LessonsToCome, AttendanceMissing while nobody said who came to one of its lessons.
    """
    run = lock_run(session, run_id)
    ends = run_ends(run)
    if run.status not in TO_COME:
        raise RunIsOver
    if ends is None or ends > now:
        raise LessonsToCome
    people = seated_people(session, run.id)
    marked = {lesson_id for lesson_id, _enrolment in who_came(session, [row.id for row in run.lessons])}
    if people and any(lesson.id not in marked for lesson in run.lessons):
        raise AttendanceMissing
    move_run(run, RunStatus.FINISHED)
    for enrolment in people_in(session, run, {EnrolmentStatus.WAITING, EnrolmentStatus.OFFERED}):
        move_enrolment(enrolment, EnrolmentStatus.CANCELLED, by=by, now=now)
    session.flush()
    for enrolment in people:
        _settle(session, run, enrolment, by=by, now=now)
    record(session, "run.finished", run, by=by, now=now)
    return run


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of a run; numbers from 1 (not good) to 4 (very good)."""

    content: int
    teaching: int
    usefulness: int
    words: str = ""


def evaluate(
    session: Session, enrolment_id: int, opinion: Opinion, *, by: int, now: datetime
) -> RunEvaluation:
    """Keep what somebody thought of a run; said again, it replaces the first. Raises NotFound, TooEarlyToSay."""
    enrolment, run = lock_enrolment(session, enrolment_id)
    if enrolment.status is not EnrolmentStatus.ENROLLED or not is_last_lesson_on(run, now):
        raise TooEarlyToSay
    row = session.merge(
        RunEvaluation(
            enrolment_id=enrolment.id,
            content=opinion.content,
            teaching=opinion.teaching,
            usefulness=opinion.usefulness,
            words=opinion.words,
            at=now,
        )
    )
    session.flush()
    record(session, "run.evaluated", run, by=by, now=now)
    return row


def add_material(
    session: Session, run_id: int, title: str, link: str, words: str, *, by: int, now: datetime
) -> RunMaterial:
    """Something to read or open for those with a seat. Raises NotFound, RunIsOver for one that was called off."""
    run = lock_run(session, run_id)
    _refuse_over(run)
    material = RunMaterial(run_id=run.id, title=title, link=link, words=words, added_at=now, added_by_id=by)
    session.add(material)
    session.flush()
    record(session, "material.added", run, by=by, now=now, material=material.id)
    return material


def remove_material(session: Session, run_id: int, material_id: int, *, by: int, now: datetime) -> None:
    """Take something to read away. Raises NotFound."""
    run = lock_run(session, run_id)
    material = session.get(RunMaterial, material_id)
    if material is None or material.run_id != run.id:
        raise NotFound
    session.delete(material)
    session.flush()
    record(session, "material.removed", run, by=by, now=now, material=material_id)


def _lesson(session: Session, lesson_id: int) -> tuple[Lesson, CourseRun]:
    """A lesson and its run, locked. Raises NotFound, RunIsOver for a draft or one that was called off."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound
    run = lock_run(session, lesson.run_id)
    _refuse_over(run)
    return lesson, run


def _refuse_over(run: CourseRun) -> None:
    if run.status not in {*TO_COME, RunStatus.FINISHED}:
        raise RunIsOver


def _mark(
    session: Session,
    lesson: Lesson,
    enrolment_id: int,
    came: bool,
    *,
    by: int,
    is_own_tap: bool,
    now: datetime,
) -> LessonAttendance:
    return session.merge(
        LessonAttendance(
            lesson_id=lesson.id, enrolment_id=enrolment_id, came=came, at=now, by_id=by, is_own_tap=is_own_tap
        )
    )


def _settle(session: Session, run: CourseRun, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """What a finished run means for one person, as attendance stands."""
    minutes = minutes_attended(session, [enrolment.id]).get(enrolment.id, 0)
    if not was_there_enough(run, minutes):
        outcome: Outcome | None = Outcome.MISSED
    elif run.is_assessed:
        outcome = None if enrolment.outcome is Outcome.MISSED else enrolment.outcome
    else:
        outcome = Outcome.PASSED
    _conclude(session, run, enrolment, outcome, by=by, now=now)


def _conclude(
    session: Session, run: CourseRun, enrolment: Enrolment, outcome: Outcome | None, *, by: int, now: datetime
) -> None:
    was = enrolment.outcome
    enrolment.outcome, enrolment.completed_on = outcome, None
    if outcome is Outcome.PASSED:
        days = [lesson.on_date for lesson in run.lessons]
        if run.is_assessed and enrolment.assessed_at is not None:
            days.append(hong_kong_date(enrolment.assessed_at))
        enrolment.completed_on = max(days)
    session.flush()
    if outcome is was:
        return
    said = outcome.value if outcome is not None else "open"
    record(session, "enrolment.concluded", enrolment, by=by, now=now, run=run.id, outcome=said)
    if outcome is not None:
        tell(session, enrolment, "course_result", occasion=outcome.value, now=now)
    if was is Outcome.PASSED:
        revoke_what_says_so(session, enrolment, by=by, now=now)
    if was is Outcome.PASSED and enrolment.volunteer_id is not None:
        sweep_visits(session, enrolment.volunteer_id, now)

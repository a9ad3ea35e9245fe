"""Which courses would unlock most of what waits, and to whom to offer the seats: by the engine, beside last night's
plan, in which nobody who is placed loses anything."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching import engine
from app.matching.engine import Problem, Result, Unlocked
from app.matching.models import Run
from app.matching.queries.runs import files_of, latest_run
from app.shared.times import SLOT_MINUTES, hong_kong_date
from app.training.models import Course
from app.training.models.runs import LIVE_ENROLMENTS, CourseRun, Enrolment
from app.training.queries import courses_for_volunteers, missing_groups
from app.training.queries.qualifications import skills_held_by
from app.training.queries.runs import runs_standing
from app.volunteers.models import ADULT_AGE, Volunteer, VolunteerStatus

SEATS = 12
WEIGHED_AT_ONCE = 3_000
"""Up to so many volunteers every course is weighed for the list; above, each on its own page."""
DAYS_AHEAD = 10
"""A first lesson is proposed so many days from now at the earliest."""
LONGEST_LESSON = 6
"""In half hours; a longer course is held on several days."""
EARLIEST, LATEST = 18, 42
_ANSWERS_KEPT = 128
_answers: dict[tuple[object, ...], Unlocked] = {}
"""What was asked of a plan, by the plan and the question: the same question has the same answer."""


@dataclass(frozen=True)
class Plan:
    """The last night's problem and result."""

    run: Run
    problem: Problem
    result: Result


@dataclass(frozen=True)
class Demand:
    """What a course would do for the visits that wait."""

    course: Course
    asked: int
    """Visits that wait and ask for something it grants."""
    unlocked: Unlocked | None
    """None: not weighed yet."""
    requests: int
    """With a visit that the seats would unlock."""


NOTHING = Unlocked((), (), (), ())


@dataclass(frozen=True)
class Proposal:
    """When and where to hold it, so that most of those it is for can come."""

    on_date: date
    from_minute: int
    to_minute: int
    area: str | None
    """Where most of them live."""


def last_plan(session: Session) -> Plan | None:
    """None before the first night, or while its files are missing."""
    run = latest_run(session)
    files = None if run is None else files_of(session, run.id)
    return None if run is None or files is None else Plan(run, *files)


def demands(session: Session, plan: Plan, *, now: datetime) -> list[Demand]:
    """Of every course that grants something somebody waits for; what unlocks most requests first."""
    waiting = {row.visit for row in plan.result.unserved}
    is_small = len(plan.problem.volunteer_index) <= WEIGHED_AT_ONCE
    learners = Learners(session, plan, now) if is_small else None
    found = []
    for course in courses_for_volunteers(session):
        granted = {skill.code for skill in course.grants}
        asked = sum(not granted.isdisjoint(plan.problem.visit(visit).skills) for visit in waiting)
        if asked:
            unlocked = None if learners is None else unlocked_for(plan, course, learners.of(course))
            found.append(Demand(course, asked, unlocked, requests_of(plan, unlocked)))
    return sorted(found, key=lambda each: (-each.requests, -each.asked, each.course.id))


def weighed(session: Session, plan: Plan | None, course: Course, *, now: datetime) -> Unlocked:
    """What one course would unlock; nothing before the first night."""
    if plan is None:
        return NOTHING
    return unlocked_for(plan, course, Learners(session, plan, now).of(course))


def unlocked_for(plan: Plan, course: Course, learners: Sequence[str]) -> Unlocked:
    """The engine's answer for these learners, kept as long as the plan is asked about."""
    grants = tuple(sorted(skill.code for skill in course.grants))
    question = (plan.result.problem, plan.result.value, grants, tuple(learners))
    if question not in _answers:
        if len(_answers) >= _ANSWERS_KEPT:
            _answers.clear()
        _answers[question] = engine.unlocked_by(plan.problem, plan.result, grants, learners, seats=SEATS)
    return _answers[question]


def requests_of(plan: Plan, unlocked: Unlocked | None) -> int:
    """How many requests the seats would unlock a visit of."""
    visits = {visit for learner in unlocked.learners for visit in learner.visits} if unlocked else set()
    return len({plan.problem.visit(visit).request for visit in visits})


class Learners:
    """Who may be offered a seat in a course: in the plan, of age, with what is needed first, without what it grants,
    not in a run of it already, and not unwilling to do what it is for."""

    def __init__(self, session: Session, plan: Plan, now: datetime) -> None:
        self._plan = plan
        active = Volunteer.status == VolunteerStatus.ACTIVE
        people = session.execute(select(Volunteer.id, Volunteer.code).where(active).order_by(Volunteer.code))
        self._codes = {row.id: row.code for row in people if row.code in plan.problem.volunteer_index}
        self._held = skills_held_by(session, hong_kong_date(now), active)
        self._enrolled: dict[int, set[int]] = {}
        standing = [run.id for run in runs_standing(session)]
        for course_id, volunteer_id in session.execute(
            select(CourseRun.course_id, Enrolment.volunteer_id)
            .join(Enrolment, Enrolment.run_id == CourseRun.id)
            .where(CourseRun.id.in_(standing), Enrolment.status.in_(LIVE_ENROLMENTS))
        ):
            self._enrolled.setdefault(course_id, set()).add(volunteer_id or 0)

    def of(self, course: Course) -> list[str]:
        """Their codes."""
        granted = {skill.code for skill in course.grants}
        kinds = {kind.code for kind in course.kinds}
        enrolled = self._enrolled.get(course.id, set())
        found = []
        for volunteer_id, code in self._codes.items():
            held = self._held.get(volunteer_id, {})
            if volunteer_id in enrolled or granted <= held.keys() or missing_groups(course, held):
                continue
            row = self._plan.problem.volunteer(code)
            is_unwilling = bool(kinds) and kinds <= set(row.avoids)
            if row.age >= ADULT_AGE and not is_unwilling:
                found.append(code)
        return found


def proposed_time(plan: Plan, course: Course, learners: Iterable[str], *, now: datetime) -> Proposal:
    """The weekday, time and area that suit most of these learners, from their free times and homes."""
    slots = min(max(course.minutes // SLOT_MINUTES, 1), LONGEST_LESSON)
    rows = [plan.problem.volunteer(code) for code in learners]
    free: Counter[tuple[int, int]] = Counter()
    for row in rows:
        free.update(
            {
                ((plan.problem.starts_on + timedelta(days=day)).weekday(), start)
                for day, begin, end in row.free
                for start in range(max(begin, EARLIEST), min(end, LATEST) - slots + 1)
            }
        )
    weekday, start = max(free, key=lambda when: (free[when], when[0] >= 5, -when[1]), default=(5, EARLIEST))
    first = hong_kong_date(now) + timedelta(days=DAYS_AHEAD)
    homes = Counter(row.home for row in rows)
    return Proposal(
        on_date=first + timedelta(days=(weekday - first.weekday()) % 7),
        from_minute=start * SLOT_MINUTES,
        to_minute=(start + slots) * SLOT_MINUTES,
        area=min(homes, key=lambda area: (-homes[area], area)) if homes else None,
    )


def people_of(session: Session, unlocked: Unlocked) -> Mapping[str, Volunteer]:
    """The volunteers named in an answer, by code."""
    codes = {learner.volunteer for learner in (*unlocked.learners, *unlocked.reserves)}
    return {
        row.code: row for row in session.scalars(select(Volunteer).where(Volunteer.code.in_(sorted(codes))))
    }

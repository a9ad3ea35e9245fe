"""What can be asked of runs: when they are held, who teaches, how full they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.catalogue.models import Skill
from app.shared.times import hong_kong_date, hong_kong_moment
from app.training.models import RequiredOf
from app.training.models.runs import (
    STANDING,
    TO_COME,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    RunMaterial,
    RunSeat,
    RunStatus,
    RunTrainer,
)
from app.training.queries import missing_groups, skills_held
from app.volunteers.queries import GONE, youngest_age

OLDER_FROM = 60
HELD = frozenset({*TO_COME, RunStatus.FINISHED})


def lesson_begins(lesson: Lesson) -> datetime:
    """The moment a lesson begins."""
    return hong_kong_moment(lesson.on_date, time()) + timedelta(minutes=lesson.from_minute)


def lesson_ends(lesson: Lesson) -> datetime:
    """The moment a lesson ends."""
    return hong_kong_moment(lesson.on_date, time()) + timedelta(minutes=lesson.to_minute)


def run_begins(run: CourseRun) -> datetime | None:
    """The moment its first lesson begins; None without lessons."""
    return lesson_begins(run.lessons[0]) if run.lessons else None


def run_ends(run: CourseRun) -> datetime | None:
    """The moment its last lesson ends; None without lessons."""
    return max((lesson_ends(lesson) for lesson in run.lessons), default=None)


def closes_at(run: CourseRun) -> datetime:
    """Until when people may sign up: to the end of its last day for it, and not once the first lesson begins."""
    closes = hong_kong_moment(run.closes_on + timedelta(days=1), time())
    begins = run_begins(run)
    return closes if begins is None else min(closes, begins)


def takes_people(run: CourseRun, now: datetime) -> bool:
    """Whether people may sign up by themselves."""
    return run.status in TO_COME and now < closes_at(run)


def run_shown(session: Session, _account: Account, run_id: int, **_others: object) -> CourseRun | None:
    """Any run, for coordinators."""
    return session.get(CourseRun, run_id)


def lesson_shown(session: Session, _account: Account, lesson_id: int) -> Lesson | None:
    """Any lesson, for coordinators."""
    return session.get(Lesson, lesson_id)


@dataclass(frozen=True)
class Places:
    """How full a run is."""

    seats: int
    enrolled: int = 0
    offered: int = 0
    waiting: int = 0

    @property
    def free(self) -> int:
        """Seats that nobody holds."""
        return self.seats - self.enrolled - self.offered


def places_of(session: Session, runs: Collection[CourseRun]) -> Mapping[int, Places]:
    """By run: how full it is."""
    rows = session.execute(
        select(Enrolment.run_id, Enrolment.status, func.count())
        .where(Enrolment.run_id.in_([run.id for run in runs]))
        .group_by(Enrolment.run_id, Enrolment.status)
    )
    counts = {(row[0], row[1]): row[2] for row in rows}
    return {
        run.id: Places(
            run.seats,
            counts.get((run.id, EnrolmentStatus.ENROLLED), 0),
            counts.get((run.id, EnrolmentStatus.OFFERED), 0),
            counts.get((run.id, EnrolmentStatus.WAITING), 0),
        )
        for run in runs
    }


def runs_standing(session: Session) -> Sequence[CourseRun]:
    """Runs that are planned or going on, the first to begin first; those without lessons last."""
    runs = session.scalars(select(CourseRun).where(CourseRun.status.in_(STANDING)).order_by(CourseRun.id))
    return sorted(
        runs.all(), key=lambda run: (not run.lessons, run.lessons[0].on_date if run.lessons else date.max)
    )


def runs_over(session: Session, most: int) -> Sequence[CourseRun]:
    """Runs that were held or called off, the newest first."""
    return session.scalars(
        select(CourseRun).where(CourseRun.status.not_in(STANDING)).order_by(CourseRun.id.desc()).limit(most)
    ).all()


def runs_open(session: Session, now: datetime) -> Sequence[CourseRun]:
    """Runs that volunteers may sign up for now, the first to begin first."""
    return [run for run in runs_standing(session) if takes_people(run, now) and run.course.open_to_volunteers]


def free_seat(session: Session, run_id: int) -> int | None:
    """The lowest seat of a run that nobody holds."""
    return session.scalars(
        select(RunSeat.number)
        .outerjoin(
            Enrolment, (Enrolment.run_id == RunSeat.run_id) & (Enrolment.seat_number == RunSeat.number)
        )
        .where(RunSeat.run_id == run_id, Enrolment.id.is_(None))
        .order_by(RunSeat.number)
        .limit(1)
    ).one_or_none()


def somebody_waits(session: Session, run_id: int) -> bool:
    """Whether anybody is on a run's waiting list."""
    waiting = select(Enrolment.id).where(
        Enrolment.run_id == run_id, Enrolment.status == EnrolmentStatus.WAITING
    )
    return session.scalars(waiting.limit(1)).first() is not None


def overlap(lessons: Iterable[Lesson]) -> tuple[Lesson, Lesson] | None:
    """Two of these lessons at one time, if there are any."""
    ordered = sorted(lessons, key=lambda lesson: (lesson.on_date, lesson.from_minute))
    for earlier, later in pairwise(ordered):
        if earlier.on_date == later.on_date and later.from_minute < earlier.to_minute:
            return earlier, later
    return None


def missing_to_teach(session: Session, run: CourseRun, volunteer_id: int, today: date) -> list[list[Skill]]:
    """What a volunteer lacks to teach a run, on any day of it. Empty: they may teach."""
    days = {lesson.on_date for lesson in run.lessons} or {today}
    lacks: dict[tuple[str, ...], list[Skill]] = {}
    for on in sorted(days):
        for group in missing_groups(run.course, skills_held(session, volunteer_id, on), RequiredOf.TRAINER):
            lacks[tuple(skill.code for skill in group)] = group
    return list(lacks.values())


def teach_across_ages(run: CourseRun, today: date) -> bool:
    """Whether somebody of 60 or above and somebody younger teach it together."""
    ages = [youngest_age(row.volunteer, today) for row in run.trainers if row.volunteer is not None]
    return bool(ages) and max(ages) >= OLDER_FROM > min(ages)


def teaches(session: Session, run_id: int, volunteer_id: int) -> bool:
    """Whether a volunteer teaches a run."""
    return (
        session.scalars(
            select(RunTrainer.id).where(RunTrainer.run_id == run_id, RunTrainer.volunteer_id == volunteer_id)
        ).first()
        is not None
    )


def lesson_taught(session: Session, account: Account, lesson_id: int) -> Lesson | None:
    """A lesson that a volunteer of this account teaches who has not left, while the run stands or is just over."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None or lesson.run.status not in HELD:
        return None
    trainers = [row.volunteer for row in lesson.run.trainers if row.volunteer is not None]
    is_theirs = any(person.account_id == account.id and person.status not in GONE for person in trainers)
    return lesson if is_theirs else None


def lessons_taught(session: Session, volunteer_id: int) -> Sequence[Lesson]:
    """The lessons that a volunteer teaches of runs that are not finished, in time order."""
    return session.scalars(
        select(Lesson)
        .join(Lesson.run)
        .join(RunTrainer, RunTrainer.run_id == CourseRun.id)
        .where(RunTrainer.volunteer_id == volunteer_id, CourseRun.status.in_(TO_COME))
        .order_by(Lesson.on_date, Lesson.from_minute)
    ).all()


def lessons_by_day(
    session: Session, first: date, last: date, *, volunteer_id: int | None = None, area: str = ""
) -> dict[date, list[Lesson]]:
    """By day, in time order: lessons that are or were to be held; those in which one volunteer sits or whom they
    teach, or those of one area."""
    query = (
        select(Lesson)
        .join(Lesson.run)
        .where(Lesson.on_date >= first, Lesson.on_date <= last, CourseRun.status.in_(HELD))
        .order_by(Lesson.on_date, Lesson.from_minute, Lesson.id)
        .options(joinedload(Lesson.run))
    )
    if volunteer_id is not None:
        sits = select(Enrolment.run_id).where(
            Enrolment.volunteer_id == volunteer_id, Enrolment.status == EnrolmentStatus.ENROLLED
        )
        taught = select(RunTrainer.run_id).where(RunTrainer.volunteer_id == volunteer_id)
        query = query.where(or_(Lesson.run_id.in_(sits), Lesson.run_id.in_(taught)))
    if area:
        query = query.where(CourseRun.area_code == area)
    found: dict[date, list[Lesson]] = {}
    for lesson in session.scalars(query):
        found.setdefault(lesson.on_date, []).append(lesson)
    return found


def materials_of(session: Session, run_id: int) -> Sequence[RunMaterial]:
    """What there is to read for a run, the first added first."""
    return session.scalars(
        select(RunMaterial).where(RunMaterial.run_id == run_id).order_by(RunMaterial.id)
    ).all()


def first_day(run: CourseRun, now: datetime) -> date:
    """The day of its first lesson; today without lessons."""
    return run.lessons[0].on_date if run.lessons else hong_kong_date(now)


def skill_names(groups: Iterable[Iterable[Skill]]) -> str:
    """Groups of qualifications by their names in both languages."""
    return "; ".join("／".join(f"{skill.name_zh} {skill.name_en}" for skill in group) for group in groups)

"""What a year's learning came to: by faculty, by field of service, by who learned and how old they are; and the
requests that were served because of it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import RequestSkill
from app.shared.database import among
from app.training.models import Faculty
from app.training.models.runs import Enrolment, Lesson, LessonAttendance
from app.training.queries import faculties
from app.training.queries.holding import Source
from app.training.queries.qualifications import qualification_periods
from app.visits.models import SeatStatus, Visit, VisitSeat, VisitStatus
from app.volunteers.models import Volunteer

Key = TypeVar("Key", bound=Hashable)

SERVED = (VisitStatus.ATTENDED, VisitStatus.REPORTED)
BY_LEARNING = frozenset({Source.COURSE, Source.RENEWAL})


class Learner(StrEnum):
    """Who learned."""

    VOLUNTEER = "learner_volunteer"
    CARER = "learner_carer"
    PUBLIC = "learner_public"


class AgeBand(StrEnum):
    """By the year of birth, at the end of the year reported on; of carers and guests nobody asks it."""

    CHILD = "6-11"
    YOUNGER_YOUTH = "12-17"
    YOUTH = "18-29"
    ADULT = "30-59"
    OLDER = "60-74"
    OLDEST = "75+"
    UNKNOWN = "age_unknown"


_BANDS = (
    (11, AgeBand.CHILD),
    (17, AgeBand.YOUNGER_YOUTH),
    (29, AgeBand.YOUTH),
    (59, AgeBand.ADULT),
    (74, AgeBand.OLDER),
)


@dataclass(frozen=True)
class Share:
    """A part of the year's learning."""

    key: object
    people: int
    """Each counted once, however many courses they took."""
    completed: int
    """Courses completed, of all people together."""
    minutes: int
    """Of lessons that people came to."""


@dataclass(frozen=True)
class YearOfLearning:
    """Everything of one year, each list in a fixed order, without empty rows."""

    all: Share
    by_faculty: list[Share]
    """`key`: the Faculty."""
    by_field: list[Share]
    """`key`: the ServiceArea of the kinds of support that the courses are for; a course may be for several."""
    by_learner: list[Share]
    by_age: list[Share]
    requests_served: int
    """Requests with a visit that took place by somebody who could go only because of a course."""
    visits_served: int


@dataclass(frozen=True)
class _Part:
    """One enrolment's part."""

    enrolment: Enrolment
    minutes: int
    is_completed: bool


def year_of_learning(session: Session, year: int) -> YearOfLearning:
    """The figures of a calendar year."""
    parts = _parts(session, date(year, 1, 1), date(year, 12, 31))
    by_faculty: dict[int, list[_Part]] = defaultdict(list)
    by_field: dict[object, list[_Part]] = defaultdict(list)
    by_learner: dict[Learner, list[_Part]] = defaultdict(list)
    by_age: dict[AgeBand, list[_Part]] = defaultdict(list)
    for part in parts:
        course = part.enrolment.run.course
        by_faculty[course.faculty_id].append(part)
        for field in {kind.service_area for kind in course.kinds}:
            by_field[field].append(part)
        by_learner[_learner(part.enrolment)].append(part)
        by_age[_age_band(part.enrolment, year)].append(part)
    requests, visits = _served_by_learning(session, year)
    known: dict[int, Faculty] = {faculty.id: faculty for faculty in faculties(session)}
    return YearOfLearning(
        all=_share("all", parts),
        by_faculty=[_share(known[key], by_faculty[key]) for key in known if key in by_faculty],
        by_field=_shares(sorted(by_field, key=str), by_field),
        by_learner=_shares(Learner, by_learner),
        by_age=_shares(AgeBand, by_age),
        requests_served=requests,
        visits_served=visits,
    )


def age_band(birth_year: int, year: int) -> AgeBand:
    """The band of somebody's age at the end of a year."""
    age = year - birth_year
    return next((band for oldest, band in _BANDS if age <= oldest), AgeBand.OLDEST)


def _parts(session: Session, first: date, last: date) -> list[_Part]:
    """Enrolments with a lesson somebody came to, or a completion, in these days."""
    minutes = {
        enrolment_id: int(total)
        for enrolment_id, total in session.execute(
            select(LessonAttendance.enrolment_id, func.sum(Lesson.to_minute - Lesson.from_minute))
            .join(Lesson, Lesson.id == LessonAttendance.lesson_id)
            .where(LessonAttendance.came, Lesson.on_date >= first, Lesson.on_date <= last)
            .group_by(LessonAttendance.enrolment_id)
        )
    }
    completed = set(
        session.scalars(
            select(Enrolment.id).where(Enrolment.completed_on >= first, Enrolment.completed_on <= last)
        )
    )
    rows = session.scalars(
        select(Enrolment)
        .where(among(Enrolment.id, minutes.keys() | completed))
        .order_by(Enrolment.id)
        .options(joinedload(Enrolment.run), joinedload(Enrolment.volunteer))
    )
    return [_Part(row, minutes.get(row.id, 0), row.id in completed) for row in rows]


def _share(key: object, parts: Iterable[_Part]) -> Share:
    counted = list(parts)
    return Share(
        key,
        len({_person(part.enrolment) for part in counted}),
        sum(part.is_completed for part in counted),
        sum(part.minutes for part in counted),
    )


def _shares(order: Iterable[Key], parts: dict[Key, list[_Part]]) -> list[Share]:
    return [_share(key, parts[key]) for key in order if key in parts]


def _person(enrolment: Enrolment) -> tuple[Learner, object]:
    """Somebody once; a guest is known by name and telephone only, so counts once for each run."""
    learner = _learner(enrolment)
    known = {Learner.VOLUNTEER: enrolment.volunteer_id, Learner.CARER: enrolment.carer_id}
    return learner, known.get(learner, enrolment.id)


def _learner(enrolment: Enrolment) -> Learner:
    if enrolment.volunteer_id is not None:
        return Learner.VOLUNTEER
    return Learner.CARER if enrolment.carer_id is not None else Learner.PUBLIC


def _age_band(enrolment: Enrolment, year: int) -> AgeBand:
    return AgeBand.UNKNOWN if enrolment.volunteer is None else age_band(enrolment.volunteer.birth_year, year)


def _served_by_learning(session: Session, year: int) -> tuple[int, int]:
    """Requests and visits that took place with somebody who had a skill that was asked for by a course alone."""
    rows = session.execute(
        select(VisitSeat.volunteer_id, Visit.id, Visit.request_id, Visit.on_date, RequestSkill.skill_code)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(RequestSkill, RequestSkill.request_id == Visit.request_id)
        .where(
            Visit.status.in_(SERVED),
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.on_date >= date(year, 1, 1),
            Visit.on_date <= date(year, 12, 31),
        )
    ).all()
    held = qualification_periods(session, among(Volunteer.id, {row.volunteer_id for row in rows}))
    requests: set[int] = set()
    visits: set[int] = set()
    for row in rows:
        sources = {
            period.source
            for period in held.get(row.volunteer_id, ())
            if period.skill_code == row.skill_code and period.covers(row.on_date)
        }
        if sources and sources <= BY_LEARNING:
            requests.add(row.request_id)
            visits.add(row.id)
    return len(requests), len(visits)

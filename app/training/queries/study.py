"""What people have completed, whom a certificate waits for, and who has finished a faculty's programme."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, func, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.shared.database import among
from app.training.models import Course, Faculty
from app.training.models.certificates import Certificate
from app.training.models.runs import CourseRun, Enrolment, Lesson, LessonAttendance
from app.volunteers.models import Volunteer
from app.volunteers.queries import own_volunteer


@dataclass(frozen=True)
class Studied:
    """A course that a volunteer completed."""

    course: Course
    completed_on: date
    minutes: int
    """Of the lessons they came to."""
    certificate: Certificate | None
    """One that holds."""


def studied(session: Session, volunteer_id: int) -> list[Studied]:
    """What a volunteer has completed, the latest first."""
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.volunteer_id == volunteer_id, Enrolment.completed_on.is_not(None))
        .order_by(Enrolment.completed_on.desc(), Enrolment.id.desc())
        .options(joinedload(Enrolment.run))
    ).all()
    minutes = minutes_attended(session, [row.id for row in rows])
    held = {row.enrolment_id: row for row in certificates_of(session, volunteer_id)}
    return [
        Studied(row.run.course, row.completed_on, minutes.get(row.id, 0), held.get(row.id))
        for row in rows
        if row.completed_on is not None
    ]


def minutes_attended(session: Session, enrolment_ids: Sequence[int]) -> Mapping[int, int]:
    """Enrolment → minutes of the lessons somebody came to, where they came to any."""
    rows = session.execute(
        select(LessonAttendance.enrolment_id, func.sum(Lesson.to_minute - Lesson.from_minute))
        .join(Lesson, Lesson.id == LessonAttendance.lesson_id)
        .where(among(LessonAttendance.enrolment_id, enrolment_ids), LessonAttendance.came)
        .group_by(LessonAttendance.enrolment_id)
    )
    return {enrolment_id: int(minutes) for enrolment_id, minutes in rows}


def without_certificate(session: Session, *, by: int | None) -> Sequence[Enrolment]:
    """Completed, with no certificate that holds, and not the account `by`'s own; by course and day."""
    written = select(Certificate.enrolment_id).where(
        Certificate.enrolment_id.is_not(None), Certificate.revoked_at.is_(None)
    )
    rows = session.scalars(
        select(Enrolment)
        .join(CourseRun, CourseRun.id == Enrolment.run_id)
        .where(Enrolment.completed_on.is_not(None), Enrolment.id.not_in(written))
        .order_by(Enrolment.completed_on, CourseRun.id, Enrolment.id)
        .options(joinedload(Enrolment.run), joinedload(Enrolment.volunteer), joinedload(Enrolment.carer))
    ).all()
    return [row for row in rows if not is_own(row, by)]


def is_own(enrolment: Enrolment, account_id: int | None) -> bool:
    """Whether it is of a person who signs in by that account."""
    person = enrolment.volunteer or enrolment.carer
    return person is not None and person.account_id is not None and person.account_id == account_id


@dataclass(frozen=True)
class Graduate:
    """A volunteer who has completed every core course of a faculty."""

    volunteer: Volunteer
    faculty: Faculty
    courses: Sequence[tuple[Course, date]]
    """With the first day on which they completed it."""
    finished_on: date
    certificate: Certificate | None
    """One that holds."""


def graduates(session: Session, faculty: Faculty) -> list[Graduate]:
    """Who has finished a faculty's programme, the latest first. Nobody where the faculty has no core course."""
    core = session.scalars(
        select(Course).where(Course.faculty_id == faculty.id, Course.is_core).order_by(Course.id)
    ).all()
    if not core:
        return []
    done: dict[int, dict[int, date]] = defaultdict(dict)
    query = (
        select(Volunteer.id, CourseRun.course_id, type_coerce(func.min(Enrolment.completed_on), Date))
        .join(Enrolment, Enrolment.volunteer_id == Volunteer.id)
        .join(CourseRun, CourseRun.id == Enrolment.run_id)
        .where(CourseRun.course_id.in_([course.id for course in core]), Enrolment.completed_on.is_not(None))
        .group_by(Volunteer.id, CourseRun.course_id)
    )
    for volunteer_id, course_id, first in session.execute(query):
        done[volunteer_id][course_id] = first
    finished = {who: days for who, days in done.items() if len(days) == len(core)}
    people = session.scalars(select(Volunteer).where(among(Volunteer.id, finished)).order_by(Volunteer.code))
    held = {
        row.volunteer_id: row
        for row in session.scalars(
            select(Certificate).where(Certificate.faculty_id == faculty.id, Certificate.revoked_at.is_(None))
        )
    }
    found = [
        Graduate(
            person,
            faculty,
            [(course, finished[person.id][course.id]) for course in core],
            max(finished[person.id].values()),
            held.get(person.id),
        )
        for person in people
    ]
    return sorted(found, key=lambda each: each.finished_on, reverse=True)


def certificates_of(session: Session, volunteer_id: int) -> Sequence[Certificate]:
    """A volunteer's certificates that hold, the latest first."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.volunteer_id == volunteer_id, Certificate.revoked_at.is_(None))
        .order_by(Certificate.id.desc())
    ).all()


def certificates_written(session: Session, most: int) -> Sequence[Certificate]:
    """The last that were written, revoked ones too."""
    return session.scalars(
        select(Certificate)
        .order_by(Certificate.id.desc())
        .limit(most)
        .options(joinedload(Certificate.issued_by))
    ).all()


def certificate_shown(session: Session, _account: Account, certificate_id: int) -> Certificate | None:
    """Any certificate, for coordinators."""
    return session.get(Certificate, certificate_id)


def certificate_to_revoke(session: Session, _account: Account, certificate_id: int) -> Certificate | None:
    """A certificate that holds, for coordinators."""
    row = session.get(Certificate, certificate_id)
    return row if row is not None and row.revoked_at is None else None


def own_certificate(
    session: Session, account: Account, volunteer_id: int, certificate_id: int
) -> Certificate | None:
    """A certificate that holds, for the volunteer it was written for."""
    row = session.get(Certificate, certificate_id)
    if row is None or row.volunteer_id != volunteer_id or row.revoked_at is not None:
        return None
    return row if own_volunteer(session, account, volunteer_id) is not None else None


@dataclass(frozen=True)
class Checked:
    """What anybody is told of a certificate's number that holds: nothing but its last day."""

    valid_until: date | None


def certificate_checked(session: Session, number: str) -> Checked | None:
    """Of a certificate that was written and not revoked. Wrong, unknown and revoked are one answer: None."""
    row = session.execute(
        select(Certificate.valid_until).where(
            Certificate.number == number.upper(), Certificate.revoked_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else Checked(row.valid_until)

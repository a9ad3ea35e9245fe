"""What can be asked of the curriculum, and what a person still needs for a course."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.models import Skill
from app.training.models import Course, Faculty, RequiredOf
from app.training.queries.qualifications import skills_held_by
from app.volunteers.models import Volunteer


def faculties(session: Session) -> Sequence[Faculty]:
    """Every faculty in the order of lists."""
    return session.scalars(select(Faculty).order_by(Faculty.position, Faculty.id)).all()


def course_counts(session: Session) -> Mapping[int, int]:
    """By faculty that has any: how many courses belong to it."""
    rows = session.execute(select(Course.faculty_id, func.count()).group_by(Course.faculty_id))
    return {row[0]: row[1] for row in rows}


def courses(session: Session) -> Sequence[Course]:
    """Every course, offered or not, by faculty and name."""
    return session.scalars(
        select(Course).join(Course.faculty).order_by(Faculty.position, Faculty.id, Course.name_en, Course.id)
    ).all()


def courses_for_volunteers(session: Session) -> Sequence[Course]:
    """The courses that volunteers may take now."""
    return [course for course in courses(session) if course.is_offered and course.open_to_volunteers]


def course_shown(session: Session, _account: Account, course_id: int) -> Course | None:
    """Any course, for staff."""
    return session.get(Course, course_id)


def faculty_shown(session: Session, _account: Account, faculty_id: int) -> Faculty | None:
    """Any faculty, for staff."""
    return session.get(Faculty, faculty_id)


def skills_held(session: Session, volunteer_id: int, on: date) -> dict[str, date | None]:
    """The qualifications a volunteer has on a day: code → its last valid day, None for no end."""
    return skills_held_by(session, on, Volunteer.id == volunteer_id).get(volunteer_id, {})


def requirement_groups(course: Course, of: RequiredOf = RequiredOf.LEARNER) -> list[list[Skill]]:
    """What is asked before the course: groups, any one skill of each will do."""
    groups: dict[int, list[Skill]] = {}
    for row in course.requirements:
        if row.of is of:
            groups.setdefault(row.group_number, []).append(row.skill)
    return [groups[number] for number in sorted(groups)]


def missing_groups(
    course: Course, held: Collection[str], of: RequiredOf = RequiredOf.LEARNER
) -> list[list[Skill]]:
    """The groups of which a person with the qualifications `held` has none. Empty: they may begin.

    The one function that says whether somebody may learn or teach.
    """
    return [
        group for group in requirement_groups(course, of) if not any(skill.code in held for skill in group)
    ]


@dataclass(frozen=True)
class CourseForMe:
    """A course as one volunteer sees it."""

    course: Course
    missing: list[list[Skill]]
    """What they need first, by groups."""
    is_held: bool
    """Everything it grants they have already."""


def courses_for(session: Session, volunteer: Volunteer, on: date) -> list[CourseForMe]:
    """What is on offer for a volunteer: what they may begin first, what they have already last."""
    held = skills_held(session, volunteer.id, on)
    found = [
        CourseForMe(
            course,
            missing_groups(course, held),
            bool(course.grants) and all(skill.code in held for skill in course.grants),
        )
        for course in courses_for_volunteers(session)
    ]
    return sorted(found, key=lambda each: (each.is_held, bool(each.missing)))


@dataclass(frozen=True)
class Prerequisites:
    """What one course needs and gives, by codes: as much as is asked about going round in circles."""

    course_id: int
    needs: list[AbstractSet[str]]
    gives: AbstractSet[str]


def prerequisites_of(course: Course) -> Prerequisites:
    """A course's, of the learner."""
    return Prerequisites(
        course.id,
        [{skill.code for skill in group} for group in requirement_groups(course)],
        {skill.code for skill in course.grants},
    )


def never_begun(curriculum: Iterable[Prerequisites]) -> list[int]:
    """The courses nobody could ever begin, because they wait for one another.

    What no course gives comes from elsewhere (an assessment, a certificate), so it can be had.
    """
    waiting = list(curriculum)
    given = set().union(*(each.gives for each in waiting)) if waiting else set()
    within_reach: set[str] = set()
    while True:
        ready = [
            each
            for each in waiting
            if all(any(code in within_reach or code not in given for code in group) for group in each.needs)
        ]
        if not ready:
            return [each.course_id for each in waiting]
        for each in ready:
            within_reach |= each.gives
        waiting = [each for each in waiting if each not in ready]

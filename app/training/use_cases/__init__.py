"""Staff write the curriculum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.catalogue.models import Language, Skill, SupportKind
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.training.errors import (
    FacultyNotEmpty,
    OpenToNobody,
    RenewalTooLong,
    RequirementsGoRound,
    RequiresWhatItGrants,
)
from app.training.models import Course, CourseRequirement, Faculty, RequiredOf
from app.training.queries import course_counts, never_begun, prerequisites_of


@dataclass(frozen=True)
class CourseFacts:
    """A course as staff write it. Groups: any one code of each will do, every group must be met."""

    faculty_id: int
    name_zh: str
    name_en: str
    minutes: int
    language: str
    aims_zh: str = ""
    aims_en: str = ""
    audience_zh: str = ""
    audience_en: str = ""
    open_to_volunteers: bool = True
    open_to_carers: bool = False
    open_to_public: bool = False
    valid_months: int | None = None
    renewal_months: int | None = None
    is_offered: bool = True
    is_core: bool = False
    kinds: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    prolongs: tuple[str, ...] = ()
    learner_groups: tuple[tuple[str, ...], ...] = ()
    trainer_groups: tuple[tuple[str, ...], ...] = ()


def add_faculty(session: Session, name_zh: str, name_en: str, *, by: int | None, now: datetime) -> Faculty:
    """A new faculty, the last in lists."""
    last = session.scalars(select(Faculty.position).order_by(Faculty.position.desc())).first()
    faculty = Faculty(name_zh=name_zh, name_en=name_en, position=(last or 0) + 1)
    session.add(faculty)
    session.flush()
    record(session, "faculty.added", faculty, by=by, now=now)
    return faculty


def change_faculty(
    session: Session, faculty_id: int, name_zh: str, name_en: str, *, by: int, now: datetime
) -> Faculty:
    """Rename a faculty. Raises NotFound."""
    faculty = _faculty(session, faculty_id)
    faculty.name_zh, faculty.name_en = name_zh, name_en
    session.flush()
    record(session, "faculty.changed", faculty, by=by, now=now)
    return faculty


def remove_faculty(session: Session, faculty_id: int, *, by: int, now: datetime) -> None:
    """Take away a faculty without courses. Raises NotFound, FacultyNotEmpty."""
    faculty = _faculty(session, faculty_id)
    if course_counts(session).get(faculty_id):
        raise FacultyNotEmpty
    record(session, "faculty.removed", faculty, by=by, now=now)
    session.delete(faculty)
    session.flush()


def add_course(
    session: Session, facts: CourseFacts, *, is_invented: bool = False, by: int | None, now: datetime
) -> Course:
    """A new course.

    Raises OpenToNobody, RenewalTooLong, RequiresWhatItGrants, RequirementsGoRound, and InvalidInput for a faculty,
    language, kind or qualification that is none.
    """
    _lock_the_curriculum(session)
    course = Course(is_invented=is_invented)
    _write(session, course, facts)
    session.add(course)
    session.flush()
    _refuse_circles(session)
    record(session, "course.added", course, by=by, now=now)
    return course


def change_course(
    session: Session, course_id: int, facts: CourseFacts, *, version: int, by: int, now: datetime
) -> Course:
    """Change a course that was seen as of `version`. Raises NotFound, ChangedMeanwhile, and as `add_course`."""
    _lock_the_curriculum(session)
    course = session.get(Course, course_id)
    if course is None:
        raise NotFound
    if course.version != version:
        raise ChangedMeanwhile
    _write(session, course, facts)
    flag_modified(course, "name_zh")  # lists alone would not raise the version
    session.flush()
    _refuse_circles(session)
    record(session, "course.changed", course, by=by, now=now)
    return course


def _faculty(session: Session, faculty_id: int) -> Faculty:
    faculty = session.get(Faculty, faculty_id, with_for_update=True)
    if faculty is None:
        raise NotFound
    return faculty


def _lock_the_curriculum(session: Session) -> None:
    """One at a time: two who each add half of a circle would not see the other's half."""
    session.scalars(select(Faculty).order_by(Faculty.id).with_for_update()).all()


def _write(session: Session, course: Course, facts: CourseFacts) -> None:
    if not (facts.open_to_volunteers or facts.open_to_carers or facts.open_to_public):
        raise OpenToNobody(field="open_to")
    if facts.renewal_months is not None and facts.renewal_months > (facts.valid_months or 0):
        raise RenewalTooLong(field="renewal_months")
    if session.get(Faculty, facts.faculty_id) is None:
        raise InvalidInput(field="faculty")
    if session.get(Language, facts.language) is None:
        raise InvalidInput(field="language")
    skills = {skill.code: skill for skill in session.scalars(select(Skill))}
    kinds = {kind.code: kind for kind in session.scalars(select(SupportKind))}
    groups = [*facts.learner_groups, *facts.trainer_groups]
    named = {*facts.grants, *facts.prolongs, *(code for group in groups for code in group)}
    if named - skills.keys() or set(facts.kinds) - kinds.keys():
        raise InvalidInput
    for group in facts.learner_groups:
        for code in group:
            if code in facts.grants:
                raise RequiresWhatItGrants(field="grants")
    for name in (
        "name_zh", "name_en", "aims_zh", "aims_en", "audience_zh", "audience_en", "minutes", "open_to_volunteers",
        "open_to_carers", "open_to_public", "valid_months", "renewal_months", "is_offered", "is_core",
    ):  # fmt: skip
        setattr(course, name, getattr(facts, name))
    course.faculty_id, course.language_code = facts.faculty_id, facts.language
    course.kinds = [kinds[code] for code in facts.kinds]
    course.grants = [skills[code] for code in facts.grants]
    course.prolongs = [skills[code] for code in facts.prolongs]
    _require(course, RequiredOf.LEARNER, facts.learner_groups)
    _require(course, RequiredOf.TRAINER, facts.trainer_groups)


def _require(course: Course, of: RequiredOf, groups: Sequence[Sequence[str]]) -> None:
    """Make the rows say these groups, numbered from 1, empty ones left out."""
    wanted = {
        (number, code)
        for number, group in enumerate((group for group in groups if group), start=1)
        for code in group
    }
    kept = {(row.group_number, row.skill_code): row for row in course.requirements if row.of is of}
    for key in kept.keys() - wanted:
        course.requirements.remove(kept[key])
    for number, code in sorted(wanted - kept.keys()):
        course.requirements.append(CourseRequirement(of=of, group_number=number, skill_code=code))


def _refuse_circles(session: Session) -> None:
    """Raises RequirementsGoRound where some courses could never be begun."""
    known = session.scalars(
        select(Course).order_by(Course.id).execution_options(populate_existing=True)
    ).all()
    stuck = set(never_begun(prerequisites_of(course) for course in known))
    if stuck:
        names = "、".join(f"{course.name_zh} {course.name_en}" for course in known if course.id in stuck)
        raise RequirementsGoRound(field="learner_first", courses=names)

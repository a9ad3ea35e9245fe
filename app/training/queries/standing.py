"""What a volunteer's qualifications look like on pages and in lists: held, ending, run out, only said."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.models import Skill
from app.catalogue.queries import skills
from app.shared.database import among
from app.shared.times import add_months
from app.training.models import Course
from app.training.queries.holding import Period, Source, held_on
from app.training.queries.qualifications import only_said, qualification_periods, qualifications_held
from app.volunteers.models import Volunteer, VolunteerSkill, VolunteerStatus

WARNING_DAYS = (90, 60, 14)
HERE = (VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED)
"""Who is told, and listed, when something ends."""


@dataclass(frozen=True)
class Held:
    """A qualification somebody has today."""

    skill: Skill
    period: Period
    days_left: int | None
    """To its last day; None: for good."""

    @property
    def ends_soon(self) -> bool:
        return self.days_left is not None and self.days_left <= max(WARNING_DAYS)


@dataclass(frozen=True)
class Standing:
    """All of one volunteer's, as of a day."""

    held: Sequence[Held]
    """By proof; what ends soonest first."""
    said: Sequence[Skill]
    """By the volunteer's own word, where that is enough."""
    run_out: Sequence[tuple[Skill, date]]
    """Held once, with the last day."""
    to_show: Sequence[Skill]
    """Said, but nothing was seen of it."""


def standing_of(session: Session, volunteer_id: int, today: date) -> Standing:
    """What a volunteer has today, had, and says."""
    known = {skill.code: skill for skill in skills(session)}
    periods = qualification_periods(session, Volunteer.id == volunteer_id).get(volunteer_id, [])
    held = held_on(periods, today)
    ended: dict[str, date] = {}
    for period in periods:
        if period.last_day is not None and period.last_day < today and period.skill_code not in held:
            ended[period.skill_code] = max(period.last_day, ended.get(period.skill_code, period.last_day))
    proved = [
        Held(known[code], period, None if period.last_day is None else (period.last_day - today).days)
        for code, period in held.items()
        if period.source is not Source.OWN_WORD
    ]
    proved.sort(key=lambda each: (each.period.last_day or date.max, each.skill.position))
    return Standing(
        held=proved,
        said=[known[code] for code in known if code in held and held[code].source is Source.OWN_WORD],
        run_out=[(known[code], ended[code]) for code in known if code in ended],
        to_show=[skill for skill in only_said(session, volunteer_id) if skill.code not in held],
    )


@dataclass(frozen=True)
class Ending:
    """A qualification whose last day is near, with nothing on record that goes on after it."""

    volunteer: Volunteer
    skill: Skill
    last_day: date


def endings(session: Session, *, today: date, days: int) -> list[Ending]:
    """Of everybody who is here, what ends within so many days; the soonest first."""
    last = today + timedelta(days=days)
    found = [
        (volunteer_id, period)
        for volunteer_id, held in qualifications_held(session, today, Volunteer.status.in_(HERE)).items()
        for period in held.values()
        if period.last_day is not None and period.last_day <= last and period.source is not Source.OWN_WORD
    ]
    known = {skill.code: skill for skill in skills(session)}
    ids = {volunteer_id for volunteer_id, _period in found}
    people = {row.id: row for row in session.scalars(select(Volunteer).where(among(Volunteer.id, ids)))}
    rows = [
        Ending(people[volunteer_id], known[period.skill_code], period.last_day or last)
        for volunteer_id, period in found
    ]
    return sorted(rows, key=lambda row: (row.last_day, row.volunteer.code, row.skill.position))


def renewing(courses: Sequence[Course], skill_code: str) -> list[Course]:
    """The courses among these that prolong a qualification."""
    return [course for course in courses if skill_code in {skill.code for skill in course.prolongs}]


def renewable_from(course: Course, last_day: date) -> date | None:
    """The first day on which the course prolongs what ends on `last_day`; None: on any day before."""
    if course.renewal_months is None:
        return None
    return add_months(last_day + timedelta(days=1), -course.renewal_months)


@dataclass(frozen=True)
class SkillCount:
    """How many of those who are here have a skill, and how many say so without proof."""

    skill: Skill
    held: int
    only_said: int


def skill_counts(session: Session, today: date) -> list[SkillCount]:
    """Every skill in the order of lists."""
    here = Volunteer.status.in_(HERE)
    by_person = qualifications_held(session, today, here)
    held = Counter(code for codes in by_person.values() for code in codes)
    unproved = Counter(
        code
        for volunteer_id, code in session.execute(
            select(VolunteerSkill.volunteer_id, VolunteerSkill.skill_code)
            .join(Volunteer, Volunteer.id == VolunteerSkill.volunteer_id)
            .join(Skill, Skill.code == VolunteerSkill.skill_code)
            .where(here, Skill.needs_proof)
        )
        if code not in by_person.get(volunteer_id, {})
    )
    return [SkillCount(skill, held[skill.code], unproved[skill.code]) for skill in skills(session)]


def skill_shown(session: Session, _account: Account, code: str) -> Skill | None:
    """A skill of the catalogue, for staff."""
    return session.get(Skill, code)

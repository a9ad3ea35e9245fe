"""What a volunteer could do next: requests nobody is found for that one more qualification would let them serve.

Asked of the engine's one eligibility function and its plan rules, for the visits' own days; never by counting words.
"""

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, Occurrence, RequestSkill, RequestStatus
from app.catalogue.models import Skill
from app.matching import engine
from app.matching.engine import Problem
from app.matching.models import UnservedVisit
from app.matching.queries.runs import latest_run
from app.matching.use_cases.teams import first_day_to_decide, part_snapshot
from app.shared.times import hong_kong_date
from app.training.models import Course
from app.training.queries import courses_for_volunteers, missing_groups, skills_held
from app.training.queries.qualifications import only_said
from app.volunteers.models import Volunteer

Way = TypeVar("Way", bound=Hashable)


@dataclass(frozen=True)
class NextSteps:
    """What would let a volunteer serve more, each with how many requests; the most first, nothing that opens none."""

    courses: list[tuple[Course, int]]
    """Courses they may begin now."""
    certificates: list[tuple[Skill, int]]
    """What they say they can, once a coordinator has seen a certificate."""


def next_steps(session: Session, volunteer: Volunteer, *, now: datetime) -> NextSteps:
    """The courses a volunteer may begin and the certificates they may show, with the requests that each opens."""
    held = skills_held(session, volunteer.id, hong_kong_date(now)).keys()
    courses = {
        course.id: course
        for course in courses_for_volunteers(session)
        if not missing_groups(course, held) and any(skill.code not in held for skill in course.grants)
    }
    to_show = {skill.code: skill for skill in only_said(session, volunteer.id) if skill.code not in held}
    ways: dict[tuple[str, int | str], AbstractSet[str]] = {
        ("course", number): {skill.code for skill in course.grants} for number, course in courses.items()
    }
    ways |= {("certificate", code): {code} for code in to_show}
    opened = requests_opened(session, volunteer, ways, now=now)
    ranked = sorted((way for way in ways if opened[way]), key=lambda way: (-opened[way], str(way)))
    return NextSteps(
        courses=[(courses[key], opened[kind, key]) for kind, key in ranked if isinstance(key, int)],
        certificates=[(to_show[key], opened[kind, key]) for kind, key in ranked if isinstance(key, str)],
    )


def requests_opened(
    session: Session, volunteer: Volunteer, ways: Mapping[Way, AbstractSet[str]], *, now: datetime
) -> dict[Way, int]:
    """Way → how many requests for which the last night found nobody this volunteer could serve with its skills too.

    A request counts once, and only by a visit that nobody has taken since. All of them 0 when no night has been, or
    when the volunteer is in no plan (paused, or a minor without consent).
    """
    gained = frozenset[str]().union(*ways.values()) if ways else frozenset()
    occurrences = _unserved(session, gained, now)
    if not occurrences:
        return dict.fromkeys(ways, 0)
    problem = part_snapshot(session, occurrences, [volunteer.id], now=now).problem
    if volunteer.code not in problem.volunteer_index:
        return dict.fromkeys(ways, 0)
    return {way: len(_served(problem, volunteer.code, skills)) for way, skills in ways.items()}


def _unserved(session: Session, skills: AbstractSet[str], now: datetime) -> list[int]:
    """Occurrences to come that the last night left without anybody and that ask for one of these skills."""
    run = latest_run(session)
    if run is None or not skills:
        return []
    query = (
        select(Occurrence.id)
        .join(UnservedVisit, UnservedVisit.occurrence_id == Occurrence.id)
        .join(CareRequest, CareRequest.id == Occurrence.request_id)
        .join(RequestSkill, RequestSkill.request_id == CareRequest.id)
        .where(
            UnservedVisit.run_id == run.id,
            CareRequest.status == RequestStatus.OPEN,
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= first_day_to_decide(now),
            RequestSkill.skill_code.in_(skills),
        )
        .distinct()
        .order_by(Occurrence.id)
    )
    return list(session.scalars(query))


def _served(problem: Problem, code: str, skills: AbstractSet[str]) -> set[str]:
    """Requests with a visit that nobody has taken and that the volunteer could serve with these skills too."""
    row = problem.volunteer(code)
    new = skills - row.skills.keys()
    learned = replace(row, skills={**row.skills, **dict.fromkeys(new)})
    taken = {visit_id for visit_id, _volunteer, _option in problem.pinned}
    return {
        visit.request
        for visit in problem.visits
        if visit.id not in taken
        and not new.isdisjoint(visit.skills)
        and any(
            engine.first_broken_rule(learned, visit, time, problem.starts_on) is None
            and not engine.broken_plan_rules(problem, problem.pinned, visit.id, code, option)
            for option, time in enumerate(visit.options)
        )
    }

"""Who could follow a senior in their weekly visits: the same eligibility as everywhere, ranked and explained.

Somebody may follow who is eligible, beside what is promised to them, for at least one of the request's next visits;
or would be after a course that is on offer. The visits they could take, fit, knowing each other and two ages together
add up by the policy's own amounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.handover.errors import NoSuccessor
from app.handover.models import Handover
from app.handover.use_cases.signing import name_successor
from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.engine.policy import ages_together, continuity, fit, known
from app.matching.models import RuleCode
from app.matching.queries.proposals import volunteers_by_code, volunteers_serving
from app.matching.queries.runs import reasons_for
from app.matching.translate import HORIZON_DAYS
from app.matching.use_cases.teams import NotEligible, first_day_to_decide, part_snapshot, rule_against
from app.shared.errors import NotFound
from app.training.models import Course
from app.training.queries import courses_for_volunteers
from app.volunteers.models import Volunteer

MOST_SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """Somebody who could follow: for how many of how many next visits, why, and after which course."""

    volunteer: Volunteer
    visits: int
    of: int
    amount: int
    terms: Mapping[str, int]
    reasons: Mapping[str, Any]
    course: Course | None = None

    @property
    def bridges_ages(self) -> bool:
        """One of the two is 60 or over, the other under 30."""
        return bool(self.terms.get("ages_together"))


@dataclass(frozen=True)
class _Weighed:
    """Somebody by their code, before anything is read of them."""

    code: str
    visits: int
    terms: Mapping[str, int]
    course: Course | None = None

    @property
    def amount(self) -> int:
        return sum(self.terms.values())


@dataclass
class Candidates:
    """The best now, and the best after a course; each the best first."""

    now: list[Candidate] = field(default_factory=list)
    after_course: list[Candidate] = field(default_factory=list)
    has_visits: bool = True
    """False: no visit of the request is planned yet, so nobody can be compared."""


def successors_for(session: Session, handover: Handover, *, now: datetime) -> Candidates:
    """The best successors for a handover of visits. Nothing is changed."""
    occurrences = _next_occurrences(session, handover, now)
    if handover.request is None or not occurrences:
        return Candidates(has_visits=False)
    people = volunteers_serving(session, handover.request.area_code) | {handover.senior_id}
    taken = part_snapshot(session, occurrences, people, now=now)
    problem = taken.problem
    visits = [visit for visit in problem.visits if visit.request == handover.request.code]
    if not visits:
        return Candidates(has_visits=False)
    plan = _without_senior(problem, visits, handover.senior.code)
    courses = [course for course in courses_for_volunteers(session) if course.grants]
    can_now: list[_Weighed] = []
    could_learn: list[_Weighed] = []
    for row in problem.volunteers:
        if row.id == handover.senior.code:
            continue
        weighed = _weigh(problem, plan, visits, row, handover.senior.code)
        if weighed is not None:
            can_now.append(weighed)
            continue
        course = _course_for(problem, visits, row, courses)
        if course is not None:
            learned = replace(row, skills={**row.skills, **{skill.code: None for skill in course.grants}})
            weighed = _weigh(problem, plan, visits, learned, handover.senior.code)
            if weighed is not None:
                could_learn.append(replace(weighed, course=course))
    return Candidates(
        now=_best(session, problem, visits, can_now),
        after_course=_best(session, problem, visits, could_learn),
    )


def choose_successor(
    session: Session, handover_id: int, volunteer_id: int, *, by: int, now: datetime
) -> Handover:
    """Name somebody, who is asked; with the course they need first, if they need one.

    Raises NotFound, NoSuccessor when no visit is planned by which they could be judged, NotEligible with the rule
    that speaks against them, and as `name_successor`.
    """
    handover = session.get(Handover, handover_id)
    volunteer = session.get(Volunteer, volunteer_id)
    if handover is None or volunteer is None:
        raise NotFound
    course = None
    if handover.request_id is not None:
        course = _course_or_refusal(session, handover, volunteer, now)
    course_id = course.id if course is not None else None
    return name_successor(session, handover_id, volunteer_id, course_id=course_id, by=by, now=now)


def _course_or_refusal(
    session: Session, handover: Handover, volunteer: Volunteer, now: datetime
) -> Course | None:
    """The course they need first, None for none. Raises NoSuccessor, NotEligible."""
    occurrences = _next_occurrences(session, handover, now)
    taken = part_snapshot(session, occurrences, {volunteer.id, handover.senior_id}, now=now)
    problem = taken.problem
    request_code = handover.request.code if handover.request is not None else ""
    visits = [visit for visit in problem.visits if visit.request == request_code]
    if not visits:
        raise NoSuccessor
    plan = _without_senior(problem, visits, handover.senior.code)
    if volunteer.code not in problem.volunteer_index:
        raise NotEligible(rule=RuleCode.IS_ACTIVE, volunteer=volunteer.code, visit=visits[0].id)
    row = problem.volunteer(volunteer.code)
    if _weigh(problem, plan, visits, row, handover.senior.code) is not None:
        return None
    courses = [course for course in courses_for_volunteers(session) if course.grants]
    course = _course_for(problem, visits, row, courses)
    if course is not None:
        return course
    rules = [
        rule
        for visit in visits
        for option in range(len(visit.options))
        if (rule := rule_against(problem, plan, visit, volunteer.code, option)) is not None
    ]
    raise NotEligible(rule=max(rules, key=list(RuleCode).index), volunteer=volunteer.code, visit=visits[0].id)


def _next_occurrences(session: Session, handover: Handover, now: datetime) -> list[int]:
    first = first_day_to_decide(now)
    return list(
        session.scalars(
            select(Occurrence.id).where(
                Occurrence.request_id == handover.request_id,
                Occurrence.cancelled_at.is_(None),
                Occurrence.last_day >= first,
                Occurrence.first_day < first + timedelta(days=HORIZON_DAYS),
            )
        )
    )


def _without_senior(problem: Problem, visits: Sequence[engine.Visit], senior: str) -> list[Pin]:
    """What is promised, as if the senior had left the request's visits."""
    leaves = {visit.id for visit in visits}
    return [pin for pin in problem.pinned if not (pin[0] in leaves and pin[1] == senior)]


def _weigh(
    problem: Problem, plan: Sequence[Pin], visits: Sequence[engine.Visit], row: engine.Volunteer, senior: str
) -> _Weighed | None:
    """What speaks for somebody; None when a rule speaks against every visit."""
    could = [visit for visit in visits if _could_take(problem, plan, visit, row)]
    if not could:
        return None
    terms = {
        "fit": fit(problem, row, could[0]),
        "known": known(row, could[0]),
        "ages_together": ages_together([row, problem.volunteer(senior)])
        if senior in problem.volunteer_index
        else 0,
        "continuity": continuity([row.id], [row.id]) * (len(could) - 1),
    }
    return _Weighed(row.id, len(could), terms)


def _could_take(problem: Problem, plan: Iterable[Pin], visit: engine.Visit, row: engine.Volunteer) -> bool:
    """Whether the one eligibility, and what is promised to them, leaves them one of the visit's times."""
    return any(
        engine.first_broken_rule(row, visit, time, problem.starts_on) is None
        and not engine.broken_plan_rules(problem, plan, visit.id, row.id, option)
        for option, time in enumerate(visit.options)
    )


def _course_for(
    problem: Problem, visits: Sequence[engine.Visit], row: engine.Volunteer, courses: Sequence[Course]
) -> Course | None:
    """The shortest course after which no hard rule speaks against one of the visits any more."""
    lacks = set(visits[0].skills) - row.skills.keys()
    if not lacks:
        return None
    for course in sorted(courses, key=lambda course: (course.minutes, course.id)):
        granted = {skill.code for skill in course.grants}
        if not lacks <= granted:
            continue
        learned = replace(row, skills={**row.skills, **dict.fromkeys(granted)})
        if any(
            engine.first_broken_rule(learned, visit, time, problem.starts_on) is None
            for visit in visits
            for time in visit.options
        ):
            return course
    return None


def _best(
    session: Session, problem: Problem, visits: Sequence[engine.Visit], found: Sequence[_Weighed]
) -> list[Candidate]:
    """The best few, as rows with their reasons."""
    best = sorted(found, key=lambda each: (-each.amount, each.code))[:MOST_SHOWN]
    people = volunteers_by_code(session, [each.code for each in best])
    return [
        Candidate(
            volunteer=people[each.code],
            visits=each.visits,
            of=len(visits),
            amount=each.amount,
            terms=each.terms,
            reasons=reasons_for(problem, visits[0].id, each.code),
            course=each.course,
        )
        for each in best
    ]

"""May these people go, and are they enough? Every way that puts somebody on a visit asks here, and here the engine's
one eligibility function, plan rules and team rules are asked."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.models import RuleCode
from app.matching.translate import Snapshot, snapshot
from app.matching.translate.reading import Part
from app.shared.errors import Refusal
from app.shared.times import hong_kong_date
from app.visits.models import Visit
from app.visits.use_cases.rules import looks
from app.volunteers.models import Volunteer


class NotEligible(Refusal):
    """A rule speaks against this volunteer at this visit; `facts["rule"]` is its code, `facts["volunteer"]` whose."""


class TeamIncomplete(Refusal):
    """The people chosen are not enough for the visit; `facts["rule"]` is the team rule that is broken."""


class NoLongerNeeded(Refusal):
    """The visit is too near, over, called off, or not asked for any more."""


def check_team(
    problem: Problem, pairings: list[Pin], occurrence_code: str, team: Sequence[tuple[str, int]]
) -> None:
    """Refuse a team, (volunteer code, option) each, that breaks any rule beside `pairings`; else add it to them.

    `pairings` are what everybody holds already (at first the problem's pins). Raises NoLongerNeeded, NotEligible,
    TeamIncomplete.
    """
    visit = visit_in(problem, occurrence_code)
    for code, option in team:
        rule = rule_against(problem, pairings, visit, code, option)
        if rule is not None:
            raise NotEligible(rule=rule, volunteer=code, visit=visit.id)
        pairings.append((visit.id, code, option))
    on_it = {code for visit_id, code, _option in pairings if visit_id == visit.id}
    faults = engine.broken_team_rules(visit, [problem.volunteer(code) for code in sorted(on_it)])
    if faults:
        raise TeamIncomplete(rule=RuleCode(faults[0]))


def rule_against(
    problem: Problem, pairings: Iterable[Pin], visit: engine.Visit, volunteer: str, option: int
) -> RuleCode | None:
    """The first rule that speaks against one more pairing beside `pairings`, None when none does.

    Whoever is not active, or a minor without a guardian's consent, is in no problem at all.
    """
    if volunteer not in problem.volunteer_index:
        return RuleCode.IS_ACTIVE
    rule = engine.first_broken_rule(
        problem.volunteer(volunteer), visit, visit.options[option], problem.starts_on
    )
    broken = (rule,) if rule else engine.broken_plan_rules(problem, pairings, visit.id, volunteer, option)
    return RuleCode(broken[0]) if broken else None


def visit_in(problem: Problem, occurrence_code: str) -> engine.Visit:
    """The visit of an occurrence. Raises NoLongerNeeded when it is not in the problem (any more)."""
    try:
        return problem.visit(occurrence_code)
    except KeyError:
        raise NoLongerNeeded from None


def part_snapshot(
    session: Session, occurrence_ids: Iterable[int], volunteer_ids: Iterable[int], *, now: datetime
) -> Snapshot:
    """The part of the district these decisions touch, from tomorrow on."""
    return snapshot(
        session,
        first_day_to_decide(now),
        part=Part(frozenset(volunteer_ids), frozenset(occurrence_ids)),
    )


def first_day_to_decide(now: datetime) -> date:
    """Visits from tomorrow on can be arranged; what is today is a matter for the telephone."""
    return hong_kong_date(now) + timedelta(days=1)


def team_lacks(session: Session, visit: Visit, volunteer_ids: Collection[int]) -> tuple[str, ...]:
    """The team rules by which these volunteers do not make up the visit (the seam of visits.use_cases.rules)."""
    problem = _at_the_visit(session, visit).problem
    wanted = problem.visit_index.get(visit.occurrence.code)
    if wanted is None:
        return ("min",)
    codes = session.scalars(select(Volunteer.code).where(Volunteer.id.in_(volunteer_ids)))
    team = [problem.volunteer(code) for code in codes if code in problem.volunteer_index]
    return engine.broken_team_rules(problem.visits[wanted], team)


def broken_rule(session: Session, visit: Visit, volunteer_id: int) -> str | None:
    """The first hard rule that speaks against a volunteer who holds a seat (the seam of visits.use_cases.rules)."""
    problem = _at_the_visit(session, visit).problem
    code = session.get_one(Volunteer, volunteer_id).code
    if code not in problem.volunteer_index:
        return RuleCode.IS_ACTIVE
    row = visit_in(problem, visit.occurrence.code)
    rule = engine.first_broken_rule(problem.volunteer(code), row, row.options[0], problem.starts_on)
    return RuleCode(rule) if rule else None


def rule_named(code: str) -> RuleCode:
    """The rule of that name (the seam of visits.use_cases.rules)."""
    return RuleCode(code)


def _at_the_visit(session: Session, visit: Visit) -> Snapshot:
    """The visit and everybody on it, as of its own day."""
    known = looks(session)
    if known is not None and visit.id in known:
        return cast(Snapshot, known[visit.id])
    taken = snapshot(session, visit.on_date, part=Part(frozenset(), frozenset({visit.occurrence_id})))
    if known is not None:
        known[visit.id] = taken
    return taken

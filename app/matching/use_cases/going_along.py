"""Arranging that a successor goes along: the same eligibility as for a seat but for the skills, checked again here."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.handover.models import Handover, ShadowVisit
from app.handover.use_cases.shadows import arrange_shadow, propose_by_hand
from app.matching import engine
from app.matching.engine.rules import is_one_household
from app.matching.models import RuleCode
from app.matching.use_cases.teams import NotEligible, part_snapshot, visit_in
from app.shared.errors import NotFound

OF_A_SEAT = frozenset({RuleCode.MAX, RuleCode.OPTION})
"""Rules that ask for a place; going along takes none."""


def arrange_going_along(session: Session, shadow_id: int, *, by: int, now: datetime) -> ShadowVisit:
    """The successor goes along to this visit.

    Raises NotEligible with the rule that speaks against it, NoLongerNeeded, and as `arrange_shadow`.
    """
    shadow = session.get(ShadowVisit, shadow_id)
    if shadow is None:
        raise NotFound
    rule = rule_against_going_along(session, shadow, now=now)
    if rule is not None:
        raise NotEligible(rule=rule, volunteer=shadow.successor.code, visit=shadow.occurrence.code)
    return arrange_shadow(session, shadow_id, by=by, now=now)


def go_along_to(session: Session, handover_id: int, visit_id: int, *, by: int, now: datetime) -> ShadowVisit:
    """As `arrange_going_along`, to a visit that a coordinator chose. Raises as `propose_by_hand`, too."""
    shadow = propose_by_hand(session, handover_id, visit_id, now=now)
    return arrange_going_along(session, shadow.id, by=by, now=now)


def rule_against_going_along(session: Session, shadow: ShadowVisit, *, now: datetime) -> RuleCode | None:
    """The first rule that speaks against it, None when none does."""
    handover = session.get_one(Handover, shadow.handover_id)
    taken = part_snapshot(session, {shadow.occurrence_id}, {shadow.successor_id, handover.senior_id}, now=now)
    problem, code = taken.problem, shadow.successor.code
    visit = visit_in(problem, shadow.occurrence.code)
    if code not in problem.volunteer_index:
        return RuleCode.IS_ACTIVE
    time = ((shadow.on_date - problem.starts_on) // timedelta(days=1), shadow.from_slot, shadow.to_slot)
    if time not in visit.options:
        return RuleCode.OPTION
    rule = engine.first_broken_rule(problem.volunteer(code), visit, time, problem.starts_on, shadow=True)
    if rule is not None:
        return RuleCode(rule)
    option = visit.options.index(time)
    broken = engine.broken_plan_rules(problem, problem.pinned, visit.id, code, option)
    team = [problem.volunteer(person) for place, person, _option in problem.pinned if place == visit.id]
    if visit.at_home and is_one_household([*team, problem.volunteer(code)]):
        return RuleCode.ONE_HOUSEHOLD
    return next((RuleCode(each) for each in broken if RuleCode(each) not in OF_A_SEAT), None)

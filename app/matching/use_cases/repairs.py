"""What would help a visit that waits: the single changes the engine found at night, as far as they still hold.

Each is tested again beside everything that is promised and proposed now, by the rules of every path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.matching import engine
from app.matching.engine import Option, Pin, Problem
from app.matching.models import RuleCode, Run, UnservedVisit
from app.matching.queries.proposals import pairings_proposed, volunteers_by_code
from app.matching.translate import HORIZON_DAYS
from app.matching.use_cases.suggestions import Time, plan_beside, snapshot_beside
from app.matching.use_cases.teams import first_day_to_decide
from app.shared.times import SLOTS_A_DAY
from app.volunteers.models import Volunteer

LONGEST_SHIFT = 4
"""In half hours."""


@dataclass(frozen=True)
class Repair:
    """One change that alone would let `volunteer` serve a visit that waits.

    `change` is the rule that stands in the way; `instead`, for IS_FREE_THEN, the nearest time at which they could come;
    `facts` are the engine's (skills, renewed, languages, gender, minutes).
    """

    change: RuleCode
    volunteer: Volunteer
    instead: Time | None
    facts: Mapping[str, Any]


def repairs_that_hold(
    session: Session, run: Run, unserved: Sequence[UnservedVisit], *, now: datetime
) -> dict[int, list[Repair]]:
    """By occurrence: the changes that would still serve it alone, in the engine's order; none for days that have
    passed, and a shift only where there is one."""
    said = [(row, change) for row in unserved for change in row.facts["repairs"]]
    people = volunteers_by_code(session, [change["volunteer"] for _row, change in said])
    if not people:
        return {}
    proposed = pairings_proposed(session)
    occurrence_ids = sorted({row.occurrence_id for row, _change in said})
    ids = frozenset(person.id for person in people.values())
    taken = snapshot_beside(session, occurrence_ids, ids, proposed, now)
    plan = plan_beside(taken, proposed, without=None)
    problem = _with_shifts(taken.problem, {row.occurrence.code for row, _change in said})
    first = first_day_to_decide(now)
    found: dict[int, list[Repair]] = {}
    for row, change in said:
        time = _time_of(run, row.occurrence, change["option"])
        person = people.get(change["volunteer"])
        if time is None or time[0] < first or person is None:
            continue
        repair = _tested(problem, plan, row.occurrence.code, person, time, change)
        if repair is not None:
            found.setdefault(row.occurrence_id, []).append(repair)
    return found


def _with_shifts(problem: Problem, codes: set[str]) -> Problem:
    """The problem in which the visits of these codes may also be up to two hours earlier or later."""
    return problem.with_changes(
        visits=[
            replace(visit, options=tuple(dict.fromkeys([*visit.options, *_shifts(visit.options)])))
            if visit.id in codes
            else visit
            for visit in problem.visits
        ],
        previous=(),
        shadows=(),
    )


def _shifts(options: Sequence[Option]) -> list[Option]:
    """These times moved within their day, the nearest first; earlier before later."""
    steps = sorted(
        (step for step in range(-LONGEST_SHIFT, LONGEST_SHIFT + 1) if step),
        key=lambda step: (abs(step), step),
    )
    return [
        (day, start + step, end + step)
        for step in steps
        for day, start, end in options
        if start + step >= 0 and end + step <= SLOTS_A_DAY
    ]


def _time_of(run: Run, occurrence: Occurrence, option: int) -> Time | None:
    """The time that was an option's in the run: those within its fortnight, in their order."""
    last = run.starts_on + timedelta(days=HORIZON_DAYS - 1)
    times = [
        (each.on_date, each.from_slot, each.to_slot)
        for each in occurrence.options
        if run.starts_on <= each.on_date <= last
    ]
    return times[option] if option < len(times) else None


def _tested(
    problem: Problem,
    plan: Sequence[Pin],
    code: str,
    person: Volunteer,
    time: Time,
    change: Mapping[str, Any],
) -> Repair | None:
    """The change, if it is still all that is missing."""
    if code not in problem.visit_index or person.code not in problem.volunteer_index:
        return None
    visit, row = problem.visit(code), problem.volunteer(person.code)
    wanted = ((time[0] - problem.starts_on).days, time[1], time[2])
    team = [problem.volunteer(name) for visit_id, name, _option in plan if visit_id == code]
    if wanted not in visit.options or engine.broken_team_rules(visit, [*team, row]):
        return None
    rule = RuleCode(change["change"])
    if rule is not RuleCode.IS_FREE_THEN:
        is_all = _stands_in_the_way(problem, plan, visit, row, wanted) == (rule.value,)
        return Repair(rule, person, None, change) if is_all else None
    if _hard_rules_against(problem, visit, row, wanted) != (rule.value,):
        return None
    for day, start, end in _shifts([wanted]):
        if not _stands_in_the_way(problem, plan, visit, row, (day, start, end)):
            return Repair(rule, person, (time[0], start, end), change)
    return None


def _stands_in_the_way(
    problem: Problem,
    plan: Sequence[Pin],
    visit: engine.Visit,
    volunteer: engine.Volunteer,
    option: Option,
) -> tuple[str, ...]:
    """Every rule that speaks against one more pairing: the hard ones, and those of the plan."""
    hard = _hard_rules_against(problem, visit, volunteer, option)
    return hard + engine.broken_plan_rules(problem, plan, visit.id, volunteer.id, visit.options.index(option))


def _hard_rules_against(
    problem: Problem, visit: engine.Visit, volunteer: engine.Volunteer, option: Option
) -> tuple[str, ...]:
    checks = engine.check_rules(volunteer, visit, option, problem.starts_on)
    return tuple(check.rule for check in checks if not check.passed)

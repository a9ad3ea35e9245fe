"""Those who could take one visit side by side: facts, reasons, and what each would cost the others. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.matching import engine
from app.matching.engine import Pin, Problem
from app.matching.engine.rows import MINUTES_A_SLOT
from app.matching.models import Proposal, RuleCode
from app.matching.queries.proposals import (
    occurrences_by_code,
    pairings_proposed,
    volunteers_by_code,
    volunteers_serving,
)
from app.matching.queries.runs import reasons_for
from app.matching.use_cases.suggestions import Time, plan_beside, snapshot_beside, time_of
from app.matching.use_cases.teams import visit_in
from app.volunteers.models import Volunteer

MOST_COMPARED = 12


@dataclass(frozen=True)
class Week:
    """What somebody would have in the week of the visit, with it, and what they want at most."""

    visits: int
    visits_wanted: int
    minutes: int
    minutes_wanted: int


@dataclass(frozen=True)
class Compared:
    """Somebody who could take the visit. `fit` is 0 to 100.

    `cost` is what the plan would lose if they came instead, in the policy's points (0 for who is proposed), None when a
    promise stands in the way; `leaves` are the visits they are proposed for and would leave; `blocked` the rules that
    keep them from being asked instead, as things stand.
    """

    volunteer: Volunteer
    time: Time
    is_proposed: bool
    reasons: Mapping[str, Any]
    fit: int
    week: Week
    cost: int | None
    leaves: Sequence[Occurrence]
    blocked: tuple[RuleCode, ...]


def people_compared(
    session: Session, occurrence: Occurrence, *, instead_of: Proposal | None, now: datetime
) -> list[Compared]:
    """Who is proposed for a visit first, then everybody else who could go, the next best first, twelve at most.

    With `instead_of`, only that proposal's volunteer counts as proposed. Raises NoLongerNeeded.
    """
    proposed = pairings_proposed(session)
    serving = volunteers_serving(session, occurrence.request.area_code)
    taken = snapshot_beside(session, [occurrence.id], serving, proposed, now)
    problem = taken.problem
    visit = visit_in(problem, occurrence.code)
    plan = plan_beside(taken, proposed, without=None)
    said = next(engine.explain_seats(problem, plan, [visit.id], runners_up=MOST_COMPARED))
    chosen = [each for each in said["chosen"] if not each["pinned"]]
    if instead_of is not None:
        chosen = [each for each in chosen if each["volunteer"] == instead_of.volunteer.code]
    rows = [
        *({**each, "cost": 0, "takes_from": (), "blocked_by": ()} for each in chosen),
        *said["runners_up"],
    ]
    rows = rows[:MOST_COMPARED]
    freed = (RuleCode.MAX, RuleCode.OPTION) if chosen else ()
    people = volunteers_by_code(session, [each["volunteer"] for each in rows])
    left = occurrences_by_code(session, {code for each in rows for code in each["takes_from"]})
    return [
        Compared(
            people[each["volunteer"]],
            time_of(problem, visit, each["option"]),
            number < len(chosen),
            reasons_for(problem, visit.id, each["volunteer"]),
            each["fit"],
            _week(problem, plan, visit, each["volunteer"], each["option"]),
            each["cost"],
            [left[code] for code in each["takes_from"] if code in left],
            tuple(RuleCode(rule) for rule in each["blocked_by"] if rule not in freed),
        )
        for number, each in enumerate(rows)
    ]


def _week(problem: Problem, plan: Sequence[Pin], visit: engine.Visit, code: str, option: int) -> Week:
    person = problem.volunteer(code)
    monday = problem.monday_of(visit.options[option][0])
    times = {(visit.id, visit.options[option])}
    for visit_id, volunteer, other in plan:
        time = problem.visit(visit_id).options[other]
        if volunteer == code and visit_id != visit.id and problem.monday_of(time[0]) == monday:
            times.add((visit_id, time))
    visits, minutes = person.used.get(monday, (0, 0))
    return Week(
        visits + len(times),
        person.weekly_visits,
        minutes + sum(MINUTES_A_SLOT * (end - start) for _visit, (_day, start, end) in times),
        person.weekly_minutes,
    )

"""The smallest single changes that would serve a visit that waits: a course, a shift, a renewed clearance, a limit."""

from typing import Any

import numpy as np

from app.matching.engine.columns import Columns
from app.matching.engine.eligibility import failures_at
from app.matching.engine.rows import MINUTES_A_SLOT, Visit, Volunteer
from app.matching.engine.rules import broken_team_rules
from app.matching.engine.standing import Seat, Standing

CHANGEABLE = (
    "is_free_then",
    "has_required_skills",
    "has_clearance",
    "speaks_a_language",
    "is_of_required_gender",
)
LONGEST_SHIFT = 4
"""Half hours somebody might be free earlier or later."""
LARGEST_EXTENSION = 30
"""Minutes more a week."""
TRIED = 20
"""How many people are tried for one kind of change at one option."""
MOST = 5
"""How many changes are named for a visit, one of each kind first."""


def single_repairs(columns: Columns, standing: Standing, number: int) -> tuple[dict[str, Any], ...]:
    """Changes of one thing about one volunteer, each of which alone would serve the visit in the plan as it stands.

    Each is {"change": rule or limit, "volunteer", "option", and what is missing}, one of each kind before any second.
    """
    visit = columns.visits[number]
    found: dict[str, list[dict[str, Any]]] = {}
    for index, option in enumerate(columns.options_of(number)):
        people, fails = failures_at(columns, option)
        count = sum(fails.values(), np.zeros(len(people), dtype=np.int64))
        for rule in CHANGEABLE:
            for person in people[(count == 1) & fails[rule]][:TRIED]:
                row = columns.volunteers[int(person)]
                missing = _missing(rule, row, visit, index, columns)
                if missing is not None and not _blocked(standing, (visit.id, row.id, index)):
                    found.setdefault(rule, []).append(
                        {"change": rule, "volunteer": row.id, "option": index, **missing}
                    )
        for person in people[count == 0][:TRIED]:
            row = columns.volunteers[int(person)]
            blocked = _blocked(standing, (visit.id, row.id, index))
            if blocked == ("weekly_visits",):
                found.setdefault("weekly_visits", []).append(
                    {"change": "weekly_visits", "volunteer": row.id, "option": index, "visits": 1}
                )
            elif blocked == ("weekly_minutes",):
                more = _minutes_over(standing, row, visit, index)
                if more <= LARGEST_EXTENSION:
                    found.setdefault("weekly_minutes", []).append(
                        {"change": "weekly_minutes", "volunteer": row.id, "option": index, "minutes": more}
                    )
    ranked = [
        change for place in range(MOST) for changes in found.values() for change in changes[place : place + 1]
    ]
    return tuple(ranked[:MOST])


def _blocked(standing: Standing, seat: Seat) -> tuple[str, ...]:
    """The rules of plan and team one more seat would break: () when it would serve the visit."""
    visit = standing.problem.visit(seat[0])
    team = [*standing.team(seat[0]), standing.problem.volunteer(seat[1])]
    return (*standing.blocked_by(seat), *broken_team_rules(visit, team))


def _missing(
    rule: str, person: Volunteer, visit: Visit, index: int, columns: Columns
) -> dict[str, Any] | None:
    """What the change is about; None when it is too large."""
    day, start, end = visit.options[index]
    if rule == "is_free_then":
        free = {slot for on, low, high in person.free if on == day for slot in range(low, high)}
        slots = sum(slot not in free for slot in range(start, end))
        return {"slots": slots} if free and slots <= LONGEST_SHIFT else None
    on = columns.problem.starts_on.toordinal() + day
    if rule == "has_required_skills":
        lacking = [skill for skill in visit.skills if not _holds(person.skills, skill, on)]
        renewed = all(skill in person.skills for skill in lacking)
        return {"skills": lacking, "renewed": renewed} if len(lacking) == 1 else None
    if rule == "has_clearance":
        return {"clearance": visit.clearance, "renewed": visit.clearance in person.clearances}
    if rule == "speaks_a_language":
        return {"languages": list(visit.languages)}
    return {"gender": visit.gender}


def _holds(held: Any, kind: str, on: int) -> bool:
    return kind in held and (held[kind] is None or held[kind].toordinal() >= on)


def _minutes_over(standing: Standing, person: Volunteer, visit: Visit, index: int) -> int:
    """By how many minutes the week would be too long."""
    problem = standing.problem
    monday = problem.monday_of(visit.options[index][0])
    times = [visit.options[index]]
    for other, _, option in (*standing.of_person.get(person.id, ()), *standing.joined.get(person.id, ())):
        time = problem.visit(other).options[option]
        if problem.monday_of(time[0]) == monday:
            times.append(time)
    used = person.used.get(monday, (0, 0))[1]
    return used + sum(MINUTES_A_SLOT * (end - start) for _, start, end in times) - person.weekly_minutes

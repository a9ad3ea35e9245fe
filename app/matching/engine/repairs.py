"""The smallest single changes that would serve a visit that waits: a course, a shift, a renewed clearance, a limit.

Each is tried in the plan as it stands: nobody else moves, and every rule of plan and team is asked.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from app.matching.engine.columns import Columns, Ints
from app.matching.engine.eligibility import failures_at
from app.matching.engine.rows import MINUTES_A_SLOT, Visit, Volunteer
from app.matching.engine.standing import Standing

CHANGEABLE = (
    "is_free_then",
    "has_required_skills",
    "has_clearance",
    "speaks_a_language",
    "is_of_required_gender",
)
LONGEST_SHIFT = 4
"""Half hours a visit might be earlier or later."""
LARGEST_EXTENSION = 30
"""Minutes more a week."""
MOST = 5
"""How many changes are named for a visit, one of each kind first."""

Change = dict[str, Any]


def single_repairs(columns: Columns, standing: Standing, number: int) -> tuple[Change, ...]:
    """Changes of one thing about one volunteer, each of which alone would serve the visit in the plan as it stands.

    Each is {"change": rule or limit, "volunteer", "option", and what is missing}, one of each kind before any second;
    of a kind by option, then id. For a time, "slots" says by how many half hours the visit must be later (negative:
    earlier) for somebody who keeps everything else; nobody else may be promised there then.
    """
    visit = columns.visits[number]
    found: dict[str, list[Change]] = {}
    for index, option in enumerate(columns.options_of(number)):
        people, fails = failures_at(columns, option)
        count = np.sum(list(fails.values()), axis=0, dtype=np.int64)
        by_kind: dict[str, Iterator[Change]] = {
            rule: _changes(rule, people[(count == 1) & fails[rule]], columns, standing, visit, index)
            for rule in CHANGEABLE
        }
        able = people[count == 0]
        for limit in ("weekly_minutes", "weekly_visits"):
            by_kind[limit] = _wider_limits(limit, able, columns, standing, visit, index)
        for kind, changes in by_kind.items():
            found.setdefault(kind, []).extend(islice(changes, MOST))
    ranked = [
        change for place in range(MOST) for changes in found.values() for change in changes[place : place + 1]
    ]
    return tuple(ranked[:MOST])


def _changes(
    rule: str, people: Ints, columns: Columns, standing: Standing, visit: Visit, index: int
) -> Iterator[Change]:
    """The changes that let people come who fail but one rule."""
    option = int(columns.first_option[columns.problem.visit_index[visit.id]]) + index
    if rule == "is_free_then":
        shifts = standing.shifts_for(people, option, LONGEST_SHIFT)
        for person, slots in zip(people[shifts != 0].tolist(), shifts[shifts != 0].tolist(), strict=True):
            yield _change(rule, columns.volunteers[person], index, slots=slots)
        return
    for person in people[standing.would_serve(people, option)].tolist():
        row = columns.volunteers[person]
        missing = _missing(rule, row, visit, index, columns)
        if missing is not None:
            yield _change(rule, row, index, **missing)


def _wider_limits(
    limit: str, people: Ints, columns: Columns, standing: Standing, visit: Visit, index: int
) -> Iterator[Change]:
    """The changes that let people come whom nothing but one weekly limit keeps away."""
    for person in standing.kept_away_by(limit, people, visit, index).tolist():
        row = columns.volunteers[person]
        visits, minutes = _week_with(standing, row, visit, index)
        if limit == "weekly_visits":
            missing = {"visits": visits - row.weekly_visits}
            is_small = missing["visits"] == 1
        else:
            missing = {"minutes": minutes - row.weekly_minutes}
            is_small = missing["minutes"] <= LARGEST_EXTENSION
        if is_small:
            yield _change(limit, row, index, **missing)


def _change(kind: str, person: Volunteer, index: int, **missing: Any) -> Change:
    return {"change": kind, "volunteer": person.id, "option": index, **missing}


def _missing(rule: str, person: Volunteer, visit: Visit, index: int, columns: Columns) -> Change | None:
    """What the change is about; None when it is more than one thing."""
    on = columns.problem.starts_on.toordinal() + visit.options[index][0]
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


def _week_with(standing: Standing, person: Volunteer, visit: Visit, index: int) -> tuple[int, int]:
    """(visits, minutes) of the week if somebody came as well."""
    problem = standing.problem
    monday = problem.monday_of(visit.options[index][0])
    times = [visit.options[index]]
    for other, _, option in standing.held_by(person.id):
        time = problem.visit(other).options[option]
        if other != visit.id and problem.monday_of(time[0]) == monday:
            times.append(time)
    visits, minutes = person.used.get(monday, (0, 0))
    return visits + len(times), minutes + sum(MINUTES_A_SLOT * (end - start) for _, start, end in times)

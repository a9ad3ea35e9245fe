"""The problem as arrays, volunteers, visits and options numbered in the order of their ids.

Options of all visits are numbered through: the options of visit i are `first_option[i]` to `first_option[i + 1] - 1`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.problem import Problem
from app.matching.engine.rows import DAYS, Visit, Volunteer

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

NEVER = np.iinfo(np.int32).min
NO_END = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays over volunteers (v), options (o), visits (i), areas (a) and weeks (w)."""

    problem: Problem
    serves: tuple[Ints, ...]
    """Per area, the volunteers who serve it, ascending."""
    free: Words
    """[v, day]: one bit for each half hour free."""
    valid_until: dict[tuple[str, str], NDArray[np.int32]]
    """("skill" or "clearance", kind) -> [v] last valid day as an ordinal, `NEVER` when not held."""
    speaks: dict[str, Bools]
    cannot: dict[str, Bools]
    gender: NDArray[np.int8]
    """[v]: 0 unstated, 1 f, 2 m."""
    age: Ints
    new_homes: Bools
    experienced: Bools
    household: Ints
    """[v]: number of the household, -1 for none."""
    weekly_visits: Ints
    """[v, w]: visits left after what is used."""
    weekly_slots: Ints
    """[v, w]: half hours left after what is used."""
    first_option: Ints
    visit_of: Ints
    """[o]: the visit of an option."""
    day: Ints
    start: Ints
    end: Ints
    week: Ints
    """[o]: number of the calendar week."""
    area: Ints
    """[o]: the area, -1 for none."""
    travel_slots: Ints
    """[a + 1, a + 1]: half hours from the first to the second; the last row and column (area -1) are 0."""

    @property
    def volunteers(self) -> tuple[Volunteer, ...]:
        """The rows, in the order of the arrays."""
        return self.problem.volunteers

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The rows, in the order of the arrays."""
        return self.problem.visits

    def options_of(self, visit: int) -> range:
        """The numbers of a visit's options."""
        return range(int(self.first_option[visit]), int(self.first_option[visit + 1]))


GENDERS = {None: 0, "f": 1, "m": 2}


def columns_of(problem: Problem) -> Columns:
    """The arrays of a problem."""
    volunteers, visits = problem.volunteers, problem.visits
    mondays = sorted({problem.monday_of(day) for day in range(DAYS)})
    week_of_day = [mondays.index(problem.monday_of(day)) for day in range(DAYS)]
    options = [option for visit in visits for option in visit.options]
    visit_of = [index for index, visit in enumerate(visits) for _ in visit.options]
    households = sorted({person.household for person in volunteers if person.household is not None})
    household_number = {household: number for number, household in enumerate(households)}
    return Columns(
        problem=problem,
        serves=_serves(problem),
        free=_free(volunteers),
        valid_until={
            **{("skill", kind): days for kind, days in _valid_until(volunteers, "skills").items()},
            **{("clearance", kind): days for kind, days in _valid_until(volunteers, "clearances").items()},
        },
        speaks=_membership(volunteers, "languages"),
        cannot=_membership(volunteers, "cannot"),
        gender=np.array([GENDERS[person.gender] for person in volunteers], dtype=np.int8),
        age=_ints([person.age for person in volunteers]),
        new_homes=np.array([person.new_homes for person in volunteers], dtype=np.bool_),
        experienced=np.array([person.experienced for person in volunteers], dtype=np.bool_),
        household=_ints(
            [-1 if person.household is None else household_number[person.household] for person in volunteers]
        ),
        weekly_visits=_left(volunteers, mondays, 0),
        weekly_slots=_left(volunteers, mondays, 1),
        first_option=_ints(np.concatenate([[0], np.cumsum([len(visit.options) for visit in visits])])),
        visit_of=_ints(visit_of),
        day=_ints([option[0] for option in options]),
        start=_ints([option[1] for option in options]),
        end=_ints([option[2] for option in options]),
        week=_ints([week_of_day[option[0]] for option in options]),
        area=_ints([_area(problem, visits[index]) for index in visit_of]),
        travel_slots=_travel_slots(problem),
    )


def _ints(values: Any) -> Ints:
    return np.array(values, dtype=np.int64)


def _area(problem: Problem, visit: Visit) -> int:
    return -1 if visit.area is None else problem.area_index[visit.area]


def _serves(problem: Problem) -> tuple[Ints, ...]:
    lists: list[list[int]] = [[] for _ in problem.areas]
    for number, volunteer in enumerate(problem.volunteers):
        for area in sorted({problem.area_index[name] for name in volunteer.serves}):
            lists[area].append(number)
    return tuple(_ints(members) for members in lists)


def _free(volunteers: tuple[Volunteer, ...]) -> Words:
    free = np.zeros((len(volunteers), DAYS), dtype=np.uint64)
    for number, volunteer in enumerate(volunteers):
        for day, start, end in volunteer.free:
            free[number, day] |= np.uint64((1 << end) - (1 << start))
    return free


def _valid_until(volunteers: tuple[Volunteer, ...], key: str) -> dict[str, NDArray[np.int32]]:
    table: dict[str, NDArray[np.int32]] = {}
    for number, volunteer in enumerate(volunteers):
        held: dict[str, date | None] = getattr(volunteer, key)
        for kind, last_day in held.items():
            if kind not in table:
                table[kind] = np.full(len(volunteers), NEVER, dtype=np.int32)
            table[kind][number] = NO_END if last_day is None else last_day.toordinal()
    return table


def _membership(volunteers: tuple[Volunteer, ...], key: str) -> dict[str, Bools]:
    table: dict[str, Bools] = {}
    for number, volunteer in enumerate(volunteers):
        for word in getattr(volunteer, key):
            if word not in table:
                table[word] = np.zeros(len(volunteers), dtype=np.bool_)
            table[word][number] = True
    return table


def _left(volunteers: tuple[Volunteer, ...], mondays: list[date], which: int) -> Ints:
    left = np.zeros((len(volunteers), len(mondays)), dtype=np.int64)
    for number, volunteer in enumerate(volunteers):
        limit = (volunteer.weekly_visits, volunteer.weekly_minutes)[which]
        for week, monday in enumerate(mondays):
            used = volunteer.used.get(monday, (0, 0))[which]
            left[number, week] = max(0, limit - used) // (1, 30)[which]
    return left


def _travel_slots(problem: Problem) -> Ints:
    size = len(problem.areas)
    slots = np.zeros((size + 1, size + 1), dtype=np.int64)
    if size:
        slots[:size, :size] = -(-_ints(problem.travel_minutes) // 30)
    return slots

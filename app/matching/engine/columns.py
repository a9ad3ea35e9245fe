"""The problem as arrays, volunteers, visits and options numbered in the order of their ids.

Options of all visits are numbered through: the options of visit i are `first_option[i]` to `first_option[i + 1] - 1`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.compiled import compiled
from app.matching.engine.index import Index
from app.matching.engine.problem import Problem
from app.matching.engine.roster import Ragged, Roster, starts_of
from app.matching.engine.rows import DAYS, MINUTES_A_SLOT, SLOTS_A_DAY, Visit, Volunteer

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

GENDERS = {None: 0, "f": 1, "m": 2}
MOST_A_WEEK = 7 * SLOTS_A_DAY
"""Half hours, and so visits, that fit into a week: a larger limit is none."""


@dataclass(frozen=True)
class Columns:
    """Arrays over volunteers (v), options (o), visits (i), areas (a) and weeks (w)."""

    problem: Problem
    serving: Ragged
    """Per area, the volunteers who serve it, ascending."""
    free: Words
    """[v, day]: one bit for each half hour free."""
    home: Ints
    """[v]: the area somebody lives in."""
    gender: NDArray[np.int8]
    """[v]: 0 unstated, 1 f, 2 m."""
    age: Ints
    new_homes: Bools
    experienced: Bools
    recent_visits: Ints
    household: Ints
    """[v]: number of the household, -1 for none."""
    weekly_visits: Ints
    """[v, w]: visits left after what is used, at most `MOST_A_WEEK`."""
    weekly_slots: Ints
    """[v, w]: half hours left after what is used, at most `MOST_A_WEEK`."""
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
    def roster(self) -> Roster:
        """The columns of the volunteers as the problem has them."""
        return self.problem.roster

    @property
    def volunteers(self) -> Sequence[Volunteer]:
        """The rows, in the order of the arrays, made when they are asked for."""
        return self.problem.volunteers

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The rows, in the order of the arrays."""
        return self.problem.visits

    @cached_property
    def visit_area(self) -> Ints:
        """[i]: the area, -1 for none."""
        return self.area[self.first_option[:-1]]

    @cached_property
    def index(self) -> Index:
        """Who may do what, made when it is first asked for."""
        return Index(self)

    def options_of(self, visit: int) -> range:
        """The numbers of a visit's options."""
        return range(int(self.first_option[visit]), int(self.first_option[visit + 1]))

    def named_in(self, lists: Iterable[Sequence[str]]) -> Ragged:
        """Lists of volunteers' ids as their numbers, ascending; unknown ids are left out."""
        index = self.problem.volunteer_index
        return Ragged.of(
            [sorted({index[name] for name in names if name in index}) if names else [] for names in lists]
        )


def columns_of(problem: Problem) -> Columns:
    """The arrays of a problem."""
    roster, visits = problem.roster, problem.visits
    mondays = sorted({problem.monday_of(day) for day in range(DAYS)})
    week_of_day = np.array([mondays.index(problem.monday_of(day)) for day in range(DAYS)], dtype=np.int64)
    times = ints([option for visit in visits for option in visit.options]).reshape(-1, 3)
    counts = ints([len(visit.options) for visit in visits])
    area = ints([-1 if visit.area is None else problem.area_index[visit.area] for visit in visits])
    return Columns(
        problem=problem,
        serving=_serving(problem),
        free=_free(roster.free.first, roster.free.items, np.zeros((len(roster), DAYS), dtype=np.uint64)),
        home=_numbered(roster, "home", problem.area_index),
        gender=_numbered(roster, "gender", GENDERS).astype(np.int8),
        age=roster.wholes["age"],
        new_homes=roster.truths["new_homes"],
        experienced=roster.truths["experienced"],
        recent_visits=roster.wholes["recent_visits"],
        household=_households(roster),
        weekly_visits=_left(roster, [day.toordinal() for day in mondays], "weekly_visits", 1, 1),
        weekly_slots=_left(roster, [day.toordinal() for day in mondays], "weekly_minutes", 2, MINUTES_A_SLOT),
        first_option=starts_of(counts),
        visit_of=np.repeat(np.arange(len(visits), dtype=np.int64), counts),
        day=times[:, 0].copy(),
        start=times[:, 1].copy(),
        end=times[:, 2].copy(),
        week=week_of_day[times[:, 0]],
        area=np.repeat(area, counts),
        travel_slots=_travel_slots(problem),
    )


def ints(values: Iterable[object]) -> Ints:
    """Whole numbers as an array."""
    return np.array(values, dtype=np.int64)


def _numbered(roster: Roster, key: str, numbers: dict[str, int] | dict[str | None, int]) -> Ints:
    column = roster.coded[key]
    return ints([numbers[value] for value in column.values])[column.codes]


def _households(roster: Roster) -> Ints:
    """Numbers in the order of the households' names, whatever the order of the file."""
    column = roster.coded["household"]
    order = {name: number for number, name in enumerate(sorted(set(column.values) - {None}))}
    return ints([order.get(name, -1) for name in column.values])[column.codes]


def _serving(problem: Problem) -> Ragged:
    column = problem.roster.coded["serves"]
    areas = Ragged.of([sorted({problem.area_index[name] for name in names}) for names in column.values])
    return Ragged(*_by_area(column.codes, areas.first, areas.items, len(problem.areas)))


@compiled
def _by_area(
    codes: NDArray[np.int32], first: Ints, areas: NDArray[np.int32], count: int
) -> tuple[Ints, NDArray[np.int32]]:
    """The volunteers of each area, ascending: a counting sort."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for code in codes:
        for place in range(first[code], first[code + 1]):
            starts[areas[place] + 1] += 1
    for area in range(count):
        starts[area + 1] += starts[area]
    members = np.empty(starts[count], dtype=np.int32)
    filled = starts[:count].copy()
    for person in range(len(codes)):
        for place in range(first[codes[person]], first[codes[person] + 1]):
            members[filled[areas[place]]] = person
            filled[areas[place]] += 1
    return starts, members


@compiled
def _free(first: Ints, pieces: NDArray[np.int32], free: Words) -> Words:
    """The half hours of every piece of free time, as bits of its day."""
    for person in range(len(first) - 1):
        for piece in range(first[person], first[person + 1]):
            for slot in range(pieces[piece, 1], pieces[piece, 2]):
                free[person, pieces[piece, 0]] |= np.uint64(1) << np.uint64(slot)
    return free


def _left(roster: Roster, mondays: list[int], limit: str, which: int, unit: int) -> Ints:
    left = np.repeat(roster.wholes[limit][:, None], len(mondays), axis=1)
    owners = roster.used.owners()
    for week, monday in enumerate(mondays):
        here = roster.used.items[:, 0] == monday
        left[owners[here], week] -= roster.used.items[here, which]
    return np.clip(left // unit, 0, MOST_A_WEEK)


def _travel_slots(problem: Problem) -> Ints:
    size = len(problem.areas)
    slots = np.zeros((size + 1, size + 1), dtype=np.int64)
    if size:
        slots[:size, :size] = -(-ints(problem.travel_minutes) // MINUTES_A_SLOT)
    return slots

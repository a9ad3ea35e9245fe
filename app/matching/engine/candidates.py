"""What is still open once the pins stand: the pairs that may join them, and what is left of everybody's weeks."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.amounts import pair_amounts
from app.matching.engine.columns import Bools, Columns, Ints, columns_of
from app.matching.engine.compiled import compiled
from app.matching.engine.eligibility import Pairs, eligible_pairs
from app.matching.engine.pins import Pins, take_pins
from app.matching.engine.problem import Problem
from app.matching.engine.roster import starts_of
from app.matching.engine.rules import is_eligible


@dataclass(frozen=True, slots=True)
class ShadowSeat:
    """One successor who may join a visit at an option, by one of the problem's `entries`."""

    entry: int
    senior: int
    successor: int
    option: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The open pairs beside the pins, numbered as in `Columns`."""

    columns: Columns
    pins: Pins
    pairs: Pairs
    """Eligible, not pinned, and possible beside the pins alone."""
    amounts: Ints
    """[pair]: what the pairing adds by itself."""
    pinned_option: Ints
    """[visit]: the option its pins hold, -1 without pins."""
    pinned_people: dict[int, list[int]]
    """visit -> volunteers pinned there."""
    pinned_times: dict[int, list[int]]
    """volunteer -> options they are pinned at."""
    pinned_amounts: dict[tuple[int, int], int]
    """(visit, volunteer) -> what a pinned pairing adds by itself when its visit is served."""
    left_visits: Ints
    left_slots: Ints
    """[v, w]: what the weeks hold after what is used and the pins."""
    shadow_seats: tuple[ShadowSeat, ...] = ()


class Calendar(NamedTuple):
    """[option] when and where it is, and [area, area] the half hours between; as in `Columns`."""

    visit_of: Ints
    day: Ints
    start: Ints
    end: Ints
    week: Ints
    area: Ints
    travel_slots: Ints


class Left(NamedTuple):
    """What the pins leave: of the weeks [v, w], at a visit [visit], and whose day is taken when [v]."""

    visits: Ints
    slots: Ints
    pinned_option: Ints
    pinned_first: Ints
    pinned: Ints


def candidates_of(problem: Problem) -> Candidates:
    """Everything a solver may choose from: time and memory in proportion to the eligible pairs."""
    columns = columns_of(problem)
    pins = take_pins(problem)
    eligible = eligible_pairs(columns)
    amounts = pair_amounts(columns, eligible)
    pinned_option = np.full(len(columns.visits), -1, dtype=np.int64)
    pinned_people: dict[int, list[int]] = defaultdict(list)
    pinned_times: dict[int, list[int]] = defaultdict(list)
    pinned_amounts: dict[tuple[int, int], int] = {}
    left_visits, left_slots = columns.weekly_visits.copy(), columns.weekly_slots.copy()
    for visit_id, volunteer_id, index in pins.taken:
        visit, volunteer = problem.visit_index[visit_id], problem.volunteer_index[volunteer_id]
        option = int(columns.first_option[visit]) + index
        pinned_option[visit] = option
        pinned_people[visit].append(volunteer)
        pinned_times[volunteer].append(option)
        left_visits[volunteer, columns.week[option]] -= 1
        left_slots[volunteer, columns.week[option]] -= columns.end[option] - columns.start[option]
        pinned_amounts[visit, volunteer] = int(amounts[pair_number(eligible, option, volunteer)])
    times = sorted((person, option) for person, options in pinned_times.items() for option in options)
    pinned = np.array(times, dtype=np.int64).reshape(-1, 2)
    held = starts_of(np.bincount(pinned[:, 0], minlength=len(columns.roster)))
    left = Left(left_visits, left_slots, pinned_option, held, pinned[:, 1].copy())
    still_open, counts = _open(eligible.volunteer, eligible.first, _calendar(columns), left)
    people, amounts = _taken(still_open, eligible.volunteer, amounts, int(counts.sum()))
    found = Candidates(
        columns=columns,
        pins=pins,
        pairs=Pairs(np.repeat(np.arange(len(counts), dtype=np.int32), counts), people, starts_of(counts)),
        amounts=amounts,
        pinned_option=pinned_option,
        pinned_people=dict(pinned_people),
        pinned_times=dict(pinned_times),
        pinned_amounts=pinned_amounts,
        left_visits=left_visits,
        left_slots=left_slots,
    )
    return _with_shadow_seats(found)


def among(found: Candidates, wanted: Bools) -> Candidates:
    """The same with the pairs and pinned seats of these visits alone, and without shadow seats.

    What the other pins take of people's time stays taken.
    """
    pairs = found.pairs
    kept = wanted[found.columns.visit_of]
    chosen = kept[pairs.option]
    counts = np.where(kept, np.diff(pairs.first), 0)
    fewer = Pairs(pairs.option[chosen], pairs.volunteer[chosen], starts_of(counts))
    return replace(
        found,
        pairs=fewer,
        amounts=found.amounts[chosen],
        pinned_option=np.where(wanted, found.pinned_option, -1),
        pinned_people={visit: people for visit, people in found.pinned_people.items() if wanted[visit]},
        shadow_seats=(),
    )


def clashes(columns: Columns, options: Ints, other: int) -> Bools:
    """[option]: whether one person cannot be at it and at `other` too; two options of one visit always clash."""
    return _clashes(_calendar(columns), np.asarray(options, dtype=np.int64), other)


def _calendar(columns: Columns) -> Calendar:
    return Calendar(
        columns.visit_of,
        columns.day,
        columns.start,
        columns.end,
        columns.week,
        columns.area,
        columns.travel_slots,
    )


@compiled
def _clash(calendar: Calendar, option: int, other: int) -> bool:
    if calendar.visit_of[option] == calendar.visit_of[other]:
        return True
    if calendar.day[option] != calendar.day[other]:
        return False
    there = calendar.travel_slots[calendar.area[option], calendar.area[other]]
    back = calendar.travel_slots[calendar.area[other], calendar.area[option]]
    after = calendar.start[other] - calendar.end[option] >= there
    before = calendar.start[option] - calendar.end[other] >= back
    return not (after or before)


@compiled
def _clashes(calendar: Calendar, options: Ints, other: int) -> Bools:
    clash = np.zeros(len(options), dtype=np.bool_)
    for number in range(len(options)):
        clash[number] = _clash(calendar, options[number], other)
    return clash


@compiled
def _open(volunteer: NDArray[np.int32], first: Ints, calendar: Calendar, left: Left) -> tuple[Bools, Ints]:
    """([pair], [option]): whether it can stand beside the pins, and how many can."""
    can = np.zeros(len(volunteer), dtype=np.bool_)
    counts = np.zeros(len(first) - 1, dtype=np.int64)
    for option in range(len(first) - 1):
        if left.pinned_option[calendar.visit_of[option]] not in (-1, option):
            continue
        week, slots = calendar.week[option], calendar.end[option] - calendar.start[option]
        for pair in range(first[option], first[option + 1]):
            person = volunteer[pair]
            stands = left.visits[person, week] >= 1 and left.slots[person, week] >= slots
            for pin in range(left.pinned_first[person], left.pinned_first[person + 1]):
                if stands and _clash(calendar, option, left.pinned[pin]):
                    stands = False
            can[pair] = stands
            counts[option] += stands
    return can, counts


@compiled
def _taken(
    which: Bools, volunteer: NDArray[np.int32], amounts: Ints, size: int
) -> tuple[NDArray[np.int32], Ints]:
    """The volunteers and amounts of some pairs, `size` in number."""
    people, worth = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int64)
    at = 0
    for pair in range(len(which)):
        if which[pair]:
            people[at], worth[at] = volunteer[pair], amounts[pair]
            at += 1
    return people, worth


def pair_number(pairs: Pairs, option: int, volunteer: int) -> int:
    """The number of a pair; -1 when it is not among them."""
    first, last = int(pairs.first[option]), int(pairs.first[option + 1])
    place = first + int(np.searchsorted(pairs.volunteer[first:last], volunteer))
    return place if place < last and int(pairs.volunteer[place]) == volunteer else -1


def _with_shadow_seats(found: Candidates) -> Candidates:
    columns, problem = found.columns, found.columns.problem
    visits_of: dict[str, list[int]] = defaultdict(list)
    for number, visit in enumerate(columns.visits):
        if visit.recipient is not None:
            visits_of[visit.recipient].append(number)
    seats: list[ShadowSeat] = []
    for entry, shadow in enumerate(problem.entries):
        senior, successor = problem.volunteer_index[shadow.senior], problem.volunteer_index[shadow.successor]
        for number in visits_of.get(shadow.recipient, ()):
            if successor in found.pinned_people.get(number, ()):
                continue
            seats.extend(
                ShadowSeat(entry, senior, successor, option)
                for option in columns.options_of(number)
                if _may_hold(found, senior, number, option) and _may_shadow(found, successor, option)
            )
    return replace(found, shadow_seats=tuple(seats))


def _may_hold(found: Candidates, senior: int, visit: int, option: int) -> bool:
    if senior in found.pinned_people.get(visit, ()):
        return int(found.pinned_option[visit]) == option
    return pair_number(found.pairs, option, senior) >= 0


def _may_shadow(found: Candidates, successor: int, option: int) -> bool:
    columns = found.columns
    visit = int(columns.visit_of[option])
    row = columns.visits[visit]
    time = row.options[option - int(columns.first_option[visit])]
    if not is_eligible(columns.volunteers[successor], row, time, columns.problem.starts_on, shadow=True):
        return False
    week = columns.week[option]
    if found.left_visits[successor, week] < 1:
        return False
    if found.left_slots[successor, week] < columns.end[option] - columns.start[option]:
        return False
    pinned = np.array(found.pinned_times.get(successor, ()), dtype=np.int64)
    return not clashes(columns, pinned, option).any()

"""What is still open once the pins stand: the pairs that may join them, and what is left of everybody's weeks."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from app.matching.engine.amounts import pair_amounts
from app.matching.engine.columns import Bools, Columns, Ints, columns_of
from app.matching.engine.eligibility import Pairs, eligible_at, eligible_pairs
from app.matching.engine.pins import Pins, take_pins
from app.matching.engine.problem import Problem


@dataclass(frozen=True, slots=True)
class ShadowSeat:
    """One successor who may join a visit at an option, by an entry of the problem's `shadows`."""

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


def candidates_of(problem: Problem) -> Candidates:
    """Everything a solver may choose from."""
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
    options, people = eligible.option.astype(np.int64), eligible.volunteer.astype(np.int64)
    week = columns.week[options]
    possible = (left_visits[people, week] >= 1) & (
        left_slots[people, week] >= columns.end[options] - columns.start[options]
    )
    held = pinned_option[columns.visit_of[options]]
    possible &= (held < 0) | (held == options)
    by_volunteer = np.argsort(people, kind="stable")
    starts = np.searchsorted(people[by_volunteer], np.arange(len(columns.volunteers) + 1))
    for person, times in pinned_times.items():
        theirs = by_volunteer[starts[person] : starts[person + 1]]
        for time in times:
            possible[theirs[clashes(columns, options[theirs], time)]] = False
    kept = np.flatnonzero(possible)
    open_pairs = Pairs(
        option=eligible.option[kept],
        volunteer=eligible.volunteer[kept],
        first=np.searchsorted(kept, eligible.first).astype(np.int64),
    )
    found = Candidates(
        columns=columns,
        pins=pins,
        pairs=open_pairs,
        amounts=amounts[kept],
        pinned_option=pinned_option,
        pinned_people=dict(pinned_people),
        pinned_times=dict(pinned_times),
        pinned_amounts=pinned_amounts,
        left_visits=left_visits,
        left_slots=left_slots,
    )
    return _with_shadow_seats(found)


def clashes(columns: Columns, options: Ints, other: int) -> Bools:
    """[option]: whether one person cannot be at it and at `other` too; two options of one visit always clash."""
    there = columns.travel_slots[columns.area[options], columns.area[other]]
    back = columns.travel_slots[columns.area[other], columns.area[options]]
    apart = (columns.start[other] - columns.end[options] >= there) | (
        columns.start[options] - columns.end[other] >= back
    )
    clash: Bools = (columns.visit_of[options] == columns.visit_of[other]) | (
        (columns.day[options] == columns.day[other]) & ~apart
    )
    return clash


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
    for entry, shadow in enumerate(problem.shadows):
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
    people = eligible_at(columns, option, shadow=True)
    place = int(np.searchsorted(people, successor))
    if place >= len(people) or int(people[place]) != successor:
        return False
    week = columns.week[option]
    if found.left_visits[successor, week] < 1:
        return False
    if found.left_slots[successor, week] < columns.end[option] - columns.start[option]:
        return False
    one = np.array([option], dtype=np.int64)
    return not any(bool(clashes(columns, one, time)[0]) for time in found.pinned_times.get(successor, ()))

"""The best that each volunteer could do at given profits, for the referee: whole numbers, no solver.

An item is a seat, a pinned seat that may count, or a shadow seat of one volunteer. Held together, items are worth
their profits, `continuity` for each two seats next to each other in a request's sequence, `first_seat` for a
newcomer's first, less `further_seat` x (m - 1) for the m-th. Nobody holds two items of one visit; all but pinned seats
need time to travel, and room in their week.

Branch and bound: take an item or leave it, the most promising first. Cut off is what cannot beat the best so far even
if the best of the other open items were taken, as many as each week has room for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.compiled import compiled
from app.matching.engine.facts import Bools, Ints

SEAT, PINNED, SHADOW = 0, 1, 2
MOST_STEPS = 20_000_000
"""After so many steps over everybody the searches left are answered by their first bound: too high, never wrong."""


class Items(NamedTuple):
    """Every item by volunteer: those of volunteer v are numbered `first[v]` to `first[v + 1] - 1`."""

    first: Ints
    kind: NDArray[np.int8]
    """[item]: SEAT, PINNED or SHADOW."""
    place: NDArray[np.int32]
    """[item]: which visit at which option it is, by the number of the place."""
    visit: Ints
    """[place]: the number of its visit."""
    day: Ints
    start: Ints
    end: Ints
    area: Ints
    week: Ints
    before: Ints
    """[visit]: the visit before it in its request's sequence, -1 for none."""
    after: Ints
    is_new: Bools
    """[v]: whether a first seat counts."""
    room_visits: Ints
    """[v, week]: the visits left."""
    room_slots: Ints
    travel: Ints
    """[area, area]: half hours."""


class Amounts(NamedTuple):
    """What holding items together adds, in the unit of the profits."""

    continuity: int
    first_seat: int
    further_seat: int


@compiled
def best_answers(items: Items, profit: Ints, amounts: Amounts, who: Ints, most_steps: int) -> Ints:
    """[each of `who`]: no set of items of this volunteer is worth more, and while the steps last some set is worth as
    much."""
    best = np.zeros(len(who), dtype=np.int64)
    steps_left = most_steps
    for number in range(len(who)):
        person = who[number]
        newcomer = amounts.first_seat if items.is_new[person] else 0
        picked = _worth_a_look(items, profit, person, amounts.continuity, newcomer)
        if len(picked):
            best[number], steps_left = _best_of(items, profit, person, amounts, newcomer, picked, steps_left)
    return best


@compiled
def _worth_a_look(items: Items, profit: Ints, person: int, continuity: int, newcomer: int) -> Ints:
    """The items that could be in a best set, the most promising first, with half of each continuity to come."""
    near = 2 * continuity
    count = 0
    for item in range(items.first[person], items.first[person + 1]):
        count += profit[item] + near + newcomer > 0
    open_items = np.zeros(count, dtype=np.int64)
    count = 0
    for item in range(items.first[person], items.first[person + 1]):
        if profit[item] + near + newcomer > 0:
            open_items[count] = item
            count += 1
    picked = np.zeros(count, dtype=np.int64)
    worth = np.zeros(count, dtype=np.int64)
    count = 0
    for one in open_items:
        has_before, has_after = False, False
        visit = items.visit[items.place[one]]
        for other in open_items:
            if items.kind[one] != SHADOW and items.kind[other] != SHADOW:
                there = items.visit[items.place[other]]
                has_before = has_before or there == items.before[visit]
                has_after = has_after or there == items.after[visit]
        near = continuity * (int(has_before) + int(has_after))
        if profit[one] + near + newcomer > 0:
            picked[count] = one
            worth[count] = profit[one] + near // 2
            count += 1
    order = np.argsort(-worth[:count], kind="mergesort")
    return picked[order]


@compiled
def _clash(items: Items, one: int, other: int) -> bool:
    """Whether one person cannot hold both."""
    is_free = items.kind[one] == PINNED or items.kind[other] == PINNED
    a, b = items.place[one], items.place[other]
    if items.visit[a] == items.visit[b]:
        return True
    if is_free or items.day[a] != items.day[b]:
        return False
    if items.start[a] > items.start[b]:
        a, b = b, a
    return bool(items.start[b] - items.end[a] < items.travel[items.area[a], items.area[b]])


@compiled
def _meet(items: Items, one: int, other: int) -> bool:
    """Whether the two are seats next to each other in a sequence."""
    if items.kind[one] == SHADOW or items.kind[other] == SHADOW:
        return False
    visit, there = items.visit[items.place[one]], items.visit[items.place[other]]
    return bool(items.before[visit] == there or items.after[visit] == there)


@compiled
def _best_of(
    items: Items,
    profit: Ints,
    person: int,
    amounts: Amounts,
    newcomer: int,
    picked: Ints,
    steps_left: int,
) -> tuple[int, int]:
    """The worth of the best set of the picked items, and the steps left after the search."""
    count = len(picked)
    clash = np.zeros((count, count), dtype=np.bool_)
    meets = np.zeros((count, count), dtype=np.bool_)
    has_shadows = False
    for k in range(count):
        has_shadows = has_shadows or items.kind[picked[k]] == SHADOW
        for m in range(k):
            clash[k, m] = clash[m, k] = _clash(items, picked[k], picked[m])
            meets[k, m] = meets[m, k] = _meet(items, picked[k], picked[m])
    load = 0 if has_shadows else amounts.further_seat
    room_visits = items.room_visits[person].copy()
    room_slots = items.room_slots[person].copy()
    blocked = np.zeros(count, dtype=np.int64)
    held = np.zeros(count, dtype=np.int64)
    # By depth: what the items held are worth together, and how many are seats.
    exact = np.zeros(count + 1, dtype=np.int64)
    seats = np.zeros(count + 1, dtype=np.int64)
    best, at_first, depth, k = 0, -1, 0, 0
    while depth >= 0:
        while k < count and not (blocked[k] == 0 and _has_room(items, picked[k], room_visits, room_slots)):
            k += 1
        if k < count:
            steps_left -= 1
            most = exact[depth] + (0 if seats[depth] else newcomer)
            most += _most_more(
                items, profit, picked, k, held[:depth], blocked, meets, amounts.continuity,
                room_visits, room_slots, load, seats[depth],
            )  # fmt: skip
            if at_first < 0:
                at_first = max(0, most)
            if steps_left < 0:
                return max(best, at_first), 0
        if k < count and most > best:
            item = picked[k]
            more = 0
            seats[depth + 1] = seats[depth]
            if items.kind[item] != SHADOW:
                more = (0 if seats[depth] else newcomer) - amounts.further_seat * seats[depth]
                seats[depth + 1] += 1
            exact[depth + 1] = exact[depth] + profit[item] + more
            for d in range(depth):
                if meets[held[d], k]:
                    exact[depth + 1] += amounts.continuity
            _take(items, item, 1, room_visits, room_slots)
            blocked += clash[k]
            held[depth] = k
            depth += 1
            best = max(best, exact[depth])
        else:
            depth -= 1
            if depth >= 0:
                k = held[depth]
                _take(items, picked[k], -1, room_visits, room_slots)
                blocked -= clash[k]
        k += 1
    return best, steps_left


@compiled
def _has_room(items: Items, item: int, room_visits: Ints, room_slots: Ints) -> bool:
    """Whether an item's week has room for it."""
    place = items.place[item]
    week = items.week[place]
    has_room = room_visits[week] >= 1 and room_slots[week] >= items.end[place] - items.start[place]
    return bool(items.kind[item] == PINNED or has_room)


@compiled
def _take(items: Items, item: int, times: int, room_visits: Ints, room_slots: Ints) -> None:
    """Takes an item's room from its week; -1 gives it back."""
    place = items.place[item]
    if items.kind[item] != PINNED:
        room_visits[items.week[place]] -= times
        room_slots[items.week[place]] -= times * (items.end[place] - items.start[place])


@compiled
def _most_more(
    items: Items,
    profit: Ints,
    picked: Ints,
    begin: int,
    held: Ints,
    blocked: Ints,
    meets: Bools,
    continuity: int,
    room_visits: Ints,
    room_slots: Ints,
    load: int,
    seats: int,
) -> int:
    """No set of open items from `begin` on, one at least, adds more: the best of each week that its room admits.

    Clashes among them are overlooked. The item at `begin` is open. A continuity counts in full for an item beside one
    that is held, and by half where the other is open too.
    """
    is_open = blocked == 0
    is_open[:begin] = False
    for k in range(begin, len(picked)):
        if is_open[k] and not _has_room(items, picked[k], room_visits, room_slots):
            is_open[k] = False
    is_held = np.zeros(len(picked), dtype=np.bool_)
    for k in held:
        is_held[k] = True
    more = np.zeros(len(picked), dtype=np.int64)
    for k in range(begin, len(picked)):
        if is_open[k]:
            more[k] = (
                profit[picked[k]] + continuity * _neighbours(items, picked, k, meets, is_open, is_held) // 2
            )
    quota = room_visits.copy()
    total = 0
    taken = 0
    for k in np.argsort(-more, kind="mergesort"):
        gain = more[k] - load * (seats + taken)
        if not is_open[k] or (gain <= 0 and taken):
            continue
        item = picked[k]
        if items.kind[item] != PINNED:
            week = items.week[items.place[item]]
            if quota[week] <= 0:
                continue
            quota[week] -= 1
        total += gain
        taken += 1
    return total


@compiled
def _neighbours(items: Items, picked: Ints, one: int, meets: Bools, is_open: Bools, is_held: Bools) -> int:
    """How many neighbours in its sequence an item could have, in halves: two for one held, one for one that is open."""
    visit = items.visit[items.place[picked[one]]]
    before, after = 0, 0
    for k in range(len(picked)):
        if meets[one, k]:
            here = 2 if is_held[k] else 1 if is_open[k] else 0
            if items.visit[items.place[picked[k]]] == items.before[visit]:
                before = max(before, here)
            else:
                after = max(after, here)
    return before + after

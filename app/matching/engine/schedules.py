"""One volunteer's schedules: which seats one person can hold together, and the best ones at given prices.

An item is a seat, a pinned seat that may count, or a shadow seat of one volunteer. A schedule is a set of items; its
worth is the profit of its items, 400 for each two seats next to each other in a request's sequence, 200 for a
newcomer's first seat, less 30 (m - 1) for the m-th seat. The search is exact: depth first, best items first, cut off
by what the rest could add at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Bools, Ints, ints
from app.matching.engine.compiled import compiled, inner
from app.matching.engine.model import Model
from app.matching.engine.policy import POLICY, neighbours_in_sequence
from app.matching.engine.roster import starts_of
from app.matching.engine.rows import Visit

Floats = NDArray[np.float64]
SEAT, PINNED, SHADOW = 0, 1, 2
NONE, ZERO = np.int64(-1), np.int64(0)


class Items(NamedTuple):
    """Every item, sorted by volunteer, request, place in its sequence, and option.

    `first[v]` is where those of volunteer v begin.
    """

    first: Ints
    column: NDArray[np.int32]
    """[item]: its column in the model."""
    kind: NDArray[np.int8]
    option: NDArray[np.int32]
    earlier: NDArray[np.int32]
    later: NDArray[np.int32]
    """[item]: the first of the same volunteer's items at the visit before and after it, -1 when there is none."""
    visit_of: Ints
    week: Ints
    slots: Ints
    day: Ints
    start: Ints
    end: Ints
    area: Ints
    """[option]: of which visit, and when and where it is."""
    before: Ints
    after: Ints
    """[visit]: the visit before and after it in its request's sequence, -1 for none."""
    is_new: Ints
    left_visits: Ints
    left_slots: Ints
    travel: Ints


def items_of(candidates: Candidates, model: Model) -> Items:
    """The items of a model of teams."""
    c = candidates.columns
    pairs, seats = model.pairs, len(model.seat_option)
    numbers = list(model.shadow_columns)
    shadows = [candidates.shadow_seats[number] for number in numbers]
    open_seats = np.flatnonzero(model.upper[:seats] > 0)
    kinds = np.repeat(np.array([SEAT, PINNED, SHADOW], dtype=np.int8), [pairs, seats - pairs, len(shadows)])
    people = np.append(model.seat_person, ints([shadow.successor for shadow in shadows]).astype(np.int32))
    options = np.append(model.seat_option, ints([shadow.option for shadow in shadows]).astype(np.int32))
    columns = np.append(np.arange(seats), ints(list(model.shadow_columns.values())))
    kept = np.append(open_seats, np.arange(seats, len(people)))
    before = np.full(len(c.visits), -1, dtype=np.int64)
    after = np.full(len(c.visits), -1, dtype=np.int64)
    index = c.problem.visit_index
    for one, other in neighbours_in_sequence(c.visits):
        after[index[one.id]] = index[other.id]
        before[index[other.id]] = index[one.id]
    rank = _in_sequence(c.visits)[c.visit_of]
    order = kept[np.lexsort((kinds[kept], options[kept], rank[options[kept]], people[kept]))]
    option = options[order]
    first = starts_of(np.bincount(people[order], minlength=len(c.roster)))
    earlier, later = neighbours(first, kinds[order], c.visit_of[option], before, after)
    return Items(
        first=first,
        column=columns[order].astype(np.int32),
        kind=kinds[order],
        option=option,
        earlier=earlier,
        later=later,
        visit_of=c.visit_of,
        week=c.week,
        slots=c.end - c.start,
        day=c.day,
        start=c.start,
        end=c.end,
        area=c.area,
        before=before,
        after=after,
        is_new=(c.recent_visits == 0).astype(np.int64),
        left_visits=candidates.left_visits,
        left_slots=candidates.left_slots,
        travel=c.travel_slots,
    )


def _in_sequence(visits: Sequence[Visit]) -> Ints:
    """[visit]: its place when visits are sorted by request, then by sequence."""
    keys = [(visit.request, -1 if visit.sequence is None else visit.sequence) for visit in visits]
    place: Ints = np.empty(len(visits), dtype=np.int64)
    place[sorted(range(len(visits)), key=keys.__getitem__)] = np.arange(len(visits))
    return place


@compiled
def neighbours(
    first: Ints, kind: NDArray[np.int8], visit: Ints, before: Ints, after: Ints
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """[item]: where the same volunteer's items at the visit before and at the visit after it begin, -1 for none."""
    earlier = np.full(len(kind), -1, dtype=np.int32)
    later = np.full(len(kind), -1, dtype=np.int32)
    for person in range(len(first) - 1):
        for item in range(first[person], first[person + 1]):
            near = before[visit[item]]
            if kind[item] == SHADOW or near < 0:
                continue
            other = item - 1
            found = -1
            while other >= first[person] and visit[other] in (near, visit[item]):
                if visit[other] == near and kind[other] != SHADOW:
                    found = other
                other -= 1
            earlier[item] = found
        for item in range(first[person + 1] - 1, first[person] - 1, -1):
            near = after[visit[item]]
            if kind[item] == SHADOW or near < 0:
                continue
            other = item + 1
            while other < first[person + 1] and (visit[other] == visit[item] or kind[other] == SHADOW):
                other += 1
            if other < first[person + 1] and visit[other] == near:
                later[item] = other
    return earlier, later


@dataclass(frozen=True, slots=True)
class Schedules:
    """Schedules in one list: `owner[k]` holds items `item[first[k] : first[k + 1]]`, worth `worth[k]`."""

    owner: Ints
    first: Ints
    item: Ints
    worth: Floats

    def __len__(self) -> int:
        return len(self.owner)

    @classmethod
    def joined(cls, parts: Sequence["Schedules"]) -> "Schedules":
        """The schedules of several lists, one after the other."""
        lengths = np.concatenate([np.diff(part.first) for part in parts])
        return cls(
            np.concatenate([part.owner for part in parts]),
            starts_of(lengths),
            np.concatenate([part.item for part in parts]),
            np.concatenate([part.worth for part in parts]),
        )


NOTHING = Schedules(
    np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a schedule is worth beside the profit of its items."""

    continuity: float
    first_seat: float
    further_seat: float


POLICY_AMOUNTS = Amounts(float(POLICY.continuity), float(POLICY.first_seat), float(POLICY.further_seat))
NOTHING_MORE = Amounts(0.0, 0.0, 0.0)


def best_schedules(
    items: Items, profit: Floats, who: Ints, amounts: Amounts = POLICY_AMOUNTS, steps: int = 1_000_000
) -> tuple[Schedules, Floats, bool]:
    """The best schedule of each of these volunteers at these profits, those better than staying free.

    Then the worth of the best for each of them, 0 for staying free; then whether the search ended for everybody.
    """
    owner, length, item, worth, best, complete = search(
        items, profit, who, amounts.continuity, amounts.first_seat, amounts.further_seat, steps
    )
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    return Schedules(owner, first, item, worth), best, bool(complete)


class Offer(NamedTuple):
    """What may pay for one volunteer, best first; k numbers the items of the offer."""

    item: Ints
    kind: NDArray[np.int8]
    profit: Floats
    week: Ints
    slots: Ints
    place: Ints
    """[k]: a number for the visit among those of the offer."""
    clash: Bools
    """[k, m]: never together."""
    near: Bools
    """[k, m]: neighbours in a request's sequence."""
    earlier: Ints
    later: Ints
    """[k]: the place of the visit before and after it, -1 when it is not in the offer."""
    visits: int
    """How many places there are."""
    pinned: int
    has_shadows: bool


@compiled
def search(
    items: Items,
    profit: Floats,
    who: Ints,
    continuity: float,
    first_seat: float,
    further_seat: float,
    steps: int,
) -> tuple[Ints, Ints, Ints, Floats, Floats, bool]:
    """The best schedules as flat lists: owner, length, items, worth; then the best worth of each of `who`."""
    owners = [ZERO for _ in range(0)]
    lengths = [ZERO for _ in range(0)]
    members = [ZERO for _ in range(0)]
    worths = [0.0 for _ in range(0)]
    best = np.zeros(len(who), dtype=np.float64)
    complete = True
    for number in range(len(who)):
        person = who[number]
        new = first_seat if items.is_new[person] else 0.0
        picked = _picked(items, profit, person, continuity, new, further_seat)
        if len(picked) == 0:
            continue
        worth, chosen, ended = _best_of(
            _offer(items, profit, picked),
            items.left_visits[person].copy(),
            items.left_slots[person].copy(),
            continuity,
            new,
            further_seat,
            steps,
        )
        complete = complete and ended
        best[number] = worth
        if len(chosen):
            owners.append(person)
            lengths.append(np.int64(len(chosen)))
            for k in chosen:
                members.append(picked[k])
            worths.append(worth)
    return (
        np.array(owners, dtype=np.int64),
        np.array(lengths, dtype=np.int64),
        np.array(members, dtype=np.int64),
        np.array(worths, dtype=np.float64),
        best,
        complete,
    )


@inner
def _picked(
    items: Items, profit: Floats, person: int, continuity: float, new: float, further_seat: float
) -> Ints:
    """The items that can be in a best schedule, those first that pay most with half of their continuity.

    Seats next to each other in one request's sequence are a run. Without a run that does not pay for itself a schedule
    is worth more, unless it is all there is and brings the amount for a newcomer's first seat: so of the seats without
    neighbours the best is enough then.
    """
    low, high = items.first[person], items.first[person + 1]
    runs = _best_runs(items, profit, low, high, continuity - further_seat)
    by_itself, sole_enough = -new, True
    for item in range(low, high):
        if items.kind[item] == SHADOW:
            sole_enough = False
        elif items.earlier[item] < 0 and items.later[item] < 0:
            by_itself = max(by_itself, profit[item])
    found = np.empty(high - low, dtype=np.int64)
    worth = np.empty(high - low, dtype=np.float64)
    count = 0
    for item in range(low, high):
        run = runs[item - low]
        links = (items.earlier[item] >= 0) + (items.later[item] >= 0)
        first_seat = items.kind[item] != SHADOW and run > -new
        enough = sole_enough and (by_itself > 0.0 or (links == 0 and run < by_itself))
        if run > 0.0 or (first_seat and not enough):
            half = profit[item] + 0.5 * continuity * links
            place = count
            while place > 0 and worth[place - 1] < half:
                found[place], worth[place] = found[place - 1], worth[place - 1]
                place -= 1
            found[place], worth[place] = item, half
            count += 1
    return found[:count]


@inner
def _best_runs(items: Items, profit: Floats, low: int, high: int, link: float) -> Floats:
    """[item - low]: the most that a run with this item is worth when each link in it is worth `link`."""
    size = high - low
    left, right = np.empty(size, dtype=np.float64), np.empty(size, dtype=np.float64)
    for item in range(low, high):
        left[item - low] = profit[item]
        at = items.earlier[item]
        if at >= 0:
            visit, most = items.visit_of[items.option[at]], 0.0
            while at < item and items.visit_of[items.option[at]] == visit:
                if items.kind[at] != SHADOW:
                    most = max(most, link + left[at - low])
                at += 1
            left[item - low] += most
    for item in range(high - 1, low - 1, -1):
        right[item - low] = profit[item]
        at = items.later[item]
        if at >= 0:
            visit, most = items.visit_of[items.option[at]], 0.0
            while at < high and items.visit_of[items.option[at]] == visit:
                if items.kind[at] != SHADOW:
                    most = max(most, link + right[at - low])
                at += 1
            right[item - low] += most
    return left + right - profit[low:high]


@inner
def _offer(items: Items, profit: Floats, picked: Ints) -> Offer:
    """What the search needs to know of the items picked."""
    count = len(picked)
    option = items.option[picked]
    visit = items.visit_of[option]
    day, start, end, area = items.day[option], items.start[option], items.end[option], items.area[option]
    kind = items.kind[picked]
    clash = np.zeros((count, count), dtype=np.bool_)
    near = np.zeros((count, count), dtype=np.bool_)
    place = np.full(count, -1, dtype=np.int64)
    visits = 0
    for k in range(count):
        for m in range(k):
            if visit[k] == visit[m]:
                clash[k, m] = clash[m, k] = True
                place[k] = place[m]
            elif (
                kind[k] != PINNED
                and kind[m] != PINNED
                and day[k] == day[m]
                and start[k] - end[m] < items.travel[area[m], area[k]]
                and start[m] - end[k] < items.travel[area[k], area[m]]
            ):
                clash[k, m] = clash[m, k] = True
            elif kind[k] != SHADOW and kind[m] != SHADOW:
                near[k, m] = items.before[visit[k]] == visit[m] or items.after[visit[k]] == visit[m]
                near[m, k] = near[k, m]
        if place[k] < 0:
            place[k] = visits
            visits += 1
    earlier = np.full(count, -1, dtype=np.int64)
    later = np.full(count, -1, dtype=np.int64)
    for k in range(count):
        for m in range(count):
            if near[k, m]:
                if items.before[visit[k]] == visit[m]:
                    earlier[k] = place[m]
                else:
                    later[k] = place[m]
    return Offer(
        picked,
        kind,
        profit[picked],
        items.week[option],
        items.slots[option],
        place,
        clash,
        near,
        earlier,
        later,
        visits,
        int((kind == PINNED).sum()),
        bool((kind == SHADOW).any()),
    )


@inner
def _best_of(
    offer: Offer,
    visits_left: Ints,
    slots_left: Ints,
    continuity: float,
    new: float,
    further_seat: float,
    steps: int,
) -> tuple[float, Ints, bool]:
    """The worth of the best schedule, its items (numbers of the offer), and whether the search ended."""
    count = len(offer.item)
    room = offer.pinned
    for left in visits_left:
        room += max(ZERO, left)
    deepest = min(count, room)
    is_chosen = np.zeros(offer.visits, dtype=np.bool_)
    open_items = np.zeros(offer.visits, dtype=np.int64)
    top = np.zeros(room + 1, dtype=np.float64)
    chosen = np.zeros(deepest + 1, dtype=np.int64)
    following = np.zeros(deepest + 2, dtype=np.int64)
    total = np.zeros(deepest + 2, dtype=np.float64)
    seats = np.zeros(deepest + 2, dtype=np.int64)
    blocked = np.zeros(count, dtype=np.int64)
    best, length = 0.0, 0
    best_items = np.zeros(deepest + 1, dtype=np.int64)
    depth = 0
    for _ in range(steps):
        k = following[depth]
        while k < count and not _has_room(offer, k, blocked, visits_left, slots_left):
            k += 1
        if (
            k < count
            and depth < deepest
            and total[depth]
            + (new if seats[depth] == 0 else 0.0)
            + _most_more(
                offer, k, blocked, visits_left, slots_left, is_chosen, open_items, top,
                continuity, further_seat, seats[depth],
            )
            > best
        ):  # fmt: skip
            following[depth] = k + 1
            gain = offer.profit[k]
            for d in range(depth):
                if offer.near[chosen[d], k]:
                    gain += continuity
            is_seat = offer.kind[k] != SHADOW
            if is_seat:
                gain += (new if seats[depth] == 0 else 0.0) - further_seat * seats[depth]
                is_chosen[offer.place[k]] = True
            total[depth + 1] = total[depth] + gain
            seats[depth + 1] = seats[depth] + is_seat
            _occupy(offer, k, 1, blocked, visits_left, slots_left)
            chosen[depth] = k
            depth += 1
            following[depth] = k + 1
            if total[depth] > best:
                best, length = total[depth], depth
                best_items[:depth] = chosen[:depth]
            continue
        depth -= 1
        if depth < 0:
            return best, best_items[:length], True
        gone = chosen[depth]
        if offer.kind[gone] != SHADOW:
            is_chosen[offer.place[gone]] = False
        _occupy(offer, gone, -1, blocked, visits_left, slots_left)
    return best, best_items[:length], False


@inner
def _has_room(offer: Offer, k: int, blocked: Ints, visits_left: Ints, slots_left: Ints) -> bool:
    """Whether an item fits beside what is held."""
    if blocked[k] > 0:
        return False
    week = offer.week[k]
    return bool(offer.kind[k] == PINNED or (visits_left[week] >= 1 and slots_left[week] >= offer.slots[k]))


@inner
def _occupy(offer: Offer, k: int, by: int, blocked: Ints, visits_left: Ints, slots_left: Ints) -> None:
    """An item is held (`by` 1) or given back (-1)."""
    for m in range(len(blocked)):
        if offer.clash[k, m]:
            blocked[m] += by
    if offer.kind[k] != PINNED:
        visits_left[offer.week[k]] -= by
        slots_left[offer.week[k]] -= by * offer.slots[k]


@inner
def _most_more(
    offer: Offer,
    k: int,
    blocked: Ints,
    visits_left: Ints,
    slots_left: Ints,
    is_chosen: Bools,
    open_items: Ints,
    top: Floats,
    continuity: float,
    further_seat: float,
    seats: int,
) -> float:
    """The most that the items from k on can add: the best of them, each in a week that still has room.

    Continuity with somebody held counts in full, with what may still come by half at either end.
    """
    count = len(offer.item)
    open_items[:] = 0
    for m in range(k, count):
        if blocked[m] == 0 and offer.kind[m] != SHADOW:
            open_items[offer.place[m]] += 1
    most, ranked = -np.inf, 0
    for week in range(-1, len(visits_left)):
        begun = ranked
        allowed = offer.pinned if week < 0 else visits_left[week]
        if allowed <= 0:
            continue
        for m in range(k, count):
            if blocked[m] > 0 or (offer.kind[m] == PINNED) != (week < 0):
                continue
            if week >= 0 and (offer.week[m] != week or slots_left[week] < offer.slots[m]):
                continue
            more = offer.profit[m]
            for neighbour in (offer.earlier[m], offer.later[m]):
                if neighbour >= 0:
                    if is_chosen[neighbour]:
                        more += continuity
                    elif open_items[neighbour] > 0:
                        more += 0.5 * continuity
            most = max(most, more)
            if more <= 0.0:
                continue
            if ranked - begun == allowed:
                if more <= top[ranked - 1]:
                    continue
                ranked -= 1
            slot = ranked
            while slot > begun and top[slot - 1] < more:
                top[slot] = top[slot - 1]
                slot -= 1
            top[slot] = more
            ranked += 1
    if ranked == 0:
        return most
    ordered = np.sort(top[:ranked])
    total = 0.0
    for m in range(ranked):
        more = ordered[ranked - 1 - m]
        if not offer.has_shadows:
            more -= further_seat * (seats + m)
        if more <= 0.0 and m > 0:
            break
        total += more
    return total

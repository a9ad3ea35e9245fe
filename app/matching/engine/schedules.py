"""One volunteer's schedules: which seats one person can hold together, and the best ones at given prices.

An item is a seat, a pinned seat that may count, or a shadow seat of one volunteer. A schedule is a set of items; its
worth is the profit of its items, 400 for each two seats next to each other in a request's sequence, 200 for a
newcomer's first seat, less 30 (m - 1) for the m-th seat. The search is exact: depth first, best items first, cut off
by what the rest could add at most.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.model import Model
from app.matching.engine.policy import POLICY, neighbours_in_sequence

Floats = NDArray[np.float64]
SEAT, PINNED, SHADOW = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Items:
    """Every item, sorted by volunteer; `first[v]` is where those of volunteer v begin."""

    first: Ints
    column: Ints
    """[item]: its column in the model."""
    kind: Ints
    option: Ints
    visit: Ints
    week: Ints
    slots: Ints
    day: Ints
    start: Ints
    end: Ints
    area: Ints
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
    seats = [
        (int(candidates.pairs.volunteer[pair]), int(candidates.pairs.option[pair]), SEAT, column)
        for column, pair in enumerate(model.pairs)
        if model.upper[column] > 0
    ]
    pinned = [
        (person, int(candidates.pinned_option[visit]), PINNED, column)
        for (visit, person), column in model.pinned_columns.items()
    ]
    shadows = [
        (candidates.shadow_seats[number].successor, candidates.shadow_seats[number].option, SHADOW, column)
        for number, column in model.shadow_columns.items()
    ]
    rows = np.array(sorted([*seats, *pinned, *shadows]), dtype=np.int64).reshape(-1, 4)
    option = rows[:, 1]
    before = np.full(len(c.visits), -1, dtype=np.int64)
    after = np.full(len(c.visits), -1, dtype=np.int64)
    index = c.problem.visit_index
    for earlier, later in neighbours_in_sequence(c.visits):
        after[index[earlier.id]] = index[later.id]
        before[index[later.id]] = index[earlier.id]
    return Items(
        first=np.searchsorted(rows[:, 0], np.arange(len(c.volunteers) + 1)).astype(np.int64),
        column=rows[:, 3].copy(),
        kind=rows[:, 2].copy(),
        option=option.copy(),
        visit=c.visit_of[option],
        week=c.week[option],
        slots=c.end[option] - c.start[option],
        day=c.day[option],
        start=c.start[option],
        end=c.end[option],
        area=c.area[option],
        before=before,
        after=after,
        is_new=(c.recent_visits == 0).astype(np.int64),
        left_visits=candidates.left_visits,
        left_slots=candidates.left_slots,
        travel=c.travel_slots,
    )


@dataclass(frozen=True, slots=True)
class Schedules:
    """Schedules in one list: `owner[k]` holds items `item[first[k] : first[k + 1]]`, worth `worth[k]`."""

    owner: Ints
    first: Ints
    item: Ints
    worth: Floats

    def __len__(self) -> int:
        return len(self.owner)


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
        items.first, items.kind, items.visit, items.week, items.slots, items.day, items.start, items.end, items.area,
        items.before, items.after, items.is_new, items.left_visits, items.left_slots, items.travel, profit, who,
        amounts.continuity, amounts.first_seat, amounts.further_seat, steps,
    )  # fmt: skip
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    return Schedules(owner, first, item, worth), best, bool(complete)


@compiled
def search(
    first: Ints,
    kind: Ints,
    visit: Ints,
    week: Ints,
    slots: Ints,
    day: Ints,
    start: Ints,
    end: Ints,
    area: Ints,
    before: Ints,
    after: Ints,
    is_new: Ints,
    left_visits: Ints,
    left_slots: Ints,
    travel: Ints,
    profit: Floats,
    who: Ints,
    continuity: float,
    first_seat: float,
    further_seat: float,
    steps: int,
) -> tuple[Ints, Ints, Ints, Floats, Floats, bool]:
    """The best schedules as flat lists: owner, length, items, worth; then the best worth of each of `who`."""
    owners = [np.int64(0) for _ in range(0)]
    lengths = [np.int64(0) for _ in range(0)]
    members = [np.int64(0) for _ in range(0)]
    worths = [0.0 for _ in range(0)]
    best = np.zeros(len(who), dtype=np.float64)
    complete = True
    weeks = left_visits.shape[1]
    for place_of_person in range(len(who)):
        person = who[place_of_person]
        low, high = first[person], first[person + 1]
        size = high - low
        if size == 0:
            continue
        new = first_seat if is_new[person] else 0.0
        # What cannot pay for itself even with all continuity is left out.
        partners = np.zeros(size, dtype=np.int64)
        for i in range(size):
            if kind[low + i] == SHADOW:
                continue
            near_before = before[visit[low + i]]
            near_after = after[visit[low + i]]
            saw_before = False
            saw_after = False
            for j in range(size):
                if kind[low + j] != SHADOW:
                    if visit[low + j] == near_before:
                        saw_before = True
                    if visit[low + j] == near_after:
                        saw_after = True
            partners[i] = int(saw_before) + int(saw_after)
        active = np.zeros(size, dtype=np.int64)
        count = 0
        for i in range(size):
            full = profit[low + i] + continuity * partners[i]
            if kind[low + i] != SHADOW:
                full += new
            if full > 0.0:
                active[count] = i
                count += 1
        if count == 0:
            continue
        half = np.zeros(count, dtype=np.float64)
        for k in range(count):
            i = active[k]
            half[k] = profit[low + i] + 0.5 * continuity * partners[i]
        order = np.argsort(-half, kind="mergesort")
        pick = np.empty(count, dtype=np.int64)
        for k in range(count):
            pick[k] = low + active[order[k]]
        # clash[k, l]: never together; near[k, l]: 400 more together.
        clash = np.zeros((count, count), dtype=np.bool_)
        near = np.zeros((count, count), dtype=np.bool_)
        has_shadows = False
        pinned = 0
        for k in range(count):
            a = pick[k]
            if kind[a] == SHADOW:
                has_shadows = True
            elif kind[a] == PINNED:
                pinned += 1
            for m in range(k):
                b = pick[m]
                if visit[a] == visit[b] or (
                    kind[a] != PINNED
                    and kind[b] != PINNED
                    and day[a] == day[b]
                    and start[a] - end[b] < travel[area[b], area[a]]
                    and start[b] - end[a] < travel[area[a], area[b]]
                ):
                    clash[k, m] = True
                    clash[m, k] = True
                elif (
                    kind[a] != SHADOW
                    and kind[b] != SHADOW
                    and (before[visit[a]] == visit[b] or after[visit[a]] == visit[b])
                ):
                    near[k, m] = True
                    near[m, k] = True
        # Local numbers of the visits, and of the visits before and after each.
        place = np.full(count, -1, dtype=np.int64)
        places = 0
        for k in range(count):
            for m in range(k):
                if visit[pick[m]] == visit[pick[k]]:
                    place[k] = place[m]
                    break
            if place[k] < 0:
                place[k] = places
                places += 1
        earlier = np.full(count, -1, dtype=np.int64)
        later = np.full(count, -1, dtype=np.int64)
        for k in range(count):
            for m in range(count):
                if near[k, m]:
                    if before[visit[pick[k]]] == visit[pick[m]]:
                        earlier[k] = place[m]
                    else:
                        later[k] = place[m]
        is_chosen = np.zeros(places, dtype=np.bool_)
        open_items = np.zeros(places, dtype=np.int64)
        room = pinned
        for w in range(weeks):
            room += max(0, left_visits[person, w])
        top = np.zeros(room + 1, dtype=np.float64)
        depth_limit = min(count, room)
        chosen = np.zeros(depth_limit + 1, dtype=np.int64)
        following = np.zeros(depth_limit + 2, dtype=np.int64)
        total = np.zeros(depth_limit + 2, dtype=np.float64)
        seats = np.zeros(depth_limit + 2, dtype=np.int64)
        blocked = np.zeros(count, dtype=np.int64)
        visits_left = left_visits[person].copy()
        slots_left = left_slots[person].copy()
        best_worth = 0.0
        best_length = 0
        best_items = np.zeros(depth_limit + 1, dtype=np.int64)
        depth = 0
        taken = 0
        while depth >= 0:
            k = following[depth]
            while k < count and (
                blocked[k] > 0
                or (
                    kind[pick[k]] != PINNED
                    and (visits_left[week[pick[k]]] < 1 or slots_left[week[pick[k]]] < slots[pick[k]])
                )
            ):
                k += 1
            go_back = k >= count or depth >= depth_limit
            if not go_back:
                # At most: what is held, and the best of the rest, each in a week that still has room. Continuity with
                # somebody held counts in full, with what may still come by half at either end.
                for m in range(places):
                    open_items[m] = 0
                for m in range(k, count):
                    if blocked[m] == 0 and kind[pick[m]] != SHADOW:
                        open_items[place[m]] += 1
                most_more = -np.inf
                ranked = 0
                for w in range(-1, weeks):
                    begun = ranked
                    allowed = pinned if w < 0 else visits_left[w]
                    if allowed <= 0:
                        continue
                    for m in range(k, count):
                        a = pick[m]
                        if blocked[m] > 0 or (kind[a] == PINNED) != (w < 0):
                            continue
                        if w >= 0 and (week[a] != w or slots_left[w] < slots[a]):
                            continue
                        more = profit[a]
                        for neighbour in (earlier[m], later[m]):
                            if neighbour >= 0:
                                if is_chosen[neighbour]:
                                    more += continuity
                                elif open_items[neighbour] > 0:
                                    more += 0.5 * continuity
                        most_more = max(most_more, more)
                        if more <= 0.0:
                            continue
                        # The best `allowed` of this group, largest first.
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
                bound = total[depth]
                if seats[depth] == 0:
                    bound += new
                if ranked == 0:
                    bound += most_more
                else:
                    ordered = np.sort(top[:ranked])
                    for m in range(ranked):
                        more = ordered[ranked - 1 - m]
                        if not has_shadows:
                            more -= further_seat * (seats[depth] + m)
                        if more <= 0.0 and m > 0:
                            break
                        bound += more
                go_back = bound <= best_worth
            taken += 1
            if taken > steps:
                complete = False
                break
            if go_back:
                depth -= 1
                if depth >= 0:
                    gone = chosen[depth]
                    if kind[pick[gone]] != SHADOW:
                        is_chosen[place[gone]] = False
                    for m in range(count):
                        if clash[gone, m]:
                            blocked[m] -= 1
                    if kind[pick[gone]] != PINNED:
                        visits_left[week[pick[gone]]] += 1
                        slots_left[week[pick[gone]]] += slots[pick[gone]]
                continue
            following[depth] = k + 1
            item = pick[k]
            gain = profit[item]
            for d in range(depth):
                if near[chosen[d], k]:
                    gain += continuity
            if kind[item] != SHADOW:
                load = further_seat * seats[depth]
                gain -= load
                if seats[depth] == 0:
                    gain += new
            total[depth + 1] = total[depth] + gain
            seats[depth + 1] = seats[depth] + (1 if kind[item] != SHADOW else 0)
            if kind[item] != PINNED:
                visits_left[week[item]] -= 1
                slots_left[week[item]] -= slots[item]
            for m in range(count):
                if clash[k, m]:
                    blocked[m] += 1
            chosen[depth] = k
            if kind[item] != SHADOW:
                is_chosen[place[k]] = True
            depth += 1
            following[depth] = k + 1
            worth = total[depth]
            if worth > best_worth:
                best_worth = worth
                best_length = depth
                for d in range(depth):
                    best_items[d] = pick[chosen[d]]
        best[place_of_person] = best_worth
        if best_length > 0:
            owners.append(np.int64(person))
            lengths.append(np.int64(best_length))
            for d in range(best_length):
                members.append(best_items[d])
            worths.append(best_worth)
    return (
        np.array(owners, dtype=np.int64),
        np.array(lengths, dtype=np.int64),
        np.array(members, dtype=np.int64),
        np.array(worths, dtype=np.float64),
        best,
        complete,
    )

"""Facts about groups: so many visits have only so few people, whoever is chosen.

Seats that are needed flow to people with room. A person takes one visit at a time: of everything somebody could do on a
day, whatever holds one same half hour goes through one narrow place (the fewest such half hours stab every visit,
earliest end first), and a week has room for the visits and half hours that are left of it. What the greatest flow
leaves unmet cannot be met by any plan (Ford and Fulkerson, "Maximal flow through a network", Canadian Journal of
Mathematics 8, 1956). The visits reached from an unmet seat by taking seats from each other are the same whichever
greatest flow was found (Dulmage and Mendelsohn, "Coverings of bipartite graphs", ibid. 10, 1958): what is short in
every plan, apart from who in such a group is the one to wait, which depends on the choice among equals.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Bools, Columns, Ints
from app.matching.engine.compiled import compiled, inner
from app.matching.engine.rows import DAYS, Pin


@dataclass(frozen=True, slots=True)
class Group:
    """Of these visits at least `wait` are not served by any plan: beside the pins only these people could come to them.

    The visits need `seats` people beside the pins; the people have `room` for so many of those seats at most. Groups of
    one problem share neither visits nor people. Ids are sorted.
    """

    visits: tuple[str, ...]
    people: tuple[str, ...]
    seats: int
    room: int
    wait: int

    def to_json(self) -> dict[str, Any]:
        """The fact as data."""
        return {
            "visits": list(self.visits),
            "people": list(self.people),
            "seats": self.seats,
            "room": self.room,
            "wait": self.wait,
        }


class Network(NamedTuple):
    """Open pairs and what they need, and the flow through them."""

    first: Ints
    """[option]: its pairs."""
    first_option: Ints
    """[visit]: its options."""
    person: Ints
    """[pair]"""
    visit: Ints
    """[pair]"""
    day: Ints
    """[option], as are start, end and week."""
    start: Ints
    end: Ints
    week: Ints
    option: Ints
    """[pair]"""
    pairs_of: Ints
    """The pairs by volunteer; those of volunteer v begin at `first_pair[v]`."""
    first_pair: Ints
    room: Ints
    """[v, week]: visits it still has room for; -1 before the volunteer is looked at."""
    left_visits: Ints
    left_slots: Ints
    stab: Ints
    """[pair]: the narrow place it goes through, by the number of the first pair there; -1 before it is looked at."""
    taken: Ints
    """[narrow place]: the pair that goes through, -1 for none."""
    used: Ints
    """[v, week]: visits that go through."""
    need: Ints
    """[visit]: seats not met yet."""
    seen_visit: Ints
    """[visit], as the others by the number of the search that reached it last."""
    seen_stab: Ints
    seen_week: Ints
    before: Ints
    """[visit]: the visit that would take a seat from it, -1 for the first."""
    takes: Ints
    """[visit]: by which pair that visit would take it."""
    loses: Ints
    """[visit]: which pair it would lose."""


def groups_of(candidates: Candidates, pairings: Iterable[Pin]) -> tuple[Group, ...]:
    """Every group that the greatest flow shows, by the ids of their visits; `pairings` are where the flow begins."""
    columns = candidates.columns
    network = _network(candidates)
    problem = columns.problem
    pinned = {pin[:2] for pin in candidates.pins.taken}
    seats = [
        (int(columns.first_option[problem.visit_index[visit]]) + option, problem.volunteer_index[name])
        for visit, name, option in sorted(pairings)
        if (visit, name) not in pinned
    ]
    options = np.array([option for option, _ in seats], dtype=np.int64)
    people = np.array([person for _, person in seats], dtype=np.int64)
    _begin(network, options, people)
    is_short = _flow(network)
    return tuple(_groups(candidates, is_short))


def _network(candidates: Candidates) -> Network:
    columns, pairs = candidates.columns, candidates.pairs
    count, people = len(pairs.volunteer), len(columns.roster)
    visits = len(columns.visits)
    need = np.array([min(row.seats[0], 1 << 40) for row in columns.visits], dtype=np.int64)
    for visit, team in candidates.pinned_people.items():
        need[visit] = max(0, need[visit] - len(team))
    person = pairs.volunteer.astype(np.int64)
    order = np.argsort(person, kind="stable")
    nothing = np.full(visits, -1, dtype=np.int64)
    return Network(
        first=pairs.first,
        first_option=columns.first_option,
        person=person,
        visit=columns.visit_of[pairs.option],
        day=columns.day,
        start=columns.start,
        end=columns.end,
        week=columns.week,
        option=pairs.option.astype(np.int64),
        pairs_of=order,
        first_pair=np.searchsorted(person[order], np.arange(people + 1)),
        room=np.full(candidates.left_visits.shape, -1, dtype=np.int64),
        left_visits=candidates.left_visits,
        left_slots=candidates.left_slots,
        stab=np.full(count, -1, dtype=np.int64),
        taken=np.full(count, -1, dtype=np.int64),
        used=np.zeros(candidates.left_visits.shape, dtype=np.int64),
        need=need,
        seen_visit=np.zeros(visits, dtype=np.int64),
        seen_stab=np.zeros(count, dtype=np.int64),
        seen_week=np.zeros(candidates.left_visits.shape, dtype=np.int64),
        before=nothing.copy(),
        takes=nothing.copy(),
        loses=nothing.copy(),
    )


@inner
def _look_at(net: Network, person: int) -> None:
    """Finds somebody's narrow places, and the room of their weeks, once."""
    if net.room[person, 0] >= 0:
        return
    mine = net.pairs_of[net.first_pair[person] : net.first_pair[person + 1]]
    shortest = np.full(net.room.shape[1], 1 << 40, dtype=np.int64)
    keys = np.zeros(len(mine), dtype=np.int64)
    for number in range(len(mine)):
        option = net.option[mine[number]]
        keys[number] = net.day[option] * 64 + net.end[option]
        length = net.end[option] - net.start[option]
        shortest[net.week[option]] = min(shortest[net.week[option]], length)
    for week in range(len(shortest)):
        fits = max(0, net.left_slots[person, week] // shortest[week])
        net.room[person, week] = max(0, min(net.left_visits[person, week], fits))
    day, point, place = -1, -1, -1
    for number in np.argsort(keys, kind="mergesort"):
        pair = mine[number]
        option = net.option[pair]
        if net.day[option] != day or net.start[option] > point:
            day, point, place = net.day[option], net.end[option] - 1, pair
        net.stab[pair] = place


@inner
def _send(net: Network, pair: int) -> None:
    person, week = net.person[pair], net.week[net.option[pair]]
    net.taken[net.stab[pair]] = pair
    net.used[person, week] += 1
    net.need[net.visit[pair]] -= 1


@inner
def _take_back(net: Network, pair: int) -> None:
    person, week = net.person[pair], net.week[net.option[pair]]
    net.taken[net.stab[pair]] = -1
    net.used[person, week] -= 1
    net.need[net.visit[pair]] += 1


@compiled
def _begin(net: Network, options: Ints, people: Ints) -> None:
    """Sends what a plan seats, as far as it is needed."""
    for number in range(len(options)):
        low, high = net.first[options[number]], net.first[options[number] + 1]
        place = low + np.searchsorted(net.person[low:high], people[number])
        if place < high and net.person[place] == people[number] and net.need[net.visit[place]] > 0:
            _look_at(net, people[number])
            week = net.week[options[number]]
            has_room = net.used[people[number], week] < net.room[people[number], week]
            if has_room and net.taken[net.stab[place]] < 0:
                _send(net, place)


@compiled
def _flow(net: Network) -> Bools:
    """[visit]: whether it is reached from a seat that the greatest flow leaves unmet."""
    number = 0
    for visit in range(len(net.need)):
        while net.need[visit] > 0:
            number += 1
            if not _augment(net, visit, number):
                break
    number += 1
    queue = np.zeros(len(net.need), dtype=np.int64)
    found = 0
    for visit in range(len(net.need)):
        if net.need[visit] > 0:
            net.seen_visit[visit] = number
            queue[found] = visit
            found += 1
    at = 0
    while at < found:
        found = _reach(net, queue, queue[at], found, number)
        at += 1
    is_reached: Bools = net.seen_visit == number
    return is_reached


@inner
def _augment(net: Network, visit: int, number: int) -> bool:
    """Meets one more seat of the visit, others taking from each other; False when there is no way."""
    queue = np.zeros(len(net.need), dtype=np.int64)
    queue[0] = visit
    net.seen_visit[visit] = number
    net.before[visit] = -1
    found, at = 1, 0
    while at < found:
        pair = _free_pair(net, queue[at], number)
        if pair >= 0:
            place = queue[at]
            while True:
                if net.before[place] < 0:
                    _send(net, pair)
                    return True
                _take_back(net, net.loses[place])
                _send(net, pair)
                pair, place = net.takes[place], net.before[place]
        found = _reach(net, queue, queue[at], found, number)
        at += 1
    return False


@inner
def _free_pair(net: Network, visit: int, number: int) -> int:
    """A pair through which one more seat of the visit can go as things stand, -1 for none."""
    for pair in range(net.first[net.first_option[visit]], net.first[net.first_option[visit + 1]]):
        person, week = net.person[pair], net.week[net.option[pair]]
        _look_at(net, person)
        place = net.stab[pair]
        is_new = net.seen_stab[place] != number and net.seen_week[person, week] != number
        if is_new and net.taken[place] < 0 and net.used[person, week] < net.room[person, week]:
            return int(pair)
    return -1


@inner
def _reach(net: Network, queue: Ints, visit: int, found: int, number: int) -> int:
    """Adds the visits from which this one could take somebody; returns how many there are."""
    for pair in range(net.first[net.first_option[visit]], net.first[net.first_option[visit + 1]]):
        person, week = net.person[pair], net.week[net.option[pair]]
        _look_at(net, person)
        place = net.stab[pair]
        if net.seen_stab[place] == number or net.room[person, week] == 0:
            continue
        net.seen_stab[place] = number
        if net.taken[place] >= 0:
            found = _add(net, queue, found, visit, pair, net.taken[place], number)
        elif net.seen_week[person, week] != number:
            net.seen_week[person, week] = number
            for other in net.pairs_of[net.first_pair[person] : net.first_pair[person + 1]]:
                if net.week[net.option[other]] == week and net.taken[net.stab[other]] == other:
                    found = _add(net, queue, found, visit, pair, other, number)
    return found


@inner
def _add(net: Network, queue: Ints, found: int, visit: int, pair: int, lost: int, number: int) -> int:
    other = net.visit[lost]
    if net.seen_visit[other] == number:
        return found
    net.seen_visit[other] = number
    net.before[other], net.takes[other], net.loses[other] = visit, pair, lost
    queue[found] = other
    return found + 1


def _groups(candidates: Candidates, is_short: Bools) -> Iterable[Group]:
    """The visits that are short, put together where they share people, each with its proof."""
    columns = candidates.columns
    owner: dict[int, int] = {}
    parent = {visit: visit for visit in np.flatnonzero(is_short).tolist()}

    def root(visit: int) -> int:
        while parent[visit] != visit:
            parent[visit] = visit = parent[parent[visit]]
        return visit

    for visit in parent:
        for person in set(_pairs_at(columns, candidates, visit)[1].tolist()):
            parent[root(visit)] = root(owner.setdefault(person, visit))
    together: dict[int, list[int]] = defaultdict(list)
    for visit in parent:
        together[root(visit)].append(visit)
    needs = _needs(candidates)
    for visits in sorted(map(sorted, together.values())):
        items: dict[int, list[int]] = defaultdict(list)
        for visit in visits:
            for option, person in zip(
                *map(np.ndarray.tolist, _pairs_at(columns, candidates, visit)), strict=True
            ):
                items[person].append(option)
        room = sum(_room_for(candidates, person, options) for person, options in items.items())
        seats = [needs[visit] for visit in visits]
        wait = _must_wait(seats, room)
        if items and wait:
            yield Group(
                tuple(columns.visits[visit].id for visit in visits),
                tuple(columns.roster.ids[person] for person in sorted(items)),
                sum(seats),
                room,
                wait,
            )


def _pairs_at(columns: Columns, candidates: Candidates, visit: int) -> tuple[Ints, Ints]:
    """(options, people) of the open pairs of a visit."""
    first, last = candidates.pairs.first[columns.first_option[visit : visit + 2]].tolist()
    pairs = candidates.pairs
    return pairs.option[first:last].astype(np.int64), pairs.volunteer[first:last].astype(np.int64)


def _needs(candidates: Candidates) -> list[int]:
    """[visit]: seats it needs at least beside its pins."""
    pinned = candidates.pinned_people
    rows = candidates.columns.visits
    return [max(0, row.seats[0] - len(pinned.get(visit, ()))) for visit, row in enumerate(rows)]


def _room_for(candidates: Candidates, person: int, options: list[int]) -> int:
    """No plan gives somebody more seats among these options: weeks, half hours, and one visit at a time."""
    columns = candidates.columns
    weeks: dict[int, list[int]] = defaultdict(list)
    for option in options:
        weeks[int(columns.week[option])].append(option)
    room = 0
    for week, here in weeks.items():
        shortest = min(int(columns.end[option] - columns.start[option]) for option in here)
        by_time = sum(_most_at_once(columns, here, day) for day in range(DAYS))
        fits = max(0, int(candidates.left_slots[person, week]) // shortest)
        room += max(0, min(int(candidates.left_visits[person, week]), fits, by_time))
    return min(room, len({int(columns.visit_of[option]) for option in options}))


def _most_at_once(columns: Columns, options: list[int], day: int) -> int:
    """How many of these options on a day one person could do without being at two places at once."""
    count, free_from = 0, 0
    for end, start in sorted(
        (int(columns.end[option]), int(columns.start[option]))
        for option in options
        if columns.day[option] == day
    ):
        if start >= free_from:
            count, free_from = count + 1, end
    return count


def _must_wait(seats: list[int], room: int) -> int:
    """The fewest visits without which the others need no more seats than there is room."""
    over, count = sum(seats) - room, 0
    for most in sorted(seats, reverse=True):
        if over <= 0:
            break
        over -= most
        count += 1
    return count

"""Moves on a plan: seat a team, free somebody for it by an ejection chain, fill further seats, improve single seats.

A chain is found breadth-first from the empty seat: whoever could sit there but is busy elsewhere leaves a seat behind,
that seat is the next to fill, until somebody free takes the last one. No visit is touched twice by one chain, and what
cannot be done in the end is taken back (Glover, "Ejection chains, reference structures and alternating path methods
for traveling salesman problems", Discrete Applied Mathematics 65, 1996).
"""

from typing import NamedTuple

import numpy as np

from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled, inner
from app.matching.engine.state import (
    JOURNAL,
    NONE,
    ONE,
    UNSEATED,
    URGENT,
    VALUE,
    ZERO,
    State,
    add,
    add_shadows,
    back_to,
    can_add,
    clash,
    gain_of,
    is_free,
    is_pinned,
    is_team,
    leave,
    remove,
    seat_of,
    settle,
)

NOTHING, MOST_VALUE = ZERO, ONE
"""What a chain may leave unserved at its end: nothing; whatever is wanted less, urgent visits last."""


class Search(NamedTuple):
    """Room for one search: the holes seen, in order, each left by somebody who fills the hole before it."""

    visit: Ints
    option: Ints
    person: Ints
    """Who leaves this hole, -1 at the first."""
    pair: Ints
    """The pair by which that person takes the seat before."""
    parent: Ints
    depth: Ints
    seen: Ints
    """[visit]: the search that touched it last."""
    number: Ints
    """One number: that of the search."""


def search_for(state: State, breadth: int) -> Search:
    """Room for searches of at most so many holes."""
    visit, option, person, pair, parent, depth = np.zeros((6, breadth), dtype=np.int64)
    seen = np.zeros(len(state.visits), dtype=np.int64)
    return Search(visit, option, person, pair, parent, depth, seen, np.zeros(1, dtype=np.int64))


@compiled
def serve(state: State, search: Search, visit: int, reach: int, yields: int) -> bool:
    """Seats a team that serves the visit, at the option where the plan gains most; chains have up to `reach` steps.

    False, and nothing changed, when no team is found that makes the plan better.
    """
    here = state.visits[visit]
    if here.is_served:
        return True
    smallest = max(here.least, here.team, here.experienced, 1)
    for size in range(smallest, min(here.most, smallest + 1) + 1):
        best, best_option = ZERO, NONE
        for option in range(here.first_option, here.last_option):
            if here.option >= 0 and here.option != option:
                continue
            before, urgent, mark = state.totals[VALUE], state.totals[URGENT], state.totals[JOURNAL]
            if not _gather(state, search, visit, option, size, reach, yields):
                continue
            settle(state, mark)
            gain = state.totals[VALUE] - before
            more = state.totals[URGENT] - urgent
            if more > 0 or (more == 0 and gain > 0):
                if here.last_option - here.first_option == 1 or reach > 0:
                    return True
                if best_option < 0 or gain > best:
                    best, best_option = gain, option
            back_to(state, mark)
        if best_option >= 0:
            return _gather(state, search, visit, best_option, size, reach, yields)
    return False


@inner
def _gather(
    state: State, search: Search, visit: int, option: int, size: int, reach: int, yields: int
) -> bool:
    mark = state.totals[JOURNAL]
    while state.visits[visit].team < size:
        pair = best_free(state, visit, option, NONE, size)
        if pair >= 0:
            take(state, pair, option)
        elif reach == 0 or not chain(state, search, visit, option, size, reach, yields):
            break
    if state.visits[visit].is_served and state.visits[visit].team == size:
        return True
    back_to(state, mark)
    return False


@inner
def best_free(state: State, visit: int, option: int, leaving: int, size: int) -> int:
    """The pair of the best free volunteer who may join the team less one (-1: nobody) on its way to `size`; -1 when
    there is none. Those it needs who are experienced come first."""
    here = state.visits[visit]
    needed = here.experienced
    for seat in range(here.first_seat, here.first_seat + here.team):
        if state.seats[seat].person != leaving:
            needed -= state.people[state.seats[seat].person].experienced
    more = most_beyond_amount(state, visit)
    amounts, is_open, volunteers, people = (
        state.pair_amount,
        state.pair_open,
        state.pair_volunteer,
        state.people,
    )
    best, best_gain = NONE, -(1 << 40)
    for pair in range(state.options[option].first, state.options[option].last):
        if amounts[pair] + more <= best_gain or not is_open[pair]:
            continue
        person = int(volunteers[pair])
        if needed > 0 and not people[person].experienced:
            continue
        is_idle = people[person].held < 0
        if is_idle and amounts[pair] + state.amounts.first_seat * people[person].is_new <= best_gain:
            continue
        gain = gain_of(state, pair, option)
        if (
            gain > best_gain
            and (is_idle or is_free(state, person, option))
            and is_team(state, visit, leaving, person, size)
        ):
            best, best_gain = pair, gain
    return best


@inner
def most_beyond_amount(state: State, visit: int) -> int:
    """The most that `gain_of` can add to the amount of a pair at the visit."""
    here = state.visits[visit]
    around = (here.earlier >= 0) + (here.later >= 0)
    return int(state.amounts.first_seat + state.amounts.continuity * around)


@inner
def chain(state: State, search: Search, visit: int, option: int, size: int, reach: int, yields: int) -> bool:
    """Seats one more volunteer on the way to a team of `size` by moving others, in at most `reach` steps.

    Everybody who moves leaves a visit that stays served, but for the last one where `yields` lets it wait.
    """
    search.number[0] += 1
    search.seen[visit] = search.number[0]
    search.visit[0], search.option[0], search.person[0], search.parent[0] = visit, option, -1, -1
    search.depth[0] = 0
    found, at = ONE, ZERO
    while at < found:
        hole = search.visit[at]
        wanted = state.visits[hole].team if at > 0 else size
        if at > 0 and _fill_hole(state, search, at, wanted):
            return True
        if search.depth[at] < reach:
            for where in range(state.visits[hole].first_option, state.visits[hole].last_option):
                if _may_be_at(state, search, at, where):
                    found = _look_further(state, search, at, found, where, wanted)
        at += 1
    return yields != NOTHING and _let_one_wait(state, search, found)


@inner
def _may_be_at(state: State, search: Search, at: int, option: int) -> bool:
    """Whether the hole can be filled at this option: another time only when nobody else of the team is held to it."""
    here = state.visits[search.visit[at]]
    return option == search.option[at] or (at > 0 and here.team == 1)


@inner
def _fill_hole(state: State, search: Search, at: int, wanted: int) -> bool:
    """Ends the chain with the best free volunteer for this hole, or without one when the team can spare a seat."""
    hole, leaving = search.visit[at], search.person[at]
    here = state.visits[hole]
    best, best_option, best_gain = NONE, NONE, ZERO
    for option in range(here.first_option, here.last_option):
        if _may_be_at(state, search, at, option):
            pair = best_free(state, hole, option, leaving, wanted)
            if pair >= 0:
                gain = gain_of(state, pair, option)
                if best < 0 or gain > best_gain:
                    best, best_option, best_gain = pair, option, gain
    if best >= 0 and _apply(state, search, at, best, best_option):
        return True
    if here.team > 1 and is_team(state, hole, leaving, NONE, here.team - 1):
        return _apply(state, search, at, NONE, NONE)
    return False


@inner
def _look_further(state: State, search: Search, at: int, found: int, option: int, wanted: int) -> int:
    """Adds the seats of those who could fill this hole but are busy in one place; returns how many holes there are."""
    hole = search.visit[at]
    for pair in range(state.options[option].first, state.options[option].last):
        person = int(state.pair_volunteer[pair])
        if not state.pair_open[pair] or state.people[person].held < 0 or seat_of(state, person, hole) >= 0:
            continue
        place = state.people[person].held
        while place >= 0 and found < len(search.visit):
            left = state.seats[place].option
            other = state.options[left].visit
            if (
                place < state.first_place
                and search.seen[other] != search.number[0]
                and not is_pinned(state, place)
                and frees(state, person, place, option)
                and is_team(state, hole, search.person[at], person, wanted)
            ):
                search.seen[other] = search.number[0]
                search.visit[found], search.option[found] = other, left
                search.person[found], search.pair[found] = person, pair
                search.parent[found], search.depth[found] = at, search.depth[at] + 1
                found += 1
            place = state.seats[place].next
    return found


@inner
def frees(state: State, person: int, place: int, option: int) -> bool:
    """Whether the volunteer can be at the option once they leave this one place."""
    time, left = state.options[option], state.options[state.seats[place].option]
    same_week = time.week == left.week
    if state.left_visits[person, time.week] + same_week < 1:
        return False
    slots = left.end - left.start if same_week else 0
    if state.left_slots[person, time.week] + slots < time.end - time.start:
        return False
    other = state.people[person].held
    while other >= 0:
        if other != place and clash(state, option, state.seats[other].option):
            return False
        other = state.seats[other].next
    return True


@inner
def _apply(state: State, search: Search, last: int, pair: int, option: int) -> bool:
    """Moves everybody one hole on, from the last; `pair` at `option` fills the last (-1: it stays empty)."""
    mark = state.totals[JOURNAL]
    at = last
    while search.parent[at] >= 0:
        remove(state, search.person[at], search.visit[at])
        at = search.parent[at]
    done = pair < 0 or _seat(state, pair, option)
    at = last
    while done and search.parent[at] >= 0:
        before = search.parent[at]
        done = _seat(state, search.pair[at], _option_of(state, search.visit[before], search.pair[at]))
        at = before
    at = last
    while done and search.parent[at] >= 0:
        done = state.visits[search.visit[at]].is_served == 1
        at = search.parent[at]
    if not done:
        back_to(state, mark)
    return done


@inner
def _seat(state: State, pair: int, option: int) -> bool:
    person = int(state.pair_volunteer[pair])
    if not can_add(state, person, option):
        return False
    take(state, pair, option)
    return True


@inner
def take(state: State, pair: int, option: int) -> None:
    """The volunteer of a pair takes the seat at its option."""
    add(state, int(state.pair_volunteer[pair]), option, state.pair_amount[pair])


@inner
def _option_of(state: State, visit: int, pair: int) -> int:
    """The option of a visit to which a pair belongs."""
    option = state.visits[visit].first_option
    while state.options[option].last <= pair:
        option += 1
    return int(option)


@inner
def _let_one_wait(state: State, search: Search, found: int) -> bool:
    """Ends the chain at the visit that is missed least, if the first one is wanted more."""
    first = state.visits[search.visit[0]]
    wanted = first.worth + (state.amounts.request_served if state.requests[first.request] == 0 else 0)
    best, least = NONE, ZERO
    for at in range(1, found):
        here = state.visits[search.visit[at]]
        if here.pinned > 0 or here.urgent > first.urgent:
            continue
        lost = here.worth + (state.amounts.request_served if state.requests[here.request] == 1 else 0)
        if (here.urgent < first.urgent or lost < wanted) and (best < 0 or lost < least):
            best, least = at, lost
    if best < 0:
        return False
    mark = state.totals[JOURNAL]
    visit = search.visit[best]
    before, pair = search.parent[best], search.pair[best]
    release(state, visit)
    if search.parent[before] >= 0:
        done = _apply(state, search, before, pair, _option_of(state, search.visit[before], pair))
    else:
        done = _seat(state, pair, search.option[0])
    if not done:
        back_to(state, mark)
    return done


@compiled
def release(state: State, visit: int) -> None:
    """Everybody of a team who is not pinned gives their seat back."""
    here = state.visits[visit]
    while here.team > here.pinned:
        remove(state, state.seats[here.first_seat + here.team - 1].person, visit)


@compiled
def fill(state: State, search: Search, visit: int, reach: int) -> None:
    """Seats above the least, as long as somebody may join a served visit and the plan gains by it."""
    here = state.visits[visit]
    while here.is_served and here.team < here.most:
        mark, before, urgent = state.totals[JOURNAL], state.totals[VALUE], state.totals[URGENT]
        pair = best_free(state, visit, here.option, NONE, here.team + 1)
        if pair >= 0:
            take(state, pair, here.option)
        elif reach == 0 or not chain(state, search, visit, here.option, here.team + 1, reach, NOTHING):
            return
        settle(state, mark)
        if state.totals[VALUE] <= before or state.totals[URGENT] < urgent:
            back_to(state, mark)
            return


@inner
def improve(state: State, visit: int, best_amount: Ints) -> bool:
    """Gives single seats of a served visit to somebody better: free, or busy at one visit that then finds another.

    `best_amount` is by visit the most that a pairing there adds by itself. True when the plan gained.
    """
    here = state.visits[visit]
    gained = False
    for place in range(here.first_seat + here.pinned, here.first_seat + here.team):
        while here.is_served and place < here.first_seat + here.team:
            mark, before, urgent = state.totals[JOURNAL], state.totals[VALUE], state.totals[URGENT]
            if not _exchange(state, visit, place, best_amount):
                break
            settle(state, mark)
            if state.totals[URGENT] < urgent or state.totals[VALUE] <= before:
                back_to(state, mark)
                break
            gained = True
    return gained


@inner
def _exchange(state: State, visit: int, place: int, best_amount: Ints) -> bool:
    """One better holder of a seat; True when the plan was changed for the better (shadows not yet looked at)."""
    here = state.visits[visit]
    person, option, size = state.seats[place].person, here.option, here.team
    before, mark = state.totals[VALUE], state.totals[JOURNAL]
    first = here.first_option if size == 1 else option
    last = here.last_option if size == 1 else option + 1
    remove(state, person, visit)
    best, best_option, best_gain = NONE, NONE, ZERO
    kept = ZERO
    for where in range(first, last):
        pair = best_free(state, visit, where, NONE, size)
        if pair >= 0:
            gain = gain_of(state, pair, where)
            if best < 0 or gain > best_gain:
                best, best_option, best_gain = pair, where, gain
    if best >= 0:
        kept = best_gain
        free = state.totals[JOURNAL]
        take(state, best, best_option)
        if state.totals[VALUE] > before:
            return True
        back_to(state, free)
    is_open, volunteers, people = state.pair_open, state.pair_volunteer, state.people
    for where in range(first, last):
        for pair in range(state.options[where].first, state.options[where].last):
            other = int(volunteers[pair])
            held = people[other].held
            if held < 0 or other == person or not is_open[pair]:
                continue
            while held >= 0:
                if (
                    held < state.first_place
                    and not is_pinned(state, held)
                    and frees(state, other, held, where)
                ):
                    left = state.options[state.seats[held].option].visit
                    hope = (
                        gain_of(state, pair, where)
                        + state.amounts.further_seat
                        + best_amount[left]
                        - state.seats[held].amount
                    )
                    if hope > kept and left != visit and is_team(state, visit, NONE, other, size):
                        inside = state.totals[JOURNAL]
                        if _swap_in(state, visit, pair, where, left) and state.totals[VALUE] > before:
                            return True
                        back_to(state, inside)
                        held = state.people[other].held
                        while state.options[state.seats[held].option].visit != left:
                            held = state.seats[held].next
                held = state.seats[held].next
    back_to(state, mark)
    return False


@inner
def _swap_in(state: State, visit: int, pair: int, option: int, left: int) -> bool:
    """Somebody leaves a visit for this one, and the best who is free then takes their seat there."""
    other = int(state.pair_volunteer[pair])
    size, where = state.visits[left].team, state.visits[left].option
    remove(state, other, left)
    if not can_add(state, other, option):
        return False
    take(state, pair, option)
    follower = best_free(state, left, where, NONE, size)
    if follower < 0:
        return False
    take(state, follower, where)
    return bool(state.visits[left].is_served and state.visits[visit].is_served)


@compiled
def best_amounts(state: State) -> Ints:
    """[visit]: the most that a pairing there adds by itself."""
    best = np.zeros(len(state.visits), dtype=np.int64)
    for visit in range(len(state.visits)):
        first = state.visits[visit].first_option
        last = state.visits[visit].last_option
        for pair in range(state.options[first].first, state.options[last - 1].last):
            best[visit] = max(best[visit], state.pair_amount[pair])
    return best


@inner
def pair_of(state: State, option: int, person: int) -> int:
    """The open pair of a volunteer at an option, -1 when there is none."""
    low, high = state.options[option].first, state.options[option].last
    while low < high:
        middle = (low + high) // 2
        if state.pair_volunteer[middle] < person:
            low = middle + 1
        else:
            high = middle
    if low < state.options[option].last and state.pair_volunteer[low] == person and state.pair_open[low]:
        return int(low)
    return NONE


@compiled
def close(state: State, visit: int, person: int) -> None:
    """The volunteer is not asked for this visit again, at no option, as a shadow neither."""
    here = state.visits[visit]
    for option in range(here.first_option, here.last_option):
        pair = pair_of(state, option, person)
        if pair >= 0:
            state.pair_open[pair] = False
    for number in range(here.first_shadow, here.last_shadow):
        if state.shadows[number].successor == person:
            state.shadows[number].is_open = 0


@compiled
def seat_all(state: State, options: Ints, people: Ints) -> None:
    """Seats each volunteer at their option where the pair is open and the rules of the plan allow it."""
    state.totals[JOURNAL] = 0
    for number in range(len(options)):
        pair = pair_of(state, options[number], people[number])
        if pair >= 0:
            _seat(state, pair, options[number])
        state.totals[JOURNAL] = 0


@compiled
def lose(
    state: State, search: Search, visits: Ints, people: Ints, pairs_of: Ints, first_pair: Ints, reach: int
) -> None:
    """Takes seats back for good and mends the plan with chains; the journal then says what changed.

    What lost somebody is filled again; whoever is free through it may serve a visit that waits. `pairs_of` holds the
    pairs of volunteer v from `first_pair[v]` to `first_pair[v + 1]`.
    """
    state.totals[JOURNAL] = 0
    for number in range(len(visits)):
        visit, person = visits[number], people[number]
        close(state, visit, person)
        if seat_of(state, person, visit) >= 0:
            remove(state, person, visit)
        for shadow in range(state.visits[visit].first_shadow, state.visits[visit].last_shadow):
            if state.shadows[shadow].joins and not state.shadows[shadow].is_open:
                leave(state, shadow)
    for urgent in (1, 0):
        for visit in visits:
            here = state.visits[visit]
            waits = here.urgent == urgent and not here.is_served
            if waits and not serve(state, search, visit, reach, NOTHING):
                release(state, visit)
    line = ZERO
    while line < state.totals[JOURNAL]:
        if state.journal[line, 0] == UNSEATED:
            person = state.journal[line, 1]
            for place in range(first_pair[person], first_pair[person + 1]):
                pair = pairs_of[place]
                visit = visit_of_pair(state, pair)
                if not state.visits[visit].is_served and state.pair_open[pair]:
                    serve(state, search, visit, reach, NOTHING)
        line += 1
    for visit in visits:
        fill(state, search, visit, ZERO)
    settle(state, ZERO)
    for visit in visits:
        add_shadows(state, state.visits[visit].first_shadow, state.visits[visit].last_shadow)


@inner
def visit_of_pair(state: State, pair: int) -> int:
    """The visit to which a pair belongs."""
    low, high = ZERO, len(state.options)
    while high - low > 1:
        middle = (low + high) // 2
        if state.options[middle].first <= pair:
            low = middle
        else:
            high = middle
    return int(state.options[low].visit)


@compiled
def pairs_by_volunteer(state: State) -> tuple[Ints, Ints]:
    """(pairs by volunteer, where each volunteer's begin), ascending."""
    first = np.zeros(len(state.people) + 1, dtype=np.int64)
    for pair in range(len(state.pair_volunteer)):
        first[state.pair_volunteer[pair] + 1] += 1
    first = np.cumsum(first)
    at = first.copy()
    pairs = np.empty(len(state.pair_volunteer), dtype=np.int64)
    for pair in range(len(state.pair_volunteer)):
        person = state.pair_volunteer[pair]
        pairs[at[person]] = pair
        at[person] += 1
    return pairs, first


@compiled
def serve_all(state: State, search: Search, visits: Ints, reach: int, yields: int) -> None:
    """Serves those of the visits that wait, one after the other."""
    for visit in visits:
        state.totals[JOURNAL] = 0
        serve(state, search, visit, reach, yields)


@compiled
def fill_all(state: State, search: Search, visits: Ints, reach: int) -> None:
    """Fills the seats above the least of each visit."""
    for visit in visits:
        state.totals[JOURNAL] = 0
        fill(state, search, visit, reach)


@compiled
def improve_all(state: State, visits: Ints, best_amount: Ints) -> int:
    """Improves the seats of each visit; returns how many visits gained."""
    gained = 0
    for visit in visits:
        state.totals[JOURNAL] = 0
        gained += improve(state, visit, best_amount)
    return gained

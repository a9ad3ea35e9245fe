"""What one more seat would break, bring and cost beside a plan, for as many people as are asked about, on arrays.

Whoever is busy is freed first: they leave the seats that stand in the way, promises never. Nothing else moves, so what
forcing somebody truly costs is at most what is found here. Every trial is taken back.
"""

import numpy as np

from app.matching.engine.chains import release
from app.matching.engine.columns import MOST_A_WEEK, Bools, Ints, Words
from app.matching.engine.compiled import compiled, inner
from app.matching.engine.rows import SLOTS_A_DAY
from app.matching.engine.rules import PLAN_RULES
from app.matching.engine.state import (
    JOURNAL,
    NONE,
    VALUE,
    ZERO,
    State,
    add,
    back_to,
    clash,
    is_pinned,
    is_team,
    join,
    remove,
)

TRAVEL, WEEKLY_VISITS, WEEKLY_MINUTES, MAX, OPTION = range(len(PLAN_RULES))
"""The bit of each plan rule among the broken ones."""
NEVER = 1 << 60
"""The cost of what a promise forbids."""


@compiled
def seat_everybody(state: State, options: Ints, people: Ints, amounts: Ints) -> None:
    """Seats people, whatever rule that breaks, and lets every shadow join."""
    for number in range(len(options)):
        state.totals[JOURNAL] = 0
        add(state, people[number], options[number], amounts[number])
    for number in range(len(state.shadows)):
        state.totals[JOURNAL] = 0
        join(state, number)
    state.totals[JOURNAL] = 0


@compiled
def broken_by(state: State, people: Ints, options: Ints) -> tuple[Ints, Bools]:
    """([each], [each]): bits of the plan rules that one more seat would break, and whether it would complete a team
    that serves the visit."""
    bits = np.zeros(len(people), dtype=np.int64)
    serves = np.zeros(len(people), dtype=np.bool_)
    for number in range(len(people)):
        bits[number] = _broken(state, people[number], options[number])
        visit = state.options[options[number]].visit
        here = state.visits[visit]
        size = here.team + 1
        serves[number] = size <= here.most and is_team(state, visit, NONE, people[number], size)
    return bits, serves


@compiled
def joined_by(state: State, people: Ints, options: Ints, amounts: Ints) -> Ints:
    """[each]: the exact change in value when somebody takes one more seat; shadows stay as they are."""
    change = np.zeros(len(people), dtype=np.int64)
    state.totals[JOURNAL] = 0
    for number in range(len(people)):
        before = state.totals[VALUE]
        add(state, people[number], options[number], amounts[number])
        change[number] = state.totals[VALUE] - before
        back_to(state, ZERO)
    return change


@compiled
def worth_of(state: State, person: int, visit: int) -> int:
    """What the plan would lose without this seat."""
    state.totals[JOURNAL] = 0
    here = state.visits[visit]
    last = state.seats[here.first_seat + here.team - 1].person
    before = state.totals[VALUE]
    remove(state, person, visit)
    worth = before - state.totals[VALUE]
    back_to(state, ZERO)
    if last != person:
        # The last of the team took the seat meanwhile; promises stay in front.
        remove(state, last, visit)
        back_to(state, ZERO)
    return int(worth)


@compiled
def costs_of(state: State, people: Ints, options: Ints, amounts: Ints) -> Ints:
    """[each]: what the plan loses at least when somebody is given a seat they do not hold, nothing else moving.

    They join the team, or come instead of one of it; at another time than the team's, instead of all of it. `NEVER`
    when a promise is in the way.
    """
    costs = np.full(len(people), NEVER, dtype=np.int64)
    state.totals[JOURNAL] = 0
    for number in range(len(people)):
        before = state.totals[VALUE]
        if _frees_themselves(state, people[number], options[number]):
            best = _best_way(state, people[number], options[number], amounts[number])
            if best != NEVER:
                costs[number] = before - best
        back_to(state, ZERO)
    return costs


@compiled
def left_by(state: State, person: int, option: int) -> Ints:
    """The visits somebody leaves so that they can be at the option; none when a promise is in the way."""
    state.totals[JOURNAL] = 0
    visits = np.zeros(0, dtype=np.int64)
    if _frees_themselves(state, person, option):
        visits = np.zeros(state.totals[JOURNAL], dtype=np.int64)
        for line in range(len(visits)):
            visits[line] = state.options[state.journal[line, 2]].visit
    back_to(state, ZERO)
    return visits


@compiled
def shifts_for(state: State, people: Ints, option: int, free: Words, longest: int) -> Ints:
    """[each]: by how many half hours, as few as can be and earlier before later, the option must move within its day
    so that somebody with these free half hours can be there; 0 when no such move is enough."""
    shifts = np.zeros(len(people), dtype=np.int64)
    time = state.options[option]
    if state.visits[time.visit].team > 0:
        return shifts
    length = time.end - time.start
    for number in range(len(people)):
        visits, slots = _left_but_for(state, people[number], time.visit, time.week)
        if visits < 1 or slots < length:
            continue
        for step in range(2, 2 * longest + 2):
            shift = step // 2 if step % 2 else -(step // 2)
            start = time.start + shift
            if start < 0 or start + length > SLOTS_A_DAY:
                continue
            wanted = ((np.uint64(1) << np.uint64(length)) - np.uint64(1)) << np.uint64(start)
            if free[number] & wanted == wanted and _can_travel(state, people[number], option, shift):
                shifts[number] = shift
                break
    return shifts


@inner
def _can_travel(state: State, person: int, option: int, shift: int) -> bool:
    """Whether somebody could be at the option, moved, beside what they hold at other visits."""
    time = state.options[option]
    start, end = time.start + shift, time.end + shift
    place = state.people[person].held
    while place >= 0:
        held = state.options[state.seats[place].option]
        if held.visit != time.visit and held.day == time.day:
            there, back = state.travel[time.area, held.area], state.travel[held.area, time.area]
            if held.start - end < there and start - held.end < back:
                return False
        place = state.seats[place].next
    return True


@inner
def _broken(state: State, person: int, option: int) -> int:
    """Bits of the plan rules that one more seat would break. What is held at the visit itself is no hindrance."""
    time = state.options[option]
    here = state.visits[time.visit]
    bits = 0
    place = state.people[person].held
    while place >= 0:
        held = state.seats[place].option
        if state.options[held].visit != time.visit and clash(state, option, held):
            bits |= 1 << TRAVEL
        place = state.seats[place].next
    visits, slots = _left_but_for(state, person, time.visit, time.week)
    if visits < 1:
        bits |= 1 << WEEKLY_VISITS
    if slots < time.end - time.start:
        bits |= 1 << WEEKLY_MINUTES
    if here.team + 1 > here.most:
        bits |= 1 << MAX
    if here.team > 0 and here.option != option:
        bits |= 1 << OPTION
    return bits


@inner
def _left_but_for(state: State, person: int, visit: int, week: int) -> tuple[int, int]:
    """(visits, half hours) left of a week if somebody did not hold what they hold at one visit."""
    visits, slots = state.left_visits[person, week], state.left_slots[person, week]
    place = state.people[person].held
    while place >= 0:
        held = state.options[state.seats[place].option]
        if held.visit == visit and held.week == week:
            visits += 1
            slots += held.end - held.start
        place = state.seats[place].next
    return visits, slots


@inner
def _frees_themselves(state: State, person: int, option: int) -> bool:
    """Somebody leaves every seat that clashes with the option, then, while their week is too full, the seat that
    makes room by itself and is missed least. False, with some of it done, when a promise is in the way."""
    time = state.options[option]
    place = state.people[person].held
    while place >= 0:
        held, following = state.seats[place].option, state.seats[place].next
        if state.options[held].visit != time.visit and clash(state, option, held):
            if place >= state.first_place or is_pinned(state, place):
                return False
            remove(state, person, state.options[held].visit)
            following = state.people[person].held
        place = following
    while True:
        visits, slots = _left_but_for(state, person, time.visit, time.week)
        if visits >= 1 and slots >= time.end - time.start:
            return True
        visit = _least_missed(state, person, option, time.end - time.start - slots)
        if visit < 0:
            return False
        remove(state, person, visit)


@inner
def _least_missed(state: State, person: int, option: int, slots_short: int) -> int:
    """The visit of the option's week that somebody may leave and that is missed least, those first whose length is
    enough by itself; -1 when all are promised."""
    time = state.options[option]
    visits = np.zeros(MOST_A_WEEK, dtype=np.int64)
    count = 0
    place = state.people[person].held
    while place >= 0 and count < len(visits):
        held = state.options[state.seats[place].option]
        is_loose = place < state.first_place and not is_pinned(state, place)
        if is_loose and held.week == time.week and held.visit != time.visit:
            visits[count] = held.visit
            count += 1
        place = state.seats[place].next
    best, is_best_enough, least = NONE, False, ZERO
    for visit in visits[:count]:
        used = state.options[state.visits[visit].option]
        is_enough = used.end - used.start >= slots_short
        mark, before = state.totals[JOURNAL], state.totals[VALUE]
        remove(state, person, visit)
        lost = before - state.totals[VALUE]
        back_to(state, mark)
        if best < 0 or (is_enough and not is_best_enough) or (is_enough == is_best_enough and lost < least):
            best, is_best_enough, least = int(visit), is_enough, lost
    return best


@inner
def _best_way(state: State, person: int, option: int, amount: int) -> int:
    """The most that the plan is worth with somebody seated; `NEVER` when promises hold every seat or another time."""
    visit = state.options[option].visit
    here = state.visits[visit]
    mark, best = state.totals[JOURNAL], NEVER
    if here.team > 0 and here.option != option:
        if here.pinned > 0:
            return NEVER
        release(state, visit)
        add(state, person, option, amount)
        best = state.totals[VALUE]
        back_to(state, mark)
        return int(best)
    if here.team < here.most:
        add(state, person, option, amount)
        best = state.totals[VALUE]
        back_to(state, mark)
    members = np.zeros(here.team - here.pinned, dtype=np.int64)
    for number in range(len(members)):
        members[number] = state.seats[here.first_seat + here.pinned + number].person
    for member in members:
        remove(state, member, visit)
        add(state, person, option, amount)
        if best == NEVER or state.totals[VALUE] > best:
            best = state.totals[VALUE]
        back_to(state, mark)
    return int(best)

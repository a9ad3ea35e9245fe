"""A plan in the making as flat arrays: who holds which seats, what that is worth, whether one more can be held.

Volunteers, visits and options by number, as in `Columns`. Every change goes through `add` and `remove`, which keep
`totals` equal to the policy's value and the urgent visits served, and write the journal that `back_to` takes back.
Plan rules are asked with `can_add`, team rules with `is_team`; both are equal to `rules.py` by test.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Columns, Ints
from app.matching.engine.compiled import compiled, inner
from app.matching.engine.eligibility import Pairs
from app.matching.engine.policy import POLICY, neighbours_in_sequence, served
from app.matching.engine.rows import ADULT_AGE

Records = np.recarray[Any, np.dtype[Any]]
"""One record a row, read and written by name."""

VALUE, URGENT, JOURNAL = 0, 1, 2
"""The places in `totals`: the value, the urgent visits served, the length of the journal."""
NONE, ZERO, ONE, TWO, THREE = (cast(int, np.int64(number)) for number in range(-1, 4))
"""Numbers with a type: a literal argument would have its function compiled once more for that literal."""
SEATED, UNSEATED, JOINED, LEFT = ZERO, ONE, TWO, THREE
"""What a line of the journal says was done: a seat given or given back, a shadow come or gone."""

OPTION = np.dtype(
    [(name, "i8") for name in ("visit", "day", "start", "end", "week", "area", "first", "last")]
)
VISIT = np.dtype(
    [
        (name, "i8")
        for name in (
            "first_option", "last_option", "first_seat", "least", "most", "experienced", "at_home", "first_visit",
            "urgent", "worth", "request", "earlier", "later", "first_shadow", "last_shadow", "pinned",
            "option", "team", "is_served",
        )
    ]
)  # fmt: skip
PERSON = np.dtype(
    [
        (name, "i8")
        for name in ("experienced", "minor", "older", "younger", "household", "is_new", "load", "held")
    ]
)
SEAT = np.dtype([(name, "i8") for name in ("person", "option", "amount", "next")])
SHADOW = np.dtype(
    [(name, "i8") for name in ("entry", "senior", "successor", "option", "joins", "order", "is_open")]
)


class Amounts(NamedTuple):
    """The amounts of the policy that depend on more than one pairing."""

    seat_above_min: int
    continuity: int
    request_served: int
    first_seat: int
    further_seat: int
    ages_together: int
    shadow: int


class State(NamedTuple):
    """The arrays. Seats of visit i are `first_seat` onwards, its team the first `team` of them, pinned ones in front;
    the places of shadows come after all seats. What one volunteer holds is a list linked by `next`, in
    the order of the options."""

    options: Records
    """[o]: its time and area; its open pairs are `first` to `last`."""
    visits: Records
    """[i]: what it asks (numbers are -1 where there is none), its option in use, the size of its team."""
    people: Records
    """[v]: `load` counts seats at served visits, `held` is the first place held."""
    seats: Records
    shadows: Records
    """[k]: sorted by visit; `joins` once the successor does; `order` is their place in the problem's
    entries, `is_open` 0 when the pairing has fallen away."""
    first_place: int
    """The place of shadow 0."""
    room: Ints
    """[entry]: how many shadow seats it still wants."""
    requests: Ints
    """[request]: visits served."""
    left_visits: Ints
    left_slots: Ints
    """[v, w]: what is left of the weeks."""
    travel: Ints
    pair_volunteer: Ints
    pair_amount: Ints
    pair_open: NDArray[np.bool_]
    """[pair]: closed when the pair has fallen away."""
    totals: Ints
    journal: Ints
    """[line]: (what, volunteer or shadow, option, amount)."""
    amounts: Amounts


def state_of(candidates: Candidates) -> State:
    """The arrays of a problem with its pins alone."""
    columns = candidates.columns
    shadow_visits = [int(columns.visit_of[seat.option]) for seat in candidates.shadow_seats]
    order = sorted(range(len(shadow_visits)), key=lambda number: shadow_visits[number])
    shadows = _records(SHADOW, len(order))
    for place, number in enumerate(order):
        seat = candidates.shadow_seats[number]
        shadows[place] = (seat.entry, seat.senior, seat.successor, seat.option, 0, number, 1)
    most = _most_seats(candidates)
    state = empty_state(columns, most, most, shadows, candidates.pairs, candidates.amounts)
    for visit, team in sorted(candidates.pinned_people.items()):
        for person in team:
            amount = candidates.pinned_amounts[visit, person]
            add(state, person, int(candidates.pinned_option[visit]), amount)
        state.visits[visit].pinned = len(team)
    return state


def empty_state(
    columns: Columns, most: Ints, places: Ints, shadows: Records, pairs: Pairs, amounts: Ints
) -> State:
    """The arrays of a problem with nobody in them, whoever is pinned.

    `most` is by visit how many may sit there, `places` how many seats are kept for it; `shadows` are sorted by visit.
    """
    visits = _visits(columns, most, places)
    bounds = np.searchsorted(columns.visit_of[shadows.option], np.arange(len(visits) + 1))
    visits.first_shadow, visits.last_shadow = bounds[:-1], bounds[1:]
    options = _records(OPTION, len(columns.visit_of))
    for name, values in (
        ("visit", columns.visit_of),
        ("day", columns.day),
        ("start", columns.start),
        ("end", columns.end),
        ("week", columns.week),
        ("area", columns.area),
        ("first", pairs.first[:-1]),
        ("last", pairs.first[1:]),
    ):
        options[name] = values
    seats = int(places.sum())
    return State(
        options=options,
        visits=visits,
        people=_people(columns),
        seats=_records(SEAT, seats + len(shadows)),
        shadows=shadows,
        first_place=seats,
        room=np.array([shadow.wanted for shadow in columns.problem.entries], dtype=np.int64),
        requests=np.zeros(int(visits.request.max(initial=-1)) + 1, dtype=np.int64),
        left_visits=columns.weekly_visits.copy(),
        left_slots=columns.weekly_slots.copy(),
        travel=columns.travel_slots,
        pair_volunteer=pairs.volunteer.astype(np.int64),
        pair_amount=amounts,
        pair_open=np.ones(len(pairs.volunteer), dtype=np.bool_),
        totals=np.zeros(3, dtype=np.int64),
        journal=np.zeros((1024 + 4 * (seats + len(shadows)), 4), dtype=np.int64),
        amounts=Amounts(
            POLICY.seat_above_min,
            POLICY.continuity,
            POLICY.request_served,
            POLICY.first_seat,
            POLICY.further_seat,
            POLICY.ages_together,
            POLICY.shadow,
        ),
    )


def _records(dtype: Any, count: int) -> Records:
    records: Records = np.zeros(count, dtype=dtype).view(np.recarray)
    return records


def _most_seats(candidates: Candidates) -> Ints:
    """[i]: how many people could sit there at all."""
    columns = candidates.columns
    pairs = np.diff(candidates.pairs.first[columns.first_option])
    pinned = np.zeros(len(pairs), dtype=np.int64)
    for visit, team in candidates.pinned_people.items():
        pinned[visit] = len(team)
    return np.minimum(most_asked(columns), pairs + pinned)


def most_asked(columns: Columns) -> Ints:
    """[i]: how many seats the visit has."""
    return np.array([min(row.seats[1], 1 << 40) for row in columns.visits], dtype=np.int64)


def _visits(columns: Columns, most: Ints, places: Ints) -> Records:
    rows = columns.visits
    visits = _records(VISIT, len(rows))
    numbers: dict[str, int] = {}
    for name, values in (
        ("first_option", columns.first_option[:-1]),
        ("last_option", columns.first_option[1:]),
        ("first_seat", np.cumsum(places) - places),
        ("most", most),
        ("least", [min(row.seats[0], 1 << 40) for row in rows]),
        ("experienced", [min(row.experienced, 1 << 40) for row in rows]),
        ("at_home", [row.at_home for row in rows]),
        ("first_visit", [row.first_visit for row in rows]),
        ("urgent", [row.urgent for row in rows]),
        ("worth", [served(row) for row in rows]),
        ("request", [numbers.setdefault(row.request, len(numbers)) for row in rows]),
        ("earlier", -1),
        ("later", -1),
        ("option", -1),
    ):
        visits[name] = values
    index = columns.problem.visit_index
    for earlier, later in neighbours_in_sequence(rows):
        visits[index[earlier.id]].later = index[later.id]
        visits[index[later.id]].earlier = index[earlier.id]
    return visits


def _people(columns: Columns) -> Records:
    people = _records(PERSON, len(columns.age))
    for name, values in (
        ("experienced", columns.experienced),
        ("minor", columns.age < ADULT_AGE),
        ("older", columns.age >= POLICY.older_from),
        ("younger", columns.age < POLICY.younger_below),
        ("household", columns.household),
        ("is_new", columns.recent_visits == 0),
        ("held", -1),
    ):
        people[name] = values
    return people


@compiled
def can_add(state: State, person: int, option: int) -> bool:
    """Whether the volunteer can be there beside what they hold, and the visit has a seat at this option."""
    visit = state.visits[state.options[option].visit]
    if visit.team >= visit.most or (visit.option >= 0 and visit.option != option):
        return False
    return is_free(state, person, option)


@inner
def is_free(state: State, person: int, option: int) -> bool:
    """Whether time, travel and weekly limits let the volunteer be there beside what they hold."""
    if not has_room(state, person, option):
        return False
    place = state.people[person].held
    while place >= 0:
        if clash(state, option, state.seats[place].option):
            return False
        place = state.seats[place].next
    return True


@inner
def has_room(state: State, person: int, option: int) -> bool:
    """Whether the volunteer's week holds one more visit of this length."""
    time = state.options[option]
    return bool(
        state.left_visits[person, time.week] >= 1
        and state.left_slots[person, time.week] >= time.end - time.start
    )


@inner
def clash(state: State, option: int, other: int) -> bool:
    """Whether one person cannot be at both; two options of one visit always clash."""
    one, two = state.options[option], state.options[other]
    if one.visit == two.visit:
        return True
    return bool(
        one.day == two.day
        and two.start - one.end < state.travel[one.area, two.area]
        and one.start - two.end < state.travel[two.area, one.area]
    )


@compiled
def is_team(state: State, visit: int, leaving: int, joining: int, size: int) -> bool:
    """Whether the team, less one and with one more volunteer (-1 for nobody), can still become one of `size` that
    keeps the team rules; with `size` people in it, whether it does."""
    asked = state.visits[visit]
    count, experienced, adults, household, is_mixed = 0, 0, 0, -1, False
    for seat in range(asked.first_seat, asked.first_seat + asked.team + 1):
        is_extra = seat == asked.first_seat + asked.team
        person = joining if is_extra else state.seats[seat].person
        if person < 0 or (person == leaving and not is_extra):
            continue
        facts = state.people[person]
        is_mixed = is_mixed or facts.household < 0 or (count > 0 and facts.household != household)
        household = facts.household
        count += 1
        experienced += facts.experienced
        adults += 1 - facts.minor
    still = size - count
    if still < 0 or asked.experienced - experienced > still:
        return False
    if still > 0:
        return True
    if count < asked.least or count == 0 or adults == 0:
        return False
    if asked.at_home and asked.first_visit and count + experienced < 2:
        return False
    return not (asked.at_home and count >= 2 and not is_mixed)


@inner
def gain_of(state: State, pair: int, option: int) -> int:
    """What one more seat adds by itself, beside what the volunteer holds and their part in the visits around."""
    number = state.pair_volunteer[pair]
    person = state.people[number]
    gain = state.pair_amount[pair] - state.amounts.further_seat * person.load
    if person.load == 0 and person.is_new:
        gain += state.amounts.first_seat
    visit = state.visits[state.options[option].visit]
    if person.held >= 0:
        if visit.earlier >= 0 and sits_at(state, number, visit.earlier):
            gain += state.amounts.continuity
        if visit.later >= 0 and sits_at(state, number, visit.later):
            gain += state.amounts.continuity
    return int(gain)


@compiled
def seat_of(state: State, person: int, visit: int) -> int:
    """The volunteer's seat in a team, -1 when they have none."""
    here = state.visits[visit]
    for seat in range(here.first_seat, here.first_seat + here.team):
        if state.seats[seat].person == person:
            return seat
    return -1


def places_of(state: State, person: int) -> Iterator[int]:
    """The places somebody holds, seats and shadows, in the order of the options."""
    place = int(state.people[person].held)
    while place >= 0:
        yield place
        place = int(state.seats[place].next)


@inner
def sits_at(state: State, person: int, visit: int) -> bool:
    """Whether the volunteer holds a seat at a served visit."""
    return state.visits[visit].is_served == 1 and seat_of(state, person, visit) >= 0


@compiled
def is_pinned(state: State, seat: int) -> bool:
    """Whether a seat is a promise that stands."""
    visit = state.visits[state.options[state.seats[seat].option].visit]
    return bool(seat - visit.first_seat < visit.pinned)


@compiled
def add(state: State, person: int, option: int, amount: int) -> None:
    """The volunteer takes a seat; `amount` is what the pairing adds by itself."""
    visit = state.options[option].visit
    _count(state, visit, NONE)
    here = state.visits[visit]
    seat = here.first_seat + here.team
    here.option = option
    here.team += 1
    _hold(state, seat, person, option, amount)
    _count(state, visit, ONE)
    _note(state, SEATED, person, option, amount)


@compiled
def remove(state: State, person: int, visit: int) -> None:
    """The volunteer gives back the seat they hold; the last of the team moves up."""
    _count(state, visit, NONE)
    here = state.visits[visit]
    seat = seat_of(state, person, visit)
    option, amount = state.seats[seat].option, state.seats[seat].amount
    _release(state, seat)
    last = here.first_seat + here.team - 1
    if last != seat:
        other, worth = state.seats[last].person, state.seats[last].amount
        _release(state, last)
        _hold(state, seat, other, option, worth)
    here.team -= 1
    if here.team == 0:
        here.option = -1
    _count(state, visit, ONE)
    _note(state, UNSEATED, person, option, amount)


@inner
def join(state: State, number: int) -> None:
    """A successor joins as a shadow."""
    shadow = state.shadows[number]
    shadow.joins = 1
    state.room[shadow.entry] -= 1
    state.totals[VALUE] += state.amounts.shadow
    _hold(state, state.first_place + number, shadow.successor, shadow.option, ZERO)
    _note(state, JOINED, number, ZERO, ZERO)


@inner
def leave(state: State, number: int) -> None:
    """A shadow goes."""
    shadow = state.shadows[number]
    shadow.joins = 0
    state.room[shadow.entry] += 1
    state.totals[VALUE] -= state.amounts.shadow
    _release(state, state.first_place + number)
    _note(state, LEFT, number, ZERO, ZERO)


@compiled
def may_shadow(state: State, number: int) -> bool:
    """Whether the team in place lets this shadow join, or stay: its senior sits there, nobody comes twice, and seats
    and shadows are not all of one household."""
    shadow = state.shadows[number]
    visit = state.options[shadow.option].visit
    here = state.visits[visit]
    if not here.is_served or here.option != shadow.option:
        return False
    if seat_of(state, shadow.senior, visit) < 0 or seat_of(state, shadow.successor, visit) >= 0:
        return False
    household = state.people[shadow.successor].household
    is_mixed = household < 0
    for seat in range(here.first_seat, here.first_seat + here.team):
        is_mixed = is_mixed or state.people[state.seats[seat].person].household != household
    for other in range(here.first_shadow, here.last_shadow):
        if other != number and state.shadows[other].joins:
            if state.shadows[other].successor == shadow.successor:
                return False
            is_mixed = is_mixed or state.people[state.shadows[other].successor].household != household
    return is_mixed or not here.at_home


@compiled
def add_shadows(state: State, first: int, last: int) -> None:
    """Successors who can join where their seniors are, in order."""
    for number in range(first, last):
        shadow = state.shadows[number]
        if (
            not shadow.joins
            and shadow.is_open
            and state.room[shadow.entry] > 0
            and may_shadow(state, number)
            and is_free(state, shadow.successor, shadow.option)
        ):
            join(state, number)


@compiled
def settle(state: State, mark: int) -> None:
    """Shadows go whose team changed since the mark so that they may not stay."""
    line = mark
    while line < state.totals[JOURNAL]:
        what, option = state.journal[line, 0], state.journal[line, 2]
        line += 1
        if what in (SEATED, UNSEATED):
            here = state.visits[state.options[option].visit]
            for number in range(here.first_shadow, here.last_shadow):
                if state.shadows[number].joins and not may_shadow(state, number):
                    leave(state, number)


@compiled
def back_to(state: State, mark: int) -> None:
    """Takes back what was done since the journal was `mark` lines long, the last first."""
    while state.totals[JOURNAL] > mark:
        line = state.totals[JOURNAL] - 1
        what, number = state.journal[line, 0], state.journal[line, 1]
        option, amount = state.journal[line, 2], state.journal[line, 3]
        if what == SEATED:
            remove(state, number, state.options[option].visit)
        elif what == UNSEATED:
            add(state, number, option, amount)
        elif what == JOINED:
            leave(state, number)
        else:
            join(state, number)
        state.totals[JOURNAL] = line


@inner
def _note(state: State, what: int, number: int, option: int, amount: int) -> None:
    line = state.totals[JOURNAL]
    if line == len(state.journal):
        raise OverflowError("the journal is full")
    state.journal[line, 0] = what
    state.journal[line, 1] = number
    state.journal[line, 2] = option
    state.journal[line, 3] = amount
    state.totals[JOURNAL] = line + 1


@inner
def _hold(state: State, place: int, person: int, option: int, amount: int) -> None:
    seat, time = state.seats[place], state.options[option]
    seat.person, seat.option, seat.amount = person, option, amount
    before, after = -1, state.people[person].held
    while after >= 0 and state.seats[after].option < option:
        before, after = after, state.seats[after].next
    seat.next = after
    if before < 0:
        state.people[person].held = place
    else:
        state.seats[before].next = place
    state.left_visits[person, time.week] -= 1
    state.left_slots[person, time.week] -= time.end - time.start


@inner
def _release(state: State, place: int) -> None:
    seat = state.seats[place]
    time = state.options[seat.option]
    if state.people[seat.person].held == place:
        state.people[seat.person].held = seat.next
    else:
        before = state.people[seat.person].held
        while state.seats[before].next != place:
            before = state.seats[before].next
        state.seats[before].next = seat.next
    state.left_visits[seat.person, time.week] += 1
    state.left_slots[seat.person, time.week] += time.end - time.start


@inner
def _count(state: State, visit: int, sign: int) -> None:
    """Adds (1) what a visit is worth once its team serves it, or takes it away (-1) if it was counted: every term of
    the policy but shadows."""
    here = state.visits[visit]
    if sign > 0 and not (0 < here.team <= here.most and is_team(state, visit, NONE, NONE, here.team)):
        return
    if sign < 0 and not here.is_served:
        return
    amounts = state.amounts
    worth = here.worth + amounts.seat_above_min * (here.team - here.least)
    has_older, has_younger = False, False
    for seat in range(here.first_seat, here.first_seat + here.team):
        number = state.seats[seat].person
        person = state.people[number]
        others = person.load if sign > 0 else person.load - 1
        worth += state.seats[seat].amount - amounts.further_seat * others
        if others == 0 and person.is_new:
            worth += amounts.first_seat
        if here.earlier >= 0 and sits_at(state, number, here.earlier):
            worth += amounts.continuity
        if here.later >= 0 and sits_at(state, number, here.later):
            worth += amounts.continuity
        has_older = has_older or person.older == 1
        has_younger = has_younger or person.younger == 1
        person.load += sign
    if has_older and has_younger:
        worth += amounts.ages_together
    others = state.requests[here.request] if sign > 0 else state.requests[here.request] - 1
    if others == 0:
        worth += amounts.request_served
    state.requests[here.request] += sign
    here.is_served = 1 if sign > 0 else 0
    state.totals[VALUE] += sign * worth
    state.totals[URGENT] += sign * here.urgent

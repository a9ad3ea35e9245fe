"""An agreed plan looked at person by person: what one more, one fewer or one other would mean."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.matching.engine.amounts import Worths
from app.matching.engine.columns import Bools, Columns, Ints, columns_of
from app.matching.engine.eligibility import Pairs, eligible_pairs
from app.matching.engine.forcing import (
    NEVER,
    broken_by,
    costs_of,
    joined_by,
    left_by,
    seat_everybody,
    shifts_for,
    worth_of,
)
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.roster import starts_of
from app.matching.engine.rows import Pin, Visit, Volunteer
from app.matching.engine.rules import PLAN_RULES
from app.matching.engine.state import SHADOW, Records, empty_state, most_asked, places_of

Seat = tuple[str, str, int]
"""(visit, volunteer, option)."""


class Eligible(NamedTuple):
    """Everybody who breaks no hard rule at a visit, by option, then by volunteer: their numbers, the numbers of the
    options, what the pairing adds by itself, and the fit in it."""

    people: Ints
    options: Ints
    amounts: Ints
    fits: Ints


class Weighed(NamedTuple):
    """[each of the eligible]: the plan rules one more seat would break, as bits; whether it would complete a team that
    serves the visit; the exact change in value if they simply join."""

    broken: Ints
    serves: Bools
    change: Ints


class Standing:
    """The seats of a plan, whatever rules they keep, as arrays that answer any number of questions.

    It is made in time proportional to volunteers, visits and seats; each question then costs as much as the people
    who are eligible for the visit asked about. For one thread at a time.
    """

    def __init__(
        self, problem: Problem, plan: Result | Sequence[Pin], shadows: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.problem = problem
        self.columns: Columns = columns_of(problem)
        self.worths = Worths(self.columns)
        self.pinned = {(visit, person) for visit, person, _ in problem.pinned}
        """(visit, volunteer) of every promise, also of those that no longer hold."""
        self.previous = set(problem.previous)
        pairings = plan.pairings if isinstance(plan, Result) else plan
        shadows = plan.shadow_pairings if isinstance(plan, Result) else shadows
        self.pairings = self._known(pairings)
        self.shadows = tuple(shadows)
        self._stand()

    def without(self, visit_id: str, volunteer_id: str) -> "Standing":
        """The plan less one seat."""
        left = [seat for seat in self.pairings if seat[:2] != (visit_id, volunteer_id)]
        return Standing(self.problem, left, self.shadows)

    def _known(self, pairings: Sequence[Pin]) -> list[Seat]:
        """The pairings of known people and visits, promises first, nobody twice at one visit."""
        index, people = self.problem.visit_index, self.problem.volunteer_index
        seats: dict[tuple[str, str], Seat] = {}
        for visit, person, option in sorted(pairings, key=lambda pin: (pin[:2] not in self.pinned, pin)):
            if visit in index and person in people:
                seats.setdefault((visit, person), (visit, person, option))
        return list(seats.values())

    def _stand(self) -> None:
        columns, index, people = self.columns, self.problem.visit_index, self.problem.volunteer_index
        visits = np.array([index[seat[0]] for seat in self.pairings], dtype=np.int64)
        persons = np.array([people[seat[1]] for seat in self.pairings], dtype=np.int64)
        options = columns.first_option[visits] + np.array([seat[2] for seat in self.pairings], dtype=np.int64)
        pinned = np.array([seat[:2] in self.pinned for seat in self.pairings], dtype=np.bool_)
        size = len(columns.visits)
        seated = np.bincount(visits, minlength=size)
        no_pairs = Pairs(
            np.zeros(0, dtype=np.int32),
            np.zeros(0, dtype=np.int32),
            np.zeros(len(columns.day) + 1, dtype=np.int64),
        )
        joined = self._joined(visits, options)
        none = np.zeros(0, dtype=np.int64)
        empty = empty_state(columns, most_asked(columns), seated + 1, joined, no_pairs, none)
        self.state = state = empty._replace(room=np.zeros(1, dtype=np.int64))
        order = np.lexsort((persons, options))
        first = starts_of(np.bincount(options, minlength=len(columns.day)))
        pairs = Pairs(options[order].astype(np.int32), persons[order].astype(np.int32), first)
        amounts = np.zeros(len(order), dtype=np.int64)
        amounts[order] = self.worths.amounts(pairs)
        seat_everybody(state, options, persons, amounts)
        state.visits.pinned = np.bincount(visits[pinned], minlength=size)

    def _joined(self, visits: Ints, options: Ints) -> Records:
        """The shadows at visits that somebody holds."""
        index, people = self.problem.visit_index, self.problem.volunteer_index
        option_of = dict(zip(visits.tolist()[::-1], options.tolist()[::-1], strict=True))
        joined = sorted(
            (index[visit], people[successor])
            for visit, successor in self.shadows
            if visit in index and successor in people and index[visit] in option_of
        )
        shadows: Records = np.zeros(len(joined), dtype=SHADOW).view(np.recarray)
        for number, (visit, successor) in enumerate(joined):
            shadows[number] = (0, -1, successor, option_of[visit], 0, number, 1)
        return shadows

    # What stands

    def seats_at(self, visit_id: str) -> list[Seat]:
        """The seats held there, sorted."""
        here = self.state.visits[self.problem.visit_index[visit_id]]
        return sorted(
            self._seat(place) for place in range(int(here.first_seat), int(here.first_seat + here.team))
        )

    def held_by(self, volunteer_id: str) -> list[Seat]:
        """What somebody holds and joins, in the order of the visits."""
        person = self.problem.volunteer_index[volunteer_id]
        return [self._seat(place) for place in places_of(self.state, person)]

    def _seat(self, place: int) -> Seat:
        seat = self.state.seats[place]
        visit = int(self.columns.visit_of[seat.option])
        return (
            self.columns.visits[visit].id,
            self.columns.roster.ids[int(seat.person)],
            int(seat.option - self.columns.first_option[visit]),
        )

    def shadows_at(self, visit_id: str) -> list[str]:
        """Who joins there, sorted."""
        here = self.state.visits[self.problem.visit_index[visit_id]]
        joined = self.state.shadows.successor[here.first_shadow : here.last_shadow]
        return sorted(self.columns.roster.ids[person] for person in joined.tolist())

    def team(self, visit_id: str) -> list[Volunteer]:
        """Who holds a seat there."""
        return [self.problem.volunteer(person) for _, person, _ in self.seats_at(visit_id)]

    def is_served(self, visit_id: str) -> bool:
        """Whether the seats serve the visit."""
        return bool(self.state.visits[self.problem.visit_index[visit_id]].is_served)

    def option_of(self, visit_id: str) -> int | None:
        """The option in use, None when nobody holds a seat."""
        seats = self.seats_at(visit_id)
        return seats[0][2] if seats else None

    # What would be

    def eligible(self, visits: Iterable[Visit]) -> Iterator[Eligible]:
        """Of each visit, everybody who breaks no hard rule."""
        numbers = [self.problem.visit_index[visit.id] for visit in visits]
        asked = np.array(
            [option for number in numbers for option in self.columns.options_of(number)], dtype=np.int64
        )
        pairs = eligible_pairs(self.columns, asked)
        amounts, fits = self.worths.amounts(pairs), self.worths.fits(pairs)
        people, options = pairs.volunteer.astype(np.int64), pairs.option.astype(np.int64)
        for number in numbers:
            first, last = self.columns.first_option[number : number + 2]
            here = slice(int(pairs.first[first]), int(pairs.first[last]))
            yield Eligible(people[here], options[here], amounts[here], fits[here])

    def weigh(self, eligible: Eligible) -> Weighed:
        """What each of them would mean who simply joined."""
        people, options, amounts, _ = eligible
        broken, serves = broken_by(self.state, people, options)
        joins = broken == 0
        change = np.zeros(len(people), dtype=np.int64)
        change[joins] = joined_by(self.state, people[joins], options[joins], amounts[joins])
        return Weighed(broken, serves, change)

    def costs(self, eligible: Eligible) -> Ints:
        """What the plan loses at least when each of them is given a seat, nothing else moving; `NEVER` when a promise
        is in the way, or they hold a seat there."""
        people, options, amounts, _ = eligible
        costs = np.full(len(people), NEVER, dtype=np.int64)
        if len(people):
            here = self.state.visits[self.columns.visit_of[options[0]]]
            team = self.state.seats.person[here.first_seat : here.first_seat + here.team]
            loose = ~np.isin(people, team)
            costs[loose] = costs_of(self.state, people[loose], options[loose], amounts[loose])
        return costs

    def takes_from(self, person: int, option: int) -> list[str]:
        """The visits somebody, by number, would leave to be at an option."""
        return sorted(self.columns.visits[visit].id for visit in left_by(self.state, person, option).tolist())

    def worth(self, seat: Seat) -> int:
        """What the plan would lose without this seat; shadows stay as they are."""
        visit, person, _ = seat
        return worth_of(self.state, self.problem.volunteer_index[person], self.problem.visit_index[visit])

    def would_serve(self, people: Ints, option: int) -> Bools:
        """Which of these people, one of them joining, would complete the team and break no rule of the plan."""
        broken, serves = broken_by(self.state, people, np.full(len(people), option))
        served: Bools = serves & (broken == 0)
        return served

    def kept_away_by(self, rule: str, people: Ints, visit: Visit, index: int) -> Ints:
        """Those of these people who would complete the team at an option and break this one rule of the plan."""
        option = int(self.columns.first_option[self.problem.visit_index[visit.id]]) + index
        broken, serves = broken_by(self.state, people, np.full(len(people), option))
        kept_away: Ints = people[serves & (broken == 1 << PLAN_RULES.index(rule))]
        return kept_away

    def shifts_for(self, people: Ints, option: int, longest: int) -> Ints:
        """By how few half hours an option must move within its day, earlier before later, so that each of these people
        could come and complete the team; 0 where that is not enough, and where somebody holds a seat there."""
        free = self.columns.free[people, self.columns.day[option]]
        shifts = shifts_for(self.state, people, option, free, longest)
        _, serves = broken_by(self.state, people, np.full(len(people), option))
        shifts[~serves] = 0
        return shifts

    def blocked_by(self, people: Ints, options: Ints) -> list[tuple[str, ...]]:
        """Of each, the plan rules one more seat would break."""
        bits, _ = broken_by(self.state, people, options)
        return [rules_of(one) for one in bits.tolist()]


def rules_of(bits: int) -> tuple[str, ...]:
    """The plan rules whose bits are set, in their order."""
    return tuple(rule for place, rule in enumerate(PLAN_RULES) if bits >> place & 1)

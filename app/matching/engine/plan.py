"""A plan in the making, by the ids of its people and visits: the face of `state` and `chains`."""

from collections.abc import Iterable

import numpy as np

from app.matching.engine import chains
from app.matching.engine.candidates import Candidates, pair_number
from app.matching.engine.chains import NOTHING, search_for
from app.matching.engine.rows import Pin
from app.matching.engine.state import JOURNAL, URGENT, VALUE, add, add_shadows, can_add, places_of, state_of

BREADTH = 400
"""How many seats one search for a chain looks at."""


class Plan:
    """Seats and shadows beside the pins. Visits, volunteers and options by number; every change keeps all rules."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates = candidates
        self.state = state_of(candidates)
        self.search = search_for(self.state, BREADTH)

    @property
    def value(self) -> int:
        """What the plan is worth by the policy."""
        return int(self.state.totals[VALUE])

    @property
    def urgent(self) -> int:
        """How many urgent visits it serves."""
        return int(self.state.totals[URGENT])

    def serves(self, visit: int) -> bool:
        """Whether the visit is served."""
        return bool(self.state.visits[visit].is_served)

    def team(self, visit: int) -> list[int]:
        """Who holds a seat there, pinned ones first."""
        here = self.state.visits[visit]
        return [int(seat.person) for seat in self.state.seats[here.first_seat : here.first_seat + here.team]]

    def visits_of(self, person: int) -> list[int]:
        """Where somebody holds a seat, by number."""
        state = self.state
        options = [
            state.seats[place].option for place in places_of(state, person) if place < state.first_place
        ]
        return [int(state.options[option].visit) for option in options]

    def serve(self, visit: int, *, reach: int = 0, yields: int = NOTHING) -> bool:
        """Seats a team, by chains of up to `reach` steps; False when there is none that makes the plan better."""
        self.state.totals[JOURNAL] = 0
        return bool(chains.serve(self.state, self.search, visit, reach, yields))

    def fill(self, visit: int, *, reach: int = 0) -> None:
        """Seats above the least, as long as somebody may join a served visit and the plan gains."""
        self.state.totals[JOURNAL] = 0
        chains.fill(self.state, self.search, visit, reach)

    def add_shadows(self) -> None:
        """Successors join where their seniors are, in the order of the problem's entries."""
        self._add_shadows(range(len(self.state.shadows)))

    def keep(self, kept: Iterable[Pin], shadows: Iterable[tuple[str, str]], *, reach: int) -> None:
        """Seats what may stand of an earlier plan, as whole teams; a team that lost somebody is filled if it can be.

        Pairs that are not open any more, unknown people and visits are passed over.
        """
        columns, state = self.candidates.columns, self.state
        problem = columns.problem
        options, people = [], []
        for visit_id, volunteer_id, index in sorted(kept):
            visit = problem.visit_index.get(visit_id)
            person = problem.volunteer_index.get(volunteer_id)
            if visit is not None and person is not None and index < len(columns.options_of(visit)):
                options.append(int(columns.first_option[visit]) + index)
                people.append(person)
        chains.seat_all(state, np.array(options, dtype=np.int64), np.array(people, dtype=np.int64))
        wanted = set(shadows)
        self._add_shadows(
            number for number in range(len(state.shadows)) if self._shadow_pairing(number) in wanted
        )
        incomplete = np.flatnonzero((state.visits.team > state.visits.pinned) & (state.visits.is_served == 0))
        for number in sorted(incomplete.tolist(), key=lambda one: not columns.visits[one].urgent):
            if not self.serve(number, reach=reach):
                self.release(number)

    def _shadow_pairing(self, number: int) -> tuple[str, str]:
        columns = self.candidates.columns
        shadow = self.state.shadows[number]
        return (
            columns.visits[int(columns.visit_of[shadow.option])].id,
            columns.roster.ids[int(shadow.successor)],
        )

    def _add_shadows(self, numbers: Iterable[int]) -> None:
        order = self.state.shadows.order
        self.state.totals[JOURNAL] = 0
        for number in sorted(numbers, key=lambda one: int(order[one])):
            add_shadows(self.state, number, number + 1)

    def seat(self, person: int, option: int) -> bool:
        """The volunteer takes a seat, if the pair is open and the rules of the plan let them."""
        pair = pair_number(self.candidates.pairs, option, person)
        if pair < 0 or not self.state.pair_open[pair] or not can_add(self.state, person, option):
            return False
        self.state.totals[JOURNAL] = 0
        add(self.state, person, option, int(self.candidates.amounts[pair]))
        return True

    def release(self, visit: int) -> None:
        """Everybody who is not pinned gives their seat back."""
        self.state.totals[JOURNAL] = 0
        chains.release(self.state, visit)

    def pairings(self) -> tuple[Pin, ...]:
        """The seats by id, sorted, pins among them."""
        columns, state = self.candidates.columns, self.state
        found = []
        first, option = state.visits.first_seat.tolist(), state.visits.option.tolist()
        people, begins = state.seats.person.tolist(), columns.first_option.tolist()
        for visit, size in enumerate(state.visits.team.tolist()):
            for seat in range(first[visit], first[visit] + size):
                person = columns.roster.ids[people[seat]]
                found.append((columns.visits[visit].id, person, option[visit] - begins[visit]))
        return tuple(sorted(found))

    def shadow_pairings(self) -> tuple[tuple[str, str], ...]:
        """The shadow seats by id, sorted."""
        joined = np.flatnonzero(self.state.shadows.joins)
        return tuple(sorted(self._shadow_pairing(int(number)) for number in joined))

"""What hangs on one person: the visits that fall if somebody stops, whom else the plan would send to the others.

Somebody's seats are taken out of the plan that stands, promised ones too, and everything they could do is closed; what
that leaves is mended by chains, as after any loss, and everybody else keeps their promises. Then the plan is put back,
and the next is asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.matching.engine import chains
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.construct import REACH
from app.matching.engine.plan import Plan
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.state import JOURNAL, URGENT, VALUE, State, add, remove, seat_of


@dataclass(frozen=True, slots=True)
class Duty:
    """A visit somebody goes to: how many who do not go there yet are `able` to at its time, given another visit or not
    but free of promises; `instead` are those whom the plan would send if they stopped, nobody when the visit falls."""

    visit: str
    able: int
    falls: bool
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dependence:
    """What hangs on one person. `falls` are all visits lost if they stopped, theirs or others', by id; `urgent` and
    `value` what the plan would lose."""

    volunteer: str
    duties: tuple[Duty, ...]
    falls: tuple[str, ...]
    urgent: int
    value: int


def dependence_on(problem: Problem, result: Result, volunteers: Iterable[str]) -> list[Dependence]:
    """What hangs on each of these people in a plan, the one whose stopping would lose most first.

    Most urgent visits, then value, then the smaller id. KeyError for somebody unknown.
    """
    return _Plan(problem, result).without_each(sorted(set(volunteers)))


class _Plan:
    """The plan that stands, to take somebody out of and put back."""

    def __init__(self, problem: Problem, result: Result) -> None:
        self._problem = problem
        self._candidates = candidates_of(problem)
        self._plan = Plan(self._candidates)
        self._plan.keep(result.pairings, result.shadow_pairings, reach=0)
        self._pairs_of, self._first_pair = chains.pairs_by_volunteer(self._plan.state)
        self._kept = [np.array(column) for column in self._columns()]

    def _columns(self) -> list[Ints]:
        """Every array of the plan that a change writes to."""
        state = self._plan.state
        return [
            state.visits, state.people, state.seats, state.shadows, state.room, state.requests, state.left_visits,
            state.left_slots, state.pair_open, state.totals,
        ]  # fmt: skip

    def _put_back(self) -> None:
        for column, kept in zip(self._columns(), self._kept, strict=True):
            column[...] = kept

    def without_each(self, names: list[str]) -> list[Dependence]:
        """One after the other, each from the plan as it stands."""
        found = [self._without(name, self._problem.volunteer_index[name]) for name in names]
        return sorted(found, key=lambda each: (-each.urgent, -each.value, each.volunteer))

    def _without(self, name: str, person: int) -> Dependence:
        state = self._plan.state
        held = self._plan.visits_of(person)
        visits = np.array([visit for visit in held if self._plan.serves(visit)], dtype=np.int64)
        before = state.visits.is_served.copy()
        urgent, value = int(state.totals[URGENT]), int(state.totals[VALUE])
        teams = {int(visit): set(self._plan.team(visit)) for visit in visits}
        able = {int(visit): self._able(int(visit)) for visit in visits}
        pairs = self._pairs_of[self._first_pair[person] : self._first_pair[person + 1]]
        state.pair_open[pairs] = False
        _take_out(state, person, visits)
        chains.lose(
            state,
            self._plan.search,
            visits,
            np.full(len(visits), person),
            self._pairs_of,
            self._first_pair,
            REACH,
        )
        ids, visit_ids = self._problem.roster.ids, self._problem.visits
        duties = tuple(
            Duty(
                visit_ids[visit].id,
                able[visit],
                not state.visits.is_served[visit],
                tuple(sorted(ids[other] for other in set(self._plan.team(visit)) - teams[visit])),
            )
            for visit in sorted(teams)
        )
        fallen = np.flatnonzero((before == 1) & (state.visits.is_served == 0))
        found = Dependence(
            name,
            duties,
            tuple(sorted(visit_ids[visit].id for visit in fallen)),
            urgent - int(state.totals[URGENT]),
            value - int(state.totals[VALUE]),
        )
        self._put_back()
        return found

    def _able(self, visit: int) -> int:
        """How many who are not in the team break no hard rule at its time and are free of promises then."""
        option = int(self._plan.state.visits.option[visit])
        return len({*self._candidates.pairs.of(option).tolist()} - {*self._plan.team(visit)})


@compiled
def _take_out(state: State, person: int, visits: Ints) -> None:
    """Takes somebody out of teams, whatever was promised; the others keep their seats and their promises."""
    for visit in visits:
        here = state.visits[visit]
        option, team, pinned = here.option, here.team, here.pinned
        was_pinned = seat_of(state, person, visit) < here.first_seat + pinned
        people = np.empty(team, dtype=np.int64)
        amounts = np.empty(team, dtype=np.int64)
        for number in range(team):
            people[number] = state.seats[here.first_seat + number].person
            amounts[number] = state.seats[here.first_seat + number].amount
        for number in range(team):
            remove(state, people[number], visit)
        for number in range(team):
            if people[number] != person:
                add(state, people[number], option, amounts[number])
        if was_pinned:
            here.pinned = pinned - 1
        state.totals[JOURNAL] = 0

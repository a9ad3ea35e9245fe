"""After a refusal or a cancellation: what fell away is filled again, everybody else stays where they are."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.matching.engine import chains
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import Ints
from app.matching.engine.construct import REACH, by_scarcity
from app.matching.engine.plan import Plan
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.rows import Pin
from app.matching.engine.solving import ceiling_of_plans, found_in, result_of
from app.matching.engine.state import JOURNAL, SEATED, UNSEATED

Lost = Iterable[tuple[str, str]]
"""(visit, volunteer) pairings that fell away and do not come back."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one repair did: the pairings that are gone and new, and what the plan reaches now."""

    gone: tuple[Pin, ...]
    new: tuple[Pin, ...]
    urgent: int
    value: int


def repair(problem: Problem, result: Result, *, lost: Lost = ()) -> Result:
    """A plan for `problem` that keeps what may stay of `result` and fills what is open by short chains.

    `lost` are (visit, volunteer) pairings that fell away and do not come back. Somebody is moved only where one more
    visit is served by it. `result` may belong to an earlier state of the problem. Raises
    ValueError when a lost pairing is pinned and the pin stands: take the pin out first.
    """
    return Repairer(problem, result, lost=lost).result()


class Repairer:
    """A plan kept ready for one loss after the other, each mended far faster than by starting again.

    Takes and raises what `repair` does. Every loss is final.
    """

    def __init__(self, problem: Problem, result: Result, *, lost: Lost = ()) -> None:
        self._began = time.monotonic()
        self._problem, self._before = problem, result
        self._candidates = candidates_of(problem)
        self._pinned = {pin[:2] for pin in self._candidates.pins.taken}
        self.plan = plan = Plan(self._candidates)
        self._pairs_of, self._first_pair = chains.pairs_by_volunteer(plan.state)
        gone = set(lost)
        visits, people = self._numbers(gone)
        for visit, person in zip(visits.tolist(), people.tolist(), strict=True):
            chains.close(plan.state, visit, person)
        plan.keep(
            (seat for seat in result.pairings if seat[:2] not in gone), result.shadow_pairings, reach=REACH
        )
        chains.serve_all(plan.state, plan.search, by_scarcity(self._candidates), REACH, chains.NOTHING)
        chains.fill_all(plan.state, plan.search, visits, 0)
        plan.add_shadows()

    def lose(self, lost: Lost) -> Change:
        """Takes pairings out of the plan for good and fills what they leave by chains.

        Whoever is free through it may serve a visit that waits. Unknown pairings are passed over.
        """
        visits, people = self._numbers(set(lost))
        state = self.plan.state
        chains.lose(state, self.plan.search, visits, people, self._pairs_of, self._first_pair, REACH)
        return self._change()

    def result(self) -> Result:
        """The plan as it stands, as a result of the problem."""
        found = found_in(self._problem, self.plan)
        before = self._before
        is_same = before.problem == self._problem.hash
        is_bounded = is_same and before.urgent_served == found.urgent
        urgent_bound = before.urgent_bound if is_same else sum(visit.urgent for visit in self._problem.visits)
        bound = before.bound if is_bounded else ceiling_of_plans(self._candidates)
        return result_of(
            self._candidates,
            found,
            max(urgent_bound, found.urgent),
            max(bound, found.value),
            time.monotonic() - self._began,
            before.certificate if is_bounded else {"method": "ceiling"},
        )

    def _numbers(self, lost: set[tuple[str, str]]) -> tuple[Ints, Ints]:
        """Visits and volunteers of the pairings both of which are known; ValueError for a pin that stands."""
        index = self._problem
        found = []
        for visit_id, volunteer_id in sorted(lost):
            if (visit_id, volunteer_id) in self._pinned:
                raise ValueError(f"[{visit_id}, {volunteer_id}] is pinned and cannot be lost")
            if visit_id in index.visit_index and volunteer_id in index.volunteer_index:
                found.append((index.visit_index[visit_id], index.volunteer_index[volunteer_id]))
        numbers = np.array(found, dtype=np.int64).reshape(len(found), 2)
        return numbers[:, 0].copy(), numbers[:, 1].copy()

    def _change(self) -> Change:
        """What the journal says was done, less what was undone again."""
        state, columns = self.plan.state, self._candidates.columns
        net: Counter[tuple[int, int]] = Counter()
        for what, person, option, _ in state.journal[: state.totals[JOURNAL]].tolist():
            if what in (SEATED, UNSEATED):
                net[option, person] += 1 if what == SEATED else -1
        pins = {
            (
                columns.visits[visit].id,
                columns.roster.ids[person],
                option - int(columns.first_option[visit]),
            ): sign
            for (option, person), sign in net.items()
            for visit in [int(columns.visit_of[option])]
        }
        return Change(
            gone=tuple(sorted(pin for pin, sign in pins.items() if sign < 0)),
            new=tuple(sorted(pin for pin, sign in pins.items() if sign > 0)),
            urgent=self.plan.urgent,
            value=self.plan.value,
        )

"""What a course would unlock beside a plan: visits that wait and would be served if some people learned what it grants.

Everybody who may learn is written into the problem as having learned, with the pairs that this opens kept closed. A
set of learners is tried by opening theirs and serving what waits by chains, and taken back. Without teams, what a set
unlocks is the rank of a gammoid, which is submodular: taking the best learner again and again is near the best set
(Nemhauser, Wolsey and Fisher, "An analysis of approximations for maximizing submodular set functions", Mathematical
Programming 14, 1978), and a gain found earlier bounds what is still to be had (Minoux, "Accelerated greedy algorithms
for maximizing submodular set functions", 1978). Teams that need several learners are offered as sets of their own, and
single learners are exchanged until no exchange gains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import chains
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import Bools, Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.construct import REACH, by_scarcity
from app.matching.engine.pins import take_pins
from app.matching.engine.plan import Plan
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result
from app.matching.engine.state import JOURNAL, SEATED, URGENT, VALUE, State, back_to

Numbers = NDArray[np.int32]

QUICK_BREADTH = 24
"""How many seats a search looks at that only weighs somebody."""
MOST_EXCHANGES = 12
"""So many of those left out, the best ones by themselves, are tried in the place of each learner."""
People = tuple[int, ...]
Key = tuple[float, float]
"""What is gained a seat, urgent visits and then value, negative: what is taken first is smaller."""
Bounds = dict[People, Key]
NOTHING_GAINED: Key = (0.0, 0.0)
NEVER_MORE: Key = (-inf, -inf)


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody to offer a seat: what is gained by teaching them too, after those before them.

    `visits` are those served then that were not before, by id, whoever goes there: the learner, or somebody whose
    place they take. `together` are the other learners needed for them. `urgent` counts the urgent ones; `value` is in
    the amounts of the policy; both stand with the first of those who are needed together.
    """

    volunteer: str
    visits: tuple[str, ...]
    together: tuple[str, ...]
    urgent: int
    value: int


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a course would unlock.

    `visits` wait now and would be served if everybody learned who may. `certain` are those of them that no plan at all
    can serve today, for want of people who may come; the others wait in this plan, and might not in another.
    `learners` are the seats, best first; `reserves` whom to ask next, each as if alone beside all seats.
    """

    visits: tuple[str, ...]
    certain: tuple[str, ...]
    learners: tuple[Learner, ...]
    reserves: tuple[Learner, ...]


class Gain(NamedTuple):
    """Urgent visits first, then value."""

    urgent: int
    value: int


def unlocked_by(
    problem: Problem,
    result: Result,
    grants: Iterable[str],
    learners: Iterable[str],
    *,
    seats: int = 12,
    reserves: int = 6,
) -> Unlocked:
    """What a course that grants these skills unlocks beside a plan, and to whom of those who may learn to offer seats.

    Nobody who is placed in the plan loses a visit; who is promised stays. Seats that would unlock nothing are not
    given. The same input gives the same answer.
    """
    beside = _Beside(problem, result, tuple(sorted(set(grants))), sorted(set(learners)))
    chosen = beside.exchanged(beside.chosen(seats))
    return Unlocked(
        tuple(sorted(beside.ids(beside.unlockable))),
        tuple(sorted(beside.ids(beside.unlockable[beside.is_certain[beside.unlockable]]))),
        tuple(beside.in_turn(chosen)),
        tuple(beside.next_best(chosen, reserves)),
    )


class _Beside:
    """A plan that stands, and everybody's new pairs closed beside it."""

    def __init__(
        self, problem: Problem, result: Result, grants: tuple[str, ...], learners: list[str]
    ) -> None:
        self._problem = problem
        people = np.array([problem.volunteer_index[name] for name in learners], dtype=np.int64)
        candidates = candidates_of(taught(problem, grants, people))
        self._plan = plan = Plan(candidates)
        self._quick = chains.search_for(plan.state, QUICK_BREADTH)
        self._state: State = plan.state
        is_new = self._is_new(candidates.pairs.option, candidates.pairs.volunteer, grants)
        self._state.pair_open[is_new] = False
        plan.keep(result.pairings, result.shadow_pairings, reach=REACH)
        order = by_scarcity(candidates)
        chains.serve_all(self._state, plan.search, order, REACH, chains.NOTHING)
        self._state.totals[JOURNAL] = 0
        self._waiting = order[self._state.visits.is_served[order] == 0]
        self._taught: list[int] = []
        """The learners whose pairs are open."""
        self._new = np.flatnonzero(is_new)
        by_person = np.argsort(candidates.pairs.volunteer[self._new], kind="stable")
        owners = candidates.pairs.volunteer[self._new][by_person]
        who, first = np.unique(owners, return_index=True)
        self._pairs_of: dict[int, Ints] = (
            dict(zip(who.tolist(), np.split(self._new[by_person], first[1:]), strict=True))
            if len(who)
            else {}
        )
        """learner -> the pairs that learning opens."""
        self._visit_of_pair = candidates.columns.visit_of[candidates.pairs.option]
        self.is_certain = self._too_few(candidates.pairs.option, ~is_new)
        self.unlockable, self._sets = self._with_everybody()
        self._several = sorted({people for people in self._sets.values() if len(people) > 1})
        self._visits_of = self._reached()
        self._one_more = int(self._state.visits.worth.max(initial=0)) + self._state.amounts.request_served
        self._bounds: Bounds = {
            people: self._hoped_for(people)
            for people in [*((person,) for person in self._visits_of), *self._several]
        }
        """What each could gain."""

    def ids(self, visits: Iterable[int]) -> list[str]:
        """The ids of visits."""
        return [self._problem.visits[visit].id for visit in visits]

    def _is_new(self, option: Numbers, volunteer: Numbers, grants: tuple[str, ...]) -> Bools:
        """[pair]: whether it is there by learning alone."""
        problem, columns = self._problem, self._plan.candidates.columns
        held = problem.roster.held["skills"]
        owners = held.lists.owners()
        day = problem.starts_on.toordinal() + columns.day[option]
        is_new = np.zeros(len(option), dtype=np.bool_)
        for skill in grants:
            asks = np.array([skill in visit.skills for visit in problem.visits], dtype=np.bool_)
            last = np.zeros(len(problem.roster), dtype=np.int64)
            if skill in held.kinds:
                here = held.lists.items[:, 0] == held.kinds.index(skill)
                last[owners[here]] = held.lists.items[here, 1]
            is_new |= asks[columns.visit_of[option]] & (last[volunteer] < day)
        return is_new

    def _too_few(self, option: Numbers, is_old: Bools) -> Bools:
        """[visit]: whether at every option fewer people may come without the course than must."""
        columns, state = self._plan.candidates.columns, self._state
        able = np.bincount(option[is_old], minlength=len(columns.day))
        most = np.maximum.reduceat(able, columns.first_option[:-1]) if len(able) else able
        too_few: Bools = most + state.visits.pinned < state.visits.least
        return too_few

    def _with_everybody(self) -> tuple[Ints, dict[int, tuple[int, ...]]]:
        """(visits served if everybody learned, of each the learners by whom it would be served alone)."""
        state, search = self._state, self._plan.search
        state.pair_open[self._new] = True
        _unlock(state, search, self._waiting, REACH)
        unlockable = self._waiting[state.visits.is_served[self._waiting] == 1]
        back_to(state, 0)
        sets = {}
        for visit in unlockable:
            _unlock(state, search, np.array([visit], dtype=np.int64), REACH)
            sets[int(visit)] = self._learners_seated()
            back_to(state, 0)
        state.pair_open[self._new] = False
        return unlockable, sets

    def _learners_seated(self) -> tuple[int, ...]:
        """Who sits by a new pair, by the journal."""
        state = self._state
        lines = state.journal[: state.totals[JOURNAL]]
        seated = {(int(person), int(option)) for what, person, option, _ in lines if what == SEATED}
        return tuple(
            sorted(
                {
                    person
                    for person, option in seated
                    if person in self._pairs_of
                    and np.any(self._plan.candidates.pairs.option[self._pairs_of[person]] == option)
                }
            )
        )

    def _reached(self) -> dict[int, Ints]:
        """learner -> the visits worth trying with them, in the order of trial."""
        place = np.full(len(self._state.visits), -1, dtype=np.int64)
        place[self.unlockable] = np.arange(len(self.unlockable))
        reached: dict[int, set[int]] = {}
        for person, pairs in self._pairs_of.items():
            places = place[self._visit_of_pair[pairs]]
            reached[person] = set(places[places >= 0].tolist())
        for visit, people in self._sets.items():
            for person in people:
                reached[person].add(int(place[visit]))
        return {
            person: self.unlockable[sorted(places)] for person, places in sorted(reached.items()) if places
        }

    # Sets of learners

    def chosen(self, seats: int) -> list[int]:
        """The best learner, or set of learners, by gain a seat, again and again; every gain stays."""
        chosen: list[int] = []
        bounds = self._bounds
        while True:
            open_ones = {
                people: bound
                for people, bound in bounds.items()
                if len(people) <= seats - len(chosen) and not set(people) & set(chosen)
            }
            best, bounds = self._best_of(open_ones)
            if not chosen:
                self._bounds = {**self._bounds, **bounds}
            if best is None:
                self._back_to(0, 0)
                return chosen
            self._teach(best, self._plan.search)
            chosen += best

    def exchanged(self, chosen: list[int]) -> list[int]:
        """The same with single learners exchanged for others as long as that gains."""
        place = unchanged = 0
        while unchanged < len(chosen):
            before, others = chosen[place], [*chosen[:place], *chosen[place + 1 :]]
            self._teach(others, self._quick)
            kept = self._gain((before,))
            best, bounds = self._best_of(self._singles_beside(chosen), MOST_EXCHANGES)
            gains = best is not None and bounds[best] < self._key(kept, 1)
            self._back_to(0, 0)
            if best is not None and gains:
                chosen[place] = best[0]
            unchanged = 0 if gains else unchanged + 1
            place = (place + 1) % len(chosen)
        return chosen

    def in_turn(self, chosen: Sequence[int]) -> list[Learner]:
        """Each with what they add to those before, the best first; those needed together one after the other."""
        left, found = sorted(chosen), []
        while left:
            groups: list[tuple[int, ...]] = [(person,) for person in left]
            groups += [people for people in self._several if set(people) <= set(chosen)]
            groups = [tuple(person for person in people if person in left) for people in groups]
            best, _ = self._best_of({people: NEVER_MORE for people in groups if people})
            best = best or tuple(left)
            found += self._taught_learners(best)
            left = [person for person in left if person not in best]
        self._back_to(0, 0)
        return found

    def next_best(self, chosen: Sequence[int], count: int) -> list[Learner]:
        """Who would add most beside all who are chosen, one of them at a time."""
        self._teach(chosen, self._plan.search)
        mark = self._state.totals[JOURNAL].item()
        found: list[Learner] = []
        left = self._singles_beside(chosen)
        while len(found) < count:
            best, left = self._best_of(left)
            if best is None:
                break
            found += self._taught_learners(best)
            self._back_to(mark, len(chosen))
            del left[best]
        self._back_to(0, 0)
        return found

    def _singles_beside(self, chosen: Sequence[int]) -> Bounds:
        """The bounds of all other single learners."""
        return {
            people: bound
            for people, bound in self._bounds.items()
            if len(people) == 1 and people[0] not in chosen
        }

    def _best_of(self, bounds: Bounds, most: int | None = None) -> tuple[People | None, Bounds]:
        """(what gains most a seat, None where nothing gains; the bounds with what was found in their place).

        A gain found beside fewer learners bounds the one beside more: only whose bound is best is weighed. At most so
        many are weighed.
        """
        heap = [(bound, people) for people, bound in bounds.items()]
        heapify(heap)
        weighed: Bounds = {}
        while heap and heap[0][0] < NOTHING_GAINED:
            _, people = heap[0]
            if people in weighed:
                return people, {**bounds, **weighed}
            if most is not None and len(weighed) == most:
                break
            weighed[people] = self._key(self._gain(people), len(people))
            heapreplace(heap, (weighed[people], people))
        best = min(weighed, key=lambda people: (weighed[people], people), default=None)
        if best is not None and weighed[best] >= NOTHING_GAINED:
            best = None
        return best, {**bounds, **weighed}

    def _hoped_for(self, people: People) -> Key:
        """What these gain while nobody moves, and one more visit, an urgent one if they may reach it: more than that is
        rare, and passed over."""
        gain = self._gain(people, reach=0)
        urgent = sum(int(self._state.visits.urgent[self._visits_of[person]].sum()) for person in people)
        return self._key(Gain(min(gain.urgent + 1, urgent), gain.value + self._one_more), len(people))

    def _taught_learners(self, people: tuple[int, ...]) -> list[Learner]:
        """Teaches these, who are needed together, and says what that added."""
        state, names = self._state, [self._problem.roster.ids[person] for person in people]
        waits = self.unlockable[state.visits.is_served[self.unlockable] == 0]
        before = self._totals()
        self._teach(people, self._plan.search)
        urgent, value = (now - then for now, then in zip(self._totals(), before, strict=True))
        served = tuple(sorted(self.ids(waits[state.visits.is_served[waits] == 1])))
        return [
            Learner(
                name,
                served,
                tuple(other for other in names if other != name),
                0 if place else urgent,
                0 if place else value,
            )
            for place, name in enumerate(names)
        ]

    def _gain(self, people: Sequence[int], reach: int = REACH) -> Gain:
        """What teaching these too would add to what stands; nothing is kept."""
        mark, taught, before = self._state.totals[JOURNAL].item(), len(self._taught), self._totals()
        self._teach(people, self._quick, reach)
        after = self._totals()
        self._back_to(mark, taught)
        return Gain(after.urgent - before.urgent, after.value - before.value)

    def _teach(self, people: Iterable[int], search: chains.Search, reach: int = REACH) -> None:
        """Opens their pairs and serves what waits and they may reach, or others may whose place they can take."""
        wanted = np.zeros(len(self._state.visits), dtype=np.bool_)
        for person in people:
            self._state.pair_open[self._pairs_of[person]] = True
            wanted[self._visits_of.get(person, ())] = True
        replaceable = [person for person in self._taught if wanted[self._plan.visits_of(person)].any()]
        for person in replaceable:
            wanted[self._visits_of.get(person, ())] = True
        self._taught += people
        _unlock(self._state, search, self.unlockable[wanted[self.unlockable]], reach)

    def _back_to(self, mark: int, taught: int) -> None:
        """Takes back what was done since, and closes the pairs of those taught since."""
        back_to(self._state, mark)
        for person in self._taught[taught:]:
            self._state.pair_open[self._pairs_of[person]] = False
        del self._taught[taught:]

    def _totals(self) -> Gain:
        return Gain(int(self._state.totals[URGENT]), int(self._state.totals[VALUE]))

    @staticmethod
    def _key(gain: Gain, people: int) -> Key:
        return -gain.urgent / people, -gain.value / people


def taught(problem: Problem, grants: Sequence[str], people: Ints) -> Problem:
    """The problem in which these people, by number, hold the skills without an end; what is promised stays as it is."""
    return problem.with_changes(
        volunteers=problem.roster.with_skills(grants, people), pinned=take_pins(problem).taken
    )


@compiled
def _unlock(state: State, search: chains.Search, visits: Ints, reach: int) -> None:
    """Serves those of the visits that wait; the journal goes on."""
    for visit in visits:
        if not state.visits[visit].is_served:
            chains.serve(state, search, visit, reach, chains.NOTHING)

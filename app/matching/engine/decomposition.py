"""Prices instead of the rows of the team model: what is left falls apart into volunteers, and every price is a proof.

A price is paid for each row. What remains of the value is the sum of the best schedules of single volunteers, each
found exactly, and of columns that are nobody's: so any prices bound every plan (Lagrange; the prices at which the
bound is least are those of Dantzig and Wolfe's linear programme, "Decomposition principle for linear programs",
Operations Research 8, 1960).
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.model import NUMBERS, Model
from app.matching.engine.schedules import (
    NOTHING_MORE,
    PINNED,
    POLICY_AMOUNTS,
    SHADOW,
    Amounts,
    Floats,
    Items,
    Schedules,
    best_schedules,
    items_of,
)

Decisions = dict[int, int]
"""Column of the team model -> 0 or 1, as it is fixed; in the order in which that was decided."""

PRICE_STEPS = 1024.0
"""Prices are multiples of 1/1024: with whole amounts every sum of theirs is exact in floating point."""
AT_ONCE = 8_192
"""So many volunteers are asked at a time when there is an executor."""
FORCE = 1e8
"""Added to the profit of an item that must be held, taken from that of one that must not."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a set of prices proves, and the schedules that answer it (of those whose answer may be new)."""

    bound: float
    prices: Floats
    answers: Schedules


class Decomposition:
    """A problem of which the rows of the team model are priced.

    With `urgent` it is about the value of the plans that serve exactly so many urgent visits; without, about how many
    urgent visits can be served at all.
    """

    def __init__(
        self, candidates: Candidates, model: Model, urgent: int | None, executor: Executor | None = None
    ) -> None:
        self.model, self.executor = model, executor
        self.items: Items = items_of(candidates, model)
        self.amounts: Amounts = NOTHING_MORE if urgent is None else POLICY_AMOUNTS
        rows = model.rows
        self.row_lower, self.row_upper = rows.lower, rows.upper
        self.cost: Floats = model.cost
        if urgent is None:
            self.cost = np.zeros(len(self.cost))
            self.cost[model.urgent_columns] = 1.0
        else:
            of_urgent = rows.family == NUMBERS["urgent"]
            self.row_lower = np.where(of_urgent, urgent, rows.lower)
            self.row_upper = np.where(of_urgent, urgent, rows.upper)
        self.lower, self.upper = model.lower.copy(), model.upper.copy()
        is_other = model.upper > 0
        is_other[: len(model.seat_option)] = False
        is_other[self.items.column] = False
        self.others: Ints = np.flatnonzero(is_other)
        """Columns that are nobody's: visits served, requests reached, ages together."""
        self.item_of: NDArray[np.int32] = np.full(len(self.cost), -1, dtype=np.int32)
        self.item_of[self.items.column] = np.arange(len(self.items.column), dtype=np.int32)
        self.fixed: NDArray[np.int8] = np.zeros(len(self.items.column), dtype=np.int8)
        """[item]: 1 where it must be held, -1 where it must not."""
        self.decisions: Decisions = {}
        self._answered: Floats = np.full(len(self.items.column), np.nan)
        self._best: Floats = np.zeros(len(self.items.is_new))

    def owner(self, item: Ints) -> Ints:
        """Whose the items are."""
        found: Ints = np.searchsorted(self.items.first, item, side="right") - 1
        return found

    def decide(self, decisions: Decisions) -> set[int]:
        """Fixes these columns and no others; the columns that were fixed otherwise before."""
        changed = {
            column
            for column in self.decisions.keys() | decisions.keys()
            if decisions.get(column) != self.decisions.get(column)
        }
        for column in changed:
            value = decisions.get(column)
            item = int(self.item_of[column])
            if item >= 0:
                self.fixed[item] = 0 if value is None else 1 if value else -1
            elif value is None:
                self.lower[column], self.upper[column] = self.model.lower[column], self.model.upper[column]
            else:
                self.lower[column] = self.upper[column] = value
        self.decisions = dict(decisions)
        return changed

    def price(self, prices: Floats) -> Priced:
        """What these prices prove, after rounding them and giving each the sign its row allows."""
        prices = np.round(prices * PRICE_STEPS) / PRICE_STEPS
        prices = np.where(np.isinf(self.row_upper), np.minimum(prices, 0.0), prices)
        prices = np.where(np.isinf(self.row_lower), np.maximum(prices, 0.0), prices)
        reduced = self._spent(prices)
        np.subtract(self.cost, reduced, out=reduced)
        profit = reduced[self.items.column]
        decided = np.flatnonzero(self.fixed)
        profit[decided] += FORCE * self.fixed[decided]
        who = changed(self.items.first, profit, self._answered)
        answers, best, complete = self._answers(profit, who)
        if not complete:
            return Priced(float("inf"), prices, answers)
        self._answered, self._best[who] = profit, best
        loose = reduced[self.others]
        bound = self._best.sum() - FORCE * (self.fixed > 0).sum()
        bound += np.maximum(loose * self.upper[self.others], loose * self.lower[self.others]).sum()
        paid = np.where(prices > 0, self.row_upper, self.row_lower)
        bound += (prices * np.where(prices == 0, 0.0, paid)).sum()
        return Priced(float(bound), prices, self._at_cost(answers, profit))

    def _answers(self, profit: Floats, who: Ints) -> tuple[Schedules, Floats, bool]:
        """The best schedules of these volunteers, in their order."""
        if self.executor is None or len(who) <= AT_ONCE:
            return best_schedules(self.items, profit, who, self.amounts)
        parts = np.split(who, np.arange(AT_ONCE, len(who), AT_ONCE))
        found, best, complete = zip(
            *self.executor.map(lambda some: best_schedules(self.items, profit, some, self.amounts), parts),
            strict=True,
        )
        return Schedules.joined(found), np.concatenate(best), all(complete)

    def _spent(self, prices: Floats) -> Floats:
        """[column]: the prices of the rows in which it stands."""
        rows, seats = self.model.rows, self.model.seat_option
        spent = np.zeros(len(self.cost))
        spend(spent, rows.column, rows.row, rows.weight, prices)
        of_team = np.zeros(len(self.model.served))
        spend(of_team, rows.team_option, rows.team_row, rows.team_weight, prices)
        spent[: len(seats)] += of_team[seats]
        return spent

    def single_visits(self, choices: int) -> Schedules:
        """For each option the visits of the people who suit it best, one visit each, and of those it needs experienced.

        Whoever is chosen often is chosen for less.
        """
        c = self.model.candidates.columns
        person, seats = self.model.seat_person, len(self.model.seat_option)
        gain = self.cost[:seats] + self.amounts.first_seat * (self.items.is_new[person] > 0)
        gain[self.item_of[:seats] < 0] = -np.inf
        first = self.model.candidates.pairs.first
        best = best_of_each(first, gain, person, choices, self.amounts.further_seat, len(c.roster))
        needed = np.array(
            [v.experienced > 0 or (v.at_home and v.first_visit) for v in c.visits], dtype=np.bool_
        )
        wanted = needed[c.visit_of][self.model.seat_option] & c.experienced[person]
        of_experienced = np.where(wanted, gain, -np.inf)
        more = best_of_each(
            first, of_experienced, person, choices // 2, self.amounts.further_seat, len(c.roster)
        )
        pinned = np.arange(self.model.pairs, seats)
        seat = np.unique(np.concatenate([best, more, pinned]))
        item = self.item_of[seat].astype(np.int64)
        order = np.argsort(item)
        item, seat = item[order], seat[order]
        return Schedules(self.owner(item), np.arange(len(item) + 1), item, gain[seat])

    def schedules_of(self, columns: Floats) -> Schedules:
        """The schedules in which the items of chosen columns of the team model lie."""
        item = np.flatnonzero(columns[self.items.column] > 0.5)
        owner, first = np.unique(self.owner(item), return_index=True)
        first = np.append(first, len(item))
        worth = [
            self._worth(int(who), item[a:b]) for who, a, b in zip(owner, first[:-1], first[1:], strict=True)
        ]
        return Schedules(owner, first, item, np.array(worth, dtype=np.float64))

    def certificate(self, prices: Floats, beside: Floats | None = None) -> list[list[Any]]:
        """The prices by the names of their rows, for a referee who has no solver; what is not named costs nothing.

        With `beside` only those that are others there.
        """
        named = np.flatnonzero(prices if beside is None else prices != beside)
        steps = np.round(prices[named] * PRICE_STEPS).astype(np.int64).tolist()
        return sorted(
            ([*self.model.label(row), price] for row, price in zip(named.tolist(), steps, strict=True)),
            key=str,
        )

    def is_pinned(self, column: int) -> bool:
        """Whether a column is a pinned seat, which counts exactly when its visit is served."""
        item = int(self.item_of[column])
        return item >= 0 and bool(self.items.kind[item] == PINNED)

    def _at_cost(self, answers: Schedules, profit: Floats) -> Schedules:
        """The schedules with what they are worth before prices."""
        if not len(answers):
            return answers
        paid = self.cost[self.items.column[answers.item]] - profit[answers.item]
        return Schedules(
            answers.owner,
            answers.first,
            answers.item,
            answers.worth + np.add.reduceat(paid, answers.first[:-1]),
        )

    def _worth(self, person: int, items: Ints) -> float:
        """What a schedule adds by itself: its seats, continuity, a newcomer's first seat, the load."""
        total = float(self.cost[self.items.column[items]].sum())
        seats = [item for item in items if self.items.kind[item] != SHADOW]
        visits = {int(self.items.visit_of[self.items.option[item]]) for item in seats}
        total += self.amounts.continuity * sum(int(self.items.after[visit]) in visits for visit in visits)
        if seats and self.items.is_new[person]:
            total += self.amounts.first_seat
        return total - self.amounts.further_seat * (len(seats) * (len(seats) - 1) // 2)


@compiled
def changed(first: Ints, profit: Floats, answered: Floats) -> Ints:
    """The volunteers for whose items something else is offered than what they answered."""
    who = np.empty(len(first) - 1, dtype=np.int64)
    count = 0
    for person in range(len(first) - 1):
        for item in range(first[person], first[person + 1]):
            if profit[item] != answered[item]:
                who[count] = person
                count += 1
                break
    return who[:count].copy()


@compiled
def spend(
    spent: Floats,
    weighed: NDArray[np.int32],
    row: NDArray[np.int32],
    weight: NDArray[np.int8],
    prices: Floats,
) -> None:
    """Adds to what is weighed the prices of the rows in which it stands."""
    for entry in range(len(row)):
        spent[weighed[entry]] += weight[entry] * prices[row[entry]]


@compiled
def best_of_each(
    first: Ints, gain: Floats, person: NDArray[np.int32], choices: int, less: float, people: int
) -> Ints:
    """Of each group `first[g]` to `first[g + 1] - 1` the numbers with the largest finite gains, the first of equals.

    Each time that somebody has been chosen their gain counts for `less` less.
    """
    times = np.zeros(people)
    found = np.empty((len(first) - 1) * choices, dtype=np.int64)
    worth = np.empty(choices + 1)
    count = 0
    for group in range(len(first) - 1):
        begun = count
        for number in range(first[group], first[group + 1]):
            here = gain[number] - less * times[person[number]]
            chosen = count - begun
            if here == -np.inf or choices == 0 or (chosen == choices and here <= worth[chosen - 1]):
                continue
            place = min(chosen, choices - 1)
            count = begun + place + 1
            while place > 0 and worth[place - 1] < here:
                found[begun + place], worth[place] = found[begun + place - 1], worth[place - 1]
                place -= 1
            found[begun + place], worth[place] = number, here
        for chosen in range(begun, count):
            times[person[found[chosen]]] += 1.0
    return found[:count].copy()

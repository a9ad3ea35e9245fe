"""Prices instead of the rows of the team model: what is left falls apart into volunteers, and every price is a proof.

A price is paid for each row. What remains of the value is the sum of the best schedules of single volunteers, each
found exactly, and of columns that are nobody's: so any prices bound every plan (Lagrange; the prices at which the
bound is least are those of Dantzig and Wolfe's linear programme, "Decomposition principle for linear programs",
Operations Research 8, 1960).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.model import Label, Model
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

    def __init__(self, candidates: Candidates, model: Model, urgent: int | None) -> None:
        self.model = model
        self.items: Items = items_of(candidates, model)
        self.amounts: Amounts = NOTHING_MORE if urgent is None else POLICY_AMOUNTS
        rows = model.rows
        self.row_lower, self.row_upper = rows.lower, rows.upper
        self.entry_row, self.entry_column, self.entry_weight = rows.row, rows.column, rows.weight
        self.cost: Floats = model.cost
        if urgent is None:
            self.cost = np.zeros(len(self.cost))
            self.cost[model.urgent_columns] = 1.0
        elif len(model.urgent_columns):
            self.row_lower = np.append(rows.lower, float(urgent))
            self.row_upper = np.append(rows.upper, float(urgent))
            several = np.full(len(model.urgent_columns), len(rows))
            self.entry_row = np.append(rows.row, several)
            self.entry_column = np.append(rows.column, model.urgent_columns)
            self.entry_weight = np.append(rows.weight, np.ones(len(several)))
        self.lower, self.upper = model.lower.copy(), model.upper.copy()
        is_other = model.upper > 0
        is_other[: len(model.seat_option)] = False
        is_other[self.items.column] = False
        self.others: Ints = np.flatnonzero(is_other)
        """Columns that are nobody's: visits served, requests reached, ages together."""
        self.item_of: NDArray[np.int32] = np.full(len(self.cost), -1, dtype=np.int32)
        self.item_of[self.items.column] = np.arange(len(self.items.column), dtype=np.int32)
        self.owner: NDArray[np.int32] = np.repeat(
            np.arange(len(self.items.is_new), dtype=np.int32), np.diff(self.items.first)
        )
        self.bias: Floats = np.zeros(len(self.items.column))
        self.decisions: Decisions = {}
        self._answered: Floats = np.full(len(self.items.column), np.nan)
        self._best: Floats = np.zeros(len(self.items.is_new))

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
                self.bias[item] = 0.0 if value is None else FORCE if value else -FORCE
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
        reduced = self.cost - self._spent(prices)
        profit = np.ascontiguousarray(reduced[self.items.column] + self.bias)
        who = changed(self.items.first, profit, self._answered)
        answers, best, complete = best_schedules(self.items, profit, who, self.amounts)
        if not complete:
            return Priced(float("inf"), prices, answers)
        self._answered, self._best[who] = profit, best
        loose = reduced[self.others]
        bound = self._best.sum() - FORCE * (self.bias > 0).sum()
        bound += np.maximum(loose * self.upper[self.others], loose * self.lower[self.others]).sum()
        paid = np.where(prices > 0, self.row_upper, self.row_lower)
        bound += (prices * np.where(prices == 0, 0.0, paid)).sum()
        return Priced(float(bound), prices, self._at_cost(answers, profit))

    def _spent(self, prices: Floats) -> Floats:
        """[column]: the prices of the rows in which it stands."""
        rows, seats = self.model.rows, self.model.seat_option
        spent = np.bincount(
            self.entry_column, weights=self.entry_weight * prices[self.entry_row], minlength=len(self.cost)
        )
        of_team = np.bincount(
            rows.team_option,
            weights=rows.team_weight * prices[rows.team_row],
            minlength=len(self.model.served),
        )
        spent[: len(seats)] += of_team[seats]
        return spent.astype(np.float64)

    def single_visits(self, choices: int) -> Schedules:
        """For each option the visits of the people who suit it best, one visit each."""
        is_new = self.items.is_new[self.model.seat_person] > 0
        seats = len(self.model.seat_option)
        gain = self.cost[:seats] + self.amounts.first_seat * is_new
        gain[self.item_of[:seats] < 0] = -np.inf
        best = best_of_each(self.model.candidates.pairs.first, gain, choices)
        pinned = np.arange(self.model.pairs, seats if choices else self.model.pairs)
        seat = np.concatenate([best, pinned])
        item = self.item_of[seat].astype(np.int64)
        order = np.argsort(item)
        item, seat = item[order], seat[order]
        return Schedules(self.owner[item].astype(np.int64), np.arange(len(item) + 1), item, gain[seat])

    def schedules_of(self, columns: Floats) -> Schedules:
        """The schedules in which the items of chosen columns of the team model lie."""
        item = np.flatnonzero(columns[self.items.column] > 0.5)
        owner, first = np.unique(self.owner[item].astype(np.int64), return_index=True)
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
            ([*self._label(row), price] for row, price in zip(named.tolist(), steps, strict=True)), key=str
        )

    def _label(self, row: int) -> Label:
        return self.model.label(row) if row < len(self.model.rows) else ("urgent",)

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
def best_of_each(first: Ints, gain: Floats, choices: int) -> Ints:
    """Of each group `first[g]` to `first[g + 1] - 1` the numbers with the largest finite gains, the first of equals."""
    found = np.empty((len(first) - 1) * choices, dtype=np.int64)
    count = 0
    for group in range(len(first) - 1):
        begun = count
        for number in range(first[group], first[group + 1]):
            if gain[number] == -np.inf or (
                count - begun == choices and (choices == 0 or gain[number] <= gain[found[count - 1]])
            ):
                continue
            place = count - 1 if count - begun == choices else count
            count = place + 1
            while place > begun and gain[found[place - 1]] < gain[number]:
                found[place] = found[place - 1]
                place -= 1
            found[place] = number
    return found[:count].copy()

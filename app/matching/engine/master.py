"""The linear programme over the schedules found so far: it proposes prices, and volunteers answer with schedules."""

import math
import time

import highspy
import numpy as np

from app.matching.engine.columns import Ints
from app.matching.engine.decomposition import Decisions, Decomposition, Priced
from app.matching.engine.highs import SilentHighs
from app.matching.engine.schedules import Floats, Schedules

FIRST_CHOICES = 10
"""How many people's single visits each option starts with."""
MOST_ROUNDS = 200
LEAST_GAIN = 0.5
PENALTY = 1e6
"""What breaking a row by one costs, so that the linear programme always has a solution."""
TINY = 1e-6
SOLVED = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)


class Master:
    """The linear programme of a decomposition, with the schedules known and the decisions it stands under."""

    def __init__(self, decomposition: Decomposition) -> None:
        self.of = decomposition
        rows = len(decomposition.row_lower)
        busy = np.flatnonzero(np.diff(decomposition.items.first) > 0)
        self.person_row: Ints = np.full(len(decomposition.items.is_new), -1, dtype=np.int64)
        self.person_row[busy] = rows + np.arange(len(busy))
        self.other_place: Ints = np.full(len(decomposition.cost), -1, dtype=np.int64)
        self.other_place[decomposition.others] = np.arange(len(decomposition.others))
        order = np.argsort(decomposition.entry_column, kind="stable")
        self.column_row: Ints = decomposition.entry_row[order]
        self.column_weight: Floats = decomposition.entry_weight[order]
        self.column_first: Ints = np.searchsorted(
            decomposition.entry_column[order], np.arange(len(decomposition.cost) + 1)
        )
        self.schedules: list[tuple[int, ...]] = []
        """The items of each schedule, ascending."""
        self.places: dict[int, list[int]] = {}
        """Volunteer -> places of their schedules."""
        self.known: set[tuple[int, ...]] = set()
        self.best = Priced(math.inf, np.zeros(rows), decomposition.single_visits(0))
        self.highs = self._programme(len(busy))
        self.offset: int = self.highs.getNumCol()
        self.add(decomposition.single_visits(FIRST_CHOICES))

    def enter(self, decisions: Decisions, prices: Floats, deadline: float, enough: float) -> bool:
        """Solves the linear programme under these decisions, from these prices on.

        Ends as soon as the bound lies below `enough`. False when time or rounds ran out.
        """
        self._decide(decisions)
        self.best = self.of.price(prices)
        self.add(self.best.answers)
        return self.best.bound < enough or self.converge(deadline, enough)

    def converge(self, deadline: float, enough: float = -math.inf) -> bool:
        """Generates schedules until the prices are the best there are, or prove a bound below `enough`."""
        for _ in range(MOST_ROUNDS):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
            self.highs.run()
            if self.highs.getModelStatus() not in SOLVED:
                return False
            value = self.value
            prices = np.array(self.highs.getSolution().row_dual)[: len(self.of.row_lower)]
            trials = [prices] if math.isinf(self.best.bound) else [0.5 * (prices + self.best.prices), prices]
            added = 0
            for trial in trials:
                priced = self.of.price(trial)
                added += self.add(priced.answers)
                if priced.bound < self.best.bound:
                    self.best = priced
                if self.best.bound < enough:
                    return True
            if not added or self.best.bound - value < LEAST_GAIN:
                return True
        return False

    def broken(self) -> list[int]:
        """The columns of the team model that are neither 0 nor 1, visits served before seats, the halves first."""
        values = np.array(self.highs.getSolution().col_value)
        others = values[: len(self.of.others)]
        visits = {
            int(self.of.others[place]): float(others[place])
            for place in np.flatnonzero((others > TINY) & (others < 1 - TINY))
            if self.of.model.whole[int(self.of.others[place])]
        }
        used = values[self.offset :]
        seats: dict[int, float] = {}
        for place in np.flatnonzero((used > TINY) & (used < 1 - TINY)):
            for item in self.schedules[place]:
                column = int(self.of.items.column[item])
                seats[column] = seats.get(column, 0.0) + float(used[place])
        return [
            column
            for group in (visits, seats)
            for column in sorted(group, key=lambda c: (round(abs(group[c] - 0.5), 6), -self.of.cost[c], c))
            if TINY < group[column] < 1 - TINY and not self.of.is_pinned(column)
        ]

    @property
    def value(self) -> float:
        """What the linear programme was worth when it was last solved."""
        return float(self.highs.getInfo().objective_function_value)

    def probe(self, column: int, before: float) -> tuple[float, float]:
        """How much the linear programme, worth `before`, loses without new schedules by 0 and by 1 in a column.

        It is left under the decisions it stood under, unsolved.
        """
        decisions = dict(self.of.decisions)
        losses = []
        for value in (0, 1):
            self._decide({**decisions, column: value})
            self.highs.run()
            losses.append(max(0.0, before - self.value))
        self._decide(decisions)
        return losses[0], losses[1]

    def solution(self) -> Floats:
        """The columns of the team model, rounded to what is more than a half."""
        values = np.array(self.highs.getSolution().col_value)
        columns = np.zeros(len(self.of.cost))
        columns[self.of.others] = values[: len(self.of.others)]
        for place in np.flatnonzero(values[self.offset :] > 0.5):
            columns[self.of.items.column[list(self.schedules[place])]] = 1.0
        return columns

    def add(self, found: Schedules) -> int:
        """Takes new schedules into the linear programme; how many were new."""
        new = []
        first, item = found.first.tolist(), found.item.tolist()
        for number in range(len(found)):
            items = tuple(sorted(item[first[number] : first[number + 1]]))
            if items not in self.known:
                self.known.add(items)
                self.places.setdefault(int(found.owner[number]), []).append(len(self.schedules))
                self.schedules.append(items)
                new.append(number)
        if not new:
            return 0
        row, weight, starts = self._entries(found, np.array(new))
        allowed = [
            float(self._may(int(found.owner[number]), self.schedules[place - len(new)]))
            for place, number in enumerate(new)
        ]
        self.highs.addCols(
            len(new), found.worth[new], np.zeros(len(new)), np.array(allowed), len(row),
            starts.astype(np.int32), row.astype(np.int32), weight,
        )  # fmt: skip
        return len(new)

    def _entries(self, found: Schedules, numbers: Ints) -> tuple[Ints, Floats, Ints]:
        """Rows and weights of schedules, one after the other, and where each begins; a row is named once in each."""
        lengths = found.first[numbers + 1] - found.first[numbers]
        item = found.item[_spread(found.first[numbers], lengths)]
        column = self.of.items.column[item]
        sizes = self.column_first[column + 1] - self.column_first[column]
        entry = _spread(self.column_first[column], sizes)
        schedule = np.repeat(np.repeat(np.arange(len(numbers)), lengths), sizes)
        schedule = np.concatenate([schedule, np.arange(len(numbers))])
        row = np.concatenate([self.column_row[entry], self.person_row[found.owner[numbers]]])
        weight = np.concatenate([self.column_weight[entry], np.ones(len(numbers))])
        order = np.lexsort((row, schedule))
        schedule, row, weight = schedule[order], row[order], weight[order]
        begins = np.flatnonzero(np.append(True, (np.diff(schedule) != 0) | (np.diff(row) != 0)))
        return (
            row[begins],
            np.add.reduceat(weight, begins),
            np.searchsorted(schedule[begins], np.arange(len(numbers))),
        )

    def _decide(self, decisions: Decisions) -> None:
        people: set[int] = set()
        for column in self.of.decide(decisions):
            if self.of.item_of[column] >= 0:
                people.add(int(self.of.owner[self.of.item_of[column]]))
            else:
                self.highs.changeColBounds(
                    int(self.other_place[column]), self.of.lower[column], self.of.upper[column]
                )
        for person in sorted(people):
            self._keep_to_decisions(person)

    def _keep_to_decisions(self, person: int) -> None:
        """Lets a volunteer have only the schedules that the decisions allow, and one of them where one is due."""
        first, last = self.of.items.first[person], self.of.items.first[person + 1]
        must = bool((self.of.bias[first:last] > 0).any())
        self.highs.changeRowBounds(int(self.person_row[person]), 1.0 if must else -math.inf, 1.0)
        for place in self.places.get(person, ()):
            self.highs.changeColBounds(
                self.offset + place, 0.0, float(self._may(person, self.schedules[place]))
            )

    def _may(self, person: int, items: tuple[int, ...]) -> bool:
        """Whether a schedule keeps what is decided."""
        if not self.of.decisions:
            return True
        mine = self.of.bias[self.of.items.first[person] : self.of.items.first[person + 1]]
        here = self.of.bias[list(items)]
        return bool((here >= 0).all() and (here > 0).sum() == (mine > 0).sum())

    def _programme(self, people: int) -> highspy.Highs:
        """The linear programme without schedules. Every row may be broken, at a price."""
        highs = SilentHighs()  # type: ignore[no-untyped-call]  # highspy annotates in part
        highs.setOptionValue("threads", 1)
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        of = self.of
        rows = len(of.row_lower)
        highs.addRows(
            rows + people,
            np.concatenate([of.row_lower, np.full(people, -np.inf)]),
            np.concatenate([of.row_upper, np.ones(people)]),
            0,
            np.zeros(rows + people, dtype=np.int32),
            np.zeros(0, dtype=np.int32),
            np.zeros(0),
        )
        sizes = self.column_first[of.others + 1] - self.column_first[of.others]
        entry = _spread(self.column_first[of.others], sizes)
        _add(
            highs,
            of.cost[of.others],
            of.lower[of.others],
            of.upper[of.others],
            sizes,
            self.column_row[entry],
            self.column_weight[entry],
        )
        short = np.concatenate([np.flatnonzero(~np.isinf(of.row_lower)), rows + np.arange(people)])
        long = np.flatnonzero(of.row_lower == of.row_upper)
        row = np.concatenate([short, long])
        count = len(row)
        _add(
            highs, np.full(count, -PENALTY), np.zeros(count), np.full(count, np.inf), np.ones(count, dtype=np.int64),
            row, np.concatenate([np.ones(len(short)), -np.ones(len(long))]),
        )  # fmt: skip
        return highs


def _spread(first: Ints, lengths: Ints) -> Ints:
    """first[0], first[0] + 1, ... (lengths[0] of them), then the same for the next."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    spread: Ints = np.arange(total) + np.repeat(first - (ends - lengths), lengths)
    return spread


def _add(
    highs: highspy.Highs, cost: Floats, lower: Floats, upper: Floats, sizes: Ints, row: Ints, weight: Floats
) -> None:
    if len(cost):
        starts = np.cumsum(sizes) - sizes
        highs.addCols(
            len(cost), cost, lower, upper, len(row), starts.astype(np.int32), row.astype(np.int32), weight
        )

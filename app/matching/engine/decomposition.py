"""Whole schedules instead of single seats: a far tighter relaxation, with prices that prove its bound.

The rows of the team model are priced; what is left falls apart into volunteers, each answered exactly by a search over
their schedules. Every set of prices gives a valid bound. A linear programme over the schedules found so far proposes
prices, the searches answer with better schedules, until nobody has one.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Ints
from app.matching.engine.highs import Floats, Program, SilentHighs
from app.matching.engine.model import Model, build_team_model
from app.matching.engine.policy import POLICY
from app.matching.engine.schedules import SHADOW, Items, Schedules, best_schedules, good_schedules, items_of

Schedule = tuple[int, tuple[int, ...]]
"""(volunteer, items ascending)."""

FIRST_CHOICES = 10
"""How many people's single visits each option starts with."""
PRICE_STEPS = 1024.0
"""Prices are multiples of 1/1024: with whole amounts every sum of theirs is exact in floating point."""
MOST_ROUNDS = 200
LEAST_GAIN = 0.5


@dataclass(frozen=True, slots=True)
class Priced:
    """What a set of prices proves, and the schedules that answer it."""

    bound: float
    prices: Floats
    profit: Floats
    schedules: Schedules


class Decomposition:
    """The relaxation of a problem in which exactly `urgent` urgent visits are served."""

    def __init__(self, candidates: Candidates, urgent: int) -> None:
        self.model: Model = build_team_model(candidates)
        if self.model.urgent_columns:
            terms = [(column, 1.0) for column in self.model.urgent_columns]
            self.model.rows.add(terms, float(urgent), float(urgent), "urgent")
        self.items: Items = items_of(candidates, self.model)
        rows = self.model.rows
        self.cost: Floats = np.array(self.model.cost, dtype=np.float64)
        self.lower, self.upper = np.array(self.model.lower), np.array(self.model.upper)
        self.row_lower, self.row_upper = np.array(rows.lower), np.array(rows.upper)
        self.entry_row = np.repeat(np.arange(len(rows.lower)), np.diff(rows.first))
        self.entry_column = np.array(rows.column, dtype=np.int64)
        self.entry_weight = np.array(rows.weight)
        order = np.argsort(self.entry_column, kind="stable")
        self.by_column = (self.entry_row[order], self.entry_weight[order])
        self.column_first = np.searchsorted(self.entry_column[order], np.arange(len(self.cost) + 1))
        is_item = np.zeros(len(self.cost), dtype=np.bool_)
        is_item[self.items.column] = True
        self.others: Ints = np.flatnonzero(~is_item & (self.upper > 0))
        """Columns that are nobody's: visits served, requests reached, ages together."""
        self.owner: Ints = np.repeat(np.arange(len(self.items.is_new)), np.diff(self.items.first))
        busy = np.flatnonzero(np.diff(self.items.first) > 0)
        self.person_row = {int(person): len(rows.lower) + place for place, person in enumerate(busy)}
        self.pool: dict[Schedule, int] = {}
        """Schedule -> its place among the schedules of the linear programme."""
        self.worths: list[float] = []
        self.best: Priced | None = None
        self.rounds = 0

    def converge(self, start: Iterable[Schedule], deadline: float) -> bool:
        """Generates schedules until the prices are the best there are. False when time or rounds ran out."""
        programme = self._programme()
        self._add(programme, start)
        self._add(programme, self._single_visits())
        while self.rounds < MOST_ROUNDS:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            programme.setOptionValue("time_limit", programme.getRunTime() + left)
            programme.run()
            if programme.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return False
            value = float(programme.getInfo().objective_function_value)
            prices = np.array(programme.getSolution().row_dual)[: len(self.row_lower)]
            trials = [prices] if self.best is None else [0.5 * (prices + self.best.prices), prices]
            added = 0
            for trial in trials:
                priced = self.price(trial)
                if self.best is None or priced.bound < self.best.bound:
                    self.best = priced
                added += self._add(programme, schedules_in(priced.schedules))
            self.rounds += 1
            if self.best is not None and (not added or self.best.bound - value < LEAST_GAIN):
                return True
        return False

    def price(self, prices: Floats) -> Priced:
        """What these prices prove, after rounding them and giving each the sign its row allows."""
        prices = np.round(prices * PRICE_STEPS) / PRICE_STEPS
        prices = np.where(np.isinf(self.row_upper), np.minimum(prices, 0.0), prices)
        prices = np.where(np.isinf(self.row_lower), np.maximum(prices, 0.0), prices)
        spent = np.bincount(
            self.entry_column, weights=self.entry_weight * prices[self.entry_row], minlength=len(self.cost)
        )
        reduced: Floats = self.cost - spent.astype(np.float64)
        profit = np.ascontiguousarray(reduced[self.items.column])
        schedules = best_schedules(self.items, profit)
        if not schedules.complete:
            return Priced(float("inf"), prices, profit, schedules)
        loose = reduced[self.others]
        bound = schedules.best.sum()
        bound += np.maximum(loose * self.upper[self.others], loose * self.lower[self.others]).sum()
        paid = np.where(prices > 0, self.row_upper, self.row_lower)
        bound += (prices * np.where(prices == 0, 0.0, paid)).sum()
        return Priced(float(bound), prices, profit, schedules)

    def certificate(self) -> dict[str, Any]:
        """The prices of the best bound, by the names of the rows, for a referee who has no solver."""
        if self.best is None:
            return {}
        prices = (self.best.prices * PRICE_STEPS).astype(np.int64).tolist()
        rows = [[*label, price] for label, price in zip(self.model.rows.label, prices, strict=True) if price]
        return {"method": "prices", "steps": int(PRICE_STEPS), "rows": sorted(rows, key=str)}

    def widen(self, within: float, most: int) -> bool:
        """Takes every schedule into the pool that costs less than `within` at the best prices; False if too many."""
        if self.best is None:
            return False
        above = self.best.schedules.best - within
        found = good_schedules(self.items, self.best.profit, above, most)
        for schedule in schedules_in(found):
            self._remember(schedule)
        return found.complete

    def whole_program(self) -> Program:
        """The integer programme over the schedules of the pool."""
        schedules = list(self.pool)
        lengths = []
        rows: list[Ints] = []
        weights: list[Floats] = []
        for column in self.others:
            here = slice(self.column_first[column], self.column_first[column + 1])
            rows.append(self.by_column[0][here])
            weights.append(self.by_column[1][here])
            lengths.append(len(rows[-1]))
        for schedule in schedules:
            row, weight = self._entries(schedule)
            rows.append(row)
            weights.append(weight)
            lengths.append(len(row))
        total = len(self.row_lower) + len(self.person_row)
        row_of = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
        column_of = np.repeat(np.arange(len(lengths)), lengths)
        order = np.argsort(row_of, kind="stable")
        whole = np.array(
            [*(self.model.whole[c] for c in self.others), *(True for _ in schedules)], dtype=np.bool_
        )
        return Program(
            cost=np.concatenate([self.cost[self.others], np.array(self.worths)]),
            lower=np.concatenate([self.lower[self.others], np.zeros(len(schedules))]),
            upper=np.concatenate([self.upper[self.others], np.ones(len(schedules))]),
            whole=whole,
            row_lower=np.concatenate([self.row_lower, np.full(len(self.person_row), -np.inf)]),
            row_upper=np.concatenate([self.row_upper, np.ones(len(self.person_row))]),
            first=np.searchsorted(row_of[order], np.arange(total + 1)).astype(np.int32),
            column=column_of[order].astype(np.int32),
            weight=np.concatenate(weights)[order] if weights else np.zeros(0),
        )

    def start_of(self, schedules: Iterable[Schedule]) -> dict[int, float]:
        """A plan of whole schedules as a start of `whole_program`."""
        chosen = set(schedules)
        return {len(self.others) + place: float(schedule in chosen) for schedule, place in self.pool.items()}

    def columns_of_solution(self, solution: Floats) -> Floats:
        """A solution of `whole_program` as columns of the team model."""
        columns = np.zeros(len(self.cost))
        columns[self.others] = solution[: len(self.others)]
        for (_, items), used in zip(self.pool, solution[len(self.others) :], strict=True):
            if used > 0.5:
                columns[self.items.column[list(items)]] = 1.0
        return columns

    def schedules_of(self, columns: Floats) -> list[Schedule]:
        """The schedules in which the items of chosen columns of the team model lie."""
        chosen: dict[int, list[int]] = {}
        for item in np.flatnonzero(columns[self.items.column] > 0.5):
            chosen.setdefault(int(self.owner[item]), []).append(int(item))
        return [(person, tuple(items)) for person, items in sorted(chosen.items())]

    def worth(self, schedule: Schedule) -> float:
        """What a schedule adds by itself: its seats, continuity, a newcomer's first seat, the load."""
        person, items = schedule
        total = float(self.cost[self.items.column[list(items)]].sum())
        seats = [item for item in items if self.items.kind[item] != SHADOW]
        visits = {int(self.items.visit[item]) for item in seats}
        total += POLICY.continuity * sum(int(self.items.after[visit]) in visits for visit in visits)
        if seats and self.items.is_new[person]:
            total += POLICY.first_seat
        return total - POLICY.further_seat * (len(seats) * (len(seats) - 1) // 2)

    def _programme(self) -> highspy.Highs:
        """The linear programme without schedules."""
        programme = SilentHighs()  # type: ignore[no-untyped-call]  # highspy annotates in part
        programme.setOptionValue("threads", 1)
        programme.changeObjectiveSense(highspy.ObjSense.kMaximize)
        rows = len(self.row_lower) + len(self.person_row)
        nothing = np.zeros(0, dtype=np.int32)
        programme.addRows(
            rows,
            np.concatenate([self.row_lower, np.full(len(self.person_row), -np.inf)]),
            np.concatenate([self.row_upper, np.ones(len(self.person_row))]),
            0,
            np.zeros(rows, dtype=np.int32),
            nothing,
            np.zeros(0),
        )
        entries = [
            (
                self.by_column[0][self.column_first[column] : self.column_first[column + 1]],
                self.by_column[1][self.column_first[column] : self.column_first[column + 1]],
            )
            for column in self.others
        ]
        _add_columns(
            programme, self.cost[self.others], self.lower[self.others], self.upper[self.others], entries
        )
        return programme

    def _single_visits(self) -> list[Schedule]:
        """For each option the visits of the people who suit it best, one visit each."""
        by_option: dict[int, list[tuple[float, int]]] = {}
        for item in range(len(self.items.column)):
            gain = (
                self.cost[self.items.column[item]] + POLICY.first_seat * self.items.is_new[self.owner[item]]
            )
            by_option.setdefault(int(self.items.option[item]), []).append((-gain, item))
        return [
            (int(self.owner[item]), (item,))
            for choices in by_option.values()
            for _, item in sorted(choices)[:FIRST_CHOICES]
        ]

    def _remember(self, schedule: Schedule) -> bool:
        """Takes a schedule into the pool; False when it is there."""
        if schedule in self.pool:
            return False
        self.pool[schedule] = len(self.pool)
        self.worths.append(self.worth(schedule))
        return True

    def _add(self, programme: highspy.Highs, schedules: Iterable[Schedule]) -> int:
        """Takes new schedules into the linear programme; how many were new."""
        new = [schedule for schedule in schedules if self._remember(schedule)]
        worths = np.array(self.worths[len(self.worths) - len(new) :])
        entries = [self._entries(schedule) for schedule in new]
        _add_columns(programme, worths, np.zeros(len(new)), np.ones(len(new)), entries)
        return len(new)

    def _entries(self, schedule: Schedule) -> tuple[Ints, Floats]:
        person, items = schedule
        merged: dict[int, float] = {self.person_row[person]: 1.0}
        for item in items:
            column = self.items.column[item]
            for entry in range(int(self.column_first[column]), int(self.column_first[column + 1])):
                row = int(self.by_column[0][entry])
                merged[row] = merged.get(row, 0.0) + float(self.by_column[1][entry])
        return np.fromiter(merged.keys(), dtype=np.int64), np.fromiter(merged.values(), dtype=np.float64)


def schedules_in(found: Schedules) -> list[Schedule]:
    """The schedules of a search, each with its items ascending."""
    items = found.item.tolist()
    first = found.first.tolist()
    return [
        (person, tuple(sorted(items[first[place] : first[place + 1]])))
        for place, person in enumerate(found.owner.tolist())
    ]


def _add_columns(
    programme: highspy.Highs, cost: Floats, lower: Floats, upper: Floats, entries: list[tuple[Ints, Floats]]
) -> None:
    if not len(cost):
        return
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum([len(rows) for rows, _ in entries])])
    programme.addCols(
        len(cost),
        cost,
        lower,
        upper,
        int(starts[-1]),
        starts[:-1].astype(np.int32),
        np.concatenate([rows for rows, _ in entries]).astype(np.int32),
        np.concatenate([weights for _, weights in entries]),
    )

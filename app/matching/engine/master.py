"""The linear programme over the schedules found so far: it proposes prices, and volunteers answer with schedules."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

import highspy
import numpy as np

from app.matching.engine.columns import Ints
from app.matching.engine.decomposition import Decisions, Decomposition, Priced, spend
from app.matching.engine.highs import SilentHighs
from app.matching.engine.model import NUMBERS, Numbers, Smalls
from app.matching.engine.schedules import NOTHING, Floats, Schedules

FIRST_CHOICES = 4
"""How many people's single visits each option starts with."""
MOST_ROUNDS = 200
LEAST_GAIN = 0.5
PATIENCE = 1.0
"""Seconds that the solver is given beyond its time."""
PENALTY = 1e6
"""What breaking a row by one costs, so that the linear programme always has a solution."""
TINY = 1e-6
SOLVED = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
WHEN_BROKEN = ("joins", "between", "household", "shadow_household")
"""Families of rows, one or more for each seat, that stand in the linear programme once a solution breaks them."""


class Master:
    """The linear programme of a decomposition, with the schedules known and the decisions it stands under."""

    def __init__(self, decomposition: Decomposition) -> None:
        self.of = decomposition
        rows, model = len(decomposition.row_lower), decomposition.model
        waits = np.isin(model.rows.family, [NUMBERS[family] for family in WHEN_BROKEN])
        standing = np.flatnonzero(~waits)
        self.place_of_row: Ints = np.full(rows, -1, dtype=np.int64)
        """[row]: its number in the linear programme, -1 while it is not there."""
        self.place_of_row[standing] = np.arange(len(standing))
        self.person_row: Ints = np.full(len(decomposition.items.is_new), -1, dtype=np.int64)
        """[volunteer]: the number of the row by which they hold one schedule, -1 while it is not there."""
        of_model = model.rows
        self.by_column = Weights(of_model.column, of_model.row, of_model.weight)
        self.by_option = Weights(of_model.team_option, of_model.team_row, of_model.team_weight)
        self.known = Known()
        self.places: dict[int, list[int]] = {}
        """Volunteer -> places of their schedules."""
        self.best = Priced(math.inf, np.zeros(rows), NOTHING)
        self.column_of: Ints = np.zeros(0, dtype=np.int64)
        """[place of a schedule]: its column in the linear programme."""
        self.excused: set[int] = set()
        """Volunteers who may stay without a schedule that is due, at a price."""
        self.values: Floats = np.zeros(0)
        """[column of the linear programme]: its value when it was last solved."""
        self.is_left = False
        """Whether the solver did not come back in time: then it is not asked again."""
        self.highs = self._programme(standing)
        self.add(decomposition.single_visits(FIRST_CHOICES))

    def enter(self, decisions: Decisions, prices: Floats, deadline: float, enough: float) -> bool:
        """Solves the linear programme under these decisions, from these prices on.

        Ends as soon as the bound lies below `enough`. False when time or rounds ran out.
        """
        if self.is_left:
            return False
        self._decide(decisions)
        self.best = self.of.price(prices)
        self.add(self.best.answers)
        return self.best.bound < enough or self.converge(deadline, enough)

    def converge(
        self, deadline: float, enough: float = -math.inf, progress: Callable[[int, float], None] | None = None
    ) -> bool:
        """Generates schedules until the prices are the best there are, or prove a bound below `enough`.

        `progress` hears after each round how many there were, and the bound. False when time or rounds ran out.
        """
        for round_number in range(1, MOST_ROUNDS + 1):
            if not self._solved(deadline):
                return False
            solution = self.highs.getSolution()
            self.values, dual = np.array(solution.col_value), np.array(solution.row_dual)
            value = self.value
            prices = np.where(self.place_of_row >= 0, dual[self.place_of_row], 0.0)
            mended = self._mend()
            trials = [prices] if math.isinf(self.best.bound) else [0.5 * (prices + self.best.prices), prices]
            added = 0
            for trial in trials:
                priced = self.of.price(trial)
                added += self.add(priced.answers)
                if priced.bound < self.best.bound:
                    self.best = priced
                if self.best.bound < enough:
                    return True
            if progress is not None:
                progress(round_number, self.best.bound)
            if not mended and (not added or self.best.bound - value < LEAST_GAIN):
                return True
        return False

    def _solved(self, deadline: float) -> bool:
        """Whether the linear programme was solved by the deadline.

        The solver looks at the clock seldom: when it does not come back soon after its time, it is left to itself.
        """
        left = deadline - time.monotonic()
        if left <= 0 or self.is_left:
            return False
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
        worker = Thread(target=self.highs.run, daemon=True)
        worker.start()
        worker.join(left + PATIENCE)
        self.is_left = worker.is_alive()
        return not self.is_left and self.highs.getModelStatus() in SOLVED

    def columns(self) -> Floats:
        """[column of the team model]: its value in the last solution of the linear programme."""
        columns = np.zeros(len(self.of.cost))
        if not len(self.values):
            return columns
        columns[self.of.others] = self.values[: len(self.of.others)]
        held = self._held()
        used = np.flatnonzero(held > TINY)
        item, size = self.known.items_of(used)
        held = np.repeat(held[used], size)
        columns += np.bincount(self.of.items.column[item], weights=held, minlength=len(columns))
        return columns

    def _held(self) -> Floats:
        """[place of a schedule]: its value in the last solution, 0 for what was found since."""
        held = np.zeros(len(self.column_of))
        asked = self.column_of < len(self.values)
        held[asked] = self.values[self.column_of[asked]]
        return held

    def broken(self) -> list[int]:
        """The columns of the team model that are neither 0 nor 1, visits served before seats, the halves first."""
        values = self.columns()
        halves = np.flatnonzero((values > TINY) & (values < 1 - TINY)).tolist()
        is_item = self.of.item_of[halves] >= 0
        visits = [column for column, item in zip(halves, is_item, strict=True) if not item]
        seats = [column for column, item in zip(halves, is_item, strict=True) if item]
        return [
            column
            for group in ([column for column in visits if self.of.model.whole[column]], seats)
            for column in sorted(
                group, key=lambda c: (round(abs(float(values[c]) - 0.5), 6), -self.of.cost[c], c)
            )
            if not self.of.is_pinned(column)
        ]

    @property
    def value(self) -> float:
        """What the linear programme was worth when it was last solved."""
        return float(self.highs.getInfo().objective_function_value)

    def probe(self, column: int, before: float, deadline: float) -> tuple[float, float]:
        """How much the linear programme, worth `before`, loses without new schedules by 0 and by 1 in a column.

        It is left under the decisions it stood under, unsolved.
        """
        decisions = dict(self.of.decisions)
        losses = []
        for value in (0, 1):
            self._decide({**decisions, column: value})
            losses.append(max(0.0, before - self.value) if self._solved(deadline) else 0.0)
        self._decide(decisions)
        return losses[0], losses[1]

    def solution(self) -> Floats:
        """The columns of the team model, rounded to what is more than a half."""
        return (self.columns() > 0.5).astype(np.float64)

    def add(self, found: Schedules) -> int:
        """Takes new schedules into the linear programme; how many were new."""
        new = self.known.add(found)
        if not len(new):
            return 0
        begin = len(self.known) - len(new)
        for place, owner in enumerate(found.owner[new].tolist(), start=begin):
            self.places.setdefault(owner, []).append(place)
        places = np.arange(begin, len(self.known))
        item, size = self.known.items_of(places)
        schedule = np.repeat(np.arange(len(places)), size)
        entry, row, weight = self._entries(item)
        count = len(places)
        owner_row = self.person_row[found.owner[new]]
        owned = np.flatnonzero(owner_row >= 0)
        schedule, row, weight = summed(
            np.concatenate([schedule[entry], owned]),
            np.concatenate([self.place_of_row[row], owner_row[owned]]),
            np.concatenate([weight, np.ones(len(owned))]),
        )
        allowed = np.ones(count)
        if self.of.decisions:
            allowed = np.array(
                [self._may(int(found.owner[k]), place) for k, place in zip(new, places.tolist(), strict=True)]
            )
        self.column_of = np.concatenate([self.column_of, self.highs.getNumCol() + np.arange(count)])
        self.highs.addCols(
            count, found.worth[new], np.zeros(count), allowed.astype(np.float64), len(row),
            np.searchsorted(schedule, np.arange(count)).astype(np.int32), row.astype(np.int32), weight,
        )  # fmt: skip
        return count

    def _entries(self, item: Ints | Numbers) -> tuple[Ints, Ints, Floats]:
        """(position in `item`, row of the team model, weight) of what items weigh in the rows that stand."""
        column = self.of.items.column[item]
        position, row, weight = self.by_column.at(column)
        seat = np.flatnonzero(column < len(self.of.model.seat_option))
        teams, team_row, team_weight = self.by_option.at(self.of.model.seat_option[column[seat]])
        position = np.concatenate([position, seat[teams]])
        row, weight = np.concatenate([row, team_row]), np.concatenate([weight, team_weight])
        stands = self.place_of_row[row] >= 0
        return position[stands], row[stands], weight[stands]

    def _mend(self) -> int:
        """Takes rows into the linear programme that its solution breaks; how many."""
        held = self._held()
        used = np.flatnonzero(held > TINY)
        item, size = self.known.items_of(used)
        owner = self.of.owner(item[np.cumsum(size) - size])
        busy = np.bincount(owner, weights=held[used], minlength=len(self.person_row))
        people = np.flatnonzero((busy > 1 + TINY) & (self.person_row < 0))
        self._take_people(people)
        return len(people) + self._mend_teams()

    def _take_people(self, people: Ints) -> None:
        """These hold at most one schedule each."""
        if not len(people):
            return
        places = [self.places.get(person, []) for person in people.tolist()]
        size = np.array([len(mine) for mine in places])
        column = self.column_of[np.array([place for mine in places for place in mine], dtype=np.int64)]
        self.person_row[people] = self.highs.getNumRow() + np.arange(len(people))
        self.highs.addRows(
            len(people), np.full(len(people), -np.inf), np.ones(len(people)), len(column),
            (np.cumsum(size) - size).astype(np.int32), column.astype(np.int32), np.ones(len(column)),
        )  # fmt: skip

    def _mend_teams(self) -> int:
        rows, of = self.of.model.rows, self.of
        values = self.columns()
        held = np.zeros(len(of.row_upper))
        spend(held, rows.row, rows.column, rows.weight, values)
        seats = of.model.seat_option
        teams = np.bincount(seats, weights=values[: len(seats)], minlength=len(of.model.served))
        spend(held, rows.team_row, rows.team_option, rows.team_weight, teams.astype(np.float64))
        broken = np.flatnonzero((self.place_of_row < 0) & (held > of.row_upper + TINY))
        if not len(broken):
            return 0
        first = self.highs.getNumRow()
        before = self.place_of_row
        self.place_of_row = np.full(len(before), -1, dtype=np.int64)
        self.place_of_row[broken] = np.arange(len(broken))
        entry, row, weight = self._entries(self.known.item)
        others, other_row, other_weight = self.by_column.at(of.others)
        here = self.place_of_row[other_row] >= 0
        place = np.concatenate([self.place_of_row[row], self.place_of_row[other_row[here]]])
        column = np.concatenate([self.column_of[self.known.place_of_item[entry]], others[here]])
        place, column, weight = summed(place, column, np.concatenate([weight, other_weight[here]]))
        self.highs.addRows(
            len(broken), of.row_lower[broken], of.row_upper[broken], len(column),
            np.searchsorted(place, np.arange(len(broken))).astype(np.int32), column.astype(np.int32), weight,
        )  # fmt: skip
        before[broken] = first + np.arange(len(broken))
        self.place_of_row = before
        return len(broken)

    def _decide(self, decisions: Decisions) -> None:
        if self.is_left:
            return
        people: set[int] = set()
        for column in self.of.decide(decisions):
            if self.of.item_of[column] >= 0:
                people.add(int(self.of.owner(np.array([self.of.item_of[column]]))[0]))
            else:
                self.highs.changeColBounds(
                    int(np.searchsorted(self.of.others, column)),
                    float(self.of.lower[column]),
                    float(self.of.upper[column]),
                )
        for person in sorted(people):
            self._keep_to_decisions(person)

    def _keep_to_decisions(self, person: int) -> None:
        """Lets a volunteer have only the schedules that the decisions allow, and one of them where one is due."""
        first, last = self.of.items.first[person], self.of.items.first[person + 1]
        must = bool((self.of.fixed[first:last] > 0).any())
        if self.person_row[person] < 0:
            self._take_people(np.array([person]))
        row = int(self.person_row[person])
        if must and person not in self.excused:
            self.excused.add(person)
            _add_slack(self.highs, np.array([row]), np.ones(1))
        self.highs.changeRowBounds(row, 1.0 if must else -math.inf, 1.0)
        for place in self.places.get(person, ()):
            self.highs.changeColBounds(int(self.column_of[place]), 0.0, float(self._may(person, place)))

    def _may(self, person: int, place: int) -> bool:
        """Whether a schedule keeps what is decided."""
        mine = self.of.fixed[self.of.items.first[person] : self.of.items.first[person + 1]]
        here = self.of.fixed[self.known.items_of(np.array([place]))[0]]
        return bool((here >= 0).all() and (here > 0).sum() == (mine > 0).sum())

    def _programme(self, standing: Ints) -> highspy.Highs:
        """The linear programme without schedules. Every row of teams may be broken, at a price."""
        highs = SilentHighs()  # type: ignore[no-untyped-call]  # highspy annotates in part
        highs.setOptionValue("threads", 1)
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        of = self.of
        rows = len(standing)
        lower, upper = of.row_lower[standing], of.row_upper[standing]
        nothing = np.zeros(0, dtype=np.int32)
        highs.addRows(rows, lower, upper, 0, np.zeros(rows, dtype=np.int32), nothing, np.zeros(0))
        other, row, weight = self.by_column.at(of.others)
        here = self.place_of_row[row] >= 0
        other, row, weight = summed(other[here], self.place_of_row[row[here]], weight[here])
        least: Floats = of.lower[of.others].astype(np.float64)
        most: Floats = of.upper[of.others].astype(np.float64)
        _add(highs, of.cost[of.others], least, most, other, row, weight)
        short, long = np.flatnonzero(~np.isinf(lower)), np.flatnonzero(lower == upper)
        _add_slack(highs, short, np.ones(len(short)))
        _add_slack(highs, long, -np.ones(len(long)))
        return highs


@dataclass(frozen=True, slots=True)
class Weights:
    """Rows and weights by what they weigh, which ascends."""

    weighed: Numbers
    row: Numbers
    weight: Smalls

    def at(self, weighed: Ints | Numbers) -> tuple[Ints, Ints, Floats]:
        """(position in `weighed`, row, weight) of every entry of these."""
        sought = weighed.astype(np.int32)
        first = np.searchsorted(self.weighed, sought)
        size = np.searchsorted(self.weighed, sought, side="right") - first
        entry = _spread(first, size)
        position = np.repeat(np.arange(len(weighed)), size)
        return position, self.row[entry].astype(np.int64), self.weight[entry].astype(np.float64)


class Known:
    """Schedules in the order in which they were found, each once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._first = [np.zeros(1, dtype=np.int64)]
        self._items: list[Numbers] = [np.zeros(0, dtype=np.int32)]

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def first(self) -> Ints:
        """Where the items of each begin, and where the last end."""
        if len(self._first) > 1:
            self._first = [np.concatenate(self._first)]
        return self._first[0]

    @property
    def item(self) -> Numbers:
        """The items of all, one schedule after the other, ascending in each."""
        if len(self._items) > 1:
            self._items = [np.concatenate(self._items)]
        return self._items[0]

    @property
    def place_of_item(self) -> Ints:
        """[position in `item`]: the schedule to which it belongs."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    def items_of(self, places: Ints) -> tuple[Ints, Ints]:
        """The items of these schedules one after the other, and how many each has."""
        size = self.first[places + 1] - self.first[places]
        return self.item[_spread(self.first[places], size)].astype(np.int64), size

    def add(self, found: Schedules) -> Ints:
        """Takes in what is new; its numbers in `found`."""
        size = np.diff(found.first)
        order = np.lexsort((found.item, np.repeat(np.arange(len(found)), size)))
        item = found.item[order].astype(np.int32)
        text, ends = item.tobytes(), (found.first * item.itemsize).tolist()
        new = []
        for number in range(len(found)):
            key = text[ends[number] : ends[number + 1]]
            if key not in self._seen:
                self._seen.add(key)
                new.append(number)
        taken = np.array(new, dtype=np.int64)
        self._items.append(item[_spread(found.first[taken], size[taken])])
        ends = self.first[-1] + np.cumsum(size[taken])
        self._first.append(ends)
        return taken


def summed(major: Ints, minor: Ints, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Weights of (major, minor) in that order, each place once; those of one place added up."""
    order = np.lexsort((minor, major))
    major, minor, weight = major[order], minor[order], weight[order]
    if not len(order):
        return major, minor, weight
    begins = np.flatnonzero(np.append(True, (np.diff(major) != 0) | (np.diff(minor) != 0)))
    return major[begins], minor[begins], np.add.reduceat(weight, begins)


def _spread(first: Ints, lengths: Ints) -> Ints:
    """first[0], first[0] + 1, ... (lengths[0] of them), then the same for the next."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    spread: Ints = np.arange(total) + np.repeat(first - (ends - lengths), lengths)
    return spread


def _add_slack(highs: highspy.Highs, row: Ints, weight: Floats) -> None:
    """A column for each row by which it may be broken, at a price."""
    count = len(row)
    most = np.full(count, np.inf)
    _add(highs, np.full(count, -PENALTY), np.zeros(count), most, np.arange(count), row, weight)


def _add(
    highs: highspy.Highs,
    cost: Floats,
    lower: Floats,
    upper: Floats,
    column: Ints,
    row: Ints,
    weight: Floats,
) -> None:
    """New columns, with their weights in order of the columns."""
    if len(cost):
        starts = np.searchsorted(column, np.arange(len(cost)))
        highs.addCols(
            len(cost), cost, lower, upper, len(row), starts.astype(np.int32), row.astype(np.int32), weight
        )

"""The integer model of teams, as arrays: a column for each seat, rows for what visits ask and terms as costs.

Who may take what time is left to schedules. A pinned seat has a column too: it counts exactly when its visit is
served, and takes no time (the pins' time is already gone).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Bools, Ints
from app.matching.engine.policy import POLICY
from app.matching.engine.policy import served as served_amount
from app.matching.engine.rows import ADULT_AGE
from app.matching.engine.rules import broken_team_rules

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]
Smalls = NDArray[np.int8]
Label = tuple[str | int, ...]
INFINITY = float("inf")
MOST_BETWEEN = 3
"""Up to so many seats a visit the rows of those who are neither older nor younger are worth their room."""
MOST_TIGHTENED = 60_000
"""Up to so many pairs the rows of single people in a team, which only tighten, are worth their room."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "seats": ("place",),
    "least": ("place",),
    "most": ("place",),
    "experienced": ("place",),
    "first_visit": ("place",),
    "companion": ("place", "person"),
    "adult": ("place",),
    "household": ("place", "person", "other"),
    "older": ("place",),
    "younger": ("place",),
    "together": ("place",),
    "joins": ("place", "person"),
    "between": ("place", "person"),
    "beside": ("place",),
    "pinned": ("visit", "person"),
    "options": ("visit",),
    "request": ("request",),
    "shadow": ("entry", "place"),
    "entry": ("entry",),
    "shadow_household": ("entry", "place"),
    "urgent": (),
}
"""The families of rows, and what names a row of each in a certificate."""
NAMES = tuple(FAMILIES)
NUMBERS = {family: number for number, family in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a linear model, each lower <= sum of weight x column <= upper.

    A row weighs single columns (`column`, `row`, `weight`: one entry each, by column), and all seats of an option alike
    (`team_option`, `team_row`, `team_weight`, by option). Weights of one column in one row add up.
    """

    lower: Floats
    upper: Floats
    column: Numbers
    row: Numbers
    weight: Smalls
    team_option: Numbers
    team_row: Numbers
    team_weight: Smalls
    family: Smalls
    option: Numbers
    person: Numbers
    other: Numbers
    """[row]: what it is about, -1 for nothing: `other` is a second person or an entry."""

    def __len__(self) -> int:
        return len(self.lower)


@dataclass(frozen=True, slots=True)
class Model:
    """Maximise cost x value of the columns, each from 0 to 1 unless fixed, within the rows."""

    candidates: Candidates
    cost: Floats
    lower: Smalls
    upper: Smalls
    whole: Bools
    rows: Rows
    seat_option: Numbers
    seat_person: Numbers
    """[seat]: the first columns are seats, the open pairs by their numbers, then the pinned ones that may count."""
    served: Ints
    """[option]: the column that says the visit is served at it, -1 when it cannot be."""
    shadow_columns: dict[int, int]
    """Number of a shadow seat -> its column."""
    urgent_columns: Ints

    @property
    def pairs(self) -> int:
        """How many columns are open pairs."""
        return len(self.candidates.pairs.option)

    def label(self, row: int) -> Label:
        """The name of a row in a certificate: its family, then what it is about."""
        columns, rows = self.candidates.columns, self.rows
        family = NAMES[rows.family[row]]
        option, person, other = int(rows.option[row]), int(rows.person[row]), int(rows.other[row])
        label: list[str | int] = [family]
        for part in FAMILIES[family]:
            if part == "place":
                label.extend(place_of(self.candidates, option))
            elif part == "visit":
                label.append(columns.visits[int(columns.visit_of[option])].id)
            elif part == "person":
                label.append(columns.roster.ids[person])
            elif part == "other":
                label.append(columns.roster.ids[other])
            elif part == "request":
                label.append(columns.visits[int(columns.visit_of[option])].request)
            else:
                label.append(other)
        return tuple(label)


def place_of(candidates: Candidates, option: int) -> tuple[str, int]:
    """(visit id, index of the option)."""
    columns = candidates.columns
    visit = int(columns.visit_of[option])
    return columns.visits[visit].id, option - int(columns.first_option[visit])


class _Draft:
    """Columns and rows as they are added, in pieces."""

    def __init__(self) -> None:
        self.columns = self.rows = 0
        self.cost: list[Floats] = []
        self.lower: list[Smalls] = []
        self.upper: list[Smalls] = []
        self.whole: list[Bools] = []
        self.row_parts: list[list[NDArray[Any]]] = []
        self.entries: list[list[NDArray[Any]]] = []
        self.team_entries: list[list[NDArray[Any]]] = []

    def add_columns(self, cost: Floats, upper: ArrayLike = 1, *, whole: bool = False) -> Ints:
        """New columns from 0 to `upper`; their numbers."""
        count = len(cost)
        self.cost.append(cost)
        self.lower.append(np.zeros(count, dtype=np.int8))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.int8), count))
        self.whole.append(np.full(count, whole))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def add_rows(
        self,
        family: str,
        option: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
        person: ArrayLike = -1,
        other: ArrayLike = -1,
    ) -> Ints:
        """New rows of a family, one for each option; their numbers."""
        option = np.atleast_1d(option)
        parts = (
            (lower, np.float64),
            (upper, np.float64),
            (NUMBERS[family], np.int8),
            (option, np.int32),
            (person, np.int32),
            (other, np.int32),
        )
        count = len(option)
        self.row_parts.append([np.broadcast_to(np.asarray(part, dtype=kind), count) for part, kind in parts])
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def weigh(self, row: ArrayLike, column: ArrayLike, weight: ArrayLike) -> None:
        """Weights of single columns in rows."""
        self.entries.append(_entries(column, row, weight))

    def weigh_teams(self, row: ArrayLike, option: ArrayLike, weight: ArrayLike) -> None:
        """Weights of all seats of an option in rows."""
        self.team_entries.append(_entries(option, row, weight))

    def all_rows(self) -> Rows:
        """The rows; once."""
        lower, upper, family, option, person, other = _joined(self.row_parts)
        self.row_parts.clear()
        column, row, weight = _sorted(self.entries)
        team_option, team_row, team_weight = _sorted(self.team_entries)
        return Rows(
            lower,
            upper,
            column,
            row,
            weight,
            team_option,
            team_row,
            team_weight,
            family,
            option,
            person,
            other,
        )


def _entries(weighed: ArrayLike, row: ArrayLike, weight: ArrayLike) -> list[NDArray[Any]]:
    parts = np.broadcast_arrays(weighed, np.atleast_1d(row), weight)
    return [part.astype(kind) for part, kind in zip(parts, (np.int32, np.int32, np.int8), strict=True)]


def _joined(pieces: list[list[NDArray[Any]]]) -> list[NDArray[Any]]:
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]


def _sorted(pieces: list[list[NDArray[Any]]]) -> list[NDArray[Any]]:
    """The entries in the order of what they weigh; the pieces are given up."""
    joined = _joined(pieces)
    pieces.clear()
    order = np.argsort(joined[0], kind="stable").astype(np.int32)
    return [part[order] for part in joined]


@dataclass(frozen=True, slots=True)
class _Asked:
    """[option]: what its visit asks."""

    least: Ints
    most: Ints
    experienced: Ints
    at_home: Bools
    first_visit: Bools
    amount: Ints


class TeamModel:
    """Adds one family of rows after another, with every open pair."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates, self.columns = candidates, candidates.columns
        self.draft = _Draft()
        self.asked = self._asked()
        self.can_serve = self._can_serve()
        pinned = [
            (visit, person)
            for visit, people in sorted(candidates.pinned_people.items())
            for person in people
            if self.can_serve[candidates.pinned_option[visit]]
        ]
        options = [int(candidates.pinned_option[visit]) for visit, _ in pinned]
        pairs = candidates.pairs
        people = [person for _, person in pinned]
        self.option: Numbers = np.concatenate([pairs.option, np.array(options, dtype=np.int32)])
        self.person: Numbers = np.concatenate([pairs.volunteer, np.array(people, dtype=np.int32)])
        amounts = [float(candidates.pinned_amounts[place]) for place in pinned]
        cost = np.concatenate([candidates.amounts.astype(np.float64), np.array(amounts)])
        cost += POLICY.seat_above_min
        self.seats = self.draft.add_columns(cost, self.can_serve[self.option], whole=True)
        self.draft.whole[-1][len(pairs.option) :] = False
        self.served: Ints = np.full(len(self.columns.visit_of), -1, dtype=np.int64)
        where = np.flatnonzero(self.can_serve)
        alone = self.asked.amount[where] - POLICY.seat_above_min * self.asked.least[where]
        self.served[where] = self.draft.add_columns(alone.astype(np.float64), whole=True)
        self.draft.lower[-1][:] = self._pins_suffice(where)
        self.is_open: Bools = self.can_serve[self.option]

    def build(self) -> Model:
        """The model; once."""
        self._numbers_of_seats()
        self._experience()
        self._adults()
        self._households()
        self._joins(self._ages_together())
        self._pinned()
        self._options_and_requests()
        shadow_columns = self._shadows()
        draft = self.draft
        is_urgent = np.array([visit.urgent for visit in self.columns.visits], dtype=np.bool_)
        urgent = self.served[self.can_serve & is_urgent[self.columns.visit_of]]
        draft.weigh(draft.add_rows("urgent", -1, -INFINITY, INFINITY), urgent, 1)
        return Model(
            candidates=self.candidates,
            cost=np.concatenate(draft.cost),
            lower=np.concatenate(draft.lower),
            upper=np.concatenate(draft.upper),
            whole=np.concatenate(draft.whole),
            rows=draft.all_rows(),
            seat_option=self.option,
            seat_person=self.person,
            served=self.served,
            shadow_columns=shadow_columns,
            urgent_columns=urgent,
        )

    def _asked(self) -> _Asked:
        visits = self.columns.visits
        numbers = np.array(
            [
                (*v.seats, v.experienced, v.at_home, v.at_home and v.first_visit, served_amount(v))
                for v in visits
            ],
            dtype=np.int64,
        ).reshape(-1, 6)[self.columns.visit_of]
        least, most, experienced, at_home, first_visit, amount = numbers.T
        return _Asked(least, most, experienced, at_home > 0, first_visit > 0, amount)

    def _can_serve(self) -> Bools:
        """[option]: whether it has as many people as its visit needs, and the pins are at no other option."""
        held = self.candidates.pinned_option[self.columns.visit_of]
        people = np.diff(self.candidates.pairs.first)
        for visit, pinned in self.candidates.pinned_people.items():
            people[self.candidates.pinned_option[visit]] += len(pinned)
        can: Bools = (people >= self.asked.least) & ((held < 0) | (held == np.arange(len(held))))
        return can

    def _pins_suffice(self, options: Ints) -> Bools:
        """Whether the pinned seats alone serve the visit: then it is served, wanted or not."""
        suffice = np.zeros(len(self.columns.visit_of), dtype=np.bool_)
        for visit, pinned in self.candidates.pinned_people.items():
            people = [self.columns.volunteers[person] for person in pinned]
            if not broken_team_rules(self.columns.visits[visit], people):
                suffice[self.candidates.pinned_option[visit]] = True
        return suffice[options]

    def _which(self, of_person: Bools, options: Bools) -> Ints:
        """The seats of such people at such options."""
        return np.flatnonzero(of_person[self.person] & (options & self.can_serve)[self.option])

    def _weigh_seats(self, row_of: Ints, seats: Ints, weight: int) -> None:
        """Weights of seats in the row of their option."""
        self.draft.weigh(row_of[self.option[seats]], seats, weight)

    def _row_of(self, options: Ints | Numbers, rows: Ints) -> Ints:
        row_of: Ints = np.full(len(self.can_serve), -1, dtype=np.int64)
        row_of[options] = rows
        return row_of

    def _numbers_of_seats(self) -> None:
        draft, asked = self.draft, self.asked
        for family, which, lower, upper, number in (
            ("seats", asked.least == asked.most, 0.0, 0.0, asked.least),
            ("least", asked.least < asked.most, 0.0, INFINITY, asked.least),
            ("most", asked.least < asked.most, -INFINITY, 0.0, asked.most),
        ):
            options = np.flatnonzero(which & self.can_serve)
            rows = draft.add_rows(family, options, lower, upper)
            draft.weigh_teams(rows, options, 1)
            draft.weigh(rows, self.served[options], -number[options])

    def _experience(self) -> None:
        draft, asked, experienced = self.draft, self.asked, self.columns.experienced
        options = np.flatnonzero((asked.experienced > 0) & self.can_serve)
        rows = draft.add_rows("experienced", options, 0.0, INFINITY)
        self._weigh_seats(self._row_of(options, rows), self._which(experienced, asked.experienced > 0), 1)
        draft.weigh(rows, self.served[options], -asked.experienced[options])
        first = asked.first_visit & (asked.least < 2)
        options = np.flatnonzero(first & self.can_serve)
        rows = draft.add_rows("first_visit", options, 0.0, INFINITY)
        draft.weigh_teams(rows, options, 1)
        self._weigh_seats(self._row_of(options, rows), self._which(experienced, first), 1)
        draft.weigh(rows, self.served[options], -2)
        if len(self.candidates.pairs.option) <= MOST_TIGHTENED:
            seats = self._which(~experienced, first)
            rows = draft.add_rows("companion", self.option[seats], 0.0, INFINITY, self.person[seats])
            draft.weigh_teams(rows, self.option[seats], 1)
            draft.weigh(rows, seats, -2)

    def _adults(self) -> None:
        """No visit is served by minors alone."""
        minors = self._which(self.columns.age < ADULT_AGE, self.can_serve)
        options = np.unique(self.option[minors])
        rows = self.draft.add_rows("adult", options, 0.0, INFINITY)
        self.draft.weigh_teams(rows, options, 1)
        self._weigh_seats(self._row_of(options, rows), minors, -1)
        self.draft.weigh(rows, self.served[options], -1)

    def _households(self) -> None:
        """Two of one household need somebody else beside them."""
        household = self.columns.household
        seats = self._which(household >= 0, self.asked.at_home & (self.asked.most > 1))
        order = np.lexsort((self.person[seats], household[self.person[seats]], self.option[seats]))
        seats = seats[order]
        option, home = self.option[seats], household[self.person[seats]]
        edges = np.flatnonzero((np.diff(option) != 0) | (np.diff(home) != 0)) + 1
        for members in np.split(seats, edges) if len(seats) else []:
            for one, other in combinations(members.tolist(), 2):
                here = int(self.option[one])
                row = self.draft.add_rows(
                    "household", here, -INFINITY, 0.0, self.person[one], self.person[other]
                )
                self.draft.weigh_teams(row, here, -1)
                self.draft.weigh(row, members, 1)
                self.draft.weigh(row, [one, other, self.served[here]], [1, 1, -1])

    def _ages_together(self) -> Ints:
        """[option]: the column that says that older and younger are both there, -1 where they cannot be."""
        draft, team = self.draft, self.asked.most > 1
        older = self._which(self.columns.age >= POLICY.older_from, team)
        younger = self._which(self.columns.age < POLICY.younger_below, team)
        options = np.intersect1d(self.option[older], self.option[younger])
        together = self._row_of(
            options, draft.add_columns(np.full(len(options), float(POLICY.ages_together)))
        )
        for family, group in (("older", older), ("younger", younger)):
            rows = draft.add_rows(family, options, -INFINITY, 0.0)
            draft.weigh(rows, together[options], 1)
            row_of = self._row_of(options, rows)
            self._weigh_seats(row_of, group[row_of[self.option[group]] >= 0], -1)
        rows = draft.add_rows("together", options, -INFINITY, 0.0)
        draft.weigh(rows, together[options], 1)
        draft.weigh(rows, self.served[options], -1)
        return together

    def _joins(self, together: Ints) -> None:
        """Nobody joins a visit that is not served. Where older and younger are both there, they hold two seats: of
        those between, one is beside them at three seats and nobody at two."""
        draft, most = self.draft, self.asked.most
        age = self.columns.age
        everybody = np.ones(len(age), dtype=np.bool_)
        of_between = (age >= POLICY.younger_below) & (age < POLICY.older_from)
        with_between = (together >= 0) & (most <= MOST_BETWEEN)
        between = self._which(of_between, (most > 1) & with_between)
        joins = np.setdiff1d(self._which(everybody, most > 1), between, assume_unique=True)
        for family, seats in (("joins", joins), ("between", between)):
            option = self.option[seats]
            rows = draft.add_rows(family, option, -INFINITY, 0.0, self.person[seats])
            draft.weigh(rows, seats, 1)
            draft.weigh(rows, self.served[option], -1)
        draft.weigh(rows, together[option], 1)
        third = np.flatnonzero(most[option] == MOST_BETWEEN)
        beside = draft.add_columns(np.zeros(len(third)))
        draft.weigh(rows[third], beside, -1)
        options = np.unique(option[third])
        rows = draft.add_rows("beside", options, -INFINITY, 0.0)
        draft.weigh(self._row_of(options, rows)[option[third]], beside, 1)
        draft.weigh(rows, together[options], -1)

    def _pinned(self) -> None:
        seats = self.seats[len(self.candidates.pairs.option) :]
        rows = self.draft.add_rows("pinned", self.option[seats], 0.0, 0.0, self.person[seats])
        self.draft.weigh(rows, seats, 1)
        self.draft.weigh(rows, self.served[self.option[seats]], -1)

    def _options_and_requests(self) -> None:
        draft, columns = self.draft, self.columns
        options = np.flatnonzero(self.can_serve)
        visit = columns.visit_of[options]
        several = np.flatnonzero(np.bincount(visit, minlength=len(columns.visits)) > 1)
        row_of: Ints = np.full(len(columns.visits), -1, dtype=np.int64)
        row_of[several] = draft.add_rows("options", columns.first_option[several], -INFINITY, 1)
        chosen = options[row_of[visit] >= 0]
        draft.weigh(row_of[columns.visit_of[chosen]], self.served[chosen], 1)
        names = sorted({row.request for row in columns.visits})
        number = {name: place for place, name in enumerate(names)}
        request = np.array([number[row.request] for row in columns.visits], dtype=np.int64)[visit]
        reached, first = np.unique(request, return_index=True)
        column_of: Ints = np.full(len(names), -1, dtype=np.int64)
        column_of[reached] = draft.add_columns(np.full(len(reached), float(POLICY.request_served)))
        rows = draft.add_rows("request", options[first], -INFINITY, 0.0)
        draft.weigh(rows, column_of[reached], 1)
        row_of = np.full(len(names), -1, dtype=np.int64)
        row_of[reached] = rows
        draft.weigh(row_of[request], self.served[options], -1)

    def _shadows(self) -> dict[int, int]:
        draft, columns = self.draft, self.columns
        by_entry: dict[int, list[int]] = defaultdict(list)
        by_option: dict[int, list[int]] = defaultdict(list)
        found: dict[int, int] = {}
        for number, seat in enumerate(self.candidates.shadow_seats):
            here = self._seats_at(seat.option)
            seniors = here[self.person[here] == seat.senior]
            if not len(seniors):
                continue
            column = int(draft.add_columns(np.array([float(POLICY.shadow)]), whole=True)[0])
            found[number] = column
            row = draft.add_rows("shadow", seat.option, -INFINITY, 0.0, other=seat.entry)
            draft.weigh(row, column, 1)
            draft.weigh(row, seniors, -1)
            by_entry[seat.entry].append(column)
            by_option[seat.option].append(number)
        for entry, members in sorted(by_entry.items()):
            wanted = float(columns.problem.entries[entry].wanted)
            draft.weigh(draft.add_rows("entry", -1, -INFINITY, wanted, other=entry), members, 1)
        for option, shadows in sorted(by_option.items()):
            if self.asked.at_home[option]:
                self._shadow_households(option, shadows, found)
        return found

    def _shadow_households(self, option: int, shadows: Sequence[int], column_of: dict[int, int]) -> None:
        """A shadow too is never there with nobody but its own household."""
        household = self.columns.household
        seats = self._seats_at(option)
        for number in shadows:
            seat = self.candidates.shadow_seats[number]
            home = household[seat.successor]
            if home < 0:
                continue
            row = self.draft.add_rows("shadow_household", option, -INFINITY, 0.0, other=seat.entry)
            self.draft.weigh(row, column_of[number], 1)
            self.draft.weigh_teams(row, option, -1)
            self.draft.weigh(row, seats[household[self.person[seats]] == home], 1)
            strangers = [
                column_of[other]
                for other in shadows
                if household[self.candidates.shadow_seats[other].successor] != home
            ]
            self.draft.weigh(row, strangers, -1)

    def _seats_at(self, option: int) -> Ints:
        """The columns of the seats that may count at an option."""
        first, last = self.candidates.pairs.first[[option, option + 1]]
        pinned = self.seats[len(self.candidates.pairs.option) :]
        here: Ints = np.append(np.arange(first, last), pinned[self.option[pinned] == option])
        return here[self.is_open[here]]


def build_team_model(candidates: Candidates) -> Model:
    """The part of the model about visits: who may take what time is left to schedules."""
    return TeamModel(candidates).build()

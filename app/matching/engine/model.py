"""The exact integer model: one column for each open pair, rows for every rule, terms as costs.

A pinned seat has a column too: it counts exactly when its visit is served, and takes no time (the pins' time is
already gone). Rows about visits come first (`team_rows`), then those about single volunteers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates
from app.matching.engine.columns import Ints
from app.matching.engine.policy import POLICY
from app.matching.engine.policy import served as served_amount
from app.matching.engine.rows import ADULT_AGE
from app.matching.engine.rules import broken_team_rules

Floats = NDArray[np.float64]
Label = tuple[str | int, ...]
INFINITY = float("inf")
MOST_BETWEEN = 3
"""Up to so many seats a visit the rows of those who are neither older nor younger are worth their room."""
MOST_TIGHTENED = 60_000
"""Up to so many pairs the rows of single people in a team, which only tighten, are worth their room."""


@dataclass(slots=True)
class Rows:
    """Rows of a linear model, one after the other."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    first: list[int] = field(default_factory=lambda: [0])
    column: list[int] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    label: list[Label] = field(default_factory=list)

    def add(self, terms: Iterable[tuple[int, float]], lower: float, upper: float, *label: str | int) -> None:
        """One row: lower <= sum of weight x column <= upper. A column named twice is added up.

        The label names it in a certificate: its family, then the visit, the option and whom it is about.
        """
        merged: dict[int, float] = {}
        for column, weight in terms:
            merged[column] = merged.get(column, 0.0) + weight
        self.column.extend(merged)
        self.weight.extend(merged.values())
        self.first.append(len(self.column))
        self.lower.append(lower)
        self.upper.append(upper)
        self.label.append(label)


@dataclass(slots=True)
class Model:
    """Maximise cost x value of the columns, within their bounds and the rows."""

    candidates: Candidates
    cost: list[float]
    lower: list[float]
    upper: list[float]
    whole: list[bool]
    rows: Rows
    pairs: Ints
    """The open pairs that have a column: column c < len(pairs) is pair pairs[c]."""
    served: Ints
    """[option]: the column that says the visit is served at it, -1 when it cannot be."""
    pinned_columns: dict[tuple[int, int], int]
    """(visit, volunteer) -> column of a pinned seat."""
    shadow_columns: dict[int, int]
    """Number of a shadow seat -> its column."""
    urgent_columns: list[int]

    def add_column(self, cost: float, upper: float = 1.0, *, whole: bool = False, lower: float = 0.0) -> int:
        """A new column; its number."""
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1


def build_team_model(candidates: Candidates) -> Model:
    """The part of the model about visits: who may take what time is left to schedules."""
    return TeamModelBuilder(candidates).build()


class TeamModelBuilder:
    """Adds visit after visit, then requests and shadow seats, with every open pair."""

    def __init__(self, candidates: Candidates) -> None:
        pairs = np.arange(len(candidates.pairs.option))
        self.candidates = candidates
        self.tightens = len(pairs) <= MOST_TIGHTENED
        self.columns = candidates.columns
        self.pairs = pairs
        self.option = candidates.pairs.option[pairs].astype(np.int64)
        self.volunteer = candidates.pairs.volunteer[pairs].astype(np.int64)
        self.first = np.searchsorted(self.option, np.arange(len(self.columns.visit_of) + 1))
        amounts = candidates.amounts[pairs].astype(np.float64) + POLICY.seat_above_min
        self.model = Model(
            candidates=candidates,
            cost=list(amounts),
            lower=[0.0] * len(pairs),
            upper=[1.0] * len(pairs),
            whole=[True] * len(pairs),
            rows=Rows(),
            pairs=pairs,
            served=np.full(len(self.columns.visit_of), -1, dtype=np.int64),
            pinned_columns={},
            shadow_columns={},
            urgent_columns=[],
        )
        self.rows = self.model.rows
        self.seats: list[list[tuple[int, int]]] = [[] for _ in self.columns.visit_of]
        """[option]: (column, volunteer) of each seat that may count."""

    def build(self) -> Model:
        """The model; once."""
        for visit in range(len(self.columns.visits)):
            self._visit(visit)
        self._requests()
        self._shadows()
        return self.model

    def _visit(self, visit: int) -> None:
        row = self.columns.visits[visit]
        amount = float(served_amount(row))
        pinned = self.candidates.pinned_people.get(visit, [])
        served: list[int] = []
        for option in self.columns.options_of(visit):
            held = int(self.candidates.pinned_option[visit])
            if held >= 0 and held != option:
                continue
            here = range(int(self.first[option]), int(self.first[option + 1]))
            if len(here) + len(pinned) < row.seats[0]:
                self._forbid(here)
                continue
            column = self.model.add_column(amount - POLICY.seat_above_min * row.seats[0], whole=True)
            self.model.served[option] = column
            served.append(column)
            team = [(c, int(self.volunteer[c])) for c in here]
            team += [(self._pinned_seat(visit, person, column), person) for person in pinned]
            self.seats[option] = team
            self._team(visit, option - int(self.columns.first_option[visit]), column, team)
        if row.urgent:
            self.model.urgent_columns.extend(served)
        if len(served) > 1:
            self.rows.add([(column, 1.0) for column in served], -INFINITY, 1.0, "options", row.id)

    def _pinned_seat(self, visit: int, person: int, served: int) -> int:
        cost = self.candidates.pinned_amounts[visit, person] + POLICY.seat_above_min
        seat = self.model.add_column(float(cost))
        self.model.pinned_columns[visit, person] = seat
        names = self.columns.visits[visit].id, self.columns.volunteers[person].id
        self.rows.add([(seat, 1.0), (served, -1.0)], 0.0, 0.0, "pinned", *names)
        return seat

    def _forbid(self, columns: Iterable[int]) -> None:
        for column in columns:
            self.model.upper[column] = 0.0

    def _team(self, visit: int, index: int, served: int, team: Sequence[tuple[int, int]]) -> None:
        row = self.columns.visits[visit]
        here = (row.id, index)
        least, most = row.seats
        everyone = [(column, 1.0) for column, _ in team]
        if least == most:
            self.rows.add([*everyone, (served, -float(least))], 0.0, 0.0, "seats", *here)
        else:
            self.rows.add([*everyone, (served, -float(least))], 0.0, INFINITY, "least", *here)
            self.rows.add([*everyone, (served, -float(most))], -INFINITY, 0.0, "most", *here)
        experienced = [(column, 1.0) for column, person in team if self.columns.experienced[person]]
        if row.experienced:
            self.rows.add(
                [*experienced, (served, -float(row.experienced))], 0.0, INFINITY, "experienced", *here
            )
        if row.at_home and row.first_visit and least < 2:
            self.rows.add([*everyone, *experienced, (served, -2.0)], 0.0, INFINITY, "first_visit", *here)
            for column, person in team:
                if self.tightens and not self.columns.experienced[person]:
                    terms = [*everyone, (column, -2.0)]
                    self.rows.add(terms, 0.0, INFINITY, "companion", *here, self._name(person))
        self._adult(here, served, team)
        if row.at_home and most > 1:
            self._households(here, served, team)
        if most > 1:
            self._joins(here, served, self._ages_together(here, served, team), most, team)
        if self._pins_suffice(visit):
            self.model.lower[served] = 1.0

    def _pins_suffice(self, visit: int) -> bool:
        """Whether the pinned seats alone serve the visit: then it is served, wanted or not."""
        people = [self.columns.volunteers[person] for person in self.candidates.pinned_people.get(visit, ())]
        return bool(people) and not broken_team_rules(self.columns.visits[visit], people)

    def _adult(self, here: Label, served: int, team: Sequence[tuple[int, int]]) -> None:
        """No visit is served by minors alone."""
        if all(self.columns.age[person] >= ADULT_AGE for _, person in team):
            return
        adults = [(column, 1.0) for column, person in team if self.columns.age[person] >= ADULT_AGE]
        self.rows.add([*adults, (served, -1.0)], 0.0, INFINITY, "adult", *here)

    def _households(self, here: Label, served: int, team: Sequence[tuple[int, int]]) -> None:
        groups: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for column, person in team:
            if self.columns.household[person] >= 0:
                groups[int(self.columns.household[person])].append((column, person))
        for household, members in sorted(groups.items()):
            others = [
                (column, -1.0) for column, person in team if self.columns.household[person] != household
            ]
            for one, other in combinations(members, 2):
                names = self._name(one[1]), self._name(other[1])
                terms = [(one[0], 1.0), (other[0], 1.0), (served, -1.0), *others]
                self.rows.add(terms, -INFINITY, 0.0, "household", *here, *names)

    def _ages_together(self, here: Label, served: int, team: Sequence[tuple[int, int]]) -> int | None:
        """The column that says that older and younger are both there, None where they cannot be."""
        older = [(column, -1.0) for column, person in team if self.columns.age[person] >= POLICY.older_from]
        younger = [
            (column, -1.0) for column, person in team if self.columns.age[person] < POLICY.younger_below
        ]
        if not older or not younger:
            return None
        together = self.model.add_column(float(POLICY.ages_together))
        for family, group in (("older", older), ("younger", younger), ("together", [(served, -1.0)])):
            self.rows.add([(together, 1.0), *group], -INFINITY, 0.0, family, *here)
        return together

    def _joins(
        self, here: Label, served: int, together: int | None, most: int, team: Sequence[tuple[int, int]]
    ) -> None:
        """Nobody joins a visit that is not served. Where older and younger are both there, they hold two seats: of
        those between, one is beside them at three seats and nobody at two."""
        beside: list[int] = []
        for column, person in team:
            terms, family = [(column, 1.0), (served, -1.0)], "joins"
            between = POLICY.younger_below <= self.columns.age[person] < POLICY.older_from
            if together is not None and between and most <= MOST_BETWEEN:
                terms, family = [*terms, (together, 1.0)], "between"
                if most == MOST_BETWEEN:
                    beside.append(self.model.add_column(0.0))
                    terms.append((beside[-1], -1.0))
            self.rows.add(terms, -INFINITY, 0.0, family, *here, self._name(person))
        if beside and together is not None:
            self.rows.add(
                [*((column, 1.0) for column in beside), (together, -1.0)], -INFINITY, 0.0, "beside", *here
            )

    def _name(self, person: int) -> str:
        return self.columns.volunteers[person].id

    def _requests(self) -> None:
        options_of: dict[str, list[int]] = defaultdict(list)
        for visit, row in enumerate(self.columns.visits):
            options_of[row.request].extend(
                int(column)
                for column in self.model.served[list(self.columns.options_of(visit))]
                if column >= 0
            )
        for request, served in sorted(options_of.items()):
            if served:
                reached = self.model.add_column(float(POLICY.request_served))
                self.rows.add(
                    [(reached, 1.0), *((column, -1.0) for column in served)],
                    -INFINITY,
                    0.0,
                    "request",
                    request,
                )

    def _shadows(self) -> None:
        by_entry: dict[int, list[int]] = defaultdict(list)
        by_option: dict[int, list[tuple[int, int]]] = defaultdict(list)
        entry_of: dict[int, int] = {}
        for number, seat in enumerate(self.candidates.shadow_seats):
            seniors = [column for column, person in self.seats[seat.option] if person == seat.senior]
            if not seniors:
                continue
            column = self.model.add_column(float(POLICY.shadow), whole=True)
            self.model.shadow_columns[number] = column
            here = self._place(seat.option)
            terms = [(column, 1.0), *((senior, -1.0) for senior in seniors)]
            self.rows.add(terms, -INFINITY, 0.0, "shadow", seat.entry, *here)
            by_entry[seat.entry].append(column)
            by_option[seat.option].append((column, seat.successor))
            entry_of[column] = seat.entry
        for entry, columns in sorted(by_entry.items()):
            wanted = float(self.columns.problem.entries[entry].wanted)
            self.rows.add([(c, 1.0) for c in columns], -INFINITY, wanted, "entry", entry)
        for option, shadows in sorted(by_option.items()):
            if not self.columns.visits[int(self.columns.visit_of[option])].at_home:
                continue
            present = [*self.seats[option], *shadows]
            for column, successor in shadows:
                household = self.columns.household[successor]
                if household >= 0:
                    others = [(c, -1.0) for c, p in present if self.columns.household[p] != household]
                    label = ("shadow_household", entry_of[column], *self._place(option))
                    self.rows.add([(column, 1.0), *others], -INFINITY, 0.0, *label)

    def _place(self, option: int) -> tuple[str, int]:
        """(visit id, index of the option)."""
        visit = int(self.columns.visit_of[option])
        return self.columns.visits[visit].id, option - int(self.columns.first_option[visit])

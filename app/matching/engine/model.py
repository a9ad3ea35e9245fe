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

from app.matching.engine.candidates import Candidates, clashes
from app.matching.engine.columns import Ints
from app.matching.engine.conflicts import clique_cover
from app.matching.engine.policy import POLICY, neighbours_in_sequence
from app.matching.engine.policy import served as served_amount
from app.matching.engine.rows import ADULT_AGE
from app.matching.engine.rules import broken_team_rules
from app.matching.engine.weeks import week_rows

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
    team_rows: int = 0
    team_columns: int = 0

    def add_column(self, cost: float, upper: float = 1.0, *, whole: bool = False, lower: float = 0.0) -> int:
        """A new column; its number."""
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1


def build_model(candidates: Candidates, pairs: Ints) -> Model:
    """The model in which only `pairs` (numbers of open pairs, ascending) may be chosen beside the pins."""
    return _Builder(candidates, pairs).build()


def build_urgent_model(candidates: Candidates) -> Model:
    """The model that counts the urgent visits served, and nothing else."""
    urgent = np.array([visit.urgent for visit in candidates.columns.visits], dtype=np.bool_)
    visits = candidates.columns.visit_of[candidates.pairs.option]
    return _Builder(candidates, np.flatnonzero(urgent[visits])).build_urgent()


def build_team_model(candidates: Candidates) -> Model:
    """The part of the model about visits: who may take what time is left to schedules."""
    return _Builder(candidates, np.arange(len(candidates.pairs.option))).build_teams()


class _Builder:
    def __init__(self, candidates: Candidates, pairs: Ints) -> None:
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
        self.counted: dict[int, list[int]] = defaultdict(list)
        """volunteer -> columns of their seats that may count."""
        self.together: dict[int, list[int]] = defaultdict(list)
        """volunteer -> columns of their continuities: whoever has k of them holds at least k + 1 seats."""

    def build_teams(self) -> Model:
        for visit in range(len(self.columns.visits)):
            self._visit(visit)
        self._requests()
        self._shadows()
        self.model.team_rows = len(self.rows.lower)
        self.model.team_columns = len(self.model.cost)
        return self.model

    def build(self) -> Model:
        self.build_teams()
        self._continuity()
        self._times_and_weeks()
        self._loads()
        return self.model

    def build_urgent(self) -> Model:
        for visit, row in enumerate(self.columns.visits):
            if row.urgent:
                self._visit(visit)
        self._times_and_weeks()
        self.model.cost = [0.0] * len(self.model.cost)
        for column in self.model.urgent_columns:
            self.model.cost[column] = 1.0
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
            for c, person in team:
                self.counted[person].append(c)
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

    def _continuity(self) -> None:
        index = self.columns.problem.visit_index
        for earlier, later in neighbours_in_sequence(self.columns.visits):
            before, after = self._seats_by_person(index[earlier.id]), self._seats_by_person(index[later.id])
            for person in sorted(before.keys() & after.keys()):
                first = [one for one in before[person] if self._meets(person, one, after[person])]
                second = [one for one in after[person] if self._meets(person, one, before[person])]
                if not first:
                    continue
                both = self.model.add_column(float(POLICY.continuity))
                self.together[person].append(both)
                for seats in (first, second):
                    self.rows.add([(both, 1.0), *((seat[0], -1.0) for seat in seats)], -INFINITY, 0.0)

    def _meets(self, person: int, seat: tuple[int, int], others: list[tuple[int, int]]) -> bool:
        """Whether one person can hold this seat (column, option) together with one of the others."""
        return any(self._fit_together(person, seat, other) for other in others)

    def _fit_together(self, person: int, one: tuple[int, int], other: tuple[int, int]) -> bool:
        c = self.columns
        pinned = self.candidates.pinned_times.get(person, ())
        new = [option for _, option in (one, other) if option not in pinned]
        if len(new) < 2:
            return True
        if clashes(c, np.array(new[:1], dtype=np.int64), new[1])[0]:
            return False
        week = c.week[new[0]]
        return bool(
            week != c.week[new[1]]
            or (
                self.candidates.left_visits[person, week] >= 2
                and (c.end[new] - c.start[new]).sum() <= self.candidates.left_slots[person, week]
            )
        )

    def _seats_by_person(self, visit: int) -> dict[int, list[tuple[int, int]]]:
        """volunteer -> (column, option) of each seat they may hold at the visit."""
        seats: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for option in self.columns.options_of(visit):
            for column, person in self.seats[option]:
                seats[person].append((column, option))
        return seats

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
            wanted = float(self.columns.problem.shadows[entry].wanted)
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

    def _times_and_weeks(self) -> None:
        shadows = sorted(self.model.shadow_columns.items())
        seats = [self.candidates.shadow_seats[number] for number, _ in shadows]
        column = np.concatenate(
            [np.arange(len(self.pairs)), np.array([c for _, c in shadows], dtype=np.int64)]
        )
        option = np.concatenate([self.option, np.array([seat.option for seat in seats], dtype=np.int64)])
        person = np.concatenate(
            [self.volunteer, np.array([seat.successor for seat in seats], dtype=np.int64)]
        )
        order = np.lexsort((column, self.columns.start[option], self.columns.day[option], person))
        column, option, person = column[order], option[order], person[order]
        c = self.columns
        clique, member = clique_cover(
            person,
            c.day[option],
            c.start[option],
            c.end[option],
            c.area[option],
            c.visit_of[option],
            c.travel_slots,
        )
        for members in np.split(column[member], np.flatnonzero(np.diff(clique)) + 1) if len(member) else []:
            self.rows.add([(int(use), 1.0) for use in members], -INFINITY, 1.0)
        week = c.week[option]
        order = np.lexsort((column, week, person))
        column, option, person, week = column[order], option[order], person[order], week[order]
        slots = c.end[option] - c.start[option]
        edges = np.flatnonzero((np.diff(person) != 0) | (np.diff(week) != 0)) + 1
        for here in np.split(np.arange(len(column)), edges) if len(column) else []:
            visits = int(self.candidates.left_visits[person[here[0]], week[here[0]]])
            room = int(self.candidates.left_slots[person[here[0]], week[here[0]]])
            self._week(column[here].tolist(), slots[here].tolist(), visits, room)

    def _week(self, columns: list[int], slots: list[int], visits: int, room: int) -> None:
        sizes = tuple(sorted(set(slots)))
        for weights, most in week_rows(sizes, min(visits, len(columns)), room):
            weight_of = dict(zip(sizes, weights, strict=True))
            terms = [(column, float(weight_of[size])) for column, size in zip(columns, slots, strict=True)]
            if sum(weight for _, weight in terms) > most:
                self.rows.add([term for term in terms if term[1]], -INFINITY, float(most))

    def _loads(self) -> None:
        for person, columns in sorted(self.counted.items()):
            new = POLICY.first_seat if self.columns.volunteers[person].recent_visits == 0 else 0
            pinned = len(self.candidates.pinned_times.get(person, ()))
            most = min(len(columns), pinned + int(self.candidates.left_visits[person].clip(0).sum()))
            if most == 1:
                for column in columns:
                    self.model.cost[column] += new
                continue
            loads = [
                (self.model.add_column(float(new * (m == 0) - POLICY.further_seat * m)), -1.0)
                for m in range(most)
            ]
            self.rows.add([*((column, 1.0) for column in columns), *loads], 0.0, 0.0)
            if self.together[person]:
                self.rows.add([*((both, 1.0) for both in self.together[person]), *loads[1:]], -INFINITY, 0.0)

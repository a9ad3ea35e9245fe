"""The whole integer model of single seats: rows for every rule, terms as costs.

For HiGHS and CP-SAT, beside the engine.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from app.matching.engine.candidates import Candidates, clashes
from app.matching.engine.highs import SilentHighs
from app.matching.engine.model import INFINITY, Model, build_team_model
from app.matching.engine.policy import POLICY, neighbours_in_sequence, urgent_served, value_of
from app.matching.engine.schedules import Floats
from app.matching.engine.solving import Found, chosen
from tests.benchmarks._cliques import clique_cover
from tests.benchmarks._weeks import week_rows


class WholeModel:
    """The model of teams row by row, and what single volunteers can hold beside it."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates, self.columns = candidates, candidates.columns
        self.teams: Model = build_team_model(candidates)
        self.cost = self.teams.cost.tolist()
        self.lower = self.teams.lower.tolist()
        self.upper = self.teams.upper.tolist()
        self.whole = self.teams.whole.tolist()
        self.row_lower = self.teams.rows.lower.tolist()
        self.row_upper = self.teams.rows.upper.tolist()
        self.row_terms: list[dict[int, float]] = [defaultdict(float) for _ in self.row_lower]
        self.seats: list[list[tuple[int, int]]] = [[] for _ in self.columns.visit_of]
        """[option]: (column, volunteer) of each seat that may count."""
        for column, (option, person) in enumerate(
            zip(self.teams.seat_option.tolist(), self.teams.seat_person.tolist(), strict=True)
        ):
            if self.teams.upper[column] > 0:
                self.seats[option].append((column, person))
        self.counted: dict[int, list[int]] = defaultdict(list)
        self.together: dict[int, list[int]] = defaultdict(list)
        self._team_rows()
        for option, seats in enumerate(self.seats):
            if self.teams.served[option] >= 0:
                for column, person in seats:
                    self.counted[person].append(column)
        self._continuity()
        self._times_and_weeks()
        self._loads()

    def _team_rows(self) -> None:
        rows = self.teams.rows
        for row, column, weight in zip(rows.row, rows.column, rows.weight, strict=True):
            self.row_terms[row][int(column)] += float(weight)
        for row, option, weight in zip(rows.team_row, rows.team_option, rows.team_weight, strict=True):
            for column, _ in self.seats[option]:
                self.row_terms[row][column] += float(weight)

    def add_column(self, cost: float) -> int:
        """A new column from 0 to 1; its number."""
        self.cost.append(cost)
        self.lower.append(0.0)
        self.upper.append(1.0)
        self.whole.append(False)
        return len(self.cost) - 1

    def add_row(self, terms: Iterable[tuple[int, float]], lower: float, upper: float) -> None:
        """A new row; weights of a column named twice are added up."""
        merged: dict[int, float] = defaultdict(float)
        for column, weight in terms:
            merged[column] += weight
        self.row_terms.append(merged)
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def _continuity(self) -> None:
        index = self.columns.problem.visit_index
        for earlier, later in neighbours_in_sequence(self.columns.visits):
            before, after = self._seats_by_person(index[earlier.id]), self._seats_by_person(index[later.id])
            for person in sorted(before.keys() & after.keys()):
                first = [one for one in before[person] if self._meets(person, one, after[person])]
                second = [one for one in after[person] if self._meets(person, one, before[person])]
                if not first:
                    continue
                both = self.add_column(float(POLICY.continuity))
                self.together[person].append(both)
                for seats in (first, second):
                    self.add_row([(both, 1.0), *((seat[0], -1.0) for seat in seats)], -INFINITY, 0.0)

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

    def _times_and_weeks(self) -> None:
        shadows = sorted(self.teams.shadow_columns.items())
        seats = [self.candidates.shadow_seats[number] for number, _ in shadows]
        column = np.concatenate(
            [np.arange(self.teams.pairs), np.array([c for _, c in shadows], dtype=np.int64)]
        )
        pairs = slice(0, self.teams.pairs)
        option = np.concatenate(
            [self.teams.seat_option[pairs], np.array([seat.option for seat in seats], dtype=np.int64)]
        )
        person = np.concatenate(
            [self.teams.seat_person[pairs], np.array([seat.successor for seat in seats], dtype=np.int64)]
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
            self.add_row([(int(use), 1.0) for use in members], -INFINITY, 1.0)
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
                self.add_row([term for term in terms if term[1]], -INFINITY, float(most))

    def _loads(self) -> None:
        for person, columns in sorted(self.counted.items()):
            new = POLICY.first_seat if self.columns.volunteers[person].recent_visits == 0 else 0
            pinned = len(self.candidates.pinned_times.get(person, ()))
            most = min(len(columns), pinned + int(self.candidates.left_visits[person].clip(0).sum()))
            if most == 1:
                for column in columns:
                    self.cost[column] += new
                continue
            loads = [
                (self.add_column(float(new * (m == 0) - POLICY.further_seat * m)), -1.0) for m in range(most)
            ]
            self.add_row([*((column, 1.0) for column in columns), *loads], 0.0, 0.0)
            if self.together[person]:
                self.add_row([*((both, 1.0) for both in self.together[person]), *loads[1:]], -INFINITY, 0.0)


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise cost x columns within bounds and rows (row-wise: first, column, weight)."""

    cost: Floats
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    first: NDArray[np.int32]
    column: NDArray[np.int32]
    weight: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: `columns` is None when no plan was found, `bound` is an upper bound (inf when none)."""

    columns: Floats | None
    bound: float
    solved: bool


PUNCTUALITY = 0.9
"""The part of its time that HiGHS is told of: it looks at the clock seldom."""
PATIENCE = 1.0
"""Seconds beyond its limit that HiGHS is given to stop before it is left to itself."""


def maximise(program: Program, *, seconds: float) -> Outcome:
    """Solves the integer model, and comes back in time whatever HiGHS does.

    No model here is infeasible: called so, it is tried again without presolve, and so is an answer below its own bound.
    """
    until = time.monotonic() + seconds
    answer: Outcome | None = None
    for presolve in ("choose", "off"):
        left = until - time.monotonic()
        if left <= 0:
            break
        answer = _in_a_thread((program, PUNCTUALITY * left, presolve), left + PATIENCE)
        if answer is not None and not _contradicts_itself(program, answer):
            return answer
    return answer or Outcome(None, math.inf, solved=False)


def _contradicts_itself(program: Program, answer: Outcome) -> bool:
    """Whether something is called the optimum that lies a whole unit below the bound."""
    if not answer.solved or answer.columns is None:
        return answer.solved
    return float(program.cost @ answer.columns) < answer.bound - 1.0


def _in_a_thread(attempt: Any, seconds: float) -> Outcome | None:
    """The answer of an attempt in a thread of its own, which is left behind when it does not stop."""
    answers: list[Outcome | None] = []
    worker = Thread(target=lambda: answers.append(_attempt(*attempt)), daemon=True)
    worker.start()
    worker.join(seconds)
    return answers[0] if answers else Outcome(None, math.inf, solved=False)


def _attempt(program: Program, seconds: float, presolve: str) -> Outcome | None:
    """What HiGHS finds; None when it calls the model infeasible."""
    if not len(program.cost):
        return Outcome(np.zeros(0), 0.0, solved=True)
    highs = SilentHighs()  # type: ignore[no-untyped-call]  # highspy annotates in part
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.999)
    highs.setOptionValue("presolve", presolve)
    highs.passModel(_loaded(program))
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return Outcome(
        np.array(highs.getSolution().col_value) if found else None,
        float(info.mip_dual_bound),
        solved=status == highspy.HighsModelStatus.kOptimal,
    )


def solution_of(model: Model, columns: Floats) -> Found:
    """The plan of a solution of the model."""
    problem = model.candidates.columns.problem
    pairings, shadows = chosen(model, columns)
    return Found(pairings, shadows, urgent_served(problem, pairings), value_of(problem, pairings, shadows))


def program_of(model: WholeModel) -> Program:
    """The model as plain arrays, fit for another process."""
    sizes = [len(terms) for terms in model.row_terms]
    return Program(
        cost=np.array(model.cost),
        lower=np.array(model.lower),
        upper=np.array(model.upper),
        whole=np.array(model.whole, dtype=np.bool_),
        row_lower=np.array(model.row_lower),
        row_upper=np.array(model.row_upper),
        first=np.concatenate([np.zeros(1), np.cumsum(sizes)]).astype(np.int32),
        column=np.array([column for terms in model.row_terms for column in terms], dtype=np.int32),
        weight=np.array([weight for terms in model.row_terms for weight in terms.values()]),
    )


def _loaded(program: Program) -> highspy.HighsLp:
    loaded = highspy.HighsLp()
    loaded.num_col_ = len(program.cost)
    loaded.num_row_ = len(program.row_lower)
    loaded.sense_ = highspy.ObjSense.kMaximize
    loaded.col_cost_ = program.cost
    loaded.col_lower_ = program.lower
    loaded.col_upper_ = program.upper
    loaded.row_lower_ = program.row_lower
    loaded.row_upper_ = program.row_upper
    loaded.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    loaded.a_matrix_.start_ = program.first
    loaded.a_matrix_.index_ = program.column
    loaded.a_matrix_.value_ = program.weight
    loaded.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for whole in program.whole
    ]
    return loaded

"""The models handed to HiGHS and read back. Nothing here decides; what HiGHS calls infeasible is never believed."""

import math
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from threading import Thread
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from app.matching.engine.model import Model

Floats = NDArray[np.float64]


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


class SilentHighs(highspy.Highs):
    """HiGHS greets on standard output as soon as it may call back; this one is told to be silent before that."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # highspy annotates in part


def maximise(
    program: Program,
    *,
    seconds: float,
    start: Mapping[int, float] | None = None,
    seed: int = 0,
    executor: Executor | None = None,
) -> Outcome:
    """Solves the integer model, in the executor when one is given, and comes back in time whatever HiGHS does.

    No model here is infeasible: called so, it is tried again without presolve. HiGHS 1.16 also gives back the start
    as the optimum when presolve alone solves a small model: an answer below its own bound is asked for again.
    """
    until = time.monotonic() + seconds
    answer: Outcome | None = None
    for presolve, given in (("choose", dict(start or {})), ("choose", {}), ("off", {})):
        left = until - time.monotonic()
        if left <= 0:
            break
        attempt = (program, PUNCTUALITY * left, given, seed, presolve)
        if executor is None:
            answer = _in_a_thread(attempt, left + PATIENCE)
        else:
            try:
                answer = executor.submit(_attempt, *attempt).result(left + PATIENCE)
            except FutureTimeout:
                answer = Outcome(None, math.inf, solved=False)
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


def _attempt(
    program: Program, seconds: float, start: dict[int, float], seed: int, presolve: str
) -> Outcome | None:
    """What HiGHS finds; None when it calls the model infeasible."""
    highs = SilentHighs()  # type: ignore[no-untyped-call]  # as above
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.999)
    highs.setOptionValue("random_seed", seed)
    highs.setOptionValue("presolve", presolve)
    highs.passModel(_loaded(program))
    if start:
        index = np.fromiter(start.keys(), dtype=np.int32)
        highs.setSolution(len(start), index, np.fromiter(start.values(), dtype=np.float64))
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


def program_of(model: Model) -> Program:
    """The model as plain arrays, fit for another process."""
    rows = model.rows
    return Program(
        cost=np.array(model.cost),
        lower=np.array(model.lower),
        upper=np.array(model.upper),
        whole=np.array(model.whole, dtype=np.bool_),
        row_lower=np.array(rows.lower),
        row_upper=np.array(rows.upper),
        first=np.array(rows.first, dtype=np.int32),
        column=np.array(rows.column, dtype=np.int32),
        weight=np.array(rows.weight),
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

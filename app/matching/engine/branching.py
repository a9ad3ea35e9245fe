"""Branch and price: where the relaxation leaves something in halves, it is fixed either way and solved again.

Each part of the plans so parted ends with prices that prove its bound; together the parts are all plans. The parts
with the highest bound come first, after going straight down to a plan (Barnhart et al., "Branch-and-price: column
generation for solving huge integer programs", Operations Research 46, 1998).
"""

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from app.matching.engine.decomposition import Decisions
from app.matching.engine.master import Master
from app.matching.engine.model import Numbers
from app.matching.engine.schedules import Floats

PROBED = 16
"""So many of the columns that are broken are tried both ways before one is fixed."""

MOST_KEPT = 20_000_000
"""The search ends when the prices of its parts, those that are not 0, are more: some 250 MB."""

Judge = Callable[[Floats], int]
"""What a solution of the relaxation in whole numbers is worth; it keeps the best."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of which most are 0: `rows` in number, those of `row` not 0."""

    row: Numbers
    price: Floats
    rows: int

    @classmethod
    def of(cls, prices: Floats) -> "Prices":
        """These prices, kept."""
        row = np.flatnonzero(prices)
        return cls(row.astype(np.int32), prices[row], len(prices))

    def all(self) -> Floats:
        """[row]: its price."""
        prices = np.zeros(self.rows)
        prices[self.row] = self.price
        return prices


@dataclass(frozen=True, slots=True)
class Part:
    """The plans that keep these decisions. None is worth more than `bound`, as the prices prove."""

    decisions: Decisions
    bound: int
    prices: Prices


@dataclass(slots=True)
class Search:
    """The parts of a search that has ended, and those still open when time was up."""

    closed: list[Part]
    open: list[Part]
    least: int
    """What the best plan known is worth."""

    @property
    def bound(self) -> int:
        """No plan is worth more."""
        return max(self.least, *(part.bound for part in (*self.closed, *self.open)))


def search(
    master: Master, root: Part, least: int, judge: Judge, deadline: float, progress: Callable[[Search], None]
) -> Search:
    """Parts the plans until none can be worth more than the best found, or time is up.

    The linear programme of `master` has just been solved for `root`.
    """
    found = Search([], [], least)
    waiting: list[tuple[int, int, Part]] = []
    numbers = count()
    losses: dict[int, tuple[float, float]] = {}
    part: Part | None = root
    kept = 0
    while part is not None or waiting:
        if part is None:
            part = heapq.heappop(waiting)[2]
        done = part.bound <= found.least or master.enter(
            part.decisions, part.prices.all(), deadline, found.least + 1
        )
        if part.bound > found.least:
            bound = min(part.bound, math.floor(master.best.bound))
            part = Part(part.decisions, bound, Prices.of(master.best.prices))
            kept += len(part.prices.row)
        if part.bound <= found.least:
            found.closed.append(part)
            part = None
            continue
        if not done or kept > MOST_KEPT:
            break
        broken = master.broken()
        if not broken:
            found.least = max(found.least, judge(master.solution()))
            (found.closed if part.bound <= found.least else found.open).append(part)
            part = None
        else:
            column = _weightiest(master, broken, losses, deadline)
            heapq.heappush(waiting, (-part.bound, next(numbers), _with(part, column, 0)))
            part = _with(part, column, 1)
        progress(Search(found.closed, [*found.open, *_waiting(part, waiting)], found.least))
    return Search(found.closed, [*found.open, *_waiting(part, waiting)], found.least)


def _weightiest(
    master: Master, broken: list[int], losses: dict[int, tuple[float, float]], deadline: float
) -> int:
    """The column whose fixing lowers the bound most on either side (strong branching; a loss once seen is believed)."""
    before = master.value
    for column in broken[:PROBED]:
        if column not in losses:
            losses[column] = master.probe(column, before, deadline)
    return max(
        broken[:PROBED],
        key=lambda column: (max(min(losses[column]), 1e-6) * max(*losses[column], 1e-6), -column),
    )


def _with(part: Part, column: int, value: int) -> Part:
    return Part({**part.decisions, column: value}, part.bound, part.prices)


def _waiting(part: Part | None, waiting: list[tuple[int, int, Part]]) -> Iterator[Part]:
    if part is not None:
        yield part
    for _, _, other in waiting:
        yield other

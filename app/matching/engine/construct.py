"""A good plan at once: urgent visits first, then the scarcest, then chains, seats above the least, better seats."""

import math
import time
from collections.abc import Callable
from functools import cache

import numpy as np

from app.matching.engine.candidates import Candidates, candidates_of
from app.matching.engine.chains import MOST_VALUE, NOTHING, best_amounts, fill_all, improve_all, serve_all
from app.matching.engine.columns import Ints
from app.matching.engine.generating import generate
from app.matching.engine.plan import Plan
from app.matching.engine.rows import Pin

REACH = 4
"""How many people may move, one after the other, so that one more visit is served."""
SHORT_REACH = 2
"""How many may move for a seat above the least."""
ROUNDS = 2
"""How often every seat is looked at for somebody better."""
AT_ONCE = 256
"""So many visits are done between two looks at the clock."""


def construct(
    candidates: Candidates,
    kept: tuple[Pin, ...] = (),
    shadows: tuple[tuple[str, str], ...] = (),
    *,
    deadline: float = math.inf,
) -> Plan:
    """A valid plan. What may stand of an earlier plan, `kept` and `shadows`, is seated first.

    Past the deadline (of the monotonic clock) nothing more is added.
    """
    plan = Plan(candidates)
    plan.keep(kept, shadows, reach=REACH)
    state, search = plan.state, plan.search
    visits = by_scarcity(candidates)
    best = best_amounts(state)
    steps: tuple[Callable[[Ints], object], ...] = (
        lambda some: serve_all(state, search, some, 0, NOTHING),
        lambda some: serve_all(state, search, some, REACH, MOST_VALUE),
        lambda some: fill_all(state, search, some, 0),
        *(lambda some: improve_all(state, some, best) for _ in range(ROUNDS)),
        lambda some: serve_all(state, search, some, REACH, MOST_VALUE),
        lambda some: fill_all(state, search, some, SHORT_REACH),
    )
    for step in steps:
        for first in range(0, len(visits), AT_ONCE):
            if time.monotonic() > deadline:
                return plan
            step(visits[first : first + AT_ONCE])
    plan.add_shadows()
    return plan


@cache
def prepare() -> None:
    """Compiles what the engine needs, or loads it, once a process: so that no time limit counts it."""
    construct(candidates_of(generate(volunteers=20, requests=5, areas=2)))


def by_scarcity(candidates: Candidates) -> Ints:
    """The visits anybody could take: urgent ones first, then those with the fewest open pairs."""
    columns = candidates.columns
    counts = np.diff(candidates.pairs.first[columns.first_option])
    is_urgent = np.array([visit.urgent for visit in columns.visits], dtype=np.bool_)
    order = np.lexsort((counts, ~is_urgent))
    found: Ints = order[counts[order] > 0].astype(np.int64)
    return found

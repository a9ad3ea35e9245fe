"""The convex hull of a week: how many visits of each length fit into a number of visits and a room of half hours."""

from functools import lru_cache
from itertools import pairwise, product

import numpy as np

LARGEST_WEIGHT = 3
MOST_SIZES = 6


@lru_cache(maxsize=4096)
def week_rows(sizes: tuple[int, ...], visits: int, room: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Rows (weight of each size, most): together they say what fits, as tightly as weights up to 3 can.

    `sizes` are the lengths that occur, ascending and distinct, none longer than `room`.
    """
    fits = _combinations(sizes, visits, room)
    if len(sizes) > MOST_SIZES:
        return ((tuple(1 for _ in sizes), visits), (sizes, room))
    counts = np.array(fits, dtype=np.int64)
    rows: list[tuple[tuple[int, ...], int]] = []
    for weights in product(range(LARGEST_WEIGHT + 1), repeat=len(sizes)):
        if any(later < earlier for earlier, later in pairwise(weights)):
            continue
        if not any(weights) or np.gcd.reduce(weights) > 1:
            continue
        sums = counts @ np.array(weights)
        most = int(sums.max())
        tight = counts[sums == most]
        if _dimension(tight) == len(sizes):
            rows.append((weights, most))
    return tuple(rows)


def _dimension(points: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> int:
    """How many affinely independent points there are."""
    return 1 + int(np.linalg.matrix_rank(points[1:] - points[0])) if len(points) else 0


def _combinations(sizes: tuple[int, ...], visits: int, room: int) -> list[tuple[int, ...]]:
    if not sizes:
        return [()]
    found: list[tuple[int, ...]] = []
    for count in range(min(visits, room // sizes[0]) + 1):
        rest = _combinations(sizes[1:], visits - count, room - count * sizes[0])
        found.extend((count, *others) for others in rest)
    return found

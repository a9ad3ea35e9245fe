"""The convex hull of a week: how many visits of each length fit into a number of visits and a room of half hours."""

from functools import lru_cache
from itertools import pairwise, product

import numpy as np

LARGEST_WEIGHT = 3
MOST_SIZES = 6
MOST_VISITS = 10
"""In a week that holds more, the two limits themselves are all that is told: facets grow with the fifth power."""


@lru_cache(maxsize=4096)
def week_rows(sizes: tuple[int, ...], visits: int, room: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Rows (weight of each size, most): the two limits themselves, and the facets with weights up to 3 that
    tighten them for fractions of visits.

    `sizes` are the lengths that occur, ascending and distinct, none longer than `room`.
    """
    rows = {tuple(1 for _ in sizes): visits}
    if visits * sizes[-1] > room:
        rows[sizes] = room
    if len(sizes) <= MOST_SIZES and min(visits, room // sizes[0]) <= MOST_VISITS:
        counts = np.array(_combinations(sizes, visits, room), dtype=np.int64)
        for weights in product(range(LARGEST_WEIGHT + 1), repeat=len(sizes)):
            if any(later < earlier for earlier, later in pairwise(weights)) or np.gcd.reduce(weights) != 1:
                continue
            sums = counts @ np.array(weights)
            if _dimension(counts[sums == sums.max()]) == len(sizes):
                rows[weights] = min(int(sums.max()), rows.get(weights, int(sums.max())))
    return tuple(rows.items())


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

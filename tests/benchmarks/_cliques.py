"""Groups of times of which one person can keep at most one."""

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.columns import Ints
from app.matching.engine.compiled import compiled


@compiled
def clique_cover(
    owner: Ints,
    day: Ints,
    start: Ints,
    end: Ints,
    area: Ints,
    visit: Ints,
    travel: Ints,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cliques that together hold every two uses of one person that clash.

    The uses come sorted by (owner, day, start). Returned are (clique of a member, member), one entry for each
    member of each clique; members are positions in the arrays given.
    """
    total = len(owner)
    cliques = [np.int64(0) for _ in range(0)]
    members = [np.int64(0) for _ in range(0)]
    made = 0
    first = 0
    while first < total:
        last = first + 1
        while last < total and owner[last] == owner[first] and day[last] == day[first]:
            last += 1
        size = last - first
        clash = np.zeros((size, size), dtype=np.bool_)
        covered = np.zeros((size, size), dtype=np.bool_)
        for i in range(size):
            for j in range(i + 1, size):
                a, b = first + i, first + j
                apart = (
                    start[b] - end[a] >= travel[area[a], area[b]]
                    or start[a] - end[b] >= travel[area[b], area[a]]
                )
                if visit[a] == visit[b] or not apart:
                    clash[i, j] = True
                    clash[j, i] = True
        for i in range(size):
            for j in range(i + 1, size):
                if not clash[i, j] or covered[i, j]:
                    continue
                inside = np.zeros(size, dtype=np.bool_)
                inside[i] = True
                inside[j] = True
                for k in range(size):
                    if inside[k]:
                        continue
                    joins = True
                    for other in range(size):
                        if inside[other] and not clash[k, other]:
                            joins = False
                            break
                    if joins:
                        inside[k] = True
                for k in range(size):
                    if inside[k]:
                        cliques.append(np.int64(made))
                        members.append(np.int64(first + k))
                        for other in range(size):
                            if inside[other]:
                                covered[k, other] = True
                made += 1
        first = last
    return np.array(cliques, dtype=np.int64), np.array(members, dtype=np.int64)

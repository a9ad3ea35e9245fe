"""The search over one volunteer's schedules: exact against trying every set, compiled and plain alike."""

from itertools import combinations

import numpy as np
import pytest

from app.matching.engine import generate, schedules
from app.matching.engine.candidates import candidates_of, clashes
from app.matching.engine.columns import Columns
from app.matching.engine.model import build_team_model
from app.matching.engine.schedules import PINNED, SEAT, SHADOW, Items, best_schedules, items_of
from tests.benchmarks import _cliques
from tests.benchmarks._weeks import week_rows


def items_and_columns(seed: int) -> tuple[Items, Columns]:
    """The items of a small district with pins and shadows."""
    problem = generate(volunteers=14, requests=16, areas=2, seed=seed, pins=3)
    candidates = candidates_of(problem)
    return items_of(candidates, build_team_model(candidates)), candidates.columns


def worth_of(
    items: Items, columns: Columns, profit: np.ndarray, person: int, chosen: tuple[int, ...]
) -> float | None:
    """What a set of items is worth to a volunteer, None when they cannot all be held."""
    timed = [item for item in chosen if items.kind[item] != PINNED]
    if len({int(items.visit_of[items.option[item]]) for item in chosen}) < len(chosen):
        return None
    for one, other in combinations(timed, 2):
        if clashes(columns, items.option[[one]].astype(np.int64), int(items.option[other]))[0]:
            return None
    for week in {int(items.week[items.option[item]]) for item in timed}:
        here = [items.option[item] for item in timed if items.week[items.option[item]] == week]
        if (
            len(here) > items.left_visits[person, week]
            or items.slots[here].sum() > items.left_slots[person, week]
        ):
            return None
    seats = [item for item in chosen if items.kind[item] != SHADOW]
    visits = {int(items.visit_of[items.option[item]]) for item in seats}
    total = float(profit[list(chosen)].sum()) + 400 * sum(
        int(items.after[visit]) in visits for visit in visits
    )
    total += 200 if seats and items.is_new[person] else 0
    return total - 30 * (len(seats) * (len(seats) - 1) // 2)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("plain", (False, True))
def test_the_best_schedule_of_everybody_is_found(
    seed: int, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain:
        for name, function in vars(schedules).copy().items():
            if hasattr(function, "py_func"):
                monkeypatch.setattr(schedules, name, function.py_func)
    items, columns = items_and_columns(seed)
    profit = np.round(np.random.default_rng(seed).normal(-150, 250, len(items.column)))
    everybody = np.arange(len(items.is_new))
    found, best, complete = best_schedules(items, profit, everybody)
    assert complete
    answers = {
        int(person): tuple(sorted(found.item[found.first[k] : found.first[k + 1]].tolist()))
        for k, person in enumerate(found.owner)
    }
    for person in range(len(items.is_new)):
        mine = range(int(items.first[person]), int(items.first[person + 1]))
        if len(mine) > 12:
            continue
        worths: dict[tuple[int, ...], float] = {(): 0.0}
        for size in range(1, len(mine) + 1):
            for chosen in combinations(mine, size):
                worth = worth_of(items, columns, profit, person, chosen)
                if worth is not None:
                    worths[chosen] = worth
        assert best[person] == max(worths.values())
        assert worths[answers.get(person, ())] == best[person]


def test_a_newcomers_first_seat_may_pay_so_little_that_it_only_pays_beside_a_shadow_seat() -> None:
    items = Items(
        first=np.array([0, 3]),
        column=np.arange(3, dtype=np.int32),
        kind=np.array([SEAT, SHADOW, SEAT], dtype=np.int8),
        option=np.array([0, 1, 2], dtype=np.int32),
        earlier=np.full(3, -1, dtype=np.int32),
        later=np.full(3, -1, dtype=np.int32),
        visit_of=np.arange(3),
        week=np.array([0, 0, 1]),
        slots=np.array([2, 2, 2]),
        day=np.array([1, 2, 8]),
        start=np.array([20, 20, 20]),
        end=np.array([22, 22, 22]),
        area=np.full(3, -1),
        before=np.full(3, -1),
        after=np.full(3, -1),
        is_new=np.ones(1, dtype=np.int64),
        left_visits=np.full((1, 2), 7),
        left_slots=np.full((1, 2), 2),
        travel=np.zeros((1, 1), dtype=np.int64),
    )
    found, best, _ = best_schedules(items, np.array([45.0, 100.0, -10.0]), np.arange(1))
    assert (found.item.tolist(), best.tolist()) == ([1, 2], [290.0])


def test_a_search_cut_short_is_not_called_complete() -> None:
    items, _ = items_and_columns(1)
    profit = np.full(len(items.column), 100.0)
    assert not best_schedules(items, profit, np.arange(len(items.is_new)), steps=1)[2]


def test_the_cliques_of_a_day_hold_every_two_times_that_clash() -> None:
    items, columns = items_and_columns(2)
    owner = np.repeat(np.arange(len(items.is_new)), np.diff(items.first))
    order = np.lexsort((items.start[items.option], items.day[items.option], owner))
    of_option = (items.day, items.start, items.end, items.area, items.visit_of)
    arrays = [owner[order], *(column[items.option[order]] for column in of_option)]
    plain = getattr(_cliques.clique_cover, "py_func")(*arrays, items.travel)  # noqa: B009 - numba adds it
    compiled = _cliques.clique_cover(*[*arrays, items.travel])
    assert [part.tolist() for part in plain] == [part.tolist() for part in compiled]
    together = {
        (int(one), int(other))
        for clique in np.unique(plain[0])
        for one, other in combinations(np.sort(plain[1][plain[0] == clique]), 2)
    }
    for one, other in combinations(range(len(order)), 2):
        same_day = arrays[0][one] == arrays[0][other] and arrays[1][one] == arrays[1][other]
        clash = (
            same_day
            and clashes(
                columns, items.option[order[[one]]].astype(np.int64), int(items.option[order[other]])
            )[0]
        )
        assert ((one, other) in together) == bool(clash)


def test_the_rows_of_a_week_allow_what_fits_and_nothing_else() -> None:
    for sizes, visits, room in (
        ((3, 4, 5), 2, 8),
        ((2,), 3, 5),
        ((3, 6), 3, 12),
        ((1, 2, 3, 4, 5, 6, 7), 2, 9),
    ):
        rows = week_rows(sizes, visits, room)
        for counts in np.ndindex(*(visits + 2 for _ in sizes)):
            fits = sum(counts) <= visits and sum(c * s for c, s in zip(counts, sizes, strict=True)) <= room
            allowed = all(
                sum(w * c for w, c in zip(weights, counts, strict=True)) <= most for weights, most in rows
            )
            assert fits == allowed

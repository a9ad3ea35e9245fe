"""Facts about groups: how many must wait whoever is chosen, found by a flow and proved by counting."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.matching.engine import Problem, Visit, generate, solve, verify
from app.matching.engine.candidates import candidates_of
from app.matching.engine.construct import construct
from app.matching.engine.groups import Group, groups_of
from tests.matching.engine.district import district, visit, volunteer
from tests.matching.reference.generate import random_problem

MORNINGS = ((1, 18, 22), (1, 19, 23), (1, 20, 24), (1, 21, 25))


def crowded(seed: int) -> Problem:
    """A small problem with every feature, and a district with too few people, in turn."""
    if seed % 2:
        return generate(volunteers=25, requests=40, areas=3, seed=seed, pins=3)
    return Problem.from_json(random_problem(seed))


def found(problem: Problem) -> tuple[Group, ...]:
    return groups_of(candidates_of(problem), ())


def only(problem: Problem, names: tuple[str, ...]) -> Problem:
    """The problem in which these visits come before all others."""

    def first(row: Visit) -> Visit:
        return replace(row, urgent=row.id in names)

    return problem.with_changes(visits=map(first, problem.visits), previous=(), shadows=())


@pytest.mark.parametrize("seed", range(30))
def test_no_plan_serves_more_of_a_group_than_it_says(seed: int) -> None:
    problem = crowded(seed)
    for group in found(problem):
        best = solve(only(problem, group.visits))
        assert best.urgent_served == best.urgent_bound
        assert len(group.visits) - best.urgent_served >= group.wait > 0


@pytest.mark.parametrize("seed", range(60))
def test_what_is_short_is_the_same_whichever_plan_one_begins_with(seed: int) -> None:
    candidates = candidates_of(crowded(seed))
    assert groups_of(candidates, construct(candidates).pairings()) == groups_of(candidates, ())


def test_there_are_groups_to_speak_of() -> None:
    groups = [group for seed in range(30) for group in found(crowded(seed))]
    assert len(groups) > 10
    assert any(len(group.visits) > 2 and len(group.people) > 1 for group in groups)


def test_four_mornings_have_only_two_people() -> None:
    people = [volunteer("ah_mei"), volunteer("bo"), volunteer("chan", serves=("kwai_fong",))]
    visits = [visit(f"morning {number}", options=(time,)) for number, time in enumerate(MORNINGS)]
    elsewhere = visit("elsewhere", area="kwai_fong")
    assert found(district(people[1:], [*visits, elsewhere])) == (
        Group(tuple(f"morning {number}" for number in range(4)), ("bo",), 4, 1, 3),
    )
    assert found(district(people, [*visits[:3], elsewhere])) == (
        Group(("morning 0", "morning 1", "morning 2"), ("ah_mei", "bo"), 3, 2, 1),
    )
    assert found(district(people, [*visits[:2], elsewhere])) == ()


def test_a_week_has_room_for_its_visits_and_hours_alone() -> None:
    visits = [visit(f"day {day}", options=((day, 18, 22),)) for day in range(1, 4)]
    twice = volunteer("twice", weekly_visits=2)
    assert found(district([twice], visits)) == (Group(("day 1", "day 2", "day 3"), ("twice",), 3, 2, 1),)
    hours = volunteer("hours", weekly_minutes=270)
    assert found(district([hours], visits)) == (Group(("day 1", "day 2", "day 3"), ("hours",), 3, 2, 1),)
    over_sunday = [*visits, visit("monday", options=((7, 18, 22),))]
    assert found(district([replace(twice, weekly_visits=3)], over_sunday)) == ()


def test_a_promise_takes_room_and_fills_a_seat() -> None:
    visits = [visit("tea"), visit("walk", seats=(2, 2))]
    problem = district(
        [volunteer("ah_mei"), volunteer("bo")], visits, pinned=(("walk", "ah_mei", 0), ("tea", "bo", 0))
    )
    assert found(problem) == ()
    (group,) = found(district([volunteer("ah_mei"), volunteer("bo")], visits, pinned=problem.pinned[:1]))
    assert (group.visits, group.people, group.seats, group.room) == (("tea", "walk"), ("bo",), 2, 1)


def test_larger_teams_are_counted_as_the_first_to_wait() -> None:
    people = [volunteer(name) for name in ("ah_mei", "bo", "chan")]
    pairs = [visit(f"pair {number}", seats=(2, 2)) for number in range(2)]
    (group,) = found(district(people, [*pairs, visit("alone")]))
    assert (group.seats, group.room, group.wait) == (5, 3, 1)


def tell(problem: Problem, **changes: Any) -> tuple[str, ...]:
    """What the referee says of a result whose group says something else."""
    told = json.loads(json.dumps(solve(problem).to_json()))
    row = next(row for row in told["unserved"] if "visits" in (row["group"] or {}))
    row["group"].update(changes)
    return verify(problem, told).faults


SCARCE = district(
    [volunteer("ah_mei"), volunteer("bo")],
    [visit(f"morning {number}", options=(time,)) for number, time in enumerate(MORNINGS)],
)


def test_the_result_says_it_once_and_points_to_it() -> None:
    result = solve(SCARCE)
    first, second = result.unserved
    assert first.group == {
        "visits": ["morning 0", "morning 1", "morning 2", "morning 3"],
        "people": ["ah_mei", "bo"],
        "seats": 4,
        "room": 2,
        "wait": 2,
    }
    assert second.group == {"see": first.visit}
    assert verify(SCARCE, result).faults == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"wait": 3},
        {"wait": 1},
        {"room": 1},
        {"seats": 5},
        {"people": ["ah_mei"]},
        {"people": ["ah_mei", "bo", "chan"]},
        {"visits": ["morning 0", "morning 1"]},
        {"visits": ["morning 9"]},
        {"visits": "morning 0"},
        {"more": 1},
    ],
)
def test_the_referee_counts_every_group_again(changes: dict[str, Any]) -> None:
    assert "group of morning" in str(tell(SCARCE, **changes))


LIES: tuple[Callable[[list[dict[str, Any]]], object], ...] = (
    lambda rows: rows[1].update(group={"see": "morning 9"}),
    lambda rows: rows[1].update(group=dict(rows[0]["group"])),
    lambda rows: rows[0].update(group=None),
)


@pytest.mark.parametrize("lie", LIES, ids=("to nowhere", "told twice", "told by nobody"))
def test_a_visit_points_to_the_group_it_belongs_to(lie: Callable[[list[dict[str, Any]]], object]) -> None:
    told = json.loads(json.dumps(solve(SCARCE).to_json()))
    lie(told["unserved"])
    assert "group of morning" in str(verify(SCARCE, told).faults)

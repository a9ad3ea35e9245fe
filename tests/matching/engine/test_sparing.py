"""How many could do a visit and whom it cannot spare: equal to trying everybody and to solving again."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.matching.engine import Problem, Visit, able_for, generate, is_eligible, numbers_able, solve
from tests.matching.engine.district import district, visit, volunteer

WEDNESDAY = ((2, 18, 22),)


def cannot_spare(*people: Mapping[str, object], **asked: object) -> tuple[str, ...]:
    volunteers = [volunteer(name, **changed) for name, changed in zip("abcd", people, strict=False)]
    (found,) = able_for(district(volunteers, [visit("chan", **asked)]))
    return found.cannot_spare


def alone(problem: Problem, asked: Visit, without: str | None = None) -> Problem:
    """One visit and nothing promised to anybody."""
    return Problem(
        starts_on=problem.starts_on,
        areas=problem.areas,
        districts=problem.districts,
        travel_minutes=problem.travel_minutes,
        volunteers=[
            replace(row, weekly_visits=5, weekly_minutes=2000, used={})
            for row in problem.volunteers
            if row.id != without
        ],
        visits=[asked],
    )


def is_served(problem: Problem) -> bool:
    return not solve(problem).unserved


def test_one_person_alone_cannot_be_spared_and_one_of_two_can() -> None:
    hakka, nobody = {"languages": ("hakka",)}, {"languages": ()}
    assert cannot_spare(hakka, {}, languages=("hakka",)) == ("a",)
    assert cannot_spare(hakka, hakka, languages=("hakka",)) == ()
    assert cannot_spare(nobody, languages=("hakka",)) == ()


def test_two_who_must_go_together_are_both_needed() -> None:
    assert cannot_spare({}, {}, seats=(2, 2)) == ("a", "b")
    assert cannot_spare({}, {}, {}, seats=(2, 2)) == ()


def test_many_may_depend_on_the_one_who_is_experienced() -> None:
    assert cannot_spare({"experienced": True}, {}, {}, seats=(2, 2), experienced=1) == ("a",)


def test_a_minor_depends_on_the_one_adult() -> None:
    young = {"age": 16}
    assert cannot_spare({}, young, young, seats=(2, 2)) == ("a",)


def test_a_home_depends_on_who_is_of_another_household() -> None:
    family = {"household": "h1"}
    assert cannot_spare({}, family, family, family, seats=(2, 3), at_home=True) == ("a",)
    assert cannot_spare(family, family, seats=(2, 3), at_home=True) == ()


def test_whoever_is_free_on_either_day_is_counted_once() -> None:
    (found,) = able_for(
        district([volunteer("a"), volunteer("b")], [visit("chan", options=((1, 18, 22), *WEDNESDAY))])
    )
    assert (found.people, found.has_team) == (2, True)


@pytest.mark.parametrize("seed", range(4))
def test_the_list_agrees_with_trying_everybody_and_with_solving_again(seed: int) -> None:
    problem = generate(volunteers=26, requests=14, areas=3, seed=seed)
    found = able_for(problem)
    assert numbers_able(problem) == {each.visit: each.people for each in found}
    for each, asked in zip(found, problem.visits, strict=True):
        able = {
            row.id
            for row in problem.volunteers
            for option in asked.options
            if is_eligible(row, asked, option, problem.starts_on)
        }
        assert each.people == len(able)
        assert each.has_team == is_served(alone(problem, asked))
        missed = [name for name in sorted(able) if not is_served(alone(problem, asked, without=name))]
        assert list(each.cannot_spare) == (missed if each.has_team else [])

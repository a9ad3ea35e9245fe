"""What the engine says beside its plan: every figure is what the rules and the policy say when it is tried."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from app.matching.engine import (
    Pin,
    Problem,
    Standing,
    Visit,
    broken_plan_rules,
    broken_team_rules,
    explain,
    generate,
    is_eligible,
    recommend,
    solve,
    value_of,
)
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import columns_of
from app.matching.engine.construct import construct
from app.matching.engine.plan import Plan
from app.matching.engine.repairs import single_repairs
from tests.benchmarks.reasons import against_solving
from tests.matching.engine.district import district, visit, volunteer
from tests.matching.reference.generate import random_problem

SEEDS = range(40)
Seats = list[Pin]


def agreed(seed: int) -> tuple[Problem, Plan]:
    """A small problem with every feature in it, and a good plan."""
    problem = Problem.from_json(random_problem(seed))
    return problem, construct(candidates_of(problem))


def ways_to_force(problem: Problem, seats: Seats, seat: Pin) -> Iterator[Seats]:
    """Every plan in which somebody gets a seat, leaves other visits of theirs, and takes at most the place of those in
    the team who must go or of one of them."""
    promised = {pin[:2] for pin in problem.pinned}
    mine = [one for one in seats if one[1] == seat[1] and one[:2] not in promised]
    team = [one for one in seats if one[0] == seat[0]]
    others = [one for one in team if one[2] != seat[2]]
    instead: list[Seats] = [others] if others else [[], *([one] for one in team)]
    for leaves, goes in product(subsets(mine), instead):
        if not any(one[:2] in promised for one in goes):
            yield [*(one for one in seats if one not in leaves and one not in goes), seat]


def subsets(seats: Seats) -> list[Seats]:
    found: list[Seats] = [[]]
    for seat in seats:
        found += [[*some, seat] for some in found]
    return found


def stands(problem: Problem, plan: Seats, shadows: Seats, seat: Pin) -> bool:
    """Whether the rules of the plan let a pairing stand beside all others."""
    joined = [one for one in shadows if one[1] == seat[1]]
    beside = [one for one in [*plan, *joined] if one[:2] != seat[:2]]
    return not broken_plan_rules(problem, beside, *seat)


def shadows_of(plan: Plan) -> Seats:
    option_of = {name: option for name, _, option in plan.pairings()}
    return [(name, person, option_of[name]) for name, person in plan.shadow_pairings()]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_is_what_the_plan_loses_when_it_is_paid(seed: int) -> None:
    problem, plan = agreed(seed)
    seats, shadows = list(plan.pairings()), shadows_of(plan)
    before = value_of(problem, seats)
    standing = Standing(problem, seats, plan.shadow_pairings())
    for wanted in problem.visits:
        for row in explain(problem, standing, wanted.id, runners_up=1000)["runners_up"]:
            seat = (wanted.id, row["volunteer"], row["option"])
            losses = {
                before - value_of(problem, way)
                for way in ways_to_force(problem, seats, seat)
                if stands(problem, way, shadows, seat)
            }
            if row["cost"] is None:
                assert losses == set()
            else:
                assert min(losses) <= row["cost"]
                assert row["cost"] in losses
            if not row["takes_from"] and losses:
                assert row["cost"] == min(losses)
            mine = {one[0] for one in seats if one[1] == row["volunteer"]}
            assert set(row["takes_from"]) <= mine


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chosen_seat_is_worth_what_is_lost_without_it(seed: int) -> None:
    problem, plan = agreed(seed)
    seats = list(plan.pairings())
    standing = Standing(problem, seats)
    for _ in range(2):
        for wanted in problem.visits:
            for row in explain(problem, standing, wanted.id)["chosen"]:
                without = [one for one in seats if one[:2] != (wanted.id, row["volunteer"])]
                assert row["amount"] == value_of(problem, seats) - value_of(problem, without)


@pytest.mark.parametrize("seed", SEEDS)
def test_exactly_those_are_recommended_who_may_join_the_best_first(seed: int) -> None:
    problem, plan = agreed(seed)
    seats, shadows = list(plan.pairings()), shadows_of(plan)
    standing = Standing(problem, seats, plan.shadow_pairings())
    for wanted in problem.visits:
        team = [problem.volunteer(one[1]) for one in seats if one[0] == wanted.id]
        joins = {}
        for person in problem.volunteers:
            for option, time_ in enumerate(wanted.options):
                seat = (wanted.id, person.id, option)
                lacks = broken_team_rules(wanted, [*team, person])
                if (
                    person in team
                    or not is_eligible(person, wanted, time_, problem.starts_on)
                    or not stands(problem, seats, shadows, seat)
                    or (lacks and len(team) + 1 >= wanted.seats[1])
                ):
                    continue
                change = value_of(problem, [*seats, seat]) - value_of(problem, seats)
                joins[person.id, option] = (not lacks, change)
        offers = recommend(problem, standing, wanted.id, top=1000)
        assert {offer.volunteer for offer in offers} == {name for name, _ in joins}
        for offer in offers:
            assert joins[offer.volunteer, offer.option] == (offer.serves_the_visit, offer.amount)
        ranks = [
            (not one.serves_the_visit, -one.amount, -one.fit, one.volunteer, one.option) for one in offers
        ]
        assert ranks == sorted(ranks)


def test_equal_people_are_offered_in_the_order_of_their_ids() -> None:
    people = [volunteer(name) for name in ("chan", "ah_mei", "bo")]
    problem = district(people, [visit("tea")])
    assert [offer.volunteer for offer in recommend(problem, [], "tea")] == ["ah_mei", "bo", "chan"]


def test_somebody_else_is_found_for_a_promise_that_cannot_be_kept() -> None:
    tea = visit("tea", seats=(1, 2))
    people = [volunteer("ah_mei"), volunteer("bo"), volunteer("chan", serves=())]
    problem = district(people, [tea], pinned=(("tea", "ah_mei", 0),))
    standing = Standing(problem, problem.pinned)
    (offer,) = recommend(problem, standing, "tea", instead_of="ah_mei")
    assert (offer.volunteer, offer.serves_the_visit) == ("bo", True)
    assert offer.amount == value_of(problem, [("tea", "bo", 0)])
    (beside,) = recommend(problem, standing, "tea")
    assert beside.amount == value_of(problem, [("tea", "ah_mei", 0), ("tea", "bo", 0)]) - value_of(
        problem, [("tea", "ah_mei", 0)]
    )


def changed(problem: Problem, wanted: Visit, change: dict[str, Any]) -> Problem:
    """The problem once a single change was made."""
    document = problem.to_json()
    person = next(row for row in document["volunteers"] if row["id"] == change["volunteer"])
    row = next(row for row in document["visits"] if row["id"] == wanted.id)
    match change["change"]:
        case "is_free_then":
            day, start, end = row["options"][change["option"]]
            moved = [day, start + change["slots"], end + change["slots"]]
            row["options"] = [time for time in row["options"] if time != moved]
            row["options"].append(moved)
        case "has_required_skills":
            person["skills"] = {**person["skills"], **dict.fromkeys(change["skills"])}
        case "has_clearance":
            person["clearances"] = {**person["clearances"], change["clearance"]: None}
        case "speaks_a_language":
            row["languages"] = []
        case "is_of_required_gender":
            row["gender"] = None
        case "weekly_visits":
            person["weekly_visits"] += change["visits"]
        case "weekly_minutes":
            person["weekly_minutes"] += change["minutes"]
    return Problem.from_json(document)


@pytest.mark.parametrize("seed", range(120))
def test_each_single_change_serves_the_visit_when_it_is_made(seed: int) -> None:
    problem, plan = agreed(seed)
    columns = columns_of(problem)
    standing = Standing(problem, plan.pairings(), plan.shadow_pairings())
    for number, wanted in enumerate(problem.visits):
        if standing.is_served(wanted.id):
            continue
        for change in single_repairs(columns, standing, number):
            offers = recommend(
                changed(problem, wanted, change), plan.pairings(), wanted.id, top=len(problem.volunteers)
            )
            may_join = [one.volunteer for one in offers if one.serves_the_visit]
            assert change["volunteer"] in may_join


def test_a_visit_is_moved_by_as_little_as_lets_somebody_come() -> None:
    morning = volunteer("morning", free=((1, 10, 19),), serves=("shek_lei",))
    busy = volunteer("busy", free=((1, 14, 30),), serves=("shek_lei", "on_yam"))
    late = volunteer("late", free=((1, 23, 40),), serves=("shek_lei",))
    walk = visit("walk", options=((1, 19, 21),), area="on_yam")
    problem = district([morning, busy, late], [visit("tea"), walk], pinned=(("walk", "busy", 0),))
    standing = Standing(problem, problem.pinned)
    found = {row["volunteer"]: row for row in single_repairs(columns_of(problem), standing, 0)}
    assert found["morning"]["slots"] == -3
    assert "busy" not in found
    assert "late" not in found


def test_nobody_is_asked_to_be_free_longer_than_a_day_lasts() -> None:
    owl = volunteer("owl", free=((1, 44, 48),))
    late = visit("late", options=((1, 43, 47),))
    problem = district([owl], [late])
    (change,) = single_repairs(columns_of(problem), Standing(problem, []), 0)
    assert change["slots"] == 1
    early = district([volunteer("owl", free=((1, 45, 48),))], [late])
    assert single_repairs(columns_of(early), Standing(early, []), 0) == ()


def test_one_visit_more_is_said_only_where_one_is_enough() -> None:
    people = [volunteer("ah_mei", weekly_visits=1), volunteer("bo", weekly_visits=1)]
    used = replace(people[1], used={district([], []).starts_on: (2, 60)})
    problem = district([replace(people[0], used={district([], []).starts_on: (1, 60)}), used], [visit("tea")])
    changes = single_repairs(columns_of(problem), Standing(problem, []), 0)
    assert [(row["change"], row["volunteer"]) for row in changes] == [("weekly_visits", "ah_mei")]


def seconds(question: Callable[[], object]) -> float:
    began = time.process_time()
    question()
    return time.process_time() - began


def test_a_request_at_noon_is_answered_at_once() -> None:
    problem = generate(volunteers=20_000, requests=1_000, areas=100, districts=2, seed=1)
    plan = construct(candidates_of(problem))
    recommend(problem, [], problem.visits[0].id)
    wanted = problem.visits[len(problem.visits) // 2].id
    cold = seconds(lambda: recommend(problem, plan.pairings(), wanted))
    standing = Standing(problem, plan.pairings(), plan.shadow_pairings())
    recommend(problem, standing, wanted)
    warm = seconds(lambda: recommend(problem, standing, wanted))
    assert cold < 1.0
    assert warm < 0.1


def test_who_nearly_suits_is_named_with_the_one_rule() -> None:
    tea = visit("tea", gender="f", languages=("yue",), options=((1, 18, 22), (2, 18, 22)))
    people = [
        volunteer("elsewhere", gender="f", serves=("on_yam",)),
        volunteer("he", gender="m"),
        volunteer("he_elsewhere", gender="m", serves=()),
        volunteer("she", gender="f"),
        volunteer("strange", gender="f", languages=("ur",), free=((1, 0, 48),)),
        volunteer("one_or_the_other", gender="f", free=((1, 19, 30), (2, 0, 10))),
    ]
    problem = district(people, [tea])
    told = explain(problem, solve(problem), "tea")["near_misses"]
    assert {row["rule"]: row["volunteers"] for row in told} == {
        "serves_the_area": ["elsewhere"],
        "is_free_then": ["one_or_the_other"],
        "speaks_a_language": ["strange"],
        "is_of_required_gender": ["he"],
    }


def test_no_price_is_below_what_the_best_plan_with_the_pair_loses() -> None:
    assert against_solving(25)[0] == "25"

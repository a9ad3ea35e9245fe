"""Plans in the making: the arrays say what the rules and the policy say, and the moves keep every rule."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from app.matching.engine import (
    Problem,
    Shadow,
    broken_plan_rules,
    broken_team_rules,
    generate,
    repair,
    solve,
    value_of,
    verify,
)
from app.matching.engine.candidates import candidates_of, pair_number
from app.matching.engine.chains import MOST_VALUE
from app.matching.engine.construct import by_scarcity, construct
from app.matching.engine.plan import Plan
from app.matching.engine.policy import urgent_served
from app.matching.engine.repairing import Repairer
from app.matching.engine.state import (
    NONE,
    add,
    add_shadows,
    back_to,
    can_add,
    is_pinned,
    is_team,
    may_shadow,
    remove,
    seat_of,
    settle,
)
from tests.matching.engine.district import district, visit, volunteer
from tests.matching.reference.generate import random_problem
from tests.matching.reference.model import violations

SEEDS = range(60)


def problem_of(seed: int) -> Problem:
    return Problem.from_json(random_problem(seed))


def random_step(plan: Plan, dice: Random) -> None:
    """Somebody takes a seat, gives one back, or every shadow that can joins."""
    state, pairs = plan.state, plan.candidates.pairs
    if not len(pairs.option):
        return
    pair = dice.randrange(len(pairs.option))
    option, person = int(pairs.option[pair]), int(pairs.volunteer[pair])
    place = int(state.options[option].visit)
    mark = int(state.totals[2])
    if seat_of(state, person, place) >= 0:
        remove(state, person, place)
    elif can_add(state, person, option):
        add(state, person, option, int(plan.candidates.amounts[pair]))
    settle(state, mark)
    if dice.random() < 0.2:
        add_shadows(state, 0, len(state.shadows))


def agrees_with_the_policy(plan: Plan) -> bool:
    problem = plan.candidates.columns.problem
    pairings, shadows = plan.pairings(), plan.shadow_pairings()
    return (plan.urgent, plan.value) == (
        urgent_served(problem, pairings),
        value_of(problem, pairings, shadows),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_are_the_policys_after_every_step_and_after_going_back(seed: int) -> None:
    dice, plan = Random(seed), Plan(candidates_of(problem_of(seed)))
    before = (plan.pairings(), plan.shadow_pairings(), plan.value, plan.urgent)
    mark = int(plan.state.totals[2])
    left = plan.state.left_slots.copy(), plan.state.left_visits.copy()
    for _ in range(60):
        random_step(plan, dice)
        assert agrees_with_the_policy(plan)
    back_to(plan.state, mark)
    assert (plan.pairings(), plan.shadow_pairings(), plan.value, plan.urgent) == before
    assert np.array_equal(plan.state.left_slots, left[0])
    assert np.array_equal(plan.state.left_visits, left[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_who_may_join_is_what_the_rules_of_the_plan_say(seed: int) -> None:
    dice, plan = Random(seed), Plan(candidates_of(problem_of(seed)))
    columns, pairs = plan.candidates.columns, plan.candidates.pairs
    for _ in range(12):
        random_step(plan, dice)
    held = list(plan.pairings())
    chosen = {visit: option for visit, _, option in held}
    held += [(visit, person, chosen[visit]) for visit, person in plan.shadow_pairings()]
    for option, person in zip(pairs.option.tolist(), pairs.volunteer.tolist(), strict=True):
        number = int(columns.visit_of[option])
        row, name = columns.visits[number], columns.volunteers[person].id
        if any(one[:2] == (row.id, name) for one in held):
            continue
        seats = [one for one in held if one[0] == row.id and (one[0], one[1]) not in plan.shadow_pairings()]
        mine = [one for one in held if one[1] == name and one[0] != row.id]
        broken = broken_plan_rules(
            columns.problem, [*seats, *mine], row.id, name, option - int(columns.first_option[number])
        )
        assert can_add(plan.state, person, option) == (broken == ())


@pytest.mark.parametrize("seed", SEEDS)
def test_which_team_serves_is_what_the_team_rules_say(seed: int) -> None:
    dice, plan = Random(seed), Plan(candidates_of(problem_of(seed)))
    columns, pairs = plan.candidates.columns, plan.candidates.pairs
    for _ in range(12):
        random_step(plan, dice)
    for option, person in zip(pairs.option.tolist(), pairs.volunteer.tolist(), strict=True):
        number = int(columns.visit_of[option])
        row, team = columns.visits[number], plan.team(number)
        if person in team:
            continue
        for leaving in (NONE, *team):
            people = [columns.volunteers[one] for one in (*team, person) if one != leaving]
            expected = not broken_team_rules(row, people)
            assert is_team(plan.state, number, leaving, person, len(people)) == expected or (
                len(people) > row.seats[1]
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_at_once_is_valid_and_worth_what_it_says(seed: int) -> None:
    document = random_problem(seed)
    candidates = candidates_of(Problem.from_json(document))
    plan = construct(candidates)
    pairings = [list(pairing) for pairing in plan.pairings()]
    shadows = [list(pairing) for pairing in plan.shadow_pairings()]
    dropped = [list(pin) for pin in candidates.pins.dropped]
    assert violations(document, pairings, shadows, dropped) == []
    assert agrees_with_the_policy(plan)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_at_once_beats_scarcest_first_without_chains(seed: int) -> None:
    problem = generate(volunteers=120, requests=60, areas=4, seed=seed, pins=6)
    candidates = candidates_of(problem)
    greedy = Plan(candidates)
    for number in by_scarcity(candidates).tolist():
        greedy.serve(number)
        greedy.fill(number)
    greedy.add_shadows()
    plan = construct(candidates)
    assert (plan.urgent, plan.value) >= (greedy.urgent, greedy.value)


def told_by(program: str) -> list[bytes]:
    """What a program prints with the compiler, and without."""
    return [
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, **changed},
        ).stdout
        for changed in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]


def test_machine_code_and_its_plain_twin_make_the_same_plan() -> None:
    with_compiler, without = told_by(
        "from app.matching.engine import generate\n"
        "from app.matching.engine.candidates import candidates_of\n"
        "from app.matching.engine.construct import construct\n"
        "plan = construct(candidates_of(generate(volunteers=60, requests=30, areas=3, seed=4, pins=3)))\n"
        "print(plan.value, plan.pairings(), plan.shadow_pairings())\n"
    )
    assert with_compiler == without


def test_machine_code_and_its_plain_twin_say_the_same_of_a_plan() -> None:
    with_compiler, without = told_by(
        "from app.matching.engine import (\n"
        "    Standing, dependence_on, explain, generate, recommend, solve, unlocked_by,\n"
        ")\n"
        "from app.matching.engine.repairing import Repairer\n"
        "problem = generate(volunteers=40, requests=30, areas=3, seed=4, pins=3, trained=0.2)\n"
        "result = solve(problem)\n"
        "people = sorted({person for _, person, _ in result.pairings})\n"
        "standing = Standing(problem, result)\n"
        "print([(each.visit, each.repairs, each.group) for each in result.unserved])\n"
        "print([explain(problem, standing, visit.id) for visit in problem.visits])\n"
        "print([recommend(problem, standing, visit.id) for visit in problem.visits])\n"
        "print(dependence_on(problem, result, people))\n"
        "print(unlocked_by(problem, result, ['respite', 'transfer'], [row.id for row in problem.volunteers]))\n"
        "repairer = Repairer(problem, result)\n"
        "loose = [(visit, person) for visit, person, _ in sorted({*result.pairings} - {*problem.pinned})]\n"
        "print([repairer.lose([lost]) for lost in loose[:8]])\n"
    )
    assert with_compiler == without


def test_an_urgent_visit_takes_somebody_from_a_plain_one_when_nobody_else_can_go() -> None:
    ah_mei = volunteer("ah_mei", weekly_visits=1)
    tea, fall = visit("tea"), visit("fall", urgent=True, options=((2, 18, 22),))
    problem = district([ah_mei], [tea, fall])
    plan = Plan(candidates_of(problem))
    waiting = problem.visit_index["fall"]
    assert plan.seat(0, int(plan.candidates.columns.first_option[problem.visit_index["tea"]]))
    assert not plan.serve(waiting, reach=1)
    assert plan.serve(waiting, reach=1, yields=MOST_VALUE)
    assert plan.pairings() == (("fall", "ah_mei", 0),)


def test_a_chain_of_three_people_serves_one_more_visit() -> None:
    # Only Ah Mei can go on Monday; she holds Tuesday, which Bo could take; he holds Wednesday, which Chan could.
    days = {"ah_mei": (0, 1), "bo": (1, 2), "chan": (2,)}
    people = [
        volunteer(name, weekly_visits=1, free=tuple((day, 0, 48) for day in free))
        for name, free in days.items()
    ]
    visits = [visit(f"day_{day}", options=((day, 18, 22),)) for day in range(3)]
    candidates = candidates_of(district(people, visits))
    plan = Plan(candidates)
    for name, person in (("day_1", 0), ("day_2", 1)):
        number = candidates.columns.problem.visit_index[name]
        assert plan.seat(person, int(candidates.columns.first_option[number]))
    assert not plan.serve(0, reach=1)
    assert plan.serve(0, reach=2)
    assert plan.pairings() == (("day_0", "ah_mei", 0), ("day_1", "bo", 0), ("day_2", "chan", 0))


def test_a_lost_pairing_may_be_named_by_a_pin_that_was_dropped() -> None:
    # Ah Mei's second pin is at the same hour as her first and is dropped; at the other hour she was free to go.
    tea = visit("tea", options=((1, 18, 22), (2, 18, 22)))
    walk = visit("walk", options=((1, 18, 22),))
    pins = (("walk", "ah_mei", 0), ("tea", "ah_mei", 0))
    problem = district([volunteer("ah_mei"), volunteer("bo")], [tea, walk], pinned=pins)
    plan = solve(problem)
    assert plan.dropped_pins == (("tea", "ah_mei", "travel"),)
    repaired = repair(problem, plan, lost=[("tea", "ah_mei")])
    assert verify(problem, repaired).faults == ()
    assert ("walk", "ah_mei", 0) in repaired.pairings
    assert [name for visit_id, name, _ in repaired.pairings if visit_id == "tea"] == ["bo"]


def test_who_lost_a_visit_does_not_come_back_as_a_shadow() -> None:
    tea = visit("tea", recipient="mrs_lee")
    entry = Shadow("bo", "ah_mei", "mrs_lee", 1)
    problem = district([volunteer("ah_mei"), volunteer("bo")], [tea], shadows=(entry,))
    plan = solve(problem)
    assert plan.shadow_pairings == (("tea", "ah_mei"),)
    repairer = Repairer(problem, plan)
    repairer.lose([("tea", "ah_mei")])
    assert repairer.result().shadow_pairings == ()
    assert repairer.result().pairings == (("tea", "bo", 0),)


@pytest.mark.parametrize("seed", range(20))
def test_one_loss_after_the_other_is_mended_truly(seed: int) -> None:
    problem = problem_of(seed)
    repairer = Repairer(problem, solve(problem))
    dice, lost = Random(seed), set()
    for _ in range(4):
        before = repairer.result()
        pinned = {pin[:2] for pin in problem.pinned}
        loose = [pairing for pairing in before.pairings if pairing[:2] not in pinned]
        if not loose:
            return
        gone = dice.choice(loose)[:2]
        lost.add(gone)
        change = repairer.lose([gone])
        after = repairer.result()
        assert verify(problem, after).faults == ()
        assert not lost & {pairing[:2] for pairing in (*after.pairings, *after.shadow_pairings)}
        assert set(before.pairings) - set(after.pairings) == set(change.gone)
        assert set(after.pairings) - set(before.pairings) == set(change.new)
        assert (change.urgent, change.value) == (after.urgent_served, after.value)


def test_a_visit_that_waits_gets_who_is_free_through_a_loss() -> None:
    ah_mei = volunteer("ah_mei", weekly_visits=1)
    tea, walk = visit("tea", waiting_days=50), visit("walk", options=((2, 18, 22),))
    problem = district([ah_mei], [tea, walk])
    repairer = Repairer(problem, solve(problem))
    change = repairer.lose([("tea", "ah_mei")])
    assert (change.gone, change.new) == ((("tea", "ah_mei", 0),), (("walk", "ah_mei", 0),))


def test_nobody_told_is_moved_when_no_more_is_served_by_it() -> None:
    # Ah Mei has declined the tea; Bo, who suits the walk better, could be exchanged with Chan, but nothing is won.
    people = [volunteer(name, weekly_visits=1) for name in ("ah_mei", "bo", "chan")]
    tea, walk = visit("tea"), visit("walk", options=((2, 18, 22),), known=("chan",))
    problem = district(people, [tea, walk])
    result = solve(problem)
    lost = [pairing[:2] for pairing in result.pairings if pairing[0] == "tea"]
    kept = {pairing for pairing in result.pairings if pairing[0] == "walk"}
    assert kept <= set(repair(problem, result, lost=lost).pairings)


def test_may_shadow_follows_the_senior() -> None:
    tea = visit("tea", recipient="mrs_lee")
    entry = Shadow("bo", "ah_mei", "mrs_lee", 1)
    problem = district([volunteer("ah_mei"), volunteer("bo"), volunteer("chan")], [tea], shadows=(entry,))
    plan = Plan(candidates_of(problem))
    assert not may_shadow(plan.state, 0)
    assert plan.seat(1, 0)
    assert may_shadow(plan.state, 0)
    plan.add_shadows()
    assert plan.value == value_of(problem, plan.pairings(), (("tea", "ah_mei"),))
    mark = int(plan.state.totals[2])
    remove(plan.state, 1, 0)
    settle(plan.state, mark)
    assert plan.shadow_pairings() == ()


def test_a_pinned_seat_is_told_from_others() -> None:
    problem = district(
        [volunteer("ah_mei"), volunteer("bo")], [visit("tea", seats=(1, 2))], pinned=(("tea", "bo", 0),)
    )
    candidates = candidates_of(problem)
    plan = Plan(candidates)
    assert pair_number(candidates.pairs, 0, 1) == -1
    assert plan.seat(0, 0)
    pinned = [is_pinned(plan.state, seat_of(plan.state, person, 0)) for person in (0, 1)]
    assert pinned == [False, True]

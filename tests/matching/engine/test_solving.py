"""Plans: the named scenarios, what must always hold, and the referee that finds every lie."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.engine import (
    Problem,
    Report,
    Result,
    decomposition,
    generate,
    recommend,
    repair,
    solve,
    solving,
    verify,
)
from app.matching.engine.branching import Part, Search
from app.matching.engine.highs import SilentHighs
from tests.benchmarks.engine import whole_model
from tests.matching.engine.district import district, visit, volunteer

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.json"))
SEEDS = st.integers(0, 100_000)
Lie = Callable[[dict[str, Any]], object]


def small(seed: int, *, pins: int = 3) -> Problem:
    """A small district that changes with the seed."""
    size = random.Random(seed)
    return generate(
        volunteers=size.randint(4, 30),
        requests=size.randint(2, 12),
        areas=size.randint(1, 4),
        seed=seed,
        pins=pins,
    )


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_scenario_has_the_plan_it_should(path: Path) -> None:
    scenario = json.loads(path.read_text(encoding="utf-8"))
    problem = Problem.from_json(scenario["problem"])
    result = solve(problem)
    assert verify(problem, result).faults == ()
    assert result.proved_optimal
    told = result.to_json()
    found = {
        **told,
        "unserved": [row["visit"] for row in told["unserved"]],
        "served": len({row[0] for row in told["pairings"]}),
        "shadow_count": len(told["shadow_pairings"]),
    }
    expected = scenario["expected"]
    for pairing in expected.pop("contains", []):
        assert pairing in told["pairings"]
    assert {key: found[key] for key in expected} == expected


@settings(max_examples=20)
@given(seed=SEEDS)
def test_every_result_is_true_and_keeps_its_pins(seed: int) -> None:
    problem = small(seed)
    result = solve(problem)
    assert verify(problem, result).faults == ()
    assert result.proved_optimal
    dropped = {row[:2] for row in result.dropped_pins}
    assert {pin for pin in problem.pinned if pin[:2] not in dropped} <= set(result.pairings)
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result


@settings(max_examples=15)
@given(seed=SEEDS)
def test_schedules_find_what_the_model_of_single_seats_finds(seed: int) -> None:
    document = small(seed).to_json()
    problem = Problem.from_json(
        {**document, "visits": [{**visit, "urgent": False} for visit in document["visits"]]}
    )
    by_seats, bound = whole_model(problem, 60.0)
    assert solve(problem).value == by_seats.value == bound


def test_a_bound_that_is_not_reached_is_proved_by_its_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_no_further(_master: object, root: Part, least: int, *_: object) -> Search:
        return Search([], [root], least)

    monkeypatch.setattr(solving, "search", look_no_further)
    problem, told = next(
        (problem, result.to_json())
        for problem, result in ((one, solve(one)) for one in map(small, range(100)))
        if not result.proved_optimal
    )
    assert verify(problem, told) == Report((), ())
    lower = {**told, "bound": told["bound"] - 1}
    lower["gap"] = (lower["bound"] - lower["value"]) / lower["bound"]
    assert "the prices prove" in str(verify(problem, lower).faults)
    prices = told["certificate"]["rows"]
    for lie in (
        ["joins", "n9", 0, "nobody", 5],
        ["seats", "n9", 0, 5],
        ["most", prices[0][1], 0, -5],
        ["invented", 5],
    ):
        certificate = {**told["certificate"], "rows": [*prices, lie]}
        assert "certificate" in str(verify(problem, {**told, "certificate": certificate}).faults)


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_order_of_the_input_and_who_works_on_it_change_nothing(seed: int) -> None:
    problem = small(seed)
    shuffled = problem.to_json()
    order = random.Random(seed)
    order.shuffle(shuffled["volunteers"])
    order.shuffle(shuffled["visits"])
    again = Problem.from_json(shuffled)
    assert again.hash == problem.hash
    with ThreadPoolExecutor(2) as workers, patch.object(decomposition, "AT_ONCE", 3):
        results = [solve(problem), solve(again), solve(problem, executor=workers)]
    assert len({json.dumps({**result.to_json(), "seconds": 0}) for result in results}) == 1


@settings(max_examples=10)
@given(seed=SEEDS)
def test_one_more_volunteer_never_makes_it_worse(seed: int) -> None:
    problem = small(seed, pins=0)
    document = problem.to_json()
    fewer = dict(document, volunteers=document["volunteers"][1:], shadows=[])
    everybody = dict(document, shadows=[])
    before, after = solve(Problem.from_json(fewer)), solve(Problem.from_json(everybody))
    assert (before.urgent_served, before.value) <= (after.urgent_served, after.value)


@settings(max_examples=10)
@given(
    seed=SEEDS,
    freed=st.fixed_dictionaries(
        {},
        optional={
            "skills": st.just([]),
            "clearance": st.none(),
            "languages": st.just([]),
            "gender": st.none(),
            "ages": st.just([None, None]),
            "demands": st.just([]),
            "excluded": st.just([]),
            "family": st.just([]),
            "experienced": st.just(0),
        },
    ),
)
def test_asking_less_never_makes_it_worse(seed: int, freed: dict[str, Any]) -> None:
    document = small(seed, pins=0).to_json()
    easier = dict(document, visits=[{**row, **freed} for row in document["visits"]])
    before, after = solve(Problem.from_json(document)), solve(Problem.from_json(easier))
    assert (before.urgent_served, before.value) <= (after.urgent_served, after.value)


def changed(key: str, by: int) -> Lie:
    return lambda told: told.update({key: told[key] + by})


LIES: tuple[tuple[str, Lie], ...] = (
    ("a value one too high", changed("value", 1)),
    ("a value one too low", changed("value", -1)),
    ("a bound one too low", changed("bound", -1)),
    ("a bound one too high and still proved", changed("bound", 1)),
    ("one urgent visit more", lambda told: told["urgent"].update(served=told["urgent"]["served"] + 1)),
    ("an urgent bound too low", lambda told: told["urgent"].update(bound=-1)),
    ("a pairing less", lambda told: told["pairings"].pop()),
    ("a pairing twice", lambda told: told["pairings"].append(told["pairings"][-1])),
    ("another person", lambda told: told["pairings"][0].__setitem__(1, "nobody")),
    ("another option", lambda told: told["pairings"][0].__setitem__(2, 7)),
    ("an unsorted list", lambda told: told["pairings"].reverse()),
    ("another problem", lambda told: told.update(problem="0" * 64)),
    ("a visit that waits in silence", lambda told: told["unserved"].pop()),
    ("a funnel that is wrong", lambda told: told["unserved"][0]["funnel"][0].__setitem__(1, -1)),
    ("a pin that was dropped in silence", lambda told: told.update(dropped_pins=[["n1", "v1", "max"]])),
    ("proof denied", lambda told: told.update(proved_optimal=False)),
    ("a gap made up", lambda told: told.update(gap=0.5)),
    ("an unknown key", lambda told: told.update(extra=1)),
    ("another format", lambda told: told.update(format="x")),
    ("a shadow nobody asked for", lambda told: told["shadow_pairings"].append(told["pairings"][0][:2])),
)


@pytest.mark.parametrize("lie", [lie for _, lie in LIES], ids=[name for name, _ in LIES])
def test_the_referee_finds_one_lie(lie: Lie) -> None:
    problem = generate(volunteers=30, requests=20, areas=3, seed=5, pins=4)
    told = json.loads(json.dumps(solve(problem).to_json()))
    assert verify(problem, told).ok
    lie(told)
    assert not verify(problem, told).ok


def test_every_pairing_exchanged_for_an_ineligible_person_is_found() -> None:
    problem = generate(volunteers=30, requests=20, areas=3, seed=5)
    told = solve(problem).to_json()
    for number, pairing in enumerate(told["pairings"]):
        for person in problem.volunteers[::7]:
            if person.id != pairing[1]:
                lie = json.loads(json.dumps(told))
                lie["pairings"][number][1] = person.id
                assert not verify(problem, lie).ok


def test_no_time_at_all_still_gives_a_true_plan_with_a_bound() -> None:
    problem = generate(volunteers=150, requests=80, areas=5, seed=1, pins=5)
    hurried = solve(problem, time_limit_seconds=0.0)
    assert verify(problem, hurried).faults == ()
    best = solve(problem)
    assert hurried.value <= best.value <= hurried.bound


def test_a_solver_that_does_not_come_back_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(volunteers=60, requests=30, areas=3, seed=4)
    wake, began, ended = Event(), Event(), Event()

    def run(_: SilentHighs) -> None:
        began.set()
        wake.wait(60)
        ended.set()

    monkeypatch.setattr(SilentHighs, "run", run)
    result = solve(problem, time_limit_seconds=0.5)
    assert began.is_set()
    assert not ended.is_set()
    wake.set()
    assert result.bound >= result.value > 0
    assert verify(problem, result).ok


def test_progress_is_told_stage_by_stage() -> None:
    told: list[tuple[str, int, int, int, int]] = []
    result = solve(small(3), progress=lambda *report: told.append(report))
    assert list(dict.fromkeys(report[0] for report in told)) == [
        "eligibility",
        "construct",
        "urgent",
        "value",
    ]
    assert told[-1][3:] == (result.value, result.bound)


def test_an_earlier_result_is_a_start_and_not_a_chain() -> None:
    problem = generate(volunteers=60, requests=30, areas=3, seed=2)
    first = solve(problem)
    again = solve(problem, starting_from=first)
    assert (again.urgent_served, again.value) == (first.urgent_served, first.value)
    stranger = solve(generate(volunteers=40, requests=30, areas=2, seed=9))
    assert solve(problem, starting_from=stranger).value == first.value


def test_a_loss_is_repaired_and_nobody_else_is_moved_for_nothing() -> None:
    visits = [visit("monday", options=((0, 18, 22),)), visit("tuesday", options=((1, 18, 22),))]
    people = [
        volunteer("ah_mei", free=((0, 18, 22),)),
        volunteer("bo"),
        volunteer("chan", free=((1, 18, 22),)),
    ]
    people = [replace(person, weekly_visits=1) for person in people]
    problem = district(people, visits)
    plan = solve(problem)
    held = {name: person for name, person, _ in plan.pairings}
    repaired = repair(problem, plan, lost=[("monday", held["monday"])])
    assert verify(problem, repaired).faults == ()
    assert repaired.unserved == ()
    assert ("monday", held["monday"], 0) not in repaired.pairings


def test_a_chain_moves_somebody_so_that_one_more_visit_is_served() -> None:
    # Bo is the only other one for the urgent walk and has promised the tea; Chan can make the tea instead.
    bo = volunteer("bo", weekly_visits=1, skills={"escort": None})
    chan = volunteer("chan", weekly_visits=1)
    ah_mei = volunteer("ah_mei", skills={"escort": None}, free=((1, 18, 22),))
    walk, tea = visit("walk", skills=("escort",)), visit("tea", options=((2, 18, 22),), known=("bo",))
    problem = district([ah_mei, bo, chan], [walk, tea])
    plan = solve(problem)
    assert plan.pairings == (("tea", "bo", 0), ("walk", "ah_mei", 0))
    repaired = repair(problem, plan, lost=[("walk", "ah_mei")])
    assert repaired.pairings == (("tea", "chan", 0), ("walk", "bo", 0))


def test_a_pinned_pairing_cannot_be_lost() -> None:
    problem = district([volunteer("bo")], [visit("tea")], pinned=(("tea", "bo", 0),))
    with pytest.raises(ValueError, match="pinned"):
        repair(problem, solve(problem), lost=[("tea", "bo")])


@settings(max_examples=15)
@given(seed=SEEDS)
def test_every_repair_is_true_and_serves_no_fewer_others(seed: int) -> None:
    problem = small(seed)
    plan = solve(problem)
    pinned = {pin[:2] for pin in problem.pinned}
    lost = [pairing[:2] for pairing in plan.pairings if pairing[:2] not in pinned][:2]
    repaired = repair(problem, plan, lost=lost)
    assert verify(problem, repaired).faults == ()
    assert not set(lost) & {pairing[:2] for pairing in repaired.pairings}
    missing = {row.visit for row in repaired.unserved} - {row.visit for row in plan.unserved}
    assert missing <= {name for name, _ in lost}


@settings(max_examples=10)
@given(seed=SEEDS)
def test_recommended_people_may_really_join(seed: int) -> None:
    problem = small(seed)
    plan = solve(problem)
    value = plan.value - 100 * len(plan.shadow_pairings)
    for wanted in problem.visits[:6]:
        offers = recommend(problem, plan, wanted.id, top=3)
        for offer in offers:
            if offer.serves_the_visit:
                pairings = sorted([*plan.pairings, (wanted.id, offer.volunteer, offer.option)])
                trial = replace(plan, pairings=tuple(pairings), value=value + offer.amount, bound=10**9)
                faults = verify(problem, replace(trial, shadow_pairings=())).faults
                assert [fault for fault in faults if "unserved" not in fault and "urgent" not in fault] == []
            assert all(check.passed for check in offer.rules)


def test_importing_the_engine_loads_nothing_of_the_service() -> None:
    program = (
        "import sys, app.matching.engine as engine\n"
        "problem = engine.generate(volunteers=5, requests=2, areas=1)\n"
        "result = engine.solve(problem)\n"
        "engine.verify(problem, result), engine.explain(problem, result, problem.visits[0].id)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'flask', 'sqlalchemy', 'wtforms', 'werkzeug', 'apscheduler', 'config'}, loaded\n"
        "ours = {name for name in sys.modules if name.startswith('app.')}\n"
        "assert all(name.startswith('app.matching') for name in ours), ours\n"
        "assert 'app.matching.models' not in ours\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])

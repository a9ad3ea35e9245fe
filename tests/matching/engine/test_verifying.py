"""The referee at its work: alone, exact, equal to the plain reading of the rules, and not fooled at size."""

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.matching.engine import Problem, answers, certifying, generate, solve, verify
from app.matching.engine import openings as openings_module
from app.matching.engine.certifying import SIGNS, FalseCertificate, bound_of
from app.matching.engine.facts import Facts
from app.matching.engine.openings import Openings
from tests.matching.engine.district import district, visit, volunteer
from tests.matching.reference.generate import random_problem
from tests.matching.reference.model import HARD_RULES, Book, Json, funnel, take_pins
from tests.matching.reference.optimum import Plan, optimal_plan
from tests.matching.reference.prices import Relaxation

ENGINE = Path(certifying.__file__).parent
STEPS = 1024
Rows = list[list[Any]]


def openings_of(problem: Json) -> Openings:
    facts = Facts(problem)
    pins = [(visit_id, facts.number[name], option) for visit_id, name, option in take_pins(problem)[0]]
    return Openings(facts, pins)


def some_prices(relaxation: Relaxation, dice: Random) -> Rows:
    """Prices of some of the facts, each with the sign its fact allows."""
    share = dice.choice([0.0, 0.2, 0.5, 0.9])
    rows: Rows = []
    for label, _, lower, upper in relaxation.facts:
        if dice.random() < share:
            price = dice.randint(1, dice.choice([200, 1_000, 9_000]) * STEPS)
            is_at_least = upper == inf or (lower > -inf and dice.random() < 0.3)
            rows.append([*label, -price if is_at_least else price])
    return rows


def some_decisions(problem: Json, dice: Random) -> list[tuple[str, int, int]]:
    places = [(one["id"], option) for one in problem["visits"] for option in range(len(one["options"]))]
    return [
        (*place, dice.randint(0, 1)) for place in dice.sample(places, dice.randint(0, min(3, len(places))))
    ]


def test_the_bound_of_any_prices_and_decisions_is_that_of_the_plain_reading() -> None:
    families: Counter[str] = Counter()
    outcomes: Counter[bool] = Counter()
    for seed in range(150):
        problem = random_problem(seed, tiny=True)
        openings = openings_of(problem)
        for turn in range(4):
            dice = Random(f"prices {seed} {turn}")
            urgent = dice.randint(0, 3)
            relaxation = Relaxation(problem, urgent)
            rows, decisions = some_prices(relaxation, dice), some_decisions(problem, dice)
            found = bound_of(openings, STEPS, rows, urgent, decisions)
            assert found == relaxation.bound(STEPS, rows, decisions), (seed, turn)
            families.update(str(row[0]) for row in rows)
            outcomes[found is None] += 1
    assert families.keys() == SIGNS.keys()
    assert min(outcomes[True], outcomes[False]) > 50, outcomes


@cache
def best_plan(seed: int) -> Plan:
    return optimal_plan(random_problem(seed))


def test_no_prices_and_no_true_decisions_push_the_bound_below_the_best_plan() -> None:
    for seed in range(60):
        problem, plan = random_problem(seed), best_plan(seed)
        openings = openings_of(problem)
        waiting = {row["id"] for row in problem["visits"]}
        held = {(visit_id, option): 0 for visit_id in waiting for option in range(3)}
        teams = {row[:1] + row[2:] for row in plan.pairings}
        serves = {
            place for place in teams if openings.facts.team_serves(
                openings.facts.visits[place[0]],
                [openings.facts.number[name] for visit_id, name, _ in plan.pairings if visit_id == place[0]],
            )
        }  # fmt: skip
        held |= dict.fromkeys(serves, 1)
        dice = Random(seed)
        for _ in range(5):
            rows = some_prices(Relaxation(problem, plan.urgent), dice)
            truth = [(*place, held[place]) for place in dice.sample(sorted(held), 4)]
            everywhere = bound_of(openings, STEPS, rows, plan.urgent)
            here = bound_of(openings, STEPS, rows, plan.urgent, truth)
            assert everywhere is not None
            assert here is not None, (seed, truth)
            assert plan.value <= here <= everywhere, (seed, truth)


def test_a_search_that_runs_out_of_steps_answers_too_high_and_never_too_low(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = generate(volunteers=60, requests=60, areas=2, seed=3).to_json()
    openings = openings_of(problem)
    exact = bound_of(openings, STEPS, [], 0)
    monkeypatch.setattr(openings_module, "MOST_STEPS", 0)
    hurried = bound_of(openings_of(problem), STEPS, [], 0)
    assert exact is not None
    assert hurried is not None
    assert exact < hurried < 2 * exact


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        (0, []),
        (True, []),
        ("1024", []),
        (STEPS, 5),
        (STEPS, [[]]),
        (STEPS, [5]),
        (STEPS, [["urgent", 0.5]]),
        (STEPS, [["urgent", True]]),
        (STEPS, [[["urgent"], 5]]),
        (STEPS, [["urgent", 1 << 60]]),
        (STEPS, [["urgent", 5], ["urgent", 5]]),
        (STEPS, [["options", "tea", -5]]),
        (STEPS, [["least", "tea", 0, 5]]),
        (STEPS, [["urgent", "tea", 5]]),
        (STEPS, [["older", "tea", 0, 5]]),
        (STEPS, [["options", "coffee", 5]]),
        (STEPS, [["joins", "tea", 0, "chan", 5]]),
    ],
)
def test_what_is_no_price_is_refused_with_words(steps: Any, rows: Any) -> None:
    openings = openings_of(district([volunteer("bo")], [visit("tea")]).to_json())
    with pytest.raises(FalseCertificate):
        bound_of(openings, steps, rows, 0)


def test_a_decision_about_nothing_is_refused() -> None:
    openings = openings_of(district([volunteer("bo")], [visit("tea")]).to_json())
    with pytest.raises(FalseCertificate, match="decision"):
        bound_of(openings, STEPS, [], 0, [("coffee", 0, 1)])


def an_empty_result() -> Json:
    return solve(district([], [])).to_json()


def test_the_canonical_file_has_the_digest_of_the_problem() -> None:
    for seed in range(30):
        problem = random_problem(seed)
        assert (
            Facts(problem).digest
            == Problem.from_json(problem).hash
            == Facts(Problem.from_json(problem)).digest
        )
    assert Facts(district([], [])).digest == district([], []).hash


def test_every_funnel_is_that_of_the_plain_reading() -> None:
    removed: Counter[str] = Counter()
    for seed in range(100):
        problem = random_problem(seed)
        told = {**an_empty_result(), "unserved": []}
        for name in sorted(Book(problem).visits):
            counts = dict(funnel(problem, name))
            removed.update(counts)
            told["unserved"].append(
                {"visit": name, "funnel": [[rule, counts.get(rule, 0)] for rule in HARD_RULES]}
            )
        assert "funnel" not in str(verify(problem, told).faults), seed
        lie = Random(seed).choice([step for row in told["unserved"] for step in row["funnel"]])
        lie[1] += 1
        assert "funnel" in str(verify(problem, told).faults), seed
    assert min(removed[rule] for rule in HARD_RULES) > 20


@cache
def neighbourhood() -> tuple[Problem, str]:
    """A few hundred people, and a result as a file has it whose bound rests on prices alone: the best but one."""
    problem = generate(volunteers=400, requests=120, areas=12, districts=2, seed=2, pins=6)
    told = solve(problem).to_json()
    del told["certificate"]["parts"]
    openings, urgent = openings_of(problem.to_json()), told["urgent"]["served"]
    for row in told["certificate"]["rows"]:
        others = [other for other in told["certificate"]["rows"] if other is not row]
        bound = bound_of(openings, STEPS, others, urgent)
        assert bound is not None
        if bound > told["value"]:
            told["certificate"]["rows"], told["bound"] = others, bound
            break
    told["gap"], told["proved_optimal"] = (told["bound"] - told["value"]) / told["bound"], False
    return problem, json.dumps(told)


def test_a_true_result_at_size_is_accepted_with_its_bound_proved() -> None:
    problem, told = neighbourhood()
    assert verify(problem, json.loads(told)) == verify(problem.to_json(), json.loads(told))
    assert verify(problem, json.loads(told)).faults == verify(problem, json.loads(told)).notes == ()


def dearest(told: Json, *families: str) -> list[Any]:
    row: list[Any] = max(
        (row for row in told["certificate"]["rows"] if row[0] in families), key=lambda row: abs(row[-1])
    )
    return row


def move_the_bound(told: Json) -> None:
    told["bound"] -= 1
    told["gap"] = (told["bound"] - told["value"]) / told["bound"]


def part_a_team(told: Json) -> None:
    seats = Counter(visit_id for visit_id, _, _ in told["pairings"])
    member = next(row for row in told["pairings"] if seats[row[0]] > 1 and row[2])
    member[2] = 0


def swap_two_people(told: Json) -> None:
    one, other = (row for row in told["pairings"][::60][:2])
    one[1], other[1] = other[1], one[1]
    told["pairings"].sort()


LIES: tuple[tuple[str, Callable[[Json], object], str], ...] = (
    ("two people exchanged", swap_two_people, "breaks|value|travel"),
    ("another option for one of a team", part_a_team, "two options"),
    ("a value one too high", lambda told: told.update(value=told["value"] + 1), "value: told"),
    ("a bound one too low", move_the_bound, "the prices prove"),
    ("a bound in halves", lambda told: told.update(bound=told["bound"] + 0.5), "form"),
    (
        "a price forgotten",
        lambda told: told["certificate"]["rows"].remove(dearest(told, "seats", "most")),
        "the prices prove",
    ),
    (
        "a price too high",
        lambda told: dearest(told, "options").append(2 * dearest(told, "options").pop()),
        "the prices prove",
    ),
    ("a price for nothing", lambda told: told["certificate"]["rows"].append(["tip", 5]), "certificate"),
    ("prices without steps", lambda told: told["certificate"].pop("steps"), "certificate"),
)


@pytest.mark.parametrize(("lie", "words"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
def test_one_lie_at_size_is_found(lie: Callable[[Json], object], words: str) -> None:
    problem, text = neighbourhood()
    told = json.loads(text)
    lie(told)
    faults = str(verify(problem, told).faults)
    assert any(word in faults for word in words.split("|")), faults


REFEREE = {"answers", "certifying", "facts", "hard_rules", "openings", "verifying"}
FILES = {"canonical", "problem", "reading", "refusals", "result", "roster", "rows"}
"""What reads and writes the two files; beside it the decorator that compiles."""


def test_the_referee_imports_nothing_of_the_solver() -> None:
    reached, waiting = set(), ["verifying"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for node in ast.walk(ast.parse((ENGINE / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                package, _, module = str(node.module).rpartition(".")
                assert node.module != "app.matching.engine", name
                if package == "app.matching.engine" and module not in reached:
                    waiting.append(module)
    assert reached == REFEREE | FILES | {"compiled"}


def test_the_command_verifies_without_loading_a_solver(tmp_path: Path) -> None:
    problem, told = neighbourhood()
    (tmp_path / "problem.json").write_text(json.dumps(problem.to_json()), encoding="utf-8")
    (tmp_path / "result.json").write_text(told, encoding="utf-8")
    program = (
        "import sys\n"
        "from app.matching.engine.__main__ import main\n"
        "assert main(['verify', sys.argv[1], sys.argv[2]]) == 0\n"
        "assert 'app.matching.engine.certifying' in sys.modules\n"
        "assert not {'highspy', 'ortools', 'app.matching.engine.solving'} & set(sys.modules)\n"
    )
    files = [str(tmp_path / "problem.json"), str(tmp_path / "result.json")]
    subprocess.run([sys.executable, "-c", program, *files], check=True, cwd=ENGINE.parents[2])


def test_the_compiled_search_is_what_it_says_in_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = generate(volunteers=20, requests=20, areas=2, seed=1).to_json()
    openings = openings_of(problem)
    compiled = bound_of(openings, STEPS, [], 0)
    for name in (
        "best_answers",
        "_worth_a_look",
        "_best_of",
        "_clash",
        "_meet",
        "_has_room",
        "_take",
        "_most_more",
        "_neighbours",
    ):
        plain = getattr(getattr(answers, name), "py_func")  # noqa: B009 - numba adds it
        monkeypatch.setattr(answers, name, plain)
    monkeypatch.setattr(openings_module, "best_answers", answers.best_answers)
    assert bound_of(openings_of(problem), STEPS, [], 0) == compiled


@cache
def parted() -> tuple[Problem, str]:
    """A result that had to part the plans to prove its bound, by visits and by seats."""
    problem = generate(volunteers=300, requests=100, areas=6, seed=9)
    told = solve(problem).to_json()
    assert told["proved_optimal"]
    assert len(told["certificate"]["parts"]) > 2
    return problem, json.dumps(told)


def test_who_is_asked_again_only_about_other_profits_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, told = parted()
    result = json.loads(told)
    rows, parts = result["certificate"]["rows"], result["certificate"]["parts"]
    urgent = result["urgent"]["served"]
    openings = openings_of(problem.to_json())
    asked: list[int] = []

    def counted(items: answers.Items, profit: Any, amounts: Any, who: Any, steps: int) -> Any:
        asked.append(len(who))
        return answers.best_answers(items, profit, amounts, who, steps)

    monkeypatch.setattr(openings_module, "best_answers", counted)
    for part in [*parts, *parts]:
        fresh = openings_of(problem.to_json())
        decided = [tuple(decision) for decision in part["decided"]]
        assert bound_of(openings, STEPS, rows, urgent, decided) == bound_of(
            fresh, STEPS, rows, urgent, decided
        )
        asked.pop()
    assert sum(asked) < len(asked) * max(asked) / 2


def flip(told: Json) -> None:
    decision = told["certificate"]["parts"][0]["decided"][-1]
    decision[-1] = 1 - decision[-1]


PARTS_OF_LIES: tuple[tuple[str, Callable[[Json], object], str], ...] = (
    ("a part left out", lambda told: told["certificate"]["parts"].pop(), "not all plans"),
    ("a decision turned round", flip, "not all plans"),
    ("a part for nobody", lambda told: told["certificate"].update(parts=[]), "not all plans"),
    ("no parts at all", lambda told: told["certificate"].pop("parts"), "the prices prove"),
    (
        "prices of a part forgotten",
        lambda told: told["certificate"]["parts"][-1].update(rows=[]),
        "the prices prove",
    ),
    ("half a decision", lambda told: told["certificate"]["parts"][0].update(decided=[["n1"]]), "decision"),
    ("a part that is none", lambda told: told["certificate"]["parts"].append({}), "another form"),
    (
        "a decision about nothing",
        lambda told: [part["decided"][0].__setitem__(0, "nowhere") for part in told["certificate"]["parts"]],
        "decision",
    ),
)


@pytest.mark.parametrize(
    ("lie", "words"), [lie[1:] for lie in PARTS_OF_LIES], ids=[lie[0] for lie in PARTS_OF_LIES]
)
def test_a_proof_by_parts_is_believed_only_when_they_are_all(
    lie: Callable[[Json], object], words: str
) -> None:
    problem, text = parted()
    told = json.loads(text)
    assert verify(problem, told).ok
    assert verify(problem, told).notes == ()
    lie(told)
    assert words in str(verify(problem, told).faults)

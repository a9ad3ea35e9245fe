"""The referee's optimum against trying every plan, and a measure of what the random problems contain."""

from collections import Counter
from functools import cache
from itertools import islice

import pytest

from tests.matching.reference.brute_force import best_by_trying_all, plans_to_try
from tests.matching.reference.generate import random_problem
from tests.matching.reference.model import (
    HARD_RULES,
    PIN_RULES,
    Book,
    Json,
    funnel,
    served_visits,
    take_pins,
    violations,
    why_not_served,
)
from tests.matching.reference.optimum import RELAXABLE, Plan, optimal_plan, optimum
from tests.matching.reference.oracle import broken_promises
from tests.matching.reference.value import terms, urgent_served, value

SEEDS = range(300)


@cache
def problem_of(seed: int) -> Json:
    return random_problem(seed)


@cache
def plan_of(seed: int) -> Plan:
    return optimal_plan(problem_of(seed))


def test_the_optimum_is_that_of_trying_every_plan() -> None:
    tiny = (random_problem(seed, tiny=True) for seed in range(1_000))
    few_enough = list(islice((problem for problem in tiny if 20 < plans_to_try(problem) < 5_000), 100))
    assert len(few_enough) == 100
    for problem in few_enough:
        assert optimum(problem) == best_by_trying_all(problem)


def test_every_optimal_plan_is_valid_and_worth_what_it_says() -> None:
    for seed in SEEDS:
        problem, plan = problem_of(seed), plan_of(seed)
        assert violations(problem, plan.pairings, plan.shadow_pairings, take_pins(problem)[1]) == [], seed
        assert value(problem, plan.pairings, plan.shadow_pairings) == plan.value, seed
        assert urgent_served(problem, plan.pairings) == plan.urgent, seed


def test_the_oracle_finds_nothing_to_object_to_in_an_optimal_plan() -> None:
    for seed in SEEDS:
        problem, plan = problem_of(seed), plan_of(seed)
        served = served_visits(Book(problem), plan.pairings)
        unserved = [{"visit": visit["id"]} for visit in problem["visits"] if visit["id"] not in served]
        result = {"pairings": plan.pairings, "shadow_pairings": plan.shadow_pairings, "unserved": unserved}
        assert broken_promises(problem, result) == [], seed


def test_every_hard_rule_removes_people_in_the_random_problems() -> None:
    removed: Counter[str] = Counter()
    for seed in SEEDS:
        for visit in problem_of(seed)["visits"]:
            removed.update(dict(funnel(problem_of(seed), visit["id"])))
    assert min(removed[rule] for rule in HARD_RULES) >= 100, removed


def test_pins_stand_and_are_dropped_for_every_reason_in_the_random_problems() -> None:
    reasons: Counter[str] = Counter()
    for seed in SEEDS:
        taken, dropped = take_pins(problem_of(seed))
        reasons.update(rule for _, _, rule in dropped)
        reasons["stands"] += len(taken)
        book = Book(problem_of(seed))
        by_visit = {visit_id: [pin for pin in taken if pin[0] == visit_id] for visit_id, _, _ in taken}
        reasons["does not serve"] += sum(
            why_not_served(book, book.visits[visit_id], pins) is not None
            for visit_id, pins in by_visit.items()
        )
    assert min(reasons[rule] for rule in (*HARD_RULES, *PIN_RULES, "stands", "does not serve")) >= 3, reasons


def test_every_term_counts_in_many_optimal_plans() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        plan = plan_of(seed)
        amounts = terms(problem_of(seed), plan.pairings, plan.shadow_pairings)
        seen.update(term for term, amount in amounts.items() if amount)
        served = len(served_visits(Book(problem_of(seed)), plan.pairings))
        seen["some served, some not"] += 0 < served < len(problem_of(seed)["visits"])
        seen["urgent"] += plan.urgent > 0
    assert len(seen) == 14
    assert min(seen.values()) >= 60, seen


@pytest.mark.parametrize("rule", [*HARD_RULES, *RELAXABLE])
def test_the_optimum_of_some_problems_depends_on_each_rule(rule: str) -> None:
    """Forgetting a rule that never binds would go unnoticed: each must change the optimum of three problems."""
    without = ["household", "household_with_shadows"] if rule == "household" else [rule]
    about_shadows = rule in ("wanted", "shadow_holds_seat", "household_with_shadows")
    changed = 0
    for seed in SEEDS:
        if not about_shadows or problem_of(seed)["shadows"]:
            plan = optimal_plan(problem_of(seed), without=without)
            changed += (plan.urgent, plan.value) != (plan_of(seed).urgent, plan_of(seed).value)
        if changed == 3:
            return
    pytest.fail(f"{rule} changes the optimum of {changed} problems only")


def test_the_same_seed_gives_the_same_problem() -> None:
    assert random_problem(7) == random_problem(7)
    assert random_problem(7) != random_problem(8)

"""`python3 -m app bench training [--size S|M] [--seats N] [--seeds N] [--small N]`: whom to teach.

One line a rule and district: the course that most visits which wait ask for, with seats drawn by lot among those who
may learn; the same course for those who are free and near for most of the visits that wait; and the course and people
that `unlocked_by` finds. What each unlocks is counted on a plan solved again with those people taught. Then small
districts, where every choice of three learners is solved: how much of the best choice's value ours reaches.
"""

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from app.matching.engine import Problem, Result, Unlocked, generate, solve, unlocked_by
from app.matching.engine.candidates import candidates_of
from app.matching.engine.construct import prepare
from app.matching.engine.generating import SKILLS
from app.matching.engine.learning import taught
from tests.benchmarks._installation import show_table

SIZES = {"S": (1_000, 300, 10, 0.07), "M": (20_000, 3_000, 200, 0.04)}
"""Volunteers, requests, areas, and the share of volunteers who hold each skill."""
MAY_LEARN = 0.3
"""The share of those of age without the skill who would take a course."""


def who_may_learn(problem: Problem, skill: str, seed: int, share: float = MAY_LEARN) -> list[str]:
    """Invented: who would come to the course."""
    draws = random.Random(f"{seed} {skill}")
    return [
        row.id
        for row in problem.volunteers
        if skill not in row.skills and row.age >= 18 and draws.random() < share
    ]


def served(problem: Problem, result: Result) -> tuple[int, int, int]:
    """(urgent visits, requests with a visit, visits) that a plan serves."""
    waiting = {each.visit for each in result.unserved}
    visits = [row for row in problem.visits if row.id not in waiting]
    return result.urgent_served, len({row.request for row in visits}), len(visits)


def after_teaching(
    problem: Problem, before: Result, skill: str, people: Iterable[str], time_limit: float
) -> Result:
    """The plan solved again with these people taught."""
    numbers = np.array([problem.volunteer_index[name] for name in people], dtype=np.int64)
    return solve(taught(problem, [skill], numbers), time_limit_seconds=time_limit, starting_from=before)


def most_unmet(problem: Problem, result: Result) -> str:
    """The skill asked for by most visits that wait."""
    asked = Counter(skill for each in result.unserved for skill in problem.visit(each.visit).skills)
    return max(SKILLS, key=lambda skill: (asked[skill], skill))


def near_and_free(problem: Problem, result: Result, skill: str, learners: Sequence[str]) -> list[str]:
    """Learners by how many visits that wait they could go to once taught, most first."""
    numbers = np.array([problem.volunteer_index[name] for name in learners], dtype=np.int64)
    candidates = candidates_of(taught(problem, [skill], numbers))
    waits = np.zeros(len(problem.visits), dtype=np.bool_)
    waits[[problem.visit_index[each.visit] for each in result.unserved]] = True
    here = waits[candidates.columns.visit_of[candidates.pairs.option]]
    counts = np.bincount(candidates.pairs.volunteer[here], minlength=len(problem.roster))
    return sorted(learners, key=lambda name: (-counts[problem.volunteer_index[name]], name))


def compare(size: str, seed: int, seats: int, time_limit: float) -> list[list[str]]:
    """The lines of one district."""
    volunteers, requests, areas, trained = SIZES[size]
    problem = generate(volunteers=volunteers, requests=requests, areas=areas, seed=seed, trained=trained)
    result = solve(problem, time_limit_seconds=time_limit)
    before = served(problem, result)
    learners = {skill: who_may_learn(problem, skill, seed) for skill in SKILLS}
    skill = most_unmet(problem, result)
    lot = random.Random(seed).sample(learners[skill], seats)
    began = time.perf_counter()
    near = near_and_free(problem, result, skill, learners[skill])[:seats]
    near_seconds = time.perf_counter() - began
    began = time.perf_counter()
    found = {each: unlocked_by(problem, result, [each], learners[each], seats=seats) for each in SKILLS}
    seconds = time.perf_counter() - began
    best = max(SKILLS, key=lambda each: _worth(found[each]))
    ours = [learner.volunteer for learner in found[best].learners]
    rows = []
    for name, course, people, spent in (
        ("most unmet, by lot", skill, lot, 0.0),
        ("most unmet, near and free", skill, near, near_seconds),
        ("ours", best, ours, seconds),
    ):
        after = served(problem, after_teaching(problem, result, course, people, time_limit))
        more = [str(now - then) for now, then in zip(after, before, strict=True)]
        rows.append([f"{size}, seed {seed}: {name}", course, str(len(people)), *more, f"{spent:.1f}"])
    return rows


def _worth(unlocked: Unlocked) -> tuple[int, int]:
    return (
        sum(learner.urgent for learner in unlocked.learners),
        sum(learner.value for learner in unlocked.learners),
    )


def against_every_choice(districts: int) -> tuple[int, int, int]:
    """(cases, what ours adds in value, what the best choice of three of up to eight learners adds), solved again."""
    cases = ours = best = 0
    for seed in range(districts):
        problem = generate(volunteers=90, requests=40, areas=4, seed=seed, trained=0.1)
        before = solve(problem, time_limit_seconds=20)
        for skill in SKILLS:
            learners = who_may_learn(problem, skill, seed, share=0.12)[:8]
            unlocked = unlocked_by(problem, before, [skill], learners, seats=3)
            if not unlocked.visits:
                continue

            def added(
                people: Iterable[str], problem: Problem = problem, skill: str = skill
            ) -> tuple[int, int]:
                after = after_teaching(problem, before, skill, people, 20)  # noqa: B023 - called at once
                return after.urgent_served - before.urgent_served, after.value - before.value  # noqa: B023

            cases += 1
            ours += added(learner.volunteer for learner in unlocked.learners)[1]
            best += max(map(added, itertools.combinations(learners, min(3, len(learners)))))[1]
    return cases, ours, best


def main(arguments: Sequence[str]) -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench training")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--seats", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3, help="districts of each size (3)")
    parser.add_argument("--time-limit", type=float, default=30.0, help="seconds for each plan (30)")
    parser.add_argument("--small", type=int, default=10, help="small districts with every choice solved (10)")
    asked = parser.parse_args(arguments)
    prepare()
    rows = [
        row
        for size in asked.size or SIZES
        for seed in range(asked.seeds)
        for row in compare(size, seed, asked.seats, asked.time_limit)
    ]
    show_table(
        f"what up to {asked.seats} seats unlock",
        ["rule", "course", "seats", "urgent", "requests", "visits", "seconds"],
        rows,
    )
    cases, ours, best = against_every_choice(asked.small)
    share = f"{ours / best:.1%}" if best else "nothing to gain"
    print(f"three seats, {cases} cases with every choice solved: ours adds {ours:,} of {best:,} ({share})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

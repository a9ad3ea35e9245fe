"""What a course would unlock beside a plan: for whom, by whom, and never at the cost of who is placed."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from app.matching.engine import Problem, Result, Unlocked, Volunteer, generate, solve, unlocked_by, verify
from app.matching.engine.learning import taught
from tests.matching.engine.district import district, visit, volunteer

TUESDAY, WEDNESDAY, THURSDAY = ((day, 18, 22) for day in (1, 2, 3))


def lifting(name: str, *, at: tuple[int, int, int] = TUESDAY, **changed: Any) -> Any:
    """Somebody is to be lifted: only who has learned it may come."""
    return visit(name, options=(at,), skills=("transfer",), **changed)


def asked(problem: Problem, learners: list[str], *, seats: int = 12) -> Unlocked:
    return unlocked_by(problem, solve(problem), ["transfer"], learners, seats=seats)


def seats_of(unlocked: Unlocked) -> list[tuple[str, tuple[str, ...]]]:
    return [(learner.volunteer, learner.visits) for learner in unlocked.learners]


def test_whoever_is_free_then_is_offered_the_seat() -> None:
    busy = volunteer("works on Tuesdays", free=((2, 0, 48),))
    problem = district([busy, volunteer("free")], [lifting("chan")])
    unlocked = asked(problem, ["works on Tuesdays", "free"])
    assert seats_of(unlocked) == [("free", ("chan",))]
    assert unlocked.visits == unlocked.certain == ("chan",)


def test_whoever_unlocks_most_comes_first_and_a_seat_that_unlocks_nothing_is_not_given() -> None:
    problem = district(
        [volunteer("one morning", free=(TUESDAY,)), volunteer("all week")],
        [lifting("chan"), lifting("wong", at=WEDNESDAY), lifting("lee", at=THURSDAY)],
    )
    unlocked = asked(problem, ["one morning", "all week"])
    assert seats_of(unlocked) == [("all week", ("chan", "lee", "wong"))]
    assert unlocked.reserves == ()


def test_who_is_asked_next_is_told_as_if_alone_beside_the_seats() -> None:
    problem = district(
        [volunteer(name, weekly_visits=1) for name in ("first", "second", "third")],
        [lifting("chan"), lifting("wong", at=WEDNESDAY)],
    )
    unlocked = asked(problem, ["first", "second", "third"], seats=1)
    assert len(unlocked.learners) == 1
    assert {learner.volunteer for learner in (*unlocked.learners, *unlocked.reserves)} == {
        "first",
        "second",
        "third",
    }
    assert all(len(learner.visits) == 1 for learner in unlocked.reserves)


def test_a_learner_may_take_the_place_of_somebody_who_is_needed_elsewhere() -> None:
    speaker = volunteer("speaks chiuchow", languages=("yue", "chiuchow"), skills={"transfer": None})
    problem = district(
        [speaker, volunteer("learner")],
        [lifting("chan", urgent=True), visit("wong", languages=("chiuchow",))],
    )
    unlocked = asked(problem, ["learner"])
    assert seats_of(unlocked) == [("learner", ("wong",))]
    assert unlocked.certain == ()


def test_those_who_are_needed_together_say_so() -> None:
    problem = district([volunteer("ah keung"), volunteer("ah mei")], [lifting("chan", seats=(2, 2))])
    unlocked = asked(problem, ["ah keung", "ah mei"])
    assert seats_of(unlocked) == [("ah keung", ("chan",)), ("ah mei", ("chan",))]
    assert [learner.together for learner in unlocked.learners] == [("ah mei",), ("ah keung",)]
    assert [bool(learner.value) for learner in unlocked.learners] == [True, False]
    assert asked(problem, ["ah keung", "ah mei"], seats=1).learners == ()


def test_an_urgent_visit_comes_before_two_others() -> None:
    problem = district(
        [volunteer("tuesdays", free=(TUESDAY,)), volunteer("later", free=(WEDNESDAY, THURSDAY))],
        [lifting("chan", urgent=True), lifting("wong", at=WEDNESDAY), lifting("lee", at=THURSDAY)],
    )
    assert [name for name, _ in seats_of(asked(problem, ["tuesdays", "later"], seats=1))] == ["tuesdays"]


def test_an_urgent_visit_reached_by_moving_somebody_comes_before_two_others() -> None:
    speaker = volunteer(
        "speaks chiuchow", languages=("yue", "chiuchow"), skills={"transfer": None}, free=(TUESDAY,)
    )
    problem = district(
        [speaker, volunteer("tuesdays", free=(TUESDAY,)), volunteer("later", free=(WEDNESDAY, THURSDAY))],
        [
            lifting("chan"),
            visit("lam", languages=("chiuchow",), urgent=True),
            lifting("wong", at=WEDNESDAY),
            lifting("lee", at=THURSDAY),
        ],
        pinned=(),
    )
    before = replace(solve(problem), pairings=(("chan", "speaks chiuchow", 0),))
    unlocked = unlocked_by(problem, before, ["transfer"], ["tuesdays", "later"], seats=1)
    assert seats_of(unlocked) == [("tuesdays", ("lam",))]


def test_whose_skill_runs_out_before_the_visit_learns_it_anew() -> None:
    lapsed = volunteer("lapsed", skills={"transfer": date(2026, 11, 23)})
    assert seats_of(asked(district([lapsed], [lifting("chan")]), ["lapsed"])) == [("lapsed", ("chan",))]


def test_a_promise_that_had_fallen_for_want_of_the_skill_does_not_come_back_by_itself() -> None:
    problem = district([volunteer("promised")], [lifting("chan")], pinned=(("chan", "promised", 0),))
    assert solve(problem).dropped_pins == (("chan", "promised", "has_required_skills"),)
    unlocked = unlocked_by(problem, solve(problem), ["transfer"], ["promised"])
    assert seats_of(unlocked) == [("promised", ("chan",))]


def test_without_learners_or_visits_nothing_is_unlocked() -> None:
    nobody = Unlocked((), (), (), ())
    assert asked(district([volunteer("a")], [lifting("chan")]), []) == nobody
    assert asked(district([volunteer("a")], []), ["a"]) == nobody
    with pytest.raises(KeyError):
        asked(district([volunteer("a")], [lifting("chan")]), ["stranger"])


def test_teaching_gives_a_skill_to_these_alone() -> None:
    problem = district([volunteer("a", skills={"escort": None}), volunteer("b")], [lifting("chan")])
    after = taught(problem, ["transfer"], np.array([0], dtype=np.int64))
    rows: list[Volunteer] = list(after.volunteers)
    assert [dict(row.skills) for row in rows] == [{"escort": None, "transfer": None}, {}]
    assert [dict(row.skills) for row in problem.volunteers] == [{"escort": None}, {}]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_to_be_gained_is_gained_when_all_is_solved_again(seed: int) -> None:
    problem = generate(volunteers=90, requests=40, areas=4, seed=seed, trained=0.1)
    before = solve(problem)
    for skill in ("transfer", "respite"):
        may = [row.id for row in problem.volunteers if skill not in row.skills and row.age >= 18][::6]
        unlocked = unlocked_by(problem, before, [skill], may, seats=3)
        people = np.array(
            [problem.volunteer_index[each.volunteer] for each in unlocked.learners], dtype=np.int64
        )
        problem_after = taught(problem, [skill], people)
        after: Result = solve(problem_after, starting_from=before)
        assert verify(problem_after, after).ok
        gained = sum(each.urgent for each in unlocked.learners), sum(each.value for each in unlocked.learners)
        assert (after.urgent_served - before.urgent_served, after.value - before.value) >= gained
        assert unlocked == unlocked_by(problem, before, [skill], may, seats=3)

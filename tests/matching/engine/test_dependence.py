"""What hangs on one person: what falls if they stop, and who would go instead; equal to solving again."""

import pytest

from app.matching.engine import Problem, Result, Visit, Volunteer, dependence_on, generate, solve
from app.matching.engine.dependence import Dependence, Duty
from tests.matching.engine.district import district, visit, volunteer

WEDNESDAY = ((2, 18, 22),)


def hangs_on(
    name: str, volunteers: list[Volunteer], visits: list[Visit], *, promised: tuple[tuple[str, str, int], ...]
) -> Dependence:
    problem = district(volunteers, visits, pinned=promised)
    (found,) = dependence_on(problem, solve(problem), [name])
    return found


def without(problem: Problem, name: str) -> Problem:
    """The problem as it is once somebody has left, their promises too."""
    return problem.with_changes(
        volunteers=[row for row in problem.volunteers if row.id != name],
        pinned=[pin for pin in problem.pinned if pin[1] != name],
        shadows=[shadow for shadow in problem.shadows if name not in (shadow.senior, shadow.successor)],
    )


def test_a_visit_that_only_one_person_can_make_falls_with_them() -> None:
    speaker = volunteer("speaks hakka", languages=("hakka",))
    found = hangs_on(
        "speaks hakka",
        [speaker, volunteer("neighbour")],
        [visit("chan", languages=("hakka",), urgent=True), visit("wong", options=WEDNESDAY)],
        promised=(("chan", "speaks hakka", 0), ("wong", "speaks hakka", 0)),
    )
    assert found.duties == (Duty("chan", 0, True, ()), Duty("wong", 1, False, ("neighbour",)))
    assert (found.falls, found.urgent) == (("chan",), 1)


def test_nobody_placed_is_moved_to_leave_somebody_else_without_help() -> None:
    found = hangs_on(
        "senior",
        [volunteer("senior", languages=("hakka",)), volunteer("other", languages=("yue", "hakka"))],
        [visit("chan", languages=("hakka",), urgent=True), visit("wong", waiting_days=9)],
        promised=(("chan", "senior", 0),),
    )
    assert found.duties == (Duty("chan", 1, True, ()),)
    assert found.falls == ("chan",)


def test_the_others_of_a_team_keep_their_promises() -> None:
    found = hangs_on(
        "senior",
        [volunteer(name) for name in ("senior", "promised", "free")],
        [visit("chan", seats=(2, 2))],
        promised=(("chan", "senior", 0), ("chan", "promised", 0)),
    )
    assert found.duties == (Duty("chan", 1, False, ("free",)),)
    assert (found.falls, found.value) == ((), 0)


def test_who_holds_nothing_is_missed_nowhere() -> None:
    found = hangs_on("idle", [volunteer("idle"), volunteer("busy")], [], promised=())
    assert found == Dependence("idle", (), (), 0, 0)


def test_the_one_who_would_be_missed_most_comes_first_and_a_stranger_is_refused() -> None:
    people = [volunteer(name, languages=(name,)) for name in ("hakka", "chiuchow", "en")]
    problem = district(
        people,
        [visit("one", languages=("hakka",)), visit("two", languages=("chiuchow",), urgent=True)],
    )
    result = solve(problem)
    ranked = dependence_on(problem, result, ["en", "hakka", "chiuchow"])
    assert [each.volunteer for each in ranked] == ["chiuchow", "hakka", "en"]
    with pytest.raises(KeyError):
        dependence_on(problem, result, ["stranger"])


@pytest.mark.parametrize("seed", range(3))
def test_no_less_is_said_to_fall_than_solving_again_shows_and_nearly_never_more(seed: int) -> None:
    problem = generate(volunteers=70, requests=30, areas=4, seed=seed, pins=6)
    result: Result = solve(problem)
    people = sorted({person for _, person, _ in result.pairings})
    agreed = 0
    told = dependence_on(problem, result, people)[:8]
    for each in told:
        again = solve(without(problem, each.volunteer))
        fallen = len(again.unserved) - len(result.unserved)
        assert (result.urgent_served - again.urgent_served, result.value - again.value) <= (
            each.urgent,
            each.value,
        )
        agreed += fallen == len(each.falls)
    assert agreed >= len(told) - 1
    assert told == dependence_on(problem, result, reversed(people))[:8]

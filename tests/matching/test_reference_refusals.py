"""Impossible problems are refused with the place and the value; what the text allows is not."""

import copy
from typing import Any

import pytest

from app.matching.engine import InvalidProblem, Problem, solve
from tests.matching.reference.model import Json
from tests.matching.reference.rows import HERE, a_problem, a_visit, a_volunteer


def a_whole_problem() -> Json:
    return a_problem(
        [a_volunteer("mei"), a_volunteer("wing", wishes=["escort"])],
        [
            a_visit("n1", request="r1", sequence=1, options=[[1, 18, 22], [2, 18, 22]]),
            a_visit("n2", request="r1"),
        ],
        pinned=[["n1", "mei", 0]],
        previous=[["n1", "wing"]],
        shadows=[{"senior": "mei", "successor": "wing", "recipient": "c1", "wanted": 1}],
    )


MISSING = "(the key is taken out)"


def with_change(path: str, value: object) -> Json:
    """The whole problem with the value put at a path such as `volunteers/0/age`."""
    problem = a_whole_problem()
    place: Any = problem
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    for step in steps:
        place = place[step]
    if value == MISSING:
        del place[last]
    else:
        place[last] = value
    return problem


def sentence(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


SHADOW = {"senior": "mei", "successor": "wing", "recipient": "c1", "wanted": 1}

REFUSED: list[tuple[str, object, str]] = [
    ("format", "volunteer-matching-problem/2", "volunteer-matching-problem/2"),
    ("horizon/days", 13, "13"),
    ("horizon/starts_on", "2026-11-31", "2026-11-31"),
    ("horizon/starts_on", 20261123, "20261123"),
    ("horizon/weeks", 2, "weeks"),
    ("surprise", 1, "surprise"),
    ("volunteers/0/surprise", 1, "surprise"),
    ("visits/0/surprise", 1, "surprise"),
    ("shadows/0/surprise", 1, "surprise"),
    ("travel_minutes", MISSING, "travel_minutes"),
    ("volunteers/0/age", MISSING, "age"),
    ("visits/0/seats", MISSING, "seats"),
    ("areas/1", HERE, HERE),
    ("districts", [0], "districts"),
    ("travel_minutes/1", [40, 0], "travel_minutes"),
    ("travel_minutes/1/1", 5, "5"),
    ("travel_minutes/0/1", -20, "-20"),
    ("travel_minutes/0/1", 20.5, "20.5"),
    ("volunteers/0/id", "wing", "wing"),
    ("visits/0/id", "n2", "n2"),
    ("volunteers/0/home", "atlantis", "atlantis"),
    ("volunteers/0/serves", [HERE, "atlantis"], "atlantis"),
    ("visits/0/area", "atlantis", "atlantis"),
    ("volunteers/0/age", -1, "-1"),
    ("volunteers/0/age", 45.5, "45.5"),
    ("volunteers/0/age", True, "True"),
    ("volunteers/0/age", "45", "45"),
    ("volunteers/0/gender", "x", "x"),
    ("visits/0/gender", "x", "x"),
    ("visits/0/prefers_gender", "x", "x"),
    ("volunteers/0/skills", {"escort": "next year"}, "next year"),
    ("volunteers/0/clearances", {"scrc": "2027-02-29"}, "2027-02-29"),
    ("volunteers/0/skills", ["escort"], "skills"),
    ("volunteers/0/free", [[14, 0, 48]], "14"),
    ("volunteers/0/free", [[-1, 0, 48]], "-1"),
    ("volunteers/0/free", [[0, 0, 49]], "49"),
    ("volunteers/0/free", [[0, 20, 20]], "20"),
    ("volunteers/0/free", [[0, 20]], "20"),
    ("volunteers/0/weekly_visits", -1, "-1"),
    ("volunteers/0/weekly_minutes", -30, "-30"),
    ("volunteers/0/weekly_minutes", 1.5, "1.5"),
    ("volunteers/0/used", {"2026-11-24": [1, 30]}, "2026-11-24"),
    ("volunteers/0/used", {"2026-11-23": [-1, 30]}, "-1"),
    ("volunteers/0/used", {"2026-11-23": [1]}, "used"),
    ("volunteers/0/recent_visits", -1, "-1"),
    ("volunteers/1/avoids", ["escort"], "escort"),
    ("volunteers/0/experienced", 1, "1"),
    ("visits/0/options", [], "options"),
    ("visits/0/options", [[1, 22, 18]], "22"),
    ("visits/0/options", [[14, 18, 22]], "14"),
    ("visits/0/options", [[1, 18, 22], [2, 18, 22], [1, 18, 22]], "18"),
    ("visits/0/seats", [0, 1], "0"),
    ("visits/0/seats", [2, 1], "2"),
    ("visits/0/experienced", 2, "2"),
    ("visits/0/experienced", -1, "-1"),
    ("visits/0/waiting_days", -1, "-1"),
    ("visits/0/recipient", None, "n1"),
    ("visits/0/area", None, "n1"),
    ("visits/0/ages", None, "ages"),
    ("visits/0/ages", [18], "18"),
    ("visits/0/urgent", "yes", "yes"),
    ("visits/1/sequence", 1, "1"),
    ("pinned", [["n9", "mei", 0]], "n9"),
    ("pinned", [["n1", "v-gone", 0]], "v-gone"),
    ("pinned", [["n1", "mei", 2]], "2"),
    ("pinned", [["n1", "mei", -1]], "-1"),
    ("pinned", [["n1", "mei", 0], ["n1", "mei", 0]], "mei"),
    ("shadows", [SHADOW | {"senior": "v-gone"}], "v-gone"),
    ("shadows", [SHADOW | {"successor": "v-gone"}], "v-gone"),
    ("shadows", [SHADOW | {"successor": "mei"}], "mei"),
    ("shadows", [SHADOW | {"wanted": 0}], "0"),
]


@pytest.mark.parametrize(("path", "value", "named"), REFUSED, ids=sentence)
def test_an_impossible_problem_is_refused_by_name(path: str, value: object, named: str) -> None:
    with pytest.raises(InvalidProblem) as refusal:
        Problem.from_json(with_change(path, value))
    assert named in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("volunteers/0/free", [[0, 10, 20], [0, 20, 30], [0, 15, 25]]),
        ("volunteers/0/used", {"2026-11-23": [99, 9999], "2025-01-06": [1, 1]}),
        ("volunteers/0/home", HERE),
        ("volunteers/0/serves", []),
        ("volunteers/0/weekly_visits", 0),
        ("visits/0/known", ["v-gone"]),
        ("visits/0/continues", ["v-gone"]),
        ("visits/0/excluded", ["v-gone"]),
        ("visits/0/family", ["v-gone"]),
        ("previous", [["n-gone", "v-gone"], ["n1", "mei"]]),
        ("shadows", [SHADOW | {"recipient": "c-gone"}]),
        ("shadows", [SHADOW, SHADOW]),
        ("travel_minutes/0", [0, 300, 1]),
        ("pinned", [["n1", "mei", 0], ["n1", "mei", 1]]),
    ],
    ids=sentence,
)
def test_what_the_text_allows_is_not_refused(path: str, value: object) -> None:
    problem = with_change(path, value)
    before = copy.deepcopy(problem)
    solve(Problem.from_json(problem), time_limit_seconds=20.0)
    assert problem == before

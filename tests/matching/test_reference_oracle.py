"""The safeguarding oracle notices each harm that it promises against."""

import pytest

from tests.matching.reference.model import Json
from tests.matching.reference.oracle import broken_promises
from tests.matching.reference.rows import HERE, a_problem, a_visit, a_volunteer

MEI = ["n1", "mei", 0]
WING = ["n1", "wing", 0]


def told(
    visit: Json,
    mei: Json,
    wing: Json,
    pairings: list[list[object]],
    shadows: list[list[str]],
    **unserved: bool,
) -> list[str]:
    people = [a_volunteer("mei", **mei), a_volunteer("wing", **wing)]
    problem = a_problem(people, [a_visit("n1", **({"seats": [1, 2]} | visit)), a_visit("n2")])
    not_held = [{"visit": "n2"}] if not unserved else [{"visit": name} for name in unserved]
    return broken_promises(problem, {"pairings": pairings, "shadow_pairings": shadows, "unserved": not_held})


@pytest.mark.parametrize(
    ("harm", "visit", "mei"),
    [
        ("must never be sent", {"excluded": ["mei"]}, {}),
        ("is family", {"family": ["mei"]}, {}),
        ("never had the clearance", {"clearance": "scrc"}, {"clearances": {}}),
        ("ended on 2026-11-23", {"clearance": "scrc"}, {"clearances": {"scrc": "2026-11-23"}}),
        ("homes of strangers", {}, {"new_homes": False}),
        ("cannot do", {"demands": ["lifting"]}, {"cannot": ["lifting"]}),
        ("gender", {"gender": "f"}, {"gender": None}),
        ("did not offer", {}, {"free": [[1, 18, 21]]}),
    ],
)
def test_nobody_is_sent_where_they_must_not_go_neither_on_a_seat_nor_as_a_shadow(
    harm: str, visit: Json, mei: Json
) -> None:
    [on_a_seat] = told(visit, mei, {}, [MEI], [])
    [as_a_shadow] = told(visit, mei, {}, [WING], [["n1", "mei"]])
    assert harm in on_a_seat
    assert on_a_seat == as_a_shadow


@pytest.mark.parametrize(
    ("harm", "visit", "mei", "wing", "pairings", "shadows"),
    [
        ("minor", {}, {"age": 17}, {}, [MEI], []),
        ("minor", {}, {"age": 17}, {"age": 45}, [MEI], [["n1", "wing"]]),
        ("minor", {}, {"age": 17}, {"age": 16}, [MEI, WING], []),
        ("first visit", {"first_visit": True}, {}, {}, [MEI], []),
        ("experienced people", {"experienced": 1}, {}, {}, [MEI], []),
        ("one household", {}, {"household": "h1"}, {"household": "h1"}, [MEI, WING], []),
        ("one household", {}, {"household": "h1"}, {"household": "h1"}, [MEI], [["n1", "wing"]]),
        ("too few", {"seats": [2, 2]}, {}, {}, [MEI], []),
        ("too many", {"seats": [1, 1]}, {}, {}, [MEI, WING], []),
        ("two places at one visit", {}, {}, {}, [MEI], [["n1", "mei"]]),
        ("the same time", {"options": [[1, 18, 22], [2, 18, 22]]}, {}, {}, [MEI, ["n1", "wing", 1]], []),
    ],
)
def test_no_visit_takes_place_in_bad_company(
    harm: str, visit: Json, mei: Json, wing: Json, pairings: list[list[object]], shadows: list[list[str]]
) -> None:
    assert any(harm in sentence for sentence in told(visit, mei, wing, pairings, shadows))


def test_the_company_of_a_visit_that_does_not_take_place_is_not_judged_but_each_person_is() -> None:
    assert told({}, {"age": 17}, {}, [MEI], [], n1=True, n2=True) == []
    [sentence] = told({"family": ["mei"]}, {}, {}, [MEI], [], n1=True, n2=True)
    assert "is family" in sentence
    [sentence] = told({}, {}, {}, [MEI], [["n1", "wing"]], n1=True, n2=True)
    assert "nobody learns" in sentence


def test_a_visit_said_to_take_place_has_somebody_coming() -> None:
    sentences = told({}, {}, {}, [], [], n2=True)
    assert any("somebody coming" in sentence for sentence in sentences)


def test_nobody_is_expected_in_two_places_at_once() -> None:
    problem = a_problem([a_volunteer("mei")], [a_visit("n1"), a_visit("n2", options=[[1, 21, 23]])])
    result: Json = {"pairings": [MEI, ["n2", "mei", 0]], "shadow_pairings": [], "unserved": []}
    assert broken_promises(problem, result) == ["n1, n2: mei is expected in two places at once"]


def test_what_keeps_every_promise_is_left_in_peace() -> None:
    careful = {"first_visit": True, "clearance": "scrc", "known": ["mei"], "area": HERE}
    assert told(careful, {"new_homes": False}, {"age": 17}, [MEI, WING], []) == []
    assert told(careful, {"experienced": True}, {"age": 17}, [MEI], [["n1", "wing"]]) == []


@pytest.mark.parametrize(
    "mei",
    [
        {"clearances": {"scrc": "2026-11-24"}},
        {"age": 18},
        {"household": "h1"},
        {"free": [[1, 18, 20], [1, 20, 22]]},
        {"gender": "f"},
    ],
)
def test_whoever_just_meets_a_promise_keeps_it(mei: Json) -> None:
    assert told({"clearance": "scrc", "gender": "f"}, mei, {}, [MEI], []) == []

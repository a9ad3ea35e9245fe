"""The problem file and the command line: what is refused, and with which words."""

import copy
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.matching.engine import (
    InvalidProblem,
    InvalidResult,
    Problem,
    Result,
    Shadow,
    explain,
    generate,
    solve,
)
from app.matching.engine.__main__ import main
from tests.matching.engine.district import district, visit, volunteer

GOOD = district(
    [volunteer("v1"), volunteer("v2")],
    [
        visit("n1", sequence=1, request="r", recipient="c"),
        visit("n2", sequence=2, request="r", options=((8, 18, 20),)),
    ],
    pinned=(("n1", "v1", 0),),
    previous=(("n1", "v1"),),
    shadows=(Shadow("v1", "v2", "c", 1),),
).to_json()

BAD: tuple[tuple[str, list[Any], Any], ...] = (
    ("problem: format = 'x'", ["format"], "x"),
    ("problem: colour = 1: unknown key", ["colour"], 1),
    ("horizon: days = 7: must be 14", ["horizon", "days"], 7),
    ("horizon: starts_on = '20261123': must be a date", ["horizon", "starts_on"], "20261123"),
    ("horizon: record = 3: must be an object", ["horizon"], 3),
    ("areas: areas = 'on_yam': repeated", ["areas"], ["on_yam", "on_yam", "shek_lei"]),
    ("districts: districts = 1", ["districts"], [0]),
    ("area shek_lei: districts = -1", ["districts", 0], -1),
    ("travel_minutes: travel_minutes = 1", ["travel_minutes"], [[0, 1, 2]]),
    ("area shek_lei: travel_minutes = 2", ["travel_minutes", 0], [0, 1]),
    ("area on_yam: travel_minutes = -1", ["travel_minutes", 1, 0], -1),
    ("area on_yam: travel_minutes = 5: the diagonal", ["travel_minutes", 1, 1], 5),
    ("volunteers = {}: must be a list", ["volunteers"], {}),
    ("volunteer: record = 5: must be an object", ["volunteers", 0], 5),
    ("volunteer v2: id = 'v2': repeated", ["volunteers", 0, "id"], "v2"),
    ("volunteer: id = '': must not be empty", ["volunteers", 0, "id"], ""),
    ("id = '\\ud800': must be valid Unicode", ["volunteers", 0, "id"], "\ud800"),
    ("volunteer v1: home = 'moon': no such area", ["volunteers", 0, "home"], "moon"),
    ("volunteer v1: serves = 'moon': no such area", ["volunteers", 0, "serves"], ["moon"]),
    ("volunteer v1: age = 3.0: must be a whole number", ["volunteers", 0, "age"], 3.0),
    ("volunteer v1: age = True: must be a whole number", ["volunteers", 0, "age"], True),
    ("volunteer v1: age = -1: must not be negative", ["volunteers", 0, "age"], -1),
    ("volunteer v1: gender = 'x': must be f, m or null", ["volunteers", 0, "gender"], "x"),
    ("volunteer v1: experienced = 1: must be true or false", ["volunteers", 0, "experienced"], 1),
    ("volunteer v1: free = [14, 0, 1]", ["volunteers", 0, "free"], [[14, 0, 1]]),
    ("volunteer v1: free = [1, 5, 5]", ["volunteers", 0, "free"], [[1, 5, 5]]),
    ("volunteer v1: free = [1, 5, 49]", ["volunteers", 0, "free"], [[1, 5, 49]]),
    ("volunteer v1: free = [1, 5]: must have 3 items", ["volunteers", 0, "free"], [[1, 5]]),
    ("volunteer v1: used = '2026-11-24': must be a Monday", ["volunteers", 0, "used"], {"2026-11-24": [1, 30]}),
    ("volunteer v1: used = -1", ["volunteers", 0, "used"], {"2026-11-23": [-1, 30]}),
    ("volunteer v1: skills = []: must be an object", ["volunteers", 0, "skills"], []),
    ("volunteer v1: skills = 5: must be a date", ["volunteers", 0, "skills"], {"escort": 5}),
    ("volunteer v1: avoids = 'tea': both wished", ["volunteers", 0, "avoids"], ["tea"]),
    ("volunteer v1: languages = 4: must be text", ["volunteers", 0, "languages"], [4]),
    ("visit n1: area = 'moon': no such area", ["visits", 0, "area"], "moon"),
    ("visit n1: recipient = None: a visit at home", ["visits", 0, "recipient"], None),
    ("visit n1: area = None: a visit at home", ["visits", 0, "area"], None),
    ("visit n1: options = []", ["visits", 0, "options"], []),
    ("visit n1: options = [1, 18, 22]: repeated", ["visits", 0, "options"], [[1, 18, 22], [1, 18, 22]]),
    ("visit n1: seats = [0, 1]", ["visits", 0, "seats"], [0, 1]),
    ("visit n1: seats = [2, 1]", ["visits", 0, "seats"], [2, 1]),
    ("visit n1: experienced = 2", ["visits", 0, "experienced"], 2),
    ("visit n1: ages = [30, 20]", ["visits", 0, "ages"], [30, 20]),
    ("visit n1: prefers_ages = -5", ["visits", 0, "prefers_ages"], [-5, None]),
    ("visit n1: waiting_days = -1", ["visits", 0, "waiting_days"], -1),
    ("visit n2: sequence = 2: repeated in request r", ["visits", 0, "sequence"], 2),
    ("pin [n9, v1, 0]: visit = 'n9': no such visit", ["pinned"], [["n9", "v1", 0]]),
    ("pin [n1, v9, 0]: volunteer = 'v9': no such volunteer", ["pinned"], [["n1", "v9", 0]]),
    ("pin [n1, v1, 1]: option = 1", ["pinned"], [["n1", "v1", 1]]),
    ("pin [n1, v1, 0]: pinned = ['n1', 'v1', 0]: repeated", ["pinned"], [["n1", "v1", 0], ["n1", "v1", 0]]),
    ("senior = 'v9': no such volunteer", ["shadows", 0, "senior"], "v9"),
    ("successor = 'v1': must not be the senior", ["shadows", 0, "successor"], "v1"),
    ("wanted = 0: must be at least 1", ["shadows", 0, "wanted"], 0),
)  # fmt: skip


@pytest.mark.parametrize(("words", "path", "value"), BAD, ids=[words for words, _, _ in BAD])
def test_impossible_input_is_refused_with_its_place(words: str, path: list[Any], value: Any) -> None:
    document = copy.deepcopy(GOOD)
    document["visits"][0]["at_home"] = path[-1] in ("recipient", "area") and value is None
    document["volunteers"][0]["wishes"] = ["tea"]
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(InvalidProblem) as refusal:
        Problem.from_json(document)
    assert words in str(refusal.value)


@pytest.mark.parametrize("place", (["volunteers", 0], ["visits", 1], ["shadows", 0], ["horizon"], []))
def test_a_missing_key_is_named(place: list[Any]) -> None:
    document = copy.deepcopy(GOOD)
    target = document
    for key in place:
        target = target[key]
    key = next(iter(target))
    if not place:
        key = "areas"
    del target[key]
    with pytest.raises(InvalidProblem, match=f"{key} = None: missing"):
        Problem.from_json(document)


def test_the_file_is_read_as_it_was_written_and_has_a_name() -> None:
    document = json.loads(json.dumps(GOOD))
    problem = Problem.from_json(document)
    assert problem.to_json() == document
    document["volunteers"].reverse()
    assert Problem.from_json(document).hash == problem.hash
    document["previous"] = []
    assert Problem.from_json(document).hash != problem.hash
    assert len(problem.hash) == 64


def test_a_text_is_read_record_by_record_to_the_same_problem() -> None:
    problem = Problem.from_json(GOOD)
    for indent in (None, 2):
        assert Problem.from_text(json.dumps(GOOD, indent=indent)).hash == problem.hash
    backwards = dict(reversed(GOOD.items()))
    assert Problem.from_text(" " + json.dumps(backwards) + "\n").hash == problem.hash


@pytest.mark.parametrize(
    ("words", "change"),
    (
        ("volunteer v1: age = '45': must be a whole number", ('"age": 45', '"age": "45"')),
        (
            "visit n1: colour = 1: unknown key",
            ('"id": "n1", "request"', '"colour": 1, "id": "n1", "request"'),
        ),
        ("key 'age' is repeated", ('"age": 45', '"age": 45, "age": 45')),
        ("key 'areas' is repeated", ('{"format"', '{"areas": [], "format"')),
        ("problem: format = 'x'", ("volunteer-matching-problem/1", "x")),
        ("must be an object", ('{"format"', '[{"format"')),
        ("Expecting ','", ('}, {"id": "v2"', '} {"id": "v2"')),
        ("Expecting property name", ('{"format"', '{5, "format"')),
        ("Expecting ':'", ('{"format":', '{"format"')),
        ("Extra data", ('"shadows"', '"pins": {}} {"shadows"')),
        ("Expecting value", ('"pinned": [', '"pinned": ,[')),
    ),
)
def test_a_text_that_is_wrong_is_refused_with_its_place(words: str, change: tuple[str, str]) -> None:
    text = json.dumps(GOOD)
    wrong = text.replace(*change, 1) + ("]" if words == "must be an object" else "")
    assert wrong != text
    with pytest.raises(ValueError, match=re.escape(words)):
        Problem.from_text(wrong)


def test_a_text_that_breaks_off_is_refused() -> None:
    text = json.dumps(GOOD)
    for length in range(0, len(text), 97):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            Problem.from_text(text[:length])


def test_a_result_file_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidResult, match="format"):
        Result.from_json({"format": "x"})
    with pytest.raises(InvalidResult):
        Result.from_json({"format": "volunteer-matching-result/1"})


def test_the_commands_generate_solve_verify_and_explain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, result = tmp_path / "problem.json", tmp_path / "result.json"
    assert main(["generate", "--volunteers", "20", "--requests", "8", "--areas", "2", "--seed", "4"]) == 0
    problem.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["solve", str(problem), "--time-limit", "20"]) == 0
    result.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["verify", str(problem), str(result)]) == 0
    assert "no prices" not in capsys.readouterr().out
    first = json.loads(problem.read_text(encoding="utf-8"))["visits"][0]["id"]
    assert main(["explain", str(problem), str(result), first]) == 0
    assert json.loads(capsys.readouterr().out)["visit"] == first
    assert main(["explain", str(problem), str(result), "n0"]) == 2
    assert "no such visit" in capsys.readouterr().err
    told = json.loads(result.read_text(encoding="utf-8"))
    told["value"] += 1
    result.write_text(json.dumps(told), encoding="utf-8")
    assert main(["verify", str(problem), str(result)]) == 1
    assert "value" in capsys.readouterr().out
    standard_input = io.TextIOWrapper(io.BytesIO(b'{"format": 1, "format": 2}'))
    monkeypatch.setattr("sys.stdin", standard_input)
    assert main(["solve", "-"]) == 2
    assert "'format' is repeated" in capsys.readouterr().err


def test_an_explanation_says_who_why_who_else_and_who_is_missing() -> None:
    chosen = volunteer("ah_mei", wishes=("befriending",))
    other, busy = volunteer("bo"), volunteer("chan", age=70)
    wanted = visit("tea", ages=(18, 75), prefers_ages=(60, None))
    elsewhere = visit("walk", area="kwai_fong", ages=(70, None))
    strangers = [
        volunteer("far", serves=()),
        volunteer("late", free=((1, 20, 30),)),
        volunteer("young", age=12),
    ]
    nobody = visit("nobody", languages=("urdu",))
    problem = district([chosen, other, busy, *strangers], [wanted, elsewhere, nobody])
    result = solve(problem)
    told = explain(problem, result, "tea")
    assert told["served"]
    assert [row["volunteer"] for row in told["chosen"]] == ["ah_mei"]
    assert {"term": "fit", "amount": 75} in told["chosen"][0]["terms"]
    assert told["chosen"][0]["rules"][0]["rule"] == "serves_the_area"
    others = {row["volunteer"]: row for row in told["runners_up"]}
    assert others["bo"]["cost"] == 20
    assert others["bo"]["blocked_by"] == ["max"]
    assert others["chan"]["takes_from"] == ["walk"]
    assert others["chan"]["cost"] > 10_000
    steps = {row["rule"]: (row["removed"], row["remaining"]) for row in told["funnel"]}
    assert steps["serves_the_area"] == (1, 5)
    assert steps["is_free_then"] == (1, 4)
    assert steps["is_of_permitted_age"] == (1, 3)
    assert {row["rule"]: row["volunteers"] for row in explain(problem, result, "nobody")["near_misses"]} == {
        "speaks_a_language": ["ah_mei", "bo", "chan", "young"]
    }
    assert explain(problem, result, "nobody")["team_faults"] == ["min"]


def test_a_generated_problem_is_the_same_for_the_same_seed() -> None:
    sizes = {"volunteers": 30, "requests": 10, "areas": 3, "pins": 2}
    assert generate(**sizes, seed=1).hash == generate(**sizes, seed=1).hash
    assert generate(**sizes, seed=1).hash != generate(**sizes, seed=2).hash


def test_a_visit_that_waits_says_which_single_change_would_serve_it() -> None:
    late = volunteer("late", serves=("shek_lei",), free=((1, 20, 30),))
    untrained = volunteer("untrained", serves=("on_yam",))
    tired = volunteer("tired", serves=("kwai_fong",), weekly_visits=0)
    brief = volunteer("brief", serves=("kwai_fong",), weekly_minutes=90)
    lapsed = volunteer(
        "lapsed", serves=("on_yam",), skills={"escort": None}, clearances={"scrc": date(2026, 11, 1)}
    )
    visits = [
        visit("early"),
        visit("escort", area="on_yam", skills=("escort",), clearance="scrc"),
        visit("short of time", area="kwai_fong"),
        visit("pair", area="kwai_fong", seats=(2, 2), options=((2, 18, 22),)),
    ]
    untrained = replace(untrained, clearances={"scrc": None})
    result = solve(district([late, untrained, tired, brief, lapsed], visits))
    repairs = {row.visit: row.repairs for row in result.unserved}
    assert repairs["early"] == ({"change": "is_free_then", "volunteer": "late", "option": 0, "slots": 2},)
    assert repairs["escort"] == (
        {
            "change": "has_required_skills",
            "volunteer": "untrained",
            "option": 0,
            "skills": ["escort"],
            "renewed": False,
        },
        {"change": "has_clearance", "volunteer": "lapsed", "option": 0, "clearance": "scrc", "renewed": True},
    )
    assert repairs["short of time"] == (
        {"change": "weekly_minutes", "volunteer": "brief", "option": 0, "minutes": 30},
        {"change": "weekly_visits", "volunteer": "tired", "option": 0, "visits": 1},
    )
    assert repairs["pair"] == ()

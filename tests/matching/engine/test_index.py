"""Columns and the index of bit rows: the same people, the same pairs and the same hash as rows give."""

import hashlib
import json
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from app.matching.engine import RULE_CODES, InvalidProblem, Problem, Volunteer, check_rules, generate, solve
from app.matching.engine import index as index_module
from app.matching.engine.candidates import candidates_of
from app.matching.engine.columns import columns_of
from app.matching.engine.eligibility import eligible_at, eligible_pairs, failures_at, funnels_of
from app.matching.engine.roster import KEPT, Roster
from tests.matching.engine.district import district, visit, volunteer

PEOPLE = generate(volunteers=150, requests=60, areas=4, seed=5, pins=6)


def test_every_failure_is_told_rule_by_rule() -> None:
    columns = columns_of(PEOPLE)
    for number, wanted in enumerate(PEOPLE.visits[:25]):
        for option, time in zip(columns.options_of(number), wanted.options, strict=True):
            people, fails = failures_at(columns, option)
            assert tuple(fails) == RULE_CODES[1:]
            for place, person in enumerate(people.tolist()):
                checks = check_rules(PEOPLE.volunteers[person], wanted, time, PEOPLE.starts_on)
                assert [check.rule for check in checks if not check.passed] == [
                    rule for rule, failing in fails.items() if failing[place]
                ]


def test_all_pairs_and_all_funnels_are_those_of_single_questions() -> None:
    columns = columns_of(PEOPLE)
    pairs = eligible_pairs(columns)
    for option in range(len(columns.day)):
        assert pairs.of(option).tolist() == eligible_at(columns, option).tolist()
    everybody = range(len(PEOPLE.visits))
    assert funnels_of(columns, everybody) == [
        funnels_of(columns_of(PEOPLE), [number])[0] for number in everybody
    ]


def test_the_plain_twins_of_the_compiled_loops_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    small = generate(volunteers=70, requests=12, areas=2, seed=8)
    compiled = eligible_pairs(columns_of(small))
    funnels = funnels_of(columns_of(small), range(len(small.visits)))
    for name, function in vars(index_module).copy().items():
        if hasattr(function, "py_func"):
            monkeypatch.setattr(index_module, name, function.py_func)
    for name in ("passing", "reaching", "write_members"):
        monkeypatch.setattr(f"app.matching.engine.eligibility.{name}", getattr(index_module, name))
    plain = eligible_pairs(columns_of(small))
    assert plain.volunteer.tolist() == compiled.volunteer.tolist()
    assert plain.first.tolist() == compiled.first.tolist()
    assert funnels_of(columns_of(small), range(len(small.visits))) == funnels


def test_a_block_of_bits_is_transposed() -> None:
    random = np.random.default_rng(1)
    block = random.integers(0, 2**64, 64, dtype=np.uint64)
    turned = block.copy()
    index_module._transpose(turned)
    for row, place in ((0, 0), (3, 60), (63, 1), (17, 17)):
        assert int(turned[place]) >> row & 1 == int(block[row]) >> place & 1


def test_what_is_valid_is_exact_to_the_day() -> None:
    monday = PEOPLE.starts_on
    nurse = volunteer("nurse", skills={"nursing": monday.replace(day=25)}, clearances={"scrc": None})
    days = tuple((day, 18, 20) for day in range(14))
    columns = columns_of(
        district([nurse], [visit("care", options=days, skills=("nursing",), clearance="scrc")])
    )
    assert [len(eligible_at(columns, option)) for option in range(14)] == [1, 1, 1] + [0] * 11


def test_a_roster_gives_back_whom_it_took_in_whatever_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(PEOPLE.volunteers)
    shuffled = Random(3).sample(rows, len(rows))
    for kept in (KEPT, 20):
        monkeypatch.setattr("app.matching.engine.roster.KEPT", kept)
        monkeypatch.setattr("app.matching.engine.roster.AT_ONCE", 64)
        roster = Roster(row for row in shuffled)
        assert list(roster) == rows
        assert [roster[number] for number in range(len(rows))] == rows
        assert roster[-1] == rows[-1]
        assert roster[2:5] == tuple(rows[2:5])
        with pytest.raises(IndexError):
            roster[len(rows)]


def test_columns_are_the_same_whatever_the_order_of_the_file() -> None:
    document = PEOPLE.to_json()
    for key in ("volunteers", "visits"):
        document[key] = Random(7).sample(document[key], len(document[key]))
    there, here = candidates_of(Problem.from_json(document)), candidates_of(PEOPLE)
    assert there.pairs.volunteer.tolist() == here.pairs.volunteer.tolist()
    assert there.amounts.tolist() == here.amounts.tolist()
    assert there.columns.household.tolist() == here.columns.household.tolist()
    assert there.shadow_seats == here.shadow_seats


def test_the_hash_is_that_of_the_canonical_file() -> None:
    odd = volunteer(
        '陳 "大" 文',
        skills={"zither": None, "escort": PEOPLE.starts_on},
        used={PEOPLE.starts_on: (1, 30)},
        household="李",
        cannot=("dogs", "stairs"),
    )
    problem = district([odd, volunteer("bo")], [visit("tea", prefers_ages=(60, None), sequence=0)])
    text = json.dumps(problem.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert problem.hash == hashlib.sha256(text.encode()).hexdigest()


def test_a_thousand_million_minutes_a_week_are_as_good_as_no_limit() -> None:
    people = [volunteer(f"v{n}", weekly_visits=10**9, weekly_minutes=10**9) for n in range(4)]
    visits = [
        visit(f"n{n:02d}", options=((n % 7, 8 + 2 * (n // 7), 10 + 2 * (n // 7) + n % 5),)) for n in range(60)
    ]
    result = solve(district(people, visits), time_limit_seconds=20.0)
    assert result.seconds < 15.0
    assert not result.unserved


@pytest.mark.parametrize(
    ("person", "words"),
    (
        (volunteer("ah_mei", weekly_minutes=10**12), "ah_mei: weekly_minutes = 1000000000000: must be at most"),
        (volunteer("ah_mei", age=2**70), "volunteer ah_mei: age = 1180591620717411303424: must be at most"),
        (volunteer("ah_mei", free=((0, 0, 2**40),)), r"volunteer ah_mei: free = \[0, 0, 1099511627776\]"),
        (volunteer("ah_mei", used={PEOPLE.starts_on: (1, -(2**40))}), r"ah_mei: used = \[1, -1099511627776\]"),
    ),
)  # fmt: skip
def test_a_number_beyond_all_measure_is_refused_with_its_place(person: Volunteer, words: str) -> None:
    with pytest.raises(InvalidProblem, match=words):
        district([volunteer("bo"), person], [visit("tea")])


def test_the_first_wrong_volunteer_by_id_is_named_among_many() -> None:
    people = [
        replace(person, home="moon") if number in (90, 40) else person
        for number, person in enumerate(PEOPLE.volunteers)
    ]
    with pytest.raises(InvalidProblem, match=f"volunteer {people[40].id}: home = 'moon': no such area"):
        Problem(
            starts_on=PEOPLE.starts_on,
            areas=PEOPLE.areas,
            districts=PEOPLE.districts,
            travel_minutes=PEOPLE.travel_minutes,
            volunteers=reversed(people),
            visits=(),
        )


def test_a_problem_with_nobody_or_nothing_in_it_has_no_pairs() -> None:
    for people, visits in (([], []), ([volunteer("bo")], []), ([], [visit("tea"), visit("call", area=None)])):
        columns = columns_of(district(people, visits))
        assert len(eligible_pairs(columns).option) == 0
        assert funnels_of(columns, range(len(visits))) == [tuple((rule, 0) for rule in RULE_CODES)] * len(
            visits
        )

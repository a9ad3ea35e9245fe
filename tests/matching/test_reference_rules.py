"""The referee's own rules, value and funnel against cases counted by hand from the design's text."""

import pytest

from tests.matching.reference.model import HARD_RULES, Json, funnel, take_pins, violations
from tests.matching.reference.rows import FAR, HERE, NEXT_DOOR, a_problem, a_visit, a_volunteer
from tests.matching.reference.value import terms, urgent_served

ONE_DAY_EARLY, ON_THE_DAY = "2026-11-23", "2026-11-24"


def rules_of(faults: list[str]) -> set[str]:
    return {fault.split(":")[0] for fault in faults}


@pytest.mark.parametrize(
    ("rule", "asked", "mei"),
    [
        ("serves_the_area", {"area": FAR}, {"serves": [HERE, NEXT_DOOR]}),
        ("serves_the_area", {}, {"home": HERE, "serves": [FAR]}),
        ("is_free_then", {}, {"free": [[1, 18, 21]]}),
        ("is_free_then", {}, {"free": [[1, 18, 20], [1, 21, 22]]}),
        ("is_free_then", {}, {"free": [[2, 0, 48]]}),
        ("has_required_skills", {"skills": ["escort", "transfer"]}, {}),
        ("has_required_skills", {"skills": ["escort"]}, {"skills": {"escort": ONE_DAY_EARLY}}),
        ("has_clearance", {"clearance": "scrc"}, {"clearances": {}}),
        ("has_clearance", {"clearance": "scrc"}, {"clearances": {"scrc": ONE_DAY_EARLY}}),
        ("speaks_a_language", {"languages": ["en", "hak"]}, {}),
        ("is_of_required_gender", {"gender": "m"}, {}),
        ("is_of_required_gender", {"gender": "f"}, {"gender": None}),
        ("is_of_permitted_age", {"ages": [46, None]}, {}),
        ("is_of_permitted_age", {"ages": [None, 44]}, {}),
        ("can_do_what_it_asks", {"demands": ["stairs"]}, {"cannot": ["pets", "stairs"]}),
        ("may_enter_this_home", {}, {"new_homes": False}),
        ("is_not_excluded", {"excluded": ["mei"]}, {}),
        ("is_not_family", {"family": ["mei"]}, {}),
    ],
)
def test_a_seat_against_a_hard_rule_is_a_violation_and_falls_in_its_funnel(
    rule: str, asked: Json, mei: Json
) -> None:
    problem = a_problem([a_volunteer("mei", **mei)], [a_visit("n1", **asked)])
    assert rules_of(violations(problem, [["n1", "mei", 0]], [], [])) == {rule}
    assert funnel(problem, "n1") == [(rule, 1)]
    assert take_pins(problem | {"pinned": [["n1", "mei", 0]]}) == ([], [("n1", "mei", rule)])


@pytest.mark.parametrize(
    ("asked", "mei"),
    [
        ({"area": None, "at_home": False, "recipient": None}, {"serves": []}),
        ({}, {"free": [[1, 20, 22], [1, 17, 20]]}),
        ({}, {"free": [[1, 17, 21], [1, 19, 23]]}),
        ({"skills": ["escort"]}, {"skills": {"escort": ON_THE_DAY}}),
        ({"clearance": "scrc"}, {"clearances": {"scrc": ON_THE_DAY}}),
        ({"languages": ["en", "yue"]}, {}),
        ({"ages": [45, 45]}, {}),
        ({"known": ["mei"]}, {"new_homes": False}),
        ({"at_home": False}, {"new_homes": False}),
        ({"excluded": ["v-gone"], "family": ["v-gone"]}, {}),
    ],
)
def test_what_the_text_allows_is_no_violation(asked: Json, mei: Json) -> None:
    problem = a_problem([a_volunteer("mei", **mei)], [a_visit("n1", **asked)])
    assert violations(problem, [["n1", "mei", 0]], [], []) == []
    assert funnel(problem, "n1") == []


def test_a_volunteer_falls_in_the_funnel_once_at_the_furthest_rule_of_any_option() -> None:
    visit = a_visit("n1", options=[[1, 18, 22], [2, 18, 22]], gender="m", clearance="scrc")
    never_free = a_volunteer("never_free", free=[])
    lapses = a_volunteer("lapses", clearances={"scrc": ON_THE_DAY})
    woman = a_volunteer("woman", free=[[2, 0, 48]])
    fits = a_volunteer("fits", gender="m", free=[[2, 18, 22]])
    problem = a_problem([never_free, lapses, woman, fits], [visit])
    assert funnel(problem, "n1") == [("is_free_then", 1), ("is_of_required_gender", 2)]


def two_visits(first: Json, second: Json, **mei: object) -> Json:
    return a_problem([a_volunteer("mei", **mei)], [a_visit("n1", **first), a_visit("n2", **second)])


BOTH = [["n1", "mei", 0], ["n2", "mei", 0]]


@pytest.mark.parametrize(
    ("problem", "rules"),
    [
        (two_visits({}, {}), {"travel"}),
        (two_visits({}, {"options": [[1, 22, 23]]}), set()),
        (two_visits({}, {"options": [[1, 22, 23]], "area": NEXT_DOOR}), {"travel"}),
        (two_visits({}, {"options": [[1, 23, 24]], "area": NEXT_DOOR}), set()),
        (two_visits({"area": NEXT_DOOR}, {"options": [[1, 23, 24]]}), {"travel"}),
        (two_visits({"area": NEXT_DOOR}, {"options": [[1, 24, 25]]}), set()),
        (two_visits({"area": FAR}, {"options": [[1, 24, 25]]}), {"travel"}),
        (two_visits({"area": FAR}, {"options": [[1, 25, 26]]}), set()),
        (two_visits({"area": FAR}, {"options": [[1, 22, 24]], "area": None, "at_home": False}), set()),
        (two_visits({"area": FAR}, {"options": [[2, 22, 24]]}), set()),
        (two_visits({}, {"options": [[6, 18, 22]]}, weekly_visits=1), {"weekly_visits"}),
        (two_visits({}, {"options": [[7, 18, 22]]}, weekly_visits=1), set()),
        (two_visits({}, {"options": [[6, 18, 21]]}, weekly_minutes=209), {"weekly_minutes"}),
        (two_visits({}, {"options": [[6, 18, 21]]}, weekly_minutes=210), set()),
        (two_visits({}, {"options": [[7, 18, 21]]}, weekly_minutes=120), set()),
        (
            two_visits({}, {"options": [[7, 0, 1]]}, weekly_visits=2, used={"2026-11-30": [2, 0]}),
            {"weekly_visits"},
        ),
        (two_visits({}, {"options": [[7, 0, 1]]}, weekly_visits=1, used={"2026-11-16": [9, 999]}), set()),
        (two_visits({}, {"options": [[7, 0, 1]]}, used={"2026-11-30": [0, 1171]}), {"weekly_minutes"}),
        (two_visits({}, {"options": [[7, 0, 1]]}, used={"2026-11-30": [0, 1170]}), set()),
    ],
)
def test_gaps_for_travel_and_weekly_limits_are_counted_as_written(problem: Json, rules: set[str]) -> None:
    assert rules_of(violations(problem, BOTH, [], [])) == rules


def test_a_week_is_a_calendar_week_wherever_the_horizon_begins() -> None:
    problem = two_visits({"options": [[3, 18, 22]]}, {"options": [[4, 18, 22]]}, weekly_visits=1)
    assert violations(problem | {"horizon": {"starts_on": "2026-11-26", "days": 14}}, BOTH, [], []) == []
    faults = violations(problem | {"horizon": {"starts_on": "2026-11-25", "days": 14}}, BOTH, [], [])
    assert rules_of(faults) == {"weekly_visits"}


TEAM = [["n1", "mei", 0], ["n1", "wing", 0]]


def team_problem(asked: Json, mei: Json, wing: Json) -> Json:
    people = [a_volunteer("mei", **mei), a_volunteer("wing", **wing), a_volunteer("ah_fai")]
    return a_problem(people, [a_visit("n1", **({"seats": [1, 3]} | asked))])


@pytest.mark.parametrize(
    ("problem", "pairings", "rules"),
    [
        (team_problem({"seats": [2, 3]}, {}, {}), TEAM[:1], {"min"}),
        (team_problem({"seats": [1, 1]}, {}, {}), TEAM, {"max"}),
        (
            team_problem({"options": [[1, 18, 22], [2, 18, 22]]}, {}, {}),
            [TEAM[0], ["n1", "wing", 1]],
            {"option"},
        ),
        (team_problem({"experienced": 2}, {"experienced": True}, {}), TEAM, {"experienced"}),
        (team_problem({"experienced": 1}, {"experienced": True}, {}), TEAM, set()),
        (team_problem({}, {"age": 17}, {"age": 16}), TEAM, {"minor"}),
        (team_problem({}, {"age": 17}, {"age": 18}), TEAM, set()),
        (team_problem({"at_home": False}, {"age": 17}, {}), TEAM[:1], {"minor"}),
        (team_problem({"first_visit": True}, {}, {}), TEAM[:1], {"first_home_visit"}),
        (team_problem({"first_visit": True}, {"experienced": True}, {}), TEAM[:1], set()),
        (team_problem({"first_visit": True}, {}, {}), TEAM, set()),
        (team_problem({"first_visit": True, "at_home": False}, {}, {}), TEAM[:1], set()),
        (team_problem({}, {"household": "h1"}, {"household": "h1"}), TEAM, {"household"}),
        (team_problem({}, {"household": "h1"}, {"household": "h1"}), [*TEAM, ["n1", "ah_fai", 0]], set()),
        (team_problem({"at_home": False}, {"household": "h1"}, {"household": "h1"}), TEAM, set()),
        (team_problem({}, {"household": "h1"}, {"household": "h1"}), TEAM[:1], set()),
        (team_problem({}, {}, {}), TEAM, set()),
        (team_problem({}, {}, {}), [*TEAM, TEAM[0]], {"twice"}),
        (team_problem({}, {}, {}), [["n1", "mei", 1]], {"unknown"}),
        (team_problem({}, {}, {}), [["n1", "v-gone", 0]], {"unknown"}),
    ],
)
def test_team_rules_are_counted_as_written(
    problem: Json, pairings: list[list[object]], rules: set[str]
) -> None:
    assert rules_of(violations(problem, pairings, [], [])) == rules


def test_pins_are_taken_in_file_order_and_dropped_at_the_first_rule_they_break() -> None:
    people = [a_volunteer(name) for name in ("mei", "wing", "yan")] + [a_volunteer("ah_fai", weekly_visits=1)]
    visits = [
        a_visit("n1", options=[[1, 18, 22], [2, 18, 22]], seats=[1, 2]),
        a_visit("n2"),
        a_visit("n3", options=[[3, 18, 22]]),
    ]
    pinned = [
        ["n2", "mei", 0],
        ["n1", "mei", 0],
        ["n1", "wing", 0],
        ["n1", "ah_fai", 1],
        ["n1", "yan", 0],
        ["n1", "mei", 1],
        ["n3", "ah_fai", 0],
        ["n3", "yan", 0],
    ]
    problem = a_problem(people, visits, pinned=pinned)
    taken, dropped = take_pins(problem)
    assert taken == [("n2", "mei", 0), ("n1", "wing", 0), ("n1", "yan", 0), ("n3", "ah_fai", 0)]
    assert dropped == [
        ("n1", "mei", "travel"),
        ("n1", "ah_fai", "option"),
        ("n1", "mei", "max"),
        ("n3", "yan", "max"),
    ]
    assert violations(problem, taken, [], dropped) == []
    assert rules_of(violations(problem, taken[1:], [], dropped)) == {"pin"}
    assert rules_of(violations(problem, taken, [], dropped[1:])) == {"pin"}


def test_pins_that_do_not_serve_their_visit_stay_and_count_in_no_term() -> None:
    visit = a_visit("n1", seats=[2, 2], urgent=True, known=["mei"])
    problem = a_problem([a_volunteer("mei", recent_visits=0), a_volunteer("wing")], [visit], pinned=[TEAM[0]])
    assert violations(problem, TEAM[:1], [], []) == []
    assert sum(terms(problem, TEAM[:1], []).values()) == 0
    assert urgent_served(problem, TEAM[:1]) == 0
    assert urgent_served(problem, TEAM) == 1
    minors = [a_volunteer("mei", age=16), a_volunteer("wing", age=17)]
    too_young = a_problem(minors, [a_visit("n1", seats=[1, 2])], pinned=[TEAM[0]])
    assert violations(too_young, TEAM[:1], [], []) == []
    assert rules_of(violations(too_young, TEAM, [], [])) == {"minor"}


def shadow_problem(successor: Json, visit: Json | None = None, **told: object) -> Json:
    people = [a_volunteer("mei"), a_volunteer("wing", **successor), a_volunteer("yan")]
    visits = [a_visit("n1", **(visit or {})), a_visit("n2", options=[[2, 18, 22]])]
    entry = {"senior": "mei", "successor": "wing", "recipient": "c1", "wanted": 1}
    return a_problem(people, visits, **({"shadows": [entry]} | told))


SENIOR_TWICE = [["n1", "mei", 0], ["n2", "mei", 0]]


@pytest.mark.parametrize(
    ("problem", "pairings", "shadows", "rules"),
    [
        (shadow_problem({"skills": {}}, {"skills": ["escort"]}), SENIOR_TWICE, [["n1", "wing"]], set()),
        (shadow_problem({"clearances": {}}, {"clearance": "scrc"}), SENIOR_TWICE, [["n1", "wing"]], {"has_clearance"}),
        (shadow_problem({}), SENIOR_TWICE, [["n1", "wing"], ["n2", "wing"]], {"shadow_entry"}),
        (shadow_problem({}), [["n1", "yan", 0]], [["n1", "wing"]], {"shadow_entry"}),
        (shadow_problem({}), SENIOR_TWICE, [["n1", "yan"]], {"shadow_entry"}),
        (shadow_problem({}, {"recipient": "c2"}), SENIOR_TWICE, [["n1", "wing"]], {"shadow_entry"}),
        (shadow_problem({}), SENIOR_TWICE[1:], [["n1", "wing"]], {"shadow_at_unserved", "shadow_entry"}),
        (shadow_problem({}, {"seats": [2, 2]}, pinned=[["n1", "mei", 0]]), SENIOR_TWICE, [["n1", "wing"]],
         {"shadow_at_unserved"}),
        (shadow_problem({}), SENIOR_TWICE, [["n1", "wing"], ["n1", "wing"]], {"twice"}),
        (shadow_problem({}, {"seats": [1, 2]}), [*SENIOR_TWICE, ["n1", "wing", 0]], [["n1", "wing"]],
         {"shadow_holds_seat", "travel"}),
        (shadow_problem({}, {"options": [[2, 20, 24]]}), [["n1", "mei", 0], ["n2", "wing", 0]], [["n1", "wing"]],
         {"travel"}),
        (shadow_problem({"weekly_visits": 1}), [["n1", "mei", 0], ["n2", "wing", 0]], [["n1", "wing"]],
         {"weekly_visits"}),
        (shadow_problem({"weekly_minutes": 239}), [["n1", "mei", 0], ["n2", "wing", 0]], [["n1", "wing"]],
         {"weekly_minutes"}),
        (shadow_problem({"age": 16}), SENIOR_TWICE, [["n1", "wing"]], set()),
    ],
)  # fmt: skip
def test_shadow_rules_are_counted_as_written(
    problem: Json, pairings: list[list[object]], shadows: list[list[str]], rules: set[str]
) -> None:
    assert rules_of(violations(problem, pairings, shadows, [])) == rules


def test_entries_for_shadows_add_up_and_one_pairing_uses_one_entry() -> None:
    by_mei = {"senior": "mei", "successor": "wing", "recipient": "c1", "wanted": 1}
    by_yan = by_mei | {"senior": "yan"}
    both_teach_at_n1 = [["n1", "mei", 0], ["n1", "yan", 0], ["n2", "yan", 0]]
    twice = [["n1", "wing"], ["n2", "wing"]]
    two_seats = {"seats": [1, 2]}
    assert (
        violations(shadow_problem({}, two_seats, shadows=[by_yan, by_mei]), both_teach_at_n1, twice, []) == []
    )
    assert violations(shadow_problem({}, shadows=[by_mei, by_mei]), SENIOR_TWICE, twice, []) == []
    faults = violations(shadow_problem({}, two_seats, shadows=[by_yan]), both_teach_at_n1, twice, [])
    assert rules_of(faults) == {"shadow_entry"}


def test_a_household_is_tested_on_seats_alone_and_again_with_shadows() -> None:
    household, stranger = {"household": "h1"}, {"household": None}
    people = [
        a_volunteer("mei", **household),
        a_volunteer("yan", **household),
        a_volunteer("wing", **household),
    ]
    entry = {"senior": "mei", "successor": "wing", "recipient": "c1", "wanted": 1}
    family = a_problem(people, [a_visit("n1", seats=[1, 2])], shadows=[entry])
    assert rules_of(violations(family, TEAM[:1], [["n1", "wing"]], [])) == {"household_with_shadows"}
    mixed = family | {"volunteers": [*people[:2], a_volunteer("wing", **stranger)]}
    assert violations(mixed, TEAM[:1], [["n1", "wing"]], []) == []
    seats_of_one_household = [["n1", "mei", 0], ["n1", "yan", 0]]
    assert "household" in rules_of(violations(mixed, seats_of_one_household, [["n1", "wing"]], []))


ANY_FIT = 40 + 25 + 15


@pytest.mark.parametrize(
    ("term", "amount", "asked", "mei", "told"),
    [
        ("served", 10_000, {}, {}, {}),
        ("served", 10_000 + 40 * 89, {"waiting_days": 89}, {}, {}),
        ("served", 13_600, {"waiting_days": 91}, {}, {}),
        ("request_begun", 5_000, {}, {}, {}),
        ("extra_seats", 0, {"seats": [1, 3]}, {}, {}),
        ("continues", 400, {"continues": ["mei", "v-gone"]}, {}, {}),
        ("known", 300, {"known": ["v-gone", "mei"]}, {}, {}),
        ("not_seen_lately", 200, {}, {"recent_visits": 0}, {}),
        ("as_last_night", 150, {}, {}, {"previous": [["n1", "mei"], ["n1", "mei"], ["n9", "mei"]]}),
        ("fit", ANY_FIT, {}, {}, {}),
        ("fit", ANY_FIT, {"area": None, "at_home": False}, {"home": FAR}, {}),
        ("fit", ANY_FIT - 40, {"area": FAR}, {}, {}),
        ("fit", ANY_FIT - 40 + 26, {"area": NEXT_DOOR}, {}, {}),
        ("fit", ANY_FIT - 40 + 13, {}, {"home": NEXT_DOOR}, {}),
        ("fit", ANY_FIT, {"prefers_ages": [45, None]}, {}, {}),
        ("fit", ANY_FIT - 25, {"prefers_ages": [46, None]}, {}, {}),
        ("fit", ANY_FIT - 15, {"prefers_gender": "m"}, {}, {}),
        ("fit", ANY_FIT - 15, {"prefers_gender": "f"}, {"gender": None}, {}),
        ("fit", 100, {}, {"wishes": ["escort"]}, {}),
        ("fit", 0, {}, {"avoids": ["escort"]}, {}),
        ("across_ages", 0, {}, {"age": 60}, {}),
        ("repeats", 0, {}, {}, {}),
    ],
)
def test_a_single_seat_earns_what_the_policy_says(
    term: str, amount: int, asked: Json, mei: Json, told: Json
) -> None:
    problem = a_problem([a_volunteer("mei", **mei)], [a_visit("n1", **asked)], **told)
    assert terms(problem, TEAM[:1], [])[term] == amount


def test_terms_over_several_seats_and_visits_add_up() -> None:
    people = [
        a_volunteer("mei", age=60, recent_visits=0),
        a_volunteer("wing", age=29),
        a_volunteer("yan", age=30),
    ]
    days: list[Json] = [{"options": [[day, 18, 22]], "request": "r1", "seats": [1, 3]} for day in range(5)]
    visits = [
        a_visit("n1", **days[0], sequence=2),
        a_visit("n2", **days[1], sequence=9),
        a_visit("n3", **days[2], sequence=5),
        a_visit("n4", **days[3]),
        a_visit("n5", **days[4], sequence=10),
    ]
    entry = {"senior": "mei", "successor": "yan", "recipient": "c1", "wanted": 2}
    problem = a_problem(people, visits, shadows=[entry])
    pairings = [
        *(["n1", name, 0] for name in ("mei", "wing")),
        *(["n3", name, 0] for name in ("mei", "wing", "yan")),
        *(["n4", name, 0] for name in ("mei", "wing")),
        *(["n5", name, 0] for name in ("mei", "yan")),
    ]
    assert violations(problem, pairings, [["n1", "yan"], ["n4", "yan"]], []) == []
    assert terms(problem, pairings, [["n1", "yan"], ["n4", "yan"]]) == {
        "served": 40_000,
        "request_begun": 5_000,
        "extra_seats": 500 * 5,
        "continues": 0,
        "continuity": 400 * 2,
        "known": 0,
        "not_seen_lately": 200,
        "as_last_night": 0,
        "fit": ANY_FIT * 9,
        "across_ages": 60 * 3,
        "repeats": -30 * (0 + 1 + 2 + 3) - 30 * (0 + 1 + 2) - 30 * (0 + 1),
        "shadows": 200,
    }


def test_the_hard_rules_stand_in_the_order_of_the_design() -> None:
    design = """serves_the_area is_free_then has_required_skills has_clearance speaks_a_language is_of_required_gender
        is_of_permitted_age can_do_what_it_asks may_enter_this_home is_not_excluded is_not_family"""
    assert list(HARD_RULES) == design.split()

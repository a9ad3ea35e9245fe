"""Each hard rule kept and broken, alone, and the columns agreeing with the rows."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.engine import (
    HARD_RULES,
    RULE_CODES,
    broken_plan_rules,
    broken_team_rules,
    check_rules,
    first_broken_rule,
    generate,
    is_eligible,
)
from app.matching.engine.columns import columns_of
from app.matching.engine.eligibility import eligible_at, funnels_of
from tests.matching.engine.district import MONDAY, district, visit, volunteer

TUESDAY = date(2026, 11, 24)
BOTH = {"lift": None, "escort": None}
BROKEN: tuple[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    ("serves_the_area", {"serves": ("on_yam",)}, {"serves": ("shek_lei",)}, {}),
    ("is_free_then", {"free": ((1, 18, 21),)}, {"free": ((1, 20, 22), (1, 18, 20))}, {}),
    ("is_free_then", {"free": ((8, 18, 22),)}, {"free": ((1, 10, 19), (1, 12, 30))}, {}),
    ("has_required_skills", {"skills": {"lift": None}}, {"skills": BOTH}, {"skills": ("lift", "escort")}),
    ("has_required_skills", {"skills": {"lift": MONDAY}}, {"skills": {"lift": TUESDAY}}, {"skills": ("lift",)}),
    ("has_clearance", {}, {"clearances": {"scrc": None}}, {"clearance": "scrc"}),
    ("has_clearance", {"clearances": {"scrc": MONDAY}}, {"clearances": {"scrc": TUESDAY}}, {"clearance": "scrc"}),
    ("speaks_a_language", {"languages": ("en",)}, {"languages": ("en", "hakka")}, {"languages": ("yue", "hakka")}),
    ("is_of_required_gender", {"gender": "m"}, {"gender": "f"}, {"gender": "f"}),
    ("is_of_required_gender", {"gender": None}, {"gender": "m"}, {"gender": "m"}),
    ("is_of_permitted_age", {"age": 17}, {"age": 18}, {"ages": (18, None)}),
    ("is_of_permitted_age", {"age": 71}, {"age": 70}, {"ages": (None, 70)}),
    ("can_do_what_it_asks", {"cannot": ("dogs", "stairs")}, {"cannot": ("dogs",)}, {"demands": ("stairs",)}),
    ("may_enter_this_home", {"new_homes": False}, {"new_homes": True}, {"at_home": True}),
    ("is_not_excluded", {}, {}, {"excluded": ("stranger",)}),
    ("is_not_family", {}, {}, {"family": ("stranger",)}),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "broken", "kept", "asked"), BROKEN)
def test_each_rule_alone_keeps_somebody_away(
    rule: str, broken: dict[str, Any], kept: dict[str, Any], asked: dict[str, Any]
) -> None:
    wanted = visit("outing", **asked)
    stranger, friend = volunteer("stranger", **broken), volunteer("friend", **kept)
    assert first_broken_rule(stranger, wanted, wanted.options[0], MONDAY) == rule
    assert is_eligible(friend, wanted, wanted.options[0], MONDAY)
    failed = [
        check.rule for check in check_rules(stranger, wanted, wanted.options[0], MONDAY) if not check.passed
    ]
    assert failed == [rule]


def test_a_person_known_to_the_recipient_may_enter_although_new_homes_are_not_for_them() -> None:
    wanted = visit("tea", at_home=True, known=("old friend",))
    friend = volunteer("old friend", new_homes=False)
    assert is_eligible(friend, wanted, wanted.options[0], MONDAY)


def test_a_visit_without_an_area_is_open_to_people_of_any_area() -> None:
    wanted = visit("call", area=None)
    assert is_eligible(volunteer("far", serves=()), wanted, wanted.options[0], MONDAY)


def test_a_successor_who_joins_needs_no_skills_yet() -> None:
    wanted = visit("walk", skills=("escort",), languages=("hakka",))
    learner = volunteer("learner", languages=("hakka",))
    assert is_eligible(learner, wanted, wanted.options[0], MONDAY, shadow=True)
    assert (
        first_broken_rule(volunteer("mute"), wanted, wanted.options[0], MONDAY, shadow=True)
        == "speaks_a_language"
    )


def test_every_check_says_what_was_required_and_what_was_found() -> None:
    wanted = visit("walk", skills=("escort",), clearance="scrc", gender="f", ages=(18, 70))
    checks = check_rules(
        volunteer("ah_mei", gender="m", skills={"escort": MONDAY}), wanted, (1, 18, 22), MONDAY
    )
    facts = {check.rule: (check.required, check.actual) for check in checks}
    assert tuple(facts) == RULE_CODES == tuple(rule.__name__ for rule in HARD_RULES)
    assert facts["has_required_skills"] == (
        {"skills": ["escort"], "on": "2026-11-24"},
        {"escort": "2026-11-23"},
    )
    assert facts["has_clearance"] == ({"clearance": "scrc", "on": "2026-11-24"}, {})
    assert facts["is_of_required_gender"] == ("f", "m")
    assert facts["is_of_permitted_age"] == ([18, 70], 45)


@pytest.mark.parametrize(
    ("rule", "team", "asked"),
    (
        ("min", [], {}),
        ("max", ["adult", "senior"], {}),
        ("experienced", ["adult"], {"experienced": 1}),
        ("minor_without_adult", ["pupil"], {}),
        ("first_visit_alone", ["adult"], {"at_home": True, "first_visit": True}),
        ("one_household", ["wife", "husband"], {"at_home": True, "seats": (1, 3)}),
    ),
)
def test_each_team_rule_is_named_when_it_fails(rule: str, team: list[str], asked: dict[str, Any]) -> None:
    people = {
        "adult": volunteer("adult"),
        "senior": volunteer("senior", experienced=True),
        "pupil": volunteer("pupil", age=16),
        "wife": volunteer("wife", household="lee"),
        "husband": volunteer("husband", household="lee"),
    }
    assert broken_team_rules(visit("outing", **asked), [people[name] for name in team]) == (rule,)


def test_teams_that_keep_the_rules_serve() -> None:
    first = visit("first", at_home=True, first_visit=True, seats=(1, 3))
    senior, pupil = (
        volunteer("senior", experienced=True, household="lee"),
        volunteer("pupil", age=16, household="lee"),
    )
    neighbour = volunteer("neighbour")
    assert broken_team_rules(first, [senior]) == ()
    assert broken_team_rules(first, [neighbour, pupil]) == ()
    assert broken_team_rules(first, [senior, pupil]) == ("one_household",)
    assert broken_team_rules(first, [senior, pupil, neighbour]) == ()
    nobodys_household = [volunteer("one"), volunteer("two")]
    assert broken_team_rules(visit("home", at_home=True, seats=(2, 2)), nobodys_household) == ()


def test_travel_between_two_visits_is_counted_in_whole_half_hours_and_by_direction() -> None:
    # Shek Lei to On Yam takes 20 minutes (1 slot), Kwai Fong to Shek Lei 45 (2 slots).
    morning = visit("morning", options=((1, 18, 20),))
    near, tight = (
        visit("near", area="on_yam", options=((1, 21, 23),)),
        visit("tight", area="on_yam", options=((1, 20, 22),)),
    )
    before = visit("before", area="kwai_fong", options=((1, 14, 17),))
    problem = district([volunteer("walker")], [morning, near, tight, before])
    held = [("morning", "walker", 0)]
    assert broken_plan_rules(problem, held, "near", "walker", 0) == ()
    assert broken_plan_rules(problem, held, "tight", "walker", 0) == ("travel",)
    assert broken_plan_rules(problem, held, "before", "walker", 0) == ("travel",)


def test_weeks_run_from_monday_to_sunday_and_what_is_used_counts() -> None:
    walker = volunteer("walker", weekly_visits=2, weekly_minutes=240, used={MONDAY: (1, 60)})
    visits = [
        visit("sunday", options=((6, 18, 20),)),
        visit("next monday", options=((7, 18, 22),)),
        visit("tuesday", options=((1, 18, 20),)),
        visit("long", options=((2, 10, 17),)),
    ]
    problem = district([walker], visits)
    held = [("tuesday", "walker", 0)]
    assert broken_plan_rules(problem, held, "sunday", "walker", 0) == ("weekly_visits",)
    assert broken_plan_rules(problem, held, "next monday", "walker", 0) == ()
    assert broken_plan_rules(problem, [], "long", "walker", 0) == ("weekly_minutes",)


def test_a_full_visit_and_another_option_are_named_in_order() -> None:
    wanted = visit("choice", options=((1, 18, 20), (2, 18, 20)))
    problem = district([volunteer("first"), volunteer("second")], [wanted])
    assert broken_plan_rules(problem, [("choice", "first", 0)], "choice", "second", 1) == ("max", "option")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_columns_agree_with_the_rows(seed: int) -> None:
    problem = generate(volunteers=25, requests=6, areas=3, seed=seed)
    columns = columns_of(problem)
    for number, wanted in enumerate(problem.visits):
        furthest = np.zeros(len(problem.volunteers), dtype=np.int64)
        for index, option in zip(columns.options_of(number), wanted.options, strict=True):
            for shadow in (False, True):
                by_rows = [
                    place
                    for place, person in enumerate(problem.volunteers)
                    if is_eligible(person, wanted, option, problem.starts_on, shadow=shadow)
                ]
                assert eligible_at(columns, index, shadow=shadow).tolist() == by_rows
            for place, person in enumerate(problem.volunteers):
                broken = first_broken_rule(person, wanted, option, problem.starts_on)
                furthest[place] = max(
                    furthest[place], len(RULE_CODES) if broken is None else RULE_CODES.index(broken)
                )
        assert funnels_of(columns, [number])[0] == tuple(
            (rule, int((furthest == depth).sum())) for depth, rule in enumerate(RULE_CODES)
        )

"""Each term of the value, its exact amount, and when it is not paid."""

from typing import Any

import pytest

from app.matching.engine import TERMS, Problem, Shadow, value_of, value_terms
from app.matching.engine.policy import fit
from tests.matching.engine.district import district, visit, volunteer

# A person from Shek Lei at a visit in Shek Lei, no preference asked: 40 + 25 + 15.
PLAIN_FIT = 80


def terms_of(
    problem: Problem, *pairings: tuple[str, str, int], shadows: tuple[tuple[str, str], ...] = ()
) -> dict[str, int]:
    """The terms that are not 0."""
    terms = value_terms(problem, pairings, shadows)
    assert tuple(terms) == TERMS
    return {term: amount for term, amount in terms.items() if amount}


def test_a_served_visit_pays_more_the_longer_the_carer_has_waited_up_to_ninety_days() -> None:
    for days, amount in ((0, 10_000), (12, 10_480), (90, 13_600), (200, 13_600)):
        problem = district([volunteer("ah_mei")], [visit("tea", waiting_days=days)])
        assert terms_of(problem, ("tea", "ah_mei", 0)) == {
            "served": amount,
            "request_served": 5_000,
            "fit": PLAIN_FIT,
        }


def test_a_request_is_paid_once_however_many_of_its_visits_are_served() -> None:
    visits = [
        visit("mon", request="r", options=((0, 18, 20),)),
        visit("tue", request="r", options=((1, 18, 20),)),
    ]
    problem = district([volunteer("ah_mei"), volunteer("bo")], visits)
    assert terms_of(problem, ("mon", "ah_mei", 0), ("tue", "bo", 0))["request_served"] == 5_000


def test_seats_above_the_least_pay_and_the_least_do_not() -> None:
    problem = district([volunteer("a"), volunteer("b"), volunteer("c")], [visit("fair", seats=(2, 3))])
    assert "seats_above_min" not in terms_of(problem, ("fair", "a", 0), ("fair", "b", 0))
    three = terms_of(problem, ("fair", "a", 0), ("fair", "b", 0), ("fair", "c", 0))
    assert three["seats_above_min"] == 500


def test_who_served_last_who_is_known_and_who_was_proposed_are_paid() -> None:
    wanted = visit("tea", continues=("ah_mei", "nobody"), known=("ah_mei",))
    problem = district(
        [volunteer("ah_mei"), volunteer("bo")], [wanted], previous=(("tea", "ah_mei"), ("gone", "bo"))
    )
    terms = terms_of(problem, ("tea", "ah_mei", 0))
    assert (terms["continues"], terms["known"], terms["same_as_last_night"]) == (400, 300, 150)
    assert not {"continues", "known", "same_as_last_night"} & set(terms_of(problem, ("tea", "bo", 0)))


def test_continuity_is_paid_for_neighbours_in_the_sequence_only() -> None:
    visits = [
        visit(f"week {place}", request="r", sequence=sequence, options=((place, 18, 20),))
        for place, sequence in enumerate((2, 5, 9, None))
    ]
    problem = district([volunteer("ah_mei"), volunteer("bo")], visits)
    assert terms_of(problem, ("week 0", "ah_mei", 0), ("week 1", "ah_mei", 0))["continuity"] == 400
    assert "continuity" not in terms_of(problem, ("week 0", "ah_mei", 0), ("week 2", "ah_mei", 0))
    assert "continuity" not in terms_of(problem, ("week 2", "ah_mei", 0), ("week 3", "ah_mei", 0))
    every = [(f"week {place}", "ah_mei", 0) for place in range(4)]
    assert terms_of(problem, *every)["continuity"] == 800


def test_a_first_seat_pays_and_further_seats_cost_more_each() -> None:
    visits = [visit(f"day {day}", options=((day, 18, 20),)) for day in range(3)]
    problem = district([volunteer("newcomer", recent_visits=0)], visits)
    seats = [(f"day {day}", "newcomer", 0) for day in range(3)]
    assert terms_of(problem, seats[0])["first_seat"] == 200
    three = terms_of(problem, *seats)
    assert (three["first_seat"], three["further_seats"]) == (200, -90)


@pytest.mark.parametrize(
    ("expected", "person", "asked"),
    (
        (80, {}, {}),
        (80, {}, {"area": None}),
        (66, {}, {"area": "on_yam"}),  # 40 x (60 - 20) div 60 = 26
        (50, {}, {"area": "kwai_fong"}),  # 40 x (60 - 45) div 60 = 10
        (55, {}, {"prefers_ages": (60, None)}),
        (80, {"age": 60}, {"prefers_ages": (60, None)}),
        (65, {}, {"prefers_gender": "f"}),
        (80, {"gender": "f"}, {"prefers_gender": "f"}),
        (100, {"wishes": ("befriending",)}, {}),
        (0, {"avoids": ("befriending",)}, {}),
    ),
)
def test_fit_adds_what_suits(expected: int, person: dict[str, Any], asked: dict[str, Any]) -> None:
    wanted, somebody = visit("tea", **asked), volunteer("ah_mei", **person)
    assert fit(district([somebody], [wanted]), somebody, wanted) == expected


def test_old_and_young_together_are_paid_once() -> None:
    people = [volunteer("grandma", age=60), volunteer("student", age=29), volunteer("clerk", age=30)]
    problem = district(people, [visit("fair", seats=(1, 3))])
    both = terms_of(problem, ("fair", "grandma", 0), ("fair", "student", 0), ("fair", "clerk", 0))
    assert both["ages_together"] == 60
    assert "ages_together" not in terms_of(problem, ("fair", "grandma", 0), ("fair", "clerk", 0))


def test_each_shadow_seat_is_paid() -> None:
    problem = district(
        [volunteer("senior"), volunteer("heir")],
        [visit("tea", recipient="c")],
        shadows=(Shadow("senior", "heir", "c", 2),),
    )
    assert terms_of(problem, ("tea", "senior", 0), shadows=(("tea", "heir"),))["shadows"] == 100


def test_seats_of_a_visit_that_is_not_served_count_in_no_term() -> None:
    wanted = [visit("pair", seats=(2, 2)), visit("tea", options=((2, 18, 20),))]
    problem = district([volunteer("ah_mei", recent_visits=0)], wanted, pinned=(("pair", "ah_mei", 0),))
    assert value_of(problem, [("pair", "ah_mei", 0)]) == 0
    both = terms_of(problem, ("pair", "ah_mei", 0), ("tea", "ah_mei", 0))
    assert both == {"served": 10_000, "request_served": 5_000, "first_seat": 200, "fit": PLAIN_FIT}

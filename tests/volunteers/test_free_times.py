"""Usual parts of the week and exact times are one thing, said in two ways."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.volunteers.models import PARTS_OF_THE_WEEK
from app.volunteers.use_cases import FreeSlots, free_slots, usual_and_exact

parts = st.lists(st.sampled_from(sorted(PARTS_OF_THE_WEEK)), unique=True)
times = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 47), st.integers(1, 48)).filter(
        lambda time: time[1] < time[2]
    )
)


def half_hours(free: list[FreeSlots] | tuple[FreeSlots, ...]) -> set[tuple[int, int]]:
    return {(weekday, slot) for weekday, first, last in free for slot in range(first, last)}


def test_a_weekday_morning_is_nine_to_one_from_monday_to_friday() -> None:
    assert free_slots(["weekday_morning"]) == tuple((weekday, 18, 26) for weekday in range(5))


def test_an_afternoon_and_the_evening_after_it_are_one_stretch() -> None:
    assert free_slots(["weekend_afternoon", "weekend_evening"]) == ((5, 28, 43), (6, 28, 43))


def test_times_that_overlap_are_joined() -> None:
    assert free_slots([], [(2, 18, 24), (2, 20, 30), (2, 30, 31)]) == ((2, 18, 31),)


def test_an_exact_time_beside_a_usual_part_stays_exact() -> None:
    assert usual_and_exact(free_slots(["weekday_morning"], [(5, 18, 23)])) == (
        ["weekday_morning"],
        [(5, 18, 23)],
    )


@given(parts, times)
def test_nothing_is_lost_or_added_on_the_way_there_and_back(usual: list[str], exact: list[FreeSlots]) -> None:
    free = free_slots(usual, exact)
    assert set(usual) <= set(usual_and_exact(free)[0])
    assert half_hours(free_slots(*usual_and_exact(free))) == half_hours(free)


@given(parts, times)
def test_stretches_are_in_order_and_never_touch(usual: list[str], exact: list[FreeSlots]) -> None:
    free = free_slots(usual, exact)
    for (weekday, _first, last), (next_weekday, next_first, _last) in pairwise(free):
        assert (weekday, last) < (next_weekday, next_first)

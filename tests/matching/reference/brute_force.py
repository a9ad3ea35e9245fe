"""The best plan of a tiny problem by trying every plan: the test of the referee itself."""

from collections.abc import Iterator
from itertools import chain, combinations
from math import prod
from typing import TypeVar

from tests.matching.reference.model import (
    Book,
    Json,
    broken_hard_rule,
    broken_time_rules,
    take_pins,
    violations,
    why_not_served,
)
from tests.matching.reference.value import urgent_served, value

T = TypeVar("T")
Seats = tuple[tuple[str, str, int], ...]
Shadows = tuple[tuple[str, str], ...]


def plans_to_try(problem: Json) -> int:
    """How many plans there are at most, to know beforehand whether trying them all is worth the wait."""
    book = Book(problem)
    return prod(sum(1 for _ in _ways_to_hold(book, visit)) for visit in problem["visits"])


def best_by_trying_all(problem: Json) -> tuple[int, int]:
    """Most urgent visits served and the highest value, found without a solver among all plans.

    Whole plans are judged by `violations`; on the way only those are dropped in which somebody already does too much,
    for doing more never mends that.
    """
    book = Book(problem)
    dropped = take_pins(problem)[1]
    choices = [list(_ways_to_hold(book, visit)) for visit in problem["visits"]]
    best = (-1, 0)

    def go_on(position: int, seats: Seats, shadows: Shadows) -> None:
        nonlocal best
        if position < len(choices):
            for more_seats, more_shadows in choices[position]:
                touched = {one for _, one, _ in more_seats} | {one for _, one in more_shadows}
                if _everybody_can(book, touched, seats + more_seats, shadows + more_shadows):
                    go_on(position + 1, seats + more_seats, shadows + more_shadows)
            return
        reached = (urgent_served(problem, seats), value(problem, seats, shadows))
        if reached > best and not violations(problem, seats, shadows, dropped):
            best = reached

    go_on(0, (), ())
    return best


def _subsets(things: list[T], at_most: int) -> Iterator[tuple[T, ...]]:
    return chain.from_iterable(combinations(things, size) for size in range(at_most + 1))


def _ways_to_hold(book: Book, visit: Json) -> Iterator[tuple[Seats, Shadows]]:
    pinned = tuple(pin for pin in take_pins(book.problem)[0] if pin[0] == visit["id"])
    yield pinned, ()
    successors = sorted({entry["successor"] for entry in book.problem["shadows"]})
    for k, option in enumerate(visit["options"]):
        able = [
            (visit["id"], one["id"], k)
            for one in book.volunteers.values()
            if broken_hard_rule(book, visit, one, option) is None
        ]
        for seats in _subsets(able, visit["seats"][1]):
            if set(pinned) <= set(seats) and why_not_served(book, visit, seats) is None:
                for extra in _subsets(successors, len(successors)):
                    yield seats, tuple((visit["id"], one) for one in extra)


def _everybody_can(book: Book, people: set[str], seats: Seats, shadows: Shadows) -> bool:
    option_of = {visit_id: option for visit_id, _, option in seats}
    attended = [*((visit_id, one) for visit_id, one, _ in seats), *shadows]
    for one in people:
        held = [
            (book.visits[visit_id], book.visits[visit_id]["options"][option_of[visit_id]])
            for visit_id, somebody in attended
            if somebody == one
        ]
        if broken_time_rules(book, book.volunteers[one], held):
            return False
    return True

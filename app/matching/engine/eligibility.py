"""Who may do what: the hard rules over arrays, equal to `rules.py` by test, with the funnel of each visit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.columns import GENDERS, Bools, Columns, Ints
from app.matching.engine.rules import RULE_CODES

Funnel = tuple[tuple[str, int], ...]
Test = Callable[[Ints], Bools]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every eligible (option, volunteer), sorted by option, then volunteer."""

    option: NDArray[np.int32]
    volunteer: NDArray[np.int32]
    first: Ints
    """[option]: where the pairs of an option start; one entry more than there are options."""

    def of(self, option: int) -> NDArray[np.int32]:
        """The eligible volunteers at an option, ascending."""
        return self.volunteer[self.first[option] : self.first[option + 1]]


def eligible_pairs(columns: Columns) -> Pairs:
    """Every pair that breaks no hard rule."""
    found = [
        eligible_at(columns, option)
        for visit in range(len(columns.visits))
        for option in columns.options_of(visit)
    ]
    counts = np.array([len(volunteers) for volunteers in found], dtype=np.int64)
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    return Pairs(
        option=np.repeat(np.arange(len(found), dtype=np.int32), counts),
        volunteer=np.concatenate([np.zeros(0, dtype=np.int32), *found]).astype(np.int32),
        first=first,
    )


def eligible_at(columns: Columns, option: int, *, shadow: bool = False) -> Ints:
    """The volunteers eligible at one option, ascending; a shadow needs no skills."""
    people = _in_area(columns, option)
    for code, test in _tests(columns, option):
        if shadow and code == "has_required_skills":
            continue
        if test is not _everybody:
            people = people[test(people)]
        if not len(people):
            break
    return people


def failures_at(columns: Columns, option: int) -> tuple[Ints, dict[str, Bools]]:
    """Who serves the area, and for each further hard rule which of them fail it at the option."""
    people = _in_area(columns, option)
    return people, {code: ~test(people) for code, test in _tests(columns, option)}


def funnel_of(columns: Columns, visit: int) -> Funnel:
    """(rule, volunteers removed) for each hard rule in order.

    Counted once, at the furthest rule a volunteer reaches at any option; who is eligible somewhere is not removed.
    """
    reached = np.zeros(len(columns.volunteers), dtype=np.int64)
    for option in columns.options_of(visit):
        people = _in_area(columns, option)
        for depth, (_, test) in enumerate(_tests(columns, option), start=1):
            reached[people] = np.maximum(reached[people], depth)
            people = people[test(people)]
        reached[people] = len(RULE_CODES)
    removed = np.bincount(reached, minlength=len(RULE_CODES) + 1)
    return tuple((code, int(removed[depth])) for depth, code in enumerate(RULE_CODES))


def _in_area(columns: Columns, option: int) -> Ints:
    area = int(columns.area[option])
    return np.arange(len(columns.volunteers), dtype=np.int64) if area < 0 else columns.serves[area]


def _tests(columns: Columns, option: int) -> list[tuple[str, Test]]:
    """The hard rules after `serves_the_area`, in order, as tests on an array of volunteers."""
    visit = columns.visits[int(columns.visit_of[option])]
    day = int(columns.day[option])
    on = columns.problem.starts_on.toordinal() + day
    needed = np.uint64((1 << int(columns.end[option])) - (1 << int(columns.start[option])))

    def is_valid(people: Ints, family: str, kind: str) -> Bools:
        until = columns.valid_until.get((family, kind))
        if until is None:
            return np.zeros(len(people), dtype=np.bool_)
        return until[people] >= on

    def has_required_skills(people: Ints) -> Bools:
        holds = np.ones(len(people), dtype=np.bool_)
        for skill in visit.skills:
            holds &= is_valid(people, "skill", skill)
        return holds

    def has_clearance(people: Ints) -> Bools:
        return is_valid(people, "clearance", visit.clearance or "")

    def speaks_a_language(people: Ints) -> Bools:
        return _any_of(columns.speaks, visit.languages, people)

    def is_of_permitted_age(people: Ints) -> Bools:
        youngest, oldest = visit.ages
        ages = columns.age[people]
        permitted = ages >= (youngest or 0)
        return permitted if oldest is None else permitted & (ages <= oldest)

    tests: list[tuple[str, Test, bool]] = [
        ("is_free_then", lambda people: (columns.free[people, day] & needed) == needed, True),
        ("has_required_skills", has_required_skills, bool(visit.skills)),
        ("has_clearance", has_clearance, visit.clearance is not None),
        ("speaks_a_language", speaks_a_language, bool(visit.languages)),
        (
            "is_of_required_gender",
            lambda people: columns.gender[people] == GENDERS[visit.gender],
            visit.gender is not None,
        ),
        ("is_of_permitted_age", is_of_permitted_age, visit.ages != (None, None)),
        (
            "can_do_what_it_asks",
            lambda people: ~_any_of(columns.cannot, visit.demands, people),
            bool(visit.demands),
        ),
        (
            "may_enter_this_home",
            lambda people: columns.new_homes[people] | _named(columns, visit.known, people),
            visit.at_home,
        ),
        ("is_not_excluded", lambda people: ~_named(columns, visit.excluded, people), bool(visit.excluded)),
        ("is_not_family", lambda people: ~_named(columns, visit.family, people), bool(visit.family)),
    ]
    return [(code, test if is_asked else _everybody) for code, test, is_asked in tests]


def _everybody(people: Ints) -> Bools:
    return np.ones(len(people), dtype=np.bool_)


def _any_of(table: dict[str, Bools], words: tuple[str, ...], people: Ints) -> Bools:
    found = np.zeros(len(people), dtype=np.bool_)
    for word in words:
        if word in table:
            found |= table[word][people]
    return found


def _named(columns: Columns, names: tuple[str, ...], people: Ints) -> Bools:
    index = columns.problem.volunteer_index
    numbers = [index[name] for name in names if name in index]
    return np.isin(people, np.array(numbers, dtype=np.int64))

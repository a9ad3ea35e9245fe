"""The terms of single pairings over arrays, equal to `policy.py` by test."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.columns import GENDERS, Columns, Ints
from app.matching.engine.compiled import compiled
from app.matching.engine.eligibility import Pairs
from app.matching.engine.policy import POLICY
from app.matching.engine.roster import Ragged

NO_AGE = np.iinfo(np.int64).max


class People(NamedTuple):
    """[volunteer]: what the fit of a pairing looks at."""

    home: Ints
    age: Ints
    gender: NDArray[np.int8]
    wishes: NDArray[np.int32]
    """Which of the different lists of wishes."""
    avoids: NDArray[np.int32]


class Wanted(NamedTuple):
    """[visit]: what the fit of a pairing looks at."""

    area: Ints
    kind: Ints
    youngest: Ints
    oldest: Ints
    """`NO_AGE` without an end."""
    gender: Ints
    """0 when either will do."""


class Fits(NamedTuple):
    """Tables and amounts of the fit."""

    near: Ints
    """[home, area + 1]: for living near; the last column (area -1) is for a visit without an area."""
    wished: NDArray[np.bool_]
    """[list of wishes, kind]"""
    avoided: NDArray[np.bool_]
    age: int
    gender: int
    wish: int


class Worths:
    """What pairings of a problem add by themselves: prepared once, asked for any pairs."""

    def __init__(self, columns: Columns) -> None:
        visits, roster = columns.visits, columns.roster
        kinds = {kind: number for number, kind in enumerate(sorted({visit.kind for visit in visits}))}
        ages = [visit.prefers_ages or (None, None) for visit in visits]
        self._visit_of = columns.visit_of
        self._wanted = Wanted(
            columns.visit_area,
            np.array([kinds[visit.kind] for visit in visits], dtype=np.int64),
            np.array([0 if youngest is None else youngest for youngest, _ in ages], dtype=np.int64),
            np.array([NO_AGE if oldest is None else oldest for _, oldest in ages], dtype=np.int64),
            np.array([GENDERS[visit.prefers_gender] for visit in visits], dtype=np.int64),
        )
        wishes, avoids = roster.coded["wishes"], roster.coded["avoids"]
        self._people = People(columns.home, columns.age, columns.gender, wishes.codes, avoids.codes)
        self._fits = Fits(
            _near(columns),
            _among(wishes.values, kinds),
            _among(avoids.values, kinds),
            POLICY.fit_age,
            POLICY.fit_gender,
            POLICY.fit_wish,
        )
        self._named = (
            (columns.named_in([visit.known for visit in visits]), POLICY.known),
            (columns.named_in([visit.continues for visit in visits]), POLICY.continues),
            (_previous(columns), POLICY.same_as_last_night),
        )

    def fits(self, pairs: Pairs) -> Ints:
        """[pair]: how well the two suit each other, 0 to 100."""
        return _fit(pairs.volunteer, pairs.first, self._visit_of, self._people, self._wanted, self._fits)

    def amounts(self, pairs: Pairs) -> Ints:
        """[pair]: fit, known, continues and same as last night, added."""
        amounts = self.fits(pairs)
        for named, amount in self._named:
            _add_to_named(
                amounts, pairs.volunteer, pairs.first, self._visit_of, named.first, named.items, amount
            )
        return amounts


def pair_amounts(columns: Columns, pairs: Pairs) -> Ints:
    """[pair]: fit, known, continues and same as last night of each pairing, added."""
    return Worths(columns).amounts(pairs)


def _near(columns: Columns) -> Ints:
    size = len(columns.problem.areas)
    near = np.full((size, size + 1), POLICY.fit_near, dtype=np.int64)
    if size:
        minutes = np.array(columns.problem.travel_minutes, dtype=np.int64)
        near[:, :size] = POLICY.fit_near * np.maximum(0, POLICY.fit_minutes - minutes) // POLICY.fit_minutes
    return near


def _among(lists: tuple[tuple[str, ...], ...], kinds: dict[str, int]) -> NDArray[np.bool_]:
    """[list, kind]: whether the kind is in it."""
    found = np.zeros((len(lists), len(kinds)), dtype=np.bool_)
    for number, names in enumerate(lists):
        for name in names:
            if name in kinds:
                found[number, kinds[name]] = True
    return found


def _previous(columns: Columns) -> Ragged:
    index = columns.problem.visit_index
    lists: list[list[str]] = [[] for _ in columns.visits]
    for visit, volunteer in columns.problem.previous:
        if visit in index:
            lists[index[visit]].append(volunteer)
    return columns.named_in(lists)


@compiled
def _fit(
    volunteer: NDArray[np.int32], first: Ints, visit_of: Ints, people: People, wanted: Wanted, fits: Fits
) -> Ints:
    """[pair]: how well it fits, 0 to 100."""
    amounts = np.zeros(len(volunteer), dtype=np.int64)
    for option in range(len(first) - 1):
        visit = visit_of[option]
        area, kind = wanted.area[visit], wanted.kind[visit]
        youngest, oldest, gender = wanted.youngest[visit], wanted.oldest[visit], wanted.gender[visit]
        for pair in range(first[option], first[option + 1]):
            person = volunteer[pair]
            if fits.avoided[people.avoids[person], kind]:
                continue
            fit = fits.near[people.home[person], area]
            if youngest <= people.age[person] <= oldest:
                fit += fits.age
            if not gender or gender == people.gender[person]:
                fit += fits.gender
            if fits.wished[people.wishes[person], kind]:
                fit += fits.wish
            amounts[pair] = fit
    return amounts


@compiled
def _add_to_named(
    amounts: Ints,
    volunteer: NDArray[np.int32],
    first: Ints,
    visit_of: Ints,
    named_first: Ints,
    named: NDArray[np.int32],
    amount: int,
) -> None:
    """Adds an amount to the pairs of everybody a visit names."""
    for option in range(len(first) - 1):
        here = volunteer[first[option] : first[option + 1]]
        visit = visit_of[option]
        for person in named[named_first[visit] : named_first[visit + 1]]:
            place = np.searchsorted(here, person)
            if place < len(here) and here[place] == person:
                amounts[first[option] + place] += amount

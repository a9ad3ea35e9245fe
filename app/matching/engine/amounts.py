"""The terms of single pairings over arrays, equal to `policy.py` by test."""

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.columns import GENDERS, Columns, Ints
from app.matching.engine.eligibility import Pairs
from app.matching.engine.policy import POLICY
from app.matching.engine.rows import Visit, Volunteer


def pair_amounts(columns: Columns, pairs: Pairs) -> Ints:
    """[pair]: fit, known, continues and same as last night of each pairing, added."""
    homes = np.array(
        [columns.problem.area_index[person.home] for person in columns.volunteers], dtype=np.int64
    )
    minutes = np.array(columns.problem.travel_minutes, dtype=np.int64).reshape(
        len(columns.problem.areas), len(columns.problem.areas)
    )
    near = POLICY.fit_near * np.maximum(0, POLICY.fit_minutes - minutes) // POLICY.fit_minutes
    wishes = _by_kind(columns.volunteers, "wishes")
    avoids = _by_kind(columns.volunteers, "avoids")
    previous = _previous_by_visit(columns)
    amounts = np.zeros(len(pairs.option), dtype=np.int64)
    for number, visit in enumerate(columns.visits):
        first, last = columns.first_option[number], columns.first_option[number + 1]
        here = slice(int(pairs.first[first]), int(pairs.first[last]))
        people = pairs.volunteer[here]
        if not len(people):
            continue
        area = int(columns.area[first])
        fit = near[homes[people], area] if area >= 0 else np.full(len(people), POLICY.fit_near)
        fit = fit + POLICY.fit_age * _age_suits(columns, visit, people)
        fit += POLICY.fit_gender * _gender_suits(columns, visit, people)
        fit += POLICY.fit_wish * _among(wishes.get(visit.kind), people)
        fit[_among(avoids.get(visit.kind), people)] = 0
        amounts[here] = fit
        amounts[here] += POLICY.known * _named(columns, visit.known, people)
        amounts[here] += POLICY.continues * _named(columns, visit.continues, people)
        amounts[here] += POLICY.same_as_last_night * _among(previous.get(number), people)
    return amounts


def _by_kind(volunteers: tuple[Volunteer, ...], key: str) -> dict[str, Ints]:
    lists: dict[str, list[int]] = {}
    for number, volunteer in enumerate(volunteers):
        for kind in getattr(volunteer, key):
            lists.setdefault(kind, []).append(number)
    return {kind: np.array(members, dtype=np.int64) for kind, members in lists.items()}


def _previous_by_visit(columns: Columns) -> dict[int, Ints]:
    problem = columns.problem
    lists: dict[int, list[int]] = {}
    for visit_id, volunteer_id in problem.previous:
        if visit_id in problem.visit_index and volunteer_id in problem.volunteer_index:
            lists.setdefault(problem.visit_index[visit_id], []).append(problem.volunteer_index[volunteer_id])
    return {visit: np.array(members, dtype=np.int64) for visit, members in lists.items()}


def _named(columns: Columns, names: tuple[str, ...], people: NDArray[np.int32]) -> NDArray[np.bool_]:
    index = columns.problem.volunteer_index
    return _among(np.array([index[name] for name in names if name in index], dtype=np.int64), people)


def _among(members: Ints | None, people: NDArray[np.int32]) -> NDArray[np.bool_]:
    if members is None or not len(members):
        return np.zeros(len(people), dtype=np.bool_)
    return np.isin(people, members)


def _age_suits(columns: Columns, visit: Visit, people: NDArray[np.int32]) -> NDArray[np.bool_]:
    if visit.prefers_ages is None:
        return np.ones(len(people), dtype=np.bool_)
    youngest, oldest = visit.prefers_ages
    ages = columns.age[people]
    suits = np.ones(len(people), dtype=np.bool_)
    if youngest is not None:
        suits &= ages >= youngest
    if oldest is not None:
        suits &= ages <= oldest
    return suits


def _gender_suits(columns: Columns, visit: Visit, people: NDArray[np.int32]) -> NDArray[np.bool_]:
    if visit.prefers_gender is None:
        return np.ones(len(people), dtype=np.bool_)
    suits: NDArray[np.bool_] = columns.gender[people] == GENDERS[visit.prefers_gender]
    return suits

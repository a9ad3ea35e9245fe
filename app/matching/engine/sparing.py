"""How many people could do each visit, and whom it cannot spare.

Somebody is able who breaks no hard rule at one of a visit's times, whatever else they were promised to. A visit cannot
spare somebody without whom no team of the able could serve it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.matching.engine.columns import Ints, columns_of
from app.matching.engine.eligibility import eligible_pairs, funnels_of
from app.matching.engine.problem import Problem
from app.matching.engine.rows import ADULT_AGE, Visit
from app.matching.engine.rules import broken_team_rules


@dataclass(frozen=True, slots=True)
class Able:
    """Of one visit: how many `people` are able; whether a team of them could serve it; whom it cannot `spare`, by id.

    Nobody can be named when no team could serve it anyway.
    """

    visit: str
    people: int
    has_team: bool
    cannot_spare: tuple[str, ...]


def able_for(problem: Problem) -> list[Able]:
    """Of each visit, in their order: who could do it, and on whom it depends."""
    columns = columns_of(problem)
    pairs = eligible_pairs(columns)
    teams = _Teams(problem)
    found = []
    for number, visit in enumerate(problem.visits):
        able = [pairs.of(option).astype(np.int64) for option in columns.options_of(number)]
        people = len(np.unique(np.concatenate(able))) if able else 0
        team = teams.first(visit, able)
        alone = [
            problem.roster.ids[person]
            for person in team or ()
            if teams.first(visit, [each[each != person] for each in able]) is None
        ]
        found.append(Able(visit.id, people, team is not None, tuple(sorted(alone))))
    return found


def numbers_able(problem: Problem) -> dict[str, int]:
    """By visit: how many people are able. Nothing is kept of who they are, so many visits may be asked about."""
    funnels = funnels_of(columns_of(problem), range(len(problem.visits)))
    everybody = len(problem.roster)
    return {
        visit.id: everybody - sum(removed for _rule, removed in funnel)
        for visit, funnel in zip(problem.visits, funnels, strict=True)
    }


class _Teams:
    """Finds a team that breaks no team rule, among few who stand for all of their kind."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        roster = problem.roster
        self._kinds = 2 * roster.truths["experienced"] + (roster.wholes["age"] < ADULT_AGE)

    def first(self, visit: Visit, able: Sequence[Ints]) -> tuple[int, ...] | None:
        """People who could serve the visit together at one of its times; `able` are those of each time."""
        rows = self._problem.roster
        for people in able:
            chosen = list(self._standing_for(people, visit.seats[1]))
            for size in range(visit.seats[0], visit.seats[1] + 1):
                for team in combinations(chosen, size):
                    if not broken_team_rules(visit, [rows[person] for person in team]):
                        return team
        return None

    def _standing_for(self, people: Ints, most: int) -> Iterator[int]:
        """Of the experienced and the others, of adults and minors, as many as one team takes, of several households."""
        kinds = self._kinds[people]
        for kind in np.unique(kinds):
            own_home: list[int] = []
            same_home: list[int] = []
            homes: set[str] = set()
            for person in people[kinds == kind].tolist():
                home = self._problem.roster[person].household
                (same_home if home in homes else own_home).append(person)
                homes |= {home} if home is not None else set()
                if len(own_home) == most:
                    break
            yield from (own_home + same_home)[:most]

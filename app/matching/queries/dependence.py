"""On whom the next two weeks depend: what falls if a senior volunteer stops, by the plan of the latest night."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.handover.queries.seniors import Senior, seniors, step_back_days
from app.matching import engine
from app.matching.engine import Dependence, Problem
from app.matching.models import Run
from app.matching.queries.runs import files_of

FEW = 2
"""So many others who could go are few."""


@dataclass(frozen=True)
class DependedOn:
    """A senior and the visits they go to in the plan: how many nobody else could make, how many only a few could, and
    how many would be lost, urgent ones among them, if they stopped today."""

    senior: Senior
    visits: int
    nobody_else: int
    few_others: int
    falls: int
    falls_urgent: int
    areas: Counter[str]
    """Of the visits lost: how many lie in each area."""
    steps_back_on: date | None
    """The first day from which they would like to do less, as far as a handover that is under way says."""

    def comes_first(self, oldest: int | None, on: date) -> bool:
        """Whether to look at them first: they plan to step back, or are so old or older."""
        is_older = oldest is not None and on.year - self.senior.volunteer.birth_year >= oldest
        return self.steps_back_on is not None or is_older


def depended_on(session: Session, run: Run, on: date, *, oldest: int | None = None) -> list[DependedOn]:
    """Every senior who goes to a visit in the plan of a run; empty when what went into the run is not kept any more.

    Who plans to step back stands first, and who is `oldest` years or more; then whoever would be missed most.
    """
    files = files_of(session, run.id)
    if files is None:
        return []
    problem, result = files
    placed = {volunteer for _, volunteer, _ in result.pairings}
    people = {senior.volunteer.code: senior for senior in seniors(session, on)}
    days = step_back_days(session)
    found = [
        _told(people[each.volunteer], each, problem, days.get(people[each.volunteer].volunteer.id))
        for each in engine.dependence_on(problem, result, placed & people.keys())
    ]
    return sorted(found, key=lambda each: not each.comes_first(oldest, on))


def _told(senior: Senior, found: Dependence, problem: Problem, steps_back_on: date | None) -> DependedOn:
    able = [duty.able for duty in found.duties]
    areas = (problem.visit(visit).area for visit in found.falls)
    return DependedOn(
        senior,
        visits=len(able),
        nobody_else=able.count(0),
        few_others=sum(0 < others <= FEW for others in able),
        falls=len(found.falls),
        falls_urgent=found.urgent,
        areas=Counter(area for area in areas if area is not None),
        steps_back_on=steps_back_on,
    )

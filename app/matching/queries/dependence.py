"""On whom the next two weeks depend: what falls if a senior volunteer stops, by the plan of the latest night."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.handover.queries.seniors import Senior, seniors
from app.matching import engine
from app.matching.engine import Dependence
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


def depended_on(session: Session, run: Run, on: date) -> list[DependedOn]:
    """Every senior who goes to a visit in the plan of a run, whoever would be missed most first; empty when what went
    into the run is not kept any more."""
    files = files_of(session, run.id)
    if files is None:
        return []
    problem, result = files
    placed = {volunteer for _, volunteer, _ in result.pairings}
    people = {senior.volunteer.code: senior for senior in seniors(session, on)}
    return [
        _told(people[each.volunteer], each)
        for each in engine.dependence_on(problem, result, placed & people.keys())
    ]


def _told(senior: Senior, found: Dependence) -> DependedOn:
    able = [duty.able for duty in found.duties]
    return DependedOn(
        senior,
        visits=len(able),
        nobody_else=able.count(0),
        few_others=sum(0 < others <= FEW for others in able),
        falls=len(found.falls),
        falls_urgent=found.urgent,
    )

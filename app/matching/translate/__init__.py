"""Tables to problem: the only place that speaks both. It reads columns, a few queries whatever the district's size.

Ids in the problem are reference codes, so that the same people and needs make the same problem in any database.
What MATCHING leaves to the service is decided here, each in a named function: of people in `volunteers` and `ages`,
of needs in `visits`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRecipient, Occurrence
from app.catalogue.models import District
from app.handover.queries.shadows import shadows_wanted
from app.matching import engine
from app.matching.engine import Problem
from app.matching.translate import statements
from app.matching.translate.reading import Part, in_days, live_seats
from app.matching.translate.visits import VisitRows
from app.matching.translate.volunteers import VolunteerRows
from app.shared.database import among, as_list
from app.shared.times import monday_of

HORIZON_DAYS = 14


@dataclass(frozen=True)
class Snapshot:
    """A problem, and which rows its ids stand for."""

    problem: Problem
    occurrence_ids: Mapping[str, int]
    """Occurrence code → id."""
    volunteer_ids: Mapping[str, int]
    """Volunteer code → id."""
    left_out: tuple[str, ...] = ()
    """Occurrences whose request contradicts itself (a home without an area, an age nobody has)."""


def horizon_start(morning: date) -> date:
    """The first day a night plans for: the day after the morning on which coordinators read it."""
    return morning + timedelta(days=1)


def snapshot(
    session: Session, starts_on: date, *, days: int = HORIZON_DAYS, part: Part | None = None
) -> Snapshot:
    """Everything the engine needs for `days` days from `starts_on`, as the tables stand in this transaction.

    `part` limits it to what one decision needs: the same rules over fewer rows.

    Only accepted, active volunteers and open, triaged requests are in it. A minor is in it only with a guardian's
    consent that lasts, and never after 21:00; where minors may come, every adult needs clearance.
    """
    horizon = [starts_on + timedelta(days=day) for day in range(days)]
    seats = live_seats(session, monday_of(starts_on), monday_of(horizon[-1]) + timedelta(days=6), part)
    if part is not None:
        part = Part(
            part.volunteer_ids | {seat.volunteer_id for seat in seats},
            part.occurrence_ids | {seat.occurrence_id for seat in seats},
        )
    volunteers = VolunteerRows(session, horizon, seats, part)
    occurrences = _occurrences(session, horizon, part)
    visits = VisitRows(session, horizon, volunteers, occurrences, seats, part)
    areas, districts, minutes = _areas(
        session, None if part is None else volunteers.areas | {row.area for row in visits.rows if row.area}
    )
    problem = Problem(
        starts_on=starts_on,
        areas=areas,
        districts=districts,
        travel_minutes=minutes,
        volunteers=volunteers.rows,
        visits=visits.rows,
        pinned=visits.pins,
        previous=_previous(session, part),
        shadows=_shadows(session, volunteers, part),
        days=days,
    )
    return Snapshot(
        problem,
        {row.code: row.id for row in occurrences if row.code in visits.codes},
        {code: id for id, code in volunteers.codes.items()},
        tuple(visits.left_out),
    )


def _occurrences(session: Session, horizon: Sequence[date], part: Part | None) -> Sequence[Occurrence]:
    """Needed visits with a time in the horizon, of open requests, in the order of their codes' days."""
    return session.scalars(statements.needed(part is not None), in_days(horizon, part)).all()


def _previous(session: Session, part: Part | None) -> list[tuple[str, str]]:
    """The latest finished run's proposals that still stand, whatever became of them but a no."""
    values = {} if part is None else {"occurrences": as_list(part.occurrence_ids)}
    rows = session.execute(statements.still_standing(part is not None), values)
    return [(occurrence, volunteer) for occurrence, volunteer in rows]


def _shadows(session: Session, volunteers: VolunteerRows, part: Part | None) -> list[engine.Shadow]:
    """Who should go along with whom, of a whole night; to one decision it is no matter."""
    if part is not None:
        return []
    wanted = [
        each
        for each in shadows_wanted(session)
        if each.senior_id in volunteers.codes and each.successor_id in volunteers.codes
    ]
    rows = session.execute(
        select(CareRecipient.id, CareRecipient.code).where(
            among(CareRecipient.id, {each.recipient_id for each in wanted})
        )
    )
    recipients = {row.id: row.code for row in rows}
    return [
        engine.Shadow(
            volunteers.codes[each.senior_id],
            volunteers.codes[each.successor_id],
            recipients[each.recipient_id],
            each.visits,
        )
        for each in wanted
    ]


def _areas(session: Session, only: set[str] | None) -> tuple[list[str], list[int], list[list[int]]]:
    """Codes of all areas or of some, their districts as numbers, and minutes from each to each."""
    values = {} if only is None else {"areas": sorted(only)}
    areas, times = statements.map(only is not None)
    rows = session.execute(areas, values).all()
    codes = [row.code for row in rows]
    numbers = {district: number for number, district in enumerate(District)}
    index = {code: number for number, code in enumerate(codes)}
    minutes = [[0] * len(codes) for _ in codes]
    for from_code, to_code, length in session.execute(times, values):
        minutes[index[from_code]][index[to_code]] = length
    return codes, [numbers[row.district] for row in rows], minutes

"""The succession board: what is stalled and why, what is not in anybody's hands yet, and the figures of a year."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.handover.models import (
    OVER,
    PASSED_ON,
    Handover,
    HandoverMove,
    HandoverStatus,
    HeldDuty,
    ShadowStatus,
    ShadowVisit,
)
from app.handover.queries.handovers import Facts, NextStep, next_step
from app.handover.queries.seniors import duty_holders
from app.handover.queries.shadows import untold
from app.shared.times import hong_kong_date
from app.visits.models import SeatStatus, Visit, VisitSeat, VisitStatus

DAYS_TO_WAIT: Mapping[NextStep, int] = {
    NextStep.SENIORS_WORD: 7,
    NextStep.SUCCESSOR_TO_NAME: 14,
    NextStep.SUCCESSORS_WORD: 7,
    NextStep.COURSE: 60,
    NextStep.CARERS_CONSENT: 7,
    NextStep.SHADOW_VISITS: 28,
    NextStep.LED_VISITS: 28,
    NextStep.CARERS_YES: 7,
    NextStep.OPEN_LINES: 14,
    NextStep.SIGNATURES: 7,
    NextStep.THANKS: 7,
    NextStep.VISITS_ALONE: 60,
}
"""After so many days at one step a handover is stalled."""
SOON = timedelta(days=28)


class Stall(StrEnum):
    """Why a handover needs a look."""

    CARER_DECLINED = "carer_declined"
    SENIOR_GONE = "senior_gone"
    NOT_TOLD = "not_told"
    """A visit together is over, and one of the two has not said how it was."""
    STEPS_BACK_SOON = "steps_back_soon"
    WAITS_LONG = "waits_long"


@dataclass(frozen=True)
class BoardRow:
    """One handover on the board."""

    handover: Handover
    step: NextStep
    days: int
    """At this step."""
    stalls: tuple[Stall, ...]


def board_rows(
    session: Session, handovers: Sequence[Handover], facts: Mapping[int, Facts], now: datetime
) -> list[BoardRow]:
    """Every handover with what it waits for; those that need a look first, the longest wait first."""
    silent = untold(session, [handover.id for handover in handovers], now)
    rows = []
    for handover in handovers:
        step = next_step(handover, facts[handover.id])
        days = (hong_kong_date(now) - hong_kong_date(handover.moved_at)).days
        stalls = _stalls(handover, facts[handover.id], step, days, bool(silent[handover.id]), now)
        rows.append(BoardRow(handover, step, days, stalls))
    return sorted(rows, key=lambda row: (not row.stalls, -row.days, row.handover.id))


def duties_without_handover(session: Session) -> Sequence[HeldDuty]:
    """Roles and knowledge that nobody else holds yet and nobody is passing on."""
    return [each.held for each in duty_holders(session) if len(each.people) == 1 and each.handover is None]


@dataclass(frozen=True)
class YearFigures:
    """What a year came to, for the yearly paper."""

    year: int
    begun: int
    passed_on: int
    """Duties that changed hands with every signature."""
    stopped: int
    visits_together: int
    weeks_of_overlap: float | None
    """On average, from the first visit together to the last signature; None when there was none."""
    visits_since: int
    """Of duties passed on in that year: their visits that took place afterwards."""
    continued: int
    """Of those: the ones the successor went to."""


def year_figures(session: Session, year: int) -> YearFigures:
    """The figures of a calendar year in Hong Kong."""
    moves = session.execute(
        select(HandoverMove.handover_id, HandoverMove.was, HandoverMove.became, HandoverMove.at)
    ).all()
    of_year = [row for row in moves if hong_kong_date(row.at).year == year]
    passed = {row.handover_id: row.at for row in of_year if row.became is HandoverStatus.SIGNED_OFF}
    together = session.execute(
        select(ShadowVisit.handover_id, ShadowVisit.on_date).where(ShadowVisit.status == ShadowStatus.DONE)
    ).all()
    first: dict[int, date] = {}
    for handover_id, on_date in together:
        first[handover_id] = min(on_date, first.get(handover_id, on_date))
    overlaps = [
        (hong_kong_date(at) - first[handover_id]).days / 7
        for handover_id, at in passed.items()
        if handover_id in first
    ]
    since, continued = _continuity(session, year)
    return YearFigures(
        year=year,
        begun=sum(row.was is None for row in of_year),
        passed_on=len(passed),
        stopped=sum(row.became is HandoverStatus.STOPPED for row in of_year),
        visits_together=sum(on_date.year == year for _handover_id, on_date in together),
        weeks_of_overlap=round(sum(overlaps) / len(overlaps), 1) if overlaps else None,
        visits_since=since,
        continued=continued,
    )


def counts_by_status(handovers: Sequence[Handover]) -> Counter[HandoverStatus]:
    """How many handovers stand in each state."""
    return Counter(handover.status for handover in handovers)


def _stalls(
    handover: Handover, facts: Facts, step: NextStep, days: int, is_untold: bool, now: datetime
) -> tuple[Stall, ...]:
    steps_back = handover.step_back_on
    found = {
        Stall.CARER_DECLINED: handover.carer_declined_at is not None,
        Stall.SENIOR_GONE: not facts.is_senior_here and handover.status not in PASSED_ON,
        Stall.NOT_TOLD: is_untold,
        Stall.STEPS_BACK_SOON: steps_back is not None
        and steps_back <= hong_kong_date(now) + SOON
        and handover.status not in PASSED_ON,
        Stall.WAITS_LONG: days > DAYS_TO_WAIT.get(step, days),
    }
    return tuple(stall for stall, holds in found.items() if holds)


def _continuity(session: Session, year: int) -> tuple[int, int]:
    """Visits that took place since the year's handovers were signed, and those of them the successor went to."""
    seat = aliased(VisitSeat)
    rows = session.execute(
        select(Handover.signed_off_at, Visit.on_date, func.count(seat.id))
        .join(Visit, Visit.request_id == Handover.request_id)
        .outerjoin(
            seat,
            and_(
                seat.visit_id == Visit.id,
                seat.volunteer_id == Handover.successor_id,
                seat.status == SeatStatus.ACCEPTED,
            ),
        )
        .where(
            Handover.signed_off_at.is_not(None),
            or_(Handover.status.not_in(OVER), Handover.status == HandoverStatus.CLOSED),
            Visit.status.in_((VisitStatus.ATTENDED, VisitStatus.REPORTED)),
        )
        .group_by(Handover.id, Handover.signed_off_at, Visit.id, Visit.on_date)
    ).all()
    counted = [
        seats
        for signed_off_at, on_date, seats in rows
        if signed_off_at is not None
        and hong_kong_date(signed_off_at).year == year
        and on_date > hong_kong_date(signed_off_at)
    ]
    return len(counted), sum(seats > 0 for seats in counted)

"""Hours that wait to be confirmed: what the marks of a visit's day and its report come to. Nothing of it is stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest
from app.recognition.models import DAY_MINUTES, ServiceHours
from app.recognition.queries.ledger import pieces_of_days, stands
from app.shared.times import HONG_KONG, SLOT_MINUTES, hong_kong_date, slot_moment
from app.visits.models import HELD, SeatStatus, Visit, VisitReport, VisitSeat
from app.visits.queries.days import SeatDay, days_of

LONGER_BY = 30
"""So many minutes more than planned, or between two accounts of one visit, want a look."""
TOLD_WITHIN = timedelta(days=14)
"""What is first told later than so long after the day is back-dated, and wants a reason."""
MOST_LOOKED_AT = 2000
"""Of visits that wait, the oldest so many are worked out at once."""


class Doubt(StrEnum):
    """Why hours want a look of their own, the weightiest first."""

    NOBODY_SAID = "nobody_said"
    """Neither the volunteer nor the carer has said anything of the day."""
    OVERLAPS = "overlaps"
    OVER_MAXIMUM = "over_maximum"
    LONGER = "longer"
    TIMES_DISAGREE = "times_disagree"
    """What was tapped on the day and what was reported are far apart."""
    TOLD_LATE = "told_late"
    NO_REPORT = "no_report"


@dataclass(frozen=True)
class HoursProposed:
    """One volunteer's time at one visit, as far as is known, with what speaks against taking it as it is."""

    seat: VisitSeat
    from_minute: int
    to_minute: int
    planned: int
    report: VisitReport | None
    doubts: tuple[Doubt, ...]

    @property
    def minutes(self) -> int:
        return self.to_minute - self.from_minute

    @property
    def key(self) -> str:
        """What a coordinator was shown, so that something else is never confirmed in its place."""
        return f"{self.seat.id}-{self.from_minute}-{self.to_minute}"


def is_plain(proposed: HoursProposed) -> bool:
    """Whether hours may be confirmed together with others: nothing speaks against them."""
    return not proposed.doubts


def hours_waiting(session: Session, *, most_a_day: int, now: datetime) -> list[HoursProposed]:
    """Visits that are over and not decided yet, doubtful ones first, then the oldest first.

    `most_a_day` is the largest number of minutes that is counted of one day.
    """
    seats = _seats_undecided(session, now)
    return sorted(
        _proposed(session, seats, most_a_day),
        key=lambda each: (not each.doubts, each.seat.visit.on_date, each.from_minute, each.seat.id),
    )


def hours_proposed(
    session: Session, seat_ids: Iterable[int], *, most_a_day: int, now: datetime
) -> dict[int, HoursProposed]:
    """By seat, of those named and not decided yet: what is proposed. Other visits of the same days are looked at too,
    so that two that overlap are both in doubt."""
    wanted = set(seat_ids)
    days = session.execute(
        select(VisitSeat.volunteer_id, Visit.on_date).join(VisitSeat.visit).where(VisitSeat.id.in_(wanted))
    ).all()
    seats = _seats_undecided(session, now, [(row.volunteer_id, row.on_date) for row in days])
    return {each.seat.id: each for each in _proposed(session, seats, most_a_day) if each.seat.id in wanted}


def waiting_shown(session: Session, _account: Account, seat_id: int) -> VisitSeat | None:
    """A seat whose hours may be decided, for coordinators: said yes to, of a visit that was to take place."""
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.id == seat_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_(HELD),
            VisitSeat.id.not_in(_decided()),
        )
        .options(*_WHOLE)
    ).one_or_none()


def hours_waiting_count(session: Session, today: date) -> int:
    """How many of the visits before today nobody has decided about yet; one whose helper stayed away may be counted."""
    return (
        session.scalar(
            select(func.count())
            .select_from(VisitSeat)
            .join(VisitSeat.visit)
            .where(
                VisitSeat.status == SeatStatus.ACCEPTED,
                Visit.status.in_(HELD),
                Visit.on_date < today,
                VisitSeat.id.not_in(_decided()),
            )
        )
        or 0
    )


def minute_of_day(moment: datetime, day: date) -> int:
    """Minutes from the midnight that begins `day` in Hong Kong to `moment`, within 0 and 1440."""
    begins = datetime.combine(day, datetime.min.time(), HONG_KONG)
    return min(max(int((moment - begins).total_seconds() // 60), 0), DAY_MINUTES)


def _decided() -> Select[int | None]:
    return select(ServiceHours.seat_id).where(ServiceHours.seat_id.is_not(None), stands())


def _seats_undecided(
    session: Session, now: datetime, days: Sequence[tuple[int, date]] | None = None
) -> list[VisitSeat]:
    """Seats of visits that are over, whose volunteer is not known to have stayed away, the oldest first."""
    query = (
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_(HELD),
            Visit.on_date <= hong_kong_date(now),
            VisitSeat.id.not_in(_decided()),
        )
        .order_by(Visit.on_date, Visit.from_slot, VisitSeat.id)
        .limit(MOST_LOOKED_AT)
        .options(*_WHOLE)
    )
    if days is not None:
        query = query.where(
            VisitSeat.volunteer_id.in_({volunteer_id for volunteer_id, _day in days}),
            Visit.on_date.in_({day for _volunteer, day in days}),
        )
    seats = [
        seat for seat in session.scalars(query) if slot_moment(seat.visit.on_date, seat.visit.to_slot) <= now
    ]
    known = days_of(session, [seat.id for seat in seats])
    return [seat for seat in seats if known[seat.id].absent is None]


def _proposed(session: Session, seats: Sequence[VisitSeat], most_a_day: int) -> list[HoursProposed]:
    ids = [seat.id for seat in seats]
    marks = days_of(session, ids)
    reports = {
        report.seat_id: report
        for report in session.scalars(select(VisitReport).where(VisitReport.seat_id.in_(ids)))
    }
    pieces = {seat.id: _piece(seat, marks[seat.id], reports.get(seat.id)) for seat in seats}
    taken: dict[tuple[int, date], list[tuple[int, int, int]]] = defaultdict(list)
    for seat in seats:
        taken[seat.volunteer_id, seat.visit.on_date].append((seat.id, *pieces[seat.id]))
    for key, rows in pieces_of_days(session, taken.keys()).items():
        taken[key] += [(0, row.from_minute or 0, row.to_minute or 0) for row in rows]
    return [
        HoursProposed(
            seat=seat,
            from_minute=pieces[seat.id][0],
            to_minute=pieces[seat.id][1],
            planned=_planned(seat),
            report=reports.get(seat.id),
            doubts=_doubts(
                seat,
                pieces[seat.id],
                marks[seat.id],
                reports.get(seat.id),
                taken[seat.volunteer_id, seat.visit.on_date],
                most_a_day,
            ),
        )
        for seat in seats
    ]


def _planned(seat: VisitSeat) -> int:
    return (seat.visit.to_slot - seat.visit.from_slot) * SLOT_MINUTES


def _tapped(day: SeatDay, seat: VisitSeat, report: VisitReport | None) -> tuple[int, int] | None:
    """From when to when by marks of their own; a report writes marks itself, which say nothing new."""
    arrived, left = day.arrived, day.left
    if arrived is None or left is None:
        return None
    if report is not None and report.written_at in (arrived.noted_at, left.noted_at):
        return None
    on_date = seat.visit.on_date
    return minute_of_day(arrived.at, on_date), minute_of_day(left.at, on_date)


def _piece(seat: VisitSeat, day: SeatDay, report: VisitReport | None) -> tuple[int, int]:
    """The piece of time proposed: as reported, else as tapped, else as planned; it begins with the arrival."""
    starts = seat.visit.from_slot * SLOT_MINUTES
    arrives = starts if day.arrived is None else minute_of_day(day.arrived.at, seat.visit.on_date)
    if report is not None:
        arrives = min(arrives, DAY_MINUTES - 1)
        return arrives, min(arrives + report.minutes, DAY_MINUTES)
    tapped = _tapped(day, seat, None)
    if tapped is not None and tapped[0] < tapped[1]:
        return tapped
    ends = seat.visit.to_slot * SLOT_MINUTES
    return (arrives, ends) if arrives < ends else (starts, ends)


def _doubts(
    seat: VisitSeat,
    piece: tuple[int, int],
    day: SeatDay,
    report: VisitReport | None,
    taken: Sequence[tuple[int, int, int]],
    most_a_day: int,
) -> tuple[Doubt, ...]:
    minutes = piece[1] - piece[0]
    tapped = _tapped(day, seat, report)
    told = [row.noted_at for row in (day.arrived, day.left) if row is not None]
    others = [(begins, ends) for other, begins, ends in taken if other != seat.id]
    is_there = {
        Doubt.NOBODY_SAID: not day.was_there,
        Doubt.OVERLAPS: any(begins < piece[1] and piece[0] < ends for begins, ends in others),
        Doubt.OVER_MAXIMUM: minutes + sum(ends - begins for begins, ends in others) > most_a_day,
        Doubt.LONGER: minutes > _planned(seat) + LONGER_BY,
        Doubt.TIMES_DISAGREE: tapped is not None and abs(tapped[1] - tapped[0] - minutes) > LONGER_BY,
        Doubt.TOLD_LATE: bool(told) and is_told_late(seat.visit, min(told)),
        Doubt.NO_REPORT: report is None and day.was_there,
    }
    return tuple(doubt for doubt, holds in is_there.items() if holds)


def is_told_late(visit: Visit, told_at: datetime) -> bool:
    """Whether it was told so long after the visit that it is back-dated."""
    return told_at > slot_moment(visit.on_date, visit.to_slot) + TOLD_WITHIN


_WHOLE = (
    joinedload(VisitSeat.volunteer),
    joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind),
    joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.recipient),
)

"""What is known of the day of a visit: who was on the way, came, left; and who must be called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import HELD, Attendance, Mark, SeatStatus, Visit, VisitSeat, VisitStatus

OPENS_BEFORE = timedelta(hours=3)
"""So long before the visit the buttons of the day are there."""
CLOSES_AFTER = timedelta(hours=24)
EXPECTED_WITHIN = timedelta(minutes=20)
"""Who has not been heard of so long after the beginning is called."""
BACK_WITHIN = timedelta(minutes=30)
"""Who was there and has not said that they left so long after the end is called."""
LOOKED_BACK_ON = timedelta(days=7)


class Alarm(StrEnum):
    """Why somebody must be called, the most pressing first."""

    WRONG = "wrong"
    NOT_BACK = "not_back"
    NOT_SEEN = "not_seen"
    ABSENT = "absent"


@dataclass
class SeatDay:
    """What stands of a volunteer's day at a visit; each the latest word that nothing has overtaken."""

    on_the_way: Attendance | None = None
    late: Attendance | None = None
    arrived: Attendance | None = None
    left: Attendance | None = None
    absent: Attendance | None = None
    wrong: Attendance | None = None
    safe: Attendance | None = None
    marks: list[Attendance] = field(default_factory=list)

    @property
    def was_there(self) -> bool:
        """Whether anybody said so."""
        return self.arrived is not None or self.left is not None

    def take(self, row: Attendance) -> None:
        """One more word, later than all before it."""
        self.marks.append(row)
        if row.mark is Mark.ON_THE_WAY:
            self.on_the_way = row
        elif row.mark is Mark.LATE:
            self.late = row
        elif row.mark is Mark.ARRIVED:
            self.arrived, self.absent = row, None
        elif row.mark is Mark.LEFT:
            self.left, self.absent = row, None
        elif row.mark is Mark.DID_NOT_COME:
            self.absent, self.arrived, self.left = row, None, None
        elif row.mark is Mark.WRONG:
            self.wrong = row
        else:
            self.safe, self.wrong = row, None

    def stands(self, mark: Mark) -> Attendance | None:
        """The row by which this is known already, where saying it again adds nothing."""
        known = {
            Mark.ON_THE_WAY: self.on_the_way,
            Mark.ARRIVED: self.arrived,
            Mark.LEFT: self.left,
            Mark.DID_NOT_COME: self.absent,
        }
        return known.get(mark)

    def alarm(self, visit: Visit, now: datetime) -> Alarm | None:
        """Why the volunteer must be called at `now`; None while all is as it should be."""
        starts, ends = slot_moment(visit.on_date, visit.from_slot), slot_moment(visit.on_date, visit.to_slot)
        delay = timedelta(minutes=self.late.minutes or 0) if self.late is not None else timedelta()
        if self.wrong is not None:
            return Alarm.WRONG
        if self.absent is not None:
            return None if self._is_settled(self.absent.noted_at) else Alarm.ABSENT
        if self.left is not None:
            return None
        if self.arrived is not None:
            is_due, since, why = now >= ends + BACK_WITHIN, ends, Alarm.NOT_BACK
        else:
            is_due, since, why = now >= starts + delay + EXPECTED_WITHIN, starts, Alarm.NOT_SEEN
        return why if is_due and not self._is_settled(since) else None

    def _is_settled(self, since: datetime) -> bool:
        return self.safe is not None and self.safe.noted_at >= since


@dataclass(frozen=True)
class DayRow:
    """One volunteer's day at one visit, as coordinators see it."""

    seat: VisitSeat
    day: SeatDay
    alarm: Alarm | None


def day_opens_at(visit: Visit) -> datetime:
    """From when on something may be said of the visit's day."""
    return slot_moment(visit.on_date, visit.from_slot) - OPENS_BEFORE


def is_day_open(visit: Visit, now: datetime) -> bool:
    """Whether the buttons of the day are there."""
    closes_at = slot_moment(visit.on_date, visit.to_slot) + CLOSES_AFTER
    return visit.status in HELD and day_opens_at(visit) <= now <= closes_at


def days_of(session: Session, seat_ids: Collection[int]) -> dict[int, SeatDay]:
    """By seat, all of those named: what stands of its day. One query."""
    days = {seat_id: SeatDay() for seat_id in seat_ids}
    rows = session.scalars(select(Attendance).where(Attendance.seat_id.in_(seat_ids)).order_by(Attendance.id))
    for row in rows:
        days[row.seat_id].take(row)
    return days


def day_rows(session: Session, now: datetime) -> list[DayRow]:
    """Today's visits and whoever must be called about one of the last days: alarms first, then by time."""
    today = hong_kong_date(now)
    seats: Sequence[VisitSeat] = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            Visit.on_date >= today - LOOKED_BACK_ON,
            Visit.on_date <= today,
            or_(Visit.on_date >= today - timedelta(days=1), _was_spoken_of(_FOLLOWED_UP)),
            Visit.status.in_((*HELD, VisitStatus.NO_SHOW)),
            VisitSeat.status == SeatStatus.ACCEPTED,
        )
        .options(
            joinedload(VisitSeat.volunteer),
            joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind),
            joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.recipient),
        )
    ).all()
    days = days_of(session, [seat.id for seat in seats])
    rows = [DayRow(seat, days[seat.id], days[seat.id].alarm(seat.visit, now)) for seat in seats]
    kept = [row for row in rows if row.seat.visit.on_date == today or _is_called_still(row, now)]
    order = {alarm: number for number, alarm in enumerate((*Alarm, None))}
    return sorted(
        kept,
        key=lambda row: (order[row.alarm], row.seat.visit.on_date, row.seat.visit.from_slot, row.seat.id),
    )


def alarms_count(session: Session, now: datetime) -> int:
    """How many volunteers must be called now."""
    return sum(row.alarm is not None for row in day_rows(session, now))


def _was_spoken_of(marks: Collection[Mark]) -> ColumnElement[bool]:
    query = select(Attendance.id).where(Attendance.seat_id == VisitSeat.id, Attendance.mark.in_(marks))
    return query.exists()


_FOLLOWED_UP = (Mark.WRONG, Mark.DID_NOT_COME)
"""Of days before yesterday these alone are still called about."""


def _is_called_still(row: DayRow, now: datetime) -> bool:
    """Of days before today: what somebody said is followed up for a week, what nobody said for a day."""
    if row.alarm in (Alarm.WRONG, Alarm.ABSENT):
        return True
    return row.alarm is not None and row.seat.visit.on_date >= hong_kong_date(now) - timedelta(days=1)

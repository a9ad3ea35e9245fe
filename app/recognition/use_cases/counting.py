"""Adding a row to the ledger, with everything that is looked at before one counts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.recognition.errors import (
    HoursOverlap,
    HoursToCome,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
    TooManyHoursADay,
)
from app.recognition.models import DAY_MINUTES, ServiceHours
from app.recognition.queries.ledger import pieces_of_days
from app.recognition.queries.proposed import minute_of_day
from app.shared.audit import record
from app.shared.times import hong_kong_date
from app.volunteers.models import Volunteer

BACK_DATED_AFTER = timedelta(days=14)
"""What is entered for an earlier day needs a reason (the database insists on it too)."""


@dataclass(frozen=True)
class Times:
    """A piece of a Hong Kong day, in minutes after midnight: [from_minute, to_minute)."""

    from_minute: int
    to_minute: int

    @property
    def minutes(self) -> int:
        return self.to_minute - self.from_minute


def count_hours(
    session: Session, volunteer: Volunteer, row: ServiceHours, *, most_a_day: int, by: int, now: datetime
) -> ServiceHours:
    """Add a row that counts a piece of time; `volunteer` is locked.

    Raises OwnHours, TimesTurnedRound, HoursToCome, HoursOverlap, TooManyHoursADay.
    """
    begins, ends = row.from_minute or 0, row.to_minute or 0
    if not 0 <= begins < ends <= DAY_MINUTES:
        raise TimesTurnedRound(field="until")
    if row.on_date == hong_kong_date(now) and ends > minute_of_day(now, row.on_date):
        raise HoursToCome(field="until")
    key = (volunteer.id, row.on_date)
    others = pieces_of_days(session, [key]).get(key, [])
    if any((other.from_minute or 0) < ends and begins < (other.to_minute or 0) for other in others):
        raise HoursOverlap(field="starts")
    left = most_a_day - sum(other.minutes for other in others)
    if row.minutes > left:
        raise TooManyHoursADay(field="until", most=most_a_day // 60)
    return add_row(session, volunteer, row, "hours.confirmed", by=by, now=now)


def add_row(
    session: Session, volunteer: Volunteer, row: ServiceHours, action: str, *, by: int, now: datetime
) -> ServiceHours:
    """Write a row and put it on record as `action`. Raises OwnHours."""
    if volunteer.account_id == by:
        raise OwnHours
    row.volunteer_id, row.confirmed_by_id, row.confirmed_at = volunteer.id, by, now
    row.work, row.reason = row.work or "", row.reason or ""
    session.add(row)
    session.flush()
    record(session, action, volunteer, by=by, now=now, hours=row.id, minutes=row.minutes)
    return row


def check_day(on_date: date, reason: str, now: datetime) -> None:
    """Raises HoursToCome for a day ahead, ReasonMissing for one long ago without a reason."""
    today = hong_kong_date(now)
    if on_date > today:
        raise HoursToCome(field="day")
    if on_date < today - BACK_DATED_AFTER and not reason:
        raise ReasonMissing(field="reason")

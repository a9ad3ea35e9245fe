"""Hours that no visit tells: other work, totals of the past; and corrections, which are new rows."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.recognition.errors import HoursTakenBack, NothingChanged, ReasonMissing, TimesTurnedRound
from app.recognition.models import MOST_PAPER_MINUTES, HoursKind, ServiceHours
from app.recognition.queries.ledger import standing_row
from app.recognition.use_cases.counting import Times, add_row, check_day, count_hours
from app.shared.errors import InvalidInput, NotFound
from app.volunteers.queries import volunteer_to_change


def enter_other_hours(
    session: Session,
    volunteer_id: int,
    on_date: date,
    times: Times,
    work: str,
    reason: str = "",
    *,
    most_a_day: int,
    by: int,
    now: datetime,
) -> ServiceHours:
    """Count work outside visits: a stall, an induction. More than 14 days ago it needs a reason.

    Raises NotFound, ReasonMissing, and as `count_hours`.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    check_day(on_date, reason, now)
    row = ServiceHours(
        kind=HoursKind.OTHER,
        on_date=on_date,
        from_minute=times.from_minute,
        to_minute=times.to_minute,
        minutes=times.minutes,
        work=work,
        reason=reason,
    )
    return count_hours(session, volunteer, row, most_a_day=most_a_day, by=by, now=now)


def enter_paper_hours(
    session: Session,
    volunteer_id: int,
    to_day: date,
    minutes: int,
    source: str,
    reason: str = "",
    *,
    by: int,
    now: datetime,
) -> ServiceHours:
    """Bring a total of past hours from paper; it counts in the year of `to_day`, its last day.

    Raises NotFound, OwnHours, HoursToCome, TimesTurnedRound for no time at all or too much, ReasonMissing.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    check_day(to_day, reason, now)
    if not 0 < minutes <= MOST_PAPER_MINUTES:
        raise TimesTurnedRound(field="hours")
    row = ServiceHours(kind=HoursKind.PAPER, on_date=to_day, minutes=minutes, work=source, reason=reason)
    return add_row(session, volunteer, row, "hours.confirmed", by=by, now=now)


def correct_hours(
    session: Session,
    hours_id: int,
    becomes: Times | int | None,
    reason: str,
    *,
    most_a_day: int,
    by: int,
    now: datetime,
) -> ServiceHours | None:
    """Take a row back and, unless `becomes` is None, count other times instead (of PAPER: other minutes).

    The row that counts now. Raises NotFound, HoursTakenBack, NothingChanged, ReasonMissing, and as `count_hours`.
    """
    row = session.get(ServiceHours, hours_id)
    if row is None:
        raise NotFound
    volunteer = volunteer_to_change(session, row.volunteer_id)
    if standing_row(session, hours_id) is None:
        raise HoursTakenBack
    if not reason:
        raise ReasonMissing(field="reason")
    back = _like(row, reason)
    back.minutes, back.from_minute, back.to_minute = -row.minutes, row.from_minute, row.to_minute
    back.takes_back_id = row.id
    instead = None if becomes is None else _instead_of(row, becomes, reason)
    add_row(session, volunteer, back, "hours.corrected", by=by, now=now)
    if instead is None:
        return None
    if instead.kind is HoursKind.PAPER:
        return add_row(session, volunteer, instead, "hours.confirmed", by=by, now=now)
    return count_hours(session, volunteer, instead, most_a_day=most_a_day, by=by, now=now)


def _like(row: ServiceHours, reason: str) -> ServiceHours:
    """A new row about the same work, without its time."""
    return ServiceHours(kind=row.kind, on_date=row.on_date, seat_id=row.seat_id, work=row.work, reason=reason)


def _instead_of(row: ServiceHours, becomes: Times | int, reason: str) -> ServiceHours:
    if isinstance(becomes, Times) == (row.kind is HoursKind.PAPER):
        raise InvalidInput
    instead = _like(row, reason)
    instead.replaces_id = row.id
    if isinstance(becomes, Times):
        instead.from_minute, instead.to_minute = becomes.from_minute, becomes.to_minute
        instead.minutes = becomes.minutes
        is_same = (becomes.from_minute, becomes.to_minute) == (row.from_minute, row.to_minute)
    else:
        instead.minutes, is_same = becomes, becomes == row.minutes
        if not 0 < becomes <= MOST_PAPER_MINUTES:
            raise TimesTurnedRound(field="hours")
    if is_same:
        raise NothingChanged
    return instead

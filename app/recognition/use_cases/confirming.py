"""Confirming what a visit's marks and report come to: by a coordinator, never by the volunteer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.recognition.errors import HoursCountedAlready, OwnHours, ReasonMissing
from app.recognition.models import HoursKind, ServiceHours
from app.recognition.queries.proposed import Doubt, HoursProposed, hours_proposed, is_plain
from app.recognition.use_cases.counting import Times, add_row, count_hours
from app.shared.errors import NotFound
from app.visits.models import VisitSeat
from app.volunteers.queries import volunteer_to_change

NEED_A_REASON = frozenset({Doubt.NOBODY_SAID, Doubt.LONGER, Doubt.TIMES_DISAGREE, Doubt.TOLD_LATE})
"""Hours in such doubt are counted with a reason only."""


@dataclass(frozen=True)
class ManyConfirmed:
    """What came of confirming many at once: how many were, and how many have changed and want a look."""

    confirmed: int
    left: int


def confirm_many(
    session: Session, shown: Mapping[int, str], *, most_a_day: int, by: int, now: datetime
) -> ManyConfirmed:
    """Confirm hours exactly as they were shown: seat → `HoursProposed.key`. What has changed meanwhile, is in doubt,
    or is one's own is left as it is."""
    people = session.scalars(select(VisitSeat.volunteer_id).where(VisitSeat.id.in_(shown)).distinct())
    for volunteer_id in sorted(people):
        volunteer_to_change(session, volunteer_id)
    found = hours_proposed(session, shown, most_a_day=most_a_day, now=now)
    plain = [
        each
        for each in found.values()
        if each.key == shown[each.seat.id] and is_plain(each) and each.seat.volunteer.account_id != by
    ]
    for each in plain:
        row = _of_visit(each.seat, Times(each.from_minute, each.to_minute), "")
        count_hours(session, each.seat.volunteer, row, most_a_day=most_a_day, by=by, now=now)
    return ManyConfirmed(len(plain), len(shown) - len(plain))


def confirm_visit_hours(
    session: Session, seat_id: int, times: Times, reason: str, *, most_a_day: int, by: int, now: datetime
) -> ServiceHours:
    """Count a volunteer's time at a visit, as proposed or as a coordinator has found out.

    Raises NotFound, HoursCountedAlready, ReasonMissing where it differs from what is proposed or that is in doubt,
    and as `count_hours`.
    """
    proposed = _to_decide(session, seat_id, most_a_day, by=by, now=now)
    is_as_proposed = times == Times(proposed.from_minute, proposed.to_minute)
    if not reason and (not is_as_proposed or NEED_A_REASON & set(proposed.doubts)):
        raise ReasonMissing(field="reason")
    row = _of_visit(proposed.seat, times, reason)
    return count_hours(session, proposed.seat.volunteer, row, most_a_day=most_a_day, by=by, now=now)


def count_nothing(
    session: Session, seat_id: int, reason: str, *, most_a_day: int, by: int, now: datetime
) -> ServiceHours:
    """Somebody has looked, and nothing of this visit is counted.

    Raises NotFound, HoursCountedAlready, OwnHours, ReasonMissing.
    """
    proposed = _to_decide(session, seat_id, most_a_day, by=by, now=now)
    if not reason:
        raise ReasonMissing(field="reason")
    row = _of_visit(proposed.seat, Times(proposed.from_minute, proposed.from_minute), reason)
    return add_row(session, proposed.seat.volunteer, row, "hours.not_counted", by=by, now=now)


def _to_decide(session: Session, seat_id: int, most_a_day: int, *, by: int, now: datetime) -> HoursProposed:
    """What is proposed for a seat, its volunteer locked."""
    seat = session.get(VisitSeat, seat_id)
    if seat is None:
        raise NotFound
    if volunteer_to_change(session, seat.volunteer_id).account_id == by:
        raise OwnHours
    proposed = hours_proposed(session, [seat_id], most_a_day=most_a_day, now=now).get(seat_id)
    if proposed is None:
        raise HoursCountedAlready
    return proposed


def _of_visit(seat: VisitSeat, times: Times, reason: str) -> ServiceHours:
    return ServiceHours(
        kind=HoursKind.VISIT,
        on_date=seat.visit.on_date,
        from_minute=times.from_minute,
        to_minute=times.to_minute,
        minutes=times.minutes,
        seat_id=seat.id,
        reason=reason,
    )

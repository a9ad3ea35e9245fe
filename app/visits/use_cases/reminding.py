"""Reminders: of visits a week, a day and two hours before, and of offers that nobody has answered.

What is owed stands in the database: the visits, and the outbox whose keys say what was queued. Asked again, nothing
is queued twice; whoever has several visits on a day gets one message.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.care_requests.models import Carer, CareRequest
from app.messages.models import Channel, OutboxMessage
from app.messages.use_cases import Message, queue_message, recipient_of, waits_until
from app.shared.database import among
from app.shared.times import hong_kong_date, hong_kong_moment, slot_moment
from app.visits.models import AGREED, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.visits.queries.days import CLOSES_AFTER, days_of
from app.volunteers.models import Volunteer, VolunteerStatus

ASKED_BACK_AFTER = timedelta(minutes=15)
LEAST_TIME_LEFT = timedelta(hours=2)
"""An offer that runs out sooner is not reminded of."""


@dataclass(frozen=True)
class ReminderTimes:
    """When people are reminded: so many days before, at that time of the Hong Kong day, and so many hours before."""

    days: tuple[int, ...]
    at: time
    hours: int


def queue_reminders(session: Session, times: ReminderTimes, *, now: datetime) -> int:
    """Queue every reminder that is owed at `now` and was not queued yet; how many there were."""
    reminders = [
        *_days_before(session, times, now),
        *_hours_before(session, times, now),
        *_unanswered(session, now),
        *_not_back(session, now),
    ]
    known = _known(session, [reminder.dedupe_key for reminder in reminders])
    new = [reminder for reminder in reminders if reminder.dedupe_key not in known]
    for reminder in new:
        queue_message(session, reminder, now=now)
    return len(new)


def _days_before(session: Session, times: ReminderTimes, now: datetime) -> list[Message]:
    """To each volunteer one message about the visits that are so many days ahead; to carers, a day ahead, in writing.

    Whoever said yes after the reminder's own moment has just been told, and is not reminded.
    """
    today = hong_kong_date(now)
    owed_at = hong_kong_moment(today, times.at)
    if now < owed_at:
        return []
    tomorrow = today + timedelta(days=1)
    days = [today + timedelta(days=days) for days in times.days]
    is_to_be_told = ~_was_queued("visit_reminder:", VisitSeat.volunteer_id, f":{today}")
    if tomorrow in days:
        carer_is_to_be_told = ~_was_queued("carer_reminder:", Visit.request_id, f":{today}")
        is_to_be_told |= (Visit.on_date == tomorrow) & carer_is_to_be_told
    seats = [
        seat
        for seat in _agreed_seats(session, Visit.on_date.in_(days), is_to_be_told)
        if (seat.moved_at or seat.made_at) <= owed_at
    ]
    of_volunteers: dict[int, list[VisitSeat]] = defaultdict(list)
    of_requests: dict[int, dict[int, Visit]] = defaultdict(dict)
    for seat in seats:
        of_volunteers[seat.volunteer_id].append(seat)
        if seat.visit.on_date == tomorrow:
            of_requests[seat.visit.request_id][seat.visit_id] = seat.visit
    return [
        *(_to_volunteer(theirs, f"{volunteer}:{today}") for volunteer, theirs in of_volunteers.items()),
        *(
            _to_carer(carer, list(visits.values()), today)
            for visits in of_requests.values()
            if _can_be_written_to(carer := next(iter(visits.values())).request.carer)
        ),
    ]


def _hours_before(session: Session, times: ReminderTimes, now: datetime) -> list[Message]:
    """To each volunteer about a visit that begins soon. Nobody is phoned for it, and nobody woken."""
    messages = []
    last = hong_kong_date(now + timedelta(hours=times.hours))
    is_soon = (Visit.on_date >= hong_kong_date(now)) & (Visit.on_date <= last)
    for seat in _agreed_seats(session, is_soon, ~_was_queued("visit_reminder:soon:", VisitSeat.id)):
        starts = slot_moment(seat.visit.on_date, seat.visit.from_slot)
        owed_at = starts - timedelta(hours=times.hours)
        is_owed = owed_at <= now < starts and (seat.moved_at or seat.made_at) < owed_at
        if is_owed and waits_until(now) < starts and _can_be_written_to(seat.volunteer):
            messages.append(_to_volunteer([seat], f"soon:{seat.id}", expires_at=starts))
    return messages


def _unanswered(session: Session, now: datetime) -> list[Message]:
    """To each volunteer whose time to answer is half over, once; those reached by phone are on the call list."""
    waiting = session.execute(
        select(Offer.id, Offer.leaves_at, Offer.answer_by)
        .join(Offer.volunteer)
        .where(
            Offer.answered_at.is_(None),
            Offer.withdrawn_at.is_(None),
            Offer.leaves_at <= now,
            Offer.answer_by > now + LEAST_TIME_LEFT,
            Volunteer.status == VolunteerStatus.ACTIVE,
            Volunteer.reached_by != Channel.PHONE_CALL,
            ~_was_queued("offer_reminder:", Offer.id),
        )
    )
    late = [row.id for row in waiting if now >= row.leaves_at + (row.answer_by - row.leaves_at) / 2]
    if not late:
        return []
    offers = session.scalars(
        select(Offer)
        .where(among(Offer.id, late))
        .order_by(Offer.id)
        .options(joinedload(Offer.volunteer), selectinload(Offer.seats))
    )
    return [
        Message(
            kind="offer_reminder",
            recipient=recipient_of(offer.volunteer),
            dedupe_key=f"offer_reminder:{offer.id}",
            ids={"offer": offer.id},
            secret=None if offer.token is None else str(offer.token),
            about=offer,
            expires_at=offer.answer_by,
        )
        for offer in offers
        if _can_be_written_to(offer.volunteer)
        and any(seat.status is SeatStatus.OFFERED for seat in offer.seats)
    ]


def _not_back(session: Session, now: datetime) -> list[Message]:
    """To each volunteer who was there and has not said that the visit is over; afterwards coordinators call."""
    today = hong_kong_date(now)
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            Visit.on_date == today,
            Visit.status == VisitStatus.ATTENDED,
            VisitSeat.status == SeatStatus.ACCEPTED,
            ~_was_queued("report_back:", VisitSeat.id),
        )
        .order_by(VisitSeat.id)
        .options(joinedload(VisitSeat.visit), joinedload(VisitSeat.volunteer))
    ).all()
    days = days_of(session, [seat.id for seat in seats])
    messages = []
    for seat in seats:
        ends, day = slot_moment(seat.visit.on_date, seat.visit.to_slot), days[seat.id]
        is_out = day.arrived is not None and day.left is None
        if is_out and ends + ASKED_BACK_AFTER <= now and _can_be_written_to(seat.volunteer):
            messages.append(
                Message(
                    kind="report_back",
                    recipient=recipient_of(seat.volunteer),
                    dedupe_key=f"report_back:{seat.id}",
                    ids={"seats": [seat.id]},
                    about=seat,
                    expires_at=ends + CLOSES_AFTER,
                    may_wake=True,
                )
            )
    return messages


def _agreed_seats(session: Session, *which: ColumnElement[bool]) -> Sequence[VisitSeat]:
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            *which,
            Visit.status.in_(AGREED),
            VisitSeat.status == SeatStatus.ACCEPTED,
        )
        .order_by(Visit.on_date, Visit.from_slot, VisitSeat.id)
        .options(
            joinedload(VisitSeat.volunteer),
            joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.carer),
        )
    ).all()


def _to_volunteer(seats: Sequence[VisitSeat], key: str, **more: Any) -> Message:
    return Message(
        kind="visit_reminder",
        recipient=recipient_of(seats[0].volunteer),
        dedupe_key=f"visit_reminder:{key}",
        ids={"seats": [seat.id for seat in seats]},
        about=seats[0],
        **more,
    )


def _to_carer(carer: Carer, visits: Sequence[Visit], today: date) -> Message:
    return Message(
        kind="carer_reminder",
        recipient=recipient_of(carer),
        dedupe_key=f"carer_reminder:{visits[0].request_id}:{today}",
        ids={"visits": [visit.id for visit in visits]},
        about=visits[0],
    )


def _can_be_written_to(person: Volunteer | Carer) -> bool:
    return recipient_of(person).channel is not Channel.PHONE_CALL


def _was_queued(prefix: str, number: Any, suffix: str = "") -> ColumnElement[bool]:
    """SQL that is true when the message of this key was queued: what is known is not read again every minute."""
    key = literal(prefix).concat(cast(number, String)).concat(suffix)
    return select(OutboxMessage.id).where(OutboxMessage.dedupe_key == key).exists()


def _known(session: Session, keys: Sequence[str]) -> frozenset[str]:
    return frozenset(
        session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(keys)))
    )

"""What carers are told of their visits: who comes, that somebody cannot come after all, that a visit is off; and what
helpers who have said yes are told when whoever was to go with them does not."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Carer
from app.messages.models import MessageStatus, OutboxMessage
from app.messages.use_cases import Message, queue_message, recipient_of, withdraw_messages
from app.shared.times import slot_moment
from app.visits.models import AGREED, SeatStatus, Visit, VisitSeat, VisitStatus

PRESSING = timedelta(hours=12)


def helpers_agreed(visit: Visit) -> frozenset[int]:
    """The volunteers who come, when the visit is agreed."""
    if visit.status not in AGREED:
        return frozenset()
    return frozenset(seat.volunteer_id for seat in visit.seats if seat.status is SeatStatus.ACCEPTED)


class News:
    """Notes who comes before seats change; `tell` tells the carer afterwards what is different now."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        self.before = {visit: helpers_agreed(visit) for visit in visits}

    def tell(self, session: Session, occasion: str, *, now: datetime) -> None:
        """One message about the visits that are agreed anew, one about those that are not agreed any more.

        `occasion` names the change ("offer:12"): the same change is told once.
        """
        agreed = [
            visit for visit, was in self.before.items() if helpers_agreed(visit) not in (was, frozenset())
        ]
        lost = [
            visit for visit, was in self.before.items() if was and visit.status is VisitStatus.NEEDS_COVER
        ]
        for visit in agreed:
            visit.carer_told_at = now
        for visit in lost:
            visit.carer_told_at = None
        tell_carer(session, "visit_agreed", agreed, occasion, now=now)
        tell_carer(session, "visit_uncovered", lost, occasion, now=now)
        for visit in self.before:
            _tell_companions(session, visit, occasion, now=now)


def is_pressing(visits: Iterable[Visit], now: datetime) -> bool:
    """Whether one of the visits begins before people who slept over the news could act on it."""
    return any(slot_moment(visit.on_date, visit.from_slot) - now < PRESSING for visit in visits)


def tell_carer(session: Session, kind: str, visits: Sequence[Visit], occasion: str, *, now: datetime) -> None:
    """Queue one message of this kind about these visits, all of one request; none for no visits."""
    if not visits:
        return
    carer = session.get_one(Carer, visits[0].request.carer_id)
    queue_message(
        session,
        Message(
            kind=kind,
            recipient=recipient_of(carer),
            dedupe_key=f"{kind}:{occasion}",
            ids={"visits": [visit.id for visit in visits]},
            about=visits[0],
            may_wake=is_pressing(visits, now),
        ),
        now=now,
    )


def _tell_companions(session: Session, visit: Visit, occasion: str, *, now: datetime) -> None:
    """Who has said yes to a visit that lacks somebody waits for word before going; once it is agreed, they get it."""
    for seat in visit.seats:
        if seat.status is not SeatStatus.ACCEPTED:
            continue
        waits = _was_told_to_wait(session, seat)
        if visit.status is VisitStatus.NEEDS_COVER and not waits:
            _tell_helper(session, "seat_uncovered", seat, occasion, now=now)
        elif visit.status in AGREED and waits:
            unsent = withdraw_messages(session, dedupe_prefix=f"seat_uncovered:{seat.id}:", now=now)
            if not unsent:
                _tell_helper(session, "seat_agreed", seat, occasion, now=now)


def _was_told_to_wait(session: Session, seat: VisitSeat) -> bool:
    last = session.scalars(
        select(OutboxMessage.kind)
        .where(
            OutboxMessage.about_kind == VisitSeat.__tablename__,
            OutboxMessage.about_id == seat.id,
            OutboxMessage.kind.in_(("seat_uncovered", "seat_agreed")),
            OutboxMessage.status != MessageStatus.WITHDRAWN,
        )
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    ).one_or_none()
    return last == "seat_uncovered"


def _tell_helper(session: Session, kind: str, seat: VisitSeat, occasion: str, *, now: datetime) -> None:
    queue_message(
        session,
        Message(
            kind=kind,
            recipient=recipient_of(seat.volunteer),
            dedupe_key=f"{kind}:{seat.id}:{occasion}",
            ids={"seats": [seat.id]},
            about=seat,
            may_wake=is_pressing([seat.visit], now),
        ),
        now=now,
    )

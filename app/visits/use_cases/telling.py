"""What carers are told of their visits: who comes, that somebody cannot come after all, that a visit is off."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.care_requests.models import Carer
from app.messages.use_cases import Message, queue_message, recipient_of
from app.shared.times import slot_moment
from app.visits.models import AGREED, SeatStatus, Visit, VisitStatus

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

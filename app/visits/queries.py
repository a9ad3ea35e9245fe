"""What can be asked of offers and visits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.queries import token_hash
from app.care_requests.queries.visits import VisitShown
from app.shared.names import called
from app.shared.times import hong_kong_date, slot_moment
from app.visits.models import LIVE_SEATS, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.volunteers.models import Volunteer

DETAILS_BEFORE = timedelta(hours=48)
DETAILS_AFTER = timedelta(hours=24)


def offer_of_token(session: Session, token: str) -> Offer | None:
    """The offer behind a message's link, answered or not; its token is erased when it is over."""
    return session.scalars(select(Offer).where(Offer.token_hash == token_hash(token))).one_or_none()


def offers_waiting(session: Session, volunteer_ids: Sequence[int], now: datetime) -> Sequence[Offer]:
    """Offers these volunteers have been sent and may still answer, the most pressing first."""
    return session.scalars(
        select(Offer)
        .where(
            Offer.volunteer_id.in_(volunteer_ids),
            Offer.leaves_at <= now,
            Offer.answered_at.is_(None),
            Offer.withdrawn_at.is_(None),
            Offer.answer_by > now,
        )
        .order_by(Offer.answer_by)
    ).all()


def offers_unanswered(session: Session, now: datetime) -> Sequence[Offer]:
    """Every offer that has left and waits for its answer: what coordinators phone about."""
    return session.scalars(
        select(Offer)
        .where(
            Offer.leaves_at <= now,
            Offer.answered_at.is_(None),
            Offer.withdrawn_at.is_(None),
            Offer.answer_by > now,
        )
        .order_by(Offer.answer_by)
        .options(selectinload(Offer.volunteer), selectinload(Offer.request), selectinload(Offer.seats))
    ).all()


def seats_to_come(session: Session, volunteer_ids: Sequence[int], now: datetime) -> Sequence[VisitSeat]:
    """Accepted seats whose visit is today or later, or over for less than a day, in time order."""
    query = (
        select(VisitSeat)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            VisitSeat.volunteer_id.in_(volunteer_ids),
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.on_date >= hong_kong_date(now - DETAILS_AFTER),
        )
        .order_by(Visit.on_date, Visit.from_slot)
    )
    return [
        seat
        for seat in session.scalars(query)
        if now < slot_moment(seat.visit.on_date, seat.visit.to_slot) + DETAILS_AFTER
    ]


def are_details_released(seat: VisitSeat, now: datetime) -> bool:
    """Whether the holder of this seat may see name and address now: accepted, 48 h before to 24 h after (A2)."""
    visit = seat.visit
    starts, ends = slot_moment(visit.on_date, visit.from_slot), slot_moment(visit.on_date, visit.to_slot)
    return (
        seat.status is SeatStatus.ACCEPTED
        and visit.status is not VisitStatus.CANCELLED
        and starts - DETAILS_BEFORE <= now <= ends + DETAILS_AFTER
    )


def visits_needing_cover(session: Session, now: datetime) -> Sequence[Visit]:
    """Visits to come that lost a helper or were declined, the soonest first."""
    return session.scalars(
        select(Visit)
        .where(Visit.status == VisitStatus.NEEDS_COVER, Visit.on_date >= hong_kong_date(now))
        .order_by(Visit.on_date, Visit.from_slot)
        .options(selectinload(Visit.request))
    ).all()


def live_seats_of(session: Session, volunteer_id: int, from_day: date) -> Sequence[VisitSeat]:
    """Live seats of a volunteer on `from_day` or later, in time order."""
    return session.scalars(
        select(VisitSeat)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= from_day,
        )
        .order_by(Visit.on_date, Visit.from_slot)
    ).all()


def helper_called(volunteer: Volunteer, *, in_english: bool) -> str:
    """How a volunteer is named to carers: surname and title."""
    gender = volunteer.gender.value if volunteer.gender else None
    return called(volunteer.name_zh, volunteer.name_en, gender, in_english=in_english)


def visits_shown(
    session: Session, request_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[VisitShown]]:
    """By request: agreed visits of today and later, in time order, as carers are told (care_requests' seam)."""
    query = (
        select(Visit)
        .where(
            Visit.request_id.in_(request_ids),
            Visit.status == VisitStatus.ACCEPTED,
            Visit.on_date >= hong_kong_date(now),
        )
        .order_by(Visit.on_date, Visit.from_slot)
    )
    shown: dict[int, list[VisitShown]] = defaultdict(list)
    for visit in session.scalars(query):
        helpers = [
            helper_called(seat.volunteer, in_english=False)
            for seat in visit.seats
            if seat.status is SeatStatus.ACCEPTED
        ]
        shown[visit.request_id].append(
            VisitShown(visit.occurrence_id, visit.on_date, visit.from_slot, visit.to_slot, tuple(helpers))
        )
    return shown


def visited_occurrences(session: Session, request_ids: Sequence[int]) -> AbstractSet[int]:
    """Occurrences of these requests that hold a visit that was not cancelled (care_requests' seam)."""
    return frozenset(
        session.scalars(
            select(Visit.occurrence_id).where(
                Visit.request_id.in_(request_ids), Visit.status != VisitStatus.CANCELLED
            )
        )
    )


def last_served(session: Session, request_ids: Sequence[int]) -> Mapping[int, date]:
    """By request: the day of its last agreed visit that is over (care_requests' seam)."""
    query = (
        select(Visit.request_id, func.max(Visit.on_date))
        .where(
            Visit.request_id.in_(request_ids),
            Visit.status == VisitStatus.ACCEPTED,
            Visit.on_date < func.current_date(),
        )
        .group_by(Visit.request_id)
    )
    return dict(session.execute(query).tuples().all())

"""What can be asked of volunteers' wishes for cover."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest
from app.matching.models import CoverWish, WishStatus
from app.shared.times import hong_kong_date
from app.visits.models import AGREED, SeatStatus, Visit, VisitSeat


def wishes_open(session: Session, now: datetime) -> Sequence[CoverWish]:
    """What volunteers wish for visits to come and nobody has decided, the soonest visit first."""
    return session.scalars(
        select(CoverWish)
        .join(CoverWish.seat)
        .join(VisitSeat.visit)
        .where(*_is_to_decide(now))
        .order_by(Visit.on_date, Visit.from_slot, CoverWish.id)
        .options(
            joinedload(CoverWish.seat).joinedload(VisitSeat.volunteer),
            joinedload(CoverWish.seat)
            .joinedload(VisitSeat.visit)
            .joinedload(Visit.request)
            .joinedload(CareRequest.kind),
        )
    ).all()


def wishes_open_count(session: Session, now: datetime) -> int:
    """How many of them there are."""
    query = select(func.count(CoverWish.id)).join(CoverWish.seat).join(VisitSeat.visit)
    return session.scalar(query.where(*_is_to_decide(now))) or 0


def wish_shown(session: Session, _account: Account, wish_id: int) -> CoverWish | None:
    """A wish, decided or not, for coordinators."""
    return session.get(CoverWish, wish_id)


def wish_of(session: Session, seat_id: int) -> CoverWish | None:
    """What is wished for a place and not decided."""
    return session.scalars(
        select(CoverWish).where(CoverWish.seat_id == seat_id, CoverWish.status == WishStatus.OPEN)
    ).one_or_none()


def seats_to_swap_with(session: Session, seat: VisitSeat, from_day: date) -> Sequence[VisitSeat]:
    """Other volunteers' places at other visits of the same request, from a day on, in time order; none at visits at
    which the volunteer is already."""
    is_mine = select(VisitSeat.visit_id).where(
        VisitSeat.volunteer_id == seat.volunteer_id, VisitSeat.status == SeatStatus.ACCEPTED
    )
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            Visit.request_id == seat.visit.request_id,
            Visit.status.in_(AGREED),
            Visit.on_date >= from_day,
            VisitSeat.status == SeatStatus.ACCEPTED,
            VisitSeat.volunteer_id != seat.volunteer_id,
            Visit.id.not_in(is_mine),
        )
        .order_by(Visit.on_date, Visit.from_slot, VisitSeat.id)
        .options(joinedload(VisitSeat.volunteer), joinedload(VisitSeat.visit))
    ).all()


def _is_to_decide(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        CoverWish.status == WishStatus.OPEN,
        VisitSeat.status == SeatStatus.ACCEPTED,
        Visit.status.in_(AGREED),
        Visit.on_date >= hong_kong_date(now),
    )

"""What can be asked of offers and visits."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Account
from app.accounts.queries import token_hash
from app.care_requests.models import CareRequest, KnownHelper
from app.care_requests.queries.requests import PAGE_LENGTH, Page, own_request
from app.care_requests.queries.visits import HelperShown, VisitShown
from app.safeguarding.queries import may_not_meet
from app.shared.database import among, as_list
from app.shared.names import called
from app.shared.times import SLOT_MINUTES, hong_kong_date, slot_moment
from app.training.queries.clashes import Promised
from app.visits.models import (
    AGREED,
    HELD,
    LIVE_SEATS,
    OFF,
    TO_COME,
    EndedBecause,
    FollowUp,
    MoveBecause,
    Offer,
    SeatMove,
    SeatStatus,
    Visit,
    VisitMove,
    VisitReport,
    VisitSeat,
    VisitStatus,
)
from app.visits.queries.days import CLOSES_AFTER, is_day_open
from app.volunteers.models import Volunteer, VolunteerStatus

DETAILS_BEFORE = timedelta(hours=48)
DETAILS_AFTER = timedelta(hours=24)


class OfferState(StrEnum):
    """How an offer stands, as the volunteer is told."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_NEEDED = "not_needed"


def offer_of_token(session: Session, token: str, now: datetime) -> Offer | None:
    """The offer behind a message's link, answered or not; one that has not left yet is not there."""
    offer = session.scalars(
        select(Offer).where(Offer.token_hash == token_hash(token), Offer.leaves_at <= now).options(*_WHOLE)
    ).one_or_none()
    return offer if offer is not None and offer.volunteer.status is not VolunteerStatus.REMOVED else None


def own_offer(session: Session, account: Account, offer_id: int, now: datetime) -> Offer | None:
    """An offer made to somebody this account signs in for, once it has left."""
    return session.scalars(
        select(Offer)
        .join(Offer.volunteer)
        .where(
            Offer.id == offer_id,
            Offer.leaves_at <= now,
            Volunteer.account_id == account.id,
            Volunteer.status != VolunteerStatus.REMOVED,
        )
        .options(*_WHOLE)
    ).one_or_none()


def offer_shown(session: Session, offer_id: int, now: datetime) -> Offer | None:
    """An offer that has left, for coordinators."""
    return session.scalars(
        select(Offer).where(Offer.id == offer_id, Offer.leaves_at <= now).options(*_WHOLE)
    ).one_or_none()


def offer_state(offer: Offer, now: datetime) -> OfferState:
    """How it stands: what the seats say."""
    statuses = {seat.status for seat in offer.seats}
    if offer.answered_at is None and offer.withdrawn_at is None and SeatStatus.OFFERED in statuses:
        return OfferState.WAITING if now < offer.answer_by else OfferState.EXPIRED
    if SeatStatus.ACCEPTED in statuses:
        return OfferState.ACCEPTED if statuses == {SeatStatus.ACCEPTED} else OfferState.PARTLY
    if SeatStatus.DECLINED in statuses:
        return OfferState.DECLINED
    return OfferState.EXPIRED if SeatStatus.EXPIRED in statuses else OfferState.NOT_NEEDED


def offers_waiting(session: Session, volunteer_ids: Collection[int], now: datetime) -> Sequence[Offer]:
    """Offers these volunteers have been sent and may still answer, the most pressing first."""
    return session.scalars(
        select(Offer)
        .where(Offer.volunteer_id.in_(volunteer_ids), *_may_be_answered(now))
        .order_by(Offer.answer_by, Offer.id)
        .options(*_WHOLE)
    ).all()


def offers_unanswered(session: Session, now: datetime) -> Sequence[Offer]:
    """Every offer that has left and waits for its answer, the most pressing first: whom coordinators phone."""
    return session.scalars(
        select(Offer).where(*_may_be_answered(now)).order_by(Offer.answer_by, Offer.id).options(*_WHOLE)
    ).all()


def offers_unanswered_count(session: Session, now: datetime) -> int:
    """How many of them there are."""
    return session.scalar(select(func.count()).select_from(Offer).where(*_may_be_answered(now))) or 0


def offers_to_undo(session: Session, now: datetime) -> Sequence[Offer]:
    """Approvals of the last minutes that may still be taken back, the newest first."""
    return session.scalars(
        select(Offer)
        .where(Offer.leaves_at > now, Offer.withdrawn_at.is_(None), Offer.answered_at.is_(None))
        .order_by(Offer.made_at.desc(), Offer.request_id, Offer.id)
        .options(*_WHOLE)
    ).all()


def seats_to_come(session: Session, volunteer_ids: Collection[int], now: datetime) -> Sequence[VisitSeat]:
    """Accepted seats whose visit is to come, or over for less than a day, in time order."""
    query = (
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id.in_(volunteer_ids),
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.not_in(OFF),
            Visit.on_date >= hong_kong_date(now - DETAILS_AFTER),
        )
        .order_by(Visit.on_date, Visit.from_slot)
        .options(joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind))
    )
    return [
        seat
        for seat in session.scalars(query)
        if now < slot_moment(seat.visit.on_date, seat.visit.to_slot) + DETAILS_AFTER
    ]


def own_seat(session: Session, account: Account, seat_id: int) -> VisitSeat | None:
    """An accepted place at a visit that stands, of somebody this account signs in for and who may go there."""
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.volunteer)
        .join(VisitSeat.visit)
        .join(Visit.request)
        .where(
            VisitSeat.id == seat_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.not_in(OFF),
            Volunteer.account_id == account.id,
            Volunteer.status != VolunteerStatus.REMOVED,
            ~may_not_meet(VisitSeat.volunteer_id, CareRequest.recipient_id),
        )
    ).one_or_none()


def details_open_from(visit: Visit) -> datetime:
    """The moment from which those who go see name and address (A2: 48 hours before)."""
    return slot_moment(visit.on_date, visit.from_slot) - DETAILS_BEFORE


def are_details_released(seat: VisitSeat, now: datetime) -> bool:
    """Whether the holder of this seat, active, may see name and address now: 48 h before to 24 h after (A2)."""
    visit = seat.visit
    ends = slot_moment(visit.on_date, visit.to_slot)
    return (
        seat.status is SeatStatus.ACCEPTED
        and seat.volunteer.status is VolunteerStatus.ACTIVE
        and visit.status in HELD
        and details_open_from(visit) <= now <= ends + DETAILS_AFTER
    )


def has_begun(visit: Visit, now: datetime) -> bool:
    """Whether the visit has begun: too late to change who comes."""
    return now >= slot_moment(visit.on_date, visit.from_slot)


def visit_shown(session: Session, visit_id: int) -> Visit | None:
    """A visit with all its seats, ended ones too, for coordinators."""
    return session.scalars(select(Visit).where(Visit.id == visit_id).options(*_WITH_PEOPLE)).one_or_none()


def follow_ups_open(session: Session, *, request_id: int | None = None) -> Sequence[FollowUp]:
    """What nobody has dealt with yet, the oldest first; of one request when it is named."""
    conditions: list[ColumnElement[bool]] = [FollowUp.done_at.is_(None)]
    if request_id is not None:
        conditions.append(FollowUp.request_id == request_id)
    return session.scalars(
        select(FollowUp)
        .where(*conditions)
        .order_by(FollowUp.made_at, FollowUp.id)
        .options(joinedload(FollowUp.volunteer), joinedload(FollowUp.request).joinedload(CareRequest.kind))
    ).all()


def follow_ups_done(session: Session, most: int) -> Sequence[FollowUp]:
    """What was dealt with, the latest first, at most so many."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.done_at.is_not(None))
        .order_by(FollowUp.done_at.desc(), FollowUp.id.desc())
        .limit(most)
        .options(joinedload(FollowUp.volunteer), joinedload(FollowUp.request), joinedload(FollowUp.done_by))
    ).all()


def follow_up_shown(session: Session, _account: Account, follow_up_id: int) -> FollowUp | None:
    """Something to follow up, dealt with or not, for coordinators."""
    return session.get(FollowUp, follow_up_id)


def visits_of(session: Session, request_id: int, from_day: date) -> Sequence[Visit]:
    """The visits of a request on `from_day` or later, in time order; none of which nobody was ever told."""
    return session.scalars(
        select(Visit)
        .where(Visit.request_id == request_id, Visit.on_date >= from_day, _was_meant())
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
        .options(*_SEATS)
    ).all()


@dataclass(frozen=True)
class VisitFilter:
    """What the list of visits is narrowed to: from a day on, of one status (None: all that stand)."""

    from_day: date
    status: VisitStatus | None = None


def visits_page(session: Session, wanted: VisitFilter, number: int) -> Page[Visit]:
    """Page `number` (from 1; the last when there are fewer) of the visits, the soonest first."""
    conditions = [Visit.on_date >= wanted.from_day]
    if wanted.status is not None:
        conditions += [Visit.status == wanted.status, _was_meant()]
    else:
        conditions.append(Visit.status != VisitStatus.CANCELLED)
    total = session.scalar(select(func.count()).select_from(Visit).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    rows = session.scalars(
        select(Visit)
        .where(*conditions)
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
        .limit(PAGE_LENGTH)
        .offset((number - 1) * PAGE_LENGTH)
        .options(*_WITH_PEOPLE)
    ).all()
    return Page(rows, number, pages, total)


def visits_needing_cover(session: Session, now: datetime) -> Sequence[Visit]:
    """Visits to come that lost a helper or were declined: urgent ones first, then the soonest."""
    is_urgent = and_(CareRequest.urgent_until.is_not(None), CareRequest.urgent_until >= Visit.on_date)
    return session.scalars(
        select(Visit)
        .join(Visit.request)
        .where(Visit.status == VisitStatus.NEEDS_COVER, Visit.on_date >= hong_kong_date(now))
        .order_by(case((is_urgent, 0), else_=1), Visit.on_date, Visit.from_slot)
        .options(*_WITH_PEOPLE)
    ).all()


@dataclass(frozen=True)
class SeatLost:
    """Somebody who will not come after all, and why."""

    seat: VisitSeat
    because: EndedBecause
    reason: str


def seats_lost(session: Session, since: datetime) -> list[SeatLost]:
    """What fell through since a moment by a volunteer's or carer's word, or for want of an answer; newest first."""
    fell_through = (
        EndedBecause.DECLINED,
        EndedBecause.GAVE_UP,
        EndedBecause.EXPIRED,
        EndedBecause.ADULT_LEFT,
        EndedBecause.NOT_ACTIVE,
        EndedBecause.NOT_PERMITTED,
        EndedBecause.NO_LONGER_FITS,
        EndedBecause.CARER_REFUSED,
    )
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.ended_at >= since,
            or_(
                VisitSeat.ended_because.in_(fell_through),
                (VisitSeat.ended_because == EndedBecause.VISIT_CANCELLED)
                & (Visit.moved_because == MoveBecause.CARER_CALLED_OFF),
            ),
        )
        .order_by(VisitSeat.ended_at.desc(), VisitSeat.id.desc())
        .options(
            joinedload(VisitSeat.volunteer),
            joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.recipient),
            joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind),
        )
    )
    return [
        SeatLost(seat, seat.ended_because, seat.end_reason or seat.visit.cancel_reason)
        for seat in seats
        if seat.ended_because
    ]


def live_seats_of(session: Session, volunteer_id: int, from_day: date) -> Sequence[VisitSeat]:
    """Live seats of a volunteer on `from_day` or later, in time order."""
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date >= from_day,
        )
        .order_by(Visit.on_date, Visit.from_slot)
        .options(joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind))
    ).all()


def times_promised(session: Session, volunteer_id: int, days: Collection[date]) -> list[Promised]:
    """The visits of these days that a volunteer goes to or is asked to: what a course must not fall on."""
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status.in_(LIVE_SEATS),
            Visit.on_date.in_(days),
        )
        .options(joinedload(VisitSeat.visit))
    )
    return [
        Promised(seat.visit.on_date, seat.visit.from_slot * SLOT_MINUTES, seat.visit.to_slot * SLOT_MINUTES)
        for seat in seats
    ]


def helper_shown(volunteer: Volunteer) -> HelperShown:
    """How a volunteer is named to carers and companions: surname and title, in both languages."""
    gender = volunteer.gender.value if volunteer.gender else None
    return HelperShown(
        volunteer.id,
        called(volunteer.name_zh, volunteer.name_en, gender, in_english=False),
        called(volunteer.name_zh, volunteer.name_en, gender, in_english=True),
    )


def helpers_of(visit: Visit) -> list[HelperShown]:
    """Who comes, as carers are told."""
    return [helper_shown(seat.volunteer) for seat in visit.seats if seat.status is SeatStatus.ACCEPTED]


def own_helper(
    session: Session, account: Account, request_id: int, volunteer_id: int, now: datetime
) -> tuple[CareRequest, Volunteer] | None:
    """A helper who is to come for this account's own request, else None."""
    request = own_request(session, account, request_id)
    if request is None:
        return None
    volunteer = session.scalars(
        select(Volunteer)
        .join(VisitSeat, VisitSeat.volunteer_id == Volunteer.id)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .where(
            Volunteer.id == volunteer_id,
            Visit.request_id == request_id,
            Visit.status.in_(AGREED),
            Visit.on_date >= hong_kong_date(now),
            VisitSeat.status == SeatStatus.ACCEPTED,
        )
        .limit(1)
    ).one_or_none()
    return None if volunteer is None else (request, volunteer)


def own_visit(
    session: Session, account: Account, request_id: int, visit_id: int, now: datetime
) -> Visit | None:
    """A visit to come of this account's own request, else None."""
    if own_request(session, account, request_id) is None:
        return None
    visit = session.scalars(
        select(Visit)
        .where(Visit.id == visit_id, Visit.request_id == request_id, Visit.status.in_(TO_COME))
        .options(*_WITH_PEOPLE)
    ).one_or_none()
    return None if visit is None or has_begun(visit, now) else visit


def own_day_visit(
    session: Session, account: Account, request_id: int, visit_id: int, now: datetime
) -> Visit | None:
    """A visit of this account's own request that has begun, and ended less than a day ago; else None."""
    if own_request(session, account, request_id) is None:
        return None
    visit = session.scalars(
        select(Visit)
        .where(Visit.id == visit_id, Visit.request_id == request_id, Visit.status.in_(HELD))
        .options(*_WITH_PEOPLE)
    ).one_or_none()
    return visit if visit is not None and has_begun(visit, now) and is_day_open(visit, now) else None


def visits_begun(session: Session, request_id: int, now: datetime) -> list[Visit]:
    """A request's visits that have begun, and ended less than a day ago, in time order."""
    visits = visits_of(session, request_id, hong_kong_date(now - CLOSES_AFTER))
    return [visit for visit in visits if has_begun(visit, now) and is_day_open(visit, now)]


def own_visit_over(
    session: Session, account: Account, request_id: int, visit_id: int, now: datetime, within: timedelta
) -> Visit | None:
    """A visit of this account's own request whose end is no longer ago than `within`; else None."""
    if own_request(session, account, request_id) is None:
        return None
    return next(
        (visit for visit in visits_over(session, request_id, now, within) if visit.id == visit_id), None
    )


def visits_over(session: Session, request_id: int, now: datetime, within: timedelta) -> list[Visit]:
    """A request's visits that have taken place, over no longer than `within`, the newest first."""
    visits = visits_of(session, request_id, hong_kong_date(now - within))
    return [visit for visit in reversed(visits) if visit.status in HELD and _is_over(visit, now, within)]


def seats_to_report(
    session: Session, volunteer_id: int, now: datetime, within: timedelta
) -> Sequence[VisitSeat]:
    """A volunteer's places at visits that are over, no longer than `within`, without a report, the newest first."""
    seats = session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.in_(HELD),
            Visit.on_date >= hong_kong_date(now - within),
            Visit.on_date <= hong_kong_date(now),
            ~select(VisitReport.id).where(VisitReport.seat_id == VisitSeat.id).exists(),
        )
        .order_by(Visit.on_date.desc(), Visit.from_slot.desc())
        .options(joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind))
    )
    return [seat for seat in seats if _is_over(seat.visit, now, within)]


def _is_over(visit: Visit, now: datetime, within: timedelta) -> bool:
    ends = slot_moment(visit.on_date, visit.to_slot)
    return ends <= now <= ends + within


def seat_shown(session: Session, seat_id: int) -> VisitSeat | None:
    """A place at a visit, for coordinators."""
    return session.get(VisitSeat, seat_id)


def agreed_visits(session: Session, request_id: int, now: datetime) -> list[Visit]:
    """A request's agreed visits that have not begun, in time order."""
    visits = visits_of(session, request_id, hong_kong_date(now))
    return [visit for visit in visits if visit.status in AGREED and not has_begun(visit, now)]


def history_of(session: Session, visit: Visit) -> list[VisitMove | SeatMove]:
    """Every move of a visit and of its seats, the oldest first."""
    moves: list[VisitMove | SeatMove] = list(
        session.scalars(
            select(VisitMove).where(VisitMove.visit_id == visit.id).options(joinedload(VisitMove.by))
        )
    )
    moves += session.scalars(
        select(SeatMove)
        .join(SeatMove.seat)
        .where(VisitSeat.visit_id == visit.id)
        .options(joinedload(SeatMove.by), joinedload(SeatMove.seat).joinedload(VisitSeat.volunteer))
    )
    return sorted(moves, key=lambda move: (move.at, isinstance(move, VisitMove), move.id))


def visits_shown(
    session: Session, request_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[VisitShown]]:
    """By request: agreed visits of today and later, in time order, as carers are told (care_requests' seam)."""
    query = (
        select(Visit)
        .where(
            Visit.request_id.in_(request_ids),
            Visit.status.in_(HELD),
            Visit.on_date >= hong_kong_date(now),
        )
        .order_by(Visit.on_date, Visit.from_slot)
        .options(selectinload(Visit.seats).joinedload(VisitSeat.volunteer))
    )
    shown: dict[int, list[VisitShown]] = defaultdict(list)
    for visit in session.scalars(query):
        shown[visit.request_id].append(
            VisitShown(
                visit.occurrence_id, visit.on_date, visit.from_slot, visit.to_slot, tuple(helpers_of(visit))
            )
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


def last_served(session: Session, request_ids: Sequence[int], before: date) -> Mapping[int, date]:
    """By request: the day of its last agreed visit before that day (care_requests' seam)."""
    return {request_id: served.on for request_id, served in served_last(session, before, request_ids).items()}


def questions_open(session: Session, request_ids: Sequence[int], now: datetime) -> Mapping[int, bool]:
    """By request: somebody was chosen for a visit to come and has not answered; True once they were asked
    (care_requests' seam)."""
    first_leaves_at = func.min(Offer.leaves_at)
    rows = session.execute(
        select(Visit.request_id, first_leaves_at)
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .join(Offer, Offer.id == VisitSeat.offer_id)
        .where(
            Visit.request_id.in_(request_ids),
            Visit.on_date >= hong_kong_date(now),
            VisitSeat.status == SeatStatus.OFFERED,
        )
        .group_by(Visit.request_id)
    )
    return {request_id: leaves_at <= now for request_id, leaves_at in rows}


@dataclass(frozen=True)
class Served:
    """A request's last agreed visit: its day, and who came."""

    on: date
    volunteer_ids: tuple[int, ...]


def served_last(
    session: Session, before: date, request_ids: Collection[int] | None = None
) -> dict[int, Served]:
    """By request (all of them, unless some are named): its last agreed visit before that day."""
    values = {"before": before, **({} if request_ids is None else {"requests": as_list(request_ids)})}
    rows = session.execute(_last_served(request_ids is not None), values)
    people: dict[tuple[int, date], list[int]] = defaultdict(list)
    for request_id, on, volunteer_id in rows:
        people[(request_id, on)].append(volunteer_id)
    return {request_id: Served(on, tuple(ids)) for (request_id, on), ids in people.items()}


@cache
def _last_served(are_named: bool) -> Select[int, date, int]:
    latest = select(Visit.request_id, func.max(Visit.on_date).label("on_date")).where(
        Visit.on_date < bindparam("before"), Visit.status.in_(HELD)
    )
    if are_named:
        latest = latest.where(among(Visit.request_id, bindparam("requests", type_=String())))
    last = latest.group_by(Visit.request_id).subquery()
    return (
        select(Visit.request_id, Visit.on_date, VisitSeat.volunteer_id)
        .join(last, (last.c.request_id == Visit.request_id) & (last.c.on_date == Visit.on_date))
        .join(VisitSeat, VisitSeat.visit_id == Visit.id)
        .where(Visit.status.in_(HELD), VisitSeat.status == SeatStatus.ACCEPTED)
        .order_by(Visit.request_id, VisitSeat.volunteer_id)
    )


@dataclass(frozen=True)
class FirstVisit:
    """A volunteer was at a person's for the first time, on that day."""

    recipient_id: int
    volunteer_id: int
    at_home: bool
    on: date


def first_visits(session: Session, from_day: date, before: date) -> list[FirstVisit]:
    """Agreed visits of these days whose helper is not on record yet as known to the person."""
    is_known = (
        select(KnownHelper.volunteer_id)
        .where(
            KnownHelper.recipient_id == CareRequest.recipient_id,
            KnownHelper.volunteer_id == VisitSeat.volunteer_id,
        )
        .exists()
    )
    rows = session.execute(
        select(
            CareRequest.recipient_id,
            VisitSeat.volunteer_id,
            CareRequest.is_at_home,
            func.min(Visit.on_date),
        )
        .select_from(VisitSeat)
        .join(Visit, Visit.id == VisitSeat.visit_id)
        .join(CareRequest, CareRequest.id == Visit.request_id)
        .where(
            Visit.on_date >= from_day,
            Visit.on_date < before,
            Visit.status.in_(HELD),
            VisitSeat.status == SeatStatus.ACCEPTED,
            CareRequest.recipient_id.is_not(None),
            ~is_known,
        )
        .group_by(CareRequest.recipient_id, VisitSeat.volunteer_id, CareRequest.is_at_home)
        .order_by(CareRequest.recipient_id, VisitSeat.volunteer_id)
    )
    return [FirstVisit(recipient or 0, volunteer, at_home, on) for recipient, volunteer, at_home, on in rows]


_SEATS = (
    selectinload(Visit.seats).joinedload(VisitSeat.volunteer),
    selectinload(Visit.seats).joinedload(VisitSeat.offer),
)
_WITH_PEOPLE = (
    joinedload(Visit.request).joinedload(CareRequest.kind),
    joinedload(Visit.request).joinedload(CareRequest.recipient),
    *_SEATS,
)
_WHOLE = (
    joinedload(Offer.volunteer),
    joinedload(Offer.request).joinedload(CareRequest.kind),
    selectinload(Offer.seats).joinedload(VisitSeat.visit),
)


def _was_meant() -> ColumnElement[bool]:
    """Not one whose approval was undone: nobody was told of it, so it was never called off."""
    return or_(
        Visit.status != VisitStatus.CANCELLED,
        Visit.moved_because.is_distinct_from(MoveBecause.APPROVAL_UNDONE),
    )


def _may_be_answered(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_asked = (
        select(VisitSeat.id)
        .where(VisitSeat.offer_id == Offer.id, VisitSeat.status == SeatStatus.OFFERED)
        .exists()
    )
    return (
        Offer.leaves_at <= now,
        Offer.answered_at.is_(None),
        Offer.withdrawn_at.is_(None),
        Offer.answer_by > now,
        is_asked,
    )

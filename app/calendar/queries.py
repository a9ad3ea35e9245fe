"""What can be asked of the calendar: visits by day, figures by day, and whose an address is."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Account, Role
from app.accounts.queries import token_hash
from app.calendar.models import CalendarFeed
from app.care_requests.models import CareRecipient, CareRequest
from app.shared.times import hong_kong_date
from app.visits.models import LIVE_SEATS, OFF, TO_COME, SeatStatus, Visit, VisitSeat, VisitStatus
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import VolunteerFilter, volunteers_found

MOST_NAMED = 50
"""Of so many people of a name the visits are shown."""
BEHIND, AHEAD = timedelta(days=30), timedelta(days=120)
"""What a volunteer's own calendar programme is told of."""
DESK_BEHIND, DESK_AHEAD = timedelta(days=7), timedelta(days=28)


@dataclass(frozen=True)
class CalendarFilter:
    """What a calendar is narrowed to; empty: all visits that stand."""

    area: str = ""
    words: str = ""
    """Part of a volunteer's name, or the reference of a volunteer or request, or what the person is called."""
    volunteer_id: int | None = None
    request_id: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether few enough are left to show each."""
        return bool(self.words or self.volunteer_id or self.request_id)


def visits_by_day(
    session: Session, first: date, last: date, wanted: CalendarFilter, *, most: int, now: datetime
) -> dict[date, list[Visit]]:
    """By day, in time order: the visits that stand, at most so many of each day."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    pieces = [(first, last, most * len(days))] if wanted.is_narrow else [(on, on, most) for on in days]
    conditions = _conditions(session, wanted, now)
    found: dict[date, list[Visit]] = defaultdict(list)
    for begins, ends, at_most in pieces:
        rows = session.scalars(
            select(Visit)
            .where(Visit.on_date >= begins, Visit.on_date <= ends, *conditions)
            .order_by(Visit.on_date, Visit.from_slot, Visit.id)
            .limit(at_most)
            .options(*_WITH_PEOPLE)
        ).all()
        for visit in rows:
            if len(found[visit.on_date]) < most:
                found[visit.on_date].append(visit)
    return dict(found)


def counts_by_day(
    session: Session, first: date, last: date, wanted: CalendarFilter, *, now: datetime
) -> dict[date, Counter[VisitStatus]]:
    """By day: how many visits there are of each status."""
    rows = session.execute(
        select(Visit.on_date, Visit.status, func.count())
        .where(Visit.on_date >= first, Visit.on_date <= last, *_conditions(session, wanted, now))
        .group_by(Visit.on_date, Visit.status)
    )
    found: dict[date, Counter[VisitStatus]] = defaultdict(Counter)
    for on, status, count in rows:
        found[on][status] = count
    return found


def seats_by_day(session: Session, volunteer_id: int, first: date, last: date) -> dict[date, list[VisitSeat]]:
    """By day, in time order: a volunteer's own places at visits that stand."""
    found: dict[date, list[VisitSeat]] = defaultdict(list)
    for seat in _own_seats(session, volunteer_id, first, last):
        found[seat.visit.on_date].append(seat)
    return found


def visits_on(session: Session, days: Sequence[date]) -> dict[date, int]:
    """By day: how many visits are to come on it; days without any are left out."""
    rows = session.execute(
        select(Visit.on_date, func.count())
        .where(Visit.on_date.in_(days), Visit.status.in_(TO_COME))
        .group_by(Visit.on_date)
    )
    return {on: count for on, count in rows}  # noqa: C416 (rows are no tuples to mypy)


def live_feed(
    session: Session, *, volunteer_id: int | None = None, account_id: int | None = None
) -> CalendarFeed | None:
    """The address somebody has, if they have one."""
    return session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.volunteer_id == volunteer_id
            if volunteer_id is not None
            else CalendarFeed.account_id == account_id,
            CalendarFeed.revoked_at.is_(None),
        )
    ).one_or_none()


def feed_of_token(session: Session, token: str) -> CalendarFeed | None:
    """The address behind `token`, while it and its owner are good."""
    feed = session.scalars(
        select(CalendarFeed)
        .where(CalendarFeed.token_hash == token_hash(token), CalendarFeed.revoked_at.is_(None))
        .options(joinedload(CalendarFeed.volunteer), joinedload(CalendarFeed.account))
    ).one_or_none()
    if feed is None:
        return None
    if feed.volunteer is not None:
        return feed if feed.volunteer.status is VolunteerStatus.ACTIVE else None
    account = feed.account
    is_good = account is not None and account.closed_at is None and Role.COORDINATOR in account.roles
    return feed if is_good else None


def seats_to_read(session: Session, volunteer_id: int, now: datetime) -> Sequence[VisitSeat]:
    """What a volunteer's own calendar programme is told of."""
    today = hong_kong_date(now)
    return _own_seats(session, volunteer_id, today - BEHIND, today + AHEAD)


def visits_to_read(session: Session, now: datetime) -> Sequence[Visit]:
    """What a coordinator's is told of."""
    today = hong_kong_date(now)
    return session.scalars(
        select(Visit)
        .where(
            Visit.on_date >= today - DESK_BEHIND,
            Visit.on_date <= today + DESK_AHEAD,
            Visit.status.not_in(OFF),
        )
        .order_by(Visit.on_date, Visit.from_slot, Visit.id)
        .options(joinedload(Visit.request).joinedload(CareRequest.kind))
    ).all()


def own_volunteer_feed(
    session: Session, account: Account, volunteer_id: int, **_others: object
) -> Volunteer | None:
    """A volunteer whom this account signs in for and who may have an address of their own: an active one."""
    volunteer = session.get(Volunteer, volunteer_id)
    is_theirs = volunteer is not None and volunteer.account_id == account.id
    return volunteer if is_theirs and volunteer and volunteer.status is VolunteerStatus.ACTIVE else None


def _own_seats(session: Session, volunteer_id: int, first: date, last: date) -> Sequence[VisitSeat]:
    return session.scalars(
        select(VisitSeat)
        .join(VisitSeat.visit)
        .where(
            VisitSeat.volunteer_id == volunteer_id,
            VisitSeat.status == SeatStatus.ACCEPTED,
            Visit.status.not_in(OFF),
            Visit.on_date >= first,
            Visit.on_date <= last,
        )
        .order_by(Visit.on_date, Visit.from_slot, VisitSeat.id)
        .options(joinedload(VisitSeat.visit).joinedload(Visit.request).joinedload(CareRequest.kind))
    ).all()


def _conditions(session: Session, wanted: CalendarFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Visit.status != VisitStatus.CANCELLED]
    of_requests = select(CareRequest.id)
    if wanted.area:
        conditions.append(Visit.request_id.in_(of_requests.where(CareRequest.area_code == wanted.area)))
    if wanted.request_id is not None:
        conditions.append(Visit.request_id == wanted.request_id)
    if wanted.volunteer_id is not None:
        conditions.append(_has_on_it([wanted.volunteer_id]))
    if wanted.words:
        people = volunteers_found(
            session,
            VolunteerFilter(words=wanted.words),
            page=1,
            today=hong_kong_date(now),
            now=now,
        ).rows[:MOST_NAMED]
        is_called = (
            of_requests.join(CareRequest.recipient)
            .where(CareRecipient.called.contains(wanted.words, autoescape=True))
            .union(of_requests.where(CareRequest.code == wanted.words.upper()))
        )
        conditions.append(or_(_has_on_it([person.id for person in people]), Visit.request_id.in_(is_called)))
    return conditions


def _has_on_it(volunteer_ids: Sequence[int]) -> ColumnElement[bool]:
    return Visit.id.in_(
        select(VisitSeat.visit_id).where(
            VisitSeat.volunteer_id.in_(volunteer_ids), VisitSeat.status.in_(LIVE_SEATS)
        )
    )


_WITH_PEOPLE = (
    joinedload(Visit.request).joinedload(CareRequest.kind),
    joinedload(Visit.request).joinedload(CareRequest.recipient),
    selectinload(Visit.seats).joinedload(VisitSeat.volunteer),
)

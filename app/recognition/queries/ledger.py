"""What stands in the ledger."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRequest
from app.recognition.models import ServiceHours
from app.shared.database import among
from app.shared.health import HealthFact
from app.visits.models import Visit, VisitSeat

_TAKING_BACK = aliased(ServiceHours)


def stands() -> ColumnElement[bool]:
    """SQL: a row that counts, neither taking another back nor taken back itself."""
    taken_back = exists().where(_TAKING_BACK.takes_back_id == ServiceHours.id)
    return ServiceHours.takes_back_id.is_(None) & ~taken_back


def hours_standing(
    session: Session, volunteer_id: int, *, from_day: date | None = None, to_day: date | None = None
) -> Sequence[ServiceHours]:
    """What counts for a volunteer between two days, both inclusive, the latest first."""
    query = select(ServiceHours).where(
        ServiceHours.volunteer_id == volunteer_id, ServiceHours.minutes > 0, stands()
    )
    if from_day is not None:
        query = query.where(ServiceHours.on_date >= from_day)
    if to_day is not None:
        query = query.where(ServiceHours.on_date <= to_day)
    newest_first = (ServiceHours.on_date.desc(), ServiceHours.from_minute.desc(), ServiceHours.id.desc())
    return session.scalars(query.order_by(*newest_first).options(*_WHOLE)).all()


def whole_ledger(session: Session, volunteer_id: int) -> Sequence[ServiceHours]:
    """Every row about a volunteer, what was taken back too, the latest first."""
    return session.scalars(
        select(ServiceHours)
        .where(ServiceHours.volunteer_id == volunteer_id)
        .order_by(ServiceHours.id.desc())
        .options(*_WHOLE, joinedload(ServiceHours.confirmed_by))
    ).all()


def hours_shown(session: Session, _account: Account, hours_id: int) -> ServiceHours | None:
    """A row that counts, for coordinators who correct it."""
    return standing_row(session, hours_id)


def standing_row(session: Session, hours_id: int) -> ServiceHours | None:
    """A row by its id, None when it was taken back or takes another back."""
    return session.scalars(
        select(ServiceHours).where(ServiceHours.id == hours_id, stands()).options(*_WHOLE)
    ).one_or_none()


def minutes_served(
    session: Session, volunteer_id: int, *, from_day: date | None = None, to_day: date | None = None
) -> int:
    """The sum of all rows about a volunteer, between two days, both inclusive, when they are given."""
    query = select(func.coalesce(func.sum(ServiceHours.minutes), 0)).where(
        ServiceHours.volunteer_id == volunteer_id
    )
    if from_day is not None:
        query = query.where(ServiceHours.on_date >= from_day)
    if to_day is not None:
        query = query.where(ServiceHours.on_date <= to_day)
    return session.scalar(query) or 0


def minutes_by_volunteer(session: Session, volunteer_ids: Collection[int] | None) -> Mapping[int, int]:
    """The sum of all rows about each of these volunteers, or of everybody who has any."""
    query = select(ServiceHours.volunteer_id, func.sum(ServiceHours.minutes)).group_by(
        ServiceHours.volunteer_id
    )
    if volunteer_ids is not None:
        query = query.where(among(ServiceHours.volunteer_id, volunteer_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def pieces_of_days(
    session: Session, days: Collection[tuple[int, date]]
) -> Mapping[tuple[int, date], list[ServiceHours]]:
    """By volunteer and day, of those named: the rows that count and have times of day."""
    volunteers = {volunteer_id for volunteer_id, _day in days}
    rows = session.scalars(
        select(ServiceHours).where(
            ServiceHours.volunteer_id.in_(volunteers),
            ServiceHours.on_date.in_({day for _volunteer, day in days}),
            ServiceHours.from_minute.is_not(None),
            stands(),
        )
    )
    pieces: dict[tuple[int, date], list[ServiceHours]] = defaultdict(list)
    for row in rows:
        pieces[row.volunteer_id, row.on_date].append(row)
    return pieces


@dataclass(frozen=True)
class Month:
    """One month of a record: its first day, its rows, the latest first, and their sum."""

    first_day: date
    rows: list[ServiceHours]

    @property
    def minutes(self) -> int:
        return sum(row.minutes for row in self.rows)


def by_month(rows: Sequence[ServiceHours]) -> list[Month]:
    """The rows in months, in the order in which the months come."""
    months: dict[date, list[ServiceHours]] = {}
    for row in rows:
        months.setdefault(row.on_date.replace(day=1), []).append(row)
    return [Month(first_day, of_month) for first_day, of_month in months.items()]


def ledger_health(session: Session, _now: datetime) -> HealthFact:
    """Whether the ledger adds up: the sum of all rows is the sum of those that count, for every volunteer."""
    whole = (
        select(ServiceHours.volunteer_id, func.sum(ServiceHours.minutes).label("minutes"))
        .group_by(ServiceHours.volunteer_id)
        .subquery()
    )
    counted = (
        select(ServiceHours.volunteer_id, func.sum(ServiceHours.minutes).label("minutes"))
        .where(stands())
        .group_by(ServiceHours.volunteer_id)
        .subquery()
    )
    wrong = (
        session.scalar(
            select(func.count())
            .select_from(whole)
            .outerjoin(counted, counted.c.volunteer_id == whole.c.volunteer_id)
            .where(whole.c.minutes != func.coalesce(counted.c.minutes, 0))
        )
        or 0
    )
    total = session.scalar(select(func.coalesce(func.sum(ServiceHours.minutes), 0))) or 0
    return HealthFact("hours", wrong > 0, {"minutes": total, "records_that_do_not_add_up": wrong})


_WHOLE = (
    joinedload(ServiceHours.seat)
    .joinedload(VisitSeat.visit)
    .joinedload(Visit.request)
    .joinedload(CareRequest.kind),
)

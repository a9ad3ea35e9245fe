"""Lists of requests and people, one request with all that belongs to it, and what its carer is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Account
from app.care_requests.models import (
    Carer,
    CareRecipient,
    CareRequest,
    KnownHelper,
    Occurrence,
    RequestStatus,
)
from app.care_requests.queries.occurrences import waiting_since
from app.care_requests.queries.visits import VisitShown, proposals_source, visits_source
from app.shared.audit import AuditRow
from app.shared.secrets import phone_tail_key
from app.shared.times import hong_kong_date
from app.shared.words import folded

PAGE_LENGTH = 50
SHOWN_DAYS = 14
LONG_WAIT_DAYS = 14
"""After so many days without a visit a request is said to be waiting, not only being looked at."""
NOT_CLOSED = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.OPEN)
FEWEST_PHONE_DIGITS = 4

Row = TypeVar("Row")


class Standing(StrEnum):
    """Where a request stands, as its carer is told."""

    RECEIVED = "received"
    LOOKING = "looking"
    WAITING = "waiting"
    ARRANGING = "arranging"
    """Somebody is proposed or chosen; nobody has been asked yet."""
    ASKING = "asking"
    """Somebody has been asked and has not answered."""
    PARTLY = "partly"
    ARRANGED = "arranged"
    OVER = "over"
    """Every day asked for has gone by."""
    ENDED = "ended"


class Order(StrEnum):
    """How a list of requests is sorted."""

    LONGEST_WAIT = "longest_wait"
    NEWEST = "newest"


@dataclass(frozen=True)
class RequestState:
    """What a carer is told: where the request stands, and the agreed visits of today and later."""

    standing: Standing
    visits: tuple[VisitShown, ...]
    waiting_days: int


@dataclass(frozen=True)
class RequestFilter:
    """What a list of requests is narrowed to; empty: every request that is not closed."""

    words: str = ""
    """Part of a name, a reference, an earlier number, or the last four digits of the carer's telephone."""
    status: RequestStatus | None = None
    area: str = ""
    kind: str = ""
    is_urgent: bool = False
    order: Order = Order.LONGEST_WAIT


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list, and the numbers of this page, all pages and all rows."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def requests_page(session: Session, wanted: RequestFilter, number: int, *, today: date) -> Page[CareRequest]:
    """Page `number` (from 1; the last when there are fewer) of the requests, urgent ones first."""
    urgent_first = _is_urgent(today).desc()
    order = CareRequest.submitted_at.desc() if wanted.order is Order.NEWEST else CareRequest.submitted_at
    query = (
        select(CareRequest)
        .join(CareRequest.carer)
        .outerjoin(CareRequest.recipient)
        .where(*_conditions(wanted, today))
        .order_by(urgent_first, order, CareRequest.id)
        .options(
            joinedload(CareRequest.carer),
            joinedload(CareRequest.recipient),
            joinedload(CareRequest.kind),
            selectinload(CareRequest.windows),
        )
    )
    return _page(session, query, number)


def request_counts(session: Session, *, today: date) -> Mapping[str, int]:
    """How many requests are "draft", "submitted", "open" and "urgent"."""
    counts = {str(status): 0 for status in NOT_CLOSED}
    for status, count in session.execute(
        select(CareRequest.status, func.count())
        .where(CareRequest.status.in_(NOT_CLOSED))
        .group_by(CareRequest.status)
    ):
        counts[str(status)] = count
    counts["urgent"] = (
        session.scalar(select(func.count()).where(CareRequest.status.in_(NOT_CLOSED), _is_urgent(today))) or 0
    )
    return counts


def request_shown(
    session: Session, _account: object, request_id: int, **_others: object
) -> CareRequest | None:
    """A request with all that its page shows, for staff."""
    return session.scalars(
        select(CareRequest)
        .where(CareRequest.id == request_id)
        .options(
            joinedload(CareRequest.carer),
            joinedload(CareRequest.recipient),
            joinedload(CareRequest.kind),
            selectinload(CareRequest.windows),
            selectinload(CareRequest.skills),
            selectinload(CareRequest.languages),
            selectinload(CareRequest.demands),
        )
    ).one_or_none()


def own_request(session: Session, account: Account, request_id: int, **_others: object) -> CareRequest | None:
    """A request asked for by this account, else None."""
    request = request_shown(session, account, request_id)
    return request if request is not None and request.carer.account_id == account.id else None


def own_requests(session: Session, account: Account) -> Sequence[CareRequest]:
    """Everything this account asked for, what is going on first, newest first."""
    return session.scalars(
        select(CareRequest)
        .join(CareRequest.carer)
        .where(Carer.account_id == account.id)
        .order_by(
            (CareRequest.status == RequestStatus.CLOSED),
            CareRequest.submitted_at.desc(),
            CareRequest.id.desc(),
        )
        .options(
            joinedload(CareRequest.carer),
            joinedload(CareRequest.recipient),
            joinedload(CareRequest.kind),
            selectinload(CareRequest.windows),
        )
    ).all()


def request_state(session: Session, request: CareRequest, now: datetime) -> RequestState:
    """What the carer of `request` is told."""
    return request_states(session, [request], now)[request.id]


def request_states(
    session: Session, requests: Sequence[CareRequest], now: datetime
) -> Mapping[int, RequestState]:
    """By request id: what its carer is told."""
    today = hong_kong_date(now)
    ids = [request.id for request in requests]
    visits = visits_source().visits_shown(session, ids, now)
    since = waiting_since(session, requests, today)
    planned = _planned(session, ids, today)
    questions = visits_source().questions_open(session, ids, now)
    proposed = proposals_source()(session, ids)
    return {
        request.id: RequestState(
            standing=_standing(
                request,
                visits.get(request.id, ()),
                planned.get(request.id, frozenset()),
                since[request.id],
                today,
                is_asking=questions.get(request.id, False),
                is_arranging=request.id in questions or request.id in proposed,
            ),
            visits=tuple(visits.get(request.id, ())),
            waiting_days=(today - since[request.id]).days,
        )
        for request in requests
    }


def _standing(
    request: CareRequest,
    visits: Sequence[VisitShown],
    planned: Collection[int],
    since: date,
    today: date,
    *,
    is_asking: bool,
    is_arranging: bool,
) -> Standing:
    if request.status is RequestStatus.CLOSED:
        return Standing.ENDED
    if request.status is not RequestStatus.OPEN:
        return Standing.RECEIVED
    if visits:
        covered = {visit.occurrence_id for visit in visits}
        return Standing.ARRANGED if covered >= set(planned) else Standing.PARTLY
    if _is_over(request, today):
        return Standing.OVER
    if is_arranging:
        return Standing.ASKING if is_asking else Standing.ARRANGING
    return Standing.WAITING if (today - since).days > LONG_WAIT_DAYS else Standing.LOOKING


def _is_over(request: CareRequest, today: date) -> bool:
    if request.ends_on is not None and request.ends_on < today:
        return True
    dates = [window.on_date for window in request.windows if window.on_date is not None]
    return bool(dates) and max(dates) < today


def _planned(session: Session, request_ids: Collection[int], today: date) -> dict[int, set[int]]:
    """By request: the occurrences of the next two weeks."""
    planned: dict[int, set[int]] = {}
    for request_id, occurrence_id in session.execute(
        select(Occurrence.request_id, Occurrence.id).where(
            Occurrence.request_id.in_(request_ids),
            Occurrence.cancelled_at.is_(None),
            Occurrence.last_day >= today,
            Occurrence.first_day < today + timedelta(days=SHOWN_DAYS),
        )
    ):
        planned.setdefault(request_id, set()).add(occurrence_id)
    return planned


@dataclass(frozen=True)
class Happening:
    """One line of a request's history."""

    row: AuditRow
    actor: str
    """The name of whoever did it; "" for nobody signed in."""


def history(session: Session, request: CareRequest) -> list[Happening]:
    """What was done to the request, newest first."""
    rows = session.execute(
        select(AuditRow, Account.name)
        .outerjoin(Account, Account.id == AuditRow.actor_id)
        .where(AuditRow.subject_kind == CareRequest.__tablename__, AuditRow.subject_id == request.id)
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
    )
    return [Happening(row, name or "") for row, name in rows]


def parts_of(session: Session, request: CareRequest) -> Sequence[CareRequest]:
    """The requests that were split off this one."""
    return session.scalars(
        select(CareRequest)
        .where(CareRequest.split_from_id == request.id)
        .options(joinedload(CareRequest.kind))
        .order_by(CareRequest.id)
    ).all()


def carers_page(session: Session, words: str, number: int) -> Page[Carer]:
    """Page `number` of the carers by name; `words` as in RequestFilter."""
    query = select(Carer).order_by(Carer.name_key, Carer.id)
    if words:
        query = query.where(_mentions_carer(words))
    return _page(session, query, number)


def carer_shown(session: Session, _account: object, carer_id: int, **_others: object) -> Carer | None:
    """A carer, for staff."""
    return session.get(Carer, carer_id)


def own_carers(session: Session, account: Account) -> Sequence[Carer]:
    """The carers this account signs in for, the latest first."""
    return session.scalars(
        select(Carer).where(Carer.account_id == account.id).order_by(Carer.created_at.desc(), Carer.id.desc())
    ).all()


def recipients_of(session: Session, carer_ids: Collection[int]) -> Sequence[CareRecipient]:
    """The people these carers care for."""
    return session.scalars(
        select(CareRecipient).where(CareRecipient.carer_id.in_(carer_ids)).order_by(CareRecipient.id)
    ).all()


def recipient_shown(
    session: Session, _account: object, recipient_id: int, **_others: object
) -> CareRecipient | None:
    """A care recipient with the carer, for staff."""
    return session.scalars(
        select(CareRecipient).where(CareRecipient.id == recipient_id).options(joinedload(CareRecipient.carer))
    ).one_or_none()


def requests_of(
    session: Session, *, carer_id: int | None = None, recipient_id: int | None = None
) -> Sequence[CareRequest]:
    """The requests of a carer, or for a recipient, newest first."""
    query = (
        select(CareRequest)
        .options(joinedload(CareRequest.kind), joinedload(CareRequest.recipient))
        .order_by(CareRequest.submitted_at.desc(), CareRequest.id.desc())
    )
    if carer_id is not None:
        query = query.where(CareRequest.carer_id == carer_id)
    if recipient_id is not None:
        query = query.where(CareRequest.recipient_id == recipient_id)
    return session.scalars(query).all()


def known_helpers(session: Session, recipient_id: int) -> Sequence[KnownHelper]:
    """The volunteers this person knows."""
    return session.scalars(
        select(KnownHelper)
        .where(KnownHelper.recipient_id == recipient_id)
        .options(joinedload(KnownHelper.volunteer))
        .order_by(KnownHelper.since, KnownHelper.volunteer_id)
    ).all()


def is_urgent(request: CareRequest, today: date) -> bool:
    """Set urgent by a coordinator, up to and including its last day."""
    return request.urgent_until is not None and request.urgent_until >= today


def _is_urgent(today: date) -> ColumnElement[bool]:
    return and_(CareRequest.urgent_until.is_not(None), CareRequest.urgent_until >= today)


def _conditions(wanted: RequestFilter, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(CareRequest.status == wanted.status)
    else:
        conditions.append(CareRequest.status.in_(NOT_CLOSED))
    if wanted.area:
        conditions.append(CareRequest.area_code == wanted.area)
    if wanted.kind:
        conditions.append(CareRequest.kind_code == wanted.kind)
    if wanted.is_urgent:
        conditions.append(_is_urgent(today))
    if wanted.words:
        typed = wanted.words.strip()
        conditions.append(
            or_(
                CareRequest.code == typed.upper(),
                CareRequest.outside_code == typed,
                CareRecipient.called.contains(typed, autoescape=True),
                CareRecipient.full_name.contains(typed, autoescape=True),
                _mentions_carer(typed),
            )
        )
    return conditions


def _mentions_carer(words: str) -> ColumnElement[bool]:
    typed = words.strip()
    ways: list[ColumnElement[bool]] = [
        Carer.name_key.contains(folded(typed), autoescape=True),
        Carer.organisation.contains(typed, autoescape=True),
        Carer.code == typed.upper(),
        Carer.outside_code == typed,
    ]
    digits = "".join(letter for letter in folded(typed) if letter.isascii() and letter.isdigit())
    if len(digits) >= FEWEST_PHONE_DIGITS:
        ways.append(Carer.phone_tail_key == phone_tail_key(digits))
    return or_(*ways)


def _page(session: Session, query: Select[Row], number: int) -> Page[Row]:
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    rows = session.scalars(query.limit(PAGE_LENGTH).offset((number - 1) * PAGE_LENGTH)).all()
    return Page(rows, number, pages, total)

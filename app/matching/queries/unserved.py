"""Requests for which nobody is found: by the night, or since, by what happened to its proposals."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.care_requests.models import CareRequest, Occurrence, OccurrenceOption, RequestStatus, Rhythm
from app.care_requests.queries.requests import Page
from app.care_requests.use_cases.planning import HORIZON_DAYS
from app.matching.models import Proposal, ProposalStatus, Run, UnservedVisit
from app.matching.queries.proposals import REQUESTS_A_PAGE, is_proposed, is_taken, times_ahead
from app.visits.models import Visit, VisitStatus


class SinceTheNight(StrEnum):
    """Why a visit has nobody though the night found somebody, or knew nothing of it."""

    REFUSED = "proposal_refused"
    """A coordinator refused what was proposed."""
    LOST = "helper_lost"
    """Who was asked said no, did not answer, or cannot come after all."""
    CHANGED = "request_changed"
    """The request was changed, and what was proposed went with it."""
    NEW = "opened_since"
    """It was opened after the night."""


@dataclass(frozen=True)
class VisitUnserved:
    """A needed visit that nobody is proposed for and nobody has taken, and when it may still take place."""

    occurrence: Occurrence
    times: Sequence[OccurrenceOption]
    """Empty once every day that was asked for has passed, or is today."""
    row: UnservedVisit | None
    """What the night says of it, when it was the night that found nobody."""
    since: SinceTheNight | None
    """What happened since, when it was not."""
    is_too_near: bool
    """The next night plans for later days only: somebody is chosen by hand now, or nobody comes."""
    is_today: bool
    """Urgent, and nobody can be asked by a message any more."""


@dataclass(frozen=True)
class RequestUnserved:
    """A request for which some needed visits have nobody."""

    request: CareRequest
    visits: Sequence[VisitUnserved]
    is_urgent: bool


def requests_unserved(
    session: Session,
    run: Run,
    *,
    from_day: date,
    urgent: bool | None = None,
    is_without_lost: bool = False,
    number: int = 1,
    length: int = REQUESTS_A_PAGE,
) -> Page[RequestUnserved]:
    """Page `number` of the requests with visits that have nobody: urgent ones first, then by the day of the first.

    These are the visits for which `run` found nobody; those whose proposals were refused or fell through since; and,
    opened since, those that are urgent or too near for the next night. Visits may be arranged from `from_day` on; an
    urgent one of the day before stays, for the telephone. `is_without_lost` leaves out visits whose helper was lost,
    for pages that list them apart. A single visit whose days have all passed stays, since its request needs a new
    time; a weekly request goes on by itself.
    """
    by_request: dict[int, list[tuple[Occurrence, UnservedVisit | None]]] = defaultdict(list)
    for occurrence, row in _lacking(session, run, from_day, is_without_lost=is_without_lost):
        by_request[occurrence.request_id].append((occurrence, row))
    groups = [
        (request_id, rows, any(is_urgent_then(occurrence) for occurrence, _row in rows))
        for request_id, rows in by_request.items()
    ]
    groups = [group for group in groups if urgent is None or group[2] is urgent]
    groups.sort(key=lambda group: (not group[2], group[1][0][0].first_day))
    pages = max(1, -(-len(groups) // length))
    number = min(max(number, 1), pages)
    chosen = groups[(number - 1) * length : number * length]
    requests = _requests(session, [request_id for request_id, _rows, _urgent in chosen])
    since = _since(
        session, run, [each.id for _id, rows, _urgent in chosen for each, row in rows if row is None]
    )
    shown = [
        RequestUnserved(
            requests[request_id],
            [_visit(occurrence, row, since.get(occurrence.id), from_day) for occurrence, row in rows],
            is_urgent,
        )
        for request_id, rows, is_urgent in chosen
    ]
    return Page(shown, number, pages, len(groups))


def is_urgent_then(occurrence: Occurrence) -> bool:
    """Whether the request is urgent still on the day the visit is first wanted."""
    until = occurrence.request.urgent_until
    return until is not None and occurrence.first_day <= until


def _lacking(
    session: Session, run: Run, from_day: date, *, is_without_lost: bool
) -> Sequence[tuple[Occurrence, UnservedVisit | None]]:
    """Needed visits without anybody, in time order, each with what the run says of it if it found nobody."""
    is_ahead = Occurrence.last_day >= from_day
    was_proposed = (
        select(Proposal.id)
        .where(Proposal.occurrence_id == Occurrence.id, Proposal.run_id == run.id)
        .correlate(Occurrence)
        .exists()
    )
    is_urgent = and_(CareRequest.urgent_until.is_not(None), Occurrence.first_day <= CareRequest.urgent_until)
    is_left_over = or_(was_proposed, is_urgent, Occurrence.last_day == from_day, _is_lost())
    if is_without_lost:
        is_left_over = and_(is_left_over, ~_is_lost())
    rows = session.execute(
        select(Occurrence, UnservedVisit)
        .join(Occurrence.request)
        .outerjoin(
            UnservedVisit,
            and_(UnservedVisit.occurrence_id == Occurrence.id, UnservedVisit.run_id == run.id),
        )
        .where(
            Occurrence.cancelled_at.is_(None),
            CareRequest.status == RequestStatus.OPEN,
            ~is_taken(),
            ~is_proposed(),
            or_(
                and_(
                    UnservedVisit.id.is_not(None),
                    or_(is_ahead, CareRequest.rhythm.in_((Rhythm.ONCE, Rhythm.ANY_OF))),
                ),
                and_(
                    is_ahead,
                    Occurrence.first_day < run.starts_on + timedelta(days=HORIZON_DAYS),
                    is_left_over,
                ),
                and_(is_urgent, Occurrence.last_day == from_day - timedelta(days=1)),
            ),
        )
        .order_by(Occurrence.first_day, Occurrence.code)
        .options(joinedload(Occurrence.request))
    )
    return [(occurrence, row) for occurrence, row in rows]


def _is_lost() -> ColumnElement[bool]:
    """Its visit lost everybody who was to come."""
    return (
        select(Visit.id)
        .where(Visit.occurrence_id == Occurrence.id, Visit.status == VisitStatus.NEEDS_COVER)
        .correlate(Occurrence)
        .exists()
    )


def _visit(
    occurrence: Occurrence, row: UnservedVisit | None, since: SinceTheNight | None, from_day: date
) -> VisitUnserved:
    times = times_ahead(occurrence, from_day)
    return VisitUnserved(
        occurrence,
        times,
        row,
        None if row is not None else since or SinceTheNight.NEW,
        all(time.on_date <= from_day for time in times),
        is_urgent_then(occurrence) and occurrence.last_day == from_day - timedelta(days=1),
    )


def _since(session: Session, run: Run, occurrence_ids: Collection[int]) -> Mapping[int, SinceTheNight]:
    """By occurrence: what became of what the run proposed for it."""
    proposals = session.execute(
        select(Proposal.occurrence_id, Proposal.status).where(
            Proposal.run_id == run.id, Proposal.occurrence_id.in_(occurrence_ids)
        )
    )
    since: dict[int, SinceTheNight] = {}
    for occurrence_id, status in proposals:
        if status is ProposalStatus.REFUSED:
            since[occurrence_id] = SinceTheNight.REFUSED
        else:
            since.setdefault(occurrence_id, SinceTheNight.CHANGED)
    lost = session.scalars(
        select(Visit.occurrence_id).where(
            Visit.occurrence_id.in_(occurrence_ids), Visit.status == VisitStatus.NEEDS_COVER
        )
    )
    return {**since, **dict.fromkeys(lost, SinceTheNight.LOST)}


def _requests(session: Session, request_ids: Collection[int]) -> dict[int, CareRequest]:
    rows = session.scalars(
        select(CareRequest)
        .where(CareRequest.id.in_(request_ids))
        .options(
            joinedload(CareRequest.kind),
            joinedload(CareRequest.recipient),
            selectinload(CareRequest.languages),
            selectinload(CareRequest.skills),
            selectinload(CareRequest.demands),
        )
    )
    return {row.id: row for row in rows}

"""The visits that requests need, for matching."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.care_requests.models import CareRequest, Occurrence, OccurrenceOption, RequestStatus
from app.care_requests.queries.visits import visits_source
from app.shared.times import hong_kong_date


def occurrences_wanted(session: Session, starts_on: date, days: int) -> Sequence[Occurrence]:
    """The planned occurrences of open requests with an option in the `days` from `starts_on`, by code.

    Loaded with them: options, request, recipient, skills, languages and demands. Options outside the days are
    in the rows too; occurrences that hold visits already are among them.
    """
    ends_before = starts_on + timedelta(days=days)
    has_option = exists().where(
        OccurrenceOption.occurrence_id == Occurrence.id,
        OccurrenceOption.on_date >= starts_on,
        OccurrenceOption.on_date < ends_before,
    )
    request = contains_eager(Occurrence.request)
    return session.scalars(
        select(Occurrence)
        .join(Occurrence.request)
        .where(
            CareRequest.status == RequestStatus.OPEN,
            Occurrence.cancelled_at.is_(None),
            Occurrence.first_day < ends_before,
            Occurrence.last_day >= starts_on,
            has_option,
        )
        .options(
            request,
            request.selectinload(CareRequest.recipient),
            request.selectinload(CareRequest.skills),
            request.selectinload(CareRequest.languages),
            request.selectinload(CareRequest.demands),
            selectinload(Occurrence.options),
        )
        .order_by(Occurrence.code)
    ).all()


def open_request_ids(session: Session) -> Sequence[int]:
    """The requests that may be matched, for planning in chunks."""
    return session.scalars(
        select(CareRequest.id).where(CareRequest.status == RequestStatus.OPEN).order_by(CareRequest.id)
    ).all()


def waiting_since(session: Session, requests: Iterable[CareRequest]) -> Mapping[int, date]:
    """By request id: the Hong Kong day since which its carer has waited, the last served visit or the submission."""
    asked = {request.id: hong_kong_date(request.submitted_at) for request in requests}
    served = visits_source().last_served(session, list(asked))
    return {request_id: max(day, served.get(request_id, day)) for request_id, day in asked.items()}

"""The visits that requests need, and since when their carers wait."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, RequestStatus
from app.care_requests.queries.visits import visits_source
from app.shared.times import hong_kong_date


def open_request_ids(session: Session) -> Sequence[int]:
    """The requests that may be matched, for planning in chunks."""
    return session.scalars(
        select(CareRequest.id).where(CareRequest.status == RequestStatus.OPEN).order_by(CareRequest.id)
    ).all()


def waits_since(request: CareRequest, last_served: date | None) -> date:
    """The Hong Kong day since which a carer has waited: of the last served visit, or of the submission if later."""
    asked = hong_kong_date(request.submitted_at)
    return asked if last_served is None else max(asked, last_served)


def waiting_since(session: Session, requests: Iterable[CareRequest], today: date) -> Mapping[int, date]:
    """By request id: the day since which its carer has waited, as of `today`."""
    asked = list(requests)
    served = visits_source().last_served(session, [request.id for request in asked], today)
    return {request.id: waits_since(request, served.get(request.id)) for request in asked}

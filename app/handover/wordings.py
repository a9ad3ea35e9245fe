"""What messages about handovers need: kind of help, surname and title; never more."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Area
from app.handover.models import Handover, Party, ShadowVisit
from app.shared.errors import NotFound
from app.visits.queries import helper_shown


def handover(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """One step of a handover, to the senior, the successor or the carer. Raises NotFound."""
    row = session.get(Handover, ids["handover"])
    if row is None:
        raise NotFound
    party = Party(ids["party"])
    carer = row.request.carer if row.request is not None else None
    if party is Party.CARER and carer is not None:
        person = carer.name_zh or carer.name_en
        page = ("handover.for_carer", {"request_id": row.request_id})
    else:
        volunteer = row.senior if party is Party.SENIOR or row.successor is None else row.successor
        person = volunteer.name_zh or volunteer.name_en
        page = ("handover.my_handover", {"volunteer_id": volunteer.id, "handover_id": row.id})
    request = row.request
    shadow = session.get(ShadowVisit, ids["shadow"]) if "shadow" in ids else None
    return {
        "news": ids["news"],
        "party": party.value,
        "kind": request.kind if request is not None else None,
        "area": session.get(Area, request.area_code) if request is not None and request.area_code else None,
        "words": row.held_duty.words if row.held_duty is not None else "",
        "senior": helper_shown(row.senior),
        "successor": helper_shown(row.successor) if row.successor is not None else None,
        "shadow": shadow,
        "page": page,
        "person": person,
        "desk": ("handover.show", {"handover_id": row.id}),
    }


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {"handover": handover}

"""What messages about offers and visits need: area, kind, day, time, surname and title; never more."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Carer, CareRequest
from app.catalogue.models import Area
from app.messages.models import Channel
from app.messages.use_cases import recipient_of
from app.shared.errors import NotFound
from app.visits.models import AGREED, Attendance, Offer, SeatStatus, Visit, VisitSeat
from app.visits.queries import helper_shown, helpers_of


def offer(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """A question to a volunteer. Raises NotFound when nothing is asked any more."""
    row = session.get(Offer, ids["offer"])
    visits = [] if row is None else [seat.visit for seat in row.seats if seat.status is SeatStatus.OFFERED]
    if row is None or not visits:
        raise NotFound
    return {
        **_place(session, row.request),
        "helper": helper_shown(row.volunteer),
        "visits": sorted(visits, key=lambda visit: (visit.on_date, visit.from_slot)),
        "answer_by": row.answer_by,
        "by_phone": recipient_of(row.volunteer).channel is Channel.PHONE_CALL,
        "by_sms": recipient_of(row.volunteer).channel is Channel.SMS,
        "person": row.volunteer.name_zh or row.volunteer.name_en,
        "desk": ("visits.answer_call", {"offer_id": row.id}),
    }


def answer_noted(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """What was understood from a text message, to its sender; `visits` is empty after a no. Raises NotFound."""
    row = session.get(Offer, ids["offer"])
    if row is None:
        raise NotFound
    agreed = [seat.visit for seat in row.seats if seat.status is SeatStatus.ACCEPTED]
    return {
        **_place(session, row.request),
        "helper": helper_shown(row.volunteer),
        "visits": sorted(agreed, key=lambda visit: (visit.on_date, visit.from_slot)),
    }


def seats_of_volunteer(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """Something about a volunteer's places. Raises NotFound."""
    seats = session.scalars(select(VisitSeat).where(VisitSeat.id.in_(ids["seats"]))).all()
    if not seats:
        raise NotFound
    volunteer = seats[0].volunteer
    return {
        **_place(session, seats[0].visit.request),
        "helper": helper_shown(volunteer),
        "visits": sorted((seat.visit for seat in seats), key=lambda visit: (visit.on_date, visit.from_slot)),
        "seat_id": seats[0].id,
        "person": volunteer.name_zh or volunteer.name_en,
        "desk": ("volunteers.show", {"volunteer_id": volunteer.id}),
    }


def reminder(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """Visits that a volunteer goes to, each with its kind and area. Raises NotFound when none of them stands."""
    found = session.scalars(select(VisitSeat).where(VisitSeat.id.in_(ids["seats"]))).all()
    seats = [seat for seat in found if seat.status is SeatStatus.ACCEPTED and seat.visit.status in AGREED]
    if not seats:
        raise NotFound
    said = seats_of_volunteer(session, {"seats": [seat.id for seat in seats]})
    visits = sorted((seat.visit for seat in seats), key=lambda visit: (visit.on_date, visit.from_slot))
    return {**said, "places": [(visit, _place(session, visit.request)) for visit in visits]}


def helper_late(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """A helper comes later, to the carer. Raises NotFound."""
    mark = session.get(Attendance, ids["mark"])
    if mark is None or mark.seat.status is not SeatStatus.ACCEPTED:
        raise NotFound
    said = visits_of_carer(session, {"visits": [mark.seat.visit_id]})
    return {**said, "helper": helper_shown(mark.seat.volunteer), "minutes": mark.minutes}


def visit_agreed(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """Who comes, to the carer; `visits` is empty when none of them is agreed any more."""
    said = visits_of_carer(session, ids)
    agreed = [visit for visit in said["visits"] if visit.status in AGREED]
    return {**said, "visits": agreed, "helpers": {visit.id: helpers_of(visit) for visit in agreed}}


def visits_of_carer(session: Session, ids: Mapping[str, Any]) -> dict[str, Any]:
    """Visits that changed, to their carer. Raises NotFound."""
    visits = session.scalars(
        select(Visit).where(Visit.id.in_(ids["visits"])).order_by(Visit.on_date, Visit.from_slot)
    ).all()
    if not visits:
        raise NotFound
    request = visits[0].request
    carer = session.get_one(Carer, request.carer_id)
    return {
        **_place(session, request),
        "visits": visits,
        "person": carer.name_zh or carer.name_en,
        "desk": ("care_requests.show", {"request_id": request.id}),
    }


def _place(session: Session, request: CareRequest) -> dict[str, object]:
    area = session.get(Area, request.area_code) if request.area_code else None
    return {"kind": request.kind, "area": area}


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {
    "offer": offer,
    "offer_reminder": offer,
    "answer_noted": answer_noted,
    "report_back": seats_of_volunteer,
    "thanks": seats_of_volunteer,
    "helper_late": helper_late,
    "visit_reminder": reminder,
    "carer_reminder": visit_agreed,
    "seat_agreed": seats_of_volunteer,
    "cover_not_found": seats_of_volunteer,
    "seat_cancelled": seats_of_volunteer,
    "seat_suspended": seats_of_volunteer,
    "seat_resumed": seats_of_volunteer,
    "seat_uncovered": seats_of_volunteer,
    "visit_agreed": visit_agreed,
    "visit_uncovered": visits_of_carer,
    "visit_cancelled": visits_of_carer,
    "visit_suspended": visits_of_carer,
    "visit_missed": visits_of_carer,
}

"""A volunteer's own visits: when, where, with whom; the address only shortly before, and written down."""

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.use_cases.recipients import see_details
from app.catalogue.models import Area
from app.shared.audit import record
from app.shared.times import utc_now
from app.visits.forms import OptionalReasonForm
from app.visits.models import SeatStatus, Visit, VisitSeat
from app.visits.queries import (
    details_open_from,
    has_begun,
    helper_shown,
    own_seat,
    seats_to_come,
)
from app.visits.queries.days import days_of, is_day_open
from app.visits.queries.reports import report_of
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.permission import may_see_details
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import in_transaction, reading


@blueprint.get("/my/visits/<id:seat_id>")
@policy(Role.VOLUNTEER, load=own_seat)
def mine(seat: VisitSeat, **_ids: int) -> ResponseReturnValue:
    """One visit: day, time, area, kind and companions, when the address can be seen; on its day, what to tap."""
    now = utc_now()
    is_day = is_day_open(seat.visit, now)
    return page(
        "visits/mine.html",
        seat=seat,
        visit=seat.visit,
        area=area_of(reading(), seat.visit),
        companions=companions(seat),
        is_released=may_see_details(reading(), seat, now),
        released_from=details_open_from(seat.visit),
        may_give_up=not has_begun(seat.visit, now),
        day=days_of(reading(), [seat.id])[seat.id] if is_day else None,
        may_report=has_begun(seat.visit, now) and report_of(reading(), seat.id) is None,
        form=Form(),
        back_url=url_for("volunteers.mine", volunteer_id=seat.volunteer_id),
    )


@blueprint.get("/my/visits/<id:seat_id>/details")
@policy(Role.VOLUNTEER, load=own_seat, recently_verified=True)
def details(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """Name, address, way in and what is needed, to those who go; each showing is written down."""
    now = utc_now()
    by = current_account().id

    def see(writing: Session) -> object:
        if not may_see_details(writing, writing.get_one(VisitSeat, seat_id), now):
            return None
        record(writing, "visit.details_shown", seat.volunteer, by=by, now=now, seat=seat.id)
        return see_details(writing, seat.visit.request_id, by=by, now=now)

    shown = in_transaction(see)
    if shown is None:
        abort(404)
    return page(
        "visits/details.html",
        seat=seat,
        visit=seat.visit,
        request_=seat.visit.request,
        recipient=seat.visit.request.recipient,
        details=shown,
        area=area_of(reading(), seat.visit),
        companions=companions(seat),
        back_url=url_for(".mine", seat_id=seat_id),
    )


@blueprint.route("/my/visits/<id:seat_id>/cannot-come", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_seat)
def cannot_come(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """Somebody who said yes cannot come after all."""
    form = OptionalReasonForm()
    home = url_for("volunteers.mine", volunteer_id=seat.volunteer_id)

    def act(writing: Session) -> str:
        give_up_seat(writing, seat_id, form.reason.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Thank you for telling us in time. We look for somebody else."), "success")
        return home

    return submitted(form, act) or page(
        "visits/cannot_come.html",
        form=form,
        seat=seat,
        visit=seat.visit,
        area=area_of(reading(), seat.visit),
        back_url=url_for(".mine", seat_id=seat_id),
    )


def coming_panel(session: Session, volunteer: Volunteer) -> str:
    """The next visit in large type and those after it, on the volunteer's home page."""
    now = utc_now()
    seats = seats_to_come(session, [volunteer.id], now)
    if not seats:
        return ""
    return render_template(
        "visits/coming_panel.html",
        next_seat=seats[0],
        is_day=is_day_open(seats[0].visit, now),
        later=seats[1:],
        areas={seat.id: area_of(session, seat.visit) for seat in seats},
        companions=companions(seats[0]),
        is_released=may_see_details(session, seats[0], now),
        released_from=details_open_from(seats[0].visit),
    )


def area_of(session: Session, visit: Visit) -> Area | None:
    """Where it is, as much as everybody may know; None by telephone."""
    return session.get(Area, visit.request.area_code) if visit.request.area_code else None


def companions(seat: VisitSeat) -> list[object]:
    """Who else has said yes to the same visit, by surname and title."""
    return [
        helper_shown(other.volunteer)
        for other in seat.visit.seats
        if other.status is SeatStatus.ACCEPTED and other.id != seat.id
    ]

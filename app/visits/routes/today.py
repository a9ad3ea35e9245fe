"""The day of a visit: the volunteer's buttons, the carer's yes, and the coordinators' list of whom to call."""

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.shared.times import hong_kong_moment, utc_now
from app.visits.forms import DayForm, LateForm, WrongForm
from app.visits.models import Mark, NotedHow, Visit, VisitSeat
from app.visits.queries import helpers_of, own_day_visit, own_seat, seat_shown, visits_begun
from app.visits.queries.days import Alarm, day_rows, is_day_open
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.attending import note_mark, note_what_the_carer_saw
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import reading

TAPPED = (Mark.ON_THE_WAY, Mark.ARRIVED, Mark.LEFT)
ALARM_TONES = {Alarm.WRONG: "bad", Alarm.NOT_BACK: "bad", Alarm.NOT_SEEN: "warning", Alarm.ABSENT: "warning"}


def _own_open_seat(session: Session, account: Account, seat_id: int) -> VisitSeat | None:
    seat = own_seat(session, account, seat_id)
    return seat if seat is not None and is_day_open(seat.visit, utc_now()) else None


def _own_day(session: Session, account: Account, request_id: int, visit_id: int) -> Visit | None:
    return own_day_visit(session, account, request_id, visit_id, utc_now())


def _any_seat(session: Session, _account: Account, seat_id: int) -> VisitSeat | None:
    return seat_shown(session, seat_id)


@blueprint.post("/my/visits/<id:seat_id>/today")
@policy(Role.VOLUNTEER, load=_own_open_seat)
def tap(_seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """One tap: on the way, there, finished."""
    mark = next((mark for mark in TAPPED if mark.value == request.form.get("mark")), None)
    if mark is None:
        abort(400)
    back = url_for(".mine", seat_id=seat_id)

    def act(writing: Session) -> str:
        note_mark(writing, seat_id, mark, NotedHow.TAP, by=current_account().id, now=utc_now())
        flash(gettext("Thank you, we know."), "success")
        return back

    return submitted(Form(), act) or redirect(back, code=303)


@blueprint.route("/my/visits/<id:seat_id>/late", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=_own_open_seat)
def late(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """The volunteer comes later; the carer is told."""
    form = LateForm()
    back = url_for(".mine", seat_id=seat_id)

    def act(writing: Session) -> str:
        note_mark(
            writing,
            seat_id,
            Mark.LATE,
            NotedHow.TAP,
            minutes=int(form.minutes.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you. We tell the carer."), "success")
        return back

    return submitted(form, act) or page(
        "visits/late.html", form=form, seat=seat, visit=seat.visit, back_url=back
    )


@blueprint.route("/my/visits/<id:seat_id>/wrong", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=_own_open_seat)
def wrong(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """At the door, and something is wrong: whom to call and what to do, and a word to the coordinators."""
    form = WrongForm()
    back = url_for(".mine", seat_id=seat_id)

    def act(writing: Session) -> str:
        note_mark(
            writing,
            seat_id,
            Mark.WRONG,
            NotedHow.TAP,
            words=form.said(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The coordinators see it now and call you. In danger, call 999."), "success")
        return back

    return submitted(form, act) or page(
        "visits/wrong.html", form=form, seat=seat, visit=seat.visit, back_url=back
    )


@blueprint.post("/my/requests/<id:request_id>/visits/<id:visit_id>/came")
@policy(Role.CARER, load=_own_day)
def came(_visit: Visit, request_id: int, visit_id: int) -> ResponseReturnValue:
    """The carer says whether the helper came."""
    has_come = request.form.get("came") == "yes"
    back = url_for("care_requests.own", request_id=request_id)

    def act(writing: Session) -> str:
        note_what_the_carer_saw(writing, visit_id, came=has_come, by=current_account().id, now=utc_now())
        flash(
            gettext("Thank you, we know.")
            if has_come
            else gettext("Thank you for telling us. We are sorry; a coordinator sees to it now."),
            "success",
        )
        return back

    return submitted(Form(), act) or redirect(back, code=303)


@blueprint.get("/today")
@policy(Role.COORDINATOR)
def today() -> ResponseReturnValue:
    """Who is out today, and who must be called, the most pressing first."""
    now = utc_now()
    rows = day_rows(reading(), now)
    return page(
        "visits/today.html",
        now=now,
        calls=[row for row in rows if row.alarm is not None],
        others=[row for row in rows if row.alarm is None],
        tones=ALARM_TONES,
    )


@blueprint.route("/seats/<id:seat_id>/day", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_seat)
def note_day(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """Enter what was said on the phone about a volunteer's day."""
    form = DayForm()
    back = url_for(".today")

    def act(writing: Session) -> str:
        note_mark(
            writing,
            seat_id,
            Mark(form.mark.data),
            NotedHow.PHONE_CALL,
            at=_at(seat.visit, form),
            words=form.words.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Entered."), "success")
        return back

    return submitted(form, act) or page(
        "visits/note_day.html", form=form, seat=seat, visit=seat.visit, back_url=back
    )


def came_panel(session: Session, care_request: CareRequest) -> str:
    """The carer's question after a visit has begun: has the helper come?"""
    begun = visits_begun(session, care_request.id, utc_now())
    if not begun:
        return ""
    return render_template(
        "visits/came_panel.html",
        request_=care_request,
        begun=[(visit, helpers_of(visit)) for visit in begun],
        form=Form(),
    )


def _at(visit: Visit, form: DayForm) -> datetime | None:
    clock = form.time()
    return None if clock is None else hong_kong_moment(visit.on_date, clock)

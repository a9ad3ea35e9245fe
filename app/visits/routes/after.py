"""After a visit: the volunteer's report, the carer's feedback, and what coordinators read of both."""

from datetime import timedelta

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.shared.times import utc_now
from app.visits.forms import YES, FeedbackForm, ReportForm
from app.visits.models import NotedHow, Visit, VisitSeat
from app.visits.queries import (
    helpers_of,
    own_seat,
    own_visit_over,
    seat_shown,
    seats_to_report,
    visit_shown,
    visits_over,
)
from app.visits.queries.reports import (
    feedback_of,
    feedbacks_since,
    report_of,
    reports_since,
    thanks_to,
    wants_a_look,
)
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.reporting import WRITTEN_WITHIN, give_feedback, write_report
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import reading

READ_SINCE = timedelta(days=14)
THANKED_SINCE = timedelta(days=60)
WENT_TONES = {"well": "good", "all_right": "neutral", "difficult": "warning"}


def _own_visit(session: Session, account: Account, request_id: int, visit_id: int) -> Visit | None:
    return own_visit_over(session, account, request_id, visit_id, utc_now(), WRITTEN_WITHIN)


def _any_seat(session: Session, _account: Account, seat_id: int) -> VisitSeat | None:
    return seat_shown(session, seat_id)


def _any_visit(session: Session, _account: Account, visit_id: int) -> Visit | None:
    return visit_shown(session, visit_id)


@blueprint.route("/my/visits/<id:seat_id>/report", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_seat)
def report(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """How it was: four taps and words."""
    home = url_for("volunteers.mine", volunteer_id=seat.volunteer_id)
    return _reported(seat, seat_id, NotedHow.TAP, back_url=home)


@blueprint.route("/seats/<id:seat_id>/report", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_seat)
def report_by_phone(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """The same, told to a coordinator on the phone."""
    return _reported(seat, seat_id, NotedHow.PHONE_CALL, back_url=url_for(".show", visit_id=seat.visit_id))


@blueprint.route("/my/requests/<id:request_id>/visits/<id:visit_id>/feedback", methods=["GET", "POST"])
@policy(Role.CARER, load=_own_visit)
def feedback(visit: Visit, request_id: int, visit_id: int) -> ResponseReturnValue:
    """How the visit was, in two taps; thanks are passed on."""
    back = url_for("care_requests.own", request_id=request_id)
    return _fed_back(visit, visit_id, NotedHow.CARER, back_url=back)


@blueprint.route("/visits/<id:visit_id>/feedback", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_visit)
def feedback_by_phone(visit: Visit, visit_id: int) -> ResponseReturnValue:
    """The same, told to a coordinator on the phone."""
    return _fed_back(visit, visit_id, NotedHow.PHONE_CALL, back_url=url_for(".show", visit_id=visit_id))


@blueprint.get("/visits/said")
@policy(Role.COORDINATOR)
def said() -> ResponseReturnValue:
    """What volunteers and carers said of the last two weeks' visits; what wants a look first."""
    since = utc_now() - READ_SINCE
    return page(
        "visits/said.html",
        reports=reports_since(reading(), since),
        feedbacks=feedbacks_since(reading(), since),
        wants_a_look=wants_a_look,
        tones=WENT_TONES,
    )


def report_panel(session: Session, volunteer: Volunteer) -> str:
    """Visits this volunteer has not reported on yet, and thanks, on their home page."""
    now = utc_now()
    seats = seats_to_report(session, volunteer.id, now, WRITTEN_WITHIN)
    thanks = thanks_to(session, volunteer.id, now - THANKED_SINCE)
    if not seats and not thanks:
        return ""
    return render_template("visits/report_panel.html", seats=seats, thanks=thanks)


def feedback_panel(session: Session, care_request: CareRequest) -> str:
    """The carer's visits of the last two weeks, each with what was said of it or the question."""
    visits = visits_over(session, care_request.id, utc_now(), WRITTEN_WITHIN)
    if not visits:
        return ""
    return render_template(
        "visits/feedback_panel.html",
        request_=care_request,
        visits=[(visit, helpers_of(visit)) for visit in visits],
        given=feedback_of(session, [visit.id for visit in visits]),
    )


def _fed_back(visit: Visit, visit_id: int, how: NotedHow, *, back_url: str) -> ResponseReturnValue:
    form = FeedbackForm()

    def act(writing: Session) -> str:
        give_feedback(
            writing,
            visit_id,
            was_good=form.was_good.data == YES,
            wants_same=form.wants_same.data == YES,
            thanks=form.thanks.data or "",
            how=how,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you for telling us."), "success")
        return back_url

    return submitted(form, act) or page(
        "visits/feedback.html",
        form=form,
        visit=visit,
        helpers=helpers_of(visit),
        is_by_phone=how is NotedHow.PHONE_CALL,
        back_url=back_url,
    )


def _reported(seat: VisitSeat, seat_id: int, how: NotedHow, *, back_url: str) -> ResponseReturnValue:
    form = ReportForm(seat.visit)

    def act(writing: Session) -> str:
        told = form.said()
        write_report(writing, seat_id, told, how, by=current_account().id, now=utc_now())
        if told.worry:
            return url_for("safeguarding.worry_thanks", urgent=1 if told.is_urgent else None)
        flash(gettext("Thank you! Your report is kept."), "success")
        return back_url

    return submitted(form, act) or page(
        "visits/report.html",
        form=form,
        seat=seat,
        visit=seat.visit,
        written=report_of(reading(), seat_id),
        back_url=back_url,
    )

"""The coordinators' side of hours: what waits, one visit looked at, one volunteer's ledger."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.recognition.forms import CorrectForm, DecideForm, OtherHoursForm, PaperHoursForm
from app.recognition.models import ServiceHours
from app.recognition.queries.ledger import hours_shown, minutes_served, whole_ledger
from app.recognition.queries.letters import letters_of
from app.recognition.queries.proposed import (
    Doubt,
    hours_proposed,
    hours_waiting,
    is_plain,
    waiting_shown,
)
from app.recognition.routes.blueprint import blueprint, most_a_day
from app.recognition.use_cases.confirming import confirm_many, confirm_visit_hours, count_nothing
from app.recognition.use_cases.entering import correct_hours, enter_other_hours, enter_paper_hours
from app.shared.times import hong_kong_date, utc_now
from app.visits.models import VisitSeat
from app.visits.queries.days import days_of
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_shown
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.security import id_in
from app.web.transactions import reading

A_PAGE = 100
NOTHING = "nothing"
"""The button by which nothing of a visit is counted."""
TONES = {
    Doubt.NOBODY_SAID: "bad",
    Doubt.OVERLAPS: "bad",
    Doubt.OVER_MAXIMUM: "bad",
    Doubt.LONGER: "warning",
    Doubt.TIMES_DISAGREE: "warning",
    Doubt.TOLD_LATE: "warning",
    Doubt.NO_REPORT: "info",
}


@blueprint.route("/hours", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def waiting() -> ResponseReturnValue:
    """Hours that wait: those in doubt first, one by one; the plain ones ticked and confirmed together."""
    form = Form()
    picked = {
        seat_id: key
        for key in request.form.getlist("pick")
        if (seat_id := id_in(key.partition("-")[0])) is not None
    }
    if request.method == "POST" and not picked:
        form.form_errors.append(gettext("Tick the hours to confirm."))

    def act(session: Session) -> str:
        done = confirm_many(session, picked, most_a_day=most_a_day(), by=current_account().id, now=utc_now())
        flash(
            ngettext(
                "The hours of one visit are counted.",
                "The hours of %(num)s visits are counted.",
                done.confirmed,
            ),
            "success",
        )
        if done.left:
            flash(
                ngettext(
                    "One has changed meanwhile or is your own. Please look again.",
                    "%(num)s have changed meanwhile or are your own. Please look again.",
                    done.left,
                ),
                "warning",
            )
        return url_for(".waiting")

    answer = submitted(form, act) if picked else None
    if answer is not None:
        return answer
    found = hours_waiting(reading(), most_a_day=most_a_day(), now=utc_now())
    plain = [each for each in found if is_plain(each)]
    doubtful = [each for each in found if not is_plain(each)]
    return page(
        "recognition/waiting.html",
        form=form,
        plain=plain[:A_PAGE],
        doubtful=doubtful[:A_PAGE],
        counts=(len(plain), len(doubtful)),
        ticks_all=request.args.get("tick") == "plain",
        me=current_account().id,
        tones=TONES,
    )


@blueprint.route("/hours/seats/<id:seat_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=waiting_shown)
def decide(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """One volunteer's time at a visit: everything that is known, and the decision."""
    proposed = hours_proposed(reading(), [seat_id], most_a_day=most_a_day(), now=utc_now()).get(seat_id)
    if proposed is None:
        flash(
            gettext("There are no hours to decide here: the visit is not over, or they did not come."), "info"
        )
        return redirect(url_for(".waiting"), code=303)
    form = DecideForm()
    form.show(proposed.from_minute, proposed.to_minute)

    def act(session: Session) -> str:
        by, now, reason = current_account().id, utc_now(), form.reason.data or ""
        if NOTHING in request.form:
            count_nothing(session, seat_id, reason, most_a_day=most_a_day(), by=by, now=now)
            flash(gettext("Nothing of this visit is counted."), "success")
        else:
            confirm_visit_hours(
                session, seat_id, form.times(), reason, most_a_day=most_a_day(), by=by, now=now
            )
            flash(gettext("The hours are counted."), "success")
        return url_for(".waiting")

    return submitted(form, act) or page(
        "recognition/decide.html",
        form=form,
        seat=seat,
        visit=seat.visit,
        proposed=proposed,
        marks=days_of(reading(), [seat_id])[seat_id].marks,
        tones=TONES,
        back_url=url_for(".waiting"),
    )


@blueprint.get("/volunteers/<id:volunteer_id>/hours")
@policy(Role.COORDINATOR, load=volunteer_shown)
def ledger(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Everything ever written about a volunteer's hours, what was taken back too."""
    rows = whole_ledger(reading(), volunteer_id)
    taken_back = {row.takes_back_id for row in rows if row.takes_back_id is not None}
    return page(
        "recognition/ledger.html",
        volunteer=volunteer,
        rows=rows,
        standing={row.id for row in rows if row.takes_back_id is None and row.id not in taken_back},
        total=minutes_served(reading(), volunteer_id),
        letters=letters_of(reading(), volunteer_id),
    )


@blueprint.route("/volunteers/<id:volunteer_id>/hours/enter", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def enter(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Work outside visits."""
    form = OtherHoursForm()

    def act(session: Session) -> str:
        enter_other_hours(
            session,
            volunteer_id,
            form.day.data or hong_kong_date(utc_now()),
            form.times(),
            form.work.data or "",
            form.reason.data or "",
            most_a_day=most_a_day(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The hours are counted."), "success")
        return url_for(".ledger", volunteer_id=volunteer_id)

    return submitted(form, act) or page(
        "recognition/enter.html",
        form=form,
        volunteer=volunteer,
        back_url=url_for(".ledger", volunteer_id=volunteer_id),
    )


@blueprint.route("/volunteers/<id:volunteer_id>/hours/from-paper", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def enter_paper(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A total of past hours."""
    form = PaperHoursForm()

    def act(session: Session) -> str:
        enter_paper_hours(
            session,
            volunteer_id,
            form.day.data or hong_kong_date(utc_now()),
            form.hours.minutes or 0,
            form.work.data or "",
            form.reason.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The hours are counted."), "success")
        return url_for(".ledger", volunteer_id=volunteer_id)

    return submitted(form, act) or page(
        "recognition/enter_paper.html",
        form=form,
        volunteer=volunteer,
        back_url=url_for(".ledger", volunteer_id=volunteer_id),
    )


@blueprint.route("/hours/<id:hours_id>/correct", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=hours_shown)
def correct(row: ServiceHours, hours_id: int) -> ResponseReturnValue:
    """Count other times instead, or nothing; both stay to be read."""
    is_taking_back = NOTHING in request.form
    form = CorrectForm(row, is_taking_back=is_taking_back)
    back_url = url_for(".ledger", volunteer_id=row.volunteer_id)

    def act(session: Session) -> str:
        correct_hours(
            session,
            hours_id,
            None if is_taking_back else form.becomes(),
            form.reason.data or "",
            most_a_day=most_a_day(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Corrected. What stood there before can still be read."), "success")
        return back_url

    answer = submitted(form, act)
    if answer is not None:
        return answer
    return page("recognition/correct.html", form=form, row=row, back_url=back_url)


def hours_panel(session: Session, volunteer: Volunteer) -> str:
    """On a volunteer's page: their hours, and the way to the ledger."""
    today = hong_kong_date(utc_now())
    return render_template(
        "recognition/hours_panel.html",
        volunteer=volunteer,
        total=minutes_served(session, volunteer.id),
        this_year=minutes_served(session, volunteer.id, from_day=today.replace(month=1, day=1)),
    )

"""Pages on which coordinators fill a run: search, a group, one person's seat."""

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import Carer
from app.care_requests.queries.requests import carers_page
from app.shared.times import hong_kong_date, utc_now
from app.training.forms.runs import GroupForm, WhyForm
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus
from app.training.queries.clashes import clashes
from app.training.queries.enrolments import enrolment_shown, may_withdraw, waiting_before
from app.training.queries.runs import places_of, run_shown
from app.training.routes.blueprint import blueprint
from app.training.use_cases.enrolling import answer_seat, enrol, give_seat, withdraw
from app.training.use_cases.runs import add_trainer
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, VolunteerFilter, volunteers_found
from app.web.access import policy
from app.web.forms import Form, page, pressed, submitted
from app.web.security import id_in
from app.web.transactions import reading

MOST_FOUND = 20
TONES = {
    EnrolmentStatus.ENROLLED: "good",
    EnrolmentStatus.OFFERED: "warning",
    EnrolmentStatus.WAITING: "info",
    EnrolmentStatus.DECLINED: "neutral",
    EnrolmentStatus.EXPIRED: "neutral",
    EnrolmentStatus.WITHDRAWN: "neutral",
    EnrolmentStatus.CANCELLED: "bad",
}
YES, NO = "yes", "no"
SAID = {EnrolmentStatus.ENROLLED: "success", EnrolmentStatus.WAITING: "info"}


@blueprint.get("/runs/<id:run_id>/find")
@policy(Role.COORDINATOR, load=run_shown)
def find_people(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Look somebody up by part of a name, a reference or a telephone's end: to learn, or to teach."""
    session, now = reading(), utc_now()
    words = request.args.get("words", "")[:100].strip()
    today = hong_kong_date(now)
    found = (
        volunteers_found(session, VolunteerFilter(words=words), page=1, today=today, now=now).rows
        if words
        else ()
    )
    volunteers = [volunteer for volunteer in found if volunteer.status not in GONE][:MOST_FOUND]
    carers = carers_page(session, words, 1).rows[:MOST_FOUND] if words and run.course.open_to_carers else ()
    return page(
        "training/find_people.html",
        form=Form(),
        run=run,
        places=places_of(session, [run])[run_id],
        words=words,
        volunteers=volunteers,
        carers=carers,
        clashes={volunteer.id: clashes(session, run, volunteer.id) for volunteer in volunteers},
        back_url=url_for(".run", run_id=run_id),
    )


@blueprint.post("/runs/<id:run_id>/people")
@policy(Role.COORDINATOR, load=run_shown)
def add_person(_run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Give somebody a seat, or let them teach."""
    here = url_for(".run", run_id=run_id)
    volunteer_id, carer_id = id_in(request.form.get("volunteer")), id_in(request.form.get("carer"))
    person = (
        reading().get(Volunteer, volunteer_id)
        if volunteer_id
        else reading().get(Carer, carer_id)
        if carer_id
        else None
    )
    if person is None:
        abort(404)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if "teaches" in request.form and isinstance(person, Volunteer):
            add_trainer(session, run_id, person.id, by=by, now=now)
            flash(gettext("They teach it now."), "success")
        else:
            made = enrol(session, run_id, person, by=by, by_staff=True, now=now)
            flash(_said(made.status), SAID[made.status])
        return here

    return pressed(act, url_for(".find_people", run_id=run_id, words=request.form.get("words", "")))


@blueprint.route("/runs/<id:run_id>/group", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def add_group(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Seats for people without a record here."""
    form = GroupForm()
    back_url = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        made = [
            enrol(session, run_id, guest, by=by, by_staff=True, now=now).status for guest in form.guests()
        ]
        seated = made.count(EnrolmentStatus.ENROLLED)
        waiting = len(made) - seated
        flash(ngettext("One has a seat.", "%(num)s have a seat.", seated), "success")
        if waiting:
            flash(
                ngettext("One is on the waiting list.", "%(num)s are on the waiting list.", waiting), "info"
            )
        return back_url

    return submitted(form, act) or page(
        "training/add_group.html",
        form=form,
        run=run,
        places=places_of(reading(), [run])[run_id],
        back_url=back_url,
    )


@blueprint.route("/enrolments/<id:enrolment_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=enrolment_shown)
def enrolment(enrolment: Enrolment, enrolment_id: int) -> ResponseReturnValue:
    """One person in a run: seat them, take their answer by phone, take them off."""
    form, wish = WhyForm(), request.form.get("act")
    here = url_for(".enrolment", enrolment_id=enrolment_id)
    back_url = url_for(".run", run_id=enrolment.run_id)

    def press(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if wish == "seat":
            give_seat(session, enrolment_id, by=by, now=now)
        else:
            answer_seat(session, enrolment_id, accepts=wish == YES, by=by, now=now)
        flash(gettext("Saved."), "success")
        return back_url

    def act(session: Session) -> str:
        withdraw(
            session,
            enrolment_id,
            form.reason.data or "",
            by=current_account().id,
            by_staff=True,
            now=utc_now(),
        )
        flash(gettext("Taken off. They are told."), "success")
        return back_url

    if wish in ("seat", YES, NO):
        return pressed(press, here)
    session = reading()
    return submitted(form, act) or page(
        "training/enrolment.html",
        form=form,
        enrolment=enrolment,
        run=enrolment.run,
        places=places_of(session, [enrolment.run])[enrolment.run_id],
        before=waiting_before(session, enrolment),
        clashes=clashes(session, enrolment.run, enrolment.volunteer_id) if enrolment.volunteer_id else [],
        may_withdraw=may_withdraw(enrolment, utc_now()),
        tones=TONES,
        back_url=back_url,
    )


def _said(status: EnrolmentStatus) -> str:
    return (
        gettext("They have a seat.")
        if status is EnrolmentStatus.ENROLLED
        else gettext("They are on the waiting list.")
    )

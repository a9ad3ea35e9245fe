"""A volunteer's own seats in runs: asked for, answered, given back; and the link that answers without signing in."""

from flask import abort, flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.errors import Refusal
from app.shared.times import utc_now
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus
from app.training.queries import missing_groups, skills_held
from app.training.queries.attendance import is_last_lesson_on, may_tap, who_came
from app.training.queries.clashes import clashes
from app.training.queries.enrolments import enrolment_of_token, may_withdraw, own_run, waiting_before
from app.training.queries.runs import closes_at, first_day, lesson_ends, materials_of, places_of, takes_people
from app.training.routes.blueprint import blueprint
from app.training.routes.people import NO, YES
from app.training.use_cases.attending import tap_in
from app.training.use_cases.enrolling import answer_seat, enrol, may_enrol, withdraw
from app.volunteers.models import Volunteer
from app.web.access import policy, public
from app.web.forms import Form, page, submitted
from app.web.security import id_in
from app.web.transactions import reading
from app.web.words import say

ANSWERS = (YES, NO)


@blueprint.route("/volunteer/<id:volunteer_id>/runs/<id:run_id>", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_run)
def own_seat(
    found: tuple[Volunteer, CourseRun, Enrolment | None], volunteer_id: int, run_id: int
) -> ResponseReturnValue:
    """One run: when, where, who teaches; ask for a seat, answer, or give it back."""
    volunteer, run, enrolment = found
    form = Form()
    here = url_for(".own_seat", volunteer_id=volunteer_id, run_id=run_id)

    def act(session: Session) -> str:
        by, now, wish = current_account().id, utc_now(), request.form.get("act")
        if wish == "withdraw" and enrolment is not None:
            withdraw(session, enrolment.id, by=by, now=now)
            flash(gettext("Your seat is given back. Thank you for telling us."), "success")
        elif wish == "tap":
            tap_in(session, id_in(request.form.get("lesson")) or 0, volunteer_id, by=by, now=now)
            flash(gettext("Good that you are here."), "success")
        elif wish in ANSWERS and enrolment is not None:
            answer_seat(session, enrolment.id, accepts=wish == YES, by=by, now=now)
            flash(gettext("Thank you for your answer."), "success")
        else:
            made = enrol(
                session,
                run_id,
                session.get_one(Volunteer, volunteer_id),
                by=by,
                by_staff=False,
                now=now,
            )
            if made.status is EnrolmentStatus.ENROLLED:
                flash(gettext("You have a seat."), "success")
            else:
                flash(gettext("You are on the waiting list."), "info")
        return here

    answer = submitted(form, act)
    if answer is not None:
        return answer
    session, now = reading(), utc_now()
    live = enrolment if enrolment is not None and enrolment.is_live else None
    return page(
        "training/own_seat.html",
        form=form,
        volunteer=volunteer,
        run=run,
        enrolment=enrolment,
        live=live,
        places=places_of(session, [run])[run_id],
        before=waiting_before(session, enrolment) if enrolment is not None else 0,
        closes_at=closes_at(run),
        is_open=takes_people(run, now),
        clashes=[each for each in clashes(session, run, volunteer_id) if lesson_ends(each.lesson) > now],
        missing=missing_groups(run.course, skills_held(session, volunteer_id, first_day(run, now))),
        why_not=_why_not(session, run, volunteer) if live is None else "",
        may_withdraw=live is not None and may_withdraw(live, now),
        to_tap=[lesson for lesson in run.lessons if may_tap(lesson, now)],
        came=who_came(session, [lesson.id for lesson in run.lessons]),
        may_evaluate=is_last_lesson_on(run, now),
        materials=materials_of(session, run_id),
        back_url=url_for(".on_offer", volunteer_id=volunteer_id),
    )


@blueprint.route("/seats/<token>", methods=["GET", "POST"])
@public
def seat(token: str) -> ResponseReturnValue:
    """The question behind a message's link, answered without signing in. Opening it changes nothing."""
    enrolment = enrolment_of_token(reading(), token)
    if enrolment is None:
        abort(404)
    person = enrolment.volunteer or enrolment.carer
    if "language" not in request.cookies:
        g.language = person.language if person is not None else enrolment.language
        refresh()
    form, wish = Form(), request.form.get("act")

    def act(session: Session) -> str:
        answer_seat(session, enrolment.id, accepts=wish == YES, by=None, now=utc_now())
        return url_for(".seat", token=token)

    answer = submitted(form, act) if wish in ANSWERS else None
    if answer is not None:
        return answer
    session, now = reading(), utc_now()
    if request.method == "POST":
        session.refresh(enrolment)
    is_waiting = (
        enrolment.status is EnrolmentStatus.OFFERED
        and enrolment.answer_by is not None
        and now < enrolment.answer_by
    )
    return page(
        "training/seat.html",
        form=form,
        enrolment=enrolment,
        run=enrolment.run,
        is_waiting=is_waiting,
        clashes=clashes(session, enrolment.run, enrolment.volunteer_id)
        if is_waiting and enrolment.volunteer_id
        else [],
    )


def _why_not(session: Session, run: CourseRun, volunteer: Volunteer) -> str:
    try:
        may_enrol(session, run, volunteer, now=utc_now())
    except Refusal as refusal:
        return say(refusal)
    return ""

"""Pages of lessons and their end: who came, the list to sign, assessments, materials, opinions, the study record."""

from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.times import utc_now
from app.training.forms.attending import PASSED, AssessmentForm, EvaluationForm, MaterialForm
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus, Lesson
from app.training.queries.attendance import seated_people, study_record, who_came
from app.training.queries.enrolments import enrolment_shown, own_run
from app.training.queries.runs import (
    lesson_begins,
    lesson_shown,
    lesson_taught,
    lessons_taught,
    materials_of,
    run_shown,
)
from app.training.routes.blueprint import blueprint
from app.training.use_cases import attending
from app.volunteers.models import Volunteer
from app.volunteers.queries import own_volunteer
from app.web.access import policy
from app.web.forms import Form, page, pressed, submitted
from app.web.security import id_in
from app.web.transactions import reading

TONES = {None: "info", "passed": "good", "not_yet": "warning", "missed": "neutral"}


@blueprint.route("/lessons/<id:lesson_id>/attendance", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=lesson_shown)
def attendance(lesson: Lesson, **_ids: int) -> ResponseReturnValue:
    """Who came to a lesson, ticked at the desk."""
    return _attendance(lesson, url_for(".run", run_id=lesson.run_id), is_desk=True)


@blueprint.route("/my/lessons/<id:lesson_id>", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=lesson_taught)
def taught(lesson: Lesson, **_ids: int) -> ResponseReturnValue:
    """The same, by a volunteer who teaches it."""
    return _attendance(lesson, url_for("volunteers.home"), is_desk=False)


@blueprint.get("/runs/<id:run_id>/sheet")
@policy(Role.COORDINATOR, load=run_shown)
def sheet(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """The list to sign, one column a lesson, to print."""
    return page("training/sheet.html", run=run, people=seated_people(reading(), run_id))


@blueprint.route("/enrolments/<id:enrolment_id>/assessment", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=enrolment_shown)
def assessment(enrolment: Enrolment, enrolment_id: int) -> ResponseReturnValue:
    """How one person did at the assessment."""
    form = AssessmentForm()
    back_url = url_for(".run", run_id=enrolment.run_id)
    if request.method == "GET" and enrolment.assessed_at is not None:
        form.process(data={"result": enrolment.outcome, "feedback": enrolment.feedback})

    def act(session: Session) -> str:
        attending.assess(
            session,
            enrolment_id,
            has_passed=form.result.data == PASSED,
            feedback=form.feedback.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved. They are told."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/assessment.html", form=form, enrolment=enrolment, run=enrolment.run, back_url=back_url
    )


@blueprint.post("/runs/<id:run_id>/finish")
@policy(Role.COORDINATOR, load=run_shown)
def finish_run(_run: CourseRun, run_id: int) -> ResponseReturnValue:
    """The run is over."""
    here = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        attending.finish_run(session, run_id, by=current_account().id, now=utc_now())
        flash(gettext("Finished. Everybody is told what came of it."), "success")
        return here

    return pressed(act, here)


@blueprint.route("/runs/<id:run_id>/materials", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def materials(_run: CourseRun, run_id: int) -> ResponseReturnValue:
    """What those with a seat can read: added, taken away."""
    form = MaterialForm()
    here = url_for(".materials", run_id=run_id)
    gone = id_in(request.form.get("remove"))

    def remove(session: Session) -> str:
        attending.remove_material(session, run_id, gone or 0, by=current_account().id, now=utc_now())
        flash(gettext("Taken away."), "success")
        return here

    def add(session: Session) -> str:
        attending.add_material(
            session,
            run_id,
            form.title.data or "",
            form.link.data or "",
            form.words.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return here

    if gone is not None:
        return pressed(remove, here)
    return submitted(form, add) or page(
        "training/materials.html",
        form=form,
        run=_run,
        materials=materials_of(reading(), run_id),
        back_url=url_for(".run", run_id=run_id),
    )


@blueprint.route("/volunteer/<id:volunteer_id>/runs/<id:run_id>/evaluation", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_run)
def evaluate(
    found: tuple[Volunteer, CourseRun, Enrolment | None], volunteer_id: int, run_id: int
) -> ResponseReturnValue:
    """What a volunteer thought of a run."""
    _volunteer, run, enrolment = found
    if enrolment is None or enrolment.status is not EnrolmentStatus.ENROLLED:
        abort(404)
    form = EvaluationForm()
    back_url = url_for(".own_seat", volunteer_id=volunteer_id, run_id=run_id)

    def act(session: Session) -> str:
        attending.evaluate(session, enrolment.id, form.opinion(), by=current_account().id, now=utc_now())
        flash(gettext("Thank you. This helps us to make the next course better."), "success")
        return back_url

    return submitted(form, act) or page("training/evaluate.html", form=form, run=run, back_url=back_url)


@blueprint.get("/volunteer/<id:volunteer_id>/learning")
@policy(Role.VOLUNTEER, load=own_volunteer)
def study(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A volunteer's own record of study."""
    return page(
        "training/study.html",
        volunteer=volunteer,
        **_record(reading(), volunteer_id),
        back_url=url_for("volunteers.mine", volunteer_id=volunteer_id),
    )


def study_panel(session: Session, volunteer: Volunteer) -> str:
    """On a volunteer's page at the desk: what they learnt, and how long."""
    said = _record(session, volunteer.id)
    return render_template("training/study_panel.html", volunteer=volunteer, **said) if said["rows"] else ""


def teaching_panel(session: Session, volunteer: Volunteer) -> str:
    """On a volunteer's home: the lessons they teach, with the list of who came."""
    lessons = lessons_taught(session, volunteer.id)
    return render_template("training/teaching_panel.html", lessons=lessons) if lessons else ""


def _record(session: Session, volunteer_id: int) -> dict[str, Any]:
    rows = study_record(session, volunteer_id)
    return {"rows": rows, "total": sum(each.minutes for each in rows), "tones": TONES}


def _attendance(lesson: Lesson, back_url: str, *, is_desk: bool) -> ResponseReturnValue:
    form, session, now = Form(), reading(), utc_now()
    people = seated_people(session, lesson.run_id)
    ticked = {number for value in request.form.getlist("came") if (number := id_in(value)) is not None}

    def act(writing: Session) -> str:
        came = {person.id: person.id in ticked for person in people}
        attending.mark_attendance(writing, lesson.id, came, by=current_account().id, now=utc_now())
        flash(ngettext("One person came.", "%(num)s people came.", sum(came.values())), "success")
        return back_url

    return submitted(form, act) or page(
        "training/attendance.html",
        form=form,
        lesson=lesson,
        run=lesson.run,
        people=people,
        came=who_came(session, [lesson.id]),
        has_begun=lesson_begins(lesson) <= now,
        is_desk=is_desk,
        back_url=back_url,
    )

"""Pages on which coordinators plan runs: seats, lessons, trainers; open, confirm and call off."""

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import choices_of
from app.catalogue.queries import areas
from app.shared.times import hong_kong_date, utc_now
from app.training.forms.runs import LessonForm, OutsideTrainerForm, RunForm, WhyForm
from app.training.models import Course, RequiredOf
from app.training.models.runs import STANDING, CourseRun, Lesson, RunStatus
from app.training.queries import course_shown, requirement_groups
from app.training.queries.attendance import is_last_lesson_on, opinions_of, who_came
from app.training.queries.enrolments import people_of_run
from app.training.queries.runs import (
    closes_at,
    lesson_begins,
    lesson_shown,
    materials_of,
    places_of,
    run_ends,
    run_shown,
    runs_over,
    runs_standing,
    teach_across_ages,
)
from app.training.routes.attending import TONES as TONES_OF_OUTCOMES
from app.training.routes.blueprint import blueprint
from app.training.routes.people import TONES as TONES_OF_PEOPLE
from app.training.use_cases import runs as planning
from app.web.access import policy
from app.web.forms import Form, page, pressed, submitted
from app.web.transactions import reading

MOST_OVER = 50
TONES = {
    RunStatus.DRAFT: "neutral",
    RunStatus.OPEN: "info",
    RunStatus.CONFIRMED: "good",
    RunStatus.FINISHED: "neutral",
    RunStatus.CANCELLED: "bad",
}
REMOVE = "remove"
"""The button that takes a lesson away."""


@blueprint.get("/runs")
@policy(Role.COORDINATOR)
def runs() -> ResponseReturnValue:
    """Runs that are planned or going on, and those that are over."""
    session, now = reading(), utc_now()
    standing, over = runs_standing(session), runs_over(session, MOST_OVER)
    return page(
        "training/runs.html",
        standing=standing,
        over=over,
        places=places_of(session, [*standing, *over]),
        closes={run.id: closes_at(run) for run in standing},
        now=now,
        tones=TONES,
    )


@blueprint.route("/courses/<id:course_id>/runs/add", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=course_shown)
def plan_run(course: Course, course_id: int) -> ResponseReturnValue:
    """A new run of a course."""
    form = _run_form()

    def act(session: Session) -> str:
        made = planning.plan_run(session, course_id, form.facts(), by=current_account().id, now=utc_now())
        flash(gettext("Planned. Now add the lessons."), "success")
        return url_for(".run", run_id=made.id)

    return submitted(form, act) or page(
        "training/edit_run.html",
        form=form,
        course=course,
        run=None,
        back_url=url_for(".course", course_id=course_id),
    )


@blueprint.get("/runs/<id:run_id>")
@policy(Role.COORDINATOR, load=run_shown)
def run(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """One run: lessons, trainers, people, and what may be done."""
    session, now = reading(), utc_now()
    ends = run_ends(run)
    return page(
        "training/run.html",
        form=Form(),
        run=run,
        people=people_of_run(session, run_id),
        tones_of_people=TONES_OF_PEOPLE,
        tones_of_outcomes=TONES_OF_OUTCOMES,
        is_last_on=is_last_lesson_on(run, now),
        marked={lesson_id for lesson_id, _ in who_came(session, [row.id for row in run.lessons])},
        material_count=len(materials_of(session, run_id)),
        opinions=opinions_of(session, run_id),
        places=places_of(session, [run])[run_id],
        closes_at=closes_at(run),
        now=now,
        is_standing=run.status in STANDING,
        is_held=ends is not None and ends <= now,
        begun={lesson.id for lesson in run.lessons if lesson_begins(lesson) <= now},
        trainer_groups=requirement_groups(run.course, RequiredOf.TRAINER),
        learner_groups=requirement_groups(run.course),
        is_across_ages=teach_across_ages(run, hong_kong_date(now)),
        tones=TONES,
    )


@blueprint.route("/runs/<id:run_id>/change", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def change_run(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Other seats, another host, another last day."""
    form = _run_form()
    back_url = url_for(".run", run_id=run_id)
    if request.method == "GET":
        form.show(run)

    def act(session: Session) -> str:
        planning.change_run(
            session,
            run_id,
            form.facts(),
            version=form.version_seen(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/edit_run.html", form=form, course=run.course, run=run, back_url=back_url
    )


@blueprint.post("/runs/<id:run_id>/open")
@policy(Role.COORDINATOR, load=run_shown)
def open_run(_run: CourseRun, run_id: int) -> ResponseReturnValue:
    """People may sign up."""
    here = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        planning.open_run(session, run_id, by=current_account().id, now=utc_now())
        flash(gettext("People can sign up now."), "success")
        return here

    return pressed(act, here)


@blueprint.post("/runs/<id:run_id>/confirm")
@policy(Role.COORDINATOR, load=run_shown)
def confirm_run(_run: CourseRun, run_id: int) -> ResponseReturnValue:
    """It takes place."""
    here = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        planning.confirm_run(session, run_id, by=current_account().id, now=utc_now())
        flash(gettext("Everybody enrolled is told that it takes place."), "success")
        return here

    return pressed(act, here)


@blueprint.route("/runs/<id:run_id>/cancel", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def cancel_run(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Call a run off."""
    form = WhyForm()
    back_url = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        planning.cancel_run(session, run_id, form.reason.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Called off. Everybody in it is told."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/cancel_run.html",
        form=form,
        run=run,
        places=places_of(reading(), [run])[run_id],
        back_url=back_url,
    )


@blueprint.route("/runs/<id:run_id>/lessons/add", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def add_lesson(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """A new lesson; the last one's times and place are proposed."""
    form = LessonForm()
    back_url = url_for(".run", run_id=run_id)
    if request.method == "GET" and run.lessons:
        form.show(run.lessons[-1])
        form.on_date.data = None

    def act(session: Session) -> str:
        planning.add_lesson(session, run_id, form.facts(), by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/edit_lesson.html", form=form, run=run, lesson=None, back_url=back_url
    )


@blueprint.route("/lessons/<id:lesson_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=lesson_shown)
def lesson(lesson: Lesson, lesson_id: int) -> ResponseReturnValue:
    """Move a lesson, or take it away."""
    form = LessonForm()
    back_url = url_for(".run", run_id=lesson.run_id)
    if request.method == "GET":
        form.show(lesson)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if REMOVE in request.form:
            planning.remove_lesson(session, lesson_id, by=by, now=now)
        else:
            planning.move_lesson(
                session, lesson_id, form.facts(), version=form.version_seen(), by=by, now=now
            )
        flash(gettext("Saved. Everybody with a seat is told the new times."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/edit_lesson.html", form=form, run=lesson.run, lesson=lesson, back_url=back_url
    )


@blueprint.route("/runs/<id:run_id>/trainers/outside", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=run_shown)
def outside_trainer(run: CourseRun, run_id: int) -> ResponseReturnValue:
    """Somebody from outside teaches it."""
    form = OutsideTrainerForm()
    back_url = url_for(".run", run_id=run_id)

    def act(session: Session) -> str:
        planning.add_outside_trainer(
            session,
            run_id,
            form.name.data or "",
            is_seen=bool(form.is_seen.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/outside_trainer.html",
        form=form,
        run=run,
        trainer_groups=requirement_groups(run.course, RequiredOf.TRAINER),
        back_url=back_url,
    )


@blueprint.post("/runs/<id:run_id>/trainers/<id:trainer_id>/remove")
@policy(Role.COORDINATOR, load=run_shown)
def remove_trainer(run: CourseRun, run_id: int, trainer_id: int) -> ResponseReturnValue:
    """Somebody does not teach it any more."""
    here = url_for(".run", run_id=run_id)
    if trainer_id not in {trainer.id for trainer in run.trainers}:
        abort(404)

    def act(session: Session) -> str:
        planning.remove_trainer(session, run_id, trainer_id, by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return here

    return pressed(act, here)


def _run_form() -> RunForm:
    form = RunForm()
    form.choose_from(choices_of(areas(reading())), gettext("Online, or in several areas"))
    return form

"""Pages on which staff write the curriculum: faculties and courses."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import choices_of
from app.catalogue.queries import languages, skills, support_kinds
from app.shared.times import utc_now
from app.training.forms import VOLUNTEERS, CourseForm, FacultyForm
from app.training.models import Course, Faculty, RequiredOf
from app.training.queries import (
    course_counts,
    course_shown,
    courses,
    faculties,
    faculty_shown,
    requirement_groups,
)
from app.training.routes.blueprint import blueprint
from app.training.use_cases import add_course as write_course
from app.training.use_cases import add_faculty as write_faculty
from app.training.use_cases import change_course as rewrite_course
from app.training.use_cases import change_faculty, remove_faculty
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import reading
from app.web.words import name_of

WRITING = (Role.COORDINATOR, Role.ADMINISTRATOR)
REMOVE = "remove"
"""The button that takes a faculty away."""


@blueprint.get("/courses")
@policy(*WRITING)
def index() -> ResponseReturnValue:
    """Every faculty with its courses."""
    known = courses(reading())
    return page(
        "training/index.html",
        faculties=[
            (faculty, [course for course in known if course.faculty_id == faculty.id])
            for faculty in faculties(reading())
        ],
        needed={course.id: requirement_groups(course) for course in known},
    )


@blueprint.get("/courses/<id:course_id>")
@policy(*WRITING, load=course_shown)
def course(course: Course, **_ids: int) -> ResponseReturnValue:
    """One course, with everything that is known of it."""
    return page(
        "training/course.html",
        course=course,
        learner_groups=requirement_groups(course),
        trainer_groups=requirement_groups(course, RequiredOf.TRAINER),
        may_plan=Role.COORDINATOR in current_account().roles,
    )


@blueprint.route("/courses/add", methods=["GET", "POST"])
@policy(*WRITING)
def add_course() -> ResponseReturnValue:
    """A new course."""
    form = _course_form()
    if request.method == "GET":
        form.open_to.data = [VOLUNTEERS]
        form.is_offered.data = True

    def act(session: Session) -> str:
        made = write_course(session, form.facts(), by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return url_for(".course", course_id=made.id)

    return submitted(form, act) or page(
        "training/edit_course.html", form=form, course=None, back_url=url_for(".index")
    )


@blueprint.route("/courses/<id:course_id>/change", methods=["GET", "POST"])
@policy(*WRITING, load=course_shown)
def change_course(course: Course, course_id: int) -> ResponseReturnValue:
    """Change a course."""
    form = _course_form()
    back_url = url_for(".course", course_id=course_id)
    if request.method == "GET":
        form.show(course)

    def act(session: Session) -> str:
        rewrite_course(
            session,
            course_id,
            form.facts(),
            version=form.version_seen(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/edit_course.html", form=form, course=course, back_url=back_url
    )


@blueprint.route("/faculties/add", methods=["GET", "POST"])
@policy(*WRITING)
def add_faculty() -> ResponseReturnValue:
    """A new faculty."""
    form = FacultyForm()

    def act(session: Session) -> str:
        write_faculty(
            session,
            form.name_zh.data or "",
            form.name_en.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return url_for(".index")

    return submitted(form, act) or page(
        "training/faculty.html", form=form, faculty=None, is_empty=False, back_url=url_for(".index")
    )


@blueprint.route("/faculties/<id:faculty_id>", methods=["GET", "POST"])
@policy(*WRITING, load=faculty_shown)
def faculty(faculty: Faculty, faculty_id: int) -> ResponseReturnValue:
    """Rename a faculty, or take an empty one away."""
    form = FacultyForm()
    if request.method == "GET":
        form.process(data={"name_zh": faculty.name_zh, "name_en": faculty.name_en})

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if REMOVE in request.form:
            remove_faculty(session, faculty_id, by=by, now=now)
        else:
            change_faculty(
                session, faculty_id, form.name_zh.data or "", form.name_en.data or "", by=by, now=now
            )
        flash(gettext("Saved."), "success")
        return url_for(".index")

    return submitted(form, act) or page(
        "training/faculty.html",
        form=form,
        faculty=faculty,
        is_empty=not course_counts(reading()).get(faculty_id),
        back_url=url_for(".index"),
    )


def _course_form() -> CourseForm:
    form, session = CourseForm(), reading()
    form.choose_from(
        [(str(faculty.id), name_of(faculty)) for faculty in faculties(session)],
        choices_of(languages(session)),
        choices_of(support_kinds(session)),
        choices_of(skills(session)),
    )
    return form

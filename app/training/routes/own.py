"""What is on offer, as a volunteer sees it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.shared.times import hong_kong_date, utc_now
from app.training.queries import courses_for, courses_for_volunteers, skills_held
from app.training.routes.blueprint import blueprint
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, own_volunteer
from app.web.access import policy
from app.web.forms import page
from app.web.transactions import reading


@blueprint.get("/volunteer/<id:volunteer_id>/courses")
@policy(Role.VOLUNTEER, load=own_volunteer)
def on_offer(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Courses for volunteers: what each is for, what it opens, and what is needed first."""
    today = hong_kong_date(utc_now())
    return page(
        "training/on_offer.html",
        volunteer=volunteer,
        courses=courses_for(reading(), volunteer, today),
        held=skills_held(reading(), volunteer_id, today),
    )


def courses_panel(session: Session, volunteer: Volunteer) -> str:
    """On the volunteer's home: the way to the courses, when there are any."""
    if volunteer.status in GONE:
        return ""
    count = len(courses_for_volunteers(session))
    return render_template("training/courses_panel.html", volunteer=volunteer, count=count) if count else ""

"""What is on offer, as a volunteer sees it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.shared.times import hong_kong_date, utc_now
from app.training.queries import courses_for, courses_for_volunteers, skills_held
from app.training.queries.attendance import study_record
from app.training.queries.enrolments import enrolments_live
from app.training.queries.runs import places_of, runs_open
from app.training.queries.standing import renewable_from, renewing, standing_of
from app.training.queries.study import certificates_of, studied
from app.training.routes.blueprint import blueprint
from app.training.routes.people import TONES
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, own_volunteer
from app.web.access import policy
from app.web.forms import page
from app.web.panels import panels_for
from app.web.transactions import reading


@blueprint.get("/volunteer/<id:volunteer_id>/courses")
@policy(Role.VOLUNTEER, load=own_volunteer)
def on_offer(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Courses for volunteers: what each is for, what it opens, and what is needed first."""
    now = utc_now()
    today, runs = hong_kong_date(now), runs_open(reading(), now)
    return page(
        "training/on_offer.html",
        runs=runs,
        places=places_of(reading(), runs),
        volunteer=volunteer,
        courses=courses_for(reading(), volunteer, today),
        held=skills_held(reading(), volunteer_id, today),
    )


@blueprint.get("/volunteer/<id:volunteer_id>/qualifications")
@policy(Role.VOLUNTEER, load=own_volunteer)
def mine(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """What one holds, until when, and what one could do next."""
    today = hong_kong_date(utc_now())
    standing = standing_of(reading(), volunteer_id, today)
    courses = courses_for_volunteers(reading())
    done = studied(reading(), volunteer_id)
    return page(
        "training/mine.html",
        volunteer=volunteer,
        standing=standing,
        renewals={
            each.skill.code: [
                (course, renewable_from(course, each.period.last_day))
                for course in renewing(courses, each.skill.code)
                if each.period.last_day is not None
            ]
            for each in standing.held
        },
        studied=done,
        learned=sum(each.minutes or each.course.minutes for each in done),
        graduations=[row for row in certificates_of(reading(), volunteer_id) if row.faculty_id is not None],
        panels=panels_for("training.mine", volunteer),
        today=today,
    )


def holding_panel(session: Session, volunteer: Volunteer) -> str:
    """On the volunteer's home: what they hold, and the way to all of it."""
    if volunteer.status in GONE:
        return ""
    standing = standing_of(session, volunteer.id, hong_kong_date(utc_now()))
    if not (standing.held or standing.to_show or standing.run_out):
        return ""
    return render_template("training/holding_panel.html", volunteer=volunteer, standing=standing)


def courses_panel(session: Session, volunteer: Volunteer) -> str:
    """On the volunteer's home: the runs they are in, and the way to the courses, when there are any."""
    if volunteer.status in GONE:
        return ""
    count, mine = len(courses_for_volunteers(session)), enrolments_live(session, volunteer.id)
    has_studied = bool(study_record(session, volunteer.id))
    if not count and not mine and not has_studied:
        return ""
    return render_template(
        "training/courses_panel.html",
        volunteer=volunteer,
        count=count,
        mine=mine,
        has_studied=has_studied,
        tones=TONES,
    )

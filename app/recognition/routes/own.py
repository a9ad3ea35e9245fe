"""A volunteer's own record of service."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.recognition.queries.awards import award_schemes_of, progress
from app.recognition.queries.ledger import by_month, hours_standing, minutes_served
from app.recognition.queries.letters import letters_of
from app.recognition.routes.blueprint import blueprint
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer
from app.volunteers.queries import own_volunteer
from app.web.access import policy
from app.web.forms import page
from app.web.transactions import reading


@blueprint.get("/volunteer/<id:volunteer_id>/hours")
@policy(Role.VOLUNTEER, load=own_volunteer)
def mine(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Every hour that counts, month by month, and the sums."""
    today = hong_kong_date(utc_now())
    rows = hours_standing(reading(), volunteer_id)
    this_year = sum(row.minutes for row in rows if row.on_date.year == today.year)
    return page(
        "recognition/mine.html",
        volunteer=volunteer,
        months=by_month(rows),
        total=sum(row.minutes for row in rows),
        this_year=this_year,
        today=today,
        letters=[letter for letter in letters_of(reading(), volunteer_id) if letter.revoked_at is None],
        ways=[progress(scheme, this_year) for scheme in award_schemes_of(reading(), today.year)],
    )


def record_panel(session: Session, volunteer: Volunteer) -> str:
    """On the volunteer's home: the hours of this year, once there are any."""
    today = hong_kong_date(utc_now())
    total = minutes_served(session, volunteer.id)
    if not total:
        return ""
    this_year = minutes_served(session, volunteer.id, from_day=today.replace(month=1, day=1))
    return render_template(
        "recognition/record_panel.html",
        volunteer=volunteer,
        total=total,
        this_year=this_year,
        ways=[progress(scheme, this_year) for scheme in award_schemes_of(session, today.year)],
    )

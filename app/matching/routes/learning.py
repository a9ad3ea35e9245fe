"""What a volunteer could do next, on the page of what they hold."""

from flask import render_template
from sqlalchemy.orm import Session

from app.matching.use_cases.learning import next_steps
from app.shared.times import utc_now
from app.volunteers.models import Volunteer


def next_steps_panel(session: Session, volunteer: Volunteer) -> str:
    """Courses and certificates that would let them serve requests nobody is found for; nothing when there are none."""
    steps = next_steps(session, volunteer, now=utc_now())
    if not (steps.courses or steps.certificates):
        return ""
    return render_template("matching/next_steps_panel.html", volunteer=volunteer, steps=steps)

"""Hours of service of the demonstration's people: invented, and brought from paper that nobody has signed."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, RoleHeld
from app.matching.models import Proposal
from app.recognition.use_cases.counting import Times
from app.recognition.use_cases.entering import enter_other_hours, enter_paper_hours
from app.shared.times import hong_kong_date

MOST = 200
"""So many volunteers have a record to look at."""
STALL = Times(10 * 60, 12 * 60)


def add_hours(session: Session, *, now: datetime) -> int:
    """Give volunteers whom the night proposed hours of this year; how many. Needs a coordinator."""
    by = session.scalars(
        select(RoleHeld.account_id).where(RoleHeld.role == Role.COORDINATOR).order_by(RoleHeld.account_id)
    ).first()
    if by is None:
        return 0
    proposed = session.scalars(
        select(Proposal.volunteer_id).distinct().order_by(Proposal.volunteer_id).limit(MOST)
    ).all()
    yesterday = hong_kong_date(now) - timedelta(days=1)
    for number, volunteer_id in enumerate(proposed):
        minutes = 60 * (4 + number * 37 % 140)
        enter_paper_hours(session, volunteer_id, yesterday, minutes, "簽到表（虛構）", by=by, now=now)
        if number % 3 == 0:
            enter_other_hours(
                session, volunteer_id, yesterday, STALL, "街站（虛構）", most_a_day=600, by=by, now=now
            )
    return len(proposed)

"""What has served its purpose is forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import BrowserSession, Draft, OneTimeCode, Throttle
from app.shared.submissions import forget_answers

A_DAY = timedelta(days=1)
FINISHED_DRAFTS_KEPT = timedelta(days=90)
"""So that a form sent from an open page long after still finds that it was sent."""


def forget_what_is_over(session: Session, *, now: datetime) -> int:
    """Delete throttles and codes a day old, form keys a month old, drafts out of date, and sessions that ran out.

    How many rows went.
    """
    yesterday = now - A_DAY
    over = BrowserSession.expires_at < yesterday
    session.execute(
        update(Draft)
        .where(Draft.browser_session_id.in_(select(BrowserSession.id).where(over)))
        .values(browser_session_id=None)
        .execution_options(synchronize_session=False)
    )
    statements = (
        delete(Throttle).where(Throttle.at < yesterday).returning(Throttle.key),
        delete(OneTimeCode).where(OneTimeCode.expires_at < yesterday).returning(OneTimeCode.id),
        delete(Draft)
        .where(or_(Draft.expires_at < now, Draft.finished_at < now - FINISHED_DRAFTS_KEPT))
        .returning(Draft.id),
        delete(BrowserSession).where(over).returning(BrowserSession.id),
    )
    return forget_answers(session, now=now) + sum(
        len(session.execute(statement, execution_options={"synchronize_session": False}).all())
        for statement in statements
    )

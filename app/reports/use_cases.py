"""One message a day to each coordinator, instead of one for each thing that waits."""

from dataclasses import astuple
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.queries import accounts_with_role
from app.matching.queries.runs import latest_run
from app.messages.models import Channel, OutboxMessage
from app.messages.use_cases import Message, Recipient, queue_message
from app.reports.queries import figures
from app.shared.times import hong_kong_date, hong_kong_moment

WORTH_READING = timedelta(hours=6)
"""So long after its hour a digest is of use."""


def queue_digests(session: Session, at: time, *, now: datetime) -> int:
    """Queue today's digest for each coordinator with an e-mail address, once, from `at` (Hong Kong) on.

    None when nothing waits. How many there were.
    """
    today = hong_kong_date(now)
    due_at = hong_kong_moment(today, at)
    if not due_at <= now < due_at + WORTH_READING:
        return 0
    owed = {
        f"digest:{today}:{account.id}": (account, account.email)
        for account in accounts_with_role(session, Role.COORDINATOR)
        if account.email is not None
    }
    known = session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.dedupe_key.in_(owed)))
    for key in known.all():
        del owed[key]
    if not owed or not any(astuple(figures(session, latest_run(session), now=now))):
        return 0
    for key, (account, email) in owed.items():
        queue_message(
            session,
            Message(
                kind="digest",
                recipient=Recipient(Channel.EMAIL, email, account.language, account.id),
                dedupe_key=key,
                ids={"at": now.isoformat()},
                expires_at=due_at + WORTH_READING,
            ),
            now=now,
        )
    return len(owed)

"""Volunteers are told in good time that a qualification ends."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages.models import OutboxMessage
from app.messages.use_cases import Message, queue_message, recipient_of
from app.shared.times import hong_kong_date
from app.training.queries.standing import Ending, endings

QUALIFICATION_ENDS = "qualification_ends"


def tell_of_endings(session: Session, days_before: Iterable[int], *, now: datetime) -> int:
    """Queue a message for whatever ends so many days ahead or sooner, once for each of `days_before`; how many.

    Whoever is first heard of within the shorter time gets one message, not one for each. One who renews is told again
    only before the new end.
    """
    thresholds = sorted(set(days_before))
    if not thresholds:
        return 0
    today = hong_kong_date(now)
    owed = [_message(row, thresholds, today) for row in endings(session, today=today, days=thresholds[-1])]
    known = set(
        session.scalars(
            select(OutboxMessage.dedupe_key).where(
                OutboxMessage.dedupe_key.startswith(f"{QUALIFICATION_ENDS}:", autoescape=True)
            )
        )
    )
    new = [message for message in owed if message.dedupe_key not in known]
    for message in new:
        queue_message(session, message, now=now)
    return len(new)


def _message(row: Ending, thresholds: list[int], today: date) -> Message:
    days = next(number for number in thresholds if (row.last_day - today).days <= number)
    return Message(
        kind=QUALIFICATION_ENDS,
        recipient=recipient_of(row.volunteer),
        dedupe_key=f"{QUALIFICATION_ENDS}:{row.volunteer.id}:{row.skill.code}:{row.last_day}:{days}",
        ids={"volunteer": row.volunteer.id, "skill": row.skill.code, "last_day": row.last_day.isoformat()},
        about=row.volunteer,
    )

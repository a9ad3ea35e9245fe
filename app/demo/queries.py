"""What the demonstration shows of itself."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages.models import ConsoleDelivery

MOST_SHOWN = 100


def deliveries(session: Session) -> Sequence[ConsoleDelivery]:
    """The last messages of the console channel, newest first."""
    return session.scalars(
        select(ConsoleDelivery).order_by(ConsoleDelivery.id.desc()).limit(MOST_SHOWN)
    ).all()

"""A form that is sent twice acts once: each rendered form carries a key, and the first answer is replayed."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base

KEPT_FOR = timedelta(days=30)
"""A page that has been open for longer and is sent again acts again."""


class Submission(Base):
    """A form key that has been used, and where its sender was sent to."""

    __tablename__ = "submissions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    location: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(index=True)


def earlier_answer(session: Session, key: str) -> str | None:
    """Where the sender of the form `key` was sent the first time, or None for a new form."""
    submission = session.get(Submission, key)
    return None if submission is None else submission.location


def remember_answer(session: Session, key: str, location: str, *, now: datetime) -> None:
    """Keep the answer given to the form `key`. Two at once: the second transaction fails on the key."""
    session.add(Submission(key=key, location=location, at=now))


def forget_answers(session: Session, *, now: datetime) -> int:
    """Delete form keys that are a month old; how many."""
    old = delete(Submission).where(Submission.at < now - KEPT_FOR).returning(Submission.key)
    return len(session.execute(old, execution_options={"synchronize_session": False}).all())

"""A form that is sent twice acts once: each rendered form carries a key, and the first answer is replayed."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base


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

"""Proof of life: when each background process last did its round, for /healthz."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base


class Heartbeat(Base):
    """The last round of one process."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


def beat(session: Session, name: str, *, now: datetime) -> None:
    """The process `name` ("scheduler") is alive and at work."""
    session.merge(Heartbeat(name=name, at=now))


def last_beat(session: Session, name: str) -> datetime | None:
    """When the process `name` last said so."""
    heartbeat = session.get(Heartbeat, name)
    return None if heartbeat is None else heartbeat.at

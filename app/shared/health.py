"""How the service is: facts for /healthz, and proof of life of the processes nobody sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.shared.database import Base


@dataclass(frozen=True)
class HealthFact:
    """One thing that can be well or not. `values` hold moments, counts and words, nothing about people."""

    name: str
    is_red: bool
    values: Mapping[str, datetime | int | str | None]


HealthCheck = Callable[[Session, datetime], HealthFact]
"""`check(session, now)`."""


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

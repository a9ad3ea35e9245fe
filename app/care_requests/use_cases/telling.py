"""Rooms above hear what happens to requests: visits and proposals follow in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, RequestAct

Listener = Callable[[Session, CareRequest, RequestAct, int | None, datetime], None]
"""Called with the session, the request, CHANGED or CLOSED, who did it, and when."""

_listeners: list[Listener] = []


def install_listeners(*listeners: Listener) -> None:
    """Let these, and no others, hear. Called once by whoever puts the rooms together."""
    _listeners[:] = listeners


def tell(session: Session, request: CareRequest, act: RequestAct, *, by: int | None, now: datetime) -> None:
    """Say that a request that could be matched was CHANGED, or that it is CLOSED."""
    for listener in _listeners:
        listener(session, request, act, by, now)

"""What can be asked of accounts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import BrowserSession
from app.shared.secrets import keyring


def token_hash(token: str) -> str:
    """The keyed hash under which a token is kept."""
    return keyring().lookup_hash("token", token)


def session_of_token(session: Session, token: str, *, now: datetime) -> BrowserSession | None:
    """The browser session whose cookie holds `token`, unless it has ended or run out."""
    return session.scalars(
        select(BrowserSession).where(
            BrowserSession.token_hash == token_hash(token),
            BrowserSession.ended_at.is_(None),
            BrowserSession.expires_at > now,
        )
    ).one_or_none()

"""Browser sessions: made when something must be remembered, renewed while used, ended at once."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account, BrowserSession
from app.accounts.queries import token_hash
from app.accounts.use_cases.drafts import hand_over_drafts
from app.shared.audit import record
from app.shared.codes import new_token

OWN_DEVICE = timedelta(days=30)
SHARED_COMPUTER = timedelta(minutes=30)
STAFF_IDLE = timedelta(minutes=30)
STAFF_ABSOLUTE = timedelta(hours=8)
TOUCHED_EVERY = timedelta(minutes=1)


def expiry(*, is_staff: bool, is_shared_computer: bool, created_at: datetime, now: datetime) -> datetime:
    """When a session that is used `now` runs out (RELIABILITY A3)."""
    if is_staff:
        return min(now + STAFF_IDLE, created_at + STAFF_ABSOLUTE)
    return now + (SHARED_COMPUTER if is_shared_computer else OWN_DEVICE)


def begin_session(session: Session, *, now: datetime) -> tuple[BrowserSession, str]:
    """A new session of somebody who is not signed in, and the token for the cookie."""
    return _new_session(session, account=None, is_shared_computer=False, now=now)


def begin_signed_in_session(
    session: Session, account: Account, earlier: int | None, *, is_shared_computer: bool, now: datetime
) -> tuple[BrowserSession, str]:
    """The session of somebody who has just proved who they are, and its token.

    `earlier`, this browser's session until now, ends; its drafts move over.
    """
    begun, token = _new_session(session, account=account, is_shared_computer=is_shared_computer, now=now)
    begun.code_verified_at = now
    session.flush()
    if earlier is not None:
        hand_over_drafts(session, earlier, account_id=account.id, to_id=begun.id)
        end_session(session, earlier, now=now)
    record(session, "account.signed_in", account, by=account.id, now=now, session_id=begun.id)
    return begun, token


def touch_session(session: Session, session_id: int, *, now: datetime) -> None:
    """The session is in use: push its end further away. Does nothing to one that has ended."""
    touched = session.scalars(
        select(BrowserSession)
        .where(BrowserSession.id == session_id, BrowserSession.ended_at.is_(None))
        .with_for_update(of=BrowserSession)
    ).one_or_none()
    if touched is None:
        return
    touched.last_seen_at = now
    touched.expires_at = expiry(
        is_staff=touched.account is not None and touched.account.is_staff,
        is_shared_computer=touched.is_shared_computer,
        created_at=touched.created_at,
        now=now,
    )


def mark_verified(session: Session, session_id: int, *, now: datetime) -> None:
    """A fresh one-time code or second factor was given in this session."""
    session.execute(
        update(BrowserSession).where(BrowserSession.id == session_id).values(code_verified_at=now)
    )


def end_session(session: Session, session_id: int, *, now: datetime) -> None:
    """Sign out one browser."""
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == session_id, BrowserSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_sessions(session: Session, account_id: int, *, now: datetime, keep: int | None = None) -> None:
    """Sign the account out everywhere, but in the session `keep`."""
    session.execute(
        update(BrowserSession)
        .where(
            BrowserSession.account_id == account_id,
            BrowserSession.ended_at.is_(None),
            BrowserSession.id != (keep or 0),
        )
        .values(ended_at=now)
    )


def _new_session(
    session: Session, *, account: Account | None, is_shared_computer: bool, now: datetime
) -> tuple[BrowserSession, str]:
    token = new_token()
    begun = BrowserSession(
        token_hash=token_hash(token),
        account_id=account.id if account else None,
        is_shared_computer=is_shared_computer,
        created_at=now,
        last_seen_at=now,
        expires_at=expiry(
            is_staff=account is not None and account.is_staff,
            is_shared_computer=is_shared_computer,
            created_at=now,
            now=now,
        ),
    )
    session.add(begun)
    session.flush()
    return begun, token

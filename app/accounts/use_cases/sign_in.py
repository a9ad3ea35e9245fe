"""Signing in: by a one-time code, or as staff by password and second factor."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Account, CodePurpose
from app.accounts.queries import account_for_code
from app.accounts.use_cases.codes import use_code
from app.accounts.use_cases.sessions import begin_signed_in_session
from app.accounts.use_cases.staff import use_totp
from app.shared.secrets import Email, Phone


def sign_in_by_code(
    session: Session,
    contact: Phone | Email,
    asked: Sequence[int],
    typed: str,
    *,
    earlier: int | None,
    is_shared_computer: bool,
    now: datetime,
) -> str | None:
    """The token of the new session, or None when the code is not right; commit it either way.

    `asked` and `typed` as in `use_code`; `earlier` is this browser's session until now.
    """
    if not use_code(session, contact, CodePurpose.SIGN_IN, asked, typed, now=now):
        return None
    account_id = account_for_code(session, contact)
    if account_id is None:
        return None
    account = session.get_one(Account, account_id)
    _begun, token = begin_signed_in_session(
        session, account, earlier, is_shared_computer=is_shared_computer, now=now
    )
    return token


def sign_in_staff(
    session: Session, account: Account, typed: str, *, earlier: int | None, now: datetime
) -> str | None:
    """The token of the new session, or None when `typed` is no fresh TOTP code; commit it either way.

    The password was right: see `password_matches`.
    """
    present = session.get_one(Account, account.id)
    if present.password_hash != account.password_hash or not use_totp(session, present, typed, now=now):
        return None
    _begun, token = begin_signed_in_session(session, present, earlier, is_shared_computer=False, now=now)
    return token

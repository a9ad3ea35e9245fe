"""Staff: password and TOTP (RFC 6238: six digits, a new code every 30 seconds)."""

import hmac
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.errors import ContactTaken, WeakPassword, WrongPassword
from app.accounts.models import Account, Role, RoleHeld
from app.accounts.queries import account_of_contact, contact_key
from app.accounts.use_cases.people import account_to_change
from app.accounts.use_cases.sessions import end_sessions
from app.shared.audit import record
from app.shared.secrets import Email
from app.shared.words import folded

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
STEP_SECONDS = 30
STEPS_ASIDE = 1
"""A code of the step before or after is taken too: clocks differ, and typing takes time."""


def create_staff_account(
    session: Session,
    *,
    name: str,
    email: Email,
    password: str,
    totp_secret: str,
    roles: Collection[Role],
    by: int | None,
    now: datetime,
    language: str = "zh_Hant_HK",
) -> Account:
    """An account that signs in by e-mail, password and the codes of `totp_secret` (base 32).

    Raises ContactTaken or WeakPassword, and ValueError for a secret of less than 112 bits.
    """
    pyotp.TOTP(totp_secret)
    if account_of_contact(session, email) is not None:
        raise ContactTaken(field="email")
    account = Account(
        name=name,
        language=language,
        email_key=contact_key(email),
        password_hash=hashed_password(password, name=name, email=email),
        totp_last_step=0,
        created_at=now,
        roles_held=[RoleHeld(role=role, given_at=now, given_by_id=by) for role in sorted(set(roles))],
    )
    account.email = email
    account.totp_secret = totp_secret
    session.add(account)
    session.flush()
    record(
        session, "account.opened", account, by=by, now=now, roles=[str(role) for role in sorted(set(roles))]
    )
    return account


def password_matches(account: Account | None, password: str) -> bool:
    """Whether `password` is the account's. Takes as long for a stranger. Call it outside any transaction."""
    known = account.password_hash if account is not None and account.closed_at is None else None
    try:
        _hasher().verify(known or _nobodys_hash(), _bytes(password))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return known is not None


def use_totp(session: Session, account: Account, typed: str, *, now: datetime) -> bool:
    """Whether `typed` is a TOTP code of the account that has not been used yet; it is used up. Commit it."""
    step = _step_of(account.totp_secret, typed, now) if account.totp_secret else None
    if step is None:
        return False
    used = session.execute(
        update(Account)
        .where(Account.id == account.id, Account.totp_last_step < step, Account.closed_at.is_(None))
        .values(totp_last_step=step)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(used)


def change_password(
    session: Session, account_id: int, *, present: str, new: str, session_id: int, now: datetime
) -> Account:
    """A new password for a staff account; every other browser is signed out.

    Raises WrongPassword (about the field `present`) or WeakPassword (about `new`).
    """
    account = account_to_change(session, account_id)
    if not password_matches(account, present):
        raise WrongPassword(field="present")
    account.password_hash = hashed_password(new, name=account.name, email=account.email or "")
    end_sessions(session, account.id, now=now, keep=session_id)
    record(session, "account.password_changed", account, by=account.id, now=now)
    return account


def hashed_password(password: str, *, name: str, email: str) -> str:
    """The argon2id hash of a new password. Raises WeakPassword about the field `new`."""
    own = {folded(name), folded(email), folded(email.partition("@")[0])}
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or folded(password) in own:
        raise WeakPassword(field="new", shortest=SHORTEST_PASSWORD)
    return _hasher().hash(_bytes(password))


def _step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The time step whose code `typed` is, or None."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), _bytes(typed)):
            return step
    return None


def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher().hash(b"nobody")


def _bytes(password: str) -> bytes:
    return password.encode(errors="replace")

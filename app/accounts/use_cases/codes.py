"""One-time codes: six digits, five tries, ten minutes, one use.

A code is bound to the browser that asked for it (it holds the code's id), so a stranger can neither use up nor guess
at another's. A code that a coordinator read out on the phone works in any browser.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlalchemy.orm import Session

from app.accounts.errors import StaffContact, UnknownContact
from app.accounts.models import CodePurpose, Draft, OneTimeCode
from app.accounts.queries import account_for_code, account_of_contact, contact_key
from app.messages.models import Channel
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.audit import record
from app.shared.codes import new_one_time_code
from app.shared.secrets import Email, Phone, keyring

TRIES = 5
LASTS = timedelta(minutes=10)
A_DAY = timedelta(days=1)


def ask_for_sign_in_code(session: Session, contact: Phone | Email, *, language: str, now: datetime) -> int:
    """Send a code to `contact` if somebody signs in by it; the id of the code row either way.

    The same work is done for strangers: their message is out of date when it is queued, and never leaves.
    """
    account_id = account_for_code(session, contact)
    return _send(
        session,
        contact,
        CodePurpose.SIGN_IN,
        account_id,
        language=language,
        leaves=account_id is not None,
        now=now,
    )


def ask_for_resume_code(
    session: Session, contact: Phone | Email, *, leaves: bool, language: str, now: datetime
) -> int:
    """Send a code to `contact` if it really has a draft to resume (`leaves`); the id of the code row either way."""
    return _send(session, contact, CodePurpose.RESUME, None, language=language, leaves=leaves, now=now)


def ask_for_contact_code(session: Session, contact: Phone | Email, *, language: str, now: datetime) -> int:
    """Send a code to a contact that somebody signed in says is theirs now; the id of the code row."""
    return _send(session, contact, CodePurpose.CHANGE_CONTACT, None, language=language, leaves=True, now=now)


def send_resume_code(
    session: Session, draft: Draft, contact: Phone | Email, code: str, *, language: str, now: datetime
) -> None:
    """Send the code of a saved form (`give_resume_code`) to the contact it belongs to."""
    queue_message(
        session,
        Message(
            kind="saved_form",
            recipient=_recipient(contact, language, None),
            secret=code,
            may_wake=True,
            about=draft,
            dedupe_key=f"saved_form:{draft.id}:{now:%Y%m%d%H%M%S%f}",
            expires_at=now + A_DAY,
        ),
        now=now,
    )


def give_code(session: Session, contact: Phone | Email, *, by: int, now: datetime) -> str:
    """A fresh sign-in code for a coordinator to read out on the phone, shown this once.

    Raises UnknownContact, or StaffContact for accounts that sign in by password.
    """
    account = account_of_contact(session, contact)
    if account is None:
        raise UnknownContact
    if account.is_staff:
        raise StaffContact
    _row, code = _new_code(session, contact, CodePurpose.SIGN_IN, given_by=by, now=now)
    record(session, "account.code_given", account, by=by, now=now)
    return code


def use_code(
    session: Session,
    contact: Phone | Email,
    purpose: CodePurpose,
    asked: Sequence[int],
    typed: str,
    *,
    now: datetime,
) -> bool:
    """Whether `typed` is a code that was sent to this browser (ids in `asked`) or read out to this contact.

    A right code is used up; a wrong one costs each of them a try. Commit it whatever the answer is.
    """
    in_force = and_(
        OneTimeCode.contact_key == contact_key(contact),
        OneTimeCode.purpose == purpose,
        or_(OneTimeCode.id.in_(asked), OneTimeCode.given_by_id.is_not(None)),
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > now,
        OneTimeCode.tries_left > 0,
    )
    tried = session.execute(
        update(OneTimeCode)
        .where(in_force)
        .values(tries_left=OneTimeCode.tries_left - 1)
        .returning(OneTimeCode.id, OneTimeCode.code_hash)
        .execution_options(synchronize_session=False)
    ).all()
    expected = _code_hash(contact, purpose, typed)
    right = [row.id for row in tried if hmac.compare_digest(row.code_hash, expected)]
    if not right:
        return False
    used = session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id.in_(right), OneTimeCode.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeCode.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(used)


def _send(
    session: Session,
    contact: Phone | Email,
    purpose: CodePurpose,
    account_id: int | None,
    *,
    language: str,
    leaves: bool,
    now: datetime,
) -> int:
    row, code = _new_code(session, contact, purpose, given_by=None, now=now)
    queue_message(
        session,
        Message(
            kind=f"{purpose}_code",
            recipient=_recipient(contact, language, account_id),
            secret=code,
            may_wake=True,
            about=row,
            dedupe_key=f"code:{row.id}",
            expires_at=row.expires_at if leaves else now,
        ),
        now=now,
    )
    return row.id


def _recipient(contact: Phone | Email, language: str, account_id: int | None) -> Recipient:
    channel = Channel.SMS if isinstance(contact, Phone) else Channel.EMAIL
    return Recipient(channel, contact, language, account_id)


def _new_code(
    session: Session, contact: Phone | Email, purpose: CodePurpose, *, given_by: int | None, now: datetime
) -> tuple[OneTimeCode, str]:
    code = new_one_time_code()
    row = OneTimeCode(
        contact_key=contact_key(contact),
        purpose=purpose,
        code_hash=_code_hash(contact, purpose, code),
        tries_left=TRIES,
        sent_at=now,
        expires_at=now + LASTS,
        given_by_id=given_by,
    )
    session.add(row)
    session.flush()
    return row, code


def _code_hash(contact: Phone | Email, purpose: CodePurpose, code: str) -> str:
    return keyring().lookup_hash("code", f"{purpose}:{contact_key(contact)}:{code}")

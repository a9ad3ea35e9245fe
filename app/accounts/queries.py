"""What can be asked of accounts."""

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import STAFF, Account, BrowserSession, Draft, DraftKind, Role, RoleHeld
from app.shared.secrets import Email, Phone, email_key, keyring, phone_key


def token_hash(token: str) -> str:
    """The keyed hash under which a token is kept."""
    return keyring().lookup_hash("token", token)


def resume_code_hash(code: str) -> str:
    """The keyed hash of a resume code, however its letters and groups are typed."""
    typed = unicodedata.normalize("NFKC", code).upper()
    return keyring().lookup_hash("resume", "".join(filter(str.isalnum, typed)))


def contact_key(contact: Phone | Email) -> str:
    """The look-up hash of a telephone number or e-mail address."""
    return phone_key(contact) if isinstance(contact, Phone) else email_key(contact)


def session_of_token(session: Session, token: str, *, now: datetime) -> BrowserSession | None:
    """The browser session whose cookie holds `token`, unless it has ended or run out."""
    return session.scalars(
        select(BrowserSession).where(
            BrowserSession.token_hash == token_hash(token),
            BrowserSession.ended_at.is_(None),
            BrowserSession.expires_at > now,
        )
    ).one_or_none()


def account_of_contact(session: Session, contact: Phone | Email) -> Account | None:
    """The open account that signs in by this telephone number or e-mail address."""
    column = Account.phone_key if isinstance(contact, Phone) else Account.email_key
    return session.scalars(
        select(Account).where(column == contact_key(contact), Account.closed_at.is_(None))
    ).one_or_none()


def account_for_code(session: Session, contact: Phone | Email) -> int | None:
    """The id of the open account that signs in by a code to `contact`; None for strangers and for staff.

    One look-up whoever it is: how long it takes tells nothing.
    """
    column = Account.phone_key if isinstance(contact, Phone) else Account.email_key
    staff_role = select(RoleHeld.role).where(RoleHeld.account_id == Account.id, RoleHeld.role.in_(STAFF))
    return session.scalar(
        select(Account.id).where(
            column == contact_key(contact), Account.closed_at.is_(None), ~staff_role.exists()
        )
    )


def accounts_shown(session: Session, *, first: int, most: int) -> Sequence[Account]:
    """Accounts from number `first` (0 is the first) on: staff by name, then other people; closed ones last."""
    return session.scalars(
        select(Account)
        .order_by(Account.closed_at.is_not(None), Account.password_hash.is_(None), Account.name, Account.id)
        .offset(first)
        .limit(most)
    ).all()


def how_many_accounts(session: Session) -> int:
    """How many accounts there are, closed ones too."""
    return session.scalar(select(func.count()).select_from(Account)) or 0


def draft_of(
    session: Session,
    kind: DraftKind,
    *,
    browser_session_id: int | None,
    account_id: int | None,
    now: datetime,
    lock: bool = False,
) -> Draft | None:
    """The draft of this browser or account that was saved last; not what coordinators enter for others."""
    found = (
        select(Draft)
        .where(
            Draft.kind == kind,
            or_(
                Draft.browser_session_id == browser_session_id if browser_session_id else false(),
                Draft.account_id == account_id if account_id else false(),
            ),
            Draft.entered_by_id.is_(None),
            Draft.finished_at.is_(None),
            Draft.expires_at > now,
        )
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
        .limit(1)
    )
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalars(found).one_or_none()


def draft_to_resume(session: Session, code: str, contact: Phone | Email, *, now: datetime) -> Draft | None:
    """The unfinished draft that a resume code and the contact it was given to belong to."""
    return session.scalars(
        select(Draft).where(
            Draft.resume_code_hash == resume_code_hash(code),
            Draft.contact_key == contact_key(contact),
            Draft.finished_at.is_(None),
            Draft.expires_at > now,
        )
    ).one_or_none()


def drafts_of_coordinators(session: Session, kind: DraftKind, *, now: datetime) -> Sequence[Draft]:
    """Forms that coordinators began for somebody and have not finished, the newest first."""
    return session.scalars(
        select(Draft)
        .where(
            Draft.kind == kind,
            Draft.entered_by_id.is_not(None),
            Draft.finished_at.is_(None),
            Draft.expires_at > now,
        )
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
    ).all()


def drafts_to_go_on_with(session: Session, draft_ids: Collection[int], *, now: datetime) -> Sequence[Draft]:
    """Of the drafts named, those that are neither finished nor out of date."""
    return session.scalars(
        select(Draft).where(Draft.id.in_(draft_ids), Draft.finished_at.is_(None), Draft.expires_at > now)
    ).all()


def accounts_with_role(session: Session, role: Role) -> Sequence[Account]:
    """Those who hold the role and have not been closed."""
    return session.scalars(
        select(Account)
        .join(Account.roles_held)
        .where(RoleHeld.role == role, Account.closed_at.is_(None))
        .order_by(Account.id)
    ).all()

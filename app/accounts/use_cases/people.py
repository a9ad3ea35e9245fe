"""Accounts of volunteers and carers, roles, and closing an account."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import ContactTaken, LastAdministrator, NoSecondFactor, StaffContact
from app.accounts.models import STAFF, Account, Role, RoleHeld
from app.accounts.queries import account_of_contact, contact_key
from app.accounts.use_cases.sessions import end_sessions
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.secrets import Email, Phone


def account_for_contact(
    session: Session,
    contact: Phone | Email,
    *,
    name: str,
    language: str,
    role: Role,
    by: int | None,
    now: datetime,
) -> Account:
    """The open account that signs in by `contact`, made when there is none, holding `role` (volunteer or carer).

    A couple with one telephone shares one account. An account that was there keeps its name and its contacts.
    Raises StaffContact when the contact is a staff member's.
    """
    account = account_of_contact(session, contact)
    if account is not None and account.is_staff:
        raise StaffContact
    if account is None:
        account = Account(name=name, language=language, created_at=now, totp_last_step=0)
        if isinstance(contact, Phone):
            account.phone, account.phone_key = contact, contact_key(contact)
        else:
            account.email, account.email_key = contact, contact_key(contact)
        session.add(account)
        session.flush()
        record(session, "account.opened", account, by=by, now=now)
    if role not in account.roles:
        _hold(account, role, by=by, now=now)
        session.flush()
        record(session, "account.role_given", account, by=by, now=now, role=str(role))
    return account


def change_contact(
    session: Session, account_id: int, contact: Phone | Email, *, by: int | None, now: datetime
) -> Account:
    """The account signs in by `contact`, which has been proved, in place of the old one of its kind.

    Raises NotFound, StaffContact for accounts that sign in by password, ContactTaken.
    """
    account = account_to_change(session, account_id)
    if account.is_staff:
        raise StaffContact
    known = account_of_contact(session, contact)
    if known is not None and known.id != account.id:
        raise ContactTaken
    if isinstance(contact, Phone):
        account.phone, account.phone_key = contact, contact_key(contact)
    else:
        account.email, account.email_key = contact, contact_key(contact)
    record(session, "account.contact_changed", account, by=by, now=now)
    return account


def give_role(session: Session, account_id: int, role: Role, *, by: int | None, now: datetime) -> Account:
    """Let an account do more; its sessions end, so that the next sign-in is by the new rules.

    Raises NoSecondFactor when a staff role would go to an account without password and second factor.
    """
    account = account_to_change(session, account_id)
    if role in STAFF and account.password_hash is None:
        raise NoSecondFactor
    if role not in account.roles:
        _hold(account, role, by=by, now=now)
        _roles_changed(session, account, "account.role_given", role, by=by, now=now)
    return account


def take_role(session: Session, account_id: int, role: Role, *, by: int | None, now: datetime) -> Account:
    """Let an account do less, from this moment. Raises LastAdministrator."""
    account = account_to_change(session, account_id)
    if role in account.roles:
        if role == Role.ADMINISTRATOR:
            _keep_an_administrator(session, account)
        account.roles_held = [held for held in account.roles_held if held.role != role]
        _roles_changed(session, account, "account.role_taken", role, by=by, now=now)
    return account


def set_staff_roles(
    session: Session, account_id: int, wanted: frozenset[Role], *, by: int | None, now: datetime
) -> Account:
    """Give and take staff roles so that the account holds exactly `wanted` of them; others stay as they are.

    Raises as `give_role` and `take_role`.
    """
    account = account_to_change(session, account_id)
    held = account.roles & STAFF
    for role in sorted(wanted - held):
        give_role(session, account_id, role, by=by, now=now)
    for role in sorted(held - wanted):
        take_role(session, account_id, role, by=by, now=now)
    return account


def close_account(session: Session, account_id: int, *, by: int | None, now: datetime) -> Account:
    """Nobody signs in by this account any more; its telephone number and address are free for another.

    Raises LastAdministrator.
    """
    account = account_to_change(session, account_id)
    if account.closed_at is None:
        if Role.ADMINISTRATOR in account.roles:
            _keep_an_administrator(session, account)
        account.closed_at = now
        account.phone, account.phone_key = None, None
        account.email, account.email_key = None, None
        account.password_hash, account.totp_secret = None, None
        session.flush()
        end_sessions(session, account.id, now=now)
        record(session, "account.closed", account, by=by, now=now)
    return account


def account_to_change(session: Session, account_id: int) -> Account:
    """The account, locked. Raises NotFound."""
    account = session.scalars(
        select(Account)
        .where(Account.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if account is None:
        raise NotFound
    return account


def _hold(account: Account, role: Role, *, by: int | None, now: datetime) -> None:
    account.roles_held.append(RoleHeld(role=role, given_at=now, given_by_id=by))


def _roles_changed(
    session: Session, account: Account, action: str, role: Role, *, by: int | None, now: datetime
) -> None:
    session.flush()
    end_sessions(session, account.id, now=now)
    record(session, action, account, by=by, now=now, role=str(role))


def _keep_an_administrator(session: Session, leaving: Account) -> None:
    others = session.scalars(
        select(Account)
        .join(RoleHeld, RoleHeld.account_id == Account.id)
        .where(RoleHeld.role == Role.ADMINISTRATOR, Account.id != leaving.id, Account.closed_at.is_(None))
        .with_for_update(of=Account)
    )
    if others.first() is None:
        raise LastAdministrator

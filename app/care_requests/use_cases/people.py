"""Who asks and who is cared for: found again when they are known, new when they are not."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.errors import StaffContact
from app.accounts.models import Account, Role
from app.accounts.use_cases.people import account_for_contact
from app.care_requests.models import Carer, CareRecipient, RequestAct
from app.care_requests.use_cases.facts import (
    CarerFacts,
    NoContact,
    NoName,
    NothingToSignInBy,
    RecipientFacts,
    RequestFacts,
)
from app.messages.models import Channel
from app.shared.audit import record
from app.shared.codes import new_reference
from app.shared.errors import ChangedMeanwhile, NotFound
from app.shared.secrets import Email, Phone, email_key, phone_key, phone_tail_key
from app.shared.words import folded
from app.volunteers.models import Source

LOOKED_UP_TOGETHER = 400

Row = TypeVar("Row", Carer, CareRecipient)


def check_carer(carer: CarerFacts, *, is_draft: bool = False) -> None:
    """Raise NoName, or NoContact when the carer cannot be reached in the way they asked for."""
    if not (carer.name_zh or carer.name_en):
        raise NoName(field="name_zh")
    if is_draft:
        return
    if carer.reached_by is Channel.EMAIL and not carer.email:
        raise NoContact(field="email")
    if carer.reached_by is not Channel.EMAIL and not carer.phone:
        raise NoContact(field="phone")


def change_carer(
    session: Session, carer_id: int, facts: CarerFacts, *, version: int, by: int, now: datetime
) -> Carer:
    """Correct what is known of a carer; who could sign in does so by the new contact from now on, and
    whoever holds the old one sees nothing of it.

    Raises NotFound, ChangedMeanwhile, NoName, NoContact.
    """
    carer = session.get(Carer, carer_id)
    if carer is None:
        raise NotFound
    if carer.version != version:
        raise ChangedMeanwhile
    check_carer(facts)
    phone, email = carer.phone, carer.email
    write_carer(carer, facts)
    if _signs_in_by_what_was_corrected(session, carer, phone, email):
        carer.account_id = None
        open_account(session, carer, by=by, now=now)
    record(session, RequestAct.CARER_CHANGED, carer, by=by, now=now)
    return carer


def open_account(session: Session, carer: Carer, *, by: int | None, now: datetime) -> None:
    """As `let_carer_sign_in`, where it can be: a contact that signs staff in is left alone."""
    if carer.account_id is None and (carer.phone or carer.email):
        with suppress(StaffContact):
            _give_account(session, carer, by=by, now=now)


def let_carer_sign_in(session: Session, carer_id: int, *, by: int, now: datetime) -> Account:
    """Let a carer sign in by a code, to their telephone or, without one, their e-mail; the account.

    People with one telephone share one account. Raises NotFound, NothingToSignInBy, StaffContact.
    """
    carer = session.get(Carer, carer_id, with_for_update=True)
    if carer is None:
        raise NotFound
    return _give_account(session, carer, by=by, now=now)


def _give_account(session: Session, carer: Carer, *, by: int | None, now: datetime) -> Account:
    if carer.account_id is not None:
        return session.get_one(Account, carer.account_id)
    contact = carer.phone or carer.email
    if contact is None:
        raise NothingToSignInBy
    name = carer.name_zh or carer.name_en
    account = account_for_contact(
        session, contact, name=name, language=carer.language, role=Role.CARER, by=by, now=now
    )
    carer.account_id = account.id
    return account


def _signs_in_by_what_was_corrected(
    session: Session, carer: Carer, phone: Phone | None, email: Email | None
) -> bool:
    """Whether the carer's account is that of the `phone` or `email` they had, which is no longer on record."""
    account = session.get(Account, carer.account_id) if carer.account_id else None
    return account is not None and any(
        known is not None and account_has == known != now_known
        for known, account_has, now_known in (
            (phone, account.phone, carer.phone),
            (email, account.email, carer.email),
        )
    )


def write_carer(carer: Carer, facts: CarerFacts) -> None:
    """Put `facts` into the row; codes, source and account stay."""
    carer.kind = facts.kind
    carer.name_zh, carer.name_en = facts.name_zh, facts.name_en
    carer.name_key = f"{folded(facts.name_zh)} {folded(facts.name_en)}".strip()
    carer.organisation = facts.organisation
    carer.phone, carer.email = facts.phone, facts.email
    carer.phone_key = phone_key(facts.phone) if facts.phone else None
    carer.phone_tail_key = phone_tail_key(facts.phone) if facts.phone else None
    carer.email_key = email_key(facts.email) if facts.email else None
    carer.reached_by = facts.reached_by
    carer.language = facts.language


def write_recipient(recipient: CareRecipient, facts: RecipientFacts) -> None:
    """Put `facts` into the row. What is sealed stays as it is unless something new is given."""
    recipient.called, recipient.full_name = facts.called, facts.full_name or recipient.full_name or ""
    recipient.relation = facts.relation or recipient.relation or ""
    recipient.birth_year = facts.birth_year or recipient.birth_year
    recipient.gender = facts.gender or recipient.gender
    recipient.area_code = facts.area_code or recipient.area_code
    recipient.address = facts.address or recipient.address
    recipient.directions = facts.directions or recipient.directions
    recipient.health_note = facts.health_note or recipient.health_note


@dataclass
class People:
    """The carers and recipients of a batch of requests: those who are known already, and those it brings.

    A carer of the same name at the same telephone or e-mail is the same carer, and somebody of theirs who is
    called the same is the same person; but nothing an anonymous sender writes is put together with what is known.
    """

    session: Session
    source: Source
    by: int | None
    now: datetime
    _carers: dict[tuple[str, str], Carer] = field(default_factory=dict)
    _carers_by_id: dict[int, Carer] = field(default_factory=dict)
    _recipients: dict[tuple[str, str], CareRecipient] = field(default_factory=dict)
    _recipients_by_id: dict[int, CareRecipient] = field(default_factory=dict)

    def look_up(self, many: Sequence[RequestFacts]) -> None:
        """Load every carer of `many` who is known, and the people they care for."""
        given = [facts.carer for facts in many]
        named = [carer for carer in given if isinstance(carer, CarerFacts) and self._may_be_known(carer)]
        for carer in (
            *self._rows(Carer, Carer.id, {carer for carer in given if isinstance(carer, int)}),
            *self._rows(Carer, Carer.phone_key, {phone_key(carer.phone) for carer in named if carer.phone}),
            *self._rows(Carer, Carer.email_key, {email_key(carer.email) for carer in named if carer.email}),
        ):
            self._remember_carer(carer)
        codes = {carer.id: carer.code for carer in self._carers_by_id.values()}
        for recipient in self._rows(CareRecipient, CareRecipient.carer_id, set(codes)):
            self._recipients_by_id[recipient.id] = recipient
            self._recipients.setdefault((codes[recipient.carer_id], folded(recipient.called)), recipient)

    def carer(self, given: CarerFacts | int) -> Carer:
        """The row of `given`. Raises NotFound for an id that is nobody's."""
        if isinstance(given, int):
            if given not in self._carers_by_id:
                raise NotFound
            return self._carers_by_id[given]
        known = None
        if self._may_be_known(given):
            known = next((self._carers[key] for key in _keys_of(given) if key in self._carers), None)
        if known is None:
            return self._new_carer(given)
        known.account_id = known.account_id or given.account_id
        return known

    def recipient(self, given: RecipientFacts | int | None, carer: Carer) -> CareRecipient | None:
        """The row of `given`, who must be cared for by `carer`. Raises NotFound."""
        if given is None:
            return None
        if isinstance(given, int):
            return self._recipient_of(given, carer)
        if given.known_id is not None:
            known = self._recipient_of(given.known_id, carer)
        else:
            key = (carer.code, folded(given.called))
            known = self._recipients.get(key) or CareRecipient(
                code=given.code or new_reference("P"), carer=carer
            )
            self._recipients[key] = known
        write_recipient(known, given)
        return known

    def _recipient_of(self, recipient_id: int, carer: Carer) -> CareRecipient:
        recipient = self._recipients_by_id.get(recipient_id)
        if recipient is None or recipient.carer_id != carer.id:
            raise NotFound
        return recipient

    def _may_be_known(self, given: CarerFacts) -> bool:
        return self.source is not Source.ONLINE

    def _new_carer(self, given: CarerFacts) -> Carer:
        carer = Carer(
            code=given.code or new_reference("C"),
            outside_code=given.outside_code,
            account_id=given.account_id,
            source=self.source,
            entered_by_id=None if self.source is Source.ONLINE else self.by,
            created_at=self.now,
            consent_at=self.now if given.has_consented else None,
        )
        write_carer(carer, given)
        if self._may_be_known(given):
            self._remember_carer(carer)
        return carer

    def _remember_carer(self, carer: Carer) -> None:
        if carer.id is not None:
            self._carers_by_id[carer.id] = carer
        name = folded(carer.name_zh or carer.name_en)
        for key in (carer.phone_key, carer.email_key):
            if key is not None:
                self._carers.setdefault((key, name), carer)

    def _rows(
        self, table: type[Row], column: InstrumentedAttribute[Any], values: Collection[object]
    ) -> Iterator[Row]:
        wanted = sorted(values, key=str)
        for start in range(0, len(wanted), LOOKED_UP_TOGETHER):
            some = wanted[start : start + LOOKED_UP_TOGETHER]
            yield from self.session.scalars(select(table).where(column.in_(some)).order_by(table.id))


def _keys_of(given: CarerFacts) -> list[tuple[str, str]]:
    name = folded(given.name_zh or given.name_en)
    keys = []
    if given.phone:
        keys.append((phone_key(given.phone), name))
    if given.email:
        keys.append((email_key(given.email), name))
    return keys

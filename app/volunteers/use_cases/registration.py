"""Taking people on record: one from a form, or many from a file."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import ContactTaken, StaffContact
from app.accounts.models import Account, Role
from app.accounts.use_cases.people import account_for_contact, change_contact
from app.shared.audit import record
from app.shared.codes import new_reference
from app.shared.times import hong_kong_date
from app.volunteers.errors import SeemsRegistered
from app.volunteers.models import Source, Volunteer, VolunteerStatus
from app.volunteers.queries import same_person, volunteer_to_change, volunteers_of_account
from app.volunteers.use_cases.checks import check_away, check_reach, check_who
from app.volunteers.use_cases.facts import VolunteerFacts
from app.volunteers.use_cases.groups import set_abilities, set_away, set_place, set_reach, set_times, set_who
from app.volunteers.use_cases.standing import reopen_application


def register_volunteer(
    session: Session,
    facts: VolunteerFacts,
    *,
    source: Source,
    by: int | None,
    now: datetime,
    is_somebody_else: bool = False,
) -> Volunteer:
    """A new applicant, flushed. Not matchable before `accept_volunteer`.

    Raises NameMissing, BirthYearImpossible, TooYoung, CannotBeReachedThatWay; and SeemsRegistered (with the `code`)
    when the same telephone, name and year of birth are here already, unless `is_somebody_else`.
    """
    who = facts.who
    known = same_person(session, facts.reach.phone, who.name_zh, who.name_en, who.birth_year)
    if known is not None and not is_somebody_else:
        raise SeemsRegistered(code=known.code)
    volunteer = register_volunteers(session, [facts], source=source, by=by, now=now)[0]
    open_accounts(session, [volunteer], by=by, now=now)
    return volunteer


def apply_online(session: Session, facts: VolunteerFacts, *, now: datetime) -> Volunteer:
    """Somebody applied by themselves. Whoever is here already is not entered twice: that they applied is on record.

    Raises as `register_volunteer`, but for SeemsRegistered.
    """
    who = facts.who
    known = same_person(session, facts.reach.phone, who.name_zh, who.name_en, who.birth_year)
    if known is None:
        return register_volunteer(session, facts, source=Source.ONLINE, by=None, now=now)
    if known.status == VolunteerStatus.RETIRED:
        return reopen_application(session, known.id, by=None, now=now)
    record(session, "volunteer.applied_again", known, by=None, now=now)
    open_accounts(session, [known], by=None, now=now)
    return known


def move_to_contact(session: Session, volunteer_id: int, *, by: int, now: datetime) -> Account | None:
    """Let a volunteer sign in by the telephone or e-mail now on record, which has been proved; the account.

    An account that is theirs alone takes the new contact; a shared one stays with the others. None when there is no
    contact to sign in by, or it is a staff member's.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    contact = volunteer.phone or volunteer.email
    account = session.get(Account, volunteer.account_id) if volunteer.account_id else None
    is_shared = account is not None and (
        account.roles != {Role.VOLUNTEER} or len(volunteers_of_account(session, account.id)) > 1
    )
    if contact is None:
        return None
    if account is not None and not is_shared:
        with suppress(ContactTaken):
            return change_contact(session, account.id, contact, by=by, now=now)
    volunteer.account_id = None
    open_accounts(session, [volunteer], by=by, now=now)
    return session.get(Account, volunteer.account_id) if volunteer.account_id else None


def open_accounts(
    session: Session, volunteers: Iterable[Volunteer], *, by: int | None, now: datetime
) -> None:
    """Let those who have none sign in by a code: to their telephone, or their e-mail when they have no telephone.

    People with one telephone share one account. A contact that signs staff in is left alone.
    """
    for volunteer in volunteers:
        contact = volunteer.phone or volunteer.email
        if volunteer.account_id is not None or contact is None:
            continue
        try:
            account = account_for_contact(
                session,
                contact,
                name=volunteer.name_zh or volunteer.name_en,
                language=volunteer.language,
                role=Role.VOLUNTEER,
                by=by,
                now=now,
            )
        except StaffContact:
            continue
        volunteer.account_id = account.id


def register_volunteers(
    session: Session, people: Sequence[VolunteerFacts], *, source: Source, by: int | None, now: datetime
) -> list[Volunteer]:
    """Many new applicants at once, in the order given and flushed together: for files and the demonstration.

    Does not look for people who are here already. Raises as `register_volunteer` for the first that is refused.
    """
    today = hong_kong_date(now)
    codes = _new_codes(session, sum(facts.code is None for facts in people))
    volunteers = [
        _new_volunteer(facts, facts.code or next(codes), source, by, now, today) for facts in people
    ]
    session.add_all(volunteers)
    session.flush()
    for volunteer in volunteers:
        record(session, "volunteer.registered", volunteer, by=by, now=now, source=source.value)
    return volunteers


def _new_volunteer(
    facts: VolunteerFacts, code: str, source: Source, by: int | None, now: datetime, today: date
) -> Volunteer:
    check_who(facts.who, today)
    check_reach(facts.reach)
    check_away(facts.away)
    volunteer = Volunteer(
        code=code,
        outside_code=facts.outside_code,
        account_id=facts.account_id,
        status=VolunteerStatus.APPLIED,
        confirmed_hours_before=facts.confirmed_hours_before,
        volunteer_since=facts.volunteer_since,
        source=source,
        entered_by_id=by,
        applied_at=now,
        consent_at=facts.consent_at,
    )
    volunteer.health_note = facts.health_note
    volunteer.note = facts.note
    set_who(volunteer, facts.who)
    set_reach(volunteer, facts.reach)
    set_place(volunteer, facts.place)
    set_abilities(volunteer, facts.abilities)
    set_times(volunteer, facts.times, now)
    set_away(volunteer, facts.away)
    return volunteer


def _new_codes(session: Session, count: int) -> Iterator[str]:
    """So many new references, none of them taken."""
    codes: set[str] = set()
    while len(codes) < count:
        wanted = {new_reference("V") for _ in range(count - len(codes))}
        for chunk in _chunks(sorted(wanted)):
            wanted -= set(session.scalars(select(Volunteer.code).where(Volunteer.code.in_(chunk))))
        codes |= wanted
    return iter(codes)


def _chunks(codes: list[str], size: int = 500) -> Iterable[list[str]]:
    return (codes[start : start + size] for start in range(0, len(codes), size))

"""What can be asked of volunteers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role, RoleHeld
from app.catalogue.models import Area, SupportKind, TravelTime
from app.shared.audit import AuditRow
from app.shared.errors import NotFound
from app.shared.secrets import phone_key, phone_tail_key
from app.shared.times import age_bounds
from app.shared.words import folded
from app.volunteers.models import (
    ADULT_AGE,
    OWN_ACCOUNT_AGE,
    YOUNGEST_AGE,
    GuardianConsent,
    Volunteer,
    VolunteerArea,
    VolunteerStatus,
)

PAGE_LENGTH = 50
NEARBY_MINUTES = 25
TIMES_CONFIRMED_FOR = timedelta(days=92)
GONE = (VolunteerStatus.RETIRED, VolunteerStatus.REMOVED)


class Waiting(StrEnum):
    """What an applicant or volunteer is waiting for."""

    CALL = "for_call"
    IDENTITY = "for_identity"
    INDUCTION = "for_induction"
    CONSENT = "for_consent"
    ACCEPTANCE = "for_acceptance"
    TIMES = "for_times"


@dataclass(frozen=True)
class VolunteerFilter:
    """What a list of volunteers is narrowed to; empty: everybody but those who have left."""

    words: str = ""
    """Part of a name, a reference, a number of the earlier register, or the last four digits of a telephone."""
    status: VolunteerStatus | None = None
    area: str = ""
    """Lives there or will go there."""
    waiting: Waiting | None = None


@dataclass(frozen=True)
class VolunteerPage:
    """One page of a list: its rows, the number of this page and of all pages, and of all rows."""

    rows: Sequence[Volunteer]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Happening:
    """One line of somebody's history: the audit row and the name of whoever did it ("" for nobody signed in)."""

    row: AuditRow
    who: str


def name_key(name_zh: str, name_en: str) -> str:
    """Both names folded, as they are compared and searched."""
    return " ".join(filter(None, (folded(name_zh), folded(name_en))))


def volunteer_shown(
    session: Session, _account: Account, volunteer_id: int, **_others: object
) -> Volunteer | None:
    """Any volunteer, for coordinators."""
    return session.get(Volunteer, volunteer_id)


def own_volunteer(
    session: Session, account: Account, volunteer_id: int, **_others: object
) -> Volunteer | None:
    """The volunteer if `account` signs in for them and they have not been removed."""
    volunteer = session.get(Volunteer, volunteer_id)
    if volunteer is None or volunteer.account_id != account.id or volunteer.status == VolunteerStatus.REMOVED:
        return None
    return volunteer


def consent_shown(
    session: Session, _account: Account, volunteer_id: int, consent_id: int
) -> GuardianConsent | None:
    """A guardian's consent that is in force, for coordinators."""
    consent = session.get(GuardianConsent, consent_id)
    if consent is None or consent.volunteer_id != volunteer_id or consent.withdrawn_at is not None:
        return None
    return consent


def volunteer_to_change(session: Session, volunteer_id: int) -> Volunteer:
    """The volunteer, locked until the transaction ends. Raises NotFound."""
    volunteer = session.get(Volunteer, volunteer_id, with_for_update=True)
    if volunteer is None:
        raise NotFound
    return volunteer


def volunteers_of_account(session: Session, account_id: int) -> list[Volunteer]:
    """Everybody this account signs in for, those who have left last; never those removed."""
    rows = session.scalars(
        select(Volunteer)
        .where(Volunteer.account_id == account_id, Volunteer.status != VolunteerStatus.REMOVED)
        .order_by(Volunteer.id)
    ).all()
    return sorted(rows, key=lambda volunteer: volunteer.status in GONE)


def volunteer_by_code(session: Session, code: str) -> Volunteer | None:
    """The volunteer with this reference, however its letters were typed."""
    return session.scalars(select(Volunteer).where(Volunteer.code == code.strip().upper())).one_or_none()


def same_person(
    session: Session, phone: str | None, name_zh: str, name_en: str, birth_year: int
) -> Volunteer | None:
    """Whoever has the same telephone, year of birth and either name; those removed are not told of."""
    if not phone:
        return None
    rows = session.scalars(
        select(Volunteer)
        .where(
            Volunteer.phone_key == phone_key(phone),
            Volunteer.birth_year == birth_year,
            Volunteer.status != VolunteerStatus.REMOVED,
        )
        .order_by(Volunteer.id)
    )
    return next((row for row in rows if _share_a_name(row, name_zh, name_en)), None)


def possible_duplicates(session: Session, volunteer: Volunteer) -> list[Volunteer]:
    """Others who may be the same person: same name and year, or same telephone with either; removed ones too."""
    same_phone = Volunteer.phone_key == volunteer.phone_key
    same_name = Volunteer.name_key == volunteer.name_key
    same_year = Volunteer.birth_year == volunteer.birth_year
    alike = and_(same_name, same_year)
    if volunteer.phone_key is not None:
        alike = or_(alike, and_(same_phone, or_(same_name, same_year)))
    return list(
        session.scalars(
            select(Volunteer).where(alike, Volunteer.id != volunteer.id).order_by(Volunteer.id).limit(20)
        )
    )


def household_members(session: Session, volunteer: Volunteer) -> list[Volunteer]:
    """Who else lives with this volunteer, as far as is known."""
    if volunteer.household_id is None:
        return []
    return list(
        session.scalars(
            select(Volunteer)
            .where(Volunteer.household_id == volunteer.household_id, Volunteer.id != volunteer.id)
            .order_by(Volunteer.id)
        )
    )


def youngest_age(volunteer: Volunteer, on: date) -> int:
    """The youngest age the volunteer can have on that day: what minimum ages are compared with."""
    return age_bounds(volunteer.birth_year, volunteer.birth_month, on)[0]


def is_minor(volunteer: Volunteer, on: date) -> bool:
    """Not certainly of age on that day."""
    return youngest_age(volunteer, on) < ADULT_AGE


def consent_in_force(volunteer: Volunteer, on: date) -> GuardianConsent | None:
    """The guardian's consent that holds on that day, if one does."""
    return next(
        (
            consent
            for consent in volunteer.consents
            if consent.withdrawn_at is None
            and consent.given_on <= on
            and (consent.valid_until is None or consent.valid_until >= on)
        ),
        None,
    )


def times_are_old(volunteer: Volunteer, now: datetime) -> bool:
    """The times on record were confirmed longer ago than three months, or never."""
    confirmed = volunteer.availability_confirmed_at
    return confirmed is None or confirmed < now - TIMES_CONFIRMED_FOR


def age_limits(session: Session) -> frozenset[int]:
    """Every age at which something changes for a volunteer: the programme's own limits and those of the kinds."""
    kinds = session.scalars(select(SupportKind.minimum_age).where(SupportKind.is_offered).distinct())
    return frozenset(kinds) | {YOUNGEST_AGE, OWN_ACCOUNT_AGE, ADULT_AGE}


def is_month_needed(birth_year: int, limits: frozenset[int], on: date) -> bool:
    """Whether somebody born that year is within a year of one of the age `limits`, so that the month matters."""
    oldest = on.year - birth_year
    return oldest in limits or oldest + 1 in limits


def areas_near(session: Session, home_area: str, minutes: int = NEARBY_MINUTES) -> list[Area]:
    """Areas within so many minutes of an area, itself first, then the nearest."""
    near = session.scalars(
        select(Area)
        .join(TravelTime, TravelTime.to_code == Area.code)
        .where(TravelTime.from_code == home_area, TravelTime.minutes <= minutes, Area.code != home_area)
        .order_by(TravelTime.minutes, Area.code)
    )
    home = session.get(Area, home_area)
    return [*([home] if home else []), *near]


def volunteers_found(
    session: Session, wanted: VolunteerFilter, *, page: int, today: date, now: datetime
) -> VolunteerPage:
    """One page of the volunteers `wanted`, newest application first; a page beyond the last is the last."""
    conditions = _conditions(wanted, today, now)
    total = session.scalar(select(func.count()).select_from(Volunteer).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(max(page, 1), pages)
    rows = (
        select(Volunteer)
        .where(*conditions)
        .order_by(Volunteer.applied_at.desc(), Volunteer.id.desc())
        .offset((page - 1) * PAGE_LENGTH)
        .limit(PAGE_LENGTH)
    )
    return VolunteerPage(session.scalars(rows).all(), page, pages, total)


def waiting_counts(session: Session, *, today: date, now: datetime) -> dict[Waiting, int]:
    """How many people wait for each thing: the figures above the list."""
    return {
        waiting: session.scalar(
            select(func.count())
            .select_from(Volunteer)
            .where(*_conditions(replace(VolunteerFilter(), waiting=waiting), today, now))
        )
        or 0
        for waiting in Waiting
    }


def coordinators(session: Session) -> list[Account]:
    """Every coordinator whose account is open, by name."""
    return list(
        session.scalars(
            select(Account)
            .join(RoleHeld, RoleHeld.account_id == Account.id)
            .where(RoleHeld.role == Role.COORDINATOR, Account.closed_at.is_(None))
            .order_by(Account.name, Account.id)
        )
    )


def account_names(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    """The names of accounts by id; "" for None."""
    wanted = {account_id for account_id in ids if account_id is not None}
    names: dict[int | None, str] = {None: ""}
    names.update(
        (row.id, row.name)
        for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    )
    return names


def history(session: Session, volunteer: Volunteer, *, most: int = 100) -> list[Happening]:
    """What happened to a volunteer, newest first, at most so many lines."""
    rows = session.execute(
        select(AuditRow, Account.name)
        .outerjoin(Account, Account.id == AuditRow.actor_id)
        .where(AuditRow.subject_kind == Volunteer.__tablename__, AuditRow.subject_id == volunteer.id)
        .order_by(AuditRow.id.desc())
        .limit(most)
    )
    return [Happening(row, name or "") for row, name in rows]


def _share_a_name(volunteer: Volunteer, name_zh: str, name_en: str) -> bool:
    pairs = ((volunteer.name_zh, name_zh), (volunteer.name_en, name_en))
    return any(one and other and folded(one) == folded(other) for one, other in pairs)


def _conditions(wanted: VolunteerFilter, today: date, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.words:
        conditions.append(_mentions(wanted.words))
    if wanted.status is not None:
        conditions.append(Volunteer.status == wanted.status)
    elif not wanted.words:
        conditions.append(Volunteer.status.not_in(GONE))
    if wanted.area:
        goes_there = exists().where(
            VolunteerArea.volunteer_id == Volunteer.id, VolunteerArea.area_code == wanted.area
        )
        conditions.append(
            or_(Volunteer.home_area_code == wanted.area, Volunteer.serves_all_areas, goes_there)
        )
    if wanted.waiting is not None:
        conditions.append(_waits_for(wanted.waiting, today, now))
    return conditions


def _mentions(words: str) -> ColumnElement[bool]:
    digits = "".join(letter for letter in folded(words) if letter.isdecimal())
    ways: list[ColumnElement[bool]] = [
        Volunteer.name_key.contains(folded(words), autoescape=True),
        Volunteer.code == words.strip().upper(),
        Volunteer.outside_code == words.strip(),
    ]
    if len(digits) >= 4 and digits.isascii():
        ways.append(Volunteer.phone_tail_key == phone_tail_key(digits))
    return or_(*ways)


def _waits_for(waiting: Waiting, today: date, now: datetime) -> ColumnElement[bool]:
    applying = Volunteer.status.in_((VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION))
    if waiting == Waiting.CALL:
        return and_(applying, Volunteer.spoken_on.is_(None))
    if waiting == Waiting.IDENTITY:
        return and_(applying, Volunteer.identity_seen_on.is_(None))
    if waiting == Waiting.INDUCTION:
        return and_(applying, Volunteer.induction_on.is_(None))
    if waiting == Waiting.CONSENT:
        return and_(Volunteer.status.not_in(GONE), _is_minor_row(today), ~_has_consent(today))
    if waiting == Waiting.ACCEPTANCE:
        return and_(
            applying,
            Volunteer.spoken_on.is_not(None),
            Volunteer.identity_seen_on.is_not(None),
            Volunteer.induction_on.is_not(None),
        )
    return and_(
        Volunteer.status == VolunteerStatus.ACTIVE,
        or_(
            Volunteer.availability_confirmed_at.is_(None),
            Volunteer.availability_confirmed_at < now - TIMES_CONFIRMED_FOR,
        ),
    )


def _is_minor_row(today: date) -> ColumnElement[bool]:
    year = today.year - ADULT_AGE
    return or_(
        Volunteer.birth_year > year,
        and_(
            Volunteer.birth_year == year,
            or_(Volunteer.birth_month.is_(None), Volunteer.birth_month >= today.month),
        ),
    )


def _has_consent(today: date) -> ColumnElement[bool]:
    return exists().where(
        GuardianConsent.volunteer_id == Volunteer.id,
        GuardianConsent.withdrawn_at.is_(None),
        GuardianConsent.given_on <= today,
        or_(GuardianConsent.valid_until.is_(None), GuardianConsent.valid_until >= today),
    )

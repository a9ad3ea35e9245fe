"""The people around a volunteer: guardians who consent, and those they live with."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.audit import record
from app.shared.errors import InvalidInput, NotFound
from app.shared.secrets import Phone
from app.shared.times import hong_kong_date
from app.volunteers.errors import AlreadyTogether, ConsentKnown, DateImpossible, NotInHousehold
from app.volunteers.models import GuardianConsent, Household, Volunteer
from app.volunteers.queries import volunteer_by_code, volunteer_to_change


@dataclass(frozen=True)
class ConsentFacts:
    """A guardian's consent as a coordinator saw it; `valid_until` (last day) None: until withdrawn or of age."""

    guardian_name: str
    relation: str
    given_on: date
    phone: Phone | None = None
    valid_until: date | None = None


def add_consent(
    session: Session, volunteer_id: int, facts: ConsentFacts, *, by: int, now: datetime
) -> GuardianConsent:
    """Put a guardian's consent on record.

    Raises NotFound, DateImpossible (given on a day to come, or ending before it begins), ConsentKnown.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    if facts.given_on > hong_kong_date(now):
        raise DateImpossible(field="given_on")
    if facts.valid_until is not None and facts.valid_until < facts.given_on:
        raise DateImpossible(field="valid_until")
    if any(consent.given_on == facts.given_on for consent in volunteer.consents):
        raise ConsentKnown(field="given_on")
    consent = GuardianConsent(
        guardian_name=facts.guardian_name,
        relation=facts.relation,
        given_on=facts.given_on,
        valid_until=facts.valid_until,
        seen_by_id=by,
        entered_at=now,
    )
    consent.phone = facts.phone
    volunteer.consents.append(consent)
    session.flush()
    record(session, "volunteer.consent_added", volunteer, by=by, now=now, consent=consent.id)
    return consent


def withdraw_consent(session: Session, volunteer_id: int, consent_id: int, *, by: int, now: datetime) -> None:
    """The guardian takes the consent back. Raises NotFound unless it is this volunteer's and in force."""
    volunteer = volunteer_to_change(session, volunteer_id)
    consent = next((row for row in volunteer.consents if row.id == consent_id), None)
    if consent is None or consent.withdrawn_at is not None:
        raise NotFound
    consent.withdrawn_at = now
    record(session, "volunteer.consent_withdrawn", volunteer, by=by, now=now, consent=consent.id)


def join_household(
    session: Session, volunteer_id: int, other_code: str, *, by: int, now: datetime
) -> Household:
    """These two live together, and with them whoever already lives with the other.

    Raises NotFound; InvalidInput (field `other`) when no volunteer has that reference or it is their own;
    AlreadyTogether.
    """
    other = volunteer_by_code(session, other_code)
    if other is None or other.id == volunteer_id:
        raise InvalidInput(field="other")
    first, second = sorted((volunteer_id, other.id))
    rows = {
        row.id: row for row in (volunteer_to_change(session, first), volunteer_to_change(session, second))
    }
    volunteer, other = rows[volunteer_id], rows[other.id]
    if volunteer.household_id is not None and volunteer.household_id == other.household_id:
        raise AlreadyTogether(field="other")
    household = other.household or volunteer.household
    if household is None:
        household = Household(name=other.name_zh or other.name_en)
        session.add(household)
        session.flush()
    left = volunteer.household_id if volunteer.household_id != household.id else None
    for person in (volunteer, other):
        if person.household_id != household.id:
            person.household_id = household.id
            record(session, "volunteer.household_joined", person, by=by, now=now, household=household.id)
    if left is not None:
        _end_lone_household(session, left)
    return household


def leave_household(session: Session, volunteer_id: int, *, by: int, now: datetime) -> None:
    """They live apart from now on; a household of one ends. Raises NotFound, NotInHousehold."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if volunteer.household_id is None:
        raise NotInHousehold
    left, volunteer.household_id = volunteer.household_id, None
    record(session, "volunteer.household_left", volunteer, by=by, now=now, household=left)
    _end_lone_household(session, left)


def _end_lone_household(session: Session, household_id: int) -> None:
    session.flush()
    members = session.scalars(select(Volunteer).where(Volunteer.household_id == household_id)).all()
    if len(members) == 1:
        members[0].household_id = None

"""Changing what is known of a volunteer, group by group, by themselves or by a coordinator."""

from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile
from app.shared.secrets import HealthNote, PrivateNote
from app.shared.times import hong_kong_date
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_to_change
from app.volunteers.use_cases import groups
from app.volunteers.use_cases.checks import check_away, check_reach, check_who
from app.volunteers.use_cases.facts import (
    AbilityFacts,
    AwayFacts,
    PlaceFacts,
    ReachFacts,
    Section,
    TimeFacts,
    WhoFacts,
)


def change_volunteer(
    session: Session, volunteer_id: int, facts: Section, *, version: int | None, by: int | None, now: datetime
) -> Volunteer:
    """Write one group of facts. `version` is that of the row the editor saw (None: whatever it is).

    Raises NotFound; ChangedMeanwhile when the row is newer; and what the group itself refuses (see `checks`).
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    if version is not None and volunteer.version != version:
        raise ChangedMeanwhile
    group = _write(volunteer, facts, now)
    _raise_version(session, volunteer)
    record(session, f"volunteer.{group}_changed", volunteer, by=by, now=now)
    return volunteer


def confirm_times(session: Session, volunteer_id: int, *, by: int | None, now: datetime) -> Volunteer:
    """The volunteer says that the times on record still hold. Raises NotFound."""
    volunteer = volunteer_to_change(session, volunteer_id)
    volunteer.availability_confirmed_at = now
    record(session, "volunteer.times_confirmed", volunteer, by=by, now=now)
    return volunteer


def write_note(
    session: Session, volunteer_id: int, note: PrivateNote, *, version: int, by: int, now: datetime
) -> Volunteer:
    """Replace the coordinators' note; empty text removes it. Raises NotFound, ChangedMeanwhile."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if volunteer.version != version:
        raise ChangedMeanwhile
    volunteer.note = note
    _raise_version(session, volunteer)
    record(session, "volunteer.note_written", volunteer, by=by, now=now)
    return volunteer


def write_health_note(
    session: Session, volunteer_id: int, note: HealthNote, *, version: int, by: int, now: datetime
) -> Volunteer:
    """Replace the adjustments a volunteer asks for; empty text removes them. Raises NotFound, ChangedMeanwhile."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if volunteer.version != version:
        raise ChangedMeanwhile
    volunteer.health_note = note
    _raise_version(session, volunteer)
    record(session, "volunteer.health_written", volunteer, by=by, now=now)
    return volunteer


def read_health_note(session: Session, volunteer: Volunteer, *, by: int, now: datetime) -> HealthNote | None:
    """The adjustments a volunteer asks for; that they were read is on record from now on."""
    record(session, "volunteer.health_seen", volunteer, by=by, now=now)
    return volunteer.health_note


def note_minor_seen(session: Session, volunteer: Volunteer, *, by: int, now: datetime) -> None:
    """Put on record that somebody looked at a minor's page."""
    record(session, "volunteer.minor_seen", volunteer, by=by, now=now)


def _write(volunteer: Volunteer, facts: Section, now: datetime) -> str:
    """Check and write the group; its name for the record."""
    match facts:
        case WhoFacts():
            check_who(facts, hong_kong_date(now))
            groups.set_who(volunteer, facts)
            return "who"
        case ReachFacts():
            check_reach(facts)
            groups.set_reach(volunteer, facts)
            return "reach"
        case PlaceFacts():
            groups.set_place(volunteer, facts)
            return "place"
        case AbilityFacts():
            groups.set_abilities(volunteer, facts)
            return "abilities"
        case TimeFacts():
            groups.set_times(volunteer, facts, now)
            return "times"
        case AwayFacts():
            check_away(facts)
            groups.set_away(volunteer, facts)
            return "away"


def _raise_version(session: Session, volunteer: Volunteer) -> None:
    """Rows beside the volunteer's own count as a change of the volunteer."""
    flag_modified(volunteer, "code")
    session.flush()

"""Where somebody stands: from the first conversation to acceptance, pauses, and leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.audit import record
from app.shared.times import hong_kong_date
from app.volunteers.errors import ConsentNeeded, DateImpossible, IllegalMove, ReasonMissing
from app.volunteers.models import LEGAL_MOVES, Volunteer, VolunteerStatus
from app.volunteers.queries import consent_in_force, is_minor, volunteer_to_change

CHUNK = 500


@dataclass(frozen=True)
class Acceptance:
    """What a coordinator has done before somebody may be matched. Days are Hong Kong dates."""

    spoken_on: date
    spoken_by: int
    identity_seen_on: date
    identity_seen_by: int
    induction_on: date
    conduct_accepted_on: date


def note_conversation(
    session: Session, volunteer_id: int, *, spoken_on: date, spoken_by: int, by: int, now: datetime
) -> Volunteer:
    """A coordinator has spoken with the applicant, who is invited to the induction.

    Raises NotFound, IllegalMove unless they applied, DateImpossible for a day to come.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    _refuse_days_to_come(now, spoken_on=spoken_on)
    move(volunteer, VolunteerStatus.INDUCTION)
    volunteer.spoken_on, volunteer.spoken_by_id = spoken_on, spoken_by
    record(session, "volunteer.spoken_with", volunteer, by=by, now=now)
    return volunteer


def accept_volunteer(
    session: Session, volunteer_id: int, acceptance: Acceptance, *, by: int, now: datetime
) -> Volunteer:
    """From now on they can be matched. The only way to become active for the first time.

    Raises NotFound, IllegalMove, DateImpossible for a day to come, ConsentNeeded for somebody under 18 without a
    guardian's consent in force.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    _accept(session, volunteer, acceptance, by, now)
    return volunteer


def accept_volunteers(
    session: Session, volunteer_ids: Sequence[int], acceptance: Acceptance, *, by: int, now: datetime
) -> None:
    """As `accept_volunteer` for many with the same facts, few queries: for the demonstration and for files."""
    for start in range(0, len(volunteer_ids), CHUNK):
        chunk = volunteer_ids[start : start + CHUNK]
        rows = session.scalars(select(Volunteer).where(Volunteer.id.in_(chunk)).with_for_update())
        for volunteer in rows.all():
            _accept(session, volunteer, acceptance, by, now)


def pause_volunteer(
    session: Session, volunteer_id: int, *, until: date | None, reason: str, by: int, now: datetime
) -> Volunteer:
    """No visits for a while: up to and including `until`, or until they come back.

    Raises NotFound, IllegalMove unless active, DateImpossible when `until` is past.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    if until is not None and until < hong_kong_date(now):
        raise DateImpossible(field="until")
    move(volunteer, VolunteerStatus.PAUSED, reason)
    volunteer.paused_until = until
    record(
        session,
        "volunteer.paused",
        volunteer,
        by=by,
        now=now,
        until=None if until is None else until.isoformat(),
    )
    return volunteer


def bring_back_volunteer(session: Session, volunteer_id: int, *, by: int | None, now: datetime) -> Volunteer:
    """A pause ends. Raises NotFound, IllegalMove unless paused, ConsentNeeded."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if volunteer.status != VolunteerStatus.PAUSED:
        raise IllegalMove(status=volunteer.status)
    _refuse_minor_without_consent(volunteer, hong_kong_date(now))
    move(volunteer, VolunteerStatus.ACTIVE)
    volunteer.paused_until = None
    record(session, "volunteer.came_back", volunteer, by=by, now=now)
    return volunteer


def end_pauses(session: Session, *, now: datetime) -> int:
    """Bring back everybody whose pause ended before today; how many. Run before a night's matching."""
    today = hong_kong_date(now)
    ended = session.scalars(
        select(Volunteer)
        .where(Volunteer.status == VolunteerStatus.PAUSED, Volunteer.paused_until < today)
        .order_by(Volunteer.id)
    ).all()
    back = [row for row in ended if not is_minor(row, today) or consent_in_force(row, today) is not None]
    for volunteer in back:
        bring_back_volunteer(session, volunteer.id, by=None, now=now)
    return len(back)


def make_adviser(session: Session, volunteer_id: int, *, reason: str, by: int, now: datetime) -> Volunteer:
    """They take no more visits and are asked for advice. Raises NotFound, IllegalMove unless active or paused."""
    volunteer = volunteer_to_change(session, volunteer_id)
    move(volunteer, VolunteerStatus.ADVISER, reason)
    volunteer.paused_until = None
    record(session, "volunteer.made_adviser", volunteer, by=by, now=now)
    return volunteer


def retire_volunteer(
    session: Session, volunteer_id: int, *, reason: str, by: int, now: datetime
) -> Volunteer:
    """They stop, or an application is refused; kept, with the reason, and may apply again.

    Raises NotFound, IllegalMove, ReasonMissing.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    was_applying = volunteer.status in (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION)
    _leave(volunteer, VolunteerStatus.RETIRED, reason)
    action = "volunteer.refused" if was_applying else "volunteer.retired"
    record(session, action, volunteer, by=by, now=now, reason=reason)
    return volunteer


def remove_volunteer(
    session: Session, volunteer_id: int, *, reason: str, by: int, now: datetime
) -> Volunteer:
    """For good: nobody who was removed comes back. Raises NotFound, IllegalMove, ReasonMissing."""
    volunteer = volunteer_to_change(session, volunteer_id)
    _leave(volunteer, VolunteerStatus.REMOVED, reason)
    record(session, "volunteer.removed", volunteer, by=by, now=now, reason=reason)
    return volunteer


def reopen_application(session: Session, volunteer_id: int, *, by: int | None, now: datetime) -> Volunteer:
    """Somebody who left applies again: a coordinator speaks with them and accepts them anew.

    What is long-lived (identity seen, induction) stays. Raises NotFound, IllegalMove unless retired.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    move(volunteer, VolunteerStatus.APPLIED)
    volunteer.applied_at = now
    volunteer.spoken_on = volunteer.spoken_by_id = None
    volunteer.accepted_at = volunteer.accepted_by_id = None
    record(session, "volunteer.applied_again", volunteer, by=by, now=now)
    return volunteer


def make_senior(
    session: Session, volunteer_id: int, *, since: date, reason: str, by: int, now: datetime
) -> Volunteer:
    """資深, by a coordinator's decision. Raises NotFound, ReasonMissing, DateImpossible for a day to come."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if not reason:
        raise ReasonMissing(field="reason")
    _refuse_days_to_come(now, since=since)
    volunteer.senior_since, volunteer.senior_reason, volunteer.senior_by_id = since, reason, by
    record(session, "volunteer.made_senior", volunteer, by=by, now=now, reason=reason)
    return volunteer


def end_senior(session: Session, volunteer_id: int, *, by: int, now: datetime) -> Volunteer:
    """Take the decision back. Raises NotFound."""
    volunteer = volunteer_to_change(session, volunteer_id)
    volunteer.senior_since, volunteer.senior_reason, volunteer.senior_by_id = None, "", None
    record(session, "volunteer.no_longer_senior", volunteer, by=by, now=now)
    return volunteer


def _accept(session: Session, volunteer: Volunteer, acceptance: Acceptance, by: int, now: datetime) -> None:
    if volunteer.status not in (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION):
        raise IllegalMove(status=volunteer.status)
    _refuse_days_to_come(
        now,
        spoken_on=acceptance.spoken_on,
        identity_seen_on=acceptance.identity_seen_on,
        induction_on=acceptance.induction_on,
        conduct_accepted_on=acceptance.conduct_accepted_on,
    )
    _refuse_minor_without_consent(volunteer, hong_kong_date(now))
    move(volunteer, VolunteerStatus.ACTIVE)
    volunteer.spoken_on, volunteer.spoken_by_id = acceptance.spoken_on, acceptance.spoken_by
    volunteer.identity_seen_on = acceptance.identity_seen_on
    volunteer.identity_seen_by_id = acceptance.identity_seen_by
    volunteer.induction_on = acceptance.induction_on
    volunteer.conduct_accepted_on = acceptance.conduct_accepted_on
    volunteer.accepted_at, volunteer.accepted_by_id = now, by
    volunteer.volunteer_since = volunteer.volunteer_since or hong_kong_date(now)
    record(session, "volunteer.accepted", volunteer, by=by, now=now)


def move(volunteer: Volunteer, status: VolunteerStatus, reason: str = "") -> None:
    """Raises IllegalMove."""
    if status not in LEGAL_MOVES[volunteer.status]:
        raise IllegalMove(status=volunteer.status)
    volunteer.status = status
    volunteer.status_reason = reason


def _leave(volunteer: Volunteer, status: VolunteerStatus, reason: str) -> None:
    if not reason:
        raise ReasonMissing(field="reason")
    move(volunteer, status, reason)
    volunteer.paused_until = None


def _refuse_days_to_come(now: datetime, **days: date) -> None:
    late = next((name for name, day in days.items() if day > hong_kong_date(now)), None)
    if late is not None:
        raise DateImpossible(field=late)


def _refuse_minor_without_consent(volunteer: Volunteer, today: date) -> None:
    if is_minor(volunteer, today) and consent_in_force(volunteer, today) is None:
        raise ConsentNeeded

"""The person cared for: whom they know, and where they live, shown to staff one at a time and written down."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.care_requests.models import CareRecipient, CareRequest, KnownHelper, RequestAct
from app.shared.audit import record
from app.shared.errors import NotFound, Refusal
from app.shared.secrets import Address, HealthNote
from app.shared.times import hong_kong_date
from app.volunteers.models import Volunteer


class NoSuchVolunteer(Refusal):
    """No volunteer has this reference code."""


@dataclass(frozen=True)
class Details:
    """What is sealed about a request: where to go, how to get in, what a helper must know."""

    address: Address | None
    directions: Address | None
    health_note: HealthNote | None
    meeting_place: Address | None


def see_details(session: Session, request_id: int, *, by: int, now: datetime) -> Details:
    """Open what is sealed, and write down who looked. Raises NotFound."""
    request = session.get(CareRequest, request_id)
    if request is None:
        raise NotFound
    record(session, RequestAct.DETAILS_SEEN, request, by=by, now=now)
    recipient = request.recipient
    return Details(
        address=recipient.address if recipient else None,
        directions=recipient.directions if recipient else None,
        health_note=recipient.health_note if recipient else None,
        meeting_place=request.meeting_place,
    )


def add_known_helper(
    session: Session, recipient_id: int, volunteer: Volunteer, *, by: int, now: datetime
) -> None:
    """The person knows this volunteer. Saying it twice changes nothing. Raises NotFound."""
    recipient = session.get(CareRecipient, recipient_id)
    if recipient is None:
        raise NotFound
    if session.get(KnownHelper, (recipient_id, volunteer.id)) is None:
        session.add(
            KnownHelper(recipient_id=recipient_id, volunteer_id=volunteer.id, since=hong_kong_date(now))
        )
        record(session, RequestAct.HELPER_KNOWN, recipient, by=by, now=now, volunteer=volunteer.code)


def remove_known_helper(
    session: Session, recipient_id: int, volunteer_id: int, *, by: int, now: datetime
) -> None:
    """The person does not know this volunteer after all. Raises NotFound."""
    helper = session.get(KnownHelper, (recipient_id, volunteer_id))
    recipient = session.get(CareRecipient, recipient_id)
    if helper is None or recipient is None:
        raise NotFound
    record(session, RequestAct.HELPER_NOT_KNOWN, recipient, by=by, now=now, volunteer=helper.volunteer.code)
    session.delete(helper)


def note_visited(
    session: Session, recipient_id: int, volunteer: Volunteer, on: date, *, at_home: bool, now: datetime
) -> None:
    """A volunteer has been there (`at_home`: in the home): they know each other from that day on. Raises NotFound."""
    recipient = session.get(CareRecipient, recipient_id, with_for_update=True)
    if recipient is None:
        raise NotFound
    if at_home and (recipient.first_visited_on is None or recipient.first_visited_on > on):
        recipient.first_visited_on = on
    if session.get(KnownHelper, (recipient_id, volunteer.id)) is None:
        session.add(KnownHelper(recipient_id=recipient_id, volunteer_id=volunteer.id, since=on))
        record(session, RequestAct.HELPER_KNOWN, recipient, by=None, now=now, volunteer=volunteer.code)

"""People come back from an export of this very service, as they were."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.shared.audit import record
from app.shared.secrets import phone_key, phone_tail_key
from app.volunteers.models import Volunteer
from app.volunteers.queries import name_key


def restore_volunteers(session: Session, volunteers: Sequence[Volunteer], *, by: int, now: datetime) -> None:
    """Add rows that carry everything but what is worked out of it; flushed, each put on record as restored.

    The caller has made sure that none of them is here.
    """
    for volunteer in volunteers:
        volunteer.name_key = name_key(volunteer.name_zh, volunteer.name_en)
        volunteer.phone_key = phone_key(volunteer.phone) if volunteer.phone else None
        volunteer.phone_tail_key = phone_tail_key(volunteer.phone) if volunteer.phone else None
    session.add_all(volunteers)
    session.flush()
    for volunteer in volunteers:
        record(session, "volunteer.restored", volunteer, by=by, now=now, status=volunteer.status.value)

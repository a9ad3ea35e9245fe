"""The end of a handover: the senior is thanked and advises for a time, then it is complete."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.handover.errors import NotYet, StillGoes
from app.handover.models import HandoverBecause, HandoverStatus, Party
from app.handover.use_cases.settling import locked_live, move, settle
from app.handover.use_cases.telling import News, tell
from app.shared.times import hong_kong_date
from app.visits.queries import live_seats_of
from app.volunteers.models import VolunteerStatus
from app.volunteers.use_cases.standing import make_adviser


class LetterWriter(Protocol):
    """Writes a letter about all somebody has done; False when there is nothing to write of."""

    def __call__(self, session: Session, volunteer_id: int, *, by: int, now: datetime) -> bool: ...


_letter_writer: list[LetterWriter] = []


def install_letter_writer(writer: LetterWriter) -> None:
    """Have this write letters of thanks. Called once by whoever puts the rooms together."""
    _letter_writer[:] = [writer]


def thank_senior(
    session: Session, handover_id: int, *, becomes_adviser: bool, by: int, now: datetime
) -> bool:
    """With a letter of what they have done; from now on they advise. Whether a letter could be written.

    `becomes_adviser`: they take no visits at all any more. Raises NotFound, HandoverOver, NotYet before everybody
    has signed, StillGoes when visits to come are agreed with somebody who is to take none.
    """
    handover = locked_live(session, handover_id)
    if handover.status is not HandoverStatus.SIGNED_OFF:
        raise NotYet
    senior = handover.senior
    if becomes_adviser and senior.status is not VolunteerStatus.ADVISER:
        if live_seats_of(session, senior.id, hong_kong_date(now)):
            raise StillGoes
        make_adviser(session, senior.id, reason="", by=by, now=now)
    has_letter = bool(_letter_writer) and _letter_writer[0](session, senior.id, by=by, now=now)
    move(session, handover, HandoverStatus.ADVISING, HandoverBecause.THANKED, by=by, now=now)
    tell(session, handover, Party.SENIOR, News.THANKED, now=now)
    settle(session, handover, by=by, now=now)
    return has_letter

"""Writing letters of service, and declaring that one does not hold any more."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.recognition.errors import (
    HoursToCome,
    LetterRevokedAlready,
    NothingServed,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
)
from app.recognition.models import HoursKind, ServiceHours, ServiceLetter
from app.recognition.queries.ledger import hours_standing
from app.shared.audit import record
from app.shared.codes import new_letter_number
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date
from app.volunteers.queries import volunteer_to_change

OTHER_WORK = {
    HoursKind.OTHER: ("其他服務", "Other service"),
    HoursKind.PAPER: ("紙本紀錄", "Records on paper"),
}
"""How a letter calls, in both its languages, what is no kind of support."""


def issue_letter(
    session: Session, volunteer_id: int, from_day: date, to_day: date, *, by: int, now: datetime
) -> ServiceLetter:
    """Write a letter about the hours that stand between two days, both inclusive, as they stand now.

    A total from paper belongs to a whole year: it counts in a letter that begins with that year or before.

    Raises NotFound, OwnHours, TimesTurnedRound, HoursToCome, NothingServed.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    if volunteer.account_id == by:
        raise OwnHours
    if from_day > to_day:
        raise TimesTurnedRound(field="to_day")
    if to_day > hong_kong_date(now):
        raise HoursToCome(field="to_day")
    rows = [
        row
        for row in hours_standing(session, volunteer_id, from_day=from_day, to_day=to_day)
        if row.kind is not HoursKind.PAPER or from_day <= row.on_date.replace(month=1, day=1)
    ]
    if not rows:
        raise NothingServed(field="from_day")
    letter = ServiceLetter(
        number=new_letter_number(),
        volunteer_id=volunteer_id,
        name_zh=volunteer.name_zh,
        name_en=volunteer.name_en,
        from_day=from_day,
        to_day=to_day,
        minutes=sum(row.minutes for row in rows),
        lines=_lines(rows),
        issued_by_id=by,
        issued_at=now,
        revoke_reason="",
    )
    session.add(letter)
    session.flush()
    record(session, "letter.issued", volunteer, by=by, now=now, letter=letter.id)
    return letter


def issue_letter_of_thanks(session: Session, volunteer_id: int, *, by: int, now: datetime) -> bool:
    """A letter about everything that stands, from the first year on; False when there is nothing to write of.

    Raises NotFound.
    """
    rows = hours_standing(session, volunteer_id)
    if not rows:
        return False
    first = min(row.on_date for row in rows).replace(month=1, day=1)
    try:
        issue_letter(session, volunteer_id, first, hong_kong_date(now), by=by, now=now)
    except (OwnHours, NothingServed):
        return False
    return True


def revoke_letter(session: Session, letter_id: int, reason: str, *, by: int, now: datetime) -> ServiceLetter:
    """A letter does not hold any more, as whoever checks its number is told from now on.

    Raises NotFound, LetterRevokedAlready, ReasonMissing.
    """
    letter = session.scalars(
        select(ServiceLetter)
        .where(ServiceLetter.id == letter_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if letter is None:
        raise NotFound
    if letter.revoked_at is not None:
        raise LetterRevokedAlready
    if not reason:
        raise ReasonMissing(field="reason")
    letter.revoked_at, letter.revoked_by_id, letter.revoke_reason = now, by, reason
    session.flush()
    record(session, "letter.revoked", letter.volunteer, by=by, now=now, letter=letter.id)
    return letter


def _lines(rows: Sequence[ServiceHours]) -> list[dict[str, str | int]]:
    """Sums by kind of work, the largest first."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in rows:
        kind = row.seat.visit.request.kind if row.seat is not None else None
        names = (kind.name_zh, kind.name_en) if kind is not None else OTHER_WORK[row.kind]
        sums[names] += row.minutes
    return [{"zh": zh, "en": en, "minutes": minutes} for (zh, en), minutes in sums.most_common()]

"""One needed visit by itself: not needed after all, or possible at another time."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence, OccurrenceOption, RequestAct
from app.shared.audit import record
from app.shared.errors import InvalidInput, NotFound
from app.shared.times import SLOTS_A_DAY, slot_clock


def call_off_occurrence(
    session: Session, occurrence_id: int, reason: str, *, by: int | None, now: datetime
) -> Occurrence:
    """Nobody is looked for on this occasion any more; planning leaves it so. Raises NotFound."""
    occurrence = session.get(Occurrence, occurrence_id, with_for_update=True)
    if occurrence is None:
        raise NotFound
    if occurrence.cancelled_at is None:
        occurrence.cancelled_at, occurrence.cancel_reason = now, reason
        record(
            session,
            RequestAct.OCCURRENCE_CALLED_OFF,
            occurrence.request,
            by=by,
            now=now,
            occurrence=occurrence.code,
        )
    return occurrence


def agree_on_time(
    session: Session, occurrence_id: int, time: tuple[date, int, int], *, by: int, now: datetime
) -> Occurrence:
    """The carer says that one needed visit may also be at this time (a day, from slot, to slot), on one of its days.

    It holds once somebody is asked; planning takes it back while nobody is. Raises NotFound, InvalidInput for another
    day or an impossible time.
    """
    occurrence = session.get(Occurrence, occurrence_id, with_for_update=True)
    if occurrence is None:
        raise NotFound
    times = [(option.on_date, option.from_slot, option.to_slot) for option in occurrence.options]
    on_date, from_slot, to_slot = time
    is_possible = 0 <= from_slot < to_slot <= SLOTS_A_DAY
    if not is_possible or on_date not in {day for day, _start, _end in times}:
        raise InvalidInput(field="time")
    if time not in times:
        position = 1 + max(option.position for option in occurrence.options)
        occurrence.options.append(
            OccurrenceOption(position=position, on_date=on_date, from_slot=from_slot, to_slot=to_slot)
        )
        session.flush()
        record(
            session,
            RequestAct.TIME_AGREED,
            occurrence.request,
            by=by,
            now=now,
            occurrence=occurrence.code,
            time=f"{on_date.isoformat()} {slot_clock(from_slot)}-{slot_clock(to_slot)}",
        )
    return occurrence

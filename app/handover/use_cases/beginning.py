"""A handover begins: by the senior's own wish, by a coordinator, or as an emergency."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest
from app.handover.errors import NotSenior, NotTheirDuty, UnderWayAlready, WordsMissing
from app.handover.models import (
    ChecklistLine,
    DutyKind,
    Handover,
    HandoverBecause,
    HandoverItem,
    HandoverStatus,
    HeldDuty,
    Origin,
    Party,
    SignedFor,
    SignedHow,
)
from app.handover.queries.seniors import holds_visits_of, senior_of
from app.handover.use_cases.settling import settle
from app.handover.use_cases.signing import give_signature
from app.handover.use_cases.writing import add_note
from app.shared.audit import record
from app.shared.times import hong_kong_date
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_to_change


@dataclass(frozen=True)
class Duty:
    """What is to be passed on: the visits of a request, or a role or knowledge."""

    request_id: int | None = None
    held_duty_id: int | None = None


def wish_to_hand_on(
    session: Session,
    volunteer_id: int,
    duties: Sequence[Duty],
    *,
    step_back_on: date | None,
    words: str = "",
    by: int,
    now: datetime,
) -> list[Handover]:
    """A senior would like to pass these duties on; coordinators look for somebody to follow.

    Raises NotFound, NotSenior, NotTheirDuty, UnderWayAlready.
    """
    senior = volunteer_to_change(session, volunteer_id)
    if senior_of(session, senior, hong_kong_date(now)) is None:
        raise NotSenior
    begun = []
    for duty in duties:
        handover = _begin(
            session, senior, duty, Origin.WISH, HandoverStatus.PROPOSED, step_back_on, by=by, now=now
        )
        if words:
            add_note(session, handover.id, words, by=by, now=now)
        give_signature(
            session, handover, Party.SENIOR, SignedFor.BEGINNING, SignedHow.SIGNED_IN, by=by, now=now
        )
        settle(session, handover, by=by, now=now)
        begun.append(handover)
    return begun


def begin_handover(
    session: Session, volunteer_id: int, duty: Duty, *, step_back_on: date | None, by: int, now: datetime
) -> Handover:
    """A coordinator suggests it; the senior is asked. Raises as `wish_to_hand_on`."""
    senior = volunteer_to_change(session, volunteer_id)
    if senior_of(session, senior, hong_kong_date(now)) is None:
        raise NotSenior
    handover = _begin(
        session, senior, duty, Origin.COORDINATOR, HandoverStatus.PROPOSED, step_back_on, by=by, now=now
    )
    settle(session, handover, by=by, now=now)
    return handover


def begin_emergency(
    session: Session, volunteer_id: int, duty: Duty, words: str, *, by: int, now: datetime
) -> Handover:
    """Somebody, senior or not, stopped from one day to the next: notes and a colleague take their place.

    Raises NotFound, NotTheirDuty, UnderWayAlready, WordsMissing.
    """
    if not words:
        raise WordsMissing(field="words")
    senior = volunteer_to_change(session, volunteer_id)
    handover = _begin(
        session, senior, duty, Origin.EMERGENCY, HandoverStatus.SENIOR_AGREED, None, by=by, now=now
    )
    add_note(session, handover.id, words, by=by, now=now)
    return handover


def _begin(
    session: Session,
    senior: Volunteer,
    duty: Duty,
    origin: Origin,
    status: HandoverStatus,
    step_back_on: date | None,
    *,
    by: int,
    now: datetime,
) -> Handover:
    request, held = _held_by(session, senior.id, duty, hong_kong_date(now))
    handover = Handover(
        senior_id=senior.id,
        duty=DutyKind.VISITS if held is None else held.kind,
        request_id=None if request is None else request.id,
        held_duty_id=None if held is None else held.id,
        origin=origin,
        step_back_on=step_back_on,
        shadows_wanted=2 if request is not None else 0,
        led_wanted=1 if request is not None else 0,
        alone_wanted=3 if request is not None else 0,
        status=status,
        made_at=now,
        made_by_id=by,
        moved_at=now,
        moved_by_id=by,
        moved_because=_BECAUSE[origin],
    )
    kind = None if request is None else request.kind_code
    handover.items = _lines_for(session, kind) if request is not None else []
    try:
        with session.begin_nested():
            session.add(handover)
    except IntegrityError:
        raise UnderWayAlready from None
    record(session, "handover.begun", senior, by=by, now=now, handover=handover.id, origin=origin.value)
    return handover


_BECAUSE = {
    Origin.WISH: HandoverBecause.WISHED,
    Origin.COORDINATOR: HandoverBecause.BEGUN_BY_STAFF,
    Origin.EMERGENCY: HandoverBecause.SENIOR_CANNOT,
}


def _held_by(
    session: Session, volunteer_id: int, duty: Duty, today: date
) -> tuple[CareRequest | None, HeldDuty | None]:
    if duty.request_id is not None:
        request = session.get(CareRequest, duty.request_id)
        if request is None or not holds_visits_of(session, volunteer_id, duty.request_id, today):
            raise NotTheirDuty
        return request, None
    held = session.get(HeldDuty, duty.held_duty_id) if duty.held_duty_id is not None else None
    if held is None or held.volunteer_id != volunteer_id or held.ended_at is not None:
        raise NotTheirDuty
    return None, held


def _lines_for(session: Session, kind_code: str | None) -> list[HandoverItem]:
    """The list as it is today: the lines of every handover, then those of the kind."""
    kinds: Collection[str | None] = (None, kind_code)
    lines = session.scalars(
        select(ChecklistLine)
        .where(ChecklistLine.is_in_use)
        .order_by(ChecklistLine.kind_code.is_not(None), ChecklistLine.position, ChecklistLine.id)
    )
    return [
        HandoverItem(position=position, words_zh=line.words_zh, words_en=line.words_en)
        for position, line in enumerate(line for line in lines if line.kind_code in kinds)
    ]

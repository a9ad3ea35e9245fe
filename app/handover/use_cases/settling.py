"""One place moves a handover: along the legal moves, as far as what is known of it leads, telling whom it concerns."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.handover.errors import HandoverOver
from app.handover.models import (
    LEGAL_MOVES,
    DutyKind,
    Handover,
    HandoverBecause,
    HandoverStatus,
    Party,
    SignedFor,
)
from app.handover.queries.handovers import Facts, NextStep, facts_of, next_step
from app.handover.use_cases.seniors import end_held_duty, note_held_duty
from app.handover.use_cases.telling import News, tell
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date

Reached = tuple[HandoverStatus, HandoverBecause]

NEWS: Mapping[HandoverStatus, tuple[tuple[Party, News], ...]] = {
    HandoverStatus.SUCCESSOR_AGREED: ((Party.SENIOR, News.SUCCESSOR_FOUND),),
    HandoverStatus.COURSE: ((Party.SUCCESSOR, News.COURSE_FIRST),),
    HandoverStatus.SHADOWING: ((Party.SENIOR, News.COMES_ALONG), (Party.SUCCESSOR, News.COMES_ALONG)),
    HandoverStatus.LEADING: ((Party.SENIOR, News.LEADS), (Party.SUCCESSOR, News.LEADS)),
    HandoverStatus.CARER_AGREED: ((Party.SENIOR, News.TO_SIGN), (Party.SUCCESSOR, News.TO_SIGN)),
    HandoverStatus.SIGNED_OFF: (
        (Party.SENIOR, News.SIGNED_OFF),
        (Party.SUCCESSOR, News.SIGNED_OFF),
        (Party.CARER, News.SIGNED_OFF),
    ),
    HandoverStatus.ADVISING: ((Party.SENIOR, News.THANKED),),
    HandoverStatus.CLOSED: ((Party.SENIOR, News.CLOSED), (Party.SUCCESSOR, News.CLOSED)),
}
"""Who hears of it when a handover gets so far."""


def locked(session: Session, handover_id: int) -> Handover:
    """The handover, locked until the transaction ends, as it stands now. Raises NotFound."""
    handover = session.get(Handover, handover_id, with_for_update=True, populate_existing=True)
    if handover is None:
        raise NotFound
    return handover


def locked_live(session: Session, handover_id: int) -> Handover:
    """As `locked`. Raises HandoverOver when it is closed or stopped, too."""
    handover = locked(session, handover_id)
    if not handover.is_live:
        raise HandoverOver
    return handover


def move(
    session: Session,
    handover: Handover,
    status: HandoverStatus,
    because: HandoverBecause,
    *,
    words: str = "",
    by: int | None,
    now: datetime,
) -> None:
    """To another state; triggers write the history. Raises ValueError for a move that is none."""
    if status not in LEGAL_MOVES[handover.status]:
        raise ValueError(f"{handover.status} to {status}")
    handover.status = status
    handover.moved_at, handover.moved_by_id = now, by
    handover.moved_because, handover.moved_words = because, words or None
    if status is HandoverStatus.SIGNED_OFF:
        handover.signed_off_at = now
    session.flush()
    record(session, f"handover.{status.value}", handover, by=by, now=now, because=because.value)


def settle(session: Session, handover: Handover, *, by: int | None, now: datetime) -> None:
    """As far as signatures, visits and courses lead; then whoever has to say yes next is asked."""
    session.flush()
    facts = facts_of(session, [handover], hong_kong_date(now))[handover.id]
    while (reached := next_move(handover, facts)) is not None:
        move(session, handover, *reached, by=by, now=now)
        for party, news in NEWS.get(handover.status, ()):
            tell(session, handover, party, news, now=now)
        if handover.status is HandoverStatus.CLOSED:
            _pass_held_duty(session, handover, by=by, now=now)
    _ask(session, handover, facts, now=now)


def next_move(handover: Handover, facts: Facts) -> Reached | None:
    """Where these facts lead from where the handover stands, None when they lead no further."""
    signed = facts.has_signed
    match handover.status:
        case HandoverStatus.PROPOSED if signed(Party.SENIOR, SignedFor.BEGINNING):
            return HandoverStatus.SENIOR_AGREED, HandoverBecause.SENIOR_SAID_YES
        case HandoverStatus.PROPOSED if not facts.is_senior_here:
            return HandoverStatus.SENIOR_AGREED, HandoverBecause.SENIOR_CANNOT
        case HandoverStatus.SENIOR_AGREED if handover.successor_id and signed(
            Party.SUCCESSOR, SignedFor.BEGINNING
        ):
            return HandoverStatus.SUCCESSOR_AGREED, HandoverBecause.SUCCESSOR_SAID_YES
        case HandoverStatus.SUCCESSOR_AGREED if facts.needs_course:
            return HandoverStatus.COURSE, HandoverBecause.COURSE_FIRST
        case HandoverStatus.COURSE if not facts.needs_course:
            return HandoverStatus.SUCCESSOR_AGREED, HandoverBecause.COURSE_DONE
        case HandoverStatus.SUCCESSOR_AGREED if not facts.has_client:
            return HandoverStatus.CARER_AGREED, HandoverBecause.NOTHING_TO_VISIT
        case HandoverStatus.SUCCESSOR_AGREED if facts.carer_consents:
            return HandoverStatus.SHADOWING, HandoverBecause.CARER_SAID_YES
        case HandoverStatus.SHADOWING if facts.shadows >= handover.shadows_wanted or not facts.is_senior_here:
            return HandoverStatus.LEADING, HandoverBecause.VISITS_DONE
        case HandoverStatus.LEADING if next_step(handover, facts) is NextStep.CARERS_YES and signed(
            Party.CARER, SignedFor.CHANGE
        ):
            return HandoverStatus.CARER_AGREED, HandoverBecause.CARER_SAID_YES
        case HandoverStatus.CARER_AGREED if not facts.open_items and (
            signed(Party.SENIOR, SignedFor.CHANGE) and signed(Party.SUCCESSOR, SignedFor.CHANGE)
        ):
            return HandoverStatus.SIGNED_OFF, HandoverBecause.ALL_SIGNED
        case HandoverStatus.ADVISING if facts.alone >= handover.alone_wanted or not facts.has_client:
            return HandoverStatus.CLOSED, HandoverBecause.WENT_WELL
        case _:
            return None


def _pass_held_duty(session: Session, handover: Handover, *, by: int | None, now: datetime) -> None:
    """A role is the successor's from now on; what somebody knows, both know."""
    held, entered_by = handover.held_duty, by or handover.made_by_id
    if held is None or handover.successor_id is None:
        return
    note_held_duty(
        session,
        handover.successor_id,
        held.kind,
        held.words,
        since=hong_kong_date(now),
        by=entered_by,
        now=now,
    )
    if held.kind is DutyKind.ROLE and held.ended_at is None:
        end_held_duty(session, held.id, by=entered_by, now=now)


def _ask(session: Session, handover: Handover, facts: Facts, *, now: datetime) -> None:
    """Whoever has to say yes next is asked, once for each time the handover gets there."""
    asked = {
        NextStep.SENIORS_WORD: (Party.SENIOR, News.SENIOR_ASKED),
        NextStep.SUCCESSORS_WORD: (Party.SUCCESSOR, News.SUCCESSOR_ASKED),
        NextStep.CARERS_CONSENT: (Party.CARER, News.CARER_ASKED),
        NextStep.CARERS_YES: (Party.CARER, News.CARER_ASKED_AGAIN),
    }.get(next_step(handover, facts))
    if asked is not None and not (asked[0] is Party.CARER and handover.carer_declined_at):
        tell(session, handover, *asked, now=now)

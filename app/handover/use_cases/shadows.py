"""Going along: proposed by the night or a coordinator, arranged by a coordinator, told of by both."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest
from app.care_requests.use_cases.recipients import note_visited
from app.handover.errors import NobodyToGoWith, NotYet, ToldAlready
from app.handover.models import (
    TOGETHER,
    Handover,
    HandoverStatus,
    Party,
    ShadowReport,
    ShadowStatus,
    ShadowVisit,
    SignedHow,
)
from app.handover.queries.shadows import is_over, report_by, senior_goes
from app.handover.use_cases.settling import locked, locked_live, settle
from app.handover.use_cases.telling import News, tell
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date
from app.visits.models import Visit, Went
from app.visits.use_cases.seats import refused_by

LOOKED_BACK_ON = timedelta(days=30)


@dataclass(frozen=True)
class Along:
    """A visit of a senior, and who would go along."""

    handover_id: int
    successor_id: int
    occurrence_id: int
    on_date: date
    from_slot: int
    to_slot: int


def propose_shadows(
    session: Session, found: Collection[Along], *, run_id: int | None, now: datetime
) -> list[ShadowVisit]:
    """A night's proposals take the place of the last one's; what is arranged stays. Done twice, it changes nothing."""
    undecided = session.scalars(select(ShadowVisit).where(ShadowVisit.status == ShadowStatus.PROPOSED)).all()
    still = {(row.occurrence_id, row.successor_id) for row in undecided}
    wanted = {(each.occurrence_id, each.successor_id) for each in found}
    for row in undecided:
        if (row.occurrence_id, row.successor_id) not in wanted:
            row.status, row.ended_at = ShadowStatus.CANCELLED, now
    session.flush()
    rows = session.execute(
        select(ShadowVisit.occurrence_id, ShadowVisit.successor_id).where(
            ShadowVisit.status != ShadowStatus.CANCELLED
        )
    )
    taken = {(row.occurrence_id, row.successor_id) for row in rows}
    made = []
    for each in found:
        key = (each.occurrence_id, each.successor_id)
        handover = session.get(Handover, each.handover_id)
        if key in still or key in taken or handover is None or handover.status not in TOGETHER:
            continue
        made.append(_make(session, handover, each, run_id=run_id, now=now))
    return made


def propose_by_hand(session: Session, handover_id: int, visit_id: int, *, now: datetime) -> ShadowVisit:
    """A coordinator would have the successor go along to this visit. Raises NotFound, HandoverOver, NotYet."""
    handover = locked_live(session, handover_id)
    visit = session.get(Visit, visit_id)
    if visit is None or visit.request_id != handover.request_id:
        raise NotFound
    if handover.status not in TOGETHER or handover.successor_id is None:
        raise NotYet
    along = Along(
        handover_id,
        handover.successor_id,
        visit.occurrence_id,
        visit.on_date,
        visit.from_slot,
        visit.to_slot,
    )
    return _make(session, handover, along, run_id=None, now=now)


def arrange_shadow(session: Session, shadow_id: int, *, by: int, now: datetime) -> ShadowVisit:
    """It is arranged, and everybody concerned is told. Whether the rules allow it is the caller's to have checked.

    Raises NotFound, HandoverOver, NotYet, NobodyToGoWith when the senior does not go there, DatabaseRefused.
    """
    shadow = session.get(ShadowVisit, shadow_id)
    if shadow is None:
        raise NotFound
    handover = locked_live(session, shadow.handover_id)
    session.refresh(shadow)
    if (
        shadow.status is not ShadowStatus.PROPOSED
        or handover.status not in TOGETHER
        or shadow.successor_id != handover.successor_id
        or shadow.on_date <= hong_kong_date(now)
    ):
        raise NotYet
    if not senior_goes(session, shadow):
        raise NobodyToGoWith
    shadow.is_led = handover.status is HandoverStatus.LEADING
    shadow.status, shadow.arranged_at, shadow.arranged_by_id = ShadowStatus.ARRANGED, now, by
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise refused_by(error) from None
    record(session, "handover.visit_arranged", handover, by=by, now=now, shadow=shadow.id)
    for party in Party:
        tell(session, handover, party, News.VISIT_ARRANGED, shadow=shadow, now=now)
    return shadow


def cancel_shadow(session: Session, shadow_id: int, words: str, *, by: int, now: datetime) -> ShadowVisit:
    """Nobody goes along after all; who had been told is told. Raises NotFound, NotYet when it is over."""
    shadow = session.get(ShadowVisit, shadow_id)
    if shadow is None:
        raise NotFound
    handover = locked(session, shadow.handover_id)
    session.refresh(shadow)
    if shadow.status not in (ShadowStatus.PROPOSED, ShadowStatus.ARRANGED):
        raise NotYet
    _cancel(session, handover, shadow, words, by=by, now=now)
    return shadow


def cancel_shadows_of(
    session: Session, handover: Handover, words: str, *, by: int | None, now: datetime
) -> None:
    """Nobody goes along any more: what was proposed or arranged and is not over ends."""
    for shadow in session.scalars(
        select(ShadowVisit).where(
            ShadowVisit.handover_id == handover.id,
            ShadowVisit.status.in_((ShadowStatus.PROPOSED, ShadowStatus.ARRANGED)),
        )
    ).all():
        if not is_over(shadow, now):
            _cancel(session, handover, shadow, words, by=by, now=now)


def tell_of_visit(
    session: Session,
    shadow_id: int,
    party: Party,
    went: Went,
    words: str,
    how: SignedHow,
    *,
    by: int,
    now: datetime,
) -> ShadowReport:
    """One of the two says how a visit together was; once both have, it counts.

    Raises NotFound, NotYet before it is over or when it was not arranged, ToldAlready.
    """
    shadow = session.get(ShadowVisit, shadow_id)
    if shadow is None:
        raise NotFound
    handover = locked(session, shadow.handover_id)
    session.refresh(shadow)
    session.expire(shadow, ["reports"])
    if shadow.status not in (ShadowStatus.ARRANGED, ShadowStatus.DONE) or not is_over(shadow, now):
        raise NotYet
    if report_by(shadow, party) is not None:
        raise ToldAlready
    report = ShadowReport(
        shadow_id=shadow_id, party=party, went=went, how=how, written_at=now, written_by_id=by
    )
    report.words = words
    session.add(report)
    session.flush()
    session.expire(shadow, ["reports"])
    record(session, "handover.visit_told", handover, by=by, now=now, shadow=shadow_id, party=party.value)
    if all(report_by(shadow, each) is not None for each in (Party.SENIOR, Party.SUCCESSOR)):
        _count(session, handover, shadow, by=by, now=now)
    return report


def sweep_shadows(session: Session, *, now: datetime) -> int:
    """Arranged visits that the senior does not go to any more, or whose handover went elsewhere, end; how many."""
    today = hong_kong_date(now)
    ended = 0
    for shadow in session.scalars(
        select(ShadowVisit)
        .where(
            ShadowVisit.status.in_((ShadowStatus.PROPOSED, ShadowStatus.ARRANGED)),
            ShadowVisit.on_date >= today - LOOKED_BACK_ON,
        )
        .order_by(ShadowVisit.id)
    ).all():
        handover = locked(session, shadow.handover_id)
        session.refresh(shadow)
        if shadow.status is ShadowStatus.PROPOSED and shadow.on_date >= today:
            continue
        goes_on = handover.status in TOGETHER and shadow.successor_id == handover.successor_id
        if shadow.status is ShadowStatus.PROPOSED or not goes_on or not senior_goes(session, shadow):
            _cancel(session, handover, shadow, "", by=None, now=now)
            ended += 1
    return ended


def _make(
    session: Session, handover: Handover, along: Along, *, run_id: int | None, now: datetime
) -> ShadowVisit:
    shadow = ShadowVisit(
        handover_id=along.handover_id,
        successor_id=along.successor_id,
        occurrence_id=along.occurrence_id,
        on_date=along.on_date,
        from_slot=along.from_slot,
        to_slot=along.to_slot,
        is_led=handover.status is HandoverStatus.LEADING,
        status=ShadowStatus.PROPOSED,
        run_id=run_id,
        made_at=now,
        end_words="",
    )
    try:
        with session.begin_nested():
            session.add(shadow)
    except IntegrityError:
        raise NotYet from None
    return shadow


def _cancel(
    session: Session, handover: Handover, shadow: ShadowVisit, words: str, *, by: int | None, now: datetime
) -> None:
    was_arranged = shadow.status is ShadowStatus.ARRANGED
    shadow.status, shadow.ended_at, shadow.end_words = ShadowStatus.CANCELLED, now, words
    session.flush()
    record(session, "handover.visit_cancelled", handover, by=by, now=now, shadow=shadow.id)
    if was_arranged and not is_over(shadow, now):
        for party in (Party.SENIOR, Party.SUCCESSOR):
            tell(session, handover, party, News.VISIT_OFF, shadow=shadow, now=now)


def _count(session: Session, handover: Handover, shadow: ShadowVisit, *, by: int, now: datetime) -> None:
    """Both have told: the client knows the successor, and the handover may go on."""
    shadow.status, shadow.ended_at = ShadowStatus.DONE, now
    session.flush()
    request = session.get_one(CareRequest, shadow.occurrence.request_id)
    if request.recipient_id is not None:
        note_visited(session, request.recipient_id, shadow.successor, shadow.on_date, at_home=False, now=now)
    if handover.is_live:
        settle(session, handover, by=by, now=now)

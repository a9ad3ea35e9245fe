"""Entering, confirming and ending what keeps people safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRecipient
from app.safeguarding.errors import (
    ClearanceDateImpossible,
    ClearanceKnown,
    ClearanceNotOpen,
    OwnEntry,
    PairKnown,
    PairReasonMissing,
    VoidReasonMissing,
)
from app.safeguarding.models import Clearance, ClearanceKind, DoNotPair, FamilyTie
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.secrets import PrivateNote
from app.shared.times import hong_kong_date
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_to_change


@dataclass(frozen=True)
class ClearanceFacts:
    """A check that came out clear, as a coordinator saw it. Never its code, never an identity number."""

    kind: ClearanceKind
    seen_on: date
    valid_until: date


def enter_clearance(
    session: Session, volunteer_id: int, facts: ClearanceFacts, *, by: int, now: datetime
) -> Clearance:
    """Put a clearance on record. It counts once another coordinator has confirmed it.

    Raises NotFound, ClearanceDateImpossible, ClearanceKnown.
    """
    return enter_clearances(session, [volunteer_id], facts, by=by, now=now)[0]


def enter_clearances(
    session: Session, volunteer_ids: Sequence[int], facts: ClearanceFacts, *, by: int, now: datetime
) -> list[Clearance]:
    """As `enter_clearance` for many with the same facts, few queries, in the order of their ids."""
    volunteers = session.scalars(
        select(Volunteer).where(Volunteer.id.in_(volunteer_ids)).order_by(Volunteer.id).with_for_update()
    ).all()
    if len(volunteers) < len(set(volunteer_ids)):
        raise NotFound
    if facts.seen_on > hong_kong_date(now):
        raise ClearanceDateImpossible(field="seen_on")
    if facts.valid_until < facts.seen_on:
        raise ClearanceDateImpossible(field="valid_until")
    known = session.scalars(
        select(Clearance.id).where(
            Clearance.volunteer_id.in_(volunteer_ids),
            Clearance.kind == facts.kind,
            Clearance.seen_on == facts.seen_on,
            Clearance.voided_at.is_(None),
        )
    ).first()
    if known is not None:
        raise ClearanceKnown(field="seen_on")
    clearances = [
        Clearance(
            volunteer=volunteer,
            kind=facts.kind,
            seen_on=facts.seen_on,
            valid_until=facts.valid_until,
            entered_by_id=by,
            entered_at=now,
            void_reason="",
        )
        for volunteer in volunteers
    ]
    session.add_all(clearances)
    session.flush()
    for clearance in clearances:
        record(session, "clearance.entered", clearance.volunteer, by=by, now=now, clearance=clearance.id)
    return clearances


def confirm_clearance(session: Session, clearance_id: int, *, by: int, now: datetime) -> Clearance:
    """The second coordinator has seen it too: it counts from now on.

    Raises NotFound, OwnEntry for the coordinator who entered it, ClearanceNotOpen.
    """
    return confirm_clearances(session, [clearance_id], by=by, now=now)[0]


def confirm_clearances(
    session: Session, clearance_ids: Sequence[int], *, by: int, now: datetime
) -> list[Clearance]:
    """As `confirm_clearance` for many, few queries, in the order of their ids."""
    clearances = session.scalars(
        select(Clearance)
        .where(Clearance.id.in_(clearance_ids))
        .order_by(Clearance.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(clearances) < len(set(clearance_ids)):
        raise NotFound
    for clearance in clearances:
        if clearance.entered_by_id == by:
            raise OwnEntry
        is_over = clearance.valid_until < hong_kong_date(now)
        if clearance.confirmed_at is not None or clearance.voided_at is not None or is_over:
            raise ClearanceNotOpen
        clearance.confirmed_by_id, clearance.confirmed_at = by, now
        record(session, "clearance.confirmed", clearance.volunteer, by=by, now=now, clearance=clearance.id)
    return list(clearances)


def void_clearance(session: Session, clearance_id: int, *, reason: str, by: int, now: datetime) -> Clearance:
    """It does not count any more; kept, with the reason. Raises NotFound, ClearanceNotOpen, VoidReasonMissing."""
    clearance = _clearance_to_change(session, clearance_id)
    if not reason:
        raise VoidReasonMissing(field="reason")
    if clearance.voided_at is not None:
        raise ClearanceNotOpen
    clearance.voided_at, clearance.voided_by_id, clearance.void_reason = now, by, reason
    record(
        session,
        "clearance.voided",
        clearance.volunteer,
        by=by,
        now=now,
        clearance=clearance.id,
        reason=reason,
    )
    return clearance


def add_do_not_pair(
    session: Session, volunteer_id: int, recipient_id: int, reason: PrivateNote, *, by: int, now: datetime
) -> DoNotPair:
    """This volunteer is not sent to this person any more. Visits arranged already are for a person to look at.

    Raises NotFound, PairReasonMissing, PairKnown.
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    recipient = _recipient(session, recipient_id)
    if not reason:
        raise PairReasonMissing(field="reason")
    known = session.scalars(
        select(DoNotPair.id).where(
            DoNotPair.volunteer_id == volunteer_id,
            DoNotPair.recipient_id == recipient_id,
            DoNotPair.ended_at.is_(None),
        )
    ).first()
    if known is not None:
        raise PairKnown
    pair = DoNotPair(volunteer_id=volunteer.id, recipient_id=recipient.id, entered_by_id=by, entered_at=now)
    pair.reason = reason
    session.add(pair)
    session.flush()
    record(session, "do_not_pair.entered", volunteer, by=by, now=now, recipient=recipient.code, pair=pair.id)
    return pair


def read_do_not_pair(session: Session, pair: DoNotPair, *, by: int, now: datetime) -> PrivateNote | None:
    """Why the two must not be paired; that it was read is on record from now on."""
    record(session, "do_not_pair.seen", pair, by=by, now=now)
    return pair.reason


def end_do_not_pair(session: Session, pair_id: int, *, by: int, now: datetime) -> DoNotPair:
    """The two may be paired again; the row is kept. Raises NotFound unless it is in force."""
    pair = session.get(DoNotPair, pair_id, with_for_update=True)
    if pair is None or pair.ended_at is not None:
        raise NotFound
    pair.ended_at, pair.ended_by_id = now, by
    record(
        session,
        "do_not_pair.ended",
        pair.volunteer,
        by=by,
        now=now,
        recipient=pair.recipient.code,
        pair=pair.id,
    )
    return pair


def add_family_tie(
    session: Session, volunteer_id: int, recipient_id: int, relation: str, *, by: int, now: datetime
) -> FamilyTie:
    """The volunteer is family of this person, so does not visit them as a volunteer. Raises NotFound, PairKnown."""
    volunteer = volunteer_to_change(session, volunteer_id)
    recipient = _recipient(session, recipient_id)
    if session.get(FamilyTie, (volunteer_id, recipient_id)) is not None:
        raise PairKnown
    tie = FamilyTie(
        volunteer_id=volunteer.id,
        recipient_id=recipient.id,
        relation=relation,
        entered_by_id=by,
        entered_at=now,
    )
    session.add(tie)
    session.flush()
    record(session, "family.entered", volunteer, by=by, now=now, recipient=recipient.code)
    return tie


def end_family_tie(session: Session, volunteer_id: int, recipient_id: int, *, by: int, now: datetime) -> None:
    """The entry was a mistake: it goes, the record of it stays. Raises NotFound."""
    tie = session.get(FamilyTie, (volunteer_id, recipient_id), with_for_update=True)
    if tie is None:
        raise NotFound
    record(session, "family.ended", tie.volunteer, by=by, now=now, recipient=tie.recipient.code)
    session.delete(tie)


def restore_safeguards(session: Session, rows: Sequence[Clearance | DoNotPair | FamilyTie]) -> None:
    """Clearances, do-not-pair and family ties come back from an export of this very service, as they were."""
    session.add_all(rows)
    session.flush()


def _clearance_to_change(session: Session, clearance_id: int) -> Clearance:
    clearance = session.get(Clearance, clearance_id, with_for_update=True)
    if clearance is None:
        raise NotFound
    return clearance


def _recipient(session: Session, recipient_id: int) -> CareRecipient:
    recipient = session.get(CareRecipient, recipient_id)
    if recipient is None:
        raise NotFound
    return recipient

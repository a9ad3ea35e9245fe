"""What can be asked about clearances, do-not-pair and family ties."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from app.accounts.models import Account
from app.care_requests.models import CareRecipient
from app.safeguarding.models import Clearance, ClearanceKind, Concern, DoNotPair, FamilyTie
from app.shared.database import among
from app.volunteers.models import Volunteer, VolunteerStatus

WARNING_DAYS = (90, 30, 7)
GONE = (VolunteerStatus.RETIRED, VolunteerStatus.REMOVED)


class ClearanceInForce(NamedTuple):
    """A confirmed clearance: from the day it was seen to its last valid day."""

    volunteer_id: int
    kind: ClearanceKind
    seen_on: date
    valid_until: date


def clearances_in_force(
    session: Session, on: date, volunteer_ids: Collection[int] | None = None
) -> list[ClearanceInForce]:
    """Every confirmed clearance that holds on that day, of these volunteers or of all. One query.

    Nobody's twice of one kind: the longest one.
    """
    rows = session.execute(
        select(Clearance.volunteer_id, Clearance.kind, Clearance.seen_on, Clearance.valid_until)
        .where(
            *_counts(),
            Clearance.seen_on <= on,
            Clearance.valid_until >= on,
            true() if volunteer_ids is None else among(Clearance.volunteer_id, volunteer_ids),
        )
        .order_by(Clearance.volunteer_id, Clearance.kind, Clearance.valid_until, Clearance.id)
    )
    longest = {(row.volunteer_id, row.kind): ClearanceInForce(*row) for row in rows}
    return list(longest.values())


def do_not_pair_pairs(session: Session) -> set[tuple[int, int]]:
    """(volunteer id, recipient id) of every do-not-pair in force. One query."""
    rows = session.execute(
        select(DoNotPair.volunteer_id, DoNotPair.recipient_id).where(DoNotPair.ended_at.is_(None))
    )
    return {(volunteer_id, recipient_id) for volunteer_id, recipient_id in rows}


def family_pairs(session: Session) -> set[tuple[int, int]]:
    """(volunteer id, recipient id) of everybody who is family. One query."""
    rows = session.execute(select(FamilyTie.volunteer_id, FamilyTie.recipient_id))
    return {(volunteer_id, recipient_id) for volunteer_id, recipient_id in rows}


def may_not_meet(
    volunteer_id: ColumnElement[int] | Any, recipient_id: ColumnElement[Any] | Any
) -> ColumnElement[bool]:
    """SQL that is true when a do-not-pair or a family tie stands between the two: for finding seats and proposals
    that were made before it was entered."""
    refused = exists().where(
        DoNotPair.volunteer_id == volunteer_id,
        DoNotPair.recipient_id == recipient_id,
        DoNotPair.ended_at.is_(None),
    )
    related = exists().where(FamilyTie.volunteer_id == volunteer_id, FamilyTie.recipient_id == recipient_id)
    return or_(refused, related)


def is_cleared(volunteer_id: Any, kind: Any, on: Any) -> ColumnElement[bool]:
    """SQL that is true when the volunteer has a confirmed clearance of that kind on that day."""
    return exists().where(
        Clearance.volunteer_id == volunteer_id,
        Clearance.kind == kind,
        *_counts(),
        Clearance.seen_on <= on,
        Clearance.valid_until >= on,
    )


def clearance_shown(session: Session, _account: Account, clearance_id: int) -> Clearance | None:
    """A clearance, for coordinators."""
    return session.get(Clearance, clearance_id)


def do_not_pair_shown(session: Session, _account: Account, pair_id: int) -> DoNotPair | None:
    """A do-not-pair, in force or ended, for coordinators."""
    return session.get(DoNotPair, pair_id)


def family_tie_shown(
    session: Session, _account: Account, volunteer_id: int, recipient_id: int
) -> FamilyTie | None:
    """A family tie, for coordinators."""
    return session.get(FamilyTie, (volunteer_id, recipient_id))


def clearances_waiting(session: Session, *, today: date) -> Sequence[Clearance]:
    """Entered, not confirmed, not void, not run out; the oldest first."""
    return session.scalars(
        select(Clearance)
        .join(Clearance.volunteer)
        .options(contains_eager(Clearance.volunteer))
        .where(*_waits(today))
        .order_by(Clearance.entered_at, Clearance.id)
    ).all()


def clearances_waiting_count(session: Session, *, today: date) -> int:
    """How many of them there are."""
    query = select(func.count(Clearance.id)).join(Clearance.volunteer).where(*_waits(today))
    return session.scalar(query) or 0


def _waits(today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Clearance.confirmed_at.is_(None),
        Clearance.voided_at.is_(None),
        Clearance.valid_until >= today,
        Volunteer.status.not_in(GONE),
    )


def clearances_expiring(session: Session, *, today: date, days: int) -> Sequence[Clearance]:
    """In force today and run out within so many days, with no longer one to follow; the soonest first."""
    later = aliased(Clearance)
    is_followed = exists().where(
        later.volunteer_id == Clearance.volunteer_id,
        later.kind == Clearance.kind,
        later.valid_until > Clearance.valid_until,
        later.confirmed_at.is_not(None),
        later.voided_at.is_(None),
    )
    return session.scalars(
        select(Clearance)
        .join(Clearance.volunteer)
        .options(contains_eager(Clearance.volunteer))
        .where(
            *_counts(),
            Clearance.valid_until >= today,
            Clearance.valid_until <= today + timedelta(days=days),
            ~is_followed,
            Volunteer.status.not_in(GONE),
        )
        .order_by(Clearance.valid_until, Clearance.id)
    ).all()


def clearances_of(session: Session, volunteer_id: int) -> Sequence[Clearance]:
    """Every clearance of a volunteer, the latest first."""
    return session.scalars(
        select(Clearance)
        .where(Clearance.volunteer_id == volunteer_id)
        .order_by(Clearance.valid_until.desc(), Clearance.id.desc())
    ).all()


def do_not_pair_of(
    session: Session, *, volunteer_id: int | None = None, recipient_id: int | None = None
) -> Sequence[DoNotPair]:
    """The do-not-pair rows in force of a volunteer or of a recipient."""
    column, value = _whose(DoNotPair, volunteer_id, recipient_id)
    return session.scalars(
        select(DoNotPair).where(column == value, DoNotPair.ended_at.is_(None)).order_by(DoNotPair.id)
    ).all()


def family_of(
    session: Session, *, volunteer_id: int | None = None, recipient_id: int | None = None
) -> Sequence[FamilyTie]:
    """The family ties of a volunteer or of a recipient."""
    column, value = _whose(FamilyTie, volunteer_id, recipient_id)
    return session.scalars(
        select(FamilyTie).where(column == value).order_by(FamilyTie.volunteer_id, FamilyTie.recipient_id)
    ).all()


def recipient_by_code(session: Session, code: str) -> CareRecipient | None:
    """The person cared for with this reference, however its letters were typed."""
    return session.scalars(
        select(CareRecipient).where(CareRecipient.code == code.strip().upper())
    ).one_or_none()


def _counts() -> tuple[ColumnElement[bool], ...]:
    return Clearance.confirmed_at.is_not(None), Clearance.voided_at.is_(None)


def _whose(
    model: type[DoNotPair] | type[FamilyTie], volunteer_id: int | None, recipient_id: int | None
) -> tuple[Any, int | None]:
    return (model.recipient_id, recipient_id) if volunteer_id is None else (model.volunteer_id, volunteer_id)


def concern_shown(session: Session, _account: Account, concern_id: int) -> Concern | None:
    """A concern, for safeguarding leads."""
    return session.get(Concern, concern_id)


def concerns_open(session: Session) -> Sequence[Concern]:
    """Concerns that are not closed: who waits longest past the clock first, those in hand last."""
    return session.scalars(
        select(Concern)
        .where(Concern.closed_at.is_(None))
        .order_by(Concern.taken_at.is_not(None), Concern.due_at, Concern.id)
        .options(joinedload(Concern.recipient), joinedload(Concern.taken_by))
    ).all()


def concerns_closed(session: Session, most: int) -> Sequence[Concern]:
    """The last that were closed, the newest first."""
    return session.scalars(
        select(Concern)
        .where(Concern.closed_at.is_not(None))
        .order_by(Concern.closed_at.desc())
        .limit(most)
        .options(joinedload(Concern.recipient), joinedload(Concern.closed_by))
    ).all()


def concerns_waiting_count(session: Session) -> int:
    """How many concerns nobody has taken in hand."""
    return session.scalar(select(func.count()).select_from(Concern).where(Concern.taken_at.is_(None))) or 0

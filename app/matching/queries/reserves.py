"""What can be asked of named reserves."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.matching.models import Reserve, ReserveStatus
from app.visits.models import Visit, VisitStatus


def reserves_of(session: Session, occurrence_id: int) -> Sequence[Reserve]:
    """Who waits in reserve for a needed visit, and whom a rule spoke against when they were to be asked."""
    return session.scalars(
        select(Reserve)
        .where(
            Reserve.occurrence_id == occurrence_id,
            or_(Reserve.status == ReserveStatus.WAITING, Reserve.dropped_rule.is_not(None)),
        )
        .order_by(Reserve.named_at, Reserve.id)
        .options(joinedload(Reserve.volunteer))
    ).all()


def reserve_shown(session: Session, _account: Account, reserve_id: int) -> Reserve | None:
    """A reserve, for coordinators."""
    return session.get(Reserve, reserve_id)


def visit_of(session: Session, reserve: Reserve) -> int | None:
    """The visit that stands for a reserve's occurrence."""
    return session.scalars(
        select(Visit.id).where(
            Visit.occurrence_id == reserve.occurrence_id, Visit.status != VisitStatus.CANCELLED
        )
    ).first()

"""Somebody else goes: the named reserve is asked as soon as a visit lacks somebody."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import Reserve, ReserveStatus
from app.matching.use_cases.approvals import Chosen, Patience, offer_chosen
from app.matching.use_cases.reserves import ReserveEnded, drop_reserve
from app.matching.use_cases.teams import NoLongerNeeded, NotEligible, TeamIncomplete, first_day_to_decide
from app.shared.audit import record
from app.visits.models import Offer, Visit, VisitStatus


def reserves_to_ask(session: Session, *, now: datetime) -> list[int]:
    """Reserves whose visit lacks somebody and is not before tomorrow, in the order in which they were named."""
    return list(
        session.scalars(
            select(Reserve.id)
            .join(Visit, Visit.occurrence_id == Reserve.occurrence_id)
            .where(
                Reserve.status == ReserveStatus.WAITING,
                Visit.status == VisitStatus.NEEDS_COVER,
                Visit.on_date >= first_day_to_decide(now),
            )
            .order_by(Reserve.named_at, Reserve.id)
        )
    )


def ask_reserve(session: Session, reserve_id: int, patience: Patience, *, now: datetime) -> Offer:
    """Ask the reserve, as the coordinator who named them decided; the message leaves when undo is over.

    Raises ReserveEnded, NoLongerNeeded when the visit does not lack anybody, and as `approve_proposals` when a rule
    speaks against it by now.
    """
    reserve = session.get(Reserve, reserve_id, with_for_update=True, populate_existing=True)
    if reserve is None or reserve.status is not ReserveStatus.WAITING:
        raise ReserveEnded
    visit = session.scalars(
        select(Visit).where(
            Visit.occurrence_id == reserve.occurrence_id, Visit.status == VisitStatus.NEEDS_COVER
        )
    ).one_or_none()
    if visit is None:
        raise NoLongerNeeded
    time = (visit.on_date, visit.from_slot, visit.to_slot)
    chosen = Chosen(reserve.occurrence, time, reserve.volunteer_id)
    (offer,) = offer_chosen(session, [chosen], patience, by=reserve.named_by_id, now=now)
    reserve.status, reserve.ended_at = ReserveStatus.ASKED, now
    session.flush()
    record(session, "reserve.asked", reserve.volunteer, by=None, now=now)
    return offer


def ask_or_drop_reserve(session: Session, reserve_id: int, patience: Patience, *, now: datetime) -> bool:
    """Ask the reserve; whom a rule speaks against by now is dropped, with the rule. Whether they are asked.

    Nothing when somebody else was quicker, or nobody is missing any more. Raises DatabaseRefused in a race; the next
    round finds the rule.
    """
    try:
        with session.begin_nested():
            ask_reserve(session, reserve_id, patience, now=now)
    except (ReserveEnded, NoLongerNeeded):
        return False
    except (NotEligible, TeamIncomplete) as refusal:
        drop_reserve(session, reserve_id, rule=str(refusal.facts["rule"]), by=None, now=now)
        return False
    return True

"""What worries somebody: raised by anybody, read by safeguarding leads only, with a clock that leads are told of."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.accounts.queries import accounts_with_role
from app.messages.models import Channel
from app.messages.use_cases import Message, Recipient, queue_message
from app.safeguarding.errors import ConcernNotTaken, ConcernTakenAlready
from app.safeguarding.models import Concern
from app.shared.audit import record
from app.shared.errors import NotFound

URGENT_WITHIN = timedelta(hours=1)
WITHIN = timedelta(hours=24)


def raise_concern(
    session: Session,
    words: str,
    *,
    is_urgent: bool,
    recipient_id: int | None = None,
    visit_code: str = "",
    by: int,
    now: datetime,
) -> Concern:
    """Keep what worries somebody, and tell the safeguarding leads that something waits. The audit names no author."""
    concern = Concern(
        is_urgent=is_urgent,
        recipient_id=recipient_id,
        visit_code=visit_code,
        raised_at=now,
        due_at=now + (URGENT_WITHIN if is_urgent else WITHIN),
    )
    concern.author, concern.words = str(by), words
    session.add(concern)
    session.flush()
    record(session, "concern.raised", concern, by=None, now=now, is_urgent=is_urgent)
    _tell_leads(session, concern, "concern_raised", now=now)
    return concern


def note_reading(session: Session, concern_id: int, *, by: int, now: datetime) -> None:
    """Put on record that the concern was read. Raises NotFound."""
    concern = session.get(Concern, concern_id)
    if concern is None:
        raise NotFound
    record(session, "concern.read", concern, by=by, now=now)


def see_author(session: Session, concern_id: int, *, by: int, now: datetime) -> Account:
    """Who wrote the concern, for the lead who has it in hand; on record. Raises NotFound, ConcernNotTaken."""
    concern = _locked(session, concern_id)
    if concern.taken_by_id != by:
        raise ConcernNotTaken
    record(session, "concern.author_shown", concern, by=by, now=now)
    return session.get_one(Account, int(str(concern.author)))


def take_concern(session: Session, concern_id: int, *, by: int, now: datetime) -> Concern:
    """A lead takes it in hand; the clock stops. Raises NotFound, ConcernTakenAlready."""
    concern = _locked(session, concern_id)
    if concern.taken_at is not None:
        raise ConcernTakenAlready
    concern.taken_at, concern.taken_by_id = now, by
    record(session, "concern.taken", concern, by=by, now=now)
    return concern


def close_concern(session: Session, concern_id: int, outcome: str, *, by: int, now: datetime) -> Concern:
    """What was done about it. Raises NotFound, ConcernNotTaken, ConcernTakenAlready once it is closed."""
    concern = _locked(session, concern_id)
    if concern.taken_at is None:
        raise ConcernNotTaken
    if concern.closed_at is not None:
        raise ConcernTakenAlready
    concern.closed_at, concern.closed_by_id, concern.outcome = now, by, outcome
    record(session, "concern.closed", concern, by=by, now=now)
    return concern


def tell_of_overdue_concerns(session: Session, *, now: datetime) -> int:
    """Tell the leads, once, of each concern that nobody has taken in hand in time; how many there are."""
    overdue = session.scalars(
        select(Concern).where(Concern.taken_at.is_(None), Concern.due_at <= now).order_by(Concern.id)
    ).all()
    for concern in overdue:
        _tell_leads(session, concern, "concern_overdue", now=now)
    return len(overdue)


def _tell_leads(session: Session, concern: Concern, kind: str, *, now: datetime) -> None:
    for lead in accounts_with_role(session, Role.SAFEGUARDING_LEAD):
        if lead.email is not None:
            queue_message(
                session,
                Message(
                    kind=kind,
                    recipient=Recipient(Channel.EMAIL, lead.email, lead.language, lead.id),
                    dedupe_key=f"{kind}:{concern.id}:{lead.id}",
                    may_wake=concern.is_urgent,
                ),
                now=now,
            )


def _locked(session: Session, concern_id: int) -> Concern:
    concern = session.get(Concern, concern_id, with_for_update=True, populate_existing=True)
    if concern is None:
        raise NotFound
    return concern

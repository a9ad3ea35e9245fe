"""傳承錄: what seniors would tell newcomers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Account
from app.care_requests.models import Carer, CareRecipient, KnownHelper
from app.handover.models import Memory, MemoryStatus
from app.volunteers.queries import own_volunteer


def memories_released(session: Session, most: int | None = None) -> Sequence[Memory]:
    """What everybody may read, the newest first."""
    return session.scalars(
        select(Memory)
        .where(Memory.status == MemoryStatus.RELEASED)
        .order_by(Memory.decided_at.desc(), Memory.id.desc())
        .limit(most)
    ).all()


def memories_to_decide(session: Session) -> Sequence[Memory]:
    """Every memory but those withdrawn: what waits first, then the newest."""
    return session.scalars(
        select(Memory)
        .where(Memory.status != MemoryStatus.WITHDRAWN)
        .order_by(Memory.status != MemoryStatus.WAITING, Memory.id.desc())
        .options(joinedload(Memory.volunteer))
    ).all()


def memories_of(session: Session, volunteer_id: int) -> Sequence[Memory]:
    """What somebody has written, the newest first."""
    return session.scalars(
        select(Memory).where(Memory.volunteer_id == volunteer_id).order_by(Memory.id.desc())
    ).all()


def memory_shown(session: Session, _account: Account, memory_id: int) -> Memory | None:
    """Any memory that was not withdrawn, for coordinators."""
    memory = session.get(Memory, memory_id)
    return memory if memory is not None and memory.status is not MemoryStatus.WITHDRAWN else None


def own_memory(session: Session, account: Account, volunteer_id: int, memory_id: int) -> Memory | None:
    """One's own memory that was not withdrawn."""
    memory = memory_shown(session, account, memory_id)
    if memory is None or memory.volunteer_id != volunteer_id:
        return None
    return memory if own_volunteer(session, account, volunteer_id) is not None else None


def names_they_know(session: Session, volunteer_id: int) -> set[str]:
    """How the clients a volunteer knows, and their carers, are called: what no memory may say."""
    rows = session.execute(
        select(CareRecipient.called, CareRecipient.full_name, Carer.name_zh, Carer.name_en)
        .join(KnownHelper, KnownHelper.recipient_id == CareRecipient.id)
        .join(Carer, Carer.id == CareRecipient.carer_id)
        .where(KnownHelper.volunteer_id == volunteer_id)
    )
    return {name for row in rows for name in row if name}

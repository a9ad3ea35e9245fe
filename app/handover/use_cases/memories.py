"""傳承錄: written by seniors with their consent and without anybody else's name, released by a coordinator."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from app.handover.errors import ConsentMissing, NamesSomebody, NotSenior, NotYet, WordsMissing
from app.handover.models import LEGAL_MEMORY_MOVES, Memory, MemoryStatus
from app.handover.queries.memories import names_they_know
from app.handover.queries.seniors import senior_of
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date
from app.shared.words import folded
from app.volunteers.queries import volunteer_to_change

NUMBER = re.compile(r"[0-9]{7,}")
"""A telephone number, or another number of somebody's, once spaces and hyphens are gone."""


def write_memory(
    session: Session,
    volunteer_id: int,
    words: str,
    signed_as: str,
    *,
    consents: bool,
    by: int,
    now: datetime,
) -> Memory:
    """A senior's memory, to be read by a coordinator first.

    Raises NotFound, NotSenior, WordsMissing, ConsentMissing, and NamesSomebody when it says what a client they know,
    or a carer, is called, or a number (facts: `what`).
    """
    volunteer = volunteer_to_change(session, volunteer_id)
    if senior_of(session, volunteer, hong_kong_date(now)) is None:
        raise NotSenior
    if not words or not signed_as:
        raise WordsMissing(field="signed_as" if words else "words")
    if not consents:
        raise ConsentMissing(field="consents")
    said = folded(f"{words} {signed_as}")
    for name in sorted(names_they_know(session, volunteer_id)):
        if folded(name) in said:
            raise NamesSomebody(field="words", what=name)
    number = NUMBER.search(said.replace("-", ""))
    if number is not None:
        raise NamesSomebody(field="words", what=number[0])
    memory = Memory(
        volunteer_id=volunteer_id,
        words=words,
        signed_as=signed_as,
        status=MemoryStatus.WAITING,
        written_at=now,
        written_by_id=by,
        consent_at=now,
        reason="",
    )
    session.add(memory)
    session.flush()
    record(session, "memory.written", volunteer, by=by, now=now, memory=memory.id)
    return memory


def release_memory(session: Session, memory_id: int, *, by: int, now: datetime) -> Memory:
    """Everybody may read it. Raises NotFound, NotYet."""
    return _decide(session, memory_id, MemoryStatus.RELEASED, "", by=by, now=now)


def keep_memory_back(session: Session, memory_id: int, reason: str, *, by: int, now: datetime) -> Memory:
    """Nobody reads it (any more), with the reason. Raises NotFound, NotYet, WordsMissing."""
    if not reason:
        raise WordsMissing(field="words")
    return _decide(session, memory_id, MemoryStatus.KEPT_BACK, reason, by=by, now=now)


def withdraw_memory(session: Session, memory_id: int, *, by: int, now: datetime) -> Memory:
    """The writer takes the consent back: nobody reads it any more, at once. Raises NotFound, NotYet."""
    memory = _moved(session, memory_id, MemoryStatus.WITHDRAWN)
    memory.consent_at = None
    session.flush()
    record(session, "memory.withdrawn", memory.volunteer, by=by, now=now, memory=memory.id)
    return memory


def _decide(
    session: Session, memory_id: int, status: MemoryStatus, reason: str, *, by: int, now: datetime
) -> Memory:
    memory = _moved(session, memory_id, status)
    memory.decided_at, memory.decided_by_id, memory.reason = now, by, reason
    session.flush()
    record(session, f"memory.{status.value}", memory.volunteer, by=by, now=now, memory=memory.id)
    return memory


def _moved(session: Session, memory_id: int, status: MemoryStatus) -> Memory:
    memory = session.get(Memory, memory_id, with_for_update=True, populate_existing=True)
    if memory is None:
        raise NotFound
    if status not in LEGAL_MEMORY_MOVES[memory.status]:
        raise NotYet
    memory.status = status
    return memory

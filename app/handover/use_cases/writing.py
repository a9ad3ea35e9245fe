"""What is passed on in words: the list and the notes, sealed, between the pair and the coordinators."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.handover.errors import WordsMissing
from app.handover.models import Handover, HandoverItem, HandoverNote, ItemStatus
from app.handover.queries.handovers import notes_of
from app.handover.use_cases.settling import locked_live, settle
from app.shared.audit import record
from app.shared.errors import NotFound


def write_item(
    session: Session,
    handover_id: int,
    item_id: int,
    answer: str,
    status: ItemStatus,
    *,
    by: int,
    now: datetime,
) -> HandoverItem:
    """What the senior, or a coordinator for them, writes to a line, and whether it is passed on.

    Raises NotFound, HandoverOver.
    """
    handover = locked_live(session, handover_id)
    item = session.get(HandoverItem, item_id, populate_existing=True)
    if item is None or item.handover_id != handover_id:
        raise NotFound
    item.answer, item.status = answer, status
    item.changed_at, item.changed_by_id = now, by
    session.flush()
    record(session, "handover.line_written", handover, by=by, now=now, line=item.id, status=status.value)
    settle(session, handover, by=by, now=now)
    return item


def add_item(session: Session, handover_id: int, words: str, *, by: int, now: datetime) -> HandoverItem:
    """A line of this one handover, open. Raises NotFound, HandoverOver, WordsMissing."""
    handover = locked_live(session, handover_id)
    if not words:
        raise WordsMissing(field="words")
    item = HandoverItem(
        handover_id=handover_id,
        position=len(handover.items),
        words_zh=words,
        words_en=words,
        status=ItemStatus.OPEN,
    )
    session.add(item)
    session.flush()
    record(session, "handover.line_added", handover, by=by, now=now, line=item.id)
    return item


def add_note(session: Session, handover_id: int, words: str, *, by: int, now: datetime) -> HandoverNote:
    """A note for the pair and the coordinators. Raises NotFound, HandoverOver, WordsMissing."""
    handover = locked_live(session, handover_id)
    if not words:
        raise WordsMissing(field="words")
    note = HandoverNote(handover_id=handover_id, written_at=now, written_by_id=by)
    note.words = words
    session.add(note)
    session.flush()
    record(session, "handover.note_written", handover, by=by, now=now, note=note.id)
    return note


def see_words(session: Session, handover_id: int, *, by: int, now: datetime) -> None:
    """Somebody opens the list and the notes: on record, once there is anything to read. Raises NotFound."""
    handover = session.get(Handover, handover_id)
    if handover is None:
        raise NotFound
    if notes_of(session, handover_id) or any(item.answer_box for item in handover.items):
        record(session, "handover.words_read", handover, by=by, now=now)

"""The rule who is senior, the lists by which duties are passed on, and what somebody holds beside visits."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalogue.models import SupportKind
from app.handover.errors import WordsMissing
from app.handover.models import ChecklistLine, DutyKind, HeldDuty, SeniorRule
from app.shared.audit import record
from app.shared.errors import InvalidInput, NotFound
from app.volunteers.queries import volunteer_to_change

CHECKLISTS = Path(__file__).parents[1] / "data" / "checklists.toml"


def change_senior_rule(
    session: Session,
    *,
    years: int | None,
    hours: int | None,
    kind_visits: int | None,
    by: int,
    now: datetime,
) -> SeniorRule:
    """From now on any one of these makes a senior; None: it does not count."""
    rule = session.get_one(SeniorRule, 1, with_for_update=True)
    rule.years, rule.hours, rule.kind_visits = years, hours, kind_visits
    rule.changed_at, rule.changed_by_id = now, by
    session.flush()
    record(session, "senior_rule.changed", rule, by=by, now=now, years=years, hours=hours, visits=kind_visits)
    return rule


def note_held_duty(
    session: Session,
    volunteer_id: int,
    kind: DutyKind,
    words: str,
    *,
    since: date | None = None,
    by: int,
    now: datetime,
) -> HeldDuty:
    """A role somebody holds, or what they know. Raises NotFound, WordsMissing, and InvalidInput for visits."""
    volunteer = volunteer_to_change(session, volunteer_id)
    if kind is DutyKind.VISITS:
        raise InvalidInput(field="kind")
    if not words:
        raise WordsMissing(field="words")
    held = HeldDuty(
        volunteer_id=volunteer_id, kind=kind, words=words, since=since, entered_at=now, entered_by_id=by
    )
    session.add(held)
    session.flush()
    record(session, "held_duty.noted", volunteer, by=by, now=now, duty=held.id)
    return held


def end_held_duty(session: Session, held_duty_id: int, *, by: int, now: datetime) -> HeldDuty:
    """They hold it no more; that they did is kept. Raises NotFound."""
    held = session.get(HeldDuty, held_duty_id, with_for_update=True)
    if held is None or held.ended_at is not None:
        raise NotFound
    held.ended_at, held.ended_by_id = now, by
    session.flush()
    record(session, "held_duty.ended", held.volunteer, by=by, now=now, duty=held.id)
    return held


def load_checklists(session: Session) -> int:
    """The lists of the data file, where there are no lists yet; how many lines. What staff changed stays."""
    if session.scalar(select(func.count()).select_from(ChecklistLine)):
        return 0
    kinds = set(session.scalars(select(SupportKind.code)))
    data = tomllib.loads(CHECKLISTS.read_text(encoding="utf-8"))
    lines = [line for line in data["line"] if line.get("kind") is None or line["kind"] in kinds]
    session.add_all(
        ChecklistLine(
            kind_code=line.get("kind"),
            position=position,
            words_zh=line["words_zh"],
            words_en=line["words_en"],
        )
        for position, line in enumerate(lines)
    )
    session.flush()
    return len(lines)


def write_line(
    session: Session,
    line_id: int | None,
    kind_code: str | None,
    words_zh: str,
    words_en: str,
    *,
    is_in_use: bool,
    by: int,
    now: datetime,
) -> ChecklistLine:
    """A new line of the lists, or another wording of one, for handovers that begin from now on.

    Raises NotFound, InvalidInput for a kind of support that is none, WordsMissing.
    """
    if not (words_zh and words_en):
        raise WordsMissing(field="words_zh" if not words_zh else "words_en")
    if kind_code is not None and session.get(SupportKind, kind_code) is None:
        raise InvalidInput(field="kind")
    line = session.get(ChecklistLine, line_id, with_for_update=True) if line_id is not None else None
    if line is None and line_id is not None:
        raise NotFound
    if line is None:
        last = session.scalar(select(func.max(ChecklistLine.position)))
        line = ChecklistLine(position=0 if last is None else last + 1)
        session.add(line)
    line.kind_code, line.words_zh, line.words_en, line.is_in_use = kind_code, words_zh, words_en, is_in_use
    session.flush()
    record(session, "checklist_line.written", line, by=by, now=now)
    return line

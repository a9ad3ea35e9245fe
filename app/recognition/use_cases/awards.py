"""Staff edit award schemes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.recognition.errors import LevelsImpossible, YearsTurnedRound
from app.recognition.models import AwardLevel, AwardScheme
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, NotFound

MOST_LEVELS = 12
HOURS_A_YEAR = 8784


@dataclass(frozen=True)
class AwardFacts:
    """A scheme as staff write it."""

    name_zh: str
    name_en: str
    first_year: int
    last_year: int | None
    youth_until: int | None
    levels: tuple[int, ...]


def add_award(session: Session, facts: AwardFacts, *, by: int, now: datetime) -> AwardScheme:
    """A new scheme. Raises LevelsImpossible, YearsTurnedRound."""
    scheme = AwardScheme()
    _write(scheme, facts)
    session.add(scheme)
    session.flush()
    record(session, "award.added", scheme, by=by, now=now)
    return scheme


def change_award(
    session: Session, scheme_id: int, facts: AwardFacts, *, version: int, by: int, now: datetime
) -> AwardScheme:
    """Change a scheme that was seen as of `version`. Lists are worked out anew; nothing that was printed changes.

    Raises NotFound, ChangedMeanwhile, LevelsImpossible, YearsTurnedRound.
    """
    scheme = session.get(AwardScheme, scheme_id, with_for_update=True)
    if scheme is None:
        raise NotFound
    if scheme.version != version:
        raise ChangedMeanwhile
    _write(scheme, facts)
    flag_modified(scheme, "name_zh")  # levels alone would not raise the version
    session.flush()
    record(session, "award.changed", scheme, by=by, now=now)
    return scheme


def _write(scheme: AwardScheme, facts: AwardFacts) -> None:
    if not 0 < len(facts.levels) <= MOST_LEVELS or not all(
        0 < hours <= HOURS_A_YEAR for hours in facts.levels
    ):
        raise LevelsImpossible(field="levels")
    if facts.last_year is not None and facts.last_year < facts.first_year:
        raise YearsTurnedRound(field="last_year")
    scheme.name_zh, scheme.name_en = facts.name_zh, facts.name_en
    scheme.first_year, scheme.last_year = facts.first_year, facts.last_year
    scheme.youth_until = facts.youth_until
    kept = {level.hours: level for level in scheme.levels}
    scheme.levels = [kept.get(hours) or AwardLevel(hours=hours) for hours in sorted(set(facts.levels))]

"""The one way in which a problem is written when its hash is taken: sorted keys, no spaces, nothing escaped."""

import json
from datetime import date
from functools import lru_cache
from typing import Any

from app.matching.engine.rows import Shadow, Visit, Volunteer

NO_END = 2_147_483_647
"""The ordinal of the last valid day of what has no end."""


ATOMS = frozenset({str, int, bool, float, type(None)})
"""What stands in JSON as it is: nearly everything, and looked at first."""


def record_of(row: Volunteer | Visit | Shadow) -> dict[str, Any]:
    """A row as its JSON object: dates as text, tuples as lists."""
    return {name: _plain(getattr(row, name)) for name in row.__dataclass_fields__}


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if type(value) in ATOMS:
        return value
    if isinstance(value, tuple):
        return [item if type(item) in ATOMS else _plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value


@lru_cache(maxsize=65_536)
def day_text(ordinal: int) -> str:
    """The canonical text of a day, `null` for `NO_END`."""
    return "null" if ordinal == NO_END else f'"{date.fromordinal(ordinal).isoformat()}"'


@lru_cache(maxsize=65_536)
def last_day(ordinal: int) -> date | None:
    """The day of an ordinal, None for `NO_END`."""
    return None if ordinal == NO_END else date.fromordinal(ordinal)

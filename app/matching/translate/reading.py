"""What the rows of volunteers and of visits are both read by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.matching.translate import statements
from app.shared.database import as_list

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """The part of the district a decision is about: these volunteers with all they hold, and these occurrences."""

    volunteer_ids: frozenset[int]
    occurrence_ids: frozenset[int]


@dataclass(frozen=True)
class Seat:
    """A live seat near the horizon."""

    occurrence_id: int
    volunteer_id: int
    on_date: date
    from_slot: int
    to_slot: int


def live_seats(session: Session, first_day: date, last_day: date, part: Part | None) -> list[Seat]:
    """Of everybody, or of the people and at the visits of a part."""
    values: dict[str, Any] = {"first": first_day, "last": last_day}
    if part is not None:
        values |= {"people": as_list(part.volunteer_ids), "occurrences": as_list(part.occurrence_ids)}
    return [Seat(*row) for row in session.execute(statements.seats(part is not None), values)]


def in_days(horizon: Sequence[date], part: Part | None) -> Values:
    """The values that statements about the horizon take."""
    days = {"first": horizon[0], "last": horizon[-1]}
    return days if part is None else {**days, "occurrences": as_list(part.occurrence_ids)}


def lists(
    session: Session, key: Any, value: Any, condition: ColumnElement[bool], values: Values
) -> dict[int, tuple[str, ...]]:
    """Key → sorted codes, of the rows of a link table whose owner fulfils `condition`."""
    found: dict[int, list[str]] = defaultdict(list)
    for row_key, code in session.execute(statements.links(key, value, condition), values):
        found[row_key].append(code)
    return tuples(found)


def tuples(lists: Mapping[int, list[str]]) -> dict[int, tuple[str, ...]]:
    """The lists as tuples, equal ones as one and the same."""
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    return {
        key: shared.setdefault(values, values)
        for key, values in zip(lists, map(tuple, lists.values()), strict=True)
    }

"""The rows of a problem: a volunteer, a visit, a wish to pass a duty on, with the keys of the problem file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Option = tuple[int, int, int]
"""A time: (day of the horizon, first half-hour slot, slot after the last), half open."""

AgeRange = tuple[int | None, int | None]
"""Youngest and oldest age, both included; None leaves that end open."""

Pin = tuple[str, str, int]
"""(visit id, volunteer id, index of the visit's option)."""

DAYS = 14
SLOTS_A_DAY = 48
MINUTES_A_SLOT = 30
ADULT_AGE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    """A person who offers help. `skills` and `clearances` map a kind to its last valid day (None: no end);
    `used` maps a Monday to (visits, minutes) already given in that week, pins left out."""

    id: str
    home: str
    serves: tuple[str, ...]
    age: int
    gender: str | None
    languages: tuple[str, ...]
    skills: Mapping[str, date | None]
    clearances: Mapping[str, date | None]
    experienced: bool
    new_homes: bool
    cannot: tuple[str, ...]
    free: tuple[Option, ...]
    weekly_visits: int
    weekly_minutes: int
    used: Mapping[date, tuple[int, int]]
    recent_visits: int
    household: str | None
    wishes: tuple[str, ...]
    avoids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One occurrence of a care request. `seats` is (min, max); `languages` are any-of, empty when none is asked."""

    id: str
    request: str
    recipient: str | None
    kind: str
    at_home: bool
    first_visit: bool
    area: str | None
    options: tuple[Option, ...]
    seats: tuple[int, int]
    experienced: int
    skills: tuple[str, ...]
    clearance: str | None
    languages: tuple[str, ...]
    gender: str | None
    ages: AgeRange
    demands: tuple[str, ...]
    prefers_ages: AgeRange | None
    prefers_gender: str | None
    urgent: bool
    waiting_days: int
    sequence: int | None
    continues: tuple[str, ...]
    excluded: tuple[str, ...]
    family: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shadow:
    """A senior volunteer passes a duty on: `successor` joins up to `wanted` of the senior's visits to `recipient`."""

    senior: str
    successor: str
    recipient: str
    wanted: int

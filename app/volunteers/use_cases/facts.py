"""What is known of a volunteer, group by group as the pages ask it. Codes are the catalogue's.

The same groups serve sign-up, a coordinator's entry, a file and the demonstration, and later changes.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from app.messages.models import Channel
from app.shared.secrets import Email, HealthNote, Phone, PrivateNote
from app.shared.times import SLOTS_A_DAY
from app.volunteers.models import PARTS_OF_THE_WEEK, Gender

FreeSlots = tuple[int, int, int]
"""Weekday (0 Monday), from_slot, to_slot."""


@dataclass(frozen=True)
class WhoFacts:
    """Who somebody is. At least one name; never an identity number."""

    birth_year: int
    name_zh: str = ""
    name_en: str = ""
    birth_month: int | None = None
    gender: Gender | None = None


@dataclass(frozen=True)
class ReachFacts:
    """How somebody is reached. `phone` in E.164 form; several people may share one."""

    reached_by: Channel
    phone: Phone | None = None
    email: Email | None = None
    language: str = "zh_Hant_HK"

    @property
    def is_complete(self) -> bool:
        """What `reached_by` needs is there."""
        return bool(self.email if self.reached_by == Channel.EMAIL else self.phone)


@dataclass(frozen=True)
class PlaceFacts:
    """Where somebody lives and will go; `serves_all_areas` makes `areas` unnecessary."""

    home_area: str
    areas: frozenset[str] = frozenset()
    serves_all_areas: bool = False


@dataclass(frozen=True)
class AbilityFacts:
    """What somebody can do, cannot do, and speaks. `skills` map a code to its last valid day (None: no end)."""

    languages: frozenset[str] = frozenset()
    skills: dict[str, date | None] = field(default_factory=dict)
    inabilities: frozenset[str] = frozenset()
    wishes: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TimeFacts:
    """When somebody is free in a usual week, and how much they want to give."""

    free: tuple[FreeSlots, ...] = ()
    weekly_visit_limit: int = 2
    weekly_minutes_limit: int = 360
    new_homes: bool = True


@dataclass(frozen=True)
class AwayFacts:
    """Periods away: first and last day, both inclusive."""

    periods: tuple[tuple[date, date], ...] = ()


Section = WhoFacts | ReachFacts | PlaceFacts | AbilityFacts | TimeFacts | AwayFacts


@dataclass(frozen=True)
class VolunteerFacts:
    """Everything the form has, and what an earlier register knows besides."""

    who: WhoFacts
    reach: ReachFacts
    place: PlaceFacts
    abilities: AbilityFacts = AbilityFacts()
    times: TimeFacts = TimeFacts()
    away: AwayFacts = AwayFacts()
    health_note: HealthNote | None = None
    note: PrivateNote | None = None
    code: str | None = None
    """Kept when it comes back from an export; else a new one is made."""
    outside_code: str = ""
    confirmed_hours_before: float = 0.0
    volunteer_since: date | None = None
    consent_at: datetime | None = None
    account_id: int | None = None


def free_slots(
    parts: list[str] | tuple[str, ...], exact: list[FreeSlots] | tuple[FreeSlots, ...] = ()
) -> tuple[FreeSlots, ...]:
    """Usual parts of the week and exact times as one list: sorted, nothing twice, what touches joined."""
    taken: dict[int, set[int]] = {}
    for part in (PARTS_OF_THE_WEEK[name] for name in parts):
        for weekday in part.weekdays:
            taken.setdefault(weekday, set()).update(range(part.from_slot, part.to_slot))
    for weekday, from_slot, to_slot in exact:
        taken.setdefault(weekday, set()).update(range(from_slot, to_slot))
    return tuple(
        (weekday, from_slot, to_slot)
        for weekday in sorted(taken)
        for from_slot, to_slot in _stretches(taken[weekday])
    )


def usual_and_exact(free: list[FreeSlots] | tuple[FreeSlots, ...]) -> tuple[list[str], list[FreeSlots]]:
    """The way back from `free_slots`: the usual parts that are wholly free, and the exact times besides."""
    left: dict[int, set[int]] = {weekday: set() for weekday in range(7)}
    for weekday, from_slot, to_slot in free:
        left[weekday].update(range(from_slot, to_slot))
    usual = [
        name
        for name, part in PARTS_OF_THE_WEEK.items()
        if all(left[weekday].issuperset(range(part.from_slot, part.to_slot)) for weekday in part.weekdays)
    ]
    for part in (PARTS_OF_THE_WEEK[name] for name in usual):
        for weekday in part.weekdays:
            left[weekday].difference_update(range(part.from_slot, part.to_slot))
    exact = [
        (weekday, from_slot, to_slot)
        for weekday in range(7)
        for from_slot, to_slot in _stretches(left[weekday])
    ]
    return usual, exact


def _stretches(slots: set[int]) -> list[tuple[int, int]]:
    edges = [slot for slot in range(SLOTS_A_DAY + 1) if (slot in slots) != (slot - 1 in slots)]
    return list(zip(edges[::2], edges[1::2], strict=True))

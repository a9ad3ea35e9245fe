"""Moments, Hong Kong dates and half-hour slots.

A moment is an aware datetime in UTC. A Hong Kong date is a plain `date`. A slot is a half hour of a Hong Kong
day, 0 (00:00) to 48 (24:00); a piece of time is [from_slot, to_slot). Hong Kong keeps no daylight saving.
"""

from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
SLOTS_A_DAY = 48
SLOT_MINUTES = 30
MORNING = (18, 26)
AFTERNOON = (28, 36)
EVENING = (36, 43)
"""What people mean by the parts of a day, in slots: 09:00-13:00, 14:00-18:00, 18:00-21:30."""


def utc_now() -> datetime:
    """The present moment. Only the outermost callers (pages, commands, jobs) ask the clock."""
    return datetime.now(UTC)


def hong_kong_date(moment: datetime) -> date:
    """The date on a Hong Kong calendar at `moment` (aware)."""
    return moment.astimezone(HONG_KONG).date()


def hong_kong_moment(day: date, at: time) -> datetime:
    """The moment, in UTC, at which a Hong Kong clock shows `at` on `day`."""
    return datetime.combine(day, at, HONG_KONG).astimezone(UTC)


def slot_moment(day: date, slot: int) -> datetime:
    """The moment, in UTC, at which `slot` (0..48) of the Hong Kong day begins."""
    return hong_kong_moment(day, time()) + timedelta(minutes=SLOT_MINUTES * slot)


def slot_clock(slot: int) -> str:
    """`19` is "09:30"; `48` is "24:00"."""
    return f"{slot // 2:02d}:{slot % 2 * SLOT_MINUTES:02d}"


def slot_at(clock: str) -> int:
    """The slot that begins at "HH:MM". Raises ValueError unless it is a half hour within a day."""
    hours, _, minutes = clock.partition(":")
    slot = int(hours) * 2 + int(minutes) // SLOT_MINUTES
    if minutes not in ("00", "30") or not 0 <= slot <= SLOTS_A_DAY:
        raise ValueError(clock)
    return slot


def monday_of(day: date) -> date:
    """The Monday of the calendar week (Monday to Sunday) that holds `day`."""
    return day - timedelta(days=day.weekday())


def age_bounds(birth_year: int, birth_month: int | None, on: date) -> tuple[int, int]:
    """The youngest and the oldest age, in whole years, a person born then can have on `on`.

    With the month of birth known the two differ only in that very month (DOMAIN: assume the younger age for a
    minimum, the older for a maximum).
    """
    oldest = on.year - birth_year
    if birth_month is None:
        return (oldest - 1, oldest)
    if birth_month < on.month:
        return (oldest, oldest)
    if birth_month > on.month:
        return (oldest - 1, oldest - 1)
    return (oldest - 1, oldest)


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the month's last when it has no such day; never beyond the last date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_valid_day(begins_on: date, months: int) -> date:
    """The last day of so many months that begin on `begins_on`."""
    return add_months(begins_on, months) - timedelta(days=1)

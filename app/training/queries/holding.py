"""From evidence to what somebody holds on a day. Pure: no tables, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.shared.times import add_months, last_valid_day


class Source(StrEnum):
    """Why somebody holds a qualification."""

    COURSE = "by_course"
    RENEWAL = "by_renewal"
    CERTIFICATE = "by_certificate"
    ASSESSMENT = "by_assessment"
    EARLIER = "by_earlier_record"
    OWN_WORD = "by_own_word"
    """Only where no proof is needed."""


@dataclass(frozen=True)
class Period:
    """A qualification held from a day to another, both inclusive (None: no end), and why."""

    skill_code: str
    from_day: date
    last_day: date | None
    source: Source
    evidence_id: int | None = None
    """Of the proof or the enrolment."""

    def covers(self, on: date) -> bool:
        return self.from_day <= on and (self.last_day is None or on <= self.last_day)


@dataclass(frozen=True)
class Renewal:
    """A course that prolongs a qualification, completed on a day.

    `months`: so long it holds then (None: for good). `window_months`: only so long before the end it may be renewed,
    and the new time begins where the old ends; None: at any time, and the new time begins on the day itself.
    """

    skill_code: str
    on: date
    months: int | None
    window_months: int | None
    evidence_id: int | None = None


def all_periods(periods: Iterable[Period], renewals: Iterable[Renewal]) -> list[Period]:
    """Every period of one person, those that renewals have made among them.

    A renewal needs something to renew on its day: what has run out by then is learned again, not renewed. One taken
    before its window opens makes nothing longer.
    """
    found = list(periods)
    for renewal in sorted(renewals, key=lambda each: each.on):
        held = held_on((row for row in found if row.skill_code == renewal.skill_code), renewal.on)
        current = held.get(renewal.skill_code)
        if current is None or current.last_day is None:
            continue
        begins = renewal.on
        if renewal.window_months is not None:
            begins = current.last_day + timedelta(days=1)
            if renewal.on < add_months(begins, -renewal.window_months):
                continue
        last_day = None if renewal.months is None else last_valid_day(begins, renewal.months)
        found.append(Period(renewal.skill_code, renewal.on, last_day, Source.RENEWAL, renewal.evidence_id))
    return found


def held_on(periods: Iterable[Period], on: date) -> dict[str, Period]:
    """Of each qualification held on that day, the period that lasts longest."""
    held: dict[str, Period] = {}
    for period in periods:
        if not period.covers(on):
            continue
        known = held.get(period.skill_code)
        if known is None or _end(period) > _end(known):
            held[period.skill_code] = period
    return held


def _end(period: Period) -> date:
    return period.last_day or date.max

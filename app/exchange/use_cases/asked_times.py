"""From the days and hours a carer wrote to the windows of a request: or the question that has to be settled first."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.care_requests.models import Rhythm
from app.care_requests.use_cases.facts import MOST_WINDOWS, WindowFacts
from app.catalogue.understanding.answers import Question
from app.catalogue.understanding.clock import Hours
from app.catalogue.understanding.when import Times, When, next_days, times_written
from app.exchange.use_cases.plans import RowFact

DATES_OFFERED = 3
SLOTS_AN_HOUR = 2


@dataclass(frozen=True)
class AskedTimes:
    """When help is asked for."""

    rhythm: Rhythm
    windows: tuple[WindowFacts, ...]
    starts_on: date | None = None
    some_starts_only: bool = False
    """A part of a day holds more beginnings than a request may name; these are some of them."""


@dataclass(frozen=True)
class Doubt:
    """What is to be settled, in which column, and texts for that cell that would settle it."""

    column: str
    question: Question | RowFact
    choices: tuple[str, ...] = ()


def asked_times(
    times: Times, *, weekly: bool | None, is_weekly_settled: bool, usual_slots: int, today: date
) -> AskedTimes | list[Doubt]:
    """The rhythm and windows of a request, or everything that has to be settled before they can be said.

    `weekly` is what the column 每星期 says; where it contradicts the times, that is a question until a person has
    settled that column. A missing length is asked for, `usual_slots` (the kind's) being the first choice.
    """
    doubts = [*_doubts_about_days(times), *_doubts_about_hours(times, usual_slots)]
    is_dated = any(when.dates for when in times.whens)
    if not is_weekly_settled and _is_rhythm_open(times, weekly, is_dated=is_dated):
        doubts.append(Doubt("weekly", RowFact.WEEKLY_OR_ONCE, ("是", "否")))
    if doubts:
        return doubts
    if is_dated:
        asked = _weekly_from(times, today) if weekly else _dated(times, today)
    elif weekly is False:
        asked = Doubt("times", RowFact.WHICH_DATE, _dates_to_choose(times, today))
    else:
        asked = _weekly(times)
    return [asked] if isinstance(asked, Doubt) else asked


def _is_rhythm_open(times: Times, weekly: bool | None, *, is_dated: bool) -> bool:
    """Whether it is not said, or said in two ways, that the help is wanted every week."""
    if is_dated:
        return bool(weekly)
    return weekly is None if not times.says_weekly else weekly is False


def _doubts_about_days(times: Times) -> list[Doubt]:
    if any(not when.dates and not when.weekdays for when in times.whens):
        return [Doubt("times", Question.DAY_MISSING)]
    if len({bool(when.dates) for when in times.whens}) > 1:
        return [Doubt("times", Question.NOT_UNDERSTOOD)]
    if times.names_a_group and not times.is_any_of:
        choices = (replace(times, is_any_of=True), replace(times, says_weekly=True))
        return [Doubt("times", RowFact.EACH_OR_ANY, tuple(map(times_written, choices)))]
    return []


def _doubts_about_hours(times: Times, usual_slots: int) -> list[Doubt]:
    hours = [(when, part) for when in times.whens for part in when.hours]
    if any(not when.hours for when in times.whens):
        return [Doubt("times", Question.TIME_MISSING)]
    if any(part.to_slot is None or (part.is_part and when.length_slots is None) for when, part in hours):
        return [Doubt("times", Question.LENGTH_MISSING, _with_lengths(times, usual_slots))]
    if _has_parts(times) and not times.is_any_of and _spans(times) > 1:
        return [Doubt("times", RowFact.EXACT_TIME_NEEDED)]
    return []


def _weekly(times: Times) -> AskedTimes:
    windows, some_starts_only = _windows(times)
    is_any_of = len(windows) > 1 and (times.is_any_of or _has_parts(times))
    return AskedTimes(
        Rhythm.WEEKLY_ANY_OF if is_any_of else Rhythm.WEEKLY, windows, some_starts_only=some_starts_only
    )


def _weekly_from(times: Times, today: date) -> AskedTimes | Doubt:
    """A date with 每星期: every week on that weekday, from that day on."""
    first = min(day for when in times.whens for day in when.dates)
    if first < today:
        return Doubt("times", RowFact.IN_THE_PAST)
    whens = tuple(
        replace(when, dates=(), weekdays=tuple(sorted({day.weekday() for day in when.dates})))
        for when in times.whens
    )
    return replace(_weekly(replace(times, whens=whens)), starts_on=first)


def _dated(times: Times, today: date) -> AskedTimes | Doubt:
    windows, some_starts_only = _windows(times)
    if any(window.on_date is not None and window.on_date < today for window in windows):
        return Doubt("times", RowFact.IN_THE_PAST)
    if len(windows) == 1:
        return AskedTimes(Rhythm.ONCE, windows)
    if times.is_any_of or _has_parts(times):
        return AskedTimes(Rhythm.ANY_OF, windows, some_starts_only=some_starts_only)
    return Doubt("times", RowFact.EACH_OR_ANY, (times_written(replace(times, is_any_of=True)),))


def _windows(times: Times) -> tuple[tuple[WindowFacts, ...], bool]:
    """Every window, and whether some beginnings within a part of a day were left out to keep to the limit."""
    most = max(1, MOST_WINDOWS // _spans(times))
    windows: list[WindowFacts] = []
    is_cut = False
    for when in times.whens:
        for hours in when.hours:
            starts = _starts(hours, when.length_slots)
            chosen = starts[:: -(-len(starts) // most)]
            is_cut = is_cut or chosen != starts
            length = when.length_slots or (hours.to_slot or 0) - hours.from_slot
            for start in chosen:
                windows.extend(WindowFacts(start, start + length, on_date=day) for day in when.dates)
                windows.extend(
                    WindowFacts(start, start + length, weekday=weekday) for weekday in when.weekdays
                )
    ordered = sorted(
        windows, key=lambda window: (window.on_date or date.min, window.weekday or 0, window.from_slot)
    )
    return tuple(ordered[:MOST_WINDOWS]), is_cut or len(ordered) > MOST_WINDOWS


def _starts(hours: Hours, length: int | None) -> list[int]:
    """Where a visit can begin: within a part of a day at every full hour from its beginning."""
    if not hours.is_part or hours.to_slot is None or length is None:
        return [hours.from_slot]
    return list(range(hours.from_slot, hours.to_slot - length + 1, SLOTS_AN_HOUR))


def _with_lengths(times: Times, usual_slots: int) -> tuple[str, ...]:
    """The times with the kind's usual length, and with an hour and two hours."""
    choices = []
    for slots in dict.fromkeys((usual_slots, 2, 4)):
        whens = [_lasting(when, slots) for when in times.whens]
        if None not in whens:
            choices.append(times_written(replace(times, whens=tuple(filter(None, whens)))))
    return tuple(choices)


def _lasting(when: When, slots: int) -> When | None:
    if any(hours.is_part and (hours.to_slot or 0) - hours.from_slot < slots for hours in when.hours):
        return None
    if any(hours.to_slot is None and hours.from_slot + slots > 48 for hours in when.hours):
        return None
    hours = tuple(
        Hours(part.from_slot, part.from_slot + slots) if part.to_slot is None else part for part in when.hours
    )
    return replace(when, hours=hours, length_slots=slots if any(part.is_part for part in hours) else None)


def _dates_to_choose(times: Times, today: date) -> tuple[str, ...]:
    """The next days on which it could be: each a choice of its own, or with 或 one list to choose from."""
    if times.is_any_of or len(times.whens) > 1:
        weeks = [
            tuple(
                replace(when, weekdays=(), dates=_in_week(when.weekdays, today, week)) for when in times.whens
            )
            for week in range(DATES_OFFERED)
        ]
        return tuple(
            times_written(Times(whens, is_any_of=True))
            for whens in weeks
            if all(when.dates for when in whens)
        )
    when = times.whens[0]
    days = next_days(when.weekdays, today, DATES_OFFERED)
    return tuple(times_written(Times((replace(when, weekdays=(), dates=(day,)),))) for day in days)


def _in_week(weekdays: tuple[int, ...], today: date, week: int) -> tuple[date, ...]:
    """These weekdays in the calendar week so many weeks on, without what is over."""
    monday = today + timedelta(days=7 * week - today.weekday())
    return tuple(day for day in (monday + timedelta(days=number) for number in weekdays) if day > today)


def _has_parts(times: Times) -> bool:
    return any(hours.is_part for when in times.whens for hours in when.hours)


def _spans(times: Times) -> int:
    """On how many days, times how many spells of hours a day, the help could be."""
    return sum((len(when.dates) + len(when.weekdays)) * len(when.hours) for when in times.whens)

"""What the catalogue's statuses are called, what is asked about a cell, and times said in words."""

from datetime import date

from babel.dates import format_date, get_day_names
from flask_babel import get_locale, gettext, lazy_gettext

from app.catalogue.models import District, ServiceArea, WeatherClass
from app.catalogue.understanding.answers import Question, Remark
from app.catalogue.understanding.clock import WHOLE_DAY, Hours
from app.catalogue.understanding.when import EVERY_DAY, WEEKEND, WORKING_DAYS, FreePiece, Times, When
from app.shared.times import AFTERNOON, EVENING, MORNING, SLOT_MINUTES, slot_clock
from app.web.words import Words

WORDS: Words = {
    District.TSUEN_WAN: lazy_gettext("Tsuen Wan"),
    District.KWAI_TSING: lazy_gettext("Kwai Tsing"),
    ServiceArea.CARERS: lazy_gettext("Carers"),
    ServiceArea.OLDER_PEOPLE: lazy_gettext("Older people"),
    ServiceArea.REHABILITATION: lazy_gettext("Rehabilitation"),
    ServiceArea.FAMILY_AND_CHILD: lazy_gettext("Family and child"),
    ServiceArea.YOUTH: lazy_gettext("Youth"),
    ServiceArea.ALL: lazy_gettext("Everybody"),
    WeatherClass.INDOOR: lazy_gettext("Indoors"),
    WeatherClass.OUTDOOR: lazy_gettext("Outdoors"),
    WeatherClass.REMOTE: lazy_gettext("By telephone"),
    Question.NOT_UNDERSTOOD: lazy_gettext("We do not understand this. Please write it another way."),
    Question.MISSING: lazy_gettext("Nothing is written here."),
    Question.UNKNOWN_NAME: lazy_gettext("This name is not in our lists."),
    Question.SEVERAL_AREAS: lazy_gettext("Which of these areas is meant?"),
    Question.SEVERAL_KINDS: lazy_gettext("More than one kind of help is written here. Which one is it?"),
    Question.NOT_A_DATE: lazy_gettext("This is not a date we can read."),
    Question.WHICH_YEAR: lazy_gettext("Which year is meant?"),
    Question.IMPOSSIBLE_YEAR: lazy_gettext("Nobody can be born in this year."),
    Question.AM_OR_PM: lazy_gettext("Morning or afternoon?"),
    Question.ENDS_BEFORE_IT_BEGINS: lazy_gettext("The end comes before the beginning."),
    Question.NOT_HALF_HOURS: lazy_gettext("Times are whole or half hours."),
    Question.LENGTH_MISSING: lazy_gettext("How long does it take?"),
    Question.TIME_MISSING: lazy_gettext("At what time of the day?"),
    Question.DAY_MISSING: lazy_gettext("On which day?"),
    Question.DATE_AND_WEEKDAY_DIFFER: lazy_gettext("The date does not fall on this day of the week."),
    Question.AS_SOON_AS_POSSIBLE: lazy_gettext("As soon as possible: on which days and at what times?"),
    Remark.DAY_THEN_MONTH: lazy_gettext("The day is read before the month."),
    Remark.YEAR_INFERRED: lazy_gettext("No year is written; the next such day is taken."),
    Remark.DAY_NOT_GIVEN: lazy_gettext("Only the month is written; the first day of it is taken."),
    Remark.DAY_OF_BIRTH_LEFT_OUT: lazy_gettext("The day of birth is left out; it is not needed."),
    Remark.APPROXIMATE: lazy_gettext("About so much, as it is written."),
}


def times_said(times: Times) -> str:
    """Times in the reader's language: 逢星期二 14:00–16:00."""
    said = (_or() if times.is_any_of else _and()).join(
        _when_said(when, times.is_any_of) for when in times.whens
    )
    return gettext("Every week: %(times)s", times=said) if times.says_weekly else said


def free_said(pieces: tuple[FreePiece, ...]) -> list[str]:
    """Free times of a week, one line for all days with the same hours."""
    by_hours: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for weekday in EVERY_DAY:
        hours = tuple((start, end) for day, start, end in pieces if day == weekday)
        if hours:
            by_hours.setdefault(hours, []).append(weekday)
    return [
        f"{_weekdays_said(tuple(days), _and())} {_and().join(_span(*span) for span in hours)}"
        for hours, days in by_hours.items()
    ]


def date_said(day: date) -> str:
    """A date with its day of the week, in the reader's language."""
    locale = get_locale()
    form = "EEE, d MMM y" if str(locale) == "en" else "y年M月d日(EEEEE)"
    return format_date(day, form, locale=locale)


def _when_said(when: When, is_any_of: bool) -> str:
    joined = _or() if is_any_of else _and()
    days = joined.join(map(date_said, when.dates)) if when.dates else _weekdays_said(when.weekdays, joined)
    words = [days, _and().join(map(_hours_said, when.hours))]
    if when.length_slots is not None:
        words.append(gettext("%(hours)s hours", hours=f"{when.length_slots * SLOT_MINUTES / 60:g}"))
    return " ".join(filter(None, words))


def _weekdays_said(weekdays: tuple[int, ...], joined: str) -> str:
    if weekdays == EVERY_DAY:
        return gettext("every day")
    if weekdays == WORKING_DAYS:
        return gettext("Monday to Friday")
    if weekdays == WEEKEND:
        return gettext("Saturday and Sunday")
    names = get_day_names("abbreviated" if str(get_locale()) == "en" else "wide", locale=get_locale())
    return joined.join(str(names[weekday]) for weekday in weekdays)


def _hours_said(hours: Hours) -> str:
    span = (hours.from_slot, hours.to_slot)
    if hours.to_slot is None:
        return gettext("from %(time)s", time=slot_clock(hours.from_slot))
    if hours.is_part and span == MORNING:
        return gettext("in the morning")
    if hours.is_part and span == AFTERNOON:
        return gettext("in the afternoon")
    if hours.is_part and span == EVENING:
        return gettext("in the evening")
    if hours.is_part and span == WHOLE_DAY:
        return gettext("during the day")
    return _span(hours.from_slot, hours.to_slot)


def _span(start: int, end: int) -> str:
    return f"{slot_clock(start)}–{slot_clock(end)}"


def _and() -> str:
    return gettext(", ")


def _or() -> str:
    return gettext(" or ")

"""What the catalogue's statuses are called, what is asked about a cell, and times said in words."""

from datetime import date

from flask_babel import gettext, lazy_gettext

from app.catalogue.models import District, ServiceArea, WeatherClass
from app.catalogue.queries import holiday_on
from app.catalogue.understanding.answers import Question, Remark
from app.catalogue.understanding.clock import WHOLE_DAY, Hours
from app.catalogue.understanding.when import EVERY_DAY, WEEKEND, WORKING_DAYS, FreePiece, Times, When
from app.shared.times import AFTERNOON, EVENING, MORNING, SLOT_MINUTES
from app.web.dates import clock, day, span, weekday
from app.web.words import Words, name_of

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
    "catalogue.skill_changed": lazy_gettext("It was changed whether a skill needs proof"),
    "catalogue.kind_changed": lazy_gettext("A kind of support was changed."),
    "catalogue.travel_changed": lazy_gettext("A travel time was changed."),
}


def holiday_said(on: date) -> str:
    """The holiday's name in the reader's language, "" for any other day."""
    holiday = holiday_on(on)
    return "" if holiday is None else name_of(holiday)


def times_said(times: Times) -> str:
    """Times in the reader's language: 每星期：星期二 下午2時至4時."""
    said = (_or() if times.is_any_of else _and()).join(
        _when_said(when, times.is_any_of) for when in times.whens
    )
    return gettext("Every week: %(times)s", times=said) if times.says_weekly else said


def free_said(pieces: tuple[FreePiece, ...]) -> list[str]:
    """Free times of a week, one line for all days with the same hours."""
    by_hours: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for number in EVERY_DAY:
        hours = tuple((start, end) for day_number, start, end in pieces if day_number == number)
        if hours:
            by_hours.setdefault(hours, []).append(number)
    return [
        f"{_weekdays_said(tuple(days), _and())} {_and().join(span(*piece) for piece in hours)}"
        for hours, days in by_hours.items()
    ]


def _when_said(when: When, is_any_of: bool) -> str:
    joined = _or() if is_any_of else _and()
    days = joined.join(map(day, when.dates)) if when.dates else _weekdays_said(when.weekdays, joined)
    words = [days, _and().join(map(_hours_said, when.hours))]
    if when.length_slots is not None:
        words.append(gettext("%(hours)s hours", hours=f"{when.length_slots * SLOT_MINUTES / 60:g}"))
    return " ".join(filter(None, words))


def _weekdays_said(weekdays: tuple[int, ...], joined: str) -> str:
    groups = {
        EVERY_DAY: gettext("every day"),
        WORKING_DAYS: gettext("Monday to Friday"),
        WEEKEND: gettext("Saturday and Sunday"),
    }
    return groups.get(weekdays) or joined.join(map(weekday, weekdays))


def _hours_said(hours: Hours) -> str:
    if hours.to_slot is None:
        return gettext("from %(time)s", time=clock(hours.from_slot))
    parts = {
        MORNING: gettext("in the morning"),
        AFTERNOON: gettext("in the afternoon"),
        EVENING: gettext("in the evening"),
        WHOLE_DAY: gettext("during the day"),
    }
    part = parts.get((hours.from_slot, hours.to_slot)) if hours.is_part else None
    return part or span(hours.from_slot, hours.to_slot)


def _and() -> str:
    return gettext(", ")


def _or() -> str:
    return gettext(" or ")

"""Days and times in words, as people say them in the reader's language. Registered as Jinja filters of these names."""

from datetime import date, datetime

from flask_babel import format_date, get_locale, gettext, ngettext

from app.shared.times import HONG_KONG, SLOT_MINUTES, hong_kong_date, utc_now

MONDAY = date(2024, 1, 1)
"""Some Monday: the names of weekdays are read off its week."""
_PERIODS = ((18, "晚上"), (13, "下午"), (12, "中午"), (6, "上午"), (0, "凌晨"))
"""From which hour on a time of day is called what."""


def day(value: date) -> str:
    """ "11月25日（星期三）", "Wednesday 25 November"; with the year when it is not this one."""
    is_this_year = value.year == hong_kong_date(utc_now()).year
    if _is_english():
        return str(format_date(value, "EEEE d MMMM" if is_this_year else "EEEE d MMMM y"))
    return str(format_date(value, "M月d日（EEEE）" if is_this_year else "y年M月d日（EEEE）"))


def weekday(number: int) -> str:
    """0 is "星期一", "Monday"."""
    return str(format_date(MONDAY.replace(day=MONDAY.day + number), "EEEE"))


def clock(slot: int) -> str:
    """The beginning of a half-hour slot: "上午9時30分", "9:30 am"; 24 is "中午12時", "12 noon"."""
    return _time(slot * SLOT_MINUTES)


def span(from_slot: int, to_slot: int) -> str:
    """From one slot to another: "上午9時至11時", "9 am to 11 am"."""
    return minutes_span(from_slot * SLOT_MINUTES, to_slot * SLOT_MINUTES)


def minutes_span(starts: int, ends: int) -> str:
    """As `span`, of minutes after midnight: "上午9時30分至11時15分", "9:30 am to 11:15 am"."""
    if _is_english():
        return f"{_time(starts)} to {_time(ends)}"
    return f"{_time(starts)}至{_chinese_hour(ends) if _period(starts) == _period(ends) else _time(ends)}"


def month(first_day: date) -> str:
    """ "2026年11月", "November 2026"."""
    return str(format_date(first_day, "MMMM y" if _is_english() else "y年M月"))


def moment(value: datetime) -> str:
    """The Hong Kong day and time of a moment: "11月25日（星期三） 晚上6時05分", "Wednesday 25 November 6:05 pm"."""
    local = value.astimezone(HONG_KONG)
    return gettext("%(day)s %(time)s", day=day(local.date()), time=_time(local.hour * 60 + local.minute))


def duration(minutes: int) -> str:
    """How long: "1小時30分鐘", "1 hour 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("one hour", "%(num)s hours", hours)] if hours else []
    parts += [ngettext("one minute", "%(num)s minutes", rest)] if rest else []
    return " ".join(parts) if _is_english() else "".join(parts)


FILTERS = {
    "day": day,
    "weekday": weekday,
    "clock": clock,
    "span": span,
    "minutes_span": minutes_span,
    "month": month,
    "moment": moment,
    "duration": duration,
}


def _is_english() -> bool:
    return str(get_locale()) == "en"


def _time(minutes: int) -> str:
    """A time of day, in minutes after midnight."""
    if not _is_english():
        return f"{_period(minutes)}{_chinese_hour(minutes)}"
    hour, past = divmod(minutes, 60)
    if past == 0 and hour % 12 == 0:
        return "12 noon" if hour == 12 else "12 midnight"
    return f"{(hour - 1) % 12 + 1}{f':{past:02d}' if past else ''} {'am' if hour % 24 < 12 else 'pm'}"


def _period(minutes: int) -> str:
    return next(words for first, words in _PERIODS if minutes // 60 % 24 >= first)


def _chinese_hour(minutes: int) -> str:
    hour, past = divmod(minutes, 60)
    return f"{(hour - 1) % 12 + 1}時{f'{past:02d}分' if past else ''}"

"""Days and times in words, as people say them in the reader's language. Registered as Jinja filters of these names."""

from datetime import date, datetime

from flask_babel import format_date, get_locale, gettext

from app.shared.times import HONG_KONG, SLOTS_A_DAY, hong_kong_date, utc_now

MONDAY = date(2024, 1, 1)
"""Some Monday: the names of weekdays are read off its week."""
_PERIODS = ((36, "晚上"), (26, "下午"), (24, "中午"), (12, "上午"), (0, "凌晨"))
"""From which slot on a time of day is called what."""


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
    if _is_english():
        return _english_clock(slot)
    return f"{_period(slot)}{_chinese_hour(slot)}"


def span(from_slot: int, to_slot: int) -> str:
    """From one slot to another: "上午9時至11時", "9 am to 11 am"."""
    if _is_english():
        return f"{_english_clock(from_slot)} to {_english_clock(to_slot)}"
    is_same = _period(from_slot) == _period(to_slot)
    return f"{clock(from_slot)}至{_chinese_hour(to_slot) if is_same else clock(to_slot)}"


def moment(value: datetime) -> str:
    """The Hong Kong day and time of a moment: "11月25日（星期三） 18:05"."""
    local = value.astimezone(HONG_KONG)
    return gettext("%(day)s %(time)s", day=day(local.date()), time=f"{local:%H:%M}")


FILTERS = {"day": day, "weekday": weekday, "clock": clock, "span": span, "moment": moment}


def _is_english() -> bool:
    return str(get_locale()) == "en"


def _period(slot: int) -> str:
    return next(words for first, words in _PERIODS if slot % SLOTS_A_DAY >= first)


def _chinese_hour(slot: int) -> str:
    hour = slot % SLOTS_A_DAY // 2
    return f"{(hour - 1) % 12 + 1}時{'30分' if slot % 2 else ''}"


def _english_clock(slot: int) -> str:
    if slot % SLOTS_A_DAY in (0, 24):
        return "12 noon" if slot == SLOTS_A_DAY // 2 else "12 midnight"
    hour = slot % SLOTS_A_DAY // 2
    minutes = ":30" if slot % 2 else ""
    return f"{(hour - 1) % 12 + 1}{minutes} {'am' if hour < 12 else 'pm'}"

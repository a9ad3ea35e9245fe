"""Hours of a day: 上午十時, 下午2時半, 9:00am-11:30am, 14:00-16:00, 3-5pm; and how long: 約2小時."""

import re
from dataclasses import dataclass

from app.catalogue.understanding.answers import Question
from app.catalogue.understanding.plain import whole_number
from app.shared.times import AFTERNOON, EVENING, MORNING, SLOT_MINUTES, SLOTS_A_DAY, slot_clock

WHOLE_DAY = (MORNING[0], EVENING[1])
"""What 全日 and 不限 mean: from the beginning of the morning to the end of the evening."""
DAY_MINUTES = 24 * 60
EARLIEST_UNMARKED_HOUR = 8
"""An hour from here on is taken as written; an earlier one without 上午 or 下午 is asked about."""

_BEFORE_NOON = ("上午", "早上", "朝早", "晨早", "清晨", "清早", "am", "a.m.", "凌晨")
_AFTER_NOON = ("下午", "下昼", "晏昼", "pm", "p.m.")
_EVENING = ("晚上", "晚间", "夜晚", "傍晚", "黄昏", "晚")
_NOON = ("中午", "正午", "noon")
_PERIOD = "|".join(map(re.escape, (*_BEFORE_NOON, *_AFTER_NOON, *_EVENING, *_NOON)))
_HOUR = r"(?:\d{1,2}|二十[一二三四]?|十[一二]?|[一二两三四五六七八九])"
_MINUTE = r"(?:半|正|整|\d{1,2}\s*分?|[一二三四五]?十[一二三四五六七八九]?分)"


def _clock(name: str) -> str:
    return (
        rf"(?P<{name}_period>{_PERIOD})?\s*"
        rf"(?:(?P<{name}_hour>(?<![\d.]){_HOUR})\s*(?:[:.](?P<{name}_colon>\d{{2}})(?!\d)|(?P<{name}_said>[点时])\s*(?P<{name}_minute>{_MINUTE})?)?"
        rf"|(?P<{name}_noon>(?<![a-z])(?:noon|midday)))"
        rf"\s*(?P<{name}_suffix>a\.?m\.?|p\.?m\.?|noon)?(?![a-z])"
    )


RANGE = re.compile(rf"(?:由|从|from\s+)?{_clock('begin')}\s*(?:-|~|至|到|to|until|till)\s*{_clock('end')}")
MOMENT = re.compile(rf"(?:at\s+)?{_clock('begin')}")

_NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十])"
LENGTH = re.compile(
    r"(?:约|大约|大概|为时|每次|about\s+|for\s+|approx\.?\s*)*\s*"
    rf"(?:(?P<hours>{_NUMBER})\s*(?:个)?(?P<half_within>半)?\s*(?:小时|钟头|hours?|hrs?|h)(?P<half_after>半)?(?![a-z])"
    rf"|(?P<half_hour>半)\s*(?:个)?\s*(?:小时|钟头)"
    rf"|(?P<minutes>\d{{1,3}})\s*(?:分钟|minutes?|mins?)(?![a-z]))"
    r"\s*(?:左右)?"
)

PARTS = (
    (re.compile("全日|整天|全天|成日|all day|whole day"), WHOLE_DAY),
    (re.compile(r"上午|早上|朝早|早晨|mornings?|(?<![a-z])am(?![a-z])"), MORNING),
    (re.compile(r"下午|下昼|晏昼|afternoons?|(?<![a-z])pm(?![a-z])"), AFTERNOON),
    (re.compile("晚上|晚间|夜晚|晚|evenings?|nights?"), EVENING),
)


@dataclass(frozen=True)
class Hours:
    """Slots of a day. `is_part`: some time within them (上午). `to_slot` None: the end was not said."""

    from_slot: int
    to_slot: int | None
    is_part: bool = False


@dataclass(frozen=True)
class Doubt:
    """Why a time of day cannot be taken as it stands, and times that could be meant ("14:00-16:00")."""

    question: Question
    choices: tuple[str, ...] = ()


def hours_of(found: re.Match[str]) -> Hours | Doubt | None:
    """What a match of RANGE or MOMENT says; None when these are no hours of a day."""
    parts = found.groupdict()
    if "end_hour" not in parts:
        return _moment(parts)
    begin, end = _Clock.of(parts, "begin"), _Clock.of(parts, "end")
    if (
        begin is None
        or end is None
        or not (_is_marked(parts, "begin") or _is_marked(parts, "end") or begin.is_plain)
    ):
        return None
    begin, end = _with_shared_period(begin, end)
    begins, ends = begin.minutes(), end.minutes()
    if begins is None or ends is None:
        return Doubt(Question.AM_OR_PM, _both_readings(begin, end))
    if ends <= begins:
        return Doubt(Question.ENDS_BEFORE_IT_BEGINS, _both_readings(begin, end))
    if begins % SLOT_MINUTES or ends % SLOT_MINUTES:
        return Doubt(Question.NOT_HALF_HOURS, (written(begins // SLOT_MINUTES, -(-ends // SLOT_MINUTES)),))
    return Hours(begins // SLOT_MINUTES, ends // SLOT_MINUTES)


def length_of(found: re.Match[str]) -> int | None:
    """How many minutes a match of LENGTH says; None when it is no length of a visit."""
    parts = found.groupdict()
    if parts["half_hour"]:
        return 30
    if parts["minutes"]:
        minutes = float(parts["minutes"])
    else:
        number = parts["hours"]
        whole = whole_number(number)
        hours = float(whole) if whole is not None else float(number)
        minutes = 60 * (hours + (0.5 if parts["half_within"] or parts["half_after"] else 0.0))
    return round(minutes) if 0 < minutes <= DAY_MINUTES else None


def written(from_slot: int, to_slot: int) -> str:
    """ "09:00-11:30": what the reader takes without a question."""
    return f"{slot_clock(from_slot)}-{slot_clock(to_slot)}"


@dataclass(frozen=True)
class _Clock:
    hour: int
    minute: int
    period: str
    """"", "am", "pm", "evening" or "noon"."""
    is_plain: bool = False
    """Digits without any sign of being a time: only a range makes them one."""
    is_two_digits: bool = False

    @classmethod
    def of(cls, parts: dict[str, str | None], name: str) -> "_Clock | None":
        if parts[f"{name}_noon"]:
            return cls(12, 0, "noon")
        text = parts[f"{name}_hour"] or ""
        hour = whole_number(text)
        minute = _minute(parts[f"{name}_colon"] or parts[f"{name}_minute"])
        period = _period(parts[f"{name}_period"]) or _period(parts[f"{name}_suffix"])
        if hour is None or hour > 24 or minute is None:
            return None
        is_marked = bool(period or parts[f"{name}_colon"] or parts[f"{name}_said"])
        return cls(hour, minute, period, is_plain=not is_marked, is_two_digits=text.startswith("0"))

    def minutes(self) -> int | None:
        """Minutes after midnight, None when it might be the morning or the afternoon."""
        hour = self._hour()
        minutes = None if hour is None else 60 * hour + self.minute
        return minutes if minutes is not None and minutes <= DAY_MINUTES else None

    def _hour(self) -> int | None:
        if self.hour > 12:
            return None if self.period == "am" else self.hour
        if self.period == "":
            return self.hour if self.hour >= EARLIEST_UNMARKED_HOUR or self.is_two_digits else None
        if self.period == "am":
            return None if self.hour == 12 else self.hour
        if self.period == "noon":
            return {11: 11, 12: 12, 1: 13, 2: 14}.get(self.hour)
        if self.period == "evening":
            return {12: 24}.get(self.hour, self.hour + 12 if self.hour >= 5 else None)
        return 12 if self.hour == 12 else self.hour + 12


def _with_shared_period(begin: _Clock, end: _Clock) -> tuple[_Clock, _Clock]:
    """上午10時至12時 ends at noon; 下午2時至5時 in the afternoon; 3-5pm begins there, 10-1pm in the morning."""
    if begin.period and not end.period:
        if begin.period == "am" and end.hour >= 12:
            return begin, _Clock(end.hour, end.minute, "pm" if end.hour == 12 else "")
        is_later = (end.hour, end.minute) > (begin.hour, begin.minute)
        return begin, _Clock(end.hour, end.minute, begin.period if is_later or begin.hour == 12 else "pm")
    if end.period == "pm" and not begin.period and begin.hour <= 12:
        is_same = (begin.hour % 12, begin.minute) < (end.hour % 12, end.minute)
        return _Clock(begin.hour, begin.minute, "pm" if is_same else "am"), end
    if end.period and not begin.period and begin.hour <= 12:
        return _Clock(begin.hour, begin.minute, end.period), end
    return begin, end


def _both_readings(begin: _Clock, end: _Clock) -> tuple[str, ...]:
    """The daytime hours, on whole half hours, that the same figures could mean; none when 上午 or 下午 was said."""
    if begin.period or end.period:
        return ()
    readings = []
    for earlier in (begin.hour, begin.hour + 12):
        for later in (end.hour, end.hour + 12):
            begins, ends = 60 * earlier + begin.minute, 60 * later + end.minute
            if 7 * 60 <= begins < ends <= 22 * 60 and ends - begins <= 10 * 60:
                readings.append(written(begins // SLOT_MINUTES, -(-ends // SLOT_MINUTES)))
    return tuple(dict.fromkeys(readings))


def _moment(parts: dict[str, str | None]) -> Hours | Doubt | None:
    clock = _Clock.of(parts, "begin")
    if clock is None or clock.is_plain:
        return None
    begins = clock.minutes()
    if begins is None:
        afternoon = (12 + clock.hour) * 60 + clock.minute
        is_plausible = clock.hour < 12 and not afternoon % SLOT_MINUTES
        return Doubt(Question.AM_OR_PM, (slot_clock(afternoon // SLOT_MINUTES),) if is_plausible else ())
    if begins % SLOT_MINUTES or begins // SLOT_MINUTES >= SLOTS_A_DAY:
        return Doubt(Question.NOT_HALF_HOURS)
    return Hours(begins // SLOT_MINUTES, None)


def _is_marked(parts: dict[str, str | None], name: str) -> bool:
    return any(parts[f"{name}_{sign}"] for sign in ("period", "colon", "said", "suffix", "noon"))


def _period(word: str | None) -> str:
    if not word:
        return ""
    if word in _BEFORE_NOON or word.startswith("a"):
        return "am"
    if word in _AFTER_NOON or word.startswith("p"):
        return "pm"
    return "noon" if word in _NOON else "evening"


def _minute(word: str | None) -> int | None:
    if word is None or word in ("正", "整"):
        return 0
    if word == "半":
        return 30
    minute = whole_number(word.removesuffix("分").strip())
    return minute if minute is not None and minute < 60 else None

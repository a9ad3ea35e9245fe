"""Days and hours together, for what volunteers offer and for what carers ask.

逢星期二 9:30-12:30; Sat & Sun PM; 晚上(一至五); 27/11/2026 9:00am-11:30am; 星期一或星期三上午; 平日下午均可.
The text is cut into days, hours and joining words; whatever else is in it makes it unclear.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.catalogue.understanding.answers import Answer, Question, Remark, Unclear, Understood
from app.catalogue.understanding.clock import (
    LENGTH,
    MOMENT,
    PARTS,
    RANGE,
    WHOLE_DAY,
    Doubt,
    Hours,
    hours_of,
    length_of,
    written,
)
from app.catalogue.understanding.dates import DATE_FORMS, date_of, normal
from app.shared.times import AFTERNOON, EVENING, MORNING, SLOT_MINUTES, SLOTS_A_DAY, slot_clock

FreePiece = tuple[int, int, int]
"""Weekday (0 Monday to 6 Sunday), from_slot, to_slot."""

FAR_AHEAD = timedelta(days=270)
"""A day whose year was left out and that comes no sooner may as well have been meant in the past."""
WORKING_DAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)
EVERY_DAY = WORKING_DAYS + WEEKEND
_CHINESE_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = "[一二三四五六日天]"
_WEEK = "(?:星期|礼拜|周|禮拜)"
_NOT_AN_HOUR = r"(?!\s*[点时十半月号])"
_JOIN = r"\s*(?:、|,|及|和|与|&|/|或|至|到|-|~)?\s*"
_CHINESE_LIST = rf"{_DAY}(?:{_JOIN}{_WEEK}?{_DAY}{_NOT_AN_HOUR})*"
_ENGLISH_DAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
    r"s?(?![a-z])"
)

_WEEKDAYS = re.compile(
    rf"(?:(?:逢|每)\s*{_WEEK}?|{_WEEK})\s*(?P<chinese>{_CHINESE_LIST}){_NOT_AN_HOUR}"
    rf"|\(\s*{_WEEK}?(?P<within>{_CHINESE_LIST})\s*\)"
    rf"|(?<![a-z])(?P<english>{_ENGLISH_DAY}(?:\s*(?:,|&|/|-|~|and|or|to)?\s*{_ENGLISH_DAY})*)"
)
_GROUPS = (
    (re.compile(r"平日|工作日|(?:周|星期)?一至五|(?<![a-z])weekdays?(?![a-z])"), WORKING_DAYS),
    (re.compile(r"周末|星期六日|六日|(?<![a-z])weekends?(?![a-z])"), WEEKEND),
    (re.compile(r"每天|每日|天天|(?<![a-z])(?:daily|every ?day)(?![a-z])"), EVERY_DAY),
)
_ANY_TIME = re.compile(r"不限|任何时间|任何時間|随时|无限制|都可以|anytime|any time|flexible|always")
_AS_SOON = re.compile(r"越快越好|尽快|尽早|急|asap|as soon as possible")
_EVERY_WEEK = re.compile(r"每(?:个)?(?:周|星期|礼拜)|逢|weekly|every week|every")
_EITHER = re.compile(r"或者?|任何一|任择|其中一|均可|皆可|都可|any of|either|(?<![a-z])or(?![a-z])")
_FILLER = re.compile(
    r"[\s、,及和与&/()。.:的在于有空均都可以]|时间|服务|(?<![a-z])(?:and|on|at|in|the)(?![a-z])"
)


@dataclass(frozen=True)
class When:
    """Days and the hours that hold for each of them. Dates or weekdays, never both; none: no day was said."""

    dates: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()
    length_slots: int | None = None


@dataclass(frozen=True)
class Times:
    """Everything a cell says about times."""

    whens: tuple[When, ...]
    says_weekly: bool = False
    """逢 or 每 was written."""
    is_any_of: bool = False
    """或 or 均可 was written: one of them is enough."""
    names_a_group: bool = False
    """平日, 週末 or 每日: several days that were not named one by one."""


@dataclass(frozen=True)
class _Piece:
    position: int
    days: When | None = None
    hours: Hours | None = None
    minutes: int | None = None


def read_availability(text: str, today: date) -> Answer[tuple[FreePiece, ...]]:
    """The pieces of a usual week in which somebody is free: sorted, nothing twice, what overlaps joined."""
    words = normal(text)
    if _is_only(_ANY_TIME, words):
        return Understood(tuple((weekday, *WHOLE_DAY) for weekday in EVERY_DAY))
    answer = read_times(text, today)
    if isinstance(answer, Unclear):
        return answer
    pieces: set[tuple[int, int]] = set()
    for when in answer.value.whens:
        if when.dates or not when.weekdays:
            return Unclear(text, Question.DAY_MISSING)
        if not when.hours:
            return Unclear(text, Question.TIME_MISSING, _with_parts(when))
        for hours in when.hours:
            to_slot = hours.to_slot
            if to_slot is None:
                return Unclear(text, Question.LENGTH_MISSING)
            pieces.update((day, slot) for day in when.weekdays for slot in range(hours.from_slot, to_slot))
    return Understood(tuple(_joined(pieces)), answer.remarks)


def read_times(text: str, today: date) -> Answer[Times]:
    """Days and hours as written, without filling in what is missing. `today` decides years that were left out."""
    words = normal(text)
    if not words:
        return Unclear(text, Question.MISSING)
    if _AS_SOON.search(words):
        return Unclear(text, Question.AS_SOON_AS_POSSIBLE)
    scan = _Scan(words, today)
    question = scan.run()
    if question is not None:
        return replace(question, original=text)
    whens = _put_together(scan.pieces)
    if isinstance(whens, Question):
        return Unclear(text, whens)
    for when in whens:
        doubt = _doubt_of(when)
        if doubt is not None:
            return Unclear(text, doubt)
    return Understood(
        Times(tuple(whens), scan.says_weekly, scan.is_any_of, scan.names_a_group),
        tuple(dict.fromkeys(scan.remarks)),
    )


def times_written(times: Times) -> str:
    """A text that `read_times` reads as these very times: for choices and for cells that were settled."""
    words = "; ".join(_when_written(when) for when in times.whens)
    if times.says_weekly:
        words = f"weekly {words}"
    return f"{words} any of" if times.is_any_of else words


class _Scan:
    """Takes known pieces out of the text, the most telling first; what is left must be joining words."""

    def __init__(self, words: str, today: date) -> None:
        self.words = words
        self.today = today
        self.pieces: list[_Piece] = []
        self.remarks: list[Remark] = []
        self.says_weekly = False
        self.is_any_of = False
        self.names_a_group = False

    def run(self) -> Unclear | None:
        """Fill `pieces`; the question when something cannot be read."""
        return self._dates() or self._lengths() or self._days() or self._clocks() or self._rest()

    def _dates(self) -> Unclear | None:
        for form in DATE_FORMS:
            for found in self._taken(form):
                day = date_of(found, self.today)
                if day is None:
                    return Unclear("", Question.NOT_A_DATE)
                if Remark.YEAR_INFERRED in day.remarks and day.value - self.today > FAR_AHEAD:
                    return Unclear("", Question.WHICH_YEAR)
                self.remarks += day.remarks
                self.pieces.append(_Piece(found.start(), days=When(dates=(day.value,))))
        return None

    def _lengths(self) -> Unclear | None:
        for found in self._taken(LENGTH):
            minutes = length_of(found)
            if minutes is None:
                return Unclear("", Question.NOT_UNDERSTOOD)
            self.pieces.append(_Piece(found.start(), minutes=minutes))
        return None

    def _days(self) -> Unclear | None:
        for form, days in _GROUPS:
            for found in self._taken(form):
                self.names_a_group = True
                self.pieces.append(_Piece(found.start(), days=When(weekdays=days)))
        for found in self._taken(_WEEKDAYS):
            chosen = _weekdays_of(found)
            if chosen is None:
                return Unclear("", Question.NOT_UNDERSTOOD)
            self.says_weekly = self.says_weekly or found.group().startswith(("逢", "每"))
            self.is_any_of = self.is_any_of or bool(re.search(r"或|(?<![a-z])or(?![a-z])", found.group()))
            self.pieces.append(_Piece(found.start(), days=When(weekdays=chosen)))
        return None

    def _clocks(self) -> Unclear | None:
        for form in (RANGE, MOMENT):
            for found in list(form.finditer(self.words)):
                hours = hours_of(found)
                if hours is None:
                    continue
                if isinstance(hours, Doubt):
                    return Unclear("", hours.question, self._rewritten(found, hours.choices))
                self._blank(found)
                self.pieces.append(_Piece(found.start(), hours=hours))
        for part, (from_slot, to_slot) in PARTS:
            for found in self._taken(part):
                self.pieces.append(_Piece(found.start(), hours=Hours(from_slot, to_slot, is_part=True)))
        return None

    def _rest(self) -> Unclear | None:
        for form, name in ((_EVERY_WEEK, "says_weekly"), (_EITHER, "is_any_of")):
            if list(self._taken(form)):
                setattr(self, name, True)
        left = _FILLER.sub("", re.sub(r"[;\n]", "", self.words).replace("\0", ""))
        return Unclear("", Question.NOT_UNDERSTOOD) if left or not self.pieces else None

    def _taken(self, form: re.Pattern[str]) -> Iterator[re.Match[str]]:
        for found in list(form.finditer(self.words)):
            self._blank(found)
            yield found

    def _blank(self, found: re.Match[str]) -> None:
        """What was read is put out of the way, every position kept."""
        start, end = found.span()
        self.words = self.words[:start] + "\0" * (end - start) + self.words[end:]

    def _rewritten(self, found: re.Match[str], choices: tuple[str, ...]) -> tuple[str, ...]:
        """The choices with the day that was written, so that one of them replaces the whole text."""
        if len([piece for piece in self.pieces if piece.days]) != 1 or any(
            piece.hours for piece in self.pieces
        ):
            return ()
        days = next(piece.days for piece in self.pieces if piece.days)
        weekly = "weekly " if self.says_weekly or _EVERY_WEEK.search(self.words) else ""
        return tuple(f"{weekly}{_days_written(days)} {choice}" for choice in choices)


def _put_together(pieces: list[_Piece]) -> list[When] | Question:
    """Days and hours in the order they stand: a new turn begins where days follow hours, or hours days."""
    groups: list[tuple[list[When], list[Hours], list[int]]] = []
    ordered = sorted(pieces, key=lambda piece: piece.position)
    days_first = next((piece.days is not None for piece in ordered if piece.minutes is None), True)
    last_was_days: bool | None = None
    for piece in ordered:
        if piece.minutes is not None:
            if not groups:
                return Question.NOT_UNDERSTOOD
            groups[-1][2].append(piece.minutes)
            continue
        is_days = piece.days is not None
        if not groups or (is_days == days_first and last_was_days != is_days):
            groups.append(([], [], []))
        if piece.days is not None:
            groups[-1][0].append(piece.days)
        if piece.hours is not None:
            groups[-1][1].append(piece.hours)
        last_was_days = is_days
    whens = []
    for days, hours, lengths in groups:
        if len(set(lengths)) > 1:
            return Question.NOT_UNDERSTOOD
        when = _one(days, tuple(hours), lengths[0] if lengths else None)
        if isinstance(when, Question):
            return when
        whens.append(when)
    return whens


def _one(days: list[When], hours: tuple[Hours, ...], minutes: int | None) -> When | Question:
    dates = tuple(sorted({day for when in days for day in when.dates}))
    weekdays = tuple(sorted({day for when in days for day in when.weekdays}))
    if dates and weekdays:
        if {day.weekday() for day in dates} != set(weekdays):
            return Question.DATE_AND_WEEKDAY_DIFFER
        weekdays = ()
    if minutes is not None and minutes % SLOT_MINUTES:
        return Question.NOT_HALF_HOURS
    length = None if minutes is None else minutes // SLOT_MINUTES
    if length is None:
        return When(dates, weekdays, hours)
    finished = []
    for part in hours:
        if part.to_slot is None:
            part = Hours(part.from_slot, part.from_slot + length)
        elif not part.is_part and part.to_slot - part.from_slot != length:
            return Question.NOT_UNDERSTOOD
        if part.to_slot is None or part.to_slot > SLOTS_A_DAY:
            return Question.ENDS_BEFORE_IT_BEGINS
        if part.is_part and part.to_slot - part.from_slot < length:
            return Question.NOT_UNDERSTOOD
        finished.append(part)
    is_open = not finished or any(part.is_part for part in finished)
    return When(dates, weekdays, tuple(finished), length if is_open else None)


def _doubt_of(when: When) -> Question | None:
    if any(part.is_part for part in when.hours) and any(not part.is_part for part in when.hours):
        return Question.NOT_UNDERSTOOD
    return None


def _weekdays_of(found: re.Match[str]) -> tuple[int, ...] | None:
    chinese = found["chinese"] or found["within"]
    if chinese:
        marks = re.findall(
            rf"{_DAY}|[至到~-]", chinese.replace("礼拜", "").replace("星期", "").replace("周", "")
        )
        days = [_CHINESE_DAYS.get(mark) for mark in marks]
    else:
        marks = re.findall(r"mon|tue|wed|thu|fri|sat|sun|[-~]|(?<![a-z])to(?![a-z])", found["english"])
        days = [ENGLISH_DAYS.index(mark) if mark in ENGLISH_DAYS else None for mark in marks]
    chosen: list[int] = []
    for place, day in enumerate(days):
        if day is not None:
            chosen.append(day)
            continue
        start, end = days[place - 1], days[place + 1]
        if start is None or end is None or start >= end:
            return None
        chosen.extend(range(start, end))
    return tuple(sorted(set(chosen)))


def _joined(pieces: set[tuple[int, int]]) -> Iterator[FreePiece]:
    for weekday in EVERY_DAY:
        slots = {slot for day, slot in pieces if day == weekday}
        edges = [slot for slot in range(SLOTS_A_DAY + 1) if (slot in slots) != (slot - 1 in slots)]
        for from_slot, to_slot in zip(edges[::2], edges[1::2], strict=True):
            yield weekday, from_slot, to_slot


def _is_only(form: re.Pattern[str], words: str) -> bool:
    return bool(form.search(words)) and not _FILLER.sub("", form.sub("", words))


def _with_parts(when: When) -> tuple[str, ...]:
    return tuple(f"{_days_written(when)} {part}" for part in ("am", "pm", "evening", "all day"))


def _when_written(when: When) -> str:
    parts = [_days_written(when)]
    for hours in when.hours:
        if hours.to_slot is None:
            parts.append(slot_clock(hours.from_slot))
        elif hours.is_part:
            parts.append(_PART_NAMES[(hours.from_slot, hours.to_slot)])
        else:
            parts.append(written(hours.from_slot, hours.to_slot))
    if when.length_slots is not None:
        parts.append(f"{when.length_slots * SLOT_MINUTES} minutes")
    return " ".join(filter(None, parts))


_PART_NAMES = {WHOLE_DAY: "all day", MORNING: "morning", AFTERNOON: "afternoon", EVENING: "evening"}


def _days_written(when: When) -> str:
    if when.dates:
        return ", ".join(day.isoformat() for day in when.dates)
    return ", ".join(ENGLISH_DAYS[day] for day in when.weekdays)


def next_days(weekdays: tuple[int, ...], today: date, count: int) -> tuple[date, ...]:
    """The next `count` days, from tomorrow, that fall on these weekdays."""
    days = (today + timedelta(days=later) for later in range(1, 7 * count + 8))
    return tuple(day for day in days if day.weekday() in weekdays)[:count]

"""Dates, months and years of birth, in the ways they are written here."""

import re
from dataclasses import dataclass
from datetime import date

from app.catalogue.understanding.answers import Answer, Question, Remark, Unclear, Understood
from app.shared.words import legible

OLDEST_YEAR = 1900
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month_name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))

DATE_FORMS = (
    re.compile(
        r"(?P<year>\d{4})\s*[年/.-]\s*(?P<month>\d{1,2})\s*[月/.-]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
    ),
    re.compile(r"(?<!\d)(?P<first>\d{1,2})\s*[/.-]\s*(?P<second>\d{1,2})\s*[/.-]\s*(?P<year>\d{4})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?(?:\s+(?P<year>\d{{4}}))?(?!\d)"),
    re.compile(rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?(?!\d)"),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]"),
    re.compile(r"(?<![\d:])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\d/:])"),
)
"""A whole date, the most telling form first; where the year is left out it is the next such day."""

_MONTH_FORMS = (
    re.compile(r"(?P<year>\d{4})\s*[年/.-]\s*(?P<month>\d{1,2})\s*月?"),
    re.compile(r"(?P<month>\d{1,2})\s*[/.-]\s*(?P<year>\d{4})"),
    re.compile(rf"{_MONTH}\s+(?P<year>\d{{4}})"),
)
_YEAR = re.compile(r"(?P<year>\d{4})(?:\.0)?\s*年?(?:生|出生)?")
_BIRTH_WORDS = re.compile(r"^(?:生于|born)\s*|\s*(?:出生|生)$")


@dataclass(frozen=True)
class Birth:
    """A year of birth, and the month where it was given. The day is never kept."""

    year: int
    month: int | None = None


def read_date(text: str, today: date) -> Answer[date | None]:
    """A date; None for an empty cell. A month alone stands for its first day, and a remark says so."""
    words = normal(text)
    if not words:
        return Understood(None)
    for form in DATE_FORMS:
        if found := form.fullmatch(words):
            return date_of(found, today) or Unclear(text, Question.NOT_A_DATE)
    month = _month_of(words)
    if month is not None:
        return Understood(date(month[0], month[1], 1), (Remark.DAY_NOT_GIVEN,))
    return Unclear(text, Question.NOT_A_DATE)


def read_birth(text: str, today: date) -> Answer[Birth]:
    """A year of birth with the month if given: 1950年, 1996年10月, 2011/04; of a whole date the day is left out."""
    words = _BIRTH_WORDS.sub("", normal(text))
    if not words:
        return Unclear(text, Question.MISSING)
    birth: Birth | None = None
    remarks: tuple[Remark, ...] = ()
    if found := _YEAR.fullmatch(words):
        birth = Birth(int(found["year"]))
    elif month := _month_of(words):
        birth = Birth(*month)
    else:
        whole = read_date(text, today)
        if isinstance(whole, Understood) and whole.value and Remark.YEAR_INFERRED not in whole.remarks:
            birth = Birth(whole.value.year, whole.value.month)
            remarks = (Remark.DAY_OF_BIRTH_LEFT_OUT, *whole.remarks)
    if birth is None:
        return Unclear(text, Question.NOT_UNDERSTOOD)
    is_past = (birth.year, birth.month or 1) <= (today.year, today.month)
    if not (birth.year >= OLDEST_YEAR and is_past):
        return Unclear(text, Question.IMPOSSIBLE_YEAR)
    return Understood(birth, remarks)


def date_of(found: re.Match[str], today: date) -> Understood[date] | None:
    """The date a match of one of DATE_FORMS says, None when there is no such day."""
    parts = found.groupdict()
    remarks: list[Remark] = []
    if "first" in parts:
        day, month = int(parts["first"]), int(parts["second"])
        if month > 12 >= day:
            day, month = month, day
        elif day <= 12 and day != month:
            remarks.append(Remark.DAY_THEN_MONTH)
    else:
        day = int(parts["day"])
        name = parts.get("month_name")
        month = _MONTHS.index(name) + 1 if name else int(parts["month"])
    year = parts.get("year")
    if year:
        chosen = _day(int(year), month, day)
    else:
        remarks.append(Remark.YEAR_INFERRED)
        candidates = (_day(today.year + later, month, day) for later in range(9))
        chosen = next((candidate for candidate in candidates if candidate and candidate >= today), None)
    if chosen is None or chosen.year < OLDEST_YEAR:
        return None
    return Understood(chosen, tuple(remarks))


def normal(text: str) -> str:
    """Folded, spaces kept, every kind of dash a hyphen."""
    return legible(text).translate(_DASHES)


def _month_of(words: str) -> tuple[int, int] | None:
    for form in _MONTH_FORMS:
        if found := form.fullmatch(words):
            name = found.groupdict().get("month_name")
            month = _MONTHS.index(name) + 1 if name else int(found["month"])
            year = int(found["year"])
            return (year, month) if 1 <= month <= 12 and year >= OLDEST_YEAR else None
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

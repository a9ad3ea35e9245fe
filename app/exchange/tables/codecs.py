"""How each kind of value stands in a cell, and how it is read back exactly: one list of columns serves both ways.

What is written is for people, in the reader's language; what is read back may be in either.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from flask_babel import force_locale, gettext
from flask_babel.speaklater import LazyString

from app.catalogue.understanding.answers import Understood
from app.catalogue.understanding.plain import read_yes_no
from app.exchange.writing import Value
from app.shared.contacts import read_phone, shown_phone
from app.shared.times import HONG_KONG, slot_at, slot_clock
from app.shared.words import folded
from app.volunteers.models import Household
from app.web.dates import weekday
from app.web.language import LANGUAGES
from app.web.words import say

Row = TypeVar("Row")

PARTS = " | "


class NotWhatWasWritten(ValueError):
    """A cell of a restore that no export can have written."""


@dataclass(frozen=True)
class Writing:
    """What writing needs besides the value: names of the catalogue, e-mail addresses of accounts."""

    names: Mapping[str, Mapping[str, str]]
    """Table of the catalogue ("areas") → code → name in the reader's language."""
    accounts: Mapping[int, str]

    def account(self, account_id: int | None) -> str:
        """The e-mail address of an account; "" for none."""
        return "" if account_id is None else self.accounts.get(account_id, "")


@dataclass(frozen=True)
class Reading:
    """What reading back needs: codes by folded name, account ids by e-mail, and whoever was not found."""

    codes: Mapping[str, Mapping[str, str]]
    accounts: Mapping[str, int]
    unknown_accounts: set[str] = field(default_factory=set)
    households: dict[str, Household] = field(default_factory=dict)


@dataclass(frozen=True)
class Codec:
    """Both ways of one kind of value."""

    write: Callable[[Any, Writing], Value]
    read: Callable[[str, Reading], Any]


@dataclass(frozen=True)
class TableColumn(Generic[Row]):
    """A column of an export: `get` takes its value from a row; `is_private` ones leave on the command line only."""

    key: str
    heading: LazyString
    codec: Codec
    get: Callable[[Row], Any]
    is_private: bool = False


def text() -> Codec:
    """Words as they are."""
    return Codec(lambda value, _writing: value or "", lambda cell, _reading: cell)


def optional_text(kind: type[str] = str) -> Codec:
    """Words, or None."""
    return Codec(
        lambda value, _writing: str(value or ""), lambda cell, _reading: kind(cell) if cell else None
    )


def whole() -> Codec:
    """A whole number, or None."""
    return Codec(lambda value, _writing: value, lambda cell, _reading: int(cell) if cell else None)


def decimal() -> Codec:
    """A number."""
    return Codec(lambda value, _writing: value, lambda cell, _reading: float(cell or 0))


def yes_no() -> Codec:
    """是 or 否."""
    return Codec(
        lambda value, _writing: gettext("TRUE") if value else gettext("FALSE"),
        lambda cell, _reading: _is_yes(cell),
    )


def day() -> Codec:
    """A date, YYYY-MM-DD, or None."""
    return Codec(
        lambda value, _writing: value, lambda cell, _reading: date.fromisoformat(cell) if cell else None
    )


def moment() -> Codec:
    """A moment on a Hong Kong clock, to the microsecond, or None."""
    return Codec(
        lambda value, _writing: said(value),
        lambda cell, _reading: datetime.fromisoformat(cell) if cell else None,
    )


def phone() -> Codec:
    """A telephone number as it is read out, or None."""
    return Codec(
        lambda value, _writing: shown_phone(value) if value else "",
        lambda cell, _reading: read_phone(cell) if cell else None,
    )


def choice(enum: type[StrEnum]) -> Codec:
    """A member of `enum` in words, or None. Read back from its words in either language, or its value."""

    def read(cell: str, _reading: Reading) -> StrEnum | None:
        if not cell:
            return None
        try:
            return _members(enum)[folded(cell)]
        except KeyError:
            raise NotWhatWasWritten from None

    return Codec(lambda value, _writing: "" if value is None else say(value), read)


def name(table: str) -> Codec:
    """The code of one thing of the catalogue by its name, or None."""
    return Codec(
        lambda value, writing: "" if value is None else writing.names[table].get(value, value),
        lambda cell, reading: code(table, cell, reading) if cell else None,
    )


def names(table: str, make: Callable[[str], Any], code_of: Callable[[Any], str]) -> Codec:
    """Child rows that hold a code each."""

    def write(rows: Iterable[Any], writing: Writing) -> str:
        codes = sorted(code_of(row) for row in rows)
        return gettext(", ").join(writing.names[table].get(code, code) for code in codes)

    def read(cell: str, reading: Reading) -> list[Any]:
        return [make(code(table, part, reading)) for part in _parts_of_list(cell)]

    return Codec(write, read)


def account() -> Codec:
    """The id of an account by its e-mail address, or None."""
    return Codec(
        lambda value, writing: writing.account(value),
        lambda cell, reading: account_id(cell, reading) if cell else None,
    )


def lines(
    write_one: Callable[[Any, Writing], Sequence[Value]],
    read_one: Callable[[list[str], Reading], Any],
    *,
    sort_by: Callable[[Any], Any] | None = None,
) -> Codec:
    """Child rows with several values each: a line a row, the values with | between them."""

    def write(rows: Iterable[Any], writing: Writing) -> str:
        ordered = rows if sort_by is None else sorted(rows, key=sort_by)
        return "\n".join(
            PARTS.join("" if value is None else _plain(str(value)) for value in write_one(row, writing))
            for row in ordered
        )

    def read(cell: str, reading: Reading) -> list[Any]:
        return [
            read_one([part.strip() for part in line.split("|")], reading)
            for line in cell.split("\n")
            if line.strip()
        ]

    return Codec(write, read)


def spans(make: Callable[[int, int, int], Any], parts_of: Callable[[Any], tuple[int, int, int]]) -> Codec:
    """Child rows of a weekday and slots: 星期一 09:00-13:00, a line each."""

    def write(rows: Iterable[Any], _writing: Writing) -> str:
        return "\n".join(
            f"{weekday(number)} {slot_clock(start)}-{slot_clock(end)}"
            for number, start, end in map(parts_of, rows)
        )

    def read(cell: str, _reading: Reading) -> list[Any]:
        return [make(*read_weekday_span(line)) for line in cell.split("\n") if line.strip()]

    return Codec(write, read)


def read_weekday_span(line: str) -> tuple[int, int, int]:
    """Weekday and slots of 「星期一 09:00-13:00」. Raises NotWhatWasWritten."""
    said, _space, hours = line.strip().rpartition(" ")
    start, _dash, end = hours.partition("-")
    try:
        return _weekdays()[folded(said)], slot_at(start), slot_at(end)
    except (KeyError, ValueError):
        raise NotWhatWasWritten from None


def account_id(cell: str, reading: Reading) -> int:
    """The account of an e-mail address; one that is not here is noted, and 0 stands in until the restore is refused."""
    found = reading.accounts.get(cell.casefold())
    if found is None:
        reading.unknown_accounts.add(cell)
        return 0
    return found


def said(value: datetime | None) -> str:
    """A moment on a Hong Kong clock, exactly; "" for none."""
    return "" if value is None else value.astimezone(HONG_KONG).isoformat(sep=" ")


def _is_yes(cell: str) -> bool:
    answer = read_yes_no(cell)
    if not isinstance(answer, Understood):
        raise NotWhatWasWritten
    return bool(answer.value)


def code(table: str, cell: str, reading: Reading) -> str:
    """The code of what a table of the catalogue calls so. Raises NotWhatWasWritten."""
    try:
        return reading.codes[table][folded(cell)]
    except KeyError:
        raise NotWhatWasWritten from None


def _parts_of_list(cell: str) -> list[str]:
    return [part for part in re.split(r"[、;\n]|, ", cell) if part.strip()]


def _plain(words: str) -> str:
    """Words that go between two bars on one line."""
    return words.replace("|", "/").replace("\n", " ")


@lru_cache
def _members(enum: type[StrEnum]) -> dict[str, StrEnum]:
    members = {folded(member.value): member for member in enum}
    for language in LANGUAGES:
        with force_locale(language):
            members.update((folded(say(member)), member) for member in enum)
    return members


@lru_cache(maxsize=1)
def _weekdays() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in LANGUAGES:
        with force_locale(language):
            found.update((folded(weekday(number)), number) for number in range(7))
    return found

"""Reads the problem file: every key there, none unknown, every value of its kind.

A file is read record by record: beside its text and the finished columns, one volunteer at a time is in memory. What is
plainly right passes quickly; anything else is read again slowly, for the place of what is wrong.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from app.matching.engine.problem import PROBLEM_FORMAT, Problem
from app.matching.engine.refusals import InvalidProblem
from app.matching.engine.roster import Roster
from app.matching.engine.rows import AgeRange, Option, Pin, Shadow, Visit, Volunteer

Reader = Callable[[str, str, Any], Any]
_SPACE = re.compile(r"[ \t\n\r]*")


class RepeatedKey(ValueError):
    """A JSON object names one key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(f"key {key!r} is repeated")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are all different, as `object_pairs_hook`; raises `RepeatedKey`."""
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return record


def read_problem_text(text: str) -> Problem:
    """The problem of a file's text.

    Raises `InvalidProblem` with the place, `RepeatedKey`, or `json.JSONDecodeError` for what is no JSON.
    """
    file = _File(text)
    if not file.comes("{"):
        return read_problem(file.rest())
    document: dict[str, Any] = {}
    for key in file.members():
        if key in document:
            raise RepeatedKey(key)
        is_ours = document.get("format", PROBLEM_FORMAT) == PROBLEM_FORMAT
        if key == "volunteers" and is_ours and file.comes("["):
            document[key] = Roster(_volunteers(file.items()))
        elif key == "visits" and is_ours and file.comes("["):
            document[key] = _visits(file.items())
        else:
            document[key] = file.value()
    file.end()
    return read_problem(document)


class _File:
    """A JSON text read piece by piece."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.decoder = json.JSONDecoder(object_pairs_hook=once)
        self.place = 0
        self._skip()

    def comes(self, sign: str) -> bool:
        """Whether this sign comes next."""
        return self.text.startswith(sign, self.place)

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next; whoever asks reads the value before the next key."""
        for _ in self._parts("{", "}"):
            if not self.comes('"'):
                raise json.JSONDecodeError("Expecting property name", self.text, self.place)
            key = self.value()
            self._expect(":")
            yield key

    def items(self) -> Iterator[Any]:
        """The items of the list that comes next."""
        for _ in self._parts("[", "]"):
            yield self.value()

    def value(self) -> Any:
        """The value that comes next."""
        value, self.place = self.decoder.raw_decode(self.text, self.place)
        self._skip()
        return value

    def rest(self) -> Any:
        """The one value that the text is."""
        value = self.value()
        self.end()
        return value

    def end(self) -> None:
        """Refuses anything more."""
        if self.place != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, self.place)

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        if not self.comes(closing):
            yield
            while not self.comes(closing):
                self._expect(",")
                yield
        self._expect(closing)

    def _expect(self, sign: str) -> None:
        if not self.comes(sign):
            raise json.JSONDecodeError(f"Expecting '{sign}'", self.text, self.place)
        self.place += 1
        self._skip()

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.place)
        if space is not None:
            self.place = space.end()


def read_problem(document: Any) -> Problem:
    """The problem of a parsed file. Raises `InvalidProblem` naming the record, the key and the value."""
    if isinstance(document, dict) and document.get("format") != PROBLEM_FORMAT:
        raise InvalidProblem("problem", "format", document.get("format"), f"must be {PROBLEM_FORMAT}")
    top = _record("problem", document, _TOP)
    horizon = top["horizon"]
    return Problem(
        starts_on=horizon["starts_on"],
        days=horizon["days"],
        areas=top["areas"],
        districts=top["districts"],
        travel_minutes=top["travel_minutes"],
        volunteers=top["volunteers"],
        visits=top["visits"],
        pinned=top["pinned"],
        previous=top["previous"],
        shadows=[Shadow(**_record("shadow", row, _SHADOW)) for row in top["shadows"]],
    )


def _volunteers(rows: Iterable[Any]) -> Iterator[Volunteer]:
    return (Volunteer(**_record(_place("volunteer", row), row, _VOLUNTEER)) for row in rows)


class _Visits(tuple[Visit, ...]):
    """Visits that were read already."""

    __slots__ = ()


def _visits(rows: Iterable[Any]) -> _Visits:
    return _Visits(Visit(**_record(_place("visit", row), row, _VISIT)) for row in rows)


def _place(kind: str, row: Any) -> str:
    identity = row.get("id") if isinstance(row, dict) else None
    return f"{kind} {identity}" if isinstance(identity, str) and identity else kind


def _record(place: str, row: Any, readers: dict[str, Reader]) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidProblem(place, "record", row, "must be an object")
    if row.keys() != readers.keys():
        for key in row:
            if key not in readers:
                raise InvalidProblem(place, key, row[key], "unknown key")
        for key in readers:
            if key not in row:
                raise InvalidProblem(place, key, None, "missing")
    return {key: reader(place, key, row[key]) for key, reader in readers.items()}


def _text(place: str, key: str, value: Any) -> str:
    if type(value) is str and value and value.isascii():
        return value
    if not isinstance(value, str):
        raise InvalidProblem(place, key, value, "must be text")
    if not value:
        raise InvalidProblem(place, key, value, "must not be empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidProblem(place, key, value, "must be valid Unicode") from None
    return value


def _whole(place: str, key: str, value: Any) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidProblem(place, key, value, "must be a whole number")
    return value


def _truth(place: str, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidProblem(place, key, value, "must be true or false")
    return value


def _day(place: str, key: str, value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidProblem(place, key, value, "must be a date, YYYY-MM-DD") from None
    if day.isoformat() != value:
        raise InvalidProblem(place, key, value, "must be a date, YYYY-MM-DD")
    return day


def _list(place: str, key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidProblem(place, key, value, "must be a list")
    return value


def _or_null(reader: Reader) -> Reader:
    return lambda place, key, value: None if value is None else reader(place, key, value)


def _tuple_of(reader: Reader) -> Reader:
    return lambda place, key, value: tuple(reader(place, key, item) for item in _list(place, key, value))


def _fixed(*readers: Reader) -> Reader:
    def read(place: str, key: str, value: Any) -> tuple[Any, ...]:
        if len(_list(place, key, value)) != len(readers):
            raise InvalidProblem(place, key, value, f"must have {len(readers)} items")
        return tuple(reader(place, key, item) for reader, item in zip(readers, value, strict=True))

    return read


def _mapping(key_reader: Reader, value_reader: Reader) -> Reader:
    def read(place: str, key: str, value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise InvalidProblem(place, key, value, "must be an object")
        if not value:
            return {}
        return {key_reader(place, key, k): value_reader(place, key, v) for k, v in value.items()}

    return read


_each_text = _tuple_of(_text)
_each_time: Callable[[str, str, Any], tuple[Option, ...]] = _tuple_of(_fixed(_whole, _whole, _whole))


def _texts(place: str, key: str, value: Any) -> tuple[str, ...]:
    if type(value) is list:
        for text in value:
            if type(text) is not str or not text or not text.isascii():
                break
        else:
            return tuple(value)
    texts: tuple[str, ...] = _each_text(place, key, value)
    return texts


def _times(place: str, key: str, value: Any) -> tuple[Option, ...]:
    if type(value) is list:
        times = []
        for time in value:
            if type(time) is not list or len(time) != 3:
                break
            day, start, end = time
            if type(day) is not int or type(start) is not int or type(end) is not int:
                break
            times.append((day, start, end))
        else:
            return tuple(times)
    return _each_time(place, key, value)


_ages: Callable[[str, str, Any], AgeRange] = _fixed(_or_null(_whole), _or_null(_whole))
_pin: Callable[[str, str, Any], Pin] = _fixed(_text, _text, _whole)
_until = _mapping(_text, _or_null(_day))

_TOP: dict[str, Reader] = {
    "format": _text,
    "horizon": lambda _place, key, value: _record(key, value, {"starts_on": _day, "days": _whole}),
    "areas": _texts,
    "districts": _tuple_of(_whole),
    "travel_minutes": _tuple_of(_tuple_of(_whole)),
    "volunteers": lambda place, key, value: (
        value if isinstance(value, Roster) else _volunteers(_list(place, key, value))
    ),
    "visits": lambda place, key, value: (
        value if isinstance(value, _Visits) else _visits(_list(place, key, value))
    ),
    "pinned": _tuple_of(_pin),
    "previous": _tuple_of(_fixed(_text, _text)),
    "shadows": _list,
}
_VOLUNTEER: dict[str, Reader] = {
    "id": _text,
    "home": _text,
    "serves": _texts,
    "age": _whole,
    "gender": _or_null(_text),
    "languages": _texts,
    "skills": _until,
    "clearances": _until,
    "experienced": _truth,
    "new_homes": _truth,
    "cannot": _texts,
    "free": _times,
    "weekly_visits": _whole,
    "weekly_minutes": _whole,
    "used": _mapping(_day, _fixed(_whole, _whole)),
    "recent_visits": _whole,
    "household": _or_null(_text),
    "wishes": _texts,
    "avoids": _texts,
}
_VISIT: dict[str, Reader] = {
    "id": _text,
    "request": _text,
    "recipient": _or_null(_text),
    "kind": _text,
    "at_home": _truth,
    "first_visit": _truth,
    "area": _or_null(_text),
    "options": _times,
    "seats": _fixed(_whole, _whole),
    "experienced": _whole,
    "skills": _texts,
    "clearance": _or_null(_text),
    "languages": _texts,
    "gender": _or_null(_text),
    "ages": _ages,
    "demands": _texts,
    "prefers_ages": _or_null(_ages),
    "prefers_gender": _or_null(_text),
    "urgent": _truth,
    "waiting_days": _whole,
    "sequence": _or_null(_whole),
    "continues": _texts,
    "excluded": _texts,
    "family": _texts,
    "known": _texts,
}
_SHADOW: dict[str, Reader] = {"senior": _text, "successor": _text, "recipient": _text, "wanted": _whole}

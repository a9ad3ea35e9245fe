"""Reads the problem file: every key there, none unknown, every value of its kind."""

from collections.abc import Callable
from datetime import date
from typing import Any

from app.matching.engine.problem import PROBLEM_FORMAT, Problem
from app.matching.engine.refusals import InvalidProblem
from app.matching.engine.rows import AgeRange, Option, Pin, Shadow, Visit, Volunteer

Reader = Callable[[str, str, Any], Any]


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
        volunteers=(
            Volunteer(**_record(_place("volunteer", row), row, _VOLUNTEER)) for row in top["volunteers"]
        ),
        visits=[Visit(**_record(_place("visit", row), row, _VISIT)) for row in top["visits"]],
        pinned=top["pinned"],
        previous=top["previous"],
        shadows=[Shadow(**_record("shadow", row, _SHADOW)) for row in top["shadows"]],
    )


def _place(kind: str, row: Any) -> str:
    identity = row.get("id") if isinstance(row, dict) else None
    return f"{kind} {identity}" if isinstance(identity, str) and identity else kind


def _record(place: str, row: Any, readers: dict[str, Reader]) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidProblem(place, "record", row, "must be an object")
    for key in row:
        if key not in readers:
            raise InvalidProblem(place, key, row[key], "unknown key")
    for key in readers:
        if key not in row:
            raise InvalidProblem(place, key, None, "missing")
    return {key: reader(place, key, row[key]) for key, reader in readers.items()}


def _text(place: str, key: str, value: Any) -> str:
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
        return {key_reader(place, key, k): value_reader(place, key, v) for k, v in value.items()}

    return read


_texts = _tuple_of(_text)
_time: Callable[[str, str, Any], Option] = _fixed(_whole, _whole, _whole)
_ages: Callable[[str, str, Any], AgeRange] = _fixed(_or_null(_whole), _or_null(_whole))
_pin: Callable[[str, str, Any], Pin] = _fixed(_text, _text, _whole)
_until = _mapping(_text, _or_null(_day))

_TOP: dict[str, Reader] = {
    "format": _text,
    "horizon": lambda _place, key, value: _record(key, value, {"starts_on": _day, "days": _whole}),
    "areas": _texts,
    "districts": _tuple_of(_whole),
    "travel_minutes": _tuple_of(_tuple_of(_whole)),
    "volunteers": _list,
    "visits": _list,
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
    "free": _tuple_of(_time),
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
    "options": _tuple_of(_time),
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

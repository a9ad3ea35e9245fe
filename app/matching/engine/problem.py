"""The problem: who offers, what is asked, what is already fixed. Refuses impossible input with its place."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from app.matching.engine.rows import DAYS, SLOTS_A_DAY, AgeRange, Option, Pin, Shadow, Visit, Volunteer

PROBLEM_FORMAT = "volunteer-matching-problem/1"


class InvalidProblem(ValueError):
    """Impossible input. `place` names the record (kind and id), `key` the field, `value` what stood there."""

    def __init__(self, place: str, key: str, value: object, reason: str) -> None:
        super().__init__(f"{place}: {key} = {value!r}: {reason}")
        self.place = place
        self.key = key
        self.value = value
        self.reason = reason


class Problem:
    """Volunteers and visits sorted by id, with pins in the order given. Immutable by agreement.

    Raises `InvalidProblem` for anything MATCHING calls impossible.
    """

    def __init__(
        self,
        *,
        starts_on: date,
        areas: Sequence[str],
        districts: Sequence[int],
        travel_minutes: Sequence[Sequence[int]],
        volunteers: Iterable[Volunteer],
        visits: Iterable[Visit],
        pinned: Iterable[Pin] = (),
        previous: Iterable[tuple[str, str]] = (),
        shadows: Iterable[Shadow] = (),
        days: int = DAYS,
    ) -> None:
        self.starts_on = starts_on
        self.days = days
        self.areas = tuple(areas)
        self.districts = tuple(districts)
        self.travel_minutes = tuple(tuple(row) for row in travel_minutes)
        self.volunteers = tuple(sorted(volunteers, key=lambda volunteer: volunteer.id))
        self.visits = tuple(sorted(visits, key=lambda visit: visit.id))
        self.pinned = tuple(pinned)
        self.previous = tuple(previous)
        self.shadows = tuple(shadows)
        self.volunteer_index = {volunteer.id: index for index, volunteer in enumerate(self.volunteers)}
        self.visit_index = {visit.id: index for index, visit in enumerate(self.visits)}
        self.area_index = {area: index for index, area in enumerate(self.areas)}
        self._refuse_the_impossible()

    @classmethod
    def from_json(cls, document: Any) -> "Problem":
        """The problem of a parsed problem file; raises `InvalidProblem` with the place of what is wrong."""
        from app.matching.engine.reading import read_problem

        return read_problem(document)

    def volunteer(self, volunteer_id: str) -> Volunteer:
        """The volunteer of that id; KeyError when there is none."""
        return self.volunteers[self.volunteer_index[volunteer_id]]

    def visit(self, visit_id: str) -> Visit:
        """The visit of that id; KeyError when there is none."""
        return self.visits[self.visit_index[visit_id]]

    def travel_slots(self, earlier: str | None, later: str | None) -> int:
        """Half hours that must lie between two visits in these areas; 0 when either has no area."""
        if earlier is None or later is None:
            return 0
        return -(-self.travel_minutes[self.area_index[earlier]][self.area_index[later]] // 30)

    def monday_of(self, day: int) -> date:
        """The Monday of the calendar week in which that day of the horizon lies."""
        on = self.starts_on + timedelta(days=day)
        return on - timedelta(days=on.weekday())

    def to_json(self) -> dict[str, Any]:
        """The problem as its file has it, volunteers and visits sorted by id."""
        return {
            "format": PROBLEM_FORMAT,
            "horizon": {"starts_on": self.starts_on.isoformat(), "days": self.days},
            "areas": list(self.areas),
            "districts": list(self.districts),
            "travel_minutes": [list(row) for row in self.travel_minutes],
            "volunteers": [record_of(volunteer) for volunteer in self.volunteers],
            "visits": [record_of(visit) for visit in self.visits],
            "pinned": [list(pin) for pin in self.pinned],
            "previous": [list(pair) for pair in self.previous],
            "shadows": [record_of(shadow) for shadow in self.shadows],
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical problem file: it names the run."""
        digest = hashlib.sha256()
        for piece in self._canonical_pieces():
            digest.update(piece.encode())
        return digest.hexdigest()

    def _canonical_pieces(self) -> Iterator[str]:
        """The canonical file piece by piece, so that a large problem is never held as one text."""
        parts: dict[str, Any] = {
            "areas": list(self.areas),
            "districts": list(self.districts),
            "format": PROBLEM_FORMAT,
            "horizon": {"starts_on": self.starts_on.isoformat(), "days": self.days},
            "pinned": self.pinned,
            "previous": self.previous,
            "shadows": [record_of(shadow) for shadow in self.shadows],
            "travel_minutes": self.travel_minutes,
        }
        opening = "{"
        for key, value in parts.items():
            yield f"{opening}{canonical(key)}:{canonical(value)}"
            opening = ","
        records: tuple[tuple[str, Sequence[Visit | Volunteer]], ...] = (
            ("visits", self.visits),
            ("volunteers", self.volunteers),
        )
        for name, rows in records:
            yield f",{canonical(name)}:["
            for index, row in enumerate(rows):
                yield ("," if index else "") + canonical(record_of(row))
            yield "]"
        yield "}"

    def _refuse_the_impossible(self) -> None:
        if self.days != DAYS:
            raise InvalidProblem("horizon", "days", self.days, f"must be {DAYS}")
        self._check_areas()
        _check_ids("volunteer", [volunteer.id for volunteer in self.volunteers])
        _check_ids("visit", [visit.id for visit in self.visits])
        for volunteer in self.volunteers:
            self._check_volunteer(volunteer)
        sequences: set[tuple[str, int]] = set()
        for visit in self.visits:
            self._check_visit(visit)
            if visit.sequence is not None:
                if (visit.request, visit.sequence) in sequences:
                    raise InvalidProblem(
                        f"visit {visit.id}",
                        "sequence",
                        visit.sequence,
                        f"repeated in request {visit.request}",
                    )
                sequences.add((visit.request, visit.sequence))
        self._check_pins()
        self._check_shadows()

    def _check_areas(self) -> None:
        if len(self.area_index) != len(self.areas):
            repeated = next(area for area in self.areas if self.areas.count(area) > 1)
            raise InvalidProblem("areas", "areas", repeated, "repeated")
        if len(self.districts) != len(self.areas):
            raise InvalidProblem("districts", "districts", len(self.districts), "one for each area is needed")
        for area, district in zip(self.areas, self.districts, strict=True):
            if district < 0:
                raise InvalidProblem(f"area {area}", "districts", district, "must not be negative")
        if len(self.travel_minutes) != len(self.areas):
            raise InvalidProblem(
                "travel_minutes",
                "travel_minutes",
                len(self.travel_minutes),
                "one row for each area is needed",
            )
        for index, (area, row) in enumerate(zip(self.areas, self.travel_minutes, strict=True)):
            if len(row) != len(self.areas):
                raise InvalidProblem(
                    f"area {area}", "travel_minutes", len(row), "one for each area is needed"
                )
            for minutes in row:
                if minutes < 0:
                    raise InvalidProblem(f"area {area}", "travel_minutes", minutes, "must not be negative")
            if row[index] != 0:
                raise InvalidProblem(f"area {area}", "travel_minutes", row[index], "the diagonal must be 0")

    def _check_volunteer(self, volunteer: Volunteer) -> None:
        place = f"volunteer {volunteer.id}"
        for key, area in (("home", volunteer.home), *(("serves", area) for area in volunteer.serves)):
            if area not in self.area_index:
                raise InvalidProblem(place, key, area, "no such area")
        _check_gender(place, "gender", volunteer.gender)
        for piece in volunteer.free:
            _check_time(place, "free", piece)
        for key in ("age", "weekly_visits", "weekly_minutes", "recent_visits"):
            _check_not_negative(place, key, getattr(volunteer, key))
        for monday, (visits, minutes) in volunteer.used.items():
            if monday.weekday() != 0:
                raise InvalidProblem(place, "used", monday.isoformat(), "must be a Monday")
            _check_not_negative(place, "used", visits)
            _check_not_negative(place, "used", minutes)
        both = sorted(set(volunteer.wishes) & set(volunteer.avoids))
        if both:
            raise InvalidProblem(place, "avoids", both[0], "both wished for and avoided")

    def _check_visit(self, visit: Visit) -> None:
        place = f"visit {visit.id}"
        if visit.area is not None and visit.area not in self.area_index:
            raise InvalidProblem(place, "area", visit.area, "no such area")
        if visit.at_home and visit.area is None:
            raise InvalidProblem(place, "area", None, "a visit at home needs an area")
        if visit.at_home and visit.recipient is None:
            raise InvalidProblem(place, "recipient", None, "a visit at home needs a recipient")
        if not visit.options:
            raise InvalidProblem(place, "options", [], "at least one is needed")
        for index, option in enumerate(visit.options):
            _check_time(place, "options", option)
            if option in visit.options[:index]:
                raise InvalidProblem(place, "options", list(option), "repeated")
        least, most = visit.seats
        if not 1 <= least <= most:
            raise InvalidProblem(place, "seats", [least, most], "1 <= min <= max is needed")
        if not 0 <= visit.experienced <= most:
            raise InvalidProblem(place, "experienced", visit.experienced, "must lie between 0 and max")
        _check_gender(place, "gender", visit.gender)
        _check_gender(place, "prefers_gender", visit.prefers_gender)
        _check_range(place, "ages", visit.ages)
        if visit.prefers_ages is not None:
            _check_range(place, "prefers_ages", visit.prefers_ages)
        _check_not_negative(place, "waiting_days", visit.waiting_days)

    def _check_pins(self) -> None:
        seen: set[Pin] = set()
        for pin in self.pinned:
            visit_id, volunteer_id, option = pin
            place = f"pin [{visit_id}, {volunteer_id}, {option}]"
            if visit_id not in self.visit_index:
                raise InvalidProblem(place, "visit", visit_id, "no such visit")
            if volunteer_id not in self.volunteer_index:
                raise InvalidProblem(place, "volunteer", volunteer_id, "no such volunteer")
            if not 0 <= option < len(self.visit(visit_id).options):
                raise InvalidProblem(place, "option", option, "the visit has no such option")
            if pin in seen:
                raise InvalidProblem(place, "pinned", list(pin), "repeated")
            seen.add(pin)

    def _check_shadows(self) -> None:
        for shadow in self.shadows:
            place = f"shadow [{shadow.senior}, {shadow.successor}, {shadow.recipient}]"
            for key, volunteer_id in (("senior", shadow.senior), ("successor", shadow.successor)):
                if volunteer_id not in self.volunteer_index:
                    raise InvalidProblem(place, key, volunteer_id, "no such volunteer")
            if shadow.senior == shadow.successor:
                raise InvalidProblem(place, "successor", shadow.successor, "must not be the senior")
            if shadow.wanted < 1:
                raise InvalidProblem(place, "wanted", shadow.wanted, "must be at least 1")


def record_of(row: Volunteer | Visit | Shadow) -> dict[str, Any]:
    """A row as its JSON object: dates as text, tuples as lists."""
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value


def _check_ids(kind: str, sorted_ids: list[str]) -> None:
    for index, identity in enumerate(sorted_ids):
        if not identity:
            raise InvalidProblem(kind, "id", identity, "must not be empty")
        if index and identity == sorted_ids[index - 1]:
            raise InvalidProblem(f"{kind} {identity}", "id", identity, "repeated")


def _check_not_negative(place: str, key: str, value: int) -> None:
    if value < 0:
        raise InvalidProblem(place, key, value, "must not be negative")


def _check_gender(place: str, key: str, value: str | None) -> None:
    if value not in ("f", "m", None):
        raise InvalidProblem(place, key, value, "must be f, m or null")


def _check_time(place: str, key: str, time: Option) -> None:
    day, start, end = time
    if not 0 <= day < DAYS:
        raise InvalidProblem(place, key, list(time), f"the day must lie between 0 and {DAYS - 1}")
    if not 0 <= start < end <= SLOTS_A_DAY:
        raise InvalidProblem(place, key, list(time), f"0 <= from < to <= {SLOTS_A_DAY} is needed")


def _check_range(place: str, key: str, ages: AgeRange) -> None:
    youngest, oldest = ages
    for end in ages:
        if end is not None:
            _check_not_negative(place, key, end)
    if youngest is not None and oldest is not None and youngest > oldest:
        raise InvalidProblem(place, key, list(ages), "nobody can be of such an age")

"""The problem: who offers, what is asked, what is already fixed. Refuses impossible input with its place."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.canonical import canonical, record_of
from app.matching.engine.refusals import (
    LARGEST_WHOLE,
    InvalidProblem,
    check_gender,
    check_ids,
    check_range,
    check_time,
    check_whole,
)
from app.matching.engine.roster import Roster
from app.matching.engine.rows import DAYS, SLOTS_A_DAY, Pin, Shadow, Visit, Volunteer

PROBLEM_FORMAT = "volunteer-matching-problem/1"


class Problem:
    """Volunteers and visits sorted by id, with pins in the order given. Immutable by agreement.

    Volunteers may come from a generator: they are kept as columns (`roster`), not as rows.
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
        self.roster = volunteers if isinstance(volunteers, Roster) else Roster(volunteers)
        self.visits = tuple(sorted(visits, key=lambda visit: visit.id))
        self.pinned = tuple(pinned)
        self.previous = tuple(previous)
        self.shadows = tuple(shadows)
        self.volunteer_index = {name: index for index, name in enumerate(self.roster.ids)}
        self.visit_index = {visit.id: index for index, visit in enumerate(self.visits)}
        self.area_index = {area: index for index, area in enumerate(self.areas)}
        self._refuse_the_impossible()

    @classmethod
    def from_json(cls, document: Any) -> "Problem":
        """The problem of a parsed problem file; raises `InvalidProblem` with the place of what is wrong."""
        from app.matching.engine.reading import read_problem

        return read_problem(document)

    @classmethod
    def from_text(cls, text: str) -> "Problem":
        """The problem of a file's text, read record by record; raises `InvalidProblem` or another `ValueError`."""
        from app.matching.engine.reading import read_problem_text

        return read_problem_text(text)

    def with_changes(self, **changes: Any) -> "Problem":
        """The same problem with these fields, by the names of the constructor, changed; checked anew."""
        fields = {
            "starts_on": self.starts_on,
            "areas": self.areas,
            "districts": self.districts,
            "travel_minutes": self.travel_minutes,
            "volunteers": self.roster,
            "visits": self.visits,
            "pinned": self.pinned,
            "previous": self.previous,
            "shadows": self.shadows,
            "days": self.days,
        }
        return Problem(**{**fields, **changes})

    @property
    def volunteers(self) -> Sequence[Volunteer]:
        """The rows in the order of their ids, made when they are asked for."""
        return self.roster

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

    def head_to_json(self) -> dict[str, Any]:
        """The problem as its file has it, without volunteers and visits."""
        return {
            "format": PROBLEM_FORMAT,
            "horizon": {"starts_on": self.starts_on.isoformat(), "days": self.days},
            "areas": list(self.areas),
            "districts": list(self.districts),
            "travel_minutes": [list(row) for row in self.travel_minutes],
            "pinned": [list(pin) for pin in self.pinned],
            "previous": [list(pair) for pair in self.previous],
            "shadows": [record_of(shadow) for shadow in self.shadows],
        }

    def to_json(self) -> dict[str, Any]:
        """The problem as its file has it, volunteers and visits sorted by id."""
        return {
            **self.head_to_json(),
            "volunteers": [record_of(volunteer) for volunteer in self.volunteers],
            "visits": [record_of(visit) for visit in self.visits],
        }

    @cached_property
    def entries(self) -> tuple[Shadow, ...]:
        """The shadows wanted in an order that does not depend on that of the file; an entry is known by its place."""
        return tuple(sorted(self.shadows, key=astuple))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical problem file: it names the run."""
        digest = hashlib.sha256()
        for piece in self._canonical_pieces():
            digest.update(piece.encode())
        return digest.hexdigest()

    def _canonical_pieces(self) -> Iterator[str]:
        """The canonical file piece by piece, so that a large problem is never held as one text."""
        opening = "{"
        for key, value in sorted(self.head_to_json().items()):
            yield f"{opening}{canonical(key)}:{canonical(value)}"
            opening = ","
        yield ',"visits":['
        for index, visit in enumerate(self.visits):
            yield ("," if index else "") + canonical(record_of(visit))
        yield '],"volunteers":['
        yield from self.roster.canonical_texts()
        yield "]}"

    def _refuse_the_impossible(self) -> None:
        if self.days != DAYS:
            raise InvalidProblem("horizon", "days", self.days, f"must be {DAYS}")
        self._check_areas()
        check_ids("volunteer", self.roster.ids)
        check_ids("visit", [visit.id for visit in self.visits])
        self._check_volunteers()
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
            check_whole(f"area {area}", "districts", district)
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
            if row and not 0 <= min(row) <= max(row) <= LARGEST_WHOLE:
                wrong = next(minutes for minutes in row if not 0 <= minutes <= LARGEST_WHOLE)
                check_whole(f"area {area}", "travel_minutes", wrong)
            if row[index] != 0:
                raise InvalidProblem(f"area {area}", "travel_minutes", row[index], "the diagonal must be 0")

    def _check_volunteers(self) -> None:
        """The rules of a volunteer's record, each over its whole column."""
        roster = self.roster
        self._check_coded("home", lambda home: None if home in self.area_index else (home, "no such area"))
        self._check_coded("serves", self._unknown_area)
        self._check_coded("gender", _no_gender)
        for key, column in roster.wholes.items():
            self._refuse_first(column < 0, key, column, "must not be negative")
        day, start, end = roster.free.items.T
        people = roster.free.owners()
        for wrong, reason in (
            ((day < 0) | (day >= DAYS), f"the day must lie between 0 and {DAYS - 1}"),
            (
                (start < 0) | (start >= end) | (end > SLOTS_A_DAY),
                f"0 <= from < to <= {SLOTS_A_DAY} is needed",
            ),
        ):
            self._refuse_first(wrong, "free", roster.free.items, reason, people)
        monday, visits, minutes = roster.used.items.T
        people = roster.used.owners()
        for item in np.flatnonzero((monday + 6) % 7)[:1]:
            self._refuse(
                people[item], "used", date.fromordinal(int(monday[item])).isoformat(), "must be a Monday"
            )
        for column in (visits, minutes):
            self._refuse_first(column < 0, "used", column, "must not be negative", people)
        wishes, avoids = roster.coded["wishes"], roster.coded["avoids"]
        together = np.stack([wishes.codes, avoids.codes])
        for wished, avoided in np.unique(together, axis=1).T.tolist():
            both = sorted({*wishes.values[wished]} & {*avoids.values[avoided]})
            if both:
                row = np.flatnonzero((wishes.codes == wished) & (avoids.codes == avoided))[0]
                self._refuse(row, "avoids", both[0], "both wished for and avoided")

    def _check_coded(self, key: str, fault: Callable[[Any], tuple[object, str] | None]) -> None:
        """Refuses the first volunteer whose value of a coded column has a fault (value, reason)."""
        column = self.roster.coded[key]
        faults = {code: fault(value) for code, value in enumerate(column.values)}
        wrong = [code for code, found in faults.items() if found is not None]
        for row in np.flatnonzero(np.isin(column.codes, wrong))[:1] if wrong else ():
            value, reason = faults[int(column.codes[row])] or (None, "")
            self._refuse(row, key, value, reason)

    def _unknown_area(self, areas: tuple[str, ...]) -> tuple[object, str] | None:
        unknown = [area for area in areas if area not in self.area_index]
        return (unknown[0], "no such area") if unknown else None

    def _refuse_first(
        self, wrong: NDArray[np.bool_], key: str, values: Any, reason: str, people: Any = None
    ) -> None:
        """Refuses the first volunteer with a wrong value; `people` are the owners when there are several each."""
        for place in np.flatnonzero(wrong)[:1]:
            self._refuse(place if people is None else people[place], key, values[place].tolist(), reason)

    def _refuse(self, row: Any, key: str, value: object, reason: str) -> None:
        raise InvalidProblem(f"volunteer {self.roster.ids[int(row)]}", key, value, reason)

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
            check_time(place, "options", option)
            if option in visit.options[:index]:
                raise InvalidProblem(place, "options", list(option), "repeated")
        least, most = visit.seats
        if not 1 <= least <= most:
            raise InvalidProblem(place, "seats", [least, most], "1 <= min <= max is needed")
        if not 0 <= visit.experienced <= most:
            raise InvalidProblem(place, "experienced", visit.experienced, "must lie between 0 and max")
        check_gender(place, "gender", visit.gender)
        check_gender(place, "prefers_gender", visit.prefers_gender)
        check_range(place, "ages", visit.ages)
        if visit.prefers_ages is not None:
            check_range(place, "prefers_ages", visit.prefers_ages)
        check_whole(place, "waiting_days", visit.waiting_days)

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


def _no_gender(value: str | None) -> tuple[object, str] | None:
    return None if value in ("f", "m", None) else (value, "must be f, m or null")

"""The problem as the referee reads it: who keeps each rule, what a pairing adds, times, weeks and travel.

None of it is the solver's. A set of volunteers is one whole number: its bit v says that volunteer number v, in the
order of ids, belongs to it. A rule is a set, so it is asked of everybody at once with `&` and counted by its ones.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.canonical import record_of
from app.matching.engine.problem import Problem

Json = dict[str, Any]
People = int
"""A set of volunteers, bit by bit."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Time = Sequence[int]
"""[day of the horizon, first half-hour slot, slot after the last]."""

DAYS, SLOTS = 14, 48
SLOTS_A_WEEK = 7 * SLOTS


class Facts:
    """One problem, its volunteers numbered in the order of their ids; each record is read once and let go."""

    def __init__(self, problem: Problem | Json) -> None:
        head, volunteers, visits = _parts(problem)
        self.asked = head
        """The problem without its volunteers and visits."""
        self.start = date.fromisoformat(head["horizon"]["starts_on"])
        self.visits: dict[str, Json] = {}
        """id -> record, in the order of ids."""
        self.ids: list[str] = []
        self.place = {name: number for number, name in enumerate(head["areas"])}
        self._members: dict[tuple[str, Any], list[int]] = defaultdict(list)
        self._until: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        self._limits: list[tuple[int, int, Json]] = []
        self._ages_and_homes: list[tuple[int, int]] = []
        self.digest = self._read(head, volunteers, visits)
        self.number = {name: number for number, name in enumerate(self.ids)}
        self.everybody: People = (1 << len(self.ids)) - 1
        columns: Ints = np.array(self._ages_and_homes, dtype=np.int64).reshape(-1, 2)
        self.age, self.home = columns[:, 0].copy(), columns[:, 1].copy()
        self._sets = {key: self.set_of(members) for key, members in self._members.items() if key[0] != "free"}
        self.free = self._half_hours_free()
        self._members.clear()
        self._ages_and_homes.clear()
        self._ages: dict[tuple[int | None, int | None], People] = {}
        self._valid: dict[tuple[str, str, int], People] = {}
        self._is_in: dict[tuple[str, Any], Bools] = {}
        self.previous: dict[str, set[str]] = defaultdict(set)
        """visit -> who held it in last night's proposal."""
        for visit, person in head["previous"]:
            self.previous[visit].add(person)

    def _read(self, head: Json, volunteers: Iterable[Json], visits: Iterable[Json]) -> str:
        """Takes every record in; the SHA-256 of the canonical file, made of the same records."""
        digest = hashlib.sha256()
        opening = "{"
        for key in sorted([*head, "volunteers", "visits"]):
            digest.update(f"{opening}{_canonical(key)}:".encode())
            opening = ","
            if key not in ("volunteers", "visits"):
                digest.update(_canonical(head[key]).encode())
                continue
            bracket = "["
            for record in volunteers if key == "volunteers" else visits:
                digest.update(f"{bracket}{_canonical(record)}".encode())
                bracket = ","
                if key == "visits":
                    self.visits[record["id"]] = record
                else:
                    self._take(record)
            digest.update(b"[]" if bracket == "[" else b"]")
        digest.update(b"}")
        return digest.hexdigest()

    def _take(self, person: Json) -> None:
        """One more volunteer, into every set they belong to."""
        number = len(self.ids)
        self.ids.append(person["id"])
        self._ages_and_homes.append((person["age"], self.place[person["home"]]))
        self._limits.append((person["weekly_visits"], person["weekly_minutes"], person["used"]))
        for key in ("serves", "languages", "cannot", "wishes", "avoids"):
            for word in person[key]:
                self._members[key, word].append(number)
        for key in ("skills", "clearances"):
            for kind, last_day in person[key].items():
                self._until[key, kind].append((last_day or "9999-99-99", number))
        for key in ("gender", "household", "experienced", "new_homes"):
            self._members[key, person[key]].append(number)
        self._members["is_new", person["recent_visits"] == 0].append(number)
        for piece in person["free"]:
            self._members["free", tuple(piece)].append(number)

    def _half_hours_free(self) -> list[list[People]]:
        """[day][slot]: who is free then; pieces that touch or overlap count as their union."""
        free = [[0] * SLOTS for _ in range(DAYS)]
        for (key, piece), members in self._members.items():
            if key == "free":
                day, start, end = piece
                people = self.set_of(members)
                for slot in range(start, end):
                    free[day][slot] |= people
        return free

    # Sets

    def set_of(self, numbers: Sequence[int] | Ints) -> People:
        """The set of these volunteers."""
        bits = np.zeros(len(self.ids), dtype=np.bool_)
        bits[numbers] = True
        return set_where(bits)

    def named(self, ids: Iterable[str]) -> People:
        """The set of those of these ids whom the problem knows."""
        people = 0
        for name in ids:
            if name in self.number:
                people |= 1 << self.number[name]
        return people

    def is_in(self, people: People) -> Bools:
        """[v]: whether the volunteer belongs to the set."""
        raw = people.to_bytes((len(self.ids) + 7) // 8, "little")
        bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little", count=len(self.ids))
        return bits.view(np.bool_)

    def members(self, people: People) -> Ints:
        """The numbers of a set, ascending."""
        return np.flatnonzero(self.is_in(people)) if people else np.zeros(0, dtype=np.int64)

    def who(self, key: str, word: Any) -> People:
        """Those who have this word under this key of their record."""
        return self._sets.get((key, word), 0)

    def has(self, key: str, word: Any) -> Bools:
        """[v]: whether somebody has this word under this key."""
        if (key, word) not in self._is_in:
            self._is_in[key, word] = self.is_in(self.who(key, word))
        return self._is_in[key, word]

    def who_holds(self, key: str, kind: str, day: int) -> People:
        """Those whose skill or clearance of this kind is valid on this day of the horizon."""
        if (key, kind, day) not in self._valid:
            on = (self.start + timedelta(days=day)).isoformat()
            valid = [number for last_day, number in self._until.get((key, kind), ()) if last_day >= on]
            self._valid[key, kind, day] = self.set_of(valid)
        return self._valid[key, kind, day]

    def who_is_aged(self, youngest: int | None, oldest: int | None) -> People:
        """Those whose age lies in the range, both ends inclusive, None open."""
        if (youngest, oldest) not in self._ages:
            self._ages[youngest, oldest] = set_where(_lies_in(self.age, youngest, oldest))
        return self._ages[youngest, oldest]

    @cached_property
    def household(self) -> Ints:
        """[v]: a number for each household, -1 for nobody's."""
        numbers = np.full(len(self.ids), -1, dtype=np.int64)
        for (key, household), people in self._sets.items():
            if key == "household" and household is not None:
                members = self.members(people)
                numbers[members] = members[0]
        return numbers

    # Weeks and travel

    @cached_property
    def mondays(self) -> list[str]:
        """The Mondays of the calendar weeks the horizon touches."""
        days = [self.start + timedelta(days=day) for day in range(DAYS)]
        return sorted({(on - timedelta(days=on.weekday())).isoformat() for on in days})

    @cached_property
    def week(self) -> list[int]:
        """[day]: the number of its calendar week."""
        return [(self.start.weekday() + day) // 7 for day in range(DAYS)]

    def week_fault(self, person: int, week: int, visits: int, minutes: int) -> str | None:
        """The weekly limit that so much in one week would break, beside what is used."""
        most_visits, most_minutes, used = self._limits[person]
        used_visits, used_minutes = used.get(self.mondays[week], (0, 0))
        if visits + used_visits > most_visits:
            return "weekly_visits"
        if minutes + used_minutes > most_minutes:
            return "weekly_minutes"
        return None

    def weekly_room(self) -> tuple[Ints, Ints]:
        """[v, week]: the visits and the half hours left beside what is used, no more than a week has."""
        room = np.zeros((2, len(self.ids), len(self.mondays)), dtype=np.int64)
        for person, (visits, minutes, used) in enumerate(self._limits):
            room[:, person] = [[min(visits, SLOTS_A_WEEK)], [min(minutes // 30, SLOTS_A_WEEK)]]
            for week, monday in enumerate(self.mondays if used else ()):
                used_visits, used_minutes = used.get(monday, (0, 0))
                room[0, person, week] = min(max(0, visits - used_visits), SLOTS_A_WEEK)
                room[1, person, week] = min(max(0, minutes - used_minutes) // 30, SLOTS_A_WEEK)
        return room[0], room[1]

    @cached_property
    def travel_slots(self) -> Ints:
        """[from, to]: half hours of travel; the last row and column are for a visit without area."""
        size = len(self.place)
        slots = np.zeros((size + 1, size + 1), dtype=np.int64)
        slots[:size, :size] = (self._minutes + 29) // 30
        return slots

    @cached_property
    def _minutes(self) -> Ints:
        return np.array(self.asked["travel_minutes"], dtype=np.int64).reshape(
            len(self.place), len(self.place)
        )

    def area(self, visit: Json) -> int:
        """The number of a visit's area; one beyond the last when it has none."""
        return len(self.place) if visit["area"] is None else self.place[visit["area"]]

    def too_close(self, one: Json, time: Time, other: Json, other_time: Time) -> bool:
        """Whether one person cannot be at both: on one day, without the time to travel between them."""
        (first, here), (second, there) = sorted(
            [(list(time), self.area(one)), (list(other_time), self.area(other))]
        )
        return first[0] == second[0] and second[1] - first[2] < self.travel_slots[here, there]

    # Teams

    def team_serves(self, visit: Json, team: Sequence[int]) -> bool:
        """Whether these people on its seats serve the visit."""
        people = np.array(team, dtype=np.int64)
        low, high = visit["seats"]
        experienced = int(self.has("experienced", True)[people].sum())
        is_minor = self.age[people] < 18
        if not low <= len(team) <= high or experienced < visit["experienced"] or is_minor.all():
            return False
        if visit["at_home"] and visit["first_visit"] and len(team) + experienced < 2:
            return False
        return not (visit["at_home"] and self.all_of_one_household(team))

    def all_of_one_household(self, people: Sequence[int]) -> bool:
        """Two or more people of one household; nobody's household is none."""
        households = {int(self.household[person]) for person in people}
        return len(people) > 1 and len(households) == 1 and -1 not in households

    def neighbours(self) -> list[tuple[str, str]]:
        """Each two visits next to each other in the sequence of a request, the earlier first."""
        chains: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for name, visit in self.visits.items():
            if visit["sequence"] is not None:
                chains[visit["request"]].append((visit["sequence"], name))
        return [(one, other) for chain in chains.values() for (_, one), (_, other) in pairwise(sorted(chain))]

    # What a pairing adds

    def worth(self, people: Ints, visit: Json) -> Ints:
        """What each of these people's pairing at a served visit adds by itself."""
        return (
            self.fit(people, visit)
            + 400 * self._are(people, visit["continues"])
            + 300 * self._are(people, visit["known"])
            + 150 * self._are(people, self.previous.get(visit["id"], ()))
        )

    def fit(self, people: Ints, visit: Json) -> Ints:
        """How well each of these people and the visit suit each other, 0 to 100."""
        near: Ints = np.full(len(people), 40, dtype=np.int64)
        if visit["area"] is not None:
            near = 40 * np.maximum(0, 60 - self._minutes[self.home[people], self.area(visit)]) // 60
        suits_age = _lies_in(self.age[people], *(visit["prefers_ages"] or (None, None)))
        gender = visit["prefers_gender"]
        suits_gender = 1 if gender is None else self.has("gender", gender)[people]
        wishes = self.has("wishes", visit["kind"])[people]
        avoids = self.has("avoids", visit["kind"])[people]
        fit: Ints = (near + 25 * suits_age + 15 * suits_gender + 20 * wishes) * ~avoids
        return fit

    def _are(self, people: Ints, ids: Iterable[str]) -> Ints:
        """1 for each of these people who is among the ids."""
        among = np.zeros(len(people), dtype=np.int64)
        for name in ids:
            if name in self.number:
                among[people == self.number[name]] = 1
        return among


def set_where(belongs: Bools) -> People:
    """The set of the volunteers for whom this holds."""
    return int.from_bytes(np.packbits(belongs, bitorder="little").tobytes(), "little")


def _lies_in(age: Ints, youngest: int | None, oldest: int | None) -> Bools:
    inside = np.ones(len(age), dtype=np.bool_)
    if youngest is not None:
        inside &= age >= youngest
    if oldest is not None:
        inside &= age <= oldest
    return inside


def _parts(problem: Problem | Json) -> tuple[Json, Iterable[Json], Iterable[Json]]:
    """The head of the file, and the records of its volunteers and visits, sorted by id."""
    if isinstance(problem, Problem):
        head = problem.head_to_json()
        return head, map(record_of, problem.volunteers), map(record_of, problem.visits)
    head = {key: value for key, value in problem.items() if key not in ("volunteers", "visits")}
    volunteers, visits = (
        sorted(problem[key], key=lambda row: str(row["id"])) for key in ("volunteers", "visits")
    )
    return head, volunteers, visits


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

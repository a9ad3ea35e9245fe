"""The referee: reads the two files afresh, re-checks every rule, re-adds the value.

It shares no code with the solver.
"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any

from app.matching.engine.certifying import Certificate, FalseCertificate
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result

Json = dict[str, Any]
RESULT_KEYS = {
    "format", "problem", "pairings", "shadow_pairings", "urgent", "value", "bound", "gap", "proved_optimal",
    "unserved", "dropped_pins", "seconds", "certificate",
}  # fmt: skip
FUNNEL = (
    "serves_the_area", "is_free_then", "has_required_skills", "has_clearance", "speaks_a_language",
    "is_of_required_gender", "is_of_permitted_age", "can_do_what_it_asks", "may_enter_this_home", "is_not_excluded",
    "is_not_family",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What the referee found. `notes` say what a true result leaves unproved."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is false."""
        return not self.faults


def verify(problem: Problem | Json, result: Result | Json) -> Report:
    """Whether the result is a true statement about the problem; never raises on a well-formed result file."""
    asked = problem.to_json() if isinstance(problem, Problem) else problem
    told = result.to_json() if isinstance(result, Result) else result
    if set(told) != RESULT_KEYS:
        return Report((f"keys of the result: {sorted(set(told) ^ RESULT_KEYS)}",), ())
    referee = _Referee(asked, told)
    referee.run()
    return Report(tuple(referee.faults), tuple(referee.notes))


class _Referee:
    def __init__(self, asked: Json, told: Json) -> None:
        self.asked, self.told = asked, told
        self.people: dict[str, Json] = {row["id"]: row for row in asked["volunteers"]}
        self.visits: dict[str, Json] = {row["id"]: row for row in asked["visits"]}
        self.place = {name: number for number, name in enumerate(asked["areas"])}
        self.start = date.fromisoformat(asked["horizon"]["starts_on"])
        self.faults: list[str] = []
        self.notes: list[str] = []

    def run(self) -> None:
        told = self.told
        if told["format"] != "volunteer-matching-result/1":
            self.faults.append(f"format {told['format']!r}")
        if told["problem"] != self.digest():
            self.faults.append("the result belongs to another problem")
        if not self.names_are_known():
            return
        pins, dropped = self.pins_that_stand()
        if [list(row) for row in told["dropped_pins"]] != dropped:
            self.faults.append(f"dropped pins: told {told['dropped_pins']}, found {dropped}")
        self.seats_and_times(pins)
        served = self.served_teams()
        self.only_served_visits_hold_seats(served, pins)
        self.shadow_seats(served)
        self.numbers(served)
        self.waiting(served)
        self.proof(pins)

    def digest(self) -> str:
        tidy = {
            **self.asked,
            "volunteers": sorted(self.asked["volunteers"], key=lambda row: str(row["id"])),
            "visits": sorted(self.asked["visits"], key=lambda row: str(row["id"])),
        }
        text = json.dumps(tidy, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def names_are_known(self) -> bool:
        before = len(self.faults)
        pairings = [tuple(row) for row in self.told["pairings"]]
        shadows = [tuple(row) for row in self.told["shadow_pairings"]]
        for name, rows in (("pairings", pairings), ("shadow_pairings", shadows)):
            if rows != sorted(rows):
                self.faults.append(f"{name} are not sorted")
            if len({row[:2] for row in rows}) != len(rows):
                self.faults.append(f"{name} repeat a pair")
        for visit, person, *option in [*pairings, *shadows]:
            if visit not in self.visits or person not in self.people:
                self.faults.append(f"pairing [{visit}, {person}] names somebody unknown")
            elif option and not 0 <= option[0] < len(self.visits[visit]["options"]):
                self.faults.append(f"pairing [{visit}, {person}] has no option {option[0]}")
        return len(self.faults) == before

    def first_hard_fault(
        self, person: Json, visit: Json, option: int, without: str | None = None
    ) -> str | None:
        day, start, end = visit["options"][option]
        on = (self.start + timedelta(days=day)).isoformat()
        free = {slot for d, a, b in person["free"] if d == day for slot in range(a, b)}
        low, high = visit["ages"]
        held = (
            visit["area"] is None or visit["area"] in person["serves"],
            all(slot in free for slot in range(start, end)),
            all(
                name in person["skills"] and (person["skills"][name] or "9999-99-99") >= on
                for name in visit["skills"]
            ),
            visit["clearance"] is None
            or (
                visit["clearance"] in person["clearances"]
                and (person["clearances"][visit["clearance"]] or "9999-99-99") >= on
            ),
            visit["languages"] == [] or bool(set(visit["languages"]) & set(person["languages"])),
            visit["gender"] in (None, person["gender"]),
            (low is None or low <= person["age"]) and (high is None or person["age"] <= high),
            not set(visit["demands"]) & set(person["cannot"]),
            not visit["at_home"] or person["new_homes"] or person["id"] in visit["known"],
            person["id"] not in visit["excluded"],
            person["id"] not in visit["family"],
        )
        for rule, holds in zip(FUNNEL, held, strict=True):
            if not holds and rule != without:
                return rule
        return None

    def travel(self, earlier: Json, later: Json) -> int:
        if earlier["area"] is None or later["area"] is None:
            return 0
        minutes = int(self.asked["travel_minutes"][self.place[earlier["area"]]][self.place[later["area"]]])
        return (minutes + 29) // 30

    def too_close(self, one: Json, option: int, other: Json, other_option: int) -> bool:
        first, second = sorted([(one["options"][option], 0), (other["options"][other_option], 1)])
        visits = (one, other)
        if first[0][0] != second[0][0]:
            return False
        return bool(second[0][1] - first[0][2] < self.travel(visits[first[1]], visits[second[1]])) and bool(
            first[0][1] - second[0][2] < self.travel(visits[second[1]], visits[first[1]])
        )

    def monday(self, day: int) -> str:
        on = self.start + timedelta(days=day)
        return (on - timedelta(days=on.weekday())).isoformat()

    def week_fault(self, person: Json, monday: str, visits: int, minutes: int) -> str | None:
        used_visits, used_minutes = person["used"].get(monday, (0, 0))
        if visits + used_visits > person["weekly_visits"]:
            return "weekly_visits"
        if minutes + used_minutes > person["weekly_minutes"]:
            return "weekly_minutes"
        return None

    def pins_that_stand(self) -> tuple[set[tuple[str, str, int]], list[list[str]]]:
        stand: list[tuple[str, str, int]] = []
        dropped: list[list[str]] = []
        mine: dict[str, list[tuple[str, int]]] = defaultdict(list)
        theirs: dict[str, list[int]] = defaultdict(list)
        for visit_id, person_id, option in self.asked["pinned"]:
            visit, person = self.visits[visit_id], self.people[person_id]
            fault = self.first_hard_fault(person, visit, option)
            if fault is None and any(
                other != visit_id and self.too_close(visit, option, self.visits[other], index)
                for other, index in mine[person_id]
            ):
                fault = "travel"
            if fault is None:
                monday = self.monday(visit["options"][option][0])
                times = [self.visits[other]["options"][index] for other, index in mine[person_id]]
                times = [
                    *[time for time in times if self.monday(time[0]) == monday],
                    visit["options"][option],
                ]
                fault = self.week_fault(person, monday, len(times), sum(30 * (b - a) for _, a, b in times))
            if fault is None and len(theirs[visit_id]) >= visit["seats"][1]:
                fault = "max"
            if fault is None and any(index != option for index in theirs[visit_id]):
                fault = "option"
            if fault is None:
                stand.append((visit_id, person_id, option))
                mine[person_id].append((visit_id, option))
                theirs[visit_id].append(option)
            else:
                dropped.append([visit_id, person_id, fault])
        return set(stand), sorted(dropped)

    def seats_and_times(self, pins: set[tuple[str, str, int]]) -> None:
        pairings = {tuple(row) for row in self.told["pairings"]}
        for pin in sorted(pins - pairings):
            self.faults.append(f"pin {list(pin)} is not kept")
        option_of: dict[str, int] = {}
        held: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for visit_id, person_id, option in self.told["pairings"]:
            fault = self.first_hard_fault(self.people[person_id], self.visits[visit_id], option)
            if fault:
                self.faults.append(f"pairing [{visit_id}, {person_id}] breaks {fault}")
            if option_of.setdefault(visit_id, option) != option:
                self.faults.append(f"visit {visit_id} is held at two options")
            held[person_id].append((visit_id, option))
        for visit_id, person_id in self.told["shadow_pairings"]:
            if visit_id not in option_of:
                self.faults.append(f"shadow pairing [{visit_id}, {person_id}] is at a visit nobody holds")
                continue
            held[person_id].append((visit_id, option_of[visit_id]))
        for person_id, times in held.items():
            self.times_of(person_id, times)

    def times_of(self, person_id: str, times: list[tuple[str, int]]) -> None:
        weeks: Counter[str] = Counter()
        minutes: Counter[str] = Counter()
        for visit_id, option in times:
            day, start, end = self.visits[visit_id]["options"][option]
            weeks[self.monday(day)] += 1
            minutes[self.monday(day)] += 30 * (end - start)
        for monday in weeks:
            fault = self.week_fault(self.people[person_id], monday, weeks[monday], minutes[monday])
            if fault:
                self.faults.append(f"volunteer {person_id} breaks {fault} in the week of {monday}")
        for (one, option), (other, other_option) in combinations(times, 2):
            if one != other and self.too_close(self.visits[one], option, self.visits[other], other_option):
                self.faults.append(f"volunteer {person_id} cannot travel between {one} and {other}")

    def served_teams(self) -> dict[str, list[Json]]:
        teams: dict[str, list[Json]] = defaultdict(list)
        for visit_id, person_id, _ in self.told["pairings"]:
            teams[visit_id].append(self.people[person_id])
        return {name: team for name, team in teams.items() if self.team_serves(self.visits[name], team)}

    def team_serves(self, visit: Json, team: list[Json]) -> bool:
        low, high = visit["seats"]
        experienced = sum(bool(person["experienced"]) for person in team)
        if not low <= len(team) <= high or experienced < visit["experienced"]:
            return False
        if any(person["age"] < 18 for person in team) and not any(person["age"] >= 18 for person in team):
            return False
        if visit["at_home"] and visit["first_visit"] and len(team) + experienced < 2:
            return False
        return not (visit["at_home"] and self.all_of_one_household(team))

    @staticmethod
    def all_of_one_household(people: list[Json]) -> bool:
        first = people[0]["household"]
        return (
            len(people) > 1 and first is not None and all(person["household"] == first for person in people)
        )

    def only_served_visits_hold_seats(
        self, served: dict[str, list[Json]], pins: set[tuple[str, str, int]]
    ) -> None:
        for visit_id, person_id, option in self.told["pairings"]:
            if visit_id not in served and (visit_id, person_id, option) not in pins:
                self.faults.append(f"[{visit_id}, {person_id}] holds a seat of a visit that is not served")

    def shadow_seats(self, served: dict[str, list[Json]]) -> None:
        option_of = {visit: option for visit, _, option in self.told["pairings"]}
        joined: dict[str, list[Json]] = defaultdict(list)
        choices: list[tuple[str, list[int]]] = []
        for visit_id, person_id in self.told["shadow_pairings"]:
            label = f"shadow pairing [{visit_id}, {person_id}]"
            visit, person = self.visits[visit_id], self.people[person_id]
            if visit_id not in served:
                self.faults.append(f"{label} is at a visit that is not served")
                continue
            present = {member["id"] for member in served[visit_id]}
            if person_id in present:
                self.faults.append(f"{label} holds a seat there too")
            fault = self.first_hard_fault(person, visit, option_of[visit_id], without="has_required_skills")
            if fault:
                self.faults.append(f"{label} breaks {fault}")
            choices.append(
                (
                    label,
                    [
                        number
                        for number, entry in enumerate(self.asked["shadows"])
                        if entry["successor"] == person_id
                        and entry["recipient"] == visit["recipient"]
                        and entry["senior"] in present
                    ],
                )
            )
            joined[visit_id].append(person)
        self.entries_suffice(choices)
        for visit_id, people in joined.items():
            together = [*served[visit_id], *people]
            if self.visits[visit_id]["at_home"] and self.all_of_one_household(together):
                self.faults.append(f"visit {visit_id}: seats and shadows are all of one household")

    def entries_suffice(self, choices: list[tuple[str, list[int]]]) -> None:
        """Each shadow seat needs an entry with room: augmenting paths, one seat at a time."""
        held: dict[int, list[int]] = defaultdict(list)

        def place(number: int, seen: set[int]) -> bool:
            for entry in choices[number][1]:
                if entry in seen:
                    continue
                seen.add(entry)
                if len(held[entry]) < self.asked["shadows"][entry]["wanted"]:
                    held[entry].append(number)
                    return True
                for other in list(held[entry]):
                    if place(other, seen):
                        held[entry].remove(other)
                        held[entry].append(number)
                        return True
            return False

        for number, (label, _) in enumerate(choices):
            if not place(number, set()):
                self.faults.append(f"{label} is wanted by no entry with room")

    def numbers(self, served: dict[str, list[Json]]) -> None:
        told = self.told
        value = self.value_of(served)
        urgent = sum(bool(self.visits[name]["urgent"]) for name in served)
        if told["value"] != value:
            self.faults.append(f"value: told {told['value']}, found {value}")
        if told["urgent"]["served"] != urgent:
            self.faults.append(f"urgent visits served: told {told['urgent']['served']}, found {urgent}")
        if told["urgent"]["bound"] < urgent:
            self.faults.append("the bound on urgent visits lies below what is served")
        if told["bound"] < value:
            self.faults.append("the bound lies below the value")
        gap = (told["bound"] - told["value"]) / told["bound"] if told["bound"] else 0
        if told["gap"] != gap:
            self.faults.append(f"gap: told {told['gap']}, found {gap}")
        proved = told["value"] == told["bound"] and told["urgent"]["served"] == told["urgent"]["bound"]
        if told["proved_optimal"] is not proved:
            self.faults.append(f"proved_optimal: told {told['proved_optimal']}, found {proved}")

    def proof(self, pins: set[tuple[str, str, int]]) -> None:
        """The bound against the prices that come with it."""
        told = self.told
        if told["certificate"].get("method") != "prices":
            self.notes.append("the result brings no prices: its bound was not computed afresh")
            return
        try:
            bound = Certificate(self, pins, told["certificate"], told["urgent"]["served"]).bound()
        except FalseCertificate as false:
            self.faults.append(f"certificate: {false}")
            return
        if told["bound"] < bound and told["bound"] != told["value"]:
            self.faults.append(f"bound: told {told['bound']}, the prices prove {bound}")
        elif told["bound"] < bound:
            self.notes.append(
                f"the prices prove {bound}; that nothing lies between was found by branch and bound"
            )

    def value_of(self, served: dict[str, list[Json]]) -> int:
        before = {tuple(pair) for pair in self.asked["previous"]}
        total = 100 * len(self.told["shadow_pairings"])
        seats: Counter[str] = Counter()
        requests: set[str] = set()
        for name, team in served.items():
            visit = self.visits[name]
            total += 10_000 + 40 * min(visit["waiting_days"], 90) + 500 * (len(team) - visit["seats"][0])
            requests.add(visit["request"])
            ages = [person["age"] for person in team]
            total += 60 if max(ages) >= 60 and min(ages) < 30 else 0
            for person in team:
                seats[person["id"]] += 1
                total += 400 * (person["id"] in visit["continues"]) + 300 * (person["id"] in visit["known"])
                total += 150 * ((name, person["id"]) in before) + self.fit(person, visit)
        total += 5_000 * len(requests) + self.continuity(served)
        for person_id, count in seats.items():
            total += 200 * (self.people[person_id]["recent_visits"] == 0)
            total -= sum(30 * turn for turn in range(count))
        return total

    def fit(self, person: Json, visit: Json) -> int:
        if visit["kind"] in person["avoids"]:
            return 0
        total = 40
        if visit["area"] is not None:
            minutes = self.asked["travel_minutes"][self.place[person["home"]]][self.place[visit["area"]]]
            total = 40 * max(0, 60 - int(minutes)) // 60
        low, high = visit["prefers_ages"] or (None, None)
        total += 25 * ((low is None or low <= person["age"]) and (high is None or person["age"] <= high))
        total += 15 * (visit["prefers_gender"] in (None, person["gender"]))
        return total + 20 * (visit["kind"] in person["wishes"])

    def continuity(self, served: dict[str, list[Json]]) -> int:
        chains: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for name, visit in self.visits.items():
            if visit["sequence"] is not None:
                chains[visit["request"]].append((visit["sequence"], name))
        total = 0
        for chain in chains.values():
            names = [name for _, name in sorted(chain)]
            for one, other in pairwise(names):
                if one in served and other in served:
                    both = {person["id"] for person in served[one]} & {
                        person["id"] for person in served[other]
                    }
                    total += 400 * len(both)
        return total

    def waiting(self, served: dict[str, list[Json]]) -> None:
        told = [row["visit"] for row in self.told["unserved"]]
        if told != sorted(set(self.visits) - set(served)):
            self.faults.append("unserved does not list exactly the visits that are not served")
            return
        for row in self.told["unserved"]:
            found = self.funnel(self.visits[row["visit"]])
            if [list(step) for step in row["funnel"]] != found:
                self.faults.append(f"funnel of {row['visit']}: told {row['funnel']}, found {found}")

    def funnel(self, visit: Json) -> list[list[Any]]:
        removed: Counter[str] = Counter()
        for person in self.people.values():
            faults = [self.first_hard_fault(person, visit, index) for index in range(len(visit["options"]))]
            if None not in faults:
                removed[max((fault for fault in faults if fault), key=FUNNEL.index)] += 1
        return [[rule, removed[rule]] for rule in FUNNEL]

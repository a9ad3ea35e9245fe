"""The referee: reads the two files afresh, re-checks every rule, re-adds the value.

It shares no code with the solver and uses none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from app.matching.engine.facts import Facts, Json, Time
from app.matching.engine.hard_rules import HARD_RULES, first_hard_fault, passing
from app.matching.engine.problem import Problem
from app.matching.engine.result import Result

if TYPE_CHECKING:
    from app.matching.engine.openings import Openings

RESULT_KEYS = {
    "format", "problem", "pairings", "shadow_pairings", "urgent", "value", "bound", "gap", "proved_optimal",
    "unserved", "dropped_pins", "seconds", "certificate",
}  # fmt: skip
Held = tuple[str, int]
"""(visit id, option)."""
Pin = tuple[str, int, int]
"""(visit id, number of the volunteer, option)."""
Teams = dict[str, list[int]]
"""visit id -> numbers of the volunteers on its seats."""


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
    told = result.to_json() if isinstance(result, Result) else result
    if set(told) != RESULT_KEYS:
        return Report((f"keys of the result: {sorted(set(told) ^ RESULT_KEYS)}",), ())
    misshapen = [key for key in sorted(RESULT_KEYS) if not _is_well_formed(key, told[key])]
    if misshapen:
        return Report((f"not of the form the file has: {', '.join(misshapen)}",), ())
    referee = _Referee(Facts(problem), told)
    referee.run()
    return Report(tuple(referee.faults), tuple(referee.notes))


class _Referee:
    def __init__(self, facts: Facts, told: Json) -> None:
        self.facts, self.told = facts, told
        self.visits = facts.visits
        self.faults: list[str] = []
        self.notes: list[str] = []
        self._openings: Openings | None = None

    def run(self) -> None:
        told = self.told
        if told["format"] != "volunteer-matching-result/1":
            self.faults.append(f"format {told['format']!r}")
        if told["problem"] != self.facts.digest:
            self.faults.append("the result belongs to another problem")
        if not self.names_are_known():
            return
        number = self.facts.number
        self.pairings: list[Pin] = [(visit, number[name], option) for visit, name, option in told["pairings"]]
        self.shadows = [(visit, number[name]) for visit, name in told["shadow_pairings"]]
        pins, dropped = self.pins_that_stand()
        if [list(row) for row in told["dropped_pins"]] != dropped:
            self.faults.append(f"dropped pins: told {told['dropped_pins']}, found {dropped}")
        self.seats_and_times(pins)
        served = self.served_teams()
        self.only_served_visits_hold_seats(served, pins)
        self.shadow_seats(served)
        self.numbers(served)
        self.waiting(served)
        self.groups(pins)
        self.proof(pins)

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
            if visit not in self.visits or person not in self.facts.number:
                self.faults.append(f"pairing [{visit}, {person}] names somebody unknown")
            elif option and not 0 <= option[0] < len(self.visits[visit]["options"]):
                self.faults.append(f"pairing [{visit}, {person}] has no option {option[0]}")
        return len(self.faults) == before

    def time(self, visit: str, option: int) -> Time:
        time: Time = self.visits[visit]["options"][option]
        return time

    def too_close(self, one: Held, other: Held) -> bool:
        """Whether one person cannot hold both; at one and the same visit nothing is too close."""
        return one[0] != other[0] and self.facts.too_close(
            self.visits[one[0]], self.time(*one), self.visits[other[0]], self.time(*other)
        )

    def pins_that_stand(self) -> tuple[list[Pin], list[list[str]]]:
        stand: list[Pin] = []
        dropped: list[list[str]] = []
        mine: dict[int, list[Held]] = defaultdict(list)
        theirs: dict[str, list[int]] = defaultdict(list)
        for visit, name, option in self.facts.asked["pinned"]:
            person = self.facts.number[name]
            fault = self.pin_fault(person, (visit, option), mine[person], theirs[visit])
            if fault is None:
                stand.append((visit, person, option))
                mine[person].append((visit, option))
                theirs[visit].append(option)
            else:
                dropped.append([visit, name, fault])
        return stand, sorted(dropped)

    def pin_fault(self, person: int, pin: Held, mine: list[Held], theirs: list[int]) -> str | None:
        """The first rule that a pin breaks beside those taken: this person's, and the options of this visit's."""
        visit, option = pin
        fault = first_hard_fault(self.facts, person, self.visits[visit], self.time(*pin))
        if fault is None and any(self.too_close(pin, other) for other in mine):
            fault = "travel"
        if fault is None:
            fault = next(iter(self.week_faults(person, [*mine, pin])), (None,))[0]
        if fault is None and len(theirs) >= self.visits[visit]["seats"][1]:
            fault = "max"
        if fault is None and any(other != option for other in theirs):
            fault = "option"
        return fault

    def week_faults(self, person: int, held: Iterable[Held]) -> list[tuple[str, int]]:
        """(limit, week) of each week that holds more than it may."""
        visits: Counter[int] = Counter()
        minutes: Counter[int] = Counter()
        for one in held:
            day, start, end = self.time(*one)
            week = self.facts.week[day]
            visits[week] += 1
            minutes[week] += 30 * (end - start)
        found = [(self.facts.week_fault(person, week, visits[week], minutes[week]), week) for week in visits]
        return [(fault, week) for fault, week in found if fault]

    def seats_and_times(self, pins: list[Pin]) -> None:
        ids = self.facts.ids
        for visit, person, option in sorted(set(pins) - set(self.pairings)):
            self.faults.append(f"pin {[visit, ids[person], option]} is not kept")
        option_of: dict[str, int] = {}
        held: dict[int, list[Held]] = defaultdict(list)
        for visit, person, option in self.pairings:
            fault = first_hard_fault(self.facts, person, self.visits[visit], self.time(visit, option))
            if fault:
                self.faults.append(f"pairing [{visit}, {ids[person]}] breaks {fault}")
            if option_of.setdefault(visit, option) != option:
                self.faults.append(f"visit {visit} is held at two options")
            held[person].append((visit, option))
        for visit, person in self.shadows:
            if visit not in option_of:
                self.faults.append(f"shadow pairing [{visit}, {ids[person]}] is at a visit nobody holds")
                continue
            held[person].append((visit, option_of[visit]))
        for person, times in held.items():
            self.times_of(person, times)

    def times_of(self, person: int, times: list[Held]) -> None:
        name = self.facts.ids[person]
        for fault, week in self.week_faults(person, times):
            self.faults.append(f"volunteer {name} breaks {fault} in the week of {self.facts.mondays[week]}")
        for one, other in combinations(times, 2):
            if self.too_close(one, other):
                self.faults.append(f"volunteer {name} cannot travel between {one[0]} and {other[0]}")

    def served_teams(self) -> Teams:
        teams: Teams = defaultdict(list)
        for visit, person, _ in self.pairings:
            teams[visit].append(person)
        return {name: team for name, team in teams.items() if self.facts.team_serves(self.visits[name], team)}

    def only_served_visits_hold_seats(self, served: Teams, pins: list[Pin]) -> None:
        pinned = set(pins)
        for visit, person, option in self.pairings:
            if visit not in served and (visit, person, option) not in pinned:
                self.faults.append(
                    f"[{visit}, {self.facts.ids[person]}] holds a seat of a visit that is not served"
                )

    def shadow_seats(self, served: Teams) -> None:
        ids = self.facts.ids
        option_of = {visit: option for visit, _, option in self.pairings}
        wishes: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, entry in enumerate(self.facts.asked["shadows"]):
            wishes[entry["successor"], entry["recipient"]].append(number)
        joined: Teams = defaultdict(list)
        choices: list[tuple[str, list[int]]] = []
        for visit, person in self.shadows:
            label = f"shadow pairing [{visit}, {ids[person]}]"
            if visit not in served:
                self.faults.append(f"{label} is at a visit that is not served")
                continue
            if person in served[visit]:
                self.faults.append(f"{label} holds a seat there too")
            time = self.time(visit, option_of[visit])
            fault = first_hard_fault(
                self.facts, person, self.visits[visit], time, without="has_required_skills"
            )
            if fault:
                self.faults.append(f"{label} breaks {fault}")
            present = {ids[member] for member in served[visit]}
            entries = wishes.get((ids[person], self.visits[visit]["recipient"]), ())
            choices.append(
                (
                    label,
                    [entry for entry in entries if self.facts.asked["shadows"][entry]["senior"] in present],
                )
            )
            joined[visit].append(person)
        self.entries_suffice(choices)
        for visit, people in joined.items():
            together = [*served[visit], *people]
            if self.visits[visit]["at_home"] and self.facts.all_of_one_household(together):
                self.faults.append(f"visit {visit}: seats and shadows are all of one household")

    def entries_suffice(self, choices: list[tuple[str, list[int]]]) -> None:
        """Each shadow seat needs an entry with room: augmenting paths, one seat at a time."""
        held: dict[int, list[int]] = defaultdict(list)

        def place(number: int, seen: set[int]) -> bool:
            for entry in choices[number][1]:
                if entry in seen:
                    continue
                seen.add(entry)
                if len(held[entry]) < self.facts.asked["shadows"][entry]["wanted"]:
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

    def numbers(self, served: Teams) -> None:
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

    def openings(self, pins: list[Pin]) -> "Openings":
        """All that any plan could hold beside the pins, made once."""
        if self._openings is None:
            from app.matching.engine.openings import Openings

            self._openings = Openings(self.facts, pins)
        return self._openings

    def groups(self, pins: list[Pin]) -> None:
        """Facts about groups, each counted again: who could come, how often, and what the visits need."""
        waits = {row["visit"] for row in self.told["unserved"]}
        told = {row["visit"]: row["group"] for row in self.told["unserved"] if row.get("group") is not None}
        for visit, group in told.items():
            if set(group) == {"see"}:
                first = told.get(group["see"], {})
                if visit not in first.get("visits", ()):
                    self.faults.append(f"group of {visit}: {group['see']} tells nothing of it")
            elif not _is_group(group) or not set(group["visits"]) <= set(self.visits):
                self.faults.append(f"group of {visit}: not of the form a group has")
            elif visit != min(waits & set(group["visits"]), default=None):
                self.faults.append(f"group of {visit}: it belongs to the first of its visits that waits")
            else:
                found = self.group(pins, group["visits"])
                if {key: group[key] for key in found} != found:
                    self.faults.append(f"group of {visit}: told {group}, found {found}")

    def group(self, pins: list[Pin], names: list[str]) -> Json:
        """What is true of these visits together."""
        openings = self.openings(pins)
        times: dict[int, list[tuple[str, Time]]] = defaultdict(list)
        for name in names:
            visit = self.visits[name]
            for option, time in enumerate(visit["options"]):
                able = openings.who_may_come(visit, option) & ~self.facts.set_of(
                    openings.pinned.get(name, [])
                )
                for person in self.facts.members(able).tolist():
                    times[person].append((name, time))
        room = sum(self.room_for(openings, person, items) for person, items in times.items())
        seats = [max(0, self.visits[name]["seats"][0] - len(openings.pinned.get(name, []))) for name in names]
        kept = sum(needed <= room for needed in accumulate(sorted(seats)))
        people = sorted(self.facts.ids[person] for person in times)
        return {"people": people, "seats": sum(seats), "room": room, "wait": len(names) - kept}

    def room_for(self, openings: "Openings", person: int, items: list[tuple[str, Time]]) -> int:
        """The most of these visits that somebody could hold: by weeks, half hours, and one at a time."""
        total = 0
        for week in sorted({self.facts.week[time[0]] for _, time in items}):
            here = [time for _, time in items if self.facts.week[time[0]] == week]
            one_at_a_time = 0
            for day in {time[0] for time in here}:
                until = 0
                for _, start, end in sorted(
                    (time for time in here if time[0] == day), key=lambda time: time[2]
                ):
                    if start >= until:
                        one_at_a_time += 1
                        until = end
            slots = int(openings.room_slots[person, week]) // min(end - start for _, start, end in here)
            total += max(0, min(int(openings.room_visits[person, week]), slots, one_at_a_time))
        return min(total, len({name for name, _ in items}))

    def proof(self, pins: list[Pin]) -> None:
        """The bound against the prices that come with it."""
        told = self.told
        if told["certificate"].get("method") != "prices":
            self.notes.append("the result brings no prices: its bound was not computed afresh")
            return
        from app.matching.engine.certifying import FalseCertificate, proved_bound

        openings = self.openings(pins)
        proof, urgent = told["certificate"], told["urgent"]
        possible = openings.urgent_places
        try:
            bound = proved_bound(openings, proof, urgent["served"])
            if "urgent" in proof:
                possible = min(possible, proved_bound(openings, proof["urgent"], None))
        except FalseCertificate as false:
            self.faults.append(f"certificate: {false}")
            return
        if told["bound"] < bound:
            self.faults.append(f"bound: told {told['bound']}, the prices prove {bound}")
        if urgent["bound"] < possible:
            self.faults.append(
                f"bound on urgent visits: told {urgent['bound']}, what is proved is {possible}"
            )

    def value_of(self, served: Teams) -> int:
        total = 100 * len(self.shadows)
        seats: Counter[int] = Counter()
        requests: set[str] = set()
        for name, team in served.items():
            visit = self.visits[name]
            people = np.array(team, dtype=np.int64)
            total += 10_000 + 40 * min(visit["waiting_days"], 90) + 500 * (len(team) - visit["seats"][0])
            requests.add(visit["request"])
            ages = self.facts.age[people]
            total += 60 if ages.max() >= 60 and ages.min() < 30 else 0
            total += int(self.facts.worth(people, visit).sum())
            seats.update(team)
        total += 5_000 * len(requests) + self.continuity(served)
        new = self.facts.who("is_new", True)
        for person, count in seats.items():
            total += 200 * (new >> person & 1)
            total -= sum(30 * turn for turn in range(count))
        return total

    def continuity(self, served: Teams) -> int:
        return sum(
            400 * len(set(served[one]) & set(served[other]))
            for one, other in self.facts.neighbours()
            if one in served and other in served
        )

    def waiting(self, served: Teams) -> None:
        told = [row["visit"] for row in self.told["unserved"]]
        if told != [name for name in self.visits if name not in served]:
            self.faults.append("unserved does not list exactly the visits that are not served")
            return
        for row in self.told["unserved"]:
            found = self.funnel(self.visits[row["visit"]])
            if [list(step) for step in row["funnel"]] != found:
                self.faults.append(f"funnel of {row['visit']}: told {row['funnel']}, found {found}")

    def funnel(self, visit: Json) -> list[list[Any]]:
        """[rule, volunteers removed]: those who at some option kept every rule before it, and nowhere it too."""
        kept = [0] * len(HARD_RULES)
        for time in visit["options"]:
            for place, people in enumerate(passing(self.facts, visit, time)):
                kept[place] |= people
        left = [people.bit_count() for people in (self.facts.everybody, *kept)]
        return [
            [rule.__name__, before - after]
            for rule, (before, after) in zip(HARD_RULES, pairwise(left), strict=True)
        ]


def _is_well_formed(key: str, value: Any) -> bool:
    """Whether what stands under a key of the result has the shape that key has in the file."""
    match key:
        case "format" | "problem":
            return isinstance(value, str)
        case "value" | "bound":
            return type(value) is int
        case "urgent":
            return isinstance(value, dict) and _are(value, {"served": int, "bound": int})
        case "pairings":
            return _is_list_of(value, (str, str, int))
        case "shadow_pairings":
            return _is_list_of(value, (str, str))
        case "dropped_pins":
            return _is_list_of(value, (str, str, str))
        case "unserved":
            return isinstance(value, list) and all(
                isinstance(row, dict)
                and type(row.get("visit")) is str
                and _is_list_of(row.get("funnel"), (str, int))
                and isinstance(row.get("group"), dict | None)
                for row in value
            )
        case "certificate":
            return isinstance(value, dict)
        case _:
            return isinstance(value, (int, float))


def _is_group(group: Any) -> bool:
    """Whether a fact about a group has the form it has in the file."""
    return (
        isinstance(group, dict)
        and group.keys() == {"visits", "people", "seats", "room", "wait"}
        and all(isinstance(group[key], list) for key in ("visits", "people"))
        and all(type(name) is str for name in (*group["visits"], *group["people"]))
        and len(set(group["visits"])) == len(group["visits"])
    )


def _are(record: Json, kinds: dict[str, type]) -> bool:
    return record.keys() == kinds.keys() and all(type(record[key]) is kind for key, kind in kinds.items())


def _is_list_of(rows: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, (list, tuple)) and tuple(type(item) for item in row) == kinds for row in rows
    )

"""All that any plan could hold beside the pins, for the referee: what prices are paid on, and nothing else."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.answers import MOST_STEPS, PINNED, SEAT, SHADOW, Amounts, Items, best_answers
from app.matching.engine.facts import Facts, Ints, Json, People, Time, set_where
from app.matching.engine.hard_rules import eligible

NEVER_ASKED = np.iinfo(np.int64).min
"""No profit: larger sums are refused."""

Place = tuple[str, int]
"""(visit id, option)."""


class Openings:
    """All that any plan could hold beside the pins: places (a visit at an option), seats there, shadow seats.

    It is made once for a problem; `bound_of` asks it for any prices and decisions.
    """

    def __init__(self, facts: Facts, pins: Iterable[tuple[str, int, int]]) -> None:
        self.facts = facts
        self.pinned_at: dict[str, int] = {}
        self.pinned: dict[str, list[int]] = defaultdict(list)
        """visit -> volunteers pinned there."""
        self._promised: dict[int, list[tuple[str, Time]]] = defaultdict(list)
        """volunteer -> (visit, time) of their pins."""
        self.room_visits, self.room_slots = facts.weekly_room()
        for visit, person, option in pins:
            self._promise(visit, person, option)
        self._promised_on: dict[int, People] = defaultdict(int)
        """day -> those with a pin."""
        for person, times in self._promised.items():
            for _, (day, _, _) in times:
                self._promised_on[day] |= 1 << person
        self._roomy: dict[tuple[int, int], People] = {}
        self.places: list[Place] = []
        self.number_of: dict[Place, int] = {}
        """place -> its number; places with too few people to be served have none."""
        self.first: list[int] = [0]
        """[place]: where its seats begin; one more entry than places."""
        self._find_places()
        self._find_shadows()
        self.must_serve = {
            visit for visit, team in self.pinned.items() if facts.team_serves(facts.visits[visit], team)
        }
        """Visits that their pins alone serve: they are served, wanted or not."""
        self.items, self.order = self._items()
        self._answered: dict[Amounts, tuple[Ints, Ints]] = {}
        """amounts -> the profits last asked about, and everybody's best answer to them."""

    def best_answers(self, profit: Ints, amounts: Amounts) -> Ints:
        """[v]: no set of items of volunteer v is worth more at these profits (of seats, then shadow seats).

        Whoever was asked about the same profits just before is not asked again: parts of a proof differ little.
        """
        asked = profit[self.order]
        before, best = self._answered.get(
            amounts,
            (np.full(len(asked), NEVER_ASKED, dtype=np.int64), np.zeros(len(self.facts.ids), np.int64)),
        )
        who = np.unique(self.owner[asked != before])
        best[who] = best_answers(self.items, asked, amounts, who, MOST_STEPS)
        self._answered[amounts] = asked, best
        return best

    def _promise(self, visit: str, person: int, option: int) -> None:
        time = self.facts.visits[visit]["options"][option]
        self.pinned_at[visit] = option
        self.pinned[visit].append(person)
        self._promised[person].append((visit, time))
        self.room_visits[person, self.facts.week[time[0]]] -= 1
        self.room_slots[person, self.facts.week[time[0]]] -= time[2] - time[1]

    def who_may_come(self, visit: Json, option: int, *, shadow: bool = False) -> People:
        """Who could take this time beside the promises alone; pinned people of the visit left out."""
        if self.pinned_at.get(visit["id"], option) != option:
            return 0
        time = visit["options"][option]
        people = eligible(self.facts, visit, time, "has_required_skills" if shadow else None)
        people &= self._with_room(self.facts.week[time[0]], time[2] - time[1])
        for person in self.facts.members(people & self._promised_on.get(time[0], 0)).tolist():
            if any(
                other == visit["id"] or self.facts.too_close(visit, time, self.facts.visits[other], held)
                for other, held in self._promised[person]
            ):
                people ^= 1 << person
        return people

    def _with_room(self, week: int, slots: int) -> People:
        """Who has a visit of that length left in that week."""
        if (week, slots) not in self._roomy:
            has_room = (self.room_visits[:, week] >= 1) & (self.room_slots[:, week] >= slots)
            self._roomy[week, slots] = set_where(has_room)
        return self._roomy[week, slots]

    def _find_places(self) -> None:
        people: list[NDArray[np.int32]] = []
        amounts: list[Ints] = []
        served: list[int] = []
        together: list[int] = []
        for name, visit in self.facts.visits.items():
            least, most = visit["seats"]
            for option in range(len(visit["options"])):
                able = self.who_may_come(visit, option)
                if self.pinned_at.get(name) == option:
                    able |= self.facts.set_of(self.pinned[name])
                if able.bit_count() < least:
                    continue
                team = self.facts.members(able)
                self.number_of[name, option] = len(self.places)
                self.places.append((name, option))
                self.first.append(self.first[-1] + len(team))
                people.append(team.astype(np.int32))
                amounts.append(500 + self.facts.worth(team, visit))
                served.append(10_000 + 40 * min(visit["waiting_days"], 90) - 500 * least)
                ages = self.facts.age[team]
                together.append(60 if most > 1 and ages.max() >= 60 and ages.min() < 30 else 0)
        self.seat_person = np.concatenate([np.zeros(0, dtype=np.int32), *people])
        self.seat_amount: Ints = np.concatenate([np.zeros(0, dtype=np.int64), *amounts])
        self.served_amount = np.array(served, dtype=np.int64)
        self.together_amount = np.array(together, dtype=np.int64)
        """[place]: 0 where the ages never come together."""
        self.is_urgent = np.array(
            [int(self.visit_at(n)["urgent"]) for n in range(len(self.places))], dtype=np.int64
        )
        self.places_of_request: dict[str, list[int]] = defaultdict(list)
        for number, (name, _) in enumerate(self.places):
            self.places_of_request[self.facts.visits[name]["request"]].append(number)
        self.request_number = {name: number for number, name in enumerate(self.places_of_request)}

    def _find_shadows(self) -> None:
        at_recipient: dict[str, list[Json]] = defaultdict(list)
        for visit in self.facts.visits.values():
            if visit["recipient"] is not None:
                at_recipient[visit["recipient"]].append(visit)
        self.shadows: list[tuple[int, int, int]] = []
        """(entry, place, successor) of each shadow seat."""
        self.entries = sorted(
            self.facts.asked["shadows"],
            key=lambda wish: (wish["senior"], wish["successor"], wish["recipient"], wish["wanted"]),
        )
        for entry, wish in enumerate(self.entries):
            senior, successor = (self.facts.number[wish[key]] for key in ("senior", "successor"))
            for visit in at_recipient.get(wish["recipient"], ()):
                for option in range(len(visit["options"])):
                    place = self.number_of.get((visit["id"], option), -1)
                    if place < 0 or successor in self.pinned.get(visit["id"], ()):
                        continue
                    has_senior = senior in self.seat_person[self.seats_at(place)]
                    if has_senior and self.who_may_come(visit, option, shadow=True) >> successor & 1:
                        self.shadows.append((entry, place, successor))
        self.shadow_number = {(entry, place): n for n, (entry, place, _) in enumerate(self.shadows)}

    def visit_at(self, place: int) -> Json:
        """The visit of a place."""
        return self.facts.visits[self.places[place][0]]

    def seats_at(self, place: int) -> slice:
        """The seats of a place among all seats."""
        return slice(self.first[place], self.first[place + 1])

    def item_at(self, visit: str, option: int, whom: str | int) -> int | None:
        """The number of a volunteer's seat at a place, or of the shadow seat of an entry; None where there is none.

        Shadow seats are numbered on from the seats.
        """
        place = self.number_of.get((visit, option), -1)
        if isinstance(whom, int):
            shadow = self.shadow_number.get((whom, place))
            return None if shadow is None else len(self.seat_person) + shadow
        team = self.seat_person[self.seats_at(place)] if place >= 0 else self.seat_person[:0]
        found = np.flatnonzero(team == self.facts.number.get(whom, -1))
        return self.first[place] + int(found[0]) if len(found) else None

    @property
    def urgent_places(self) -> int:
        """How many urgent visits have enough people at some option."""
        return len(
            {name for (name, _), urgent in zip(self.places, self.is_urgent.tolist(), strict=True) if urgent}
        )

    def _items(self) -> tuple[Items, Ints]:
        """Everybody's seats and shadow seats, by volunteer, and which seat or shadow seat each item is."""
        visit_number = {name: number for number, name in enumerate(self.facts.visits)}
        columns = []
        for name, option in self.places:
            visit = self.facts.visits[name]
            day, start, end = visit["options"][option]
            area, week = self.facts.area(visit), self.facts.week[day]
            columns.append((visit_number[name], day, start, end, area, week))
        of_place = np.array(columns, dtype=np.int64).reshape(-1, 6)
        shadows = np.array(self.shadows, dtype=np.int64).reshape(-1, 3)
        seats = [after - before for before, after in pairwise(self.first)]
        place = np.concatenate([np.repeat(np.arange(len(self.places)), seats), shadows[:, 1]]).astype(
            np.int32
        )
        person = np.concatenate([self.seat_person, shadows[:, 2].astype(np.int32)])
        kind = np.full(len(person), SEAT, dtype=np.int8)
        kind[len(self.seat_person) :] = SHADOW
        for name, people in self.pinned.items():
            if (name, self.pinned_at[name]) in self.number_of:
                here = self.seats_at(self.number_of[name, self.pinned_at[name]])
                kind[here][np.isin(person[here], people)] = PINNED
        order = np.argsort(person, kind="stable")
        self.owner: Ints = person[order].astype(np.int64)
        """[item]: whose it is."""
        visits, days, starts, ends, areas, weeks = of_place.T.copy()
        before = np.full(len(self.facts.visits), -1, dtype=np.int64)
        after = before.copy()
        for one, other in self.facts.neighbours():
            after[visit_number[one]] = visit_number[other]
            before[visit_number[other]] = visit_number[one]
        items = Items(
            first=np.searchsorted(person[order], np.arange(len(self.facts.ids) + 1)).astype(np.int64),
            kind=kind[order],
            place=place[order],
            visit=visits,
            day=days,
            start=starts,
            end=ends,
            area=areas,
            week=weeks,
            before=before,
            after=after,
            is_new=self.facts.has("is_new", True),
            room_visits=self.room_visits,
            room_slots=self.room_slots,
            travel=self.facts.travel_slots,
        )
        return items, order

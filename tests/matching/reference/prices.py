"""What a set of prices proves, read slowly: every fact a row over named columns, every volunteer by trying all sets.

The bound of a result is Lagrangian: whatever is paid for facts that hold in every plan, the rest falls apart into
visits, requests and volunteers. This is the plain reading that the engine's fast one must equal to the last unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from math import inf
from typing import Any

from tests.matching.reference.model import (
    ADULT_AGE,
    Book,
    Json,
    broken_hard_rule,
    broken_time_rules,
    take_pins,
    why_not_served,
)
from tests.matching.reference.value import OLDER_FROM, YOUNG_UNDER, fit, neighbours_in_sequence

Column = tuple[Any, ...]
"""("seat" or "beside", visit, option, person), ("served" or "together", visit, option), ("request", name) or
("shadow", entry, visit, option)."""
Weights = dict[Column, int]
Fact = tuple[tuple[Any, ...], Weights, float, float]
"""(label, weights, lower, upper): lower <= sum of weight x column <= upper in every plan."""


class Relaxation:
    """One small problem; `urgent` is how many urgent visits are served."""

    def __init__(self, problem: Json, urgent: int) -> None:
        self.book = Book(problem)
        self.urgent = urgent
        self.pins = take_pins(problem)[0]
        self.entries = sorted(
            problem["shadows"],
            key=lambda one: [one[key] for key in ("senior", "successor", "recipient", "wanted")],
        )
        self.cost: dict[Column, int] = {}
        self.team: dict[tuple[str, int], list[str]] = {}
        for visit in self.book.visits.values():
            for option in range(len(visit["options"])):
                self._open(visit, option)
        for entry, wish in enumerate(self.entries):
            for visit_id, option in self.team:
                if self.book.visits[visit_id]["recipient"] == wish["recipient"] and self._may_shadow(
                    wish, visit_id, option
                ):
                    self.cost["shadow", entry, visit_id, option] = 100
        self.facts = list(self._facts())

    def _open(self, visit: Json, option: int) -> None:
        pinned = {one: k for visit_id, one, k in self.pins if visit_id == visit["id"]}
        if any(k != option for k in pinned.values()):
            return
        team = [one for one in self.book.volunteers if one in pinned or self._may_join(visit, option, one)]
        if len(team) < visit["seats"][0]:
            return
        place = (visit["id"], option)
        self.team[place] = team
        before = {tuple(row) for row in self.book.problem["previous"]}
        for one in team:
            worth = 500 + fit(self.book, visit, self.book.volunteers[one])
            worth += 400 * (one in visit["continues"]) + 300 * (one in visit["known"])
            self.cost["seat", *place, one] = worth + 150 * ((visit["id"], one) in before)
        self.cost["served", *place] = 10_000 + 40 * min(visit["waiting_days"], 90) - 500 * visit["seats"][0]
        self.cost["request", visit["request"]] = 5_000
        if (
            visit["seats"][1] > 1
            and self._of_age(place, OLDER_FROM, inf)
            and self._of_age(place, 0, YOUNG_UNDER)
        ):
            self.cost["together", *place] = 60
            for one in self._of_age(place, YOUNG_UNDER, OLDER_FROM):
                self.cost["beside", *place, one] = 0

    def _may_join(self, visit: Json, option: int, one: str, without: tuple[str, ...] = ()) -> bool:
        volunteer = self.book.volunteers[one]
        mine = [(visit_id, k) for visit_id, person, k in self.pins if person == one]
        if visit["id"] in [visit_id for visit_id, _ in mine]:
            return False
        held = [*mine, (visit["id"], option)]
        times = [(self.book.visits[name], self.book.visits[name]["options"][k]) for name, k in held]
        return not broken_time_rules(self.book, volunteer, times) and not broken_hard_rule(
            self.book, visit, volunteer, visit["options"][option], without=without
        )

    def _may_shadow(self, wish: Json, visit_id: str, option: int) -> bool:
        return wish["senior"] in self.team[visit_id, option] and self._may_join(
            self.book.visits[visit_id], option, wish["successor"], ("has_required_skills",)
        )

    def _of_age(self, place: tuple[str, int], least: float, below: float) -> list[str]:
        return [one for one in self.team[place] if least <= self.book.volunteers[one]["age"] < below]

    def _facts(self) -> Iterator[Fact]:
        for place in self.team:
            yield from self._facts_of_a_team(place)
        for visit in self.book.visits.values():
            served = [("served", visit["id"], k) for k in range(len(visit["options"]))]
            yield ("options", visit["id"]), {c: 1 for c in served if c in self.cost}, -inf, 1
        for column in [column for column in self.cost if column[0] == "request"]:
            served = [
                ("served", *place)
                for place in self.team
                if self.book.visits[place[0]]["request"] == column[1]
            ]
            yield column, {column: 1} | dict.fromkeys(served, -1), -inf, 0
        yield from self._facts_of_shadows()
        urgent = [("served", *place) for place in self.team if self.book.visits[place[0]]["urgent"]]
        yield ("urgent",), dict.fromkeys(urgent, 1), self.urgent, self.urgent

    def _facts_of_a_team(self, place: tuple[str, int]) -> Iterator[Fact]:
        visit, people = self.book.visits[place[0]], self.book.volunteers
        served = ("served", *place)
        seat = {one: ("seat", *place, one) for one in self.team[place]}
        everyone = dict.fromkeys(seat.values(), 1)
        experienced = {seat[one] for one in seat if people[one]["experienced"]}
        least, most = visit["seats"]
        if least == most:
            yield ("seats", *place), everyone | {served: -least}, 0, 0
        yield ("least", *place), everyone | {served: -least}, 0, inf
        yield ("most", *place), everyone | {served: -most}, -inf, 0
        yield (
            ("experienced", *place),
            dict.fromkeys(experienced, 1) | {served: -visit["experienced"]},
            0,
            inf,
        )
        for one in seat:
            yield ("joins", *place, one), {seat[one]: 1, served: -1}, -inf, 0
            if (place[0], one, place[1]) in self.pins:
                yield ("pinned", place[0], one), {seat[one]: 1, served: -1}, 0, 0
        if visit["at_home"] and visit["first_visit"]:
            twice = everyone | dict.fromkeys(experienced, 2)
            yield ("first_visit", *place), twice | {served: -2}, 0, inf
            for one in seat:
                if seat[one] not in experienced:
                    yield ("companion", *place, one), everyone | {seat[one]: -1}, 0, inf
        adults = {seat[one]: 1 for one in seat if people[one]["age"] >= ADULT_AGE}
        yield ("adult", *place), adults | {served: -1}, 0, inf
        if visit["at_home"]:
            for one, other in combinations(seat, 2):
                if (
                    people[one]["household"] is not None
                    and people[one]["household"] == people[other]["household"]
                ):
                    others = {seat[x]: -1 for x in seat if people[x]["household"] != people[one]["household"]}
                    both = {seat[one]: 1, seat[other]: 1, served: -1}
                    yield ("household", *place, one, other), others | both, -inf, 0
        together = ("together", *place)
        if together in self.cost:
            older = {seat[one]: -1 for one in self._of_age(place, OLDER_FROM, inf)}
            younger = {seat[one]: -1 for one in self._of_age(place, 0, YOUNG_UNDER)}
            for family, group in (("older", older), ("younger", younger), ("together", {served: -1})):
                yield (family, *place), group | {together: 1}, -inf, 0
            yield from self._facts_of_both_ages(place)

    def _facts_of_both_ages(self, place: tuple[str, int]) -> Iterator[Fact]:
        most, together = self.book.visits[place[0]]["seats"][1], ("together", *place)
        beside = {("beside", *place, one): 1 for one in self._of_age(place, YOUNG_UNDER, OLDER_FROM)}
        for column in beside if most <= 3 else ():
            weights = {together: 1, ("seat", *column[1:]): 1, ("served", *place): -1}
            yield ("between", *column[1:]), weights | ({column: -1} if most == 3 else {}), -inf, 0
        if most == 3:
            yield ("beside", *place), beside | {together: -1}, -inf, 0

    def _facts_of_shadows(self) -> Iterator[Fact]:
        entries, people = self.entries, self.book.volunteers
        shadows = [column for column in self.cost if column[0] == "shadow"]
        for column in shadows:
            _, entry, *place = column
            senior, successor = entries[entry]["senior"], entries[entry]["successor"]
            yield column, {column: 1, ("seat", *place, senior): -1}, -inf, 0
            household = people[successor]["household"]
            if household is not None and self.book.visits[place[0]]["at_home"]:
                present = {("seat", *place, one): one for one in self.team[place[0], place[1]]}
                present |= {
                    other: entries[other[1]]["successor"] for other in shadows if [*other[2:]] == place
                }
                others = {c: -1 for c, one in present.items() if people[one]["household"] != household}
                yield ("shadow_household", *column[1:]), others | {column: 1}, -inf, 0
        for entry, wish in enumerate(entries):
            mine = {column: 1 for column in shadows if column[1] == entry}
            yield ("entry", entry), mine, -inf, wish["wanted"]

    def bound(
        self, steps: int, rows: Iterable[list[Any]], decisions: Iterable[tuple[str, int, int]]
    ) -> int | None:
        """No plan that follows the decisions is worth more; None when they allow none."""
        left = {column: steps * amount for column, amount in self.cost.items()}
        facts = {label: (weights, lower, upper) for label, weights, lower, upper in self.facts}
        total = 0
        for *label, price in rows:
            weights, lower, upper = facts[tuple(label)]
            total += price * int(upper if price > 0 else lower)
            for column, weight in weights.items():
                left[column] -= price * weight
        states = self._allowed(list(decisions))
        if states is None:
            return None
        best_of_visit: dict[str, int] = defaultdict(int)
        for place in self.team:
            worth = left["served", *place]
            if states[place] == {1}:
                best_of_visit[place[0]] = worth
            elif 1 in states[place]:
                best_of_visit[place[0]] = max(best_of_visit[place[0]], worth)
        total += sum(best_of_visit.values())
        for column, worth in left.items():
            is_at_a_place = column[0] in ("together", "beside") and 1 in states[column[1], column[2]]
            if column[0] == "request" or is_at_a_place:
                total += max(0, worth)
        for one in self.book.volunteers:
            total += self._best_of(one, left, states, steps)
        return total // steps

    def _allowed(self, decisions: list[tuple[str, int, int]]) -> dict[tuple[str, int], set[int]] | None:
        """place -> whether it may be served and whether it may not; None when that is nothing."""
        states = {place: {0, 1} for place in self.team}
        for visit_id, option, is_served in decisions:
            states.setdefault((visit_id, option), {0})
            states[visit_id, option] &= {is_served}
        for visit_id, option in self.team:
            seats = [pin for pin in self.pins if pin[0] == visit_id]
            if seats and why_not_served(self.book, self.book.visits[visit_id], seats) is None:
                states[visit_id, option] &= {1}
        for place, state in list(states.items()):
            if state == {1}:
                for other in states:
                    if other != place and other[0] == place[0]:
                        states[other] &= {0}
        return None if set() in states.values() else states

    def _best_of(
        self, one: str, left: dict[Column, int], states: dict[tuple[str, int], set[int]], steps: int
    ) -> int:
        """The most one volunteer adds, by trying all they could hold."""
        entries = self.entries
        mine = [
            column
            for column in left
            if (column[0] == "seat" and column[3] == one and 1 in states[column[1], column[2]])
            or (
                column[0] == "shadow"
                and entries[column[1]]["successor"] == one
                and 1 in states[column[2], column[3]]
            )
        ]
        pinned = [(visit_id, k) for visit_id, person, k in self.pins if person == one]
        best = 0

        def go_on(position: int, held: tuple[Column, ...]) -> None:
            nonlocal best
            if position == len(mine):
                best = max(best, self._worth(one, held, left, steps))
                return
            go_on(position + 1, held)
            more = (*held, mine[position])
            places = [column[-2:] if column[0] == "shadow" else column[1:3] for column in more]
            times = dict.fromkeys([*pinned, *places])
            held_times = [(self.book.visits[name], self.book.visits[name]["options"][k]) for name, k in times]
            is_one_each = len({visit_id for visit_id, _ in places}) == len(places)
            if is_one_each and not broken_time_rules(self.book, self.book.volunteers[one], held_times):
                go_on(position + 1, more)

        go_on(0, ())
        return best

    def _worth(self, one: str, held: tuple[Column, ...], left: dict[Column, int], steps: int) -> int:
        seats = {column[1] for column in held if column[0] == "seat"}
        total = sum(left[column] for column in held)
        total += (
            400 * steps * sum(a in seats and b in seats for a, b in neighbours_in_sequence(self.book.problem))
        )
        if seats and self.book.volunteers[one]["recent_visits"] == 0:
            total += 200 * steps
        return total - 30 * steps * sum(range(len(seats)))

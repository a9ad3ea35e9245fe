"""The bound of a result, computed afresh from its prices: no solver, none of the solver's code.

A price is paid for a fact that holds in every plan ("no more people than seats"). What the prices leave falls apart
into visits, requests and single volunteers; each is answered as well as it can be. The sum is a bound on every plan,
whatever the prices are: wrong ones only make it worse. All sums are whole numbers, prices counted in `steps`.
"""

from collections import defaultdict
from typing import Any, Protocol

Json = dict[str, Any]
Place = tuple[str, int]
"""(visit, option)."""

AT_MOST, AT_LEAST, EXACTLY = "at most", "at least", "exactly"
SIGNS = {
    "options": AT_MOST,
    "seats": EXACTLY,
    "least": AT_LEAST,
    "most": AT_MOST,
    "joins": AT_MOST,
    "experienced": AT_LEAST,
    "first_visit": AT_LEAST,
    "companion": AT_LEAST,
    "adult": AT_LEAST,
    "household": AT_MOST,
    "older": AT_MOST,
    "younger": AT_MOST,
    "together": AT_MOST,
    "between": AT_MOST,
    "beside": AT_MOST,
    "pinned": EXACTLY,
    "request": AT_MOST,
    "shadow": AT_MOST,
    "entry": AT_MOST,
    "shadow_household": AT_MOST,
    "urgent": EXACTLY,
}


class FalseCertificate(ValueError):
    """A certificate that names something that is no fact of the problem."""


class Rules(Protocol):
    """What the referee knows about the problem."""

    asked: Json
    people: dict[str, Json]
    visits: dict[str, Json]

    def first_hard_fault(
        self, person: Json, visit: Json, option: int, without: str | None = None
    ) -> str | None: ...
    def too_close(self, one: Json, option: int, other: Json, other_option: int) -> bool: ...
    def monday(self, day: int) -> str: ...
    def fit(self, person: Json, visit: Json) -> int: ...
    def team_serves(self, visit: Json, team: list[Json]) -> bool: ...


class Certificate:
    """The prices of a result over the problem of a referee."""

    def __init__(self, rules: Rules, pins: set[tuple[str, str, int]], told: Json, urgent: int) -> None:
        self.rules = rules
        self.urgent = urgent
        self.steps = int(told["steps"])
        self.pinned_at: dict[str, int] = {visit: option for visit, _, option in pins}
        self.pinned: dict[str, set[str]] = defaultdict(set)
        self.promised: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for visit, person, option in sorted(pins):
            self.pinned[visit].add(person)
            self.promised[person].append((visit, option))
        self.seats: dict[Place, dict[str, int]] = {}
        """place -> people who may hold a counted seat there, with the profit of it."""
        self.shadows: dict[tuple[int, str, int], int] = {}
        self.served: dict[Place, int] = {}
        self.together: dict[Place, int] = {}
        self.beside: dict[tuple[str, int, str], int] = defaultdict(int)
        """Who is neither older nor younger, beside both at a visit of three."""
        self.requests: dict[str, int] = {}
        self.constant = 0
        self.rooms: dict[str, dict[str, tuple[int, int]]] = {}
        self._amounts()
        for *label, price in told["rows"]:
            self._pay(tuple(label), price)

    def bound(self) -> int:
        """No plan that serves as many urgent visits is worth more."""
        total = self.constant
        for visit in self.rules.visits.values():
            here = [self.served[place] for place in self._places(visit) if place in self.served]
            forced = visit["id"] in self.pinned and self.rules.team_serves(
                visit, [self.rules.people[name] for name in self.pinned[visit["id"]]]
            )
            if here:
                total += sum(here) if forced else sum(max(0, amount) for amount in here)
        total += sum(max(0, amount) for amount in self.together.values())
        total += sum(max(0, amount) for amount in self.beside.values())
        total += sum(max(0, amount) for amount in self.requests.values())
        items: dict[str, list[_Item]] = defaultdict(list)
        for (visit_id, option), people in self.seats.items():
            for name, profit in people.items():
                is_pinned = name in self.pinned.get(visit_id, ())
                items[name].append(_Item(self.rules.visits[visit_id], option, profit, is_pinned, False))
        for (entry, visit_id, option), profit in self.shadows.items():
            name = self.rules.asked["shadows"][entry]["successor"]
            items[name].append(_Item(self.rules.visits[visit_id], option, profit, False, True))
        neighbours = _neighbours(self.rules.visits)
        for name, theirs in sorted(items.items()):
            total += _Search(self, self.rules.people[name], theirs, neighbours).best()
        return total // self.steps

    def room(self, name: str) -> dict[str, tuple[int, int]]:
        """What is left of somebody's weeks beside used and promised: Monday -> (visits, minutes)."""
        if name in self.rooms:
            return self.rooms[name]
        person = self.rules.people[name]
        left: dict[str, tuple[int, int]] = {}
        for day in range(14):
            monday = self.rules.monday(day)
            visits, minutes = person["used"].get(monday, (0, 0))
            left[monday] = (
                max(0, person["weekly_visits"] - visits),
                max(0, person["weekly_minutes"] - minutes),
            )
        for visit, option in self.promised.get(name, ()):
            day, start, end = self.rules.visits[visit]["options"][option]
            visits, minutes = left[self.rules.monday(day)]
            left[self.rules.monday(day)] = (visits - 1, minutes - 30 * (end - start))
        self.rooms[name] = left
        return left

    def _places(self, visit: Json) -> list[Place]:
        return [(visit["id"], option) for option in range(len(visit["options"]))]

    def _may_come(self, name: str, visit: Json, option: int, shadow: bool = False) -> bool:
        """Whether somebody could take this time beside the promises alone."""
        held = self.pinned_at.get(visit["id"])
        if held not in (None, option):
            return False
        if visit["area"] is not None and visit["area"] not in self.rules.people[name]["serves"]:
            return False
        without = "has_required_skills" if shadow else None
        if self.rules.first_hard_fault(self.rules.people[name], visit, option, without):
            return False
        day, start, end = visit["options"][option]
        visits, minutes = self.room(name)[self.rules.monday(day)]
        if visits < 1 or minutes < 30 * (end - start):
            return False
        return not any(
            other == visit["id"] or self.rules.too_close(visit, option, self.rules.visits[other], index)
            for other, index in self.promised.get(name, ())
        )

    def _amounts(self) -> None:
        rules = self.rules
        before = {tuple(pair) for pair in rules.asked["previous"]}
        for visit in rules.visits.values():
            for place in self._places(visit):
                pinned = self.pinned.get(visit["id"], set())
                if pinned and self.pinned_at[visit["id"]] != place[1]:
                    continue
                able = [
                    name for name in rules.people if name in pinned or self._may_come(name, visit, place[1])
                ]
                if len(able) < visit["seats"][0]:
                    continue
                self.seats[place] = {
                    name: self.steps
                    * (
                        500
                        + rules.fit(rules.people[name], visit)
                        + 400 * (name in visit["continues"])
                        + 300 * (name in visit["known"])
                        + 150 * ((visit["id"], name) in before)
                    )
                    for name in able
                }
                amount = 10_000 + 40 * min(visit["waiting_days"], 90) - 500 * visit["seats"][0]
                self.served[place] = self.steps * amount
                self.requests[visit["request"]] = self.steps * 5_000
                ages = [rules.people[name]["age"] for name in able]
                if visit["seats"][1] > 1 and max(ages) >= 60 and min(ages) < 30:
                    self.together[place] = self.steps * 60
        for number, entry in enumerate(rules.asked["shadows"]):
            for visit in rules.visits.values():
                if visit["recipient"] != entry["recipient"] or entry["successor"] in self.pinned.get(
                    visit["id"], ()
                ):
                    continue
                for place in self._places(visit):
                    senior = entry["senior"] in self.seats.get(place, {})
                    if senior and self._may_come(entry["successor"], visit, place[1], shadow=True):
                        self.shadows[number, visit["id"], place[1]] = self.steps * 100

    def _pay(self, label: tuple[Any, ...], price: int) -> None:
        """Moves what a fact costs from its left side to the constant."""
        family, *about = label
        sign = SIGNS.get(family)
        if sign is None or (sign == AT_MOST and price < 0) or (sign == AT_LEAST and price > 0):
            raise FalseCertificate(f"price {price} of {label}")
        try:
            getattr(self, f"_{family}")(price, *about)
        except (KeyError, TypeError, IndexError) as error:
            raise FalseCertificate(f"{label} is no fact") from error

    def _spend_seats(self, place: Place, price: int, names: list[str] | None = None) -> None:
        for name in self.seats[place] if names is None else names:
            self.seats[place][name] -= price

    def _who(self, place: Place, key: str) -> list[str]:
        return [name for name in self.seats[place] if self.rules.people[name][key]]

    def _options(self, price: int, visit: str) -> None:
        for place in self._places(self.rules.visits[visit]):
            if place in self.served:
                self.served[place] -= price
        self.constant += price

    def _seats(self, price: int, visit: str, option: int) -> None:
        least, most = self.rules.visits[visit]["seats"]
        if least != most:
            raise KeyError(visit)
        self._least(price, visit, option)

    def _least(self, price: int, visit: str, option: int) -> None:
        self._spend_seats((visit, option), price)
        self.served[visit, option] += price * self.rules.visits[visit]["seats"][0]

    def _most(self, price: int, visit: str, option: int) -> None:
        self._spend_seats((visit, option), price)
        self.served[visit, option] += price * self.rules.visits[visit]["seats"][1]

    def _joins(self, price: int, visit: str, option: int, name: str) -> None:
        self._spend_seats((visit, option), price, [name])
        self.served[visit, option] += price

    def _experienced(self, price: int, visit: str, option: int) -> None:
        self._spend_seats((visit, option), price, self._who((visit, option), "experienced"))
        self.served[visit, option] += price * self.rules.visits[visit]["experienced"]

    def _is_first_at_home(self, visit: str) -> None:
        if not (self.rules.visits[visit]["at_home"] and self.rules.visits[visit]["first_visit"]):
            raise KeyError(visit)

    def _first_visit(self, price: int, visit: str, option: int) -> None:
        self._is_first_at_home(visit)
        self._spend_seats((visit, option), price)
        self._spend_seats((visit, option), price, self._who((visit, option), "experienced"))
        self.served[visit, option] += 2 * price

    def _companion(self, price: int, visit: str, option: int, name: str) -> None:
        self._is_first_at_home(visit)
        if self.rules.people[name]["experienced"]:
            raise KeyError(name)
        self._spend_seats((visit, option), price)
        self._spend_seats((visit, option), -2 * price, [name])

    def _adult(self, price: int, visit: str, option: int) -> None:
        place = (visit, option)
        self._spend_seats(
            place, price, [name for name in self.seats[place] if self.rules.people[name]["age"] >= 18]
        )
        self.served[place] += price

    def _household(self, price: int, visit: str, option: int, one: str, other: str) -> None:
        people = self.rules.people
        household = people[one]["household"]
        if household is None or people[other]["household"] != household or one == other:
            raise KeyError(one)
        if not self.rules.visits[visit]["at_home"]:
            raise KeyError(visit)
        others = [name for name in self.seats[visit, option] if people[name]["household"] != household]
        self._spend_seats((visit, option), price, [one, other])
        self._spend_seats((visit, option), -price, others)
        self.served[visit, option] += price

    def _older(self, price: int, visit: str, option: int) -> None:
        self.together[visit, option] -= price
        older = [name for name in self.seats[visit, option] if self.rules.people[name]["age"] >= 60]
        self._spend_seats((visit, option), -price, older)

    def _younger(self, price: int, visit: str, option: int) -> None:
        self.together[visit, option] -= price
        younger = [name for name in self.seats[visit, option] if self.rules.people[name]["age"] < 30]
        self._spend_seats((visit, option), -price, younger)

    def _together(self, price: int, visit: str, option: int) -> None:
        self.together[visit, option] -= price
        self.served[visit, option] += price

    def _between(self, price: int, visit: str, option: int, name: str) -> None:
        """Older and younger together hold two seats: at two seats nobody else is there, at three one."""
        most = self.rules.visits[visit]["seats"][1]
        if most not in (2, 3) or not self._is_between(name):
            raise KeyError(name)
        place = (visit, option)
        self.together[place] -= price
        self.served[place] += price
        self._spend_seats(place, price, [name])
        if most == 3:
            self.beside[visit, option, name] += price

    def _beside(self, price: int, visit: str, option: int) -> None:
        if self.rules.visits[visit]["seats"][1] != 3:
            raise KeyError(visit)
        self.together[visit, option] += price
        for name in self.seats[visit, option]:
            if self._is_between(name):
                self.beside[visit, option, name] -= price

    def _is_between(self, name: str) -> bool:
        return 30 <= int(self.rules.people[name]["age"]) < 60

    def _pinned(self, price: int, visit: str, name: str) -> None:
        if name not in self.pinned[visit]:
            raise KeyError(name)
        place = (visit, self.pinned_at[visit])
        self._spend_seats(place, price, [name])
        self.served[place] += price

    def _request(self, price: int, request: str) -> None:
        self.requests[request] -= price
        for place in self.served:
            if self.rules.visits[place[0]]["request"] == request:
                self.served[place] += price

    def _shadow(self, price: int, entry: int, visit: str, option: int) -> None:
        self.shadows[entry, visit, option] -= price
        self._spend_seats((visit, option), -price, [self.rules.asked["shadows"][entry]["senior"]])

    def _entry(self, price: int, entry: int) -> None:
        for key in self.shadows:
            if key[0] == entry:
                self.shadows[key] -= price
        self.constant += price * int(self.rules.asked["shadows"][entry]["wanted"])

    def _shadow_household(self, price: int, entry: int, visit: str, option: int) -> None:
        people, entries = self.rules.people, self.rules.asked["shadows"]
        household = people[entries[entry]["successor"]]["household"]
        if household is None or not self.rules.visits[visit]["at_home"]:
            raise KeyError(visit)
        self.shadows[entry, visit, option] -= price
        others = [name for name in self.seats[visit, option] if people[name]["household"] != household]
        self._spend_seats((visit, option), -price, others)
        for other, where, index in self.shadows:
            if (where, index) == (visit, option) and people[entries[other]["successor"]][
                "household"
            ] != household:
                self.shadows[other, where, index] += price

    def _urgent(self, price: int) -> None:
        for place in self.served:
            if self.rules.visits[place[0]]["urgent"]:
                self.served[place] -= price
        self.constant += price * self.urgent


class _Item:
    __slots__ = ("after", "before", "free", "option", "profit", "shadow", "visit")

    def __init__(self, visit: Json, option: int, profit: int, free: bool, shadow: bool) -> None:
        self.visit, self.option, self.profit = visit, option, profit
        self.free, self.shadow = free, shadow
        self.before: str | None = None
        self.after: str | None = None


def _neighbours(visits: dict[str, Json]) -> dict[str, tuple[str | None, str | None]]:
    chains: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, visit in visits.items():
        if visit["sequence"] is not None:
            chains[visit["request"]].append((visit["sequence"], name))
    near: dict[str, tuple[str | None, str | None]] = {}
    for chain in chains.values():
        names = [None, *(name for _, name in sorted(chain)), None]
        for place in range(1, len(names) - 1):
            near[str(names[place])] = (names[place - 1], names[place + 1])
    return near


class _Search:
    """The best one person can do at the prices: branch over their items, cut by what the rest could add at most."""

    def __init__(
        self,
        certificate: Certificate,
        person: Json,
        items: list[_Item],
        neighbours: dict[str, tuple[str | None, str | None]],
    ) -> None:
        self.rules = certificate.rules
        self.steps = certificate.steps
        self.new = 200 * self.steps if person["recent_visits"] == 0 else 0
        for item in items:
            if not item.shadow:
                item.before, item.after = neighbours.get(item.visit["id"], (None, None))
        held = {item.visit["id"] for item in items if not item.shadow}
        self.items = [
            item
            for item in items
            if item.profit
            + 400 * self.steps * sum(near in held for near in (item.before, item.after) if near)
            + self.new
            > 0
        ]
        self.items.sort(key=lambda item: (-item.profit, item.visit["id"], item.option))
        self.weeks = [self.rules.monday(item.visit["options"][item.option][0]) for item in self.items]
        self.minutes = [
            30 * (time[2] - time[1]) for time in (i.visit["options"][i.option] for i in self.items)
        ]
        self.clash = [[self._clashes(one, other) for other in self.items] for one in self.items]
        self.left = {week: list(room) for week, room in certificate.room(person["id"]).items()}
        self.best_found = 0

    def best(self) -> int:
        """The worth of the best schedule; 0 for staying free."""
        if self.items:
            self._explore(list(range(len(self.items))), set(), 0, 0)
        return self.best_found

    def _clashes(self, one: _Item, other: _Item) -> bool:
        if one.visit["id"] == other.visit["id"]:
            return True
        if one.free or other.free:
            return False
        return self.rules.too_close(one.visit, one.option, other.visit, other.option)

    def _explore(self, open_items: list[int], held: set[str], seats: int, worth: int) -> None:
        self.best_found = max(self.best_found, worth)
        open_items = [k for k in open_items if self._has_room(k)]
        if not open_items or worth + self._most_more(open_items, held, seats) <= self.best_found:
            return
        k = open_items[0]
        item, rest = self.items[k], open_items[1:]
        gain, more = item.profit, 0 if item.shadow else 1
        if not item.shadow:
            gain += 400 * self.steps * sum(near in held for near in (item.before, item.after) if near)
            gain += (0 if seats else self.new) - 30 * self.steps * seats
        self._take(k, 1)
        after = held if item.shadow else held | {item.visit["id"]}
        self._explore([m for m in rest if not self.clash[k][m]], after, seats + more, worth + gain)
        self._take(k, -1)
        self._explore(rest, held, seats, worth)

    def _has_room(self, k: int) -> bool:
        visits, minutes = self.left[self.weeks[k]]
        return self.items[k].free or (visits >= 1 and minutes >= self.minutes[k])

    def _take(self, k: int, count: int) -> None:
        if not self.items[k].free:
            self.left[self.weeks[k]][0] -= count
            self.left[self.weeks[k]][1] -= count * self.minutes[k]

    def _most_more(self, open_items: list[int], held: set[str], seats: int) -> int:
        """What the open items could add: each week its best ones, continuity still to come by half at either end."""
        coming = {self.items[k].visit["id"] for k in open_items if not self.items[k].shadow}
        groups: dict[str, list[int]] = defaultdict(list)
        has_shadows = False
        for k in open_items:
            item = self.items[k]
            worth = item.profit
            has_shadows = has_shadows or item.shadow
            for near in (item.before, item.after):
                if near in held:
                    worth += 400 * self.steps
                elif near in coming:
                    worth += 200 * self.steps
            groups["pinned" if item.free else self.weeks[k]].append(worth)
        best: list[int] = []
        for week, worths in groups.items():
            worths.sort(reverse=True)
            best += worths if week == "pinned" else worths[: self.left[week][0]]
        best.sort(reverse=True)
        total = 0 if seats else self.new
        for place, worth in enumerate(best):
            load = 0 if has_shadows else 30 * self.steps * (seats + place)
            total += max(0, worth - load)
        return total

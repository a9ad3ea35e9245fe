"""The bound of a result, computed afresh from its prices: no solver, none of the solver's code.

A price is paid for a fact that holds in every plan ("no more people than seats"). What the prices leave falls apart
into visits, requests and single volunteers; each is answered as well as it can be. The sum is a bound on every plan,
whatever the prices are: wrong ones only make it worse. All sums are whole numbers, prices counted in `steps`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from app.matching.engine.answers import Amounts
from app.matching.engine.facts import Ints
from app.matching.engine.openings import Openings

Decision = Sequence[Any]
"""(visit id, option, 1 or 0): whether the visit is served at that option; with a volunteer's id before the last,
whether they hold a seat there; with the number of a shadow entry, whether its successor joins there."""
DECISIONS = ((str, int, int), (str, int, str, int), (str, int, int, int))

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
LARGEST = 1 << 52
"""All prices together, each by its largest weight: then no sum of them leaves 64 bits."""
MOST_A_STEP = 1 << 20
NEVER = -(1 << 60)
"""The profit of an item that a decision rules out."""
ALWAYS = 1 << 55
"""Added to the profit of an item that must be held, and taken from the sum again."""


class FalseCertificate(ValueError):
    """A certificate that names something that is no fact of the problem."""


def proved_bound(openings: Openings, proof: Any, urgent: int | None) -> int:
    """No plan with `urgent` urgent visits served is worth more; without, no plan serves more urgent visits.

    `proof` has `steps` and `rows`, and where the plans were parted `parts`: what is decided in each, and the prices
    that are others there. The parts must be all plans. Raises `FalseCertificate`.
    """
    try:
        steps, rows, parts = proof["steps"], proof["rows"], proof.get("parts", [{"decided": [], "rows": []}])
        decided = [[tuple(decision) for decision in part["decided"]] for part in parts]
        prices = [_merged(rows, part["rows"]) for part in parts]
    except (KeyError, TypeError, AttributeError) as error:
        raise FalseCertificate("a proof of another form") from error
    for decision in chain.from_iterable(decided):
        if tuple(map(type, decision)) not in DECISIONS:
            raise FalseCertificate(f"decision {list(decision)}")
    if not _are_all_plans(decided):
        raise FalseCertificate("the parts are not all plans")
    bounds = [
        bound_of(openings, steps, rows, urgent, decisions)
        for rows, decisions in zip(prices, decided, strict=True)
    ]
    return max((bound for bound in bounds if bound is not None), default=0)


def _merged(rows: Any, changes: Any) -> list[list[Any]]:
    """The prices with those of a part in their place."""
    changed = {tuple(row[:-1]) for row in changes}
    return [*(row for row in rows if tuple(row[:-1]) not in changed), *changes]


def _are_all_plans(paths: list[list[tuple[Any, ...]]]) -> bool:
    """Whether the parts are the leaves of a tree in which each fork decides one thing either way."""
    forks = [paths]
    while forks:
        paths = forks.pop()
        if any(not path for path in paths):
            continue
        if len({path[0][:-1] for path in paths}) != 1:
            return False
        sides = [[path[1:] for path in paths if path[0][-1] == value] for value in (0, 1)]
        if len(paths) != sum(map(len, sides)):
            return False
        forks += sides
    return True


def bound_of(
    openings: Openings, steps: Any, rows: Any, urgent: int | None, decisions: Iterable[Decision] = ()
) -> int | None:
    """No plan with `urgent` urgent visits served that follows the decisions is worth more; None: there is no such plan.

    Without `urgent`, no plan that follows them serves more urgent visits. `rows` are prices [family, names ..., price],
    counted in 1/`steps`, one for a fact. Raises `FalseCertificate` for a name, sign or size that no price has.
    """
    if type(steps) is not int or not 1 <= steps <= MOST_A_STEP:
        raise FalseCertificate(f"steps {steps!r}")
    decided = _decided(openings, decisions)
    if decided is None:
        return None
    account = _Account(openings, steps, urgent)
    for label, price in _prices(openings, rows).items():
        account.pay(label, price)
    return account.bound(decided)


@dataclass(frozen=True, slots=True)
class _Decided:
    """What is fixed: places served and not, and items (seats, then shadow seats) held and not."""

    served: Ints
    closed: Ints
    held: Ints
    barred: Ints


def _decided(openings: Openings, decisions: Iterable[Decision]) -> _Decided | None:
    """What decisions fix; None when they ask for what cannot be, or for both."""
    served = {openings.number_of[name, openings.pinned_at[name]] for name in openings.must_serve}
    closed: set[int] = set()
    held: set[int] = set()
    barred: set[int] = set()
    for decision in decisions:
        visit, option, *whom, is_so = decision
        if visit not in openings.facts.visits or is_so not in (0, 1) or len(whom) > 1:
            raise FalseCertificate(f"decision {list(decision)}")
        number = openings.item_at(visit, option, whom[0]) if whom else openings.number_of.get((visit, option))
        if is_so and number is None:
            return None
        if number is not None:
            yes, no = (held, barred) if whom else (served, closed)
            (yes if is_so else no).add(number)
    visits = [openings.places[place][0] for place in served]
    if served & closed or held & barred or len(set(visits)) < len(visits):
        return None
    for name in visits:
        for option in range(len(openings.facts.visits[name]["options"])):
            place = openings.number_of.get((name, option))
            if place is not None and place not in served:
                closed.add(place)
    return _Decided(*(np.array(sorted(group), dtype=np.int64) for group in (served, closed, held, barred)))


def _prices(openings: Openings, rows: Any) -> dict[tuple[Any, ...], int]:
    """fact -> its price, refused when a sum of them could leave 64 bits."""
    prices: dict[tuple[Any, ...], int] = {}
    if not isinstance(rows, list):
        raise FalseCertificate("prices that are no list")
    for row in rows:
        if not isinstance(row, (list, tuple)) or not all(type(item) in (str, int) for item in row) or not row:
            raise FalseCertificate(f"price {row}")
        *label, price = row
        fact = tuple(label)
        if type(price) is not int or fact in prices:
            raise FalseCertificate(f"price {price!r} of {fact}")
        prices[fact] = price
    heaviest = max((visit["seats"][1] for visit in openings.facts.visits.values()), default=0)
    if sum(map(abs, prices.values())) * max(2, heaviest) >= LARGEST:
        raise FalseCertificate("prices too large to be added up")
    return prices


class _Account:
    """What is left of every amount once prices are paid, in steps."""

    def __init__(self, openings: Openings, steps: int, urgent: int | None) -> None:
        self.openings, self.facts = openings, openings.facts
        self.steps, self.urgent = steps, urgent
        worth = 0 if urgent is None else steps
        self.seats = openings.seat_amount * worth
        self.shadows = np.full(len(openings.shadows), 100 * worth, dtype=np.int64)
        self.served = openings.served_amount * worth if worth else openings.is_urgent * steps
        self.together = openings.together_amount * worth
        self.requests = np.full(len(openings.request_number), 5_000 * worth, dtype=np.int64)
        self.amounts = Amounts(400 * worth, 200 * worth, 30 * worth)
        self.beside: dict[tuple[int, int], int] = defaultdict(int)
        """(place, person): who is neither older nor younger, beside both at a visit of three."""
        self.constant = 0

    def bound(self, decided: _Decided) -> int:
        """The sum of the best answers of visits, requests and volunteers."""
        closed = decided.closed
        total = self.constant + self._visits(decided.served, closed) + self._volunteers(decided)
        for amounts in (np.delete(self.together, closed), self.requests):
            total += sum(np.maximum(0, amounts).tolist())
        is_closed = set(closed.tolist())
        total += sum(max(0, amount) for (place, _), amount in self.beside.items() if place not in is_closed)
        return int(total // self.steps)

    def _visits(self, served: Ints, closed: Ints) -> int:
        """Each visit is served at one of its options at most; where it is decided, what that brings or costs."""
        amount = np.maximum(0, self.served)
        amount[served] = self.served[served]
        is_closed = set(closed.tolist())
        best: dict[str, int] = {}
        for place, worth in enumerate(amount.tolist()):
            name, _ = self.openings.places[place]
            if place not in is_closed:
                best[name] = max(best.get(name, worth), worth)
        return sum(best.values())

    def _volunteers(self, decided: _Decided) -> int:
        """The most all volunteers could add."""
        profit = np.concatenate([self.seats, self.shadows])
        for place in decided.closed.tolist():
            profit[self.openings.seats_at(place)] = NEVER
        is_closed = set(decided.closed.tolist())
        for number, (_, place, _) in enumerate(self.openings.shadows):
            if place in is_closed:
                profit[len(self.seats) + number] = NEVER
        profit[decided.held] += ALWAYS
        profit[decided.barred] = NEVER
        best = self.openings.best_answers(profit, self.amounts)
        return int(sum(best.tolist())) - ALWAYS * len(decided.held)

    def pay(self, label: tuple[Any, ...], price: int) -> None:
        """Moves what a fact costs from its left side to the constant."""
        family, *about = label or (None,)
        sign = SIGNS.get(family) if isinstance(family, str) else None
        if sign is None or (sign == AT_MOST and price < 0) or (sign == AT_LEAST and price > 0):
            raise FalseCertificate(f"price {price} of {label}")
        fact: Callable[..., None] = getattr(self, f"_{family}")
        try:
            fact(price, *about)
        except (KeyError, TypeError, IndexError) as error:
            raise FalseCertificate(f"{label} is no fact") from error

    def _place(self, visit: str, option: int) -> int:
        return self.openings.number_of[visit, option]

    def _team(self, place: int) -> Ints:
        """The people who may hold a counted seat at a place."""
        return self.openings.seat_person[self.openings.seats_at(place)]

    def _spend(self, place: int, price: int, whom: Any = True) -> None:
        """Takes the price from every seat of the place, or from those `whom` marks."""
        self.seats[self.openings.seats_at(place)] -= price * whom

    def _spend_one(self, place: int, price: int, name: str) -> int:
        """Takes the price from one person's seat; their number."""
        person = self.facts.number[name]
        seat = self.openings.first[place] + int(np.searchsorted(self._team(place), person))
        if seat >= self.openings.first[place + 1] or self.openings.seat_person[seat] != person:
            raise KeyError(name)
        self.seats[seat] -= price
        return person

    def _are_experienced(self, place: int) -> Any:
        return self.facts.has("experienced", True)[self._team(place)]

    def _are_of_other_households(self, place: int, person: int) -> Any:
        """Who keeps this person's household from being alone at home; KeyError where nobody need."""
        household = self.facts.household[person]
        if household < 0 or not self.openings.visit_at(place)["at_home"]:
            raise KeyError(person)
        return self.facts.household[self._team(place)] != household

    def _options(self, price: int, visit: str) -> None:
        for option in range(len(self.facts.visits[visit]["options"])):
            if (visit, option) in self.openings.number_of:
                self.served[self._place(visit, option)] -= price
        self.constant += price

    def _seats(self, price: int, visit: str, option: int) -> None:
        least, most = self.facts.visits[visit]["seats"]
        if least != most:
            raise KeyError(visit)
        self._least(price, visit, option)

    def _least(self, price: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        self._spend(place, price)
        self.served[place] += price * self.facts.visits[visit]["seats"][0]

    def _most(self, price: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        self._spend(place, price)
        self.served[place] += price * self.facts.visits[visit]["seats"][1]

    def _joins(self, price: int, visit: str, option: int, name: str) -> None:
        place = self._place(visit, option)
        self._spend_one(place, price, name)
        self.served[place] += price

    def _experienced(self, price: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        self._spend(place, price, self._are_experienced(place))
        self.served[place] += price * self.facts.visits[visit]["experienced"]

    def _is_first_at_home(self, visit: str) -> None:
        if not (self.facts.visits[visit]["at_home"] and self.facts.visits[visit]["first_visit"]):
            raise KeyError(visit)

    def _first_visit(self, price: int, visit: str, option: int) -> None:
        self._is_first_at_home(visit)
        place = self._place(visit, option)
        self._spend(place, price, 1 + self._are_experienced(place))
        self.served[place] += 2 * price

    def _companion(self, price: int, visit: str, option: int, name: str) -> None:
        self._is_first_at_home(visit)
        place = self._place(visit, option)
        self._spend(place, price)
        person = self._spend_one(place, -2 * price, name)
        if self.facts.has("experienced", True)[person]:
            raise KeyError(name)

    def _adult(self, price: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        self._spend(place, price, self.facts.age[self._team(place)] >= 18)
        self.served[place] += price

    def _household(self, price: int, visit: str, option: int, one: str, other: str) -> None:
        place = self._place(visit, option)
        person, housemate = (self._spend_one(place, price, name) for name in (one, other))
        if person == housemate or self.facts.household[person] != self.facts.household[housemate]:
            raise KeyError(one)
        self._spend(place, -price, self._are_of_other_households(place, person))
        self.served[place] += price

    def _ages_meet(self, visit: str, option: int) -> int:
        """The place where somebody of 60 or over and somebody under 30 could come together."""
        place = self._place(visit, option)
        if not self.openings.together_amount[place]:
            raise KeyError(visit)
        return place

    def _older(self, price: int, visit: str, option: int) -> None:
        place = self._ages_meet(visit, option)
        self.together[place] -= price
        self._spend(place, -price, self.facts.age[self._team(place)] >= 60)

    def _younger(self, price: int, visit: str, option: int) -> None:
        place = self._ages_meet(visit, option)
        self.together[place] -= price
        self._spend(place, -price, self.facts.age[self._team(place)] < 30)

    def _together(self, price: int, visit: str, option: int) -> None:
        place = self._ages_meet(visit, option)
        self.together[place] -= price
        self.served[place] += price

    def _between(self, price: int, visit: str, option: int, name: str) -> None:
        """Older and younger together hold two seats: at two seats nobody else is there, at three one."""
        place = self._ages_meet(visit, option)
        most = self.facts.visits[visit]["seats"][1]
        person = self._spend_one(place, price, name)
        if most not in (2, 3) or not 30 <= self.facts.age[person] < 60:
            raise KeyError(name)
        self.together[place] -= price
        self.served[place] += price
        if most == 3:
            self.beside[place, person] += price

    def _beside(self, price: int, visit: str, option: int) -> None:
        place = self._ages_meet(visit, option)
        if self.facts.visits[visit]["seats"][1] != 3:
            raise KeyError(visit)
        self.together[place] += price
        for person in self._team(place).tolist():
            if 30 <= self.facts.age[person] < 60:
                self.beside[place, person] -= price

    def _pinned(self, price: int, visit: str, name: str) -> None:
        place = self._place(visit, self.openings.pinned_at[visit])
        if self._spend_one(place, price, name) not in self.openings.pinned[visit]:
            raise KeyError(name)
        self.served[place] += price

    def _request(self, price: int, request: str) -> None:
        self.requests[self.openings.request_number[request]] -= price
        for place in self.openings.places_of_request[request]:
            self.served[place] += price

    def _shadow(self, price: int, entry: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        self.shadows[self.openings.shadow_number[entry, place]] -= price
        self._spend_one(place, -price, self.openings.entries[entry]["senior"])

    def _entry(self, price: int, entry: int) -> None:
        wanted = int(self.openings.entries[entry]["wanted"])
        for number, (asked, _, _) in enumerate(self.openings.shadows):
            if asked == entry:
                self.shadows[number] -= price
        self.constant += price * wanted

    def _shadow_household(self, price: int, entry: int, visit: str, option: int) -> None:
        place = self._place(visit, option)
        shadow = self.openings.shadow_number[entry, place]
        successor = self.openings.shadows[shadow][2]
        self._spend(place, -price, self._are_of_other_households(place, successor))
        self.shadows[shadow] -= price
        for number, (_, where, other) in enumerate(self.openings.shadows):
            if where == place and self.facts.household[other] != self.facts.household[successor]:
                self.shadows[number] += price

    def _urgent(self, price: int) -> None:
        if self.urgent is None:
            raise KeyError("urgent")
        self.served -= price * self.openings.is_urgent
        self.constant += price * self.urgent

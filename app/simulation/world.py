"""Where a simulation takes place: a database, a moved clock, seeded chance, and what is to happen next."""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import TypeVar

from sqlalchemy.orm import Session

from app.shared.database import Database
from app.shared.errors import Refusal
from app.shared.times import HONG_KONG, hong_kong_date

Made = TypeVar("Made")
Act = Callable[[], object]

AWAKE_FROM, AWAKE_UNTIL = 8, 22
"""Hours of the Hong Kong day in which invented people do things."""


class Clock:
    """The simulated present: asked like `utc_now`, moved by whoever runs the weeks, never back."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Nothing when it is later already."""
        self._now = max(self._now, moment)


@dataclass(frozen=True)
class Staff:
    """The accounts that act at the desk."""

    first: int
    second: int
    lead: int


@dataclass
class World:
    """Everything that people act on and are drawn from."""

    database: Database
    clock: Clock
    seed: int
    staff: Staff
    happened: Counter[str] = field(default_factory=Counter)
    """What people tried, by its name; a refusal counts under its own."""
    faults: list[str] = field(default_factory=list)
    """What must never be, seen while it happened."""
    _to_come: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def today(self) -> date:
        return hong_kong_date(self.clock())

    def draw(self, *about: object) -> random.Random:
        """Chance that is the same for the same seed and subject, whatever else happens."""
        return random.Random(":".join(map(str, (self.seed, *about))))  # noqa: S311 (invented people, no secrets)

    def does(self, act: Callable[[Session], Made]) -> Made:
        """What `act` comes to, committed, by the one place that commits."""
        return self.database.in_transaction(act)

    def reads(self, query: Callable[[Session], Made]) -> Made:
        """What `query` comes to."""
        with self.database.reading() as session:
            return query(session)

    def tries(self, name: str, act: Callable[[Session], object]) -> bool:
        """As `does`, counted; a refusal is an answer too, and counts under its own name."""
        try:
            self.does(act)
        except Refusal as refusal:
            self.happened[f"{name}: {type(refusal).__name__}"] += 1
            return False
        self.happened[name] += 1
        return True

    def later(self, moment: datetime, act: Act) -> None:
        """`act` happens at `moment`, or next when that has passed."""
        heapq.heappush(self._to_come, (moment, next(self._numbers), act))

    def happens_until(self, moment: datetime) -> None:
        """Everything that is to happen up to `moment`, in its order, each at its own time."""
        while self._to_come and self._to_come[0][0] <= moment:
            at, _number, act = heapq.heappop(self._to_come)
            self.clock.move_to(at)
            act()
        self.clock.move_to(moment)


def in_waking_hours(moment: datetime) -> datetime:
    """The moment, or nine in the morning after it when people are asleep."""
    local = moment.astimezone(HONG_KONG)
    if AWAKE_FROM <= local.hour < AWAKE_UNTIL:
        return moment
    nine = local.replace(hour=9, second=0, microsecond=0)
    return nine if local.hour < AWAKE_FROM else nine + timedelta(days=1)

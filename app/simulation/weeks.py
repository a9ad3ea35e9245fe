"""The weeks themselves: people, desk and jobs take turns on the moved clock."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as clock_time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages.models import OutboxMessage
from app.shared.times import hong_kong_moment
from app.simulation.arrivals import Arrivals
from app.simulation.carers import Carers
from app.simulation.coordinators import Coordinators
from app.simulation.hours import Hours
from app.simulation.phones import Phones
from app.simulation.storms import Storms
from app.simulation.volunteers import Volunteers
from app.simulation.world import World

KNOCKS = (
    *range(0, 8 * 60, 60),
    *range(8 * 60, 22 * 60, 15),
    *range(22 * 60, 24 * 60, 60),
)
"""The scheduler's ticks, in minutes of the Hong Kong day. It knocks every second; nobody acts in between."""
DAWN = 6 * 60
MORNING = 9 * 60 + 15
CALLS = range(8 * 60, 22 * 60 + 1, 30)
"""When the desk's telephone is looked after, every day of the week."""
SUNDAY = 6
LINK = re.compile(r"/offers/([\w-]+)")

Progress = Callable[[str, int, int], None]


@dataclass
class Weeks:
    """A simulation ready to run; `tick` is one tick of the scheduler, its night included."""

    world: World
    phones: Phones
    volunteers: Volunteers
    carers: Carers
    coordinators: Coordinators
    arrivals: Arrivals
    storms: Storms
    hours: Hours
    tick: Callable[[], None]
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By the wall clock: of the jobs, the people, the desk."""

    def run(self, first: date, days: int, progress: Progress) -> None:
        """Everything that happens in so many days from the midnight of `first`."""
        for number in range(days):
            midnight = hong_kong_moment(first + timedelta(days=number), clock_time())
            for minutes in KNOCKS:
                with self._measured("people"):
                    self.world.happens_until(midnight + timedelta(minutes=minutes))
                self._part_of_the_day(minutes)
                with self._measured("jobs"):
                    self.tick()
                with self._measured("people"):
                    self._read_letters()
            progress("days", number + 1, days)

    def _part_of_the_day(self, minutes: int) -> None:
        if minutes == DAWN:
            with self._measured("people"):
                self.storms.begin_day()
                self.arrivals.begin_day()
                self.volunteers.begin_day()
                self.carers.begin_day()
        with self._measured("desk"):
            if minutes == MORNING and self.world.today.weekday() != SUNDAY:
                self.coordinators.morning()
                self.storms.close_what_was_missed()
                self.hours.confirm()
            if minutes in CALLS:
                self.coordinators.telephone()

    def _read_letters(self) -> None:
        """Every letter is read by who received it, as what the outbox says it is about."""
        letters = {letter.id: letter for letter in self.phones.unread()}
        if not letters:
            return

        def look(session: Session) -> list[OutboxMessage]:
            query = select(OutboxMessage).where(OutboxMessage.dedupe_key.in_(letters))
            return list(session.scalars(query.order_by(OutboxMessage.id)))

        for message in self.world.reads(look):
            link = LINK.search(letters[message.dedupe_key].text)
            self.volunteers.hears(message.kind, message.ids, link.group(1) if link else None)
            self.carers.hears(message.kind, message.ids)

    @contextmanager
    def _measured(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[what] += time.perf_counter() - began

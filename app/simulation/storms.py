"""The weather over the weeks: a black rainstorm now and then, a typhoon in some weeks; the desk stops visits and lets
them go on."""

from datetime import datetime, time, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.times import hong_kong_moment
from app.simulation.world import World
from app.visits.use_cases.changes import close_suspended_visit, resume_visit, suspend_visit
from app.weather.models import WarningKind, WarningPeriod
from app.weather.queries import visits_in_weather, visits_suspended
from app.weather.use_cases import declare_warning, end_warning

RAINS_EVERY, RAINS_ON = 10, 4
"""A black rainstorm on the fifth day of every ten."""
SHARE_OF_TYPHOONS = 0.02
"""Of the days on which nothing else happens."""


class Storms:
    """What the sky does, and the desk about it."""

    def __init__(self, world: World, first: datetime) -> None:
        self.world = world
        self.first = first

    def begin_day(self) -> None:
        """Today's storm, if there is one."""
        number = (self.world.now - self.first).days
        draw = self.world.draw("sky", self.world.today)
        midnight = hong_kong_moment(self.world.today, time())
        if number % RAINS_EVERY == RAINS_ON:
            self._comes(WarningKind.BLACK, midnight + timedelta(hours=9, minutes=40), timedelta(hours=4))
        elif draw.random() < SHARE_OF_TYPHOONS:
            begins = midnight + timedelta(hours=draw.randint(7, 18), minutes=10)
            self._comes(WarningKind.T8, begins, timedelta(hours=draw.randint(6, 20)))

    def close_what_was_missed(self) -> None:
        """Suspended visits whose time is over did not take place."""
        for visit in self.world.reads(lambda session: visits_suspended(session, self.world.now)).missed:
            close = partial(
                close_suspended_visit, visit_id=visit.id, by=self.world.staff.first, now=self.world.now
            )
            self.world.tries("closes a visit the weather stopped", close)

    def _comes(self, kind: WarningKind, begins: datetime, lasts: timedelta) -> None:
        self.world.later(begins, partial(self._begins, kind))
        self.world.later(begins + lasts, self._is_over)

    def _begins(self, kind: WarningKind) -> None:
        by = self.world.staff.first
        self.world.tries(
            f"warning {kind.value}",
            lambda session: declare_warning(session, kind, self.world.now, by=by, now=self.world.now),
        )
        stopped = self.world.reads(
            lambda session: [
                each.visit.id
                for each in visits_in_weather(session, self.world.now)
                if each.is_to_be_suspended
            ]
        )
        for visit_id in stopped:
            suspend = partial(suspend_visit, visit_id=visit_id, words=kind.value, by=by, now=self.world.now)
            self.world.tries("suspends for the weather", suspend)

    def _is_over(self) -> None:
        by = self.world.staff.first

        def end_all(session: Session) -> None:
            open_now = session.scalars(
                select(WarningPeriod.id).where(WarningPeriod.ends_at.is_(None)).order_by(WarningPeriod.id)
            ).all()
            for period_id in open_now:
                end_warning(session, period_id, by=by, now=self.world.now)

        self.world.tries("warning over", end_all)
        for visit in self.world.reads(lambda session: visits_suspended(session, self.world.now)).to_come:
            resume = partial(resume_visit, visit_id=visit.id, by=by, now=self.world.now)
            self.world.tries("resumes after the weather", resume)

"""Newcomers over the weeks, and what changes in people's lives: away, paused, gone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.use_cases.submitting import submit_request
from app.demo.people import District, Draw, request, volunteer
from app.shared.times import hong_kong_moment
from app.simulation.world import World
from app.volunteers.models import Source, Volunteer, VolunteerStatus
from app.volunteers.use_cases import (
    AwayFacts,
    apply_online,
    change_volunteer,
    pause_volunteer,
    withdraw_volunteer,
)

DAILY_SHARE_APPLIES = 0.002
"""Of the volunteers at the beginning: newcomers a day."""
DAILY_SHARE_ASKS = 0.012
"""Of the requests at the beginning: new ones a day."""
DAILY_SHARE_AWAY = 0.003
DAILY_SHARE_PAUSES = 0.0007
DAILY_SHARE_WITHDRAWS = 0.0004


class Arrivals:
    """Who comes and goes in a district that began with so many volunteers and requests."""

    def __init__(self, world: World, district: District, volunteers: int, requests: int) -> None:
        self.world = world
        self.district = district
        self.applying, self.asking = volunteers * DAILY_SHARE_APPLIES, requests * DAILY_SHARE_ASKS
        self.people = Draw(world.seed + 1)
        self.people.phones = volunteers + requests

    def begin_day(self) -> None:
        """Today's newcomers, at their own times; who goes away, pauses or leaves does so before the first visits."""
        draw = self.world.draw("arrivals", self.world.today)
        self.district = replace(self.district, today=self.world.today)
        for _ in range(_drawn(self.applying, draw.random())):
            self.world.later(self._some_time_today(draw.uniform(9, 21)), self._applies)
        for _ in range(_drawn(self.asking, draw.random())):
            self.world.later(self._some_time_today(draw.uniform(9, 21)), self._asks)
        for volunteer_id in self.world.reads(_active):
            chance = self.world.draw("life", volunteer_id, self.world.today).random()
            if chance < DAILY_SHARE_AWAY:
                self._goes_away(volunteer_id)
            elif chance < DAILY_SHARE_AWAY + DAILY_SHARE_PAUSES:
                self._pauses(volunteer_id)
            elif chance < DAILY_SHARE_AWAY + DAILY_SHARE_PAUSES + DAILY_SHARE_WITHDRAWS:
                self._withdraws(volunteer_id)

    def _some_time_today(self, hour: float) -> datetime:
        return hong_kong_moment(self.world.today, time()) + timedelta(hours=hour)

    def _applies(self) -> None:
        facts = volunteer(self.people, self.district, self.world.now)
        self.world.tries("applies", lambda session: apply_online(session, facts, now=self.world.now))

    def _asks(self) -> None:
        facts = request(self.people, self.district)
        self.world.tries(
            "asks for help",
            lambda session: submit_request(session, facts, source=Source.ONLINE, by=None, now=self.world.now),
        )

    def _goes_away(self, volunteer_id: int) -> None:
        draw = self.world.draw("away", volunteer_id, self.world.today)
        first = self.world.today + timedelta(days=draw.randint(1, 20))
        days = AwayFacts(((first, first + timedelta(days=draw.randint(1, 12))),))
        self.world.tries("goes away", partial(self._change, volunteer_id, days))

    def _change(self, volunteer_id: int, away: AwayFacts, session: Session) -> None:
        by = session.get_one(Volunteer, volunteer_id).account_id
        change_volunteer(session, volunteer_id, away, version=None, by=by, now=self.world.now)

    def _pauses(self, volunteer_id: int) -> None:
        until: date = self.world.today + timedelta(days=14)
        self.world.tries(
            "pauses",
            lambda session: pause_volunteer(
                session,
                volunteer_id,
                until=until,
                reason="休息（模擬）",
                by=self.world.staff.first,
                now=self.world.now,
            ),
        )

    def _withdraws(self, volunteer_id: int) -> None:
        def withdraw(session: Session) -> None:
            account_id = session.get_one(Volunteer, volunteer_id).account_id
            if account_id is not None:
                withdraw_volunteer(session, volunteer_id, reason="", by=account_id, now=self.world.now)

        self.world.tries("withdraws", withdraw)


def _drawn(rate: float, chance: float) -> int:
    """A whole number whose mean is `rate`."""
    return int(rate) + (chance < rate - int(rate))


def _active(session: Session) -> list[int]:
    query = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE).order_by(Volunteer.id)
    return list(session.scalars(query))

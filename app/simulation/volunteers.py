"""Volunteers: they answer by the link or forget to, fall ill, go where they were told to go, and report.

They act on what they were told, never on the tables: whoever is not told that a visit is off stands at the door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.times import slot_moment
from app.simulation.world import World, in_waking_hours
from app.visits.models import (
    HELD,
    AnsweredHow,
    Mark,
    NextStep,
    NotedHow,
    SeatStatus,
    Visit,
    VisitSeat,
    Went,
)
from app.visits.queries import offer_of_token
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.offers import answer_offer
from app.visits.use_cases.reporting import Said, write_report
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer

SHARE_ANSWERS = 0.8
SHARE_ANSWERS_REMINDED = 0.6
SHARE_YES = 0.84
SHARE_ANOTHER_DAY = 0.06
"""Of the days asked in a yes: one that does not suit."""
SHARE_GIVES_UP = 0.04
SHARE_ILL_THAT_DAY = 0.015
SHARE_FORGETS = 0.012
SHARE_ON_THE_WAY = 0.5
SHARE_LATE = 0.06
SHARE_TAPS_ARRIVAL = 0.85
SHARE_TAPS_END = 0.8
SHARE_WRONG = 0.003
SHARE_REPORTS = 0.7
SHARE_WORRIED = 0.01
KNOWN_IN_TIME = timedelta(minutes=45)
"""A change made less than so long before a visit may miss who is on the way."""


@dataclass(frozen=True)
class Trip:
    """A visit as somebody who goes there knows it."""

    seat_id: int
    visit_id: int
    account_id: int
    starts: datetime
    ends: datetime


class Volunteers:
    """What the district's volunteers have been told, and what they do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.going: set[int] = set()
        """Seats whose holders mean to go."""
        self.arrived: dict[int, datetime] = {}
        """Seat → when its holder really came, whatever anybody noted."""
        self.came: set[int] = set()
        """Visits to which somebody really came."""

    def hears(self, kind: str, ids: Mapping[str, Any], token: str | None = None) -> None:
        """Somebody reads a message, or is told on the telephone what it says."""
        if kind in ("offer", "offer_reminder") and token is not None:
            self._thinks_about(kind, ids["offer"], token)
        elif kind in ("seat_cancelled", "seat_suspended", "seat_uncovered"):
            self.going.difference_update(ids["seats"])
        elif kind in ("seat_resumed", "seat_agreed"):
            self.going.update(ids["seats"])
        elif kind == "report_back":
            self._is_reminded_to_say(ids["seats"][0])

    def has_said_yes(self, seat_ids: list[int]) -> None:
        """These stand in their diaries; some of them will find that they cannot come after all."""
        self.going.update(seat_ids)
        for seat_id in seat_ids:
            draw = self.world.draw("gives up", seat_id)
            if draw.random() < SHARE_GIVES_UP:
                self._gives_up_some_day(seat_id, draw.random())

    def begin_day(self) -> None:
        """Everybody who means to go somewhere today makes their plan."""
        for trip in self.world.reads(self._trips_of_today):
            self._plan(trip)

    def _thinks_about(self, kind: str, offer_id: int, token: str) -> None:
        draw = self.world.draw(kind, offer_id)
        share = SHARE_ANSWERS if kind == "offer" else SHARE_ANSWERS_REMINDED
        if draw.random() < share:
            hours = min(draw.expovariate(1 / 5), 40.0)
            at = in_waking_hours(self.world.now + timedelta(hours=hours))
            self.world.later(at, partial(self._answers, offer_id, token))

    def _answers(self, offer_id: int, token: str) -> None:
        draw = self.world.draw("answer", offer_id)
        says_yes = draw.random() < SHARE_YES
        accepted: list[int] = []

        def answer(session: Session) -> None:
            offer = offer_of_token(session, token, self.world.now)
            if offer is None:
                self.world.faults.append(f"the link of offer {offer_id} leads nowhere")
                return
            asked = [seat.id for seat in offer.seats if seat.status is SeatStatus.OFFERED]
            accepted[:] = [seat for seat in asked if says_yes and draw.random() >= SHARE_ANOTHER_DAY]
            reason = "" if accepted else "當日有事（模擬）"
            answer_offer(
                session,
                offer.id,
                accepted,
                how=AnsweredHow.LINK,
                decline_reason=reason,
                by=None,
                now=self.world.now,
            )

        if self.world.tries("answer by link", answer):
            self.has_said_yes(accepted)

    def _gives_up_some_day(self, seat_id: int, share: float) -> None:
        starts = self.world.reads(lambda session: _starts(session.get_one(VisitSeat, seat_id).visit))
        at = self.world.now + (starts - self.world.now) * share
        self.world.later(in_waking_hours(at), partial(self._gives_up, seat_id, "身體不適（模擬）"))

    def _gives_up(self, seat_id: int, reason: str) -> None:
        if seat_id not in self.going:
            return

        def give_up(session: Session) -> None:
            seat = session.get_one(VisitSeat, seat_id)
            give_up_seat(session, seat_id, reason, by=seat.volunteer.account_id, now=self.world.now)

        if self.world.tries("gives up", give_up):
            self.going.discard(seat_id)

    def _trips_of_today(self, session: Session) -> list[Trip]:
        rows = session.execute(
            select(
                VisitSeat.id,
                Visit.id.label("visit_id"),
                Volunteer.account_id,
                Visit.on_date,
                Visit.from_slot,
                Visit.to_slot,
            )
            .join(Visit, Visit.id == VisitSeat.visit_id)
            .join(Volunteer, Volunteer.id == VisitSeat.volunteer_id)
            .where(Visit.on_date == self.world.today)
            .order_by(Visit.from_slot, VisitSeat.id)
        )
        return [
            Trip(
                row.id,
                row.visit_id,
                row.account_id,
                slot_moment(row.on_date, row.from_slot),
                slot_moment(row.on_date, row.to_slot),
            )
            for row in rows
            if row.id in self.going
        ]

    def _plan(self, trip: Trip) -> None:
        draw = self.world.draw("day", trip.seat_id)
        chance = draw.random()
        if chance < SHARE_ILL_THAT_DAY:
            hours = draw.uniform(0.5, 4)
            at = max(self.world.now, trip.starts - timedelta(hours=hours))
            self.world.later(at, partial(self._gives_up, trip.seat_id, "發燒（模擬）"))
            return
        if chance < SHARE_ILL_THAT_DAY + SHARE_FORGETS:
            self.world.happened["forgets to go"] += 1
            return
        delay = timedelta(minutes=draw.randint(-10, 6))
        if draw.random() < SHARE_ON_THE_WAY:
            self._taps_at(trip, trip.starts - timedelta(minutes=40), Mark.ON_THE_WAY)
        if draw.random() < SHARE_LATE:
            minutes = draw.choice((15, 30))
            delay = timedelta(minutes=minutes)
            self._taps_at(trip, trip.starts - timedelta(minutes=12), Mark.LATE, minutes=minutes)
        self.world.later(trip.starts + delay, partial(self._comes, trip))

    def _taps_at(self, trip: Trip, at: datetime, mark: Mark, *, minutes: int | None = None) -> None:
        def tap() -> None:
            if trip.seat_id in self.going:
                self.world.tries(
                    f"taps {mark.value}",
                    lambda session: note_mark(
                        session,
                        trip.seat_id,
                        mark,
                        NotedHow.TAP,
                        minutes=minutes,
                        by=trip.account_id,
                        now=self.world.now,
                    ),
                )

        self.world.later(at, tap)

    def _comes(self, trip: Trip) -> None:
        if trip.seat_id not in self.going:
            return
        reason = self.world.reads(lambda session: why_in_vain(session, trip.seat_id, self.world.now))
        if reason is not None:
            self.world.happened["came in vain"] += 1
            if reason:
                self.world.faults.append(f"seat {trip.seat_id} came in vain: {reason}")
            return
        draw = self.world.draw("visit", trip.seat_id)
        self.arrived[trip.seat_id] = self.world.now
        self.came.add(trip.visit_id)
        if draw.random() < SHARE_TAPS_ARRIVAL:
            self._taps_at(trip, self.world.now, Mark.ARRIVED)
        if draw.random() < SHARE_WRONG:
            self._taps_at(trip, self.world.now, Mark.WRONG)
        leaves = trip.ends + timedelta(minutes=draw.randint(-8, 15))
        if draw.random() < SHARE_TAPS_END:
            self._taps_at(trip, leaves, Mark.LEFT)
        if draw.random() < SHARE_REPORTS:
            at = in_waking_hours(trip.ends + timedelta(hours=draw.uniform(0.5, 40)))
            self.world.later(at, partial(self._reports, trip))

    def _is_reminded_to_say(self, seat_id: int) -> None:
        if self.world.draw("reminded to say", seat_id).random() < SHARE_ANSWERS_REMINDED:
            trip = next(
                (trip for trip in self.world.reads(self._trips_of_today) if trip.seat_id == seat_id), None
            )
            if trip is not None:
                self._taps_at(trip, self.world.now + timedelta(minutes=3), Mark.LEFT)

    def _reports(self, trip: Trip) -> None:
        draw = self.world.draw("report", trip.seat_id)
        minutes = round((trip.ends - trip.starts).total_seconds() / 60)
        said = Said(
            went=draw.choices(list(Went), (85, 12, 3))[0],
            minutes=minutes,
            next_step=draw.choices(list(NextStep), (94, 4, 2))[0],
            words="一切順利（模擬）" if draw.random() < 0.3 else "",
            worry="家中似乎沒有食物（模擬）" if draw.random() < SHARE_WORRIED else "",
            is_urgent=draw.random() < 0.2,
        )
        self.world.tries(
            "report",
            lambda session: write_report(
                session, trip.seat_id, said, NotedHow.TAP, by=trip.account_id, now=self.world.now
            ),
        )


def _starts(visit: Visit) -> datetime:
    return slot_moment(visit.on_date, visit.from_slot)


def why_in_vain(session: Session, seat_id: int, now: datetime) -> str | None:
    """None when the visit stands; "" when it was changed too late to reach anybody; else what nobody told them."""
    seat = session.get_one(VisitSeat, seat_id)
    visit = seat.visit
    if seat.status is SeatStatus.ACCEPTED and visit.status in HELD:
        return None
    changed_at = seat.ended_at or visit.moved_at or seat.made_at
    if changed_at > now - KNOWN_IN_TIME:
        return ""
    return f"{seat.status.value}, visit {visit.status.value} since {changed_at:%d %b %H:%M}"

"""Carers: they say that it suits, call a visit off, would rather have somebody else, see who comes, say thanks."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Carer, CareRequest, RequestStatus, Rhythm
from app.care_requests.use_cases.triage import withdraw_request
from app.shared.times import slot_moment
from app.simulation.volunteers import Volunteers
from app.simulation.world import World, in_waking_hours
from app.visits.models import HELD, TO_COME, MoveBecause, NotedHow, SeatStatus, Visit
from app.visits.use_cases.attending import note_what_the_carer_saw
from app.visits.use_cases.changes import confirm_visit
from app.visits.use_cases.reporting import give_feedback
from app.visits.use_cases.seats import cancel_visit, refuse_helper

SHARE_SUITS = 0.5
SHARE_CALLS_OFF = 0.03
SHARE_REFUSES = 0.008
SHARE_SEES = 0.3
SHARE_SEES_NOBODY = 0.6
SHARE_FEEDBACK = 0.35
SHARE_THANKS = 0.2
DAILY_SHARE_WITHDRAWS = 0.002


class Carers:
    """What carers do with what they are told."""

    def __init__(self, world: World, volunteers: Volunteers) -> None:
        self.world = world
        self.volunteers = volunteers

    def hears(self, kind: str, ids: Mapping[str, Any]) -> None:
        """Somebody reads a message, or is told on the telephone what it says."""
        if kind != "visit_agreed":
            return
        for visit_id in ids["visits"]:
            draw = self.world.draw("carer", visit_id)
            chance, hours = draw.random(), draw.uniform(0.2, 20)
            at = in_waking_hours(self.world.now + timedelta(hours=hours))
            if chance < SHARE_CALLS_OFF:
                self.world.later(at, partial(self._calls_off, visit_id))
            elif chance < SHARE_CALLS_OFF + SHARE_REFUSES:
                self.world.later(at, partial(self._refuses, visit_id))
            elif chance < SHARE_CALLS_OFF + SHARE_REFUSES + SHARE_SUITS:
                self.world.later(at, partial(self._says_it_suits, visit_id))

    def begin_day(self) -> None:
        """Today's visits are looked at and spoken of; some carers need no help any more."""
        for visit_id, starts, ends in self.world.reads(self._visits_of_today):
            draw = self.world.draw("carer's day", visit_id)
            at = starts + timedelta(minutes=draw.randint(12, 50))
            self.world.later(at, partial(self._sees_who_comes, visit_id))
            if draw.random() < SHARE_FEEDBACK:
                at = in_waking_hours(ends + timedelta(hours=draw.uniform(1, 60)))
                self.world.later(at, partial(self._gives_feedback, visit_id))
        for request_id in self.world.reads(_weekly_requests):
            if self.world.draw("withdraws", request_id, self.world.today).random() < DAILY_SHARE_WITHDRAWS:
                self._withdraws(request_id)

    def _visits_of_today(self, session: Session) -> list[tuple[int, Any, Any]]:
        visits = session.scalars(
            select(Visit)
            .where(Visit.on_date == self.world.today, Visit.status.in_(TO_COME))
            .order_by(Visit.from_slot, Visit.id)
        )
        return [
            (
                visit.id,
                slot_moment(visit.on_date, visit.from_slot),
                slot_moment(visit.on_date, visit.to_slot),
            )
            for visit in visits
        ]

    def _says_it_suits(self, visit_id: int) -> None:
        self.world.tries(
            "carer says that it suits",
            lambda session: confirm_visit(
                session, visit_id, by=_carers_account(session, visit_id), now=self.world.now
            ),
        )

    def _calls_off(self, visit_id: int) -> None:
        self.world.tries(
            "carer calls off",
            lambda session: cancel_visit(
                session,
                visit_id,
                "當日不在家（模擬）",
                because=MoveBecause.CARER_CALLED_OFF,
                tells_carer=False,
                by=_carers_account(session, visit_id),
                now=self.world.now,
            ),
        )

    def _refuses(self, visit_id: int) -> None:
        def refuse(session: Session) -> None:
            visit = session.get_one(Visit, visit_id)
            helper = next((seat for seat in visit.seats if seat.status is SeatStatus.ACCEPTED), None)
            if helper is not None:
                refuse_helper(
                    session,
                    visit.request,
                    helper.volunteer,
                    "想找年長一點的義工（模擬）",
                    by=_carers_account(session, visit_id),
                    now=self.world.now,
                )

        self.world.tries("carer refuses a helper", refuse)

    def _sees_who_comes(self, visit_id: int) -> None:
        came = visit_id in self.volunteers.came
        chance = self.world.draw("sees", visit_id).random()
        expects = self.world.reads(lambda session: session.get_one(Visit, visit_id).status in HELD)
        if expects and chance < (SHARE_SEES if came else SHARE_SEES_NOBODY):
            self.world.tries(
                "carer says who came" if came else "carer says that nobody came",
                lambda session: note_what_the_carer_saw(
                    session,
                    visit_id,
                    came=came,
                    by=_carers_account(session, visit_id),
                    now=self.world.now,
                ),
            )

    def _gives_feedback(self, visit_id: int) -> None:
        draw = self.world.draw("feedback", visit_id)
        if visit_id not in self.volunteers.came:
            return
        self.world.tries(
            "feedback",
            lambda session: give_feedback(
                session,
                visit_id,
                was_good=draw.random() < 0.96,
                wants_same=draw.random() < 0.97,
                thanks="多謝你們（模擬）" if draw.random() < SHARE_THANKS else "",
                how=NotedHow.CARER,
                by=_carers_account(session, visit_id),
                now=self.world.now,
            ),
        )

    def _withdraws(self, request_id: int) -> None:
        def withdraw(session: Session) -> None:
            carer = session.get_one(CareRequest, request_id).carer
            withdraw_request(
                session, request_id, "已有家人照顧（模擬）", by=_account(carer), now=self.world.now
            )

        self.world.tries("carer withdraws the request", withdraw)


def _weekly_requests(session: Session) -> list[int]:
    weekly = (Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF)
    return list(
        session.scalars(
            select(CareRequest.id)
            .where(CareRequest.status == RequestStatus.OPEN, CareRequest.rhythm.in_(weekly))
            .order_by(CareRequest.id)
        )
    )


def _carers_account(session: Session, visit_id: int) -> int:
    return _account(session.get_one(Visit, visit_id).request.carer)


def _account(carer: Carer) -> int:
    if carer.account_id is None:
        raise RuntimeError(f"carer {carer.id} of an open request cannot sign in")
    return carer.account_id

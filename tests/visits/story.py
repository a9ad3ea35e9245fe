"""A carer's weekly request and a volunteer who is asked about it: what the tests of visits begin with."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import Occurrence
from app.care_requests.use_cases.planning import plan_occurrences
from app.messages.models import Channel, MessageStatus, OutboxMessage
from app.shared.database import Database
from app.visits.models import AnsweredHow, Offer, SeatStatus, Visit, VisitSeat
from app.visits.use_cases.offers import Place, answer_offer, offer_places
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE, AT_TEN
from tests.people import (
    make_account,
    make_carer,
    make_coordinator,
    make_recipient,
    make_request,
    make_volunteer,
)
from tests.visitor import Visitor

Made = TypeVar("Made")
WEDNESDAY_AND_NEXT = ((2, 20, 24),)


def signed_in(app: Flask, account: Account) -> Visitor:
    """A browser in which `account` has signed in."""
    return Visitor(app).has_signed_in_as(account)


class Story:
    """A carer's weekly request, a volunteer asked at nine whether to come on two days; it is ten now."""

    def __init__(self, database: Database, **request: Any) -> None:
        self.database = database
        self.request = request
        database.in_transaction(self._people)
        self.offer_id = database.in_transaction(self._ask)

    def _people(self, session: Session) -> None:
        self.volunteer_account = make_account(session, "CHAN Siu Ming", Role.VOLUNTEER, phone="+85261230001")
        self.carer_account = make_account(session, "LAM Mei", Role.CARER, phone="+85261230002")
        self.coordinator = make_coordinator(session, "Coordinator Ho")
        make_volunteer(
            session,
            "CHAN Siu Ming",
            name_zh="陳小明",
            phone="+85261230001",
            reached_by=Channel.SMS,
            account_id=self.volunteer_account.id,
        )
        carer = make_carer(
            session,
            "LAM Mei",
            phone="+85261230002",
            reached_by=Channel.SMS,
            account_id=self.carer_account.id,
        )
        recipient = make_recipient(
            session,
            carer,
            called="李伯伯",
            address="Flat 7, Invented House",
            directions="The bell is broken",
            health_note="A little hard of hearing",
        )
        make_request(session, recipient, **{"windows": WEDNESDAY_AND_NEXT, **self.request})

    def _ask(self, session: Session) -> int:
        plan_occurrences(session, date(2026, 11, 25), now=AT_NINE)
        places = [
            Place(occurrence, occurrence.first_day, 20, 24)
            for occurrence in session.scalars(select(Occurrence).order_by(Occurrence.first_day))
        ]
        volunteer = session.scalars(select(Volunteer)).one()
        leaves_at = AT_NINE + timedelta(minutes=10)
        return offer_places(
            session,
            volunteer,
            places,
            answer_hours=48,
            leaves_at=leaves_at,
            by=self.coordinator.id,
            now=AT_NINE,
        ).id

    @property
    def token(self) -> str:
        """What the message's link ends with."""
        return str(self.reads(lambda session: session.get_one(Offer, self.offer_id).token))

    @property
    def link(self) -> str:
        """The page of the offer."""
        return f"/offers/{self.token}"

    def says_yes(self) -> None:
        """The volunteer comes on both days."""
        ids = [seat.id for seat in self.seats()]
        self.database.in_transaction(
            lambda session: answer_offer(
                session, self.offer_id, ids, how=AnsweredHow.LINK, by=None, now=AT_TEN
            )
        )

    def reads(self, query: Callable[[Session], Made]) -> Made:
        """What `query` comes to."""
        return self.database.in_transaction(query)

    def seats(self) -> list[VisitSeat]:
        return self.reads(lambda session: list(session.scalars(select(VisitSeat).order_by(VisitSeat.id))))

    def statuses(self) -> list[SeatStatus]:
        return [seat.status for seat in self.seats()]

    def visits(self) -> list[Visit]:
        return self.reads(lambda session: list(session.scalars(select(Visit).order_by(Visit.id))))

    def queued(self) -> list[str]:
        """The kinds of the messages that wait to leave, in order."""
        return self.reads(
            lambda session: list(
                session.scalars(
                    select(OutboxMessage.kind)
                    .where(OutboxMessage.status == MessageStatus.QUEUED)
                    .order_by(OutboxMessage.id)
                )
            )
        )

"""A duty of years, its senior, who could follow, the carer, and a coordinator."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.handover.models import (
    TOGETHER,
    Handover,
    HandoverItem,
    HandoverStatus,
    ItemStatus,
    Party,
    SignedFor,
    SignedHow,
)
from app.handover.use_cases.beginning import Duty, wish_to_hand_on
from app.handover.use_cases.seniors import load_checklists
from app.handover.use_cases.signing import name_successor, sign
from app.handover.use_cases.writing import write_item
from app.messages.models import Channel, OutboxMessage
from app.shared.database import Database
from app.shared.times import utc_now
from app.visits.models import SeatStatus, VisitStatus
from tests.people import (
    give_seat,
    make_account,
    make_carer,
    make_coordinator,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)
from tests.visitor import Visitor

Made = TypeVar("Made")
LAST_WEDNESDAY, NEXT_WEDNESDAY = date(2026, 11, 18), date(2026, 11, 25)


class Wednesdays:
    """Mrs Cheung's Wednesdays with 陳婆婆, on their way to Mr Fung."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app = app
        self.database = database
        database.in_transaction(self._make)

    def _make(self, session: Session) -> None:
        self.desk_account = make_coordinator(session, "Coordinator Ho")
        self.seniors_account = make_account(session, "Cheung", Role.VOLUNTEER, phone="+85261230001")
        self.successors_account = make_account(session, "Fung", Role.VOLUNTEER, phone="+85261230002")
        self.carers_account = make_account(session, "LAM Mei", Role.CARER, phone="+85261230003")
        carer = make_carer(
            session,
            "LAM Mei",
            account_id=self.carers_account.id,
            phone="+85261230003",
            reached_by=Channel.SMS,
        )
        recipient = make_recipient(session, carer, called="陳婆婆", address="Flat 7, invented house")
        request = make_request(session, recipient, windows=((2, 20, 24),))
        senior = make_volunteer(
            session,
            "CHEUNG Wai Fong",
            birth_year=1950,
            volunteer_since=date(2015, 3, 1),
            account_id=self.seniors_account.id,
            phone="+85261230001",
            reached_by=Channel.SMS,
        )
        successor = make_volunteer(
            session,
            "FUNG Ka Ho",
            birth_year=2000,
            gender=None,
            account_id=self.successors_account.id,
            phone="+85261230002",
            reached_by=Channel.SMS,
        )
        self.seats: list[int] = []
        self.visits: list[int] = []
        for day, status in (
            (LAST_WEDNESDAY, VisitStatus.ATTENDED),
            (NEXT_WEDNESDAY, VisitStatus.ACCEPTED),
        ):
            visit = make_visit(session, request, day, status=status)
            self.seats.append(give_seat(session, visit, senior, SeatStatus.ACCEPTED).id)
            self.visits.append(visit.id)
        load_checklists(session)
        self.request, self.senior, self.successor = request.id, senior.id, successor.id
        self.recipient = recipient.id

    def does(self, act: Callable[[Session], Made]) -> Made:
        return self.database.in_transaction(act)

    def wishes(self) -> int:
        """Mrs Cheung would like to slow down in spring; the handover."""
        return self.does(
            lambda session: (
                wish_to_hand_on(
                    session,
                    self.senior,
                    [Duty(request_id=self.request)],
                    step_back_on=date(2027, 3, 1),
                    words="She likes Cantonese opera",
                    by=self.seniors_account.id,
                    now=utc_now(),
                )[0].id
            )
        )

    def names(self, handover: int) -> None:
        """Mr Fung is asked."""
        self.does(
            lambda session: name_successor(
                session, handover, self.successor, course_id=None, by=self.desk_account.id, now=utc_now()
            )
        )

    def signs(self, handover: int, party: Party, for_what: SignedFor) -> None:
        by = {
            Party.SENIOR: self.seniors_account,
            Party.SUCCESSOR: self.successors_account,
            Party.CARER: self.carers_account,
        }[party].id
        self.does(
            lambda session: sign(
                session, handover, party, for_what, SignedHow.SIGNED_IN, by=by, now=utc_now()
            )
        )

    def comes_to(self, status: HandoverStatus) -> int:
        """A handover that has come so far with everybody's yes; without visits together."""
        handover = self.wishes()
        if status is not HandoverStatus.SHADOWING:
            self.does(lambda session: self._without_visits(session, handover))
        if status is HandoverStatus.SENIOR_AGREED:
            return handover
        self.names(handover)
        self.signs(handover, Party.SUCCESSOR, SignedFor.BEGINNING)
        if status is HandoverStatus.SUCCESSOR_AGREED:
            return handover
        self.signs(handover, Party.CARER, SignedFor.BEGINNING)
        if status in TOGETHER:
            return handover
        self.signs(handover, Party.CARER, SignedFor.CHANGE)
        self.passes_the_list_on(handover)
        if status is HandoverStatus.CARER_AGREED:
            return handover
        self.signs(handover, Party.SENIOR, SignedFor.CHANGE)
        self.signs(handover, Party.SUCCESSOR, SignedFor.CHANGE)
        assert self.status(handover) is status
        return handover

    def passes_the_list_on(self, handover: int) -> None:
        def act(session: Session) -> None:
            items = session.scalars(select(HandoverItem).where(HandoverItem.handover_id == handover)).all()
            for item in items:
                write_item(
                    session,
                    handover,
                    item.id,
                    "Opera",
                    ItemStatus.PASSED_ON,
                    by=self.seniors_account.id,
                    now=utc_now(),
                )

        self.does(act)

    def status(self, handover: int) -> HandoverStatus:
        return self.does(lambda session: session.get_one(Handover, handover).status)

    def told(self) -> list[tuple[str, str]]:
        """To whom which news went, in order."""
        return self.does(
            lambda session: [
                (row.ids["party"], row.ids["news"])
                for row in session.scalars(
                    select(OutboxMessage).where(OutboxMessage.kind == "handover").order_by(OutboxMessage.id)
                )
            ]
        )

    def browser(self, account: Account) -> Visitor:
        return Visitor(self.app).has_signed_in_as(account)

    def desk(self) -> Visitor:
        return self.browser(self.desk_account)

    @staticmethod
    def _without_visits(session: Session, handover: int) -> None:
        row = session.get_one(Handover, handover)
        row.shadows_wanted = row.led_wanted = 0

"""Volunteers ask for cover or a swap; a coordinator phones and decides; a visit is never left without somebody."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TypeVar

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.matching.models import CoverKind, CoverWish, RuleCode, WishStatus
from app.matching.use_cases.covering import (
    TooLateToHandOver,
    WishDecided,
    WishedAlready,
    swap_places,
    take_over,
    wish_cover,
    withdraw_wish,
)
from app.matching.use_cases.teams import NotEligible
from app.messages.models import Channel, MessageStatus, OutboxMessage
from app.shared.database import Database
from app.shared.errors import InvalidInput
from app.visits.models import EndedBecause, SeatStatus, VisitSeat, VisitStatus
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE
from tests.matching.test_cover import press
from tests.people import (
    EVERY_DAY,
    give_seat,
    make_account,
    make_carer,
    make_coordinator,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)
from tests.visitor import Opened, Visitor

THURSDAY, NEXT_THURSDAY = date(2026, 11, 26), date(2026, 12, 3)
Made = TypeVar("Made")


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


class Thursdays:
    """LAU goes this Thursday, MOK the next; NGAI could go as well, TANG never on a Thursday."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app = app
        self.database = database
        database.in_transaction(self._make)

    def _make(self, session: Session) -> None:
        self.coordinator = make_coordinator(session, "Coordinator Ho")
        self.account = make_account(session, "LAU Kit", Role.VOLUNTEER, phone="+85261230001")
        carer = make_carer(session, "LAM Mei", phone="+85261230002", reached_by=Channel.SMS)
        recipient = make_recipient(session, carer, called="李伯伯", first_visited_on=date(2026, 1, 5))
        request = make_request(session, recipient, windows=((3, 20, 24),))
        people = {
            "LAU": {"account_id": self.account.id, "phone": "+85261230001", "reached_by": Channel.SMS},
            "MOK": {"phone": "+85261230003", "reached_by": Channel.SMS},
            "NGAI": {"phone": "+85261230004", "reached_by": Channel.SMS},
            "TANG": {"free": tuple(piece for piece in EVERY_DAY if piece[0] != 3)},
        }
        made = {name: make_volunteer(session, name, **facts) for name, facts in people.items()}  # type: ignore[arg-type]  # of each person
        self.ids = {name: volunteer.id for name, volunteer in made.items()}
        self.seats = []
        for day, name in ((THURSDAY, "LAU"), (NEXT_THURSDAY, "MOK")):
            visit = make_visit(session, request, day, status=VisitStatus.ACCEPTED)
            seat = give_seat(session, visit, made[name], SeatStatus.ACCEPTED)
            seat.offer.answered_at = AT_NINE - timedelta(hours=1)
            self.seats.append(seat.id)
        session.flush()

    def does(self, act: Callable[[Session], Made]) -> Made:
        return self.database.in_transaction(act)

    def wishes(self, with_seat: int | None = None) -> int:
        """LAU asks for cover, or to change places; the wish."""
        return self.does(
            lambda session: (
                wish_cover(
                    session, self.seats[0], "", with_seat_id=with_seat, by=self.account.id, now=AT_NINE
                ).id
            )
        )

    def takes_over(self, wish: int, name: str) -> None:
        self.does(
            lambda session: take_over(
                session, wish, self.ids[name], answer_hours=48, by=self.coordinator.id, now=AT_NINE
            )
        )

    def going(self) -> list[tuple[date, str, VisitStatus]]:
        """Who goes, by day."""
        return self.does(
            lambda session: [
                (seat.visit.on_date, seat.volunteer.name_en, seat.visit.status)
                for seat in session.scalars(
                    select(VisitSeat)
                    .join(VisitSeat.visit)
                    .where(VisitSeat.status == SeatStatus.ACCEPTED)
                    .order_by(VisitSeat.visit_id)
                )
            ]
        )

    def wish(self) -> CoverWish:
        return self.does(lambda session: session.scalars(select(CoverWish)).one())

    def queued(self) -> list[str]:
        return self.does(
            lambda session: sorted(
                session.scalars(
                    select(OutboxMessage.kind).where(OutboxMessage.status == MessageStatus.QUEUED)
                )
            )
        )

    def me(self) -> Visitor:
        return Visitor(self.app).has_signed_in_as(self.account)

    def desk(self) -> Visitor:
        return Visitor(self.app).has_signed_in_as(self.coordinator)


@pytest.fixture
def thursdays(app: Flask, database: Database) -> Thursdays:
    return Thursdays(app, database)


BOTH_AS_THEY_WERE = [
    (THURSDAY, "LAU", VisitStatus.ACCEPTED),
    (NEXT_THURSDAY, "MOK", VisitStatus.ACCEPTED),
]


def test_a_wish_changes_nothing_until_somebody_else_goes(thursdays: Thursdays) -> None:
    page = thursdays.me().opens(f"/my/visits/{thursdays.seats[0]}")
    assert "Can somebody else go, or change with me?" in page.words
    thursdays.me().sends(f"/my/visits/{thursdays.seats[0]}/hand-over", who="anybody", words="A wedding")
    assert thursdays.going() == BOTH_AS_THEY_WERE
    words = thursdays.desk().opens("/covers").words
    assert "LAU" in words
    assert "A wedding" in words
    assert "ask for cover" in thursdays.desk().opens("/board").words


def test_with_one_button_the_place_changes_hands(thursdays: Thursdays) -> None:
    wish = thursdays.wishes()
    desk = thursdays.desk()
    page = desk.opens(f"/covers/{wish}")
    assert "NGAI" in page.words
    assert "6123 0004" in page.words
    assert "TANG" not in page.words
    press(desk, page, "Says yes: goes instead")
    assert thursdays.going()[0] == (THURSDAY, "NGAI", VisitStatus.ACCEPTED)
    assert thursdays.wish().status is WishStatus.DONE
    ended = thursdays.does(lambda session: session.get_one(VisitSeat, thursdays.seats[0]))
    assert ended.ended_because is EndedBecause.COVERED
    assert thursdays.queued() == ["answer_noted", "seat_cancelled", "visit_agreed"]


def test_the_same_rules_hold_for_whoever_takes_over(thursdays: Thursdays) -> None:
    wish = thursdays.wishes()
    with pytest.raises(NotEligible) as refused:
        thursdays.takes_over(wish, "TANG")
    assert refused.value.facts["rule"] is RuleCode.IS_FREE_THEN
    assert thursdays.going() == BOTH_AS_THEY_WERE
    assert thursdays.queued() == []
    desk = thursdays.desk()
    token = desk.opens(f"/covers/{wish}").hidden["csrf_token"]
    sent = {"csrf_token": token, "volunteer": thursdays.ids["TANG"]}
    answer = Opened(desk.client.post(f"/covers/{wish}", data=sent))
    assert answer.status == 422
    assert "is not free at that time" in answer.words


def test_two_change_places_with_both_checked(thursdays: Thursdays) -> None:
    me = thursdays.me()
    here = f"/my/visits/{thursdays.seats[0]}/hand-over"
    assert "Change places: Thursday 3 December 10 am to 12 noon, Ms MOK" in me.opens(here).words
    me.sends(here, who=str(thursdays.seats[1]))
    wish = thursdays.wish()
    assert wish.kind is CoverKind.SWAP
    desk = thursdays.desk()
    press(desk, desk.opens(f"/covers/{wish.id}"), "Both say yes: let them change places")
    assert thursdays.going() == [
        (THURSDAY, "MOK", VisitStatus.ACCEPTED),
        (NEXT_THURSDAY, "LAU", VisitStatus.ACCEPTED),
    ]


def test_a_swap_that_a_rule_speaks_against_changes_neither(thursdays: Thursdays) -> None:
    wish = thursdays.wishes(thursdays.seats[1])

    def is_busy(session: Session) -> None:
        mok = session.get_one(Volunteer, thursdays.ids["MOK"])
        recipient = make_recipient(session, make_carer(session, "Another Carer"))
        request = make_request(session, recipient, windows=((THURSDAY, 22, 26),))
        other = make_visit(session, request, THURSDAY, status=VisitStatus.ACCEPTED)
        give_seat(session, other, mok, SeatStatus.ACCEPTED)

    thursdays.does(is_busy)
    before = thursdays.going()
    with pytest.raises(NotEligible):
        thursdays.does(
            lambda session: swap_places(
                session, wish, answer_hours=48, by=thursdays.coordinator.id, now=AT_NINE
            )
        )
    assert thursdays.going() == before


def test_nobody_found_the_volunteer_is_told(thursdays: Thursdays) -> None:
    wish = thursdays.wishes()
    thursdays.desk().sends(f"/covers/{wish}", refuse="1")
    assert thursdays.wish().status is WishStatus.REFUSED
    assert thursdays.queued() == ["cover_not_found"]
    assert thursdays.going() == BOTH_AS_THEY_WERE
    assert "This is decided" in thursdays.desk().opens(f"/covers/{wish}").words
    thursdays.wishes()


def test_the_volunteer_may_take_the_wish_back(thursdays: Thursdays) -> None:
    thursdays.wishes()
    here = f"/my/visits/{thursdays.seats[0]}/hand-over"
    assert "A coordinator looks for somebody" in thursdays.me().opens(here).words
    thursdays.me().sends(here, to=f"{here}/take-back")
    assert thursdays.wish().status is WishStatus.WITHDRAWN
    with pytest.raises(WishDecided):
        thursdays.does(
            lambda session: withdraw_wish(session, thursdays.seats[0], by=thursdays.account.id, now=AT_NINE)
        )


def test_a_place_is_wished_away_once_and_not_on_its_day(thursdays: Thursdays) -> None:
    thursdays.wishes()
    with pytest.raises(WishedAlready):
        thursdays.wishes()
    on_the_day = AT_NINE + timedelta(days=2)
    with pytest.raises(TooLateToHandOver):
        thursdays.does(
            lambda session: wish_cover(
                session, thursdays.seats[0], "", with_seat_id=None, by=thursdays.account.id, now=on_the_day
            )
        )
    with time_machine.travel(on_the_day, tick=False):
        page = thursdays.me().opens(f"/my/visits/{thursdays.seats[0]}/hand-over")
    assert "I can go after all" in page.words


def test_one_changes_places_with_other_places_of_the_request_only(thursdays: Thursdays) -> None:
    for seat in (thursdays.seats[0], 999):
        with pytest.raises(InvalidInput):
            thursdays.wishes(seat)


def test_whoever_cannot_come_at_all_has_nothing_to_hand_over(thursdays: Thursdays) -> None:
    wish = thursdays.wishes()
    thursdays.does(lambda session: give_up_seat(session, thursdays.seats[0], "", by=None, now=AT_NINE))
    with pytest.raises(WishDecided):
        thursdays.takes_over(wish, "NGAI")
    assert "Nobody asks for cover." in thursdays.desk().opens("/covers").words

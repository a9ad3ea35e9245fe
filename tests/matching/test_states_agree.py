"""What is said of a request and its visits agrees with what has happened to them, and with each other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import Carer
from app.shared.database import Database
from app.visits.models import Offer
from tests.matching.night_people import AT_NINE, Morning
from tests.people import make_account, make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor


def one_request(session: Session) -> None:
    """A weekly request that one volunteer can meet, asked for long ago."""
    make_volunteer(session, "FREE Helper", free=((3, 18, 42),))
    make_request(
        session,
        make_recipient(session, called="何婆婆"),
        code="R-WAITS",
        submitted_at=AT_NINE - timedelta(days=57),
    )


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def morning(app: Flask, database: Database, clock: time_machine.Traveller) -> Morning:
    return Morning(database, one_request)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


@pytest.fixture
def carer(app: Flask, morning: Morning) -> Visitor:
    """The carer who asked, signed in."""

    def sign_up(session: Session) -> Account:
        account = make_account(session, "LAM Mei", Role.CARER)
        session.scalars(select(Carer)).one().account_id = account.id
        session.flush()
        return account

    return Visitor(app).has_signed_in_as(morning.does(sign_up))


def undo(desk: Visitor, morning: Morning) -> None:
    for offer in morning.does(lambda session: session.scalars(select(Offer.id)).all()):
        desk.sends("/approvals", to=f"/approvals/{offer}/undo")


def test_nobody_is_said_to_be_found_nowhere_while_somebody_is_proposed(desk: Visitor, carer: Visitor) -> None:
    for page in (desk.opens("/requests/1"), carer.opens("/my/requests/1"), carer.opens("/my/requests")):
        assert "There may be somebody: we are arranging it" in page.words
        assert "nobody has been found" not in page.words
        assert "We are sorry" not in page.words


def test_nobody_is_said_to_be_asked_before_the_message_has_left(
    desk: Visitor, carer: Visitor, morning: Morning, clock: time_machine.Traveller
) -> None:
    morning.approves()
    for path in ("/requests/1", "/visits", "/visits/1", "/volunteers/1"):
        page = desk.opens(path)
        assert "To be asked, Tuesday 24 November 9:10 am" in page.words
        assert "Asked, no answer yet" not in page.words
    assert "There may be somebody" in carer.opens("/my/requests/1").words
    clock.shift(timedelta(minutes=10))
    for path in ("/requests/1", "/visits", "/visits/1", "/volunteers/1"):
        assert "Asked, no answer yet" in desk.opens(path).words
    assert "We are asking somebody" in desk.opens("/requests/1").words
    assert "We are asking somebody" in carer.opens("/my/requests/1").words


def test_a_no_puts_the_request_back_to_waiting(
    carer: Visitor, morning: Morning, clock: time_machine.Traveller
) -> None:
    (offer,) = morning.approves()
    clock.shift(timedelta(hours=1))
    morning.answers(offer, yes=False)
    assert "Still waiting" in carer.opens("/my/requests/1").words


def test_an_approval_that_was_undone_leaves_no_visit_behind(
    desk: Visitor, carer: Visitor, morning: Morning
) -> None:
    morning.approves()
    undo(desk, morning)
    assert "Called off" not in desk.opens("/requests/1").words
    assert "Called off" not in carer.opens("/my/requests/1").words
    assert "There are no such visits." in desk.opens("/visits?status=cancelled").words
    assert "There may be somebody" in desk.opens("/requests/1").words


def test_the_list_of_requests_says_whether_anybody_goes_and_when(
    desk: Visitor, morning: Morning, clock: time_machine.Traveller
) -> None:
    assert "There may be somebody" in desk.opens("/requests").words
    (offer,) = morning.approves()
    clock.shift(timedelta(minutes=20))
    assert "We are asking somebody" in desk.opens("/requests").words
    morning.answers(offer, now=AT_NINE + timedelta(minutes=20))
    assert "Arranged Thursday 26 November" in desk.opens("/requests").words

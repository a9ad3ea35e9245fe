"""A visit whose helper is refused, or says no, stands where coordinators look until somebody goes."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest
from app.matching.models import UnservedVisit
from app.shared.database import Database
from app.shared.times import utc_now
from tests.matching.night_people import (
    AT_NINE,
    MORNING,
    NIGHT,
    Morning,
    open_proposals,
    run_a_night,
)
from tests.people import make_coordinator, make_occurrence, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

TOMORROW = date(2026, 11, 25)
A_DAY = timedelta(days=1)


def urgent_for_tomorrow(session: Session) -> None:
    """An urgent visit tomorrow and a week later; one helper is best, another could go as well."""
    make_volunteer(session, "BEST Helper", free=((2, 18, 42),))
    make_volunteer(session, "SPARE Helper", free=((2, 18, 42),))
    make_request(
        session,
        make_recipient(session, called="何婆婆"),
        code="R-URGENT",
        windows=((2, 20, 24),),
        urgent_until=date(2026, 12, 9),
        urgent_reason="discharged from hospital",
    )


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def morning(app: Flask, database: Database, clock: time_machine.Traveller) -> Morning:
    return Morning(database, urgent_for_tomorrow)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


def names_proposed(morning: Morning) -> list[str]:
    return morning.does(lambda session: [proposal.volunteer.name_en for proposal in open_proposals(session)])


def refuse_all(desk: Visitor, morning: Morning) -> str:
    """Refuse every proposal; where the last refusal led."""
    goes_to = ""
    for proposal in morning.proposals():
        goes_to = desk.sends(f"/proposals/{proposal}/refuse", because="not_suited").goes_to
    return goes_to


def test_a_refused_urgent_visit_stands_on_the_board_with_who_else_could_go(
    desk: Visitor, morning: Morning
) -> None:
    refused = names_proposed(morning)[0]
    other = {"BEST Helper": "SPARE Helper", "SPARE Helper": "BEST Helper"}[refused]
    assert "0 urgent, and nobody found" in desk.opens("/board").words
    page = desk.opens(refuse_all(desk, morning))
    assert "Here is who else could go" in page.words
    assert f"Ask them {other}" in page.words
    board = desk.opens("/board").words
    assert "1 urgent, and nobody found" in board
    assert f"Ask them {other}" in board
    for path in ("/board", "/unserved", "/unserved?show=urgent"):
        said = desk.opens(path).words
        assert "Whoever was proposed has been refused." in said
        assert "The next night is too late for it: please choose somebody now." in said


def test_the_next_night_plans_what_was_refused(desk: Visitor, morning: Morning, database: Database) -> None:
    refused = set(names_proposed(morning))
    refuse_all(desk, morning)
    run_a_night(database, MORNING + A_DAY, NIGHT + A_DAY)
    assert refused.isdisjoint(names_proposed(morning))
    assert names_proposed(morning)


def test_an_urgent_visit_that_was_declined_is_urgent_among_those_that_need_cover(
    desk: Visitor, morning: Morning, clock: time_machine.Traveller
) -> None:
    offers = morning.approves()
    clock.shift(timedelta(minutes=11))
    for offer in offers:
        morning.answers(offer, yes=False, now=utc_now())
    board = desk.opens("/board").words
    assert "1 urgent, and nobody found" in board
    assert "10 am to 12 noon Urgent" in board.partition("Needs cover")[2]
    assert "Nobody found Befriending" not in board
    assert "Whoever was asked cannot come." in desk.opens("/unserved?show=urgent").words


def test_an_urgent_request_opened_after_the_night_is_told_of_at_once(desk: Visitor, morning: Morning) -> None:
    def open_another(session: Session) -> None:
        request = make_request(
            session,
            make_recipient(session, called="黃伯伯"),
            code="R-LATE",
            windows=((TOMORROW, 28, 32),),
            urgent_until=TOMORROW,
            urgent_reason="the family is away",
        )
        make_occurrence(session, request, TOMORROW)

    morning.does(open_another)
    assert "It came in after the night." in desk.opens("/unserved?show=urgent").words
    assert "1 urgent, and nobody found" in desk.opens("/board").words


def test_an_urgent_visit_of_today_without_anybody_is_for_the_telephone(
    desk: Visitor, morning: Morning, clock: time_machine.Traveller
) -> None:
    refuse_all(desk, morning)
    clock.shift(A_DAY)
    desk = desk.has_signed_in_as(morning.does(lambda session: make_coordinator(session, "Coordinator Au")))
    assert "Wednesday 25 November It is too near to ask by message." in desk.opens("/unserved").words


def test_a_changed_request_does_not_vanish_with_its_proposals(desk: Visitor, morning: Morning) -> None:
    def close_all(session: Session) -> None:
        for proposal in open_proposals(session):
            proposal.status = proposal.status.CLOSED
        session.scalars(select(CareRequest)).one().urgent_until = None

    morning.does(close_all)
    assert not morning.does(lambda session: session.scalars(select(UnservedVisit)).all())
    assert "The request was changed after the night." in desk.opens("/unserved").words

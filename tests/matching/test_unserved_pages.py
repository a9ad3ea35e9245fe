"""Requests for which the night found nobody: when they may still take place, and what would help."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.care_requests.models import Rhythm
from app.shared.database import Database
from tests.matching.night_people import AT_NINE, Morning
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

WEDNESDAY, THURSDAY = date(2026, 11, 25), date(2026, 11, 26)
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def nobody_on_weekdays(session: Session) -> None:
    """A helper who is free on Sundays only; a request of two days, and a weekly one."""
    make_volunteer(session, "SUNDAY Helper", free=((6, 18, 42),))
    make_request(
        session,
        make_recipient(session, called="黃婆婆"),
        code="R-TWODAYS",
        rhythm=Rhythm.ANY_OF,
        windows=((WEDNESDAY, 20, 24), (THURSDAY, 28, 32)),
    )
    make_request(
        session,
        make_recipient(session, called="何伯伯"),
        code="R-WEEKLY",
        rhythm=Rhythm.WEEKLY,
        windows=((2, 20, 24),),
    )


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, nobody_on_weekdays)


def at_the_desk(app: Flask, morning: Morning) -> Visitor:
    """A coordinator who has just come."""
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


def card(desk: Visitor, path: str, called: str) -> str:
    """The words of a page from the name of a person on, up to the next card."""
    return desk.opens(path).words.partition(called)[2].partition("婆婆")[0].partition("伯伯")[0]


def test_only_the_days_still_ahead_are_named(
    app: Flask, morning: Morning, nine_in_the_morning: time_machine.Traveller
) -> None:
    said = card(at_the_desk(app, morning), "/unserved", "黃婆婆")
    assert "Wednesday 25 November or Thursday 26 November" in said
    assert "0 free then (Wednesday 25 November 10 am to 12 noon or Thursday 26 November 2 pm to 4 pm)" in said
    nine_in_the_morning.shift(A_DAY)
    desk = at_the_desk(app, morning)
    said = card(desk, "/unserved", "黃婆婆")
    assert "Wednesday" not in said
    assert "0 free then (Thursday 26 November 2 pm to 4 pm)" in said
    assert "Wednesday 25 November" not in desk.opens("/by-hand").words


def test_a_request_whose_days_have_all_passed_asks_for_a_new_time(
    app: Flask, morning: Morning, nine_in_the_morning: time_machine.Traveller
) -> None:
    nine_in_the_morning.shift(2 * A_DAY)
    page = at_the_desk(app, morning).opens("/unserved")
    assert "Every day that was asked for has passed. Please agree on a new time with the carer." in page.words
    assert "/triage" in page.html
    assert "Wednesday 25 November" not in page.words
    assert "Wednesday 2 December" in page.words

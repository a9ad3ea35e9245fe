"""The page that says which visits hang on one senior volunteer."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.shared.database import Database
from tests.matching.night_people import AT_NINE, Morning
from tests.people import make_account, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def one_who_alone_is_free(session: Session) -> None:
    """Friday's visit is for one of two, Saturday's for one alone; she has been here for twenty years."""
    senior = make_volunteer(session, "SENIOR Helper", name_zh="陳美玲", code="V-SENIOR", free=((5, 18, 42),))
    senior.volunteer_since = date(2006, 1, 1)
    make_volunteer(session, "NEWER Helper", name_zh="李國強", code="V-NEWER", free=((4, 18, 42),))
    for called, day in (("黃婆婆", 28), ("何伯伯", 27)):
        make_request(
            session, make_recipient(session, called=called), windows=((date(2026, 11, day), 20, 24),)
        )


def page_of(app: Flask, morning: Morning) -> str:
    account = morning.does(lambda session: make_account(session, "Somebody", Role.COORDINATOR))
    return Visitor(app).has_signed_in_as(account).opens("/seniors/if-somebody-stops").words


def test_a_visit_that_only_a_senior_can_make_is_told(app: Flask, database: Database) -> None:
    words = page_of(app, Morning(database, one_who_alone_is_free))
    assert "SENIOR Helper V-SENIOR What they hold SENIOR Helper 1 1 0 1 Nobody to follow yet" in words
    assert "V-NEWER" not in words


def test_without_seniors_the_page_says_so(app: Flask, database: Database) -> None:
    words = page_of(app, Morning(database, lambda session: make_volunteer(session, "NEW Helper")))
    assert "No senior volunteer goes to a visit in the latest plan." in words

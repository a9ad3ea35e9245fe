"""A visit of two hours that is over, its volunteer, its carer, and two coordinators; it is two in the afternoon."""

from collections.abc import Iterator
from datetime import date, time

import pytest
import time_machine
from flask import Flask

from app.shared.database import Database
from app.shared.times import hong_kong_moment
from tests.matching.night_people import AT_TEN
from tests.visits.story import Story

WEDNESDAY = date(2026, 11, 25)
"""The day of the visit, planned from ten to twelve."""
AFTERNOON = hong_kong_moment(WEDNESDAY, time(14))
MOST_A_DAY = 600


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def story(app: Flask, database: Database, clock: time_machine.Traveller) -> Story:
    told = Story(database)
    told.says_yes()
    clock.move_to(AFTERNOON)
    return told

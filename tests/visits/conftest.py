"""A weekly request and the volunteer who is asked about it, at ten on a Tuesday morning."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from app.shared.database import Database
from tests.matching.night_people import AT_TEN
from tests.rooms import rooms_together
from tests.visits.story import Story


@pytest.fixture(autouse=True)
def ten_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rooms() -> Iterator[None]:
    with rooms_together():
        yield


@pytest.fixture
def story(app: Flask, database: Database) -> Story:
    return Story(database)

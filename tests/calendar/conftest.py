"""A volunteer with two visits agreed, the first on Wednesday 25 November; it is ten on Tuesday."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from app.shared.database import Database
from tests.matching.night_people import AT_TEN
from tests.visits.story import Story


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agreed(app: Flask, database: Database) -> Story:
    story = Story(database)
    story.says_yes()
    return story

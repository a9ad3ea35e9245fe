"""A Wednesday with visits, a typhoon on its way, and a coordinator who decides."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from app.shared.database import Database
from tests.matching.night_people import AT_TEN
from tests.visits.story import Story
from tests.weather.typhoon import WEDNESDAY_EIGHT


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agreed(app: Flask, database: Database, clock: time_machine.Traveller) -> Story:
    """Agreed for this Wednesday at ten and the next; it is eight in the morning of the first."""
    story = Story(database)
    story.says_yes()
    clock.move_to(WEDNESDAY_EIGHT)
    return story

"""The story of the visits' tests: a weekly request and the volunteer who is asked about it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.shared.database import Database
from tests.rooms import rooms_together
from tests.visits.story import Story


@pytest.fixture
def rooms() -> Iterator[None]:
    with rooms_together():
        yield


@pytest.fixture
def story(app: Flask, database: Database) -> Story:
    return Story(database)

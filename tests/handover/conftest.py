"""Mrs Cheung has gone to 陳婆婆 every Wednesday for years; Mr Fung could follow. It is nine on a Tuesday morning."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from app.shared.database import Database
from tests.handover.wednesdays import Wednesdays
from tests.matching.night_people import AT_NINE


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def wednesdays(app: Flask, database: Database, clock: time_machine.Traveller) -> Wednesdays:
    return Wednesdays(app, database)

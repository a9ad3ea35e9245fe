"""An application on a fresh database, and people with browsers."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.shared.database import Database
from app.shared.secrets import Keyring
from tests.visitor import Visitor, make_config


@pytest.fixture
def app(database: Database, keys: Keyring) -> Iterator[Flask]:
    app = create_app(make_config(database, keys))
    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody's browser, in English."""
    return Visitor(app)


@pytest.fixture
def another(app: Flask) -> Visitor:
    """Another browser."""
    return Visitor(app)

"""An application with the catalogue in it, and browsers of those who correct it and those who may not."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.factory import create_app
from app.shared.database import Database
from app.shared.secrets import Keyring
from tests.people import make_account
from tests.visitor import Visitor, make_config


@pytest.fixture
def app(database: Database, keys: Keyring) -> Iterator[Flask]:
    database.in_transaction(load_catalogue)
    app = create_app(make_config(database, keys))
    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def desk(app: Flask, database: Database) -> Visitor:
    """A coordinator's browser."""
    account = database.in_transaction(
        lambda session: make_account(session, "Coordinator Chan", Role.COORDINATOR)
    )
    return Visitor(app).has_signed_in_as(account)

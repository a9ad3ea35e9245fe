"""An application with the catalogue in it, and browsers of those who correct it and those who may not."""

import pytest
from flask import Flask

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Visitor


@pytest.fixture
def app(app: Flask, database: Database) -> Flask:
    """The application, with the catalogue in its database."""
    database.in_transaction(load_catalogue)
    return app


@pytest.fixture
def desk(app: Flask, database: Database) -> Visitor:
    """A coordinator's browser."""
    account = database.in_transaction(
        lambda session: make_account(session, "Coordinator Chan", Role.COORDINATOR)
    )
    return Visitor(app).has_signed_in_as(account)

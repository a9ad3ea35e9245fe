"""An application with the catalogue in it, a coordinator and an administrator."""

from pathlib import Path

import pytest
from flask import Flask

from app.accounts.models import Account, Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Visitor

SAMPLES = Path(__file__).parent / "samples"
VOLUNTEERS = SAMPLES / "sample-volunteers-big5.csv"
REQUESTS = SAMPLES / "sample-care-requests.xlsx"


@pytest.fixture
def app(app: Flask, database: Database) -> Flask:
    """The application, with the catalogue in its database."""
    database.in_transaction(load_catalogue)
    return app


@pytest.fixture
def coordinator(database: Database, app: Flask) -> Account:
    return database.in_transaction(
        lambda session: make_account(session, "Coordinator Chan", Role.COORDINATOR, email="chan@example.org")
    )


@pytest.fixture
def administrator(database: Database, app: Flask) -> Account:
    return database.in_transaction(
        lambda session: make_account(session, "Administrator Au", Role.ADMINISTRATOR, email="au@example.org")
    )


@pytest.fixture
def desk(app: Flask, coordinator: Account) -> Visitor:
    """The coordinator's browser, in English."""
    return Visitor(app).has_signed_in_as(coordinator)

"""A volunteer, a person cared for, and two coordinators."""

import pytest
from flask import Flask

from app.accounts.models import Account
from app.care_requests.models import CareRecipient
from app.shared.database import Database
from app.shared.secrets import Keyring
from app.volunteers.models import Volunteer
from tests.people import make_coordinator, make_recipient, make_volunteer
from tests.visitor import Visitor


@pytest.fixture
def first(database: Database, keys: Keyring) -> Account:
    return database.in_transaction(lambda session: make_coordinator(session, "First Coordinator"))


@pytest.fixture
def second(database: Database, keys: Keyring) -> Account:
    return database.in_transaction(lambda session: make_coordinator(session, "Second Coordinator"))


@pytest.fixture
def volunteer(database: Database, keys: Keyring) -> Volunteer:
    return database.in_transaction(lambda session: make_volunteer(session, "Ready Volunteer"))


@pytest.fixture
def recipient(database: Database, keys: Keyring) -> CareRecipient:
    return database.in_transaction(make_recipient)


@pytest.fixture
def first_desk(app: Flask, first: Account) -> Visitor:
    """The first coordinator's browser."""
    return Visitor(app).has_signed_in_as(first)


@pytest.fixture
def second_desk(app: Flask, second: Account) -> Visitor:
    """The second coordinator's browser."""
    return Visitor(app).has_signed_in_as(second)

"""The service as people meet it: behind an address, with the real catalogue, and messages that can be read."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from app.catalogue.use_cases import load_catalogue
from app.messages.channels import ConsoleChannel
from app.messages.delivery import deliver_due
from app.messages.models import Channel, ConsoleDelivery
from app.shared.database import Database
from app.shared.times import utc_now
from tests.browser import Walker, serving
from tests.test_pages import NAMES

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
LINK = re.compile(r"http://\S+?(?=[。.]?(?:\s|$))")


@dataclass(frozen=True)
class Outbox:
    """What people were sent."""

    app: Flask
    database: Database

    def delivers(self, *, later: timedelta = timedelta()) -> None:
        """Let everything leave that is due, `later` than now."""
        console = ConsoleChannel(self.database)
        with self.app.app_context():
            deliver_due(
                self.database,
                {Channel.SMS: console, Channel.EMAIL: console},
                clock=lambda: utc_now() + later,
            )

    def all_to(self, contact: str) -> list[str]:
        """The words of all messages to `contact`, the newest first, after all that is due has left."""
        self.delivers()
        newest_first = select(ConsoleDelivery.text).order_by(ConsoleDelivery.id.desc())
        with self.database.reading() as session:
            return list(session.scalars(newest_first.where(ConsoleDelivery.to == contact)))

    def code_to(self, contact: str) -> str:
        """The six digits that were last sent to `contact`."""
        return CODE.findall(" ".join(self.all_to(contact)))[0]  # type: ignore[no-any-return]  # without groups: a str

    def link_to(self, contact: str) -> str:
        """The address that was last sent to `contact`."""
        return LINK.findall(" ".join(self.all_to(contact)))[0]  # type: ignore[no-any-return]  # without groups: a str


@pytest.fixture
def address(app: Flask, database: Database) -> Iterator[str]:
    """Where the service is reached; the catalogue of the two districts is loaded."""
    database.in_transaction(load_catalogue)
    with serving(app) as address:
        yield address


@pytest.fixture
def outbox(app: Flask, database: Database) -> Outbox:
    return Outbox(app, database)


@pytest.fixture
def somebody(browser: Browser, address: str, picture_folder: Path | None) -> Iterator[Callable[..., Walker]]:
    """Opens a browser of somebody's own: `somebody("陳大文", language=…, …)` with names that may stand in it."""
    opened: list[Walker] = []

    def open_browser(*names: str, **options: Any) -> Walker:
        folder = picture_folder and picture_folder / str(len(opened) + 1)
        walker = Walker(browser, address, names=NAMES | set(names), pictures=folder, **options)
        opened.append(walker)
        return walker

    yield open_browser
    for walker in opened:
        walker.close()

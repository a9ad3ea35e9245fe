"""Somebody with a browser and no JavaScript: opens pages, fills in their forms, keeps cookies."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.access import session_cookie
from app.accounts.models import Account
from app.accounts.use_cases.sessions import begin_signed_in_session
from app.shared.database import Database
from app.shared.secrets import Keyring, Secret
from app.shared.times import utc_now
from config import Config

HIDDEN = re.compile(
    r'<input type="hidden" name="([^"]+)" value="([^"]*)">|<input name="([^"]+)" type="hidden" value="([^"]*)">'
)
ERROR = re.compile(r'<p class="error" id="([^"]+)-error">.*?</span>(.*?)</span></p>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def make_config(database: Database, keyring: Keyring) -> Config:
    """The settings of an installation over http, on `database`."""
    return Config(
        database_url=database.url.render_as_string(hide_password=False),
        secret_key=Secret("the tests' own secret key"),
        keyring=keyring,
        public_url="http://localhost",
        data_directory=Path("instance"),
        trusted_hosts=("localhost",),
        is_secure=False,
        service_phone="2345 6789",
        extra={"TESTING": True},
    )


@contextmanager
def on_database(app: Flask, database: Database, keyring: Keyring) -> Iterator[None]:
    """Within: `app` works on `database`. What is changed in `app.extensions` meanwhile is gone afterwards."""
    before = app.extensions
    app.extensions = {
        **before,
        "database": database,
        "settings": make_config(database, keyring),
        "worders": dict(before["worders"]),
    }
    try:
        yield
    finally:
        app.extensions = before


@dataclass(frozen=True)
class Opened:
    """A page as it was answered."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def words(self) -> str:
        """What a reader sees, on one line."""
        return " ".join(unescape(TAG.sub(" ", self.html)).split())

    @property
    def goes_to(self) -> str:
        """Where the answer sends the reader."""
        return self.response.headers.get("Location", "")

    @property
    def errors(self) -> dict[str, str]:
        """{field: what stands beside it}."""
        return {field: unescape(words).strip() for field, words in ERROR.findall(self.html)}

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's forms."""
        found = HIDDEN.findall(self.html)
        return {first or second: unescape(one or two) for first, one, second, two in found}


class Visitor:
    """One browser on `app`."""

    def __init__(self, app: Flask, *, language: str = "en") -> None:
        self.app = app
        self.client = app.test_client()
        self.client.set_cookie("language", language)

    def opens(self, path: str, *, status: int = 200) -> Opened:
        """The page at `path`."""
        page = Opened(self.client.get(path))
        assert page.status == status, f"{path}: {page.status} {page.goes_to} {page.words[:600]}"
        return page

    def sends(self, path: str, *, to: str | None = None, status: int = 303, **fields: object) -> Opened:
        """Open the page at `path`, fill in its form and send it (`to` another address than the page's own)."""
        page = self.opens(path)
        answer = Opened(self.client.post(to or path, data={**page.hidden, **fields}))
        assert answer.status == status, f"{path}: {answer.status} {answer.goes_to} {answer.words[:600]}"
        return answer

    def has_signed_in_as(self, account: Account, *, is_shared_computer: bool = False) -> "Visitor":
        """This browser holds a fresh session of `account`."""
        database: Database = self.app.extensions["database"]

        def begin(session: Session) -> str:
            _row, token = begin_signed_in_session(
                session, account, None, is_shared_computer=is_shared_computer, now=utc_now()
            )
            return token

        token = database.in_transaction(begin)
        with self.app.app_context():
            self.client.set_cookie(session_cookie(), token)
        return self

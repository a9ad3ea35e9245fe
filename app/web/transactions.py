"""The database of a request: one session to read with, and transactions for what changes."""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, current_app, g, redirect, request, session
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.shared.database import Database
from app.shared.submissions import earlier_answer, remember_answer
from app.shared.times import utc_now

Result = TypeVar("Result")

FORM_KEY_FIELD = "form_key"
FORM_TOKEN_FIELD = "csrf_token"  # noqa: S105 (the name of a field)


def init_transactions(app: Flask, database: Database) -> None:
    """Give `app` its database and close a request's session when the request ends."""
    app.extensions["database"] = database

    @app.teardown_appcontext
    def close_reader(_error: BaseException | None) -> None:
        session = g.pop("reader", None)
        if session is not None:
            session.close()


def database() -> Database:
    """The application's database."""
    return cast(Database, current_app.extensions["database"])


def reading() -> Session:
    """This request's session for looking; what it changes is never committed."""
    if "reader" not in g:
        g.reader = database().reader()
    return cast(Session, g.reader)


def in_transaction(function: Callable[[Session], Result]) -> Result:
    """What `function(session)` returns, committed; see Database.in_transaction."""
    return database().in_transaction(function)


def sending_key(about: str | None = None) -> str:
    """What makes this sending the same as an earlier one: browser, address, form key and everything sent; "" without
    a form key. `about` takes the place of what was sent, where a part of it or a file is meant.

    So nobody is answered for another, one page's buttons are told apart, and who goes back and corrects what was
    typed is heard.
    """
    form_key = request.form.get(FORM_KEY_FIELD, "")
    if not form_key:
        return ""
    sent = sorted((name, value) for name, value in request.form.items(multi=True) if name != FORM_TOKEN_FIELD)
    parts = (session.get(FORM_TOKEN_FIELD), request.path, form_key, sent if about is None else about)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def answered_earlier() -> str | None:
    """Where the sender of this very form was sent the first time, or None for a new one."""
    key = sending_key()
    return earlier_answer(reading(), key) if key else None


def submit_once(function: Callable[[Session], str], *, about: str | None = None) -> Response:
    """Run `function(session)` in a transaction and redirect (303) to the address it returns.

    A form sent twice, by a double tap or after a lost answer, acts once: the second is sent where the first was.
    `about` as in `sending_key`.
    """
    key = sending_key(about)

    def act(session: Session) -> str:
        if key and (earlier := earlier_answer(session, key)) is not None:
            return earlier
        location = function(session)
        if key:
            remember_answer(session, key, location, now=utc_now())
            session.flush()
        return location

    try:
        location = in_transaction(act)
    except IntegrityError:
        earlier = in_transaction(lambda session: earlier_answer(session, key)) if key else None
        if earlier is None:
            raise
        location = earlier
    return redirect(location, code=303)

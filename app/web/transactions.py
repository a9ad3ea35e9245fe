"""The database of a request: one session to read with, and transactions for what changes."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, current_app, g, redirect, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.shared.database import Database
from app.shared.submissions import earlier_answer, remember_answer
from app.shared.times import utc_now

Result = TypeVar("Result")

FORM_KEY_FIELD = "form_key"
LONGEST_FORM_KEY = 64


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


def submit_once(function: Callable[[Session], str]) -> Response:
    """Run `function(session)` in a transaction and redirect (303) to the address it returns.

    A form sent twice, by a double tap or after a lost answer, acts once: the second is sent where the first was.
    """
    key = request.form.get(FORM_KEY_FIELD, "")[:LONGEST_FORM_KEY]

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

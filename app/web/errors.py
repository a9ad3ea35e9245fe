"""Errors as pages, in the reader's language: what happened, what to do, and nothing lost."""

from flask import Flask, current_app, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.shared.errors import ChangedMeanwhile, NotFound, Refusal
from app.web.words import say


def init_errors(app: Flask) -> None:
    """Register the error pages."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int]:
        code = error.code or 500
        return error_page(*_texts(code), code)

    @app.errorhandler(CSRFError)
    def form_token_missing(error: CSRFError) -> tuple[str, int]:
        return error_page(
            gettext("Please send the form again"),
            gettext(
                "This page had been open for a long time. Go back, check what you wrote, and send it again."
            ),
            error.code or 400,
        )

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[str, int]:
        code = 404 if isinstance(refusal, NotFound) else 409
        return error_page(gettext("This could not be done"), say(refusal), code)

    @app.errorhandler(StaleDataError)
    def changed_meanwhile(_error: StaleDataError) -> tuple[str, int]:
        return refused(ChangedMeanwhile())

    @app.errorhandler(Exception)
    def unexpected(_error: Exception) -> tuple[str, int]:
        current_app.logger.exception("unexpected error at %s", request.endpoint)
        return error_page(*_texts(500), 500)


def error_page(heading: str, text: str, code: int) -> tuple[str, int]:
    """A page that says `heading` and `text`, and the HTTP status."""
    return render_template("web/error.html", heading=heading, text=text, code=code), code


def _texts(code: int) -> tuple[str, str]:
    if code == 403:
        return (
            gettext("This page is not for this account"),
            gettext("You are signed in, but this page belongs to other people's work."),
        )
    if code == 404:
        return (
            gettext("Page not found"),
            gettext("The address may be wrong, or what was here is no longer there."),
        )
    if code == 405:
        return gettext("This cannot be opened like that"), gettext(
            "Please go back and use the button on the page."
        )
    if code == 413:
        return (
            gettext("That is too much to send at once"),
            gettext("Please make the text shorter or choose a smaller file."),
        )
    if code == 429:
        return gettext("Too many tries"), gettext(
            "Please wait a few minutes and try again, or give us a call."
        )
    if 400 <= code < 500:
        return gettext("We could not read that"), gettext(
            "Please go back, check what you wrote, and send it again."
        )
    return (
        gettext("Something went wrong on our side"),
        gettext("What you saved is safe. Please try again in a few minutes, or give us a call."),
    )

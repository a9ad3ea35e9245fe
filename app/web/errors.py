"""Errors as pages, in the reader's language: what happened, what to do, and nothing lost."""

from flask import Flask, current_app, g, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.shared.errors import ChangedMeanwhile, NotFound, Refusal
from app.web.access import ask_to_sign_in, policy_of, visitor
from app.web.kept import kept_page, opened_form, sealed_form
from app.web.language import language_of_browser
from app.web.words import say


def init_errors(app: Flask) -> None:
    """Register the error pages."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        return error_page(*_texts(code), code)

    @app.errorhandler(CSRFError)
    def form_token_missing(error: CSRFError) -> ResponseReturnValue:
        """Signed out, or in again, in another tab: the form is shown again, after a sign-in where one is needed."""
        sealed = sealed_form()
        kept = opened_form(sealed)
        declared = policy_of(current_app.view_functions.get(request.endpoint or ""))
        if kept is not None and declared is not None:
            if declared.is_public or visitor().is_authenticated:
                return kept_page(kept)
            return ask_to_sign_in(declared)
        return error_page(
            gettext("Please send the form again"),
            gettext(
                "This page had been open for a long time. Go back, check what you wrote, and send it again."
            ),
            error.code or 400,
        )

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        code = 404 if isinstance(refusal, NotFound) else 409
        return error_page(gettext("This could not be done"), say(refusal), code)

    @app.errorhandler(StaleDataError)
    def changed_meanwhile(_error: StaleDataError) -> ResponseReturnValue:
        return refused(ChangedMeanwhile())

    @app.errorhandler(Exception)
    def unexpected(_error: Exception) -> ResponseReturnValue:
        current_app.logger.exception("unexpected error at %s", request.endpoint)
        try:
            return error_page(*_texts(500), 500)
        except SQLAlchemyError:
            g.language = language_of_browser()
            refresh()
            return _bare(*_texts(500), 500)


def error_page(heading: str, text: str, code: int) -> ResponseReturnValue:
    """A page that says `heading` and `text`, and the HTTP status; bare words where no page has links.

    That is so for a host that is not ours: no address can be built for it.
    """
    if request_ctx.url_adapter is None:
        return _bare(heading, text, code)
    return render_template("web/error.html", heading=heading, text=text, code=code), code


def _bare(heading: str, text: str, code: int) -> ResponseReturnValue:
    return f"{heading}\n\n{text}\n", code, {"Content-Type": "text/plain; charset=utf-8"}


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

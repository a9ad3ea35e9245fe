"""The first page, and the statement on personal information that stands before anything is collected."""

from flask import render_template

from app.web.access import public
from app.web.language import blueprint

__all__ = ["blueprint", "home", "statement"]


@blueprint.get("/")
@public
def home() -> str:
    """What the service is, and the ways in."""
    return render_template("web/start.html")


@blueprint.get("/personal-information")
@public
def statement() -> str:
    """The personal information collection statement."""
    return render_template("web/statement.html")

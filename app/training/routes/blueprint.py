"""The blueprint of training, and how its pages say what is kept in two languages."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from app.web.forms import Form, submitted

blueprint = Blueprint("training", __name__)


@blueprint.app_template_filter("in_language")
def _in_language(row: Any, name: str) -> str:
    """`course | in_language("aims")`: in the reader's language when it is given in it, else in the other."""
    order = ("en", "zh") if str(get_locale()) == "en" else ("zh", "en")
    return next(filter(None, (str(getattr(row, f"{name}_{language}")) for language in order)), "")


def pressed(act: Callable[[Session], str], back_url: str) -> ResponseReturnValue:
    """What a button on another page does: act and go where `act` says, or back there with what was refused."""
    form = Form()
    answer = submitted(form, act)
    if answer is not None:
        return answer
    for words in form.form_errors:
        flash(str(words), "error")
    return redirect(back_url, code=303)

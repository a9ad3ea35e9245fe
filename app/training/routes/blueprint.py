"""The blueprint of training, and how its pages say what is kept in two languages."""

from typing import Any

from flask import Blueprint
from flask_babel import get_locale

blueprint = Blueprint("training", __name__)


@blueprint.app_template_filter("in_language")
def _in_language(row: Any, name: str) -> str:
    """`course | in_language("aims")`: in the reader's language when it is given in it, else in the other."""
    order = ("en", "zh") if str(get_locale()) == "en" else ("zh", "en")
    return next(filter(None, (str(getattr(row, f"{name}_{language}")) for language in order)), "")

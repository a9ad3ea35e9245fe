"""What somebody typed before another page had to come first: kept sealed on the way there, and shown again after.

Nothing is stored here. When the session ended, the form travels in a hidden field, from the answer to the form that
could not be taken to the answer to the sign-in, where it is sent again to be looked at
(`app.web.forms.Form.is_looked_at_again`). When something else is to be entered first, it travels in the address
(`?kept=`) to that page and back to its own, whose form it fills in.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from app.shared.secrets import keyring
from app.web.transactions import FORM_KEY_FIELD, FORM_TOKEN_FIELD

LOOK_AGAIN_FIELD = "look_again"
LONGEST_KEPT = 200_000
"""Characters; what is longer is a file's worth, and no form of ours."""
_PLACE = "web.kept_form"
_OURS = frozenset({FORM_KEY_FIELD, FORM_TOKEN_FIELD, LOOK_AGAIN_FIELD})


@dataclass(frozen=True)
class KeptForm:
    """Where a form was sent, and everything typed into it."""

    address: str
    fields: list[tuple[str, str]]


AskToSignIn = Callable[[str], ResponseReturnValue]
"""Answers with a sign-in page that carries the sealed form it is given."""


def sealed_form() -> str:
    """This request's form, sealed; "" when nothing was typed, or not on a page of ours, or in a form that signs in."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OURS]
    is_typed = any(value.strip() for _name, value in fields)
    signs_in = (request.endpoint or "").startswith("accounts.")
    if request.method != "POST" or not is_typed or signs_in or not _comes_from_here():
        return ""
    text = json.dumps([request.full_path.rstrip("?"), fields])
    if len(text) > LONGEST_KEPT:
        return ""
    return base64.urlsafe_b64encode(keyring().seal(text, _PLACE)).decode()


def opened_form(sealed: str) -> KeptForm | None:
    """The form that was sealed, or None for what nobody sealed here."""
    try:
        address, fields = json.loads(keyring().open(base64.urlsafe_b64decode(sealed), _PLACE))
    except (binascii.Error, IndexError, InvalidTag, KeyError, ValueError):
        return None
    return KeptForm(address, [(name, value) for name, value in fields])


def sealed_for(path: str) -> str:
    """The sealed form that this request's address carries, if it was typed on the page at `path`; else ""."""
    sealed = request.args.get("kept", "")
    form = opened_form(sealed) if sealed else None
    return sealed if form and form.address.partition("?")[0] == path else ""


def brought_back() -> MultiDict[str, str] | None:
    """What was typed on this page before another one came first, when it is opened again with it."""
    sealed = sealed_for(request.path) if request.method == "GET" else ""
    form = opened_form(sealed) if sealed else None
    return MultiDict(form.fields) if form else None


def kept_page(form: KeptForm) -> ResponseReturnValue:
    """A page with one button that brings the form back as it was typed. Nothing is done with it yet."""
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)
    generate_csrf()
    return render_template("web/kept.html", kept=form, look_again=LOOK_AGAIN_FIELD)


def _comes_from_here() -> bool:
    """Sent by a page of this site, as far as the browser says."""
    origin = request.headers.get("Origin", "")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and (not origin or origin == request.host_url.rstrip("/"))

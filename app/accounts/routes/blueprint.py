"""The blueprint, and what its pages share: who was asked for a code, and how often one may try."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from flask import Blueprint, session

from app.accounts.models import CodePurpose
from app.accounts.throttling import Allowance
from app.shared.contacts import read_contact
from app.shared.secrets import Email, Phone, keyring

blueprint = Blueprint("accounts", __name__)

CODES_TO_ONE_CONTACT = Allowance(3, timedelta(minutes=10))
CODES_FROM_ONE_ADDRESS = Allowance(30, timedelta(minutes=1))
"""A whole centre may share one address."""
TRIES_FROM_ONE_ADDRESS = Allowance(60, timedelta(seconds=20))
STAFF_TRIES = Allowance(10, timedelta(minutes=2))
"""By one browser, or from one network for one person."""
STAFF_TRIES_FROM_ONE_ADDRESS = Allowance(30, timedelta(minutes=1))
"""A whole centre may share one address."""
STAFF_TRIES_ANYWHERE = Allowance(200, timedelta(seconds=30))
"""For one person, from all browsers in which they have never signed in: what many networks together may guess."""

_KEY = "asked"
_PLACE = "cookie.asked"


@dataclass(frozen=True)
class Asked:
    """What this browser asked a code for. It lies sealed in the browser's own cookie until the code is typed."""

    contact: str
    purpose: str
    codes: list[int] = field(default_factory=list)
    """Ids of the codes that were sent to this browser's wish."""
    next: str = ""
    resume_code: str = ""

    @property
    def to(self) -> Phone | Email:
        return read_contact(self.contact)


def remember_asked(asked: Asked) -> None:
    """Keep what was asked for in the browser's cookie."""
    box = keyring().seal(json.dumps(asdict(asked)), _PLACE)
    session[_KEY] = base64.b64encode(box).decode()


def asked_for(purpose: CodePurpose) -> Asked | None:
    """What this browser asked a code of this purpose for, if it did."""
    try:
        asked = Asked(**json.loads(keyring().open(base64.b64decode(session.get(_KEY, "")), _PLACE)))
    except (binascii.Error, IndexError, InvalidTag, KeyError, TypeError, ValueError):
        return None
    return asked if asked.purpose == purpose else None


def forget_asked() -> None:
    """The code has been used."""
    session.pop(_KEY, None)

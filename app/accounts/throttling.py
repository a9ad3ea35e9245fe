"""How often one may try: token buckets about the network a try comes from, and about the person it is about.

A stranger's tries never stop the right person. A browser in which somebody has signed in before has a bucket of its
own for that person (RELIABILITY A4), which no other browser can empty; and a network whose tries are used up takes
nothing more from anybody's bucket.
"""

import base64
import binascii
import ipaddress
import json
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.queries import contact_key
from app.accounts.use_cases.throttles import take_token
from app.shared.codes import new_token
from app.shared.secrets import Email, Phone, keyring
from app.shared.times import utc_now
from app.web.transactions import in_transaction

DEVICE_KNOWN_FOR = timedelta(days=180)
MOST_PEOPLE_OF_ONE_DEVICE = 8
"""Coordinators who share a computer at a centre; who signed in longest ago is forgotten first."""
_PLACE = "cookie.known"


@dataclass(frozen=True)
class Allowance:
    """`tries` at once, and one more after each `per`."""

    tries: int
    per: timedelta


def is_allowed(
    what: str,
    *,
    by_address: Allowance,
    contact: Phone | Email | None = None,
    by_contact: Allowance | None = None,
    by_contact_and_address: Allowance | None = None,
) -> bool:
    """Whether one more try at `what` is allowed from this client's network and, when given, about `contact`.

    Where `contact` has signed in in this very browser, only the browser's own bucket is asked. The try counts
    whatever comes of it, but only as far as the first bucket that is empty.
    """
    address = keyring().lookup_hash("address", client_network())
    buckets = [(f"{what}:address:{address}", by_address)]
    if contact is not None and by_contact is not None:
        person = contact_key(contact)
        device = _device_of(person)
        if device:
            buckets = [(f"{what}:device:{_short(device, person)}", by_contact_and_address or by_contact)]
        else:
            if by_contact_and_address is not None:
                buckets.append((f"{what}:both:{_short(address, person)}", by_contact_and_address))
            buckets.append((f"{what}:contact:{person}", by_contact))
    now = utc_now()

    def take(session: Session) -> bool:
        return all(
            take_token(session, key, capacity=allowance.tries, per=allowance.per, now=now)
            for key, allowance in buckets
        )

    return in_transaction(take)


def know_device(response: Response, contact: Phone | Email) -> Response:
    """Let this browser remember, sealed, that `contact` has signed in in it. It opens nothing by itself."""
    device, people = _known()
    person = contact_key(contact)
    people = [person, *(other for other in people if other != person)][:MOST_PEOPLE_OF_ONE_DEVICE]
    box = keyring().seal(json.dumps([device or new_token(), people]), _PLACE)
    response.set_cookie(
        _cookie(),
        base64.urlsafe_b64encode(box).decode(),
        max_age=int(DEVICE_KNOWN_FOR.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_known(response: Response) -> Response:
    """Take away with `response` what `know_device` left."""
    response.delete_cookie(
        _cookie(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    return response


def client_network() -> str:
    """The client's address; of an IPv6 address the network that one household holds (/64)."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _cookie() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _known() -> tuple[str, list[str]]:
    """This browser's own name, and the keys of those who signed in in it; ("", []) when it has none of ours."""
    try:
        box = base64.urlsafe_b64decode(request.cookies.get(_cookie(), ""))
        device, people = json.loads(keyring().open(box, _PLACE))
    except (binascii.Error, IndexError, InvalidTag, KeyError, ValueError):
        return "", []
    return str(device), list(people)


def _device_of(person: str) -> str:
    """This browser's own name if `person` has signed in in it, else ""."""
    device, people = _known()
    return device if person in people else ""


def _short(*parts: str) -> str:
    return keyring().lookup_hash("throttle", "\0".join(parts))

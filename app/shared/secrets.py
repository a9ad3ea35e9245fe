"""Sensitive values: types that do not print themselves, sealed at rest.

A sealed column holds `key id (1 byte) · nonce (12 bytes) · AES-256-GCM box`; table, column and row are the
associated data, so a box copied to another place does not open. Look-ups by equality use a keyed hash.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast, overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Sensitive(str):
    """Text that must not reach a log, a URL or a message by accident: `str(value)` is the text, its repr is not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[…]"


class Phone(Sensitive):
    """A telephone number in E.164 form, "+85291234567"."""


class Email(Sensitive):
    """An e-mail address."""


class Address(Sensitive):
    """Where somebody lives, or how to get in."""


class HealthNote(Sensitive):
    """What is known of somebody's health or abilities, in words."""


class PrivateNote(Sensitive):
    """Words that only the people they were written for may read."""


class Secret(Sensitive):
    """A key or a code: never shown again once set."""


@dataclass(frozen=True)
class Keyring:
    """The service's keys: `sealing` by key id (0..255; the highest seals, all open), and one for look-ups."""

    sealing: Mapping[int, bytes]
    lookup: bytes

    def seal(self, text: str, place: str) -> bytes:
        """`text` sealed for `place` ("table.column.row")."""
        key_id = max(self.sealing)
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(self.sealing[key_id]).encrypt(nonce, text.encode(), place.encode())
        return bytes([key_id]) + nonce + box

    def open(self, box: bytes, place: str) -> str:
        """The text sealed in `box`. Raises InvalidTag when it was sealed elsewhere, KeyError when its key is gone."""
        nonce, sealed = box[1 : 1 + NONCE_BYTES], box[1 + NONCE_BYTES :]
        return AESGCM(self.sealing[box[0]]).decrypt(nonce, sealed, place.encode()).decode()

    def lookup_hash(self, purpose: str, value: str) -> str:
        """The same 64 hexadecimal digits for the same value and purpose, and no way back."""
        return hmac.digest(self.lookup, f"{purpose}\0{value}".encode(), "sha256").hex()

    def __repr__(self) -> str:
        return "Keyring([…])"


_installed: list[Keyring] = []


def install_keyring(keyring: Keyring) -> None:
    """Use `keyring` for sealed columns in this process. Called once by whoever opens the database."""
    _installed[:] = [keyring]


def keyring() -> Keyring:
    """The installed keyring. Raises RuntimeError before one is installed."""
    if not _installed:
        raise RuntimeError("no keyring is installed: open the database through app.factory or app.cli")
    return _installed[0]


def phone_key(phone: str) -> str:
    """The look-up hash of a telephone number in E.164 form."""
    return keyring().lookup_hash("phone", phone)


def phone_tail_key(phone: str) -> str:
    """The look-up hash of a telephone number's last four digits: what people remember of a number."""
    return keyring().lookup_hash("phone tail", phone[-4:])


def email_key(email: str) -> str:
    """The look-up hash of an e-mail address, whatever its letter case."""
    return keyring().lookup_hash("email", email.casefold())


class Sealable(Protocol):
    """A row with sealed columns: `row_key` is its own random name, part of the associated data."""

    __tablename__: str
    row_key: str


SensitiveType = TypeVar("SensitiveType", bound=Sensitive)


class Sealed(Generic[SensitiveType]):
    """A property over a LargeBinary column: reads and writes the open value, stores the box.

    `phone = Sealed(Phone, "phone_box")` beside `phone_box: Mapped[bytes | None]`.
    """

    def __init__(self, kind: type[SensitiveType], column: str) -> None:
        self.kind = kind
        self.column = column

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed[SensitiveType]": ...
    @overload
    def __get__(self, row: Sealable, owner: type) -> SensitiveType | None: ...
    def __get__(self, row: Sealable | None, owner: type) -> "Sealed[SensitiveType] | SensitiveType | None":
        if row is None:
            return self
        box = cast(bytes | None, getattr(row, self.column))
        return None if box is None else self.kind(keyring().open(box, self._place(row)))

    def __set__(self, row: Sealable, value: str | None) -> None:
        if value is None or value == "":
            setattr(row, self.column, None)
            return
        if not row.row_key:
            row.row_key = secrets.token_hex(16)
        setattr(row, self.column, keyring().seal(value, self._place(row)))

    def _place(self, row: Sealable) -> str:
        return f"{row.__tablename__}.{self.column}.{row.row_key}"

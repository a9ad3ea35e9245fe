"""One wording per fact and language: statuses, reasons and refusals are said through here, everywhere the same.

Each feature's `words.py` has `WORDS: dict[enum member or Refusal class, lazy text]`; the factory registers them.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from flask import Flask, current_app
from flask_babel import get_locale, lazy_gettext
from flask_babel.speaklater import LazyString

from app.shared.audit import AuditRow
from app.shared.contacts import NotAnEmail, NotAPhoneNumber
from app.shared.errors import ChangedMeanwhile, InvalidInput, InvalidText, NotFound, Refusal

Words = Mapping[Any, LazyString]

WORDS: Words = {
    AuditRow: lazy_gettext("Something else was put on record."),
    NotFound: lazy_gettext("This cannot be found."),
    InvalidText: lazy_gettext(
        "Some characters cannot be used, or the text is too long. Please type it again."
    ),
    ChangedMeanwhile: lazy_gettext("Somebody else changed this in the meantime. Please look at it again."),
    InvalidInput: lazy_gettext("This is not one of the choices. Please choose again."),
    NotAPhoneNumber: lazy_gettext("This is not a phone number. Please type 8 digits, for example 9123 4567."),
    NotAnEmail: lazy_gettext("This is not an e-mail address. It looks like name@example.com."),
}


def register_words(app: Flask, words: Words) -> None:
    """Add a feature's wordings. Raises ValueError when one fact would get a second wording."""
    known: dict[Any, LazyString] = app.extensions.setdefault("words", {})
    new = {_key(fact): text for fact, text in words.items()}
    twice = known.keys() & new.keys()
    if twice:
        raise ValueError(f"said twice: {twice}")
    known.update(new)


def say(fact: Enum | Refusal) -> str:
    """The words for an enum member or a refusal, in the reader's language. Raises KeyError when it has none."""
    words: dict[Any, LazyString] = current_app.extensions["words"]
    if isinstance(fact, Refusal):
        known = next((words[kind] for kind in type(fact).__mro__ if kind in words), None)
        if known is None:
            raise KeyError(type(fact))
        return str(known) % _readable(fact.facts) if fact.facts else str(known)
    return str(words[_key(fact)])


def _key(fact: Any) -> Any:
    """Members of two enums may be equal as text ("open" of a request and of a proposal), and mean two things."""
    return (type(fact), fact.value) if isinstance(fact, Enum) else fact


def happened(row: AuditRow) -> str:
    """What an audit row tells, in the reader's language: the wording of its action ("volunteer.accepted")."""
    words: dict[Any, LazyString] = current_app.extensions["words"]
    return str(words[row.action] if row.action in words else words[AuditRow])


def name_of(row: Any) -> str:
    """The name of a catalogue row (`name_zh`, `name_en`) in the reader's language."""
    return str(row.name_en if str(get_locale()) == "en" else row.name_zh)


def person_name(row: Any) -> str:
    """The name of a person: in the reader's language when given in it, else the other."""
    names = (row.name_en, row.name_zh) if str(get_locale()) == "en" else (row.name_zh, row.name_en)
    return str(names[0] or names[1])


def _readable(facts: Mapping[str, object]) -> dict[str, object]:
    return {key: say(value) if isinstance(value, Enum) else value for key, value in facts.items()}

"""The catalogues: every text of the service in its readers' languages.

A text's id is the English text itself, so English needs no catalogue. `python3 -m app translations` reads the texts
out of code and templates and brings each catalogue up to date; the door compiles them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

FOLDER = Path(__file__).parent
APP = FOLDER.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}


def texts_in_use() -> Catalog:
    """Every text that code and templates ask a translation for."""
    found = Catalog(charset="utf-8")
    for _file, _line, text, _comments, context in extract_from_dir(APP, METHODS, keywords=KEYWORDS):
        found.add(text, context=context)
    return found


def catalogues() -> list[Path]:
    """The catalogues that people translate in, one a language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))


def untranslated(path: Path) -> list[str]:
    """The texts in use that the catalogue has no words for, and those whose words lack a %(name)s, add or break one."""
    translated = read(path)
    faults = []
    for text in _texts(texts_in_use()):
        message = translated.get(_id(text), text.context)
        if message is None or message.fuzzy or not all(_words(message)):
            faults.append(_id(text))
        elif any(True for _ in message.check()) or not _can_be_filled_in(_id(text), _words(message)):
            faults.append(f"{_id(text)} (placeholders differ)")
    return faults


def bring_up_to_date(path: Path) -> None:
    """Add the texts that are new, with no words yet, and take out those no longer in use."""
    catalogue = read(path)
    catalogue.update(texts_in_use(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    unready = path.with_suffix(".new")
    with unready.open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=True)
    unready.replace(path)


def read(path: Path) -> Catalog:
    """The catalogue in a file, whose language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def _texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _can_be_filled_in(text: str, words: tuple[str, ...]) -> bool:
    """Whether the words take the text's values: a placeholder that lost its last letter does not."""
    values = dict.fromkeys(PLACEHOLDER.findall(text), 0)
    try:
        return not values or all(each % values for each in words)
    except (ValueError, TypeError, KeyError):
        return False


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _words(message: Message) -> tuple[str, ...]:
    words = message.string or ""
    return (words,) if isinstance(words, str) else tuple(words)

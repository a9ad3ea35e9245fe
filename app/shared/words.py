"""One way in for text (RELIABILITY P4), and the folded key under which spellings are compared."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

from app.shared.errors import InvalidText

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"
_REFUSED = re.compile(f"[\x00\ud800-\udfff{_BIDI}]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_SPACES = re.compile(r"[^\S\n]+")


def clean_line(text: str, *, longest: int = 200) -> str:
    """One line of text as it is kept: NFC, no control or invisible characters, single spaces, ends trimmed.

    The writer's own spelling stays. Raises InvalidText for NUL, lone surrogates and direction overrides, or when
    more than `longest` characters are left.
    """
    return _bounded(_SPACES.sub(" ", _plain(text).replace("\n", " ")).strip(), longest)


def clean_paragraphs(text: str, *, longest: int = 2000) -> str:
    """As `clean_line`, line breaks kept (at most two together)."""
    lines = [_SPACES.sub(" ", line).strip() for line in _plain(text).split("\n")]
    return _bounded(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), longest)


def folded(text: str) -> str:
    """The key under which two spellings of the same thing are equal.

    Full-width and half-width, letter case, Traditional and Simplified, and spaces make no difference.
    """
    return legible(text).replace(" ", "")


def legible(text: str) -> str:
    """As `folded`, single spaces kept: dates, times and lists are read from this."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_simplified().convert(wide).split())


@lru_cache(maxsize=1)
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def _plain(text: str) -> str:
    if _REFUSED.search(text):
        raise InvalidText(reason="characters")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROLS.sub("", _UNSEEN.sub("", text))


def _bounded(text: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidText(reason="length", longest=longest, length=len(text))
    return text

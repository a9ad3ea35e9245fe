"""A yes or a no by text message. Only what can mean nothing else is understood; the rest is for a coordinator."""

import re
import unicodedata
from enum import StrEnum

from app.shared.words import folded


class Said(StrEnum):
    """What a text message says as a whole."""

    YES = "yes"
    NO = "no"


_YES = """
    好 好的 好呀 好啊 好吖 可以 可以的 可以呀 可 得 得呀 得啊 無問題 冇問題 沒問題 沒有問題 無問題呀 係 是 是的
    會 會去 我去 我會去 我可以 我可以去 我得 去得 去到 接受 願意 應承
    yes y yeah yep ok okay sure "i can" "yes i can" "yes please" "i will" accept
"""
_NO = """
    不 不可以 不可 不能 不得 不行 唔得 唔得呀 唔可以 唔好 唔去 唔去得 不去 我不去 我唔去
    去唔到 去不到 我去唔到 我去不到 來不到 嚟唔到 冇時間 無時間 沒時間 沒有時間 冇空 無空 沒空 沒有空
    唔得閒 不得閒 不方便 唔方便 拒絕 否 不接受
    no n nope cannot "can't" "i can't" "i cannot" "no i can't" "no i cannot" "not possible" decline
    "no thanks" "no thank you" "sorry no"
"""
_DIGITS = {"1": Said.YES, "2": Said.NO}
"""As the question says; with several days asked a number could mean one of them."""
_THANKS = ("謝謝", "多謝", "唔該", "thanks", "thank you")
"""Said at the end, they change nothing."""


def _keys(words: str) -> set[str]:
    """Words as they are compared; several in quotes are one."""
    found = re.findall(r'"([^"]+)"|(\S+)', words)
    return {_key(quoted or word) for quoted, word in found}


def _key(text: str) -> str:
    """Without punctuation, spaces, signs of emotion, letter case, and whichever Chinese script it is written in."""
    kept = "".join(letter for letter in text if unicodedata.category(letter)[0] in "LN")
    return folded(kept)


YES, NO = _keys(_YES), _keys(_NO)
_ENDS_WITH_THANKS = re.compile(f"(?:{'|'.join(map(_key, _THANKS))})+$")


def answer_in(text: str, *, days: int) -> Said | None:
    """What a text message answers to a question about so many days; None unless it plainly is a yes or a no."""
    key = _key(text)
    bare = _ENDS_WITH_THANKS.sub("", key) or key
    if days == 1 and key in _DIGITS:
        return _DIGITS[key]
    if bare in YES:
        return Said.YES
    return Said.NO if bare in NO else None

"""Short answers: gender, yes or no, small numbers, ages, hours of service."""

import re
from functools import lru_cache

from app.catalogue.understanding.answers import Answer, Question, Remark, Unclear, Understood
from app.shared.words import folded

MOST_PEOPLE = 99
OLDEST_AGE = 120
MOST_HOURS = 100_000

_FEMALE = frozenset(
    {"f", "female", "woman", "女", "女性", "女士", "小姐", "太太", "女义工", "妇", "ms", "mrs", "miss"}
)
_MALE = frozenset({"m", "male", "man", "男", "男性", "先生", "男士", "男义工", "mr"})
_EITHER = frozenset(
    {"", "不限", "均可", "男女均可", "无所谓", "没有要求", "无", "any", "either", "none", "-", "n/a"}
)
_YES = frozenset({"y", "yes", "true", "是", "有", "要", "需要", "√", "✓", "✔", "1", "对"})
_NO = frozenset({"n", "no", "false", "否", "不", "不是", "无", "没有", "不需要", "×", "✗", "0"})
_APPROXIMATELY = re.compile(r"^(?:约|大约|大概|近|差不多|about|approx\.?|around|~)|(?:左右|多)$")
_COUNTED = re.compile(r"(?:位|个|名|人|people|persons?|volunteers?)$")
_DIGITS = "零一二三四五六七八九"


def read_gender(text: str) -> Answer[str | None]:
    """ "f", "m", or None where none is stated or asked."""
    word = folded(text)
    if word in _EITHER:
        return Understood(None)
    if word in _FEMALE:
        return Understood("f")
    if word in _MALE:
        return Understood("m")
    return Unclear(text, Question.NOT_UNDERSTOOD, ("女", "男", "不限"))


def read_yes_no(text: str) -> Answer[bool | None]:
    """True, False, or None for an empty cell."""
    word = folded(text)
    if not word:
        return Understood(None)
    if word in _YES:
        return Understood(True)
    if word in _NO:
        return Understood(False)
    return Unclear(text, Question.NOT_UNDERSTOOD, ("是", "否"))


def read_count(text: str) -> Answer[int | None]:
    """How many people: 2, 兩位, 一; None for an empty cell."""
    word = _COUNTED.sub("", folded(text))
    if not word:
        return Understood(None) if not folded(text) else Unclear(text, Question.NOT_UNDERSTOOD)
    number = whole_number(word)
    if number is None or not 1 <= number <= MOST_PEOPLE:
        return Unclear(text, Question.NOT_UNDERSTOOD, ("1", "2", "3"))
    return Understood(number)


def read_age(text: str) -> Answer[int | None]:
    """An age in years: 72, 76歲; None for an empty cell."""
    word = folded(text)
    if not word:
        return Understood(None)
    number, remarks = _roughly(re.sub(r"(?:岁|yearsold|years|yrs)$", "", word))
    if number is None or number > OLDEST_AGE:
        return Unclear(text, Question.NOT_UNDERSTOOD)
    return Understood(number, remarks)


def read_hours(text: str) -> Answer[float]:
    """Hours of service so far: 60, 1,250, 約80, 12.5; 0 for an empty cell."""
    word = re.sub(r"(?:小时|钟头|hours|hrs|h)$", "", folded(text))
    if not word:
        return Understood(0.0) if not folded(text) else Unclear(text, Question.NOT_UNDERSTOOD)
    without = _APPROXIMATELY.sub("", word)
    remarks = (Remark.APPROXIMATE,) if without != word else ()
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", without):
        hours = float(without.replace(",", ""))
        if hours <= MOST_HOURS:
            return Understood(hours, remarks)
    return Unclear(text, Question.NOT_UNDERSTOOD)


def _roughly(word: str) -> tuple[int | None, tuple[Remark, ...]]:
    without = _APPROXIMATELY.sub("", word)
    return whole_number(without), ((Remark.APPROXIMATE,) if without != word else ())


@lru_cache(maxsize=1000)
def whole_number(word: str) -> int | None:
    """The number up to 99 a folded word says in digits or Chinese, larger ones in digits; None when it says none."""
    if re.fullmatch(r"[0-9]{1,6}(?:\.0)?", word):
        return int(float(word))
    word = word.replace("两", "二").replace("〇", "零").replace("廿", "二十")
    if len(word) == 1 and word in _DIGITS:
        return _DIGITS.index(word)
    tens = re.fullmatch(r"([二三四五六七八九])?十([一二三四五六七八九])?", word)
    if tens is None:
        return None
    return 10 * (_DIGITS.index(tens[1]) if tens[1] else 1) + (_DIGITS.index(tens[2]) if tens[2] else 0)

"""How a person is spoken of to others: surname and title, 「陳女士」, "Ms Chan"."""

TWO_CHARACTER_SURNAMES = frozenset(
    (
        "歐陽",
        "司徒",
        "司馬",
        "上官",
        "諸葛",
        "東方",
        "皇甫",
        "尉遲",
        "公孫",
        "慕容",
        "令狐",
        "鍾離",
        "長孫",
        "夏侯",
        "歐阳",
        "欧阳",
    )
)
TITLES_ZH = {"f": "女士", "m": "先生", None: "義工"}
TITLES_EN = {"f": "Ms ", "m": "Mr ", None: ""}


def surname_zh(name: str) -> str:
    """The family name of a Chinese name: its first character, or two for the known double surnames."""
    return name[:2] if name[:2] in TWO_CHARACTER_SURNAMES and len(name) > 2 else name[:1]


def surname_en(name: str) -> str:
    """The family name of a name in Latin letters, as Hong Kong writes it: what stands before a comma, a word in
    capitals among others that are not, else the last of two words and the first of three or more."""
    if "," in name:
        return name.partition(",")[0].strip()
    words = name.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words):
        return capitals[0]
    if not words:
        return ""
    return words[-1] if len(words) <= 2 else words[0]


def called(name_zh: str, name_en: str, gender: str | None, *, in_english: bool) -> str:
    """Surname and title; the name in the other script where it is the only one."""
    if in_english and name_en:
        return f"{TITLES_EN[gender]}{surname_en(name_en)}"
    if name_zh:
        return f"{surname_zh(name_zh)}{TITLES_ZH[gender]}"
    return f"{surname_en(name_en)}{TITLES_ZH[gender]}"

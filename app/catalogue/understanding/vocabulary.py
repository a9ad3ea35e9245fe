"""The catalogue's words and the many names people have for them."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from app.catalogue.understanding.answers import Answer, Question, Unclear, Understood
from app.shared.words import folded

SYNONYMS = Path(__file__).parent.parent / "data" / "synonyms.toml"

_SEPARATORS = (
    re.compile(r"[、,;/\n|+，；／＋]"),
    re.compile(r"和|及|與|与|\band\b|&|＆", re.IGNORECASE),
    re.compile(r"\s+"),
)
"""The firmest first: a piece that is a name is not cut further (lists use spaces, English names hold them)."""
_WITHIN = re.compile(r"^(?P<outer>[^()]*)\((?P<inner>[^()]+)\)$")

Names = Mapping[str, str]
"""Folded spelling → code."""


class NamedRow(Protocol):
    """A row of the catalogue with names in both languages."""

    code: str
    name_zh: str
    name_en: str


class AreaRow(NamedRow, Protocol):
    """An area."""

    @property
    def district(self) -> str: ...


@dataclass(frozen=True)
class Areas:
    """Areas named in a list; `everywhere` when all were meant."""

    codes: tuple[str, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True)
class Abilities:
    """What a list of strengths says: skills held, kinds of support wished for, languages (手語)."""

    skills: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """Every name the catalogue's things go by, folded. Readers of lists name what they do not know."""

    areas: Names
    districts: Mapping[str, tuple[str, ...]]
    several_areas: Mapping[str, tuple[str, ...]]
    everywhere: frozenset[str]
    estate_words: tuple[str, ...]
    none_asked: frozenset[str]
    languages: Names
    skills: Names
    kinds: Names
    demands: Names

    def read_area(self, text: str) -> Answer[str]:
        """The code of one area: 石籬邨, 青衣(長康), Kwai Fong Estate."""
        word = folded(text)
        if not word:
            return Unclear(text, Question.MISSING)
        code = self._area(word)
        if code is not None:
            return Understood(code)
        several = self.several_areas.get(word) or self.districts.get(word) or ()
        if several:
            return Unclear(text, Question.SEVERAL_AREAS, several)
        return Unclear(text, Question.UNKNOWN_NAME)

    def read_areas(self, text: str) -> Answer[Areas]:
        """Several areas, whole districts (荃灣區) and 不限; an empty cell names none."""
        if not folded(text):
            return Understood(Areas())
        if folded(text) in self.everywhere:
            return Understood(Areas(everywhere=True))

        def look_up(word: str) -> tuple[str, ...] | None:
            code = self._area(word)
            if word in self.districts:
                return self.districts[word]
            return None if code is None else (code,)

        found, unknown = _pieces(text, look_up)
        if unknown is None:
            return Understood(Areas(tuple(dict.fromkeys(found))))
        several = self.several_areas.get(folded(unknown), ())
        question = Question.SEVERAL_AREAS if several else Question.UNKNOWN_NAME
        return Unclear(unknown if several else text, question, several)

    def read_languages(self, text: str) -> Answer[tuple[str, ...]]:
        """Codes of languages in the order written: 粵/國語 英文; 不限 and an empty cell ask for none."""
        return self._read_names(text, self.languages)

    def read_demands(self, text: str) -> Answer[tuple[str, ...]]:
        """Codes of demands."""
        return self._read_names(text, self.demands)

    def read_skills(self, text: str) -> Answer[tuple[str, ...]]:
        """Codes of skills."""
        return self._read_names(text, self.skills)

    def read_kinds(self, text: str) -> Answer[tuple[str, ...]]:
        """Codes of kinds of support, for a list of wishes."""
        return self._read_names(text, self.kinds)

    def read_kind(self, text: str) -> Answer[str]:
        """The code of the one kind of support asked for. Two in one cell are a question, with both as choices."""
        word = folded(text)
        if not word:
            return Unclear(text, Question.MISSING)
        if word in self.kinds:
            return Understood(self.kinds[word])
        found, unknown = _pieces(text, _one_of(self.kinds))
        codes = tuple(dict.fromkeys(found))
        if unknown is None and len(codes) == 1:
            return Understood(codes[0])
        if len(codes) > 1:
            return Unclear(text, Question.SEVERAL_KINDS, codes)
        return Unclear(text, Question.UNKNOWN_NAME)

    def read_abilities(self, text: str) -> Answer[Abilities]:
        """Skills and wishes written in one list; 數碼支援 is both, 手語 a language."""
        skills: list[str] = []
        wishes: list[str] = []
        languages: list[str] = []

        def look_up(word: str) -> tuple[str, ...] | None:
            known = (
                (skills, self.skills.get(word)),
                (wishes, self.kinds.get(word)),
                (languages, self.languages.get(word)),
            )
            for collected, code in known:
                if code is not None:
                    collected.append(code)
            return () if any(code for _collected, code in known) else None

        if folded(text) in self.none_asked or not folded(text):
            return Understood(Abilities())
        _found, unknown = _pieces(text, look_up)
        if unknown is not None:
            return Unclear(unknown, Question.UNKNOWN_NAME)
        return Understood(Abilities(*(tuple(dict.fromkeys(codes)) for codes in (skills, wishes, languages))))

    def _read_names(self, text: str, names: Names) -> Answer[tuple[str, ...]]:
        if not folded(text) or folded(text) in self.none_asked:
            return Understood(())
        found, unknown = _pieces(text, _one_of(names))
        if unknown is not None:
            return Unclear(unknown, Question.UNKNOWN_NAME)
        return Understood(tuple(dict.fromkeys(found)))

    def _area(self, word: str) -> str | None:
        if word in self.areas:
            return self.areas[word]
        for ending in self.estate_words:
            shorter = word.removesuffix(ending)
            if shorter != word and shorter in self.areas:
                return self.areas[shorter]
        within = _WITHIN.match(word)
        if within is None:
            return None
        inner, outer = self._area(within["inner"]), within["outer"]
        is_known = outer in self.areas or outer in self.districts or outer in self.several_areas
        return inner if is_known or not outer else None


def make_vocabulary(
    *,
    areas: Iterable[AreaRow],
    languages: Iterable[NamedRow],
    skills: Iterable[NamedRow],
    kinds: Iterable[NamedRow],
    demands: Iterable[NamedRow],
) -> Vocabulary:
    """The vocabulary of these rows, with the synonyms of the data file for the codes among them."""
    data = _synonyms()
    areas = list(areas)
    by_district: dict[str, list[str]] = {}
    for area in areas:
        by_district.setdefault(str(area.district), []).append(area.code)
    districts = {
        folded(name): tuple(by_district[code])
        for code, names in data["districts"].items()
        if code in by_district
        for name in names
    }
    return Vocabulary(
        areas=_names(areas, data["areas"]),
        districts=districts,
        several_areas={folded(name): tuple(codes) for name, codes in data["several_areas"].items()},
        everywhere=frozenset(map(folded, data["everywhere"])),
        estate_words=tuple(sorted(map(folded, data["estate_words"]), key=len, reverse=True)),
        none_asked=frozenset(map(folded, data["none_asked"])),
        languages=_names(languages, data["languages"]),
        skills=_names(skills, data["skills"]),
        kinds=_names(kinds, data["kinds"]),
        demands=_names(demands, {}),
    )


def _names(rows: Iterable[NamedRow], synonyms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The catalogue's own names win over synonyms; a code reads as itself."""
    rows = list(rows)
    names: dict[str, str] = {}
    for row in rows:
        names.update((folded(name), row.code) for name in synonyms.get(row.code, ()))
    for row in rows:
        names.update((folded(name), row.code) for name in (row.name_zh, row.name_en) if name)
    for row in rows:
        names[folded(row.code)] = row.code
    return names


def _one_of(names: Names) -> Callable[[str], tuple[str, ...] | None]:
    def look_up(word: str) -> tuple[str, ...] | None:
        return (names[word],) if word in names else None

    return look_up


def _pieces(text: str, look_up: Callable[[str], tuple[str, ...] | None]) -> tuple[list[str], str | None]:
    """What the pieces of a list mean, and the first piece that is not known."""
    found: list[str] = []
    unknown: list[str] = []

    def take(piece: str, separators: tuple[re.Pattern[str], ...]) -> None:
        word = folded(piece)
        codes = look_up(word) if word else ()
        if codes is not None:
            found.extend(codes)
        elif not separators:
            unknown.append(piece.strip())
        else:
            for part in separators[0].split(piece):
                take(part, separators[1:])

    take(text, _SEPARATORS)
    return found, unknown[0] if unknown else None


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, Any]:
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))

"""What can be asked of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import combinations, product, zip_longest
from math import ceil, dist, sqrt

import holidays
from holidays.constants import OPTIONAL, PUBLIC
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.models import Area, Demand, District, Language, Skill, SupportKind, TravelTime
from app.catalogue.understanding.vocabulary import Vocabulary, make_vocabulary

LEAST_GAIN = 1e-9


def areas(session: Session) -> list[Area]:
    """Every area: 荃灣 first, then 葵青; inside a district by English name."""
    return list(session.scalars(select(Area).order_by(Area.district.desc(), Area.name_en)))


def areas_by_district(session: Session) -> dict[District, list[Area]]:
    """The areas of each district, as `areas` orders them: for choices in groups."""
    grouped: dict[District, list[Area]] = {}
    for area in areas(session):
        grouped.setdefault(area.district, []).append(area)
    return grouped


def on_tiles(found: Sequence[Area]) -> Mapping[str, tuple[int, int]]:
    """(row, column) of a tile for each area, by code, 0 at the top and left: who lies north or west of whom is kept as
    far as tiles can.

    By their ranks from north to south and from west to east, so that crowded neighbourhoods get room; two change
    places as long as that brings them nearer.
    """
    return _tiles(tuple((area.code, area.latitude, area.longitude) for area in found))


@lru_cache(maxsize=4)
def _tiles(found: Sequence[tuple[str, float, float]]) -> Mapping[str, tuple[int, int]]:
    side = ceil(sqrt(len(found)))
    south = {code: rank for rank, (code, _, _) in enumerate(sorted(found, key=lambda each: -each[1]))}
    east = {code: rank for rank, (code, _, _) in enumerate(sorted(found, key=lambda each: each[2]))}
    place = {code: (south[code] * side / len(found), east[code] * side / len(found)) for code in south}
    codes = sorted(place, key=lambda code: (int(place[code][0]), place[code][1]))
    tiles = dict(zip_longest(product(range(side), range(side)), codes))

    def off(code: str | None, tile: tuple[int, int]) -> float:
        return 0.0 if code is None else dist(place[code], (tile[0] + 0.5, tile[1] + 0.5)) ** 2

    is_better = True
    while is_better:
        is_better = False
        for one, other in combinations(tiles, 2):
            first, second = tiles[one], tiles[other]
            gain = off(first, one) + off(second, other) - off(first, other) - off(second, one)
            if gain > LEAST_GAIN:
                tiles[one], tiles[other] = second, first
                is_better = True
    return {code: tile for tile, code in tiles.items() if code is not None}


def support_kinds(session: Session) -> list[SupportKind]:
    """Every kind of support in the order of lists, offered or not."""
    return list(session.scalars(select(SupportKind).order_by(SupportKind.position, SupportKind.code)))


def kinds_offered(session: Session) -> list[SupportKind]:
    """The kinds of support that can be asked for now."""
    return [kind for kind in support_kinds(session) if kind.is_offered]


def skills(session: Session) -> list[Skill]:
    """Every skill in the order of lists."""
    return list(session.scalars(select(Skill).order_by(Skill.position, Skill.code)))


def languages(session: Session) -> list[Language]:
    """Every language in the order of lists, 廣東話 first."""
    return list(session.scalars(select(Language).order_by(Language.position, Language.code)))


def demands(session: Session) -> list[Demand]:
    """Everything a visit may demand, in the order of lists."""
    return list(session.scalars(select(Demand).order_by(Demand.position, Demand.code)))


@dataclass(frozen=True)
class TravelMatrix:
    """Minutes between areas: `minutes[row of from][column of to]`, rows and columns in the order of `codes`."""

    codes: tuple[str, ...]
    minutes: tuple[tuple[int, ...], ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each area's code."""
        return {code: place for place, code in enumerate(self.codes)}

    def between(self, start: str, end: str) -> int:
        """Minutes from one area to another. Raises KeyError for an unknown code."""
        return self.minutes[self.index[start]][self.index[end]]


def travel_matrix(session: Session) -> TravelMatrix:
    """The whole travel table, areas in the order of their codes; 0 from an area to itself."""
    codes = tuple(session.scalars(select(Area.code).order_by(Area.code)))
    index = {code: place for place, code in enumerate(codes)}
    table = [[0] * len(codes) for _ in codes]
    for start, end, minutes in session.execute(
        select(TravelTime.from_code, TravelTime.to_code, TravelTime.minutes)
    ):
        table[index[start]][index[end]] = minutes
    return TravelMatrix(codes, tuple(map(tuple, table)))


def areas_within(session: Session, minutes: int) -> dict[str, frozenset[str]]:
    """For the code of each area, the codes of those at most so many minutes from it, itself included."""
    within = {code: {code} for code in session.scalars(select(Area.code))}
    short = select(TravelTime.from_code, TravelTime.to_code).where(TravelTime.minutes <= minutes)
    for start, end in session.execute(short):
        within[start].add(end)
    return {code: frozenset(codes) for code, codes in within.items()}


def travel_minutes(session: Session, start: str, end: str) -> int | None:
    """Minutes from one area to another, None when either is unknown."""
    time = session.get(TravelTime, (start, end))
    return None if time is None else time.minutes


def travel_times_from(session: Session, start: str) -> dict[str, TravelTime]:
    """The rows of the travel table that begin at an area, by the code of the other area."""
    rows = session.scalars(select(TravelTime).where(TravelTime.from_code == start))
    return {row.to_code: row for row in rows}


def kind_shown(session: Session, _account: Account, code: str) -> SupportKind | None:
    """A kind of support, for staff."""
    return session.get(SupportKind, code)


def travel_time_shown(session: Session, _account: Account, start: str, end: str) -> TravelTime | None:
    """A row of the travel table, for staff."""
    return session.get(TravelTime, (start, end))


def vocabulary(session: Session) -> Vocabulary:
    """Every name the catalogue's things go by, as it stands now: for reading what people wrote."""
    return make_vocabulary(
        areas=areas(session),
        languages=languages(session),
        skills=skills(session),
        kinds=support_kinds(session),
        demands=demands(session),
    )


@dataclass(frozen=True)
class Holiday:
    """A day on which many people are with their families."""

    name_zh: str
    name_en: str


def holidays_between(first: date, last: date) -> dict[date, Holiday]:
    """Hong Kong's general and statutory holidays from `first` to `last`, both counted, by day; and the eves of the
    Lunar New Year and of the day after Mid-Autumn, which are no holidays and keep families busy all the same."""
    found: dict[date, Holiday] = {}
    for year in range(first.year, last.year + 1):
        found |= {day: name for day, name in _holidays_of(year).items() if first <= day <= last}
    return dict(sorted(found.items()))


def holiday_on(day: date) -> Holiday | None:
    """The holiday of one day."""
    return _holidays_of(day.year).get(day)


@lru_cache(maxsize=32)
def _holidays_of(year: int) -> dict[date, Holiday]:
    chinese = _names_of(year, "zh_HK")
    named = {day: Holiday(chinese[day], name) for day, name in _names_of(year, "en_HK").items()}
    eves = {
        day - timedelta(days=1): eve
        for day, holiday in named.items()
        if (eve := EVES.get(holiday.name_zh)) is not None
    }
    return {**eves, **named}


def _names_of(year: int, language: str) -> dict[date, str]:
    """Statutory holidays, and over them the general ones, by whose names people know them."""
    names: dict[date, str] = {}
    for category in (PUBLIC, OPTIONAL):
        names |= holidays.country_holidays("HK", years=year, language=language, categories=(category,))
    return names


EVES = {
    "農曆年初一": Holiday("農曆年除夕", "Lunar New Year's Eve"),
    "中秋節翌日": Holiday("中秋節", "Mid-Autumn Festival"),
}
"""Days before a holiday that have a name of their own, by the holiday's."""

"""What can be asked of the catalogue."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.models import Area, Demand, District, Language, Skill, SupportKind, TravelTime
from app.catalogue.understanding.vocabulary import Vocabulary, make_vocabulary


def areas(session: Session) -> list[Area]:
    """Every area: 荃灣 first, then 葵青; inside a district by English name."""
    return list(session.scalars(select(Area).order_by(Area.district.desc(), Area.name_en)))


def areas_by_district(session: Session) -> dict[District, list[Area]]:
    """The areas of each district, as `areas` orders them: for choices in groups."""
    grouped: dict[District, list[Area]] = {}
    for area in areas(session):
        grouped.setdefault(area.district, []).append(area)
    return grouped


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

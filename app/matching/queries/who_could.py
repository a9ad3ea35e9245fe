"""On how few people something depends: each weekly request, role, and kind of support by area and time of the week."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.care_requests.models import CareRequest, RequestStatus, Rhythm
from app.catalogue.models import Area, SupportKind
from app.catalogue.queries import areas, kinds_offered
from app.matching import engine
from app.matching.engine import Able, Problem
from app.matching.engine.rows import ADULT_AGE, Option
from app.matching.queries.proposals import volunteers_by_code
from app.shared.times import AFTERNOON, EVENING
from app.volunteers.models import PARTS_OF_THE_WEEK, PartOfTheWeek, Volunteer

FEW = 2
"""So many more than are needed are few."""
WEEK = 7
WEEKEND = (5, 6)
EVERY_SLOTS = 2
"""A visit of no fixed time is tried at every full hour of its part of the week."""


class Reach(StrEnum):
    """How many could do something, seen by how many are needed."""

    NOBODY = "nobody"
    ONE = "one"
    """It falls as soon as one certain person stops."""
    FEW = "few"
    MANY = "many"


@dataclass(frozen=True)
class WeeklyRow:
    """A weekly request, as its next visit stands that is hardest to fill."""

    request: CareRequest
    part: str
    people: int
    needed: int
    reach: Reach
    cannot_spare: tuple[Volunteer, ...]
    """Without any one of these nobody could go."""


@dataclass(frozen=True)
class CellRow:
    """A kind of support in an area (None: by telephone, anywhere) at a part of the week."""

    kind: SupportKind
    area: Area | None
    part: str
    people: int
    needed: int
    asked: int
    """Open weekly requests of just that."""
    reach: Reach


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; empty: everything."""

    kind: str = ""
    area: str = ""
    part: str = ""
    reach: Reach | None = None

    def takes(self, kind: str | None, area: str | None, part: str, reach: Reach) -> bool:
        """Whether a row with these belongs to the list."""
        return (
            self.kind in ("", kind)
            and self.area in ("", area)
            and self.part in ("", part)
            and self.reach in (None, reach)
        )


def reach_of(people: int, needed: int, *, is_possible: bool = True, hangs_on_one: bool = False) -> Reach:
    """How far these people reach."""
    if people < needed or not is_possible:
        return Reach.NOBODY
    if people == needed or hangs_on_one:
        return Reach.ONE
    return Reach.FEW if people - needed <= FEW else Reach.MANY


def part_of_week(problem: Problem, option: Option) -> str:
    """The usual part of the week in which a visit begins."""
    day, from_slot, _to_slot = option
    is_weekend = (problem.starts_on + timedelta(days=day)).weekday() in WEEKEND
    time = "evening" if from_slot >= EVENING[0] else "afternoon" if from_slot >= AFTERNOON[0] else "morning"
    return f"{'weekend' if is_weekend else 'weekday'}_{time}"


def weekly_rows(session: Session, problem: Problem, wanted: Narrowed) -> list[WeeklyRow]:
    """Every open weekly request in a night's problem, the one with the fewest people first."""
    hardest: dict[str, tuple[tuple[Reach, int], Able, engine.Visit]] = {}
    for able, visit in zip(engine.able_for(problem), problem.visits, strict=True):
        reach = reach_of(
            able.people, visit.seats[0], is_possible=able.has_team, hangs_on_one=bool(able.cannot_spare)
        )
        known = hardest.get(visit.request)
        if known is None or _order(reach, able.people) < _order(*known[0]):
            hardest[visit.request] = ((reach, able.people), able, visit)
    people = volunteers_by_code(
        session, [code for _found, able, _visit in hardest.values() for code in able.cannot_spare]
    )
    rows = []
    for request in _weekly_requests(session, hardest.keys()):
        (reach, number), able, visit = hardest[request.code]
        part = part_of_week(problem, visit.options[0])
        if wanted.takes(request.kind_code, request.area_code, part, reach):
            named = tuple(people[code] for code in able.cannot_spare if code in people)
            rows.append(WeeklyRow(request, part, number, visit.seats[0], reach, named))
    return sorted(rows, key=lambda row: (*_order(row.reach, row.people), row.request.code))


def cell_rows(session: Session, problem: Problem, wanted: Narrowed) -> list[CellRow]:
    """Each kind of support in each area at each part of the week: what is asked for, and has fewest people, first.

    Adults are counted who could help there once in the week, at any full hour; a home they do not know yet.
    """
    asked = _asked(session, problem)
    everywhere = {area.code: area for area in areas(session)}
    cells: dict[str, tuple[SupportKind, Area | None, str]] = {}
    for kind in kinds_offered(session):
        if wanted.kind not in ("", kind.code):
            continue
        places: Iterable[Area | None] = [None] if kind.is_anywhere else everywhere.values()
        for area in places:
            code = area.code if area is not None else ""
            if wanted.area not in ("", code) or (code and code not in problem.area_index):
                continue
            for part in PARTS_OF_THE_WEEK:
                if wanted.part in ("", part):
                    cells[f"{kind.code} {code} {part}"] = (kind, area, part)
    numbers = engine.numbers_able(_asking(problem, cells))
    rows = []
    for code, (kind, area, part) in cells.items():
        reach = reach_of(numbers[code], kind.seats)
        if wanted.reach in (None, reach):
            number = asked[kind.code, area.code if area else None, part]
            rows.append(CellRow(kind, area, part, numbers[code], kind.seats, number, reach))
    return sorted(rows, key=lambda row: (not row.asked, *_order(row.reach, row.people), -row.asked))


def _order(reach: Reach, people: int) -> tuple[int, int]:
    return list(Reach).index(reach), people


def _weekly_requests(session: Session, codes: Collection[str]) -> Sequence[CareRequest]:
    weekly = session.scalars(
        select(CareRequest)
        .where(
            CareRequest.status == RequestStatus.OPEN,
            CareRequest.rhythm.in_((Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF)),
        )
        .options(joinedload(CareRequest.kind), joinedload(CareRequest.recipient))
    )
    return [request for request in weekly if request.code in codes]


def _asked(session: Session, problem: Problem) -> Counter[tuple[str, str | None, str]]:
    """(kind, area, part of the week) → weekly requests that are open."""
    parts: dict[str, str] = {}
    for visit in problem.visits:
        parts.setdefault(visit.request, part_of_week(problem, visit.options[0]))
    return Counter(
        (
            request.kind.code,
            None if request.kind.is_anywhere else request.area_code,
            parts[request.code],
        )
        for request in _weekly_requests(session, parts)
        if request.kind is not None
    )


def _asking(problem: Problem, cells: Mapping[str, tuple[SupportKind, Area | None, str]]) -> Problem:
    """The people of a problem, asked for each of these instead of its visits."""
    days: dict[int, list[int]] = defaultdict(list)
    for day in range(WEEK):
        days[(problem.starts_on + timedelta(days=day)).weekday()].append(day)
    return Problem(
        starts_on=problem.starts_on,
        areas=problem.areas,
        districts=problem.districts,
        travel_minutes=problem.travel_minutes,
        volunteers=problem.roster,
        visits=[
            _visit(code, kind, area, _times(PARTS_OF_THE_WEEK[part], kind.usual_slots, days))
            for code, (kind, area, part) in cells.items()
        ],
    )


def _times(part: PartOfTheWeek, slots: int, days: Mapping[int, Sequence[int]]) -> tuple[Option, ...]:
    """Where a visit of so many half hours, or as many as there are, fits into a part of the week."""
    length = min(slots, part.to_slot - part.from_slot)
    return tuple(
        (day, start, start + length)
        for weekday in part.weekdays
        for day in days[weekday]
        for start in range(part.from_slot, part.to_slot - length + 1, EVERY_SLOTS)
    )


def _visit(code: str, kind: SupportKind, area: Area | None, times: tuple[Option, ...]) -> engine.Visit:
    """What a kind of support asks of whoever goes."""
    return engine.Visit(
        id=code,
        request=code,
        recipient=code if kind.is_at_home else None,
        kind=kind.code,
        at_home=kind.is_at_home and area is not None,
        first_visit=False,
        area=area.code if area else None,
        options=times,
        seats=(kind.seats, kind.seats),
        experienced=0,
        skills=tuple(sorted(skill.code for skill in kind.skills)),
        clearance=kind.clearance,
        languages=(),
        gender=None,
        ages=(max(kind.minimum_age, ADULT_AGE), None),
        demands=(),
        prefers_ages=None,
        prefers_gender=None,
        urgent=False,
        waiting_days=0,
        sequence=None,
        continues=(),
        excluded=(),
        family=(),
        known=(),
    )

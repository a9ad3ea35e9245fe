"""Filling and correcting the catalogue."""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.models import (
    Area,
    Demand,
    District,
    Language,
    ServiceArea,
    Skill,
    SupportKind,
    TravelTime,
    WeatherClass,
)
from app.shared.audit import record
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound

DATA = Path(__file__).with_name("data")
EARTH_RADIUS_KM = 6371.0
LONGEST_TRAVEL_MINUTES = 600


def load_catalogue(session: Session) -> int:
    """Add what the data files have and the tables lack; what staff changed stays. The number of rows added."""
    words = _data("words.toml")
    added = _add_areas(session)
    for table, model in (("skill", Skill), ("language", Language), ("demand", Demand)):
        added += _add_missing(session, model, words[table])
    session.flush()
    added += _add_kinds(session)
    session.flush()
    added += _add_travel_times(session)
    session.flush()
    return added


@dataclass(frozen=True)
class KindFacts:
    """What staff may change of a kind of support."""

    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    minimum_age: int
    clearance: str | None
    skills: tuple[str, ...]
    is_offered: bool


def change_kind(session: Session, code: str, facts: KindFacts, *, by: int, now: datetime) -> SupportKind:
    """Change a kind of support, for new requests only. Raises NotFound, and InvalidInput for an unknown skill."""
    kind = session.get(SupportKind, code)
    if kind is None:
        raise NotFound
    chosen = session.scalars(select(Skill).where(Skill.code.in_(facts.skills))).all()
    if len(chosen) != len(set(facts.skills)):
        raise InvalidInput(field="skills")
    before = _facts_of(kind)
    kind.name_zh, kind.name_en = facts.name_zh, facts.name_en
    kind.summary_zh, kind.summary_en = facts.summary_zh, facts.summary_en
    kind.minimum_age, kind.clearance, kind.is_offered = facts.minimum_age, facts.clearance, facts.is_offered
    kind.skills = sorted(chosen, key=lambda skill: skill.position)
    after = _facts_of(kind)
    changed = [name for name in before if before[name] != after[name]]
    record(session, "catalogue.kind_changed", kind, by=by, now=now, code=code, changed=changed)
    return kind


def change_proof_needed(
    session: Session, code: str, *, needs_proof: bool, proof_months: int | None, by: int, now: datetime
) -> Skill:
    """Whether a skill counts by a volunteer's own word, and how long a certificate without an end holds.

    Raises NotFound.
    """
    skill = session.get(Skill, code, with_for_update=True)
    if skill is None:
        raise NotFound
    skill.needs_proof, skill.proof_months = needs_proof, proof_months
    record(
        session,
        "catalogue.skill_changed",
        skill,
        by=by,
        now=now,
        code=code,
        needs_proof=needs_proof,
        months=proof_months,
    )
    return skill


def change_travel_minutes(
    session: Session,
    start: str,
    end: str,
    minutes: int,
    *,
    both_ways: bool,
    seen: int | None = None,
    by: int,
    now: datetime,
) -> None:
    """Set the minutes from one area to another, and back when `both_ways`.

    `seen` is the figure the editor was shown. Raises NotFound for areas that are none, InvalidInput for the same
    area twice or impossible minutes, ChangedMeanwhile when the figure is no longer the one seen.
    """
    if start == end:
        raise InvalidInput(field="end")
    if not 1 <= minutes <= LONGEST_TRAVEL_MINUTES:
        raise InvalidInput(field="minutes")
    pairs = [(start, end), (end, start)] if both_ways else [(start, end)]
    for pair in pairs:
        time = session.get(TravelTime, pair, with_for_update=True)
        if time is None:
            raise NotFound
        if pair == (start, end) and seen is not None and time.minutes != seen:
            raise ChangedMeanwhile
        record(
            session,
            "catalogue.travel_changed",
            time,
            by=by,
            now=now,
            start=pair[0],
            end=pair[1],
            before=time.minutes,
            after=minutes,
        )
        time.minutes, time.is_corrected = minutes, True


@dataclass(frozen=True)
class _Correction:
    between: frozenset[str]
    others: frozenset[str] | None
    """None: every area outside `between`."""
    minutes: int | None
    add: int

    def holds_for(self, start: str, end: str) -> bool:
        return self._leads(start, end) or self._leads(end, start)

    def _leads(self, start: str, end: str) -> bool:
        return start in self.between and (
            end not in self.between if self.others is None else end in self.others
        )


@lru_cache(maxsize=1)
def _travel_rule() -> Callable[[Area, Area], int]:
    """Minutes between two areas by the data file: there and back the same."""
    data = _data("travel.toml")
    corrections = [
        _Correction(
            between=frozenset(row["between"]),
            others=None if row["and"] == "everywhere" else frozenset(row["and"]),
            minutes=row.get("minutes"),
            add=row.get("add", 0),
        )
        for row in data["correction"]
    ]

    def minutes_between(start: Area, end: Area) -> int:
        minutes = data["base_minutes"] + data["minutes_for_a_kilometre"] * _kilometres(start, end)
        replaced = None
        for correction in corrections:
            if correction.holds_for(start.code, end.code):
                replaced = correction.minutes if correction.minutes is not None else replaced
                minutes += correction.add
        return round(minutes) if replaced is None else replaced

    return minutes_between


def _kilometres(start: Area, end: Area) -> float:
    """The haversine distance."""
    south, north = radians(start.latitude), radians(end.latitude)
    across = sin((north - south) / 2) ** 2
    across += cos(south) * cos(north) * sin(radians(end.longitude - start.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(across))


@lru_cache
def _data(file: str) -> dict[str, Any]:
    return tomllib.loads((DATA / file).read_text(encoding="utf-8"))


def _add_areas(session: Session) -> int:
    known = set(session.scalars(select(Area.code)))
    missing = [row for row in _data("areas.toml")["area"] if row["code"] not in known]
    session.add_all(Area(**{**row, "district": District(row["district"])}) for row in missing)
    session.flush()
    return len(missing)


def _add_missing(
    session: Session, model: type[Skill] | type[Language] | type[Demand], rows: Iterable[dict[str, Any]]
) -> int:
    known = set(session.scalars(select(model.code)))
    missing = [
        model(**row, position=position) for position, row in enumerate(rows) if row["code"] not in known
    ]
    session.add_all(missing)
    return len(missing)


def _add_kinds(session: Session) -> int:
    known = set(session.scalars(select(SupportKind.code)))
    skills = {skill.code: skill for skill in session.scalars(select(Skill))}
    missing = [
        SupportKind(
            **{
                **row,
                "position": position,
                "service_area": ServiceArea(row["service_area"]),
                "weather_class": WeatherClass(row["weather_class"]),
                "skills": [skills[code] for code in row["skills"]],
            }
        )
        for position, row in enumerate(_data("kinds.toml")["kind"])
        if row["code"] not in known
    ]
    session.add_all(missing)
    return len(missing)


def _add_travel_times(session: Session) -> int:
    known = {tuple(pair) for pair in session.execute(select(TravelTime.from_code, TravelTime.to_code))}
    everywhere = list(session.scalars(select(Area)))
    minutes_between = _travel_rule()
    missing = [
        TravelTime(from_code=start.code, to_code=end.code, minutes=minutes_between(start, end))
        for start in everywhere
        for end in everywhere
        if start is not end and (start.code, end.code) not in known
    ]
    session.add_all(missing)
    return len(missing)


def _facts_of(kind: SupportKind) -> dict[str, object]:
    return {
        "name_zh": kind.name_zh,
        "name_en": kind.name_en,
        "summary_zh": kind.summary_zh,
        "summary_en": kind.summary_en,
        "minimum_age": kind.minimum_age,
        "clearance": kind.clearance,
        "skills": sorted(skill.code for skill in kind.skills),
        "is_offered": kind.is_offered,
    }

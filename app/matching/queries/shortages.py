"""What is short in every plan, and who suits a waiting visit but for one thing: kept with a run, read for its pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.matching import engine
from app.matching.engine import Result, Standing, Visit
from app.matching.models import RuleCode, Run, UnservedVisit
from app.matching.queries.proposals import occurrences_by_code, volunteers_by_code
from app.volunteers.models import Volunteer, VolunteerStatus

NAMED = 12
"""So many visits, and so many people, of one fact are named."""
ASKABLE = (
    RuleCode.SERVES_THE_AREA,
    RuleCode.IS_FREE_THEN,
    RuleCode.HAS_REQUIRED_SKILLS,
    RuleCode.HAS_CLEARANCE,
    RuleCode.SPEAKS_A_LANGUAGE,
    RuleCode.IS_OF_REQUIRED_GENDER,
    RuleCode.MAY_ENTER_THIS_HOME,
)
"""What a conversation may change. Nobody is named who is kept apart, family, of another age, or who cannot."""


@dataclass(frozen=True)
class GroupShort:
    """Of `visit_count` visits at least `wait` wait in every plan, for only `people_count` people could come to them."""

    visits: Sequence[Occurrence]
    people: Sequence[Volunteer]
    visit_count: int
    people_count: int
    wait: int


@dataclass(frozen=True)
class Shortage:
    """How many visits wait, how many of them in every plan (nobody suits `nobody` of them), and the groups."""

    waiting: int
    nobody: int
    must_wait: int
    groups: Sequence[GroupShort]


@dataclass(frozen=True)
class NearMiss:
    """People whom this one rule alone keeps from a visit; some of `count` are named."""

    rule: RuleCode
    people: Sequence[Volunteer]
    count: int


def groups_told(result: Result) -> dict[str, dict[str, Any]]:
    """By visit that waits: the fact about its group, fit for JSON."""
    told = {row.visit: row.group for row in result.unserved if row.group is not None}
    facts = {visit: _kept(group) for visit, group in told.items() if "visits" in group}
    return {visit: facts[group.get("see", visit)] for visit, group in told.items()}


def shortage_told(result: Result) -> dict[str, Any]:
    """What is short in every plan, fit for JSON."""
    groups = [_kept(row.group) for row in result.unserved if row.group is not None and "visits" in row.group]
    nobody = sum(row.eligible == 0 for row in result.unserved)
    return {
        "waiting": len(result.unserved),
        "nobody": nobody,
        "must_wait": nobody + sum(group["wait"] for group in groups),
        "groups": groups,
    }


def _kept(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "visits": group["visits"][:NAMED],
        "people": group["people"][:NAMED],
        "visit_count": len(group["visits"]),
        "people_count": len(group["people"]),
        "wait": group["wait"],
    }


def near_misses_told(standing: Standing, visit: Visit) -> list[dict[str, Any]]:
    """Who suits a visit but for one thing that a conversation may change, fit for JSON."""
    return [miss for miss in engine.near_misses(standing, visit) if miss["rule"] in ASKABLE]


def shortage_of(session: Session, run: Run) -> Shortage | None:
    """What was short in a run, None for a run that does not say."""
    told = run.facts.get("shortage")
    if told is None:
        return None
    return Shortage(told["waiting"], told["nobody"], told["must_wait"], _groups(session, told["groups"]))


def groups_short(session: Session, rows: Collection[UnservedVisit]) -> dict[int, GroupShort]:
    """By occurrence: the group in which it waits, if it is one."""
    told = {row.occurrence_id: row.facts["group"] for row in rows if row.facts.get("group")}
    return dict(zip(told, _groups(session, list(told.values())), strict=True))


def near_misses(session: Session, rows: Collection[UnservedVisit]) -> dict[int, list[NearMiss]]:
    """By occurrence: who suited it that night but for one thing, of those active now."""
    told = {row.occurrence_id: row.facts.get("near_misses", ()) for row in rows}
    codes = {code for misses in told.values() for miss in misses for code in miss["volunteers"]}
    people = _active(session, codes)
    found = {
        occurrence_id: [
            NearMiss(
                RuleCode(miss["rule"]),
                [people[code] for code in miss["volunteers"] if code in people],
                miss["count"],
            )
            for miss in misses
        ]
        for occurrence_id, misses in told.items()
    }
    return {
        occurrence_id: [miss for miss in misses if miss.people] for occurrence_id, misses in found.items()
    }


def _groups(session: Session, told: Sequence[Mapping[str, Any]]) -> list[GroupShort]:
    visits = occurrences_by_code(session, {code for group in told for code in group["visits"]})
    people = volunteers_by_code(session, {code for group in told for code in group["people"]})
    return [
        GroupShort(
            [visits[code] for code in group["visits"] if code in visits],
            [people[code] for code in group["people"] if code in people],
            group["visit_count"],
            group["people_count"],
            group["wait"],
        )
        for group in told
    ]


def _active(session: Session, codes: Collection[str]) -> dict[str, Volunteer]:
    people = volunteers_by_code(session, codes)
    return {code: person for code, person in people.items() if person.status is VolunteerStatus.ACTIVE}

"""Why visits wait: the funnel of each, the single changes that would serve it, and the facts about groups."""

from collections.abc import Sequence
from typing import Any

from app.matching.engine.candidates import Candidates
from app.matching.engine.eligibility import Funnel, funnels_of
from app.matching.engine.groups import groups_of
from app.matching.engine.repairs import single_repairs
from app.matching.engine.result import Unserved
from app.matching.engine.rows import Pin
from app.matching.engine.standing import Standing

REPAIRS_FOR = 2_000
"""Up to so many visits that wait are told what would serve them: some 0.4 ms each."""


def unserved_visits(
    candidates: Candidates,
    pairings: Sequence[Pin],
    shadows: Sequence[tuple[str, str]],
    waiting: Sequence[int],
) -> tuple[Unserved, ...]:
    """The record of each visit that a plan does not serve, by number, ascending."""
    columns = candidates.columns
    standing = Standing(columns.problem, pairings, shadows) if 0 < len(waiting) <= REPAIRS_FOR else None
    groups = _group_of_each(candidates, pairings, waiting)
    records = []
    for number, funnel in zip(waiting, funnels_of(columns, waiting), strict=True):
        remaining = _remaining_after(funnel, len(columns.volunteers))
        repairs = () if standing is None else single_repairs(columns, standing, number)
        name = columns.visits[number].id
        records.append(Unserved(name, funnel, remaining, remaining[-1][1], repairs, groups.get(name)))
    return tuple(records)


def _group_of_each(
    candidates: Candidates, pairings: Sequence[Pin], waiting: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """By visit that waits: the fact about its group, or with whom it stands."""
    waits = {candidates.columns.visits[number].id for number in waiting}
    facts: dict[str, dict[str, Any]] = {}
    for group in groups_of(candidates, pairings) if waits else ():
        first, *others = [name for name in group.visits if name in waits]
        facts[first] = group.to_json()
        facts.update({name: {"see": first} for name in others})
    return facts


def _remaining_after(funnel: Funnel, volunteers: int) -> Funnel:
    """How many volunteers each rule leaves."""
    steps = []
    for rule, removed in funnel:
        volunteers -= removed
        steps.append((rule, volunteers))
    return tuple(steps)

"""Who may do what: the hard rules through the index, equal to `rules.py` by test, with the funnel of each visit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.columns import Bools, Columns, Ints
from app.matching.engine.index import Table, keeping_each, passing, reaching, write_members
from app.matching.engine.roster import starts_of
from app.matching.engine.rules import RULE_CODES

Funnel = tuple[tuple[str, int], ...]

EVERY_RULE = -1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every eligible (option, volunteer), sorted by option, then volunteer."""

    option: NDArray[np.int32]
    volunteer: NDArray[np.int32]
    first: Ints
    """[option]: where the pairs of an option start; one entry more than there are options."""

    def of(self, option: int) -> NDArray[np.int32]:
        """The eligible volunteers at an option, ascending."""
        return self.volunteer[self.first[option] : self.first[option + 1]]


def eligible_pairs(columns: Columns, asked: Ints | None = None) -> Pairs:
    """Every pair that breaks no hard rule: 8 bytes a pair, and one bit for each volunteer of an option's area.

    With `asked`, of these options alone; an area's table is then kept for the next question.
    """
    index = columns.index
    counts = np.zeros(len(columns.day), dtype=np.int64)
    found: list[tuple[NDArray[np.uint64], NDArray[np.int32], Ints]] = []
    wanted = np.arange(len(columns.day), dtype=np.int64) if asked is None else asked
    for area, places in _by_area(columns.area[wanted]):
        options = wanted[places]
        table = index.fresh_table(area) if asked is None else index.table(area)
        kept, counts[options] = passing(
            table.rows, table.members, options, index.clauses, index.times, EVERY_RULE
        )
        found.append((kept, table.members, options))
    first = starts_of(counts)
    people = np.empty(first[-1], dtype=np.int32)
    for kept, members, options in found:
        write_members(kept, members, options, first, people)
    return Pairs(np.repeat(np.arange(len(counts), dtype=np.int32), counts), people, first)


def eligible_at(columns: Columns, option: int, *, shadow: bool = False) -> Ints:
    """The volunteers eligible at one option, ascending; a shadow needs no skills."""
    index, table = columns.index, _table(columns, option)
    without = RULE_CODES.index("has_required_skills") if shadow else EVERY_RULE
    options = np.array([option], dtype=np.int64)
    kept, counts = passing(table.rows, table.members, options, index.clauses, index.times, without)
    return (
        table.members[_unpacked(kept, table)[0]].astype(np.int64)
        if counts[0]
        else np.zeros(0, dtype=np.int64)
    )


def failures_at(columns: Columns, option: int) -> tuple[Ints, dict[str, Bools]]:
    """Who serves the area, and for each further hard rule which of them fail it at the option."""
    index, table = columns.index, _table(columns, option)
    kept = keeping_each(table.rows, table.members, option, index.clauses, index.times)
    fails = ~_unpacked(kept, table)
    return table.members.astype(np.int64), dict(zip(RULE_CODES[1:], fails[1:], strict=True))


def near_misses_of(columns: Columns, visit: int) -> dict[str, Ints]:
    """For each hard rule, in order, the volunteers whom nothing but that rule keeps away at some option, ascending.

    Whoever is eligible at another option is not among them.
    """
    index, table = columns.index, columns.index.table(-1)
    everybody = len(columns.roster)
    serving = np.ones(everybody, dtype=np.bool_)
    area = int(columns.visit_area[visit])
    if area >= 0:
        serving[:] = False
        serving[columns.serving.items[columns.serving.first[area] : columns.serving.first[area + 1]]] = True
    is_eligible = np.zeros(table.rows.shape[1], dtype=np.uint64)
    missed = np.zeros((len(RULE_CODES), table.rows.shape[1]), dtype=np.uint64)
    for option in columns.options_of(visit):
        fails = ~keeping_each(table.rows, table.members, option, index.clauses, index.times)
        fails[0] = _packed(~serving, table)
        once = np.zeros_like(is_eligible)
        more = np.zeros_like(is_eligible)
        for failing in fails:
            more |= once & failing
            once |= failing
        is_eligible |= ~once
        missed |= fails & once & ~more
    people = _unpacked(missed & ~is_eligible, table)
    return {rule: np.flatnonzero(each) for rule, each in zip(RULE_CODES, people, strict=True)}


def funnels_of(columns: Columns, visits: Sequence[int]) -> list[Funnel]:
    """Of each visit, in their order, (rule, volunteers removed) for each hard rule in order.

    Counted once, at the furthest rule a volunteer reaches at any option; who is eligible somewhere is not removed.
    """
    index, asked = columns.index, np.array(visits, dtype=np.int64)
    kept = np.zeros((len(asked), len(RULE_CODES) + 1), dtype=np.int64)
    kept[:, 0] = len(columns.roster)
    for area, places in _by_area(columns.visit_area[asked]):
        table = index.table(area)
        kept[places, 1:] = reaching(
            table.rows, table.members, asked[places], columns.first_option, index.clauses, index.times
        )
    removed = (kept[:, :-1] - kept[:, 1:]).tolist()
    return [tuple(zip(RULE_CODES, counts, strict=True)) for counts in removed]


def _by_area(areas: Ints) -> Iterator[tuple[int, Ints]]:
    """(area, where it stands) for each area, each place ascending."""
    order = np.argsort(areas, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(areas[order])) + 1) if len(order) else ():
        yield int(areas[places[0]]), places


def _table(columns: Columns, option: int) -> Table:
    return columns.index.table(int(columns.area[option]))


def _packed(truths: Bools, table: Table) -> NDArray[np.uint64]:
    """[block]: truths as bits."""
    padded = np.zeros(64 * table.rows.shape[1], dtype=np.bool_)
    padded[: len(truths)] = truths
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)


def _unpacked(kept: NDArray[np.uint64], table: Table) -> Bools:
    """[..., member]: bits as truths."""
    as_bytes = kept.astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(as_bytes, axis=-1, count=len(table.members), bitorder="little").astype(np.bool_)

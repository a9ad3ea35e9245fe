"""The volunteers of a problem as columns, sorted by id; a row is made when somebody asks for it.

A hundred thousand volunteers as rows are a hundred thousand objects of some two kilobytes each; as columns they are
arrays of some 250 bytes a volunteer, and whole columns are checked, sorted and written out at once.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.canonical import NO_END, canonical, day_text, last_day
from app.matching.engine.refusals import LARGEST_WHOLE, InvalidProblem
from app.matching.engine.rows import SLOTS_A_DAY, Volunteer

Ints = NDArray[np.int64]

AT_ONCE = 4_096
"""Rows taken in, and written out, at once."""
KEPT = 25_000
"""Rows kept once they were made; beyond so many they are made again when they are asked for again."""

DAY_BASE = SLOTS_A_DAY + 1


def starts_of(lengths: Ints) -> Ints:
    """Where each of several runs of these lengths begins, and where the last ends."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of values of which few differ: row i holds `values[codes[i]]`."""

    codes: NDArray[np.int32]
    values: tuple[Any, ...]

    def taken(self, order: Ints) -> "Coded":
        """The column with its rows in another order."""
        return Coded(self.codes[order], self.values)

    def part(self, start: int, stop: int) -> list[Any]:
        """The values of some rows."""
        return [self.values[code] for code in self.codes[start:stop].tolist()]

    def texts(self, start: int, stop: int) -> list[str]:
        """The values of some rows as canonical JSON."""
        codes = self.codes[start:stop].tolist()
        texts = {code: canonical(self.values[code]) for code in set(codes)}
        return [texts[code] for code in codes]


@dataclass(frozen=True, slots=True)
class Ragged:
    """A column of lists: row i holds `items[first[i]:first[i + 1]]`, each item some whole numbers."""

    first: Ints
    items: NDArray[np.int32]

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Ragged":
        """Lists of single numbers."""
        numbers = [number for each in lists for number in each]
        lengths = np.array([len(each) for each in lists], dtype=np.int64)
        return cls(starts_of(lengths), np.array(numbers, dtype=np.int32))

    def taken(self, order: Ints) -> "Ragged":
        """The column with its rows in another order."""
        lengths = np.diff(self.first)[order]
        first = starts_of(lengths)
        source = np.repeat(self.first[order] - first[:-1], lengths) + np.arange(first[-1])
        return Ragged(first, self.items[source])

    def part(self, start: int, stop: int) -> list[list[list[int]]]:
        """The items of some rows."""
        bounds = (self.first[start : stop + 1] - self.first[start]).tolist()
        items = self.items[self.first[start] : self.first[stop]].tolist()
        return [items[low:high] for low, high in pairwise(bounds)]

    def owners(self) -> Ints:
        """[item]: its row."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.int64), np.diff(self.first))


@dataclass(frozen=True, slots=True)
class Held:
    """A column of (kind, last valid day) lists: skills or clearances."""

    kinds: tuple[str, ...]
    lists: Ragged
    """Items are (number of the kind, ordinal of the last valid day, `NO_END` without one)."""

    def taken(self, order: Ints) -> "Held":
        """The column with its rows in another order."""
        return Held(self.kinds, self.lists.taken(order))

    def with_kinds(self, kinds: Sequence[str], rows: Ints) -> "Held":
        """The column in which these rows hold these kinds, too, without an end."""
        known = (*self.kinds, *(kind for kind in kinds if kind not in self.kinds))
        numbers = np.array([known.index(kind) for kind in kinds], dtype=np.int32)
        owners, items = self.lists.owners(), self.lists.items
        kept = ~(np.isin(owners, rows) & np.isin(items[:, 0], numbers))
        added = np.full((len(rows) * len(numbers), 2), NO_END, dtype=np.int32)
        added[:, 0] = np.tile(numbers, len(rows))
        owners = np.concatenate([owners[kept], np.repeat(rows, len(numbers))])
        lengths = np.bincount(owners, minlength=len(self.lists.first) - 1)
        order = np.argsort(owners, kind="stable")
        return Held(known, Ragged(starts_of(lengths), np.concatenate([items[kept], added])[order]))

    def part(self, start: int, stop: int) -> list[dict[str, date | None]]:
        """The mappings of some rows."""
        kinds = self.kinds
        return [
            {kinds[kind]: last_day(until) for kind, until in items} for items in self.lists.part(start, stop)
        ]

    def texts(self, start: int, stop: int) -> list[str]:
        """The mappings of some rows as canonical JSON."""
        names = [canonical(kind) for kind in self.kinds]
        rank = {kind: place for place, kind in enumerate(sorted(self.kinds))}
        ranks = [rank[kind] for kind in self.kinds]
        rows = []
        for items in self.lists.part(start, stop):
            items.sort(key=lambda item: ranks[item[0]])
            rows.append("{" + ",".join(f"{names[kind]}:{day_text(until)}" for kind, until in items) + "}")
        return rows


class Roster(Sequence[Volunteer]):
    """Volunteers in the order of their ids. Columns are public; `roster[number]` is the row."""

    def __init__(self, rows: Iterable[Volunteer]) -> None:
        """Takes the rows in, in any order, and keeps none of them beyond `KEPT`.

        Raises `InvalidProblem` for a number no column can hold.
        """
        taken = _Taken()
        rows = iter(rows)
        kept: list[Volunteer] = []
        count = 0
        while chunk := list(islice(rows, AT_ONCE)):
            taken.take(chunk)
            count += len(chunk)
            kept = [*kept, *chunk] if count <= KEPT else []
        order = sorted(range(count), key=taken.ids.__getitem__)
        if order == list(range(count)):
            order = []
        self.ids: list[str] = [taken.ids[place] for place in order] if order else taken.ids
        self.coded: dict[str, Coded] = {name: column.done() for name, column in taken.coded.items()}
        self.truths: dict[str, NDArray[np.bool_]] = {
            name: np.array(column, dtype=np.bool_) for name, column in taken.truths.items()
        }
        self.wholes: dict[str, Ints] = {
            name: np.array(column, dtype=np.int64) for name, column in taken.wholes.items()
        }
        self.held: dict[str, Held] = {name: column.done() for name, column in taken.held.items()}
        self.free = taken.free.done(3)
        """Items are (day, from, to)."""
        self.used = taken.used.done(3)
        """Items are (Monday's ordinal, visits, minutes)."""
        if order:
            self._reorder(np.array(order, dtype=np.int64))
            kept = [kept[place] for place in order] if kept else []
        self._rows: dict[int, Volunteer] = dict(enumerate(kept))

    def _reorder(self, order: Ints) -> None:
        self.coded = {name: column.taken(order) for name, column in self.coded.items()}
        self.truths = {name: column[order] for name, column in self.truths.items()}
        self.wholes = {name: column[order] for name, column in self.wholes.items()}
        self.held = {name: column.taken(order) for name, column in self.held.items()}
        self.free, self.used = self.free.taken(order), self.used.taken(order)

    def with_skills(self, kinds: Sequence[str], people: Ints) -> "Roster":
        """The same volunteers, these of them, by number, holding these skills without an end."""
        other = copy(self)
        other.held = {**self.held, "skills": self.held["skills"].with_kinds(kinds, people)}
        other._rows = {}
        return other

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> Volunteer: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Volunteer, ...]: ...

    def __getitem__(self, place: int | slice) -> Volunteer | tuple[Volunteer, ...]:
        if isinstance(place, slice):
            return tuple(self[number] for number in range(*place.indices(len(self))))
        row = self._rows.get(place)
        if row is not None:
            return row
        number = range(len(self))[place]
        if number not in self._rows:
            made = self._made(number, number + 1)[0]
            if len(self._rows) >= KEPT:
                return made
            self._rows[number] = made
        return self._rows[number]

    def __iter__(self) -> Iterator[Volunteer]:
        if len(self._rows) == len(self):
            return iter([self._rows[number] for number in range(len(self))])
        return chain.from_iterable(
            self._made(start, min(start + AT_ONCE, len(self))) for start in range(0, len(self), AT_ONCE)
        )

    def canonical_texts(self) -> Iterator[str]:
        """The rows as canonical JSON objects, some at a time, separated by commas."""
        names = sorted(["id", "free", "used", *self.coded, *self.truths, *self.wholes, *self.held])
        template = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
        for start in range(0, len(self), AT_ONCE):
            stop = min(start + AT_ONCE, len(self))
            columns = [self._texts(name, start, stop) for name in names]
            yield ("," if start else "") + ",".join(map(template.__mod__, zip(*columns, strict=True)))

    def _texts(self, name: str, start: int, stop: int) -> Iterable[str]:
        if name == "id":
            return map(canonical, self.ids[start:stop])
        if name in self.coded:
            return self.coded[name].texts(start, stop)
        if name in self.truths:
            return ["true" if truth else "false" for truth in self.truths[name][start:stop].tolist()]
        if name in self.wholes:
            return map(str, self.wholes[name][start:stop].tolist())
        if name in self.held:
            return self.held[name].texts(start, stop)
        if name == "free":
            return self._free_texts(start, stop)
        return [
            "{"
            + ",".join(f"{day_text(monday)}:[{visits},{minutes}]" for monday, visits, minutes in sorted(row))
            + "}"
            for row in self.used.part(start, stop)
        ]

    def _free_texts(self, start: int, stop: int) -> list[str]:
        first = self.free.first[start : stop + 1]
        day, low, high = self.free.items[first[0] : first[-1]].T
        pieces = list(map(_piece_text, ((day * DAY_BASE + low) * DAY_BASE + high).tolist()))
        bounds = (first - first[0]).tolist()
        return ["[" + ",".join(pieces[low:high]) + "]" for low, high in pairwise(bounds)]

    def _made(self, start: int, stop: int) -> list[Volunteer]:
        columns: dict[str, Iterable[Any]] = {"id": self.ids[start:stop]}
        for name, coded in self.coded.items():
            columns[name] = coded.part(start, stop)
        for name, truths in self.truths.items():
            columns[name] = truths[start:stop].tolist()
        for name, wholes in self.wholes.items():
            columns[name] = wholes[start:stop].tolist()
        for name, held in self.held.items():
            columns[name] = held.part(start, stop)
        columns["free"] = [tuple(map(tuple, row)) for row in self.free.part(start, stop)]
        columns["used"] = [
            {date.fromordinal(monday): (visits, minutes) for monday, visits, minutes in row}
            for row in self.used.part(start, stop)
        ]
        names = tuple(columns)
        return [
            Volunteer(**dict(zip(names, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]


@lru_cache(maxsize=65_536)
def _piece_text(code: int) -> str:
    """The canonical text of a piece of free time, its three numbers written as one in base `DAY_BASE`."""
    day, times = divmod(code, DAY_BASE**2)
    low, high = divmod(times, DAY_BASE)
    return f"[{day},{low},{high}]"


class _CodedTaken:
    """A coded column in the making."""

    def __init__(self) -> None:
        self.codes = array("i")
        self.numbers: dict[Any, int] = {}

    def take(self, values: Iterable[Any]) -> None:
        numbers = self.numbers
        self.codes.extend([numbers.setdefault(value, len(numbers)) for value in values])

    def done(self) -> Coded:
        return Coded(np.array(self.codes, dtype=np.int32), tuple(self.numbers))


class _RaggedTaken:
    """A column of lists in the making."""

    def __init__(self) -> None:
        self.lengths = array("q")
        self.items = array("i")

    def done(self, width: int) -> Ragged:
        first = starts_of(np.array(self.lengths, dtype=np.int64))
        return Ragged(first, np.array(self.items, dtype=np.int32).reshape(-1, width))


class _HeldTaken:
    """A column of skills or clearances in the making."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.lists = _RaggedTaken()

    def take(self, rows: list[Any]) -> None:
        numbers = self.numbers
        self.lists.lengths.extend(map(len, rows))
        self.lists.items.extend(
            [
                number
                for held in rows
                for kind, until in held.items()
                for number in (
                    numbers.setdefault(kind, len(numbers)),
                    NO_END if until is None else until.toordinal(),
                )
            ]
        )

    def done(self) -> Held:
        return Held(tuple(self.numbers), self.lists.done(2))


class _Taken:
    """The columns while rows come in."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        coded = ("home", "serves", "gender", "languages", "cannot", "household", "wishes", "avoids")
        self.coded = {name: _CodedTaken() for name in coded}
        self.truths = {name: bytearray() for name in ("experienced", "new_homes")}
        wholes = ("age", "weekly_visits", "weekly_minutes", "recent_visits")
        self.wholes = {name: array("q") for name in wholes}
        self.held = {name: _HeldTaken() for name in ("skills", "clearances")}
        self.free = _RaggedTaken()
        self.used = _RaggedTaken()

    def take(self, rows: list[Volunteer]) -> None:
        self.ids.extend([row.id for row in rows])
        for name, coded in self.coded.items():
            coded.take(_column(name, rows))
        for name, truths in self.truths.items():
            truths.extend(_column(name, rows))
        for name, held in self.held.items():
            held.take(_column(name, rows))
        for name, wholes in self.wholes.items():
            wholes.extend(_whole_numbers(name, rows))
        self.free.lengths.extend([len(row.free) for row in rows])
        try:
            self.free.items.extend([number for row in rows for piece in row.free for number in piece])
            self._take_used(rows)
        except OverflowError:
            raise _too_large(rows) from None

    def _take_used(self, rows: list[Volunteer]) -> None:
        self.used.lengths.extend([len(row.used) for row in rows])
        self.used.items.extend(
            [
                number
                for row in rows
                for monday, (visits, minutes) in row.used.items()
                for number in (monday.toordinal(), visits, minutes)
            ]
        )


def _column(name: str, rows: list[Volunteer]) -> list[Any]:
    return [getattr(row, name) for row in rows]


def _whole_numbers(name: str, rows: list[Volunteer]) -> list[int]:
    values = _column(name, rows)
    if max(values) > LARGEST_WHOLE:
        row = next(row for row in rows if getattr(row, name) > LARGEST_WHOLE)
        raise InvalidProblem(
            f"volunteer {row.id}", name, getattr(row, name), f"must be at most {LARGEST_WHOLE}"
        )
    return values


def _too_large(rows: list[Volunteer]) -> InvalidProblem:
    """The refusal of the first piece of free time, or week, with a number no column can hold."""
    for row in rows:
        for key, entries in (("free", row.free), ("used", row.used.values())):
            for entry in entries:
                if not all(-LARGEST_WHOLE <= number <= LARGEST_WHOLE for number in entry):
                    return InvalidProblem(
                        f"volunteer {row.id}", key, list(entry), f"must be at most {LARGEST_WHOLE}"
                    )
    raise AssertionError("every number fits")

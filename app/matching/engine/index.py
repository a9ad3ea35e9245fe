"""The index of who may do what: for each area a table of bit rows, one bit for each volunteer who serves it.

A row says one thing of 64 volunteers a word: free in this half hour of this day, holds this skill on this day, speaks
this language. Each hard rule is a list of clauses over rows, and a clause is "one of these rows, or not one of those":
a rule holds where all its clauses do (conjunctive normal form). A visit's eligible set is the AND of its clauses, word
by word, given up at the first word of zeros. Rows of an area are made at once by transposing 64 x 64 blocks of bits
(Warren, Hacker's Delight, 2nd edition, 7-3) of the volunteers' own words.

Only what some visit asks for has rows: 16 for each skill and clearance (one a day, so that dates are exact), one for
everything else, and 64 for each day. An area's table takes (rows / 8) bytes a member.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.compiled import compiled
from app.matching.engine.roster import Held, Ints
from app.matching.engine.rows import DAYS, SLOTS_A_DAY, Visit
from app.matching.engine.rules import RULE_CODES

if TYPE_CHECKING:
    from app.matching.engine.columns import Columns

Words = NDArray[np.uint64]

BITS = 64
BITS_A_KIND = 16
KINDS_A_WORD = BITS // BITS_A_KIND
NAMED = ("known", "excluded", "family")
"""Rows of people named by a visit, written for each visit and wiped after it."""
KEPT_AREAS = 32

DATED = 2
NEGATED = 1


class Clauses(NamedTuple):
    """What is asked, as numbers: rule r of asking k has clauses `rules[k, r]` to `rules[k, r + 1] - 1`."""

    asked_of: Ints
    """[visit]: which of the different askings."""
    rules: Ints
    first: Ints
    """[clause]: where its literals begin; one entry more than there are clauses."""
    literals: Ints
    """row << 2, + `DATED` when the day is added to the row, + `NEGATED` when it must not be set."""
    free: int
    """The row of the first half hour of the first day."""
    widest: int
    """The most literals and half hours one option can spell."""
    named: int
    """The row of those known; those excluded and the family follow."""
    known_first: Ints
    known: NDArray[np.int32]
    excluded_first: Ints
    excluded: NDArray[np.int32]
    family_first: Ints
    family: NDArray[np.int32]


class Times(NamedTuple):
    """[option]: its visit, day, first half hour and the one after its last."""

    visit_of: Ints
    day: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class Table:
    """An area's volunteers, ascending, and their bit rows."""

    members: NDArray[np.int32]
    rows: Words


class Index:
    """The volunteers' words and what the visits ask of them.

    `table(area)` holds the rows of an area (-1: everybody). Rows of people named are written while a visit is asked
    about: an index is for one thread at a time.
    """

    def __init__(self, columns: "Columns") -> None:
        layout = _Layout(columns.visits)
        self.columns = columns
        self.words = layout.words_of(columns)
        self.clauses = layout.clauses_of(columns)
        self.times = Times(columns.visit_of, columns.day, columns.start, columns.end)
        self._tables: dict[int, Table] = {}

    def table(self, area: int) -> Table:
        """The rows of an area; those of the areas last asked for are kept, and those of everybody."""
        if area not in self._tables:
            areas = [kept for kept in self._tables if kept >= 0]
            if len(areas) >= KEPT_AREAS:
                del self._tables[areas[0]]
            self._tables[area] = self.fresh_table(area)
        return self._tables[area]

    def fresh_table(self, area: int) -> Table:
        """The rows of an area, made anew."""
        serving = self.columns.serving
        if area < 0:
            members = np.arange(len(self.columns.roster), dtype=np.int32)
        else:
            members = serving.items[serving.first[area] : serving.first[area + 1]].astype(
                np.int32, copy=False
            )
        return Table(members, _rows_of(self.words, members, len(NAMED)))


class _Layout:
    """Which row says what."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        self.asked: dict[tuple[Any, ...], int] = {}
        self.asked_of = [self.asked.setdefault(_asked(visit), len(self.asked)) for visit in visits]
        self.kinds: dict[tuple[str, str], int] = {}
        self.single: dict[tuple[str, Any], int] = {}
        for skills, clearance, languages, gender, ages, demands, at_home, *_ in self.asked:
            wanted = [("skills", skill) for skill in skills]
            wanted += [("clearances", clearance)] if clearance is not None else []
            for kind in wanted:
                self.kinds.setdefault(kind, len(self.kinds))
            things = [("languages", language) for language in languages]
            things += [("cannot", demand) for demand in demands]
            things += [("gender", gender)] if gender is not None else []
            things += [("at_least", ages[0])] if ages[0] is not None else []
            things += [("at_most", ages[1])] if ages[1] is not None else []
            things += [("new_homes", True)] if at_home else []
            for thing in things:
                self.single.setdefault(thing, len(self.single))
        self.kind_words = -(-len(self.kinds) // KINDS_A_WORD)
        self.trait_words = self.kind_words + -(-len(self.single) // BITS)

    def words_of(self, columns: "Columns") -> Words:
        """[word, volunteer]: the traits asked for, then the half hours of each day."""
        roster = columns.roster
        words = np.zeros((self.trait_words + DAYS, len(roster)), dtype=np.uint64)
        for family, held in roster.held.items():
            self._mark_held(words, family, held, columns.problem.starts_on.toordinal())
        for name in ("languages", "cannot", "gender"):
            column = roster.coded[name]
            for word, masks in self._masks(name, column.values).items():
                words[word] |= masks[column.codes]
        for (name, value), number in self.single.items():
            has = None
            if name == "at_least":
                has = columns.age >= value
            elif name == "at_most":
                has = columns.age <= value
            elif name == "new_homes":
                has = columns.new_homes
            if has is not None:
                words[self.kind_words + number // BITS] |= has.astype(np.uint64) << np.uint64(number % BITS)
        words[self.trait_words :] = columns.free.T
        return words

    def _mark_held(self, words: Words, family: str, held: Held, starts_on: int) -> None:
        numbers = [self.kinds.get((family, kind), -1) for kind in held.kinds]
        _mark_held(words, held.lists.first, held.lists.items, np.array(numbers, dtype=np.int64), starts_on)

    def _masks(self, name: str, values: tuple[Any, ...]) -> Mapping[int, Words]:
        """Word -> the bits of each value of a coded column."""
        masks: dict[int, Words] = {}
        for (family, thing), number in self.single.items():
            if family == name:
                word = masks.setdefault(
                    self.kind_words + number // BITS, np.zeros(len(values), dtype=np.uint64)
                )
                has = [thing == value if name == "gender" else thing in value for value in values]
                word |= np.array(has, dtype=np.uint64) << np.uint64(number % BITS)
        return masks

    def clauses_of(self, columns: "Columns") -> Clauses:
        """The rules of every different asking."""
        first: list[int] = [0]
        literals: list[int] = []
        rules: list[list[int]] = []
        widest = 0
        for asked in self.asked:
            bounds, before = [len(first) - 1], len(literals)
            for clauses in self._rules(asked):
                for clause in clauses:
                    literals += clause
                    first.append(len(literals))
                bounds.append(len(first) - 1)
            rules.append(bounds)
            widest = max(widest, len(literals) - before)
        known, excluded, family = (
            columns.named_in([getattr(visit, key) for visit in columns.visits]) for key in NAMED
        )
        return Clauses(
            np.array(self.asked_of, dtype=np.int64),
            np.array(rules, dtype=np.int64).reshape(-1, len(RULE_CODES) + 1),
            np.array(first, dtype=np.int64),
            np.array(literals, dtype=np.int64),
            self.trait_words * BITS,
            widest + SLOTS_A_DAY,
            (self.trait_words + DAYS) * BITS,
            known.first,
            known.items,
            excluded.first,
            excluded.items,
            family.first,
            family.items,
        )

    def _rules(self, asked: tuple[Any, ...]) -> list[list[list[int]]]:
        """The clauses of each hard rule, in the order of `HARD_RULES`; the first two are told by table and time."""
        skills, clearance, languages, gender, ages, demands, at_home, excludes, has_family = asked
        known, excluded, family = (
            (self.trait_words + DAYS) * BITS + place << 2 for place in range(len(NAMED))
        )
        by_code: dict[str, list[list[int]]] = {
            "has_required_skills": [[self._dated("skills", skill)] for skill in skills],
            "has_clearance": [] if clearance is None else [[self._dated("clearances", clearance)]],
            "speaks_a_language": [[self._row("languages", each) for each in languages]] if languages else [],
            "is_of_required_gender": [] if gender is None else [[self._row("gender", gender)]],
            "is_of_permitted_age": [
                [self._row(name, bound)]
                for name, bound in zip(("at_least", "at_most"), ages, strict=True)
                if bound is not None
            ],
            "can_do_what_it_asks": [[self._row("cannot", demand) | NEGATED] for demand in demands],
            "may_enter_this_home": [[self._row("new_homes", True), known]] if at_home else [],
            "is_not_excluded": [[excluded | NEGATED]] if excludes else [],
            "is_not_family": [[family | NEGATED]] if has_family else [],
        }
        return [by_code.get(code, []) for code in RULE_CODES]

    def _dated(self, family: str, kind: str) -> int:
        number = self.kinds[family, kind]
        return (number * BITS_A_KIND << 2) | DATED

    def _row(self, name: str, value: Any) -> int:
        return self.kind_words * BITS + self.single[name, value] << 2


def _asked(visit: Visit) -> tuple[Any, ...]:
    return (
        visit.skills,
        visit.clearance,
        visit.languages,
        visit.gender,
        visit.ages,
        visit.demands,
        visit.at_home,
        bool(visit.excluded),
        bool(visit.family),
    )


@compiled
def _mark_held(words: Words, first: Ints, items: NDArray[np.int32], numbers: Ints, starts_on: int) -> None:
    """Sets, for each kind held that is asked for, one bit for each day of the horizon on which it is valid."""
    for person in range(len(first) - 1):
        for item in range(first[person], first[person + 1]):
            number = numbers[items[item, 0]]
            if number < 0:
                continue
            days = max(0, min(DAYS, items[item, 1] - starts_on + 1))
            bits = ((1 << days) - 1) << (number % KINDS_A_WORD * BITS_A_KIND)
            words[number // KINDS_A_WORD, person] |= np.uint64(bits)


@compiled
def _transpose(block: Words) -> None:
    """Exchanges bit i of word j and bit j of word i, in place."""
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width:
        shift = np.uint64(width)
        for low in range(0, 64, 2 * width):
            for place in range(low, low + width):
                swap = ((block[place] >> shift) ^ block[place + width]) & mask
                block[place + width] ^= swap
                block[place] ^= swap << shift
        width >>= 1
        mask ^= mask << np.uint64(width)


@compiled
def _rows_of(words: Words, members: NDArray[np.int32], more: int) -> Words:
    """[row, block of 64 members]: the bits of the members' words, and `more` empty rows."""
    blocks = (len(members) + 63) // 64
    rows = np.zeros((len(words) * 64 + more, blocks), dtype=np.uint64)
    block = np.zeros(64, dtype=np.uint64)
    for word in range(len(words)):
        for place in range(blocks):
            low = place * 64
            size = min(64, len(members) - low)
            for member in range(size):
                block[member] = words[word, members[low + member]]
            for member in range(size, 64):
                block[member] = np.uint64(0)
            _transpose(block)
            for bit in range(64):
                rows[word * 64 + bit, place] = block[bit]
    return rows


@compiled
def _flip(rows: Words, row: int, members: NDArray[np.int32], named: NDArray[np.int32]) -> None:
    """Sets the bits of people named in a row, or wipes them again."""
    for person in named:
        place = np.searchsorted(members, person)
        if place < len(members) and members[place] == person:
            rows[row, place // 64] ^= np.uint64(1) << np.uint64(place % 64)


@compiled
def _name(rows: Words, members: NDArray[np.int32], clauses: Clauses, visit: int) -> None:
    """Writes the rows of the people a visit names; a second time wipes them."""
    known = clauses.known[clauses.known_first[visit] : clauses.known_first[visit + 1]]
    excluded = clauses.excluded[clauses.excluded_first[visit] : clauses.excluded_first[visit + 1]]
    family = clauses.family[clauses.family_first[visit] : clauses.family_first[visit + 1]]
    _flip(rows, clauses.named, members, known)
    _flip(rows, clauses.named + 1, members, excluded)
    _flip(rows, clauses.named + 2, members, family)


class Spelled(NamedTuple):
    """The rules at one option, the day and the half hours filled in."""

    literals: Ints
    """row << 1, + 1 when it must not be set."""
    clauses: Ints
    """[clause]: where its literals begin."""
    rules: Ints
    """[rule]: where its clauses begin."""


@compiled
def _paper(clauses: Clauses) -> Spelled:
    """Room to spell any option's rules in."""
    return Spelled(
        np.zeros(clauses.widest, dtype=np.int64),
        np.zeros(clauses.widest + 1, dtype=np.int64),
        np.zeros(clauses.rules.shape[1], dtype=np.int64),
    )


@compiled
def _spell(spelled: Spelled, clauses: Clauses, times: Times, option: int, without: int) -> int:
    """Spells the rules at an option, all but rule `without`; returns how many clauses that makes.

    Rule 0, that the area is served, is told by the table itself; rule 1, free then, by the rows of its half hours.
    """
    day = times.day[option]
    asked = clauses.asked_of[times.visit_of[option]]
    literals = made = 0
    for rule in range(len(spelled.rules) - 1):
        spelled.rules[rule] = made
        if rule == 1:
            for slot in range(times.start[option], times.end[option]):
                spelled.literals[literals] = (clauses.free + 64 * day + slot) << 1
                literals += 1
                made += 1
                spelled.clauses[made] = literals
        if rule == without:
            continue
        for clause in range(clauses.rules[asked, rule], clauses.rules[asked, rule + 1]):
            for place in range(clauses.first[clause], clauses.first[clause + 1]):
                literal = clauses.literals[place]
                row = (literal >> 2) + (day if literal & DATED else 0)
                spelled.literals[literals] = (row << 1) + (literal & NEGATED)
                literals += 1
            made += 1
            spelled.clauses[made] = literals
    spelled.rules[-1] = made
    return made


@compiled
def _keep(
    rows: Words, place: int, word: np.uint64, literals: Ints, clauses: Ints, first: int, last: int
) -> np.uint64:
    """The bits of a word that keep some clauses."""
    for clause in range(first, last):
        either = np.uint64(0)
        for number in range(clauses[clause], clauses[clause + 1]):
            bits = rows[literals[number] >> 1, place]
            either |= ~bits if literals[number] & 1 else bits
        word &= either
        if word == np.uint64(0):
            break
    return word


@compiled
def passing(
    rows: Words, members: NDArray[np.int32], options: Ints, clauses: Clauses, times: Times, without: int
) -> tuple[Words, Ints]:
    """([option, block], [option]): the bits of those who keep every hard rule but rule `without`, and their number."""
    blocks = rows.shape[1]
    kept = np.zeros((len(options), blocks), dtype=np.uint64)
    counts = np.zeros(len(options), dtype=np.int64)
    spelled = _paper(clauses)
    literals, first = spelled.literals, spelled.clauses
    for number in range(len(options)):
        option = options[number]
        _name(rows, members, clauses, times.visit_of[option])
        made = _spell(spelled, clauses, times, option, without)
        for place in range(blocks):
            word = _keep(rows, place, _everybody(len(members), place), literals, first, 0, made)
            kept[number, place] = word
            counts[number] += _ones(word)
        _name(rows, members, clauses, times.visit_of[option])
    return kept, counts


@compiled
def keeping_each(
    rows: Words, members: NDArray[np.int32], option: int, clauses: Clauses, times: Times
) -> Words:
    """[rule, block]: the bits of those who keep each hard rule by itself at an option."""
    rules = clauses.rules.shape[1] - 1
    kept = np.zeros((rules, rows.shape[1]), dtype=np.uint64)
    spelled = _paper(clauses)
    _spell(spelled, clauses, times, option, -1)
    _name(rows, members, clauses, times.visit_of[option])
    for rule in range(rules):
        first, last = spelled.rules[rule], spelled.rules[rule + 1]
        for place in range(rows.shape[1]):
            everybody = _everybody(len(members), place)
            kept[rule, place] = _keep(rows, place, everybody, spelled.literals, spelled.clauses, first, last)
    _name(rows, members, clauses, times.visit_of[option])
    return kept


@compiled
def reaching(
    rows: Words, members: NDArray[np.int32], visits: Ints, first_option: Ints, clauses: Clauses, times: Times
) -> Ints:
    """[visit, rule]: how many keep this hard rule and all before it at one of the visit's options at least."""
    rules, blocks = clauses.rules.shape[1] - 1, rows.shape[1]
    reached = np.zeros((blocks, rules), dtype=np.uint64)
    counts = np.zeros((len(visits), rules), dtype=np.int64)
    spelled = _paper(clauses)
    literals, first, first_clause = spelled.literals, spelled.clauses, spelled.rules
    for number in range(len(visits)):
        visit = visits[number]
        reached[:] = np.uint64(0)
        _name(rows, members, clauses, visit)
        for option in range(first_option[visit], first_option[visit + 1]):
            _spell(spelled, clauses, times, option, -1)
            for place in range(blocks):
                word = _everybody(len(members), place)
                for rule in range(rules):
                    low, high = first_clause[rule], first_clause[rule + 1]
                    if low < high:
                        word = _keep(rows, place, word, literals, first, low, high)
                    if word == np.uint64(0):
                        break
                    reached[place, rule] |= word
        _name(rows, members, clauses, visit)
        for place in range(blocks):
            for rule in range(rules):
                counts[number, rule] += _ones(reached[place, rule])
    return counts


@compiled
def _everybody(members: int, place: int) -> np.uint64:
    """A word with one bit for each member of a block."""
    size = min(64, members - 64 * place)
    return ~np.uint64(0) >> np.uint64(64 - size)


@compiled
def _ones(word: np.uint64) -> int:
    """How many bits are set (Hacker's Delight, 5-1)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    word += word >> np.uint64(8)
    word += word >> np.uint64(16)
    word += word >> np.uint64(32)
    return int(word & np.uint64(0x7F))


@compiled
def write_members(
    kept: Words, members: NDArray[np.int32], options: Ints, first: Ints, people: NDArray[np.int32]
) -> None:
    """Writes the members whose bits are set to `people`, those of an option from `first[option]` on."""
    for number in range(len(options)):
        at = first[options[number]]
        for place in range(kept.shape[1]):
            word = kept[number, place]
            while word:
                below = word & (~word + np.uint64(1))
                people[at] = members[64 * place + _ones(below - np.uint64(1))]
                at += 1
                word ^= below

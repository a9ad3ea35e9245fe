"""What is understood of each row of a file, cell by cell, and what is found wrong or doubtful in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from app.catalogue.understanding.answers import Answer, Question, Remark, Unclear
from app.exchange.reading import Column, Row
from app.shared.errors import InvalidText, Refusal
from app.shared.words import clean_paragraphs

LONGEST_CELL = 2000

Facts = TypeVar("Facts")
Value = TypeVar("Value")


class Weight(StrEnum):
    """What a finding means for its row."""

    ERROR = "error"
    """The row cannot be taken over as it is."""
    QUESTION = "question"
    """To be settled by a person: now, or later from the words that are kept."""
    WARNING = "warning"
    """The row looks contradictory; somebody should look."""
    NOTE = "note"
    """How something was read, or what a coordinator has to do about it."""


class RowFact(StrEnum):
    """What can be found in a row beside the questions of a single cell."""

    FORBIDDEN_CHARACTERS = "forbidden_characters"
    TOO_LONG = "too_long"
    NO_NAME = "no_name"
    CODE_TWICE = "code_twice"
    PERSON_TWICE = "person_twice"
    ALREADY_HERE = "already_here"
    NOT_A_PHONE = "not_a_phone"
    NOT_AN_EMAIL = "not_an_email"
    LANDLINE = "landline"
    LANDLINE_FOR_SMS = "landline_for_sms"
    NO_ADDRESS_FOR_EMAIL = "no_address_for_email"
    TOO_YOUNG = "too_young"
    MINOR = "minor"
    JOINED_TOO_YOUNG = "joined_too_young"
    AREAS_FROM_HOME = "areas_from_home"
    TIMES_MISSING = "times_missing"
    CLEARANCE_CLAIMED = "clearance_claimed"
    TELEPHONE_ONLY = "telephone_only"
    CANNOT = "cannot"
    HEALTH_MENTIONED = "health_mentioned"
    COMES_WITH_SOMEBODY = "comes_with_somebody"
    URGENT_CLAIMED = "urgent_claimed"
    DEMAND_READ = "demand_read"
    LIVES_ALONE = "lives_alone"
    TITLE_AND_AGE_DIFFER = "title_and_age_differ"
    KIND_AND_AGE_DIFFER = "kind_and_age_differ"
    RELATION_AND_AGE_DIFFER = "relation_and_age_differ"
    BIRTH_YEAR_FROM_AGE = "birth_year_from_age"
    RELATION_TURNED = "relation_turned"
    WEEKLY_OR_ONCE = "weekly_or_once"
    WEEKLY_FROM = "weekly_from"
    WHICH_DATE = "which_date"
    EACH_OR_ANY = "each_or_any"
    EXACT_TIME_NEEDED = "exact_time_needed"
    SOME_STARTS = "some_starts"
    IN_THE_PAST = "in_the_past"
    TOO_MANY_PEOPLE = "too_many_people"
    AREA_PLAYS_NO_PART = "area_plays_no_part"


Fact = Question | Remark | RowFact | Refusal


@dataclass(frozen=True)
class Finding:
    """Something to say about a row, or about one of its cells. `choices` are texts that would answer a question."""

    weight: Weight
    fact: Fact
    column: str = ""
    choices: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


class Outcome(StrEnum):
    """What becomes of a row."""

    CLEAR = "clear"
    TO_SETTLE = "to_settle"
    """Taken over with the words that are not understood kept for a coordinator."""
    REFUSED = "refused"
    ALREADY_HERE = "already_here"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Cell:
    """A cell as written (or as settled by a person), and as understood; None: empty or not understood."""

    text: str
    value: object = None
    is_settled: bool = False


@dataclass(frozen=True)
class Settlement:
    """What a person decided about a row: leave it out, or read other words in some cells."""

    is_skipped: bool = False
    cells: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"skipped": self.is_skipped, "cells": dict(self.cells)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Settlement":
        return cls(bool(document["skipped"]), dict(document["cells"]))


Settlements = Mapping[int, Settlement]
"""By the row's number in the file."""


@dataclass(frozen=True)
class PlannedRow(Generic[Facts]):
    """One row: what it says, what was found, what becomes of it, and the facts to take over."""

    number: int
    label: str
    """A name to find it by on the page."""
    code: str
    """The number it has in the programme's own register."""
    cells: Mapping[str, Cell]
    findings: tuple[Finding, ...]
    outcome: Outcome
    facts: Facts | None = None
    known_as: str = ""
    """Our reference code, when it is here already."""

    def of_weight(self, *weights: Weight) -> list[Finding]:
        """The findings of these weights."""
        return [finding for finding in self.findings if finding.weight in weights]


@dataclass(frozen=True)
class Plan(Generic[Facts]):
    """Every row of a file, in its order."""

    rows: tuple[PlannedRow[Facts], ...]

    def having(self, *outcomes: Outcome) -> list[PlannedRow[Facts]]:
        """The rows with one of these outcomes."""
        return [row for row in self.rows if row.outcome in outcomes]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows there are of each outcome."""
        return {outcome: len(self.having(outcome)) for outcome in Outcome}

    @property
    def to_take_over(self) -> list[PlannedRow[Facts]]:
        """The rows that go in."""
        return self.having(Outcome.CLEAR, Outcome.TO_SETTLE)


class RowReader:
    """Reads the cells of one row and collects what it finds."""

    def __init__(self, row: Row, settlement: Settlement, columns: Iterable[Column]) -> None:
        self.number = row.number
        self.settlement = settlement
        self.cells: dict[str, Cell] = {}
        self.findings: list[Finding] = []
        for column in columns:
            self._take(column.key, settlement.cells.get(column.key, row.cells[column.key]))

    def _take(self, key: str, text: str) -> None:
        try:
            cleaned = clean_paragraphs(text, longest=LONGEST_CELL)
        except InvalidText:
            cleaned = ""
            self.error(key, RowFact.FORBIDDEN_CHARACTERS)
        self.cells[key] = Cell(cleaned, is_settled=key in self.settlement.cells)

    def text(self, key: str) -> str:
        """A cell's text on one line."""
        return " ".join(self.cells[key].text.split())

    def line(self, key: str, longest: int) -> str:
        """A cell's text on one line; an error when it is longer than can be kept."""
        text = self.text(key)
        if len(text) > longest:
            self.error(key, RowFact.TOO_LONG, longest=longest)
            return text[:longest]
        if text:
            self.understood(key, text)
        return text

    def is_settled(self, key: str) -> bool:
        """Whether a person wrote or chose what stands in this cell."""
        return self.cells[key].is_settled

    def understood(self, key: str, value: object) -> None:
        """Keep what the cell means."""
        self.cells[key] = Cell(self.cells[key].text, value, self.cells[key].is_settled)

    def read(
        self, key: str, reader: Callable[[str], Answer[Value]], *, weight: Weight = Weight.QUESTION
    ) -> Value | None:
        """The value of a cell; None with a finding when it is unclear."""
        answer = reader(self.cells[key].text)
        if isinstance(answer, Unclear):
            is_whole = answer.original == self.cells[key].text
            self.findings.append(Finding(weight, answer.question, key, answer.choices if is_whole else ()))
            return None
        for remark in answer.remarks:
            self.note(key, remark)
        self.understood(key, answer.value)
        return answer.value

    def error(self, column: str, fact: Fact, **facts: object) -> None:
        """The row cannot go in because of this cell."""
        self.findings.append(Finding(Weight.ERROR, fact, column, facts=facts))

    def question(self, column: str, fact: Fact, choices: tuple[str, ...] = (), **facts: object) -> None:
        """This cell is to be settled."""
        self.findings.append(Finding(Weight.QUESTION, fact, column, choices, facts))

    def warning(self, column: str, fact: Fact, **facts: object) -> None:
        """This cell contradicts another."""
        self.findings.append(Finding(Weight.WARNING, fact, column, facts=facts))

    def note(self, column: str, fact: Fact, **facts: object) -> None:
        """This is how the cell was read."""
        self.findings.append(Finding(Weight.NOTE, fact, column, facts=facts))

    @property
    def outcome(self) -> Outcome:
        """What becomes of the row by what was found so far."""
        if self.settlement.is_skipped:
            return Outcome.SKIPPED
        weights = {finding.weight for finding in self.findings}
        if Weight.ERROR in weights:
            return Outcome.REFUSED
        return Outcome.TO_SETTLE if Weight.QUESTION in weights else Outcome.CLEAR

    def words_to_settle(self, headings: Mapping[str, str]) -> str:
        """The cells with a question, under their headings, in the file's own words."""
        asked = dict.fromkeys(
            finding.column for finding in self.findings if finding.weight is Weight.QUESTION
        )
        return "\n".join(
            f"{headings.get(key, key)}：{self.cells[key].text}" for key in asked if key in self.cells
        )

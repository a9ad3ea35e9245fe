"""The two things a reader can come back with."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Value = TypeVar("Value", covariant=True)


class Remark(StrEnum):
    """How something was read, said so that a person can object."""

    DAY_THEN_MONTH = "day_then_month"
    """12-06-2021 was read as 12 June."""
    YEAR_INFERRED = "year_inferred"
    DAY_NOT_GIVEN = "day_not_given"
    """Only year and month were written; the first of the month stands."""
    DAY_OF_BIRTH_LEFT_OUT = "day_of_birth_left_out"
    APPROXIMATE = "approximate"


class Question(StrEnum):
    """What has to be settled before a cell means something."""

    NOT_UNDERSTOOD = "not_understood"
    MISSING = "missing"
    UNKNOWN_NAME = "unknown_name"
    SEVERAL_AREAS = "several_areas"
    SEVERAL_KINDS = "several_kinds"
    NOT_A_DATE = "not_a_date"
    WHICH_YEAR = "which_year"
    IMPOSSIBLE_YEAR = "impossible_year"
    AM_OR_PM = "am_or_pm"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    NOT_HALF_HOURS = "not_half_hours"
    LENGTH_MISSING = "length_missing"
    TIME_MISSING = "time_missing"
    DAY_MISSING = "day_missing"
    DATE_AND_WEEKDAY_DIFFER = "date_and_weekday_differ"
    AS_SOON_AS_POSSIBLE = "as_soon_as_possible"


@dataclass(frozen=True)
class Understood(Generic[Value]):
    """A value, and how it was read."""

    value: Value
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Unclear:
    """Words that could not be read for certain. `choices` are texts that the same reader understands."""

    original: str
    question: Question
    choices: tuple[str, ...] = ()


Answer = Understood[Value] | Unclear

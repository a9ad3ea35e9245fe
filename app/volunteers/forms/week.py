"""The usual week: its parts as large toggles, exact half hours on request."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import FieldList, FormField, HiddenField, SelectField, SelectMultipleField, SubmitField
from wtforms import Form as PlainForm

from app.shared.times import slot_at, slot_clock
from app.volunteers.models import PARTS_OF_THE_WEEK
from app.volunteers.use_cases import FreeSlots, free_slots, usual_and_exact

EARLIEST, LATEST = 12, 48
MOST_ROWS = 70
ROW_NUMBER = re.compile(r"[0-9]{1,4}")

PARTS: dict[str, LazyString] = {
    "weekday_morning": lazy_gettext("Weekday mornings"),
    "weekday_afternoon": lazy_gettext("Weekday afternoons"),
    "weekday_evening": lazy_gettext("Weekday evenings"),
    "weekend_morning": lazy_gettext("Weekend mornings"),
    "weekend_afternoon": lazy_gettext("Weekend afternoons"),
    "weekend_evening": lazy_gettext("Weekend evenings"),
}


class Rows(FieldList):  # type: ignore[type-arg]  # takes its parameter in the stubs only
    """A list of small forms; rows whose number is none are not there."""

    def _extract_indices(self, prefix: str, formdata: Mapping[str, Any]) -> list[int]:
        numbers = {
            name.removeprefix(f"{prefix}-").split("-", 1)[0]
            for name in formdata
            if name.startswith(f"{prefix}-")
        }
        return sorted(int(number) for number in numbers if ROW_NUMBER.fullmatch(number))[:MOST_ROWS]


class TimeForm(PlainForm):
    """One stretch of time on a weekday ("1" Monday to "7" Sunday); both ends empty: nothing."""

    weekday = HiddenField()
    starts = SelectField(lazy_gettext("From"), validate_choice=False)
    ends = SelectField(lazy_gettext("To"), validate_choice=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.starts.choices = _clocks(range(EARLIEST, LATEST), self.starts.data)
        self.ends.choices = _clocks(range(EARLIEST + 1, LATEST + 1), self.ends.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Both ends or none, in order, on a half hour."""
        if not self.starts.data and not self.ends.data:
            return True
        if not self.starts.data or not self.ends.data:
            missing = self.ends if self.starts.data else self.starts
            missing.errors = [gettext("Choose both a start and an end time.")]
            return False
        slots = self.slots()
        if slots is None:
            self.starts.errors = [gettext("This is not one of the choices. Please choose again.")]
        elif slots[1] >= slots[2]:
            self.ends.errors = [gettext("The end time must be later than the start time.")]
        return slots is not None and slots[1] < slots[2]

    def slots(self) -> FreeSlots | None:
        """Weekday from 0, and the slots; None for an empty row or one that cannot be read."""
        try:
            weekday, starts, ends = (
                int(self.weekday.data or 0),
                slot_at(self.starts.data or ""),
                slot_at(self.ends.data or ""),
            )
        except ValueError:
            return None
        return (weekday - 1, starts, ends) if 1 <= weekday <= 7 else None


class WeekForm(PlainForm):
    """A usual week."""

    usual = SelectMultipleField(
        lazy_gettext("When are you usually free?"),
        description=lazy_gettext(
            "Choose as many as you like. Mornings are 9 to 1, afternoons 2 to 6, evenings 6 to 9:30."
        ),
        validate_choice=False,
    )
    exact = Rows(FormField(TimeForm))
    add_time = SubmitField()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.usual.choices = [(name, str(words)) for name, words in PARTS.items()]
        for weekday in range(1, 8):
            if str(weekday) not in {str(entry.form.weekday.data) for entry in self.exact}:
                self.exact.append_entry({"weekday": str(weekday)})

    @property
    def wants_another_row(self) -> bool:
        """The button "another time" was pressed (without script); its value is the weekday."""
        return bool(self.add_time.raw_data)

    def add_row(self) -> None:
        """One more empty row on the weekday asked for."""
        wanted = str(self.add_time.raw_data[0]) if self.add_time.raw_data else ""
        if wanted in {"1", "2", "3", "4", "5", "6", "7"}:
            self.exact.append_entry({"weekday": wanted})

    def validate(self, extra_validators: Any = None) -> bool:
        """Every row by itself; the usual parts must be known ones."""
        rows = [entry.validate(self) for entry in self.exact]
        known = set(self.usual.data or ()) <= PARTS_OF_THE_WEEK.keys()
        if not known:
            self.usual.errors = [gettext("This is not one of the choices. Please choose again.")]
        self.exact.errors = [entry.errors for entry in self.exact if entry.errors]
        return known and all(rows)

    def free(self) -> tuple[FreeSlots, ...]:
        """Everything ticked and filled in, joined."""
        exact = [slots for entry in self.exact if (slots := entry.form.slots()) is not None]
        return free_slots(list(self.usual.data or ()), exact)


def week_shown(free: list[FreeSlots] | tuple[FreeSlots, ...]) -> dict[str, Any]:
    """What fills a WeekForm with the times on record."""
    usual, exact = usual_and_exact(free)
    return {
        "usual": usual,
        "exact": [
            {"weekday": str(weekday + 1), "starts": slot_clock(starts), "ends": slot_clock(ends)}
            for weekday, starts, ends in exact
        ],
    }


def _clocks(slots: range, chosen: str | None) -> list[tuple[str, str]]:
    clocks = [slot_clock(slot) for slot in slots]
    if chosen and chosen not in clocks and _is_clock(chosen):
        clocks = sorted([*clocks, chosen])
    return [("", "—"), *((clock, clock) for clock in clocks)]


def _is_clock(text: str) -> bool:
    try:
        return slot_clock(slot_at(text)) == text
    except ValueError:
        return False

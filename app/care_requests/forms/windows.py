"""Times that suit: rows of a day and two half hours, on dates or on weekdays."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from app.care_requests.models import Rhythm
from app.care_requests.use_cases.facts import DATED, WindowFacts
from app.shared.times import SLOTS_A_DAY, slot_at, slot_clock
from app.web.dates import clock, weekday
from app.web.forms import Form, OneWording

FIRST_SHOWN_SLOT = 12
"""The lists of times begin in the morning; the hours after midnight stand at their end."""


class WindowForm(PlainForm):
    """One time. An empty row means nothing."""

    class Meta(Form.Meta):
        csrf = False

        def get_translations(self, form: object) -> OneWording:
            return OneWording()

    on_date = DateField(lazy_gettext("Day"), validators=[Optional()])
    weekday = SelectField(lazy_gettext("Weekday"), validate_choice=False)
    starts = SelectField(lazy_gettext("From"), validate_choice=False)
    ends = SelectField(lazy_gettext("Until"), validate_choice=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.weekday.choices = [("", "—"), *((str(number), weekday(number)) for number in range(7))]
        slots = [*range(FIRST_SHOWN_SLOT, SLOTS_A_DAY), *range(FIRST_SHOWN_SLOT)]
        self.starts.choices = [("", "—"), *((slot_clock(slot), clock(slot)) for slot in slots)]
        self.ends.choices = [("", "—"), *((slot_clock(slot + 1), clock(slot + 1)) for slot in slots)]

    @property
    def is_empty(self) -> bool:
        """Nothing was filled in."""
        return not (
            (self.on_date.raw_data and self.on_date.raw_data[0])
            or self.on_date.data
            or self.weekday.data
            or self.starts.data
            or self.ends.data
        )

    def facts(self, rhythm: Rhythm) -> WindowFacts | None:
        """The time of this row; None when it has an error, which then stands beside its field."""
        day_field = self.on_date if rhythm in DATED else self.weekday
        is_day_given = self.on_date.data is not None if rhythm in DATED else self._weekday() is not None
        if not is_day_given and not day_field.errors:
            day_field.errors = [
                gettext("Please choose the day.")
                if rhythm in DATED
                else gettext("Please choose the weekday.")
            ]
        starts, ends = _slot(self.starts), _slot(self.ends)
        if starts is None:
            self.starts.errors = [gettext("Please choose when it begins.")]
        if ends is None:
            self.ends.errors = [gettext("Please choose when it ends.")]
        if not is_day_given or starts is None or ends is None:
            return None
        return WindowFacts(
            starts,
            ends,
            on_date=self.on_date.data if rhythm in DATED else None,
            weekday=None if rhythm in DATED else self._weekday(),
        )

    def _weekday(self) -> int | None:
        return int(self.weekday.data) if self.weekday.data in {"0", "1", "2", "3", "4", "5", "6"} else None


def _slot(field: SelectField) -> int | None:
    try:
        return slot_at(field.data or "")
    except ValueError:
        return None


def windows_shown(windows: Iterable[WindowFacts]) -> list[dict[str, object]]:
    """What fills rows with the times on record."""
    return [
        {
            "on_date": window.on_date,
            "weekday": "" if window.weekday is None else str(window.weekday),
            "starts": slot_clock(window.from_slot),
            "ends": slot_clock(window.to_slot),
        }
        for window in windows
    ]

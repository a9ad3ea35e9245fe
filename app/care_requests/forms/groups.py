"""The groups of questions about a request, in the order in which they are asked everywhere."""

import re
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    SubmitField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from app.care_requests.forms.choices import Choices
from app.care_requests.forms.people import RequestForm
from app.care_requests.forms.windows import WindowForm
from app.care_requests.models import Rhythm
from app.care_requests.use_cases.facts import (
    DATED,
    WindowFacts,
    WindowInThePast,
    WindowsOverlap,
    WindowTooFarAhead,
    check_period,
    check_windows,
)
from app.catalogue.forms import area_choices, choices_of, summaries_of
from app.catalogue.models import SupportKind
from app.shared.errors import Refusal
from app.shared.secrets import Address, HealthNote, PrivateNote
from app.volunteers.forms.week import Rows
from app.volunteers.models import Gender
from app.web.forms import Form, LineField, ParagraphsField
from app.web.words import say

OTHER_KIND = "other"
HOME, ELSEWHERE, TELEPHONE = "home", "elsewhere", "telephone"
MOST_ROWS = 20
ROWS_SHOWN = {Rhythm.ONCE: 1, Rhythm.ANY_OF: 3, Rhythm.WEEKLY: 2, Rhythm.WEEKLY_ANY_OF: 3}
LONGEST_NOTE = 1500


class HelpForm(RequestForm):
    """What help."""

    kind = RadioField(
        lazy_gettext("Choose one kind of help"),
        description=lazy_gettext("If you need another kind too, ask again afterwards."),
        validators=[InputRequired(lazy_gettext("Please choose a kind of help, or “something else”."))],
    )
    note = ParagraphsField(
        lazy_gettext("In your own words"),
        longest=LONGEST_NOTE,
        description=lazy_gettext("What should the helper do? Only coordinators read this."),
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.kind.choices = [
            *choices_of(choices.kinds),
            (OTHER_KIND, gettext("Something else, or I am not sure")),
        ]
        self.hints = summaries_of(choices.kinds)

    def validate_note(self, field: ParagraphsField) -> None:
        if self.kind.data == OTHER_KIND and not field.data:
            raise ValidationError(
                gettext("Please tell us in a few words what is needed. A coordinator reads it.")
            )

    @property
    def kind_code(self) -> str | None:
        """The kind chosen; None for something else."""
        return None if self.kind.data == OTHER_KIND else self.kind.data

    @property
    def kind_chosen(self) -> SupportKind | None:
        return self.choices.kind(self.kind_code)


class RhythmForm(RequestForm):
    """How often."""

    rhythm = RadioField(
        lazy_gettext("How often is help needed?"),
        validators=[InputRequired(lazy_gettext("Please choose how often."))],
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.rhythm.choices = [(rhythm.value, say(rhythm)) for rhythm in Rhythm]

    @property
    def chosen_rhythm(self) -> Rhythm:
        """What was chosen; ONCE while nothing was."""
        known = {rhythm.value for rhythm in Rhythm}
        return Rhythm(self.rhythm.data) if self.rhythm.data in known else Rhythm.ONCE


class TimesForm(RequestForm):
    """When, for requests of the rhythm `asked_rhythm`."""

    windows = Rows(FormField(WindowForm), max_entries=MOST_ROWS)
    add_window = SubmitField()
    starts_on = DateField(lazy_gettext("From which day is help needed?"), validators=[Optional()])
    ends_on = DateField(
        lazy_gettext("Until which day is help needed?"),
        description=lazy_gettext("Leave it empty if you do not know yet."),
        validators=[Optional()],
    )
    asked_rhythm: Rhythm | None = None
    kept_windows: tuple[WindowFacts, ...] = ()
    """Times that the request had before: they may be over by now."""
    _facts: tuple[WindowFacts, ...] = ()

    @property
    def times_rhythm(self) -> Rhythm:
        """The rhythm these times are read by."""
        return self.asked_rhythm or Rhythm.ONCE

    @property
    def is_weekly(self) -> bool:
        return self.times_rhythm not in DATED

    def show_rows(self, rhythm: Rhythm | None = None) -> None:
        """Put empty rows below what was filled in, as many as this rhythm usually needs."""
        for _ in range(ROWS_SHOWN[rhythm or self.times_rhythm] - len(self.windows)):
            self.windows.append_entry()

    @property
    def wants_another_row(self) -> bool:
        """The button "another time" was pressed."""
        return bool(self.add_window.raw_data)

    def add_row(self) -> None:
        """One more empty row."""
        if len(self.windows) < MOST_ROWS:
            self.windows.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """As any form; then the times one by one, and together. Each error stands beside the field to mend."""
        is_valid = super().validate(extra_validators)
        rows = [entry.form for entry in self.windows if not entry.form.is_empty]
        facts = [row.facts(self.times_rhythm) for row in rows]
        self._facts = tuple(window for window in facts if window is not None)
        if None not in facts and is_valid:
            self._check_together(rows)
        elif None in facts:
            self.windows.errors = [entry.errors for entry in self.windows if entry.errors]
        return is_valid and not self.errors

    def _check_together(self, rows: list[WindowForm]) -> None:
        today = self.choices.today
        try:
            check_windows(self.times_rhythm, self._facts, today=today, kept=self.kept_windows)
        except Refusal as refusal:
            self._place_refusal(rows, refusal)
        try:
            check_period(self.times_rhythm, self.starts_on.data, self.ends_on.data, today=today)
        except Refusal as refusal:
            self.refuse(refusal)

    def _place_refusal(self, rows: list[WindowForm], refusal: Refusal) -> None:
        number = refusal.facts.get("number")
        if not isinstance(number, int):
            self.windows.errors = [say(refusal)]
            return
        row = rows[number - 1]
        is_about_the_day = isinstance(refusal, WindowInThePast | WindowTooFarAhead)
        field = (
            row.on_date
            if is_about_the_day
            else row.starts
            if isinstance(refusal, WindowsOverlap)
            else row.ends
        )
        field.errors = [say(refusal)]
        self.windows.errors = [entry.errors for entry in self.windows if entry.errors]

    def window_facts(self) -> tuple[WindowFacts, ...]:
        """The times, once validated."""
        return self._facts

    def period(self) -> tuple[date | None, date | None]:
        """The first and the last day of a weekly request."""
        return (self.starts_on.data, self.ends_on.data) if self.is_weekly else (None, None)


class PlaceForm(RequestForm):
    """Where."""

    place = RadioField(
        lazy_gettext("Where does the helper come to?"),
        validators=[InputRequired(lazy_gettext("Please choose where."))],
    )
    area = SelectField(lazy_gettext("Area or estate"), validate_choice=False)
    address = LineField(
        lazy_gettext("Address"),
        longest=300,
        description=lazy_gettext(
            "Block, floor and flat. Only helpers who are coming see it, shortly before."
        ),
    )
    directions = ParagraphsField(
        lazy_gettext("How to get in"),
        longest=500,
        description=lazy_gettext("Such as: press 3A at the gate, please knock loudly."),
    )
    meeting_place = LineField(
        lazy_gettext("Where to meet"),
        longest=300,
        description=lazy_gettext("Such as: the entrance of the clinic."),
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.place.choices = [
            (HOME, gettext("At home")),
            (ELSEWHERE, gettext("Somewhere else")),
            (TELEPHONE, gettext("Nowhere: by telephone")),
        ]
        self.area.choices = {"": [("", gettext("Choose an area"))], **area_choices(choices.areas)}
        self.areas_known = {area.code for areas in choices.areas.values() for area in areas}

    def validate_area(self, field: SelectField) -> None:
        if field.data and field.data not in self.areas_known:
            raise ValidationError(gettext("This is not one of the choices. Please choose again."))
        if not field.data and self.place.data in {HOME, ELSEWHERE}:
            raise ValidationError(gettext("Please choose the area."))

    @property
    def area_code(self) -> str | None:
        """Where the visit is; None by telephone."""
        return self.area.data or None if self.place.data in {HOME, ELSEWHERE} else None

    def sealed_address(self) -> Address | None:
        return Address(self.address.data) if self.address.data and self.place.data == HOME else None

    def sealed_directions(self) -> Address | None:
        return Address(self.directions.data) if self.directions.data and self.place.data == HOME else None

    def sealed_meeting_place(self) -> Address | None:
        return (
            Address(self.meeting_place.data)
            if self.meeting_place.data and self.place.data == ELSEWHERE
            else None
        )


class MattersForm(RequestForm):
    """What matters."""

    languages = SelectMultipleField(
        lazy_gettext("Which languages will do?"),
        description=lazy_gettext("Choose all that will do. Choose none if it does not matter."),
    )
    helper_gender = RadioField(
        lazy_gettext("Should a woman or a man come?"), default="", validators=[Optional()]
    )
    demands = SelectMultipleField(
        lazy_gettext("What should the helper know about the place and the task?"), validators=[Optional()]
    )
    two_people = BooleanField(lazy_gettext("Two helpers should come together"))
    ages_wished = RadioField(
        lazy_gettext("What age would you like the helper to be?"), default="", validators=[Optional()]
    )
    health = ParagraphsField(
        lazy_gettext("What should the helper know about the person’s health?"),
        longest=1000,
        description=lazy_gettext(
            "Such as: hard of hearing, walks with a stick. It is kept sealed; only helpers who are coming see it."
        ),
    )
    genders: ClassVar[dict[str, tuple[Gender | None, Gender | None]]] = {
        "": (None, None),
        "prefers_f": (None, Gender.FEMALE),
        "needs_f": (Gender.FEMALE, None),
        "prefers_m": (None, Gender.MALE),
        "needs_m": (Gender.MALE, None),
    }
    """Answer → (gender needed, gender preferred)."""

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.languages.choices = choices_of(choices.languages)
        self.demands.choices = choices_of(choices.demands)
        self.helper_gender.choices = [
            ("", gettext("It does not matter")),
            ("prefers_f", gettext("Rather a woman")),
            ("needs_f", gettext("Only a woman")),
            ("prefers_m", gettext("Rather a man")),
            ("needs_m", gettext("Only a man")),
        ]
        self.ages_offered = [
            ("", gettext("It does not matter")),
            ("18-29", gettext("Young, under 30")),
            ("30-59", gettext("Between 30 and 59")),
            ("60-", gettext("60 or over")),
        ]
        self.ages_wished.choices = self.ages_offered

    def sealed_health(self) -> HealthNote | None:
        return HealthNote(self.health.data) if self.health.data else None

    @property
    def gender_needed(self) -> Gender | None:
        return self.genders[self.helper_gender.data or ""][0]

    @property
    def gender_preferred(self) -> Gender | None:
        return self.genders[self.helper_gender.data or ""][1]

    @property
    def ages_preferred(self) -> tuple[int | None, int | None]:
        found = re.fullmatch(r"(\d{1,3})?-(\d{1,3})?", self.ages_wished.data or "")
        return (
            (int(found[1]) if found[1] else None, int(found[2]) if found[2] else None)
            if found
            else (None, None)
        )


class VersionForm(Form):
    """A form about a row, with the version the reader was shown."""

    version = HiddenField()

    @property
    def version_seen(self) -> int:
        """0, which no row has, when the page did not send one."""
        text = self.version.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def note_of(words: str | None) -> PrivateNote | None:
    """What a carer wrote for the coordinators."""
    return PrivateNote(words) if words else None

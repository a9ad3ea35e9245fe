"""The forms of recognition."""

import unicodedata
from datetime import date

from flask import request
from flask_babel import lazy_gettext
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.recognition.models import LONGEST_REASON, LONGEST_WORK, AwardScheme, HoursKind, ServiceHours
from app.recognition.use_cases.awards import AwardFacts
from app.recognition.use_cases.counting import Times
from app.web.forms import ClockField, CodeField, Form, HoursField, LineField, SelectChoice

FIRST_YEAR = 2000
"""Lists begin with this year."""
_WHY = lazy_gettext("Why?")
_YEAR_NEEDED = lazy_gettext("Type a year such as 2026.")
_HOURS_NEEDED = lazy_gettext("Type the hours as a number, such as 12 or 12.5.")


def clock_of(minute: int) -> str:
    """Minutes after midnight as they are typed: 570 is "09:30"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


class TimesForm(Form):
    """From when to when."""

    starts = ClockField(
        lazy_gettext("From"), validators=[InputRequired(lazy_gettext("Type when it began, such as 09:30."))]
    )
    until = ClockField(
        lazy_gettext("Until"), validators=[InputRequired(lazy_gettext("Type when it ended, such as 11:30."))]
    )

    def show(self, from_minute: int, to_minute: int) -> None:
        """Fill in times, on a page that is opened."""
        if request.method != "POST" and not self.starts.raw_data:
            self.starts.data, self.until.data = clock_of(from_minute), clock_of(to_minute)

    def times(self) -> Times:
        """What was filled in."""
        return Times(self.starts.minute or 0, self.until.minute or 0)


class DecideForm(TimesForm):
    """A volunteer's time at a visit, and why it is counted so."""

    reason = LineField(
        _WHY,
        longest=LONGEST_REASON,
        description=lazy_gettext("Needed when the times are changed, or something speaks against them."),
        validators=[Optional()],
    )


class OtherHoursForm(TimesForm):
    """Work outside visits."""

    day = DateField(lazy_gettext("Day"), validators=[InputRequired(lazy_gettext("Give the date."))])
    work = LineField(
        lazy_gettext("What was done?"),
        longest=LONGEST_WORK,
        description=lazy_gettext(
            "The volunteer reads it. Such as: street stall in Kwai Fong, helping at an induction."
        ),
        validators=[InputRequired(lazy_gettext("Say in a few words what was done."))],
    )
    reason = LineField(
        _WHY,
        longest=LONGEST_REASON,
        description=lazy_gettext("Needed when the day is more than 14 days ago: why is it entered so late?"),
        validators=[Optional()],
    )


class PaperHoursForm(Form):
    """A total of past hours, as some paper says."""

    day = DateField(
        lazy_gettext("Last day that is counted"),
        description=lazy_gettext("The hours belong to the year of this day."),
        validators=[InputRequired(lazy_gettext("Give the date."))],
    )
    hours = HoursField(lazy_gettext("Hours"), longest=10)
    work = LineField(
        lazy_gettext("Which paper?"),
        longest=LONGEST_WORK,
        description=lazy_gettext("The volunteer reads it. Such as: sign-in sheets of 2025."),
        validators=[InputRequired(lazy_gettext("Say which paper it is."))],
    )
    reason = LineField(
        _WHY,
        longest=LONGEST_REASON,
        description=lazy_gettext("Needed when the day is more than 14 days ago: why is it entered so late?"),
        validators=[Optional()],
    )

    def validate_hours(self, field: HoursField) -> None:
        if field.minutes is None:
            raise ValidationError(_HOURS_NEEDED)


class CorrectForm(TimesForm):
    """What a row should have said. Of hours from paper the number of hours is asked, of others the times."""

    hours = HoursField(lazy_gettext("Hours"), longest=10)
    reason = LineField(
        _WHY,
        longest=LONGEST_REASON,
        validators=[InputRequired(lazy_gettext("Say why, in a few words: it is kept with the decision."))],
    )

    def __init__(self, row: ServiceHours, *, is_taking_back: bool) -> None:
        super().__init__()
        self.is_of_paper = row.kind is HoursKind.PAPER
        if self.is_of_paper or is_taking_back:
            del self.starts, self.until
        if not self.is_of_paper or is_taking_back:
            del self.hours
        elif request.method != "POST" and self.hours is not None and not self.hours.raw_data:
            self.hours.data = f"{row.minutes / 60:g}"
        if not self.is_of_paper and not is_taking_back:
            self.show(row.from_minute or 0, row.to_minute or 0)

    def validate_hours(self, field: HoursField) -> None:
        if field.minutes is None:
            raise ValidationError(_HOURS_NEEDED)

    def becomes(self) -> Times | int:
        """What the row becomes."""
        return int(self.hours.minutes or 0) if self.is_of_paper else self.times()


class LetterForm(Form):
    """About which days a letter is written."""

    from_day = DateField(
        lazy_gettext("From"),
        description=lazy_gettext(
            "A total from paper belongs to a whole year: it counts when the letter begins on 1 January or before."
        ),
        validators=[InputRequired(lazy_gettext("Give the date."))],
    )
    to_day = DateField(lazy_gettext("Until"), validators=[InputRequired(lazy_gettext("Give the date."))])

    def show_this_year(self, today: date) -> None:
        """Fill in this year so far, on a page that is opened."""
        if request.method != "POST" and not self.from_day.raw_data:
            self.from_day.data, self.to_day.data = today.replace(month=1, day=1), today


class RevokeForm(Form):
    """Why a letter does not hold any more."""

    reason = LineField(
        _WHY,
        longest=LONGEST_REASON,
        validators=[InputRequired(lazy_gettext("Say why, in a few words: it is kept with the decision."))],
    )


class CheckLetterForm(Form):
    """The number that stands on a letter."""

    number = CodeField(
        lazy_gettext("Number of the letter"),
        longest=40,
        description=lazy_gettext("It stands at the bottom of the letter, in four groups of four."),
        validators=[InputRequired(lazy_gettext("Type the number that stands on the letter."))],
    )


class YearForm(Form):
    """Which year a list is of."""

    class Meta(Form.Meta):
        csrf = False

    year = SelectField(lazy_gettext("Year"), coerce=int)


class YearFileForm(Form):
    """The list of a year as a file."""

    kind = RadioField(
        lazy_gettext("Which kind of file?"),
        choices=[
            SelectChoice(".xlsx", lazy_gettext("Excel (XLSX)")),
            SelectChoice(".csv", lazy_gettext("Text (CSV)")),
        ],
        default=".xlsx",
    )


class AwardForm(Form):
    """An award scheme as staff write it."""

    name_zh = LineField(
        lazy_gettext("Name in Chinese"),
        longest=60,
        validators=[InputRequired(lazy_gettext("Give a Chinese name."))],
    )
    name_en = LineField(
        lazy_gettext("Name in English"),
        longest=80,
        validators=[InputRequired(lazy_gettext("Give an English name."))],
    )
    levels = LineField(
        lazy_gettext("Hours of the levels"),
        description=lazy_gettext("Hours within one calendar year, such as 50, 100, 300, 500."),
        validators=[InputRequired(lazy_gettext("Type the hours of at least one level."))],
    )
    first_year = IntegerField(
        lazy_gettext("First year"),
        validators=[InputRequired(_YEAR_NEEDED), NumberRange(1950, 2100, _YEAR_NEEDED)],
    )
    last_year = IntegerField(
        lazy_gettext("Last year"),
        description=lazy_gettext("Leave it empty while the award goes on."),
        validators=[Optional(), NumberRange(1950, 2100, _YEAR_NEEDED)],
    )
    youth_until = IntegerField(
        lazy_gettext("Youth up to which age?"),
        description=lazy_gettext(
            "Older volunteers are listed as adults. Leave it empty to list everybody together."
        ),
        validators=[Optional(), NumberRange(6, 99, lazy_gettext("The age must be between 6 and 99."))],
    )
    version = HiddenField()

    def show(self, scheme: AwardScheme) -> None:
        """Fill the form from a scheme."""
        names = ("name_zh", "name_en", "first_year", "last_year", "youth_until")
        levels = ", ".join(str(level.hours) for level in scheme.levels)
        facts = {name: getattr(scheme, name) for name in names}
        self.process(data={**facts, "levels": levels, "version": str(scheme.version)})

    def facts(self) -> AwardFacts:
        """What was filled in; what is no number among the levels counts as 0, which no scheme takes."""
        typed = (
            unicodedata.normalize("NFKC", self.levels.data or "").replace("、", ",").replace(",", " ").split()
        )
        return AwardFacts(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            first_year=self.first_year.data or 0,
            last_year=self.last_year.data,
            youth_until=self.youth_until.data,
            levels=tuple(int(each) if each.isdecimal() and len(each) < 6 else 0 for each in typed),
        )

    def version_seen(self) -> int:
        """The version the editor was shown; 0 when the page did not send any."""
        seen = self.version.data or ""
        return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0


def year_of(text: str | None, today: date) -> int:
    """A year from an address, FIRST_YEAR to this one; this one for anything else."""
    year = int(text) if text and text.isascii() and text.isdecimal() and len(text) == 4 else today.year
    return year if FIRST_YEAR <= year <= today.year else today.year

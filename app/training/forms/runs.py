"""The forms of runs: planned, taught, filled with people."""

from datetime import date

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.catalogue.forms import Choices
from app.shared.contacts import NotAPhoneNumber, read_phone
from app.training.models.runs import (
    LONGEST_FEEDBACK,
    LONGEST_LINK,
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_REASON,
    MOST_SEATS,
    QUARTER,
    CourseRun,
    Lesson,
)
from app.training.use_cases.enrolling import Guest
from app.training.use_cases.runs import LessonFacts, RunFacts
from app.web.forms import ClockField, Form, LineField, ParagraphsField, SelectChoice
from app.web.words import say

MOST_GUESTS = 60
_SEATS = lazy_gettext("Type a number between 1 and 300.")
_LINK = lazy_gettext("Type a link that begins with https://.")


class VersionedForm(Form):
    """A form about something that several people may change."""

    version = HiddenField()

    def version_seen(self) -> int:
        """The version the editor was shown; 0 when the page did not send any."""
        seen = self.version.data or ""
        return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0


class RunForm(VersionedForm):
    """A run without its lessons."""

    seats = IntegerField(
        lazy_gettext("Seats"), validators=[InputRequired(_SEATS), NumberRange(1, MOST_SEATS, _SEATS)]
    )
    minimum = IntegerField(
        lazy_gettext("With how many is it held?"),
        description=lazy_gettext("With fewer you would call it off."),
        validators=[InputRequired(_SEATS), NumberRange(1, MOST_SEATS, _SEATS)],
    )
    closes_on = DateField(
        lazy_gettext("Last day to sign up"), validators=[InputRequired(lazy_gettext("Give the date."))]
    )
    area = SelectField(lazy_gettext("Area"))
    host = LineField(
        lazy_gettext("Partner that hosts it"),
        longest=LONGEST_NAME,
        description=lazy_gettext("The organisation that gives the place or the teachers."),
        validators=[Optional()],
    )
    is_assessed = BooleanField(lazy_gettext("It ends with an assessment"))
    least_percent = IntegerField(
        lazy_gettext("How much of the lessons is enough, in per cent?"),
        default=80,
        validators=[
            InputRequired(lazy_gettext("Type a number between 1 and 100.")),
            NumberRange(1, 100, lazy_gettext("Type a number between 1 and 100.")),
        ],
    )
    note = ParagraphsField(
        lazy_gettext("What those who come should know"),
        longest=LONGEST_FEEDBACK,
        description=lazy_gettext("Such as what to bring, and how to find the room."),
        validators=[Optional()],
    )

    def choose_from(self, areas: Choices, online: str) -> None:
        """Offer these areas, and none for what is held online."""
        self.area.choices = [("", online), *areas]

    def show(self, run: CourseRun) -> None:
        """Fill the form from a run."""
        names = ("seats", "minimum", "closes_on", "host", "is_assessed", "least_percent", "note")
        self.process(
            data={
                **{name: getattr(run, name) for name in names},
                "area": run.area_code or "",
                "version": str(run.version),
            }
        )

    def facts(self) -> RunFacts:
        """What was filled in."""
        return RunFacts(
            seats=self.seats.data or 0,
            minimum=self.minimum.data or 0,
            closes_on=self.closes_on.data or date.max,
            area=self.area.data or None,
            host=self.host.data or "",
            is_assessed=bool(self.is_assessed.data),
            least_percent=self.least_percent.data or 0,
            note=self.note.data or "",
        )


class LessonForm(VersionedForm):
    """When and where a lesson is held."""

    on_date = DateField(lazy_gettext("Day"), validators=[InputRequired(lazy_gettext("Give the date."))])
    starts = ClockField(
        lazy_gettext("From"), validators=[InputRequired(lazy_gettext("Type when it begins, such as 09:30."))]
    )
    ends = ClockField(
        lazy_gettext("Until"), validators=[InputRequired(lazy_gettext("Type when it ends, such as 11:30."))]
    )
    place = LineField(lazy_gettext("Place"), longest=LONGEST_PLACE)
    link = LineField(
        lazy_gettext("Or a link, when it is held online"), longest=LONGEST_LINK, validators=[Optional()]
    )

    def show(self, lesson: Lesson) -> None:
        """Fill the form from a lesson."""
        self.process(
            data={
                "on_date": lesson.on_date,
                "starts": _clock(lesson.from_minute),
                "ends": _clock(lesson.to_minute),
                "place": lesson.place,
                "link": lesson.link,
                "version": str(lesson.version),
            }
        )

    def validate_starts(self, field: ClockField) -> None:
        _at_quarters(field)

    def validate_ends(self, field: ClockField) -> None:
        _at_quarters(field)
        if self.starts.minute is not None and (field.minute or 0) <= self.starts.minute:
            raise ValidationError(lazy_gettext("It ends after it begins."))

    def validate_link(self, field: LineField) -> None:
        is_well(field)

    def validate_place(self, field: LineField) -> None:
        if not field.data and not self.link.data:
            raise ValidationError(lazy_gettext("Give a place, or a link."))

    def facts(self) -> LessonFacts:
        """What was filled in."""
        return LessonFacts(
            on_date=self.on_date.data or date.min,
            from_minute=self.starts.minute or 0,
            to_minute=self.ends.minute or 0,
            place=self.place.data or "",
            link=self.link.data or "",
        )


class OutsideTrainerForm(Form):
    """Somebody who teaches and is no volunteer here."""

    name = LineField(
        lazy_gettext("Name"),
        longest=LONGEST_NAME,
        description=lazy_gettext("As those who come may read it: Nurse Yip, Yan Chai Hospital."),
        validators=[InputRequired(lazy_gettext("Give a name."))],
    )
    is_seen = BooleanField(lazy_gettext("I have seen that they hold what the course asks of those who teach"))


class GroupForm(Form):
    """People without a record here, who come together."""

    group = LineField(
        lazy_gettext("Name of the group"),
        longest=LONGEST_NAME,
        description=lazy_gettext("Such as a centre, a school or a family. Leave it empty for one person."),
        validators=[Optional()],
    )
    people = ParagraphsField(
        lazy_gettext("Names, one on each line"),
        longest=6000,
        description=lazy_gettext("A phone number may stand behind the name: Chan Tai Man 9123 4567"),
        validators=[InputRequired(lazy_gettext("Give at least one name."))],
    )
    language = SelectField(
        lazy_gettext("Messages in"),
        choices=[SelectChoice("zh_Hant_HK", "繁體中文"), SelectChoice("en", "English")],
    )

    def validate_people(self, field: ParagraphsField) -> None:
        if len(self.guests()) > MOST_GUESTS:
            raise ValidationError(lazy_gettext("These are too many at once: 60 at most."))
        if any(len(guest.name) > LONGEST_NAME or not guest.name for guest in self.guests()):
            raise ValidationError(lazy_gettext("Begin each line with a name that is not too long."))

    def guests(self) -> list[Guest]:
        """Who was written down, in order. Digits at a line's end are a telephone number. Raises ValidationError."""
        found = []
        for line in filter(None, ((self.people.data or "").splitlines())):
            name = line.rstrip("0123456789０１２３４５６７８９+-() 　").strip()
            digits = line[len(name) :].strip()
            try:
                phone = read_phone(digits) if digits else None
            except NotAPhoneNumber as refusal:
                raise ValidationError(f"{line}: {say(refusal)}") from None
            found.append(Guest(name, phone, self.language.data, self.group.data or ""))
        return found


class WhyForm(Form):
    """Why something ends."""

    reason = LineField(
        lazy_gettext("Why?"),
        longest=LONGEST_REASON,
        validators=[InputRequired(lazy_gettext("Say why in a few words."))],
    )


def is_well(field: LineField) -> None:
    """Raises ValidationError for what is no link to a page."""
    if field.data and not field.data.startswith(("https://", "http://")):
        raise ValidationError(_LINK)


def _at_quarters(field: ClockField) -> None:
    if (field.minute or 0) % QUARTER:
        raise ValidationError(lazy_gettext("Lessons begin and end at full, half or quarter hours."))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

"""The groups of questions about a volunteer: one class a group, used page by page at sign-up, all on one page when a
coordinator enters a call or a paper form, and alone when a group is changed."""

import re
import unicodedata
from datetime import date
from typing import Any

from babel.dates import get_month_names
from flask_babel import get_locale, gettext, lazy_gettext
from wtforms import DateField, FormField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Optional, ValidationError

from app.catalogue.forms import area_choices, choices_of, summaries_of
from app.catalogue.models import District
from app.messages.models import Channel
from app.shared.contacts import is_mobile
from app.shared.secrets import HealthNote
from app.shared.times import age_bounds
from app.volunteers.errors import BirthYearImpossible, CannotBeReachedThatWay, NameMissing, TooYoung
from app.volunteers.forms.choices import Choices, codes
from app.volunteers.forms.week import Rows, WeekForm
from app.volunteers.models import ADULT_AGE, OWN_ACCOUNT_AGE, Gender
from app.volunteers.queries import is_month_needed
from app.volunteers.use_cases import AbilityFacts, AwayFacts, PlaceFacts, ReachFacts, TimeFacts, WhoFacts
from app.volunteers.use_cases.checks import check_who
from app.web.forms import EmailField, Form, LineField, ParagraphsField, PhoneField
from app.web.words import say

NEAR, ANYWHERE, CHOSEN = "near", "anywhere", "chosen"
VISITS_A_WEEK = range(1, 8)
HOURS_A_WEEK = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
AWAY_ROWS = 2
MONTHS = {str(number): number for number in range(1, 13)}
_YEAR = re.compile(r"(?:生於)?\s*(\d{4})\s*(?:年(?:出?生)?)?")


class VolunteerForm(Form):
    """A form about a volunteer, with what the catalogue offers."""

    version = HiddenField()
    """Of the row that is being changed, as it was when the page was made."""

    def __init__(self, choices: Choices, **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices
        self.offer(choices)

    def offer(self, choices: Choices) -> None:
        """Fill the choices of every group in this form."""

    @property
    def version_seen(self) -> int:
        """0, which no row has, when the page did not send one."""
        return version_of(self.version.data)


def version_of(text: str | None) -> int:
    """The version in a hidden field; 0, which no row has, when it is none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0


class WhoForm(VolunteerForm):
    """Who you are."""

    name_zh = LineField(
        lazy_gettext("Chinese name"),
        longest=60,
        description=lazy_gettext("As on your identity card, such as 陳大文. Leave empty if you have none."),
    )
    name_en = LineField(
        lazy_gettext("English name"),
        longest=120,
        description=lazy_gettext("Such as Chan Tai Man. One of the two names is enough."),
    )
    birth_year = LineField(
        lazy_gettext("Year of birth"), longest=20, description=lazy_gettext("Four digits, such as 1950.")
    )
    birth_month = SelectField(lazy_gettext("Month of birth"), validate_choice=False)
    gender = RadioField(
        lazy_gettext("Gender"),
        description=lazy_gettext("Some people wish to be helped by a woman, or by a man."),
        validators=[Optional()],
        validate_choice=False,
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        months = get_month_names("wide", "stand-alone", get_locale() or "en")
        self.birth_month.choices = [("", "—"), *((text, months[number]) for text, number in MONTHS.items())]
        self.gender.choices = [
            (Gender.FEMALE.value, say(Gender.FEMALE)),
            (Gender.MALE.value, say(Gender.MALE)),
            ("", gettext("I would rather not say")),
        ]

    @property
    def year(self) -> int | None:
        """The year as a number, when it can be read: full-width digits and 「1950年」 too."""
        found = _YEAR.fullmatch(unicodedata.normalize("NFKC", self.birth_year.data or "").strip())
        return int(found[1]) if found else None

    @property
    def asks_month(self) -> bool:
        """The month is needed, or was given."""
        return bool(self.birth_month.data) or (self.year is not None and self._is_near_a_limit(self.year))

    @property
    def month(self) -> int | None:
        """The month as a number, when one was chosen."""
        return MONTHS.get(self.birth_month.data or "")

    @property
    def youngest_age(self) -> int | None:
        """The age the person certainly has today; None while the year cannot be read."""
        if self.year is None:
            return None
        return age_bounds(self.year, self.month, self.choices.today)[0]

    @property
    def is_minor(self) -> bool:
        return self.youngest_age is not None and self.youngest_age < ADULT_AGE

    @property
    def is_child(self) -> bool:
        """Takes part by a parent's account."""
        return self.youngest_age is not None and self.youngest_age < OWN_ACCOUNT_AGE

    def validate_birth_year(self, field: LineField) -> None:
        if not field.data:
            raise ValidationError(gettext("Type the year you were born."))
        if self.year is None:
            raise ValidationError(gettext("Type the year in four digits, such as 1950."))

    def validate_birth_month(self, field: SelectField) -> None:
        if field.data not in ("", None, *MONTHS):
            raise ValidationError(gettext("This is not one of the choices. Please choose again."))
        year = self.year
        if not field.data and year is not None and self._is_near_a_limit(year):
            raise ValidationError(
                gettext("Please give the month too: some kinds of help have an age limit close to your age.")
            )

    def validate_gender(self, field: RadioField) -> None:
        if field.data not in ("", None, *Gender):
            raise ValidationError(gettext("This is not one of the choices. Please choose again."))

    def validate_name_zh(self, field: LineField) -> None:
        if not (field.data or "").strip() and not (self.name_en.data or "").strip():
            raise ValidationError(say(NameMissing()))

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if any(field.errors for field in (self.name_zh, self.name_en, self.birth_year, self.birth_month)):
            return False
        try:
            check_who(self.who(), self.choices.today)
        except (NameMissing, BirthYearImpossible, TooYoung) as refusal:
            self.refuse(refusal)
            return False
        return is_valid

    def _is_near_a_limit(self, year: int) -> bool:
        return is_month_needed(year, self.choices.limits, self.choices.today)

    def who(self) -> WhoFacts:
        return WhoFacts(
            birth_year=self.year or 0,
            birth_month=self.month,
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            gender=Gender(self.gender.data) if self.gender.data else None,
        )


class ReachForm(VolunteerForm):
    """How to reach you."""

    phone = PhoneField(
        lazy_gettext("Telephone"),
        description=lazy_gettext("Mobile or home phone. It may be the phone of someone you live with."),
    )
    email = EmailField(lazy_gettext("E-mail"), validators=[Optional()])
    reached_by = RadioField(
        lazy_gettext("How do you like to hear from us?"),
        validators=[InputRequired(lazy_gettext("Choose how you like to hear from us."))],
    )
    language = RadioField(
        lazy_gettext("Which language shall we write or speak in?"),
        validators=[InputRequired(lazy_gettext("Choose a language."))],
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.reached_by.choices = [
            (channel.value, say(channel)) for channel in (Channel.SMS, Channel.PHONE_CALL, Channel.EMAIL)
        ]
        self.language.choices = [("zh_Hant_HK", "中文"), ("en", "English")]
        if not self.language.data:
            self.language.data = str(get_locale())

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if self.phone.errors or self.email.errors or not self._gives_neither():
            return is_valid
        self.phone.errors = [gettext("Give a phone number or an e-mail address, so that we can reach you.")]
        return False

    def _gives_neither(self) -> bool:
        return self.phone.phone is None and self.email.email is None

    def validate_reached_by(self, field: RadioField) -> None:
        phone = self.phone.phone
        if field.errors or self.phone.errors or self.email.errors or self._gives_neither():
            return
        if field.data == Channel.SMS and phone is not None and not is_mobile(phone):
            raise ValidationError(
                gettext(
                    "This looks like a home phone, which takes no SMS. Choose a phone call, or give a mobile number."
                )
            )
        if not self.reach().is_complete:
            raise ValidationError(say(CannotBeReachedThatWay()))

    def reach(self) -> ReachFacts:
        return ReachFacts(
            reached_by=Channel(self.reached_by.data),
            phone=self.phone.phone,
            email=self.email.email,
            language=self.language.data,
        )


class PlaceForm(VolunteerForm):
    """Where you live and will go."""

    home_area = SelectField(
        lazy_gettext("Where do you live?"),
        validators=[InputRequired(lazy_gettext("Choose where you live, or the place nearest to it."))],
        description=lazy_gettext("Choose the nearest place if yours is not listed."),
    )
    coverage = RadioField(
        lazy_gettext("Where can you go to help?"),
        validators=[InputRequired(lazy_gettext("Choose where you can go."))],
    )
    areas_tsuen_wan = SelectMultipleField(lazy_gettext("Tsuen Wan"), validators=[Optional()])
    areas_kwai_tsing = SelectMultipleField(lazy_gettext("Kwai Tsing"), validators=[Optional()])

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.home_area.choices = {"": [("", gettext("Choose a place"))], **area_choices(choices.areas)}
        self.coverage.choices = [
            (NEAR, gettext("Near my home")),
            (ANYWHERE, gettext("Anywhere in Tsuen Wan and Kwai Tsing")),
            (CHOSEN, gettext("Only the places I choose")),
        ]
        self.areas_tsuen_wan.choices = choices_of(choices.areas.get(District.TSUEN_WAN, ()))
        self.areas_kwai_tsing.choices = choices_of(choices.areas.get(District.KWAI_TSING, ()))

    def validate_coverage(self, field: RadioField) -> None:
        if field.data == CHOSEN and not self.chosen_areas:
            raise ValidationError(gettext("Choose at least one place below, or “Near my home”."))

    @property
    def chosen_areas(self) -> frozenset[str]:
        return codes(self.areas_tsuen_wan.data) | codes(self.areas_kwai_tsing.data)

    def place(self) -> PlaceFacts:
        home = self.home_area.data or ""
        areas = self.choices.near.get(home, frozenset()) if self.coverage.data == NEAR else self.chosen_areas
        return PlaceFacts(
            home_area=home,
            areas=frozenset() if self.coverage.data == ANYWHERE else areas,
            serves_all_areas=self.coverage.data == ANYWHERE,
        )


class AbilitiesForm(VolunteerForm):
    """What you can do, cannot do, and which languages you speak."""

    languages = SelectMultipleField(
        lazy_gettext("Which languages do you speak?"),
        validators=[InputRequired(lazy_gettext("Choose at least one language."))],
    )
    wishes = SelectMultipleField(
        lazy_gettext("What would you like to do?"),
        description=lazy_gettext(
            "Choose as many as you like, or none: then we ask you about anything that fits."
        ),
        validators=[Optional()],
    )
    skills = SelectMultipleField(lazy_gettext("What are you good at?"), validators=[Optional()])
    inabilities = SelectMultipleField(
        lazy_gettext("Is there something you cannot do?"),
        description=lazy_gettext("We will not ask you to visits that need it."),
        validators=[Optional()],
    )
    avoids = SelectMultipleField(lazy_gettext("What would you rather not do?"), validators=[Optional()])

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.languages.choices = choices_of(choices.languages)
        self.skills.choices = choices_of(choices.skills)
        self.inabilities.choices = choices_of(choices.demands)
        self.wishes.choices = self.avoids.choices = choices_of(choices.kinds)
        self.hints = summaries_of(choices.kinds)

    def validate_avoids(self, field: SelectMultipleField) -> None:
        if codes(field.data) & codes(self.wishes.data):
            raise ValidationError(
                gettext("You chose the same kind of help as something you like to do. Untick one of them.")
            )

    def abilities(self) -> AbilityFacts:
        return AbilityFacts(
            languages=codes(self.languages.data),
            skills=dict.fromkeys(codes(self.skills.data)),
            inabilities=codes(self.inabilities.data),
            wishes=codes(self.wishes.data),
            avoids=codes(self.avoids.data),
        )


class HealthForm(VolunteerForm):
    """What would make helping easier: never shown on lists, never used in matching."""

    adjustments = ParagraphsField(
        lazy_gettext("Is there anything that would make helping easier for you?"),
        longest=1000,
        description=lazy_gettext(
            "Such as a rest on the way, or large print. Only a coordinator reads this. It is never held against you."
        ),
        validators=[Optional()],
    )

    def health_note(self) -> HealthNote | None:
        return HealthNote(self.adjustments.data) if self.adjustments.data else None


class TimesForm(VolunteerForm):
    """When you are free, and how much you want to give."""

    week = FormField(WeekForm, lazy_gettext("When are you usually free?"))
    weekly_visits = SelectField(lazy_gettext("How many visits a week, at most?"), default="2")
    weekly_hours = SelectField(lazy_gettext("How many hours a week, at most?"), default="6")
    homes = RadioField(
        lazy_gettext("Whose home would you visit?"),
        default="new",
        validators=[InputRequired(lazy_gettext("Choose one of the two."))],
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.weekly_visits.choices = _numbers(VISITS_A_WEEK, self.weekly_visits.object_data)
        self.weekly_hours.choices = _numbers(HOURS_A_WEEK, self.weekly_hours.object_data)
        self.homes.choices = [
            ("new", gettext("Also people I do not know yet")),
            ("known", gettext("Only people I know already")),
        ]

    @property
    def wants_another_row(self) -> bool:
        """A button asked for one more row of times; nothing is to be saved."""
        return bool(self.week.form.wants_another_row)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if not self.week.form.errors and not self.week.form.free():
            self.week.form.usual.errors = [gettext("Choose at least one time when you are free.")]
            return False
        return is_valid

    def times(self) -> TimeFacts:
        return TimeFacts(
            free=self.week.form.free(),
            weekly_visit_limit=int(self.weekly_visits.data),
            weekly_minutes_limit=round(float(self.weekly_hours.data) * 60),
            new_homes=self.homes.data == "new",
        )


class PeriodForm(PlainForm):
    """A period away; both ends empty: none, the last empty: one day."""

    first_day = DateField(lazy_gettext("First day away"), validators=[Optional()])
    last_day = DateField(lazy_gettext("Last day away"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Dates that exist, in order."""
        is_valid = True
        for field in (self.first_day, self.last_day):
            field.errors = []
            if field.data is None and any(field.raw_data or ()):
                field.errors = [gettext("This is not a date. Choose or type one such as 2026-12-31.")]
                is_valid = False
        if not is_valid:
            return False
        first_day, last_day = self.first_day.data, self.last_day.data
        if last_day is not None and first_day is None:
            self.first_day.errors = [gettext("Give the first day too.")]
        elif last_day is not None and first_day is not None and last_day < first_day:
            self.last_day.errors = [gettext("The last day must not be before the first day.")]
        return not self.first_day.errors and not self.last_day.errors

    def period(self) -> tuple[date, date] | None:
        first_day = self.first_day.data
        return (first_day, self.last_day.data or first_day) if first_day else None


class AwayForm(VolunteerForm):
    """Dates away."""

    away = Rows(FormField(PeriodForm), label=lazy_gettext("When are you away?"))

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        filled = sum(entry.form.first_day.data is not None for entry in self.away)
        while len(self.away) < filled + AWAY_ROWS:
            self.away.append_entry()

    def periods(self) -> AwayFacts:
        given = [entry.form.period() for entry in self.away]
        return AwayFacts(tuple(period for period in given if period is not None))


def _numbers(offered: range | tuple[int, ...], on_record: str) -> list[tuple[str, str]]:
    """The numbers offered, and the one on record when it is another."""
    numbers = sorted({*map(str, offered), on_record}, key=float)
    return [(number, number) for number in numbers]

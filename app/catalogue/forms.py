"""Choices from the catalogue for any feature's forms, and the forms that correct it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import get_locale, lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange

from app.catalogue.models import Area, District, SupportKind
from app.catalogue.use_cases import LONGEST_TRAVEL_MINUTES, KindFacts
from app.web.forms import Form, LineField
from app.web.words import name_of, say

Choices = list[tuple[str, str]]


def choices_of(rows: Iterable[Any]) -> Choices:
    """(code, name in the reader's language) of catalogue rows, in their order."""
    return [(row.code, name_of(row)) for row in rows]


def summaries_of(kinds: Iterable[SupportKind]) -> dict[str, str]:
    """What each kind of support is, in one plain sentence in the reader's language, by its code."""
    is_english = str(get_locale()) == "en"
    return {kind.code: kind.summary_en if is_english else kind.summary_zh for kind in kinds}


def area_choices(districts: Mapping[District, Iterable[Area]]) -> dict[str, Choices]:
    """Areas in groups by district, for a SelectField: {district's name: [(code, name)]}."""
    return {say(district): choices_of(areas) for district, areas in districts.items()}


class TravelForm(Form):
    """Minutes from one area to another."""

    minutes = IntegerField(
        lazy_gettext("Minutes"),
        validators=[
            InputRequired(lazy_gettext("Type the minutes as a number.")),
            NumberRange(1, LONGEST_TRAVEL_MINUTES, lazy_gettext("The minutes must be between 1 and 600.")),
        ],
    )
    both_ways = BooleanField(lazy_gettext("The same on the way back"), default=True)
    seen = HiddenField()

    def seen_minutes(self) -> int | None:
        """The figure the editor was shown, when the page sent it."""
        seen = self.seen.data or ""
        return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None


class TravelFromForm(Form):
    """Which area's travel times to show."""

    start = SelectField(lazy_gettext("From"))


class KindForm(Form):
    """What staff may change of a kind of support."""

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
    summary_zh = LineField(lazy_gettext("In a few words, Chinese"))
    summary_en = LineField(lazy_gettext("In a few words, English"))
    minimum_age = IntegerField(
        lazy_gettext("Minimum age"),
        description=lazy_gettext("Below 18: always with an adult on the same visit."),
        validators=[
            InputRequired(lazy_gettext("Type the age as a number.")),
            NumberRange(6, 99, lazy_gettext("The age must be between 6 and 99.")),
        ],
    )
    needs_clearance = BooleanField(lazy_gettext("Every volunteer needs the Sexual Conviction Record Check"))
    skills = SelectMultipleField(
        lazy_gettext("Skills every volunteer needs"),
        description=lazy_gettext("Few is better: each skill asked leaves fewer people."),
        validate_choice=True,
    )
    is_offered = BooleanField(lazy_gettext("People can ask for it"))

    def show(self, kind: SupportKind) -> None:
        """Fill the form from a row."""
        self.process(
            data={
                "name_zh": kind.name_zh,
                "name_en": kind.name_en,
                "summary_zh": kind.summary_zh,
                "summary_en": kind.summary_en,
                "minimum_age": kind.minimum_age,
                "needs_clearance": kind.clearance is not None,
                "skills": [skill.code for skill in kind.skills],
                "is_offered": kind.is_offered,
            }
        )

    def facts(self) -> KindFacts:
        """What was filled in."""
        return KindFacts(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            summary_zh=self.summary_zh.data or "",
            summary_en=self.summary_en.data or "",
            minimum_age=self.minimum_age.data or 18,
            clearance="scrc" if self.needs_clearance.data else None,
            skills=tuple(self.skills.data or ()),
            is_offered=bool(self.is_offered.data),
        )

"""The forms of the morning."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from app.catalogue.forms import area_choices, choices_of
from app.catalogue.models import Area, District, SupportKind
from app.matching.models import RefusedBecause
from app.matching.queries.proposals import ProposalFilter
from app.matching.queries.who_could import Narrowed, Reach
from app.volunteers.forms.week import PARTS
from app.web.forms import Form, LineField, SelectChoice
from app.web.security import id_in
from app.web.words import name_of, say

DAYS_NARROWED = (1, 3, 7)
"""Proposals may be narrowed to the visits of so many days from tomorrow."""


class RefuseForm(Form):
    """Why this pair is not to be."""

    because = RadioField(
        lazy_gettext("Why not?"), validators=[InputRequired(lazy_gettext("Please choose a reason."))]
    )
    words = LineField(lazy_gettext("In a few words"), longest=300, validators=[Optional()])

    def __init__(self) -> None:
        super().__init__()
        self.because.choices = [SelectChoice(reason.value, say(reason)) for reason in RefusedBecause]

    def reason(self) -> RefusedBecause:
        """The reason that was chosen."""
        return RefusedBecause(self.because.data)


class NarrowForm(Form):
    """What the list of how many could do something is narrowed to; kept in the address."""

    class Meta(Form.Meta):
        csrf = False

    kind = SelectField(lazy_gettext("Kind of support"), validate_choice=False)
    area = SelectField(lazy_gettext("Area"), validate_choice=False)
    part = SelectField(lazy_gettext("Time of the week"), validate_choice=False)
    reach = SelectField(lazy_gettext("How many could"), validate_choice=False)

    def __init__(
        self, kinds: Iterable[SupportKind], districts: Mapping[District, Iterable[Area]], **options: Any
    ) -> None:
        super().__init__(**options)
        self.kind.choices = [("", gettext("All kinds")), *choices_of(kinds)]
        self.area.choices = {"": [("", gettext("All areas"))], **area_choices(districts)}
        self.part.choices = [
            ("", gettext("The whole week")),
            *((code, str(name)) for code, name in PARTS.items()),
        ]
        self.reach.choices = [
            ("", gettext("However many")),
            *((reach.value, say(reach)) for reach in Reach),
        ]

    def narrowed(self) -> Narrowed:
        """What was chosen; whatever no page offers counts as nothing."""
        reaches = {reach.value: reach for reach in Reach}
        part = self.part.data or ""
        return Narrowed(
            kind=(self.kind.data or "")[:40],
            area=(self.area.data or "")[:40],
            part=part if part in PARTS else "",
            reach=reaches.get(self.reach.data or ""),
        )


ANYBODY = "anybody"


class HandOverForm(Form):
    """Who is to go instead: anybody who can, or the holder of another place, in exchange for it."""

    who = RadioField(
        lazy_gettext("What would help you?"), validators=[InputRequired(lazy_gettext("Choose one of these."))]
    )
    words = LineField(lazy_gettext("Would you like to tell us why?"), longest=300, validators=[Optional()])

    def __init__(self, others: Iterable[tuple[int, str]]) -> None:
        super().__init__()
        self.who.choices = [
            SelectChoice(ANYBODY, gettext("Somebody else goes, whoever can")),
            *(
                SelectChoice(str(seat_id), gettext("Change places: %(other)s", other=other))
                for seat_id, other in others
            ),
        ]

    def with_seat_id(self) -> int | None:
        """The place to be changed with; None: anybody."""
        return id_in(self.who.data)


class ProposalFilterForm(Form):
    """What the list of proposals is narrowed to; kept in the address."""

    class Meta(Form.Meta):
        csrf = False

    area = SelectField(lazy_gettext("Area"), validate_choice=False)
    days = SelectField(lazy_gettext("Visits"), validate_choice=False)
    request = HiddenField()

    def __init__(self, areas: Iterable[Area], **options: Any) -> None:
        super().__init__(**options)
        self.area.choices = [("", gettext("All areas")), *((area.code, name_of(area)) for area in areas)]
        self.days.choices = [
            ("", gettext("In the next two weeks")),
            *((str(days), ngettext("Tomorrow", "In the next %(num)s days", days)) for days in DAYS_NARROWED),
        ]

    def filter(self, today: date) -> ProposalFilter:
        """What was chosen; what no address can hold counts as nothing."""
        days = {str(days): days for days in DAYS_NARROWED}.get(self.days.data or "")
        area = self.area.data or ""
        return ProposalFilter(
            area=area if area.isprintable() else "",
            until=None if days is None else today + timedelta(days=days),
            request_id=id_in(self.request.data),
        )


class ChooseForm(Form):
    """Somebody to be asked, at one of the visit's times."""

    volunteer = HiddenField()
    time = HiddenField()


class AgreedTimeForm(ChooseForm):
    """The same, at a time to which the carer says yes."""

    is_agreed = BooleanField(
        lazy_gettext("The carer agrees to the new time"),
        validators=[InputRequired(lazy_gettext("Please speak with the carer first, then tick this."))],
    )


class SuccessorForm(Form):
    """Somebody to follow a senior, by their reference."""

    code = LineField(
        lazy_gettext("Their reference"),
        longest=12,
        description=lazy_gettext("Such as V-ABCDEF. The same rules are checked."),
        validators=[Optional()],
    )

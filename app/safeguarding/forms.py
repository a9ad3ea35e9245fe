"""The forms of safeguarding."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.safeguarding.models import ClearanceKind
from app.safeguarding.use_cases import ClearanceFacts
from app.shared.secrets import PrivateNote
from app.shared.times import last_valid_day
from app.web.forms import Form, LineField, ParagraphsField

LONGEST_WORRY = 2000
_REASON_NEEDED = lazy_gettext("Say why, in a few words: it is kept with the decision.")


class ClearanceForm(Form):
    """A background check as it was seen; left empty, the end is so many months after."""

    seen_on = DateField(
        lazy_gettext("Seen on"),
        description=lazy_gettext("The day on which you saw that it is clear."),
        validators=[InputRequired(lazy_gettext("Give the date."))],
    )
    valid_until = DateField(lazy_gettext("Valid until"), validators=[Optional()])

    def __init__(self, months: int, **options: Any) -> None:
        super().__init__(**options)
        self.months = months

    def clearance(self) -> ClearanceFacts:
        seen_on = self.seen_on.data or date.min
        return ClearanceFacts(
            kind=ClearanceKind.SCRC,
            seen_on=seen_on,
            valid_until=self.valid_until.data or last_valid_day(seen_on, self.months),
        )


class ConfirmForm(Form):
    """A button that does one thing, once."""


class VoidForm(Form):
    """Why a clearance does not count any more."""

    reason = LineField(lazy_gettext("Reason"), longest=300, validators=[DataRequired(_REASON_NEEDED)])


class PairForm(Form):
    """A volunteer and a person cared for; whichever is known already is not asked."""

    volunteer = LineField(
        lazy_gettext("Reference of the volunteer"),
        longest=12,
        description=lazy_gettext("Such as V-7K2QDX."),
        validators=[DataRequired(lazy_gettext("Type the reference of the volunteer."))],
    )
    recipient = LineField(
        lazy_gettext("Reference of the person cared for"),
        longest=12,
        description=lazy_gettext("Such as P-7K2QDX."),
        validators=[DataRequired(lazy_gettext("Type the reference of the person cared for."))],
    )

    def __init__(self, *, has_volunteer: bool, has_recipient: bool, **options: Any) -> None:
        super().__init__(**options)
        if has_volunteer:
            del self.volunteer
        if has_recipient:
            del self.recipient

    def code(self, name: str) -> str:
        """What was typed, or "" when it was not asked."""
        return str(self[name].data or "") if name in self else ""


class DoNotPairForm(PairForm):
    """Two people who must not be paired, and why."""

    reason = ParagraphsField(
        lazy_gettext("Reason"),
        longest=1000,
        description=lazy_gettext("Only coordinators read it, and each reading is put on record."),
        validators=[DataRequired(_REASON_NEEDED)],
    )

    def private_reason(self) -> PrivateNote:
        return PrivateNote(self.reason.data or "")


class FamilyForm(PairForm):
    """A volunteer who is family of a person cared for."""

    relation = LineField(
        lazy_gettext("Who the volunteer is to them"),
        longest=60,
        description=lazy_gettext("Such as daughter."),
        validators=[Optional()],
    )


class WorryForm(Form):
    """What worries somebody."""

    words = ParagraphsField(
        lazy_gettext("What worries you?"),
        longest=LONGEST_WORRY,
        validators=[InputRequired(lazy_gettext("Write what worries you, in a few words."))],
    )
    is_urgent = BooleanField(lazy_gettext("It cannot wait until tomorrow"))


class OutcomeForm(Form):
    """What was done about a concern."""

    outcome = ParagraphsField(
        lazy_gettext("What was done?"),
        longest=LONGEST_WORRY,
        validators=[InputRequired(lazy_gettext("Write what was done: it is kept with the concern."))],
    )

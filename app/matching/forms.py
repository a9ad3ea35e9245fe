"""The forms of the morning."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from app.matching.models import RefusedBecause
from app.web.forms import Form, LineField, SelectChoice
from app.web.words import say


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

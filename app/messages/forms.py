"""Forms of the call list."""

from flask_babel import lazy_gettext
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from app.web.forms import Form, LineField, ParagraphsField, PhoneField, SelectChoice

TOLD = "told"
NO_ANSWER = "no_answer"


class CallMeBackForm(Form):
    """Name and number of somebody who would rather talk."""

    page = HiddenField()
    name = LineField(
        lazy_gettext("Your name"),
        longest=120,
        validators=[InputRequired(lazy_gettext("Please type your name."))],
    )
    phone = PhoneField(
        lazy_gettext("Your phone number"),
        validators=[InputRequired(lazy_gettext("Please type your phone number."))],
    )
    note = ParagraphsField(lazy_gettext("What is it about?"), longest=1000, validators=[Optional()])


class CallBackDoneForm(Form):
    """What came of a call back."""

    outcome = ParagraphsField(
        lazy_gettext("What came of it"),
        description=lazy_gettext("In a few words, for your colleagues."),
        longest=500,
        validators=[InputRequired(lazy_gettext("Please write what came of it."))],
    )


class CallMadeForm(Form):
    """Whether somebody could be told."""

    result = RadioField(
        lazy_gettext("How did the call go?"),
        choices=[
            SelectChoice(TOLD, lazy_gettext("I have told them")),
            SelectChoice(NO_ANSWER, lazy_gettext("Nobody answered: leave it on the list")),
        ],
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )

"""The pages of the sign-up that are more than one group, and the last one."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField
from wtforms.validators import InputRequired, ValidationError

from app.volunteers.forms.person import AbilitiesForm, AwayForm, HealthForm, TimesForm
from app.web.forms import Form


class SignUpAbilitiesForm(AbilitiesForm, HealthForm):
    """What you can do, cannot do and speak, and what would make it easier."""


class SignUpTimesForm(TimesForm, AwayForm):
    """When you are free, and when you are away."""


class CheckForm(Form):
    """Everything is right, and consent: the last page."""

    is_parent = BooleanField(
        lazy_gettext("I am the child’s parent or guardian, and the child takes part by my account.")
    )
    consent = BooleanField(
        lazy_gettext(
            "I have read the statement on personal information, and agree that you keep and use what I wrote here."
        ),
        validators=[
            InputRequired(lazy_gettext("Tick the box if you agree. Without it we may not keep your answers."))
        ],
    )

    def __init__(self, *, is_child: bool, **options: Any) -> None:
        super().__init__(**options)
        self.is_child = is_child
        if not is_child:
            del self.is_parent

    def validate_is_parent(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(
                gettext("A child under 12 is signed up by a parent or guardian. Tick the box if you are.")
            )

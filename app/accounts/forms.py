"""Forms for signing in, coming back to a draft, and looking after accounts."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, PasswordField, SelectMultipleField
from wtforms.validators import EqualTo, InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.models import STAFF, Role
from app.shared.contacts import is_mobile
from app.shared.secrets import Phone
from app.web.forms import CodeField, ContactField, EmailField, Form, SelectChoice
from app.web.words import say

CODE_DIGITS = 6
RESUME_CODE_LETTERS = 10
LONGEST_PASSWORD_TYPED = 1000


class ReachableField(ContactField):
    """A contact that a code can be sent to: a mobile number or an e-mail address."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if isinstance(self.contact, Phone) and not is_mobile(self.contact):
            raise StopValidation(
                lazy_gettext(
                    "This number cannot get text messages. Please type a mobile number or an e-mail address,"
                    " or ask us to call you."
                )
            )


class ContactForm(Form):
    """Where to send a code."""

    next = HiddenField()
    contact = ReachableField(
        lazy_gettext("Your mobile number or e-mail address"),
        validators=[InputRequired(lazy_gettext("Please type your mobile number or e-mail address."))],
    )


class CodeForm(Form):
    """Six digits."""

    code = CodeField(
        lazy_gettext("The six digits we sent you"),
        validators=[
            InputRequired(lazy_gettext("Please type the six digits.")),
            Length(CODE_DIGITS, CODE_DIGITS, lazy_gettext("The code has six digits.")),
        ],
    )


class SignInCodeForm(CodeForm):
    """The code, and whose device this is."""

    is_shared_computer = BooleanField(
        lazy_gettext("Other people use this phone or computer"),
        description=lazy_gettext("Then we sign you out after 30 minutes."),
    )


class ResumeForm(Form):
    """The code of a saved form, and the contact it was given to."""

    code = CodeField(
        lazy_gettext("The code of your form"),
        description=lazy_gettext("Ten letters and digits, for example 7K2QD-X9MPA."),
        validators=[
            InputRequired(lazy_gettext("Please type the code of your form.")),
            Length(
                RESUME_CODE_LETTERS, RESUME_CODE_LETTERS, lazy_gettext("The code has ten letters and digits.")
            ),
        ],
    )
    contact = ReachableField(
        lazy_gettext("The mobile number or e-mail address you gave"),
        validators=[InputRequired(lazy_gettext("Please type your mobile number or e-mail address."))],
    )


class StaffSignInForm(Form):
    """E-mail, password and the second factor."""

    next = HiddenField()
    kept = HiddenField()
    """What was typed when the session ended, sealed (app.web.kept)."""
    email = EmailField(
        lazy_gettext("E-mail"), validators=[InputRequired(lazy_gettext("Please type your e-mail address."))]
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[
            InputRequired(lazy_gettext("Please type your password.")),
            Length(max=LONGEST_PASSWORD_TYPED, message=lazy_gettext("This is too long for a password.")),
        ],
    )
    code = CodeField(
        lazy_gettext("The six digits of your authenticator app"),
        validators=[
            InputRequired(lazy_gettext("Please type the six digits.")),
            Length(CODE_DIGITS, CODE_DIGITS, lazy_gettext("The code has six digits.")),
        ],
    )


class AnyContactForm(Form):
    """Whom a coordinator has on the phone."""

    contact = ContactField(
        lazy_gettext("Their phone number or e-mail address"),
        validators=[InputRequired(lazy_gettext("Please type a phone number or e-mail address."))],
    )


class PasswordForm(Form):
    """A new password."""

    present = PasswordField(
        lazy_gettext("Your present password"),
        validators=[
            InputRequired(lazy_gettext("Please type your password.")),
            Length(max=LONGEST_PASSWORD_TYPED, message=lazy_gettext("This is too long for a password.")),
        ],
    )
    new = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext(
            "At least 12 characters. Three or four words that only you would put together do well."
        ),
        validators=[
            InputRequired(lazy_gettext("Please type the new password.")),
            Length(max=LONGEST_PASSWORD_TYPED, message=lazy_gettext("This is too long for a password.")),
        ],
    )
    again = PasswordField(
        lazy_gettext("New password once more"),
        validators=[EqualTo("new", lazy_gettext("The two new passwords are not the same."))],
    )


class RolesForm(Form):
    """What a staff account may do."""

    roles = SelectMultipleField(
        lazy_gettext("May work as"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.roles.choices = [SelectChoice(role.value, say(role)) for role in Role if role in STAFF]

    def wanted(self) -> frozenset[Role]:
        """The staff roles that are ticked."""
        return frozenset(role for role in STAFF if role.value in (self.roles.data or []))


def is_robot() -> bool:
    """The field that no person sees was filled in."""
    return bool(request.form.get("website", ""))

"""What all forms share: text that comes in cleaned, a form key, refusals shown like other errors."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields import SelectChoice as SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import StopValidation

from app.shared.codes import new_token
from app.shared.contacts import LONGEST_EMAIL, LONGEST_PHONE, read_contact, read_email, read_phone
from app.shared.errors import ChangedMeanwhile, InvalidInput, InvalidText, Refusal
from app.shared.secrets import Email, Phone
from app.shared.words import clean_line, clean_paragraphs
from app.web.kept import LOOK_AGAIN_FIELD, brought_back
from app.web.transactions import submit_once
from app.web.words import say

Value = TypeVar("Value")


class OneWording:
    """WTForms' own complaints (a date that is none, a value that no page offers) in our words."""

    def gettext(self, text: str) -> str:
        if "date" in text or "time" in text:
            return gettext("This is not a date. Choose or type one such as 2026-12-31.")
        if "integer" in text or "decimal" in text or "float" in text:
            return gettext("Type a number.")
        return say(InvalidInput())

    def ngettext(self, singular: str, _plural: str, _count: int) -> str:
        return self.gettext(singular)


class Form(FlaskForm):
    """A form of the service. `form_key` makes a second sending of the same page harmless.

    It is filled from text alone; a form that takes a file looks for it in `request.files`.
    """

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: object, formdata: Any) -> Any:
            """What was sent as a form (neither files under the names of text fields nor JSON), or is brought back."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form if request.method == "POST" and request.form else brought_back()

        def get_translations(self, form: object) -> OneWording:
            return OneWording()

    def validate(self, *arguments: Any, **options: Any) -> bool:
        """Whether it was sent and nothing is wrong. What is only looked at again is neither wrong nor sent."""
        return not self.is_looked_at_again and super().validate(*arguments, **options)

    @property
    def is_looked_at_again(self) -> bool:
        """The form comes back after a sign-in as it was typed, to be shown once more (app.web.kept)."""
        return request.method == "POST" and LOOK_AGAIN_FIELD in request.form

    form_key = HiddenField(default=lambda: new_token())

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def is_sent_well(self) -> bool:
        """The form was sent, and nothing in it is wrong."""
        return request.method == "POST" and bool(self.validate())

    @property
    def repeated_errors(self) -> set[str]:
        """What is said more than once: a list of errors has to name the fields there."""
        return {error for error, times in Counter(_errors_in(self.errors)).items() if times > 1}

    def refuse(self, refusal: Refusal, field: str | None = None) -> None:
        """Show a use case's refusal: beside `field` (or the one the refusal names), else on top."""
        name = field or str(refusal.facts.get("field", ""))
        if name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, say(refusal)]
        else:
            self.form_errors.append(say(refusal))


def _errors_in(errors: Any) -> Iterator[str]:
    """Every error of a form or field, those of the forms and lists within it too."""
    for part in errors.values() if isinstance(errors, Mapping) else errors:
        if isinstance(part, Mapping | list | tuple):
            yield from _errors_in(part)
        else:
            yield str(part)


class LineField(StringField):
    """One line of text, cleaned on the way in; what was typed is shown again when it is refused."""

    def __init__(self, *arguments: Any, longest: int = 200, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.longest = longest

    def pre_validate(self, form: Any) -> None:
        try:
            self.data = clean_line(self.data or "", longest=self.longest)
        except InvalidText as refusal:
            raise StopValidation(say(refusal)) from None
        self.raw_data = [self.data]  # spaces alone are no answer where one is required


class ParagraphsField(TextAreaField):
    """Several lines of text, cleaned on the way in."""

    def __init__(self, *arguments: Any, longest: int = 2000, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.longest = longest

    def pre_validate(self, form: Any) -> None:
        try:
            self.data = clean_paragraphs(self.data or "", longest=self.longest)
        except InvalidText as refusal:
            raise StopValidation(say(refusal)) from None
        self.raw_data = [self.data]


class PhoneField(LineField):
    """A telephone number. `data` stays as typed; `phone` is the number once validated, None when left empty."""

    phone: Phone | None = None

    def __init__(self, *arguments: Any, longest: int = LONGEST_PHONE, **options: Any) -> None:
        super().__init__(*arguments, longest=longest, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.phone = _read(read_phone, self.data)


class EmailField(LineField):
    """An e-mail address. `data` stays as typed; `email` is the address once validated, None when left empty."""

    email: Email | None = None

    def __init__(self, *arguments: Any, longest: int = LONGEST_EMAIL, **options: Any) -> None:
        super().__init__(*arguments, longest=longest, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.email = _read(read_email, self.data)


class ContactField(LineField):
    """A telephone number or an e-mail address, whichever somebody types; `contact` is it once validated."""

    contact: Phone | Email | None = None

    def __init__(self, *arguments: Any, longest: int = LONGEST_EMAIL, **options: Any) -> None:
        super().__init__(*arguments, longest=longest, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.contact = _read(read_contact, self.data)


class ClockField(LineField):
    """A time of day as people type it: 9:30, 09:30, 0930, full-width digits too; 24:00 is the end of the day.

    `data` stays as typed; `minute` is the minutes after midnight once validated, None when left empty.
    """

    minute: int | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, longest=10, **options)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        typed = unicodedata.normalize("NFKC", self.data).replace(" ", "")
        found = re.fullmatch(r"([0-9]{1,2})[:.]?([0-5][0-9])", typed)
        minute = int(found[1]) * 60 + int(found[2]) if found else -1
        if not 0 <= minute <= 24 * 60:
            raise StopValidation(gettext("Type a time such as 09:30 or 14:00."))
        self.minute = minute


class HoursField(LineField):
    """A number of hours, half and quarter hours too; `minutes` is it once validated."""

    minutes: int | None = None

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        typed = unicodedata.normalize("NFKC", self.data or "").replace(",", "").replace(" ", "")
        try:
            hours = float(typed) if typed.replace(".", "", 1).isdecimal() and len(typed) < 10 else -1.0
        except ValueError:
            hours = -1.0
        self.minutes = round(hours * 60) if hours >= 0 else None


class CodeField(LineField):
    """Digits and letters of a code: spaces and hyphens make no difference, nor do full-width digits.

    The browser is told no length: it would cut "7K2QD-X9MPA" or "123 456" short before the hyphen is dropped.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for limit in ("minlength", "maxlength"):
            vars(self.flags).pop(limit, None)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        typed = unicodedata.normalize("NFKC", self.data or "")
        self.data = "".join(letter for letter in typed if letter.isascii() and letter.isalnum())


def _read(reader: Callable[[str], Value], typed: str | None) -> Value | None:
    if not typed:
        return None
    try:
        return reader(typed)
    except Refusal as refusal:
        raise StopValidation(say(refusal)) from None


def submitted(form: Form, act: Callable[[Session], str], *, field: str | None = None) -> Response | None:
    """Act on a valid form, once, and redirect to the address `act` returns.

    None when nothing was sent, the form has errors, or the use case refused: then render the page again with
    `page`, which shows what is wrong and keeps what was typed.
    """
    if not form.is_sent_well():
        return None
    try:
        return submit_once(act)
    except Refusal as refusal:
        form.refuse(refusal, field)
    except StaleDataError:
        form.refuse(ChangedMeanwhile())
    return None


def pressed(act: Callable[[Session], str], back_url: str, *, form: Form | None = None) -> Response:
    """What a button on another page does: act and go where `act` says, or back there with what was refused."""
    pressing = form if form is not None else Form()
    answer = submitted(pressing, act)
    if answer is not None:
        return answer
    for words in pressing.form_errors:
        flash(str(words), "error")
    return redirect(back_url, code=303)


def page(template: str, *, form: Form | None = None, **context: Any) -> tuple[str, int]:
    """A rendered template and its status: 422 when a form was sent and something in it is wrong."""
    is_refused = form is not None and request.method == "POST" and bool(form.errors or form.form_errors)
    return render_template(template, form=form, **context), 422 if is_refused else 200

"""Who is cared for, and who asks: the first group of questions, and the form that all groups are built on."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.care_requests.forms.choices import Choices
from app.care_requests.models import CareRecipient, CarerKind
from app.care_requests.use_cases.facts import CarerFacts, RecipientFacts
from app.catalogue.understanding.answers import Understood
from app.catalogue.understanding.dates import read_birth
from app.catalogue.understanding.plain import read_age
from app.messages.models import Channel
from app.shared.contacts import is_mobile
from app.shared.secrets import Address, HealthNote
from app.volunteers.models import Gender
from app.web.forms import EmailField, Form, LineField, PhoneField
from app.web.words import say

SOMEBODY_NEW = "new"
_CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff][\u3400-\u9fff\U00020000-\U0003ffff·．・ ]*")


class RequestForm(Form):
    """A form about a request, with what the catalogue offers."""

    def __init__(self, choices: Choices, **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices
        self.offer(choices)

    def offer(self, choices: Choices) -> None:
        """Fill the choices of every group in this form."""


class PersonForm(RequestForm):
    """Who is cared for."""

    person = RadioField(
        lazy_gettext("Who is it for?"), validate_choice=False, default=SOMEBODY_NEW, validators=[Optional()]
    )
    carer_kind = RadioField(
        lazy_gettext("For whom do you ask for help?"),
        validators=[InputRequired(lazy_gettext("Please choose for whom you ask."))],
    )
    called = LineField(
        lazy_gettext("What do people call the person who needs help?"),
        longest=60,
        description=lazy_gettext(
            "Surname and title, such as 陳婆婆 or Mr Lee. A helper sees this name only."
        ),
    )
    age = LineField(
        lazy_gettext("Age, or year of birth"),
        longest=20,
        description=lazy_gettext("Such as 82 or 1944. A guess will do."),
    )
    gender = RadioField(lazy_gettext("Gender"), validate_choice=False, default="", validators=[Optional()])
    relation = LineField(
        lazy_gettext("Who is this to you?"),
        longest=60,
        description=lazy_gettext("Such as mother or neighbour."),
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.carer_kind.choices = [(kind.value, say(kind)) for kind in CarerKind]
        self.gender.choices = [
            ("f", gettext("Woman")),
            ("m", gettext("Man")),
            ("", gettext("I would rather not say")),
        ]
        self.offer_people(())

    def offer_people(self, people: Sequence[CareRecipient]) -> None:
        """Let somebody who has asked before choose whom it is for; nobody known: the question falls away."""
        self.known_people = {str(person.id): person for person in people}
        self.person.choices = [
            *((key, person.called) for key, person in self.known_people.items()),
            (SOMEBODY_NEW, gettext("Somebody else")),
        ]

    def forget_who_asks(self) -> None:
        """It is known who asks, and for whom."""
        for name in ("person", "carer_kind"):
            del self[name]

    @property
    def known_person(self) -> CareRecipient | None:
        """Whom it is for, when that person is on record."""
        return self.known_people.get(str(self.person.data or "")) if self.person is not None else None

    def validate_called(self, field: LineField) -> None:
        if not field.data and self.known_person is None:
            raise ValidationError(gettext("Please tell us what to call the person."))

    def validate_age(self, field: LineField) -> None:
        if field.data and self.birth_year is None:
            raise ValidationError(gettext("Please type an age such as 82, or a year such as 1944."))

    @property
    def birth_year(self) -> int | None:
        """The year, or about the year, of birth; None when it is not given or cannot be read."""
        typed = self.age.data or ""
        age = read_age(typed)
        if isinstance(age, Understood):
            return None if age.value is None else self.choices.today.year - age.value
        birth = read_birth(typed, self.choices.today)
        return birth.value.year if isinstance(birth, Understood) else None

    def recipient_facts(
        self,
        *,
        area_code: str | None = None,
        address: Address | None = None,
        directions: Address | None = None,
        health_note: HealthNote | None = None,
        known_id: int | None = None,
    ) -> RecipientFacts:
        """The person, with what other groups ask about them. `known_id`: the row that is being corrected."""
        known = self.known_person
        return RecipientFacts(
            called=known.called if known else self.called.data or "",
            relation="" if known else self.relation.data or "",
            birth_year=None if known else self.birth_year,
            gender=None if known or self.gender.data not in {"f", "m"} else Gender(self.gender.data),
            area_code=area_code,
            address=address,
            directions=directions,
            health_note=health_note,
            known_id=known.id if known else known_id,
        )


class CarerForm(RequestForm):
    """Who asks, and how to reach them."""

    name = LineField(
        lazy_gettext("Your own name"),
        longest=120,
        description=lazy_gettext("In Chinese or English, as you like."),
        validators=[InputRequired(lazy_gettext("Please tell us your name."))],
    )
    phone = PhoneField(lazy_gettext("Your phone number"), description=lazy_gettext("Such as 9123 4567."))
    email = EmailField(lazy_gettext("Your e-mail address"))
    reached_by = RadioField(
        lazy_gettext("How may we reach you?"),
        default=Channel.PHONE_CALL.value,
        validators=[InputRequired(lazy_gettext("Please choose how we may reach you."))],
    )
    organisation = LineField(
        lazy_gettext("Your organisation"),
        longest=120,
        description=lazy_gettext("If you ask as a social worker, or for a centre or home."),
    )

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.reached_by.choices = [
            (Channel.PHONE_CALL.value, gettext("By a phone call")),
            (Channel.SMS.value, gettext("By text message (SMS)")),
            (Channel.EMAIL.value, gettext("By e-mail")),
        ]

    def forget_carer(self) -> None:
        """Somebody we know is asking: they need not be typed again."""
        for name in ("carer_kind", "name", "phone", "email", "reached_by", "organisation"):
            if name in self:
                del self[name]

    def validate_name(self, field: LineField) -> None:
        if field.data and not any(split_name(field.data)):
            raise ValidationError(gettext("Please tell us your name."))

    def validate_phone(self, field: PhoneField) -> None:
        if self.reached_by.data in {Channel.PHONE_CALL.value, Channel.SMS.value} and field.phone is None:
            raise ValidationError(gettext("Please give a phone number, so that we can reach you."))
        if self.reached_by.data == Channel.SMS.value and field.phone and not is_mobile(field.phone):
            raise ValidationError(gettext("Text messages need a mobile number. Choose a phone call instead?"))

    def validate_email(self, field: EmailField) -> None:
        if self.reached_by.data == Channel.EMAIL.value and field.email is None:
            raise ValidationError(gettext("Please give an e-mail address, so that we can reach you."))

    def carer_facts(self, kind: CarerKind, *, language: str, account_id: int | None = None) -> CarerFacts:
        """Who asks."""
        chinese, english = split_name(self.name.data or "")
        return CarerFacts(
            kind=kind,
            name_zh=chinese,
            name_en=english,
            phone=self.phone.phone,
            email=self.email.email,
            reached_by=Channel(self.reached_by.data),
            organisation=self.organisation.data or "",
            language=language,
            account_id=account_id,
        )


def split_name(typed: str) -> tuple[str, str]:
    """The Chinese and the English part of a name as typed; either may be empty.

    "陳大文 Chan Tai Man" is both. The letters of one word never go to both.
    """
    chinese = " ".join(part.strip() for part in _CHINESE.findall(typed))
    english = " ".join(_CHINESE.sub(" ", typed).split()) if chinese else typed
    return (chinese[:60], english.strip(" ,，()（）/"))

"""The coordinators' forms."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.accounts.models import Account
from app.catalogue.forms import area_choices
from app.catalogue.models import Area, District
from app.shared.secrets import HealthNote, PrivateNote
from app.volunteers.forms.person import (
    AbilitiesForm,
    AwayForm,
    HealthForm,
    PlaceForm,
    ReachForm,
    TimesForm,
    WhoForm,
    version_of,
)
from app.volunteers.models import Source, VolunteerStatus
from app.volunteers.queries import VolunteerFilter, Waiting
from app.volunteers.use_cases import Acceptance, ConsentFacts
from app.web.forms import Form, LineField, ParagraphsField, PhoneField
from app.web.words import say

_REASON_NEEDED = lazy_gettext("Say why, in a few words: it is kept with the decision.")
_DATE_NEEDED = lazy_gettext("Give the date.")


class EntryForm(WhoForm, ReachForm, PlaceForm, AbilitiesForm, HealthForm, TimesForm, AwayForm):
    """A volunteer from a call or a paper form: the same questions in the same order, on one page."""

    source = RadioField(
        lazy_gettext("Where do these answers come from?"),
        validators=[InputRequired(lazy_gettext("Choose one of the two."))],
    )
    note = ParagraphsField(lazy_gettext("Note for coordinators"), longest=2000, validators=[Optional()])
    consent = BooleanField(
        lazy_gettext("The statement on personal information was read out or signed, and the person agreed."),
        validators=[
            InputRequired(lazy_gettext("Without consent nothing may be kept. Read the statement out first."))
        ],
    )
    is_somebody_else = BooleanField(lazy_gettext("This is another person: save it all the same."))

    def offer(self, choices: Any) -> None:
        super().offer(choices)
        self.source.choices = [(source.value, say(source)) for source in (Source.PHONE_CALL, Source.PAPER)]


class ConversationForm(Form):
    """A coordinator has spoken with the applicant."""

    spoken_on = DateField(lazy_gettext("Spoken with on"), validators=[InputRequired(_DATE_NEEDED)])
    spoken_by = SelectField(lazy_gettext("Spoken with by"))

    def __init__(self, coordinators: Iterable[Account], **options: Any) -> None:
        super().__init__(**options)
        self.spoken_by.choices = _people(coordinators)


class AcceptForm(ConversationForm):
    """Everything that must be done before somebody is matched."""

    identity_seen_on = DateField(
        lazy_gettext("Identity seen on"),
        description=lazy_gettext("Only look at the document. Never write down or copy its number."),
        validators=[InputRequired(_DATE_NEEDED)],
    )
    identity_seen_by = SelectField(lazy_gettext("Seen by"))
    induction_on = DateField(lazy_gettext("Induction done on"), validators=[InputRequired(_DATE_NEEDED)])
    conduct_accepted_on = DateField(
        lazy_gettext("Code of conduct accepted on"), validators=[InputRequired(_DATE_NEEDED)]
    )

    def __init__(self, coordinators: Iterable[Account], **options: Any) -> None:
        coordinators = list(coordinators)
        super().__init__(coordinators, **options)
        self.identity_seen_by.choices = _people(coordinators)

    def acceptance(self) -> Acceptance:
        return Acceptance(
            spoken_on=_day(self.spoken_on),
            spoken_by=int(self.spoken_by.data),
            identity_seen_on=_day(self.identity_seen_on),
            identity_seen_by=int(self.identity_seen_by.data),
            induction_on=_day(self.induction_on),
            conduct_accepted_on=_day(self.conduct_accepted_on),
        )


class PauseForm(Form):
    """No visits for a while."""

    until = DateField(
        lazy_gettext("Until which day?"),
        description=lazy_gettext("The last day of the pause. Leave empty if you do not know yet."),
        validators=[Optional()],
    )
    reason = LineField(lazy_gettext("Why? Only if you want to say."), longest=300, validators=[Optional()])


class StopForm(Form):
    """Somebody does not want to go on, and need not say why."""

    reason = LineField(lazy_gettext("Why? Only if you want to say."), longest=300, validators=[Optional()])


class ReasonForm(Form):
    """A decision that is kept with its reason."""

    reason = LineField(lazy_gettext("Reason"), longest=300, validators=[DataRequired(_REASON_NEEDED)])


class ConfirmForm(Form):
    """A button that does one thing, once."""


class ConsentForm(Form):
    """A guardian's consent as a coordinator saw it."""

    guardian_name = LineField(
        lazy_gettext("Name of the parent or guardian"),
        longest=120,
        validators=[DataRequired(lazy_gettext("Give the name."))],
    )
    relation = LineField(
        lazy_gettext("Who they are to the volunteer"),
        longest=60,
        description=lazy_gettext("Such as mother."),
        validators=[DataRequired(lazy_gettext("Say who they are to the volunteer."))],
    )
    phone = PhoneField(lazy_gettext("Their telephone"), validators=[Optional()])
    given_on = DateField(lazy_gettext("Consent given on"), validators=[InputRequired(_DATE_NEEDED)])
    valid_until = DateField(
        lazy_gettext("Holds until"),
        description=lazy_gettext("Leave empty if it holds until it is taken back."),
        validators=[Optional()],
    )

    def consent(self) -> ConsentFacts:
        return ConsentFacts(
            guardian_name=self.guardian_name.data or "",
            relation=self.relation.data or "",
            phone=self.phone.phone,
            given_on=_day(self.given_on),
            valid_until=self.valid_until.data,
        )


class HouseholdForm(Form):
    """Who a volunteer lives with."""

    other = LineField(
        lazy_gettext("Reference of the other volunteer"),
        longest=12,
        description=lazy_gettext("Such as V-7K2QDX. It stands on top of the other’s page."),
        validators=[DataRequired(lazy_gettext("Type the reference of the other volunteer."))],
    )


class SeniorForm(Form):
    """資深, by decision."""

    since = DateField(lazy_gettext("Senior volunteer since"), validators=[InputRequired(_DATE_NEEDED)])
    reason = LineField(lazy_gettext("Reason"), longest=300, validators=[DataRequired(_REASON_NEEDED)])


class NoteForm(Form):
    """The coordinators' note."""

    note = ParagraphsField(
        lazy_gettext("Note for coordinators"),
        longest=2000,
        description=lazy_gettext("Only coordinators read it. Leave empty to remove it."),
        validators=[Optional()],
    )
    version = HiddenField()

    @property
    def version_seen(self) -> int:
        return version_of(self.version.data)

    def private_note(self) -> PrivateNote:
        return PrivateNote(self.note.data or "")


class HealthNoteForm(Form):
    """What would make helping easier."""

    note = ParagraphsField(
        lazy_gettext("What would make helping easier"),
        longest=1000,
        description=lazy_gettext("Write only what is needed. Leave empty to remove it."),
        validators=[Optional()],
    )
    version = HiddenField()

    @property
    def version_seen(self) -> int:
        return version_of(self.version.data)

    def health_note(self) -> HealthNote:
        return HealthNote(self.note.data or "")


class VolunteerFilterForm(Form):
    """What the list is narrowed to; it stands in the address."""

    class Meta(Form.Meta):
        csrf = False

    words = LineField(
        lazy_gettext("Name, reference, or last four digits of the phone"), longest=80, validators=[Optional()]
    )
    status = SelectField(lazy_gettext("Status"), validators=[Optional()])
    area = SelectField(lazy_gettext("Place"), validators=[Optional()])
    waiting = SelectField(lazy_gettext("Waiting for"), validators=[Optional()])

    def __init__(self, areas: dict[District, list[Area]], **options: Any) -> None:
        super().__init__(**options)
        del self.form_key
        self.status.choices = [
            ("", gettext("All who are here")),
            *((s.value, say(s)) for s in VolunteerStatus),
        ]
        self.area.choices = {"": [("", gettext("All places"))], **area_choices(areas)}
        self.waiting.choices = [("", gettext("Anything")), *((w.value, say(w)) for w in Waiting)]

    def wanted(self) -> VolunteerFilter:
        """The filter; what cannot be read narrows nothing."""
        self.validate()
        return VolunteerFilter(
            words="" if self.words.errors else self.words.data or "",
            status=VolunteerStatus(self.status.data) if self.status.data and not self.status.errors else None,
            area="" if self.area.errors else self.area.data or "",
            waiting=Waiting(self.waiting.data) if self.waiting.data and not self.waiting.errors else None,
        )


def _people(coordinators: Iterable[Account]) -> list[tuple[str, str]]:
    return [(str(account.id), account.name) for account in coordinators]


def _day(field: DateField) -> date:
    """The date of a field that has been validated."""
    day = field.data
    if day is None:
        raise ValueError(field.name)
    return day

"""The coordinators' forms: the same questions in the same order on one page, and what only they decide."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.care_requests.forms.choices import Choices
from app.care_requests.forms.groups import (
    ELSEWHERE,
    HOME,
    OTHER_KIND,
    TELEPHONE,
    HelpForm,
    MattersForm,
    PlaceForm,
    RhythmForm,
    TimesForm,
    VersionForm,
)
from app.care_requests.forms.people import CarerForm, PersonForm
from app.care_requests.forms.steps import request_facts
from app.care_requests.forms.windows import windows_shown
from app.care_requests.models import (
    Carer,
    CareRequest,
    CarerKind,
    CloseReason,
    RequestStatus,
    Rhythm,
    SpokenHow,
)
from app.care_requests.queries.requests import Order, RequestFilter
from app.care_requests.use_cases.facts import CarerFacts, RequestFacts, windows_of
from app.care_requests.use_cases.submitting import ADULT
from app.care_requests.use_cases.triage import Triage
from app.catalogue.forms import area_choices, choices_of
from app.shared.contacts import shown_phone
from app.volunteers.models import Source
from app.web.forms import Form, LineField, ParagraphsField
from app.web.words import say

SAVE, OPEN = "save", "open"


class DeskForm(PersonForm, HelpForm, RhythmForm, TimesForm, PlaceForm, MattersForm, VersionForm):
    """Every question about a request on one page."""

    @property
    def times_rhythm(self) -> Rhythm:
        return self.chosen_rhythm

    def validate_called(self, field: LineField) -> None:
        if not field.data and self.known_person is None and self.place.data == HOME:
            raise ValidationError(gettext("Please tell us what to call the person."))

    def settled_facts(self, carer: CarerFacts | int, *, known_id: int | None = None) -> RequestFacts:
        """The request as it stands on the page."""
        return request_facts(self, self, self.chosen_rhythm, self, self, self, carer=carer, known_id=known_id)


class EnterForm(DeskForm, CarerForm):
    """A request from a call or a paper form."""

    source = RadioField(
        lazy_gettext("How did it come in?"),
        default=Source.PHONE_CALL.value,
        validators=[InputRequired(lazy_gettext("Please choose how it came in."))],
    )
    consent = BooleanField(
        lazy_gettext("The carer has heard or read the statement on personal information, and agrees."),
        validators=[InputRequired(lazy_gettext("Without the carer’s agreement it may not be kept."))],
    )
    draft = HiddenField()
    """The carer's own unfinished form, when a coordinator goes on with it."""

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.source.choices = [
            (Source.PHONE_CALL.value, gettext("By a phone call")),
            (Source.PAPER.value, gettext("On a paper form")),
        ]


class TriageForm(DeskForm):
    """A request as settled with the carer, and the coordinator's own decisions."""

    skills = SelectMultipleField(
        lazy_gettext("Skills every helper needs"),
        description=lazy_gettext("Few is better: each leaves fewer people."),
    )
    seats_min = SelectField(lazy_gettext("Helpers needed"), default="1")
    seats_max = SelectField(lazy_gettext("Helpers at most"), default="1")
    experienced_needed = SelectField(lazy_gettext("Of them experienced"), default="0")
    age_from = SelectField(lazy_gettext("Youngest helper"), default="")
    age_to = SelectField(lazy_gettext("Oldest helper"), default="")
    needs_clearance = BooleanField(
        lazy_gettext("Every helper needs the Sexual Conviction Record Check"),
    )
    takes_minors = BooleanField(
        lazy_gettext("Volunteers under 18 may come"),
        description=lazy_gettext("Each beside an adult who holds the Sexual Conviction Record Check."),
    )
    spoken_on = DateField(lazy_gettext("Spoken with the carer on"), validators=[Optional()])
    spoken_how = RadioField(lazy_gettext("How?"), validators=[Optional()], default="")
    urgent_until = DateField(
        lazy_gettext("Urgent until"),
        description=lazy_gettext("Leave it empty if it is not urgent."),
        validators=[Optional()],
    )
    urgent_reason = LineField(lazy_gettext("Why is it urgent?"), longest=300)
    known_helpers = LineField(
        lazy_gettext("Volunteers the person knows already"),
        longest=200,
        description=lazy_gettext("Their reference codes, such as V-7K2QDX, with spaces between them."),
    )
    is_opening = False
    """The request is open, or is being opened: the carer has been spoken with."""

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.skills.choices = choices_of(choices.skills)
        numbers = [(str(number), str(number)) for number in range(4)]
        self.seats_min.choices = self.seats_max.choices = numbers[1:]
        self.experienced_needed.choices = numbers
        ages = [("", gettext("No limit")), *((str(age), str(age)) for age in range(12, 91))]
        self.age_from.choices = self.age_to.choices = ages
        self.spoken_how.choices = [(how.value, say(how)) for how in SpokenHow]

    def keep_ages(self, request: CareRequest) -> None:
        """Offer the ages that are wished for now, too."""
        wish = _ages_answer(request)
        if wish not in dict(self.ages_offered):
            self.ages_wished.choices = [*self.ages_offered, (wish, wish)]

    def validate(self, extra_validators: Any = None) -> bool:
        """As any form; and whoever opens a request has spoken with the carer."""
        super().validate(extra_validators)
        if self.is_opening and self.spoken_on.data is None and not self.spoken_on.errors:
            self.spoken_on.errors = [
                gettext("Please say when you spoke with the carer. Only then can it be matched.")
            ]
        if self.is_opening and not self.spoken_how.data:
            self.spoken_how.errors = [gettext("Please say how you spoke with the carer.")]
        return not self.errors

    def validate_kind(self, field: RadioField) -> None:
        if self.is_opening and field.data == OTHER_KIND:
            raise ValidationError(gettext("Please settle the kind of support first."))

    def validate_seats_max(self, field: SelectField) -> None:
        if field.data and self.seats_min.data and field.data < self.seats_min.data:
            raise ValidationError(gettext("This must not be fewer than are needed."))

    def validate_experienced_needed(self, field: SelectField) -> None:
        if field.data and self.seats_max.data and field.data > self.seats_max.data:
            raise ValidationError(gettext("This must not be more than all helpers."))

    def validate_age_to(self, field: SelectField) -> None:
        if field.data and self.age_from.data and int(field.data) < int(self.age_from.data):
            raise ValidationError(gettext("The youngest age must not be above the oldest."))

    def validate_takes_minors(self, field: BooleanField) -> None:
        kind = self.kind_chosen
        if field.data and kind is not None and kind.minimum_age >= ADULT:
            raise ValidationError(gettext("Only adults give this kind of help."))

    def decided_facts(self, carer_id: int, *, known_id: int | None) -> RequestFacts:
        """The request with the coordinator's decisions."""
        facts = self.settled_facts(carer_id, known_id=known_id)
        return replace(
            facts,
            skills=tuple(self.skills.data or ()),
            seats_min=int(self.seats_min.data),
            seats_max=int(self.seats_max.data),
            experienced_needed=int(self.experienced_needed.data),
            age_from=int(self.age_from.data) if self.age_from.data else None,
            age_to=int(self.age_to.data) if self.age_to.data else None,
            clearance="scrc" if self.needs_clearance.data else None,
            takes_minors=bool(self.takes_minors.data),
        )

    def triage(self) -> Triage | None:
        """When and how the carer was spoken with; None when that was not said."""
        if self.spoken_on.data is None or not self.spoken_how.data:
            return None
        return Triage(
            spoken_on=self.spoken_on.data,
            spoken_how=SpokenHow(self.spoken_how.data),
            urgent_until=self.urgent_until.data,
            urgent_reason=self.urgent_reason.data or "",
        )

    def helper_codes(self) -> list[str]:
        """The reference codes typed."""
        return (
            (self.known_helpers.data or "")
            .upper()
            .replace(",", " ")
            .replace("，", " ")
            .replace("、", " ")
            .split()
        )


def triage_shown(request: CareRequest) -> dict[str, Any]:
    """What fills a TriageForm with a request on record. What is sealed stays out."""
    return {
        "version": str(request.version),
        **_person_shown(request),
        "kind": request.kind_code or OTHER_KIND,
        "note": request.note or "",
        "rhythm": request.rhythm.value,
        "windows": windows_shown(windows_of(request)),
        "starts_on": request.starts_on,
        "ends_on": request.ends_on,
        "place": HOME if request.is_at_home else TELEPHONE if request.area_code is None else ELSEWHERE,
        "area": request.area_code or "",
        "languages": [row.language_code for row in request.languages],
        "demands": [row.demand_code for row in request.demands],
        "helper_gender": _gender_answer(request),
        "ages_wished": _ages_answer(request),
        "skills": [row.skill_code for row in request.skills],
        "seats_min": str(request.seats_min),
        "seats_max": str(request.seats_max),
        "experienced_needed": str(request.experienced_needed),
        "age_from": "" if request.age_from is None else str(request.age_from),
        "age_to": "" if request.age_to is None else str(request.age_to),
        "needs_clearance": request.clearance is not None,
        "takes_minors": request.takes_minors,
        "spoken_on": request.spoken_on,
        "spoken_how": request.spoken_how.value if request.spoken_how else "",
        "urgent_until": request.urgent_until,
        "urgent_reason": request.urgent_reason,
    }


def _person_shown(request: CareRequest) -> dict[str, Any]:
    person = request.recipient
    if person is None:
        return {}
    return {
        "called": person.called,
        "relation": person.relation,
        "age": str(person.birth_year or ""),
        "gender": person.gender.value if person.gender else "",
    }


def _gender_answer(request: CareRequest) -> str:
    if request.gender_needed:
        return f"needs_{request.gender_needed.value}"
    return f"prefers_{request.gender_preferred.value}" if request.gender_preferred else ""


def _ages_answer(request: CareRequest) -> str:
    if request.prefers_age_from is None and request.prefers_age_to is None:
        return ""
    return f"{request.prefers_age_from or ''}-{request.prefers_age_to or ''}"


def answers_shown(request: CareRequest) -> dict[str, dict[str, list[str]]]:
    """A carer's own pages as if they had just been answered so: to ask again, or to change what was asked."""
    shown = triage_shown(request)
    times: dict[str, list[str]] = {}
    for number, window in enumerate(shown["windows"]):
        times |= {f"windows-{number}-{name}": [str(value or "")] for name, value in window.items()}
    for name in ("starts_on", "ends_on"):
        if shown[name]:
            times[name] = [shown[name].isoformat()]
    person = request.recipient
    return {
        "who": {"person": [str(person.id)]} if person else {},
        "help": {"kind": [shown["kind"]], "note": [shown["note"]]},
        "when": {"rhythm": [shown["rhythm"]]},
        "times": times,
        "where": {
            "place": [shown["place"]],
            "area": [shown["area"]],
            "address": [person.address or "" if person else ""],
            "directions": [person.directions or "" if person else ""],
            "meeting_place": [request.meeting_place or ""],
        },
        "matters": {
            "languages": shown["languages"],
            "demands": shown["demands"],
            "helper_gender": [shown["helper_gender"]],
            "ages_wished": [shown["ages_wished"]],
            "health": [person.health_note or "" if person else ""],
            **({"two_people": ["y"]} if request.seats_min > 1 else {}),
        },
    }


class CarerDetailsForm(CarerForm, VersionForm):
    """Corrections of who asks."""

    carer_kind = RadioField(
        lazy_gettext("Asks"), validators=[InputRequired(lazy_gettext("Please choose for whom you ask."))]
    )
    language = SelectField(lazy_gettext("Language of messages"))

    def offer(self, choices: Choices) -> None:
        super().offer(choices)
        self.language.choices = [("zh_Hant_HK", "繁體中文"), ("en", "English")]
        self.carer_kind.choices = [(kind.value, say(kind)) for kind in CarerKind]


def carer_shown(carer: Carer) -> dict[str, Any]:
    """What fills a CarerDetailsForm."""
    return {
        "version": str(carer.version),
        "carer_kind": carer.kind.value,
        "name": " ".join(filter(None, (carer.name_zh, carer.name_en))),
        "phone": shown_phone(carer.phone) if carer.phone else "",
        "email": str(carer.email or ""),
        "reached_by": carer.reached_by.value,
        "organisation": carer.organisation,
        "language": carer.language,
    }


class CarerFilterForm(Form):
    """What the list of carers is narrowed to; kept in the address."""

    class Meta(Form.Meta):
        csrf = False

    words = LineField(lazy_gettext("Name, reference or phone"), longest=60)


class FilterForm(Form):
    """What a list of requests is narrowed to; kept in the address."""

    class Meta(Form.Meta):
        csrf = False

    words = LineField(lazy_gettext("Name, reference or phone"), longest=60)
    status = SelectField(lazy_gettext("Status"), validate_choice=False)
    area = SelectField(lazy_gettext("Area"), validate_choice=False)
    kind = SelectField(lazy_gettext("Kind of support"), validate_choice=False)
    urgent = BooleanField(lazy_gettext("Urgent only"))
    order = SelectField(lazy_gettext("Order"), validate_choice=False)

    def __init__(self, choices: Choices, **options: Any) -> None:
        super().__init__(**options)
        self.status.choices = [("", gettext("All that are not closed")), *_statuses()]
        self.area.choices = {"": [("", gettext("All areas"))], **area_choices(choices.areas)}
        self.kind.choices = [("", gettext("All kinds")), *choices_of(choices.kinds)]
        self.order.choices = [(order.value, say(order)) for order in Order]

    def filter(self) -> RequestFilter:
        """What was chosen; whatever no page offers counts as nothing."""
        statuses = {status.value: status for status in RequestStatus}
        orders = {order.value: order for order in Order}
        return RequestFilter(
            words=(self.words.data or "").strip()[:60],
            status=statuses.get(self.status.data or ""),
            area=self.area.data or "",
            kind=self.kind.data or "",
            is_urgent=bool(self.urgent.data),
            order=orders.get(self.order.data or "", Order.LONGEST_WAIT),
        )


def _statuses() -> list[tuple[str, str]]:
    return [(status.value, say(status)) for status in RequestStatus]


class CloseForm(VersionForm):
    """How a request ended."""

    reason = RadioField(
        lazy_gettext("Why is it closed?"),
        validators=[InputRequired(lazy_gettext("Please choose the reason."))],
    )
    note = LineField(
        lazy_gettext("In a few words"),
        longest=300,
        description=lazy_gettext("For another service: which one."),
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        reasons = (CloseReason.MET, CloseReason.WITHDRAWN, CloseReason.REFERRED_OUT)
        self.reason.choices = [(reason.value, say(reason)) for reason in reasons]


class SplitForm(VersionForm):
    """Two kinds of help in one request become two requests."""

    kinds = SelectMultipleField(
        lazy_gettext("New requests for"),
        description=lazy_gettext("One request for each kind, for the same person, times and place."),
        validators=[InputRequired(lazy_gettext("Please choose at least one kind."))],
    )
    keeps = BooleanField(lazy_gettext("Keep this request with its own kind"), default=True)

    def __init__(self, request: CareRequest, choices: Choices, **options: Any) -> None:
        super().__init__(**options)
        self.kinds.choices = [
            choice for choice in choices_of(choices.kinds) if choice[0] != request.kind_code
        ]
        if request.kind_code is None:
            del self.keeps


class WithdrawForm(Form):
    """A carer takes a request back."""

    words = LineField(
        lazy_gettext("Why?"),
        longest=300,
        description=lazy_gettext("A few words help us, but you need not say."),
    )


class AskChangeForm(Form):
    """A carer asks a coordinator for a change."""

    words = ParagraphsField(
        lazy_gettext("What should change?"),
        longest=1000,
        description=lazy_gettext("Such as: Wednesday instead of Tuesday. A coordinator calls you."),
        validators=[InputRequired(lazy_gettext("Please tell us what should change."))],
    )


class KnownHelperForm(Form):
    """A volunteer the person knows."""

    code = LineField(
        lazy_gettext("Reference code of the volunteer"),
        longest=20,
        description=lazy_gettext("Such as V-7K2QDX."),
        validators=[InputRequired(lazy_gettext("Please type the reference code."))],
    )

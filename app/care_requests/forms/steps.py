"""A carer's pages, and what they say when all are done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField
from wtforms.validators import InputRequired

from app.care_requests.forms.choices import Choices
from app.care_requests.forms.groups import (
    HOME,
    TELEPHONE,
    HelpForm,
    MattersForm,
    PlaceForm,
    RhythmForm,
    TimesForm,
    note_of,
)
from app.care_requests.forms.people import CarerForm, PersonForm, RequestForm
from app.care_requests.models import CareRecipient, Rhythm
from app.care_requests.use_cases.facts import CarerFacts, RequestFacts, WindowFacts
from app.web.forms import Form

PAGES = ("who", "help", "when", "times", "where", "matters")
CHECK = "check"
STEP_OF = {"who": 1, "help": 2, "when": 3, "times": 3, "where": 4, "matters": 5, CHECK: 6}
STEPS = 6
UNSAVED = frozenset({"csrf_token", "form_key", "add_window"})


class WhoStep(PersonForm, CarerForm):
    """Who is cared for, and who asks."""


class CheckForm(Form):
    """Everything is right, and consent."""

    consent = BooleanField(
        lazy_gettext(
            "I have read the statement on personal information, and agree that you keep and use what I wrote here."
        ),
        validators=[
            InputRequired(lazy_gettext("Tick the box if you agree. Without it we may not keep your answers."))
        ],
    )


STEP_FORMS: Mapping[str, type[RequestForm]] = {
    "who": WhoStep,
    "help": HelpForm,
    "when": RhythmForm,
    "times": TimesForm,
    "where": PlaceForm,
    "matters": MattersForm,
}

Answers = Mapping[str, Mapping[str, Any]]


def typed(sent: MultiDict[str, str], form: RequestForm) -> dict[str, list[str]]:
    """What a page was sent with, for keeping as typed: the form's own fields and nothing else."""
    fields = {field.name for field in form} - UNSAVED
    return {name: values for name, values in sent.lists() if name.split("-", 1)[0] in fields}


@dataclass(frozen=True)
class Asker:
    """What is known of whoever fills in the pages."""

    choices: Choices
    people: Sequence[CareRecipient] = ()
    """Whom they care for, as far as we know."""
    knows_carer: bool = False
    """They need not type themselves again."""
    kept_windows: tuple[WindowFacts, ...] = ()
    """The times of the request that is being changed."""


def sent_form(page: str, asker: Asker, answers: Answers) -> RequestForm:
    """The form of a page as it is being sent now."""
    return _prepared(STEP_FORMS[page](asker.choices), asker, answers)


def kept_form(page: str, asker: Asker, answers: Answers) -> RequestForm:
    """The form of a page filled as it was sent the last time, or empty."""
    kept = answers.get(page)
    form = STEP_FORMS[page](
        asker.choices, formdata=as_sent(kept) if kept is not None else None, meta={"csrf": False}
    )
    if isinstance(form, PersonForm) and kept is None and asker.people:
        form.person.data = str(asker.people[0].id)
    return _prepared(form, asker, answers)


def _prepared(form: RequestForm, asker: Asker, answers: Answers) -> RequestForm:
    if isinstance(form, WhoStep):
        form.offer_people(asker.people)
        if asker.knows_carer:
            form.forget_carer()
    if isinstance(form, TimesForm):
        form.asked_rhythm = rhythm_of(answers)
        form.kept_windows = asker.kept_windows
    return form


def as_sent(kept: Mapping[str, Any]) -> MultiDict[str, str]:
    """Kept answers in the shape in which a form is sent."""
    values: MultiDict[str, str] = MultiDict()
    for name, given in kept.items():
        values.setlist(name, [str(value) for value in given])
    return values


@dataclass(frozen=True)
class Asked:
    """All pages as answered, checked again with the choices of today."""

    who: WhoStep
    help: HelpForm
    when: RhythmForm
    times: TimesForm
    where: PlaceForm
    matters: MattersForm
    unready_page: str | None
    """The first page that was not answered, or that no longer holds."""

    def facts(self, carer: CarerFacts | int, *, known_id: int | None = None) -> RequestFacts:
        """The request. `known_id`: the care recipient whose row is being corrected."""
        return request_facts(
            self.who,
            self.help,
            self.when.chosen_rhythm,
            self.times,
            self.where,
            self.matters,
            carer=carer,
            known_id=known_id,
        )


def put_together(asker: Asker, answers: Answers) -> Asked:
    """Every page of `answers`."""
    forms: dict[str, Any] = {page: kept_form(page, asker, answers) for page in PAGES}
    ready = {page: page in answers and form.validate() for page, form in forms.items()}
    return Asked(**forms, unready_page=next((page for page in PAGES if not ready[page]), None))


def rhythm_of(answers: Answers) -> Rhythm:
    """How often help was asked for so far."""
    given = answers.get("when", {}).get("rhythm") or [Rhythm.ONCE.value]
    return Rhythm(given[0]) if given[0] in {rhythm.value for rhythm in Rhythm} else Rhythm.ONCE


def request_facts(
    person: PersonForm,
    needs: HelpForm,
    rhythm: Rhythm,
    times: TimesForm,
    place: PlaceForm,
    matters: MattersForm,
    *,
    carer: CarerFacts | int,
    known_id: int | None = None,
) -> RequestFacts:
    """The groups put together. `known_id`: the care recipient whose row is being corrected."""
    kind = needs.kind_chosen
    starts_on, ends_on = times.period()
    youngest, oldest = matters.ages_preferred
    is_somebody = bool(person.called.data) or person.known_person is not None
    return RequestFacts(
        carer=carer,
        recipient=person.recipient_facts(
            area_code=place.area_code if place.place.data == HOME else None,
            address=place.sealed_address(),
            directions=place.sealed_directions(),
            health_note=matters.sealed_health(),
            known_id=known_id,
        )
        if is_somebody
        else None,
        kind_code=needs.kind_code,
        rhythm=rhythm,
        windows=times.window_facts(),
        starts_on=starts_on,
        ends_on=ends_on,
        is_at_home=place.place.data == HOME,
        by_telephone=place.place.data == TELEPHONE,
        area_code=place.area_code,
        meeting_place=place.sealed_meeting_place(),
        languages=tuple(matters.languages.data or ()),
        demands=tuple(matters.demands.data or ()),
        seats_min=max(2, kind.seats if kind else 1) if matters.two_people.data else None,
        gender_needed=matters.gender_needed,
        gender_preferred=matters.gender_preferred,
        prefers_age_from=youngest,
        prefers_age_to=oldest,
        note=note_of(needs.note.data),
    )

"""Sign-up by oneself: the statement, five groups of questions, the check with consent; each page a saved draft."""

from dataclasses import replace

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.access import draft_to_write, own_draft
from app.accounts.forms import is_robot
from app.accounts.models import CodePurpose, Draft, DraftKind
from app.accounts.routes.blueprint import CODES_FROM_ONE_ADDRESS, Asked, remember_asked
from app.accounts.throttling import is_allowed
from app.accounts.use_cases.codes import ask_for_sign_in_code
from app.accounts.use_cases.drafts import answers, answers_of, finish_draft, give_resume_code, save_page
from app.shared.contacts import is_mobile
from app.shared.secrets import Email, Phone
from app.shared.times import utc_now
from app.volunteers.forms import (
    CheckForm,
    Choices,
    PlaceForm,
    ReachForm,
    SignUpAbilitiesForm,
    SignUpTimesForm,
    VolunteerForm,
    WhoForm,
)
from app.volunteers.routes.blueprint import blueprint, choices_for_page
from app.volunteers.routes.summary import Rows, group_names, summary
from app.volunteers.use_cases import VolunteerFacts, apply_online
from app.web.access import public
from app.web.forms import page, submitted
from app.web.transactions import FORM_KEY_FIELD, answered_earlier, in_transaction

STEPS: dict[str, type[VolunteerForm]] = {
    "who": WhoForm,
    "reach": ReachForm,
    "place": PlaceForm,
    "abilities": SignUpAbilitiesForm,
    "times": SignUpTimesForm,
}
CHECK = "check"
NOT_KEPT = frozenset({"csrf_token", FORM_KEY_FIELD, "version", "later", "website", "week-add_time"})
SENT = "applied"
"""In the browser's cookie: the reference of the application that was just sent."""


@blueprint.get("/sign-up")
@public
def sign_up() -> ResponseReturnValue:
    """What is collected and why, before anything is; with a draft begun, straight to where it was left."""
    draft = own_draft(DraftKind.VOLUNTEER)
    if draft is not None and draft.pages_done and "statement" not in request.args:
        return redirect(_address_after_done(draft), code=303)
    return page("volunteers/sign_up.html", has_begun=draft is not None and bool(draft.pages_done))


@blueprint.route("/sign-up/<any(who, reach, place, abilities, times):step>", methods=["GET", "POST"])
@public
def sign_up_step(step: str) -> ResponseReturnValue:
    """One group of questions, kept as typed when the page is left."""
    draft = own_draft(DraftKind.VOLUNTEER)
    choices = choices_for_page()
    form = _form(step, draft, choices)
    if isinstance(form, SignUpTimesForm) and form.wants_another_row:
        form.week.form.add_row()
    elif request.method == "POST" and "later" in request.form:
        in_transaction(lambda writing: _keep(writing, step, form))
        return redirect(url_for("accounts.finish_later", kind=DraftKind.VOLUNTEER.value), code=303)
    elif request.method == "POST" and form.validate():
        in_transaction(lambda writing: _keep(writing, step, form))
        return redirect(_next_address(step), code=303)
    return page(
        f"volunteers/sign_up_{step}.html",
        form=form,
        step_name=step,
        step=_step_bar(step),
        back_url=_earlier_address(step),
        person=_person(draft, choices),
    )


@blueprint.route("/sign-up/check", methods=["GET", "POST"])
@public
def sign_up_check() -> ResponseReturnValue:
    """Everything once more, and consent; then the application is sent."""
    draft = own_draft(DraftKind.VOLUNTEER)
    if draft is None:
        return redirect(answered_earlier() or url_for(".sign_up"), code=303)
    choices = choices_for_page()
    forms = {step: _saved_form(step, draft, choices) for step in STEPS}
    unfinished = next((step for step, form in forms.items() if form is None or not form.validate()), None)
    if unfinished is not None:
        return redirect(url_for(".sign_up_step", step=unfinished), code=303)
    facts = _facts(forms)
    person = _person(draft, choices)
    form = CheckForm(is_child=person is not None and person.is_child)
    if request.method == "POST" and (
        is_robot() or not is_allowed("sign_up", by_address=CODES_FROM_ONE_ADDRESS)
    ):
        abort(429)
    answer = submitted(form, lambda writing: _send(writing, facts))
    if answer is not None:
        return answer
    groups = group_names()
    return page(
        "volunteers/sign_up_check.html",
        form=form,
        step=_step_bar(CHECK),
        back_url=url_for(".sign_up_step", step="times"),
        person=person,
        summaries=[(groups[step], _rows(step, facts, choices)) for step in STEPS],
        health_note=facts.health_note,
    )


@blueprint.get("/sign-up/sent")
@public
def sign_up_sent() -> ResponseReturnValue:
    """Thank you; what comes next."""
    if SENT not in session:
        return redirect(url_for(".sign_up"), code=303)
    code, contact = session[SENT]
    return page("volunteers/sign_up_sent.html", code=code, contact=contact)


def _rows(step: str, facts: VolunteerFacts, choices: Choices) -> Rows:
    """What was answered on a page, each row with the way back to it."""
    rows = summary(facts, step, choices) + (summary(facts, "away", choices) if step == "times" else [])
    return [{**row, "change_url": url_for(".sign_up_step", step=step, check=1)} for row in rows]


def _form(step: str, draft: Draft | None, choices: Choices) -> VolunteerForm:
    """The page's form: what was just sent, else what was kept, else empty."""
    if request.method == "POST":
        return STEPS[step](choices)
    return _saved_form(step, draft, choices) or STEPS[step](choices, formdata=None)


def _saved_form(step: str, draft: Draft | None, choices: Choices) -> VolunteerForm | None:
    """The form as it was kept in the draft; None when the page has not been reached."""
    kept = answers_of(draft, step)
    if not kept:
        return None
    pairs = [
        (name, str(value))
        for name, values in kept.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return STEPS[step](choices, formdata=MultiDict(pairs), meta={"csrf": False})


def _keep(writing: Session, step: str, form: VolunteerForm) -> None:
    """Keep the page as typed; once a contact is known, a code to come back with is shown on the next page."""
    now = utc_now()
    draft = draft_to_write(writing, DraftKind.VOLUNTEER, now=now)
    fields = tuple(field.name for field in form)
    typed = {
        name: request.form.getlist(name)
        for name in request.form
        if name not in NOT_KEPT
        and (name in fields or name.startswith(tuple(f"{field}-" for field in fields)))
    }
    is_first_contact = step == "reach" and step not in answers(draft)
    save_page(writing, draft, step, typed, now=now)
    contact = _contact(form) if isinstance(form, ReachForm) else None
    if is_first_contact and contact is not None:
        flash(give_resume_code(writing, draft, contact, now=now), "resume_code")


def _send(writing: Session, facts: VolunteerFacts) -> str:
    """Take the application on record, close the draft, and send a code to prove the contact where one can go."""
    now = utc_now()
    draft = draft_to_write(writing, DraftKind.VOLUNTEER, now=now)
    volunteer = apply_online(writing, replace(facts, consent_at=now), now=now)
    finish_draft(writing, draft, now=now)
    contact = facts.reach.phone or facts.reach.email
    session[SENT] = (volunteer.code, "")
    if contact is not None and _takes_code(contact):
        code_id = ask_for_sign_in_code(writing, contact, language=str(get_locale()), now=now)
        asked = Asked(str(contact), CodePurpose.SIGN_IN, codes=[code_id], next=url_for(".home"))
        remember_asked(asked)
        session[SENT] = (volunteer.code, "code")
    return url_for(".sign_up_sent")


def _takes_code(contact: Phone | Email) -> bool:
    """A code can be sent there. A home phone cannot: then a coordinator calls."""
    return isinstance(contact, Email) or is_mobile(contact)


def _contact(form: ReachForm) -> Phone | Email | None:
    return form.phone.phone or form.email.email


def _facts(forms: dict[str, VolunteerForm | None]) -> VolunteerFacts:
    who, reach, place = forms["who"], forms["reach"], forms["place"]
    abilities, times = forms["abilities"], forms["times"]
    if not (
        isinstance(who, WhoForm)
        and isinstance(reach, ReachForm)
        and isinstance(place, PlaceForm)
        and isinstance(abilities, SignUpAbilitiesForm)
        and isinstance(times, SignUpTimesForm)
    ):
        raise TypeError(forms)
    return VolunteerFacts(
        who=who.who(),
        reach=reach.reach(),
        place=place.place(),
        abilities=abilities.abilities(),
        times=times.times(),
        away=times.periods(),
        health_note=abilities.health_note(),
    )


def _person(draft: Draft | None, choices: Choices) -> WhoForm | None:
    """Who the draft is about, as far as it is known."""
    form = _saved_form("who", draft, choices)
    return form if isinstance(form, WhoForm) else None


def _address_after_done(draft: Draft) -> str:
    """The first page that is missing or no longer right; the check when none is."""
    choices = choices_for_page()
    for step in STEPS:
        form = _saved_form(step, draft, choices)
        if form is None or not form.validate():
            return url_for(".sign_up_step", step=step)
    return url_for(".sign_up_check")


def _next_address(step: str) -> str:
    """The next page; back to the check for whoever came from there."""
    steps = list(STEPS)
    if "check" in request.args or step == steps[-1]:
        return url_for(".sign_up_check")
    return url_for(".sign_up_step", step=steps[steps.index(step) + 1])


def _earlier_address(step: str) -> str:
    steps = list(STEPS)
    if "check" in request.args:
        return url_for(".sign_up_check")
    if step == steps[0]:
        return url_for(".sign_up", statement=1)
    return url_for(".sign_up_step", step=steps[steps.index(step) - 1])


def _step_bar(step: str) -> dict[str, object]:
    names = [*group_names().values(), gettext("Check and agree")]
    steps = [*STEPS, CHECK]
    return {"current": steps.index(step) + 1, "total": len(steps), "names": names}

"""A carer asks for help: the statement, the pages of questions, the check with consent; each page a saved draft."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account, draft_to_write, own_draft
from app.accounts.errors import StaffContact
from app.accounts.forms import is_robot
from app.accounts.models import Account, CodePurpose, Draft, DraftKind, Role
from app.accounts.routes.blueprint import CODES_FROM_ONE_ADDRESS, remember_asked
from app.accounts.routes.blueprint import Asked as AskedForCode
from app.accounts.throttling import is_allowed
from app.accounts.use_cases.codes import ask_for_sign_in_code
from app.accounts.use_cases.drafts import answers, finish_draft, give_resume_code, save_page
from app.accounts.use_cases.people import account_for_contact
from app.care_requests.forms.desk import answers_shown
from app.care_requests.forms.groups import HelpForm, PlaceForm, TimesForm
from app.care_requests.forms.people import RequestForm
from app.care_requests.forms.steps import (
    CHECK,
    PAGES,
    STEP_OF,
    STEPS,
    Asked,
    Asker,
    CheckForm,
    WhoStep,
    kept_form,
    put_together,
    sent_form,
    typed,
)
from app.care_requests.models import CareRequest, CarerKind, RequestStatus
from app.care_requests.queries.requests import own_carers, own_request, recipients_of
from app.care_requests.routes.blueprint import blueprint, choices_for_page
from app.care_requests.routes.summary import group_names, person_rows, request_rows
from app.care_requests.use_cases.facts import CarerFacts, windows_of
from app.care_requests.use_cases.submitting import submit_request
from app.care_requests.use_cases.triage import change_own_request
from app.shared.contacts import is_mobile, shown_phone
from app.shared.secrets import Email, Phone
from app.shared.times import utc_now
from app.volunteers.models import Source
from app.web.access import policy, public, visitor
from app.web.forms import page, submitted
from app.web.transactions import answered_earlier, in_transaction, reading

SENT = "asked_for_help"
"""In the browser's cookie: the reference of the request that was just sent, and whether a code was."""
CHANGES = "changes"
"""In a draft's facts: the id of the request that it changes."""


@blueprint.get("/ask")
@public
def ask() -> ResponseReturnValue:
    """What is collected and why, before anything is; with a draft begun, straight to where it was left."""
    draft = own_draft(DraftKind.CARE_REQUEST)
    has_begun = draft is not None and bool(draft.pages_done)
    if has_begun and "statement" not in request.args:
        unready = _asked(draft).unready_page
        return redirect(url_for(".ask_page", step=unready) if unready else url_for(".ask_check"), code=303)
    return page("care_requests/ask.html", has_begun=has_begun)


@blueprint.route("/ask/<any(who, help, when, times, where, matters):step>", methods=["GET", "POST"])
@public
def ask_page(step: str) -> ResponseReturnValue:
    """One group of questions, kept as typed when the page is left."""
    draft = own_draft(DraftKind.CARE_REQUEST)
    given = answers(draft) if draft is not None else {}
    if step == "times" and "when" not in given:
        return redirect(url_for(".ask_page", step="when"), code=303)
    asker = _asker(draft)
    form = sent_form(step, asker, given) if request.method == "POST" else kept_form(step, asker, given)
    if isinstance(form, TimesForm) and form.wants_another_row:
        form.add_row()
    elif request.method == "POST" and "later" in request.form:
        in_transaction(lambda writing: _keep(writing, step, form))
        return redirect(url_for("accounts.finish_later", kind=DraftKind.CARE_REQUEST.value), code=303)
    elif request.method == "POST" and form.validate():
        in_transaction(lambda writing: _keep(writing, step, form))
        return redirect(_next_address(step), code=303)
    elif "again" in request.args and step in given:
        form.validate()
    if isinstance(form, TimesForm):
        form.show_rows()
    if isinstance(form, PlaceForm) and step not in given and request.method == "GET":
        _suggest_place(form, asker, given)
    return page(
        f"care_requests/ask_{step}.html",
        form=form,
        step_name=step,
        step=_step_bar(step),
        back_url=_earlier_address(step),
        asker=asker,
        has_address=_has_address(asker, given),
    )


@blueprint.route("/ask/check", methods=["GET", "POST"])
@public
def ask_check() -> ResponseReturnValue:
    """Everything once more, and consent; then the request is sent."""
    draft = own_draft(DraftKind.CARE_REQUEST)
    if draft is None:
        return redirect(answered_earlier() or url_for(".ask"), code=303)
    asked = _asked(draft)
    if asked.unready_page is not None:
        return redirect(url_for(".ask_page", step=asked.unready_page, again=1), code=303)
    form = CheckForm()
    if request.method == "POST" and (
        is_robot() or not is_allowed("ask_for_help", by_address=CODES_FROM_ONE_ADDRESS)
    ):
        abort(429)
    answer = submitted(form, lambda writing: _send(writing, asked))
    if answer is not None:
        return answer
    return page(
        "care_requests/ask_check.html",
        form=form,
        step=_step_bar(CHECK),
        back_url=url_for(".ask_page", step="matters"),
        summaries=_summaries(asked, _asker(draft)),
        is_change=CHANGES in draft.facts,
    )


@blueprint.get("/ask/sent")
@public
def ask_sent() -> ResponseReturnValue:
    """It has arrived; what comes next."""
    if SENT not in session:
        return redirect(url_for(".ask"), code=303)
    code, sent = session[SENT]
    return page("care_requests/ask_sent.html", code=code, sent=sent)


@blueprint.post("/my/requests/<id:request_id>/again")
@policy(Role.CARER, load=own_request)
def ask_again(earlier: CareRequest, **_ids: int) -> ResponseReturnValue:
    """The same help once more: the pages are filled in already, only the times may need looking at."""
    return _begin_from(earlier, {})


@blueprint.post("/my/requests/<id:request_id>/change")
@policy(Role.CARER, load=own_request)
def change_own(own: CareRequest, **_ids: int) -> ResponseReturnValue:
    """Change what was asked for, while no coordinator has settled it."""
    if own.status is not RequestStatus.SUBMITTED:
        return redirect(url_for(".ask_change", request_id=own.id), code=303)
    return _begin_from(own, {CHANGES: own.id})


def _begin_from(earlier: CareRequest, facts: Mapping[str, int]) -> ResponseReturnValue:
    """A draft with the answers of an earlier request; one that is unfinished must be finished or thrown away first."""
    draft = own_draft(DraftKind.CARE_REQUEST)
    is_the_same = bool(facts) and draft is not None and draft.facts == facts
    if draft is not None and draft.pages_done and not is_the_same:
        flash(
            gettext("You have begun a request already. Please finish it, or throw it away first."), "warning"
        )
        return redirect(url_for(".ask"), code=303)
    given = answers_shown(earlier)

    def begin(writing: Session) -> None:
        now = utc_now()
        begun = draft_to_write(writing, DraftKind.CARE_REQUEST, now=now)
        begun.facts = dict(facts)
        for step in PAGES:
            save_page(writing, begun, step, given[step], now=now)

    in_transaction(begin)
    return redirect(url_for(".ask_check"), code=303)


def _account() -> Account | None:
    """Whoever is signed in, but never a member of staff: they enter requests at the desk."""
    account = current_account() if visitor().is_authenticated else None
    return account if account is not None and not account.is_staff else None


def _asker(draft: Draft | None) -> Asker:
    account = _account()
    choices = choices_for_page()
    choices = replace(choices, kinds=[kind for kind in choices.kinds if not kind.is_for_groups])
    if account is None:
        return Asker(choices)
    carers = own_carers(reading(), account)
    changed = _changed(draft)
    return Asker(
        choices,
        people=recipients_of(reading(), [carer.id for carer in carers[:1]]),
        knows_carer=bool(carers),
        kept_windows=windows_of(changed) if changed is not None else (),
    )


def _changed(draft: Draft | None) -> CareRequest | None:
    """The request that the draft changes, if it is this account's."""
    account = _account()
    if draft is None or CHANGES not in draft.facts or account is None:
        return None
    return own_request(reading(), account, draft.facts[CHANGES])


def _asked(draft: Draft | None) -> Asked:
    return put_together(_asker(draft), answers(draft) if draft is not None else {})


def _keep(writing: Session, step: str, form: RequestForm) -> None:
    """Keep the page as typed; once a contact is known, a code to come back with is shown on the next page."""
    now = utc_now()
    draft = draft_to_write(writing, DraftKind.CARE_REQUEST, now=now)
    is_first = step not in answers(draft)
    save_page(writing, draft, step, typed(request.form, form), now=now)
    contact = _contact(form) if isinstance(form, WhoStep) and form.phone is not None else None
    if is_first and contact is not None:
        flash(give_resume_code(writing, draft, contact, now=now), "resume_code")


def _contact(form: WhoStep) -> Phone | Email | None:
    return form.phone.phone or form.email.email


def _send(writing: Session, asked: Asked) -> str:
    """Take the request on record and close the draft; send a code to prove the contact where one can go."""
    now = utc_now()
    draft = draft_to_write(writing, DraftKind.CARE_REQUEST, now=now)
    account = _account()
    if account is not None and CHANGES in draft.facts:
        changed = own_request(writing, account, draft.facts[CHANGES])
        if changed is not None:
            facts = asked.facts(changed.carer_id)
            change_own_request(writing, changed.id, facts, version=changed.version, by=account.id, now=now)
            finish_draft(writing, draft, now=now)
            flash(gettext("Your changes are saved."), "success")
            return url_for(".own", request_id=changed.id)
    carers = own_carers(writing, account) if account is not None else []
    carer, contact = (carers[0].id, None) if carers else _new_carer(writing, asked, account)
    by = account.id if account is not None else None
    made = submit_request(writing, asked.facts(carer), source=Source.ONLINE, by=by, now=now)
    finish_draft(writing, draft, now=now)
    session[SENT] = (made.code, "known" if account is not None else "")
    if account is None and contact is not None and _takes_code(contact):
        code_id = ask_for_sign_in_code(writing, contact, language=str(get_locale()), now=now)
        remember_asked(
            AskedForCode(str(contact), CodePurpose.SIGN_IN, codes=[code_id], next=url_for(".home"))
        )
        session[SENT] = (made.code, "code")
    return url_for(".ask_sent")


def _new_carer(
    writing: Session, asked: Asked, account: Account | None
) -> tuple[CarerFacts, Phone | Email | None]:
    """Who asks, with the account by which they can follow the request."""
    contact = _contact(asked.who)
    name = asked.who.name.data or ""
    language = str(get_locale())
    account_id = account.id if account is not None else None
    if contact is not None:
        try:
            found = account_for_contact(
                writing, contact, name=name, language=language, role=Role.CARER, by=account_id, now=utc_now()
            )
            account_id = account_id or found.id
        except StaffContact:
            contact = None
    kind = CarerKind(asked.who.carer_kind.data)
    return asked.who.carer_facts(kind, language=language, account_id=account_id), contact


def _takes_code(contact: Phone | Email) -> bool:
    """A code can be sent there. A home phone cannot: then a coordinator calls."""
    return isinstance(contact, Email) or is_mobile(contact)


def _suggest_place(form: PlaceForm, asker: Asker, given: Mapping[str, Mapping[str, Any]]) -> None:
    """Begin with the place that the kind of help usually takes."""
    needs = kept_form("help", asker, given)
    kind = needs.kind_chosen if isinstance(needs, HelpForm) else None
    if kind is not None:
        form.place.data = "home" if kind.is_at_home else "telephone" if kind.is_anywhere else "elsewhere"
    person = _known_person(asker, given)
    if person is not None and person.area_code:
        form.area.data = person.area_code


def _known_person(asker: Asker, given: Mapping[str, Mapping[str, Any]]) -> Any:
    who = kept_form("who", asker, given)
    return who.known_person if isinstance(who, WhoStep) else None


def _has_address(asker: Asker, given: Mapping[str, Mapping[str, Any]]) -> bool:
    """An address is on record for whoever it is for."""
    person = _known_person(asker, given)
    return person is not None and person.address_box is not None


def _summaries(asked: Asked, asker: Asker) -> list[tuple[str, list[dict[str, Any]], str]]:
    """Group, rows, and the address at which the group is changed."""
    facts = asked.facts(CarerFacts(kind=CarerKind.FAMILY) if asker.knows_carer else _carer_typed(asked))
    person = asked.who.known_person or asked.who.recipient_facts()
    rows = {"who": person_rows(person, asker.choices), **request_rows(facts, asker.choices)}
    if not asker.knows_carer:
        rows["who"] += _carer_rows(asked.who)
    if asked.where.sealed_address():
        rows["where"].append({"label": gettext("Address"), "value": gettext("Given")})
    if asked.where.sealed_meeting_place():
        rows["where"].append({"label": gettext("Where to meet"), "value": asked.where.meeting_place.data})
    if asked.matters.sealed_health():
        rows["matters"].append({"label": gettext("Health"), "value": gettext("Given")})
    return [
        (title, rows[step], url_for(".ask_page", step=step, check=1)) for step, title in group_names().items()
    ]


def _carer_typed(asked: Asked) -> CarerFacts:
    return asked.who.carer_facts(CarerKind(asked.who.carer_kind.data), language=str(get_locale()))


def _carer_rows(who: WhoStep) -> list[dict[str, Any]]:
    phone = who.phone.phone
    return [
        {"label": gettext("Your own name"), "value": who.name.data},
        {"label": gettext("Telephone"), "value": shown_phone(phone) if phone else ""},
        {"label": gettext("E-mail"), "value": str(who.email.email or "")},
    ]


def _next_address(step: str) -> str:
    """The next page; back to the check for whoever came from there, once new times have been given."""
    if step == "when" or ("check" not in request.args and step != PAGES[-1]):
        following = PAGES[PAGES.index(step) + 1]
        return url_for(".ask_page", step=following, check=_from_check())
    return url_for(".ask_check")


def _from_check() -> str | None:
    return "1" if "check" in request.args else None


def _earlier_address(step: str) -> str:
    if "check" in request.args and step != "times":
        return url_for(".ask_check")
    if step == PAGES[0]:
        return url_for(".ask", statement=1)
    return url_for(".ask_page", step=PAGES[PAGES.index(step) - 1], check=_from_check())


def _step_bar(step: str) -> dict[str, object]:
    return {
        "current": STEP_OF[step],
        "total": STEPS,
        "names": [*group_names().values(), gettext("Check and agree")],
    }

"""Saving a form for later, and bringing it back on another device."""

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.access import (
    browser_session,
    draft_to_write,
    forget_session,
    own_draft,
    session_to_write,
)
from app.accounts.forms import CodeForm, ContactForm, ResumeForm, is_robot
from app.accounts.models import CodePurpose, DraftKind
from app.accounts.queries import draft_to_resume
from app.accounts.routes.blueprint import (
    CODES_FROM_ONE_ADDRESS,
    CODES_TO_ONE_CONTACT,
    TRIES_FROM_ONE_ADDRESS,
    Asked,
    asked_for,
    blueprint,
    forget_asked,
    remember_asked,
)
from app.accounts.throttling import forget_known, is_allowed
from app.accounts.use_cases.codes import ask_for_resume_code, send_resume_code, use_code
from app.accounts.use_cases.drafts import (
    bring_back_draft,
    draft_to_change,
    finish_draft,
    give_resume_code,
)
from app.accounts.use_cases.sessions import end_session
from app.shared.contacts import shown_contact
from app.shared.secrets import Email, Phone
from app.shared.times import utc_now
from app.web.access import public
from app.web.forms import page
from app.web.transactions import in_transaction

DRAFT_PAGES = {DraftKind.VOLUNTEER: "volunteers.sign_up", DraftKind.CARE_REQUEST: "care_requests.ask"}
"""Where each form is gone on with."""


@blueprint.route("/later/<kind>", methods=["GET", "POST"])
@public
def finish_later(kind: str) -> ResponseReturnValue:
    """Keep a form for later: a code to come back with, shown once and sent."""
    draft_kind = _kind(kind)
    draft = own_draft(draft_kind)
    if draft is None:
        return redirect(url_for(DRAFT_PAGES[draft_kind]), code=303)
    form = ContactForm()
    if form.is_sent_well() and form.contact.contact is not None:
        contact = form.contact.contact
        if not _may_send(contact):
            form.contact.errors = [_too_many()]
            return page("accounts/finish_later.html", form=form, back_url=url_for(DRAFT_PAGES[draft_kind]))
        language = str(get_locale())

        def give(writing: Session) -> str:
            now = utc_now()
            kept = draft_to_write(writing, draft_kind, now=now)
            code = give_resume_code(writing, kept, contact, now=now)
            send_resume_code(writing, kept, contact, code, language=language, now=now)
            return code

        code = in_transaction(give)
        return page(
            "accounts/saved_for_later.html", code=code, kind=draft_kind, contact=shown_contact(contact)
        )
    return page("accounts/finish_later.html", form=form, back_url=url_for(DRAFT_PAGES[draft_kind]))


@blueprint.route("/later/<kind>/throw-away", methods=["GET", "POST"])
@public
def throw_away(kind: str) -> ResponseReturnValue:
    """Ask once more, then throw an unfinished form away."""
    draft_kind = _kind(kind)
    if request.method == "POST":
        if own_draft(draft_kind) is not None:
            in_transaction(lambda writing: _throw_away(writing, draft_kind))
        flash(gettext("What you had written is gone."), "info")
        return redirect(url_for(DRAFT_PAGES[draft_kind]), code=303)
    return page("accounts/throw_away.html", kind=draft_kind, form_url=url_for(DRAFT_PAGES[draft_kind]))


@blueprint.post("/later/forget")
@public
def forget_device() -> Response:
    """Take a form that was saved for later off this device."""
    known = browser_session()
    if known is not None:
        in_transaction(lambda writing: end_session(writing, known.id, now=utc_now()))
    session.clear()
    flash(gettext("This device has forgotten the form. Your code brings it back."), "success")
    return forget_known(forget_session(redirect(url_for("web.home"), code=303)))


@blueprint.route("/resume", methods=["GET", "POST"])
@public
def resume() -> ResponseReturnValue:
    """The code of a saved form and the contact it was given to; a one-time code is sent there."""
    form = ResumeForm()
    if form.is_sent_well() and form.contact.contact is not None:
        contact = form.contact.contact
        if not _may_send(contact):
            form.contact.errors = [_too_many()]
            return page("accounts/resume.html", form=form)
        asked = Asked(str(contact), CodePurpose.RESUME, resume_code=form.code.data or "")
        if not is_robot():
            language = str(get_locale())

            def ask(writing: Session) -> int:
                now = utc_now()
                is_there = draft_to_resume(writing, asked.resume_code, contact, now=now) is not None
                return ask_for_resume_code(writing, contact, leaves=is_there, language=language, now=now)

            asked.codes.append(in_transaction(ask))
        remember_asked(asked)
        return redirect(url_for(".resume_here"), code=303)
    return page("accounts/resume.html", form=form)


@blueprint.route("/resume/code", methods=["GET", "POST"])
@public
def resume_here() -> ResponseReturnValue:
    """The one-time code: the form is back, in this browser."""
    asked = asked_for(CodePurpose.RESUME)
    if asked is None:
        return redirect(url_for(".resume"), code=303)
    form = CodeForm()
    if form.is_sent_well():
        if not is_allowed("code", by_address=TRIES_FROM_ONE_ADDRESS):
            abort(429)
        kind = in_transaction(lambda writing: _brought_back(writing, asked, form.code.data or ""))
        if kind is not None:
            forget_asked()
            flash(gettext("Here is your form again. Everything you wrote is there."), "success")
            return redirect(url_for(DRAFT_PAGES[kind]), code=303)
        form.code.errors = [
            gettext(
                "This does not fit together. Check the code of your form, your number, and the six digits."
            )
        ]
    return page("accounts/resume_code.html", form=form, contact=shown_contact(asked.to))


def _brought_back(writing: Session, asked: Asked, typed: str) -> DraftKind | None:
    now = utc_now()
    if not use_code(writing, asked.to, CodePurpose.RESUME, asked.codes, typed, now=now):
        return None
    found = draft_to_resume(writing, asked.resume_code, asked.to, now=now)
    draft = draft_to_change(writing, found.id, now=now) if found is not None else None
    if draft is None:
        return None
    bring_back_draft(writing, draft, session_to_write(writing, now=now), now=now)
    return draft.kind


def _throw_away(writing: Session, kind: DraftKind) -> None:
    now = utc_now()
    finish_draft(writing, draft_to_write(writing, kind, now=now), now=now)


def _kind(kind: str) -> DraftKind:
    if kind not in {known.value for known in DraftKind}:
        abort(404)
    return DraftKind(kind)


def _may_send(contact: Phone | Email) -> bool:
    return is_allowed(
        "send_code", by_address=CODES_FROM_ONE_ADDRESS, contact=contact, by_contact=CODES_TO_ONE_CONTACT
    )


def _too_many() -> str:
    return gettext(
        "We have sent several messages to this contact already. Please wait ten minutes, or call us."
    )

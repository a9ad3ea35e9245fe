"""Signing in and out, and where a signed-in person lands."""

from dataclasses import replace

from flask import abort, current_app, flash, make_response, redirect, render_template, session, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from app.accounts.access import (
    browser_session,
    current_account,
    forget_session,
    remember_session,
)
from app.accounts.forms import ContactForm, SignInCodeForm, StaffSignInForm, is_robot
from app.accounts.models import STAFF, CodePurpose, Role
from app.accounts.queries import account_of_contact
from app.accounts.routes.blueprint import (
    CODES_FROM_ONE_ADDRESS,
    CODES_TO_ONE_CONTACT,
    STAFF_TRIES,
    STAFF_TRIES_ANYWHERE,
    STAFF_TRIES_FROM_ONE_ADDRESS,
    TRIES_FROM_ONE_ADDRESS,
    Asked,
    asked_for,
    blueprint,
    forget_asked,
    remember_asked,
)
from app.accounts.throttling import is_allowed, know_device
from app.accounts.use_cases.codes import ask_for_sign_in_code
from app.accounts.use_cases.sessions import end_session
from app.accounts.use_cases.sign_in import sign_in_by_code, sign_in_staff
from app.accounts.use_cases.staff import password_matches
from app.shared.contacts import shown_contact
from app.shared.secrets import Email, Phone
from app.shared.times import utc_now
from app.web.access import StaffSignIn, public, visitor
from app.web.forms import page
from app.web.kept import kept_page, opened_form
from app.web.language import safe_next
from app.web.transactions import in_transaction, reading

HOMES = (
    (Role.COORDINATOR, "reports.board"),
    (Role.SAFEGUARDING_LEAD, "reports.board"),
    (Role.ADMINISTRATOR, "accounts.index"),
    (Role.VOLUNTEER, "volunteers.home"),
    (Role.CARER, "care_requests.home"),
)
"""Where each role lands; who holds several lands at the first."""


@blueprint.get("/home")
@public
def home() -> Response:
    """Send everybody to their own first page."""
    if visitor().is_authenticated:
        roles = current_account().roles
        for role, endpoint in HOMES:
            if role in roles and endpoint in current_app.view_functions:
                return redirect(url_for(endpoint), code=303)
    return redirect(url_for("web.home"), code=303)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """A phone number or e-mail address, to which a code is sent if somebody signs in by it."""
    if visitor().is_authenticated:
        return redirect(safe_next(url_for(".home")), code=303)
    form = ContactForm(next=safe_next(""))
    if form.is_sent_well() and form.contact.contact is not None:
        asked = Asked(str(form.contact.contact), CodePurpose.SIGN_IN, next=safe_next(""))
        if not is_robot():
            asked = _send_code(asked, form.contact.contact)
        remember_asked(asked)
        return redirect(url_for(".enter_code"), code=303)
    return page("accounts/sign_in.html", form=form)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    """The six digits that were sent, or that a coordinator read out."""
    asked = asked_for(CodePurpose.SIGN_IN)
    if asked is None:
        return redirect(url_for(".sign_in"), code=303)
    form = SignInCodeForm()
    if form.is_sent_well():
        if not is_allowed("code", by_address=TRIES_FROM_ONE_ADDRESS):
            abort(429)
        earlier = browser_session()
        token = in_transaction(
            lambda writing: sign_in_by_code(
                writing,
                asked.to,
                asked.codes,
                form.code.data or "",
                earlier=earlier.id if earlier else None,
                is_shared_computer=form.is_shared_computer.data,
                now=utc_now(),
            )
        )
        if token is not None:
            response = _signed_in(token, asked.next, is_shared_computer=form.is_shared_computer.data)
            return response if form.is_shared_computer.data else know_device(response, asked.to)
        form.code.errors = [
            gettext("This code is not right, or it is no longer good. Look again, or let us send a new one.")
        ]
    return page("accounts/enter_code.html", form=form, contact=shown_contact(asked.to))


@blueprint.post("/sign-in/again")
@public
def send_again() -> Response:
    """Another code to the same contact."""
    asked = asked_for(CodePurpose.SIGN_IN)
    if asked is None:
        return redirect(url_for(".sign_in"), code=303)
    renewed = _send_code(asked, asked.to)
    if renewed is not asked:
        flash(gettext("We have sent a new code. The earlier one still works."), "success")
    remember_asked(renewed)
    return redirect(url_for(".enter_code"), code=303)


@blueprint.route("/sign-in/staff", methods=["GET", "POST"])
@public
def staff_sign_in() -> ResponseReturnValue:
    """E-mail, password and second factor; one answer for whatever is wrong with them."""
    form = StaffSignInForm(next=safe_next(""))
    if form.is_sent_well() and form.email.email is not None:
        email = form.email.email
        if not is_allowed(
            "staff",
            by_address=STAFF_TRIES_FROM_ONE_ADDRESS,
            contact=email,
            by_contact=STAFF_TRIES_ANYWHERE,
            by_contact_and_address=STAFF_TRIES,
        ):
            abort(429)
        account = account_of_contact(reading(), email)
        if password_matches(account, form.password.data or "") and account is not None:
            earlier = browser_session()
            token = in_transaction(
                lambda writing: sign_in_staff(
                    writing,
                    account,
                    form.code.data or "",
                    earlier=earlier.id if earlier else None,
                    now=utc_now(),
                )
            )
            if token is not None:
                kept = opened_form(form.kept.data or "")
                response = _signed_in(token, safe_next(""), is_shared_computer=True)
                if kept is not None:
                    response = make_response(kept_page(kept))
                return know_device(response, email)
        form.form_errors.append(
            gettext("The e-mail address, the password or the six digits are not right. A code works once.")
        )
    return page("accounts/staff_sign_in.html", form=form)


def ask_staff(kept: str) -> ResponseReturnValue:
    """The same page in answer to a form that was sent after the session had ended; the form goes along."""
    flash(
        gettext("You were signed out meanwhile. What you typed is kept: sign in, and it is there."), "warning"
    )
    return render_template("accounts/staff_sign_in.html", form=StaffSignInForm(formdata=None, kept=kept)), 401


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    state.app.extensions["staff_sign_in"] = StaffSignIn(frozenset(map(str, STAFF)), ask_staff)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End this browser's session."""
    known = browser_session()
    response = redirect(url_for("web.home"), code=303)
    if known is not None:
        in_transaction(lambda writing: end_session(writing, known.id, now=utc_now()))
        if known.is_shared_computer:
            response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    session.clear()
    flash(gettext("You are signed out."), "success")
    return forget_session(response)


def _signed_in(token: str, target: str, *, is_shared_computer: bool) -> Response:
    """A new session: the old form tokens are void, and the person goes where they wanted to go."""
    session.clear()
    forget_asked()
    remember_session(token, is_shared_computer=is_shared_computer)
    return redirect(target or url_for(".home"), code=303)


def _send_code(asked: Asked, contact: Phone | Email) -> Asked:
    """Send a code if one more is allowed; `asked` with its id, or unchanged."""
    if not is_allowed(
        "send_code", by_address=CODES_FROM_ONE_ADDRESS, contact=contact, by_contact=CODES_TO_ONE_CONTACT
    ):
        flash(
            gettext(
                "We have sent several codes already. Please type the newest, wait ten minutes, or call us:"
                " we can give you a code on the phone."
            ),
            "warning",
        )
        return asked
    language = str(get_locale())
    code_id = in_transaction(
        lambda writing: ask_for_sign_in_code(writing, contact, language=language, now=utc_now())
    )
    return replace(asked, codes=[*asked.codes, code_id][-3:])

"""A fresh code or second factor, before an address is shown or a role is changed."""

from dataclasses import replace

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.access import browser_session, current_account
from app.accounts.forms import CodeForm
from app.accounts.models import Account, CodePurpose, Role
from app.accounts.routes.blueprint import (
    CODES_FROM_ONE_ADDRESS,
    CODES_TO_ONE_CONTACT,
    STAFF_TRIES,
    Asked,
    asked_for,
    blueprint,
    forget_asked,
    remember_asked,
)
from app.accounts.throttling import is_allowed
from app.accounts.use_cases.codes import ask_for_sign_in_code, use_code
from app.accounts.use_cases.sessions import mark_verified
from app.accounts.use_cases.staff import use_totp
from app.shared.contacts import is_mobile
from app.shared.secrets import Email, Phone
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import page
from app.web.language import safe_next
from app.web.transactions import in_transaction


@blueprint.route("/verify", methods=["GET", "POST"])
@policy(*Role)
def verify_again() -> ResponseReturnValue:
    """Prove once more that it is you, and go on to the page that asked for it."""
    account = current_account()
    form = CodeForm()
    if account.is_staff:
        form.code.label.text = gettext("The six digits of your authenticator app")
    asked = _asked(account)
    if form.is_sent_well():
        if not is_allowed(f"verify:{account.id}", by_address=STAFF_TRIES):
            abort(429)
        if _verified(account, asked, form.code.data or ""):
            forget_asked()
            return redirect(safe_next(url_for(".home")), code=303)
        form.code.errors = [gettext("This code is not right, or it has been used.")]
    return page(
        "accounts/verify_again.html",
        form=form,
        account=account,
        is_sent=bool(asked and asked.codes),
        can_send=_contact_of(account) is not None,
        next=safe_next(""),
    )


@blueprint.post("/verify/send")
@policy(Role.VOLUNTEER, Role.CARER)
def send_verification_code() -> Response:
    """A code to the signed-in person's own phone or e-mail."""
    account = current_account()
    contact = _contact_of(account)
    if contact is None or account.is_staff:
        abort(404)
    if is_allowed(
        "send_code", by_address=CODES_FROM_ONE_ADDRESS, contact=contact, by_contact=CODES_TO_ONE_CONTACT
    ):
        language = str(get_locale())
        code_id = in_transaction(
            lambda session: ask_for_sign_in_code(session, contact, language=language, now=utc_now())
        )
        asked = _asked(account) or Asked(str(contact), CodePurpose.SIGN_IN)
        remember_asked(replace(asked, codes=[*asked.codes, code_id][-3:]))
    else:
        flash(
            gettext("We have sent several codes already. Please type the newest, or wait ten minutes."),
            "warning",
        )
    return redirect(url_for(".verify_again", next=safe_next("") or None), code=303)


def _contact_of(account: Account) -> Phone | Email | None:
    """Where a code reaches the account, if anywhere."""
    if account.phone is not None and is_mobile(account.phone):
        return account.phone
    return account.email


def _asked(account: Account) -> Asked | None:
    """The codes sent for this account's own contact, if any were."""
    asked = asked_for(CodePurpose.SIGN_IN)
    return asked if asked is not None and asked.contact == _contact_of(account) else None


def _verified(account: Account, asked: Asked | None, typed: str) -> bool:
    known = browser_session()
    now = utc_now()
    contact = _contact_of(account) or account.phone

    def act(session: Session) -> bool:
        if account.is_staff:
            is_right = use_totp(session, account, typed, now=now)
        elif contact is not None:
            is_right = use_code(
                session, contact, CodePurpose.SIGN_IN, asked.codes if asked else [], typed, now=now
            )
        else:
            is_right = False
        if is_right and known is not None:
            mark_verified(session, known.id, now=now)
        return is_right

    return in_transaction(act)

"""A volunteer's new telephone or e-mail: it counts once a code that was sent there has been typed in."""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from flask import abort, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.forms import CodeForm
from app.accounts.models import CodePurpose, Role
from app.accounts.routes.blueprint import CODES_FROM_ONE_ADDRESS, CODES_TO_ONE_CONTACT, STAFF_TRIES
from app.accounts.throttling import is_allowed
from app.accounts.use_cases.codes import ask_for_contact_code, use_code
from app.messages.models import Channel
from app.shared.contacts import is_mobile
from app.shared.secrets import Email, Phone, keyring
from app.shared.times import utc_now
from app.volunteers.forms import ReachForm
from app.volunteers.models import Volunteer
from app.volunteers.queries import own_volunteer
from app.volunteers.routes.blueprint import blueprint
from app.volunteers.use_cases import ReachFacts, change_volunteer, move_to_contact
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import in_transaction

KEY = "new_contact"
PLACE = "cookie.new_contact"


@dataclass(frozen=True)
class Wish:
    """What a volunteer wants on record, sealed in their own browser until the code is typed."""

    volunteer_id: int
    version: int
    code_id: int
    reach: ReachFacts


def new_contact(volunteer: Volunteer, reach: ReachFacts) -> Phone | Email | None:
    """The contact in `reach` that is not on record yet and can take a code; None when there is nothing to prove."""
    contact = reach.phone or reach.email
    known = volunteer.phone or volunteer.email
    if contact is None or contact == known or (isinstance(contact, Phone) and not is_mobile(contact)):
        return None
    return contact


def ask_for_proof(volunteer: Volunteer, form: ReachForm, contact: Phone | Email) -> ResponseReturnValue:
    """Send a code to the new contact and ask for it; the details on record stay as they are."""
    if not is_allowed(
        "send_code", by_address=CODES_FROM_ONE_ADDRESS, contact=contact, by_contact=CODES_TO_ONE_CONTACT
    ):
        abort(429)
    language = str(get_locale())
    code_id = in_transaction(
        lambda writing: ask_for_contact_code(writing, contact, language=language, now=utc_now())
    )
    _remember(Wish(volunteer.id, form.version_seen, code_id, form.reach()))
    return redirect(url_for(".prove_contact", volunteer_id=volunteer.id), code=303)


@blueprint.route("/volunteer/<id:volunteer_id>/reach/code", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def prove_contact(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """The six digits that were sent to the new contact."""
    wish = _wish(volunteer.id)
    back = url_for(".my_group", volunteer_id=volunteer.id, group="reach")
    contact = (wish.reach.phone or wish.reach.email) if wish is not None else None
    if wish is None or contact is None:
        return redirect(back, code=303)
    form = CodeForm()
    if form.is_sent_well():
        if not is_allowed("code", by_address=STAFF_TRIES):
            abort(429)
        typed = form.code.data or ""
        is_right = in_transaction(
            lambda writing: use_code(
                writing, contact, CodePurpose.CHANGE_CONTACT, [wish.code_id], typed, now=utc_now()
            )
        )
        answer = submitted(form, lambda writing: _save(writing, wish)) if is_right else None
        if answer is not None:
            return answer
        if not is_right:
            form.code.errors = [gettext("This code is not right, or it has been used.")]
    return page("volunteers/prove_contact.html", form=form, contact=contact, back_url=back)


def _save(writing: Session, wish: Wish) -> str:
    by, now = current_account().id, utc_now()
    change_volunteer(writing, wish.volunteer_id, wish.reach, version=wish.version, by=by, now=now)
    account = move_to_contact(writing, wish.volunteer_id, by=by, now=now)
    session.pop(KEY, None)
    if account is not None and account.id == by:
        flash(gettext("Saved. From now on you sign in with the new phone or e-mail."), "success")
        return url_for(".mine", volunteer_id=wish.volunteer_id)
    flash(gettext("Saved. Please sign out and sign in again with the new phone or e-mail."), "success")
    return url_for(".home")


def _remember(wish: Wish) -> None:
    reach = wish.reach
    text = json.dumps(
        {
            "volunteer_id": wish.volunteer_id,
            "version": wish.version,
            "code_id": wish.code_id,
            "reached_by": reach.reached_by.value,
            "phone": reach.phone,
            "email": reach.email,
            "language": reach.language,
        }
    )
    session[KEY] = base64.b64encode(keyring().seal(text, PLACE)).decode()


def _wish(volunteer_id: int) -> Wish | None:
    """What this browser asked for about this volunteer, if it did."""
    try:
        kept = json.loads(keyring().open(base64.b64decode(session.get(KEY, "")), PLACE))
    except (binascii.Error, IndexError, InvalidTag, KeyError, ValueError):
        return None
    if kept["volunteer_id"] != volunteer_id:
        return None
    reach = ReachFacts(
        reached_by=Channel(kept["reached_by"]),
        phone=Phone(kept["phone"]) if kept["phone"] else None,
        email=Email(kept["email"]) if kept["email"] else None,
        language=kept["language"],
    )
    return Wish(volunteer_id, kept["version"], kept["code_id"], reach)

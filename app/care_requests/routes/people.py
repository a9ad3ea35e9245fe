"""The coordinators' pages about carers and the people they care for."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.forms.desk import CarerDetailsForm, CarerFilterForm, KnownHelperForm
from app.care_requests.forms.desk import carer_shown as shown
from app.care_requests.models import Carer, CareRecipient, CarerKind
from app.care_requests.queries.requests import (
    carer_shown,
    carers_page,
    known_helpers,
    recipient_shown,
    recipients_of,
    requests_of,
)
from app.care_requests.routes.blueprint import blueprint, choices_for_page
from app.care_requests.routes.desk import TONES
from app.care_requests.routes.summary import person_rows
from app.care_requests.use_cases.people import change_carer, let_carer_sign_in
from app.care_requests.use_cases.recipients import NoSuchVolunteer, add_known_helper, remove_known_helper
from app.shared.errors import Refusal
from app.shared.times import utc_now
from app.volunteers.queries import volunteer_by_code
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.language import safe_next
from app.web.panels import panels_for
from app.web.security import id_in
from app.web.transactions import in_transaction, reading
from app.web.words import say


@blueprint.get("/carers")
@policy(Role.COORDINATOR)
def carers() -> ResponseReturnValue:
    """Everybody who asks for help, or those whom the words find."""
    form = CarerFilterForm(formdata=request.args)
    words = (form.words.data or "").strip() if form.validate() else ""
    found = carers_page(reading(), words, id_in(request.args.get("page")) or 1)
    return page("care_requests/carers.html", filter_form=form, found=found, words=words)


@blueprint.get("/carers/<id:carer_id>")
@policy(Role.COORDINATOR, load=carer_shown)
def carer(one: Carer, **_ids: int) -> ResponseReturnValue:
    """A carer: how to reach them, whom they care for, what they asked for."""
    return page(
        "care_requests/carer.html",
        one=one,
        recipients=recipients_of(reading(), [one.id]),
        requests=requests_of(reading(), carer_id=one.id),
        tones=TONES,
        panels=panels_for("care_requests.carer", one),
    )


@blueprint.route("/carers/<id:carer_id>/change", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=carer_shown)
def change_carer_details(one: Carer, **_ids: int) -> ResponseReturnValue:
    """Correct who asks and how to reach them."""
    back = url_for(".carer", carer_id=one.id)
    form = CarerDetailsForm(choices_for_page(), data=shown(one) if request.method == "GET" else None)

    def act(writing: Session) -> str:
        facts = form.carer_facts(CarerKind(form.carer_kind.data), language=form.language.data)
        change_carer(
            writing, one.id, facts, version=form.version_seen, by=current_account().id, now=utc_now()
        )
        flash(gettext("The changes are saved."), "success")
        return back

    return submitted(form, act) or page("care_requests/change_carer.html", form=form, one=one, back_url=back)


@blueprint.post("/carers/<id:carer_id>/sign-in")
@policy(Role.COORDINATOR, load=carer_shown)
def let_sign_in(one: Carer, **_ids: int) -> ResponseReturnValue:
    """A carer who came in by paper, a call or a file can sign in from now on, to see who comes."""
    try:
        in_transaction(
            lambda writing: let_carer_sign_in(writing, one.id, by=current_account().id, now=utc_now())
        )
    except Refusal as refusal:
        flash(say(refusal), "error")
    else:
        flash(gettext("They can sign in now, by a code to this contact or one you read out."), "success")
    return redirect(safe_next(url_for(".carer", carer_id=one.id)), code=303)


@blueprint.route("/recipients/<id:recipient_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=recipient_shown)
def recipient(one: CareRecipient, **_ids: int) -> ResponseReturnValue:
    """Somebody cared for: the helpers they know, and what was asked for them."""
    form = KnownHelperForm()

    def act(writing: Session) -> str:
        volunteer = volunteer_by_code(writing, (form.code.data or "").upper())
        if volunteer is None:
            raise NoSuchVolunteer(field="code")
        add_known_helper(writing, one.id, volunteer, by=current_account().id, now=utc_now())
        flash(gettext("The helper is on record."), "success")
        return url_for(".recipient", recipient_id=one.id)

    return submitted(form, act) or page(
        "care_requests/recipient.html",
        form=form,
        one=one,
        rows=person_rows(one, choices_for_page()),
        helpers=known_helpers(reading(), one.id),
        requests=requests_of(reading(), recipient_id=one.id),
        tones=TONES,
        panels=panels_for("care_requests.recipient", one),
    )


@blueprint.post("/recipients/<id:recipient_id>/helpers/<id:volunteer_id>/remove")
@policy(Role.COORDINATOR, load=recipient_shown)
def remove_helper(one: CareRecipient, volunteer_id: int, **_ids: int) -> ResponseReturnValue:
    """The person does not know this volunteer after all."""
    in_transaction(
        lambda writing: remove_known_helper(
            writing, one.id, volunteer_id, by=current_account().id, now=utc_now()
        )
    )
    flash(gettext("The helper is off the record."), "success")
    return redirect(url_for(".recipient", recipient_id=one.id), code=303)

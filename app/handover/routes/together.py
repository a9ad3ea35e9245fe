"""Visits together: where and when, the address shortly before, and what both say afterwards."""

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.use_cases.recipients import see_details
from app.handover.forms import TellForm, WordsForm
from app.handover.models import Party, ShadowVisit, SignedHow
from app.handover.queries.shadows import (
    OwnShadow,
    is_over,
    may_see_details,
    own_shadow,
    report_by,
    shadow_shown,
)
from app.handover.routes.blueprint import blueprint, duty_words, request_words
from app.handover.use_cases.shadows import cancel_shadow, tell_of_visit
from app.shared.audit import record
from app.shared.times import utc_now
from app.visits.models import Went
from app.visits.queries import helper_shown
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import in_transaction, reading


@blueprint.get("/volunteer/<id:volunteer_id>/visits-together/<id:shadow_id>")
@policy(Role.VOLUNTEER, load=own_shadow)
def my_together(own: OwnShadow, volunteer_id: int, **_ids: int) -> ResponseReturnValue:
    """One visit together: when, what, with whom, and when the address can be seen."""
    shadow, now = own.shadow, utc_now()
    other = shadow.handover.senior if own.party is Party.SUCCESSOR else shadow.successor
    return page(
        "handover/my_together.html",
        own=own,
        shadow=shadow,
        what=request_words(shadow.occurrence.request, with_client=True),
        other=helper_shown(other),
        is_released=may_see_details(reading(), own, now),
        may_tell=is_over(shadow, now) and report_by(shadow, own.party) is None,
        back_url=url_for(".my_handover", volunteer_id=volunteer_id, handover_id=shadow.handover_id),
    )


@blueprint.get("/volunteer/<id:volunteer_id>/visits-together/<id:shadow_id>/details")
@policy(Role.VOLUNTEER, load=own_shadow, recently_verified=True)
def my_together_details(own: OwnShadow, volunteer_id: int, shadow_id: int) -> ResponseReturnValue:
    """Where to go, to the successor who goes along; each showing is written down."""
    by, now = current_account().id, utc_now()
    request = own.shadow.occurrence.request

    def see(session: Session) -> object:
        if not may_see_details(session, own, now):
            return None
        record(session, "handover.details_seen", own.shadow.handover, by=by, now=now, shadow=shadow_id)
        return see_details(session, request.id, by=by, now=now)

    details = in_transaction(see)
    if details is None:
        abort(404)
    return page(
        "handover/my_together_details.html",
        shadow=own.shadow,
        request_=request,
        details=details,
        back_url=url_for(".my_together", volunteer_id=volunteer_id, shadow_id=shadow_id),
    )


@blueprint.route("/volunteer/<id:volunteer_id>/visits-together/<id:shadow_id>/tell", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_shadow)
def my_telling(own: OwnShadow, volunteer_id: int, **_ids: int) -> ResponseReturnValue:
    """How it was, in two taps."""
    back_url = url_for(".my_handover", volunteer_id=volunteer_id, handover_id=own.shadow.handover_id)
    return _told(own.shadow, own.party, SignedHow.SIGNED_IN, "handover/my_telling.html", back_url)


@blueprint.route(
    "/visits-together/<id:shadow_id>/told/<any(senior, successor):party>", methods=["GET", "POST"]
)
@policy(Role.COORDINATOR, load=shadow_shown)
def enter_telling(shadow: ShadowVisit, party: str, **_ids: int) -> ResponseReturnValue:
    """The same, told to a coordinator on the phone."""
    back_url = url_for(".show", handover_id=shadow.handover_id)
    return _told(shadow, Party(party), SignedHow.PHONE_CALL, "handover/enter_telling.html", back_url)


@blueprint.route("/visits-together/<id:shadow_id>/call-off", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=shadow_shown)
def call_off(shadow: ShadowVisit, shadow_id: int) -> ResponseReturnValue:
    """Nobody goes along after all; the visit itself stands."""
    form = WordsForm()
    back_url = url_for(".show", handover_id=shadow.handover_id)

    def act(session: Session) -> str:
        cancel_shadow(session, shadow_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Called off. Who had been told is told."), "success")
        return back_url

    return submitted(form, act) or page("handover/call_off.html", form=form, shadow=shadow, back_url=back_url)


def _told(
    shadow: ShadowVisit, party: Party, how: SignedHow, template: str, back_url: str
) -> ResponseReturnValue:
    form = TellForm()

    def act(session: Session) -> str:
        tell_of_visit(
            session,
            shadow.id,
            party,
            Went(form.went.data),
            form.words.data or "",
            how,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you for telling us."), "success")
        return back_url

    return submitted(form, act) or page(
        template,
        form=form,
        shadow=shadow,
        party=party,
        duty=duty_words(shadow.handover, with_client=True),
        back_url=back_url,
    )

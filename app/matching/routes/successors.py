"""Choosing who follows a senior: the best by the same rules, explained; second best and others beside them."""

from collections.abc import Callable

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.handover.models import Handover, HandoverStatus, ShadowVisit
from app.handover.queries.handovers import handover_shown
from app.handover.queries.shadows import shadow_shown, visit_of_handover
from app.handover.routes.blueprint import duty_words
from app.matching.forms import SuccessorForm
from app.matching.routes.blueprint import blueprint, languages_by_code
from app.matching.use_cases.going_along import arrange_going_along, go_along_to
from app.matching.use_cases.successors import choose_successor, successors_for
from app.matching.words import chips
from app.shared.errors import InvalidInput
from app.shared.times import utc_now
from app.visits.models import Visit
from app.volunteers.queries import volunteer_by_code
from app.web.access import policy
from app.web.forms import page, pressed, submitted
from app.web.security import id_in
from app.web.transactions import reading


@blueprint.route("/handovers/<id:handover_id>/successor", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=handover_shown)
def successor(handover: Handover, handover_id: int) -> ResponseReturnValue:
    """Who could follow, now or after a course; or somebody named by their reference."""
    form = SuccessorForm()
    back_url = url_for("handover.show", handover_id=handover_id)
    chosen = id_in(request.form.get("volunteer"))

    def act(session: Session) -> str:
        named = volunteer_by_code(session, form.code.data or "") if chosen is None else None
        volunteer_id = chosen if named is None else named.id
        if volunteer_id is None:
            raise InvalidInput(field="code")
        choose_successor(session, handover_id, volunteer_id, by=current_account().id, now=utc_now())
        flash(gettext("They are asked whether they would like to follow."), "success")
        return back_url

    response = submitted(form, act)
    if response is not None:
        return response
    languages = languages_by_code(reading())
    is_open = handover.status is HandoverStatus.SENIOR_AGREED and handover.successor_id is None
    return page(
        "matching/successor.html",
        form=form,
        handover=handover,
        duty=duty_words(handover, with_client=True),
        is_open=is_open,
        found=successors_for(reading(), handover, now=utc_now()) if is_open else None,
        chips=lambda reasons: chips(reasons, languages),
        back_url=back_url,
    )


@blueprint.post("/handovers/<id:handover_id>/visits/<id:visit_id>/along")
@policy(Role.COORDINATOR, load=visit_of_handover)
def go_along(_visit: Visit, handover_id: int, visit_id: int) -> ResponseReturnValue:
    """The successor goes along to a visit of the senior's."""

    def act(session: Session) -> object:
        return go_along_to(session, handover_id, visit_id, by=current_account().id, now=utc_now())

    return _arranged(handover_id, act)


@blueprint.post("/visits-together/<id:shadow_id>/arrange")
@policy(Role.COORDINATOR, load=shadow_shown)
def arrange_along(shadow: ShadowVisit, shadow_id: int) -> ResponseReturnValue:
    """What the night proposed is arranged: everybody concerned is told."""

    def act(session: Session) -> object:
        return arrange_going_along(session, shadow_id, by=current_account().id, now=utc_now())

    return _arranged(shadow.handover_id, act)


def _arranged(handover_id: int, change: Callable[[Session], object]) -> ResponseReturnValue:
    """Back at the handover, with what speaks against it if anything does."""
    back_url = url_for("handover.show", handover_id=handover_id)

    def act(session: Session) -> str:
        change(session)
        flash(gettext("Arranged. Everybody concerned is told."), "success")
        return back_url

    return pressed(act, back_url)

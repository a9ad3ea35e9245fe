"""Who could go at once, beside a request or visit that lacks somebody: asked in one step, by the same rules."""

from collections.abc import Sequence

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import CareRequest, Occurrence, RequestStatus
from app.matching.models import ProposalStatus, Reserve
from app.matching.queries.proposals import occurrences_to_cover, proposals_of, times_ahead
from app.matching.queries.reserves import reserve_shown, reserves_of, visit_of
from app.matching.routes.blueprint import blueprint, languages_by_code
from app.matching.use_cases.reserves import drop_reserve as drop_named_reserve
from app.matching.use_cases.suggestions import suggestions_by_hand
from app.matching.use_cases.teams import first_day_to_decide, rule_named
from app.matching.words import chips
from app.shared.times import utc_now
from app.visits.models import Visit, VisitStatus
from app.visits.queries import has_begun
from app.volunteers.queries import account_names
from app.web.access import policy
from app.web.forms import Form, pressed
from app.web.transactions import reading

MOST_SHOWN = 3
"""Needed visits of a request for which people are named at once."""


def request_panel(session: Session, request_: CareRequest) -> str:
    """The needed visits of an open request that lack somebody, each with the best people for it."""
    if request_.status is not RequestStatus.OPEN:
        return ""
    return _panel(session, occurrences_to_cover(session, request_.id, first_day_to_decide(utc_now())))


def proposals_panel(session: Session, request_: CareRequest) -> str:
    """Who is proposed for a request and waits for a decision, and who was refused for it, by whom and why."""
    found = proposals_of(session, request_.id)
    if not found:
        return ""
    return render_template(
        "matching/proposals_panel.html",
        proposed=[each for each in found if each.status is ProposalStatus.OPEN],
        refused=[each for each in found if each.status is ProposalStatus.REFUSED],
        request_=request_,
        names=account_names(session, {each.decided_by_id for each in found if each.decided_by_id}),
    )


def visit_panel(session: Session, visit: Visit) -> str:
    """The best people for a visit that somebody declined or cannot keep."""
    can_be_arranged = visit.on_date >= first_day_to_decide(utc_now())
    if visit.status is not VisitStatus.NEEDS_COVER or not can_be_arranged:
        return ""
    return _panel(session, [visit.occurrence])


def reserve_panel(session: Session, visit: Visit) -> str:
    """Who is asked next for a visit to come, or why nobody is."""
    found = reserves_of(session, visit.occurrence_id)
    if not found or has_begun(visit, utc_now()):
        return ""
    return render_template("matching/reserve_panel.html", reserves=found, rule_named=rule_named, form=Form())


@blueprint.post("/reserves/<id:reserve_id>/drop")
@policy(Role.COORDINATOR, load=reserve_shown)
def drop_reserve(reserve: Reserve, reserve_id: int) -> ResponseReturnValue:
    """The reserve is not asked."""
    back = url_for("visits.show", visit_id=visit_id) if (visit_id := visit_of(reading(), reserve)) else "/"

    def act(writing: Session) -> str:
        drop_named_reserve(writing, reserve_id, by=current_account().id, now=utc_now())
        flash(gettext("Nobody is in reserve for this visit any more."), "success")
        return back

    return pressed(act, back)


def _panel(session: Session, occurrences: Sequence[Occurrence]) -> str:
    if not occurrences:
        return ""
    now = utc_now()
    first = first_day_to_decide(now)
    languages = languages_by_code(session)
    shown = occurrences[:MOST_SHOWN]
    return render_template(
        "matching/cover_panel.html",
        occurrences=shown,
        more=len(occurrences) - len(shown),
        people_for=suggestions_by_hand(session, shown, now=now),
        ahead=lambda occurrence: times_ahead(occurrence, first),
        chips=lambda reasons: chips(reasons, languages),
        key=str(Form().form_key.data),
    )

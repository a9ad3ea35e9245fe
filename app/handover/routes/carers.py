"""The carer's page: who would follow, what is asked of them, and how to say no at any time."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import CareRequest
from app.handover.forms import OptionalWordsForm
from app.handover.models import Party, SignedFor, SignedHow
from app.handover.queries.handovers import (
    CarersView,
    Facts,
    NextStep,
    carers_handover,
    concerns_carer,
    facts_of,
    handover_of_request,
    next_step,
)
from app.handover.routes.blueprint import blueprint, question_of, refuse_another_question
from app.handover.use_cases.settling import locked_live
from app.handover.use_cases.signing import carer_declines, sign
from app.shared.times import hong_kong_date, utc_now
from app.visits.queries import helper_shown
from app.web.access import policy
from app.web.forms import Form, page, pressed, submitted
from app.web.transactions import reading

ASKED = {NextStep.CARERS_CONSENT: SignedFor.BEGINNING, NextStep.CARERS_YES: SignedFor.CHANGE}
"""What the carer's yes is to, while it is asked for."""


@blueprint.get("/my/requests/<id:request_id>/handover")
@policy(Role.CARER, load=carers_handover)
def for_carer(view: CarersView, **_ids: int) -> ResponseReturnValue:
    """Who would follow whom, in plain words, and the question."""
    facts = _facts(reading(), view)
    handover = view.handover
    step = next_step(handover, facts)
    return page(
        "handover/for_carer.html",
        request_=view.request,
        handover=handover,
        senior=helper_shown(handover.senior),
        successor=helper_shown(handover.successor) if handover.successor else None,
        step=step,
        question=question_of(handover, ASKED.get(step)),
        facts=facts,
        key=Form().form_key.data,
    )


@blueprint.post("/my/requests/<id:request_id>/handover/yes")
@policy(Role.CARER, load=carers_handover)
def carers_yes(view: CarersView, request_id: int) -> ResponseReturnValue:
    """The carer agrees to what is asked now."""
    here = url_for(".for_carer", request_id=request_id)

    def act(session: Session) -> str:
        handover = locked_live(session, view.handover.id)
        facts = facts_of(session, [handover], hong_kong_date(utc_now()))[handover.id]
        asked = ASKED.get(next_step(handover, facts))
        refuse_another_question(handover, asked)
        by, now = current_account().id, utc_now()
        for_what = asked or SignedFor.BEGINNING
        sign(session, handover.id, Party.CARER, for_what, SignedHow.SIGNED_IN, by=by, now=now)
        flash(gettext("Thank you. You can change your mind at any time."), "success")
        return here

    return pressed(act, here)


@blueprint.route("/my/requests/<id:request_id>/handover/no", methods=["GET", "POST"])
@policy(Role.CARER, load=carers_handover)
def carers_no(view: CarersView, request_id: int) -> ResponseReturnValue:
    """The carer would rather not, or not any more."""
    form = OptionalWordsForm()
    back_url = url_for("care_requests.own", request_id=request_id)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        carer_declines(session, view.handover.id, form.words.data or "", by=by, now=now)
        flash(gettext("Thank you for telling us. Nobody new comes; a coordinator calls you."), "success")
        return back_url

    return submitted(form, act) or page(
        "handover/carers_no.html", form=form, request_=view.request, back_url=back_url
    )


def handover_panel(session: Session, request_: CareRequest) -> str:
    """On the carer's page about a request: what is happening, and whether something is asked."""
    handover = handover_of_request(session, request_.id)
    if handover is None or not concerns_carer(handover) or handover.successor is None:
        return ""
    facts = facts_of(session, [handover], hong_kong_date(utc_now()))[handover.id]
    return render_template(
        "handover/carers_panel.html",
        request_=request_,
        handover=handover,
        senior=helper_shown(handover.senior),
        successor=helper_shown(handover.successor),
        is_asked=next_step(handover, facts) in ASKED and handover.carer_declined_at is None,
    )


def _facts(session: Session, view: CarersView) -> Facts:
    return facts_of(session, [view.handover], hong_kong_date(utc_now()))[view.handover.id]

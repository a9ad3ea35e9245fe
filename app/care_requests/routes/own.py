"""A carer's home: what was asked for, what is happening in plain words, and what can be done about it."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account, own_draft
from app.accounts.models import DraftKind, Role
from app.care_requests.forms.desk import AskChangeForm, WithdrawForm
from app.care_requests.models import CareRequest, RequestAct, RequestStatus
from app.care_requests.queries.requests import (
    Standing,
    own_request,
    own_requests,
    request_state,
    request_states,
)
from app.care_requests.routes.blueprint import blueprint, choices_for_page
from app.care_requests.routes.summary import group_names, rows_of, window_words
from app.care_requests.use_cases.facts import windows_of
from app.care_requests.use_cases.triage import withdraw_request
from app.messages.use_cases import CallBackAsked, ask_for_call_back
from app.shared.audit import record
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.panels import panels_for
from app.web.transactions import reading

TONES = {
    Standing.RECEIVED: "info",
    Standing.LOOKING: "info",
    Standing.WAITING: "warning",
    Standing.ARRANGING: "info",
    Standing.ASKING: "info",
    Standing.PARTLY: "warning",
    Standing.ARRANGED: "good",
    Standing.OVER: "neutral",
    Standing.ENDED: "neutral",
}


@blueprint.get("/my/requests")
@policy(Role.CARER)
def home() -> ResponseReturnValue:
    """The next visit in large type, and every request with where it stands."""
    account = current_account()
    requests = own_requests(reading(), account)
    states = request_states(reading(), requests, utc_now())
    by_id = {request.id: request for request in requests}
    visits = sorted(
        ((visit, by_id[request_id]) for request_id, state in states.items() for visit in state.visits),
        key=lambda pair: (pair[0].on_date, pair[0].from_slot, pair[1].id),
    )
    draft = own_draft(DraftKind.CARE_REQUEST)
    return page(
        "care_requests/home.html",
        requests=requests,
        states=states,
        times={request.id: window_words(windows_of(request)) for request in requests},
        next_visit=visits[0] if visits else None,
        tones=TONES,
        has_draft=draft is not None and bool(draft.pages_done),
        panels=panels_for("care_requests.home", account),
    )


@blueprint.get("/my/requests/<id:request_id>")
@policy(Role.CARER, load=own_request)
def own(own_one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """One request: what is happening, what was asked, what can be done."""
    rows = rows_of(own_one, choices_for_page(own_one.kind_code))
    return page(
        "care_requests/own.html",
        request_=own_one,
        state=request_state(reading(), own_one, utc_now()),
        tones=TONES,
        summaries=[(title, rows[step]) for step, title in group_names().items()],
        is_settled=own_one.status is RequestStatus.OPEN,
        is_closed=own_one.status is RequestStatus.CLOSED,
        is_changeable=own_one.status is RequestStatus.SUBMITTED,
        panels=panels_for("care_requests.own", own_one),
    )


@blueprint.route("/my/requests/<id:request_id>/withdraw", methods=["GET", "POST"])
@policy(Role.CARER, load=own_request)
def withdraw(own_one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """The carer takes the request back."""
    form = WithdrawForm()

    def act(writing: Session) -> str:
        withdraw_request(writing, own_one.id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Your request is taken back. You can ask again whenever you like."), "success")
        return url_for(".own", request_id=own_one.id)

    return submitted(form, act) or page(
        "care_requests/withdraw.html",
        form=form,
        request_=own_one,
        back_url=url_for(".own", request_id=own_one.id),
    )


@blueprint.route("/my/requests/<id:request_id>/ask-change", methods=["GET", "POST"])
@policy(Role.CARER, load=own_request)
def ask_change(own_one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """After triage a change goes to a coordinator, who calls back."""
    back = url_for(".own", request_id=own_one.id)
    phone = own_one.carer.phone
    if own_one.status is RequestStatus.CLOSED or phone is None:
        return redirect(back, code=303)
    form = AskChangeForm()

    def act(writing: Session) -> str:
        now = utc_now()
        carer = own_one.carer
        asked = CallBackAsked(
            name=carer.name_zh or carer.name_en,
            phone=phone,
            note=form.words.data or "",
            page=url_for(".show", request_id=own_one.id),
            draft_id=None,
            language=str(get_locale()),
        )
        ask_for_call_back(writing, asked, now=now)
        record(writing, RequestAct.CHANGE_ASKED, own_one, by=current_account().id, now=now)
        flash(gettext("Thank you. A coordinator calls you about the change."), "success")
        return back

    return submitted(form, act) or page(
        "care_requests/ask_change.html", form=form, request_=own_one, back_url=back
    )

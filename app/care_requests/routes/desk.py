"""The coordinators' pages about requests: the list, one request, triage, change, split, close, and entering a call."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.access import current_account
from app.accounts.models import Draft, DraftKind, Role
from app.accounts.use_cases.drafts import answers, draft_to_change, finish_draft
from app.care_requests.forms.desk import (
    OPEN,
    CloseForm,
    EnterForm,
    FilterForm,
    SplitForm,
    TriageForm,
    triage_shown,
)
from app.care_requests.forms.people import SOMEBODY_NEW
from app.care_requests.forms.steps import as_sent
from app.care_requests.models import (
    CareRequest,
    CarerKind,
    CloseReason,
    RequestStatus,
)
from app.care_requests.queries.occurrences import waiting_since
from app.care_requests.queries.requests import (
    RequestFilter,
    carer_shown,
    history,
    is_urgent,
    known_helpers,
    parts_of,
    recipients_of,
    request_counts,
    request_shown,
    request_state,
    request_states,
    requests_page,
)
from app.care_requests.routes.blueprint import blueprint, choices_for_page
from app.care_requests.routes.summary import decision_rows, group_names, rows_of
from app.care_requests.use_cases.facts import windows_of
from app.care_requests.use_cases.recipients import NoSuchVolunteer, add_known_helper, see_details
from app.care_requests.use_cases.submitting import submit_request
from app.care_requests.use_cases.triage import (
    change_request,
    close_request,
    reopen_request,
    settle_draft,
    split_request,
    triage_request,
)
from app.shared.times import utc_now
from app.volunteers.models import Source
from app.volunteers.queries import volunteer_by_code
from app.web.access import policy
from app.web.dates import moment
from app.web.forms import page, submitted
from app.web.panels import panels_for
from app.web.security import id_in
from app.web.transactions import in_transaction, reading
from app.web.words import happened, say

TONES = {
    RequestStatus.DRAFT: "warning",
    RequestStatus.SUBMITTED: "info",
    RequestStatus.OPEN: "good",
    RequestStatus.CLOSED: "neutral",
}


@blueprint.get("/requests")
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """The requests, narrowed by filters that stay in the address."""
    choices = choices_for_page()
    form = FilterForm(choices, formdata=request.args)
    wanted = form.filter() if form.validate() else RequestFilter()
    found = requests_page(reading(), wanted, id_in(request.args.get("page")) or 1, today=choices.today)
    return page(
        "care_requests/index.html",
        filter_form=form,
        found=found,
        counts=request_counts(reading(), today=choices.today),
        since=waiting_since(reading(), found.rows, choices.today),
        urgent={one.id for one in found.rows if is_urgent(one, choices.today)},
        states=request_states(
            reading(), [one for one in found.rows if one.status is RequestStatus.OPEN], utc_now()
        ),
        areas={area.code: area for group in choices.areas.values() for area in group},
        today=choices.today,
        tones=TONES,
        filters={name: value for name, value in request.args.to_dict().items() if name != "page"},
    )


@blueprint.get("/requests/<id:request_id>")
@policy(Role.COORDINATOR, load=request_shown)
def show(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """Everything about one request, and what happened."""
    return _show(one)


@blueprint.post("/requests/<id:request_id>/details")
@policy(Role.COORDINATOR, load=request_shown)
def show_details(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """The same page with address, way in and health; that somebody looked is on record."""
    details = in_transaction(
        lambda writing: see_details(writing, one.id, by=current_account().id, now=utc_now())
    )
    return _show(one, details=details)


def _show(one: CareRequest, **shown: Any) -> ResponseReturnValue:
    choices = choices_for_page(one.kind_code)
    rows = rows_of(one, choices)
    return page(
        "care_requests/show.html",
        one=one,
        details=shown.get("details"),
        tone=TONES[one.status],
        state=request_state(reading(), one, utc_now()),
        urgent=is_urgent(one, choices.today),
        summaries=[(title, rows[step]) for step, title in group_names().items()],
        decisions=decision_rows(one, choices),
        helpers=known_helpers(reading(), one.recipient_id) if one.recipient_id else [],
        parts=parts_of(reading(), one),
        whole=request_shown(reading(), None, one.split_from_id) if one.split_from_id else None,
        panels=panels_for("care_requests.show", one),
        events=[
            {
                "when": moment(happening.row.at),
                "what": happened(happening.row),
                "who": happening.actor,
                "note": _note_of(happening.row.facts),
            }
            for happening in history(reading(), one)
        ],
    )


def _note_of(facts: dict[str, Any]) -> str:
    """What a line of the history adds: a reason in words, the codes of parts, words as they came."""
    reasons = {reason.value: reason for reason in CloseReason}
    if facts.get("reason") in reasons:
        return say(reasons[facts["reason"]])
    return str(facts.get("original_words") or ", ".join(facts.get("into", ())))


@blueprint.route("/requests/<id:request_id>/triage", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=request_shown)
def triage(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """Settle every field with the carer, and open the request; or change one that is open already."""
    back = url_for(".show", request_id=one.id)
    if one.status is RequestStatus.CLOSED:
        flash(gettext("This request is closed. Open it again first."), "warning")
        return redirect(back, code=303)
    choices = choices_for_page(one.kind_code)
    form = TriageForm(choices, data=triage_shown(one) if request.method == "GET" else None)
    form.forget_who_asks()
    form.keep_ages(one)
    form.kept_windows = windows_of(one)
    form.is_opening = one.status is RequestStatus.OPEN or request.form.get("action") == OPEN
    if form.wants_another_row:
        form.add_row()
    else:
        answer = submitted(form, lambda writing: _settle(writing, one, form, back))
        if answer is not None:
            return answer
    stored = None
    if request.method == "POST" and form.version_seen != one.version:
        rows = rows_of(one, choices)
        stored = [(title, rows[step]) for step, title in group_names().items()]
        form.version.data = str(one.version)
    form.show_rows()
    return page(
        "care_requests/triage.html",
        form=form,
        one=one,
        stored=stored,
        kinds={kind.code: kind for kind in choices.kinds},
        back_url=back,
        has_address=one.recipient is not None and one.recipient.address_box is not None,
    )


def _settle(writing: Session, one: CareRequest, form: TriageForm, back: str) -> str:
    by, now = current_account().id, utc_now()
    facts = form.decided_facts(one.carer_id, known_id=one.recipient_id)
    decided = form.triage()
    if one.status is RequestStatus.OPEN:
        changed = change_request(
            writing, one.id, facts, version=form.version_seen, by=by, now=now, triage=decided
        )
        flash(gettext("The changes are saved. Visits that are agreed stay as they are."), "success")
    elif form.is_opening and decided is not None:
        changed = triage_request(writing, one.id, facts, decided, version=form.version_seen, by=by, now=now)
        flash(gettext("The request is open. Tonight’s matching looks for helpers."), "success")
    elif one.status is RequestStatus.DRAFT:
        changed = settle_draft(writing, one.id, facts, version=form.version_seen, by=by, now=now)
        flash(
            gettext("The request is settled. It can be opened once you have spoken with the carer."),
            "success",
        )
    else:
        changed = change_request(writing, one.id, facts, version=form.version_seen, by=by, now=now)
        flash(gettext("The changes are saved."), "success")
    for code in form.helper_codes():
        volunteer = volunteer_by_code(writing, code)
        if volunteer is None:
            raise NoSuchVolunteer(field="known_helpers")
        if changed.recipient is not None:
            writing.flush()
            add_known_helper(writing, changed.recipient.id, volunteer, by=by, now=now)
    return back


@blueprint.route("/requests/<id:request_id>/close", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=request_shown)
def close(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """End a request, with the reason."""
    back = url_for(".show", request_id=one.id)
    form = CloseForm(data={"version": str(one.version)} if request.method == "GET" else None)

    def act(writing: Session) -> str:
        close_request(
            writing,
            one.id,
            CloseReason(form.reason.data),
            form.note.data or "",
            version=form.version_seen,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The request is closed."), "success")
        return back

    return submitted(form, act) or page("care_requests/close.html", form=form, one=one, back_url=back)


@blueprint.post("/requests/<id:request_id>/reopen")
@policy(Role.COORDINATOR, load=request_shown)
def reopen(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """A closed request waits for triage again."""
    version = id_in(request.form.get("version")) or 0
    in_transaction(
        lambda writing: reopen_request(
            writing, one.id, version=version, by=current_account().id, now=utc_now()
        )
    )
    flash(gettext("The request is open again, and waits for your call with the carer."), "success")
    return redirect(url_for(".show", request_id=one.id), code=303)


@blueprint.route("/requests/<id:request_id>/split", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=request_shown)
def split(one: CareRequest, **_ids: int) -> ResponseReturnValue:
    """Two kinds of help in one request become two."""
    back = url_for(".show", request_id=one.id)
    form = SplitForm(
        one, choices_for_page(), data={"version": str(one.version)} if request.method == "GET" else None
    )

    def act(writing: Session) -> str:
        keeps = form.keeps is not None and bool(form.keeps.data)
        parts = split_request(
            writing,
            one.id,
            form.kinds.data or (),
            keeps=keeps,
            version=form.version_seen,
            by=current_account().id,
            now=utc_now(),
        )
        codes = ", ".join(part.code for part in parts)
        flash(
            gettext("New requests: %(codes)s. Open each after speaking with the carer.", codes=codes),
            "success",
        )
        return back

    return submitted(form, act) or page("care_requests/split.html", form=form, one=one, back_url=back)


@blueprint.route("/requests/enter", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def enter() -> ResponseReturnValue:
    """A request from a call or a paper form: the same questions in the same order.

    `?carer=` is a carer on record, `?draft=` the unfinished form of somebody who asked to be called.
    """
    carer = carer_shown(reading(), None, id_in(request.args.get("carer")) or 0)
    draft = _draft_asked_for(id_in(request.args.get("draft")))
    form = _enter_form(draft)
    if carer is not None:
        form.offer_people(recipients_of(reading(), [carer.id]))
        form.forget_carer()
    if form.wants_another_row:
        form.add_row()
    else:
        answer = submitted(form, lambda writing: _enter(writing, form, carer.id if carer else None, draft))
        if answer is not None:
            return answer
    form.show_rows()
    return page("care_requests/enter.html", form=form, carer=carer, back_url=url_for(".index"))


def _draft_asked_for(draft_id: int | None) -> Draft | None:
    draft = reading().get(Draft, draft_id) if draft_id else None
    is_good = draft is not None and draft.kind is DraftKind.CARE_REQUEST and draft.finished_at is None
    return draft if is_good else None


def _enter_form(draft: Draft | None) -> EnterForm:
    choices = choices_for_page()
    if request.method == "POST" or draft is None:
        form = EnterForm(choices)
    else:
        values: MultiDict[str, str] = MultiDict()
        for given in answers(draft).values():
            values.update(as_sent(given))
        form = EnterForm(choices, formdata=values)
    if not form.person.data:
        form.person.data = SOMEBODY_NEW
    return form


def _enter(writing: Session, form: EnterForm, carer_id: int | None, draft: Draft | None) -> str:
    by, now = current_account().id, utc_now()
    carer = carer_id or form.carer_facts(CarerKind(form.carer_kind.data), language=str(get_locale()))
    made = submit_request(writing, form.settled_facts(carer), source=Source(form.source.data), by=by, now=now)
    if draft is not None:
        open_draft = draft_to_change(writing, draft.id, now=now)
        if open_draft is not None:
            finish_draft(writing, open_draft, now=now)
    flash(gettext("The request is on record as %(code)s.", code=made.code), "success")
    return url_for(".show", request_id=made.id)

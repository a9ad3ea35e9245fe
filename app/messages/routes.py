"""The call-me-back page for everybody; the call list and unsent messages for coordinators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext
from jinja2 import TemplateNotFound
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from app.accounts.access import current_account, latest_own_draft
from app.accounts.models import Account, DraftKind, Role
from app.accounts.queries import drafts_to_go_on_with
from app.accounts.throttling import Allowance, is_allowed
from app.messages.delivery import Wording, worded
from app.messages.forms import NO_ANSWER, CallBackDoneForm, CallMadeForm, CallMeBackForm
from app.messages.models import CallBack, Failure, MessageStatus, OutboxMessage
from app.messages.queries import call_backs_waiting, calls_to_make
from app.messages.queries import dead_letters as letters_given_up
from app.messages.use_cases import (
    CallBackAsked,
    ask_for_call_back,
    finish_call_back,
    note_unanswered_call,
    tell_by_phone,
)
from app.messages.use_cases import try_again as try_message_again
from app.shared.audit import record
from app.shared.errors import Refusal
from app.shared.times import utc_now
from app.web.access import policy, public
from app.web.forms import Form, page, submitted
from app.web.menu import MenuEntry
from app.web.transactions import in_transaction, reading

blueprint = Blueprint("messages", __name__)

MENU = [MenuEntry("messages.call_list", lazy_gettext("Call list"), frozenset({Role.COORDINATOR}))]

CALL_BACKS_FROM_ONE_ADDRESS = Allowance(20, timedelta(minutes=2))
CALL_BACKS_TO_ONE_NUMBER = Allowance(3, timedelta(minutes=30))
LONGEST_PAGE = 200
ENTRY_PAGES = {DraftKind.VOLUNTEER: "volunteers.enter", DraftKind.CARE_REQUEST: "care_requests.enter"}
"""Where a coordinator goes on with a form that somebody else began."""


@dataclass(frozen=True)
class Line:
    """A message for a coordinator's eyes: the row, its words in the recipient's language, whom to ask for."""

    message: OutboxMessage
    wording: Wording | None
    """None when what the message speaks of is gone."""
    person: str
    desk_url: str | None
    """The page on which the coordinator goes on with what the person says."""
    may_be_tried_again: bool
    failure: Failure | None
    failure_detail: str
    """What the other side said, for whoever looks after the machines: "503"."""


def call_back_shown(session: Session, _account: Account, call_back_id: int) -> CallBack | None:
    """The call back `call_back_id`; for coordinators."""
    return session.get(CallBack, call_back_id)


def message_shown(session: Session, _account: Account, message_id: int) -> OutboxMessage | None:
    """A message that waits for a phone call or was given up; for coordinators."""
    message = session.get(OutboxMessage, message_id)
    is_theirs = message is not None and (
        message.status == MessageStatus.DEAD or message in calls_to_make(session, now=utc_now())
    )
    return message if is_theirs else None


@blueprint.route("/call-me-back", methods=["GET", "POST"])
@public
def call_me_back() -> ResponseReturnValue:
    """Name and number of somebody who would rather talk; the form that is open here goes along."""
    form = CallMeBackForm(page=_page_asked_from())
    if form.is_sent_well() and form.phone.phone is not None:
        is_robot = bool(request.form.get("website", ""))
        if not is_robot and not is_allowed(
            "call_back",
            by_address=CALL_BACKS_FROM_ONE_ADDRESS,
            contact=form.phone.phone,
            by_contact=CALL_BACKS_TO_ONE_NUMBER,
        ):
            abort(429)
        if is_robot:
            return redirect(url_for(".call_is_coming"), code=303)
    draft = latest_own_draft()

    def act(session: Session) -> str:
        if form.phone.phone is None:
            abort(400)
        asked = CallBackAsked(
            name=form.name.data or "",
            phone=form.phone.phone,
            note=form.note.data or "",
            page=_without_token(_page_asked_from()),
            draft_id=draft.id if draft else None,
            language=str(get_locale()),
        )
        ask_for_call_back(session, asked, now=utc_now())
        return url_for(".call_is_coming", page=_page_asked_from() or None)

    return submitted(form, act) or page("messages/call_me_back.html", form=form, draft=draft)


@blueprint.get("/call-me-back/thanks")
@public
def call_is_coming() -> ResponseReturnValue:
    """Thank you, and the way back to the page."""
    return page("messages/call_is_coming.html", back_to=_page_asked_from())


@blueprint.get("/calls")
@policy(Role.COORDINATOR)
def call_list() -> ResponseReturnValue:
    """Who asked to be phoned, and whom a message reaches by phone only."""
    return _call_list("messages/call_list.html")


@blueprint.get("/calls/print")
@policy(Role.COORDINATOR)
def printed_call_list() -> ResponseReturnValue:
    """The call list in large type, with boxes to tick."""
    return _call_list("messages/printed_call_list.html")


@blueprint.route("/calls/back/<id:call_back_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=call_back_shown)
def call_back_done(call_back: CallBack, call_back_id: int) -> ResponseReturnValue:
    """What came of a call back."""
    form = CallBackDoneForm()

    def act(session: Session) -> str:
        by = current_account().id
        finish_call_back(session, call_back_id, form.outcome.data or "", by=by, now=utc_now())
        return url_for(".call_list")

    return submitted(form, act) or page("messages/call_back_done.html", form=form, call_back=call_back)


@blueprint.route("/calls/message/<id:message_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=message_shown)
def call_made(message: OutboxMessage, message_id: int) -> ResponseReturnValue:
    """Whether somebody could be told on the phone."""
    form = CallMadeForm()
    is_dead = message.status == MessageStatus.DEAD

    def act(session: Session) -> str:
        by = current_account().id
        if form.result.data == NO_ANSWER and not is_dead:
            note_unanswered_call(session, message_id, by=by, now=utc_now())
        elif form.result.data != NO_ANSWER:
            tell_by_phone(session, message_id, by=by, now=utc_now())
        return url_for(".dead_letters" if is_dead else ".call_list")

    answer = submitted(form, act)
    return answer or page("messages/call_made.html", form=form, line=_line(reading(), message, utc_now()))


@blueprint.get("/calls/unsent")
@policy(Role.COORDINATOR)
def dead_letters() -> ResponseReturnValue:
    """Messages that could not be sent, and why."""
    session, now = reading(), utc_now()
    lines = [_line(session, message, now) for message in letters_given_up(session)]
    return page("messages/dead_letters.html", lines=lines, form=Form())


@blueprint.post("/calls/unsent/<id:message_id>/again")
@policy(Role.COORDINATOR, load=message_shown)
def try_again(_message: OutboxMessage, message_id: int) -> Response:
    """Put a message that was given up back into the queue."""
    by = current_account().id
    in_transaction(lambda session: try_message_again(session, message_id, by=by, now=utc_now()))
    flash(gettext("It is tried again now."), "success")
    return redirect(url_for(".dead_letters"), code=303)


def _call_list(template: str) -> ResponseReturnValue:
    """The list is read out of sealed boxes, so that it was read goes on record."""
    session, now, by = reading(), utc_now(), current_account().id
    call_backs = call_backs_waiting(session)
    lines = [_line(session, message, now) for message in calls_to_make(session, now=now)]
    in_transaction(
        lambda writing: record(
            writing, "call_list.read", by=by, now=now, call_backs=len(call_backs), messages=len(lines)
        )
    )
    forms_begun = {
        draft.id: url_for(ENTRY_PAGES[draft.kind], draft=draft.id)
        for draft in drafts_to_go_on_with(
            session, [call_back.draft_id for call_back in call_backs if call_back.draft_id], now=now
        )
    }
    unsent = len(letters_given_up(session))
    return page(template, call_backs=call_backs, lines=lines, now=now, forms_begun=forms_begun, unsent=unsent)


def _line(session: Session, message: OutboxMessage, now: datetime) -> Line:
    try:
        wording = worded(session, message)
    except (Refusal, TemplateNotFound):
        wording = None
    facts = wording.facts if wording else {}
    account = session.get(Account, message.account_id) if message.account_id else None
    failure, _, detail = message.last_error.partition(": ")
    return Line(
        message=message,
        wording=wording,
        person=str(facts.get("person") or (account.name if account else "")),
        desk_url=_desk_url(facts.get("desk")),
        may_be_tried_again=message.expires_at is None or message.expires_at > now,
        failure=Failure(failure) if failure else None,
        failure_detail=detail,
    )


def _desk_url(desk: object) -> str | None:
    if not isinstance(desk, Sequence) or len(desk) != 2:
        return None
    endpoint, values = desk
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def _page_asked_from() -> str:
    """The path the reader came from, if it is one of this service's pages."""
    path = request.values.get("page", "")[:LONGEST_PAGE]
    if not path.startswith("/"):
        return ""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return ""
    return path


def _without_token(path: str) -> str:
    """`path` as it may be kept: an address that holds a secret is kept as its pattern."""
    if not path:
        return ""
    rule, values = current_app.url_map.bind("").match(path, method="GET", return_rule=True)
    return rule.rule if "token" in values else path

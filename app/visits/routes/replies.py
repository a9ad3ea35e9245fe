"""Where a gateway delivers what people answer by text message.

It sends `POST /sms/replies` with a bearer token (`VU_SMS_REPLY_TOKEN`) and JSON {"id": "…", "from": "+852…",
"text": "…"}. 200 and {"taken": true} means that the message is kept, and the same id is kept once. 4xx means never,
but 429; anything else, silence included, means deliver it again. Without the setting there is nothing here (404).
"""

import hmac
from datetime import timedelta
from typing import Any

from flask import abort, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.throttling import Allowance, is_allowed
from app.shared.contacts import read_phone
from app.shared.errors import InvalidText, Refusal
from app.shared.secrets import Secret
from app.shared.times import utc_now
from app.shared.words import clean_line
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.replies import TextMessage, answer_by_text, call_about_text, reply_known
from app.web.access import public
from app.web.transactions import in_transaction

FROM_ONE_GATEWAY = Allowance(300, timedelta(milliseconds=200))
FROM_ONE_NUMBER = Allowance(20, timedelta(minutes=5))
LONGEST_ID, LONGEST_TEXT = 120, 1000
UNREADABLE = "?"


@blueprint.post("/sms/replies")
@public
def sms_reply() -> ResponseReturnValue:
    """One text message from the gateway."""
    token: Secret | None = current_app.extensions["settings"].sms_reply_token
    if token is None:
        abort(404)
    if not is_allowed("sms_gateway", by_address=FROM_ONE_GATEWAY):
        abort(429)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), str(token).encode()):
        abort(401)
    message = _message(request.get_json(silent=True))
    if not is_allowed(
        "sms_reply", by_address=FROM_ONE_GATEWAY, contact=message.sender, by_contact=FROM_ONE_NUMBER
    ):
        abort(429)
    _take(message)
    return jsonify(taken=True)


def _take(message: TextMessage) -> None:
    """As an answer, else on the call list; once, even when the gateway delivers it twice at the same time."""
    now = utc_now()

    def answer(session: Session) -> bool:
        if reply_known(session, message.gateway_id) is not None:
            return True
        return answer_by_text(session, message, now=now) is not None

    def call(session: Session) -> None:
        if reply_known(session, message.gateway_id) is None:
            call_about_text(session, message, now=now)

    try:
        try:
            is_taken = in_transaction(answer)
        except Refusal:
            is_taken = False
        if not is_taken:
            in_transaction(call)
    except IntegrityError:
        if in_transaction(lambda session: reply_known(session, message.gateway_id)) is None:
            raise


def _message(sent: Any) -> TextMessage:
    """The message that was sent; 400 for what is none."""
    if not isinstance(sent, dict) or not all(
        isinstance(sent.get(name), str) for name in ("id", "from", "text")
    ):
        abort(400)
    try:
        gateway_id = clean_line(sent["id"], longest=LONGEST_ID)
        sender = read_phone(sent["from"])
    except Refusal:
        abort(400)
    if not gateway_id:
        abort(400)
    return TextMessage(gateway_id, sender, _legible(sent["text"]))


def _legible(text: str) -> str:
    """The words as they may be kept."""
    try:
        return clean_line(text[:LONGEST_TEXT], longest=LONGEST_TEXT) or UNREADABLE
    except InvalidText:
        return UNREADABLE


def _without_form_token(state: BlueprintSetupState) -> None:
    """A gateway fills in no form of ours: it is known by its bearer token."""
    state.app.extensions["csrf"].exempt(sms_reply)


blueprint.record_once(_without_form_token)

"""What the outbox and the call list call things."""

from flask_babel import lazy_gettext

from app.messages.models import Channel, Failure, MessageStatus
from app.messages.use_cases import AlreadyDone
from app.web.words import Words

WORDS: Words = {
    Channel.SMS: lazy_gettext("Text message (SMS)"),
    Channel.EMAIL: lazy_gettext("E-mail"),
    Channel.PHONE_CALL: lazy_gettext("Phone call"),
    MessageStatus.QUEUED: lazy_gettext("Waiting to leave"),
    MessageStatus.SENT: lazy_gettext("Sent"),
    MessageStatus.DEAD: lazy_gettext("Could not be sent"),
    MessageStatus.WITHDRAWN: lazy_gettext("Taken back before it left"),
    MessageStatus.EXPIRED: lazy_gettext("Out of date, not sent"),
    Failure.GATEWAY_REFUSED: lazy_gettext("The text message service refused it."),
    Failure.GATEWAY_SILENT: lazy_gettext("The text message service could not be reached."),
    Failure.GATEWAY_UNCLEAR: lazy_gettext("The text message service answered something else than agreed."),
    Failure.ADDRESS_REFUSED: lazy_gettext("There is no such e-mail address, or its mailbox is full."),
    Failure.MAIL_SERVER_REFUSED: lazy_gettext("The mail server refused it."),
    Failure.MAIL_SERVER_SILENT: lazy_gettext("The mail server could not be reached."),
    Failure.NO_CHANNEL: lazy_gettext("Messages of this kind are not set up here."),
    Failure.NO_WORDS: lazy_gettext("What this was about is no longer there."),
    AlreadyDone: lazy_gettext("Somebody has done this already."),
}

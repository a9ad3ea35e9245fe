"""What the outbox and the call list call things."""

from flask_babel import lazy_gettext

from app.messages.models import Channel, MessageStatus
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
    AlreadyDone: lazy_gettext("Somebody has done this already."),
}

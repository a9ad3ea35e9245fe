"""What the calendar's acts are called."""

from flask_babel import lazy_gettext

from app.web.words import Words

WORDS: Words = {
    "calendar.address_made": lazy_gettext("A calendar address was made"),
    "calendar.address_revoked": lazy_gettext("A calendar address was taken back"),
}

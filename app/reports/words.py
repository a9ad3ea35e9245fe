"""What the board's own states are called."""

from flask_babel import lazy_gettext

from app.reports.queries import NightState
from app.web.words import Words

WORDS: Words = {
    NightState.NONE: lazy_gettext("No night has been done yet"),
    NightState.DONE: lazy_gettext("Last night is done"),
    NightState.COMING: lazy_gettext("Last night is not done yet"),
    NightState.LATE: lazy_gettext("Last night is not done"),
}

"""What the board's own states and the rows of reports are called."""

from flask_babel import lazy_gettext

from app.reports.learning import AgeBand, Learner
from app.reports.queries import NightState
from app.web.words import Words

WORDS: Words = {
    NightState.NONE: lazy_gettext("No night has been done yet"),
    NightState.DONE: lazy_gettext("Last night is done"),
    NightState.COMING: lazy_gettext("Last night is not done yet"),
    NightState.LATE: lazy_gettext("Last night is not done"),
    Learner.VOLUNTEER: lazy_gettext("Volunteers"),
    Learner.CARER: lazy_gettext("Carers"),
    Learner.PUBLIC: lazy_gettext("Parents and the public"),
    AgeBand.CHILD: lazy_gettext("Children of 6 to 11"),
    AgeBand.YOUNGER_YOUTH: lazy_gettext("12 to 17"),
    AgeBand.YOUTH: lazy_gettext("Youth of 18 to 29"),
    AgeBand.ADULT: lazy_gettext("Adults of 30 to 59"),
    AgeBand.OLDER: lazy_gettext("Older people of 60 to 74"),
    AgeBand.OLDEST: lazy_gettext("75 and over"),
    AgeBand.UNKNOWN: lazy_gettext("Age not known"),
}

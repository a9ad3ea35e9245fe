"""What clearances, refusals and acts of safeguarding are called."""

from flask_babel import lazy_gettext

from app.safeguarding.errors import (
    ClearanceDateImpossible,
    ClearanceKnown,
    ClearanceNotOpen,
    ConcernNotTaken,
    ConcernTakenAlready,
    OwnEntry,
    PairKnown,
    PairReasonMissing,
    VoidReasonMissing,
)
from app.safeguarding.models import ClearanceKind
from app.web.words import Words

WORDS: Words = {
    ClearanceKind.SCRC: lazy_gettext("Sexual Conviction Record Check"),
    OwnEntry: lazy_gettext("You entered this yourself: another coordinator confirms it."),
    ClearanceKnown: lazy_gettext("A check seen on this day is on record already."),
    ClearanceNotOpen: lazy_gettext("This check has been confirmed, made void, or has run out."),
    ClearanceDateImpossible: lazy_gettext("This date cannot be right. Please look at it again."),
    PairKnown: lazy_gettext("These two are on record already."),
    PairReasonMissing: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    VoidReasonMissing: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    "clearance.entered": lazy_gettext("Background check entered"),
    "clearance.confirmed": lazy_gettext("Background check confirmed"),
    "clearance.voided": lazy_gettext("Background check made void"),
    "do_not_pair.entered": lazy_gettext("Not to be paired with somebody"),
    "do_not_pair.ended": lazy_gettext("May be paired again"),
    "family.entered": lazy_gettext("Family of somebody cared for"),
    ConcernTakenAlready: lazy_gettext("Somebody has taken this in hand already, or it is closed."),
    ConcernNotTaken: lazy_gettext("Take the concern in hand first."),
    "concern.raised": lazy_gettext("Somebody wrote what worries them"),
    "concern.read": lazy_gettext("Read a concern"),
    "concern.author_shown": lazy_gettext("Saw who wrote a concern"),
    "concern.taken": lazy_gettext("Took a concern in hand"),
    "concern.closed": lazy_gettext("Closed a concern"),
    "family.ended": lazy_gettext("No longer noted as family"),
}

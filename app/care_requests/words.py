"""What the statuses, reasons and refusals of requests are called."""

from flask_babel import lazy_gettext

from app.care_requests.models import CarerKind, CloseReason, RequestAct, RequestStatus, Rhythm, SpokenHow
from app.care_requests.queries.requests import Order, Standing
from app.care_requests.use_cases import facts, recipients, triage
from app.web.words import Words

WORDS: Words = {
    CarerKind.FAMILY: lazy_gettext("For somebody in my family, a friend or a neighbour"),
    CarerKind.SELF: lazy_gettext("For myself"),
    CarerKind.WORKER: lazy_gettext("As a social worker, for somebody I work with"),
    CarerKind.CENTRE: lazy_gettext("For a centre or a residential home"),
    RequestStatus.DRAFT: lazy_gettext("To be settled"),
    RequestStatus.SUBMITTED: lazy_gettext("Waiting for a call"),
    RequestStatus.OPEN: lazy_gettext("Open for matching"),
    RequestStatus.CLOSED: lazy_gettext("Ended"),
    CloseReason.MET: lazy_gettext("The help was given"),
    CloseReason.WITHDRAWN: lazy_gettext("The carer took it back"),
    CloseReason.REFERRED_OUT: lazy_gettext("Passed on to another service"),
    CloseReason.SPLIT: lazy_gettext("Split into several requests"),
    Rhythm.ONCE: lazy_gettext("Once, on one day"),
    Rhythm.ANY_OF: lazy_gettext("Once, and any of several times would do"),
    Rhythm.WEEKLY: lazy_gettext("Every week, at each of the times"),
    Rhythm.WEEKLY_ANY_OF: lazy_gettext("Once a week, and any of several times would do"),
    SpokenHow.PHONE_CALL: lazy_gettext("On the phone"),
    SpokenHow.VISIT: lazy_gettext("On a visit"),
    SpokenHow.AT_THE_CENTRE: lazy_gettext("At the centre"),
    SpokenHow.VIDEO: lazy_gettext("In a video call"),
    Standing.RECEIVED: lazy_gettext("We have it and will call you"),
    Standing.LOOKING: lazy_gettext("We are looking for somebody"),
    Standing.WAITING: lazy_gettext("Still waiting: nobody has been found yet"),
    Standing.ARRANGING: lazy_gettext("There may be somebody: we are arranging it"),
    Standing.ASKING: lazy_gettext("We are asking somebody"),
    Standing.PARTLY: lazy_gettext("Some visits are arranged"),
    Standing.ARRANGED: lazy_gettext("Arranged"),
    Standing.OVER: lazy_gettext("The days asked for have gone by"),
    Standing.ENDED: lazy_gettext("Ended"),
    Order.LONGEST_WAIT: lazy_gettext("Waiting longest first"),
    Order.NEWEST: lazy_gettext("Newest first"),
    RequestAct.SUBMITTED.value: lazy_gettext("The request came in"),
    RequestAct.CHANGED.value: lazy_gettext("The request was changed"),
    RequestAct.SETTLED.value: lazy_gettext("The unclear words were settled"),
    RequestAct.CHANGE_ASKED.value: lazy_gettext("The carer asked for a change"),
    RequestAct.TRIAGED.value: lazy_gettext("Opened for matching after speaking with the carer"),
    RequestAct.SPLIT.value: lazy_gettext("The request was split"),
    RequestAct.CLOSED.value: lazy_gettext("The request was closed"),
    RequestAct.WITHDRAWN.value: lazy_gettext("The request was taken back"),
    RequestAct.REOPENED.value: lazy_gettext("The request was opened again"),
    RequestAct.OCCURRENCE_CALLED_OFF.value: lazy_gettext("One visit was called off"),
    RequestAct.TIME_AGREED.value: lazy_gettext("Another time was agreed on for one visit"),
    RequestAct.DETAILS_SEEN.value: lazy_gettext("Address and health note were looked at"),
    RequestAct.HELPER_KNOWN.value: lazy_gettext("A helper the person knows was put on record"),
    RequestAct.HELPER_NOT_KNOWN.value: lazy_gettext("A helper was taken off the record"),
    RequestAct.CARER_CHANGED.value: lazy_gettext("The carer’s details were changed"),
    facts.NoName: lazy_gettext("Please give a name."),
    facts.NothingToSignInBy: lazy_gettext(
        "Neither a phone number nor an e-mail address is on record: enter one first."
    ),
    facts.NoContact: lazy_gettext("Please give us a way to reach you, the one you chose."),
    facts.NobodyAtHome: lazy_gettext("Please say whose home it is."),
    facts.NoArea: lazy_gettext("Please choose the area."),
    facts.NoKindOfHelp: lazy_gettext("Please choose a kind of help, or tell us in your own words."),
    facts.NoWindow: lazy_gettext("Please give at least one time."),
    facts.OneWindowOnly: lazy_gettext(
        "For a single day there is one time. To offer several, go back and choose “any of several times”."
    ),
    facts.TooManyWindows: lazy_gettext("That is too many times. %(most)s are the most."),
    facts.WindowEndsBeforeItBegins: lazy_gettext(
        "Time %(number)s: the end must be later than the beginning."
    ),
    facts.WindowInThePast: lazy_gettext("Time %(number)s: this day has gone by. Please choose another day."),
    facts.WindowTooFarAhead: lazy_gettext(
        "Time %(number)s: this is more than a year away. Please choose a nearer day."
    ),
    facts.WindowsOverlap: lazy_gettext(
        "Time %(number)s clashes with another one. Please change one of them."
    ),
    facts.EndsBeforeItStarts: lazy_gettext("The last day must not be before the first."),
    facts.EndInThePast: lazy_gettext("The last day has gone by. Please choose a later one."),
    facts.DateTooFarAhead: lazy_gettext("This is more than a year away. Please choose a nearer day."),
    facts.KindNotForMinors: lazy_gettext("Only adults give this kind of help."),
    facts.AgesOutOfOrder: lazy_gettext("The youngest age must not be above the oldest."),
    triage.NotPossibleNow: lazy_gettext("This cannot be done with the request as it stands now."),
    triage.SpokenInTheFuture: lazy_gettext("This day has not come yet."),
    triage.UrgencyWithoutReason: lazy_gettext("Please say why it is urgent."),
    triage.UrgencyWithoutEnd: lazy_gettext("Please say until which day it is urgent."),
    triage.UrgencyEndImpossible: lazy_gettext("Please choose a day from today on, within a year."),
    triage.NoCloseNote: lazy_gettext("Please say which service it was passed on to."),
    recipients.NoSuchVolunteer: lazy_gettext("No volunteer has this reference code. It looks like V-7K2QDX."),
}
"""One wording a fact. Codes of the audit stand for themselves."""

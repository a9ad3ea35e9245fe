"""What the states, steps, reasons and refusals of handing over are called."""

from flask_babel import lazy_gettext

from app.handover.errors import (
    ConsentMissing,
    HandoverOver,
    ListOpen,
    NamesSomebody,
    NobodyToGoWith,
    NoSuccessor,
    NotSenior,
    NotTheirDuty,
    NotYet,
    SamePerson,
    SignedAlready,
    StillGoes,
    ToldAlready,
    UnderWayAlready,
    WordsMissing,
)
from app.handover.models import (
    DutyKind,
    HandoverBecause,
    HandoverStatus,
    ItemStatus,
    MemoryStatus,
    Origin,
    Party,
    ShadowStatus,
    SignedFor,
    SignedHow,
)
from app.handover.queries.board import Stall
from app.handover.queries.handovers import NextStep
from app.handover.queries.seniors import SeniorBecause
from app.web.words import Words

WORDS: Words = {
    SeniorBecause.DECISION: lazy_gettext("By decision"),
    SeniorBecause.YEARS: lazy_gettext("By years"),
    SeniorBecause.HOURS: lazy_gettext("By hours"),
    SeniorBecause.KIND_VISITS: lazy_gettext("By visits of one kind"),
    DutyKind.VISITS: lazy_gettext("Weekly visits"),
    DutyKind.ROLE: lazy_gettext("A role"),
    DutyKind.KNOWLEDGE: lazy_gettext("Something they know"),
    Origin.WISH: lazy_gettext("The senior’s own wish"),
    Origin.COORDINATOR: lazy_gettext("Suggested by a coordinator"),
    Origin.EMERGENCY: lazy_gettext("An emergency"),
    HandoverStatus.PROPOSED: lazy_gettext("Suggested"),
    HandoverStatus.SENIOR_AGREED: lazy_gettext("Looking for a successor"),
    HandoverStatus.SUCCESSOR_AGREED: lazy_gettext("Successor found"),
    HandoverStatus.COURSE: lazy_gettext("Learning first"),
    HandoverStatus.SHADOWING: lazy_gettext("Going along"),
    HandoverStatus.LEADING: lazy_gettext("Taking the lead"),
    HandoverStatus.CARER_AGREED: lazy_gettext("Agreed, to be signed"),
    HandoverStatus.SIGNED_OFF: lazy_gettext("Handed over"),
    HandoverStatus.ADVISING: lazy_gettext("Handed over, the senior advises"),
    HandoverStatus.CLOSED: lazy_gettext("Completed"),
    HandoverStatus.STOPPED: lazy_gettext("Ended early"),
    HandoverBecause.WISHED: lazy_gettext("the senior wished it"),
    HandoverBecause.BEGUN_BY_STAFF: lazy_gettext("a coordinator suggested it"),
    HandoverBecause.SENIOR_CANNOT: lazy_gettext("the senior cannot go on"),
    HandoverBecause.SENIOR_SAID_YES: lazy_gettext("the senior said yes"),
    HandoverBecause.SUCCESSOR_SAID_YES: lazy_gettext("the successor said yes"),
    HandoverBecause.SUCCESSOR_SAID_NO: lazy_gettext("the successor said no"),
    HandoverBecause.SUCCESSOR_LEFT: lazy_gettext("the successor has left"),
    HandoverBecause.COURSE_FIRST: lazy_gettext("a course comes first"),
    HandoverBecause.COURSE_DONE: lazy_gettext("the course is passed"),
    HandoverBecause.CARER_SAID_YES: lazy_gettext("the carer said yes"),
    HandoverBecause.CARER_TOOK_IT_BACK: lazy_gettext("the carer would rather not"),
    HandoverBecause.VISITS_DONE: lazy_gettext("they went together often enough"),
    HandoverBecause.NOTHING_TO_VISIT: lazy_gettext("no client is concerned"),
    HandoverBecause.ALL_SIGNED: lazy_gettext("everybody has signed"),
    HandoverBecause.THANKED: lazy_gettext("with thanks"),
    HandoverBecause.WENT_WELL: lazy_gettext("the visits went well"),
    HandoverBecause.SENIOR_STAYS: lazy_gettext("the senior keeps it"),
    HandoverBecause.STAFF_STOPPED: lazy_gettext("a coordinator ended it"),
    HandoverBecause.REQUEST_ENDED: lazy_gettext("the visits are not asked for any more"),
    ItemStatus.OPEN: lazy_gettext("Still open"),
    ItemStatus.PASSED_ON: lazy_gettext("Passed on"),
    ItemStatus.NOT_NEEDED: lazy_gettext("Does not matter here"),
    Party.SENIOR: lazy_gettext("Senior"),
    Party.SUCCESSOR: lazy_gettext("Successor"),
    Party.CARER: lazy_gettext("Carer"),
    SignedFor.BEGINNING: lazy_gettext("Yes to beginning"),
    SignedFor.CHANGE: lazy_gettext("Yes to the change"),
    SignedHow.SIGNED_IN: lazy_gettext("By themselves"),
    SignedHow.PHONE_CALL: lazy_gettext("Said on the phone"),
    SignedHow.ON_PAPER: lazy_gettext("Signed on paper"),
    NotSenior: lazy_gettext(
        "This volunteer is not a senior volunteer, neither by the rule nor by a decision."
    ),
    NotTheirDuty: lazy_gettext("They do not hold this at the moment. Please choose again."),
    UnderWayAlready: lazy_gettext("This is being handed over already."),
    HandoverOver: lazy_gettext("This handover has ended."),
    NotYet: lazy_gettext("It is not time for this, or no longer. Please look at where the handover stands."),
    SignedAlready: lazy_gettext("This yes is on record already."),
    ListOpen: lazy_gettext(
        "Lines of the list are still open: %(open)s. Pass them on, or say that they do not matter."
    ),
    NoSuccessor: lazy_gettext("Nobody is named to follow."),
    SamePerson: lazy_gettext("Nobody can follow themselves."),
    NobodyToGoWith: lazy_gettext(
        "The senior has not agreed to this visit, or does not go any more; nobody goes along without them."
    ),
    ToldAlready: lazy_gettext("This was told before, thank you."),
    StillGoes: lazy_gettext(
        "Visits to come are still agreed with them. Find somebody else for those first,"
        " or thank them without making them an adviser."
    ),
    ConsentMissing: lazy_gettext("Please tick that everybody may read it."),
    NamesSomebody: lazy_gettext("This could tell who somebody is: %(what)s. Please write it without."),
    WordsMissing: lazy_gettext("A few words are needed here."),
    "handover.begun": lazy_gettext("A handover began"),
    "held_duty.noted": lazy_gettext("A role or knowledge was noted"),
    "held_duty.ended": lazy_gettext("A role or knowledge ended"),
}

STEPS: Words = {
    NextStep.SENIORS_WORD: lazy_gettext("The senior says yes"),
    NextStep.SUCCESSOR_TO_NAME: lazy_gettext("A successor is chosen"),
    NextStep.SUCCESSORS_WORD: lazy_gettext("The successor says yes"),
    NextStep.COURSE: lazy_gettext("The successor takes a course"),
    NextStep.CARERS_CONSENT: lazy_gettext("The carer agrees that the successor comes along"),
    NextStep.SHADOW_VISITS: lazy_gettext("The successor goes along"),
    NextStep.LED_VISITS: lazy_gettext("The successor leads, the senior is there"),
    NextStep.CARERS_YES: lazy_gettext("The carer agrees to the change"),
    NextStep.OPEN_LINES: lazy_gettext("The list is passed on"),
    NextStep.SIGNATURES: lazy_gettext("Both sign"),
    NextStep.THANKS: lazy_gettext("We thank the senior"),
    NextStep.VISITS_ALONE: lazy_gettext("The successor goes alone, the senior advises"),
    NextStep.NOTHING: lazy_gettext("Nothing more"),
}

SHADOWS: Words = {
    ShadowStatus.PROPOSED: lazy_gettext("Proposed, to be arranged"),
    ShadowStatus.ARRANGED: lazy_gettext("Arranged together"),
    ShadowStatus.DONE: lazy_gettext("Done, both have told"),
    ShadowStatus.CANCELLED: lazy_gettext("Called off"),
}

STALLS: Words = {
    Stall.CARER_DECLINED: lazy_gettext("The carer said no: please call"),
    Stall.SENIOR_GONE: lazy_gettext("The senior is not here any more"),
    Stall.NOT_TOLD: lazy_gettext("A visit together was not told of"),
    Stall.STEPS_BACK_SOON: lazy_gettext("The senior’s day is near"),
    Stall.WAITS_LONG: lazy_gettext("Waits for long"),
}

MEMORIES: Words = {
    MemoryStatus.WAITING: lazy_gettext("A coordinator reads it"),
    MemoryStatus.RELEASED: lazy_gettext("Everybody can read it"),
    MemoryStatus.KEPT_BACK: lazy_gettext("Kept back"),
    MemoryStatus.WITHDRAWN: lazy_gettext("Taken back"),
}

ALL = (WORDS, STEPS, SHADOWS, STALLS, MEMORIES)
"""Apart, because members of two enums may be equal as text."""

"""What the statuses, reasons and refusals of offers and visits are called."""

from datetime import datetime

from flask_babel import gettext, lazy_gettext

from app.visits.models import (
    AnsweredHow,
    EndedBecause,
    FollowUpKind,
    Mark,
    MoveBecause,
    NextStep,
    NotedHow,
    SeatStatus,
    Visit,
    VisitSeat,
    VisitStatus,
    Went,
)
from app.visits.queries import OfferState
from app.visits.queries.days import Alarm
from app.visits.use_cases.attending import NotInTheFuture, TooEarly
from app.visits.use_cases.changes import NotAgreedYet, NotOverYet, NotSuspended
from app.visits.use_cases.follow_ups import FollowedUpAlready
from app.visits.use_cases.offers import (
    AnswerNotTaken,
    NoLongerFits,
    OfferChanged,
    OfferIsOver,
    TakenBackAlready,
    TooLateToUndo,
)
from app.visits.use_cases.reporting import TooEarlyToSay, WrittenAlready
from app.visits.use_cases.seats import DatabaseRefused, Guard, NotBeforeFirstVisit, SeatIsOver, VisitIsOver
from app.web.dates import moment
from app.web.words import Words, say

WORDS: Words = {
    VisitStatus.OFFERED: lazy_gettext("Waiting for an answer"),
    VisitStatus.ACCEPTED: lazy_gettext("Agreed"),
    VisitStatus.CONFIRMED: lazy_gettext("Confirmed with the carer"),
    VisitStatus.ATTENDED: lazy_gettext("Took place"),
    VisitStatus.REPORTED: lazy_gettext("Reported"),
    VisitStatus.NO_SHOW: lazy_gettext("Nobody came"),
    VisitStatus.SUSPENDED: lazy_gettext("Suspended, weather"),
    VisitStatus.NEEDS_COVER: lazy_gettext("Needs cover"),
    VisitStatus.CANCELLED: lazy_gettext("Called off"),
    FollowUpKind.HELPER_REFUSED: lazy_gettext("A carer would rather have somebody else"),
    FollowUpKind.VISIT_DIFFICULT: lazy_gettext("A volunteer’s report wants a look"),
    FollowUpKind.CARER_NOT_CONTENT: lazy_gettext("A carer was not content with a visit"),
    FollowUpKind.VOLUNTEER_LEFT: lazy_gettext("Does not want to go on"),
    FollowedUpAlready: lazy_gettext("Somebody else has dealt with this already."),
    "follow_up.done": lazy_gettext("A coordinator followed up what was said"),
    AnsweredHow.LINK: lazy_gettext("By the link of the message"),
    AnsweredHow.SIGNED_IN: lazy_gettext("Signed in"),
    AnsweredHow.PHONE_CALL: lazy_gettext("On the phone"),
    AnsweredHow.SMS: lazy_gettext("By text message"),
    "sms_reply.taken": lazy_gettext("A text message came in"),
    Guard.DOUBLE_BOOKING: lazy_gettext("the volunteer is on another visit at that time"),
    Guard.ARRANGED_MEANWHILE: lazy_gettext("somebody else arranged this visit a moment ago"),
    Guard.VOLUNTEER_NOT_ACTIVE: lazy_gettext("the volunteer is not active at the moment"),
    Guard.REQUEST_NOT_OPEN: lazy_gettext("the request is not open any more"),
    Guard.DO_NOT_PAIR: lazy_gettext("these two are not to be paired"),
    Guard.FAMILY: lazy_gettext("they are family"),
    Guard.CLEARANCE_NOT_CONFIRMED: lazy_gettext("no confirmed background check holds on that day"),
    Guard.MINOR_WITHOUT_CONSENT: lazy_gettext("no guardian’s consent holds on that day"),
    Guard.MINOR_AFTER_NINE: lazy_gettext("nobody under 18 is out after nine in the evening"),
    Guard.MINOR_WITHOUT_ADULT: lazy_gettext("nobody under 18 goes without a checked adult beside them"),
    DatabaseRefused: lazy_gettext("This cannot be done: %(guard)s."),
    NotBeforeFirstVisit: lazy_gettext("This helper has been there before. Please call us about it."),
    SeatIsOver: lazy_gettext("This volunteer is not on this visit any more."),
    VisitIsOver: lazy_gettext("This visit has begun or was called off."),
    OfferIsOver: lazy_gettext("This question has been answered, taken back, or its time is over."),
    OfferChanged: lazy_gettext("One of the days has changed in the meantime. Please look again."),
    NoLongerFits: lazy_gettext("This yes cannot be taken any more: %(rule)s"),
    AnswerNotTaken: lazy_gettext(
        "Something about this visit has changed, so we cannot take your yes here. We call you about it."
    ),
    TooLateToUndo: lazy_gettext(
        "The message has left. To change it now, take the volunteer off the visit; they are told."
    ),
    TakenBackAlready: lazy_gettext("Somebody else has taken this approval back already."),
    "offer.made": lazy_gettext("Asked whether they can help"),
    "offer.accepted": lazy_gettext("Said yes to an offer"),
    "offer.declined": lazy_gettext("Said no to an offer"),
    "offer.expired": lazy_gettext("Did not answer an offer in time"),
    "offer.withdrawn": lazy_gettext("An approval was taken back before the message left"),
    "seat.released": lazy_gettext("Taken off a visit"),
    "seat.given_up": lazy_gettext("Cannot come to a visit after all"),
    "helper.refused": lazy_gettext("The carer would rather have another helper"),
    NotAgreedYet: lazy_gettext("Nobody comes to this visit as things stand. Please look again."),
    NotOverYet: lazy_gettext("The time of this visit is still to come. Let it take place, or plan it anew."),
    "visit.replanned": lazy_gettext("A suspended visit is planned anew"),
    "visit.not_held": lazy_gettext("A suspended visit did not take place"),
    NotSuspended: lazy_gettext("This visit is not suspended any more."),
    "visit.confirmed": lazy_gettext("The carer said that a visit suits"),
    "visit.suspended": lazy_gettext("A visit was suspended because of the weather"),
    "visit.resumed": lazy_gettext("A suspended visit takes place after all"),
    TooEarly: lazy_gettext("It is not the day of the visit yet."),
    NotInTheFuture: lazy_gettext("This time is still to come."),
    "attendance.on_the_way": lazy_gettext("Is on the way to a visit"),
    "attendance.late": lazy_gettext("Comes later to a visit"),
    "attendance.arrived": lazy_gettext("Came to a visit"),
    "attendance.left": lazy_gettext("Has finished a visit"),
    "attendance.did_not_come": lazy_gettext("Did not come to a visit"),
    "attendance.wrong": lazy_gettext("Said that something is wrong at a visit"),
    "attendance.safe": lazy_gettext("A coordinator has spoken with them about a visit"),
    WrittenAlready: lazy_gettext("This has been said already, thank you."),
    TooEarlyToSay: lazy_gettext("The visit has not begun yet."),
    Went.WELL: lazy_gettext("It went well"),
    Went.ALL_RIGHT: lazy_gettext("All right"),
    Went.DIFFICULT: lazy_gettext("It was difficult"),
    NextStep.KEEP: lazy_gettext("Would go again"),
    NextStep.CHANGE: lazy_gettext("Something should change"),
    NextStep.END: lazy_gettext("Would rather not go again"),
    "visit.reported": lazy_gettext("Wrote a report about a visit"),
    "visit.feedback": lazy_gettext("The carer said how a visit was"),
    "visit.cancelled": lazy_gettext("A visit was called off"),
    "visit.details_shown": lazy_gettext("Saw the address of a visit"),
}
SEATS: Words = {
    SeatStatus.OFFERED: lazy_gettext("Asked, no answer yet"),
    SeatStatus.ACCEPTED: lazy_gettext("Said yes"),
    SeatStatus.DECLINED: lazy_gettext("Said no"),
    SeatStatus.EXPIRED: lazy_gettext("Did not answer"),
    SeatStatus.WITHDRAWN: lazy_gettext("Approval taken back"),
    SeatStatus.CANCELLED: lazy_gettext("Taken off"),
}
ENDINGS: Words = {
    EndedBecause.DECLINED: lazy_gettext("Said no"),
    EndedBecause.GAVE_UP: lazy_gettext("Cannot come after all"),
    EndedBecause.EXPIRED: lazy_gettext("Did not answer in time"),
    EndedBecause.UNDONE: lazy_gettext("The approval was taken back"),
    EndedBecause.ADULT_LEFT: lazy_gettext("The adult beside them cannot come"),
    EndedBecause.NOT_ACTIVE: lazy_gettext("Is on a pause or has left"),
    EndedBecause.NOT_PERMITTED: lazy_gettext("May not go to this visit any more"),
    EndedBecause.CARER_REFUSED: lazy_gettext("The carer would rather have somebody else"),
    EndedBecause.TAKEN_OFF: lazy_gettext("Taken off by a coordinator"),
    EndedBecause.VISIT_CANCELLED: lazy_gettext("The visit was called off"),
    EndedBecause.REQUEST_ENDED: lazy_gettext("The request was closed"),
    EndedBecause.NO_LONGER_FITS: lazy_gettext("A rule speaks against it on that day"),
    EndedBecause.REPLANNED: lazy_gettext("Planned anew after the weather"),
    EndedBecause.COVERED: lazy_gettext("Somebody else took it over"),
}
MOVES: Words = {
    MoveBecause.ASKED: lazy_gettext("Somebody is to be asked"),
    MoveBecause.ENOUGH_SAID_YES: lazy_gettext("enough people said yes"),
    MoveBecause.TOO_FEW_LEFT: lazy_gettext("too few people are left"),
    MoveBecause.PEOPLE_CHANGED: lazy_gettext("other people come than the carer had said yes to"),
    MoveBecause.CARER_SAID_YES: lazy_gettext("the carer said that it suits"),
    MoveBecause.CARER_CALLED_OFF: lazy_gettext("the carer does not need it"),
    MoveBecause.STAFF_CALLED_OFF: lazy_gettext("we called it off"),
    MoveBecause.REQUEST_CLOSED: lazy_gettext("the request was closed"),
    MoveBecause.APPROVAL_UNDONE: lazy_gettext("the approval was taken back"),
    MoveBecause.WEATHER: lazy_gettext("the weather"),
    MoveBecause.WEATHER_OVER: lazy_gettext("the weather is better"),
    MoveBecause.HELPER_ARRIVED: lazy_gettext("the volunteer said so"),
    MoveBecause.CARER_SAW_HELPER: lazy_gettext("the carer said so"),
    MoveBecause.TOLD_BY_PHONE: lazy_gettext("told us on the phone"),
    MoveBecause.NOBODY_CAME: lazy_gettext("nobody came"),
    MoveBecause.REPORT_WRITTEN: lazy_gettext("a report was written"),
}
OFFERS: Words = {
    OfferState.WAITING: lazy_gettext("Waiting for your answer"),
    OfferState.ACCEPTED: lazy_gettext("You said yes"),
    OfferState.PARTLY: lazy_gettext("You said yes to some days"),
    OfferState.DECLINED: lazy_gettext("You said no"),
    OfferState.EXPIRED: lazy_gettext("The time to answer is over"),
    OfferState.NOT_NEEDED: lazy_gettext("Not needed any more"),
}
ALARMS: Words = {
    Alarm.WRONG: lazy_gettext("Something is wrong"),
    Alarm.NOT_BACK: lazy_gettext("Has not reported back"),
    Alarm.NOT_SEEN: lazy_gettext("Not heard of since the visit began"),
    Alarm.ABSENT: lazy_gettext("Did not come: ask why"),
}
MARKS: Words = {
    Mark.ON_THE_WAY: lazy_gettext("On the way"),
    Mark.LATE: lazy_gettext("Comes later"),
    Mark.ARRIVED: lazy_gettext("There"),
    Mark.LEFT: lazy_gettext("Finished"),
    Mark.DID_NOT_COME: lazy_gettext("Did not come"),
    Mark.WRONG: lazy_gettext("Something is wrong"),
    Mark.SAFE: lazy_gettext("A coordinator has spoken with them"),
}
SOURCES: Words = {
    NotedHow.TAP: lazy_gettext("Tapped by the volunteer"),
    NotedHow.CARER: lazy_gettext("Said by the carer"),
    NotedHow.PHONE_CALL: lazy_gettext("Told on the phone"),
}
ALL = (WORDS, ALARMS, SEATS, ENDINGS, MOVES, OFFERS, MARKS, SOURCES)
"""Apart, since members of two enums that are equal as text would swallow each other in one mapping."""


def answer_words(seat: VisitSeat, now: datetime) -> str:
    """How a seat stands: its status, but nobody has been asked before the message leaves."""
    if _is_unasked(seat, now):
        return gettext("To be asked, %(moment)s", moment=moment(seat.offer.leaves_at))
    return say(seat.status)


def visit_words(visit: Visit, now: datetime) -> str:
    """How a visit stands: its status, but it waits for no answer before anybody has been asked."""
    live = [seat for seat in visit.seats if seat.is_live]
    if visit.status is VisitStatus.OFFERED and live and all(_is_unasked(seat, now) for seat in live):
        return gettext("Approved, nobody has been told yet")
    return say(visit.status)


def _is_unasked(seat: VisitSeat, now: datetime) -> bool:
    return seat.status is SeatStatus.OFFERED and seat.offer.leaves_at > now

"""What hours, refusals and acts of recognition are called."""

from flask_babel import lazy_gettext

from app.recognition.errors import (
    HoursCountedAlready,
    HoursOverlap,
    HoursTakenBack,
    HoursToCome,
    LetterRevokedAlready,
    LevelsImpossible,
    NothingChanged,
    NothingServed,
    OwnHours,
    ReasonMissing,
    TimesTurnedRound,
    TooManyHoursADay,
    YearsTurnedRound,
)
from app.recognition.models import HoursKind
from app.recognition.queries.awards import AgeGroup
from app.recognition.queries.proposed import Doubt
from app.web.words import Words

WORDS: Words = {
    HoursKind.VISIT: lazy_gettext("A visit"),
    HoursKind.OTHER: lazy_gettext("Other work"),
    HoursKind.PAPER: lazy_gettext("From paper"),
    Doubt.NOBODY_SAID: lazy_gettext("Nobody has said anything of the day"),
    Doubt.OVERLAPS: lazy_gettext("At the same time as other hours"),
    Doubt.OVER_MAXIMUM: lazy_gettext("More than is counted of one day"),
    Doubt.LONGER: lazy_gettext("Much longer than planned"),
    Doubt.TIMES_DISAGREE: lazy_gettext("What was tapped and what was reported are far apart"),
    Doubt.TOLD_LATE: lazy_gettext("First told more than two weeks later"),
    Doubt.NO_REPORT: lazy_gettext("No report"),
    OwnHours: lazy_gettext("These are your own hours: another coordinator confirms them."),
    HoursOverlap: lazy_gettext("Hours at this time are counted already."),
    HoursCountedAlready: lazy_gettext("Somebody has decided about this visit already."),
    HoursTakenBack: lazy_gettext("Somebody has corrected this already."),
    TooManyHoursADay: lazy_gettext("Of one day at most %(most)s hours are counted."),
    HoursToCome: lazy_gettext("This is still to come."),
    TimesTurnedRound: lazy_gettext("It must end after it begins, and not be longer than can be counted."),
    ReasonMissing: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    NothingChanged: lazy_gettext("This is what stands there already."),
    AgeGroup.YOUTH: lazy_gettext("Youth group"),
    AgeGroup.ADULT: lazy_gettext("Adult group"),
    LevelsImpossible: lazy_gettext("Type one to twelve levels as whole hours, such as 50, 100, 300, 500."),
    YearsTurnedRound: lazy_gettext("The last year must not be before the first."),
    NothingServed: lazy_gettext("No hours are counted for these days."),
    LetterRevokedAlready: lazy_gettext("Somebody has declared already that this letter does not hold."),
    "letter.issued": lazy_gettext("A letter of service was written"),
    "letter.revoked": lazy_gettext("A letter of service was revoked"),
    "award.added": lazy_gettext("An award was added"),
    "award.changed": lazy_gettext("An award was changed"),
    "hours.exported": lazy_gettext("The list of a year’s hours was saved as a file"),
    "hours.confirmed": lazy_gettext("Hours of service were counted"),
    "hours.not_counted": lazy_gettext("A visit was looked at, and no hours counted"),
    "hours.corrected": lazy_gettext("Hours of service were taken back"),
}

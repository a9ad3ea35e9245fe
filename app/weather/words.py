"""What warnings, their effects and their sources are called."""

from flask_babel import lazy_gettext

from app.weather.models import Effect, SaidBy, Silence, WarningKind
from app.weather.queries import PhoneFirst
from app.weather.use_cases import InForceAlready, SaidByTheObservatory, WarningIsOver
from app.web.words import Words

WORDS: Words = {
    WarningKind.T1: lazy_gettext("Typhoon signal No. 1"),
    WarningKind.T3: lazy_gettext("Typhoon signal No. 3"),
    WarningKind.T8: lazy_gettext("Typhoon signal No. 8"),
    WarningKind.T9: lazy_gettext("Typhoon signal No. 9"),
    WarningKind.T10: lazy_gettext("Typhoon signal No. 10"),
    WarningKind.AMBER: lazy_gettext("Amber rainstorm"),
    WarningKind.RED: lazy_gettext("Red rainstorm"),
    WarningKind.BLACK: lazy_gettext("Black rainstorm"),
    WarningKind.VERY_HOT: lazy_gettext("Very hot weather"),
    Effect.GOES_ON: lazy_gettext("Goes on"),
    Effect.LOOK: lazy_gettext("Look at each"),
    Effect.SUSPEND: lazy_gettext("Suspend today’s"),
    Effect.SUSPEND_TOMORROW_TOO: lazy_gettext("Suspend for two days"),
    SaidBy.OBSERVATORY: lazy_gettext("The Observatory"),
    SaidBy.STAFF: lazy_gettext("A coordinator"),
    Silence.NOT_REACHED: lazy_gettext("The Observatory could not be reached."),
    Silence.REFUSED: lazy_gettext("The Observatory’s service refused the question."),
    Silence.UNCLEAR: lazy_gettext("The Observatory’s answer could not be understood."),
    PhoneFirst.UNDER_WAY: lazy_gettext("At the visit now"),
    PhoneFirst.ALONE: lazy_gettext("Older, and asked for the help without a family carer"),
    PhoneFirst.NO_MESSAGES: lazy_gettext("By phone only"),
    PhoneFirst.NOT_DELIVERED: lazy_gettext("The message was not delivered"),
    PhoneFirst.NO_ANSWER: lazy_gettext("Did not pick up"),
    InForceAlready: lazy_gettext("This warning is in force already."),
    WarningIsOver: lazy_gettext("This warning is over already."),
    SaidByTheObservatory: lazy_gettext("The Observatory says that it is still in force."),
    "weather.rules_changed": lazy_gettext("The rules for the weather were changed"),
    "weather.warning_began": lazy_gettext("A weather warning began"),
    "weather.warning_ended": lazy_gettext("A weather warning ended"),
}

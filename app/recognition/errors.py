"""What recognition says no to."""

from app.shared.errors import Refusal


class OwnHours(Refusal):
    """Nobody confirms their own hours."""


class HoursOverlap(Refusal):
    """This time is counted already."""


class HoursCountedAlready(Refusal):
    """Somebody has decided about this visit already."""


class HoursTakenBack(Refusal):
    """This row does not count any more."""


class TooManyHoursADay(Refusal):
    """More than is counted of one day. `facts`: `most` and `left`, in minutes."""


class HoursToCome(Refusal):
    """The day or the time lies ahead."""


class TimesTurnedRound(Refusal):
    """It ends before it begins, or has no length."""


class ReasonMissing(Refusal):
    """A decision that needs its reason."""


class NothingChanged(Refusal):
    """A correction that corrects nothing."""


class LevelsImpossible(Refusal):
    """No levels, too many, or hours that no year has."""


class YearsTurnedRound(Refusal):
    """It ends before it begins."""


class NothingServed(Refusal):
    """No hours stand in the ledger for these days."""


class LetterRevokedAlready(Refusal):
    """Somebody has declared already that it does not hold."""

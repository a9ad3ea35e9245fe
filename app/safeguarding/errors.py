"""What the safeguarding use cases refuse."""

from app.shared.errors import Refusal


class OwnEntry(Refusal):
    """A clearance is confirmed by another coordinator than the one who entered it."""


class ClearanceKnown(Refusal):
    """A clearance of the same kind, seen on the same day, is on record already."""


class ClearanceNotOpen(Refusal):
    """The clearance has been confirmed, made void, or has run out."""


class ClearanceDateImpossible(Refusal):
    """Seen on a day to come, or valid until before it was seen."""


class PairKnown(Refusal):
    """The two are on record already."""


class VoidReasonMissing(Refusal):
    """Why a clearance does not count any more."""


class PairReasonMissing(Refusal):
    """Why the two must not be paired."""


class ConcernTakenAlready(Refusal):
    """Somebody else has taken the concern in hand, or it is closed."""


class ConcernNotTaken(Refusal):
    """A concern is closed by who has taken it in hand."""

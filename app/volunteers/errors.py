"""What the volunteers' use cases refuse."""

from app.shared.errors import Refusal


class NameMissing(Refusal):
    """Neither a Chinese nor an English name."""


class BirthYearImpossible(Refusal):
    """Born in the future, or before anybody now living."""


class TooYoung(Refusal):
    """Younger than the youngest who may take part (facts: `youngest`)."""


class CannotBeReachedThatWay(Refusal):
    """The way of reaching somebody needs a number or an address that is not there."""


class SeemsRegistered(Refusal):
    """The same telephone, name and year of birth stand here already (facts: `code`)."""


class IllegalMove(Refusal):
    """A status that cannot follow the present one (facts: `status`)."""


class DateImpossible(Refusal):
    """A date that is in the future, or before what it must follow."""


class ConsentNeeded(Refusal):
    """Somebody under 18 is accepted only with a guardian's consent in force."""


class ConsentKnown(Refusal):
    """A consent of the same day is on record already."""


class ReasonMissing(Refusal):
    """Why, in a few words: the decision is kept with its reason."""


class AlreadyTogether(Refusal):
    """The two are in one household already."""


class NotInHousehold(Refusal):
    """There is no household to leave."""


class TooManyDatesAway(Refusal):
    """More periods away than anybody keeps track of (facts: `most`)."""

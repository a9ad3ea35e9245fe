"""What the use cases of handing over refuse."""

from app.shared.errors import Refusal


class NotSenior(Refusal):
    """This volunteer is no senior, neither by the rule nor by a decision."""


class NotTheirDuty(Refusal):
    """This volunteer does not hold what is to be passed on."""


class UnderWayAlready(Refusal):
    """This duty is being passed on already."""


class HandoverOver(Refusal):
    """The handover is closed or stopped."""


class NotYet(Refusal):
    """It is not time for this yet, or not any more."""


class SignedAlready(Refusal):
    """This has been said before, and stands."""


class ListOpen(Refusal):
    """Lines of the list are still open (facts: `open`)."""


class NoSuccessor(Refusal):
    """Nobody is named to follow."""


class SamePerson(Refusal):
    """Nobody follows themselves."""


class NobodyToGoWith(Refusal):
    """The senior does not go to this visit (any more): nobody goes along without them."""


class ToldAlready(Refusal):
    """This was told before."""


class StillGoes(Refusal):
    """Visits to come are agreed with them: cover is found first."""


class ConsentMissing(Refusal):
    """Everybody is to read it only if its writer agrees."""


class NamesSomebody(Refusal):
    """It says a client's or carer's name, or a number (facts: `what`)."""


class WordsMissing(Refusal):
    """A few words are needed: they are kept with the decision."""

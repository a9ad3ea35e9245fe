"""What training says no to."""

from app.shared.errors import Refusal


class RequiresWhatItGrants(Refusal):
    """Nobody can have before a course what only the course gives. `facts["skill"]` names it."""


class RequirementsGoRound(Refusal):
    """By these requirements some courses wait for one another, and nobody could ever begin. `facts["courses"]`."""


class OpenToNobody(Refusal):
    """A course that nobody may take."""


class RenewalTooLong(Refusal):
    """A qualification that never ends is not renewed, nor one from before it begins."""


class FacultyNotEmpty(Refusal):
    """Courses belong to it."""


class OwnProof(Refusal):
    """Somebody's own certificate is seen by another coordinator."""


class ProofDateImpossible(Refusal):
    """A certificate issued after it was seen, seen in the future, or ended before it began."""


class ProofRunOut(Refusal):
    """It does not hold any more."""


class ProofKnown(Refusal):
    """The same proof is on record already."""


class ProofNotCounting(Refusal):
    """Somebody has withdrawn it already."""


class ProofReasonMissing(Refusal):
    """A proof is withdrawn with a reason."""

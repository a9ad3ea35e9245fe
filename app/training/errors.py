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


class NoLessonsYet(Refusal):
    """A run without lessons cannot be opened."""


class LessonInThePast(Refusal):
    """A lesson begins later than now when it is planned or moved."""


class LessonsOverlap(Refusal):
    """Two lessons of one run at one time."""


class TrainerBusy(Refusal):
    """Somebody who teaches the run teaches another lesson at that time. `facts["name"]`, `facts["course"]`."""


class TrainerNotQualified(Refusal):
    """Somebody does not hold what the course asks of those who teach. `facts["name"]`, `facts["skills"]`."""


class TrainerFromOutsideUnseen(Refusal):
    """Nobody has said that a trainer from outside holds what the course asks for: `facts["skills"]`."""


class TeachesAlready(Refusal):
    """They teach this run already."""


class TeachesIt(Refusal):
    """Who teaches a run has no seat in it."""


class SitsInIt(Refusal):
    """Who is enrolled in a run cannot teach it."""


class SeatsAreTaken(Refusal):
    """A run cannot have fewer seats than are taken: `facts["taken"]`."""


class MinimumTooLarge(Refusal):
    """More people are needed than there are seats."""


class RunIsOver(Refusal):
    """The run is finished, or was called off."""


class RunNotOpen(Refusal):
    """Nobody may sign up for the run now."""


class RunIsFull(Refusal):
    """No seat is left."""


class SignUpClosed(Refusal):
    """The last day to sign up is over."""


class NotMeantForThem(Refusal):
    """The course is not open to such people."""


class PrerequisitesMissing(Refusal):
    """They lack what the course asks for first: `facts["skills"]`."""


class AlreadyEnrolled(Refusal):
    """They have a seat in the run already, or wait for one."""


class SeatOfferOver(Refusal):
    """The offer of a seat was answered already, or its time has run out."""


class EnrolmentIsOver(Refusal):
    """They are not in the run any more, or have been through it."""


class LessonsToCome(Refusal):
    """Not before the last lesson is over."""


class NotYetBegun(Refusal):
    """Not before the lesson begins."""


class AttendanceMissing(Refusal):
    """Nobody has said yet who came to a lesson."""


class NotThereEnough(Refusal):
    """Nobody passes who was not there enough."""


class NotTheTime(Refusal):
    """One's own tap counts shortly before the lesson and until it ends."""


class NotAssessed(Refusal):
    """This run ends without an assessment."""


class TooEarlyToSay(Refusal):
    """What somebody thought of a run is asked once its last lesson has begun."""


class CertificateKnown(Refusal):
    """A certificate that holds was written already."""


class CertificateRevokedAlready(Refusal):
    """Somebody has declared already that it does not hold."""


class ProgrammeNotFinished(Refusal):
    """A core course of the faculty is still to be completed."""


class OwnLearning(Refusal):
    """Whoever is signed in sits in the course themselves: somebody else writes down how it went."""


class TooFarAhead(Refusal):
    """A day years from now: a slip of the pen. `facts["field"]` names it."""

"""What refusals and acts of training are called."""

from flask_babel import lazy_gettext

from app.training import errors
from app.training.errors import (
    CertificateKnown,
    CertificateRevokedAlready,
    FacultyNotEmpty,
    OpenToNobody,
    OwnProof,
    ProgrammeNotFinished,
    ProofDateImpossible,
    ProofKnown,
    ProofNotCounting,
    ProofReasonMissing,
    ProofRunOut,
    RenewalTooLong,
    RequirementsGoRound,
    RequiresWhatItGrants,
)
from app.training.models.proofs import ProofKind
from app.training.models.runs import EnrolmentStatus, Outcome, RunStatus
from app.training.queries.holding import Source
from app.web.words import Words

WORDS: Words = {
    RequiresWhatItGrants: lazy_gettext("A course cannot ask for what it grants: nobody could begin."),
    RequirementsGoRound: lazy_gettext(
        "By these requirements nobody could ever begin: %(courses)s wait for one another."
    ),
    OpenToNobody: lazy_gettext("Choose who may take the course."),
    RenewalTooLong: lazy_gettext("This is longer than the qualification holds."),
    FacultyNotEmpty: lazy_gettext("Courses belong to this faculty. Move them to another first."),
    OwnProof: lazy_gettext("This is your own certificate: another coordinator looks at it."),
    ProofDateImpossible: lazy_gettext("These dates cannot be: it is issued first, seen then, and ends last."),
    ProofRunOut: lazy_gettext("It has run out already."),
    ProofKnown: lazy_gettext("This is on record already."),
    ProofNotCounting: lazy_gettext("Somebody has withdrawn it already."),
    ProofReasonMissing: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    ProofKind.CERTIFICATE: lazy_gettext("A certificate from elsewhere"),
    ProofKind.ASSESSMENT: lazy_gettext("Somebody qualified has seen them do it"),
    ProofKind.EARLIER: lazy_gettext("Taken over from the record"),
    Source.COURSE: lazy_gettext("By a course"),
    Source.RENEWAL: lazy_gettext("Renewed by a course"),
    Source.CERTIFICATE: lazy_gettext("By a certificate"),
    Source.ASSESSMENT: lazy_gettext("By an assessment"),
    Source.EARLIER: lazy_gettext("On record since you joined"),
    Source.OWN_WORD: lazy_gettext("As you told us"),
    CertificateKnown: lazy_gettext("The certificate was written already."),
    CertificateRevokedAlready: lazy_gettext(
        "Somebody has declared already that this certificate does not hold."
    ),
    ProgrammeNotFinished: lazy_gettext("A course of the programme is still to be completed."),
    "certificate.written": lazy_gettext("A certificate of ours was written"),
    "certificate.revoked": lazy_gettext("A certificate of ours was revoked"),
    "proof.entered": lazy_gettext("A certificate was entered"),
    "proof.withdrawn": lazy_gettext("A certificate was withdrawn"),
    "faculty.added": lazy_gettext("A faculty was added"),
    "faculty.changed": lazy_gettext("A faculty was renamed"),
    "faculty.removed": lazy_gettext("A faculty was taken away"),
    "course.added": lazy_gettext("A course was added"),
    "course.changed": lazy_gettext("A course was changed"),
}

RUNS: Words = {
    errors.NoLessonsYet: lazy_gettext("A run that people may sign up for has at least one lesson."),
    errors.LessonInThePast: lazy_gettext("A lesson is planned, moved or taken away before it begins."),
    errors.LessonsOverlap: lazy_gettext("Another lesson of this run is at that time."),
    errors.TrainerBusy: lazy_gettext("%(name)s teaches another lesson at that time: %(course)s."),
    errors.TrainerNotQualified: lazy_gettext(
        "%(name)s does not hold what this course asks of those who teach, on every day of it: %(skills)s."
    ),
    errors.TrainerFromOutsideUnseen: lazy_gettext(
        "Tick that you have seen it: the course asks something of those who teach."
    ),
    errors.TeachesAlready: lazy_gettext("They teach it already."),
    errors.TeachesIt: lazy_gettext("Who teaches a course has no seat in it."),
    errors.SitsInIt: lazy_gettext("They are enrolled in it. Take them off first."),
    errors.SeatsAreTaken: lazy_gettext("%(taken)s seats are taken: there cannot be fewer."),
    errors.MinimumTooLarge: lazy_gettext("This is more than there are seats."),
    errors.RunIsOver: lazy_gettext("This course is over, or was called off."),
    errors.RunNotOpen: lazy_gettext("Nobody can sign up for this course now."),
    errors.RunIsFull: lazy_gettext("No seat is left."),
    errors.SignUpClosed: lazy_gettext("It is too late to sign up by yourself. Please call us."),
    errors.NotMeantForThem: lazy_gettext("This course is not meant for them."),
    errors.PrerequisitesMissing: lazy_gettext("Something is needed first: %(skills)s."),
    errors.AlreadyEnrolled: lazy_gettext("There is a seat already, or a place on the waiting list."),
    errors.SeatOfferOver: lazy_gettext("This was answered already, or the time to answer is over."),
    errors.EnrolmentIsOver: lazy_gettext("They are not in this course any more, or it is over."),
    errors.LessonsToCome: lazy_gettext("Not before the last lesson is over."),
    errors.NotYetBegun: lazy_gettext("This lesson has not begun."),
    errors.AttendanceMissing: lazy_gettext("Write down first who came to each lesson."),
    errors.NotThereEnough: lazy_gettext("They were not there enough to pass: look at the attendance first."),
    errors.NotTheTime: lazy_gettext("You can say so from half an hour before the lesson until it ends."),
    errors.NotAssessed: lazy_gettext("This run ends without an assessment."),
    errors.OwnLearning: lazy_gettext("This is your own place in the course: somebody else writes it down."),
    errors.TooFarAhead: lazy_gettext("This day is too far ahead. Please look at the year."),
    errors.TooEarlyToSay: lazy_gettext("We ask you what you think once the last lesson has begun."),
    "lesson.attendance": lazy_gettext("It was written down who came to a lesson"),
    "lesson.tapped": lazy_gettext("Somebody said that they are in a lesson"),
    "enrolment.concluded": lazy_gettext("A course ended for somebody"),
    "run.finished": lazy_gettext("A run was finished"),
    "run.evaluated": lazy_gettext("Somebody said what they thought of a run"),
    "material.added": lazy_gettext("Something to read was added"),
    "material.removed": lazy_gettext("Something to read was taken away"),
    "run.planned": lazy_gettext("A run of a course was planned"),
    "run.changed": lazy_gettext("A run was changed"),
    "run.opened": lazy_gettext("A run was opened to sign up"),
    "run.confirmed": lazy_gettext("A run was confirmed"),
    "run.cancelled": lazy_gettext("A run was called off"),
    "lesson.added": lazy_gettext("A lesson was added"),
    "lesson.moved": lazy_gettext("A lesson was moved"),
    "lesson.removed": lazy_gettext("A lesson was taken away"),
    "trainer.added": lazy_gettext("Somebody teaches a run"),
    "trainer.removed": lazy_gettext("Somebody does not teach a run any more"),
    "enrolment.enrolled": lazy_gettext("Somebody has a seat in a run"),
    "enrolment.waiting": lazy_gettext("Somebody waits for a seat"),
    "enrolment.invited": lazy_gettext("Somebody was invited to a run"),
    "enrolment.offered": lazy_gettext("A seat was offered"),
    "enrolment.declined": lazy_gettext("Somebody said no to a seat"),
    "enrolment.expired": lazy_gettext("A seat was not answered in time"),
    "enrolment.withdrawn": lazy_gettext("Somebody left a run"),
}

RUN_STATUSES: Words = {
    RunStatus.DRAFT: lazy_gettext("Being planned"),
    RunStatus.OPEN: lazy_gettext("Open to sign up"),
    RunStatus.CONFIRMED: lazy_gettext("Takes place"),
    RunStatus.FINISHED: lazy_gettext("Finished"),
    RunStatus.CANCELLED: lazy_gettext("Called off"),
}

ENROLMENT_STATUSES: Words = {
    EnrolmentStatus.WAITING: lazy_gettext("On the waiting list"),
    EnrolmentStatus.OFFERED: lazy_gettext("Seat held, no answer yet"),
    EnrolmentStatus.ENROLLED: lazy_gettext("Has a seat"),
    EnrolmentStatus.DECLINED: lazy_gettext("Said no to the seat"),
    EnrolmentStatus.EXPIRED: lazy_gettext("Did not answer in time"),
    EnrolmentStatus.WITHDRAWN: lazy_gettext("Taken off"),
    EnrolmentStatus.CANCELLED: lazy_gettext("Ended with the run"),
}

OUTCOMES: Words = {
    Outcome.PASSED: lazy_gettext("Completed"),
    Outcome.NOT_YET: lazy_gettext("Not yet passed"),
    Outcome.MISSED: lazy_gettext("Missed too much"),
}

ALL = (WORDS, RUNS, RUN_STATUSES, ENROLMENT_STATUSES, OUTCOMES)
"""One mapping for each kind of fact: statuses of two kinds may be spelt alike."""

"""What refusals and acts of training are called."""

from flask_babel import lazy_gettext

from app.training.errors import (
    FacultyNotEmpty,
    OpenToNobody,
    OwnProof,
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
    "proof.entered": lazy_gettext("A certificate was entered"),
    "proof.withdrawn": lazy_gettext("A certificate was withdrawn"),
    "faculty.added": lazy_gettext("A faculty was added"),
    "faculty.changed": lazy_gettext("A faculty was renamed"),
    "faculty.removed": lazy_gettext("A faculty was taken away"),
    "course.added": lazy_gettext("A course was added"),
    "course.changed": lazy_gettext("A course was changed"),
}

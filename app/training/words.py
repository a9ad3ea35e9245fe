"""What refusals and acts of training are called."""

from flask_babel import lazy_gettext

from app.training.errors import (
    FacultyNotEmpty,
    OpenToNobody,
    RenewalTooLong,
    RequirementsGoRound,
    RequiresWhatItGrants,
)
from app.web.words import Words

WORDS: Words = {
    RequiresWhatItGrants: lazy_gettext("A course cannot ask for what it grants: nobody could begin."),
    RequirementsGoRound: lazy_gettext(
        "By these requirements nobody could ever begin: %(courses)s wait for one another."
    ),
    OpenToNobody: lazy_gettext("Choose who may take the course."),
    RenewalTooLong: lazy_gettext("This is longer than the qualification holds."),
    FacultyNotEmpty: lazy_gettext("Courses belong to this faculty. Move them to another first."),
    "faculty.added": lazy_gettext("A faculty was added"),
    "faculty.changed": lazy_gettext("A faculty was renamed"),
    "faculty.removed": lazy_gettext("A faculty was taken away"),
    "course.added": lazy_gettext("A course was added"),
    "course.changed": lazy_gettext("A course was changed"),
}

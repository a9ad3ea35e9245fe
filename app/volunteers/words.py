"""What the volunteers' statuses, refusals and acts are called."""

from flask_babel import lazy_gettext

from app.volunteers.errors import (
    AlreadyTogether,
    BirthYearImpossible,
    CannotBeReachedThatWay,
    ConsentKnown,
    ConsentNeeded,
    DateImpossible,
    IllegalMove,
    NameMissing,
    NotInHousehold,
    ReasonMissing,
    SeemsRegistered,
    TooManyDatesAway,
    TooYoung,
)
from app.volunteers.models import Gender, Source, VolunteerStatus
from app.volunteers.queries import Waiting
from app.web.words import Words

WORDS: Words = {
    Gender.FEMALE: lazy_gettext("Woman"),
    Gender.MALE: lazy_gettext("Man"),
    VolunteerStatus.APPLIED: lazy_gettext("Applied"),
    VolunteerStatus.INDUCTION: lazy_gettext("Invited to induction"),
    VolunteerStatus.ACTIVE: lazy_gettext("Active"),
    VolunteerStatus.PAUSED: lazy_gettext("Paused"),
    VolunteerStatus.ADVISER: lazy_gettext("Adviser"),
    VolunteerStatus.RETIRED: lazy_gettext("Stopped"),
    VolunteerStatus.REMOVED: lazy_gettext("Removed"),
    Source.ONLINE: lazy_gettext("Signed up online"),
    Source.PHONE_CALL: lazy_gettext("A telephone call"),
    Source.PAPER: lazy_gettext("A paper form"),
    Source.IMPORT: lazy_gettext("A file of the earlier register"),
    Waiting.CALL: lazy_gettext("A call from us"),
    Waiting.IDENTITY: lazy_gettext("Showing an identity document"),
    Waiting.INDUCTION: lazy_gettext("The induction"),
    Waiting.CONSENT: lazy_gettext("A guardian’s consent"),
    Waiting.ACCEPTANCE: lazy_gettext("Being accepted"),
    Waiting.TIMES: lazy_gettext("Confirming their times"),
    NameMissing: lazy_gettext("Give a Chinese or an English name."),
    BirthYearImpossible: lazy_gettext("This year of birth cannot be right. Please look at it again."),
    TooYoung: lazy_gettext(
        "Volunteers are %(youngest)s years old or older. We look forward to seeing you later!"
    ),
    CannotBeReachedThatWay: lazy_gettext(
        "For this you need to give the phone number or e-mail address above."
    ),
    SeemsRegistered: lazy_gettext(
        "Somebody with this phone, name and year of birth is here already: %(code)s."
        " If it is another person, tick the box at the end."
    ),
    IllegalMove: lazy_gettext("This does not fit the present status: %(status)s."),
    DateImpossible: lazy_gettext("This date cannot be right. Please look at it again."),
    ConsentNeeded: lazy_gettext("For somebody under 18, enter the guardian’s consent first."),
    ConsentKnown: lazy_gettext("A consent of this day is on record already."),
    ReasonMissing: lazy_gettext("Say why, in a few words: it is kept with the decision."),
    AlreadyTogether: lazy_gettext("These two are in one household already."),
    NotInHousehold: lazy_gettext("No household is on record."),
    TooManyDatesAway: lazy_gettext("At most %(most)s periods away can be kept."),
    "volunteer.registered": lazy_gettext("Registered"),
    "volunteer.applied_again": lazy_gettext("Applied again"),
    "volunteer.who_changed": lazy_gettext("Name, age or gender changed"),
    "volunteer.reach_changed": lazy_gettext("Contact details changed"),
    "volunteer.place_changed": lazy_gettext("Places changed"),
    "volunteer.abilities_changed": lazy_gettext("Skills and wishes changed"),
    "volunteer.times_changed": lazy_gettext("Times and limits changed"),
    "volunteer.away_changed": lazy_gettext("Dates away changed"),
    "volunteer.times_confirmed": lazy_gettext("Times confirmed"),
    "volunteer.note_written": lazy_gettext("Note changed"),
    "volunteer.health_written": lazy_gettext("Health note changed"),
    "volunteer.health_seen": lazy_gettext("Health note read"),
    "volunteer.minor_seen": lazy_gettext("Page of a minor opened"),
    "volunteer.spoken_with": lazy_gettext("Spoken with, invited to induction"),
    "volunteer.accepted": lazy_gettext("Accepted: may be matched from now on"),
    "volunteer.paused": lazy_gettext("Paused"),
    "volunteer.came_back": lazy_gettext("Came back from a pause"),
    "volunteer.refused": lazy_gettext("Application not accepted"),
    "volunteer.retired": lazy_gettext("Stopped"),
    "volunteer.withdrew": lazy_gettext("Does not want to go on, as they told us themselves"),
    "volunteer.removed": lazy_gettext("Removed"),
    "volunteer.made_adviser": lazy_gettext("Made an adviser"),
    "volunteer.made_senior": lazy_gettext("Made a senior volunteer"),
    "volunteer.no_longer_senior": lazy_gettext("No longer a senior volunteer"),
    "volunteer.consent_added": lazy_gettext("Guardian’s consent put on record"),
    "volunteer.consent_withdrawn": lazy_gettext("Guardian’s consent taken back"),
    "volunteer.household_joined": lazy_gettext("Household noted"),
    "volunteer.household_left": lazy_gettext("No longer in the household"),
}

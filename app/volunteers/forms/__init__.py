"""The volunteers' forms."""

from app.volunteers.forms.choices import Choices, choices_now
from app.volunteers.forms.desk import (
    AcceptForm,
    ConfirmForm,
    ConsentForm,
    ConversationForm,
    EntryForm,
    HealthNoteForm,
    HouseholdForm,
    NoteForm,
    PauseForm,
    ReasonForm,
    SeniorForm,
    StopForm,
    VolunteerFilterForm,
)
from app.volunteers.forms.person import (
    AbilitiesForm,
    AwayForm,
    HealthForm,
    PlaceForm,
    ReachForm,
    TimesForm,
    VolunteerForm,
    WhoForm,
)
from app.volunteers.forms.sign_up import CheckForm, SignUpAbilitiesForm, SignUpTimesForm
from app.volunteers.forms.stored import form_data
from app.volunteers.forms.week import week_shown

__all__ = [
    "AbilitiesForm",
    "AcceptForm",
    "AwayForm",
    "CheckForm",
    "Choices",
    "ConfirmForm",
    "ConsentForm",
    "ConversationForm",
    "EntryForm",
    "HealthForm",
    "HealthNoteForm",
    "HouseholdForm",
    "NoteForm",
    "PauseForm",
    "PlaceForm",
    "ReachForm",
    "ReasonForm",
    "SeniorForm",
    "SignUpAbilitiesForm",
    "SignUpTimesForm",
    "StopForm",
    "TimesForm",
    "VolunteerFilterForm",
    "VolunteerForm",
    "WhoForm",
    "choices_now",
    "form_data",
    "week_shown",
]

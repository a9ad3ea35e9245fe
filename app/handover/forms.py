"""The forms of handing over."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.handover.models import (
    LONGEST_DUTY,
    LONGEST_MEMORY,
    LONGEST_NOTE,
    LONGEST_REASON,
    DutyKind,
    ItemStatus,
    SignedHow,
)
from app.handover.use_cases.beginning import Duty
from app.visits.models import Went
from app.web.forms import Form, LineField, ParagraphsField, SelectChoice
from app.web.words import say

ASK, EMERGENCY = "ask", "emergency"
ALL_KINDS = ""
_A_FEW_WORDS = lazy_gettext("A few words are needed here.")
_UP_TO_8 = lazy_gettext("Type a number from 0 to 8.")
_UP_TO_12 = lazy_gettext("Type a number from 0 to 12.")
_NUMBER = lazy_gettext("Type a whole number that makes sense here, or leave it empty.")
_FROM_WHEN = lazy_gettext("From when?")


def duty_key(duty: Duty) -> str:
    """A duty as a form names it."""
    return f"request-{duty.request_id}" if duty.request_id is not None else f"duty-{duty.held_duty_id}"


def _duty_of(key: str) -> Duty:
    kind, _, number = key.partition("-")
    return Duty(request_id=int(number)) if kind == "request" else Duty(held_duty_id=int(number))


class WishForm(Form):
    """What a senior would like to pass on, and from when."""

    duties = SelectMultipleField(
        lazy_gettext("What would you like to hand on?"),
        validators=[InputRequired(lazy_gettext("Tick at least one."))],
    )
    step_back_on = DateField(
        lazy_gettext("From when would you like to do less?"),
        description=lazy_gettext("About is enough: the first day of spring, your next birthday."),
        validators=[InputRequired(lazy_gettext("Give the date."))],
    )
    words = ParagraphsField(
        lazy_gettext("Is there something we should know?"), longest=LONGEST_NOTE, validators=[Optional()]
    )

    def __init__(self, duties: Sequence[tuple[Duty, str]], today: date) -> None:
        super().__init__()
        self.duties.choices = [SelectChoice(duty_key(duty), label) for duty, label in duties]
        self.today = today

    def validate_step_back_on(self, field: DateField) -> None:
        if field.data is not None and field.data < self.today:
            raise ValidationError(lazy_gettext("This day is over. Choose today or a later day."))

    def chosen(self) -> list[Duty]:
        """What was ticked."""
        return [_duty_of(key) for key in self.duties.data or ()]


class BeginForm(Form):
    """A coordinator begins a handover."""

    duty = RadioField(
        lazy_gettext("What is to be handed over?"),
        validators=[InputRequired(lazy_gettext("Please choose one."))],
    )
    how = RadioField(
        lazy_gettext("How does it begin?"),
        choices=[
            SelectChoice(ASK, lazy_gettext("The senior is asked")),
            SelectChoice(EMERGENCY, lazy_gettext("Emergency: they cannot go on from now")),
        ],
        default=ASK,
    )
    step_back_on = DateField(_FROM_WHEN, validators=[Optional()])
    words = ParagraphsField(
        lazy_gettext("What is known: routines, warnings, whom to call"),
        description=lazy_gettext("Needed in an emergency; only the successor and the coordinators read it."),
        longest=LONGEST_NOTE,
        validators=[Optional()],
    )

    def __init__(self, duties: Sequence[tuple[Duty, str]]) -> None:
        super().__init__()
        self.duty.choices = [SelectChoice(duty_key(duty), label) for duty, label in duties]

    def chosen(self) -> Duty:
        """What was chosen."""
        return _duty_of(self.duty.data or "")


class WordsForm(Form):
    """Why, in a few words that are kept."""

    words = LineField(lazy_gettext("Why?"), longest=LONGEST_REASON, validators=[InputRequired(_A_FEW_WORDS)])


class OptionalWordsForm(Form):
    """Why, if they like to say."""

    words = LineField(
        lazy_gettext("Would you like to tell us why?"), longest=LONGEST_REASON, validators=[Optional()]
    )


class NoteForm(Form):
    """A note between the pair and the coordinators."""

    words = ParagraphsField(
        lazy_gettext("Note"), longest=LONGEST_NOTE, validators=[InputRequired(_A_FEW_WORDS)]
    )


class NewLineForm(Form):
    """One more line of this handover's list."""

    words = LineField(
        lazy_gettext("What is to be passed on?"),
        longest=LONGEST_DUTY,
        validators=[InputRequired(_A_FEW_WORDS)],
    )


class ItemForm(Form):
    """What is written to a line of the list."""

    answer = ParagraphsField(lazy_gettext("In your words"), longest=LONGEST_NOTE, validators=[Optional()])
    status = RadioField(lazy_gettext("Is it passed on?"), default=ItemStatus.PASSED_ON.value)

    def __init__(self) -> None:
        super().__init__()
        self.status.choices = [SelectChoice(status.value, say(status)) for status in ItemStatus]


class SignForm(Form):
    """How somebody's yes came to a coordinator."""

    how = RadioField(
        lazy_gettext("How did they say it?"), validators=[InputRequired(lazy_gettext("Please choose one."))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.how.choices = [
            SelectChoice(how.value, say(how)) for how in (SignedHow.PHONE_CALL, SignedHow.ON_PAPER)
        ]


class TellForm(Form):
    """How a visit together was: one tap, and words if they like."""

    went = RadioField(
        lazy_gettext("How was it?"), validators=[InputRequired(lazy_gettext("Please choose one."))]
    )
    words = ParagraphsField(
        lazy_gettext("What was learnt, what is still open?"), longest=LONGEST_NOTE, validators=[Optional()]
    )

    def __init__(self) -> None:
        super().__init__()
        self.went.choices = [SelectChoice(went.value, say(went)) for went in Went]


class ThankForm(Form):
    """The senior is thanked."""

    becomes_adviser = BooleanField(lazy_gettext("They take no visits any more and advise us from now on"))


class MemoryForm(Form):
    """A senior's memory, for those who come after."""

    words = ParagraphsField(
        lazy_gettext("Your memory"), longest=LONGEST_MEMORY, validators=[InputRequired(_A_FEW_WORDS)]
    )
    signed_as = LineField(
        lazy_gettext("The name under it"), longest=60, validators=[InputRequired(_A_FEW_WORDS)]
    )
    consents = BooleanField(lazy_gettext("Everybody may read this. I can take it back at any time."))


class PaceForm(Form):
    """How often they go together, and when it is complete."""

    shadows = IntegerField(
        lazy_gettext("Visits at which the successor goes along"),
        validators=[InputRequired(_UP_TO_8), NumberRange(0, 8, _UP_TO_8)],
    )
    led = IntegerField(
        lazy_gettext("Visits that the successor leads, the senior beside them"),
        validators=[InputRequired(_UP_TO_8), NumberRange(0, 8, _UP_TO_8)],
    )
    alone = IntegerField(
        lazy_gettext("Visits alone without trouble, until it is complete"),
        validators=[InputRequired(_UP_TO_12), NumberRange(0, 12, _UP_TO_12)],
    )


class HeldDutyForm(Form):
    """A role, or something only they know."""

    kind = RadioField(lazy_gettext("What is it?"), default=DutyKind.ROLE.value)
    words = LineField(
        lazy_gettext("In a few words"),
        description=lazy_gettext(
            "Such as: leads the Saturday team; knows the lifts of every hospital here. No client’s name."
        ),
        longest=LONGEST_DUTY,
        validators=[InputRequired(_A_FEW_WORDS)],
    )
    since = DateField(lazy_gettext("Since when?"), validators=[Optional()])

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = [
            SelectChoice(kind.value, say(kind)) for kind in (DutyKind.ROLE, DutyKind.KNOWLEDGE)
        ]


class RuleForm(Form):
    """Who is senior without anybody's decision."""

    years = IntegerField(
        lazy_gettext("Years as a volunteer"), validators=[Optional(), NumberRange(1, 60, _NUMBER)]
    )
    hours = IntegerField(
        lazy_gettext("Confirmed hours"), validators=[Optional(), NumberRange(1, 20000, _NUMBER)]
    )
    kind_visits = IntegerField(
        lazy_gettext("Visits of one and the same kind"),
        validators=[Optional(), NumberRange(1, 2000, _NUMBER)],
    )


class LineForm(Form):
    """A line of the lists by which duties are handed over."""

    kind = SelectField(lazy_gettext("For which kind of support?"))
    words_zh = LineField(
        lazy_gettext("In Chinese"), longest=LONGEST_DUTY, validators=[InputRequired(_A_FEW_WORDS)]
    )
    words_en = LineField(
        lazy_gettext("In English"), longest=LONGEST_DUTY, validators=[InputRequired(_A_FEW_WORDS)]
    )
    is_in_use = BooleanField(lazy_gettext("New handovers have this line"), default=True)

    def __init__(self, kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.kind.choices = [
            SelectChoice(ALL_KINDS, lazy_gettext("Every kind")),
            *(SelectChoice(*kind) for kind in kinds),
        ]

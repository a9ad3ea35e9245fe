"""The forms of offers and visits."""

from collections.abc import Sequence
from datetime import time

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.catalogue.words import holiday_said
from app.shared.times import SLOT_MINUTES
from app.visits.models import Mark, NextStep, Visit, VisitSeat, Went
from app.visits.use_cases.reporting import Said
from app.web.dates import day, duration, span
from app.web.forms import Form, LineField, ParagraphsField, SelectChoice
from app.web.security import id_in

LONGEST_REASON = 300
LONGEST_DETAIL = 200
LONGEST_WORRY = 2000
YES, SOME, NO = "yes", "some", "no"
VOLUNTEER, COORDINATOR = "volunteer", "coordinator"


class AnswerForm(Form):
    """Yes to all days, yes to those ticked, or no. The button pressed says which."""

    answer = StringField()
    asked = HiddenField()
    """The seats that the page showed: a yes to all means these."""
    days = SelectMultipleField(lazy_gettext("The days you can come"), coerce=int)
    reason = LineField(
        lazy_gettext("Would you like to tell us why?"), longest=LONGEST_REASON, validators=[Optional()]
    )

    def __init__(self, seats: Sequence[VisitSeat]) -> None:
        super().__init__()
        ids = [seat.id for seat in seats]
        self.days.choices = [SelectChoice(seat.id, when(seat)) for seat in seats]
        if request.method != "POST":
            self.asked.data = ",".join(map(str, ids))

    def validate_days(self, field: SelectMultipleField) -> None:
        if self.answer.data == SOME and not field.data:
            raise ValidationError(lazy_gettext("Tick the days on which you can come, or say no."))

    def validate_answer(self, field: StringField) -> None:
        if field.data not in (YES, SOME, NO):
            raise ValidationError(lazy_gettext("Please press one of the buttons."))

    def accepted(self) -> list[int]:
        """The seats that were said yes to."""
        if self.answer.data == YES:
            return [seat_id for part in (self.asked.data or "").split(",") if (seat_id := id_in(part))]
        return list(self.days.data or []) if self.answer.data == SOME else []

    def decline_reason(self) -> str:
        """The words given with a no."""
        return "" if self.answer.data == YES else self.reason.data or ""


class OutcomeForm(Form):
    """What came of it, in a few words."""

    outcome = LineField(
        lazy_gettext("What came of it?"),
        longest=LONGEST_REASON,
        description=lazy_gettext("Such as: spoken with her, she would like a woman to come."),
        validators=[InputRequired(lazy_gettext("Say in a few words what came of it."))],
    )


class ReasonForm(Form):
    """Why, in a few words."""

    reason = LineField(
        lazy_gettext("Why?"),
        longest=LONGEST_REASON,
        validators=[InputRequired(lazy_gettext("Say why, in a few words: it is kept with the decision."))],
    )


class ReleaseForm(ReasonForm):
    """Somebody taken off a visit: by their own word, told on the phone, or by a coordinator's decision."""

    who = RadioField(
        lazy_gettext("Who says so?"),
        choices=[
            SelectChoice(VOLUNTEER, lazy_gettext("They called: they cannot come after all")),
            SelectChoice(COORDINATOR, lazy_gettext("We decide it")),
        ],
        validators=[InputRequired(lazy_gettext("Choose who says so."))],
    )


class OptionalReasonForm(Form):
    """Why, if they like to say."""

    reason = LineField(
        lazy_gettext("Would you like to tell us why?"), longest=LONGEST_REASON, validators=[Optional()]
    )


class CancelForm(ReasonForm):
    """A visit that does not take place."""

    by_carer = BooleanField(lazy_gettext("The carer asked for it"))
    tells_carer = BooleanField(lazy_gettext("Tell the carer by message"), default=True)


class LateForm(Form):
    """How much later somebody comes."""

    minutes = RadioField(
        lazy_gettext("How many minutes late?"),
        choices=[SelectChoice(str(minutes), str(minutes)) for minutes in (10, 20, 30, 45, 60)],
        validators=[InputRequired(lazy_gettext("Choose how late you are."))],
    )


WRONGS = {
    "nobody": lazy_gettext("Nobody opens"),
    "ill": lazy_gettext("Somebody is ill or hurt"),
    "unsafe": lazy_gettext("I do not feel safe"),
    "other": lazy_gettext("Something else"),
}


class WrongForm(Form):
    """Something is wrong at the door."""

    what = RadioField(
        lazy_gettext("What is wrong?"),
        choices=[SelectChoice(*choice) for choice in WRONGS.items()],
        validators=[InputRequired(lazy_gettext("Choose what is wrong."))],
    )
    words = LineField(lazy_gettext("In your own words"), longest=LONGEST_DETAIL, validators=[Optional()])

    def said(self) -> str:
        """Both together, as coordinators read it."""
        label = WRONGS[self.what.data]
        return f"{label}: {self.words.data}" if self.words.data else str(label)


class DayForm(Form):
    """What a coordinator was told of a volunteer's day."""

    mark = RadioField(
        lazy_gettext("What was said?"),
        choices=[
            SelectChoice(Mark.ARRIVED.value, lazy_gettext("The volunteer came")),
            SelectChoice(Mark.LEFT.value, lazy_gettext("The volunteer has finished and left")),
            SelectChoice(Mark.DID_NOT_COME.value, lazy_gettext("The volunteer did not come")),
            SelectChoice(Mark.SAFE.value, lazy_gettext("I have spoken with them, nothing more to do")),
        ],
        validators=[InputRequired(lazy_gettext("Choose what was said."))],
    )
    clock = LineField(lazy_gettext("At what time?"), longest=5, validators=[Optional()])
    words = LineField(lazy_gettext("Note"), longest=LONGEST_REASON, validators=[Optional()])

    def validate_clock(self, field: LineField) -> None:
        if field.data and self.time() is None:
            raise ValidationError(lazy_gettext("Type a time such as 10:05."))

    def time(self) -> time | None:
        """The time of day that was typed; None for none, or none that can be read."""
        try:
            return time.fromisoformat((self.clock.data or "").rjust(5, "0"))
        except ValueError:
            return None


class ReportForm(Form):
    """After a visit: four taps and words."""

    went = RadioField(
        lazy_gettext("How was it?"),
        choices=[
            SelectChoice(Went.WELL.value, lazy_gettext("It went well")),
            SelectChoice(Went.ALL_RIGHT.value, lazy_gettext("All right")),
            SelectChoice(Went.DIFFICULT.value, lazy_gettext("It was difficult")),
        ],
        validators=[InputRequired(lazy_gettext("Choose how it was."))],
    )
    minutes = RadioField(lazy_gettext("How long were you there?"), coerce=int)
    next_step = RadioField(
        lazy_gettext("What next?"),
        choices=[
            SelectChoice(NextStep.KEEP.value, lazy_gettext("I would go again")),
            SelectChoice(NextStep.CHANGE.value, lazy_gettext("Something should change: please call me")),
            SelectChoice(NextStep.END.value, lazy_gettext("I would rather not go again")),
        ],
        validators=[InputRequired(lazy_gettext("Choose what next."))],
    )
    worries = RadioField(
        lazy_gettext("Does anything worry you?"),
        choices=[
            SelectChoice("no", lazy_gettext("No, nothing")),
            SelectChoice("yes", lazy_gettext("Yes, something worries me")),
            SelectChoice("urgent", lazy_gettext("Yes, and it cannot wait until tomorrow")),
        ],
        validators=[InputRequired(lazy_gettext("Choose yes or no."))],
    )
    worry = ParagraphsField(lazy_gettext("What worries you?"), longest=LONGEST_WORRY)
    words = ParagraphsField(
        lazy_gettext("Would you like to add something?"), longest=LONGEST_WORRY, validators=[Optional()]
    )

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        planned = (visit.to_slot - visit.from_slot) * SLOT_MINUTES
        lengths = [minutes for minutes in range(planned - 60, planned + 61, 30) if minutes > 0]
        self.minutes.choices = [SelectChoice(minutes, duration(minutes)) for minutes in lengths]
        if self.minutes.data is None and request.method != "POST":
            self.minutes.data = planned

    def validate_worry(self, field: ParagraphsField) -> None:
        if self.worries.data in ("yes", "urgent") and not field.data:
            raise ValidationError(lazy_gettext("Write what worries you, in a few words."))

    def said(self) -> Said:
        """What was filled in."""
        is_worried = self.worries.data in ("yes", "urgent")
        return Said(
            went=Went(self.went.data),
            minutes=self.minutes.data,
            next_step=NextStep(self.next_step.data),
            words=self.words.data or "",
            worry=(self.worry.data or "") if is_worried else "",
            is_urgent=self.worries.data == "urgent",
        )


class FeedbackForm(Form):
    """What a carer says after a visit: two taps, and thanks."""

    was_good = RadioField(
        lazy_gettext("How was the visit?"),
        choices=[
            SelectChoice(YES, lazy_gettext("Good")),
            SelectChoice(NO, lazy_gettext("Not so good")),
        ],
        validators=[InputRequired(lazy_gettext("Choose how it was."))],
    )
    wants_same = RadioField(
        lazy_gettext("The same helper again?"),
        choices=[
            SelectChoice(YES, lazy_gettext("Yes, please")),
            SelectChoice(NO, lazy_gettext("I would rather have somebody else")),
        ],
        validators=[InputRequired(lazy_gettext("Choose yes or no."))],
    )
    thanks = LineField(
        lazy_gettext("A word of thanks to your helper"), longest=LONGEST_REASON, validators=[Optional()]
    )


def when(seat: VisitSeat) -> str:
    """Day and time of a seat's visit, in the reader's language."""
    visit = seat.visit
    holiday = holiday_said(visit.on_date)
    named = gettext(" (%(holiday)s)", holiday=holiday) if holiday else ""
    return f"{day(visit.on_date)}{named} {span(visit.from_slot, visit.to_slot)}"

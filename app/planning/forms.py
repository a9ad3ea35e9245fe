"""The form that turns a proposal into a run."""

from datetime import date

from flask_babel import lazy_gettext
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange

from app.catalogue.forms import Choices
from app.planning.queries import Proposal
from app.shared.times import SLOT_MINUTES, slot_clock
from app.training.forms.runs import LessonForm
from app.training.models.runs import MOST_SEATS
from app.training.use_cases.runs import RunFacts

_SEATS = lazy_gettext("Type a number between 1 and 300.")


class OfferForm(LessonForm):
    """Whom to invite to a run, and when and where its first lesson is held."""

    learners = SelectMultipleField(
        lazy_gettext("Whom to invite"),
        coerce=int,
        validators=[InputRequired(lazy_gettext("Choose at least one person."))],
    )
    area = SelectField(lazy_gettext("Area"))
    minimum = IntegerField(
        lazy_gettext("With how many is it held?"),
        validators=[InputRequired(_SEATS), NumberRange(1, MOST_SEATS, _SEATS)],
    )
    closes_on = DateField(
        lazy_gettext("Last day to sign up"), validators=[InputRequired(lazy_gettext("Give the date."))]
    )

    def choose_from(self, learners: list[tuple[int, str]], areas: Choices, online: str) -> None:
        """Offer these people and areas, and no area for what is held online."""
        self.learners.choices = list(learners)
        self.area.choices = [("", online), *areas]

    def propose(self, proposal: Proposal, learners: list[int], closes_on: date) -> None:
        """Fill the form with what suits most of them."""
        self.process(
            data={
                "learners": learners,
                "area": proposal.area or "",
                "minimum": max(1, len(learners) // 2),
                "closes_on": closes_on,
                "on_date": proposal.on_date,
                "starts": slot_clock(proposal.from_minute // SLOT_MINUTES),
                "ends": slot_clock(proposal.to_minute // SLOT_MINUTES),
            }
        )

    def run(self) -> RunFacts:
        """The run: a seat for each who is invited."""
        seats = len(self.learners.data or ())
        return RunFacts(
            seats=seats,
            minimum=min(self.minimum.data or 1, max(seats, 1)),
            closes_on=self.closes_on.data or date.max,
            area=self.area.data or None,
        )

"""The forms of lessons and their end: materials, an assessment, what somebody thought."""

from flask_babel import lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.training.forms.runs import is_well
from app.training.models.runs import LONGEST_FEEDBACK, LONGEST_LINK, LONGEST_NAME, LONGEST_REASON
from app.training.use_cases.attending import Opinion
from app.web.forms import Form, LineField, ParagraphsField, SelectChoice

PASSED, NOT_YET = "passed", "not_yet"
_FOUR = [
    SelectChoice("4", lazy_gettext("Very good")),
    SelectChoice("3", lazy_gettext("Good")),
    SelectChoice("2", lazy_gettext("Not so good")),
    SelectChoice("1", lazy_gettext("Not good")),
]
_CHOOSE = lazy_gettext("Please choose one.")


class MaterialForm(Form):
    """Something to read or open."""

    title = LineField(
        lazy_gettext("Title"),
        longest=LONGEST_NAME,
        validators=[InputRequired(lazy_gettext("Give it a title."))],
    )
    link = LineField(lazy_gettext("Link"), longest=LONGEST_LINK, validators=[Optional()])
    words = ParagraphsField(lazy_gettext("Text"), longest=2000)

    def validate_link(self, field: LineField) -> None:
        is_well(field)

    def validate_words(self, field: ParagraphsField) -> None:
        if not field.data and not self.link.data:
            raise ValidationError(lazy_gettext("Give a link, or write something."))


class AssessmentForm(Form):
    """How somebody did."""

    result = RadioField(
        lazy_gettext("How did it go?"),
        choices=[
            SelectChoice(PASSED, lazy_gettext("Passed")),
            SelectChoice(NOT_YET, lazy_gettext("Not yet")),
        ],
        validators=[InputRequired(_CHOOSE)],
    )
    feedback = ParagraphsField(
        lazy_gettext("What to tell them"),
        longest=LONGEST_FEEDBACK,
        description=lazy_gettext("They read it on their page: what went well, what to practise."),
        validators=[Optional()],
    )


class EvaluationForm(Form):
    """What somebody thought of a run, in three taps."""

    content = RadioField(lazy_gettext("What was taught"), choices=_FOUR, validators=[InputRequired(_CHOOSE)])
    teaching = RadioField(
        lazy_gettext("How it was taught"), choices=_FOUR, validators=[InputRequired(_CHOOSE)]
    )
    usefulness = RadioField(
        lazy_gettext("How useful it is for my service"), choices=_FOUR, validators=[InputRequired(_CHOOSE)]
    )
    words = LineField(
        lazy_gettext("Anything else?"),
        longest=LONGEST_REASON,
        description=lazy_gettext("Those who plan courses read it without your name."),
        validators=[Optional()],
    )

    def opinion(self) -> Opinion:
        """What was filled in."""
        return Opinion(
            int(self.content.data), int(self.teaching.data), int(self.usefulness.data), self.words.data or ""
        )

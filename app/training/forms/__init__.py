"""The forms of the curriculum."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from app.catalogue.forms import Choices
from app.training.models import LONGEST_AIMS, LONGEST_AUDIENCE, Course, RequiredOf
from app.training.models.proofs import LONGEST_ISSUER, LONGEST_NUMBER, LONGEST_REASON, ProofKind
from app.training.queries import requirement_groups
from app.training.use_cases import CourseFacts
from app.training.use_cases.proofs import ProofFacts
from app.web.forms import CodeField, Form, HoursField, LineField, ParagraphsField, SelectChoice

VOLUNTEERS, CARERS, PUBLIC = "volunteers", "carers", "public"
SHORTEST, LONGEST = 15, 60_000
"""Of a course, in minutes."""
_MONTHS = lazy_gettext("Type a number of months between 1 and 240.")


class FacultyForm(Form):
    """A faculty's names."""

    name_zh = LineField(
        lazy_gettext("Name in Chinese"),
        longest=60,
        validators=[InputRequired(lazy_gettext("Give a Chinese name."))],
    )
    name_en = LineField(
        lazy_gettext("Name in English"),
        longest=80,
        validators=[InputRequired(lazy_gettext("Give an English name."))],
    )


class CourseForm(FacultyForm):
    """A course as staff write it."""

    faculty = SelectField(lazy_gettext("Faculty"), coerce=int)
    aims_zh = ParagraphsField(lazy_gettext("Aims, in Chinese"), longest=LONGEST_AIMS, validators=[Optional()])
    aims_en = ParagraphsField(lazy_gettext("Aims, in English"), longest=LONGEST_AIMS, validators=[Optional()])
    audience_zh = LineField(
        lazy_gettext("For whom, in Chinese"), longest=LONGEST_AUDIENCE, validators=[Optional()]
    )
    audience_en = LineField(
        lazy_gettext("For whom, in English"), longest=LONGEST_AUDIENCE, validators=[Optional()]
    )
    hours = HoursField(
        lazy_gettext("Hours"),
        longest=10,
        description=lazy_gettext("Of all lessons together, such as 6 or 7.5."),
    )
    language = SelectField(lazy_gettext("Language of the course"))
    open_to = SelectMultipleField(
        lazy_gettext("Who may take it?"),
        choices=[
            SelectChoice(VOLUNTEERS, lazy_gettext("Volunteers")),
            SelectChoice(CARERS, lazy_gettext("Carers")),
            SelectChoice(PUBLIC, lazy_gettext("Parents and the public")),
        ],
    )
    kinds = SelectMultipleField(lazy_gettext("For which kinds of support?"))
    grants = SelectMultipleField(lazy_gettext("What does it grant?"))
    prolongs = SelectMultipleField(lazy_gettext("What does it prolong?"))
    valid_months = IntegerField(
        lazy_gettext("Holds for how many months?"),
        description=lazy_gettext("Leave it empty if it holds for good."),
        validators=[Optional(), NumberRange(1, 240, _MONTHS)],
    )
    renewal_months = IntegerField(
        lazy_gettext("May be renewed how many months before the end?"),
        validators=[Optional(), NumberRange(1, 240, _MONTHS)],
    )
    learner_first = SelectMultipleField(lazy_gettext("Before it, a learner has any one of these"))
    learner_second = SelectMultipleField(lazy_gettext("And any one of these, too"))
    trainer_first = SelectMultipleField(lazy_gettext("Who teaches has any one of these"))
    trainer_second = SelectMultipleField(lazy_gettext("And who teaches has any one of these, too"))
    is_offered = BooleanField(lazy_gettext("People can see it and ask for it"), default=True)
    is_core = BooleanField(lazy_gettext("It belongs to the faculty’s programme"))
    version = HiddenField()

    def choose_from(self, faculties: Choices, languages: Choices, kinds: Choices, skills: Choices) -> None:
        """Offer what the catalogue has."""
        self.faculty.choices = [(int(key), name) for key, name in faculties]
        self.language.choices = list(languages)
        self.kinds.choices = list(kinds)
        for field in self._skill_fields():
            field.choices = list(skills)

    def show(self, course: Course) -> None:
        """Fill the form from a course; the choices are set already."""
        learner = _two(requirement_groups(course))
        trainer = _two(requirement_groups(course, RequiredOf.TRAINER))
        open_to = {
            VOLUNTEERS: course.open_to_volunteers,
            CARERS: course.open_to_carers,
            PUBLIC: course.open_to_public,
        }
        names = ("name_zh", "name_en", "aims_zh", "aims_en", "audience_zh", "audience_en", "valid_months")
        self.process(
            data={
                **{
                    name: getattr(course, name)
                    for name in (*names, "renewal_months", "is_offered", "is_core")
                },
                "faculty": course.faculty_id,
                "language": course.language_code,
                "hours": f"{course.minutes / 60:g}",
                "open_to": [who for who, may in open_to.items() if may],
                "kinds": [kind.code for kind in course.kinds],
                "grants": [skill.code for skill in course.grants],
                "prolongs": [skill.code for skill in course.prolongs],
                "learner_first": learner[0],
                "learner_second": learner[1],
                "trainer_first": trainer[0],
                "trainer_second": trainer[1],
                "version": str(course.version),
            }
        )

    def validate_hours(self, field: HoursField) -> None:
        if field.minutes is None or not SHORTEST <= field.minutes <= LONGEST:
            raise ValidationError(lazy_gettext("Type the hours as a number, such as 6 or 7.5."))

    def facts(self) -> CourseFacts:
        """What was filled in."""
        open_to = set(self.open_to.data or ())
        return CourseFacts(
            faculty_id=self.faculty.data,
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            minutes=self.hours.minutes or 0,
            language=self.language.data,
            aims_zh=self.aims_zh.data or "",
            aims_en=self.aims_en.data or "",
            audience_zh=self.audience_zh.data or "",
            audience_en=self.audience_en.data or "",
            open_to_volunteers=VOLUNTEERS in open_to,
            open_to_carers=CARERS in open_to,
            open_to_public=PUBLIC in open_to,
            valid_months=self.valid_months.data,
            renewal_months=self.renewal_months.data,
            is_offered=bool(self.is_offered.data),
            is_core=bool(self.is_core.data),
            kinds=tuple(self.kinds.data or ()),
            grants=tuple(self.grants.data or ()),
            prolongs=tuple(self.prolongs.data or ()),
            learner_groups=(tuple(self.learner_first.data or ()), tuple(self.learner_second.data or ())),
            trainer_groups=(tuple(self.trainer_first.data or ()), tuple(self.trainer_second.data or ())),
        )

    def version_seen(self) -> int:
        """The version the editor was shown; 0 when the page did not send any."""
        seen = self.version.data or ""
        return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0

    def _skill_fields(self) -> Sequence[SelectMultipleField]:
        return (
            self.grants,
            self.prolongs,
            self.learner_first,
            self.learner_second,
            self.trainer_first,
            self.trainer_second,
        )


def _two(groups: Sequence[Sequence[object]]) -> list[list[str]]:
    """The codes of the first two groups."""
    codes = [[str(getattr(skill, "code", "")) for skill in group] for group in groups]
    return [*codes, [], []][:2]


class ProofForm(Form):
    """A certificate or an assessment, as it was seen."""

    skill = SelectField(lazy_gettext("Which qualification?"))
    kind = RadioField(
        lazy_gettext("What have you seen?"),
        choices=[
            SelectChoice(ProofKind.CERTIFICATE.value, lazy_gettext("A certificate from elsewhere")),
            SelectChoice(ProofKind.ASSESSMENT.value, lazy_gettext("Somebody qualified has seen them do it")),
        ],
        default=ProofKind.CERTIFICATE.value,
    )
    issued_by = LineField(
        lazy_gettext("Who issued it, or who has seen it done"),
        longest=LONGEST_ISSUER,
        validators=[InputRequired(lazy_gettext("Type the organisation or the person."))],
    )
    number = LineField(
        lazy_gettext("Number on the certificate"),
        longest=LONGEST_NUMBER,
        description=lazy_gettext("Never the number of an identity card."),
        validators=[Optional()],
    )
    issued_on = DateField(
        lazy_gettext("Issued on"), validators=[InputRequired(lazy_gettext("Give the date."))]
    )
    valid_until = DateField(lazy_gettext("Valid until"), validators=[Optional()])
    seen_on = DateField(
        lazy_gettext("Seen on"),
        description=lazy_gettext("The day on which you have seen it."),
        validators=[InputRequired(lazy_gettext("Give the date."))],
    )

    def proof(self) -> ProofFacts:
        """What was filled in."""
        return ProofFacts(
            skill=self.skill.data,
            kind=ProofKind(self.kind.data),
            issued_on=self.issued_on.data or date.min,
            seen_on=self.seen_on.data or date.min,
            valid_until=self.valid_until.data,
            issued_by=self.issued_by.data or "",
            number=self.number.data or "",
        )


class WithdrawForm(Form):
    """Why a proof does not count any more."""

    reason = LineField(
        lazy_gettext("Reason"),
        longest=LONGEST_REASON,
        validators=[
            DataRequired(lazy_gettext("Say why, in a few words: it is kept with the decision.")),
        ],
    )


class SkillForm(Form):
    """What counts as having a skill."""

    needs_proof = BooleanField(lazy_gettext("A volunteer’s own word is not enough"))
    proof_months = IntegerField(
        lazy_gettext("A certificate without an end of its own holds for how many months?"),
        description=lazy_gettext("Leave it empty if it holds for good."),
        validators=[Optional(), NumberRange(1, 240, _MONTHS)],
    )


class ConfirmForm(Form):
    """A button that does one thing, once."""


class CheckCertificateForm(Form):
    """The number that stands on a certificate."""

    number = CodeField(
        lazy_gettext("Number of the certificate"),
        longest=40,
        description=lazy_gettext("It stands at the bottom of the certificate, in four groups of four."),
        validators=[InputRequired(lazy_gettext("Type the number that stands on the certificate."))],
    )

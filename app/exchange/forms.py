"""Forms of the import and export pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from app.exchange.models import ImportKind
from app.exchange.use_cases.plans import LONGEST_CELL, Finding, PlannedRow, Settlement, Weight
from app.exchange.words import COLUMN_NAMES, Names, choice_said, finding_said
from app.web.forms import Form, LineField, SelectChoice

ONLY_CHOICES = frozenset({"weekly"})
"""Columns that have no other answers than those offered."""

KINDS = [
    SelectChoice(ImportKind.VOLUNTEERS.value, lazy_gettext("Volunteers")),
    SelectChoice(ImportKind.CARE_REQUESTS.value, lazy_gettext("Care requests")),
]


class SendFileForm(Form):
    """A file of volunteers or of care requests."""

    kind = RadioField(
        lazy_gettext("What is in the file?"),
        choices=KINDS,
        validators=[InputRequired(lazy_gettext("Choose what is in the file."))],
    )
    file = FileField(
        lazy_gettext("The file"),
        description=lazy_gettext("CSV or XLSX, at most 10 MB, with headings in Chinese or English."),
    )

    def upload(self) -> tuple[str, bytes] | None:
        """The file's name and bytes; None, and an error beside the field, when there is none."""
        sent = request.files.get(self.file.name)
        if sent is None or not sent.filename:
            self.file.errors = [gettext("Choose a file.")]
            return None
        with sent.stream:
            return sent.filename, sent.stream.read()


class PreviewForm(Form):
    """A button that acts on the version of a preview that was looked at."""

    version = HiddenField()

    def version_seen(self) -> int:
        """The version, 0 when the page sent none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@dataclass(frozen=True)
class Question:
    """The fields that settle one cell: of choices, and of words of one's own; "" for the one there is none of."""

    column: str
    choice: str
    text: str


class SettleForm(PreviewForm):
    """Made by `settle_form`: the questions of some rows of a preview."""

    questions: Mapping[int, Sequence[Question]]

    def skip(self, number: int) -> Any:
        """The field that leaves a row out."""
        return self[f"row{number}-skip"]

    def settlements(self) -> dict[int, Settlement]:
        """What was decided about each row of the form."""
        decided = {}
        for number, questions in self.questions.items():
            cells = {}
            for question in questions:
                fields = filter(None, (question.text, question.choice))
                written = next((str(self[name].data) for name in fields if self[name].data), "")
                if written:
                    cells[question.column] = written
            decided[number] = Settlement(bool(self.skip(number).data), cells)
        return decided


def settle_form(
    rows: Sequence[PlannedRow[Any]],
    names: Names,
    *,
    version: int,
    settled: Mapping[int, Settlement],
    today: date,
) -> SettleForm:
    """A form with a question for every cell of `rows` that has to be settled, bound to what was sent."""
    fields: dict[str, Any] = {}
    questions: dict[int, list[Question]] = {}
    for row in rows:
        fields[f"row{row.number}-skip"] = BooleanField(
            gettext("Leave this row out"), default=settled.get(row.number, Settlement()).is_skipped
        )
        questions[row.number] = _questions_of(row, names, fields, today)
    form_class: type[SettleForm] = type("SettleRowsForm", (SettleForm,), fields)
    form = form_class(data={"version": str(version)})
    form.questions = questions
    return form


def _questions_of(row: PlannedRow[Any], names: Names, fields: dict[str, Any], today: date) -> list[Question]:
    questions: list[Question] = []
    for finding in row.of_weight(Weight.ERROR, Weight.QUESTION):
        column = finding.column
        if column not in row.cells or any(question.column == column for question in questions):
            continue
        choice = f"row{row.number}-{column}-choice" if finding.choices else ""
        text = "" if column in ONLY_CHOICES else f"row{row.number}-{column}"
        label = _question_said(row, finding, names)
        if choice:
            choices = [
                SelectChoice(answer, choice_said(column, answer, names, today)) for answer in finding.choices
            ]
            later = SelectChoice("", gettext("Settle it later"))
            fields[choice] = RadioField(label, choices=[*choices, later], default="", validate_choice=False)
        if text:
            label = gettext("Or write it here") if choice else label
            fields[text] = LineField(label, longest=LONGEST_CELL)
        questions.append(Question(column, choice, text))
    return questions


def _question_said(row: PlannedRow[Any], finding: Finding, names: Names) -> str:
    written = row.cells[finding.column].text
    quoted = gettext(" “%(words)s”", words=written) if written else ""
    return f"{COLUMN_NAMES[finding.column]}{quoted}{gettext(': ')}{finding_said(finding, names)}"


class ExportForm(Form):
    """Which table, and as which kind of file."""

    table = RadioField(
        lazy_gettext("Which table?"),
        choices=[
            SelectChoice("volunteers", lazy_gettext("Volunteers")),
            SelectChoice("care-requests", lazy_gettext("Care requests")),
            SelectChoice("proposals", lazy_gettext("Proposals")),
            SelectChoice("visits", lazy_gettext("Visits")),
        ],
        validators=[InputRequired(lazy_gettext("Choose a table."))],
    )
    kind = RadioField(
        lazy_gettext("Which kind of file?"),
        choices=[
            SelectChoice(".xlsx", lazy_gettext("Excel (XLSX)")),
            SelectChoice(".csv", lazy_gettext("Text (CSV)")),
        ],
        default=".xlsx",
    )

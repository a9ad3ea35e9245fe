"""What a calendar is narrowed to, and which piece of time it shows; all of it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField
from wtforms.validators import Optional

from app.calendar.queries import CalendarFilter
from app.catalogue.forms import area_choices
from app.catalogue.models import Area, District
from app.shared.times import add_months, monday_of
from app.web.forms import Form, LineField
from app.web.security import id_in

MONTH, WEEK = "month", "week"
FIRST_YEAR, LAST_YEAR = 2000, 2099


class CalendarFilterForm(Form):
    """Area, and a name or reference."""

    class Meta(Form.Meta):
        csrf = False

    area = SelectField(lazy_gettext("Area"), validators=[Optional()])
    words = LineField(
        lazy_gettext("Name, or reference of a volunteer or request"), longest=80, validators=[Optional()]
    )
    view = HiddenField()
    day = HiddenField()
    volunteer = HiddenField()
    request = HiddenField()

    def __init__(self, areas: Mapping[District, list[Area]], **options: Any) -> None:
        super().__init__(**options)
        del self.form_key
        self.area.choices = {"": [("", gettext("All areas"))], **area_choices(areas)}

    def wanted(self) -> CalendarFilter:
        """The filter; what cannot be read narrows nothing."""
        self.validate()
        return CalendarFilter(
            area="" if self.area.errors else self.area.data or "",
            words="" if self.words.errors else self.words.data or "",
            volunteer_id=id_in(self.volunteer.data),
            request_id=id_in(self.request.data),
        )


@dataclass(frozen=True)
class Piece:
    """A month or a week, and what lies before and after it. `weeks` are whole ones, Monday first."""

    view: str
    day: date
    first: date
    last: date
    weeks: tuple[tuple[date, ...], ...]

    @property
    def before(self) -> date:
        """A day of the piece before."""
        return self.first - timedelta(days=1) if self.view == WEEK else add_months(self.day, -1)

    @property
    def after(self) -> date:
        """A day of the piece after."""
        return self.last + timedelta(days=1) if self.view == WEEK else add_months(self.day, 1)


def piece_asked(today: date, *, usual: str) -> Piece:
    """The month or week that the address names; today's for what names none."""
    view = request.args.get("view", usual)
    try:
        on = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        on = today
    if not FIRST_YEAR < on.year < LAST_YEAR:
        on = today
    if view == WEEK:
        monday = monday_of(on)
        week = _week(monday)
        return Piece(WEEK, on, monday, week[-1], (week,))
    begins = on.replace(day=1)
    ends = add_months(begins, 1) - timedelta(days=1)
    mondays = range(0, (ends - monday_of(begins)).days + 1, 7)
    weeks = tuple(_week(monday_of(begins) + timedelta(days=days)) for days in mondays)
    return Piece(MONTH, begins, weeks[0][0], weeks[-1][-1], weeks)


def _week(monday: date) -> tuple[date, ...]:
    return tuple(monday + timedelta(days=number) for number in range(7))

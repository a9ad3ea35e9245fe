"""The forms of the weather."""

from datetime import date, datetime

from flask import request
from flask_babel import lazy_gettext
from wtforms import HiddenField, SelectField, TimeField
from wtforms.validators import InputRequired, Optional

from app.catalogue.models import WeatherClass
from app.shared.times import hong_kong_moment
from app.weather.models import Effect, WarningKind
from app.weather.queries import Rules
from app.weather.use_cases import fingerprint
from app.web.forms import Form, SelectChoice
from app.web.words import say


class WarningForm(Form):
    """A warning that is in force by a coordinator's word."""

    warning = SelectField(
        lazy_gettext("Warning"), validators=[InputRequired(lazy_gettext("Choose the warning."))]
    )
    clock = TimeField(
        lazy_gettext("Since what time today?"),
        description=lazy_gettext("Empty: now. A later time: from then on."),
        validators=[Optional()],
    )

    def __init__(self) -> None:
        super().__init__()
        self.warning.choices = [SelectChoice(kind.value, say(kind)) for kind in WarningKind]

    def begins_at(self, today: date, now: datetime) -> datetime:
        """From when on."""
        return now if self.clock.data is None else hong_kong_moment(today, self.clock.data)


class RulesForm(Form):
    """What each warning means for each weather class: one field each, named "outdoor-t8"."""

    seen = HiddenField()

    @classmethod
    def of(cls, rules: Rules) -> "RulesForm":
        """The form for these rules, filled with them unless it was sent."""
        choices = [SelectChoice(effect.value, say(effect)) for effect in Effect]
        fields = {
            f"{each}-{warning}": SelectField(f"{say(warning)}, {say(each)}", choices=choices)
            for each in WeatherClass
            for warning in WarningKind
        }
        made = type("RulesFormOfNow", (cls,), fields)
        if request.method == "POST":
            return made()  # type: ignore[no-any-return]  # a class made of this one
        data = {f"{each}-{warning}": rules[each, warning].value for each, warning in rules}
        return made(data={**data, "seen": fingerprint(rules)})  # type: ignore[no-any-return]  # as above

    def rules(self) -> Rules:
        """What was chosen."""
        return {
            (each, warning): Effect(self[f"{each}-{warning}"].data)
            for each in WeatherClass
            for warning in WarningKind
        }

"""The blueprint, and how a group of facts is changed: the same for volunteers themselves and for coordinators."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.forms import (
    AbilitiesForm,
    AwayForm,
    Choices,
    PlaceForm,
    ReachForm,
    TimesForm,
    VolunteerForm,
    WhoForm,
    choices_now,
    form_data,
)
from app.volunteers.models import Volunteer
from app.volunteers.routes.summary import summary
from app.volunteers.use_cases import Section, change_volunteer, facts_of
from app.web.forms import page, submitted
from app.web.transactions import reading

blueprint = Blueprint("volunteers", __name__)

GROUP_FORMS: Mapping[str, type[VolunteerForm]] = {
    "who": WhoForm,
    "reach": ReachForm,
    "place": PlaceForm,
    "abilities": AbilitiesForm,
    "times": TimesForm,
    "away": AwayForm,
}


def choices_for_page() -> Choices:
    """What the catalogue offers today."""
    return choices_now(reading(), hong_kong_date(utc_now()))


def section_of(form: VolunteerForm, group: str) -> Section:
    """The facts of one group in a form that has been validated."""
    readers = {
        "who": "who",
        "reach": "reach",
        "place": "place",
        "abilities": "abilities",
        "times": "times",
        "away": "periods",
    }
    section: Section = getattr(form, readers[group])()
    return section


def group_form(volunteer: Volunteer, group: str, choices: Choices) -> VolunteerForm:
    """The form of one group, filled with what stands on record."""
    data = form_data(facts_of(volunteer), group, choices)
    return GROUP_FORMS[group](choices, data={**data, "version": str(volunteer.version)})


def change_group(
    volunteer: Volunteer,
    group: str,
    form: VolunteerForm,
    choices: Choices,
    template: str,
    *,
    back: str,
    **context: Any,
) -> ResponseReturnValue:
    """Save a group and go `back`; or the page, with what somebody else has saved meanwhile beside what was typed."""

    def save(session: Session) -> str:
        facts = section_of(form, group)
        now = utc_now()
        change_volunteer(
            session, volunteer.id, facts, version=form.version_seen, by=current_account().id, now=now
        )
        return back

    if isinstance(form, TimesForm) and form.wants_another_row:
        form.week.form.add_row()
        return page(
            template, form=form, volunteer=volunteer, group=group, stored=None, back_url=back, **context
        )
    answer = submitted(form, save)
    if answer is not None:
        return answer
    stored = None
    if request.method == "POST" and form.version_seen != volunteer.version:
        stored = summary(facts_of(volunteer), group, choices)
        form.version.data = str(volunteer.version)
    return page(
        template, form=form, volunteer=volunteer, group=group, stored=stored, back_url=back, **context
    )


def group_titles() -> dict[str, str]:
    """What each group is called when it is changed."""
    return {
        "who": gettext("Name, age and gender"),
        "reach": gettext("Phone, e-mail and language"),
        "place": gettext("Places"),
        "abilities": gettext("Skills, languages and wishes"),
        "times": gettext("Times and limits"),
        "away": gettext("Dates away"),
    }

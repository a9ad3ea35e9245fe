"""Pages on which staff correct the catalogue: kinds of support and travel minutes."""

from datetime import date

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import KindForm, TravelForm, TravelFromForm, area_choices, choices_of
from app.catalogue.models import SupportKind, TravelTime
from app.catalogue.queries import (
    areas,
    areas_by_district,
    kind_shown,
    skills,
    support_kinds,
    travel_time_shown,
    travel_times_from,
)
from app.catalogue.use_cases import change_kind as change_kind_of_support
from app.catalogue.use_cases import change_travel_minutes
from app.catalogue.words import holiday_said
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.menu import MenuEntry
from app.web.transactions import reading

CORRECTING = (Role.COORDINATOR, Role.ADMINISTRATOR)

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")

MENU = [MenuEntry("catalogue.kinds", lazy_gettext("Catalogue"), frozenset(CORRECTING))]


@blueprint.app_template_filter("holiday")
def _holiday(on: date) -> str:
    return holiday_said(on)


@blueprint.get("/kinds")
@policy(*CORRECTING)
def kinds() -> ResponseReturnValue:
    """Every kind of support, offered or not."""
    return page("catalogue/kinds.html", kinds=support_kinds(reading()))


@blueprint.route("/kinds/<code>", methods=["GET", "POST"])
@policy(*CORRECTING, load=kind_shown)
def change_kind(kind: SupportKind, code: str) -> ResponseReturnValue:
    """Change one kind of support."""
    form = KindForm()
    form.skills.choices = choices_of(skills(reading()))
    if request.method == "GET":
        form.show(kind)

    def act(session: Session) -> str:
        change_kind_of_support(session, code, form.facts(), by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return url_for(".kinds")

    return submitted(form, act) or page("catalogue/kind.html", form=form, kind=kind)


@blueprint.get("/travel")
@policy(*CORRECTING)
def travel() -> ResponseReturnValue:
    """Travel minutes from one area to every other."""
    session = reading()
    grouped = areas_by_district(session)
    codes = [area.code for area in areas(session)]
    start = request.args.get("start", "")
    form = TravelFromForm(data={"start": start if start in codes else codes[0] if codes else ""})
    form.start.choices = area_choices(grouped)
    chosen = str(form.start.data)
    rows = [area for area in areas(session) if area.code != chosen]
    return page(
        "catalogue/travel.html",
        filter_form=form,
        start=chosen,
        rows=rows,
        times=travel_times_from(session, chosen),
    )


@blueprint.route("/travel/<start>/<end>", methods=["GET", "POST"])
@policy(*CORRECTING, load=travel_time_shown)
def change_travel(time: TravelTime, start: str, end: str) -> ResponseReturnValue:
    """Correct the minutes between two areas."""
    form = TravelForm()
    if request.method == "GET":
        form.process(data={"minutes": time.minutes, "both_ways": True, "seen": str(time.minutes)})

    def act(session: Session) -> str:
        change_travel_minutes(
            session,
            start,
            end,
            form.minutes.data or 0,
            both_ways=bool(form.both_ways.data),
            seen=form.seen_minutes(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return url_for(".travel", start=start)

    names = {area.code: area for area in areas(reading())}
    return submitted(form, act) or page(
        "catalogue/travel_time.html", form=form, start=names[start], end=names[end]
    )

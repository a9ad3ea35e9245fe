"""The coordinators' weather: what is in force, the visits it stops, one action for all of them, and the rules."""

from collections.abc import Callable, Sequence
from typing import cast

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.models import WeatherClass
from app.catalogue.queries import areas
from app.shared.errors import NotFound, Refusal
from app.shared.submissions import earlier_answer, remember_answer
from app.shared.times import hong_kong_date, utc_now
from app.visits.use_cases.changes import (
    close_suspended_visit,
    replan_visit,
    resume_visit,
    suspend_visit,
)
from app.weather.forms import RulesForm, WarningForm
from app.weather.models import WarningKind, WarningPeriod
from app.weather.queries import (
    last_reading,
    people_to_phone,
    period_shown,
    visits_in_weather,
    visits_suspended,
    warning_about,
    warnings_in_force,
    warnings_to_come,
    weather_rules,
)
from app.weather.use_cases import change_rules, declare_warning, end_warning
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.menu import MenuEntry
from app.web.security import id_in
from app.web.transactions import in_transaction, reading, sending_key
from app.web.words import say
from config import Config

blueprint = Blueprint("weather", __name__, url_prefix="/weather")

MENU = [MenuEntry("weather.index", lazy_gettext("Weather"), frozenset({Role.COORDINATOR}))]


@blueprint.route("", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """What is in force and what it means for today's visits; the sending suspends, resumes or plans anew."""
    form = Form()
    if request.method == "POST" and form.validate():
        picked = request.form.getlist("pick")
        if not picked:
            form.form_errors.append(gettext("Tick the visits that are meant."))
        done = 0
        for name, act in _ACTS.items():
            if name in request.form:
                results = [_act(act, name, each) for each in picked]
                form.form_errors += sorted({say(refusal) for refusal in results if refusal is not None})
                done = results.count(None)
        if done:
            flash(
                ngettext(
                    "Done for one visit. Everybody concerned is told.",
                    "Done for %(num)s visits. Everybody concerned is told.",
                    done,
                ),
                "success",
            )
        if picked and not form.form_errors:
            return redirect(url_for(".index"), code=303)
    session, now = reading(), utc_now()
    session.expire_all()
    concerned = visits_in_weather(session, now)
    return page(
        "weather/index.html",
        form=form,
        warning_form=WarningForm(),
        in_force=warnings_in_force(session, now),
        to_come=warnings_to_come(session, now),
        reading=last_reading(session, now),
        is_asked=bool(cast(Config, current_app.extensions["settings"]).observatory_url),
        concerned=[each for each in concerned if not each.is_under_way],
        under_way=[each for each in concerned if each.is_under_way],
        suspended=visits_suspended(session, now),
        calls=len(people_to_phone(session, now)),
        areas={area.code: area for area in areas(session)},
        now=now,
    )


@blueprint.post("/warnings")
@policy(Role.COORDINATOR)
def declare() -> ResponseReturnValue:
    """A coordinator says which warning is in force."""
    form = WarningForm()

    def act(session: Session) -> str:
        now = utc_now()
        declare_warning(
            session,
            WarningKind(form.warning.data),
            form.begins_at(hong_kong_date(now), now),
            by=current_account().id,
            now=now,
        )
        flash(gettext("Entered. These are the visits that it concerns."), "success")
        return url_for(".index")

    return _done_or_said(form, act)


@blueprint.post("/warnings/<id:period_id>/over")
@policy(Role.COORDINATOR, load=period_shown)
def over(_period: WarningPeriod, period_id: int) -> ResponseReturnValue:
    """The warning is over."""

    def act(session: Session) -> str:
        end_warning(session, period_id, by=current_account().id, now=utc_now())
        flash(gettext("The warning is over. Look at the suspended visits now."), "success")
        return url_for(".index")

    return _done_or_said(Form(), act)


@blueprint.route("/rules", methods=["GET", "POST"])
@policy(Role.COORDINATOR, Role.ADMINISTRATOR)
def rules() -> ResponseReturnValue:
    """What each warning means for visits indoors, outdoors and by telephone."""
    known = weather_rules(reading())
    form = RulesForm.of(known)

    def act(session: Session) -> str:
        change_rules(session, form.rules(), form.seen.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Saved."), "success")
        return url_for(".rules")

    return submitted(form, act) or page(
        "weather/rules.html",
        form=form,
        warnings=list(WarningKind),
        heads=[{"key": each.value, "label": say(each)} for each in WeatherClass],
    )


@blueprint.get("/calls")
@policy(Role.COORDINATOR)
def calls() -> ResponseReturnValue:
    """Whom to phone first, and why."""
    return _calls("weather/calls.html")


@blueprint.get("/calls/print")
@policy(Role.COORDINATOR)
def print_calls() -> ResponseReturnValue:
    """The same on paper, in large type, with boxes to tick."""
    return _calls("weather/print_calls.html")


def _calls(template: str) -> ResponseReturnValue:
    session, now = reading(), utc_now()
    rows = people_to_phone(session, now)
    return page(
        template,
        rows=rows,
        areas={area.code: area for area in areas(session)},
        now=now,
    )


def _done_or_said(form: Form, act: Callable[[Session], str]) -> ResponseReturnValue:
    """Back on the page, with what speaks against it if anything does."""
    response = submitted(form, act)
    if response is not None:
        return response
    said: Sequence[object] = [*form.form_errors, *(error for field in form for error in field.errors)]
    for words in said:
        flash(str(words), "error")
    return redirect(url_for(".index"), code=303)


def _suspend(session: Session, visit_id: int) -> None:
    now = utc_now()
    warning = warning_about(session, visit_id, now)
    words = say(warning) if warning is not None else ""
    suspend_visit(session, visit_id, words, by=current_account().id, now=now)


def _resume(session: Session, visit_id: int) -> None:
    resume_visit(session, visit_id, by=current_account().id, now=utc_now())


def _replan(session: Session, visit_id: int) -> None:
    replan_visit(session, visit_id, by=current_account().id, now=utc_now())


def _close(session: Session, visit_id: int) -> None:
    close_suspended_visit(session, visit_id, by=current_account().id, now=utc_now())


_ACTS: dict[str, Callable[[Session, int], None]] = {
    "suspend": _suspend,
    "resume": _resume,
    "replan": _replan,
    "close": _close,
}
"""By the button pressed: what is done with each visit that was ticked."""


def _act(act: Callable[[Session, int], None], name: str, picked: str) -> Refusal | None:
    """One visit, in a transaction of its own; the same tick of the same page acts once."""
    key = sending_key(f"{name}-{picked}")

    def once(session: Session) -> None:
        if key and earlier_answer(session, key) is not None:
            return
        visit_id = id_in(picked)
        if visit_id is None:
            raise NotFound
        act(session, visit_id)
        if key:
            remember_answer(session, key, url_for(".index"), now=utc_now())

    try:
        in_transaction(once)
    except Refusal as refusal:
        return refusal
    return None

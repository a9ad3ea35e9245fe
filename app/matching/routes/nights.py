"""Nights: the ledger, each run with its proof, and another attempt after late data."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.matching import engine
from app.matching.ledger import ask_again, is_running, morning_due
from app.matching.models import Run
from app.matching.queries.runs import (
    changes_between,
    dropped_pins,
    files_of,
    latest_run,
    night_of,
    nights,
    run_shown,
    runs_of,
)
from app.matching.routes.blueprint import blueprint, settings
from app.matching.words import sureness
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import reading


@blueprint.route("/nights", methods=["GET", "POST"])
@policy(Role.COORDINATOR, Role.ADMINISTRATOR)
def ledger() -> ResponseReturnValue:
    """Every night that was owed and what became of it; and the button for another attempt."""
    form = Form()
    now = utc_now()
    morning = morning_due(now, settings().night_at)

    def act(session: Session) -> str:
        ask_again(session, morning, by=current_account().id, now=now)
        flash(
            gettext("Another attempt begins within a minute. Open proposals stay until it is done."),
            "success",
        )
        return url_for(".ledger")

    response = submitted(form, act)
    if response is not None:
        return response
    rows = nights(reading())
    tonight = night_of(reading(), morning)
    return page(
        "matching/nights.html",
        form=form,
        nights=rows,
        runs=runs_of(reading(), [night.id for night in rows]),
        is_running=tonight is not None and is_running(tonight),
        shows_errors=Role.ADMINISTRATOR in current_account().roles,
    )


@blueprint.route("/nights/runs/<id:run_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, Role.ADMINISTRATOR, load=run_shown)
def run(run: Run, run_id: int) -> ResponseReturnValue:
    """One run: what went in, what came out, how sure it is; the button checks the stored plan independently."""
    form = Form()
    report = None
    if request.method == "POST" and form.validate():
        files = files_of(reading(), run_id)
        report = engine.verify(*files) if files is not None else None
    before = latest_run(reading(), before=run)
    return page(
        "matching/run.html",
        form=form,
        run=run,
        before=before,
        changes=changes_between(reading(), run, before),
        dropped=dropped_pins(reading(), run),
        report=report,
        sureness=sureness,
    )

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
    Change,
    changes_between,
    dropped_pins,
    files_of,
    latest_run,
    night_of,
    nights,
    proposals_listed,
    run_shown,
    runs_of,
)
from app.matching.queries.shortages import shortage_of
from app.matching.routes.blueprint import areas_by_code, blueprint, settings
from app.matching.routes.proposals import page_number
from app.matching.words import INPUTS, METHODS, STAGES, TERMS, amounts_of, sureness
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
        kinds=list(Change),
        dropped=dropped_pins(reading(), run),
        report=report,
        sureness=sureness,
        is_coordinator=Role.COORDINATOR in current_account().roles,
        inputs=[
            {"label": INPUTS[name], "value": count} for name, count in run.facts.get("inputs", {}).items()
        ],
        stages=[
            {"label": STAGES[stage["stage"]], "value": stage["seconds"]}
            for stage in run.facts.get("stages", ())
            if stage["stage"] in STAGES
        ],
        method=METHODS.get(run.facts.get("method", "")),
        policy=_policy(run),
        shortage=shortage_of(reading(), run),
    )


@blueprint.get("/nights/runs/<id:run_id>/changes")
@policy(Role.COORDINATOR, load=run_shown)
def changes(run: Run, **_ids: int) -> ResponseReturnValue:
    """Which pairs a run proposes anew, which stay, and which are gone, against the run before."""
    before = latest_run(reading(), before=run)
    found = changes_between(reading(), run, before)
    shown = request.args.get("show", "")
    change = Change(shown) if shown in set(Change) else Change.NEW
    return page(
        "matching/changes.html",
        run=run,
        before=before,
        changes=found,
        change=change,
        kinds=list(Change),
        found=proposals_listed(reading(), found.of(change), page_number()),
        areas=areas_by_code(reading()),
    )


def _policy(run: Run) -> list[dict[str, object]]:
    """What the run was told is worth how much, and what came of it; nothing for amounts that are no longer known."""
    if run.policy != engine.POLICY.version:
        return []
    amounts, came = amounts_of(engine.POLICY), run.facts.get("terms", {})
    return [{"what": words, "amount": amounts[term], "came": came.get(term)} for term, words in TERMS.items()]

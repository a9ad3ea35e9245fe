"""What worries somebody: written by anybody who has signed in, read and taken in hand by safeguarding leads only."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.safeguarding.forms import OutcomeForm, WorryForm
from app.safeguarding.models import Concern
from app.safeguarding.queries import concern_shown, concerns_closed, concerns_open
from app.safeguarding.routes.blueprint import blueprint
from app.safeguarding.use_cases.concerns import (
    close_concern,
    note_reading,
    raise_concern,
    see_author,
    take_concern,
)
from app.shared.times import utc_now
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import in_transaction, reading

CLOSED_SHOWN = 20
LIST = "safeguarding.concerns"


@blueprint.route("/worry", methods=["GET", "POST"])
@policy(*Role)
def worry() -> ResponseReturnValue:
    """Write what worries you; it goes to the safeguarding lead alone."""
    form = WorryForm()

    def act(writing: Session) -> str:
        is_urgent = bool(form.is_urgent.data)
        raise_concern(
            writing, form.words.data or "", is_urgent=is_urgent, by=current_account().id, now=utc_now()
        )
        return url_for(".worry_thanks", urgent=1 if is_urgent else None)

    return submitted(form, act) or page("safeguarding/worry.html", form=form)


@blueprint.get("/worry/thanks")
@policy(*Role)
def worry_thanks() -> ResponseReturnValue:
    """It has arrived; and whom to call when it cannot wait."""
    return page("safeguarding/worry_thanks.html", is_urgent="urgent" in request.args)


@blueprint.get("/concerns")
@policy(Role.SAFEGUARDING_LEAD)
def concerns() -> ResponseReturnValue:
    """What waits for a safeguarding lead, by its clock; nothing of the words."""
    return page(
        "safeguarding/concerns.html",
        now=utc_now(),
        open_concerns=concerns_open(reading()),
        closed_concerns=concerns_closed(reading(), CLOSED_SHOWN),
    )


@blueprint.route("/concerns/<id:concern_id>", methods=["GET", "POST"])
@policy(Role.SAFEGUARDING_LEAD, load=concern_shown, recently_verified=True)
def concern(_found: Concern, concern_id: int) -> ResponseReturnValue:
    """One concern: its words, and what was done."""
    form = OutcomeForm()

    def act(writing: Session) -> str:
        close_concern(writing, concern_id, form.outcome.data or "", by=current_account().id, now=utc_now())
        flash(gettext("The concern is closed."), "success")
        return url_for(".concerns")

    return submitted(form, act) or _shown(concern_id, form)


@blueprint.post("/concerns/<id:concern_id>/take")
@policy(Role.SAFEGUARDING_LEAD, load=concern_shown, recently_verified=True)
def take(_found: Concern, concern_id: int) -> ResponseReturnValue:
    """A lead takes it in hand."""
    form = Form()

    def act(writing: Session) -> str:
        take_concern(writing, concern_id, by=current_account().id, now=utc_now())
        return url_for(".concern", concern_id=concern_id)

    response = submitted(form, act)
    if response is not None:
        return response
    outcome = OutcomeForm()
    outcome.form_errors = list(form.form_errors)
    return _shown(concern_id, outcome)


@blueprint.post("/concerns/<id:concern_id>/author")
@policy(Role.SAFEGUARDING_LEAD, load=concern_shown, recently_verified=True)
def author(found: Concern, concern_id: int) -> ResponseReturnValue:
    """Who wrote it, for the lead who has it in hand; the look is on record."""
    by = current_account().id
    if found.taken_by_id != by:
        return _shown(concern_id, OutcomeForm())
    writer = in_transaction(lambda writing: see_author(writing, concern_id, by=by, now=utc_now()))
    return _shown(concern_id, OutcomeForm(), writer)


def _shown(concern_id: int, form: OutcomeForm, writer: Account | None = None) -> ResponseReturnValue:
    by = current_account().id
    in_transaction(lambda writing: note_reading(writing, concern_id, by=by, now=utc_now()))
    found = reading().get_one(Concern, concern_id, populate_existing=True)
    return page(
        "safeguarding/concern.html",
        form=form,
        concern=found,
        writer=writer,
        recipient=found.recipient,
        is_mine=found.taken_by_id == by,
        now=utc_now(),
        back_url=url_for(".concerns"),
    )

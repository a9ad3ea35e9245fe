"""What waits for a coordinator because somebody said it: a helper refused, a volunteer who does not want to go on."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.times import utc_now
from app.visits.forms import OutcomeForm
from app.visits.models import FollowUp
from app.visits.queries import follow_up_shown, follow_ups_done, follow_ups_open
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.follow_ups import finish_follow_up
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import reading

DONE_SHOWN = 20


@blueprint.get("/follow-ups")
@policy(Role.COORDINATOR)
def follow_ups() -> ResponseReturnValue:
    """Everything nobody has dealt with yet, and what was dealt with last."""
    return page(
        "visits/follow_ups.html",
        waiting=follow_ups_open(reading()),
        done=follow_ups_done(reading(), DONE_SHOWN),
    )


@blueprint.route("/follow-ups/<id:follow_up_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=follow_up_shown)
def follow_up(one: FollowUp, follow_up_id: int) -> ResponseReturnValue:
    """What was said, by and about whom; and that it is dealt with."""
    form = OutcomeForm()

    def act(writing: Session) -> str:
        finish_follow_up(
            writing, follow_up_id, form.outcome.data or "", by=current_account().id, now=utc_now()
        )
        flash(gettext("It is dealt with, and off the board."), "success")
        return url_for(".follow_ups")

    return submitted(form, act) or page("visits/follow_up.html", form=form, one=one)

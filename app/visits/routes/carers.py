"""A carer's helpers: who comes is shown by care_requests; here a carer may ask for somebody else."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.care_requests.queries.visits import HelperShown
from app.shared.times import utc_now
from app.visits.forms import ReasonForm
from app.visits.queries import helper_shown, own_helper, visits_shown
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.seats import refuse_helper
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.forms import page, submitted


def _helper(
    session: Session, account: Account, request_id: int, volunteer_id: int
) -> tuple[CareRequest, Volunteer] | None:
    return own_helper(session, account, request_id, volunteer_id, utc_now())


@blueprint.route("/my/requests/<id:request_id>/helpers/<id:volunteer_id>/refuse", methods=["GET", "POST"])
@policy(Role.CARER, load=_helper)
def refuse(found: tuple[CareRequest, Volunteer], request_id: int, volunteer_id: int) -> ResponseReturnValue:
    """The carer would rather have somebody else than a helper who has not been there yet."""
    request, volunteer = found
    form = ReasonForm()
    back = url_for("care_requests.own", request_id=request_id)

    def act(writing: Session) -> str:
        refuse_helper(
            writing,
            writing.get_one(CareRequest, request_id),
            writing.get_one(Volunteer, volunteer_id),
            form.reason.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you for telling us. We look for somebody else."), "success")
        return back

    return submitted(form, act) or page(
        "visits/refuse_helper.html",
        form=form,
        request_=request,
        helper=helper_shown(volunteer),
        back_url=back,
    )


def helpers_panel(session: Session, request: CareRequest) -> str:
    """Each helper who is to come, with a way to ask for somebody else."""
    visits = visits_shown(session, [request.id], utc_now()).get(request.id, ())
    helpers: dict[int, HelperShown] = {
        helper.volunteer_id: helper for visit in visits for helper in visit.helpers
    }
    if not helpers:
        return ""
    return render_template("visits/helpers_panel.html", request_=request, helpers=list(helpers.values()))

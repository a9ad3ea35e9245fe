"""A carer's helpers: who comes is shown by care_requests; here a carer may ask for somebody else."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.care_requests.queries.visits import HelperShown
from app.shared.times import utc_now
from app.visits.forms import OptionalReasonForm, ReasonForm
from app.visits.models import MoveBecause, Visit
from app.visits.queries import agreed_visits, helper_shown, helpers_of, own_helper, own_visit
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.changes import confirm_visit
from app.visits.use_cases.seats import cancel_visit, refuse_helper
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.forms import Form, page, submitted


def _helper(
    session: Session, account: Account, request_id: int, volunteer_id: int
) -> tuple[CareRequest, Volunteer] | None:
    return own_helper(session, account, request_id, volunteer_id, utc_now())


def _visit(session: Session, account: Account, request_id: int, visit_id: int) -> Visit | None:
    return own_visit(session, account, request_id, visit_id, utc_now())


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


@blueprint.post("/my/requests/<id:request_id>/visits/<id:visit_id>/suits")
@policy(Role.CARER, load=_visit)
def suits(_own: Visit, request_id: int, visit_id: int) -> ResponseReturnValue:
    """The carer says that the visit suits."""

    def act(writing: Session) -> str:
        confirm_visit(writing, visit_id, by=current_account().id, now=utc_now())
        flash(gettext("Thank you, it is confirmed."), "success")
        return url_for("care_requests.own", request_id=request_id)

    return submitted(Form(), act) or redirect(url_for("care_requests.own", request_id=request_id), code=303)


@blueprint.route("/my/requests/<id:request_id>/visits/<id:visit_id>/not-needed", methods=["GET", "POST"])
@policy(Role.CARER, load=_visit)
def not_needed(visit: Visit, request_id: int, visit_id: int) -> ResponseReturnValue:
    """The carer does not need one visit of a request; the others stay."""
    form = OptionalReasonForm()
    back = url_for("care_requests.own", request_id=request_id)

    def act(writing: Session) -> str:
        cancel_visit(
            writing,
            visit_id,
            form.reason.data or "",
            because=MoveBecause.CARER_CALLED_OFF,
            tells_carer=False,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you for telling us. We tell your helper. Your other visits stay."), "success")
        return back

    return submitted(form, act) or page(
        "visits/not_needed.html",
        form=form,
        visit=visit,
        helpers=helpers_of(visit),
        back_url=back,
    )


def visits_panel(session: Session, request: CareRequest) -> str:
    """Each agreed visit with what the carer may say to it, and each helper who may be exchanged for another."""
    visits = agreed_visits(session, request.id, utc_now())
    helpers: dict[int, HelperShown] = {
        helper.volunteer_id: helper for visit in visits for helper in helpers_of(visit)
    }
    if not visits:
        return ""
    return render_template(
        "visits/carers_panel.html",
        request_=request,
        visits=visits,
        names={visit.id: helpers_of(visit) for visit in visits},
        helpers=list(helpers.values()),
        form=Form(),
    )

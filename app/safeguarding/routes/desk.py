"""Plain pages for coordinators: background checks, do-not-pair and family."""

from typing import Protocol, cast

from flask import current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import CareRecipient
from app.safeguarding.forms import ClearanceForm, ConfirmForm, DoNotPairForm, FamilyForm, PairForm, VoidForm
from app.safeguarding.models import Clearance, DoNotPair, FamilyTie
from app.safeguarding.queries import (
    WARNING_DAYS,
    clearance_shown,
    clearances_expiring,
    clearances_of,
    clearances_waiting,
    do_not_pair_of,
    do_not_pair_shown,
    family_of,
    family_tie_shown,
    recipient_by_code,
)
from app.safeguarding.routes.blueprint import blueprint
from app.safeguarding.use_cases import (
    add_do_not_pair as enter_do_not_pair,
)
from app.safeguarding.use_cases import (
    add_family_tie as enter_family_tie,
)
from app.safeguarding.use_cases import (
    confirm_clearance,
    end_do_not_pair,
    end_family_tie,
    enter_clearance,
    read_do_not_pair,
    void_clearance,
)
from app.shared.errors import InvalidInput
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer
from app.volunteers.queries import account_names, volunteer_by_code, volunteer_shown
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.panels import panels_for
from app.web.security import id_in
from app.web.transactions import in_transaction, reading


class HasClearanceMonths(Protocol):
    """The one setting these pages need."""

    clearance_months: int


@blueprint.get("/clearances")
@policy(Role.COORDINATOR)
def clearances() -> ResponseReturnValue:
    """What waits for a second coordinator, and what runs out."""
    today = hong_kong_date(utc_now())
    days = request.args.get("days", "")
    within = int(days) if days in {str(number) for number in WARNING_DAYS} else max(WARNING_DAYS)
    waiting = clearances_waiting(reading(), today=today)
    return page(
        "safeguarding/clearances.html",
        waiting=waiting,
        names=account_names(reading(), (clearance.entered_by_id for clearance in waiting)),
        expiring=clearances_expiring(reading(), today=today, days=within),
        counts={
            number: len(clearances_expiring(reading(), today=today, days=number)) for number in WARNING_DAYS
        },
        within=within,
        today=today,
        me=current_account().id,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/clearance", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def add_clearance(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """A background check, as the coordinator saw it."""
    months = cast(HasClearanceMonths, current_app.extensions["settings"]).clearance_months
    form = ClearanceForm(months)
    back = url_for("volunteers.show", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        enter_clearance(session, volunteer.id, form.clearance(), by=current_account().id, now=utc_now())
        flash(gettext("Entered. It counts once another coordinator has confirmed it."), "success")
        return back

    return submitted(form, act) or page(
        "safeguarding/add_clearance.html", form=form, volunteer=volunteer, months=months, back_url=back
    )


@blueprint.route("/clearances/<id:clearance_id>/confirm", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=clearance_shown)
def confirm(clearance: Clearance, **_ids: int) -> ResponseReturnValue:
    """The second coordinator has seen it too."""
    form = ConfirmForm()
    back = url_for(".clearances")

    def act(session: Session) -> str:
        confirm_clearance(session, clearance.id, by=current_account().id, now=utc_now())
        flash(gettext("Confirmed. It counts from now on."), "success")
        return back

    return submitted(form, act) or page(
        "safeguarding/confirm.html", form=form, **_about(clearance), back_url=back
    )


@blueprint.route("/clearances/<id:clearance_id>/void", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=clearance_shown)
def void(clearance: Clearance, **_ids: int) -> ResponseReturnValue:
    """It does not count any more."""
    form = VoidForm()
    back = url_for("volunteers.show", volunteer_id=clearance.volunteer_id)

    def act(session: Session) -> str:
        void_clearance(
            session, clearance.id, reason=form.reason.data or "", by=current_account().id, now=utc_now()
        )
        flash(
            gettext("Made void. Please look at the visits that are arranged with this volunteer."), "warning"
        )
        return back

    return submitted(form, act) or page(
        "safeguarding/void.html", form=form, **_about(clearance), back_url=back
    )


@blueprint.route("/do-not-pair", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def add_do_not_pair() -> ResponseReturnValue:
    """These two are not to be paired; `?volunteer=` and `?recipient=` (ids) say who, as far as it is known."""
    volunteer, recipient = _both_from_address()
    form = DoNotPairForm(has_volunteer=volunteer is not None, has_recipient=recipient is not None)

    def act(session: Session) -> str:
        first, second = _both(session, form, volunteer, recipient)
        pair = enter_do_not_pair(
            session, first, second, form.private_reason(), by=current_account().id, now=utc_now()
        )
        flash(
            gettext("They will not be paired any more. Visits arranged already stay: look at them now."),
            "warning",
        )
        return url_for(".do_not_pair", pair_id=pair.id)

    return submitted(form, act) or page(
        "safeguarding/add_do_not_pair.html",
        form=form,
        volunteer=volunteer,
        recipient=recipient,
        back_url=_back_to(volunteer, recipient),
    )


@blueprint.route("/do-not-pair/<id:pair_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=do_not_pair_shown)
def do_not_pair(pair: DoNotPair, **_ids: int) -> ResponseReturnValue:
    """Why two people are not to be paired, and the end of it. Reading it is put on record."""
    by, now = current_account().id, utc_now()
    form = ConfirmForm()
    back = url_for("volunteers.show", volunteer_id=pair.volunteer_id)

    def act(session: Session) -> str:
        end_do_not_pair(session, pair.id, by=by, now=now)
        flash(gettext("They may be paired again."), "success")
        return back

    answer = submitted(form, act)
    if answer is not None:
        return answer
    return page(
        "safeguarding/do_not_pair.html",
        form=form,
        pair=pair,
        reason=in_transaction(lambda session: read_do_not_pair(session, pair, by=by, now=now)),
        names=account_names(reading(), (pair.entered_by_id, pair.ended_by_id)),
        panels=panels_for("safeguarding.do_not_pair", pair),
        back_url=back,
    )


@blueprint.route("/family", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def add_family_tie() -> ResponseReturnValue:
    """A volunteer is family of somebody cared for; `?volunteer=` and `?recipient=` as above."""
    volunteer, recipient = _both_from_address()
    form = FamilyForm(has_volunteer=volunteer is not None, has_recipient=recipient is not None)

    def act(session: Session) -> str:
        first, second = _both(session, form, volunteer, recipient)
        enter_family_tie(
            session, first, second, form.relation.data or "", by=current_account().id, now=utc_now()
        )
        flash(gettext("On record: family do not visit as volunteers."), "success")
        return url_for("volunteers.show", volunteer_id=first)

    return submitted(form, act) or page(
        "safeguarding/add_family_tie.html",
        form=form,
        volunteer=volunteer,
        recipient=recipient,
        back_url=_back_to(volunteer, recipient),
    )


@blueprint.route("/family/<id:volunteer_id>/<id:recipient_id>/end", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=family_tie_shown)
def end_family(tie: FamilyTie, **_ids: int) -> ResponseReturnValue:
    """The entry was a mistake."""
    form = ConfirmForm()
    back = url_for("volunteers.show", volunteer_id=tie.volunteer_id)

    def act(session: Session) -> str:
        end_family_tie(session, tie.volunteer_id, tie.recipient_id, by=current_account().id, now=utc_now())
        flash(gettext("No longer noted as family."), "success")
        return back

    return submitted(form, act) or page("safeguarding/end_family.html", form=form, tie=tie, back_url=back)


def volunteer_panel(session: Session, volunteer: Volunteer) -> str:
    """Checks, do-not-pair and family on a volunteer's page."""
    return render_template(
        "safeguarding/volunteer_panel.html",
        volunteer=volunteer,
        clearances=clearances_of(session, volunteer.id),
        pairs=do_not_pair_of(session, volunteer_id=volunteer.id),
        ties=family_of(session, volunteer_id=volunteer.id),
        today=hong_kong_date(utc_now()),
    )


def recipient_panel(session: Session, recipient: CareRecipient) -> str:
    """Do-not-pair and family on the page of a person cared for."""
    return render_template(
        "safeguarding/recipient_panel.html",
        recipient=recipient,
        pairs=do_not_pair_of(session, recipient_id=recipient.id),
        ties=family_of(session, recipient_id=recipient.id),
    )


def _about(clearance: Clearance) -> dict[str, object]:
    return {
        "clearance": clearance,
        "volunteer": clearance.volunteer,
        "names": account_names(reading(), (clearance.entered_by_id, clearance.confirmed_by_id)),
        "is_mine": clearance.entered_by_id == current_account().id,
    }


def _both_from_address() -> tuple[Volunteer | None, CareRecipient | None]:
    """Whoever the address names by id; None for whoever it does not, or who is not there."""
    session = reading()
    volunteer_id = id_in(request.args.get("volunteer"))
    recipient_id = id_in(request.args.get("recipient"))
    return (
        session.get(Volunteer, volunteer_id) if volunteer_id else None,
        session.get(CareRecipient, recipient_id) if recipient_id else None,
    )


def _both(
    session: Session, form: PairForm, volunteer: Volunteer | None, recipient: CareRecipient | None
) -> tuple[int, int]:
    """The ids of the two. Raises InvalidInput beside the reference that is nobody's."""
    volunteer = volunteer or volunteer_by_code(session, form.code("volunteer"))
    if volunteer is None:
        raise InvalidInput(field="volunteer")
    recipient = recipient or recipient_by_code(session, form.code("recipient"))
    if recipient is None:
        raise InvalidInput(field="recipient")
    return volunteer.id, recipient.id


def _back_to(volunteer: Volunteer | None, recipient: CareRecipient | None) -> str:
    if volunteer is not None:
        return url_for("volunteers.show", volunteer_id=volunteer.id)
    if recipient is not None:
        return url_for("care_requests.recipient", recipient_id=recipient.id)
    return url_for("volunteers.index")

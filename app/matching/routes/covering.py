"""Cover and swap: a volunteer asks, a coordinator phones and decides."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.matching.forms import HandOverForm
from app.matching.models import CoverWish, WishStatus
from app.matching.queries.covering import seats_to_swap_with, wish_of, wish_shown, wishes_open
from app.matching.routes.blueprint import areas_by_code, blueprint, languages_by_code, settings
from app.matching.use_cases.covering import (
    refuse_wish,
    swap_places,
    take_over,
    wish_cover,
    withdraw_wish,
)
from app.matching.use_cases.suggestions import suggestions_by_hand
from app.matching.use_cases.teams import first_day_to_decide
from app.matching.words import chips
from app.shared.errors import InvalidInput
from app.shared.times import utc_now
from app.visits.forms import when
from app.visits.models import AGREED, SeatStatus, VisitSeat
from app.visits.queries import helper_shown, own_seat
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.security import id_in
from app.web.transactions import reading
from app.web.words import name_of


@blueprint.route("/my/visits/<id:seat_id>/hand-over", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_seat)
def hand_over(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """A volunteer would rather not go, or change places; until it is arranged the place is theirs."""
    now = utc_now()
    first = first_day_to_decide(now)
    others = seats_to_swap_with(reading(), seat, first)
    form = HandOverForm(
        (other.id, f"{when(other)}{gettext(', ')}{name_of(helper_shown(other.volunteer))}")
        for other in others
    )
    back = url_for("visits.mine", seat_id=seat_id)

    def act(session: Session) -> str:
        wish_cover(
            session,
            seat_id,
            form.words.data or "",
            with_seat_id=form.with_seat_id(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(
            gettext("Thank you. A coordinator looks for somebody; until we tell you, the visit is yours."),
            "success",
        )
        return back

    return submitted(form, act) or page(
        "matching/hand_over.html",
        form=form,
        visit=seat.visit,
        seat=seat,
        wish=wish_of(reading(), seat_id),
        is_possible=seat.visit.on_date >= first and seat.visit.status in AGREED,
        back_url=back,
    )


@blueprint.post("/my/visits/<id:seat_id>/hand-over/take-back")
@policy(Role.VOLUNTEER, load=own_seat)
def keep_place(_seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """The volunteer goes after all."""
    back = url_for("visits.mine", seat_id=seat_id)

    def act(session: Session) -> str:
        withdraw_wish(session, seat_id, by=current_account().id, now=utc_now())
        flash(gettext("Good, the visit stays yours."), "success")
        return back

    return submitted(Form(), act) or redirect(back, code=303)


@blueprint.get("/covers")
@policy(Role.COORDINATOR)
def covers() -> ResponseReturnValue:
    """Who asks for cover or a swap, the soonest visit first."""
    return page(
        "matching/covers.html",
        wishes=wishes_open(reading(), utc_now()),
        areas=areas_by_code(reading()),
        helper=helper_shown,
    )


@blueprint.route("/covers/<id:wish_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=wish_shown)
def cover(wish: CoverWish, wish_id: int) -> ResponseReturnValue:
    """One wish: who could go instead, phoned and then entered; or both change places; or nobody was found."""
    form = Form()
    back = url_for(".covers")
    asked = id_in(request.form.get("volunteer"))

    def act(session: Session) -> str:
        by, now, hours = current_account().id, utc_now(), settings().answer_hours
        if "refuse" in request.form:
            refuse_wish(session, wish_id, by=by, now=now)
            flash(gettext("The volunteer is told that the visit stays theirs."), "success")
        elif "swap" in request.form:
            swap_places(session, wish_id, answer_hours=hours, by=by, now=now)
            flash(gettext("They have changed places. Everybody concerned is told."), "success")
        elif asked is not None:
            take_over(session, wish_id, asked, answer_hours=hours, by=by, now=now)
            flash(gettext("The place has changed hands. Everybody concerned is told."), "success")
        else:
            raise InvalidInput
        return back

    response = submitted(form, act)
    if response is not None:
        return response
    session, now = reading(), utc_now()
    visit, volunteer = wish.seat.visit, wish.seat.volunteer
    is_open = wish.status is WishStatus.OPEN and wish.seat.status is SeatStatus.ACCEPTED
    found = (
        suggestions_by_hand(session, [visit.occurrence], leaves=volunteer.code, now=now).get(
            visit.occurrence_id, []
        )
        if is_open and visit.on_date >= first_day_to_decide(now)
        else []
    )
    languages = languages_by_code(session)
    return page(
        "matching/cover.html",
        form=form,
        wish=wish,
        visit=visit,
        request_=visit.request,
        is_open=is_open,
        found=found,
        areas=areas_by_code(session),
        chips=lambda reasons: chips(reasons, languages),
    )

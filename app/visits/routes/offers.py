"""The question to a volunteer, answered from the message's link or signed in. Opening it changes nothing."""

from flask import abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.catalogue.models import Area
from app.shared.times import utc_now
from app.visits.forms import AnswerForm, when
from app.visits.models import AnsweredHow, Offer, SeatStatus, VisitSeat
from app.visits.queries import (
    OfferState,
    are_details_released,
    details_open_from,
    has_begun,
    helper_shown,
    offer_of_token,
    offer_state,
    offers_waiting,
    own_offer,
)
from app.visits.routes.blueprint import blueprint
from app.visits.use_cases.offers import AnswerNotTaken, NoLongerFits, answer_offer
from app.visits.use_cases.seats import DatabaseRefused
from app.volunteers.models import Volunteer
from app.web.access import policy, public
from app.web.forms import page, submitted
from app.web.transactions import reading


@blueprint.route("/offers/<token>", methods=["GET", "POST"])
@public
def offer(token: str) -> ResponseReturnValue:
    """An offer behind the link of a message, without signing in; it shows nothing private."""
    found = offer_of_token(reading(), token, utc_now())
    if found is None:
        abort(404)
    if "language" not in request.cookies:
        g.language = found.volunteer.language
        refresh()
    return _answered(found, AnsweredHow.LINK, None, here=url_for(".offer", token=token))


@blueprint.route("/my/offers/<id:offer_id>", methods=["GET", "POST"])
@policy(
    Role.VOLUNTEER, load=lambda session, account, offer_id: own_offer(session, account, offer_id, utc_now())
)
def own(found: Offer, offer_id: int) -> ResponseReturnValue:
    """The same, signed in."""
    return _answered(
        found,
        AnsweredHow.SIGNED_IN,
        current_account(),
        here=url_for(".own", offer_id=offer_id),
        back_url=url_for("volunteers.mine", volunteer_id=found.volunteer_id),
    )


def waiting_panel(session: Session, volunteer: Volunteer) -> str:
    """Offers that wait for this volunteer's answer, on their home page."""
    offers = offers_waiting(session, [volunteer.id], utc_now())
    if not offers:
        return ""
    areas = {offer.id: area_of(session, offer) for offer in offers}
    asked = {offer.id: [when(seat) for seat in seats_asked(offer)] for offer in offers}
    return render_template("visits/waiting_panel.html", offers=offers, areas=areas, asked=asked)


def seats_asked(offer: Offer) -> list[VisitSeat]:
    """The seats that wait for the answer, in time order."""
    asked = [seat for seat in offer.seats if seat.status is SeatStatus.OFFERED]
    return sorted(asked, key=lambda seat: (seat.visit.on_date, seat.visit.from_slot))


def seats_agreed(offer: Offer) -> list[VisitSeat]:
    """The seats that were said yes to, in time order."""
    agreed = [seat for seat in offer.seats if seat.status is SeatStatus.ACCEPTED]
    return sorted(agreed, key=lambda seat: (seat.visit.on_date, seat.visit.from_slot))


def area_of(session: Session, offer: Offer) -> Area | None:
    """Where it is, as much as everybody may know; None by telephone."""
    return session.get(Area, offer.request.area_code) if offer.request.area_code else None


def _answered(
    found: Offer, how: AnsweredHow, account: Account | None, *, here: str, back_url: str | None = None
) -> ResponseReturnValue:
    form = AnswerForm(seats_asked(found))

    def act(writing: Session) -> str:
        try:
            answer_offer(
                writing,
                found.id,
                form.accepted(),
                how=how,
                decline_reason=form.decline_reason(),
                by=account.id if account else None,
                now=utc_now(),
            )
        except (NoLongerFits, DatabaseRefused) as refusal:
            raise AnswerNotTaken from refusal
        return here

    state = offer_state(found, utc_now())
    response = submitted(form, act)
    if response is not None:
        return response
    if request.method == "POST":
        reading().refresh(found)
        state = offer_state(found, utc_now())
    now = utc_now()
    return page(
        "visits/offer.html" if state is OfferState.WAITING else "visits/offer_over.html",
        form=form,
        offer=found,
        state=state,
        helper=helper_shown(found.volunteer),
        area=area_of(reading(), found),
        times=[when(seat) for seat in seats_asked(found)],
        is_open_at_once=any(now >= details_open_from(seat.visit) for seat in seats_asked(found)),
        agreed=[
            {
                "seat": seat,
                "when": when(seat),
                "is_released": are_details_released(seat, now),
                "released_from": details_open_from(seat.visit),
                "has_begun": has_begun(seat.visit, now),
            }
            for seat in seats_agreed(found)
        ],
        back_url=back_url,
        is_signed_in=account is not None,
    )

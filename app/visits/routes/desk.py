"""The coordinators' side: visits and who comes, offers nobody has answered, the answer of a call."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.catalogue.models import Area
from app.shared.times import hong_kong_date, utc_now
from app.visits.forms import VOLUNTEER, AnswerForm, CancelForm, ReasonForm, ReleaseForm, when
from app.visits.models import (
    HELD,
    TO_COME,
    AnsweredHow,
    EndedBecause,
    MoveBecause,
    Offer,
    SeatMove,
    SeatStatus,
    Visit,
    VisitMove,
    VisitSeat,
    VisitStatus,
)
from app.visits.queries import (
    VisitFilter,
    follow_ups_open,
    has_begun,
    history_of,
    live_seats_of,
    offer_shown,
    offer_state,
    offers_unanswered,
    seat_shown,
    visit_shown,
    visits_of,
    visits_page,
)
from app.visits.queries.days import day_opens_at
from app.visits.routes.blueprint import blueprint
from app.visits.routes.offers import area_of, seats_asked
from app.visits.use_cases.changes import confirm_visit, resume_visit, suspend_visit
from app.visits.use_cases.offers import answer_offer, is_answerable
from app.visits.use_cases.rules import team_rules
from app.visits.use_cases.seats import cancel_visit, give_up_seat, release_seat
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.dates import moment
from app.web.forms import page, pressed, submitted
from app.web.panels import panels_for
from app.web.transactions import reading
from app.web.words import person_name, say

TONES = {
    VisitStatus.OFFERED: "info",
    VisitStatus.ACCEPTED: "good",
    VisitStatus.CONFIRMED: "good",
    VisitStatus.ATTENDED: "good",
    VisitStatus.REPORTED: "good",
    VisitStatus.NEEDS_COVER: "bad",
    VisitStatus.NO_SHOW: "bad",
    VisitStatus.SUSPENDED: "warning",
    VisitStatus.CANCELLED: "neutral",
}
SURE = "sure"
"""The field by which the answer of a call is entered, once it has been read again."""
SEAT_TONES = {SeatStatus.OFFERED: "info", SeatStatus.ACCEPTED: "good", SeatStatus.DECLINED: "warning"}


def _any_visit(session: Session, _account: Account, visit_id: int) -> Visit | None:
    return visit_shown(session, visit_id)


def _any_offer(session: Session, _account: Account, offer_id: int) -> Offer | None:
    return offer_shown(session, offer_id, utc_now())


def _any_seat(session: Session, _account: Account, seat_id: int) -> VisitSeat | None:
    return seat_shown(session, seat_id)


@blueprint.get("/visits")
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """Visits to come, all or those of one status; the filter stays in the address."""
    status = request.args.get("status", "")
    number = request.args.get("page", "1")
    wanted = VisitFilter(
        status=VisitStatus(status) if status in set(VisitStatus) else None, from_day=hong_kong_date(utc_now())
    )
    found = visits_page(reading(), wanted, int(number) if number.isdecimal() and len(number) < 6 else 1)
    return page(
        "visits/index.html",
        visits=found.rows,
        number=found.number,
        pages=found.pages,
        total=found.total,
        wanted=wanted,
        statuses=list(VisitStatus),
        areas=_areas(reading(), found.rows),
        tones=TONES,
    )


@blueprint.get("/visits/<id:visit_id>")
@policy(Role.COORDINATOR, load=_any_visit)
def show(visit: Visit, **_ids: int) -> ResponseReturnValue:
    """One visit: who was asked, who comes, who does not and why."""
    now = utc_now()
    return page(
        "visits/show.html",
        visit=visit,
        area=reading().get(Area, visit.request.area_code) if visit.request.area_code else None,
        may_change=visit.status in TO_COME and not has_begun(visit, now),
        events=[_said(move) for move in history_of(reading(), visit)],
        tones=TONES,
        seat_tones=SEAT_TONES,
        rule_named=team_rules().rule_named,
        can_note_day=now >= day_opens_at(visit) and visit.status in (*HELD, VisitStatus.NO_SHOW),
        panels=panels_for("visits.show", visit),
    )


@blueprint.route("/seats/<id:seat_id>/release", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_seat)
def release(seat: VisitSeat, seat_id: int) -> ResponseReturnValue:
    """Take somebody off a visit, with the reason; or enter what they said on the phone: they cannot come after all."""
    form = ReleaseForm() if seat.status is SeatStatus.ACCEPTED else ReasonForm()
    back = url_for(".show", visit_id=seat.visit_id)

    def act(writing: Session) -> str:
        reason, by, now = form.reason.data or "", current_account().id, utc_now()
        if isinstance(form, ReleaseForm) and form.who.data == VOLUNTEER:
            give_up_seat(writing, seat_id, reason, by=by, now=now)
            flash(gettext("Entered. The visit needs somebody else; the carer is told."), "success")
        else:
            release_seat(writing, seat_id, EndedBecause.TAKEN_OFF, reason=reason, by=by, now=now)
            flash(gettext("Taken off the visit. The volunteer is told."), "success")
        return back

    return submitted(form, act) or page(
        "visits/release.html", form=form, seat=seat, visit=seat.visit, back_url=back
    )


@blueprint.post("/visits/<id:visit_id>/confirm")
@policy(Role.COORDINATOR, load=_any_visit)
def confirm(_visit: Visit, visit_id: int) -> ResponseReturnValue:
    """The carer has told a coordinator that the visit suits."""
    return _changed(
        visit_id,
        lambda writing: confirm_visit(
            writing, visit_id, MoveBecause.TOLD_BY_PHONE, by=current_account().id, now=utc_now()
        ),
    )


@blueprint.route("/visits/<id:visit_id>/suspend", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_visit)
def suspend(visit: Visit, visit_id: int) -> ResponseReturnValue:
    """The weather stops the visit for now."""
    form = ReasonForm()
    back = url_for(".show", visit_id=visit_id)

    def act(writing: Session) -> str:
        suspend_visit(writing, visit_id, form.reason.data or "", by=current_account().id, now=utc_now())
        flash(gettext("The visit is suspended. Everybody who knew of it is told."), "success")
        return back

    return submitted(form, act) or page("visits/suspend.html", form=form, visit=visit, back_url=back)


@blueprint.post("/visits/<id:visit_id>/resume")
@policy(Role.COORDINATOR, load=_any_visit)
def resume(_visit: Visit, visit_id: int) -> ResponseReturnValue:
    """The weather allows the visit again."""
    return _changed(
        visit_id, lambda writing: resume_visit(writing, visit_id, by=current_account().id, now=utc_now())
    )


@blueprint.route("/visits/<id:visit_id>/cancel", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_visit)
def cancel(visit: Visit, visit_id: int) -> ResponseReturnValue:
    """The visit does not take place."""
    form = CancelForm()
    back = url_for(".show", visit_id=visit_id)

    def act(writing: Session) -> str:
        cancel_visit(
            writing,
            visit_id,
            form.reason.data or "",
            because=MoveBecause.CARER_CALLED_OFF if form.by_carer.data else MoveBecause.STAFF_CALLED_OFF,
            tells_carer=bool(form.tells_carer.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The visit is called off. Everybody who was to come is told."), "success")
        return back

    return submitted(form, act) or page("visits/cancel.html", form=form, visit=visit, back_url=back)


@blueprint.get("/offers-unanswered")
@policy(Role.COORDINATOR)
def unanswered() -> ResponseReturnValue:
    """Who has been asked and has not answered, the most pressing first."""
    offers = offers_unanswered(reading(), utc_now())
    return page("visits/unanswered.html", offers=offers, **_of_offers(offers))


@blueprint.get("/offers-unanswered/print")
@policy(Role.COORDINATOR)
def print_unanswered() -> ResponseReturnValue:
    """The same on paper, in large type, with boxes to tick."""
    offers = offers_unanswered(reading(), utc_now())
    return page("visits/print_unanswered.html", offers=offers, now=utc_now(), **_of_offers(offers))


@blueprint.route("/offers-unanswered/<id:offer_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=_any_offer)
def answer_call(offer: Offer, offer_id: int) -> ResponseReturnValue:
    """Enter what a volunteer said on the phone."""
    form = AnswerForm(seats_asked(offer))
    back = url_for(".unanswered")

    def act(writing: Session) -> str:
        answer_offer(
            writing,
            offer_id,
            form.accepted(),
            how=AnsweredHow.PHONE_CALL,
            decline_reason=form.decline_reason(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("The answer is entered."), "success")
        return back

    is_sure = SURE in request.form
    asks_again = not is_sure and form.is_sent_well()
    return (is_sure and submitted(form, act)) or page(
        "visits/answer_call.html",
        form=form,
        offer=offer,
        is_open=is_answerable(offer, utc_now()),
        state=offer_state(offer, utc_now()),
        area=area_of(reading(), offer),
        times=[when(seat) for seat in seats_asked(offer)],
        said_yes=[when(seat) for seat in seats_asked(offer) if seat.id in form.accepted()]
        if asks_again
        else None,
        sure=SURE,
        back_url=back,
    )


def volunteer_panel(session: Session, volunteer: Volunteer) -> str:
    """The visits a volunteer holds, on the coordinators' page about them."""
    seats = live_seats_of(session, volunteer.id, hong_kong_date(utc_now()))
    if not seats:
        return ""
    return render_template(
        "visits/volunteer_panel.html",
        seats=seats,
        areas=_areas(session, [seat.visit for seat in seats]),
        seat_tones=SEAT_TONES,
    )


def request_panel(session: Session, request_: CareRequest) -> str:
    """The visits of a request, on the coordinators' page about it."""
    visits = visits_of(session, request_.id, hong_kong_date(utc_now()))
    waiting = follow_ups_open(session, request_id=request_.id)
    if not visits and not waiting:
        return ""
    return render_template("visits/request_panel.html", visits=visits, waiting=waiting, tones=TONES)


def _changed(visit_id: int, change: Callable[[Session], object]) -> ResponseReturnValue:
    """Back on the visit's page, with what speaks against the change if anything does."""
    back = url_for(".show", visit_id=visit_id)

    def act(writing: Session) -> str:
        change(writing)
        return back

    return pressed(act, back)


def _said(move: VisitMove | SeatMove) -> dict[str, str]:
    """A move as the timeline shows it."""
    if isinstance(move, SeatMove):
        said = say(move.because or move.became)
        if move.became is SeatStatus.OFFERED:
            said = gettext("Chosen, to be asked")
        what = gettext("%(who)s: %(what)s", who=person_name(move.seat.volunteer), what=said)
        tone = SEAT_TONES.get(move.became, "neutral")
    else:
        what, tone = say(move.became), TONES[move.became]
        if move.because is MoveBecause.ASKED:
            what = say(move.because)
        elif move.because:
            what = gettext("%(what)s (%(why)s)", what=what, why=say(move.because))
    return {
        "what": what,
        "when": moment(move.at),
        "who": move.by.name if move.by else "",
        "note": move.words or "",
        "tone": tone,
    }


def _of_offers(offers: Sequence[Offer]) -> dict[str, Any]:
    return {
        "areas": {offer.id: area_of(reading(), offer) for offer in offers},
        "asked": {offer.id: [when(seat) for seat in seats_asked(offer)] for offer in offers},
    }


def _areas(session: Session, visits: Sequence[Visit]) -> dict[int, Area | None]:
    return {
        visit.id: session.get(Area, visit.request.area_code) if visit.request.area_code else None
        for visit in visits
    }

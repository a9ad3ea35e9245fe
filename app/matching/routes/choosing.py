"""Choosing by hand: the engine's suggestions with reasons, and why somebody found by name cannot go."""

from datetime import date, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.care_requests.models import Occurrence
from app.care_requests.use_cases.occurrences import agree_on_time
from app.matching.forms import AgreedTimeForm, ChooseForm
from app.matching.models import Proposal, ProposalStatus
from app.matching.queries.proposals import (
    occurrence_shown,
    occurrences_uncovered,
    open_proposals,
    times_ahead,
)
from app.matching.routes.blueprint import areas_by_code, blueprint, languages_by_code, patience
from app.matching.routes.proposals import page_number, times_said
from app.matching.use_cases.approvals import Time, choose_instead
from app.matching.use_cases.comparing import people_compared
from app.matching.use_cases.suggestions import Suggestions, suggestions, suggestions_by_hand
from app.matching.use_cases.teams import NoLongerNeeded, first_day_to_decide
from app.matching.words import chips, cost_words
from app.shared.errors import InvalidInput, InvalidText
from app.shared.times import SLOTS_A_DAY, hong_kong_date, utc_now
from app.shared.words import clean_line
from app.volunteers.models import Volunteer
from app.volunteers.queries import VolunteerFilter, volunteers_found
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.security import id_in
from app.web.transactions import reading
from app.web.words import person_name

MOST_NAMED = 10
LONGEST_NAME = 100
BY_HAND_A_PAGE = 10
DAYS_BY_HAND = 7


@blueprint.route("/occurrences/<id:occurrence_id>/choose", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=occurrence_shown)
def choose(occurrence: Occurrence, occurrence_id: int) -> ResponseReturnValue:
    """Ask somebody for a needed visit: in place of a proposal (`instead` in the address), or where nobody is."""
    form = ChooseForm()
    instead = _instead(reading(), occurrence_id)
    asked = id_in(form.volunteer.data)

    def act(session: Session) -> str:
        if asked is None:
            raise InvalidInput
        choose_instead(
            session,
            occurrence_id,
            asked,
            _time(form.time.data or ""),
            replaces=instead.id if instead is not None else None,
            reason="",
            patience=patience(),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Chosen. The message leaves in a few minutes; until then you can undo."), "success")
        return url_for(".approvals")

    response = submitted(form, act)
    if response is not None:
        return response
    name = _name_asked()
    languages = languages_by_code(reading())
    return page(
        "matching/choose.html",
        form=form,
        occurrence=occurrence,
        request_=occurrence.request,
        instead=instead,
        name=name,
        found=_suggestions(reading(), occurrence, instead, name),
        areas=areas_by_code(reading()),
        refused=asked if form.errors else None,
        chips=lambda reasons: chips(reasons, languages),
        key=str(form.form_key.data),
    )


@blueprint.get("/occurrences/<id:occurrence_id>/compare")
@policy(Role.COORDINATOR, load=occurrence_shown)
def compare(occurrence: Occurrence, occurrence_id: int) -> ResponseReturnValue:
    """Side by side: who is proposed (or comes first), the next best, and a third one chosen from a list."""
    session = reading()
    instead = _instead(session, occurrence_id)
    try:
        people = people_compared(session, occurrence, instead_of=instead, now=utc_now())
    except NoLongerNeeded:
        people = []
    wanted = id_in(request.args.get("with"))
    shown = people[:2] + [one for one in people[2:] if one.volunteer.id == wanted]
    languages = languages_by_code(session)
    return page(
        "matching/compare.html",
        occurrence=occurrence,
        request_=occurrence.request,
        instead=instead,
        shown=shown,
        columns=[
            {"key": str(number), "label": person_name(one.volunteer)} for number, one in enumerate(shown)
        ],
        others=people[2:],
        areas=areas_by_code(session),
        first=first_day_to_decide(utc_now()),
        chips=lambda reasons: chips(reasons, languages),
        cost_words=cost_words,
        key=str(Form().form_key.data),
    )


@blueprint.route("/occurrences/<id:occurrence_id>/another-time", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=occurrence_shown)
def another_time(occurrence: Occurrence, occurrence_id: int) -> ResponseReturnValue:
    """After a call with the carer: one needed visit at another time of its day, and somebody asked for it at once."""
    form = AgreedTimeForm(formdata=request.form if request.method == "POST" else request.args)
    asked = id_in(form.volunteer.data)
    volunteer = reading().get(Volunteer, asked) if asked is not None else None
    time = _time_or_none(form.time.data or "")
    if volunteer is None or time is None:
        return redirect(url_for(".choose", occurrence_id=occurrence_id), code=303)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        agree_on_time(session, occurrence_id, time, by=by, now=now)
        choose_instead(
            session,
            occurrence_id,
            volunteer.id,
            time,
            replaces=None,
            reason="",
            patience=patience(),
            by=by,
            now=now,
        )
        flash(gettext("Chosen. The message leaves in a few minutes; until then you can undo."), "success")
        return url_for(".approvals")

    return submitted(form, act) or page(
        "matching/another_time.html",
        form=form,
        occurrence=occurrence,
        request_=occurrence.request,
        volunteer=volunteer,
        time=time,
        said=times_said(times_ahead(occurrence, first_day_to_decide(utc_now()))),
        areas=areas_by_code(reading()),
        back_url=url_for(".unserved"),
    )


@blueprint.get("/by-hand")
@policy(Role.COORDINATOR)
def by_hand() -> ResponseReturnValue:
    """Needed visits with nobody on them, and who could go, without any plan of a night: when the night has failed."""
    session, now = reading(), utc_now()
    first = first_day_to_decide(now)
    occurrences = occurrences_uncovered(session, first, first + timedelta(days=DAYS_BY_HAND - 1))
    pages = max(1, -(-len(occurrences) // BY_HAND_A_PAGE))
    number = min(max(page_number(), 1), pages)
    shown = occurrences[(number - 1) * BY_HAND_A_PAGE : number * BY_HAND_A_PAGE]
    languages = languages_by_code(session)
    return page(
        "matching/by_hand.html",
        occurrences=shown,
        total=len(occurrences),
        number=number,
        pages=pages,
        people_by_hand=suggestions_by_hand(session, shown, now=now),
        ahead=lambda occurrence: times_ahead(occurrence, first),
        areas=areas_by_code(session),
        today=hong_kong_date(now),
        chips=lambda reasons: chips(reasons, languages),
    )


def _instead(session: Session, occurrence_id: int) -> Proposal | None:
    """The open proposal that somebody else is chosen for: the one named in the address, or the only one there is."""
    proposals = open_proposals(session, occurrence_id)
    named = id_in(request.args.get("instead"))
    if named is not None:
        return next(
            (each for each in proposals if each.id == named and each.status is ProposalStatus.OPEN), None
        )
    return proposals[0] if len(proposals) == 1 and proposals[0].occurrence.request.seats_max == 1 else None


def _suggestions(
    session: Session, occurrence: Occurrence, instead: Proposal | None, name: str
) -> Suggestions | None:
    """None when the visit is too near or not needed any more."""
    now = utc_now()
    named = (
        volunteers_found(
            session, VolunteerFilter(words=name), page=1, today=hong_kong_date(now), now=now
        ).rows[:MOST_NAMED]
        if name
        else ()
    )
    try:
        return suggestions(session, occurrence, instead_of=instead, named=named, now=now)
    except NoLongerNeeded:
        return None


def _name_asked() -> str:
    """The name that is looked for; "" for what no name holds."""
    try:
        return clean_line(request.args.get("name", ""), longest=LONGEST_NAME)
    except InvalidText:
        return ""


def _time_or_none(text: str) -> Time | None:
    """The same, None for what is no time of a day."""
    try:
        time = _time(text)
    except InvalidInput:
        return None
    return time if 0 <= time[1] < time[2] <= SLOTS_A_DAY else None


def _time(text: str) -> Time:
    """A time as the page sends it, "2026-11-26/20/24". Raises InvalidInput."""
    try:
        day, from_slot, to_slot = text.split("/")
        return (date.fromisoformat(day), int(from_slot), int(to_slot))
    except ValueError:
        raise InvalidInput from None

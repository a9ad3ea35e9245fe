"""Proposals to approve, one request or many at once; to refuse; and approvals to take back."""

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Account, Role
from app.care_requests.models import OccurrenceOption
from app.catalogue.queries import skills
from app.matching.forms import ProposalFilterForm, RefuseForm
from app.matching.models import Proposal, ProposalStatus, RefusedBecause
from app.matching.queries.proposals import (
    ProposalFilter,
    areas_proposed,
    proposal_counts,
    proposal_shown,
    requests_proposed,
)
from app.matching.queries.runs import latest_run
from app.matching.queries.shortages import groups_short, near_misses
from app.matching.queries.unserved import requests_unserved
from app.matching.routes.blueprint import (
    areas_by_code,
    blueprint,
    decisions,
    languages_by_code,
    patience,
    undo_waiting,
)
from app.matching.use_cases.approvals import approve_proposals, refuse_proposal, undo_approval
from app.matching.use_cases.repairs import repairs_that_hold
from app.matching.use_cases.reserves import name_reserves
from app.matching.use_cases.teams import first_day_to_decide
from app.matching.words import chips, cost_words, funnel_words, repair_words
from app.shared.errors import NotFound, Refusal
from app.shared.submissions import earlier_answer, remember_answer
from app.shared.times import hong_kong_date, utc_now
from app.visits.models import Offer
from app.visits.queries import offers_to_undo
from app.volunteers.queries import account_names
from app.web.access import policy
from app.web.dates import day, span
from app.web.forms import Form, page, submitted
from app.web.security import id_in
from app.web.transactions import in_transaction, reading, sending_key
from app.web.words import say

SHOWN = {"plain": True, "others": False}


@blueprint.route("/proposals", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """What the night proposes, by request; approve one, or all that are ticked."""
    form = Form()
    not_done: list[tuple[str, str]] = []
    if request.method == "POST" and form.validate():
        reserved = request.form.get("reserve", "")
        only = request.form.get("only", "") or reserved
        picked = [only] if only else request.form.getlist("pick")
        if not picked:
            form.form_errors.append(gettext("Tick the requests to approve, or use the button of one."))
        approved = 0
        for ids in picked:
            refusal = _approve(ids, names_reserve=bool(reserved))
            if refusal is None:
                approved += 1
            else:
                not_done.append((ids, say(refusal)))
        if approved:
            flash(
                ngettext(
                    "%(num)s request is approved. Its message leaves in %(minutes)s minutes; until then you can undo.",
                    "%(num)s requests are approved. Messages leave in %(minutes)s minutes; until then you can undo.",
                    approved,
                    minutes=patience().undo_minutes,
                ),
                "success",
            )
        if picked and not not_done:
            return redirect(url_for(".index", **_narrowed()), code=303)
        form.form_errors += [words for _ids, words in not_done]
    return _list(form, dict(not_done))


def _list(form: Form, not_done: dict[str, str]) -> ResponseReturnValue:
    show = request.args.get("show", "")
    session, now = reading(), utc_now()
    today = hong_kong_date(now)
    areas = areas_by_code(session)
    proposed = areas_proposed(session)
    filter_form = ProposalFilterForm(
        (area for code, area in areas.items() if code in proposed), formdata=request.args
    )
    narrowed = filter_form.filter(today)
    found = requests_proposed(
        session, today=today, plain=SHOWN.get(show), narrowed=narrowed, number=page_number()
    )
    languages = languages_by_code(session)
    return page(
        "matching/index.html",
        form=form,
        found=found,
        filter_form=filter_form,
        is_narrowed=narrowed != ProposalFilter(),
        filters={name: value for name, value in _narrowed().items() if name != "page"},
        show=show if show in SHOWN else "",
        counts=proposal_counts(session),
        ticks_all=request.args.get("tick") == "plain",
        not_done=not_done,
        areas=areas,
        undo=undo_waiting(session, now),
        run=latest_run(session),
        chips=lambda reasons: chips(reasons, languages),
        cost_words=cost_words,
    )


def _narrowed() -> dict[str, Any]:
    """The part of the address that says which proposals are shown."""
    return {
        name: request.args[name]
        for name in ("show", "area", "days", "request", "page")
        if request.args.get(name)
    }


@blueprint.route("/proposals/<id:proposal_id>/refuse", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=proposal_shown)
def refuse(proposal: Proposal, proposal_id: int) -> ResponseReturnValue:
    """Refuse one, with the reason; "never this pair" goes on to do-not-pair."""
    form = RefuseForm()

    def act(session: Session) -> str:
        because = form.reason()
        refuse_proposal(
            session, proposal_id, because, form.words.data or "", by=current_account().id, now=utc_now()
        )
        recipient_id = proposal.occurrence.request.recipient_id
        if because is RefusedBecause.NEVER_THIS_PAIR and recipient_id is not None:
            flash(
                gettext("Refused. The visit stands under “Nobody found” until somebody is chosen."), "success"
            )
            return url_for(
                "safeguarding.add_do_not_pair", recipient=recipient_id, volunteer=proposal.volunteer_id
            )
        flash(
            gettext(
                "Refused. This volunteer is not proposed for this request again. Here is who else could go;"
                " or leave it, and the visit stands under “Nobody found”."
            ),
            "success",
        )
        return url_for(".choose", occurrence_id=proposal.occurrence_id)

    return submitted(form, act) or page(
        "matching/refuse.html",
        form=form,
        proposal=proposal,
        request_=proposal.occurrence.request,
        is_open=proposal.status is ProposalStatus.OPEN,
        decided_by=account_names(reading(), filter(None, [proposal.decided_by_id])),
        back_url=url_for(".index"),
    )


@blueprint.get("/approvals")
@policy(Role.COORDINATOR)
def approvals() -> ResponseReturnValue:
    """What was approved in the last minutes and may still be taken back."""
    return _approvals({})


@blueprint.post("/approvals/<id:offer_id>/undo")
@policy(Role.COORDINATOR, load=lambda session, account, offer_id: _any_offer(session, account, offer_id))
def undo(_offer: Offer, offer_id: int) -> ResponseReturnValue:
    """Take one decision back: nobody has been told."""
    form = Form()

    def act(session: Session) -> str:
        undo_approval(session, offer_id, by=current_account().id, now=utc_now())
        flash(gettext("Taken back. Nobody was told, and the proposal is open again."), "success")
        return url_for(".approvals")

    response = submitted(form, act)
    if response is not None:
        return response
    return _approvals({offer_id: " ".join(map(str, form.form_errors))}), 422


@blueprint.get("/unserved")
@policy(Role.COORDINATOR)
def unserved() -> ResponseReturnValue:
    """The requests for which the night found nobody, and why, in figures."""
    session = reading()
    run = latest_run(session)
    urgent = True if request.args.get("show") == "urgent" else None
    first = first_day_to_decide(utc_now())
    found, repairs, shown = None, {}, []
    if run is not None:
        found = requests_unserved(session, run, from_day=first, urgent=urgent, number=page_number())
        shown = [visit.row for each in found.rows for visit in each.visits if visit.row is not None]
        repairs = repairs_that_hold(session, run, shown, now=utc_now())
    skills_by_code = {skill.code: skill for skill in skills(session)}
    languages = languages_by_code(session)
    return page(
        "matching/unserved.html",
        run=run,
        found=found,
        urgent=urgent,
        areas=areas_by_code(session),
        repairs=repairs,
        groups=groups_short(session, shown),
        misses=near_misses(session, shown),
        repair_words=lambda repair: repair_words(repair, skills_by_code),
        funnel=lambda visit, request_: funnel_words(
            visit.row.funnel, visit.row.facts["volunteers"], request_, times_said(visit.times), languages
        ),
    )


def times_said(times: Iterable[OccurrenceOption]) -> str:
    """The times at which a visit could take place, in words."""
    return gettext(" or ").join(f"{day(time.on_date)} {span(time.from_slot, time.to_slot)}" for time in times)


def page_number() -> int:
    """The page asked for in the address; 1 for anything else."""
    number = request.args.get("page", "1")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1


def _any_offer(session: Session, _account: Account, offer_id: int) -> Offer | None:
    return session.get(Offer, offer_id)


def _approvals(refused: dict[int, str]) -> str:
    offers = offers_to_undo(reading(), utc_now())
    rendered, _status = page(
        "matching/approvals.html",
        decisions=decisions(offers),
        names=account_names(reading(), {offer.made_by_id for offer in offers}),
        key=str(Form().form_key.data),
        refused=refused,
    )
    return rendered


def _approve(ids: str, *, names_reserve: bool = False) -> Refusal | None:
    """Approve what one tick or button means, in a transaction of its own; the same tick of the same page acts once.

    `names_reserve`: the next best of each is asked when somebody says no.
    """
    parts = [id_in(part) for part in ids.split("-")]
    known = [part for part in parts if part is not None]
    key = sending_key(ids)

    def act(session: Session) -> None:
        if key and earlier_answer(session, key) is not None:
            return
        now = utc_now()
        if len(known) != len(parts):
            raise NotFound
        by = current_account().id
        approval = approve_proposals(session, known, patience(), by=by, now=now)
        if names_reserve:
            name_reserves(session, approval.proposals, by=by, now=now)
        if key:
            remember_answer(session, key, url_for(".index"), now=now)

    try:
        in_transaction(act)
    except Refusal as refusal:
        return refusal
    return None

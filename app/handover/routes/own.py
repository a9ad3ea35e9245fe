"""The pages of the two: what a senior holds and would pass on, and the handovers one takes part in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.handover.forms import ItemForm, NewLineForm, NoteForm, WishForm, WordsForm
from app.handover.models import HandoverItem, ItemStatus, Party, ShadowStatus, SignedFor, SignedHow
from app.handover.queries.handovers import (
    Side,
    facts_of,
    may_read_words,
    next_step,
    notes_of,
    own_item,
    own_readable_side,
    own_side,
    sides_of,
)
from app.handover.queries.seniors import holdings_of, senior_of
from app.handover.queries.shadows import is_over, report_by, shadows_of
from app.handover.routes.blueprint import (
    TONES,
    blueprint,
    duties_to_choose,
    duty_words,
    progress_of,
    question_of,
    refuse_another_question,
    request_words,
)
from app.handover.use_cases.beginning import wish_to_hand_on
from app.handover.use_cases.settling import locked_live
from app.handover.use_cases.signing import WHEN, keep_duty, let_successor_go, sign
from app.handover.use_cases.writing import add_item, add_note, see_words, write_item
from app.shared.times import hong_kong_date, utc_now
from app.visits.queries import helper_shown
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, own_volunteer
from app.web.access import policy
from app.web.forms import Form, page, pressed, submitted
from app.web.transactions import in_transaction, reading


@blueprint.get("/volunteer/<id:volunteer_id>/handing-on")
@policy(Role.VOLUNTEER, load=own_volunteer)
def mine(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """What one holds, what is being passed on, and the way to wish for it."""
    session, today = reading(), hong_kong_date(utc_now())
    holdings = holdings_of(session, volunteer_id, today)
    return page(
        "handover/mine.html",
        volunteer=volunteer,
        senior=senior_of(session, volunteer, today),
        holdings=holdings,
        may_wish=bool(duties_to_choose(holdings)),
        sides=_sides_said(session, volunteer),
        request_words=request_words,
        tones=TONES,
    )


@blueprint.route("/volunteer/<id:volunteer_id>/handing-on/wish", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def wish(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """ "I would like to slow down": what, and from when."""
    today = hong_kong_date(utc_now())
    duties = duties_to_choose(holdings_of(reading(), volunteer_id, today))
    form = WishForm(duties, today)
    back_url = url_for(".mine", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        wish_to_hand_on(
            session,
            volunteer_id,
            form.chosen(),
            step_back_on=form.step_back_on.data,
            words=form.words.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(
            gettext(
                "Thank you. We look for somebody who can follow you. Until then everything stays as it is."
            ),
            "success",
        )
        return back_url

    return submitted(form, act) or page(
        "handover/wish.html",
        form=form,
        is_possible=bool(duties) and senior_of(reading(), volunteer, today) is not None,
        back_url=back_url,
    )


@blueprint.get("/volunteer/<id:volunteer_id>/handovers/<id:handover_id>")
@policy(Role.VOLUNTEER, load=own_side)
def my_handover(side: Side, handover_id: int, **_ids: int) -> ResponseReturnValue:
    """One handover, as one of the two sees it: what comes next, the list, the notes."""
    session, handover = reading(), side.handover
    facts = facts_of(session, [handover], hong_kong_date(utc_now()))[handover_id]
    may_read = may_read_words(side, facts.signed)
    if may_read:
        by, now = current_account().id, utc_now()
        in_transaction(lambda writing: see_words(writing, handover_id, by=by, now=now))
    asked = asked_for(side, facts.signed)
    other = handover.successor if side.party is Party.SENIOR else handover.senior
    return page(
        "handover/my_handover.html",
        side=side,
        handover=handover,
        duty=duty_words(handover, with_client=may_read),
        facts=facts,
        step=next_step(handover, facts),
        progress=progress_of(handover, facts),
        may_read=may_read,
        asked_for=asked,
        question=question_of(handover, asked),
        other=helper_shown(other) if other is not None else None,
        notes=notes_of(session, handover_id) if may_read else [],
        together=[
            each for each in shadows_of(session, handover_id) if each.status is not ShadowStatus.PROPOSED
        ]
        if may_read
        else [],
        is_over=lambda shadow: is_over(shadow, utc_now()),
        told=lambda shadow: report_by(shadow, side.party),
        tones=TONES,
        key=Form().form_key.data,
    )


@blueprint.post("/volunteer/<id:volunteer_id>/handovers/<id:handover_id>/yes")
@policy(Role.VOLUNTEER, load=own_side)
def my_yes(side: Side, handover_id: int, volunteer_id: int) -> ResponseReturnValue:
    """Yes to what is asked now: that it begins, or the signature at the end."""
    here = url_for(".my_handover", volunteer_id=volunteer_id, handover_id=handover_id)

    def act(session: Session) -> str:
        handover = locked_live(session, handover_id)
        facts = facts_of(session, [handover], hong_kong_date(utc_now()))[handover_id]
        for_what = asked_for(replace(side, handover=handover), facts.signed)
        refuse_another_question(handover, for_what)
        by, now = current_account().id, utc_now()
        sign(
            session,
            handover_id,
            side.party,
            for_what or SignedFor.CHANGE,
            SignedHow.SIGNED_IN,
            by=by,
            now=now,
        )
        flash(gettext("Thank you. Your yes is on record."), "success")
        return here

    return pressed(act, here)


@blueprint.route("/volunteer/<id:volunteer_id>/handovers/<id:handover_id>/no", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_side)
def my_no(side: Side, handover_id: int, volunteer_id: int) -> ResponseReturnValue:
    """A senior keeps the duty after all; a successor would rather not follow."""
    form = WordsForm()
    back_url = url_for(".mine", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        no = keep_duty if side.party is Party.SENIOR else let_successor_go
        no(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())
        flash(gettext("Thank you for telling us."), "success")
        return back_url

    return submitted(form, act) or page("handover/my_no.html", form=form, side=side, back_url=back_url)


@blueprint.route(
    "/volunteer/<id:volunteer_id>/handovers/<id:handover_id>/lines/<id:item_id>", methods=["GET", "POST"]
)
@policy(Role.VOLUNTEER, load=own_item)
def my_line(item: HandoverItem, handover_id: int, volunteer_id: int, item_id: int) -> ResponseReturnValue:
    """The senior writes down what the successor should know."""
    form = ItemForm()
    if request.method == "GET":
        is_open = item.status is ItemStatus.OPEN
        form.process(
            data={
                "answer": item.answer or "",
                "status": (ItemStatus.PASSED_ON if is_open else item.status).value,
            }
        )

    def act(session: Session) -> None:
        write_item(
            session,
            handover_id,
            item_id,
            form.answer.data or "",
            ItemStatus(form.status.data),
            by=current_account().id,
            now=utc_now(),
        )

    return _kept(form, "handover/my_line.html", volunteer_id, handover_id, act, item=item)


@blueprint.route("/volunteer/<id:volunteer_id>/handovers/<id:handover_id>/lines/add", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_readable_side)
def my_new_line(_side: Side, handover_id: int, volunteer_id: int) -> ResponseReturnValue:
    """One more line, by whoever of the two thinks of it."""
    form = NewLineForm()

    def act(session: Session) -> None:
        add_item(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())

    return _kept(form, "handover/my_new_line.html", volunteer_id, handover_id, act)


@blueprint.route("/volunteer/<id:volunteer_id>/handovers/<id:handover_id>/notes", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_readable_side)
def my_note(_side: Side, handover_id: int, volunteer_id: int) -> ResponseReturnValue:
    """A note to the other of the two and the coordinators."""
    form = NoteForm()

    def act(session: Session) -> None:
        add_note(session, handover_id, form.words.data or "", by=current_account().id, now=utc_now())

    return _kept(form, "handover/my_note.html", volunteer_id, handover_id, act)


def handing_on_panel(session: Session, volunteer: Volunteer) -> str:
    """On the volunteer's home: handovers they take part in; for seniors the way to what they hold."""
    if volunteer.status in GONE:
        return ""
    sides = _sides_said(session, volunteer)
    senior = senior_of(session, volunteer, hong_kong_date(utc_now()))
    if not sides and senior is None:
        return ""
    return render_template(
        "handover/handing_on_panel.html", volunteer=volunteer, sides=sides, senior=senior, tones=TONES
    )


def asked_for(side: Side, signed: frozenset[tuple[Party, SignedFor]]) -> SignedFor | None:
    """To what this side's yes is asked now; None for nothing."""
    return next(
        (
            for_what
            for (party, for_what), statuses in WHEN.items()
            if party is side.party and side.handover.status in statuses and (party, for_what) not in signed
        ),
        None,
    )


def _sides_said(session: Session, volunteer: Volunteer) -> list[dict[str, Any]]:
    sides = sides_of(session, volunteer)
    facts = facts_of(session, [side.handover for side in sides], hong_kong_date(utc_now()))
    return [
        {
            "side": side,
            "duty": duty_words(
                side.handover, with_client=may_read_words(side, facts[side.handover.id].signed)
            ),
            "step": next_step(side.handover, facts[side.handover.id]),
            "is_asked": asked_for(side, facts[side.handover.id].signed) is not None,
        }
        for side in sides
    ]


def _kept(
    form: Form,
    template: str,
    volunteer_id: int,
    handover_id: int,
    act: Callable[[Session], None],
    **more: Any,
) -> ResponseReturnValue:
    """A form of one of the two, and back to the handover."""
    back_url = url_for("handover.my_handover", volunteer_id=volunteer_id, handover_id=handover_id)

    def acted(session: Session) -> str:
        act(session)
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, acted) or page(template, form=form, back_url=back_url, **more)

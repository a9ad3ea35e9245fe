"""傳承錄: seniors write, coordinators read it first, everybody may read what is released."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.handover.forms import MemoryForm, OptionalWordsForm
from app.handover.models import Memory
from app.handover.queries.memories import (
    memories_of,
    memories_released,
    memories_to_decide,
    memory_shown,
    own_memory,
)
from app.handover.queries.seniors import senior_of
from app.handover.routes.blueprint import blueprint
from app.handover.use_cases.memories import keep_memory_back, release_memory, withdraw_memory, write_memory
from app.shared.times import hong_kong_date, utc_now
from app.visits.queries import helper_shown
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import own_volunteer
from app.web.access import policy, public
from app.web.forms import Form, page, submitted
from app.web.transactions import reading
from app.web.words import name_of

RELEASE = "release"
"""The button by which a memory is released."""
NEWCOMERS = (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION)
TONES = {"waiting": "info", "released": "good", "kept_back": "warning", "withdrawn": "neutral"}


@blueprint.get("/memories")
@public
def memories() -> ResponseReturnValue:
    """What senior volunteers would tell newcomers: anybody may read it."""
    return page("handover/memories.html", memories=memories_released(reading()))


@blueprint.route("/volunteer/<id:volunteer_id>/memories", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def my_memories(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Write one, and see what became of those written."""
    form = MemoryForm()
    if request.method == "GET":
        form.signed_as.data = name_of(helper_shown(volunteer))
    here = url_for(".my_memories", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        write_memory(
            session,
            volunteer_id,
            form.words.data or "",
            form.signed_as.data or "",
            consents=bool(form.consents.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Thank you! A coordinator reads it first, then newcomers can."), "success")
        return here

    return submitted(form, act) or page(
        "handover/my_memories.html",
        form=form,
        memories=memories_of(reading(), volunteer_id),
        is_senior=senior_of(reading(), volunteer, hong_kong_date(utc_now())) is not None,
        tones=TONES,
        volunteer=volunteer,
    )


@blueprint.post("/volunteer/<id:volunteer_id>/memories/<id:memory_id>/withdraw")
@policy(Role.VOLUNTEER, load=own_memory)
def withdraw_my_memory(_memory: Memory, volunteer_id: int, memory_id: int) -> ResponseReturnValue:
    """Nobody is to read it any more."""
    here = url_for(".my_memories", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        withdraw_memory(session, memory_id, by=current_account().id, now=utc_now())
        flash(gettext("Taken back. Nobody reads it any more."), "success")
        return here

    return submitted(Form(), act) or redirect(here, code=303)


@blueprint.get("/memories/all")
@policy(Role.COORDINATOR)
def all_memories() -> ResponseReturnValue:
    """What waits to be read, what is released, what is kept back."""
    return page("handover/all_memories.html", memories=memories_to_decide(reading()), tones=TONES)


@blueprint.route("/memories/<id:memory_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=memory_shown)
def decide_memory(memory: Memory, memory_id: int) -> ResponseReturnValue:
    """Release a memory, or keep it back with the reason."""
    form = OptionalWordsForm()
    back_url = url_for(".all_memories")

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if RELEASE in request.form:
            release_memory(session, memory_id, by=by, now=now)
            flash(gettext("Released: everybody can read it."), "success")
        else:
            keep_memory_back(session, memory_id, form.words.data or "", by=by, now=now)
            flash(gettext("Kept back: nobody else reads it."), "success")
        return back_url

    return submitted(form, act) or page(
        "handover/decide_memory.html", form=form, memory=memory, tones=TONES, back_url=back_url
    )


def newcomers_panel(session: Session, volunteer: Volunteer) -> str:
    """On the home of who has just come: what a senior would tell them."""
    if volunteer.status not in NEWCOMERS:
        return ""
    newest = memories_released(session, most=1)
    return render_template("handover/newcomers_panel.html", memory=newest[0]) if newest else ""

"""Entering somebody from a call or a paper form: the questions of the sign-up, in its order, on one page."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.access import current_account
from app.accounts.models import Draft, DraftKind, Role
from app.accounts.use_cases.drafts import answers, draft_to_change, finish_draft, open_draft, save_page
from app.shared.audit import record
from app.shared.errors import NotFound
from app.shared.secrets import PrivateNote
from app.shared.times import utc_now
from app.volunteers.forms import Choices, EntryForm
from app.volunteers.models import Source
from app.volunteers.routes.blueprint import blueprint, choices_for_page
from app.volunteers.routes.summary import group_names
from app.volunteers.use_cases import VolunteerFacts, register_volunteer
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.security import id_in
from app.web.transactions import in_transaction

PAGE = "entry"
NOT_KEPT = frozenset({"csrf_token", "form_key", "version", "later", "week-add_time"})


@blueprint.route("/volunteers/enter", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def enter() -> ResponseReturnValue:
    """A new volunteer, or a form that was begun: `?draft=` names one of a coordinator's or an applicant's."""
    choices = choices_for_page()
    draft_id = id_in(request.args.get("draft"))
    form = EntryForm(choices) if request.method == "POST" else _begun(draft_id, choices)
    if form.wants_another_row:
        form.week.form.add_row()
    elif request.method == "POST" and "later" in request.form:
        kept = in_transaction(lambda session: _keep(session, draft_id))
        flash(gettext("Saved. You find it again on top of the list of volunteers."), "success")
        return redirect(url_for(".enter", draft=kept), code=303)
    else:
        answer = submitted(form, lambda session: _register(session, form, draft_id))
        if answer is not None:
            return answer
    return page("volunteers/enter.html", form=form, back_url=url_for(".index"), group_names=group_names())


def _begun(draft_id: int | None, choices: Choices) -> EntryForm:
    """The form with what a draft holds; that it was opened is put on record."""
    if draft_id is None:
        return EntryForm(choices)

    def read(session: Session) -> list[tuple[str, str]]:
        draft = _draft(session, draft_id)
        record(session, "draft.opened", draft, by=current_account().id, now=utc_now())
        return [
            (name, str(value))
            for kept in answers(draft).values()
            for name, values in kept.items()
            for value in (values if isinstance(values, list) else [values])
        ]

    pairs = in_transaction(read)
    return EntryForm(choices, formdata=MultiDict(pairs) if pairs else None)


def _keep(session: Session, draft_id: int | None) -> int:
    """Keep everything as typed, half done as it may be; the draft's id."""
    by, now = current_account().id, utc_now()
    if draft_id is None:
        draft = open_draft(session, DraftKind.VOLUNTEER, entered_by=by, now=now)
    else:
        draft = _draft(session, draft_id)
        draft.entered_by_id = draft.entered_by_id or by
        draft.answers_text = None
    typed = {name: request.form.getlist(name) for name in request.form if name not in NOT_KEPT}
    save_page(session, draft, PAGE, typed, now=now)
    return draft.id


def _register(session: Session, form: EntryForm, draft_id: int | None) -> str:
    by, now = current_account().id, utc_now()
    facts = VolunteerFacts(
        who=form.who(),
        reach=form.reach(),
        place=form.place(),
        abilities=form.abilities(),
        times=form.times(),
        away=form.periods(),
        health_note=form.health_note(),
        note=PrivateNote(form.note.data) if form.note.data else None,
        consent_at=now,
    )
    volunteer = register_volunteer(
        session,
        facts,
        source=Source(form.source.data),
        by=by,
        now=now,
        is_somebody_else=bool(form.is_somebody_else.data),
    )
    if draft_id is not None:
        finish_draft(session, _draft(session, draft_id), now=now)
    flash(
        gettext("%(code)s is on record. Next: speak with them, then accept.", code=volunteer.code), "success"
    )
    return url_for(".show", volunteer_id=volunteer.id)


def _draft(session: Session, draft_id: int) -> Draft:
    draft = draft_to_change(session, draft_id, now=utc_now())
    if draft is None or draft.kind != DraftKind.VOLUNTEER:
        raise NotFound
    return draft

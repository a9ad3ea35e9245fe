"""Coordinators' pages about seniors: who they are, what each holds, the rule, and the lists."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import choices_of
from app.catalogue.queries import support_kinds
from app.handover.forms import (
    ALL_KINDS,
    EMERGENCY,
    BeginForm,
    HeldDutyForm,
    LineForm,
    RuleForm,
)
from app.handover.models import ChecklistLine, DutyKind, HeldDuty
from app.handover.queries.handovers import checklist_lines, line_shown, sides_of
from app.handover.queries.seniors import held_duty_shown, holdings_of, senior_of, senior_rule
from app.handover.queries.seniors import seniors as seniors_here
from app.handover.routes.blueprint import TONES, blueprint, duties_to_choose, duty_words, request_words
from app.handover.use_cases.beginning import begin_emergency, begin_handover
from app.handover.use_cases.seniors import change_senior_rule, end_held_duty, note_held_duty, write_line
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer
from app.volunteers.queries import volunteer_shown
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.transactions import reading


@blueprint.get("/seniors")
@policy(Role.COORDINATOR)
def seniors() -> ResponseReturnValue:
    """Every senior volunteer, who holds most without anybody to follow first."""
    return page(
        "handover/seniors.html",
        seniors=seniors_here(reading(), hong_kong_date(utc_now())),
        rule=senior_rule(reading()),
    )


@blueprint.route("/seniors/rule", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def rule() -> ResponseReturnValue:
    """Who is senior without anybody's decision."""
    form, known = RuleForm(), senior_rule(reading())
    if request.method == "GET":
        form.process(data={"years": known.years, "hours": known.hours, "kind_visits": known.kind_visits})

    def act(session: Session) -> str:
        change_senior_rule(
            session,
            years=form.years.data,
            hours=form.hours.data,
            kind_visits=form.kind_visits.data,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return url_for(".seniors")

    return submitted(form, act) or page("handover/rule.html", form=form, back_url=url_for(".seniors"))


@blueprint.get("/volunteers/<id:volunteer_id>/holds")
@policy(Role.COORDINATOR, load=volunteer_shown)
def holds(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """What one volunteer holds, and what of it is being handed over."""
    session, today = reading(), hong_kong_date(utc_now())
    return page(
        "handover/holds.html",
        volunteer=volunteer,
        senior=senior_of(session, volunteer, today),
        holdings=holdings_of(session, volunteer.id, today),
        sides=sides_of(session, volunteer),
        duty_words=duty_words,
        request_words=request_words,
        tones=TONES,
        form_key=Form().form_key.data,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/holds/add", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def add_held_duty(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A role, or something only they know."""
    form = HeldDutyForm()
    back_url = url_for(".holds", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        note_held_duty(
            session,
            volunteer_id,
            DutyKind(form.kind.data),
            form.words.data or "",
            since=form.since.data,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page(
        "handover/add_held_duty.html", form=form, volunteer=volunteer, back_url=back_url
    )


@blueprint.post("/held-duties/<id:held_duty_id>/end")
@policy(Role.COORDINATOR, load=held_duty_shown)
def stop_holding(held: HeldDuty, held_duty_id: int) -> ResponseReturnValue:
    """They hold it no more."""
    back_url = url_for(".holds", volunteer_id=held.volunteer_id)

    def act(session: Session) -> str:
        end_held_duty(session, held_duty_id, by=current_account().id, now=utc_now())
        flash(gettext("Noted: they hold this no more."), "success")
        return back_url

    return submitted(Form(), act) or redirect(back_url, code=303)


@blueprint.route("/volunteers/<id:volunteer_id>/hand-over", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def begin(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """Begin to hand over one of the things they hold."""
    duties = duties_to_choose(holdings_of(reading(), volunteer_id, hong_kong_date(utc_now())))
    form = BeginForm(duties)

    def act(session: Session) -> str:
        by, now = current_account().id, utc_now()
        if form.how.data == EMERGENCY:
            made = begin_emergency(
                session, volunteer_id, form.chosen(), form.words.data or "", by=by, now=now
            )
        else:
            made = begin_handover(
                session,
                volunteer_id,
                form.chosen(),
                step_back_on=form.step_back_on.data,
                by=by,
                now=now,
            )
        flash(gettext("The handover has begun."), "success")
        return url_for(".show", handover_id=made.id)

    return submitted(form, act) or page(
        "handover/begin.html",
        form=form,
        volunteer=volunteer,
        has_duties=bool(duties),
        back_url=url_for(".holds", volunteer_id=volunteer_id),
    )


@blueprint.get("/handover-lists")
@policy(Role.COORDINATOR)
def lists() -> ResponseReturnValue:
    """The lines by which duties are handed over, by kind of support."""
    return page("handover/lists.html", lines=checklist_lines(reading()))


@blueprint.route("/handover-lists/add", methods=["GET", "POST"])
@policy(Role.COORDINATOR)
def add_list_line() -> ResponseReturnValue:
    """One more line."""
    return _written(None)


@blueprint.route("/handover-lists/<id:line_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=line_shown)
def list_line(line: ChecklistLine, **_ids: int) -> ResponseReturnValue:
    """Another wording of a line, or take it out of use."""
    return _written(line)


def holds_panel(session: Session, volunteer: Volunteer) -> str:
    """On the coordinators' page about a volunteer: the way to what they hold."""
    return render_template(
        "handover/holds_panel.html",
        volunteer=volunteer,
        senior=senior_of(session, volunteer, hong_kong_date(utc_now())),
    )


def _written(line: ChecklistLine | None) -> ResponseReturnValue:
    form = LineForm(choices_of(support_kinds(reading())))
    if line is not None and request.method == "GET":
        form.process(
            data={
                "kind": line.kind_code or ALL_KINDS,
                "words_zh": line.words_zh,
                "words_en": line.words_en,
                "is_in_use": line.is_in_use,
            }
        )

    def act(session: Session) -> str:
        write_line(
            session,
            line.id if line is not None else None,
            form.kind.data or None,
            form.words_zh.data or "",
            form.words_en.data or "",
            is_in_use=bool(form.is_in_use.data),
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return url_for(".lists")

    return submitted(form, act) or page(
        "handover/list_line.html", form=form, line=line, back_url=url_for(".lists")
    )

"""What volunteers hold: certificates entered and withdrawn by coordinators, what ends soon, and which skills need
proof."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import choices_of
from app.catalogue.models import Skill
from app.catalogue.use_cases import change_proof_needed
from app.shared.times import hong_kong_date, utc_now
from app.training.forms import ProofForm, SkillForm, WithdrawForm
from app.training.models.proofs import QualificationProof
from app.training.queries.qualifications import proof_shown, proofs_of, skills_to_prove
from app.training.queries.standing import (
    WARNING_DAYS,
    endings,
    skill_counts,
    skill_shown,
    standing_of,
)
from app.training.routes.blueprint import blueprint
from app.training.use_cases.proofs import enter_proof, withdraw_proof
from app.volunteers.models import Volunteer
from app.volunteers.queries import GONE, volunteer_shown
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.transactions import reading

STAFF = (Role.COORDINATOR, Role.ADMINISTRATOR)


@blueprint.get("/qualifications")
@policy(Role.COORDINATOR)
def qualifications() -> ResponseReturnValue:
    """What ends soon, and for whom."""
    today = hong_kong_date(utc_now())
    days = request.args.get("days", "")
    within = int(days) if days in {str(number) for number in WARNING_DAYS} else max(WARNING_DAYS)
    ending = endings(reading(), today=today, days=max(WARNING_DAYS))
    left = [(row.last_day - today).days for row in ending]
    return page(
        "training/qualifications.html",
        ending=[row for row, days_left in zip(ending, left, strict=True) if days_left <= within],
        counts={number: sum(days_left <= number for days_left in left) for number in WARNING_DAYS},
        within=within,
        today=today,
    )


@blueprint.get("/qualifications/skills")
@policy(*STAFF)
def skill_list() -> ResponseReturnValue:
    """Which skills need proof, and how many have them."""
    return page("training/skills.html", rows=skill_counts(reading(), hong_kong_date(utc_now())))


@blueprint.route("/qualifications/skills/<code>", methods=["GET", "POST"])
@policy(*STAFF, load=skill_shown)
def skill(skill: Skill, code: str) -> ResponseReturnValue:
    """Whether a skill needs proof."""
    form = SkillForm()
    back_url = url_for(".skill_list")
    if request.method == "GET":
        form.process(data={"needs_proof": skill.needs_proof, "proof_months": skill.proof_months})

    def act(session: Session) -> str:
        change_proof_needed(
            session,
            code,
            needs_proof=bool(form.needs_proof.data),
            proof_months=form.proof_months.data,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back_url

    return submitted(form, act) or page("training/skill.html", form=form, skill=skill, back_url=back_url)


@blueprint.route("/volunteers/<id:volunteer_id>/proof", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def add_proof(volunteer: Volunteer, volunteer_id: int) -> ResponseReturnValue:
    """A certificate or an assessment, as the coordinator saw it; `?skill=` says of what."""
    form = ProofForm()
    form.skill.choices = choices_of(skills_to_prove(reading()))
    if request.method == "GET":
        form.seen_on.data = hong_kong_date(utc_now())
        form.skill.data = request.args.get("skill", "")
    back_url = url_for("volunteers.show", volunteer_id=volunteer_id)

    def act(session: Session) -> str:
        enter_proof(session, volunteer_id, form.proof(), by=current_account().id, now=utc_now())
        flash(gettext("On record. It counts from the day it was issued."), "success")
        return back_url

    return submitted(form, act) or page(
        "training/add_proof.html", form=form, volunteer=volunteer, back_url=back_url
    )


@blueprint.route("/proofs/<id:proof_id>/withdraw", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=proof_shown)
def withdraw(proof: QualificationProof, proof_id: int) -> ResponseReturnValue:
    """A certificate that does not count."""
    form = WithdrawForm()
    back_url = url_for("volunteers.show", volunteer_id=proof.volunteer_id)

    def act(session: Session) -> str:
        withdraw_proof(
            session, proof_id, reason=form.reason.data or "", by=current_account().id, now=utc_now()
        )
        flash(
            gettext("Withdrawn. Visits for which it is needed are looking for somebody else now."), "warning"
        )
        return back_url

    return submitted(form, act) or page("training/withdraw.html", form=form, proof=proof, back_url=back_url)


def qualifications_panel(session: Session, volunteer: Volunteer) -> str:
    """On a volunteer's page at the desk: what they have, what was seen, and what they only say."""
    return render_template(
        "training/qualifications_panel.html",
        volunteer=volunteer,
        standing=standing_of(session, volunteer.id, hong_kong_date(utc_now())),
        proofs=proofs_of(session, volunteer.id),
        is_here=volunteer.status not in GONE,
        today=hong_kong_date(utc_now()),
    )

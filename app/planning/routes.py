"""Which course to hold, and for whom: courses by what they would unlock, one step away from a run."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.catalogue.forms import choices_of
from app.catalogue.queries import areas, support_kinds
from app.matching.engine import Learner
from app.planning.forms import OfferForm
from app.planning.queries import (
    SEATS,
    Plan,
    demands,
    last_plan,
    people_of,
    proposed_time,
    requests_of,
    weighed,
)
from app.planning.use_cases import offer_run
from app.shared.times import utc_now
from app.training.models import Course
from app.training.queries import course_shown
from app.volunteers.models import Volunteer
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.menu import MenuEntry
from app.web.transactions import reading
from app.web.words import name_of, person_name

blueprint = Blueprint("planning", __name__)

MENU = (MenuEntry("planning.demand", lazy_gettext("Whom to teach"), frozenset({Role.COORDINATOR})),)
CLOSES_BEFORE = timedelta(days=2)


@blueprint.get("/demand")
@policy(Role.COORDINATOR)
def demand() -> ResponseReturnValue:
    """Courses by the requests they would unlock."""
    plan = last_plan(reading())
    return page(
        "planning/demand.html",
        plan=plan,
        rows=[] if plan is None else demands(reading(), plan, now=utc_now()),
        seats=SEATS,
    )


@blueprint.route("/demand/<id:course_id>", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=course_shown)
def course(course: Course, course_id: int) -> ResponseReturnValue:
    """To whom to offer the seats of a course, and the run it takes."""
    session, now = reading(), utc_now()
    plan = last_plan(session)
    unlocked = weighed(session, plan, course, now=now)
    people = people_of(session, unlocked)
    offered = [each for each in (*unlocked.learners, *unlocked.reserves) if each.volunteer in people]
    form = OfferForm()
    form.choose_from(
        [(people[each.volunteer].id, person_name(people[each.volunteer])) for each in offered],
        choices_of(areas(session)),
        gettext("Online"),
    )
    if request.method == "GET" and plan is not None and offered:
        codes = [each.volunteer for each in unlocked.learners]
        proposal = proposed_time(plan, course, codes, now=now)
        chosen = [people[code].id for code in codes if code in people]
        form.propose(proposal, chosen, proposal.on_date - CLOSES_BEFORE)

    def act(session: Session) -> str:
        made, answers = offer_run(
            session,
            course_id,
            form.run(),
            form.facts(),
            list(form.learners.data or ()),
            by=current_account().id,
            now=utc_now(),
        )
        invited = sum(refusal is None for refusal in answers.values())
        flash(
            ngettext(
                "The run is open, and one person is invited.",
                "The run is open, and %(num)s people are invited.",
                invited,
            ),
            "success",
        )
        return url_for("training.run", run_id=made.id)

    return submitted(form, act) or page(
        "planning/course.html",
        form=form,
        course=course,
        unlocked=unlocked,
        requests=0 if plan is None else requests_of(plan, unlocked),
        hints={}
        if plan is None
        else {people[each.volunteer].id: _why(plan, each, people) for each in offered},
        back_url=url_for(".demand"),
    )


def _why(plan: Plan, learner: Learner, people: Mapping[str, Volunteer]) -> str:
    """What teaching somebody too would unlock, in words."""
    kinds = {kind.code: name_of(kind) for kind in support_kinds(reading())}
    names = sorted({kinds[plan.problem.visit(visit).kind] for visit in learner.visits})
    said = ngettext(
        "%(num)s visit more could take place: %(kinds)s",
        "%(num)s visits more could take place: %(kinds)s",
        len(learner.visits),
        kinds=gettext(", ").join(names),
    )
    if learner.together:
        others = gettext(", ").join(person_name(people[code]) for code in learner.together if code in people)
        said = gettext("%(said)s; together with %(others)s", said=said, others=others)
    return said

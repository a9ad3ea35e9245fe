"""A volunteer's own pages: where things stand, the next visit, and everything they may change themselves."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.forms import ConfirmForm, PauseForm, ReachForm, StopForm
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import (
    GONE,
    consent_in_force,
    is_minor,
    own_volunteer,
    times_are_old,
    volunteers_of_account,
)
from app.volunteers.routes.blueprint import (
    blueprint,
    change_group,
    choices_for_page,
    group_form,
    group_titles,
)
from app.volunteers.routes.contact import ask_for_proof, new_contact
from app.volunteers.routes.summary import summary
from app.volunteers.use_cases import (
    bring_back_volunteer,
    confirm_times,
    facts_of,
    pause_volunteer,
    withdraw_volunteer,
)
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.panels import panels_for
from app.web.transactions import reading
from app.web.words import person_name, say


@blueprint.get("/volunteer")
@policy(Role.VOLUNTEER)
def home() -> ResponseReturnValue:
    """The volunteer's first page; a choice when several people share the account."""
    people = volunteers_of_account(reading(), current_account().id)
    if len(people) == 1:
        return redirect(url_for(".mine", volunteer_id=people[0].id), code=303)
    ways = [
        {
            "icon": "person",
            "heading": person_name(person),
            "text": say(person.status),
            "href": url_for(".mine", volunteer_id=person.id),
        }
        for person in people
    ]
    return page("volunteers/home.html", people=ways)


@blueprint.get("/volunteer/<id:volunteer_id>")
@policy(Role.VOLUNTEER, load=own_volunteer)
def mine(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Where the application stands; once accepted, the next visit and everything to change."""
    choices = choices_for_page()
    facts = facts_of(volunteer)
    now = utc_now()
    today = hong_kong_date(now)
    is_here = volunteer.status not in GONE
    return page(
        "volunteers/mine.html",
        volunteer=volunteer,
        is_here=is_here,
        has_others=len(volunteers_of_account(reading(), current_account().id)) > 1,
        panels=panels_for("volunteers.home", volunteer),
        needs_consent=is_here and is_minor(volunteer, today) and consent_in_force(volunteer, today) is None,
        asks_times=volunteer.status == VolunteerStatus.ACTIVE and times_are_old(volunteer, now),
        confirm_form=ConfirmForm(),
        summaries=[
            (
                title,
                summary(facts, group, choices),
                url_for(".my_group", volunteer_id=volunteer.id, group=group),
            )
            for group, title in group_titles().items()
            if group != "who"
        ],
    )


@blueprint.route(
    "/volunteer/<id:volunteer_id>/<any(reach, place, abilities, times, away):group>", methods=["GET", "POST"]
)
@policy(Role.VOLUNTEER, load=own_volunteer)
def my_group(volunteer: Volunteer, group: str, **_ids: int) -> ResponseReturnValue:
    """Change one group of one's own details."""
    choices = choices_for_page()
    form = group_form(volunteer, group, choices)
    if isinstance(form, ReachForm) and form.is_sent_well():
        contact = new_contact(volunteer, form.reach())
        if contact is not None:
            return ask_for_proof(volunteer, form, contact)
    return change_group(
        volunteer,
        group,
        form,
        choices,
        "volunteers/my_group.html",
        back=url_for(".mine", volunteer_id=volunteer.id),
        title=group_titles()[group],
    )


@blueprint.post("/volunteer/<id:volunteer_id>/times-hold")
@policy(Role.VOLUNTEER, load=own_volunteer)
def confirm_my_times(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """One tap: my times are still right."""

    def act(session: Session) -> str:
        confirm_times(session, volunteer.id, by=current_account().id, now=utc_now())
        flash(gettext("Thank you. We keep your times as they are."), "success")
        return url_for(".mine", volunteer_id=volunteer.id)

    return submitted(ConfirmForm(), act) or redirect(url_for(".mine", volunteer_id=volunteer.id), code=303)


@blueprint.route("/volunteer/<id:volunteer_id>/pause", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def pause_myself(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """No visits for a while."""
    form = PauseForm()
    back = url_for(".mine", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        pause_volunteer(
            session,
            volunteer.id,
            until=form.until.data,
            reason=form.reason.data or "",
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("You are on a pause. We will not ask you for visits until you come back."), "success")
        return back

    return submitted(form, act) or page("volunteers/pause_myself.html", form=form, back_url=back)


@blueprint.route("/volunteer/<id:volunteer_id>/stop", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def stop_myself(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Not going on, as an applicant or as a volunteer: what happens then, and how to come back."""
    form = StopForm()
    back = url_for(".mine", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        withdraw_volunteer(
            session, volunteer.id, reason=form.reason.data or "", by=current_account().id, now=utc_now()
        )
        flash(gettext("We have noted it. Thank you for having been with us."), "success")
        return back

    if request.method == "GET" and volunteer.status in GONE:
        return redirect(back, code=303)
    return submitted(form, act) or page(
        "volunteers/stop_myself.html",
        form=form,
        volunteer=volunteer,
        is_applying=volunteer.status in (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION),
        back_url=back,
    )


@blueprint.route("/volunteer/<id:volunteer_id>/come-back", methods=["GET", "POST"])
@policy(Role.VOLUNTEER, load=own_volunteer)
def come_back(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """The pause ends now."""
    form = ConfirmForm()
    back = url_for(".mine", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        bring_back_volunteer(session, volunteer.id, by=current_account().id, now=utc_now())
        flash(gettext("Welcome back!"), "success")
        return back

    return submitted(form, act) or page("volunteers/come_back.html", form=form, back_url=back)

"""Decisions about a volunteer: spoken with, accepted, paused, stopped, removed, senior."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.forms import AcceptForm, ConfirmForm, ConversationForm, PauseForm, ReasonForm, SeniorForm
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import consent_in_force, coordinators, is_minor, volunteer_shown
from app.volunteers.routes.blueprint import blueprint
from app.volunteers.use_cases import (
    accept_volunteer,
    bring_back_volunteer,
    end_senior,
    make_senior,
    note_conversation,
    pause_volunteer,
    remove_volunteer,
    reopen_application,
    retire_volunteer,
)
from app.web.access import policy
from app.web.forms import Form, page, submitted
from app.web.kept import sealed_form
from app.web.transactions import reading


@blueprint.route("/volunteers/<id:volunteer_id>/spoken", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def speak(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """A coordinator has spoken with the applicant."""
    me = current_account()
    form = ConversationForm(
        coordinators(reading()), data={"spoken_on": hong_kong_date(utc_now()), "spoken_by": str(me.id)}
    )

    def act(session: Session) -> None:
        spoken_on = form.spoken_on.data
        if spoken_on is not None:
            note_conversation(
                session,
                volunteer.id,
                spoken_on=spoken_on,
                spoken_by=int(form.spoken_by.data),
                by=me.id,
                now=utc_now(),
            )

    return _decide(volunteer, form, act, "volunteers/speak.html", gettext("Noted. Next: the induction."))


@blueprint.route("/volunteers/<id:volunteer_id>/accept", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def accept(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Everything that must be done before somebody is matched, entered together; a consent may be entered first."""
    if "consent_first" in request.form:
        return redirect(url_for(".enter_consent", volunteer_id=volunteer.id, kept=sealed_form()), 303)
    me, today = current_account(), hong_kong_date(utc_now())
    form = AcceptForm(
        coordinators(reading()),
        data={
            "spoken_on": volunteer.spoken_on,
            "spoken_by": str(volunteer.spoken_by_id or me.id),
            "identity_seen_on": volunteer.identity_seen_on,
            "identity_seen_by": str(volunteer.identity_seen_by_id or me.id),
            "induction_on": volunteer.induction_on,
            "conduct_accepted_on": volunteer.conduct_accepted_on,
        },
    )
    return _decide(
        volunteer,
        form,
        lambda session: accept_volunteer(session, volunteer.id, form.acceptance(), by=me.id, now=utc_now()),
        "volunteers/accept.html",
        gettext("Accepted. From tonight on they are matched."),
        needs_consent=is_minor(volunteer, today) and consent_in_force(volunteer, today) is None,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/pause", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def pause(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """No visits for a while."""
    form = PauseForm()
    return _decide(
        volunteer,
        form,
        lambda session: pause_volunteer(
            session,
            volunteer.id,
            until=form.until.data,
            reason=form.reason.data or "",
            by=current_account().id,
            now=utc_now(),
        ),
        "volunteers/pause.html",
        gettext("Paused."),
    )


@blueprint.route("/volunteers/<id:volunteer_id>/bring-back", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def bring_back(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """A pause ends, or somebody who had stopped applies again."""
    has_left = volunteer.status == VolunteerStatus.RETIRED
    act = reopen_application if has_left else bring_back_volunteer
    return _decide(
        volunteer,
        ConfirmForm(),
        lambda session: act(session, volunteer.id, by=current_account().id, now=utc_now()),
        "volunteers/bring_back.html",
        gettext("The application is open again.") if has_left else gettext("Active again."),
        has_left=has_left,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/stop", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def stop(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """They stop, or the application is not accepted."""
    form = ReasonForm()
    return _decide(
        volunteer,
        form,
        lambda session: retire_volunteer(
            session, volunteer.id, reason=form.reason.data or "", by=current_account().id, now=utc_now()
        ),
        "volunteers/stop.html",
        gettext("Done. The reason is kept."),
        is_applying=volunteer.status in (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION),
    )


@blueprint.route("/volunteers/<id:volunteer_id>/remove", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def remove(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Never matched again."""
    form = ReasonForm()
    return _decide(
        volunteer,
        form,
        lambda session: remove_volunteer(
            session, volunteer.id, reason=form.reason.data or "", by=current_account().id, now=utc_now()
        ),
        "volunteers/remove.html",
        gettext("Removed. The reason is kept."),
    )


@blueprint.route("/volunteers/<id:volunteer_id>/senior", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def senior(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """資深, by decision."""
    form = SeniorForm(
        data={
            "since": volunteer.senior_since or hong_kong_date(utc_now()),
            "reason": volunteer.senior_reason,
        }
    )

    def act(session: Session) -> None:
        since = form.since.data
        if since is not None:
            make_senior(
                session,
                volunteer.id,
                since=since,
                reason=form.reason.data or "",
                by=current_account().id,
                now=utc_now(),
            )

    return _decide(volunteer, form, act, "volunteers/senior.html", gettext("The decision is kept."))


@blueprint.route("/volunteers/<id:volunteer_id>/senior/end", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def no_longer_senior(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Take the decision back."""
    return _decide(
        volunteer,
        ConfirmForm(),
        lambda session: end_senior(session, volunteer.id, by=current_account().id, now=utc_now()),
        "volunteers/no_longer_senior.html",
        gettext("The decision is taken back."),
    )


def _decide(
    volunteer: Volunteer,
    form: Form,
    act: Callable[[Session], object],
    template: str,
    told: str,
    **context: object,
) -> ResponseReturnValue:
    """The page of one decision; once it is taken, back to the volunteer with a word."""
    back = url_for(".show", volunteer_id=volunteer.id)

    def decide(session: Session) -> str:
        act(session)
        flash(told, "success")
        return back

    return submitted(form, decide) or page(template, form=form, volunteer=volunteer, back_url=back, **context)

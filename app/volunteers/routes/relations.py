"""A volunteer's guardian, household, notes and health note, on plain pages."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.accounts.access import current_account
from app.accounts.models import Role
from app.shared.times import utc_now
from app.volunteers.forms import ConfirmForm, ConsentForm, HealthNoteForm, HouseholdForm, NoteForm
from app.volunteers.models import GuardianConsent, Volunteer
from app.volunteers.queries import consent_shown, household_members, volunteer_shown
from app.volunteers.routes.blueprint import blueprint
from app.volunteers.use_cases import (
    add_consent,
    join_household,
    leave_household,
    read_health_note,
    withdraw_consent,
    write_health_note,
    write_note,
)
from app.web.access import policy
from app.web.forms import page, submitted
from app.web.kept import sealed_for
from app.web.transactions import in_transaction, reading


@blueprint.route("/volunteers/<id:volunteer_id>/consent", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def enter_consent(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """A guardian's consent, as the coordinator saw it; then back to the acceptance it was missing for, if any."""
    form = ConsentForm()
    kept = sealed_for(url_for(".accept", volunteer_id=volunteer.id))
    back = url_for(".accept" if kept else ".show", volunteer_id=volunteer.id, kept=kept or None)

    def act(session: Session) -> str:
        add_consent(session, volunteer.id, form.consent(), by=current_account().id, now=utc_now())
        flash(gettext("The consent is on record."), "success")
        return back

    return submitted(form, act) or page(
        "volunteers/enter_consent.html", form=form, volunteer=volunteer, back_url=back
    )


@blueprint.route("/volunteers/<id:volunteer_id>/consent/<id:consent_id>/withdraw", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=consent_shown)
def end_consent(consent: GuardianConsent, **_ids: int) -> ResponseReturnValue:
    """The guardian takes the consent back."""
    form = ConfirmForm()
    back = url_for(".show", volunteer_id=consent.volunteer_id)

    def act(session: Session) -> str:
        withdraw_consent(session, consent.volunteer_id, consent.id, by=current_account().id, now=utc_now())
        flash(gettext("The consent is taken back. Without one they are not matched."), "success")
        return back

    return submitted(form, act) or page(
        "volunteers/end_consent.html", form=form, consent=consent, back_url=back
    )


@blueprint.route("/volunteers/<id:volunteer_id>/household", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def household(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Who a volunteer lives with: two of one household are never the only ones on a visit to a home."""
    form = HouseholdForm()
    back = url_for(".show", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        join_household(session, volunteer.id, form.other.data or "", by=current_account().id, now=utc_now())
        flash(gettext("The household is on record."), "success")
        return back

    return submitted(form, act) or page(
        "volunteers/household.html",
        form=form,
        volunteer=volunteer,
        members=household_members(reading(), volunteer),
        back_url=back,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/household/leave", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def end_household(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """They live apart from now on."""
    form = ConfirmForm()
    back = url_for(".show", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        leave_household(session, volunteer.id, by=current_account().id, now=utc_now())
        flash(gettext("No longer in the household."), "success")
        return back

    return submitted(form, act) or page(
        "volunteers/end_household.html",
        form=form,
        volunteer=volunteer,
        members=household_members(reading(), volunteer),
        back_url=back,
    )


@blueprint.route("/volunteers/<id:volunteer_id>/note", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def note(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """The coordinators' note."""
    form = NoteForm(data={"note": str(volunteer.note or ""), "version": str(volunteer.version)})
    back = url_for(".show", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        write_note(
            session,
            volunteer.id,
            form.private_note(),
            version=form.version_seen,
            by=current_account().id,
            now=utc_now(),
        )
        flash(gettext("Saved."), "success")
        return back

    answer = submitted(form, act)
    if answer is not None:
        return answer
    stored = str(volunteer.note or "") if _is_conflict(form, volunteer) else None
    return page("volunteers/note.html", form=form, volunteer=volunteer, stored=stored, back_url=back)


@blueprint.route("/volunteers/<id:volunteer_id>/health", methods=["GET", "POST"])
@policy(Role.COORDINATOR, load=volunteer_shown)
def health(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """What would make helping easier: opening this page is put on record."""
    by, now = current_account().id, utc_now()
    known = in_transaction(lambda session: read_health_note(session, volunteer, by=by, now=now))
    form = HealthNoteForm(data={"note": str(known or ""), "version": str(volunteer.version)})
    back = url_for(".show", volunteer_id=volunteer.id)

    def act(session: Session) -> str:
        write_health_note(
            session, volunteer.id, form.health_note(), version=form.version_seen, by=by, now=now
        )
        flash(gettext("Saved."), "success")
        return back

    answer = submitted(form, act)
    if answer is not None:
        return answer
    stored = str(known or "") if _is_conflict(form, volunteer) else None
    return page("volunteers/health.html", form=form, volunteer=volunteer, stored=stored, back_url=back)


def _is_conflict(form: NoteForm | HealthNoteForm, volunteer: Volunteer) -> bool:
    """Somebody saved a newer text while this one was typed; sending again then replaces it knowingly."""
    if request.method != "POST" or form.version_seen == volunteer.version:
        return False
    form.version.data = str(volunteer.version)
    return True

"""The coordinators' list, and a volunteer's page."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account
from app.accounts.models import DraftKind, Role
from app.accounts.queries import drafts_of_coordinators
from app.shared.times import utc_now
from app.volunteers.forms import Choices, VolunteerFilterForm
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.queries import (
    GONE,
    Waiting,
    account_names,
    consent_in_force,
    history,
    household_members,
    is_minor,
    possible_duplicates,
    times_are_old,
    volunteer_shown,
    volunteers_found,
    waiting_counts,
)
from app.volunteers.routes.blueprint import (
    blueprint,
    change_group,
    choices_for_page,
    group_form,
    group_titles,
)
from app.volunteers.routes.summary import age_words, summary
from app.volunteers.use_cases import facts_of, note_minor_seen
from app.web.access import policy
from app.web.dates import moment
from app.web.forms import page
from app.web.panels import panels_for
from app.web.security import id_in
from app.web.transactions import in_transaction, reading
from app.web.words import happened

TONES = {
    VolunteerStatus.APPLIED: "info",
    VolunteerStatus.INDUCTION: "info",
    VolunteerStatus.ACTIVE: "good",
    VolunteerStatus.PAUSED: "warning",
    VolunteerStatus.ADVISER: "neutral",
    VolunteerStatus.RETIRED: "neutral",
    VolunteerStatus.REMOVED: "bad",
}


@blueprint.get("/volunteers")
@policy(Role.COORDINATOR)
def index() -> ResponseReturnValue:
    """Volunteers and applicants; what the list is narrowed to stands in the address."""
    choices = choices_for_page()
    now = utc_now()
    form = VolunteerFilterForm(choices.areas, formdata=request.args)
    wanted = form.wanted()
    found = volunteers_found(
        reading(), wanted, page=id_in(request.args.get("page")) or 1, today=choices.today, now=now
    )
    waiting = waiting_counts(reading(), today=choices.today, now=now)
    return page(
        "volunteers/index.html",
        filter_form=form,
        found=found,
        tones=TONES,
        areas={area.code: area for group in choices.areas.values() for area in group},
        waiting={what: count for what, count in waiting.items() if count},
        drafts=drafts_of_coordinators(reading(), DraftKind.VOLUNTEER, now=now),
        is_narrowed=bool(wanted.words or wanted.status or wanted.area or wanted.waiting),
        filters={name: value for name, value in request.args.to_dict().items() if name != "page"},
    )


@blueprint.get("/volunteers/<id:volunteer_id>")
@policy(Role.COORDINATOR, load=volunteer_shown)
def show(volunteer: Volunteer, **_ids: int) -> ResponseReturnValue:
    """Everything about one volunteer, and what happened."""
    choices = choices_for_page()
    now = utc_now()
    facts = facts_of(volunteer)
    minor = is_minor(volunteer, choices.today)
    if minor:
        _note_seen(volunteer)
    names = account_names(
        reading(),
        (
            volunteer.spoken_by_id,
            volunteer.identity_seen_by_id,
            volunteer.accepted_by_id,
            volunteer.senior_by_id,
            volunteer.entered_by_id,
            *(consent.seen_by_id for consent in volunteer.consents),
        ),
    )
    return page(
        "volunteers/show.html",
        volunteer=volunteer,
        tone=TONES[volunteer.status],
        is_here=volunteer.status not in GONE,
        minor=minor,
        age=age_words(facts, choices),
        consent=consent_in_force(volunteer, choices.today),
        waits=_waits(volunteer, minor, choices),
        asks_times=volunteer.status == VolunteerStatus.ACTIVE and times_are_old(volunteer, now),
        duplicates=possible_duplicates(reading(), volunteer),
        household=household_members(reading(), volunteer),
        names=names,
        panels=panels_for("volunteers.show", volunteer),
        summaries=[
            (
                title,
                summary(facts, group, choices),
                url_for(".change", volunteer_id=volunteer.id, group=group),
            )
            for group, title in group_titles().items()
        ],
        events=[
            {
                "when": moment(happening.row.at),
                "what": happened(happening.row),
                "who": happening.who,
                "note": happening.row.facts.get("reason", ""),
            }
            for happening in history(reading(), volunteer)
        ],
    )


@blueprint.route(
    "/volunteers/<id:volunteer_id>/<any(who, reach, place, abilities, times, away):group>",
    methods=["GET", "POST"],
)
@policy(Role.COORDINATOR, load=volunteer_shown)
def change(volunteer: Volunteer, group: str, **_ids: int) -> ResponseReturnValue:
    """Change one group of a volunteer's details."""
    choices = choices_for_page()
    if request.method == "GET" and is_minor(volunteer, choices.today):
        _note_seen(volunteer)
    return change_group(
        volunteer,
        group,
        group_form(volunteer, group, choices),
        choices,
        "volunteers/change.html",
        back=url_for(".show", volunteer_id=volunteer.id),
        title=group_titles()[group],
    )


def _note_seen(volunteer: Volunteer) -> None:
    """Looking at a minor's details is put on record."""
    by, now = current_account().id, utc_now()
    in_transaction(lambda session: note_minor_seen(session, volunteer, by=by, now=now))


def _waits(volunteer: Volunteer, minor: bool, choices: Choices) -> list[Waiting]:
    """What an applicant still needs before they can be accepted."""
    if volunteer.status not in (VolunteerStatus.APPLIED, VolunteerStatus.INDUCTION):
        return []
    missing = {
        Waiting.CALL: volunteer.spoken_on is None,
        Waiting.IDENTITY: volunteer.identity_seen_on is None,
        Waiting.INDUCTION: volunteer.induction_on is None,
        Waiting.CONSENT: minor and consent_in_force(volunteer, choices.today) is None,
    }
    return [waiting for waiting, is_missing in missing.items() if is_missing] or [Waiting.ACCEPTANCE]

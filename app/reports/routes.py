"""The board, the coordinators' home; and a year's learning."""

from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from app.accounts.access import current_account
from app.accounts.models import Role
from app.matching.queries.proposals import (
    occurrences_uncovered,
    proposal_counts,
    requests_proposed,
    times_ahead,
)
from app.matching.queries.runs import changes_between, dropped_pins, latest_run
from app.matching.queries.unserved import requests_unserved
from app.matching.routes.blueprint import areas_by_code, languages_by_code, settings, undo_waiting
from app.matching.routes.proposals import times_said
from app.matching.use_cases.suggestions import suggestions_by_hand
from app.matching.use_cases.teams import first_day_to_decide, rule_named
from app.matching.words import chips, cost_words, funnel_words, sureness
from app.recognition.forms import FIRST_YEAR, YearForm, year_of
from app.reports.learning import year_of_learning
from app.reports.queries import YESTERDAY, NightState, figures, last_night
from app.shared.times import hong_kong_date, utc_now
from app.visits.queries import follow_ups_open, offers_unanswered, seats_lost, visits_needing_cover
from app.weather.queries import visits_in_weather, visits_suspended, warnings_in_force
from app.web.access import policy
from app.web.forms import Form, page
from app.web.menu import MenuEntry
from app.web.transactions import reading

blueprint = Blueprint("reports", __name__)

MENU = [
    MenuEntry(
        "reports.board",
        lazy_gettext("Morning board"),
        frozenset({Role.COORDINATOR, Role.SAFEGUARDING_LEAD}),
    ),
]

SHOWN = 4
"""How many of each kind the board shows; the list behind it has all."""


@blueprint.get("/board")
@policy(Role.COORDINATOR, Role.SAFEGUARDING_LEAD)
def board() -> ResponseReturnValue:
    """Last night in a sentence, exceptions first, then proposals, requests without anybody, and what fell through."""
    session, now = reading(), utc_now()
    tonight = last_night(
        session, night_at=settings().night_at, manual_list_at=settings().manual_list_at, now=now
    )
    run = tonight.run
    before = latest_run(session, before=run) if run else None
    today = hong_kong_date(now)
    languages = languages_by_code(session)
    first = first_day_to_decide(now)
    by_hand = []
    if tonight.state is NightState.LATE:
        by_hand = list(occurrences_uncovered(session, first, first + timedelta(days=6))[:SHOWN])
    uncovered = visits_needing_cover(session, now)[:SHOWN]
    to_arrange = [visit.occurrence for visit in uncovered if visit.on_date >= first]
    unserved = None
    if run is not None:
        unserved = requests_unserved(session, run, from_day=first, is_without_lost=True, length=SHOWN)
        to_arrange += [
            each.visits[0].occurrence
            for each in unserved.rows
            if each.visits[0].since and each.visits[0].times
        ]
    return page(
        "reports/board.html",
        tonight=tonight,
        run=run,
        sureness=sureness,
        figures=figures(session, run, now=now),
        changes=changes_between(session, run, before) if run and before else None,
        dropped=dropped_pins(session, run)[:SHOWN] if run else [],
        counts=proposal_counts(session),
        proposed=requests_proposed(session, today=today, plain=False, length=SHOWN),
        unserved=unserved,
        uncovered=uncovered,
        rule_named=rule_named,
        people_for=suggestions_by_hand(session, to_arrange, now=now) if to_arrange else {},
        key=str(Form().form_key.data),
        lost=seats_lost(session, now - YESTERDAY)[: 2 * SHOWN],
        to_follow_up=follow_ups_open(session)[:SHOWN],
        waiting=offers_unanswered(session, now)[:SHOWN],
        undo=undo_waiting(session, now),
        warnings=warnings_in_force(session, now),
        in_weather=visits_in_weather(session, now),
        suspended=visits_suspended(session, now),
        areas=areas_by_code(session),
        by_hand=by_hand,
        people_by_hand=suggestions_by_hand(session, by_hand, now=now) if by_hand else {},
        today=today,
        is_lead=Role.SAFEGUARDING_LEAD in current_account().roles,
        is_coordinator=Role.COORDINATOR in current_account().roles,
        shows_errors=Role.ADMINISTRATOR in current_account().roles,
        chips=lambda reasons: chips(reasons, languages),
        cost_words=cost_words,
        ahead=lambda occurrence: times_ahead(occurrence, first),
        funnel=lambda visit, request_: funnel_words(
            visit.row.funnel, visit.row.facts["volunteers"], request_, times_said(visit.times), languages
        ),
    )


@blueprint.get("/courses/report")
@policy(Role.COORDINATOR, Role.ADMINISTRATOR)
def learning() -> ResponseReturnValue:
    """What a year's learning came to."""
    today = hong_kong_date(utc_now())
    chosen = year_of(request.args.get("year"), today)
    form = YearForm(data={"year": chosen})
    form.year.choices = [(each, str(each)) for each in range(today.year, FIRST_YEAR - 1, -1)]
    return page(
        "reports/learning.html",
        filter_form=form,
        year=chosen,
        learning=year_of_learning(reading(), chosen),
        is_coordinator=Role.COORDINATOR in current_account().roles,
    )

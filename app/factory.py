"""Puts the application together; the only module that knows every feature."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, request, url_for
from flask_babel import get_locale
from jinja2 import StrictUndefined

import config as settings
from app.accounts import routes as accounts
from app.accounts import words as account_words
from app.accounts.access import init_sign_in
from app.calendar import routes as calendar
from app.calendar import words as calendar_words
from app.care_requests import routes as care_requests
from app.care_requests import words as care_request_words
from app.care_requests.queries.visits import install_proposals, install_visits
from app.care_requests.use_cases.telling import install_listeners
from app.catalogue import routes as catalogue
from app.catalogue import words as catalogue_words
from app.demo import routes as demo
from app.exchange import routes as exchange
from app.exchange import words as exchange_words
from app.handover import routes as handover
from app.handover import wordings as handover_wordings
from app.handover import words as handover_words
from app.handover.queries.seniors import install_hours_served
from app.handover.use_cases.closing import install_letter_writer
from app.handover.use_cases.sweeping import follow_leaving
from app.matching import routes as matching
from app.matching import words as matching_words
from app.matching.queries.proposals import requests_with_somebody_proposed
from app.matching.queries.runs import night_health
from app.matching.use_cases import teams
from app.matching.use_cases.upkeep import close_proposals_of, close_proposals_to, sweep_visits_of
from app.messages import routes as messages
from app.messages import words as message_words
from app.messages.delivery import Worder
from app.messages.queries import outbox_health
from app.messages.use_cases import QuietHours, install_quiet_hours
from app.planning import routes as planning
from app.recognition import routes as recognition
from app.recognition import words as recognition_words
from app.recognition.queries.ledger import ledger_health, minutes_by_volunteer
from app.recognition.use_cases.letters import issue_letter_of_thanks
from app.reports import routes as reports
from app.reports import wordings as report_wordings
from app.reports import words as report_words
from app.safeguarding import routes as safeguarding
from app.safeguarding import words as safeguarding_words
from app.shared.contacts import shown_phone
from app.shared.database import Database
from app.shared.secrets import install_keyring
from app.training import routes as training
from app.training import wordings as training_wordings
from app.training import words as training_words
from app.training.queries.clashes import install_visit_times
from app.training.use_cases.enrolling import leave_courses
from app.training.use_cases.proofs import install_sweepers
from app.visits import queries as visit_queries
from app.visits import routes as visits
from app.visits import wordings as visit_wordings
from app.visits import words as visit_words
from app.visits.use_cases.leaving import follow_volunteer
from app.visits.use_cases.rules import install_rules
from app.visits.use_cases.seats import follow_request
from app.volunteers import routes as volunteers
from app.volunteers import words as volunteer_words
from app.volunteers.use_cases import install_followers
from app.weather import routes as weather
from app.weather import wordings as weather_wordings
from app.weather import words as weather_words
from app.web import dates, start, words
from app.web.access import refuse_undeclared_views, visitor
from app.web.errors import init_errors
from app.web.health import init_health, scheduler_health
from app.web.language import LANGUAGES, init_language, text_size
from app.web.menu import MenuEntry, menu_for
from app.web.panels import register_panels
from app.web.security import init_security
from app.web.transactions import init_transactions
from config import Config

FEATURES: tuple[Any, ...] = (
    reports,
    matching,
    handover,
    calendar,
    weather,
    visits,
    recognition,
    planning,
    training,
    care_requests,
    volunteers,
    safeguarding,
    exchange,
    catalogue,
    messages,
    accounts,
)
"""Routes modules, in the order of the menu: each has `blueprint`, and may have `MENU` (list of MenuEntry) and `PANELS`
(parts of pages of the features below, see app.web.panels)."""

WORDINGS = (
    words.WORDS,
    account_words.WORDS,
    message_words.WORDS,
    catalogue_words.WORDS,
    volunteer_words.WORDS,
    care_request_words.WORDS,
    safeguarding_words.WORDS,
    *visit_words.ALL,
    weather_words.WORDS,
    calendar_words.WORDS,
    matching_words.WORDS,
    *handover_words.ALL,
    recognition_words.WORDS,
    *training_words.ALL,
    report_words.WORDS,
    exchange_words.WORDS,
    exchange_words.ROW_FACTS,
)
"""What statuses, reasons and refusals are called; one mapping a feature."""

WORDERS: tuple[Mapping[str, Worder], ...] = (
    visit_wordings.WORDERS,
    handover_wordings.WORDERS,
    training_wordings.WORDERS,
    weather_wordings.WORDERS,
    report_wordings.WORDERS,
)
"""How messages of each kind get their values; one mapping a feature (its `wordings.WORDERS`)."""

HEALTH_CHECKS = (scheduler_health, night_health, outbox_health, ledger_health)
"""What /healthz tells beside whether the database answers."""


def open_database(config: Config) -> Database:
    """The database of `config`, and the rooms put together: keys, who asks whom, who hears of what.

    For commands and for the night's process; the application opens its own by it.
    """
    install_keyring(config.keyring)
    install_visits(visit_queries)
    install_proposals(requests_with_somebody_proposed)
    install_rules(teams)
    install_listeners(follow_request, close_proposals_of)
    install_letter_writer(issue_letter_of_thanks)
    install_sweepers(sweep_visits_of)
    install_hours_served(minutes_by_volunteer)
    install_followers(follow_volunteer, close_proposals_to, leave_courses, follow_leaving)
    install_visit_times(visit_queries.times_promised)
    install_quiet_hours(QuietHours(config.quiet_from, config.quiet_until))
    return Database(config.database_url)


def create_app(config: Config | None = None) -> Flask:
    """The WSGI application for `config`, or for the environment's settings."""
    config = config or settings.load(os.environ)
    database = open_database(config)
    app = Flask("app")
    app.extensions["settings"] = config
    app.jinja_env.undefined = StrictUndefined
    app.config.update(config.extra)
    init_security(app, config)
    init_transactions(app, database)
    init_sign_in(app)
    init_language(app)
    init_errors(app)
    for wording in WORDINGS:
        words.register_words(app, wording)
    app.extensions["worders"] = {kind: worder for worders in WORDERS for kind, worder in worders.items()}
    app.register_blueprint(start.blueprint)
    init_health(app, HEALTH_CHECKS)
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
        register_panels(app, getattr(feature, "PANELS", {}))
    if config.is_demonstration:
        app.register_blueprint(demo.blueprint)
    menu = [entry for feature in FEATURES for entry in getattr(feature, "MENU", ())]
    _init_templates(app, config, menu)
    refuse_undeclared_views(app)
    return app


def _init_templates(app: Flask, config: Config, menu: list[MenuEntry]) -> None:
    app.jinja_env.globals["takes_sms_replies"] = config.sms_reply_token is not None
    app.jinja_env.filters.update(
        words=words.say, name=words.name_of, person=words.person_name, phone=shown_phone, **dates.FILTERS
    )

    @app.context_processor
    def page_context() -> dict[str, Any]:
        account = visitor().account if visitor().is_authenticated else None
        roles = frozenset(str(role) for role in account.roles) if account else frozenset()
        return {
            "html_language": LANGUAGES[str(get_locale())],
            "text_size": text_size(),
            "menu": menu_for(menu, roles),
            "is_demonstration": config.is_demonstration,
            "service_phone": config.service_phone,
            "call_me_back_url": url_for("messages.call_me_back", page=request.path),
            "signed_in_as": account.name if account else None,
            "account_url": url_for("accounts.password") if account and account.is_staff else None,
            "sign_out_url": url_for("accounts.sign_out"),
            "sign_in_url": url_for("accounts.sign_in"),
            "home_url": url_for("accounts.home"),
        }

"""An application on a small catalogue, and facts that are valid until a test says otherwise."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import CarerKind, Rhythm
from app.care_requests.queries import visits
from app.care_requests.queries.visits import NoVisits, VisitsSource
from app.care_requests.use_cases import telling
from app.care_requests.use_cases.facts import CarerFacts, RecipientFacts, RequestFacts, WindowFacts
from app.catalogue.models import Demand, Language, Skill, SupportKindSkill
from app.shared.database import Database
from app.shared.secrets import Address, HealthNote, Keyring, Phone
from app.shared.times import hong_kong_date, utc_now
from tests.people import make_area, make_coordinator, make_kind
from tests.visitor import Visitor

TODAY = hong_kong_date(utc_now())
TOMORROW = TODAY + timedelta(days=1)
THURSDAY = date(2026, 11, 26)

DAUGHTER = CarerFacts(kind=CarerKind.FAMILY, name_zh="陳小敏", phone=Phone("+85291234567"))
MOTHER = RecipientFacts(
    called="陳婆婆",
    relation="母親",
    birth_year=1944,
    area_code="shek_lei",
    address=Address("石偉樓1203室"),
    health_note=HealthNote("聽覺較弱"),
)


def asked(**changes: Any) -> RequestFacts:
    """A visit to the daughter's mother at home on a Thursday, ten to twelve."""
    facts = RequestFacts(
        carer=DAUGHTER,
        recipient=MOTHER,
        kind_code="befriending",
        rhythm=Rhythm.ONCE,
        windows=(WindowFacts(20, 24, on_date=THURSDAY),),
        area_code="shek_lei",
    )
    return replace(facts, **changes)


def weekly(*windows: tuple[int, int, int]) -> dict[str, Any]:
    """`asked(**weekly((1, 20, 24)))`: every Tuesday, ten to twelve."""
    return {
        "rhythm": Rhythm.WEEKLY,
        "windows": tuple(WindowFacts(start, end, weekday=weekday) for weekday, start, end in windows),
    }


def small_catalogue(session: Session) -> None:
    """Two areas, four kinds of support, a skill, two languages, two demands."""
    make_area(session)
    make_area(session, "kwai_fong")
    session.add_all(
        [
            Skill(code="transfers", name_zh="扶抱及轉移", name_en="Transfers"),
            Language(code="yue", name_zh="廣東話", name_en="Cantonese"),
            Language(code="cmn", name_zh="普通話", name_en="Putonghua"),
            Demand(code="stairs", name_zh="行樓梯", name_en="Climbing stairs"),
            Demand(code="pets", name_zh="家中有貓狗", name_en="Pets"),
        ]
    )
    make_kind(session)
    make_kind(session, "escort", is_at_home=False, minimum_age=18, name_zh="陪診")
    make_kind(session, "respite", clearance="scrc", minimum_age=18, seats=2, name_zh="在家暫託")
    make_kind(session, "telephone", is_at_home=False, is_anywhere=True, minimum_age=18, name_zh="電話慰問")
    session.add(SupportKindSkill(kind_code="escort", skill_code="transfers"))
    session.flush()


class PretendVisits(NoVisits):
    """A room of visits that says what the test put in."""

    def __init__(self) -> None:
        self.shown: dict[int, tuple[visits.VisitShown, ...]] = {}
        self.visited: set[int] = set()
        self.served: dict[int, date] = {}

    def visits_shown(self, *_question: object) -> dict[int, tuple[visits.VisitShown, ...]]:
        return self.shown

    def visited_occurrences(self, *_question: object) -> set[int]:
        return self.visited

    def last_served(self, *_question: object) -> dict[int, date]:
        return self.served


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> PretendVisits:
    """Visits as this test says they are."""
    source = PretendVisits()
    installed: list[VisitsSource] = [source]
    monkeypatch.setattr(visits, "_installed", installed)
    return source


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What rooms above hear of requests: (id, act)."""
    heard: list[tuple[int, str]] = []
    monkeypatch.setattr(
        telling, "_listeners", [lambda _session, request, act, _by, _now: heard.append((request.id, act))]
    )
    return heard


@pytest.fixture
def coordinator(database: Database, keys: Keyring, pretend: PretendVisits) -> Account:
    """A coordinator, in a database with the small catalogue and no visits."""

    def begin(session: Session) -> Account:
        small_catalogue(session)
        return make_coordinator(session)

    return database.in_transaction(begin)


@pytest.fixture
def app(app: Flask, coordinator: Account, pretend: PretendVisits) -> Flask:
    """The application on the small catalogue, with visits as the test says they are."""
    visits.install_visits(pretend)
    return app


@pytest.fixture
def desk(app: Flask, coordinator: Account) -> Visitor:
    """The coordinator's browser, signed in, in English."""
    return Visitor(app).has_signed_in_as(coordinator)

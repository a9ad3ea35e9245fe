"""A small catalogue, and a volunteer who is valid until a test says otherwise."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.catalogue.models import Demand, District, Language, Skill, TravelTime
from app.messages.models import Channel
from app.shared.database import Database
from app.shared.secrets import Keyring, Phone
from app.volunteers.use_cases import AbilityFacts, PlaceFacts, ReachFacts, TimeFacts, VolunteerFacts, WhoFacts
from tests.people import make_area, make_coordinator, make_kind
from tests.visitor import Visitor

MRS_WONG = VolunteerFacts(
    who=WhoFacts(birth_year=1954, name_zh="黃美玲"),
    reach=ReachFacts(reached_by=Channel.SMS, phone=Phone("+85291234567")),
    place=PlaceFacts(home_area="shek_lei", areas=frozenset({"shek_lei"})),
    abilities=AbilityFacts(languages=frozenset({"yue"}), wishes=frozenset({"befriending"})),
    times=TimeFacts(free=((0, 18, 26),)),
)
"""72 years old, reached by SMS, free on Monday mornings, would like to befriend."""


def somebody(**changes: Any) -> VolunteerFacts:
    """Mrs Wong, changed."""
    return replace(MRS_WONG, **changes)


def small_catalogue(session: Session) -> None:
    """Three areas, of which two are near each other; two kinds, two languages, a skill and a demand."""
    make_area(session)
    make_area(session, "on_yam")
    make_area(session, "ma_wan").district = District.TSUEN_WAN
    for start, end, minutes in (
        ("shek_lei", "on_yam", 10),
        ("shek_lei", "ma_wan", 60),
        ("on_yam", "ma_wan", 60),
    ):
        session.add(TravelTime(from_code=start, to_code=end, minutes=minutes))
        session.add(TravelTime(from_code=end, to_code=start, minutes=minutes))
    session.add_all(
        [
            Skill(code="transfers", name_zh="扶抱及轉移", name_en="Transfers"),
            Language(code="yue", name_zh="廣東話", name_en="Cantonese"),
            Language(code="en", name_zh="英語", name_en="English"),
            Demand(code="stairs", name_zh="行樓梯", name_en="Climbing stairs"),
        ]
    )
    make_kind(session)
    make_kind(session, "escort", name_zh="陪診", minimum_age=18, is_at_home=False)
    session.flush()


@pytest.fixture
def stocked(database: Database, keys: Keyring) -> Database:
    """A database with the small catalogue."""
    database.in_transaction(small_catalogue)
    return database


@pytest.fixture
def coordinator(stocked: Database) -> Account:
    return stocked.in_transaction(lambda session: make_coordinator(session, "Coordinator Chan"))


@pytest.fixture
def newcomer(app: Flask, stocked: Database) -> Visitor:
    """A browser nobody is signed in on."""
    return Visitor(app)


@pytest.fixture
def desk(app: Flask, coordinator: Account) -> Visitor:
    """A coordinator's browser."""
    return Visitor(app).has_signed_in_as(coordinator)

"""What a night says is short whoever is chosen, and who suits a waiting visit but for one thing."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import RequestLanguage
from app.catalogue.models import Language
from app.matching.models import Run, UnservedVisit
from app.matching.queries.shortages import near_misses, shortage_of
from app.safeguarding.models import DoNotPair
from app.shared.database import Database
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, Morning
from tests.people import make_account, make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

FRIDAY = ((date(2026, 11, 27), 20, 24),)
SATURDAY = ((date(2026, 11, 28), 20, 24),)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def too_few(session: Session) -> None:
    """Three visits on Friday morning with one helper; one on Saturday that everybody misses by one thing."""
    make_volunteer(session, "FRIDAY Helper", name_zh="陳美玲", code="V-FRIDAY", free=((4, 18, 42),))
    make_volunteer(session, "SATURDAY Helper", name_zh="李國強", code="V-SATURDAY", free=((5, 18, 42),))
    apart = make_volunteer(session, "APART Helper", code="V-APART", free=((6, 18, 42),))
    for called in ("黃婆婆", "何伯伯", "李婆婆"):
        make_request(session, make_recipient(session, called=called), windows=FRIDAY)
    session.add(Language(code="chiu_chow", name_zh="潮州話", name_en="Chiu Chow"))
    session.flush()
    recipient = make_recipient(session, called="張婆婆")
    spoken = make_request(session, recipient, windows=SATURDAY)
    session.add(RequestLanguage(request_id=spoken.id, language_code="chiu_chow"))
    other = make_recipient(session, called="吳婆婆")
    make_request(session, other, windows=((date(2026, 11, 29), 20, 24),))
    coordinator = make_coordinator(session, "Coordinator Yip")
    session.add(
        DoNotPair(
            recipient_id=other.id,
            volunteer_id=apart.id,
            reason="asked for",
            entered_at=AT_NINE,
            entered_by_id=coordinator.id,
        )
    )


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, too_few)


def desk_of(app: Flask, morning: Morning, *roles: Role) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_account(session, "Somebody", *(roles or (Role.COORDINATOR,))))
    )


def path_of(morning: Morning) -> str:
    return f"/nights/runs/{morning.does(lambda session: session.scalars(select(Run.id)).one())}"


def test_the_run_says_what_is_short_in_every_plan(app: Flask, morning: Morning) -> None:
    desk = desk_of(app, morning)
    page = desk.opens(path_of(morning))
    assert "4 visits wait." in page.words
    assert "In every plan at least 4 would: for 2 nobody is suited, and 2 share too few people." in page.words
    assert "2 of 3 must wait" in page.words
    assert "FRIDAY Helper" in page.words
    assert "not proved" not in page.words
    desk.client.set_cookie("language", "zh_Hant_HK")
    assert "3次探訪中，2次必須等候" in desk.opens(path_of(morning)).words


def test_a_visit_that_waits_says_with_whom_it_shares_too_few_people(app: Flask, morning: Morning) -> None:
    desk = desk_of(app, morning)
    said = "At least 2 of 3 visits must wait, whoever is chosen: together they have only FRIDAY Helper."
    assert desk.opens("/unserved").words.count(said) == 2
    desk.client.set_cookie("language", "zh_Hant_HK")
    assert "無論怎樣安排，3次探訪中最少有2次要等候：能去的總共只有陳美玲。" in desk.opens("/unserved").words


def test_whom_to_ask_is_named_with_the_one_thing(app: Flask, morning: Morning) -> None:
    page = desk_of(app, morning).opens("/unserved")
    assert "does not speak the language: SATURDAY Helper" in page.words
    assert "is not free at that time: FRIDAY Helper , SATURDAY Helper" in page.words


def test_nobody_is_named_who_is_kept_apart_or_paused(morning: Morning) -> None:
    def read(session: Session) -> dict[str, set[str]]:
        rows = session.scalars(select(UnservedVisit)).all()
        named: dict[str, set[str]] = {}
        for row in rows:
            recipient = row.occurrence.request.recipient
            assert recipient is not None
            misses = near_misses(session, rows)[row.occurrence_id]
            named[recipient.called] = {person.code for miss in misses for person in miss.people}
        return named

    def pause(session: Session) -> None:
        person = session.scalars(select(Volunteer).where(Volunteer.code == "V-SATURDAY")).one()
        person.status = VolunteerStatus.PAUSED

    named = morning.does(read)
    assert named["吳婆婆"] == {"V-FRIDAY", "V-SATURDAY"}
    assert named["張婆婆"] == {"V-SATURDAY"}
    morning.does(pause)
    named = morning.does(read)
    assert named["吳婆婆"] == {"V-FRIDAY"}
    assert named["張婆婆"] == set()


def test_a_run_of_before_says_nothing_of_it(app: Flask, morning: Morning) -> None:
    def forget(session: Session) -> None:
        run = session.scalars(select(Run)).one()
        run.facts = {key: value for key, value in run.facts.items() if key != "shortage"}
        session.flush()
        assert shortage_of(session, run) is None

    morning.does(forget)
    assert "What is short" not in desk_of(app, morning).opens(path_of(morning)).words

"""Volunteers hear in good time that a qualification ends: once for each time that is set."""

import subprocess
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue.use_cases import load_catalogue
from app.messages.delivery import worded
from app.messages.models import Channel, OutboxMessage
from app.shared.database import Database
from app.shared.errors import NotFound
from app.shared.secrets import Keyring
from app.shared.times import hong_kong_date
from app.training.use_cases.ending import tell_of_endings
from app.volunteers.models import Volunteer, VolunteerStatus
from scheduler.ticking import Ticker
from tests.people import NOW, give_proof, make_volunteer
from tests.visitor import make_config

TODAY = hong_kong_date(NOW)


@pytest.fixture
def told(database: Database, keys: object) -> Database:
    def arrange(session: Session) -> None:
        load_catalogue(session)
        for name, days in (("In Sixty", 60), ("In Fourteen", 14), ("Later", 61), ("Over", -1)):
            volunteer = make_volunteer(session, name, phone="+85261230001", reached_by=Channel.SMS)
            give_proof(session, volunteer, "first_aid", TODAY + timedelta(days=days))
        gone = make_volunteer(session, "Gone", status=VolunteerStatus.RETIRED)
        give_proof(session, gone, "first_aid", TODAY + timedelta(days=10))
        covered = make_volunteer(session, "Goes On")
        give_proof(session, covered, "first_aid", TODAY + timedelta(days=10))
        give_proof(session, covered, "first_aid", None, issued_on=TODAY, seen_on=TODAY)

    database.in_transaction(arrange)
    return database


def tells(database: Database, days: int = 0) -> int:
    return database.in_transaction(
        lambda session: tell_of_endings(session, (60, 14), now=NOW + timedelta(days=days))
    )


def keys_of(database: Database) -> list[str]:
    query = select(OutboxMessage.dedupe_key).order_by(OutboxMessage.id)
    return database.in_transaction(lambda session: [key.partition(":")[2] for key in session.scalars(query)])


def test_everybody_is_told_once_for_each_time_however_often_it_is_asked(told: Database) -> None:
    assert tells(told) == 2
    assert [key.rpartition(":")[2] for key in keys_of(told)] == ["14", "60"]
    assert tells(told) == 0
    assert tells(told, 1) == 1
    assert tells(told, 40) == 0
    assert tells(told, 46) == 1
    assert tells(told, 50) == 1


def test_a_scheduler_that_stood_still_says_it_late_but_once(told: Database) -> None:
    assert tells(told, 55) == 2
    assert [key.rpartition(":")[2] for key in keys_of(told)] == ["14", "14"]
    assert tells(told, 56) == 0


def test_the_message_says_what_ends_and_when_and_nothing_once_it_goes_on(told: Database, app: Flask) -> None:
    tells(told)

    def read(session: Session) -> str:
        message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()[0]
        return worded(session, message).text

    def renews(session: Session) -> None:
        volunteer = session.scalars(select(Volunteer).where(Volunteer.name_en == "In Fourteen")).one()
        give_proof(session, volunteer, "first_aid", None, issued_on=TODAY, seen_on=TODAY)

    with app.test_request_context():
        text = told.in_transaction(read)
        assert "急救" in text
        told.in_transaction(renews)
        with pytest.raises(NotFound):
            told.in_transaction(read)


def test_the_scheduler_tells_once_a_day_from_its_hour_on(told: Database, app: Flask, keys: Keyring) -> None:
    config = make_config(told, keys).with_changes(is_demonstration=True)
    clock = [NOW.replace(hour=1)]
    ticker = Ticker(app, config, told, clock=lambda: clock[0], start_night=failing)
    ticker._tell_of_endings()
    assert keys_of(told) == []
    clock[0] = NOW
    ticker._tell_of_endings()
    assert len(keys_of(told)) == 2
    assert ticker.endings_told_on == TODAY


def failing() -> "subprocess.Popen[bytes]":
    raise AssertionError("no night is due")

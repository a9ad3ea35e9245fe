"""/healthz: facts that exist, red when one of them is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.messages.models import Channel, OutboxMessage
from app.messages.queries import outbox_health
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.contacts import read_phone
from app.shared.database import Database
from app.shared.health import HealthFact, beat, last_beat
from app.web.health import scheduler_health
from tests.visitor import Visitor

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def queued(session: Session, *, channel: Channel = Channel.SMS) -> OutboxMessage:
    recipient = Recipient(channel, read_phone("9123 4567"), "en")
    return queue_message(session, Message(kind="sign_in_code", recipient=recipient, dedupe_key="x"), now=NOON)


def test_all_is_well(app: Flask, visitor: Visitor, database: Database) -> None:
    app.extensions["health_checks"] = tuple(
        check
        for check in app.extensions["health_checks"]
        if check.__name__ in ("database_health", "scheduler_health", "outbox_health")
    )
    with time_machine.travel(NOON, tick=False):
        database.in_transaction(lambda session: beat(session, "scheduler", now=NOON))
        answer = visitor.opens("/healthz").response
    assert json.loads(answer.data) == {
        "is_red": False,
        "facts": {
            "database": {"is_red": False},
            "scheduler": {"is_red": False, "last_tick": "2026-11-24T04:00:00+00:00"},
            "outbox": {"is_red": False, "due": 0, "oldest_due": None, "failing": 0, "dead": 0},
        },
    }


@pytest.mark.parametrize(("seconds", "is_red"), ((90, False), (91, True)))
def test_a_scheduler_that_stands_still_is_red(database: Database, seconds: int, is_red: bool) -> None:
    def look(session: Session) -> bool:
        beat(session, "scheduler", now=NOON - timedelta(seconds=30))
        beat(session, "scheduler", now=NOON)
        assert last_beat(session, "scheduler") == NOON
        return scheduler_health(session, NOON + timedelta(seconds=seconds)).is_red

    assert database.in_transaction(look) is is_red


def test_a_scheduler_that_never_was_is_red(visitor: Visitor) -> None:
    answer = visitor.opens("/healthz", status=503).response
    assert json.loads(answer.data)["facts"]["scheduler"] == {"is_red": True, "last_tick": None}


@pytest.mark.parametrize(("minutes", "is_red"), ((10, False), (11, True)))
@pytest.mark.usefixtures("keys")
def test_a_message_that_does_not_leave_is_red(database: Database, minutes: int, is_red: bool) -> None:
    def look(session: Session) -> HealthFact:
        queued(session)
        return outbox_health(session, NOON + timedelta(minutes=minutes))

    fact = database.in_transaction(look)
    assert fact.is_red is is_red
    assert (fact.values["due"], fact.values["oldest_due"]) == (1, NOON)


@pytest.mark.usefixtures("keys")
def test_a_message_that_is_tried_for_the_fourth_time_is_red(database: Database) -> None:
    def look(session: Session) -> HealthFact:
        message = queued(session)
        message.attempts, message.not_before = 4, NOON + timedelta(hours=2)
        session.flush()
        return outbox_health(session, NOON)

    fact = database.in_transaction(look)
    assert fact.is_red
    assert fact.values["failing"] == 1


@pytest.mark.usefixtures("keys")
def test_people_who_wait_for_a_call_are_not_red(database: Database) -> None:
    def look(session: Session) -> bool:
        queued(session, channel=Channel.PHONE_CALL).attempts = 9
        session.flush()
        return outbox_health(session, NOON + timedelta(days=1)).is_red

    assert not database.in_transaction(look)


def test_a_database_that_is_away_is_red_and_no_error(app: Flask, visitor: Visitor) -> None:
    def away_health(_session: Session, _now: datetime) -> HealthFact:
        raise OperationalError("SELECT 1", None, Exception("connection refused"))

    app.extensions["health_checks"] = (away_health,)
    answer = visitor.opens("/healthz", status=503).response
    assert json.loads(answer.data)["facts"] == {"away": {"is_red": True, "error": "OperationalError"}}

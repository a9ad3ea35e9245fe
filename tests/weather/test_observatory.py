"""What the Observatory says is read; silence, and what nobody understands, is never "no warning"."""

import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import cast

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.database import Database
from app.shared.secrets import Keyring
from app.weather.models import SaidBy, Silence, WarningFamily, WarningKind
from app.weather.observatory import NoAnswer, ask_observatory, fetch_summary, read_summary
from app.weather.queries import STALE_AFTER, last_reading, warnings_in_force
from app.weather.use_cases import declare_warning
from config import Config
from scheduler.ticking import OBSERVATORY_EVERY, Ticker
from tests.people import make_coordinator
from tests.visitor import Visitor, make_config
from tests.visits.story import Story
from tests.weather.typhoon import (
    A_SIGNAL_OF_THE_FUTURE,
    CANCELLED,
    NO_3_AND_AMBER,
    NO_8,
    NOTHING,
    VERY_HOT,
    WEDNESDAY_EIGHT,
)

URL = "http://observatory.invalid/warnsum"


def asked(database: Database, answer: bytes, now: datetime = WEDNESDAY_EIGHT) -> Silence | None:
    return ask_observatory(database, URL, fetch=lambda _url: answer, clock=lambda: now)


def nobody_answers(_url: str) -> bytes:
    raise NoAnswer(Silence.NOT_REACHED)


def in_force(database: Database, now: datetime = WEDNESDAY_EIGHT) -> list[tuple[WarningKind, SaidBy]]:
    return database.in_transaction(
        lambda session: [(each.warning, each.said_by) for each in warnings_in_force(session, now)]
    )


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (NOTHING, set()),
        (NO_3_AND_AMBER, {WarningKind.T3, WarningKind.AMBER}),
        (NO_8, {WarningKind.T8}),
        (CANCELLED, set()),
        (VERY_HOT, {WarningKind.VERY_HOT}),
    ],
)
def test_recorded_answers_are_read(answer: bytes, kinds: set[WarningKind]) -> None:
    said = read_summary(answer)
    assert said.in_force.keys() == kinds
    assert not said.unclear


def test_a_warning_began_when_the_observatory_says() -> None:
    assert read_summary(NO_8).in_force[WarningKind.T8] == datetime(2026, 11, 24, 23, 40, tzinfo=UTC)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'"{}"', b"null", b"\xff\xfe"])
def test_what_is_no_answer_is_not_read_as_no_warning(answer: bytes) -> None:
    with pytest.raises(NoAnswer):
        read_summary(answer)


@pytest.mark.parametrize(
    "member",
    [
        {},
        {"code": "TC3"},
        {"code": "TC3", "actionCode": "PERHAPS", "issueTime": "2026-11-25T05:40:00+08:00"},
        {"code": "WRAINA", "actionCode": "ISSUE", "issueTime": "2026-11-25T05:40:00+08:00"},
        {"code": "TC3", "actionCode": "ISSUE", "issueTime": "yesterday"},
        {"code": "TC3", "actionCode": "ISSUE", "issueTime": "2026-11-25T05:40:00"},
        {"code": ["TC3"], "actionCode": "ISSUE", "issueTime": "2026-11-25T05:40:00+08:00"},
        "TC3",
        None,
    ],
)
def test_a_member_that_is_not_as_documented_is_unclear(member: object) -> None:
    said = read_summary(json.dumps({"WTCSGNL": member}).encode())
    assert (said.in_force, said.unclear) == ({}, {WarningFamily.CYCLONE})


def test_a_stronger_signal_takes_the_place_of_the_weaker(database: Database) -> None:
    asked(database, NO_3_AND_AMBER)
    assert in_force(database) == [
        (WarningKind.T3, SaidBy.OBSERVATORY),
        (WarningKind.AMBER, SaidBy.OBSERVATORY),
    ]
    asked(database, NO_8)
    assert in_force(database) == [(WarningKind.T8, SaidBy.OBSERVATORY)]
    asked(database, CANCELLED)
    assert in_force(database) == []


def test_asked_twice_a_warning_begins_once(database: Database) -> None:
    asked(database, NO_8)
    asked(database, NO_8, WEDNESDAY_EIGHT + OBSERVATORY_EVERY)
    assert in_force(database) == [(WarningKind.T8, SaidBy.OBSERVATORY)]


def test_what_stands_stays_while_nobody_answers_and_the_word_grows_stale(database: Database) -> None:
    asked(database, NO_8)
    later = WEDNESDAY_EIGHT + STALE_AFTER + timedelta(minutes=1)
    assert ask_observatory(database, URL, fetch=nobody_answers, clock=lambda: later) is Silence.NOT_REACHED
    assert in_force(database, later) == [(WarningKind.T8, SaidBy.OBSERVATORY)]
    reading = database.in_transaction(lambda session: last_reading(session, later))
    assert (reading.is_stale, reading.silence) == (True, Silence.NOT_REACHED)
    assert reading.answered_at == WEDNESDAY_EIGHT


def test_before_the_first_answer_nothing_is_known(database: Database) -> None:
    assert database.in_transaction(lambda session: last_reading(session, WEDNESDAY_EIGHT)).is_stale


def test_a_signal_nobody_knows_leaves_its_family_as_it_stands(database: Database) -> None:
    asked(database, NO_3_AND_AMBER)
    assert asked(database, A_SIGNAL_OF_THE_FUTURE) is Silence.UNCLEAR
    assert {kind for kind, _by in in_force(database)} == {WarningKind.T3, WarningKind.BLACK}


def test_the_observatory_does_not_end_what_a_coordinator_says(database: Database) -> None:
    def declares(session: Session) -> None:
        by = make_coordinator(session).id
        declare_warning(session, WarningKind.RED, WEDNESDAY_EIGHT, by=by, now=WEDNESDAY_EIGHT)

    database.in_transaction(declares)
    asked(database, NOTHING)
    assert in_force(database) == [(WarningKind.RED, SaidBy.STAFF)]


def test_coordinators_are_told_by_one_message_when_visits_are_to_be_suspended(
    agreed: Story, database: Database, app: Flask
) -> None:
    def has_mail(session: Session) -> None:
        account = session.merge(agreed.coordinator)
        account.email = "ho@example.org"

    database.in_transaction(has_mail)
    asked(database, NO_3_AND_AMBER)
    assert "weather_warning" not in agreed.queued()
    asked(database, NO_8)
    asked(database, NO_8)
    assert agreed.queued().count("weather_warning") == 1
    message = agreed.reads(
        lambda session: session.query(OutboxMessage).filter_by(kind="weather_warning").one()
    )
    with app.app_context():
        said = agreed.reads(lambda session: worded(session, message, "en"))
    assert "Typhoon signal No. 8 is in force since Wednesday 25 November 7:40 am" in said.text


class Child:
    """The night's process, which never ends here."""

    pid = 4711

    def poll(self) -> None:
        return None


Night = subprocess.Popen[bytes]


class _Answers(BaseHTTPRequestHandler):
    status, body = 200, NO_8

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def observatory() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_answer_comes_over_http(observatory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch_summary(observatory) == NO_8
    monkeypatch.setattr(_Answers, "body", b"x" * 300_000)
    with pytest.raises(NoAnswer, match="unclear"):
        fetch_summary(observatory)
    monkeypatch.setattr(_Answers, "status", 503)
    with pytest.raises(NoAnswer, match="refused"):
        fetch_summary(observatory)


def test_a_machine_that_is_not_there_is_not_reached(observatory: str) -> None:
    with pytest.raises(NoAnswer, match="not_reached"):
        fetch_summary("http://127.0.0.1:1/")


def test_the_scheduler_asks_every_two_minutes_when_it_knows_where(
    app: Flask, database: Database, observatory: str, keys: Keyring
) -> None:
    config = make_config(database, keys).with_changes(is_demonstration=True)
    asking = config.with_changes(observatory_url=observatory)
    now = WEDNESDAY_EIGHT

    def answered(config: Config, later: timedelta = timedelta()) -> datetime | None:
        """When the Observatory was heard last, after a tick of a scheduler on `config`, `later`."""
        nonlocal now
        now += later
        ticker = tickers.setdefault(
            config.observatory_url,
            Ticker(app, config, database, clock=lambda: now, start_night=lambda: cast(Night, Child())),
        )
        ticker.tick()
        return database.in_transaction(lambda session: last_reading(session, now).answered_at)

    tickers: dict[str, Ticker] = {}
    assert answered(config) is None
    assert answered(asking) == WEDNESDAY_EIGHT
    assert answered(asking, timedelta(seconds=1)) == WEDNESDAY_EIGHT
    assert answered(asking, OBSERVATORY_EVERY) == now


def test_the_page_says_that_the_word_is_missing(
    agreed: Story, app: Flask, database: Database, clock: time_machine.Traveller
) -> None:
    app.extensions["settings"] = app.extensions["settings"].with_changes(observatory_url=URL)
    desk = Visitor(app).has_signed_in_as(agreed.coordinator)
    assert "It has not been understood once." in desk.opens("/weather").words
    asked(database, NOTHING)
    assert "The Observatory’s word is missing" not in desk.opens("/weather").words
    clock.shift(STALE_AFTER + timedelta(minutes=1))
    words = desk.opens("/weather").words
    assert "Last understood: Wednesday 25 November 8 am." in words
    assert "does not mean that none is in force" in words

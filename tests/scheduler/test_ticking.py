"""What a tick does, and that one part that fails does not keep the others from their turn."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import Night, NightStatus
from app.messages.models import Channel, ConsoleDelivery
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.contacts import read_phone
from app.shared.database import Database
from app.shared.health import last_beat
from app.visits.models import EndedBecause, SeatStatus, VisitSeat
from config import Config
from scheduler import ticking
from scheduler.ticking import Ticker, start_night_process
from tests.people import NOW, give_seat, make_request, make_visit, make_volunteer
from tests.rooms import rooms_together

TWO_IN_THE_MORNING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


class Process:
    """A night's child process, as far as a tick looks at it."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.pid = 4711
        self.was_told_to_stop = False

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.was_told_to_stop = True

    def wait(self, timeout: float) -> int:
        assert timeout
        self.returncode = -15
        return self.returncode


@pytest.fixture
def clock() -> Clock:
    return Clock(TWO_IN_THE_MORNING - timedelta(minutes=10))


@pytest.fixture
def started() -> list[Process]:
    return []


@pytest.fixture
def ticker(app: Flask, database: Database, clock: Clock, started: list[Process]) -> Ticker:
    config: Config = app.extensions["settings"].with_changes(is_demonstration=True)

    def start() -> subprocess.Popen[bytes]:
        started.append(Process())
        return started[-1]  # type: ignore[return-value]  # what a tick asks of it is there

    return Ticker(app, config, database, clock=clock, start_night=start)


def the_nights(database: Database) -> dict[str, NightStatus]:
    with database.reading() as session:
        return {row.morning.isoformat(): row.status for row in session.scalars(select(Night))}


def test_the_night_is_started_once_it_is_due_and_not_twice(
    ticker: Ticker, clock: Clock, started: list[Process], database: Database
) -> None:
    ticker.tick()
    assert the_nights(database) == {"2026-11-23": NightStatus.OWED}
    assert len(started) == 1
    started[0].returncode = 0
    database.in_transaction(_all_done)
    clock.passes(minutes=10)
    ticker.tick()
    assert len(started) == 2
    for _ in range(5):
        clock.passes(minutes=1)
        ticker.tick()
    assert len(started) == 2
    assert the_nights(database)["2026-11-24"] is NightStatus.OWED


def test_a_night_that_died_is_started_again(ticker: Ticker, clock: Clock, started: list[Process]) -> None:
    ticker.tick()
    started[0].returncode = 1
    clock.passes(minutes=1)
    ticker.tick()
    assert len(started) == 2


def test_nothing_is_started_when_the_night_is_done(
    ticker: Ticker, clock: Clock, started: list[Process], database: Database
) -> None:
    ticker.tick()
    database.in_transaction(_all_done)
    started[0].returncode = 0
    clock.passes(minutes=1)
    ticker.tick()
    assert len(started) == 1


def test_the_ledger_is_looked_at_once_a_minute(ticker: Ticker, clock: Clock, started: list[Process]) -> None:
    ticker.tick()
    started[0].returncode = 1
    clock.passes(seconds=59)
    ticker.tick()
    assert len(started) == 1


def test_a_clock_put_back_does_not_silence_the_ledger(
    ticker: Ticker, clock: Clock, started: list[Process]
) -> None:
    ticker.tick()
    started[0].returncode = 1
    clock.passes(hours=-3)
    ticker.tick()
    assert len(started) == 2


def test_messages_leave_at_every_tick(ticker: Ticker, database: Database, clock: Clock) -> None:
    def queue(session: Session) -> None:
        recipient = Recipient(Channel.SMS, read_phone("6123 0001"), "en")
        queue_message(
            session,
            Message(kind="sign_in_code", recipient=recipient, dedupe_key="x", secret="123456"),
            now=clock(),
        )

    ticker.tick()
    database.in_transaction(queue)
    clock.passes(seconds=1)
    ticker.tick()
    with database.reading() as session:
        assert "123456" in session.scalars(select(ConsoleDelivery.text)).one()


def test_a_heartbeat_comes_every_ten_seconds(ticker: Ticker, database: Database, clock: Clock) -> None:
    ticker.tick()
    first = clock()
    clock.passes(seconds=9)
    ticker.tick()
    with database.reading() as session:
        assert last_beat(session, "scheduler") == first
    clock.passes(seconds=1)
    ticker.tick()
    with database.reading() as session:
        assert last_beat(session, "scheduler") == clock()


def test_offers_nobody_answered_run_out(ticker: Ticker, database: Database, clock: Clock) -> None:
    def unanswered(session: Session) -> None:
        give_seat(session, make_visit(session, make_request(session)), make_volunteer(session))

    database.in_transaction(unanswered)
    clock.now = NOW + timedelta(hours=48)
    with rooms_together():
        ticker.tick()
    with database.reading() as session:
        seat = session.scalars(select(VisitSeat)).one()
        assert (seat.status, seat.ended_because) == (SeatStatus.EXPIRED, EndedBecause.EXPIRED)


def test_one_part_that_fails_does_not_stop_the_others(
    ticker: Ticker, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object, **_options: object) -> int:
        raise OSError("no network")

    monkeypatch.setattr(ticking, "deliver_due", breaks)
    monkeypatch.setattr(ticking, "expire_offers", breaks)
    ticker.tick()
    assert len(started) == 1


def test_a_scheduler_that_stops_ends_the_nights_process(ticker: Ticker, started: list[Process]) -> None:
    ticker.tick()
    ticker.stop()
    assert started[0].was_told_to_stop
    ticker.stop()


def test_what_is_over_is_forgotten_once_a_day(
    ticker: Ticker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[datetime] = []
    monkeypatch.setattr(ticking, "forget_what_is_over", lambda _session, *, now: swept.append(now))
    ticker.tick()
    clock.passes(minutes=5)
    ticker.tick()
    assert len(swept) == 1
    clock.passes(days=1)
    ticker.tick()
    assert len(swept) == 2


def test_the_nights_process_is_a_process_of_its_own(tmp_path: Path) -> None:
    done = start_night_process(("/bin/sh", "-c", f"echo ran > {tmp_path / 'out'}"))
    assert done.wait(timeout=30) == 0
    assert (tmp_path / "out").read_text() == "ran\n"


def _all_done(session: Session) -> None:
    for night in session.scalars(select(Night)):
        night.status = NightStatus.DONE

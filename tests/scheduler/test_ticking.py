"""At every tick what is due gets its turn, whatever happens to the rest; the night runs in a child of its own."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from app.matching.ledger import NightNotClaimed, claim_night
from app.matching.models import Night, NightStatus, Run
from app.matching.night import run_night
from app.messages.channels import Letter
from app.messages.models import Channel
from app.messages.use_cases import Message, Recipient, queue_message
from app.shared.contacts import read_phone
from app.shared.database import Database
from app.shared.health import last_beat
from app.shared.secrets import Keyring
from scheduler import ticking
from scheduler.ticking import LEDGER_EVERY, Ticker, start_night_process
from tests.visitor import make_config

BEFORE_TWO = datetime(2026, 11, 23, 17, 58, tzinfo=UTC)
"""01:58 on Tuesday, 24 November, in Hong Kong: the night of Monday's morning is the newest that has begun."""
MONDAY, TUESDAY = BEFORE_TWO.date(), BEFORE_TWO.date() + timedelta(days=1)
UNTIL_IT_HANGS = 900
"""Seconds: a night on a machine that is busy with other things takes as long as it takes."""
FOUR_MINUTES = timedelta(minutes=4)


class Child:
    """The night's process, as the scheduler sees it."""

    pid = 4711

    def __init__(self) -> None:
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode

    def terminate(self) -> None:
        self.returncode = -15

    def wait(self, timeout: float) -> int | None:
        return self.returncode


class Clockwork:
    """A ticker on a clock of the test's own, with children that only the test ends."""

    def __init__(self, app: Flask, database: Database, keys: Keyring) -> None:
        self.now = BEFORE_TWO
        self.database = database
        self.children: list[Child] = []
        self.letters: list[Letter] = []
        config = make_config(database, keys).with_changes(is_demonstration=True)
        self.ticker = Ticker(app, config, database, clock=lambda: self.now, start_night=self.start)
        self.ticker.channels = {Channel.SMS: self}

    def start(self) -> "subprocess.Popen[bytes]":
        self.children.append(Child())
        return cast("subprocess.Popen[bytes]", self.children[-1])

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    def ticks(self, *, later: timedelta = timedelta()) -> None:
        """One tick, `later` than the last."""
        self.now += later
        self.ticker.tick()

    def queues_a_code(self) -> None:
        """A code by SMS, due now."""
        to = Recipient(Channel.SMS, read_phone("9123 4567"), "en")
        message = Message("sign_in_code", to, f"code:{self.now}", secret="135790")
        self.database.in_transaction(lambda session: queue_message(session, message, now=self.now))

    def nights(self) -> dict[object, NightStatus]:
        """The ledger: {morning: status}."""
        with self.database.reading() as session:
            return {night.morning: night.status for night in session.scalars(select(Night))}

    def child_ends(self, returncode: int, status: NightStatus) -> None:
        """The night's process is over and has left this in the ledger."""
        self.children[-1].returncode = returncode
        change = update(Night).values(status=status, finished_at=self.now, failures=1)
        self.database.in_transaction(lambda session: session.execute(change))


@pytest.fixture
def clockwork(app: Flask, database: Database, keys: Keyring) -> Clockwork:
    return Clockwork(app, database, keys)


def test_a_message_leaves_at_the_next_tick(clockwork: Clockwork) -> None:
    clockwork.ticks()
    clockwork.queues_a_code()
    clockwork.ticks(later=timedelta(seconds=1))
    assert ["135790" in letter.text for letter in clockwork.letters] == [True]


def test_a_night_that_is_due_is_started_once_and_messages_do_not_wait_for_it(clockwork: Clockwork) -> None:
    clockwork.ticks(later=FOUR_MINUTES)
    clockwork.queues_a_code()
    clockwork.ticks(later=LEDGER_EVERY)
    clockwork.ticks(later=LEDGER_EVERY)
    assert clockwork.nights() == {TUESDAY: NightStatus.OWED}
    assert len(clockwork.children) == 1
    assert len(clockwork.letters) == 1


def test_two_schedulers_on_one_ledger_run_the_night_once(
    app: Flask, database: Database, keys: Keyring
) -> None:
    """Both see that it is owed and start a process; the processes meet at the claim."""
    config = make_config(database, keys).with_changes(is_demonstration=True)
    now = BEFORE_TWO + FOUR_MINUTES
    started: list[threading.Thread] = []
    ran: list[bool] = []

    def night() -> None:
        try:
            claim = database.in_transaction(lambda session: claim_night(session, TUESDAY))
        except NightNotClaimed:
            ran.append(False)
        else:
            run_night(database, claim, clock=lambda: now, time_limit_seconds=5)
            ran.append(True)

    def start() -> "subprocess.Popen[bytes]":
        started.append(threading.Thread(target=night))
        started[-1].start()
        return cast("subprocess.Popen[bytes]", Child())

    tickers = [Ticker(app, config, database, clock=lambda: now, start_night=start) for _ in range(3)]
    ticks = [threading.Thread(target=ticker.tick) for ticker in tickers]
    for thread in ticks:
        thread.start()
    for thread in ticks:
        thread.join(timeout=UNTIL_IT_HANGS)
    for thread in started:
        thread.join(timeout=UNTIL_IT_HANGS)
    assert len(ran) == len(started)
    assert ran.count(True) == 1
    with database.reading() as session:
        assert session.scalars(select(Night.status)).all() == [NightStatus.DONE]
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_night_that_is_done_is_not_started_again_until_the_next_is_due(clockwork: Clockwork) -> None:
    clockwork.ticks()
    clockwork.child_ends(0, NightStatus.DONE)
    clockwork.ticks(later=LEDGER_EVERY)
    assert len(clockwork.children) == 1
    clockwork.ticks(later=FOUR_MINUTES)
    assert clockwork.nights() == {MONDAY: NightStatus.DONE, TUESDAY: NightStatus.OWED}
    assert len(clockwork.children) == 2


def test_a_night_whose_process_failed_is_said_and_tried_again_later(clockwork: Clockwork) -> None:
    clockwork.ticks(later=FOUR_MINUTES)
    clockwork.child_ends(1, NightStatus.FAILED)
    with capture_logs() as said:
        clockwork.ticks(later=LEDGER_EVERY)
    assert {"log_level": "error", "event": "the night's process failed", "returncode": 1} in said
    assert len(clockwork.children) == 1
    clockwork.ticks(later=FOUR_MINUTES)
    assert len(clockwork.children) == 2


def test_of_nights_that_were_missed_only_the_newest_is_run(clockwork: Clockwork) -> None:
    clockwork.ticks()
    clockwork.children[-1].returncode = -9
    clockwork.ticks(later=timedelta(days=3))
    assert clockwork.nights() == {
        MONDAY: NightStatus.SUPERSEDED,
        MONDAY + timedelta(days=3): NightStatus.OWED,
    }
    assert len(clockwork.children) == 2


def test_a_part_that_fails_does_not_keep_the_others_from_their_turn(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the gateway's library broke")

    for part in ("deliver_due", "expire_offers", "forget_what_is_over"):
        monkeypatch.setattr(ticking, part, fails)
    with capture_logs() as said:
        clockwork.ticks()
    failed = [entry["part"] for entry in said if entry["event"] == "tick failed"]
    assert failed == ["messages", "offers", "retention"]
    assert len(clockwork.children) == 1
    with clockwork.database.reading() as session:
        assert last_beat(session, "scheduler") == BEFORE_TWO


def test_the_heart_beats_while_nothing_else_is_due(clockwork: Clockwork) -> None:
    for later in (0, 4, 7):
        clockwork.ticks(later=timedelta(seconds=later))
    with clockwork.database.reading() as session:
        assert last_beat(session, "scheduler") == BEFORE_TWO + timedelta(seconds=11)


def test_a_clock_that_is_put_back_does_not_make_the_ledger_wait(clockwork: Clockwork) -> None:
    clockwork.ticks()
    clockwork.child_ends(0, NightStatus.OWED)
    clockwork.ticks(later=-timedelta(hours=1))
    assert len(clockwork.children) == 2


def test_what_is_over_is_forgotten_once_a_day(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[datetime] = []
    monkeypatch.setattr(ticking, "forget_what_is_over", lambda _session, now: swept.append(now))
    for later in (timedelta(), LEDGER_EVERY, timedelta(hours=24)):
        clockwork.ticks(later=later)
    assert swept == [BEFORE_TWO, BEFORE_TWO + LEDGER_EVERY + timedelta(hours=24)]


def test_a_scheduler_that_stops_takes_the_night_with_it(clockwork: Clockwork) -> None:
    clockwork.ticker.stop()
    clockwork.ticks()
    clockwork.ticker.stop()
    assert clockwork.children[-1].returncode == -15


def test_the_night_is_a_process_of_its_own() -> None:
    night = start_night_process((sys.executable, "-c", "raise SystemExit(3)"))
    assert night.wait(timeout=30) == 3

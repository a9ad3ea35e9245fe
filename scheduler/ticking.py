"""What happens at every tick: messages that are due leave, the ledger of nights is looked at, old things go.

A tick claims and returns within a second. The night itself runs in a child process with its own lease, so that
messages never wait for it.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from flask import Flask

from app.accounts.use_cases.retention import forget_what_is_over
from app.exchange.use_cases.previews import forget_old_previews
from app.matching.ledger import is_owed, owe_nights
from app.matching.use_cases.approvals import Patience
from app.matching.use_cases.standing_in import ask_or_drop_reserve, reserves_to_ask
from app.matching.use_cases.upkeep import release_seats_that_no_longer_hold
from app.messages.channels import channels_for
from app.messages.delivery import deliver_due
from app.reports.use_cases import queue_digests
from app.safeguarding.use_cases.concerns import tell_of_overdue_concerns
from app.shared.database import Database
from app.shared.health import beat
from app.shared.times import hong_kong_date, hong_kong_moment
from app.training.use_cases.ending import tell_of_endings
from app.training.use_cases.enrolling import expire_seat, seats_unanswered
from app.training.use_cases.telling import queue_lesson_reminders
from app.visits.use_cases.offers import expire_offers
from app.visits.use_cases.reminding import ReminderTimes, queue_reminders
from app.weather.observatory import ask_observatory
from config import Config

OBSERVATORY_EVERY = timedelta(minutes=2)
LEDGER_EVERY = timedelta(minutes=1)
BEAT_EVERY = timedelta(seconds=10)
NIGHT_COMMAND = (sys.executable, "-m", "app", "night", "--owed")

log = structlog.get_logger("scheduler")


class Ticker:
    """The scheduler's state between ticks. `start_night` starts the child process; tests give their own."""

    def __init__(
        self,
        app: Flask,
        config: Config,
        database: Database,
        *,
        clock: Callable[[], datetime],
        start_night: Callable[[], subprocess.Popen[bytes]] | None = None,
    ) -> None:
        self.app = app
        self.config = config
        self.database = database
        self.clock = clock
        self.start_night = start_night or start_night_process
        self.channels = channels_for(config, database)
        self.night: subprocess.Popen[bytes] | None = None
        self.ledger_at: datetime | None = None
        self.beat_at: datetime | None = None
        self.observatory_at: datetime | None = None
        self.swept_on: date | None = None
        self.endings_told_on: date | None = None

    def tick(self) -> None:
        """One tick. A part that fails is logged and does not keep the others from their turn."""
        now = self.clock()
        self._attempt("messages", self._send_messages)
        if self.beat_at is None or abs(now - self.beat_at) >= BEAT_EVERY:
            self.beat_at = now
            self._attempt("heartbeat", self._beat)
        is_asked_again = self.observatory_at is None or abs(now - self.observatory_at) >= OBSERVATORY_EVERY
        if self.config.observatory_url and is_asked_again:
            self.observatory_at = now
            self._attempt("observatory", self._ask_observatory)
        if self.ledger_at is None or abs(now - self.ledger_at) >= LEDGER_EVERY:
            self.ledger_at = now
            self._attempt("offers", self._expire_offers)
            self._attempt("seats", self._release_seats)
            self._attempt("courses", self._pass_course_seats_on)
            self._attempt("reserves", self._ask_reserves)
            self._attempt("reminders", self._remind)
            self._attempt("endings", self._tell_of_endings)
            self._attempt("digest", self._tell_what_waits)
            self._attempt("night", self._look_at_the_ledger)
            self._attempt("retention", self._forget)

    def stop(self) -> None:
        """End the night's child, if one runs: what it computed stays owed and is resumed."""
        if self.night is not None and self.night.poll() is None:
            self.night.terminate()
            self.night.wait(timeout=10)

    def _attempt(self, name: str, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception:
            log.exception("tick failed", part=name)

    def _send_messages(self) -> None:
        with self.app.app_context():
            sent = deliver_due(self.database, self.channels, clock=self.clock)
        if sent:
            log.info("messages sent", count=sent)

    def _beat(self) -> None:
        self.database.in_transaction(lambda session: beat(session, "scheduler", now=self.clock()))

    def _ask_observatory(self) -> None:
        silence = ask_observatory(self.database, self.config.observatory_url, clock=self.clock)
        if silence is not None:
            log.warning("no answer from the observatory", silence=silence.value)

    def _expire_offers(self) -> None:
        expired = self.database.in_transaction(lambda session: expire_offers(session, now=self.clock()))
        if expired:
            log.info("offers expired", count=expired)

    def _release_seats(self) -> None:
        now = self.clock()
        released = self.database.in_transaction(
            lambda session: release_seats_that_no_longer_hold(session, now=now)
        )
        if released:
            log.info("seats released", count=released)

    def _pass_course_seats_on(self) -> None:
        """Each in a transaction of its own: a run is locked only as long as one seat changes hands."""
        now = self.clock()
        with self.database.reading() as session:
            unanswered = seats_unanswered(session, now=now)
        for enrolment_id in unanswered:
            if self.database.in_transaction(partial(expire_seat, enrolment_id=enrolment_id, now=now)):
                log.info("course seat passed on")

    def _ask_reserves(self) -> None:
        """Each in a transaction of its own; whom a rule speaks against by now is dropped, with the rule."""
        now = self.clock()
        patience = Patience(self.config.undo_minutes, self.config.answer_hours)
        for reserve_id in self.database.in_transaction(lambda session: reserves_to_ask(session, now=now)):
            asked = self.database.in_transaction(
                partial(ask_or_drop_reserve, reserve_id=reserve_id, patience=patience, now=now)
            )
            log.info("reserve asked" if asked else "reserve dropped")

    def _remind(self) -> None:
        times = ReminderTimes(self.config.reminder_days, self.config.reminder_at, self.config.reminder_hours)
        reminded = self.database.in_transaction(
            lambda session: queue_reminders(session, times, now=self.clock())
        )
        self.database.in_transaction(
            lambda session: queue_lesson_reminders(session, self.config.reminder_at, now=self.clock())
        )
        self.database.in_transaction(lambda session: tell_of_overdue_concerns(session, now=self.clock()))
        if reminded:
            log.info("reminders queued", count=reminded)

    def _tell_of_endings(self) -> None:
        """Once a day; asked again after a restart, nobody is told twice."""
        now = self.clock()
        today = hong_kong_date(now)
        if self.endings_told_on == today or now < hong_kong_moment(today, self.config.reminder_at):
            return
        told = self.database.in_transaction(
            lambda session: tell_of_endings(session, self.config.ending_days, now=now)
        )
        self.endings_told_on = today
        if told:
            log.info("ends of qualifications told", count=told)

    def _tell_what_waits(self) -> None:
        at = self.config.digest_at
        if at is None:
            return
        told = self.database.in_transaction(lambda session: queue_digests(session, at, now=self.clock()))
        if told:
            log.info("digests queued", count=told)

    def _look_at_the_ledger(self) -> None:
        if self.night is not None and self.night.poll() is None:
            return
        if self.night is not None and self.night.returncode:
            log.error("the night's process failed", returncode=self.night.returncode)
        self.night = None
        now = self.clock()
        owed = self.database.in_transaction(
            lambda session: is_owed(
                session, owe_nights(session, night_at=self.config.night_at, now=now), now=now
            )
        )
        if owed:
            self.night = self.start_night()
            log.info("the night has begun", pid=self.night.pid)

    def _forget(self) -> None:
        today = hong_kong_date(self.clock())
        if self.swept_on != today:
            self.swept_on = today
            self.database.in_transaction(lambda session: forget_what_is_over(session, now=self.clock()))
            self.database.in_transaction(lambda session: forget_old_previews(session, now=self.clock()))


def start_night_process(command: Sequence[str] = NIGHT_COMMAND) -> subprocess.Popen[bytes]:
    """Start the night as a child process of its own."""
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 (our own command)

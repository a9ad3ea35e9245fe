"""The ledger of nights: which one is owed, who holds it, and how it ended.

A night is claimed once, by compare-and-set; whoever holds it has an epoch and a lease by the database's clock, and
every step of the run proves that it still does.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CursorResult, func, or_, select, type_coerce, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.matching.models import Night, NightStatus
from app.shared.audit import record
from app.shared.database import Database, UtcDateTime
from app.shared.errors import Refusal
from app.shared.times import hong_kong_date, hong_kong_moment

LEASE = timedelta(seconds=60)
"""A night whose process was killed is taken up again after this time at most."""
RENEWAL = timedelta(seconds=10)
"""Often enough for several tries in one lease, though the database be locked or a computation hold the process."""
MOST_FAILURES = 5
RETRY_AFTER = timedelta(minutes=5)


class NightNotClaimed(Refusal):
    """Another process runs this night, or it is done."""


class NightLost(Exception):
    """The lease ran out and somebody else claimed the night: stop writing."""


@dataclass(frozen=True)
class Claim:
    """The right to run a night until the lease runs out."""

    night_id: int
    morning: date
    epoch: int


def night_key(morning: date) -> str:
    """The name of a night in the ledger."""
    return f"match:{morning.isoformat()}"


def morning_due(now: datetime, night_at: time) -> date:
    """The morning whose night has begun by `now`: today once it is `night_at` in Hong Kong, else yesterday."""
    today = hong_kong_date(now)
    return today if now >= hong_kong_moment(today, night_at) else today - timedelta(days=1)


def owe_nights(session: Session, *, night_at: time, now: datetime) -> Night:
    """The newest night that is due, put into the ledger if it was not; older ones not done are superseded."""
    morning = morning_due(now, night_at)
    session.execute(
        update(Night)
        .where(
            Night.morning < morning,
            or_(
                Night.status.in_((NightStatus.OWED, NightStatus.FAILED)),
                (Night.status == NightStatus.RUNNING) & (Night.lease_until < database_now(session)),
            ),
        )
        .values(status=NightStatus.SUPERSEDED)
    )
    return owe_night(session, morning, due_at=hong_kong_moment(morning, night_at))


def owe_night(session: Session, morning: date, *, due_at: datetime) -> Night:
    """The ledger's row of one night, new or as it stands."""
    night = session.scalars(select(Night).where(Night.morning == morning)).one_or_none()
    if night is None:
        night = Night(key=night_key(morning), morning=morning, due_at=due_at, status=NightStatus.OWED)
        session.add(night)
        session.flush()
    return night


def ask_again(session: Session, morning: date, *, by: int | None, now: datetime) -> Night:
    """A coordinator (or a command) wants the night computed anew, after late data: a further attempt is owed.

    Raises NightNotClaimed while it is running.
    """
    night = owe_night(session, morning, due_at=now)
    if night.status is NightStatus.RUNNING and not _is_abandoned(session, night):
        raise NightNotClaimed
    night.status = NightStatus.OWED
    night.attempt += 1
    night.failures = 0
    record(session, "night.asked_again", night, by=by, now=now, morning=morning.isoformat())
    return night


def is_done(night: Night) -> bool:
    """Whether the night has been computed."""
    return night.status is NightStatus.DONE


def is_running(night: Night) -> bool:
    """Whether somebody computes the night, or has said so and not come back."""
    return night.status is NightStatus.RUNNING


def is_owed(session: Session, night: Night, *, now: datetime) -> bool:
    """Whether somebody should claim this night now: owed, abandoned, or failed a while ago."""
    if night.status is NightStatus.OWED:
        return True
    if night.status is NightStatus.RUNNING:
        return _is_abandoned(session, night)
    if (
        night.status is NightStatus.FAILED
        and night.failures < MOST_FAILURES
        and night.finished_at is not None
    ):
        return now >= night.finished_at + RETRY_AFTER * night.failures
    return False


def claim_night(session: Session, morning: date) -> Claim:
    """Take the night, by compare-and-set. Raises NightNotClaimed when somebody else holds it or it is done."""
    database_clock = database_now(session)
    claimed = session.execute(
        update(Night)
        .where(
            Night.morning == morning,
            or_(
                Night.status.in_((NightStatus.OWED, NightStatus.FAILED)),
                (Night.status == NightStatus.RUNNING) & (Night.lease_until < database_clock),
            ),
        )
        .values(status=NightStatus.RUNNING, epoch=Night.epoch + 1, lease_until=database_clock + LEASE)
    )
    if not _has_changed_one(claimed):
        raise NightNotClaimed
    night = session.scalars(select(Night).where(Night.morning == morning)).one()
    return Claim(night.id, morning, night.epoch)


@contextmanager
def keeping(database: Database, claim: Claim) -> Iterator[None]:
    """Renew the lease every RENEWAL while the run computes."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(RENEWAL.total_seconds()):
            try:
                database.in_transaction(lambda session: own(session, claim))
            except NightLost:
                return
            except DBAPIError:
                continue

    keeper = threading.Thread(target=keep, name="night-lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def own(session: Session, claim: Claim) -> Night:
    """The night's row, locked, its lease renewed. Raises NightLost when this claim holds it no longer."""
    renewed = session.execute(
        update(Night)
        .where(Night.id == claim.night_id, Night.epoch == claim.epoch, Night.status == NightStatus.RUNNING)
        .values(lease_until=database_now(session) + LEASE)
    )
    if not _has_changed_one(renewed):
        raise NightLost(night_key(claim.morning))
    return session.get_one(Night, claim.night_id, populate_existing=True)


def note_failure(session: Session, claim: Claim, reason: str, *, now: datetime) -> None:
    """The run ended by `reason`: the night is owed again after a while, unless the claim was lost meanwhile."""
    failed = session.execute(
        update(Night)
        .where(Night.id == claim.night_id, Night.epoch == claim.epoch, Night.status == NightStatus.RUNNING)
        .values(
            status=NightStatus.FAILED,
            failures=Night.failures + 1,
            last_error=reason[:500],
            lease_until=None,
            finished_at=now,
        )
    )
    if _has_changed_one(failed):
        record(session, "night.failed", None, by=None, now=now, morning=claim.morning.isoformat())


def give_back(session: Session, claim: Claim) -> None:
    """The run was told to stop: the night is owed again at once, unless the claim was lost meanwhile."""
    session.execute(
        update(Night)
        .where(Night.id == claim.night_id, Night.epoch == claim.epoch, Night.status == NightStatus.RUNNING)
        .values(status=NightStatus.OWED, lease_until=None)
    )


def database_now(session: Session) -> datetime:
    """The database's own clock: leases of several machines are measured by one."""
    return session.scalars(select(type_coerce(func.current_timestamp(), UtcDateTime))).one()


def _is_abandoned(session: Session, night: Night) -> bool:
    return night.lease_until is None or night.lease_until < database_now(session)


def _has_changed_one(outcome: Any) -> bool:
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1

"""Two weeks in a small district by the real jobs: nothing is left undone, and each check sees what it is there for."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.demo.building import Sizes
from app.shared.database import Database
from app.shared.secrets import Keyring
from app.simulation.checks import CHECKS
from app.simulation.showing import faults_found, table
from app.simulation.volunteers import why_in_vain
from app.simulation.weeks import Weeks
from app.visits.models import EndedBecause
from app.visits.use_cases.seats import release_seat
from config import QUIET_FROM, QUIET_UNTIL
from scheduler.simulating import simulate
from tests.matching.night_people import AT_TEN
from tests.visitor import make_config
from tests.visits.story import Story

FIRST = date(2026, 11, 30)
DAYS = 14
A_SMALL_DISTRICT = Sizes(volunteers=45, requests=12, seed=1)

LIES = (
    ("UPDATE outbox_messages SET status = 'queued', finished_at = NULL WHERE status = 'sent'", "stands as queued"),
    ("UPDATE outbox_messages SET finished_at = NULL WHERE status = 'sent'", "is sent and has no end"),
    ("UPDATE outbox_messages SET last_error = 'no_words: KeyError'", "could not be worded: no_words: KeyError"),
    ("UPDATE outbox_messages SET dedupe_key = 'x' || id WHERE status = 'sent'", "arrived 0 times and was told 0 times"),
    ("DELETE FROM outbox_messages WHERE kind = 'offer'", "came from nowhere"),
    (
        "UPDATE visit_seats SET status = 'cancelled', ended_at = '2027-01-01 00:00:00'",
        "was taken away and nobody said so",
    ),
    ("UPDATE visits SET on_date = '2026-12-09', from_slot = 20, to_slot = 24", "is in two places on 2026-12-09"),
    (
        "UPDATE offers SET answered_at = NULL, withdrawn_at = NULL; UPDATE visit_seats SET status = 'offered'",
        "still waits",
    ),
    ("UPDATE visits SET status = 'confirmed' WHERE status = 'reported'", "nobody knows how it went"),
    ("UPDATE visits SET status = 'offered' WHERE status = 'reported'", "is offered to nobody, or over"),
    (
        "UPDATE care_requests SET clearance = 'scrc'; UPDATE clearances SET confirmed_by_id = entered_by_id",
        "no clearance",
    ),
    ("UPDATE volunteers SET birth_year = 2015, birth_month = 1", "a minor where none may come"),
    ("UPDATE volunteers SET accepted_at = NULL", "never accepted"),
    ("UPDATE care_requests SET triaged_by_id = NULL", "nobody spoke with the carer"),
    ("UPDATE volunteers SET new_homes = false; DELETE FROM known_helpers", "a stranger's home"),
    ("DELETE FROM attendances", "is counted, and nobody said that they were there"),
    ("UPDATE service_hours SET minutes = minutes + 7", "minutes, and nobody said so"),
    ("UPDATE service_hours SET seat_id = NULL, kind = 'other'", "and nobody has counted it"),
    (
        "INSERT INTO family_ties (volunteer_id, recipient_id, relation, entered_by_id, entered_at)"
        " SELECT DISTINCT s.volunteer_id, r.recipient_id, '', 1, '2026-11-01' FROM visit_seats s JOIN visits v"
        " ON v.id = s.visit_id JOIN care_requests r ON r.id = v.request_id WHERE r.recipient_id IS NOT NULL",
        "family",
    ),
)  # fmt: skip
"""What the tables could say, and the end of a sentence that a check says to it."""


def some_days(app: Flask, database: Database, keys: Keyring, days: int) -> Weeks:
    config = make_config(database, keys).with_changes(
        is_demonstration=True, night_seconds=5.0, quiet_from=QUIET_FROM, quiet_until=QUIET_UNTIL
    )
    return simulate(app, config, database, A_SMALL_DISTRICT, FIRST, days, lambda *_: None)


def sentences(session: Session, weeks: Weeks) -> list[str]:
    received = weeks.phones.received
    return [words for check in CHECKS.values() for words in check(session, received, weeks.world.now)]


def forget_the_guards(session: Session) -> None:
    """Within this transaction the tables take whatever is written."""
    for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {name}"))
    session.execute(text("PRAGMA ignore_check_constraints = ON"))
    session.execute(text("PRAGMA defer_foreign_keys = ON"))


def test_two_weeks_leave_nothing_undone_and_a_lie_in_the_tables_is_seen(
    app: Flask, database: Database, keys: Keyring
) -> None:
    weeks = some_days(app, database, keys, DAYS)
    found = faults_found(weeks)
    assert {name: list(said) for name, said in found.items() if said} == {}
    happened = weeks.world.happened
    assert all(
        happened[what] for what in ("approve", "answer by link", "taps arrived", "taps left", "report")
    )
    lines = table(weeks, FIRST, found, seconds=1.0)
    assert any(line.split() == ["Nights", "15"] for line in lines)
    assert not any(" NO: " in line for line in lines)
    if database.is_sqlite:
        for lie, said in LIES:
            with database.reader() as session:
                forget_the_guards(session)
                for statement in lie.split("; "):
                    session.execute(text(statement))
                assert any(words.endswith(said) for words in sentences(session, weeks)), lie
        twice = Counter(weeks.phones.received) + Counter(weeks.phones.received)
        with database.reading() as session:
            check = CHECKS["Every message accounted for exactly once"]
            assert any("arrived 2 times" in words for words in check(session, twice, weeks.world.now))


@pytest.mark.database("sqlite")
def test_a_job_that_breaks_is_a_fault(
    app: Flask, database: Database, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object, **_options: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr("scheduler.ticking.queue_reminders", breaks)
    weeks = some_days(app, database, keys, 1)
    assert "the job reminders failed: OSError('the disk is full')" in weeks.world.faults
    assert any(" NO: " in line for line in table(weeks, FIRST, faults_found(weeks), seconds=1.0))


@pytest.mark.usefixtures("rooms")
def test_whoever_stands_at_a_closed_door_untold_is_a_fault(story: Story) -> None:
    story.says_yes()
    seat = story.seats()[0]
    later = AT_TEN + timedelta(hours=2)

    def why(now: datetime) -> str | None:
        return story.reads(lambda session: why_in_vain(session, seat.id, now))

    assert why(later) is None
    story.reads(
        lambda session: release_seat(
            session, seat.id, EndedBecause.TAKEN_OFF, by=story.coordinator.id, now=AT_TEN
        )
    )
    assert why(AT_TEN + timedelta(minutes=5)) == ""
    assert why(later) == "cancelled, visit needs_cover since 24 Nov 02:00"

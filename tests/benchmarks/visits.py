"""`python3 -m app bench visits`: from a place given up to somebody who could go instead, and the pages about visits.

The district is invented, with thousands of agreed visits written at once (whoever holds them was not matched by the
engine, but the database's guards let them). Seconds are wall clock, on SQLite; pages by the application itself, no
network between. People moved: none, a promise is never moved for another's repair.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.accounts.queries import accounts_with_role, token_hash
from app.care_requests.models import CareRequest, Occurrence, RequestStatus
from app.care_requests.use_cases.planning import plan_occurrences
from app.demo.district import fill
from app.factory import create_app
from app.matching.use_cases.suggestions import suggestions_by_hand
from app.shared.codes import new_token
from app.shared.database import Database
from app.shared.migrations import migrate
from app.shared.times import hong_kong_date, utc_now
from app.visits.models import AnsweredHow, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from app.volunteers.use_cases import open_accounts
from tests.benchmarks._installation import bench_config, percentile, show_table
from tests.visitor import Visitor

Taken = tuple[float, float]
"""Seconds by the wall clock, and of the processor: the first depend on what else the machine does."""

CHUNK = 250
LOSSES, LOADS = 20, 20
YOUNGEST = 30
"""Years: whoever is old enough for every rule of the database."""


def promise_visits(database: Database, first: date, most: int) -> list[int]:
    """Agreed visits, one a volunteer, of needs for one helper without a background check; the seats' ids."""
    with database.reading() as session:
        wanted = session.scalars(
            select(Occurrence.id)
            .join(Occurrence.request)
            .where(
                CareRequest.status == RequestStatus.OPEN,
                CareRequest.clearance.is_(None),
                CareRequest.seats_min == 1,
                Occurrence.first_day >= first,
            )
            .order_by(Occurrence.first_day, Occurrence.id)
            .limit(most)
        ).all()
        people = session.scalars(
            select(Volunteer.id)
            .where(Volunteer.status == VolunteerStatus.ACTIVE, Volunteer.birth_year <= first.year - YOUNGEST)
            .order_by(Volunteer.id)
            .limit(len(wanted))
        ).all()
    pairs = list(zip(wanted, people, strict=False))
    seats: list[int] = []
    for start in range(0, len(pairs), CHUNK):
        seats += database.in_transaction(partial(_promise, pairs=pairs[start : start + CHUNK]))
    return seats


def _promise(session: Session, *, pairs: Sequence[tuple[int, int]]) -> list[int]:
    now = utc_now()
    by = accounts_with_role(session, Role.COORDINATOR)[0].id
    made = []
    for occurrence_id, volunteer_id in pairs:
        occurrence = session.get_one(Occurrence, occurrence_id)
        time_of = occurrence.options[0]
        offer = Offer(
            volunteer_id=volunteer_id,
            request_id=occurrence.request_id,
            token_hash=token_hash(new_token()),
            made_by_id=by,
            made_at=now - timedelta(days=2),
            leaves_at=now - timedelta(days=2),
            answer_by=now + timedelta(days=1),
            answered_at=now - timedelta(days=1),
            answered_how=AnsweredHow.LINK,
        )
        visit = Visit(
            occurrence_id=occurrence_id,
            request_id=occurrence.request_id,
            on_date=time_of.on_date,
            from_slot=time_of.from_slot,
            to_slot=time_of.to_slot,
            status=VisitStatus.ACCEPTED,
            made_at=now,
        )
        session.add_all((offer, visit))
        session.flush()
        seat = VisitSeat(
            visit_id=visit.id,
            volunteer_id=volunteer_id,
            offer_id=offer.id,
            status=SeatStatus.ACCEPTED,
            made_at=now,
        )
        session.add(seat)
        made.append(seat)
    session.flush()
    return [seat.id for seat in made]


def seconds_of_losses(database: Database, seats: Sequence[int]) -> tuple[list[Taken], int]:
    """For each place given up: until it is known who could go instead; and for how many there was somebody."""
    seconds: list[Taken] = []
    found = 0
    for seat_id in seats:
        began = _clocks()
        occurrence_id = database.in_transaction(partial(_gives_up, seat_id=seat_id))
        with database.reading() as session:
            occurrence = session.get_one(Occurrence, occurrence_id)
            named = suggestions_by_hand(session, [occurrence], now=utc_now())
        seconds.append(_since(began))
        found += bool(named.get(occurrence_id))
    return seconds, found


def _gives_up(session: Session, *, seat_id: int) -> int:
    seat = give_up_seat(session, seat_id, "ill", by=None, now=utc_now())
    return seat.visit.occurrence_id


def pages(app: Flask, database: Database) -> dict[str, tuple[Visitor, str]]:
    """Who opens what."""

    def people(session: Session) -> tuple[Account, Account, int, Account]:
        seat = session.scalars(select(VisitSeat).order_by(VisitSeat.id.desc()).limit(1)).one()
        open_accounts(session, [seat.volunteer], by=None, now=utc_now())
        carer = seat.visit.request.carer
        return (
            accounts_with_role(session, Role.COORDINATOR)[0],
            session.get_one(Account, seat.volunteer.account_id),
            seat.volunteer_id,
            session.get_one(Account, carer.account_id),
        )

    staff, helper, volunteer_id, carer = database.in_transaction(people)
    desk, at_home = Visitor(app).has_signed_in_as(staff), Visitor(app).has_signed_in_as(helper)
    return {
        "the board": (desk, "/board"),
        "visits, the first page": (desk, "/visits"),
        "today": (desk, "/today"),
        "the calendar": (desk, "/calendar"),
        "who has not answered": (desk, "/offers-unanswered"),
        "a volunteer's page": (at_home, f"/volunteer/{volunteer_id}"),
        "a carer's page": (Visitor(app).has_signed_in_as(carer), "/my/requests"),
    }


def seconds_of(act: Callable[[], object], times: int) -> list[Taken]:
    """How long each of so many times took."""
    seconds = []
    for _ in range(times):
        began = _clocks()
        act()
        seconds.append(_since(began))
    return seconds


def _clocks() -> Taken:
    return time.perf_counter(), time.process_time()


def _since(began: Taken) -> Taken:
    wall, processor = _clocks()
    return wall - began[0], processor - began[1]


def main(argv: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python3 -m app bench visits")
    parser.add_argument("--volunteers", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--visits", type=int, default=3_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="vu-bench-") as folder:
        config = bench_config(Path(folder))
        app = create_app(config)
        database: Database = app.extensions["database"]
        migrate(database)
        today = hong_kong_date(utc_now())
        fill(
            database,
            volunteers=options.volunteers,
            requests=options.requests,
            seed=1,
            now=utc_now(),
            progress=lambda *_: None,
        )
        database.in_transaction(lambda session: plan_occurrences(session, today, now=utc_now()))
        seats = promise_visits(database, today + timedelta(days=1), options.visits)
        (first, *lost), found = seconds_of_losses(
            database, seats[:: max(1, len(seats) // LOSSES)][: LOSSES + 1]
        )
        rows = [
            _row("given up, somebody named: the first after a start", [first]),
            _row(f"the others (somebody for {found} of all {len(lost) + 1})", lost),
        ]
        for name, (visitor, path) in pages(app, database).items():
            rows.append(_row(name, seconds_of(partial(visitor.opens, path), LOADS)))
    title = f"{options.volunteers:,} volunteers, {options.requests:,} requests, {len(seats):,} agreed visits"
    show_table(title, ("what", "median s", "p95 s", "processor: median", "p95"), rows)
    return 0


def _row(name: str, seconds: Sequence[Taken]) -> list[str]:
    return [
        name,
        *(f"{percentile(each, share):.3f}" for each in zip(*seconds, strict=True) for share in (0.5, 0.95)),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

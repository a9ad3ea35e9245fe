"""Which visits the open requests need: made once, the same whenever they are made, and never under a visit's feet."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.care_requests.models import CareRequest, Occurrence, RequestStatus, Rhythm
from app.care_requests.queries.occurrences import open_request_ids, waiting_since
from app.care_requests.use_cases.facts import WindowFacts
from app.care_requests.use_cases.planning import plan_occurrences
from app.care_requests.use_cases.submitting import catalogue_codes, write_request
from app.shared.database import Database
from app.shared.times import SLOTS_A_DAY
from tests.care_requests.conftest import PretendVisits, asked, weekly
from tests.people import NOW, make_request

MONDAY = date(2026, 11, 23)
TUESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=days) for days in (1, 3, 4))
WEEK = timedelta(days=7)

Planned = list[tuple[str, tuple[tuple[date, int, int], ...]]]


def begun(database: Database, *windows: tuple[date | int, int, int], **changes: Any) -> CareRequest:
    """An open request with these times."""
    return database.in_transaction(lambda session: make_request(session, windows=windows, **changes))


def plan(database: Database, starts_on: date = TUESDAY, days: int = 14, **chosen: Sequence[int]) -> int:
    return database.in_transaction(
        lambda session: plan_occurrences(session, starts_on, days, now=NOW, **chosen)
    )


def times(database: Database, request: CareRequest) -> Planned:
    """(code without the request's own, options) of what is planned and not called off."""
    with database.reading() as session:
        rows = session.scalars(
            select(Occurrence)
            .where(Occurrence.request_id == request.id, Occurrence.cancelled_at.is_(None))
            .order_by(Occurrence.first_day, Occurrence.position)
        )
        return [
            (
                row.code.removeprefix(f"{request.code}/"),
                tuple((option.on_date, option.from_slot, option.to_slot) for option in row.options),
            )
            for row in rows
        ]


def rewrite(database: Database, request: CareRequest, **times_asked: object) -> None:
    """Ask for other times, as a coordinator would."""

    def act(session: Session) -> None:
        row = session.get_one(CareRequest, request.id)
        write_request(row, asked(**times_asked), catalogue_codes(session))

    database.in_transaction(act)


def occurrence(database: Database, code: str) -> Occurrence:
    with database.reading() as session:
        return session.scalars(select(Occurrence).where(Occurrence.code.endswith(code))).one()


def test_every_week_has_its_visits_in_the_order_of_time(database: Database, coordinator: Account) -> None:
    request = begun(database, (3, 28, 32), (1, 20, 24), (1, 30, 34))
    assert plan(database) == 6
    assert times(database, request) == [
        ("20261124-0", ((TUESDAY, 20, 24),)),
        ("20261124-1", ((TUESDAY, 30, 34),)),
        ("20261126-0", ((THURSDAY, 28, 32),)),
        ("20261201-0", ((TUESDAY + WEEK, 20, 24),)),
        ("20261201-1", ((TUESDAY + WEEK, 30, 34),)),
        ("20261203-0", ((THURSDAY + WEEK, 28, 32),)),
    ]
    with database.reading() as session:
        rows = session.scalars(select(Occurrence).order_by(Occurrence.first_day, Occurrence.position)).all()
    sequences = [row.sequence or 0 for row in rows]
    assert sequences == sorted(set(sequences))


def test_planning_again_changes_nothing_and_the_next_night_adds_a_day(
    database: Database, coordinator: Account
) -> None:
    request = begun(database, (1, 20, 24))
    plan(database)
    before = times(database, request)
    assert plan(database) == 0
    assert times(database, request) == before
    assert plan(database, TUESDAY + timedelta(days=1)) == 1
    assert times(database, request)[:2] == before


def test_the_same_request_planned_later_has_the_same_codes_and_sequences(
    database: Database, coordinator: Account
) -> None:
    early, late = begun(database, (4, 20, 24)), begun(database, (4, 20, 24))
    plan(database, MONDAY, request_ids=[early.id])
    plan(database, FRIDAY, request_ids=[late.id])
    with database.reading() as session:
        on_friday = session.scalars(select(Occurrence).where(Occurrence.first_day == FRIDAY)).all()
    assert len({row.sequence for row in on_friday}) == 1
    assert {row.code[-10:] for row in on_friday} == {"20261127-0"}


def test_any_of_several_days_is_one_visit_with_all_of_them(database: Database, coordinator: Account) -> None:
    request = begun(database, (FRIDAY, 20, 24), (THURSDAY, 18, 22), rhythm=Rhythm.ANY_OF)
    assert plan(database) == 1
    assert times(database, request) == [("20261126-0", ((THURSDAY, 18, 22), (FRIDAY, 20, 24)))]
    assert occurrence(database, "20261126-0").sequence is None


def test_once_a_week_is_one_visit_a_week_with_its_options(database: Database, coordinator: Account) -> None:
    request = begun(database, (1, 20, 24), (4, 30, 34), rhythm=Rhythm.WEEKLY_ANY_OF)
    assert plan(database, THURSDAY) == 3
    assert [options for _, options in times(database, request)] == [
        ((TUESDAY + week * WEEK, 20, 24), (FRIDAY + week * WEEK, 30, 34)) for week in range(3)
    ]


def test_days_before_the_first_and_after_the_last_are_left_out(
    database: Database, coordinator: Account
) -> None:
    request = begun(database, (1, 20, 24), (3, 20, 24), starts_on=THURSDAY, ends_on=TUESDAY + WEEK)
    plan(database)
    assert [code for code, _ in times(database, request)] == ["20261126-0", "20261201-0"]


def test_only_open_requests_are_planned(database: Database, coordinator: Account) -> None:
    begun(database, (1, 20, 24), status=RequestStatus.SUBMITTED)
    assert plan(database) == 0


def test_a_single_day_beyond_the_horizon_waits(database: Database, coordinator: Account) -> None:
    begun(database, (date(2026, 12, 24), 20, 24))
    assert plan(database) == 0
    assert plan(database, date(2026, 12, 12)) == 1


def test_new_times_replace_what_is_not_visited_yet(
    database: Database, coordinator: Account, pretend: PretendVisits
) -> None:
    request = begun(database, (1, 20, 24))
    plan(database)
    pretend.visited = {occurrence(database, "20261124-0").id}
    rewrite(database, request, **weekly((3, 28, 32), (1, 30, 34)))
    assert plan(database) == 2
    assert times(database, request) == [
        ("20261124-0", ((TUESDAY, 20, 24),)),
        ("20261126-0", ((THURSDAY, 28, 32),)),
        ("20261201-0", ((TUESDAY + WEEK, 30, 34),)),
        ("20261203-0", ((THURSDAY + WEEK, 28, 32),)),
    ]
    assert plan(database) == 0


def test_times_taken_away_and_given_back_bring_the_same_visit_back(
    database: Database, coordinator: Account
) -> None:
    request = begun(database, (1, 20, 24))
    plan(database)
    rewrite(database, request, **weekly((3, 20, 24)))
    plan(database)
    assert [code for code, _ in times(database, request)] == ["20261126-0", "20261203-0"]
    rewrite(database, request, **weekly((1, 20, 24)))
    assert plan(database) == 2
    assert [code for code, _ in times(database, request)] == ["20261124-0", "20261201-0"]


def test_a_visit_somebody_called_off_does_not_come_back(database: Database, coordinator: Account) -> None:
    request = begun(database, (1, 20, 24))
    plan(database)
    database.in_transaction(
        lambda session: session.execute(
            update(Occurrence)
            .where(Occurrence.code.endswith("20261124-0"))
            .values(cancelled_at=NOW, cancel_reason="away that day")
        )
    )
    assert plan(database) == 0
    assert [code for code, _ in times(database, request)] == ["20261201-0"]


def test_a_single_visit_that_is_agreed_is_not_asked_for_twice(
    database: Database, coordinator: Account, pretend: PretendVisits
) -> None:
    request = begun(database, (THURSDAY, 20, 24))
    plan(database)
    pretend.visited = {occurrence(database, "20261126-0").id}
    rewrite(database, request, windows=(WindowFacts(20, 24, on_date=FRIDAY),))
    assert plan(database) == 0


def test_a_single_day_that_moved_is_planned_on_its_new_day(database: Database, coordinator: Account) -> None:
    request = begun(database, (THURSDAY, 20, 24))
    plan(database)
    rewrite(database, request, windows=(WindowFacts(20, 24, on_date=FRIDAY),))
    assert plan(database) == 1
    assert [code for code, _ in times(database, request)] == ["20261127-0"]


def test_planning_many_requests_takes_few_queries(database: Database, coordinator: Account) -> None:
    for _ in range(12):
        begun(database, (1, 20, 24), (3, 20, 24))
    statements: list[object] = []

    def act(session: Session) -> int:
        event.listen(
            session.connection(), "before_execute", lambda _c, statement, *_: statements.append(statement)
        )
        return plan_occurrences(session, TUESDAY, 14, now=NOW)

    assert database.in_transaction(act) == 48
    assert len(statements) < 10


def test_planning_in_chunks_is_planning_at_once(database: Database, coordinator: Account) -> None:
    requests = [begun(database, (1, 20, 24)) for _ in range(3)]
    with database.reading() as session:
        ids = open_request_ids(session)
    assert list(ids) == [request.id for request in requests]
    assert sum(plan(database, request_ids=[one]) for one in ids) == 6
    assert plan(database) == 0


def test_waiting_counts_from_the_last_served_visit(
    database: Database, coordinator: Account, pretend: PretendVisits
) -> None:
    request = begun(database, (1, 20, 24))
    with database.reading() as session:
        assert waiting_since(session, [request], TUESDAY) == {request.id: date(2026, 11, 16)}
        pretend.served = {request.id: date(2026, 11, 20)}
        assert waiting_since(session, [request], TUESDAY) == {request.id: date(2026, 11, 20)}


WINDOW = st.tuples(st.integers(0, 6), st.integers(0, 46), st.integers(1, 4))


@pytest.mark.database("sqlite")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(WINDOW, min_size=1, max_size=4, unique_by=lambda window: window[0]),
    after=st.lists(WINDOW, min_size=1, max_size=4, unique_by=lambda window: window[0]),
    rhythm=st.sampled_from((Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF)),
    first=st.integers(0, 20),
)
def test_whatever_is_changed_the_plan_is_what_is_asked_for(
    database: Database,
    coordinator: Account,
    before: list[tuple[int, int, int]],
    after: list[tuple[int, int, int]],
    rhythm: Rhythm,
    first: int,
) -> None:
    starts_on = MONDAY + timedelta(days=first)
    clipped = [(day, start, min(start + length, SLOTS_A_DAY)) for day, start, length in before]
    request = begun(database, *clipped)
    plan(database, starts_on)
    rewrite(
        database,
        request,
        rhythm=rhythm,
        windows=tuple(
            WindowFacts(start, min(start + length, SLOTS_A_DAY), weekday=day) for day, start, length in after
        ),
    )
    plan(database, starts_on)
    planned = times(database, request)
    assert plan(database, starts_on) == 0
    wanted = {(day, start, min(start + length, SLOTS_A_DAY)) for day, start, length in after}
    options = [option for _, several in planned for option in several]
    assert {(day.weekday(), start, end) for day, start, end in options} <= wanted
    in_horizon = {
        (starts_on + timedelta(days=ahead), start, end)
        for ahead in range(14)
        for weekday, start, end in wanted
        if (starts_on + timedelta(days=ahead)).weekday() == weekday
    }
    assert in_horizon <= set(options)
    assert len(set(options)) == len(options)
    if rhythm is Rhythm.WEEKLY:
        assert all(len(several) == 1 for _, several in planned)

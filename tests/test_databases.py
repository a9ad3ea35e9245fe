"""The databases that tests are given: migrated, of the kind asked for, and new each time."""

import traceback
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from app.shared.audit import AuditRow, record
from app.shared.database import Database, among, refusal_of
from app.visits.models import SeatStatus, VisitSeat
from tests.people import make_volunteer

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_wrote_the_next_does_not_find(database: Database, turn: str) -> None:
    with database.reading() as session:
        assert session.scalars(select(AuditRow.id)).all() == []
    first = database.in_transaction(lambda session: record(session, f"test.{turn}", by=None, now=NOW))
    assert first.id == 1


def test_a_blank_database_has_no_table(blank_database: Database) -> None:
    assert inspect(blank_database.engine).get_table_names() == []


def test_the_error_of_a_refused_row_names_the_rule_and_nothing_of_the_row(database: Database) -> None:
    name = "Somebody Private"
    with pytest.raises(IntegrityError) as refused:
        database.in_transaction(lambda session: make_volunteer(session, name, spoken_on=None))
    said = "".join(traceback.format_exception(refused.value))
    assert "accepted_by_a_coordinator" in refusal_of(refused.value)
    assert "INSERT INTO volunteers" in said
    assert name not in said


@pytest.mark.database("sqlite")
def test_rows_of_many_numbers_are_found_by_an_index_beside_other_conditions(database: Database) -> None:
    query = select(VisitSeat.status).where(
        among(VisitSeat.volunteer_id, {3, 5}), VisitSeat.status == SeatStatus.ACCEPTED
    )
    words = str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
    with database.reading() as session:
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    assert any("ix_visit_seats_volunteer_id" in step for step in plan)


@pytest.mark.database("sqlite")
def test_a_test_meant_for_sqlite_gets_sqlite(database: Database) -> None:
    assert database.is_sqlite


@pytest.mark.database("postgresql")
def test_a_test_meant_for_postgresql_gets_postgresql(database: Database) -> None:
    assert not database.is_sqlite

"""Token buckets: a few tries at once, then one at a time; never more, however many ask at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.use_cases.throttles import take_token
from app.shared.database import Database

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def take(database: Database, *, at: datetime = NOON, capacity: int = 3) -> bool:
    return database.in_transaction(
        lambda session: take_token(session, "sign_in:chan", capacity=capacity, per=MINUTE, now=at)
    )


def test_a_full_bucket_lets_several_through_and_then_nobody(database: Database) -> None:
    assert [take(database) for _ in range(5)] == [True, True, True, False, False]


def test_one_token_grows_back_at_a_time(database: Database) -> None:
    for _ in range(3):
        take(database)
    assert not take(database, at=NOON + MINUTE / 2)
    assert take(database, at=NOON + MINUTE)
    assert not take(database, at=NOON + MINUTE)


def test_a_bucket_never_holds_more_than_it_can(database: Database) -> None:
    take(database)
    later = NOON + timedelta(days=30)
    assert [take(database, at=later) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_gives_nothing(database: Database) -> None:
    for _ in range(3):
        take(database)
    assert not take(database, at=NOON - timedelta(hours=1))
    assert not take(database, at=NOON + MINUTE / 2)


@pytest.mark.parametrize("is_new", (True, False))
def test_twenty_at_once_get_exactly_what_is_there(database: Database, is_new: bool) -> None:
    capacity = 5
    if not is_new:
        assert take(database, capacity=capacity)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: take(database, capacity=capacity), range(20)))
    assert sum(taken) == (capacity if is_new else capacity - 1)

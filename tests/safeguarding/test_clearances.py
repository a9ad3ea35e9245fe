"""A background check counts once two coordinators have seen it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.safeguarding.errors import (
    ClearanceDateImpossible,
    ClearanceKnown,
    ClearanceNotOpen,
    OwnEntry,
    VoidReasonMissing,
)
from app.safeguarding.models import Clearance, ClearanceKind
from app.safeguarding.queries import (
    clearances_expiring,
    clearances_in_force,
    clearances_waiting,
    is_cleared,
)
from app.safeguarding.use_cases import ClearanceFacts, confirm_clearance, enter_clearance, void_clearance
from app.shared.database import Database, refusal_of
from app.shared.times import last_valid_day
from app.volunteers.models import Volunteer
from tests.people import NOW, give_clearance, make_volunteer

TODAY = date(2026, 11, 23)
SCRC = ClearanceFacts(ClearanceKind.SCRC, TODAY, date(2029, 11, 22))


def entered(database: Database, volunteer: Volunteer, by: Account, facts: ClearanceFacts = SCRC) -> Clearance:
    return database.in_transaction(
        lambda session: enter_clearance(session, volunteer.id, facts, by=by.id, now=NOW)
    )


def confirmed(database: Database, clearance: Clearance, by: Account) -> Clearance:
    return database.in_transaction(
        lambda session: confirm_clearance(session, clearance.id, by=by.id, now=NOW)
    )


def is_in_force(database: Database, volunteer: Volunteer, on: date = TODAY) -> bool:
    with database.reading() as session:
        listed = volunteer.id in {row.volunteer_id for row in clearances_in_force(session, on)}
        asked = session.scalar(select(is_cleared(volunteer.id, ClearanceKind.SCRC, on)))
        assert listed == bool(asked)
        return listed


def test_it_counts_only_after_a_second_coordinator_confirmed_it(
    database: Database, volunteer: Volunteer, first: Account, second: Account
) -> None:
    clearance = entered(database, volunteer, first)
    assert not is_in_force(database, volunteer)
    confirmed(database, clearance, second)
    assert is_in_force(database, volunteer)


def test_nobody_confirms_their_own_entry(database: Database, volunteer: Volunteer, first: Account) -> None:
    clearance = entered(database, volunteer, first)
    with pytest.raises(OwnEntry):
        confirmed(database, clearance, first)

    def shortcut(session: Session) -> None:
        row = session.get_one(Clearance, clearance.id)
        row.confirmed_by_id, row.confirmed_at = first.id, NOW

    with pytest.raises(IntegrityError) as refused:
        database.in_transaction(shortcut)
    assert "two_coordinators" in refusal_of(refused.value)


def test_it_holds_from_the_day_it_was_seen_to_its_last_valid_day(
    database: Database, volunteer: Volunteer, first: Account, second: Account
) -> None:
    confirmed(database, entered(database, volunteer, first), second)
    days = (TODAY - timedelta(days=1), TODAY, SCRC.valid_until, SCRC.valid_until + timedelta(days=1))
    assert [is_in_force(database, volunteer, day) for day in days] == [False, True, True, False]


def test_a_void_check_counts_no_more_and_keeps_its_reason(
    database: Database, volunteer: Volunteer, first: Account, second: Account
) -> None:
    clearance = confirmed(database, entered(database, volunteer, first), second)

    def void(reason: str) -> Clearance:
        return database.in_transaction(
            lambda session: void_clearance(session, clearance.id, reason=reason, by=first.id, now=NOW)
        )

    with pytest.raises(VoidReasonMissing):
        void("")
    assert void("wrong person").void_reason == "wrong person"
    assert not is_in_force(database, volunteer)
    with pytest.raises(ClearanceNotOpen):
        void("again")
    with pytest.raises(ClearanceNotOpen):
        confirmed(database, clearance, second)


def test_the_same_check_is_entered_once(database: Database, volunteer: Volunteer, first: Account) -> None:
    entered(database, volunteer, first)
    with pytest.raises(ClearanceKnown):
        entered(database, volunteer, first)


@pytest.mark.parametrize(
    ("seen_on", "valid_until"),
    [(TODAY + timedelta(days=1), date(2030, 1, 1)), (TODAY, TODAY - timedelta(days=1))],
)
@pytest.mark.database("sqlite")
def test_impossible_days_are_refused(
    database: Database, volunteer: Volunteer, first: Account, seen_on: date, valid_until: date
) -> None:
    with pytest.raises(ClearanceDateImpossible):
        entered(database, volunteer, first, ClearanceFacts(ClearanceKind.SCRC, seen_on, valid_until))


def test_lists_show_what_waits_and_what_runs_out(database: Database, first: Account, second: Account) -> None:
    def fill(session: Session) -> dict[str, int]:
        people = {}
        for name, days in (("Seven", 7), ("Thirty", 30), ("Ninety", 90), ("Later", 91), ("Over", -1)):
            person = make_volunteer(session, name)
            give_clearance(session, person, valid_until=TODAY + timedelta(days=days))
            people[name] = person.id
        renewed = make_volunteer(session, "Renewed")
        give_clearance(session, renewed, valid_until=TODAY + timedelta(days=5))
        give_clearance(session, renewed, valid_until=TODAY + timedelta(days=900))
        waiting = make_volunteer(session, "Waiting")
        give_clearance(session, waiting, confirmed=False)
        return people | {"Waiting": waiting.id}

    people = database.in_transaction(fill)
    with database.reading() as session:

        def running_out(days: int) -> list[int]:
            return [row.volunteer_id for row in clearances_expiring(session, today=TODAY, days=days)]

        assert running_out(7) == [people["Seven"]]
        assert running_out(30) == [people["Seven"], people["Thirty"]]
        assert running_out(90) == [people["Seven"], people["Thirty"], people["Ninety"]]
        assert [row.volunteer_id for row in clearances_waiting(session, today=TODAY)] == [people["Waiting"]]


@pytest.mark.parametrize(
    ("seen_on", "months", "last"),
    [
        (date(2026, 11, 23), 36, date(2029, 11, 22)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(9999, 1, 1), 36, date(9999, 12, 30)),
    ],
)
def test_thirty_six_months_end_the_day_before(seen_on: date, months: int, last: date) -> None:
    assert last_valid_day(seen_on, months) == last

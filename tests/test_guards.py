"""What the database itself refuses, on both engines, whatever path wrote the row."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.safeguarding.models import DoNotPair, FamilyTie
from app.shared.audit import record
from app.shared.database import Database, refusal_of
from app.visits.models import BookedSlot, SeatStatus, Visit
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.people import (
    NOW,
    give_clearance,
    give_seat,
    make_coordinator,
    make_minor,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)

pytestmark = pytest.mark.usefixtures("keys")


def refused(database: Database, act: Callable[[Session], object]) -> str:
    """The word with which the database refuses `act`."""
    with pytest.raises(IntegrityError) as caught:
        database.in_transaction(act)
    return refusal_of(caught.value)


def test_a_helper_and_a_visit_that_fit_are_taken(database: Database) -> None:
    def arrange(session: Session) -> int:
        visit = make_visit(session, make_request(session))
        give_seat(session, visit, make_volunteer(session), SeatStatus.ACCEPTED)
        return session.scalar(select(func.count()).select_from(BookedSlot)) or 0

    assert database.in_transaction(arrange) == 4


def test_nobody_is_booked_twice_in_one_half_hour(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer = make_volunteer(session)
        for from_slot, to_slot in ((20, 24), (23, 26)):
            give_seat(
                session,
                make_visit(session, make_request(session), from_slot=from_slot, to_slot=to_slot),
                volunteer,
            )

    assert "booked_slots" in refused(database, arrange)


def test_a_declined_seat_frees_the_time(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer = make_volunteer(session)
        seat = give_seat(session, make_visit(session, make_request(session)), volunteer)
        seat.status = SeatStatus.DECLINED
        session.flush()
        give_seat(session, make_visit(session, make_request(session)), volunteer)

    database.in_transaction(arrange)


@pytest.mark.parametrize("status", [VolunteerStatus.APPLIED, VolunteerStatus.PAUSED])
def test_only_an_active_volunteer_gets_a_seat(database: Database, status: VolunteerStatus) -> None:
    def arrange(session: Session) -> None:
        give_seat(session, make_visit(session, make_request(session)), make_volunteer(session, status=status))

    assert refused(database, arrange) == "volunteer_not_active"


def test_an_active_volunteer_was_accepted_by_a_coordinator(database: Database) -> None:
    assert "accepted_by_a_coordinator" in refused(
        database, lambda session: make_volunteer(session, identity_seen_by_id=None)
    )


def test_an_open_request_was_triaged(database: Database) -> None:
    assert "open_only_after_triage" in refused(
        database, lambda session: make_request(session, spoken_on=None)
    )


@pytest.mark.parametrize(
    "clearance",
    [
        {"confirmed": False},
        {"valid_until": NOW.date()},
        {"voided_at": NOW},
        {"seen_on": NOW.date() + timedelta(days=20), "valid_until": NOW.date() + timedelta(days=900)},
    ],
    ids=["unconfirmed", "lapsed", "voided", "not_seen_yet"],
)
def test_a_clearance_that_does_not_hold_on_the_day_is_refused(
    database: Database, clearance: dict[str, Any]
) -> None:
    def arrange(session: Session) -> None:
        volunteer = make_volunteer(session)
        give_clearance(session, volunteer, **clearance)
        give_seat(session, make_visit(session, make_request(session, clearance="scrc")), volunteer)

    assert refused(database, arrange) == "clearance_not_confirmed"


def test_a_confirmed_clearance_is_enough(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer = make_volunteer(session)
        give_clearance(session, volunteer)
        give_seat(session, make_visit(session, make_request(session, clearance="scrc")), volunteer)

    database.in_transaction(arrange)


def test_nobody_confirms_a_clearance_they_entered(database: Database) -> None:
    def arrange(session: Session) -> None:
        alone = make_coordinator(session)
        give_clearance(session, make_volunteer(session), entered_by_id=alone.id, confirmed_by_id=alone.id)

    assert "two_coordinators" in refused(database, arrange)


def make_visit_for_minors(session: Session, **changes: Any) -> tuple[Visit, Volunteer]:
    request = make_request(session, takes_minors=True, clearance="scrc", seats_min=2, seats_max=2, **changes)
    adult = make_volunteer(session, "Cleared Adult")
    give_clearance(session, adult)
    return make_visit(session, request), adult


def test_a_minor_without_an_adult_is_refused(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, _adult = make_visit_for_minors(session)
        give_seat(session, visit, make_minor(session))

    assert refused(database, arrange) == "minor_without_adult"


def test_an_adult_without_clearance_is_no_company_for_a_minor(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit = make_visit(session, make_request(session, seats_max=2))
        give_seat(session, visit, make_volunteer(session, "Uncleared Adult"))
        give_seat(session, visit, make_minor(session))

    assert refused(database, arrange) == "minor_without_adult"


def test_a_minor_beside_a_cleared_adult_is_taken(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, adult = make_visit_for_minors(session)
        give_seat(session, visit, adult)
        give_seat(session, visit, make_minor(session))

    database.in_transaction(arrange)


def test_the_adult_cannot_leave_a_minor_behind(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, adult = make_visit_for_minors(session)
        beside = give_seat(session, visit, adult)
        give_seat(session, visit, make_minor(session))
        beside.status = SeatStatus.DECLINED

    assert refused(database, arrange) == "minor_without_adult"


def test_the_adult_may_leave_once_the_minor_has(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, adult = make_visit_for_minors(session)
        beside = give_seat(session, visit, adult)
        minor = give_seat(session, visit, make_minor(session))
        minor.status = SeatStatus.CANCELLED
        session.flush()
        beside.status = SeatStatus.DECLINED

    database.in_transaction(arrange)


def test_a_minor_without_a_guardians_consent_is_refused(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, adult = make_visit_for_minors(session)
        give_seat(session, visit, adult)
        give_seat(session, visit, make_minor(session, consent=False))

    assert refused(database, arrange) == "minor_without_consent"


def test_a_minor_is_not_out_after_nine(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit, adult = make_visit_for_minors(session, windows=((NOW.date() + timedelta(days=3), 40, 43),))
        give_seat(session, visit, adult)
        give_seat(session, visit, make_minor(session))

    assert refused(database, arrange) == "minor_after_nine"


def test_somebody_who_turns_eighteen_in_the_month_of_the_visit_still_counts_as_a_minor(
    database: Database,
) -> None:
    def arrange(session: Session) -> None:
        nearly = make_volunteer(session, birth_year=2008, birth_month=11)
        give_seat(session, make_visit(session, make_request(session)), nearly)

    assert refused(database, arrange) == "minor_without_consent"


def test_who_must_not_meet_do_not_meet(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer, recipient = make_volunteer(session), make_recipient(session)
        session.add(
            DoNotPair(
                volunteer_id=volunteer.id,
                recipient_id=recipient.id,
                entered_by_id=make_coordinator(session).id,
                entered_at=NOW,
            )
        )
        session.flush()
        give_seat(session, make_visit(session, make_request(session, recipient)), volunteer)

    assert refused(database, arrange) == "do_not_pair"


def test_family_does_not_visit_as_a_volunteer(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer, recipient = make_volunteer(session), make_recipient(session)
        session.add(
            FamilyTie(
                volunteer_id=volunteer.id,
                recipient_id=recipient.id,
                entered_by_id=make_coordinator(session).id,
                entered_at=NOW,
            )
        )
        session.flush()
        give_seat(session, make_visit(session, make_request(session, recipient)), volunteer)

    assert refused(database, arrange) == "family"


def test_an_ended_seat_does_not_come_back(database: Database) -> None:
    def arrange(session: Session) -> None:
        seat = give_seat(session, make_visit(session, make_request(session)), make_volunteer(session))
        seat.status = SeatStatus.DECLINED
        session.flush()
        seat.status = SeatStatus.ACCEPTED

    assert refused(database, arrange) == "illegal_move"


def test_a_removed_volunteer_stays_removed(database: Database) -> None:
    def arrange(session: Session) -> None:
        volunteer = make_volunteer(session, status=VolunteerStatus.REMOVED)
        volunteer.status = VolunteerStatus.ACTIVE

    assert refused(database, arrange) == "illegal_move"


def test_the_time_of_a_visit_that_somebody_holds_is_fixed(database: Database) -> None:
    def arrange(session: Session) -> None:
        visit = make_visit(session, make_request(session))
        give_seat(session, visit, make_volunteer(session))
        visit.from_slot = 21

    assert refused(database, arrange) == "visit_time_is_fixed"


@pytest.mark.parametrize("statement", ["UPDATE audit_rows SET action = 'x'", "DELETE FROM audit_rows"])
def test_the_audit_does_not_change(database: Database, statement: str) -> None:
    database.in_transaction(lambda session: record(session, "tested", by=None, now=NOW))
    assert refused(database, lambda session: session.execute(text(statement))) == "audit_is_append_only"

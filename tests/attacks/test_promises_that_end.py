"""Somebody is on a visit, and then may not go any more: they leave it, and never see where it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.matching.use_cases.upkeep import release_seats_that_no_longer_hold
from app.safeguarding.models import Clearance, DoNotPair, FamilyTie
from app.shared.database import Database
from app.shared.times import hong_kong_date, utc_now
from app.visits.models import EndedBecause, SeatStatus, VisitSeat, VisitStatus
from app.volunteers.models import VolunteerStatus
from tests.people import (
    give_clearance,
    give_seat,
    make_account,
    make_coordinator,
    make_minor,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("keys")
ADDRESS = "Flat 9, the address nobody else may see"


def tomorrow_at_ten(session: Session, **changes: Any) -> VisitSeat:
    """Somebody who said yes to a visit of tomorrow, 10:00 to 12:00, that needs clearance."""
    day = hong_kong_date(utc_now()) + timedelta(days=1)
    account = make_account(session, "Helper Ho", Role.VOLUNTEER, phone="+85261239999")
    helper = make_volunteer(session, "Helper Ho", account_id=account.id)
    give_clearance(session, helper)
    request = make_request(
        session, make_recipient(session, address=ADDRESS), windows=((day, 20, 24),), **changes
    )
    seat = give_seat(session, make_visit(session, request, day), helper)
    seat.status = SeatStatus.ACCEPTED
    session.flush()
    seat.visit.status = VisitStatus.ACCEPTED
    seat.offer.leaves_at = utc_now() - timedelta(days=1)
    session.flush()
    return seat


def keep_apart(session: Session, seat: VisitSeat) -> None:
    session.add(
        DoNotPair(
            volunteer_id=seat.volunteer_id,
            recipient_id=seat.visit.request.recipient_id,
            entered_by_id=make_coordinator(session).id,
            entered_at=utc_now(),
        )
    )


def make_family(session: Session, seat: VisitSeat) -> None:
    session.add(
        FamilyTie(
            volunteer_id=seat.volunteer_id,
            recipient_id=seat.visit.request.recipient_id,
            entered_by_id=make_coordinator(session).id,
            entered_at=utc_now(),
        )
    )


def pause(_session: Session, seat: VisitSeat) -> None:
    seat.volunteer.status = VolunteerStatus.PAUSED


def remove(_session: Session, seat: VisitSeat) -> None:
    seat.volunteer.status = VolunteerStatus.REMOVED


def lose_clearance(session: Session, seat: VisitSeat) -> None:
    for clearance in session.query(Clearance).filter_by(volunteer_id=seat.volunteer_id):
        clearance.voided_at, clearance.voided_by_id = utc_now(), clearance.entered_by_id


def let_clearance_run_out(session: Session, seat: VisitSeat) -> None:
    for clearance in session.query(Clearance).filter_by(volunteer_id=seat.volunteer_id):
        clearance.valid_until = seat.visit.on_date - timedelta(days=1)


@pytest.mark.parametrize(
    "happens", [keep_apart, make_family, pause, remove, lose_clearance, let_clearance_run_out]
)
def test_who_may_not_go_any_more_leaves_tomorrows_visit_and_cannot_see_the_address(
    app: Flask, database: Database, happens: Callable[[Session, VisitSeat], None]
) -> None:
    seat = database.in_transaction(lambda session: tomorrow_at_ten(session, clearance="scrc"))
    account = database.in_transaction(lambda session: session.get_one(VisitSeat, seat.id).volunteer.account)
    assert account is not None
    helper = Visitor(app).has_signed_in_as(account)
    assert ADDRESS in helper.opens(f"/my/visits/{seat.id}/details").html

    database.in_transaction(lambda session: happens(session, session.get_one(VisitSeat, seat.id)))
    assert ADDRESS not in helper.opens(f"/my/visits/{seat.id}/details", status=404).html
    for path in (f"/my/visits/{seat.id}", f"/volunteer/{seat.volunteer_id}"):
        page = helper.client.get(path)
        assert page.status_code == 404 or f"/my/visits/{seat.id}/details" not in page.text
    released = database.in_transaction(
        lambda session: release_seats_that_no_longer_hold(session, now=utc_now())
    )
    assert released == 1
    with database.reading() as session:
        assert session.get_one(VisitSeat, seat.id).status is SeatStatus.CANCELLED
        assert session.get_one(VisitSeat, seat.id).visit.status is VisitStatus.NEEDS_COVER


def test_a_clearance_that_is_voided_ends_the_seat_that_needed_it(app: Flask, database: Database) -> None:
    def void(session: Session) -> int:
        seat = tomorrow_at_ten(session)
        seat.visit.request.clearance = "scrc"
        clearance = give_clearance(session, make_volunteer(session, "Somebody Else"))
        assert clearance.volunteer_id != seat.volunteer_id
        assert release_seats_that_no_longer_hold(session, now=utc_now()) == 0
        for mine in session.query(type(clearance)).filter_by(volunteer_id=seat.volunteer_id):
            mine.voided_at, mine.voided_by_id, mine.void_reason = utc_now(), mine.entered_by_id, "a mistake"
        session.flush()
        assert release_seats_that_no_longer_hold(session, now=utc_now()) == 1
        return seat.id

    seat_id = database.in_transaction(void)
    with database.reading() as session:
        assert session.get_one(VisitSeat, seat_id).ended_because is EndedBecause.NOT_PERMITTED


def test_a_minor_whose_adult_may_not_go_sees_no_address(app: Flask, database: Database) -> None:
    def arrange(session: Session) -> tuple[Account, int, int]:
        adult = tomorrow_at_ten(session, takes_minors=True, clearance="scrc", seats_max=2)
        account = make_account(session, "Minor Mok", Role.VOLUNTEER, phone="+85261238888")
        minor = give_seat(session, adult.visit, make_minor(session, account_id=account.id))
        minor.status = SeatStatus.ACCEPTED
        minor.offer.leaves_at = utc_now() - timedelta(days=1)
        return account, minor.id, adult.id

    account, minor_id, adult_id = database.in_transaction(arrange)
    minor = Visitor(app).has_signed_in_as(account)
    assert ADDRESS in minor.opens(f"/my/visits/{minor_id}/details").html
    database.in_transaction(lambda session: lose_clearance(session, session.get_one(VisitSeat, adult_id)))
    assert ADDRESS not in minor.opens(f"/my/visits/{minor_id}/details", status=404).html


@pytest.mark.parametrize("what", ["consent", "adult's clearance"])
def test_a_minor_leaves_when_the_consent_or_the_adults_clearance_ends(
    app: Flask, database: Database, what: str
) -> None:
    def ends(session: Session) -> None:
        adult = tomorrow_at_ten(session, takes_minors=True, seats_max=2)
        minor = make_minor(session)
        seat = give_seat(session, adult.visit, minor)
        assert release_seats_that_no_longer_hold(session, now=utc_now()) == 0
        if what == "consent":
            minor.consents[0].withdrawn_at = utc_now()
        else:
            give = give_clearance(session, make_volunteer(session, "Somebody Else"))
            for clearance in session.query(type(give)).filter_by(volunteer_id=adult.volunteer_id):
                clearance.voided_at = utc_now()
        session.flush()
        assert release_seats_that_no_longer_hold(session, now=utc_now()) == 1
        assert (seat.status, adult.status) == (SeatStatus.CANCELLED, SeatStatus.ACCEPTED)

    database.in_transaction(ends)

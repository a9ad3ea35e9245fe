"""A coordinator approves with the next best in reserve, who is asked by rule when the first cannot come."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import Reserve, ReserveStatus, RuleCode
from app.matching.use_cases.approvals import approve_proposals, undo_approval
from app.matching.use_cases.reserves import ReserveEnded, drop_reserve, name_reserves
from app.matching.use_cases.standing_in import ask_or_drop_reserve, ask_reserve, reserves_to_ask
from app.matching.use_cases.teams import NotEligible
from app.shared.database import Database
from app.visits.models import Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from scheduler.ticking import Ticker
from tests.matching.night_people import AT_NINE, AT_TEN, PATIENCE, Morning
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def two_for_one(session: Session) -> None:
    """Two who could go, and one visit, on Thursday."""
    make_volunteer(session, "FIRST Choice", free=((3, 18, 42),))
    make_volunteer(session, "SECOND Choice", free=((3, 18, 42),), volunteer_since=date(2026, 1, 1))
    make_request(session, make_recipient(session, called="李伯伯"), code="R-THURSDAY")


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, two_for_one)


def approve_with_reserve(morning: Morning) -> int:
    """The offer to the first; the second is in reserve."""

    def approve(session: Session) -> int:
        approval = approve_proposals(session, ids, PATIENCE, by=morning.by, now=AT_NINE)
        assert len(name_reserves(session, approval.proposals, by=morning.by, now=AT_NINE)) == 1
        return approval.offers[0].id

    ids = morning.proposals()
    return morning.does(approve)


def seats(morning: Morning) -> list[tuple[int, SeatStatus]]:
    """(volunteer, status) in the order of asking."""
    return morning.does(
        lambda session: [
            (seat.volunteer_id, seat.status)
            for seat in session.scalars(select(VisitSeat).order_by(VisitSeat.id))
        ]
    )


def reserve(morning: Morning) -> Reserve:
    return morning.does(lambda session: session.scalars(select(Reserve)).one())


def look(morning: Morning) -> list[bool]:
    """What a minute of the scheduler does at ten: for each reserve owed, whether it was asked."""

    def one(session: Session) -> list[bool]:
        return [
            ask_or_drop_reserve(session, each, PATIENCE, now=AT_TEN)
            for each in reserves_to_ask(session, now=AT_TEN)
        ]

    return morning.does(one)


def test_on_a_no_the_reserve_is_asked_once_and_can_be_undone(morning: Morning) -> None:
    offer = approve_with_reserve(morning)
    assert look(morning) == [], "nobody is missing"
    morning.answers(offer, yes=False)
    assert look(morning) == [True]
    assert look(morning) == []
    (first, _), (second, status) = seats(morning)
    assert (second, status) == (reserve(morning).volunteer_id, SeatStatus.OFFERED)
    assert first != second
    asked = morning.does(lambda session: session.scalars(select(Offer).order_by(Offer.id.desc())).first())
    assert asked is not None
    assert asked.leaves_at == AT_TEN + timedelta(minutes=PATIENCE.undo_minutes)
    assert asked.made_by_id == morning.by, "the coordinator decided it"
    morning.does(lambda session: undo_approval(session, asked.id, by=morning.by, now=AT_TEN))
    assert seats(morning)[1][1] is SeatStatus.WITHDRAWN


def test_whoever_gives_up_later_is_stood_in_for(morning: Morning) -> None:
    offer = approve_with_reserve(morning)
    morning.answers(offer, yes=True)
    assert look(morning) == []
    seat = morning.does(lambda session: session.scalars(select(VisitSeat.id)).one())
    morning.does(lambda session: give_up_seat(session, seat, "", by=None, now=AT_TEN))
    assert look(morning) == [True]


def test_a_reserve_whom_a_rule_speaks_against_is_dropped_with_the_rule(morning: Morning, app: Flask) -> None:
    offer = approve_with_reserve(morning)
    morning.answers(offer, yes=False)

    def pauses(session: Session) -> None:
        session.get_one(Volunteer, reserve(morning).volunteer_id).status = VolunteerStatus.PAUSED

    morning.does(pauses)
    assert look(morning) == [False]
    dropped = reserve(morning)
    assert (dropped.status, dropped.dropped_rule) == (ReserveStatus.DROPPED, RuleCode.IS_ACTIVE)
    visit = morning.does(lambda session: session.scalars(select(Visit)).one())
    assert visit.status is VisitStatus.NEEDS_COVER
    desk = Visitor(app).has_signed_in_as(morning.does(lambda session: make_coordinator(session, "Ho")))
    assert "The reserve could not be asked" in desk.opens(f"/visits/{visit.id}").words


def test_nobody_is_named_whom_a_rule_speaks_against(morning: Morning) -> None:
    ids = morning.proposals()

    def approve(session: Session) -> None:
        approval = approve_proposals(session, ids, PATIENCE, by=morning.by, now=AT_NINE)
        code = approval.proposals[0].explanation["runners_up"][0]["volunteer"]
        session.scalars(select(Volunteer).where(Volunteer.code == code)).one().status = VolunteerStatus.PAUSED
        session.flush()
        name_reserves(session, approval.proposals, by=morning.by, now=AT_NINE)

    with pytest.raises(NotEligible):
        morning.does(approve)
    assert morning.proposals() == ids, "all or nothing"


def test_an_approval_taken_back_takes_the_reserve_with_it(morning: Morning) -> None:
    offer = approve_with_reserve(morning)
    morning.does(lambda session: undo_approval(session, offer, by=morning.by, now=AT_NINE))
    assert reserve(morning).status is ReserveStatus.DROPPED


def test_a_dropped_reserve_is_not_asked(morning: Morning) -> None:
    offer = approve_with_reserve(morning)
    morning.does(lambda session: drop_reserve(session, reserve(morning).id, by=morning.by, now=AT_NINE))
    morning.answers(offer, yes=False)
    assert look(morning) == []
    for act in (
        lambda session: drop_reserve(session, reserve(morning).id, by=morning.by, now=AT_TEN),
        lambda session: ask_reserve(session, reserve(morning).id, PATIENCE, now=AT_TEN),
    ):
        with pytest.raises(ReserveEnded):
            morning.does(act)


def test_one_button_approves_with_the_next_best_in_reserve(morning: Morning, app: Flask) -> None:
    desk = Visitor(app).has_signed_in_as(morning.does(lambda session: make_coordinator(session, "Ho")))
    assert "Approve, the next best in reserve" in desk.opens("/proposals").words
    ids = "-".join(map(str, morning.proposals()))
    desk.sends("/proposals", reserve=ids)
    visit = morning.does(lambda session: session.scalars(select(Visit.id)).one())
    page = desk.opens(f"/visits/{visit}")
    assert "In reserve: " in page.words
    desk.sends(f"/visits/{visit}", to=f"/reserves/{reserve(morning).id}/drop")
    assert "In reserve: " not in desk.opens(f"/visits/{visit}").words
    assert reserve(morning).status is ReserveStatus.DROPPED
    desk.sends(f"/visits/{visit}", to=f"/reserves/{reserve(morning).id}/drop")


def test_the_scheduler_asks_them(morning: Morning, app: Flask, database: Database) -> None:
    offer = approve_with_reserve(morning)
    morning.answers(offer, yes=False)
    settings = app.extensions["settings"].with_changes(is_demonstration=True)
    Ticker(app, settings, database, clock=lambda: AT_TEN)._ask_reserves()
    assert reserve(morning).status is ReserveStatus.ASKED

"""Somebody is missing: the next best people stand where a coordinator looks, and are asked in one step."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest, RequestStatus, SpokenHow
from app.care_requests.use_cases.planning import plan_occurrences
from app.care_requests.use_cases.triage import Triage, open_request
from app.shared.database import Database
from app.visits.models import Offer, SeatStatus, Visit, VisitSeat
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE, AT_TEN, Morning
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Opened, Visitor


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def one_request(session: Session) -> None:
    """Two who could go, one of them nearer the wish; and a request for Thursday."""
    make_volunteer(session, "FIRST Choice", free=((3, 18, 42),))
    make_volunteer(session, "SECOND Choice", free=((3, 18, 42),), volunteer_since=date(2026, 1, 1))
    make_request(session, make_recipient(session, called="李伯伯"), code="R-THURSDAY")


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, one_request)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


def press(desk: Visitor, page: Opened, label: str = "Ask them") -> Opened:
    """Press the first button of this name on the page."""
    form = next(
        form for form in re.findall(r"<form[^>]*>.*?</form>", page.html, re.S) if f">{label}<" in form
    )
    action = re.findall(r'action="([^"]*)"', form)[0].replace("&amp;", "&")
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', form))
    return Opened(desk.client.post(action, data=fields))


def asked(morning: Morning) -> list[tuple[str, SeatStatus]]:
    """Everybody who was asked, in the order of asking, and how their seat stands."""

    def read(session: Session) -> list[tuple[str, SeatStatus]]:
        rows = session.execute(
            select(Volunteer.name_en, VisitSeat.status)
            .join(VisitSeat, VisitSeat.volunteer_id == Volunteer.id)
            .order_by(VisitSeat.id)
        )
        return [(name, status) for name, status in rows]

    return morning.does(read)


def decline(app: Flask, morning: Morning) -> str:
    """The first choice says no by the link of the message; who that was."""
    (offer_id,) = morning.approves()
    token = morning.does(lambda session: str(session.get_one(Offer, offer_id).token))
    with time_machine.travel(AT_TEN, tick=False):
        Visitor(app).sends(f"/offers/{token}", answer="no")
    return asked(morning)[0][0]


@pytest.mark.parametrize("place", ["board", "visit", "request"])
def test_after_a_no_the_next_best_stands_there_and_is_asked_in_one_step(
    app: Flask, morning: Morning, desk: Visitor, place: str
) -> None:
    first = decline(app, morning)
    other = {"FIRST Choice": "SECOND Choice", "SECOND Choice": "FIRST Choice"}[first]
    visit = morning.does(lambda session: session.scalars(select(Visit)).one())
    paths = {
        "board": "/board",
        "visit": f"/visits/{visit.id}",
        "request": f"/requests/{visit.request_id}",
    }
    page = desk.opens(paths[place])
    assert other in page.words
    assert "Same estate or neighbourhood" in page.words
    assert press(desk, page).goes_to == "/approvals"
    assert asked(morning) == [(first, SeatStatus.DECLINED), (other, SeatStatus.OFFERED)]


def test_a_request_opened_at_noon_for_tomorrow_has_its_people_beside_it(
    app: Flask, morning: Morning, desk: Visitor
) -> None:
    def comes_in(session: Session) -> int:
        make_volunteer(session, "WEDNESDAY Helper", free=((2, 18, 42),))
        return make_request(
            session,
            make_recipient(session, called="急伯伯"),
            windows=((date(2026, 11, 25), 20, 24),),
            status=RequestStatus.SUBMITTED,
            spoken_on=None,
            triaged_at=None,
            triaged_by_id=None,
        ).id

    def is_triaged(session: Session) -> None:
        spoken = Triage(date(2026, 11, 24), SpokenHow.PHONE_CALL)
        request = session.get_one(CareRequest, request_id)
        open_request(session, request, spoken, by=morning.by, now=AT_NINE)
        session.flush()
        plan_occurrences(session, date(2026, 11, 24), now=AT_NINE, request_ids=[request_id])

    request_id = morning.does(comes_in)
    assert "Who could go" not in desk.opens(f"/requests/{request_id}").words
    morning.does(is_triaged)
    page = desk.opens(f"/requests/{request_id}")
    assert "Who could go" in page.words
    assert "WEDNESDAY Helper" in page.words
    press(desk, page)
    assert asked(morning) == [("WEDNESDAY Helper", SeatStatus.OFFERED)]


def test_a_visit_that_is_too_near_is_a_matter_for_the_telephone(
    app: Flask, morning: Morning, nine_in_the_morning: time_machine.Traveller
) -> None:
    decline(app, morning)
    nine_in_the_morning.shift(timedelta(days=2) - timedelta(minutes=30))
    page = (
        Visitor(app)
        .has_signed_in_as(morning.does(lambda session: make_coordinator(session, "Early Bird")))
        .opens("/board")
    )
    assert "It is too near to ask by message. Please use the telephone." in page.words


def test_what_is_proposed_is_not_looked_for_again(morning: Morning, desk: Visitor) -> None:
    request_id = morning.does(lambda session: session.scalars(select(CareRequest.id)).one())
    assert "Who could go" not in desk.opens(f"/requests/{request_id}").words

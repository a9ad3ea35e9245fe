"""What calendar programmes read: written by one library, read back by another, and nothing about people in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import RoleHeld
from app.accounts.queries import token_hash
from app.calendar.models import CalendarFeed
from app.calendar.use_cases import make_feed
from app.visits.use_cases.changes import suspend_visit
from app.visits.use_cases.seats import give_up_seat
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.matching.night_people import AT_TEN
from tests.visitor import Opened, Visitor
from tests.visits.story import Story, signed_in

PRIVATE = (
    "陳小明",
    "CHAN Siu Ming",
    "李伯伯",
    "LAM Mei",
    "Flat 7",
    "bell",
    "hearing",
    "6123 0001",
    "61230002",
)


def volunteer_id(story: Story) -> int:
    return story.reads(lambda session: session.scalars(select(Volunteer.id)).one())


def address_of(page: Opened) -> str:
    """The path of the secret address that a page shows."""
    return page.words.split("http://localhost")[1].split()[0]


def made(story: Story, app: Flask) -> str:
    """The volunteer makes an address; its path."""
    me = signed_in(app, story.volunteer_account)
    here = f"/volunteer/{volunteer_id(story)}/calendar/address"
    me.sends(here)
    return address_of(me.opens(here))


def read(app: Flask, path: str) -> Any:
    """What a calendar programme, which is not signed in, reads there: vobject's calendar."""
    answer = Visitor(app).opens(path)
    assert answer.response.content_type == "text/calendar; charset=utf-8"
    for word in PRIVATE:
        assert word not in answer.html
    return vobject.readOne(answer.html)


def test_a_volunteers_address_tells_day_time_kind_and_area(agreed: Story, app: Flask) -> None:
    calendar = read(app, made(agreed, app))
    assert calendar.x_wr_calname.value == "我的探訪"
    assert [event.dtstart.value for event in calendar.vevent_list] == [
        datetime(2026, 11, 25, 2, 0, tzinfo=UTC),
        datetime(2026, 12, 2, 2, 0, tzinfo=UTC),
    ]
    first = calendar.vevent_list[0]
    assert first.dtend.value - first.dtstart.value == timedelta(hours=2)
    assert first.summary.value == "探訪、石籬"
    assert first.status.value == "CONFIRMED"
    assert first.url.value == f"http://localhost/my/visits/{agreed.seats()[0].id}"
    assert len({event.uid.value for event in calendar.vevent_list}) == 2


def test_a_change_arrives_under_the_same_name_with_a_higher_number(agreed: Story, app: Flask) -> None:
    path = made(agreed, app)
    before = read(app, path).vevent_list[0]
    visit, by = agreed.visits()[0].id, agreed.coordinator.id
    agreed.reads(lambda session: suspend_visit(session, visit, "No. 8", by=by, now=AT_TEN))
    after = read(app, path).vevent_list[0]
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)
    assert (after.status.value, after.summary.value) == ("TENTATIVE", "探訪、石籬（因天氣暫停）")


def test_a_visit_given_up_is_gone(agreed: Story, app: Flask) -> None:
    path = made(agreed, app)
    seat = agreed.seats()[0].id
    agreed.reads(lambda session: give_up_seat(session, seat, "", by=None, now=AT_TEN))
    assert len(read(app, path).vevent_list) == 1


def test_the_owner_sees_when_it_was_read_last(
    agreed: Story, app: Flask, clock: time_machine.Traveller
) -> None:
    path = made(agreed, app)
    me = signed_in(app, agreed.volunteer_account)
    here = f"/volunteer/{volunteer_id(agreed)}/calendar/address"
    assert "Not read yet." in me.opens(here).words
    read(app, path)
    clock.shift(timedelta(minutes=1))
    read(app, path)
    assert "Last read: Tuesday 24 November 10 am" in me.opens(here).words
    clock.shift(timedelta(minutes=5))
    read(app, path)
    assert "Last read: Tuesday 24 November 10:06 am" in me.opens(here).words


def test_an_address_taken_back_is_not_there(agreed: Story, app: Flask) -> None:
    path = made(agreed, app)
    me = signed_in(app, agreed.volunteer_account)
    here = f"/volunteer/{volunteer_id(agreed)}/calendar/address"
    me.sends(here, revoke="1")
    Visitor(app).opens(path, status=404)
    assert "Make my address" in me.opens(here).words


def test_a_new_address_ends_the_one_before(agreed: Story, app: Flask) -> None:
    first = made(agreed, app)

    def again(session: Session) -> str:
        owner = session.scalars(select(Volunteer)).one()
        return str(make_feed(session, owner, by=agreed.volunteer_account.id, now=AT_TEN).token)

    second = agreed.reads(again)
    Visitor(app).opens(first, status=404)
    read(app, f"/calendar/feed/{second}.ics")


def test_only_a_hash_of_the_address_can_be_looked_up(agreed: Story, app: Flask) -> None:
    token = made(agreed, app).rpartition("/")[2].removesuffix(".ics")
    feed = agreed.reads(lambda session: session.scalars(select(CalendarFeed)).one())
    assert feed.token_hash == token_hash(token)
    assert feed.token_box is not None
    assert token.encode() not in feed.token_box


def test_who_is_no_volunteer_any_more_is_told_nothing(agreed: Story, app: Flask) -> None:
    path = made(agreed, app)

    def leaves(session: Session) -> None:
        session.scalars(select(Volunteer)).one().status = VolunteerStatus.RETIRED

    agreed.reads(leaves)
    Visitor(app).opens(path, status=404)
    Visitor(app).opens("/calendar/feed/something-else.ics", status=404)


def test_a_coordinators_address_names_requests_by_their_codes(agreed: Story, app: Flask) -> None:
    desk = signed_in(app, agreed.coordinator)
    desk.sends("/calendar/address")
    path = address_of(desk.opens("/calendar/address"))
    calendar = read(app, path)
    code = agreed.visits()[0].request_id
    assert len(calendar.vevent_list) == 2
    assert "R-T" in calendar.vevent_list[0].summary.value, code

    def is_none(session: Session) -> None:
        session.query(RoleHeld).filter_by(account_id=agreed.coordinator.id).delete()

    agreed.reads(is_none)
    Visitor(app).opens(path, status=404)


def test_one_visit_is_a_file_of_one_event(agreed: Story, app: Flask) -> None:
    me = signed_in(app, agreed.volunteer_account)
    seat = agreed.seats()[0].id
    assert "Add to my calendar" in me.opens(f"/my/visits/{seat}").words
    answer = me.opens(f"/my/visits/{seat}/visit.ics")
    calendar = vobject.readOne(answer.html)
    assert [event.summary.value for event in calendar.vevent_list] == ["Befriending, Shek Lei"]
    assert not any(word in answer.html for word in PRIVATE)


@pytest.mark.parametrize("text", ["\r\nBEGIN:VALARM", "a,b;c\\d", "長" * 60])
def test_whatever_a_kind_is_called_the_file_stays_one(agreed: Story, app: Flask, text: str) -> None:
    def rename(session: Session) -> None:
        visit = session.merge(agreed.visits()[0])
        assert visit.request.kind is not None
        visit.request.kind.name_zh = text[:60]

    agreed.reads(rename)
    first = read(app, made(agreed, app)).vevent_list[0]
    assert first.summary.value.startswith(text[:60].replace("\r\n", "\n"))
    assert not hasattr(first, "valarm")

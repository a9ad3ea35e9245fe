"""Lessons stand in the calendars of who learns, who teaches, and the desk."""

import pytest
from flask import Flask, url_for
from icalendar import Calendar

from app.calendar.use_cases import make_feed
from app.shared.database import Database
from app.training.use_cases.runs import add_trainer
from app.volunteers.models import Volunteer
from tests.people import NOW
from tests.training.campus import FIRST, Campus
from tests.visits.story import signed_in


@pytest.fixture
def campus(database: Database, keys: object, monkeypatch: pytest.MonkeyPatch) -> Campus:
    monkeypatch.setattr("app.calendar.routes.utc_now", lambda: NOW)
    return Campus(database)


def feed_of(campus: Campus, app: Flask, owner: Volunteer | None) -> list[tuple[str, str, str]]:
    """(summary, place, page) of the events that a calendar programme is told."""

    def make(session: object) -> str:
        feed = make_feed(session, owner or campus.coordinator, by=campus.by, now=NOW)  # type: ignore[arg-type]  # a session
        return str(feed.token)

    token = campus.does(make)
    with app.test_request_context():
        path = url_for("calendar.feed", token=token)
    read = Calendar.from_ical(app.test_client().get(path).data)
    return [
        (str(event["SUMMARY"]), str(event["LOCATION"]), str(event["URL"])) for event in read.walk("VEVENT")
    ]


def test_who_learns_who_teaches_and_the_desk_see_lessons(campus: Campus, app: Flask) -> None:
    alice, tang, bob = (campus.volunteer(name) for name in ("Alice", "Teacher Tang", "Bob"))
    campus.enrols(alice)
    campus.does(lambda session: add_trainer(session, campus.run, tang.id, by=campus.by, now=NOW))
    for volunteer, words in ((alice, "Lifting course"), (tang, "Lifting course"), (bob, "No visits")):
        own = signed_in(app, campus.account(volunteer))
        for view in ("week", "month"):
            page = own.opens(f"/volunteer/{volunteer.id}/calendar?view={view}&day={FIRST}")
            assert words in page.words
    own = signed_in(app, campus.account(tang))
    assert "/my/lessons/" in own.opens(f"/volunteer/{tang.id}/calendar?view=week&day={FIRST}").html
    desk = signed_in(app, campus.coordinator)
    for view in ("week", "month"):
        assert "Lifting course" in desk.opens(f"/calendar?view={view}&day={FIRST}").words
        elsewhere = desk.opens(f"/calendar?view={view}&day={FIRST}&area=tsing_yi")
        assert "Lifting course" not in elsewhere.words
        assert "Lifting course" not in desk.opens(f"/calendar?view={view}&day={FIRST}&words=Bob").words
        narrowed = desk.opens(f"/calendar?view={view}&day={FIRST}&volunteer={alice.id}")
        assert "Lifting course" in narrowed.words


def test_a_calendar_programme_is_told_of_lessons(campus: Campus, app: Flask) -> None:
    alice, tang, bob = (campus.volunteer(name) for name in ("Alice", "Teacher Tang", "Bob"))
    campus.enrols(alice)
    campus.does(lambda session: add_trainer(session, campus.run, tang.id, by=campus.by, now=NOW))
    learnt = feed_of(campus, app, alice)
    assert [event[:2] for event in learnt] == [("課程：扶抱班", "石籬社區會堂")] * 2
    assert learnt[0][2].endswith(f"/volunteer/{alice.id}/runs/{campus.run}")
    assert "/my/lessons/" in feed_of(campus, app, tang)[0][2]
    assert feed_of(campus, app, bob) == []
    assert feed_of(campus, app, None)[0][2].endswith(f"/runs/{campus.run}")

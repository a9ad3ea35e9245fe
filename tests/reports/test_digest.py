"""Coordinators are sent what waits once a day, in one message of figures and without a name."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRecipient
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.reports.use_cases import queue_digests
from app.shared.database import Database
from app.shared.times import hong_kong_moment
from app.visits.models import VisitStatus
from app.visits.use_cases.seats import give_up_seat
from app.weather.models import WarningKind
from app.weather.use_cases import declare_warning
from scheduler.ticking import Ticker
from tests.matching.night_people import AT_TEN
from tests.people import make_coordinator, make_request, make_visit
from tests.visitor import make_config
from tests.visits.story import Story

TUESDAY = date(2026, 11, 24)
AT = time(8, 45)


def clock(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return hong_kong_moment(day, time(hour, minute))


@pytest.fixture
def morning(app: Flask, database: Database) -> Story:
    """A volunteer has given up the first of two visits; the coordinator reads e-mail, another has none."""
    story = Story(database)
    story.says_yes()
    seat = story.seats()[0].id

    def fall_through(session: Session) -> None:
        give_up_seat(session, seat, "陳小明 is ill", by=None, now=AT_TEN)
        session.merge(story.coordinator).email = "ho@example.org"
        make_coordinator(session, "Without e-mail")

    story.reads(fall_through)
    return story


def queued(story: Story, now: datetime) -> int:
    return story.reads(lambda session: queue_digests(session, AT, now=now))


def said(story: Story, app: Flask, language: str) -> str:
    def read(session: Session) -> str:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "digest")).one()
        wording = worded(session, message, language)
        return f"{wording.subject}\n{wording.text}"

    with app.app_context():
        return story.reads(read)


def test_each_coordinator_is_told_once_from_the_hour_on(morning: Story) -> None:
    assert queued(morning, clock(8, 44)) == 0
    assert queued(morning, clock(8, 45)) == 1
    assert queued(morning, clock(9)) == 0
    assert queued(morning, clock(8, 45, TUESDAY + timedelta(days=1))) == 1


def test_a_morning_without_a_scheduler_is_not_told_of_in_the_evening(morning: Story) -> None:
    assert queued(morning, clock(18)) == 0


def test_it_says_what_waits_in_figures_and_names_nobody(morning: Story, app: Flask) -> None:
    morning.reads(
        lambda session: declare_warning(
            session, WarningKind.T3, clock(8), by=morning.coordinator.id, now=clock(8)
        )
    )
    queued(morning, clock(10, 30))
    words = said(morning, app, "en")
    assert "Today, Tuesday 24 November: what waits" in words
    assert "\n1 visits need cover\n" in words
    assert "1 fell through since yesterday" in words
    assert "Weather: Typhoon signal No. 3" in words
    assert "http://localhost/board" in words
    assert "CHAN" not in words
    assert "陳小明" not in words + said(morning, app, "zh_Hant_HK")
    assert "0 " not in words.replace("10 ", "")


def test_when_nothing_waits_nothing_is_sent(app: Flask, database: Database) -> None:
    def only_a_coordinator(session: Session) -> int:
        make_coordinator(session).email = "ho@example.org"
        session.flush()
        return queue_digests(session, AT, now=clock(9))

    assert database.in_transaction(only_a_coordinator) == 0


def test_visits_on_holidays_ahead_are_in_it(morning: Story, app: Flask) -> None:
    christmas = date(2026, 12, 25)

    def needs_somebody(session: Session) -> None:
        recipient = session.scalars(select(CareRecipient)).one()
        request = make_request(session, recipient, windows=((christmas, 20, 24),))
        make_visit(session, request, christmas, status=VisitStatus.NEEDS_COVER)

    morning.reads(needs_somebody)
    queued(morning, clock(9, 0, date(2026, 12, 14)))
    assert "Friday 25 December Christmas Day: one visit" in said(morning, app, "en")


def test_the_scheduler_sends_it(morning: Story, app: Flask, database: Database) -> None:
    settings = make_config(database, app.extensions["settings"].keyring).with_changes(is_demonstration=True)
    for config, count in ((settings, 0), (settings.with_changes(digest_at=AT), 1)):
        ticker = Ticker(app, config, database, clock=lambda: clock(9))
        ticker._tell_what_waits()
        assert morning.queued().count("digest") == count

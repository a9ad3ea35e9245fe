"""Reminders of visits and of offers, and the hours in which nobody is written to."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages import use_cases as messages
from app.messages.delivery import worded
from app.messages.models import Channel, OutboxMessage
from app.messages.use_cases import QuietHours, install_quiet_hours
from app.shared.times import hong_kong_moment
from app.visits.models import AnsweredHow, SeatStatus, VisitStatus
from app.visits.use_cases.changes import suspend_visit
from app.visits.use_cases.offers import answer_offer
from app.visits.use_cases.reminding import ReminderTimes, queue_reminders
from app.visits.use_cases.seats import cancel_visit, give_up_seat
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE, AT_TEN
from tests.people import give_seat, make_request, make_visit
from tests.visits.story import Story

TIMES = ReminderTimes((7, 1), time(10), 2)
FIRST, SECOND = date(2026, 11, 25), date(2026, 12, 2)
NIGHT = QuietHours(time(21), time(8, 30))


@pytest.fixture
def quiet_nights() -> Iterator[None]:
    before = list(messages._quiet)
    install_quiet_hours(NIGHT)
    yield
    messages._quiet[:] = before


def reminded(story: Story, now: datetime) -> list[OutboxMessage]:
    """What the reminders of this moment have queued."""

    def remind(session: Session) -> list[OutboxMessage]:
        last = max(session.scalars(select(OutboxMessage.id)), default=0)
        queue_reminders(session, TIMES, now=now)
        rows = session.scalars(
            select(OutboxMessage).where(OutboxMessage.id > last).order_by(OutboxMessage.id)
        )
        return list(rows)

    return story.reads(remind)


def at(day: date, clock: time) -> datetime:
    return hong_kong_moment(day, clock)


def test_a_volunteer_is_reminded_a_week_a_day_and_two_hours_before(story: Story) -> None:
    story.says_yes()
    moments = {
        at(FIRST, time(7, 59)): [],
        at(FIRST, time(8)): [("visit_reminder", [1])],
        at(FIRST, time(9, 59)): [],
        at(FIRST, time(10)): [("visit_reminder", [2])],
        at(FIRST, time(23)): [],
        at(date(2026, 12, 1), time(9, 59)): [],
        at(date(2026, 12, 1), time(10)): [("visit_reminder", [2]), ("carer_reminder", None)],
        at(SECOND, time(8)): [("visit_reminder", [2])],
        at(SECOND, time(10)): [],
    }
    found = {
        moment: [(row.kind, row.ids.get("seats")) for row in reminded(story, moment)] for moment in moments
    }
    assert found == moments


def test_reminders_are_queued_once_however_often_the_clock_knocks(story: Story) -> None:
    story.says_yes()
    assert len(reminded(story, at(FIRST, time(10, 0)))) == 1
    for minute in range(1, 4):
        assert reminded(story, at(FIRST, time(10, minute))) == []


def test_whoever_said_yes_a_moment_ago_is_not_reminded_at_once(story: Story) -> None:
    at_eleven = AT_TEN + timedelta(hours=1)
    ids = [seat.id for seat in story.seats()]

    story.reads(
        lambda session: answer_offer(
            session, story.offer_id, ids, how=AnsweredHow.LINK, by=None, now=at_eleven
        )
    )
    assert reminded(story, at_eleven + timedelta(minutes=1)) == []


def test_two_visits_of_one_day_are_one_message(story: Story, app: Flask) -> None:
    def another_visit(session: Session) -> None:
        volunteer = session.scalars(select(Volunteer)).one()
        visit = make_visit(
            session, make_request(session, windows=((SECOND, 30, 32),)), SECOND, status=VisitStatus.ACCEPTED
        )
        give_seat(session, visit, volunteer, SeatStatus.ACCEPTED)

    story.says_yes()
    story.reads(another_visit)
    rows = [row for row in reminded(story, at(date(2026, 12, 1), time(10))) if row.kind == "visit_reminder"]
    assert [len(row.ids["seats"]) for row in rows] == [2]
    with app.test_request_context():
        said = story.reads(
            lambda session: worded(session, session.get_one(OutboxMessage, rows[0].id), "en").text
        )
    assert "Wednesday 2 December 10 am to 12 noon; Befriending in Shek Lei, Wednesday 2 December 3 pm" in said


def test_a_suspended_visit_is_not_reminded_of(story: Story) -> None:
    story.says_yes()
    visit = story.visits()[0]
    story.reads(lambda session: suspend_visit(session, visit.id, "No. 8", by=None, now=AT_TEN))
    assert reminded(story, at(FIRST, time(8))) == []


def test_an_offer_is_reminded_of_once_when_half_of_its_time_is_over(story: Story, app: Flask) -> None:
    left, runs_out = AT_NINE + timedelta(minutes=10), at(FIRST, time(10)) - timedelta(hours=20)
    half = left + (runs_out - left) / 2
    assert reminded(story, half - timedelta(minutes=1)) == []
    (row,) = reminded(story, half)
    assert reminded(story, half + timedelta(minutes=1)) == []
    assert (row.kind, row.expires_at) == ("offer_reminder", runs_out)
    with app.test_request_context():
        said = story.reads(lambda session: worded(session, session.get_one(OutboxMessage, row.id), "en").text)
    assert f"http://localhost/offers/{story.token}" in said


def test_an_offer_that_is_answered_is_not_reminded_of(story: Story) -> None:
    story.says_yes()
    assert [row for row in reminded(story, AT_TEN + timedelta(hours=4)) if row.kind == "offer_reminder"] == []


def test_nobody_is_phoned_two_hours_before(story: Story) -> None:
    story.says_yes()

    def by_phone(session: Session) -> None:
        session.scalars(select(Volunteer)).one().reached_by = Channel.PHONE_CALL

    story.reads(by_phone)
    assert reminded(story, at(FIRST, time(8))) == []


@pytest.mark.usefixtures("quiet_nights")
def test_what_can_wait_waits_for_the_morning(story: Story) -> None:
    story.says_yes()
    at_eleven_at_night = at(FIRST, time(23))
    visit = story.visits()[1]
    story.reads(
        lambda session: cancel_visit(
            session, visit.id, "x", tells_carer=True, by=None, now=at_eleven_at_night
        )
    )
    rows = story.reads(
        lambda session: list(
            session.scalars(select(OutboxMessage).where(OutboxMessage.queued_at == at_eleven_at_night))
        )
    )
    assert {row.kind for row in rows} == {"seat_cancelled", "visit_cancelled"}
    assert {row.not_before for row in rows} == {at(date(2026, 11, 26), time(8, 30))}


@pytest.mark.usefixtures("quiet_nights")
def test_what_concerns_the_hours_to_come_does_not_wait(story: Story) -> None:
    story.says_yes()
    at_six = at(FIRST, time(6))
    story.reads(lambda session: give_up_seat(session, story.seats()[0].id, "", by=None, now=at_six))
    row = story.reads(
        lambda session: session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "visit_uncovered")
        ).one()
    )
    assert row.not_before == at_six


@pytest.mark.usefixtures("quiet_nights")
def test_an_early_visits_reminder_waits_for_the_morning_and_goes_with_the_visit(story: Story) -> None:
    story.says_yes()
    (row,) = reminded(story, at(FIRST, time(8)))
    assert (row.not_before, row.expires_at) == (at(FIRST, time(8, 30)), at(FIRST, time(10)))
    story.reads(
        lambda session: give_up_seat(session, story.seats()[0].id, "", by=None, now=at(FIRST, time(8, 10)))
    )
    assert story.reads(lambda session: session.get_one(OutboxMessage, row.id).status) == "withdrawn"


@pytest.mark.parametrize(
    ("hours", "moment", "waits_until"),
    [
        (NIGHT, datetime(2026, 11, 24, 12, 59, tzinfo=UTC), None),
        (NIGHT, datetime(2026, 11, 24, 13, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 30, tzinfo=UTC)),
        (NIGHT, datetime(2026, 11, 24, 20, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 30, tzinfo=UTC)),
        (NIGHT, datetime(2026, 11, 25, 0, 30, tzinfo=UTC), None),
        (QuietHours(time(1), time(6)), datetime(2026, 11, 24, 16, 59, tzinfo=UTC), None),
        (
            QuietHours(time(1), time(6)),
            datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
            datetime(2026, 11, 24, 22, 0, tzinfo=UTC),
        ),
        (QuietHours(time(), time()), datetime(2026, 11, 24, 20, 0, tzinfo=UTC), None),
    ],
)
def test_quiet_hours_end_in_the_morning(
    hours: QuietHours, moment: datetime, waits_until: datetime | None
) -> None:
    assert hours.waits_until(moment) == (waits_until or moment)

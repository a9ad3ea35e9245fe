"""The day of a visit: one tap each, the carer's yes, and nobody who goes alone is forgotten."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.database import refusal_of
from app.shared.times import hong_kong_moment
from app.visits.models import Attendance, Mark, MoveBecause, NotedHow, Visit, VisitMove, VisitStatus
from app.visits.queries.days import Alarm, day_rows
from app.visits.use_cases.attending import NotInTheFuture, TooEarly, note_mark
from app.visits.use_cases.reminding import ReminderTimes, queue_reminders
from app.visits.use_cases.seats import VisitIsOver
from tests.visits.story import Story, signed_in

WEDNESDAY = date(2026, 11, 25)


def at(clock: time, day: date = WEDNESDAY) -> datetime:
    """A moment of the day of the first visit, which is from ten to twelve."""
    return hong_kong_moment(day, clock)


def note(story: Story, mark: Mark, now: datetime, how: NotedHow = NotedHow.PHONE_CALL) -> None:
    seat = story.seats()[0].id
    story.reads(lambda session: note_mark(session, seat, mark, how, by=story.coordinator.id, now=now))


def alarm(story: Story, now: datetime) -> Alarm | None:
    rows = story.reads(lambda session: day_rows(session, now))
    return next((row.alarm for row in rows), None)


def first_visit(story: Story) -> Visit:
    return story.visits()[0]


@pytest.fixture
def agreed(story: Story) -> Story:
    story.says_yes()
    return story


def test_the_buttons_are_there_on_the_day_only(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    path = f"/my/visits/{agreed.seats()[0].id}"
    for moment, has_buttons in (
        (at(time(6, 59)), False),
        (at(time(7)), True),
        (at(time(12), WEDNESDAY + timedelta(days=1)), True),
        (at(time(12, 1), WEDNESDAY + timedelta(days=1)), False),
    ):
        ten_in_the_morning.move_to(moment)
        me = signed_in(app, agreed.volunteer_account)
        page = me.opens(path)
        assert ("I am there" in page.words) is has_buttons
        me.opens(f"{path}/wrong", status=200 if has_buttons else 404)


def test_one_tap_says_on_the_way_there_and_finished(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    path = f"/my/visits/{agreed.seats()[0].id}"
    for moment, mark, says, status in (
        (at(time(9, 30)), "on_the_way", "You are on the way", VisitStatus.ACCEPTED),
        (at(time(9, 58)), "arrived", "You are there", VisitStatus.ATTENDED),
        (at(time(12, 5)), "left", "Thank you! Get home safely.", VisitStatus.ATTENDED),
    ):
        ten_in_the_morning.move_to(moment)
        me = signed_in(app, agreed.volunteer_account)
        me.sends(path, to=f"{path}/today", mark=mark)
        assert says in me.opens(path).words
        assert first_visit(agreed).status is status
    moves = agreed.reads(lambda session: list(session.scalars(select(VisitMove).order_by(VisitMove.id))))
    assert moves[-1].because is MoveBecause.HELPER_ARRIVED
    assert alarm(agreed, at(time(20))) is None


def test_a_tap_sent_twice_is_noted_once(agreed: Story) -> None:
    note(agreed, Mark.ARRIVED, at(time(10)))
    note(agreed, Mark.ARRIVED, at(time(10, 5)))
    assert len(agreed.reads(lambda session: session.scalars(select(Attendance)).all())) == 1


def test_an_unknown_tap_is_refused(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(10)))
    path = f"/my/visits/{agreed.seats()[0].id}"
    signed_in(app, agreed.volunteer_account).sends(path, to=f"{path}/today", mark="did_not_come", status=400)


def test_the_carer_is_told_of_a_delay(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(9, 40)))
    seat = agreed.seats()[0].id
    me = signed_in(app, agreed.volunteer_account)
    assert me.sends(f"/my/visits/{seat}/late", status=422).errors == {"minutes": "Choose how late you are."}
    me.sends(f"/my/visits/{seat}/late", minutes="20")
    assert agreed.queued()[-1] == "helper_late"

    def said(session: Session) -> str:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "helper_late")).one()
        return worded(session, row, language="en").text

    with app.test_request_context():
        assert "Ms CHAN comes about 20 minutes later today: Befriending in Shek Lei" in agreed.reads(said)
    assert alarm(agreed, at(time(10, 39))) is None
    assert alarm(agreed, at(time(10, 40))) is Alarm.NOT_SEEN


def test_whoever_is_not_heard_of_is_called_and_so_is_whoever_does_not_report_back(agreed: Story) -> None:
    assert alarm(agreed, at(time(10, 19))) is None
    assert alarm(agreed, at(time(10, 20))) is Alarm.NOT_SEEN
    note(agreed, Mark.ARRIVED, at(time(10, 25)))
    assert alarm(agreed, at(time(12, 29))) is None
    assert alarm(agreed, at(time(12, 30))) is Alarm.NOT_BACK
    note(agreed, Mark.SAFE, at(time(12, 35)))
    assert alarm(agreed, at(time(12, 36))) is None


def test_a_volunteer_is_asked_by_message_before_anybody_calls(agreed: Story, app: Flask) -> None:
    note(agreed, Mark.ARRIVED, at(time(10)))

    def remind(now: datetime) -> int:
        times = ReminderTimes((), time(10), 2)
        return agreed.reads(lambda session: queue_reminders(session, times, now=now))

    assert remind(at(time(12, 14))) == 0
    assert remind(at(time(12, 15))) == 1
    assert remind(at(time(12, 16))) == 0

    def said(session: Session) -> str:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "report_back")).one()
        return worded(session, row, language="en").text

    with app.test_request_context():
        assert f"http://localhost/my/visits/{agreed.seats()[0].id}" in agreed.reads(said)


def test_something_wrong_at_the_door_stands_first_until_somebody_has_spoken_with_them(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(10, 2)))
    seat = agreed.seats()[0].id
    me = signed_in(app, agreed.volunteer_account)
    page = me.opens(f"/my/visits/{seat}/wrong")
    assert 'href="tel:999"' in page.html
    assert 'href="tel:23456789"' in page.html
    me.sends(f"/my/visits/{seat}/wrong", what="nobody", words="the television is on")
    desk = signed_in(app, agreed.coordinator)
    today = desk.opens("/today")
    assert "Something is wrong" in today.words
    assert "Nobody opens: the television is on" in today.words
    assert "1 to call about today’s visits" in desk.opens("/board").words
    desk.sends(f"/seats/{seat}/day", mark="safe", words="she was asleep")
    assert "Nobody has to be called at the moment" in desk.opens("/today").words


def test_the_carers_yes_counts_as_having_come(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(11)))
    visit = first_visit(agreed)
    own = f"/my/requests/{visit.request_id}"
    carer = signed_in(app, agreed.carer_account)
    assert "Has your helper come?" in carer.opens(own).words
    carer.sends(own, to=f"{own}/visits/{visit.id}/came", came="yes")
    assert first_visit(agreed).status is VisitStatus.ATTENDED
    row = agreed.reads(lambda session: session.scalars(select(Attendance)).one())
    assert (row.mark, row.how, row.at) == (Mark.ARRIVED, NotedHow.CARER, at(time(10)))
    assert "No, nobody came" not in carer.opens(own).words


def test_a_no_show_is_followed_up_and_may_turn_out_to_be_wrong(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(11)))
    visit = first_visit(agreed)
    own = f"/my/requests/{visit.request_id}"
    signed_in(app, agreed.carer_account).sends(own, to=f"{own}/visits/{visit.id}/came", came="no")
    assert first_visit(agreed).status is VisitStatus.NO_SHOW
    assert alarm(agreed, at(time(11))) is Alarm.ABSENT
    assert alarm(agreed, at(time(11), WEDNESDAY + timedelta(days=6))) is Alarm.ABSENT
    desk = signed_in(app, agreed.coordinator)
    desk.sends(f"/seats/{agreed.seats()[0].id}/day", mark="arrived", clock="10:10", words="the carer was out")
    assert first_visit(agreed).status is VisitStatus.ATTENDED
    assert alarm(agreed, at(time(11, 30))) is None


def test_a_time_typed_strangely_or_ahead_is_asked_again(
    agreed: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(time(10, 30)))
    path = f"/seats/{agreed.seats()[0].id}/day"
    desk = signed_in(app, agreed.coordinator)
    assert "Type a time such as 10:05." in desk.sends(path, status=422, mark="arrived", clock="soon").words
    assert "This time is still to come." in desk.sends(path, status=422, mark="arrived", clock="10:45").words
    desk.sends(path, mark="arrived", clock="9:55")
    row = agreed.reads(lambda session: session.scalars(select(Attendance)).one())
    assert row.at == at(time(9, 55))


def test_nothing_is_noted_before_the_day_nor_of_a_visit_that_is_off(agreed: Story) -> None:
    with pytest.raises(TooEarly):
        note(agreed, Mark.ARRIVED, at(time(6)))
    seat = agreed.seats()[0].id
    with pytest.raises(NotInTheFuture):
        agreed.reads(
            lambda session: note_mark(
                session, seat, Mark.ARRIVED, NotedHow.PHONE_CALL, at=at(time(11)), by=1, now=at(time(10))
            )
        )
    declined = agreed.seats()[1].id

    def decline(session: Session) -> None:
        session.execute(text("UPDATE visits SET status = 'cancelled' WHERE id = 2"))

    agreed.reads(decline)
    with pytest.raises(VisitIsOver):
        agreed.reads(
            lambda session: note_mark(
                session, declined, Mark.ARRIVED, NotedHow.TAP, by=1, now=at(time(11), date(2026, 12, 2))
            )
        )


@pytest.mark.parametrize("statement", ["UPDATE attendances SET words = 'x'", "DELETE FROM attendances"])
def test_what_was_said_of_a_day_does_not_change(agreed: Story, statement: str) -> None:
    note(agreed, Mark.ARRIVED, at(time(10)))
    with pytest.raises(IntegrityError) as caught:
        agreed.reads(lambda session: session.execute(text(statement)))
    assert refusal_of(caught.value) == "history_is_append_only"

"""After a visit: the volunteer's report in four taps, the carer's two, thanks passed on, worries kept apart."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.safeguarding.models import Concern
from app.shared.audit import AuditRow
from app.shared.times import hong_kong_moment
from app.visits.models import (
    Feedback,
    Mark,
    NextStep,
    NotedHow,
    VisitReport,
    VisitStatus,
    Went,
)
from app.visits.queries.days import days_of
from app.visits.use_cases.reporting import (
    Said,
    TooEarlyToSay,
    WrittenAlready,
    give_feedback,
    write_report,
)
from app.visits.use_cases.seats import VisitIsOver
from tests.visits.story import Story, signed_in

WEDNESDAY = date(2026, 11, 25)
AFTERNOON = hong_kong_moment(WEDNESDAY, time(14))
TAPS: dict[str, Any] = {"went": "well", "minutes": "120", "next_step": "keep", "worries": "no"}
SAID = Said(Went.WELL, 120, NextStep.KEEP)


@pytest.fixture
def over(story: Story, ten_in_the_morning: time_machine.Traveller) -> Story:
    """The first of two visits has just been; it is two in the afternoon."""
    story.says_yes()
    ten_in_the_morning.move_to(AFTERNOON)
    return story


def reports(story: Story, now: datetime = AFTERNOON, how: NotedHow = NotedHow.TAP) -> VisitReport:
    seat = story.seats()[0].id
    by = story.volunteer_account.id
    return story.reads(lambda session: write_report(session, seat, SAID, how, by=by, now=now))


def test_a_report_takes_four_taps(over: Story, app: Flask) -> None:
    seat = over.seats()[0]
    me = signed_in(app, over.volunteer_account)
    home = f"/volunteer/{seat.volunteer_id}"
    assert "Tell us in four taps" in me.opens(home).words
    missing = me.sends(f"/my/visits/{seat.id}/report", status=422).errors
    assert missing.keys() == {"went", "minutes", "next_step", "worries"}
    me.sends(f"/my/visits/{seat.id}/report", **TAPS, words="we played chess")
    report = over.reads(lambda session: session.scalars(select(VisitReport)).one())
    assert (report.went, report.minutes, report.next_step, str(report.words)) == (
        Went.WELL,
        120,
        NextStep.KEEP,
        "we played chess",
    )
    assert over.visits()[0].status is VisitStatus.REPORTED
    assert "Tell us in four taps" not in me.opens(home).words
    desk = signed_in(app, over.coordinator)
    assert "we played chess" in desk.opens("/visits/said").words


def test_who_reports_was_there_and_is_back(over: Story) -> None:
    reports(over)
    seat = over.seats()[0].id
    day = over.reads(lambda session: days_of(session, [seat])[seat])
    assert [row.mark for row in day.marks] == [Mark.ARRIVED, Mark.LEFT]
    assert day.alarm(over.visits()[0], AFTERNOON) is None


def test_a_report_is_written_once_and_not_before_the_visit(over: Story) -> None:
    with pytest.raises(TooEarlyToSay):
        reports(over, hong_kong_moment(WEDNESDAY, time(9)))
    reports(over)
    with pytest.raises(WrittenAlready):
        reports(over)


def test_two_weeks_later_a_report_is_a_coordinators_matter(over: Story) -> None:
    later = AFTERNOON + timedelta(days=15)
    with pytest.raises(VisitIsOver):
        reports(over, later)
    assert reports(over, later, NotedHow.PHONE_CALL).how is NotedHow.PHONE_CALL


def test_a_coordinator_enters_a_report_told_on_the_phone(over: Story, app: Flask) -> None:
    seat = over.seats()[0]
    desk = signed_in(app, over.coordinator)
    assert "Report, told on the phone" in desk.opens(f"/visits/{seat.visit_id}").words
    desk.sends(f"/seats/{seat.id}/report", **(TAPS | {"went": "difficult"}))
    assert over.reads(lambda session: session.scalars(select(VisitReport.by_id)).one()) == over.coordinator.id
    assert "It was difficult" in desk.opens("/visits/said").words
    assert "A volunteer’s report wants a look" in desk.opens("/follow-ups").words


def test_a_worry_goes_to_the_safeguarding_lead_and_nobody_else(over: Story, app: Flask) -> None:
    seat = over.seats()[0]
    me = signed_in(app, over.volunteer_account)
    path = f"/my/visits/{seat.id}/report"
    assert me.sends(path, status=422, **(TAPS | {"worries": "yes"})).errors == {
        "worry": "Write what worries you, in a few words."
    }
    answer = me.sends(path, **(TAPS | {"worries": "urgent", "worry": "bruises on both arms"}))
    assert answer.goes_to.endswith("/worry/thanks?urgent=1")
    assert 'href="tel:999"' in me.opens("/worry/thanks?urgent=1").html
    concern = over.reads(lambda session: session.scalars(select(Concern)).one())
    assert concern.due_at - concern.raised_at == timedelta(hours=1)
    desk = signed_in(app, over.coordinator)
    for page in ("/visits/said", f"/visits/{seat.visit_id}", f"/volunteers/{seat.volunteer_id}", "/board"):
        shown = desk.opens(page)
        assert "bruises" not in shown.words
        assert "oncern" not in shown.words
    raised = over.reads(
        lambda session: session.scalars(select(AuditRow).where(AuditRow.action == "concern.raised")).one()
    )
    assert raised.actor_id is None


def test_a_worry_that_was_taken_back_is_not_kept(over: Story, app: Flask) -> None:
    seat = over.seats()[0]
    me = signed_in(app, over.volunteer_account)
    me.sends(f"/my/visits/{seat.id}/report", **TAPS, worry="typed, then no")
    assert over.reads(lambda session: session.scalars(select(Concern)).all()) == []


def test_the_carer_answers_in_two_taps_and_thanks_reach_the_helper(over: Story, app: Flask) -> None:
    visit = over.visits()[0]
    own = f"/my/requests/{visit.request_id}"
    carer = signed_in(app, over.carer_account)
    assert "Tell us in two taps" in carer.opens(own).words
    carer.sends(f"{own}/visits/{visit.id}/feedback", was_good="yes", wants_same="yes", thanks="多謝陳女士！")
    assert "Thank you, you have told us" in carer.opens(own).words
    assert over.queued()[-1] == "thanks"

    def said(session: Session) -> str:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "thanks")).one()
        return worded(session, row).text

    with app.test_request_context():
        assert "有人留言多謝你" in over.reads(said)
        assert "多謝陳女士" not in over.reads(said)
    home = signed_in(app, over.volunteer_account).opens(f"/volunteer/{over.seats()[0].volunteer_id}")
    assert "多謝陳女士！" in home.words
    answer = carer.sends(f"{own}/visits/{visit.id}/feedback", status=422, was_good="no", wants_same="no")
    assert "This has been said already" in answer.words


def test_a_carer_who_is_not_content_is_seen_by_the_coordinators_first(over: Story, app: Flask) -> None:
    visit = over.visits()[0]
    carer = signed_in(app, over.carer_account)
    carer.sends(f"/my/requests/{visit.request_id}/visits/{visit.id}/feedback", was_good="no", wants_same="no")
    desk = signed_in(app, over.coordinator)
    assert "A carer was not content with a visit" in desk.opens("/follow-ups").words
    page = desk.opens("/visits/said")
    assert "Not so good" in page.words
    assert "Would rather have somebody else" in page.words
    assert "thanks" not in over.queued()


def test_feedback_is_given_once(over: Story) -> None:
    visit, by = over.visits()[0].id, over.carer_account.id

    def give(session: Session) -> Feedback:
        return give_feedback(
            session, visit, was_good=True, wants_same=True, how=NotedHow.CARER, by=by, now=AFTERNOON
        )

    over.reads(give)
    with pytest.raises(WrittenAlready):
        over.reads(give)


def test_a_visit_to_come_has_no_feedback(over: Story, app: Flask) -> None:
    visit = over.visits()[1]
    carer = signed_in(app, over.carer_account)
    carer.opens(f"/my/requests/{visit.request_id}/visits/{visit.id}/feedback", status=404)


def test_what_a_carer_says_on_the_phone_is_entered_at_the_desk(over: Story, app: Flask) -> None:
    desk = signed_in(app, over.coordinator)
    visit = over.visits()[0].id
    assert "What the carer says of it, told on the phone" in desk.opens(f"/visits/{visit}").words
    here = f"/visits/{visit}/feedback"
    assert desk.sends(here, status=422).errors.keys() == {"was_good", "wants_same"}
    desk.sends(here, was_good="yes", wants_same="yes", thanks="多謝！")
    feedback = over.reads(lambda session: session.scalars(select(Feedback)).one())
    assert (feedback.how, feedback.by_id) == (NotedHow.PHONE_CALL, over.coordinator.id)
    assert "thanks" in over.queued()
    to_come = over.visits()[1].id
    desk.sends(f"/visits/{to_come}/feedback", status=422, was_good="yes", wants_same="yes")


@pytest.mark.parametrize("who", ["volunteer_account", "carer_account", "coordinator"])
def test_whoever_is_signed_in_finds_where_to_say_what_worries_them(over: Story, app: Flask, who: str) -> None:
    first = signed_in(app, getattr(over, who)).opens("/worry")
    assert 'href="/worry"' in first.html

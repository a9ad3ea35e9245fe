"""The pages of hours: what waits for the coordinators, one volunteer's ledger, and the volunteer's own record."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.visits.models import NextStep, NotedHow, Went
from app.visits.use_cases.reporting import Said, write_report
from app.volunteers.models import Volunteer
from tests.recognition.conftest import AFTERNOON
from tests.visits.story import Story, signed_in


def reports(story: Story, minutes: int = 120) -> None:
    seat, by = story.seats()[0].id, story.volunteer_account.id
    said = Said(Went.WELL, minutes, NextStep.KEEP)
    story.reads(lambda session: write_report(session, seat, said, NotedHow.TAP, by=by, now=AFTERNOON))


def test_plain_hours_are_ticked_and_confirmed_together(story: Story, app: Flask) -> None:
    reports(story)
    seat = story.seats()[0].id
    desk = signed_in(app, story.coordinator)
    page = desk.opens("/hours?tick=plain")
    assert "1 plain" in page.words or "One plain" in page.words
    assert "2 hours 10 am to 12 noon" in page.words
    assert "Tick the hours to confirm." in desk.sends("/hours", status=422).words
    desk.sends("/hours", pick=f"{seat}-600-720")
    shown = desk.opens("/hours")
    assert "The hours of one visit are counted." in shown.words
    assert "All hours are decided" in shown.words


def test_the_board_says_how_many_visits_wait_the_day_after(
    story: Story, app: Flask, clock: time_machine.Traveller
) -> None:
    desk = signed_in(app, story.coordinator)
    assert "0 visits whose hours wait" in desk.opens("/board").words
    clock.move_to(AFTERNOON + timedelta(days=1))
    assert "1 visits whose hours wait" in signed_in(app, story.coordinator).opens("/board").words


def test_a_key_that_nobody_was_shown_confirms_nothing(story: Story, app: Flask) -> None:
    reports(story)
    desk = signed_in(app, story.coordinator)
    for key in ("x", "-", "99999999999999999999-1-2", ""):
        assert "Tick the hours to confirm." in desk.sends("/hours", pick=key, status=422).words
    desk.sends("/hours", pick="2147483647-600-720")
    assert "One plain" in desk.opens("/hours").words


def test_the_doubtful_are_looked_at_one_by_one(story: Story, app: Flask) -> None:
    reports(story, 180)
    seat = story.seats()[0].id
    desk = signed_in(app, story.coordinator)
    assert "Much longer than planned" in desk.opens("/hours").words
    path = f"/hours/seats/{seat}"
    assert 'value="13:00"' in desk.opens(path).html
    refused = desk.sends(path, status=422, starts="10:00", until="13:00")
    assert refused.errors == {"reason": "Say why, in a few words: it is kept with the decision."}
    desk.sends(path, starts="１０：００", until="1230", reason="waited for the carer")
    ledger = desk.opens(f"/volunteers/{story.seats()[0].volunteer_id}/hours")
    assert "2 hours 30 minutes" in ledger.words
    assert "waited for the carer" in ledger.words
    desk.opens(path, status=404)


def test_times_that_cannot_be_read_are_said_beside_the_field(story: Story, app: Flask) -> None:
    reports(story)
    desk = signed_in(app, story.coordinator)
    path = f"/hours/seats/{story.seats()[0].id}"
    refused = desk.sends(path, status=422, starts="half past", until="25:00")
    assert refused.errors == {
        "starts": "Type a time such as 09:30 or 14:00.",
        "until": "Type a time such as 09:30 or 14:00.",
    }
    assert 'value="half past"' in refused.html


def test_nothing_is_counted_by_a_button_of_its_own(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    path = f"/hours/seats/{story.seats()[0].id}"
    desk.sends(path, starts="10:00", until="12:00", reason="nobody opened", nothing="1")
    assert "All hours are decided" in desk.opens("/hours").words


def test_a_visit_that_is_not_over_sends_back_to_the_list(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    answer = desk.opens(f"/hours/seats/{story.seats()[1].id}", status=303)
    assert answer.goes_to.endswith("/hours")


def test_other_work_is_entered_corrected_and_taken_back(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    path = f"/volunteers/{story.seats()[0].volunteer_id}/hours"
    missing = desk.sends(f"{path}/enter", status=422).errors
    assert missing.keys() == {"day", "work", "starts", "until"}
    desk.sends(f"{path}/enter", day="2026-11-22", work="street stall", starts="10:00", until="12:30")
    page = desk.opens(path)
    assert "street stall" in page.words
    assert "In total: 2 hours 30 minutes" in page.words
    correct = next(part for part in page.html.split('"') if part.endswith("/correct"))
    assert desk.sends(correct, status=422, starts="10:00", until="12:00").errors.keys() == {"reason"}
    desk.sends(correct, starts="10:00", until="12:00", reason="the list says so")
    page = desk.opens(path)
    assert "In total: 2 hours Every row" in page.words
    assert "Taken back" in page.words
    again = next(part for part in page.html.split('"') if part.endswith("/correct"))
    desk.sends(again, nothing="1", reason="another person of this name")
    assert "In total: None" in desk.opens(path).words


def test_hours_from_paper_are_entered_and_corrected_as_a_number(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    path = f"/volunteers/{story.seats()[0].volunteer_id}/hours"
    refused = desk.sends(f"{path}/from-paper", status=422, hours="many", day="2025-12-31", work="sheets")
    assert refused.errors == {"hours": "Type the hours as a number, such as 12 or 12.5."}
    late = desk.sends(f"{path}/from-paper", status=422, hours="62.5", day="2025-12-31", work="sheets of 2025")
    assert late.errors.keys() == {"reason"}
    desk.sends(
        f"{path}/from-paper", hours="６２．５", day="2025-12-31", work="sheets of 2025", reason="found"
    )
    page = desk.opens(path)
    assert "Up to Wednesday 31 December 2025" in page.words
    correct = next(part for part in page.html.split('"') if part.endswith("/correct"))
    assert 'value="62.5"' in desk.opens(correct).html
    assert desk.sends(correct, status=422, hours="", reason="x").errors.keys() == {"hours"}
    desk.sends(correct, hours="60", reason="counted again")
    assert "In total: 60 hours" in desk.opens(path).words


def test_a_volunteer_sees_their_record_and_who_brought_nothing_an_empty_page(
    story: Story, app: Flask
) -> None:
    volunteer = story.seats()[0].volunteer_id
    me = signed_in(app, story.volunteer_account)
    assert "Your hours of service" not in me.opens(f"/volunteer/{volunteer}").words
    assert "No hours are counted yet" in me.opens(f"/volunteer/{volunteer}/hours").words
    reports(story)
    signed_in(app, story.coordinator).sends("/hours", pick=f"{story.seats()[0].id}-600-720")

    def before(session: Session) -> None:
        session.get_one(Volunteer, volunteer).confirmed_hours_before = 12.5

    story.reads(before)
    assert "Your hours of service" in me.opens(f"/volunteer/{volunteer}").words
    record = me.opens(f"/volunteer/{volunteer}/hours")
    assert "November 2026: 2 hours" in record.words
    assert "12.5 more hours" in record.words
    assert "李伯伯" not in record.words


def test_a_coordinator_who_volunteers_is_told_that_another_confirms(story: Story, app: Flask) -> None:
    reports(story)

    volunteer = story.seats()[0].volunteer_id

    def own(session: Session) -> None:
        session.get_one(Volunteer, volunteer).account_id = story.coordinator.id

    story.reads(own)
    desk = signed_in(app, story.coordinator)
    assert "Yours: another coordinator confirms it" in desk.opens("/hours").words
    answer = desk.sends(f"/hours/seats/{story.seats()[0].id}", status=422, starts="10:00", until="12:00")
    assert "These are your own hours" in answer.words

"""Offers answered on a phone, a volunteer's visits, a carer's helpers, and the coordinators' side of all three."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import CareRequest, Occurrence, RequestAct
from app.matching.translate import snapshot
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.visits.models import AnsweredHow, EndedBecause, Offer, SeatStatus, Visit, VisitStatus
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.matching.night_people import AT_NINE, AT_TEN
from tests.people import (
    make_account,
)
from tests.visitor import Opened, Visitor
from tests.visits.story import Story, signed_in

PRIVATE = (
    "李伯伯",
    "Flat 7, Invented House",
    "+852",
    "6123 0002",
    "bell is broken",
    "hard of hearing",
    "LAM",
)


def told_by(page: Opened, link: str) -> str:
    """A page without its random words, which may spell anybody's name."""
    html = page.html
    for random in (link.rpartition("/")[2], *page.hidden.values()):
        html = html.replace(random, "")
    return html


def test_opening_the_link_changes_nothing_and_shows_nothing_private(story: Story, visitor: Visitor) -> None:
    before = story.reads(lambda session: session.scalars(select(AuditRow.id)).all())
    for _ in range(2):
        page = visitor.opens(story.link)
    assert "Ms CHAN, can you help?" in page.words
    assert "Befriending" in page.words
    assert "Wednesday 25 November 10 am to 12 noon" in page.words
    assert not [private for private in PRIVATE if private in told_by(page, story.link)]
    assert story.statuses() == [SeatStatus.OFFERED] * 2
    assert story.reads(lambda session: session.scalars(select(AuditRow.id)).all()) == before


def test_the_button_says_yes_once(story: Story, visitor: Visitor) -> None:
    link = story.link
    page = visitor.opens(link)
    fields = {**page.hidden, "answer": "yes"}
    for _ in range(2):
        assert visitor.client.post(link, data=fields).status_code == 303
    assert story.statuses() == [SeatStatus.ACCEPTED] * 2
    thanks = visitor.opens(link)
    assert "Thank you, you are coming!" in thanks.words
    assert not [private for private in PRIVATE if private in told_by(thanks, link)]
    offer = story.reads(lambda session: session.get_one(Offer, story.offer_id))
    assert (offer.answered_how, offer.answered_by_id, offer.token) == (AnsweredHow.LINK, None, None)


def test_an_answer_from_another_page_after_the_first_is_told_kindly(story: Story, app: Flask) -> None:
    link = story.link
    one, two = Visitor(app), Visitor(app)
    late = two.opens(link).hidden
    one.sends(link, answer="no", reason="my grandchild comes")
    answer = two.client.post(link, data={**late, "answer": "yes"})
    assert answer.status_code == 422
    assert "has been answered" in answer.text
    assert story.statuses() == [SeatStatus.DECLINED] * 2
    assert {seat.end_reason for seat in story.seats()} == {"my grandchild comes"}


def test_some_of_the_days_may_be_ticked(story: Story, visitor: Visitor) -> None:
    first, _second = story.seats()
    page = visitor.sends(story.link, status=422, answer="some")
    assert page.errors == {"days": "Tick the days on which you can come, or say no."}
    visitor.sends(story.link, answer="some", days=str(first.id))
    assert story.statuses() == [SeatStatus.ACCEPTED, SeatStatus.DECLINED]


def test_a_press_of_no_button_is_asked_again(story: Story, visitor: Visitor) -> None:
    assert "Please press one of the buttons" in visitor.sends(story.link, status=422).words
    assert story.statuses() == [SeatStatus.OFFERED] * 2


@pytest.mark.parametrize("token", ["nothing", "a" * 43, "%00", "1' OR '1'='1"])
def test_an_unknown_link_is_not_found_without_hints(story: Story, visitor: Visitor, token: str) -> None:
    page = visitor.opens(f"/offers/{token}", status=404)
    assert "Page not found" in page.words


def test_a_link_does_not_open_before_its_message_has_left(
    story: Story, visitor: Visitor, ten_in_the_morning: time_machine.Traveller
) -> None:
    link = story.link
    ten_in_the_morning.move_to(AT_NINE + timedelta(minutes=9))
    visitor.opens(link, status=404)


def test_an_offer_that_ran_out_says_so_kindly(
    story: Story, visitor: Visitor, ten_in_the_morning: time_machine.Traveller
) -> None:
    link = story.link
    ten_in_the_morning.move_to(datetime(2026, 11, 26, tzinfo=AT_TEN.tzinfo))
    assert "The time to answer is over" in visitor.opens(link).words


def test_the_link_speaks_the_volunteers_language_until_another_is_chosen(story: Story, app: Flask) -> None:
    client = app.test_client()
    assert "陳女士，你能幫忙嗎？" in client.get(story.link, headers={"Accept-Language": "en"}).text
    client.set_cookie("language", "en")
    assert "Ms CHAN, can you help?" in client.get(story.link).text


def test_a_yes_that_a_rule_speaks_against_is_answered_without_saying_which(
    story: Story, visitor: Visitor
) -> None:
    def pause(session: Session) -> None:
        session.scalars(select(Volunteer)).one().status = VolunteerStatus.PAUSED

    story.reads(pause)
    page = visitor.sends(story.link, status=422, answer="yes")
    assert "we cannot take your yes here. We call you" in page.words
    assert story.statuses() == [SeatStatus.OFFERED] * 2


def test_signed_in_the_offer_waits_on_the_first_page(story: Story, app: Flask) -> None:
    me = signed_in(app, story.volunteer_account)
    home = me.opens(f"/volunteer/{_volunteer_id(story)}")
    assert "One question waits for your answer" in home.words
    me.sends(f"/my/offers/{story.offer_id}", answer="yes")
    offer = story.reads(lambda session: session.get_one(Offer, story.offer_id))
    assert (offer.answered_how, offer.answered_by_id) == (AnsweredHow.SIGNED_IN, story.volunteer_account.id)
    home = me.opens(f"/volunteer/{_volunteer_id(story)}")
    assert "Your next visit" in home.words
    assert "question" not in home.words


def test_nobody_else_opens_a_volunteers_pages(story: Story, app: Flask) -> None:
    story.says_yes()
    stranger = signed_in(
        app, story.reads(lambda session: make_account(session, "Stranger", Role.VOLUNTEER, Role.CARER))
    )
    seat = story.seats()[0]
    for path in (
        f"/my/offers/{story.offer_id}",
        f"/my/visits/{seat.id}",
        f"/my/visits/{seat.id}/details",
        f"/my/visits/{seat.id}/cannot-come",
        f"/my/requests/{_request_id(story)}/helpers/{seat.volunteer_id}/refuse",
    ):
        stranger.opens(path, status=404)


def test_the_address_is_shown_from_two_days_before_until_a_day_after_and_written_down(
    story: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    story.says_yes()
    seat = story.seats()[1]
    path = f"/my/visits/{seat.id}/details"
    starts = datetime(2026, 12, 2, 2, 0, tzinfo=AT_TEN.tzinfo)
    ends = starts + timedelta(hours=2)
    for moment, status in (
        (starts - timedelta(hours=48, minutes=1), 404),
        (starts - timedelta(hours=48), 200),
        (ends + timedelta(hours=24), 200),
        (ends + timedelta(hours=24, minutes=1), 404),
    ):
        ten_in_the_morning.move_to(moment)
        page = signed_in(app, story.volunteer_account).opens(path, status=status)
        assert ("Flat 7, Invented House" in page.html) is (status == 200)
        assert ("A little hard of hearing" in page.html) is (status == 200)
        assert ("The bell is broken" in page.html) is (status == 200)
    seen = story.reads(
        lambda session: session.scalars(
            select(AuditRow.action).where(
                AuditRow.action.in_(("visit.details_shown", RequestAct.DETAILS_SEEN.value))
            )
        ).all()
    )
    assert seen.count("visit.details_shown") == 2
    assert seen.count(RequestAct.DETAILS_SEEN.value) == 2


def test_the_meeting_place_of_an_outing_is_released_like_an_address(app: Flask, database: Database) -> None:
    story = Story(database, is_at_home=False, meeting_place="By the lift of the library")
    story.says_yes()
    seat = story.seats()[0]
    page = signed_in(app, story.volunteer_account).opens(f"/my/visits/{seat.id}/details")
    assert "By the lift of the library" in page.words
    assert "Flat 7" not in page.html


def test_an_outing_without_a_meeting_place_says_to_call_first(app: Flask, database: Database) -> None:
    story = Story(database, is_at_home=False)
    story.says_yes()
    page = signed_in(app, story.volunteer_account).opens(f"/my/visits/{story.seats()[0].id}/details")
    assert "It is not on record where you meet. Please call us before you go." in page.words
    assert "Flat 7" not in page.html


def test_an_address_asks_for_a_fresh_code(
    story: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    story.says_yes()
    me = signed_in(app, story.volunteer_account)
    ten_in_the_morning.shift(timedelta(minutes=31))
    page = me.opens(f"/my/visits/{story.seats()[0].id}/details", status=302)
    assert "/verify" in page.goes_to


def test_before_the_answer_a_seat_shows_no_visit(story: Story, app: Flask) -> None:
    me = signed_in(app, story.volunteer_account)
    for path in ("", "/details", "/cannot-come"):
        me.opens(f"/my/visits/{story.seats()[0].id}{path}", status=404)


def test_a_volunteer_who_cannot_come_after_all_says_so(story: Story, app: Flask) -> None:
    story.says_yes()
    seat = story.seats()[0]
    signed_in(app, story.volunteer_account).sends(f"/my/visits/{seat.id}/cannot-come", reason="ill")
    gone = story.seats()[0]
    assert (gone.status, gone.ended_because, gone.end_reason) == (
        SeatStatus.DECLINED,
        EndedBecause.GAVE_UP,
        "ill",
    )
    assert (
        story.reads(lambda session: session.get_one(Visit, seat.visit_id).status) is VisitStatus.NEEDS_COVER
    )
    assert "visit_uncovered" in story.queued()


def test_the_carer_is_told_who_comes_and_may_ask_for_somebody_else(story: Story, app: Flask) -> None:
    story.says_yes()
    carer = signed_in(app, story.carer_account)
    page = carer.opens(f"/my/requests/{_request_id(story)}")
    assert "Ms CHAN" in page.words
    assert "Siu Ming" not in page.words
    refuse = f"/my/requests/{_request_id(story)}/helpers/{_volunteer_id(story)}/refuse"
    assert carer.sends(refuse, status=422, reason="").errors == {
        "reason": "Say why, in a few words: it is kept with the decision."
    }
    carer.sends(refuse, reason="he would rather talk with a man")
    assert {seat.ended_because for seat in story.seats()} == {EndedBecause.CARER_REFUSED}
    carer.opens(refuse, status=404)
    board = signed_in(app, story.coordinator).opens("/board")
    assert "he would rather talk with a man" in board.words


def test_a_helper_refused_by_the_carer_is_not_proposed_for_the_request_again(
    story: Story, app: Flask
) -> None:
    story.says_yes()
    carer = signed_in(app, story.carer_account)
    carer.sends(f"/my/requests/{_request_id(story)}/helpers/{_volunteer_id(story)}/refuse", reason="no")
    problem = story.reads(lambda session: snapshot(session, date(2026, 11, 25))).problem
    assert all(visit.excluded == (problem.volunteers[0].id,) for visit in problem.visits)


def test_the_answer_of_a_call_is_entered(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    assert "CHAN Siu Ming" in desk.opens("/offers-unanswered").words
    assert "☐ Yes ☐ No" in desk.opens("/offers-unanswered/print").words
    path = f"/offers-unanswered/{story.offer_id}"
    first, _second = story.seats()
    asked = desk.sends(path, status=200, answer="some", days=str(first.id), reason="my son comes")
    assert "Is this what Ms CHAN said?" in asked.words or "Is this what CHAN Siu Ming said?" in asked.words
    assert "Yes: Wednesday 25 November 10 am to 12 noon" in asked.words
    assert "No: Wednesday 2 December 10 am to 12 noon (my son comes)" in asked.words
    assert story.statuses() == [SeatStatus.OFFERED] * 2
    asked = desk.sends(path, status=200, answer="yes")
    assert desk.client.post(path, data=asked.hidden).status_code == 303
    offer = story.reads(lambda session: session.get_one(Offer, story.offer_id))
    assert (offer.answered_how, offer.answered_by_id) == (AnsweredHow.PHONE_CALL, story.coordinator.id)
    assert "Everybody has answered" in desk.opens("/offers-unanswered").words
    assert "You said yes" in desk.opens(f"/offers-unanswered/{story.offer_id}").words


def test_the_coordinator_sees_the_rule_that_speaks_against_a_yes(story: Story, app: Flask) -> None:
    def pause(session: Session) -> None:
        session.scalars(select(Volunteer)).one().status = VolunteerStatus.PAUSED

    story.reads(pause)
    page = signed_in(app, story.coordinator).sends(
        f"/offers-unanswered/{story.offer_id}", status=422, answer="yes", sure="1"
    )
    assert "is not active, or a guardian’s consent is missing" in page.words


def test_a_coordinator_takes_somebody_off_a_visit_with_a_reason(story: Story, app: Flask) -> None:
    story.says_yes()
    seat = story.seats()[0]
    desk = signed_in(app, story.coordinator)
    assert "reason" in desk.sends(f"/seats/{seat.id}/release", status=422, reason=" ").errors
    desk.sends(f"/seats/{seat.id}/release", reason="the clearance has lapsed", who="coordinator")
    page = desk.opens(f"/visits/{seat.visit_id}")
    assert "Taken off by a coordinator: the clearance has lapsed" in page.words
    assert "Needs cover" in page.words
    assert (
        "is not on this visit any more"
        in desk.sends(f"/seats/{seat.id}/release", status=422, reason="again").words
    )


def test_a_visit_called_off_is_not_planned_again(story: Story, app: Flask) -> None:
    story.says_yes()
    seat = story.seats()[0]
    desk = signed_in(app, story.coordinator)
    desk.sends(f"/visits/{seat.visit_id}/cancel", reason="in hospital", tells_carer="y")
    assert story.reads(lambda session: session.get_one(Visit, seat.visit_id).status) is VisitStatus.CANCELLED
    called_off = story.reads(
        lambda session: session.scalars(
            select(Occurrence.cancel_reason).where(Occurrence.cancelled_at.is_not(None))
        ).all()
    )
    assert called_off == ["in hospital"]
    assert story.queued()[-2:] == ["seat_cancelled", "visit_cancelled"]
    assert (
        "has begun or was called off"
        in desk.sends(f"/visits/{seat.visit_id}/cancel", status=422, reason="again").words
    )


def test_visits_are_listed_by_status(story: Story, app: Flask) -> None:
    desk = signed_in(app, story.coordinator)
    assert "2 visits" in desk.opens("/visits").words
    assert "There are no such visits" in desk.opens("/visits?status=accepted").words
    for strange in ("?status=nonsense", "?page=0", "?page=99999999999999999999", "?page=x"):
        assert "2 visits" in desk.opens(f"/visits{strange}").words


@pytest.mark.parametrize("language", ["zh_Hant_HK", "en"])
def test_messages_say_area_kind_day_and_surname_and_nothing_private(
    story: Story, app: Flask, language: str
) -> None:
    story.says_yes()
    seat = story.seats()[0]
    desk = signed_in(app, story.coordinator)
    desk.sends(f"/seats/{seat.id}/release", reason="the clearance has lapsed", who="coordinator")
    desk.sends(f"/visits/{story.seats()[1].visit_id}/cancel", reason="in hospital", tells_carer="y")

    def texts(session: Session) -> dict[str, str]:
        rows = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind != "offer").order_by(OutboxMessage.id)
        )
        found = {}
        for row in rows:
            wording = worded(session, row, language=language)
            found[row.kind] = f"{wording.subject}\n{wording.text}"
        return found

    with app.test_request_context():
        said = story.reads(texts)
    assert said.keys() == {"visit_agreed", "seat_cancelled", "visit_uncovered", "visit_cancelled"}
    day = "11月25日（星期三）" if language == "zh_Hant_HK" else "Wednesday 25 November"
    assert day in said["visit_uncovered"]
    assert ("陳女士" if language == "zh_Hant_HK" else "Ms CHAN") in said["seat_cancelled"]
    for text in said.values():
        assert not [private for private in (*PRIVATE, "lapsed", "hospital", "%(") if private in text], text
        assert (
            ("石籬" if language == "zh_Hant_HK" else "Shek Lei") in text
            or "changed" in text
            or "有變" in text
        )


@pytest.mark.parametrize("language", ["zh_Hant_HK", "en"])
def test_the_offer_is_worded_with_its_link(story: Story, app: Flask, language: str) -> None:
    def text(session: Session) -> str:
        row = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "offer")).one()
        return worded(session, row, language=language).text

    with app.test_request_context():
        said = story.reads(text)
    assert f"http://localhost/offers/{story.token}" in said
    assert ("陳女士，你能幫忙嗎？" if language == "zh_Hant_HK" else "Ms CHAN, can you help?") in said
    assert not [private for private in PRIVATE if private in said]


def _volunteer_id(story: Story) -> int:
    return story.reads(lambda session: session.scalars(select(Volunteer.id)).one())


def _request_id(story: Story) -> int:
    return story.reads(lambda session: session.scalars(select(CareRequest.id)).one())

"""By when an answer is wanted, and what stands on the page after a yes."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import Occurrence
from app.care_requests.use_cases.planning import plan_occurrences
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.database import Database
from app.shared.times import HONG_KONG
from app.visits.models import EndedBecause, Offer, SeatStatus
from app.visits.use_cases.offers import Place, expire_offers, is_answerable, offer_places
from tests.people import make_coordinator, make_request, make_volunteer
from tests.visitor import Visitor
from tests.visits.story import Story, signed_in

THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 on a Hong Kong clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HONG_KONG)


@pytest.mark.parametrize(
    ("leaves_at", "visit_on", "from_slot", "answer_by"),
    [
        pytest.param(at(24, 9, 10), date(2026, 12, 4), 20, at(26, 9, 30), id="the-next-half-hour"),
        pytest.param(at(24, 9, 30), date(2026, 12, 4), 20, at(26, 9, 30), id="a-half-hour-stays"),
        pytest.param(at(24, 21, 0), date(2026, 12, 4), 20, at(26, 21, 0), id="nine-in-the-evening-stays"),
        pytest.param(at(24, 23, 10), date(2026, 12, 4), 20, at(27, 9, 0), id="a-night-moves-on-to-nine"),
        pytest.param(at(24, 3, 10), date(2026, 12, 4), 20, at(26, 9, 0), id="small-hours-too"),
        pytest.param(at(24, 9, 10), THURSDAY, 20, at(25, 14, 0), id="twenty-hours-before-the-visit"),
        pytest.param(at(24, 9, 10), THURSDAY, 38, at(25, 21, 0), id="back-to-the-evening-before-a-near-visit"),
        pytest.param(at(25, 19, 0), THURSDAY, 28, at(26, 9, 0), id="too-late-for-the-evening"),
        pytest.param(at(25, 11, 10), THURSDAY, 20, at(25, 14, 30), id="three-hours-at-least"),
        pytest.param(at(25, 20, 0), THURSDAY, 16, at(26, 8, 0), id="never-after-the-visit-begins"),
    ],
)  # fmt: skip
def test_an_answer_is_wanted_by_a_time_that_people_say(
    database: Database,
    keys: object,
    rooms: None,
    leaves_at: datetime,
    visit_on: date,
    from_slot: int,
    answer_by: datetime,
) -> None:
    def ask(session: Session) -> datetime:
        volunteer = make_volunteer(session, "HELPFUL Ho", free=[(day, 12, 48) for day in range(7)])
        make_request(session, windows=((visit_on, from_slot, from_slot + 2),))
        plan_occurrences(session, visit_on, now=leaves_at)
        occurrence = session.scalars(select(Occurrence)).one()
        place = Place(occurrence, visit_on, from_slot, from_slot + 2)
        by = make_coordinator(session).id
        offer = offer_places(
            session, volunteer, [place], answer_hours=48, leaves_at=leaves_at, by=by, now=leaves_at
        )
        assert is_answerable(offer, answer_by - timedelta(seconds=1))
        assert expire_offers(session, now=answer_by - timedelta(seconds=1)) == 0
        assert expire_offers(session, now=answer_by) == 1
        return offer.answer_by

    assert database.in_transaction(ask) == answer_by


def test_the_message_and_the_page_name_the_same_time(app: Flask, story: Story, visitor: Visitor) -> None:
    said = "Wednesday 25 November 1:30 pm"
    story.reads(lambda session: setattr(session.get_one(Offer, story.offer_id), "answer_by", at(25, 13, 30)))
    assert f"Please answer by {said}." in visitor.opens(story.link).words

    def words(session: Session) -> str:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "offer")).one()
        message.language = "en"
        return worded(session, message).text

    with app.app_context():
        assert f"Please answer by {said}." in story.reads(words)


def test_after_a_yes_what_is_open_now_is_a_link_and_the_rest_has_its_moment(
    story: Story, visitor: Visitor
) -> None:
    link = story.link
    assert "you see the name and the address at once" in visitor.opens(link).words
    story.says_yes()
    soon, later = story.seats()
    page = visitor.opens(link)
    assert f'href="/my/visits/{soon.id}/details"' in page.html
    assert f'href="/my/visits/{later.id}/details"' not in page.html
    assert "Wednesday 2 December 10 am to 12 noon: open to you from Monday 30 November 10 am." in page.words


def test_before_a_yes_to_a_far_visit_the_page_says_from_when(
    story: Story, visitor: Visitor, ten_in_the_morning: time_machine.Traveller
) -> None:
    ten_in_the_morning.move_to(at(24, 9, 30))
    soon = story.seats()[0]
    story.reads(lambda session: setattr(session.merge(soon), "status", SeatStatus.DECLINED))
    assert "from two days before the visit" in visitor.opens(story.link).words


def test_after_a_yes_the_page_says_what_to_do_if_something_comes_up(
    story: Story, visitor: Visitor, ten_in_the_morning: time_machine.Traveller
) -> None:
    link = story.link
    story.says_yes()
    soon, later = story.seats()
    page = visitor.opens(link)
    assert "You cannot come after all?" in page.words
    assert f'href="/my/visits/{soon.id}/cannot-come"' in page.html
    assert 'href="tel:' in page.html.partition("<main")[2].partition("</main>")[0]
    ten_in_the_morning.move_to(at(25, 12, 30))
    page = visitor.opens(link)
    assert f'href="/my/visits/{soon.id}/cannot-come"' not in page.html
    assert f'href="/my/visits/{later.id}/cannot-come"' in page.html


def test_a_coordinator_enters_that_somebody_called_and_cannot_come(app: Flask, story: Story) -> None:
    story.says_yes()
    soon, later = story.seats()
    desk = signed_in(app, story.coordinator)
    assert "who" in desk.sends(f"/seats/{soon.id}/release", status=422, reason="ill").errors
    desk.sends(f"/seats/{soon.id}/release", reason="ill", who="volunteer")
    desk.sends(f"/seats/{later.id}/release", reason="too far", who="coordinator")
    assert [seat.ended_because for seat in story.seats()] == [EndedBecause.GAVE_UP, EndedBecause.TAKEN_OFF]

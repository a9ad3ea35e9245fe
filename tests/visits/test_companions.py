"""Two go together: when one cannot come, the other waits for word, and gets it."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.messages.delivery import worded
from app.messages.models import Channel, MessageStatus, OutboxMessage
from app.messages.use_cases import Message, queue_message, recipient_of
from app.shared.database import Database
from app.visits.models import AnsweredHow, EndedBecause, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.visits.queries import are_details_released
from app.visits.use_cases.offers import answer_offer
from app.visits.use_cases.seats import give_up_seat, release_seat
from tests.matching.night_people import AT_TEN
from tests.people import give_seat, make_volunteer
from tests.visits.story import Story


@pytest.fixture
def together(app: Flask, database: Database) -> Story:
    """Both days need two: CHAN Siu Ming has said yes to both, Miss Lau to the first; the first is agreed."""
    story = Story(database, seats_min=2, seats_max=2)
    story.reads(lambda session: joins(session, "LAU Companion", SeatStatus.ACCEPTED))
    asked = [seat.id for seat in story.seats() if seat.offer_id == story.offer_id]
    story.reads(
        lambda session: answer_offer(
            session, story.offer_id, asked, how=AnsweredHow.LINK, by=None, now=AT_TEN
        )
    )
    return story


def joins(session: Session, name: str, status: SeatStatus) -> int:
    """Somebody more at the first visit; the seat's id."""
    phone = f"+8526123000{len(name) % 10}"
    volunteer = make_volunteer(session, name, phone=phone, reached_by=Channel.SMS)
    first = session.scalars(select(Visit).order_by(Visit.id).limit(1)).one()
    return give_seat(session, first, volunteer, status).id


def cannot_come(story: Story) -> None:
    seat = story.seats()[0]
    story.reads(lambda session: give_up_seat(session, seat.id, "ill", by=None, now=AT_TEN))


def goes_instead(story: Story) -> None:
    seat_id = story.reads(lambda session: joins(session, "HO Instead", SeatStatus.OFFERED))
    offer_id = story.reads(lambda session: session.get_one(VisitSeat, seat_id).offer_id)
    story.reads(
        lambda session: answer_offer(session, offer_id, [seat_id], how=AnsweredHow.LINK, by=None, now=AT_TEN)
    )


def everything_leaves(session: Session) -> None:
    session.execute(
        update(OutboxMessage).values(status=MessageStatus.SENT, secret_box=None, finished_at=AT_TEN)
    )


def told(story: Story, seat: VisitSeat) -> list[tuple[str, MessageStatus]]:
    """What was said to the holder of a seat of the two waiting for each other."""

    def look(session: Session) -> list[tuple[str, MessageStatus]]:
        kinds = ("seat_uncovered", "seat_agreed")
        query = select(OutboxMessage).where(OutboxMessage.kind.in_(kinds), OutboxMessage.about_id == seat.id)
        return [(row.kind, row.status) for row in session.scalars(query.order_by(OutboxMessage.id))]

    return story.reads(look)


def test_a_companion_waits_for_word_and_is_told_when_the_visit_takes_place(together: Story) -> None:
    lau = max(together.seats(), key=lambda seat: seat.id)
    assert told(together, lau) == []
    cannot_come(together)
    assert together.visits()[0].status is VisitStatus.NEEDS_COVER
    assert told(together, lau) == [("seat_uncovered", MessageStatus.QUEUED)]
    together.reads(everything_leaves)
    goes_instead(together)
    assert together.visits()[0].status is VisitStatus.ACCEPTED
    assert told(together, lau) == [
        ("seat_uncovered", MessageStatus.SENT),
        ("seat_agreed", MessageStatus.QUEUED),
    ]


def test_word_that_has_not_left_is_taken_back_when_somebody_else_goes(together: Story) -> None:
    lau = max(together.seats(), key=lambda seat: seat.id)
    cannot_come(together)
    goes_instead(together)
    assert told(together, lau) == [("seat_uncovered", MessageStatus.WITHDRAWN)]


def test_whoever_says_yes_to_a_visit_that_lacks_somebody_waits_too(together: Story, app: Flask) -> None:
    """The second day, to which nobody else has said yes."""
    second = together.visits()[1]
    assert second.status is VisitStatus.NEEDS_COVER
    seat = next(seat for seat in together.seats() if seat.visit_id == second.id)
    assert told(together, seat) == [("seat_uncovered", MessageStatus.QUEUED)]

    def text(session: Session) -> str:
        query = select(OutboxMessage).where(OutboxMessage.kind == "seat_uncovered")
        return worded(session, session.scalars(query).one()).text

    with app.test_request_context():
        assert "請待我們通知你會進行，才好出發" in together.reads(text)


def test_whoever_was_asked_hears_that_they_need_not_come_though_a_reminder_has_not_left(
    app: Flask, database: Database
) -> None:
    def remind(session: Session) -> None:
        offer = session.get_one(Offer, story.offer_id)
        reminder = Message(
            kind="offer_reminder",
            recipient=recipient_of(offer.volunteer),
            dedupe_key=f"offer_reminder:{offer.id}",
            ids={"offer": offer.id},
            about=offer,
        )
        queue_message(session, reminder, now=AT_TEN)

    def take_off(session: Session) -> None:
        for seat in story.seats():
            release_seat(session, seat.id, EndedBecause.TAKEN_OFF, by=story.coordinator.id, now=AT_TEN)

    story = Story(database)
    story.reads(everything_leaves)
    story.reads(remind)
    story.reads(take_off)
    assert story.queued() == ["seat_cancelled"]


def test_whoever_was_never_asked_hears_nothing(app: Flask, database: Database) -> None:
    story = Story(database)
    take_off = partial(release_seat, because=EndedBecause.TAKEN_OFF, by=story.coordinator.id, now=AT_TEN)
    for seat in story.seats():
        story.reads(partial(take_off, seat_id=seat.id))
        assert "seat_cancelled" not in story.queued()
    assert story.queued() == []


def test_name_and_address_are_shown_only_once_the_visit_is_agreed(together: Story) -> None:
    lau = max(together.seats(), key=lambda seat: seat.id)
    assert together.reads(lambda session: are_details_released(session.get_one(VisitSeat, lau.id), AT_TEN))
    cannot_come(together)
    assert not together.reads(
        lambda session: are_details_released(session.get_one(VisitSeat, lau.id), AT_TEN)
    )

"""Two people change one visit at the same moment: the end is as if one of them had been first."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.shared.database import Database
from app.shared.errors import Refusal
from app.shared.times import slot_moment
from app.visits.models import (
    AnsweredHow,
    EndedBecause,
    Mark,
    MoveBecause,
    NotedHow,
    Offer,
    SeatStatus,
    VisitStatus,
)
from app.visits.use_cases.attending import note_mark
from app.visits.use_cases.offers import answer_offer, expire_offers
from app.visits.use_cases.seats import cancel_visit, release_seat
from app.volunteers.use_cases import withdraw_volunteer
from tests.matching.night_people import AT_TEN
from tests.visits.story import Story

Act = Callable[[Session], object]


@pytest.fixture
def story(app: Flask, database: Database) -> Story:
    """A volunteer is asked about two days."""
    return Story(database)


def at_once(story: Story, *acts: Act) -> list[str]:
    """What each came to when all were let go at the same moment: "done", or the refusal's name."""
    barrier = threading.Barrier(len(acts))
    outcomes = [""] * len(acts)

    def run(number: int) -> None:
        barrier.wait()
        try:
            story.database.in_transaction(acts[number])
            outcomes[number] = "done"
        except Refusal as refusal:
            outcomes[number] = type(refusal).__name__

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert "" not in outcomes, f"somebody met with an error: {outcomes}"
    return outcomes


def says_yes(story: Story, now: datetime = AT_TEN) -> Act:
    ids = [seat.id for seat in story.seats()]
    return lambda session: answer_offer(session, story.offer_id, ids, how=AnsweredHow.LINK, by=None, now=now)


def story_offer(story: Story, session: Session) -> Offer:
    return session.get_one(Offer, story.offer_id)


def test_a_yes_at_the_moment_the_time_runs_out_counts_or_does_not(story: Story) -> None:
    answer_by = story.reads(lambda session: story_offer(story, session).answer_by)
    at_once(
        story,
        says_yes(story, answer_by - timedelta(seconds=1)),
        lambda session: expire_offers(session, now=answer_by),
    )
    offer = story.reads(lambda session: story_offer(story, session))
    if offer.answered_at is not None:
        assert story.statuses() == [SeatStatus.ACCEPTED] * 2
        assert offer.withdrawn_at is None
        assert "visit_agreed" in story.queued()
    else:
        assert story.statuses() == [SeatStatus.EXPIRED] * 2
        assert {visit.status for visit in story.visits()} == {VisitStatus.NEEDS_COVER}
        assert "visit_agreed" not in story.queued()


def test_a_yes_while_a_coordinator_takes_the_place_away_leaves_nobody_who_believes_to_go(
    story: Story,
) -> None:
    first = story.seats()[0]
    taken_off = EndedBecause.TAKEN_OFF
    outcomes = at_once(
        story,
        says_yes(story),
        lambda session: release_seat(session, first.id, taken_off, by=story.coordinator.id, now=AT_TEN),
    )
    assert outcomes[1] == "done"
    assert story.statuses()[0] is SeatStatus.CANCELLED
    assert story.visits()[0].status is VisitStatus.NEEDS_COVER
    assert (outcomes[0], "seat_cancelled" in story.queued()) in {("done", True), ("OfferChanged", False)}


def test_whoever_leaves_while_saying_yes_goes_nowhere(story: Story) -> None:
    volunteer_id = story.seats()[0].volunteer_id
    account_id = story.volunteer_account.id
    outcomes = at_once(
        story,
        says_yes(story),
        lambda session: withdraw_volunteer(session, volunteer_id, reason="", by=account_id, now=AT_TEN),
    )
    assert outcomes[1] == "done"
    assert SeatStatus.ACCEPTED not in story.statuses()
    assert {visit.status for visit in story.visits()} == {VisitStatus.NEEDS_COVER}


def test_a_visit_is_called_off_or_attended_never_both(story: Story) -> None:
    story.says_yes()
    visit, seat = story.visits()[0], story.seats()[0]
    early = slot_moment(visit.on_date, visit.from_slot) - timedelta(minutes=5)
    carer, helper = story.carer_account.id, story.volunteer_account.id
    outcomes = at_once(
        story,
        lambda session: cancel_visit(
            session,
            visit.id,
            "",
            because=MoveBecause.CARER_CALLED_OFF,
            tells_carer=False,
            by=carer,
            now=early,
        ),
        lambda session: note_mark(session, seat.id, Mark.ARRIVED, NotedHow.TAP, by=helper, now=early),
    )
    assert sorted(outcomes) == ["VisitIsOver", "done"]
    is_off = outcomes[0] == "done"
    assert story.visits()[0].status is (VisitStatus.CANCELLED if is_off else VisitStatus.ATTENDED)
    assert story.seats()[0].status is (SeatStatus.CANCELLED if is_off else SeatStatus.ACCEPTED)

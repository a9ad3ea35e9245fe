"""What people say that needs a coordinator stays on the board until somebody has dealt with it."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.matching.models import Proposal, ProposalStatus
from app.shared.database import Database
from app.visits.models import FollowUp, FollowUpKind, SeatStatus, VisitStatus
from tests.people import make_coordinator
from tests.visitor import Visitor
from tests.visits.story import Story, signed_in
from tests.world import make_world

REASON = "he would rather talk with a man"


def refuse(story: Story, app: Flask) -> FollowUp:
    """The carer would rather have somebody else; what that leaves for the desk."""
    story.says_yes()
    request_id = story.visits()[0].request_id
    volunteer_id = story.seats()[0].volunteer_id
    signed_in(app, story.carer_account).sends(
        f"/my/requests/{request_id}/helpers/{volunteer_id}/refuse", reason=REASON
    )
    return story.reads(lambda session: session.scalars(select(FollowUp)).one())


def desk_of(story: Story, app: Flask, account: Account | None = None) -> Visitor:
    return signed_in(app, account or story.coordinator)


def test_a_refused_helper_stays_on_the_board_until_somebody_has_dealt_with_it(
    story: Story, app: Flask, ten_in_the_morning: time_machine.Traveller
) -> None:
    left = refuse(story, app)
    assert (left.kind, left.words, left.done_at) == (FollowUpKind.HELPER_REFUSED, REASON, None)
    ten_in_the_morning.shift(timedelta(days=5))
    desk = desk_of(story, app)
    for path in ("/board", "/follow-ups", f"/requests/{left.request_id}"):
        page = desk.opens(path)
        assert f"/follow-ups/{left.id}" in page.html
        assert REASON in page.words
    assert "6123 0002" in desk.opens(f"/follow-ups/{left.id}").words
    errors = desk.sends(f"/follow-ups/{left.id}", status=422, outcome="").errors
    assert errors == {"outcome": "Say in a few words what came of it."}
    assert desk.sends(f"/follow-ups/{left.id}", outcome="Mr Ho comes instead").goes_to == "/follow-ups"
    for path in ("/board", f"/requests/{left.request_id}"):
        assert f"/follow-ups/{left.id}" not in desk.opens(path).html
    assert "Mr Ho comes instead Coordinator Ho" in desk.opens("/follow-ups").words
    assert "Mr Ho comes instead" in desk.opens(f"/follow-ups/{left.id}").words


def test_the_second_coordinator_is_told_that_it_is_dealt_with(story: Story, app: Flask) -> None:
    left = refuse(story, app)
    second = desk_of(story, app, story.reads(lambda session: make_coordinator(session, "Coordinator Kwok")))
    hidden = second.opens(f"/follow-ups/{left.id}").hidden
    desk_of(story, app).sends(f"/follow-ups/{left.id}", outcome="Mr Ho comes instead")
    answer = second.client.post(f"/follow-ups/{left.id}", data={**hidden, "outcome": "Ms Ma comes instead"})
    assert answer.status_code == 422
    assert "Somebody else has dealt with this already." in answer.text
    assert "Mr Ho comes instead" in answer.text
    assert story.reads(lambda session: session.get_one(FollowUp, left.id).outcome) == "Mr Ho comes instead"


@pytest.mark.parametrize("has_said_yes", [True, False])
def test_who_does_not_want_to_go_on_leaves_every_visit_and_the_desk_hears_of_it(
    story: Story, app: Flask, has_said_yes: bool
) -> None:
    if has_said_yes:
        story.says_yes()
    volunteer_id = story.seats()[0].volunteer_id
    own = signed_in(app, story.volunteer_account)
    assert "called off at once" in own.opens(f"/volunteer/{volunteer_id}/stop").words
    own.sends(f"/volunteer/{volunteer_id}/stop", reason="my knees")
    page = own.opens(f"/volunteer/{volunteer_id}")
    assert "You are not a volunteer at the moment" in page.words
    assert "/my/offers/" not in page.html
    assert set(story.statuses()) == {SeatStatus.CANCELLED}
    assert {visit.status for visit in story.visits()} == {VisitStatus.NEEDS_COVER}
    assert ("visit_uncovered" in story.queued()) is has_said_yes
    assert "my knees" in desk_of(story, app).opens("/board").words
    left = story.reads(lambda session: session.scalars(select(FollowUp)).one())
    assert (left.kind, left.request_id) == (FollowUpKind.VOLUNTEER_LEFT, None)
    desk_of(story, app).opens(f"/follow-ups/{left.id}")
    answer = Visitor(app).client.get(story.link)
    assert 'name="answer"' not in answer.text


def test_what_was_proposed_with_who_left_is_not_open_any_more(app: Flask, database: Database) -> None:
    world = database.in_transaction(make_world)
    volunteer_id = world.ids["volunteer"]
    own = Visitor(app).has_signed_in_as(world.accounts["volunteer"])
    own.sends(f"/volunteer/{volunteer_id}/stop")
    with database.reading() as session:
        assert session.get_one(Proposal, world.ids["proposal"]).status is ProposalStatus.CLOSED

"""What people say that needs a coordinator stays on the board until somebody has dealt with it."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.visits.models import FollowUp, FollowUpKind
from tests.people import make_coordinator
from tests.visitor import Visitor
from tests.visits.story import Story, signed_in

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

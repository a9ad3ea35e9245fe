"""傳承錄: with consent, without anybody else's name, read by a coordinator first, and taken back at any time."""

import pytest
from sqlalchemy.orm import Session

from app.care_requests.models import KnownHelper
from app.handover.errors import NamesSomebody, NotSenior, NotYet
from app.handover.models import Memory, MemoryStatus
from app.handover.use_cases.memories import release_memory, withdraw_memory, write_memory
from app.shared.times import utc_now
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.handover.wednesdays import Wednesdays
from tests.matching.test_cover import press
from tests.people import make_volunteer
from tests.visitor import Visitor

STORY = "有一天她笑了，我就明白為甚麼要來。"


def write(wednesdays: Wednesdays, words: str = STORY, *, of: int | None = None) -> int:
    return wednesdays.does(
        lambda session: (
            write_memory(
                session,
                of or wednesdays.senior,
                words,
                "張婆婆",
                consents=True,
                by=wednesdays.seniors_account.id,
                now=utc_now(),
            ).id
        )
    )


def test_from_a_seniors_page_to_the_public_page(wednesdays: Wednesdays) -> None:
    me = wednesdays.browser(wednesdays.seniors_account)
    here = f"/volunteer/{wednesdays.senior}/memories"
    refused = me.sends(here, words=STORY, signed_as="張婆婆", status=422)
    assert STORY in refused.html
    assert "consents" in refused.errors
    me.sends(here, words=STORY, signed_as="張婆婆", consents="y")
    stranger = Visitor(wednesdays.app)
    assert STORY not in stranger.opens("/memories").words
    desk = wednesdays.desk()
    assert STORY in desk.opens("/memories/all").words
    desk.sends("/memories/1", release="1", words="")
    assert STORY in stranger.opens("/memories").words
    assert "張婆婆" in stranger.opens("/memories").words


def test_newcomers_read_what_is_released(wednesdays: Wednesdays) -> None:
    memory = write(wednesdays)

    def release(session: Session) -> None:
        release_memory(session, memory, by=wednesdays.desk_account.id, now=utc_now())
        session.get_one(Volunteer, wednesdays.successor).status = VolunteerStatus.RETIRED
        session.flush()
        session.get_one(Volunteer, wednesdays.successor).status = VolunteerStatus.APPLIED

    wednesdays.does(release)
    newcomer = wednesdays.browser(wednesdays.successors_account)
    assert STORY in newcomer.opens(f"/volunteer/{wednesdays.successor}").words


@pytest.mark.parametrize("words", ["陳婆婆笑了。", "陳 婆婆笑了。", "Ask LAM Mei", "Call 9123 4567"])
def test_no_memory_says_who_somebody_is(wednesdays: Wednesdays, words: str) -> None:
    wednesdays.does(
        lambda session: session.add(
            KnownHelper(
                recipient_id=wednesdays.recipient, volunteer_id=wednesdays.senior, since=utc_now().date()
            )
        )
    )
    with pytest.raises(NamesSomebody):
        write(wednesdays, words)


def test_only_seniors_write(wednesdays: Wednesdays) -> None:
    newcomer = wednesdays.does(lambda session: make_volunteer(session, "Newcomer").id)
    with pytest.raises(NotSenior):
        write(wednesdays, of=newcomer)


def test_what_is_taken_back_is_read_by_nobody_and_never_released_again(wednesdays: Wednesdays) -> None:
    memory = write(wednesdays)
    desk = wednesdays.desk()
    desk.sends(f"/memories/{memory}", release="1", words="")
    me = wednesdays.browser(wednesdays.seniors_account)
    press(me, me.opens(f"/volunteer/{wednesdays.senior}/memories"), "Take it back")
    assert STORY not in Visitor(wednesdays.app).opens("/memories").words
    desk.opens(f"/memories/{memory}", status=404)
    with pytest.raises(NotYet):
        wednesdays.does(
            lambda session: release_memory(session, memory, by=wednesdays.desk_account.id, now=utc_now())
        )
    with pytest.raises(NotYet):
        wednesdays.does(
            lambda session: withdraw_memory(session, memory, by=wednesdays.seniors_account.id, now=utc_now())
        )


def test_what_is_kept_back_says_why_to_its_writer(wednesdays: Wednesdays) -> None:
    memory = write(wednesdays)
    desk = wednesdays.desk()
    desk.sends(f"/memories/{memory}", keep="1", words="", status=422)
    desk.sends(f"/memories/{memory}", keep="1", words="Please leave the hospital out")
    me = wednesdays.browser(wednesdays.seniors_account)
    assert "Please leave the hospital out" in me.opens(f"/volunteer/{wednesdays.senior}/memories").words
    assert wednesdays.does(lambda session: session.get_one(Memory, memory).status) is (MemoryStatus.KEPT_BACK)

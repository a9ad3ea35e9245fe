"""What holds once a duty has changed hands, or somebody has left: who reads what, and who holds it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.care_requests.models import CareRequest
from app.handover.errors import HandoverOver, WordsMissing
from app.handover.models import (
    DutyKind,
    Handover,
    HandoverItem,
    HandoverStatus,
    HeldDuty,
    Party,
    SignedFor,
)
from app.handover.queries.board import duties_without_handover
from app.handover.use_cases.beginning import Duty, begin_emergency, begin_handover
from app.handover.use_cases.closing import thank_senior
from app.handover.use_cases.pacing import set_pace
from app.handover.use_cases.seniors import end_held_duty, note_held_duty, write_line
from app.handover.use_cases.signing import stop_handover
from app.handover.use_cases.sweeping import sweep_handovers
from app.shared.errors import InvalidInput, NotFound
from app.shared.times import utc_now
from app.visits.models import SeatStatus, VisitStatus
from app.volunteers.models import Volunteer
from app.volunteers.use_cases import withdraw_volunteer
from tests.handover.wednesdays import NEXT_WEDNESDAY, Wednesdays
from tests.people import give_seat, make_visit

PRIVATE = ("Opera", "陳婆婆", "Cantonese opera")


def thanks(wednesdays: Wednesdays, handover: int) -> None:
    wednesdays.does(
        lambda session: thank_senior(
            session, handover, becomes_adviser=False, by=wednesdays.desk_account.id, now=utc_now()
        )
    )


def completes(wednesdays: Wednesdays) -> int:
    """Thanked, and the successor has gone alone once, which is enough."""
    handover = wednesdays.comes_to(HandoverStatus.SIGNED_OFF)
    by = wednesdays.desk_account.id
    thanks(wednesdays, handover)
    wednesdays.does(
        lambda session: set_pace(session, handover, shadows=0, led=0, alone=1, by=by, now=utc_now())
    )

    def goes_alone(session: Session) -> None:
        request = session.get_one(CareRequest, wednesdays.request)
        visit = make_visit(session, request, NEXT_WEDNESDAY + timedelta(days=7), status=VisitStatus.ATTENDED)
        give_seat(session, visit, session.get_one(Volunteer, wednesdays.successor), SeatStatus.ACCEPTED)
        session.flush()
        sweep_handovers(session, now=utc_now())

    wednesdays.does(goes_alone)
    assert wednesdays.status(handover) is HandoverStatus.CLOSED
    return handover


def is_stopped(wednesdays: Wednesdays) -> int:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    by = wednesdays.desk_account.id
    wednesdays.does(lambda session: stop_handover(session, handover, "She moves", by=by, now=utc_now()))
    return handover


def retires_in_the_middle(wednesdays: Wednesdays) -> int:
    handover = wednesdays.comes_to(HandoverStatus.CARER_AGREED)
    by = wednesdays.seniors_account.id
    wednesdays.does(
        lambda session: withdraw_volunteer(session, wednesdays.senior, reason="", by=by, now=utc_now())
    )
    return handover


@pytest.mark.parametrize("ends", [completes, is_stopped, retires_in_the_middle])
def test_a_senior_reads_nothing_of_the_client_any_more(
    wednesdays: Wednesdays, ends: Callable[[Wednesdays], int]
) -> None:
    handover = ends(wednesdays)
    cheung = wednesdays.browser(wednesdays.seniors_account)
    here = f"/volunteer/{wednesdays.senior}/handovers/{handover}"
    words = cheung.opens(here).words
    assert "What was written is kept" in words
    assert not [private for private in PRIVATE if private in words]
    item = wednesdays.does(lambda session: session.scalars(select(HandoverItem.id)).first())
    for path in (f"{here}/lines/{item}", f"{here}/lines/add", f"{here}/notes"):
        cheung.opens(path, status=404)
    assert "Opera" in wednesdays.desk().opens(f"/handovers/{handover}").words


def test_the_successor_reads_on_as_long_as_the_carer_agrees(wednesdays: Wednesdays) -> None:
    handover = completes(wednesdays)
    here = f"/volunteer/{wednesdays.successor}/handovers/{handover}"
    assert "Opera" in wednesdays.browser(wednesdays.successors_account).opens(here).words


def hands_on(wednesdays: Wednesdays, kind: DutyKind) -> int:
    """A role or knowledge, from one to the other with both signatures and thanks; the handover."""
    by = wednesdays.desk_account.id

    def begin(session: Session) -> int:
        held = note_held_duty(session, wednesdays.senior, kind, "Leads the team", by=by, now=utc_now())
        duty = Duty(held_duty_id=held.id)
        return begin_handover(session, wednesdays.senior, duty, step_back_on=None, by=by, now=utc_now()).id

    handover = wednesdays.does(begin)
    wednesdays.signs(handover, Party.SENIOR, SignedFor.BEGINNING)
    wednesdays.names(handover)
    wednesdays.signs(handover, Party.SUCCESSOR, SignedFor.BEGINNING)
    wednesdays.signs(handover, Party.SENIOR, SignedFor.CHANGE)
    wednesdays.signs(handover, Party.SUCCESSOR, SignedFor.CHANGE)
    thanks(wednesdays, handover)
    assert wednesdays.status(handover) is HandoverStatus.CLOSED
    return handover


def holders(session: Session) -> set[int]:
    return set(session.scalars(select(HeldDuty.volunteer_id).where(HeldDuty.ended_at.is_(None))))


def test_a_role_is_the_successors_once_it_is_handed_on(wednesdays: Wednesdays) -> None:
    hands_on(wednesdays, DutyKind.ROLE)
    assert wednesdays.does(holders) == {wednesdays.successor}
    words = wednesdays.desk().opens(f"/volunteers/{wednesdays.successor}/holds").words
    assert "Leads the team" in words


def test_what_somebody_knows_is_known_by_both_once_it_is_handed_on(wednesdays: Wednesdays) -> None:
    hands_on(wednesdays, DutyKind.KNOWLEDGE)
    assert wednesdays.does(holders) == {wednesdays.senior, wednesdays.successor}
    assert not wednesdays.does(duties_without_handover)


def test_a_role_that_is_handed_on_may_be_handed_on_again(wednesdays: Wednesdays) -> None:
    hands_on(wednesdays, DutyKind.ROLE)
    (held,) = wednesdays.does(lambda session: [each.id for each in duties_without_handover(session)])
    assert wednesdays.does(
        lambda session: (
            begin_emergency(
                session,
                wednesdays.successor,
                Duty(held_duty_id=held),
                "Ill since Monday",
                by=wednesdays.desk_account.id,
                now=utc_now(),
            ).id
        )
    )


def test_what_is_noted_and_ended_is_refused_when_it_makes_no_sense(wednesdays: Wednesdays) -> None:
    by, now = wednesdays.desk_account.id, utc_now()

    def try_all(session: Session) -> None:
        with pytest.raises(InvalidInput):
            note_held_duty(session, wednesdays.senior, DutyKind.VISITS, "Visits", by=by, now=now)
        with pytest.raises(WordsMissing):
            note_held_duty(session, wednesdays.senior, DutyKind.ROLE, "", by=by, now=now)
        held = note_held_duty(session, wednesdays.senior, DutyKind.ROLE, "Leads", by=by, now=now)
        end_held_duty(session, held.id, by=by, now=now)
        for gone in (held.id, held.id + 1):
            with pytest.raises(NotFound):
                end_held_duty(session, gone, by=by, now=now)
        with pytest.raises(WordsMissing):
            write_line(session, None, None, "鎖匙", "", is_in_use=True, by=by, now=now)
        with pytest.raises(InvalidInput):
            write_line(session, None, "no_such_kind", "鎖匙", "The key", is_in_use=True, by=by, now=now)
        with pytest.raises(NotFound):
            write_line(session, 9_999, None, "鎖匙", "The key", is_in_use=True, by=by, now=now)
        first = write_line(session, None, None, "鎖匙", "The key", is_in_use=True, by=by, now=now)
        again = write_line(session, first.id, None, "門匙", "The key", is_in_use=False, by=by, now=now)
        assert (again.id, again.words_zh, again.is_in_use) == (first.id, "門匙", False)

    wednesdays.does(try_all)


def test_fewer_visits_together_lead_on_at_once_and_nothing_is_paced_after_the_end(
    wednesdays: Wednesdays,
) -> None:
    by = wednesdays.desk_account.id
    handover = wednesdays.comes_to(HandoverStatus.SHADOWING)

    def pace(session: Session) -> Handover:
        return set_pace(session, handover, shadows=0, led=0, alone=2, by=by, now=utc_now())

    wednesdays.does(pace)
    assert wednesdays.status(handover) is HandoverStatus.LEADING
    wednesdays.does(lambda session: stop_handover(session, handover, "No more", by=by, now=utc_now()))
    with pytest.raises(HandoverOver):
        wednesdays.does(pace)

"""Several people, or one with two fingers, do the same at the same moment: it happens once, and nothing breaks."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Draft, Role
from app.care_requests.models import CareRequest, RequestStatus
from app.matching.models import Proposal, ProposalStatus
from app.messages.models import MessageStatus, OutboxMessage
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.visits.models import LIVE_SEATS, Offer, SeatStatus, Visit, VisitSeat, VisitStatus
from app.volunteers.models import Volunteer
from tests.test_access import browser_of
from tests.visitor import Visitor
from tests.world import OFFER_TOKEN, World, make_world

TOGETHER = 4


@pytest.fixture
def world(app: Flask) -> World:
    return app.extensions["database"].in_transaction(make_world)  # type: ignore[no-any-return]  # of make_world


def at_once(*acts: Callable[[], int]) -> Counter[int]:
    """How often each status was answered when all of `acts` were let go at the same moment."""
    barrier = threading.Barrier(len(acts))
    statuses: list[int] = []

    def run(act: Callable[[], int]) -> None:
        barrier.wait()
        statuses.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(statuses) == len(acts)
    return Counter(statuses)


def sending(browser: Visitor, path: str, *, to: str = "", **fields: object) -> Callable[[], int]:
    """The page at `path`, opened and filled in, ready to be sent."""
    hidden = browser.opens(path).hidden
    return lambda: browser.client.post(to or path, data={**hidden, **fields}).status_code


def look(database: Database, function: Callable[[Session], object]) -> object:
    with database.reading() as session:
        return function(session)


def test_a_yes_and_a_no_at_once_leave_one_answer(app: Flask, world: World, database: Database) -> None:
    path = f"/offers/{OFFER_TOKEN}"
    answers = ("yes", "no", "yes", "no")
    statuses = at_once(*(sending(Visitor(app), path, answer=answer, reason="busy") for answer in answers))
    assert set(statuses) <= {200, 303, 409, 422}
    with database.reading() as session:
        offer = session.get_one(Offer, world.ids["offer"])
        statuses_now = {seat.status for seat in offer.seats}
        assert statuses_now in ({SeatStatus.ACCEPTED}, {SeatStatus.DECLINED})
        told = session.scalar(select(func.count()).select_from(Visit).where(Visit.carer_told_at.is_not(None)))
        assert told == (1 if statuses_now == {SeatStatus.ACCEPTED} else 0)


def test_a_proposal_approved_by_many_at_once_makes_one_offer(
    app: Flask, world: World, database: Database
) -> None:
    before = look(database, lambda session: session.scalar(select(func.count()).select_from(Offer)))
    proposal = world.ids["proposal"]
    desks = [browser_of(app, world, Role.COORDINATOR) for _ in range(TOGETHER)]
    statuses = at_once(*(sending(desk, "/proposals", only=str(proposal)) for desk in desks))
    assert set(statuses) <= {200, 303, 422}
    assert statuses[303] == 1
    with database.reading() as session:
        assert session.get_one(Proposal, proposal).status is ProposalStatus.APPROVED
        assert session.scalar(select(func.count()).select_from(Offer)) == before + 1  # type: ignore[operator]  # a number


def test_an_approval_undone_by_many_at_once_is_taken_back_once(
    app: Flask, world: World, database: Database
) -> None:
    proposal = world.ids["proposal"]
    browser_of(app, world, Role.COORDINATOR).sends("/proposals", only=str(proposal))
    with database.reading() as session:
        seat = session.scalars(select(VisitSeat).where(VisitSeat.proposal_id == proposal)).one()
    desks = [browser_of(app, world, Role.COORDINATOR) for _ in range(TOGETHER)]
    undo = [sending(desk, "/approvals", to=f"/approvals/{seat.offer_id}/undo") for desk in desks]
    statuses = at_once(*undo)
    assert set(statuses) <= {303, 422}
    assert statuses[303] == 1
    with database.reading() as session:
        offer = session.get_one(Offer, seat.offer_id)
        assert offer.withdrawn_at is not None
        assert {each.status for each in offer.seats} == {SeatStatus.WITHDRAWN}
        assert session.get_one(Proposal, proposal).status is ProposalStatus.OPEN
        letter = session.scalars(
            select(OutboxMessage).where(OutboxMessage.dedupe_key == f"offer:{offer.id}")
        ).one()
        assert letter.status is MessageStatus.WITHDRAWN
        undone = select(func.count()).select_from(AuditRow).where(AuditRow.action == "offer.withdrawn")
        assert session.scalar(undone) == 1


def test_approve_and_refuse_at_once_leave_one_decision(app: Flask, world: World, database: Database) -> None:
    proposal = world.ids["proposal"]
    approver, refuser = browser_of(app, world, Role.COORDINATOR), browser_of(app, world, Role.COORDINATOR)
    statuses = at_once(
        sending(approver, "/proposals", only=str(proposal)),
        sending(refuser, f"/proposals/{proposal}/refuse", because="other", words="not this one"),
    )
    assert set(statuses) <= {303, 422}
    with database.reading() as session:
        decided = session.get_one(Proposal, proposal)
        seats = session.scalars(
            select(VisitSeat).where(VisitSeat.proposal_id == proposal, VisitSeat.status.in_(LIVE_SEATS))
        ).all()
        assert (decided.status, len(seats)) in ((ProposalStatus.APPROVED, 1), (ProposalStatus.REFUSED, 0))


def test_a_visit_given_up_and_called_off_at_once_ends_once(
    app: Flask, world: World, database: Database
) -> None:
    helper, desk = browser_of(app, world, Role.VOLUNTEER), browser_of(app, world, Role.COORDINATOR)
    statuses = at_once(
        sending(helper, f"/my/visits/{world.ids['seat']}/cannot-come", reason="ill"),
        sending(desk, f"/visits/{world.ids['visit']}/cancel", reason="not needed"),
        sending(desk, f"/seats/{world.ids['seat']}/release", reason="somebody else goes"),
    )
    assert set(statuses) <= {303, 422}
    with database.reading() as session:
        visit = session.get_one(Visit, world.ids["visit"])
        assert not any(seat.is_live for seat in visit.seats)
        assert visit.status in (VisitStatus.CANCELLED, VisitStatus.NEEDS_COVER)


def test_a_request_taken_back_while_its_proposal_is_approved_sends_nobody(
    app: Flask, world: World, database: Database
) -> None:
    carer, desk = browser_of(app, world, Role.CARER), browser_of(app, world, Role.COORDINATOR)
    request = world.ids["proposed_request"]
    statuses = at_once(
        sending(carer, f"/my/requests/{request}/withdraw", words=""),
        sending(desk, "/proposals", only=str(world.ids["proposal"])),
    )
    assert set(statuses) <= {303, 422}
    with database.reading() as session:
        assert session.get_one(CareRequest, request).status is RequestStatus.CLOSED
        live = (
            select(VisitSeat).join(Visit).where(Visit.request_id == request, VisitSeat.status.in_(LIVE_SEATS))
        )
        assert session.scalars(live).all() == []


def test_one_form_sent_many_times_at_once_makes_one_draft_and_one_volunteer(
    app: Flask, world: World, database: Database
) -> None:
    visitor = Visitor(app)
    visitor.opens("/sign-up")
    first = sending(visitor, "/sign-up/who", name_en="Wong Siu Fan", birth_year="1950")
    first()
    with database.reading() as session:
        drafts = session.scalar(select(func.count()).select_from(Draft))
        people = session.scalar(select(func.count()).select_from(Volunteer))
    statuses = at_once(
        *(sending(visitor, "/sign-up/who", name_en=f"Wong {turn}", birth_year="1950") for turn in range(3))
    )
    assert set(statuses) <= {303, 422}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == drafts
        assert session.scalar(select(func.count()).select_from(Volunteer)) == people

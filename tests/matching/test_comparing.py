"""Two people side by side for one visit: facts, reasons, and what each would cost the others."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.models import Proposal, ProposalStatus
from app.shared.database import Database
from app.visits.models import VisitSeat
from app.volunteers.models import Volunteer
from tests.matching.night_people import AT_NINE, Morning
from tests.people import make_coordinator, make_recipient, make_request, make_volunteer
from tests.visitor import Visitor

THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


@pytest.fixture(autouse=True)
def nine_in_the_morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT_NINE, tick=False) as traveller:
        yield traveller


def three_who_could(session: Session) -> None:
    """A helper for each day, one for both who wants one visit a week, and one more for Thursday."""
    make_volunteer(
        session, "BUSY Helper", code="V-BUSY", free=((3, 18, 42), (4, 18, 42)), weekly_visit_limit=1
    )
    make_volunteer(session, "FREE Helper", code="V-FREE", free=((3, 18, 42),), weekly_visit_limit=2)
    make_volunteer(session, "SPARE Helper", code="V-SPARE", free=((3, 18, 42),), birth_year=1970)
    make_request(session, make_recipient(session, called="李伯伯"), code="R-THURSDAY")
    make_request(
        session, make_recipient(session, called="何婆婆"), code="R-FRIDAY", windows=((FRIDAY, 20, 24),)
    )


@pytest.fixture
def morning(app: Flask, database: Database) -> Morning:
    return Morning(database, three_who_could)


@pytest.fixture
def desk(app: Flask, morning: Morning) -> Visitor:
    return Visitor(app).has_signed_in_as(
        morning.does(lambda session: make_coordinator(session, "Coordinator Ho"))
    )


def thursday(morning: Morning) -> Proposal:
    """The proposal for Thursday."""
    return morning.does(
        lambda session: session.scalars(select(Proposal).where(Proposal.on_date == THURSDAY)).one()
    )


def volunteer_id(morning: Morning, code: str) -> int:
    return morning.does(
        lambda session: session.scalars(select(Volunteer.id).where(Volunteer.code == code)).one()
    )


def test_the_proposed_and_the_next_best_stand_side_by_side(desk: Visitor, morning: Morning) -> None:
    proposal = thursday(morning)
    path = f"/occurrences/{proposal.occurrence_id}/compare?instead={proposal.id}"
    assert path.replace("&", "&amp;") in desk.opens("/proposals").html
    page = desk.opens(path)
    assert "FREE Helper" in page.words
    assert "SPARE Helper" in page.words
    assert "nothing: this is the plan" in page.words
    assert "nobody else would notice" in page.words
    assert "1 of 2 visits, 120 of" in page.words


def test_what_somebody_would_leave_is_named_and_they_cannot_be_asked(desk: Visitor, morning: Morning) -> None:
    proposal = thursday(morning)
    busy = volunteer_id(morning, "V-BUSY")
    page = desk.opens(f"/occurrences/{proposal.occurrence_id}/compare?instead={proposal.id}&with={busy}")
    assert "would have to leave another visit" in page.words
    assert "何婆婆" in page.words
    assert "has as many visits that week as they want" in page.words
    assert "Cannot be asked" in page.words


def test_from_the_comparison_either_is_chosen_in_one_step(desk: Visitor, morning: Morning) -> None:
    proposal = thursday(morning)
    here = f"/occurrences/{proposal.occurrence_id}"
    page = desk.opens(f"{here}/compare?instead={proposal.id}")
    other = next(
        code for code in ("V-FREE", "V-SPARE") if volunteer_id(morning, code) != proposal.volunteer_id
    )
    asked = volunteer_id(morning, other)
    assert f'name="volunteer" value="{asked}"' in page.html
    assert f'name="only" value="{proposal.id}"' in page.html
    desk.sends(
        f"{here}/compare?instead={proposal.id}",
        to=f"{here}/choose?instead={proposal.id}",
        volunteer=str(asked),
        time="2026-11-26/20/24",
    )
    assert thursday(morning).status is ProposalStatus.REPLACED
    assert morning.does(lambda session: session.scalars(select(VisitSeat.volunteer_id)).one()) == asked

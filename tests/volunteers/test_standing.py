"""Acceptance, pauses and leaving."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.shared.database import Database, refusal_of
from app.volunteers.errors import ConsentNeeded, DateImpossible, IllegalMove, ReasonMissing
from app.volunteers.models import LEGAL_MOVES, Source, Volunteer, VolunteerStatus
from app.volunteers.use_cases import (
    Acceptance,
    ConsentFacts,
    WhoFacts,
    accept_volunteer,
    accept_volunteers,
    add_consent,
    bring_back_volunteer,
    end_pauses,
    end_senior,
    make_senior,
    note_conversation,
    pause_volunteer,
    register_volunteers,
    remove_volunteer,
    reopen_application,
    retire_volunteer,
)
from tests.people import NOW, make_volunteer
from tests.volunteers.conftest import MRS_WONG, somebody

TODAY = date(2026, 11, 23)


def acceptance(by: Account, **changes: date) -> Acceptance:
    days = {
        "spoken_on": TODAY,
        "identity_seen_on": TODAY,
        "induction_on": TODAY,
        "conduct_accepted_on": TODAY,
    }
    return Acceptance(spoken_by=by.id, identity_seen_by=by.id, **(days | changes))


@pytest.fixture
def applicant(stocked: Database) -> Volunteer:
    return stocked.in_transaction(
        lambda session: register_volunteers(session, [MRS_WONG], source=Source.ONLINE, by=None, now=NOW)[0]
    )


def test_only_acceptance_makes_an_applicant_active(
    stocked: Database, applicant: Volunteer, coordinator: Account
) -> None:
    accepted = stocked.in_transaction(
        lambda session: accept_volunteer(
            session, applicant.id, acceptance(coordinator), by=coordinator.id, now=NOW
        )
    )
    assert accepted.status == VolunteerStatus.ACTIVE
    assert (accepted.accepted_by_id, accepted.volunteer_since) == (coordinator.id, TODAY)


def test_the_database_itself_refuses_an_active_volunteer_nobody_accepted(
    stocked: Database, applicant: Volunteer
) -> None:
    def shortcut(session: Session) -> None:
        volunteer = session.get_one(Volunteer, applicant.id)
        volunteer.status = VolunteerStatus.ACTIVE

    with pytest.raises(IntegrityError) as refused:
        stocked.in_transaction(shortcut)
    assert "accepted_by_a_coordinator" in refusal_of(refused.value)


def test_speaking_with_an_applicant_invites_them_to_the_induction(
    stocked: Database, applicant: Volunteer, coordinator: Account
) -> None:
    spoken = stocked.in_transaction(
        lambda session: note_conversation(
            session, applicant.id, spoken_on=TODAY, spoken_by=coordinator.id, by=coordinator.id, now=NOW
        )
    )
    assert (spoken.status, spoken.spoken_by_id) == (VolunteerStatus.INDUCTION, coordinator.id)


@pytest.mark.parametrize("field", ["spoken_on", "identity_seen_on", "induction_on", "conduct_accepted_on"])
@pytest.mark.database("sqlite")
def test_nothing_is_done_on_a_day_to_come(
    stocked: Database, applicant: Volunteer, coordinator: Account, field: str
) -> None:
    tomorrow = acceptance(coordinator, **{field: TODAY + timedelta(days=1)})
    with pytest.raises(DateImpossible) as refused:
        stocked.in_transaction(
            lambda session: accept_volunteer(session, applicant.id, tomorrow, by=coordinator.id, now=NOW)
        )
    assert refused.value.facts == {"field": field}


def test_a_minor_is_accepted_only_with_a_guardians_consent(stocked: Database, coordinator: Account) -> None:
    minor = stocked.in_transaction(
        lambda session: register_volunteers(
            session,
            [somebody(who=WhoFacts(birth_year=2011, birth_month=1, name_zh="陳小明"))],
            source=Source.PAPER,
            by=coordinator.id,
            now=NOW,
        )[0]
    )

    def accept() -> Volunteer:
        return stocked.in_transaction(
            lambda session: accept_volunteer(
                session, minor.id, acceptance(coordinator), by=coordinator.id, now=NOW
            )
        )

    with pytest.raises(ConsentNeeded):
        accept()
    stocked.in_transaction(
        lambda session: add_consent(
            session, minor.id, ConsentFacts("陳太", "母親", TODAY), by=coordinator.id, now=NOW
        )
    )
    assert accept().status == VolunteerStatus.ACTIVE


def test_many_are_accepted_with_the_same_facts(stocked: Database, coordinator: Account) -> None:
    def register_and_accept(session: Session) -> list[Volunteer]:
        people = [somebody(who=WhoFacts(birth_year=1954, name_zh=f"義工{number}")) for number in range(30)]
        rows = register_volunteers(session, people, source=Source.IMPORT, by=coordinator.id, now=NOW)
        accept_volunteers(
            session, [row.id for row in rows], acceptance(coordinator), by=coordinator.id, now=NOW
        )
        return rows

    assert {row.status for row in stocked.in_transaction(register_and_accept)} == {VolunteerStatus.ACTIVE}


def test_a_pause_that_ran_out_ends_before_the_night(stocked: Database, coordinator: Account) -> None:
    ready, other = stocked.in_transaction(
        lambda session: (make_volunteer(session, "Back Tomorrow"), make_volunteer(session, "Away Longer"))
    )
    _pause(stocked, ready, TODAY, coordinator)
    _pause(stocked, other, TODAY + timedelta(days=1), coordinator)
    assert stocked.in_transaction(lambda session: end_pauses(session, now=NOW)) == 0
    assert stocked.in_transaction(lambda session: end_pauses(session, now=NOW + timedelta(days=1))) == 1
    with stocked.reading() as session:
        assert session.get_one(Volunteer, ready.id).status == VolunteerStatus.ACTIVE
        assert session.get_one(Volunteer, other.id).status == VolunteerStatus.PAUSED


@pytest.mark.database("sqlite")
def test_a_pause_does_not_end_before_today(stocked: Database, coordinator: Account) -> None:
    volunteer = stocked.in_transaction(make_volunteer)
    with pytest.raises(DateImpossible):
        stocked.in_transaction(
            lambda session: pause_volunteer(
                session, volunteer.id, until=TODAY - timedelta(days=1), reason="", by=coordinator.id, now=NOW
            )
        )


def test_the_model_and_the_database_know_the_same_legal_moves(stocked: Database) -> None:
    for status, targets in LEGAL_MOVES.items():
        for target in set(VolunteerStatus) - targets - {status}:
            with pytest.raises(IntegrityError) as refused:
                _try_move(stocked, status, target)
            assert "illegal_move" in refusal_of(refused.value), (status, target)


def _pause(database: Database, volunteer: Volunteer, until: date, by: Account) -> None:
    database.in_transaction(
        lambda session: pause_volunteer(session, volunteer.id, until=until, reason="", by=by.id, now=NOW)
    )


def _try_move(database: Database, status: VolunteerStatus, target: VolunteerStatus) -> None:
    database.in_transaction(lambda session: _move(session, status, target))


def _move(session: Session, status: VolunteerStatus, target: VolunteerStatus) -> None:
    volunteer = make_volunteer(session, status=status)
    volunteer.status = target
    session.flush()


def test_leaving_needs_a_reason_and_removal_is_for_good(stocked: Database, coordinator: Account) -> None:
    volunteer = stocked.in_transaction(make_volunteer)
    by = coordinator.id
    with pytest.raises(ReasonMissing):
        stocked.in_transaction(
            lambda session: retire_volunteer(session, volunteer.id, reason="", by=by, now=NOW)
        )
    gone = stocked.in_transaction(
        lambda session: remove_volunteer(session, volunteer.id, reason="harm", by=by, now=NOW)
    )
    assert gone.status_reason == "harm"
    with pytest.raises(IllegalMove):
        stocked.in_transaction(lambda session: reopen_application(session, volunteer.id, by=by, now=NOW))


def test_only_a_pause_is_come_back_from(stocked: Database, applicant: Volunteer) -> None:
    with pytest.raises(IllegalMove):
        stocked.in_transaction(lambda session: bring_back_volunteer(session, applicant.id, by=None, now=NOW))


def test_senior_is_a_decision_with_a_reason_that_can_be_taken_back(
    stocked: Database, coordinator: Account
) -> None:
    volunteer = stocked.in_transaction(make_volunteer)
    by = coordinator.id
    with pytest.raises(ReasonMissing):
        stocked.in_transaction(
            lambda session: make_senior(session, volunteer.id, since=TODAY, reason="", by=by, now=NOW)
        )
    made = stocked.in_transaction(
        lambda session: make_senior(
            session, volunteer.id, since=TODAY, reason="leads the group", by=by, now=NOW
        )
    )
    assert (made.senior_since, made.senior_by_id) == (TODAY, by)
    assert (
        stocked.in_transaction(lambda session: end_senior(session, volunteer.id, by=by, now=NOW)).senior_since
        is None
    )

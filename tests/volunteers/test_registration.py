"""Taking people on record: by themselves, by a coordinator, many at once."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from app.accounts.models import Account, Role
from app.messages.models import Channel
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import InvalidInput
from app.shared.secrets import Email, HealthNote, Phone
from app.volunteers.errors import (
    BirthYearImpossible,
    CannotBeReachedThatWay,
    NameMissing,
    SeemsRegistered,
    TooYoung,
)
from app.volunteers.models import Source, Volunteer, VolunteerStatus
from app.volunteers.queries import possible_duplicates, same_person
from app.volunteers.use_cases import (
    AwayFacts,
    ReachFacts,
    VolunteerFacts,
    WhoFacts,
    apply_online,
    facts_of,
    register_volunteer,
    register_volunteers,
    remove_volunteer,
    retire_volunteer,
)
from tests.people import NOW
from tests.volunteers.conftest import MRS_WONG, somebody


def registered(database: Database, facts: VolunteerFacts, **options: bool) -> Volunteer:
    return database.in_transaction(
        lambda session: register_volunteer(session, facts, source=Source.PAPER, by=None, now=NOW, **options)
    )


def test_everything_that_was_said_comes_back_as_it_was(stocked: Database) -> None:
    facts = somebody(
        away=AwayFacts(((date(2026, 12, 24), date(2027, 1, 2)),)), health_note=HealthNote("要多休息")
    )
    volunteer = registered(stocked, facts)
    with stocked.reading() as session:
        known = session.get_one(Volunteer, volunteer.id)
        assert known.health_note == "要多休息"
        back = facts_of(known)
    assert (back.who, back.reach, back.place, back.abilities, back.times, back.away) == (
        facts.who,
        facts.reach,
        facts.place,
        facts.abilities,
        facts.times,
        facts.away,
    )


def test_a_new_volunteer_is_an_applicant_and_not_matchable(stocked: Database) -> None:
    assert registered(stocked, MRS_WONG).status == VolunteerStatus.APPLIED


def test_whoever_registers_signs_in_by_their_telephone(stocked: Database) -> None:
    volunteer = registered(stocked, MRS_WONG)
    with stocked.reading() as session:
        account = session.get_one(Account, volunteer.account_id)
        assert account.phone == "+85291234567"
        assert account.roles == {Role.VOLUNTEER}


def test_a_couple_with_one_telephone_shares_one_account(stocked: Database) -> None:
    wife = registered(stocked, MRS_WONG)
    husband = registered(stocked, somebody(who=WhoFacts(birth_year=1950, name_zh="陳大文")))
    assert husband.account_id == wife.account_id
    assert husband.code != wife.code


def test_a_reference_that_comes_back_from_an_export_is_kept(stocked: Database) -> None:
    assert registered(stocked, somebody(code="V-7K2QDX")).code == "V-7K2QDX"


def test_nobody_is_registered_twice_by_accident(stocked: Database) -> None:
    known = registered(stocked, MRS_WONG)
    with pytest.raises(SeemsRegistered) as refused:
        registered(stocked, somebody(who=WhoFacts(birth_year=1954, name_zh="黄美玲")))
    assert refused.value.facts == {"code": known.code}


def test_a_namesake_with_the_same_telephone_is_registered_on_request(stocked: Database) -> None:
    known = registered(stocked, MRS_WONG)
    other = registered(stocked, MRS_WONG, is_somebody_else=True)
    with stocked.reading() as session:
        assert [row.id for row in possible_duplicates(session, session.get_one(Volunteer, other.id))] == [
            known.id
        ]


def test_applying_twice_keeps_one_application_and_a_line_about_it(stocked: Database) -> None:
    first = stocked.in_transaction(lambda session: apply_online(session, MRS_WONG, now=NOW))
    second = stocked.in_transaction(lambda session: apply_online(session, MRS_WONG, now=NOW))
    with stocked.reading() as session:
        actions = session.scalars(
            select(AuditRow.action).where(AuditRow.subject_kind == "volunteers").order_by(AuditRow.id)
        ).all()
    assert second.id == first.id
    assert list(actions) == ["volunteer.registered", "volunteer.applied_again"]


def test_whoever_had_stopped_may_apply_again(stocked: Database, coordinator: Account) -> None:
    volunteer = registered(stocked, MRS_WONG)
    stocked.in_transaction(
        lambda session: retire_volunteer(session, volunteer.id, reason="moved", by=coordinator.id, now=NOW)
    )
    again = stocked.in_transaction(lambda session: apply_online(session, MRS_WONG, now=NOW))
    assert (again.id, again.status) == (volunteer.id, VolunteerStatus.APPLIED)


def test_of_those_removed_nothing_is_told_but_the_coordinator_sees_them(
    stocked: Database, coordinator: Account
) -> None:
    removed = registered(stocked, MRS_WONG)
    stocked.in_transaction(
        lambda session: remove_volunteer(session, removed.id, reason="harm", by=coordinator.id, now=NOW)
    )
    again = stocked.in_transaction(lambda session: apply_online(session, MRS_WONG, now=NOW))
    with stocked.reading() as session:
        assert again.id != removed.id
        assert same_person(session, "+85291234567", "黃美玲", "", 1954).id == again.id  # type: ignore[union-attr]  # is there
        assert [row.id for row in possible_duplicates(session, session.get_one(Volunteer, again.id))] == [
            removed.id
        ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"who": WhoFacts(birth_year=1954)}, NameMissing),
        ({"who": WhoFacts(birth_year=2027, name_zh="未來")}, BirthYearImpossible),
        ({"who": WhoFacts(birth_year=1901, name_zh="太老")}, BirthYearImpossible),
        ({"who": WhoFacts(birth_year=2021, name_zh="小孩")}, TooYoung),
        ({"reach": ReachFacts(reached_by=Channel.SMS)}, CannotBeReachedThatWay),
        (
            {"reach": ReachFacts(reached_by=Channel.EMAIL, phone=Phone("+85291234567"))},
            CannotBeReachedThatWay,
        ),
        (
            {"reach": ReachFacts(reached_by=Channel.PHONE_CALL, email=Email("a@example.org"))},
            CannotBeReachedThatWay,
        ),
        ({"away": AwayFacts(((date(2027, 1, 2), date(2027, 1, 1)),))}, InvalidInput),
    ],
)
@pytest.mark.database("sqlite")
def test_facts_that_cannot_be_are_refused(
    stocked: Database, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        registered(stocked, replace(MRS_WONG, **changes))  # type: ignore[arg-type]  # the table above names them


def test_many_are_registered_at_once_each_with_a_reference_of_their_own(stocked: Database) -> None:
    people = [somebody(who=WhoFacts(birth_year=1954, name_zh=f"義工{number}")) for number in range(200)]
    volunteers = stocked.in_transaction(
        lambda session: register_volunteers(session, people, source=Source.IMPORT, by=None, now=NOW)
    )
    with stocked.reading() as session:
        assert session.scalar(select(func.count()).select_from(Volunteer)) == 200
    assert len({volunteer.code for volunteer in volunteers}) == 200

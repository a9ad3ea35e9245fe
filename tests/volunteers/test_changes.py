"""Changing what is known; guardians, households and notes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.messages.models import Channel
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.shared.secrets import HealthNote, Phone, PrivateNote
from app.volunteers.errors import (
    AlreadyTogether,
    ConsentKnown,
    DateImpossible,
    NotInHousehold,
    TooManyDatesAway,
)
from app.volunteers.models import Household, Volunteer
from app.volunteers.queries import (
    VolunteerFilter,
    Waiting,
    consent_in_force,
    household_members,
    volunteers_found,
)
from app.volunteers.use_cases import (
    AbilityFacts,
    AwayFacts,
    ConsentFacts,
    PlaceFacts,
    ReachFacts,
    Section,
    TimeFacts,
    WhoFacts,
    add_consent,
    change_volunteer,
    facts_of,
    join_household,
    leave_household,
    read_health_note,
    withdraw_consent,
    write_health_note,
    write_note,
)
from tests.people import NOW, make_minor, make_volunteer

TODAY = date(2026, 11, 23)


@pytest.fixture
def volunteer(stocked: Database) -> Volunteer:
    return stocked.in_transaction(
        lambda session: make_volunteer(session, "Ready", phone=Phone("+85291234567"))
    )


def changed(
    database: Database, volunteer: Volunteer, facts: Section, version: int | None = None
) -> Volunteer:
    def act(session: Session) -> Volunteer:
        row = change_volunteer(session, volunteer.id, facts, version=version, by=None, now=NOW)
        _ = (
            row.areas,
            row.skills,
            row.preferences,
            row.free_times,
            row.dates_away,
            row.languages,
            row.inabilities,
        )
        return row

    return database.in_transaction(act)


@pytest.mark.parametrize(
    ("facts", "group"),
    [
        (WhoFacts(birth_year=1960, name_zh="王小玲"), "who"),
        (ReachFacts(reached_by=Channel.PHONE_CALL, phone=Phone("+85223456789"), language="en"), "reach"),
        (PlaceFacts("on_yam", frozenset({"on_yam", "shek_lei"})), "place"),
        (PlaceFacts("on_yam", serves_all_areas=True), "place"),
        (
            AbilityFacts(
                frozenset({"en"}), {"transfers": None}, frozenset({"stairs"}), frozenset({"escort"})
            ),
            "abilities",
        ),
        (TimeFacts(((6, 20, 24),), 1, 90, new_homes=False), "times"),
        (AwayFacts(((date(2026, 12, 1), date(2026, 12, 3)),)), "away"),
    ],
)
def test_each_group_is_changed_alone_and_raises_the_version(
    stocked: Database, volunteer: Volunteer, facts: Section, group: str
) -> None:
    row = changed(stocked, volunteer, facts, volunteer.version)
    assert getattr(facts_of(row), group) == facts
    assert row.version > volunteer.version
    with stocked.reading() as session:
        assert session.scalars(select(AuditRow.action)).all()[-1] == f"volunteer.{group}_changed"


def test_the_second_editor_is_told_and_overwrites_nothing(stocked: Database, volunteer: Volunteer) -> None:
    changed(stocked, volunteer, PlaceFacts("on_yam", serves_all_areas=True), volunteer.version)
    with pytest.raises(ChangedMeanwhile):
        changed(stocked, volunteer, PlaceFacts("ma_wan"), volunteer.version)
    with stocked.reading() as session:
        assert session.get_one(Volunteer, volunteer.id).home_area_code == "on_yam"


def test_a_skill_that_stays_keeps_its_last_valid_day(stocked: Database, volunteer: Volunteer) -> None:
    until = date(2027, 3, 1)
    changed(stocked, volunteer, AbilityFacts(frozenset({"yue"}), {"transfers": until}))
    row = changed(stocked, volunteer, AbilityFacts(frozenset({"yue", "en"}), {"transfers": None}))
    assert facts_of(row).abilities.skills == {"transfers": until}


@pytest.mark.database("sqlite")
def test_more_periods_away_than_anybody_keeps_track_of_are_refused(
    stocked: Database, volunteer: Volunteer
) -> None:
    days = [TODAY + timedelta(days=number) for number in range(51)]
    with pytest.raises(TooManyDatesAway):
        changed(stocked, volunteer, AwayFacts(tuple((day, day) for day in days)))


def test_a_volunteer_is_found_by_name_reference_and_the_end_of_the_number(
    stocked: Database, volunteer: Volunteer
) -> None:
    with stocked.reading() as session:

        def found(words: str) -> list[int]:
            page = volunteers_found(session, VolunteerFilter(words=words), page=1, today=TODAY, now=NOW)
            return [row.id for row in page.rows]

        for words in (
            "read",
            "ＲＥＡＤＹ",
            volunteer.code,
            volunteer.code.lower(),
            "4567",
            "9123 4567",
            "４５６７",
        ):
            assert found(words) == [volunteer.id], words
        for words in ("nobody", "1234", "%", "_", "V-000000"):
            assert found(words) == [], words


def test_lists_say_who_waits_for_what(stocked: Database, coordinator: Account) -> None:
    minor = stocked.in_transaction(lambda session: make_minor(session, consent=False))
    with stocked.reading() as session:

        def waiting(what: Waiting) -> list[int]:
            found = volunteers_found(session, VolunteerFilter(waiting=what), page=1, today=TODAY, now=NOW)
            return [row.id for row in found.rows]

        assert waiting(Waiting.CONSENT) == [minor.id]
        assert waiting(Waiting.TIMES) == [minor.id]
        assert waiting(Waiting.CALL) == []


def test_a_consent_holds_from_its_day_until_it_is_taken_back(stocked: Database, coordinator: Account) -> None:
    by = coordinator.id
    minor = stocked.in_transaction(lambda session: make_minor(session, consent=False))
    facts = ConsentFacts("陳太", "母親", TODAY, phone=Phone("+85291112222"), valid_until=date(2027, 1, 1))

    def in_force(on: date) -> bool:
        with stocked.reading() as session:
            return consent_in_force(session.get_one(Volunteer, minor.id), on) is not None

    consent = stocked.in_transaction(lambda session: add_consent(session, minor.id, facts, by=by, now=NOW))
    assert [
        in_force(day) for day in (TODAY - timedelta(days=1), TODAY, date(2027, 1, 1), date(2027, 1, 2))
    ] == [
        False,
        True,
        True,
        False,
    ]
    with pytest.raises(ConsentKnown):
        stocked.in_transaction(lambda session: add_consent(session, minor.id, facts, by=by, now=NOW))
    stocked.in_transaction(lambda session: withdraw_consent(session, minor.id, consent.id, by=by, now=NOW))
    assert not in_force(TODAY)
    with pytest.raises(NotFound):
        stocked.in_transaction(
            lambda session: withdraw_consent(session, minor.id, consent.id, by=by, now=NOW)
        )


@pytest.mark.parametrize(
    "facts",
    [
        ConsentFacts("陳太", "母親", TODAY + timedelta(days=1)),
        ConsentFacts("陳太", "母親", TODAY, valid_until=TODAY - timedelta(days=1)),
    ],
)
@pytest.mark.database("sqlite")
def test_a_consent_on_impossible_days_is_refused(
    stocked: Database, coordinator: Account, facts: ConsentFacts
) -> None:
    minor = stocked.in_transaction(lambda session: make_minor(session, consent=False))
    with pytest.raises(DateImpossible):
        stocked.in_transaction(
            lambda session: add_consent(session, minor.id, facts, by=coordinator.id, now=NOW)
        )


def test_people_who_live_together_are_one_household(stocked: Database, coordinator: Account) -> None:
    by = coordinator.id
    wife, husband, son = stocked.in_transaction(
        lambda session: tuple(make_volunteer(session, name) for name in ("Wife", "Husband", "Son"))
    )

    def join(one: Volunteer, other: Volunteer) -> Household:
        return stocked.in_transaction(
            lambda session: join_household(session, one.id, other.code.lower(), by=by, now=NOW)
        )

    def lives_with(one: Volunteer) -> set[int]:
        with stocked.reading() as session:
            return {row.id for row in household_members(session, session.get_one(Volunteer, one.id))}

    join(wife, husband)
    join(son, wife)
    assert lives_with(husband) == {wife.id, son.id}
    with pytest.raises(AlreadyTogether):
        join(husband, son)
    with pytest.raises(InvalidInput):
        join(wife, wife)
    stocked.in_transaction(lambda session: leave_household(session, son.id, by=by, now=NOW))
    assert (lives_with(wife), lives_with(son)) == ({husband.id}, set())
    stocked.in_transaction(lambda session: leave_household(session, husband.id, by=by, now=NOW))
    assert lives_with(wife) == set()
    with pytest.raises(NotInHousehold):
        stocked.in_transaction(lambda session: leave_household(session, wife.id, by=by, now=NOW))


def test_reading_a_health_note_is_on_record(
    stocked: Database, volunteer: Volunteer, coordinator: Account
) -> None:
    by = coordinator.id
    written = stocked.in_transaction(
        lambda session: write_health_note(
            session, volunteer.id, HealthNote("膝痛"), version=volunteer.version, by=by, now=NOW
        )
    )
    note = stocked.in_transaction(lambda session: read_health_note(session, written, by=by, now=NOW))
    with stocked.reading() as session:
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert note == "膝痛"
    assert last is not None
    assert (last.action, last.actor_id, last.subject_id) == ("volunteer.health_seen", by, volunteer.id)
    assert "膝痛" not in str(last.facts)


def test_two_people_do_not_overwrite_each_others_note(
    stocked: Database, volunteer: Volunteer, coordinator: Account
) -> None:
    def write(text: str, version: int) -> Volunteer:
        return stocked.in_transaction(
            lambda session: write_note(
                session, volunteer.id, PrivateNote(text), version=version, by=coordinator.id, now=NOW
            )
        )

    write("first", volunteer.version)
    with pytest.raises(ChangedMeanwhile):
        write("second", volunteer.version)

"""Export, wipe, bring back, run: the same tables and the same night."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import CareRecipient, CareRequest
from app.care_requests.use_cases.planning import plan_occurrences
from app.catalogue.use_cases import load_catalogue
from app.demo.district import fill
from app.exchange import errors
from app.exchange.commands import export_file, import_file
from app.exchange.models import ImportKind
from app.exchange.tables import TableName, restore_columns
from app.matching.translate import snapshot
from app.safeguarding.models import Clearance, DoNotPair, FamilyTie
from app.shared.audit import AuditRow
from app.shared.database import Database
from app.shared.secrets import Keyring
from app.volunteers.models import DatesAway, Household, Volunteer, VolunteerStatus
from tests.databases import Databases
from tests.matching.night_people import open_proposals, run_a_night
from tests.people import NOW, make_account
from tests.postgresql import NoPostgresql

STARTS_ON = date(2026, 11, 25)
TABLES = ("volunteers", "care-requests")


@pytest.fixture
def district(database: Database, keys: Keyring) -> Database:
    """A small demonstration district, with what the demonstration leaves out."""
    logins = fill(database, volunteers=50, requests=25, seed=3, now=NOW, progress=lambda *_stage: None)
    assert logins

    def add_more(session: Session) -> None:
        people = session.scalars(select(Volunteer).order_by(Volunteer.code)).all()
        household = Household(name="Family Chan | 陳")
        people[0].household = people[1].household = household
        people[2].dates_away = [DatesAway(first_day=date(2026, 12, 1), last_day=date(2026, 12, 5))]
        people[3].note = "=SUM(A1)\n第二行 | 條"
        people[4].phone = "+8613800138000"
        recipients = session.scalars(select(CareRecipient).order_by(CareRecipient.code)).all()
        coordinator = session.scalars(select(Account).order_by(Account.id)).all()[0]
        apart = DoNotPair(
            volunteer_id=people[5].id,
            recipient_id=recipients[0].id,
            entered_by_id=coordinator.id,
            entered_at=NOW,
        )
        apart.reason = "不合"
        session.add(apart)
        session.add(
            FamilyTie(
                volunteer_id=people[6].id,
                recipient_id=recipients[0].id,
                relation="女兒",
                entered_by_id=coordinator.id,
                entered_at=NOW,
            )
        )

    database.in_transaction(add_more)
    return database


@contextmanager
def language(app: Flask, locale: str) -> Iterator[None]:
    with app.app_context(), force_locale(locale):
        yield


def exports(database: Database, folder: Path, suffix: str) -> dict[str, Path]:
    files = {}
    for table in TABLES:
        files[table] = folder / f"{table}{suffix}"
        assert export_file(database, Namespace(table=TableName(table), file=files[table], by="")) == 0
    return files


def brings_back(database: Database, files: dict[str, Path], *, by: str) -> None:
    for table in TABLES:
        options = Namespace(kind=ImportKind(table), file=files[table], restore=True, dry_run=False, by=by)
        assert import_file(database, options) == 0


def staff_of(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(Account).order_by(Account.id)).all()
        return [(row.name, str(row.email)) for row in rows if row.email]


def with_staff(database: Database, staff: list[tuple[str, str]]) -> None:
    database.in_transaction(load_catalogue)

    def add(session: Session) -> None:
        for name, email in staff:
            make_account(session, name, Role.COORDINATOR, email=email)
        make_account(session, "Administrator Au", Role.ADMINISTRATOR, email="au@example.net")

    database.in_transaction(add)


def problem_of(database: Database) -> str:
    database.in_transaction(lambda session: plan_occurrences(session, STARTS_ON, 14, now=NOW))
    with database.reading() as session:
        return snapshot(session, STARTS_ON).problem.hash


@contextmanager
def emptied_of_the_other_kind(databases: Databases, district: Database) -> Iterator[Database]:
    """What left one database is brought back into one of the other kind: from and to both."""
    other = "postgresql" if district.engine.dialect.name == "sqlite" else "sqlite"
    try:
        with databases.fresh(other) as emptied:
            yield emptied
    except NoPostgresql as error:
        pytest.skip(str(error))


def proposals_of(database: Database) -> list[tuple[str, int, int, str]]:
    """What a night proposes: visit, seat, half hour and volunteer, by their codes."""
    run_a_night(database)
    with database.reading() as session:
        return sorted(
            (row.occurrence.code, row.seat_number, row.from_slot, row.volunteer.code)
            for row in open_proposals(session)
        )


@pytest.mark.parametrize(("locale", "suffix"), [("zh_Hant_HK", ".csv"), ("en", ".xlsx")])
def test_an_export_brought_back_is_the_same_and_so_is_the_night(
    app: Flask, district: Database, databases: Databases, tmp_path: Path, locale: str, suffix: str
) -> None:
    before = problem_of(district)
    with emptied_of_the_other_kind(databases, district) as emptied, language(app, locale):
        files = exports(district, tmp_path, suffix)
        with_staff(emptied, staff_of(district))
        brings_back(emptied, files, by="au@example.net")
        again = tmp_path / "again"
        again.mkdir()
        if suffix == ".csv":
            for table, file in exports(emptied, again, suffix).items():
                assert file.read_text("utf-8-sig") == files[table].read_text("utf-8-sig")
        assert problem_of(emptied) == before, "the same problem makes the same proposals"
        if suffix == ".csv":
            assert proposals_of(emptied) == proposals_of(district) != []
        with emptied.reading() as session:
            restored = session.scalars(select(AuditRow).where(AuditRow.action == "import.restored")).all()
            administrator = session.scalars(select(Account).where(Account.name == "Administrator Au")).one()
            assert {row.actor_id for row in restored} == {administrator.id}
            assert session.scalars(
                select(Volunteer).where(Volunteer.status == VolunteerStatus.ACTIVE)
            ).first()
            assert session.scalars(select(Clearance).where(Clearance.confirmed_at.is_not(None))).first()
            assert session.scalars(select(DoNotPair)).one().reason == "不合"
            note = session.scalars(select(Volunteer).where(Volunteer.note_box.is_not(None))).first()
            assert note is not None
            assert note.note == "=SUM(A1)\n第二行 | 條"


@pytest.mark.database("sqlite")
def test_a_restore_refuses_people_who_are_here_and_accounts_that_are_not(
    app: Flask, district: Database, databases: Databases, tmp_path: Path
) -> None:
    with language(app, "en"):
        files = exports(district, tmp_path, ".csv")
        with pytest.raises(errors.NotAnAdministrator):
            brings_back(district, files, by="")
        coordinator = staff_of(district)[0][1]
        with pytest.raises((errors.NotAnAdministrator, errors.AlreadyHere)):
            brings_back(district, files, by=coordinator)
        with databases.fresh("sqlite") as emptied:
            with_staff(emptied, [])
            with pytest.raises(errors.UnknownAccount):
                brings_back(emptied, files, by="au@example.net")
            with emptied.reading() as session:
                assert session.scalars(select(Volunteer)).first() is None
                assert session.scalars(select(CareRequest)).first() is None


@pytest.mark.database("sqlite")
def test_headings_differ_from_one_another_in_both_languages(app: Flask) -> None:
    with app.app_context():
        for table in TableName:
            headings = [words for column in restore_columns(table) for words in set(column.headings)]
            assert len(headings) == len(set(headings)), table

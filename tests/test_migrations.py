"""The migrations make the tables the models speak of, go down and up again, and lose nothing on the way."""

from datetime import date
from pathlib import Path

import alembic.command
import alembic.config
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Enum, inspect, select, text
from sqlalchemy.orm import Session

from app.catalogue.use_cases import load_catalogue
from app.schema import metadata
from app.shared.database import Database
from app.shared.times import utc_now
from app.training.models.proofs import ProofKind, QualificationProof
from app.volunteers.models import VolunteerSkill, VolunteerStatus
from tests.people import NOW, give_proof, make_volunteer

ROOT = Path(__file__).resolve().parent.parent


def configuration(database: Database) -> alembic.config.Config:
    config = alembic.config.Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["connection"] = database.engine
    return config


def triggers(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(connection.scalars(text(query)))


def test_head_is_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_they_go_up_and_down_and_up_again_with_data(blank_database: Database) -> None:
    config = configuration(blank_database)
    script = ScriptDirectory.from_config(config)
    alembic.command.upgrade(config, "head")
    with blank_database.engine.begin() as connection:
        before = triggers(connection)
        connection.execute(
            text("INSERT INTO submissions (key, location, at) VALUES ('k', '/', :now)"), {"now": utc_now()}
        )
    for revision in list(script.walk_revisions()):
        alembic.command.downgrade(config, str(revision.down_revision or "base"))
        alembic.command.upgrade(config, revision.revision)
    alembic.command.downgrade(config, "base")
    assert set(inspect(blank_database.engine).get_table_names()) <= {"alembic_version"}
    alembic.command.upgrade(config, "head")
    with blank_database.engine.connect() as connection:
        assert triggers(connection) == before
        assert connection.scalar(text("SELECT count(*) FROM half_hours")) == 48


def test_what_people_hold_goes_down_and_up_again(blank_database: Database, keys: object) -> None:
    """0017: what was seen becomes the skill's own end on the way down, and a proof again on the way up."""
    config = configuration(blank_database)
    alembic.command.upgrade(config, "head")

    def arrange(session: Session) -> tuple[list[int], int | None]:
        load_catalogue(session)
        seen, said = make_volunteer(session, "Seen"), make_volunteer(session, "Said")
        applied = make_volunteer(
            session, "Applied", status=VolunteerStatus.APPLIED, accepted_by_id=None, accepted_at=None
        )
        for volunteer, code in (
            (seen, "transfers"),
            (said, "transfers"),
            (applied, "transfers"),
            (said, "cooking"),
        ):
            session.add(VolunteerSkill(volunteer_id=volunteer.id, skill_code=code))
        give_proof(session, seen, "transfers", date(2027, 1, 31))
        give_proof(session, seen, "transfers", date(2027, 6, 30), issued_on=date(2026, 1, 2))
        give_proof(session, seen, "first_aid", None)
        return [volunteer.id for volunteer in (seen, said, applied)], seen.accepted_by_id

    (seen, said, applied), accepted_by = blank_database.in_transaction(arrange)
    alembic.command.downgrade(config, "0015")
    query = text("SELECT volunteer_id, skill_code, valid_until FROM volunteer_skills")
    with blank_database.engine.connect() as connection:
        held = {(row[0], row[1], str(row[2] or "")) for row in connection.execute(query)}
    assert held == {
        (seen, "transfers", "2027-06-30"),
        (seen, "first_aid", ""),
        (said, "cooking", ""),
        (applied, "transfers", ""),
    }
    alembic.command.upgrade(config, "head")

    def read(session: Session) -> list[QualificationProof]:
        return list(session.scalars(select(QualificationProof).order_by(QualificationProof.skill_code)))

    first_aid, transfers = blank_database.in_transaction(read)
    assert (first_aid.volunteer_id, first_aid.valid_until) == (seen, None)
    assert (transfers.kind, transfers.valid_until) == (ProofKind.EARLIER, date(2027, 6, 30))
    assert transfers.seen_on == NOW.date() == transfers.issued_on
    assert transfers.seen_by_id == accepted_by


def test_the_checks_know_every_enum_value(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        checks = {
            str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)
        }
        for column in table.columns:
            if isinstance(column.type, Enum):
                check = checks[f"ck_{table.name}_{column.type.name}"]
                missing = [value for value in column.type.enums if f"'{value}'" not in check]
                assert not missing, f"{table.name}.{column.name}: write a migration for {missing}"


def test_no_migration_imports_the_application() -> None:
    for path in (ROOT / "migrations").rglob("*.py"):
        if path.name != "env.py":
            assert "app." not in path.read_text(), path

"""The migrations make the tables the models speak of, go down and up again, and lose nothing on the way."""

from pathlib import Path

import alembic.command
import alembic.config
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Enum, inspect, text

from app.schema import metadata
from app.shared.database import Database
from app.shared.times import utc_now

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

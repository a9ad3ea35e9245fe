"""Brings a database to this version of the tables, with the migrations beside the application."""

from pathlib import Path

import alembic.command
import alembic.config

from app.shared.database import Database

PROJECT = Path(__file__).resolve().parent.parent.parent


def migrate(database: Database, revision: str = "head") -> None:
    """Bring `database` up to `revision`."""
    config = alembic.config.Config(toml_file=PROJECT / "pyproject.toml")
    config.attributes["connection"] = database.engine
    alembic.command.upgrade(config, revision)

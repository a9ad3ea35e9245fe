"""Runs migrations on the connection, engine or URL it is given (`attributes["connection"]` or `sqlalchemy.url`)."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Engine, create_engine

from app.schema import metadata
from app.shared.database import UtcDateTime


def render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations import nothing of ours: our types are written as what they are in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_type,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    migrate(given)
else:
    url = context.config.get_main_option("sqlalchemy.url") or ""
    with (given if isinstance(given, Engine) else create_engine(url)).begin() as opened:
        migrate(opened)

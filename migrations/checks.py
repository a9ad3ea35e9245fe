"""Changes the values a status may have: the CHECK of an enum column, on a table with rows and triggers.

PostgreSQL alters a constraint. SQLite cannot, and to rebuild the table would drop what refers to it; its own manual's
way for a CHECK is to change the table's text in the schema. Nothing on disk differs by it.
"""

import re
from collections.abc import Sequence

from alembic import op


def change_values(table: str, column: str, constraint: str, values: Sequence[str]) -> None:
    """Let `column` hold exactly `values`; `constraint` is the CHECK's whole name. Raises LookupError without it."""
    check = f"CHECK ({column} IN ({', '.join(map(repr, values))}))"
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {check}")
        return
    named = {"table": table}
    was = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table", named
    ).scalar_one()
    pattern = rf"CONSTRAINT {constraint} CHECK \({column} IN \([^)]*\)\)"
    becomes, found = re.subn(pattern, f"CONSTRAINT {constraint} {check}", was)
    if found != 1:
        raise LookupError(constraint)
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table",
        {**named, "sql": becomes},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def legal_moves(moves: dict[str, Sequence[str]]) -> str:
    """SQL that is true when a status goes from OLD to NEW along `moves`, or stays."""
    legal = " OR ".join(
        f"(OLD.status = '{status}' AND NEW.status IN ({', '.join(map(repr, targets))}))"
        for status, targets in moves.items()
        if targets
    )
    return f"OLD.status = NEW.status OR {legal}"

"""Follow a visit to its end: more states, and a history of every move that nothing can change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.checks import change_values, legal_moves

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

STATUSES_BEFORE = ("offered", "accepted", "needs_cover", "cancelled")
STATUSES = (
    "offered",
    "accepted",
    "confirmed",
    "attended",
    "reported",
    "needs_cover",
    "no_show",
    "suspended",
    "cancelled",
)
SEAT_STATUSES = ("offered", "accepted", "declined", "expired", "withdrawn", "cancelled")
ENDINGS_BEFORE = (
    "declined",
    "gave_up",
    "expired",
    "undone",
    "adult_left",
    "not_active",
    "not_permitted",
    "carer_refused",
    "taken_off",
    "visit_cancelled",
    "request_ended",
)
ENDINGS = (*ENDINGS_BEFORE, "no_longer_fits")
REASONS = (
    "asked",
    "enough_said_yes",
    "too_few_left",
    "people_changed",
    "carer_said_yes",
    "carer_called_off",
    "staff_called_off",
    "request_closed",
    "approval_undone",
    "weather",
    "weather_over",
    "helper_arrived",
    "carer_saw_helper",
    "told_by_phone",
    "nobody_came",
    "report_written",
)
MOVES_BEFORE: dict[str, Sequence[str]] = {
    "offered": ("accepted", "needs_cover", "cancelled"),
    "accepted": ("needs_cover", "cancelled"),
    "needs_cover": ("offered", "accepted", "cancelled"),
}
MOVES: dict[str, Sequence[str]] = {
    "offered": ("accepted", "needs_cover", "suspended", "cancelled"),
    "accepted": ("confirmed", "attended", "needs_cover", "no_show", "suspended", "cancelled"),
    "confirmed": ("accepted", "attended", "needs_cover", "no_show", "suspended", "cancelled"),
    "attended": ("reported", "no_show"),
    "needs_cover": ("offered", "accepted", "suspended", "cancelled"),
    "no_show": ("attended",),
    "suspended": ("offered", "accepted", "needs_cover", "cancelled"),
}
HISTORIES = {
    "visits": ("visit_moves", "visit_id", "NEW.moved_because, NEW.moved_words"),
    "visit_seats": ("seat_moves", "seat_id", "NEW.ended_because, NULLIF(NEW.end_reason, '')"),
}
"""Table → its history, the key of it, and where a move's reason stands."""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("visits", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visits", sa.Column("moved_by_id", sa.Integer(), nullable=True))
    op.execute(
        "ALTER TABLE visits ADD COLUMN moved_because VARCHAR(40) CONSTRAINT ck_visits_move_because"
        f" CHECK (moved_because IN ({', '.join(map(repr, REASONS))}))"
    )
    op.add_column("visits", sa.Column("moved_words", sa.String(length=300), nullable=True))
    op.add_column("visit_seats", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit_seats", sa.Column("moved_by_id", sa.Integer(), nullable=True))
    change_values("visits", "status", "ck_visits_visit_status", STATUSES)
    change_values("visit_seats", "ended_because", "ck_visit_seats_ended_because", ENDINGS)
    for owner, statuses, reasons in (("visit", STATUSES, REASONS), ("seat", SEAT_STATUSES, ENDINGS)):
        table = f"{owner}_moves"
        refers_to = "visits" if owner == "visit" else "visit_seats"
        because = "move_because" if owner == "visit" else "ended_because"
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("was", _enum("was", statuses), nullable=True),
            sa.Column("became", _enum("became", statuses), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("by_id", sa.Integer(), nullable=True),
            sa.Column("because", _enum(because, reasons), nullable=True),
            sa.Column("words", sa.String(length=300), nullable=True),
            sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f(f"fk_{table}_by_id")),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{refers_to}.id"], name=op.f(f"fk_{table}_{owner}_id")
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"], unique=False)
    op.execute("INSERT INTO visit_moves (visit_id, became, at) SELECT id, status, made_at FROM visits")
    op.execute(
        "INSERT INTO seat_moves (seat_id, became, at, because, words)"
        " SELECT id, status, COALESCE(ended_at, made_at), ended_because, NULLIF(end_reason, '') FROM visit_seats"
    )
    for table, (history, key, why) in HISTORIES.items():
        for statement in _history(table, history, key, why, is_sqlite):
            op.execute(statement)
    _replace_moves(MOVES, is_sqlite)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (history, _key, _why) in HISTORIES.items():
        names = (f"{table}_history_begins", f"{table}_history", f"{history}_kept", f"{history}_stay")
        for name in names if is_sqlite else names[:-1]:
            on = "" if is_sqlite else f" ON {history if name.endswith('_kept') else table}"
            op.execute(f"DROP TRIGGER {name}{on}")
        if not is_sqlite:
            op.execute(f"DROP FUNCTION {table}_history()")
        op.drop_table(history)
    if not is_sqlite:
        op.execute("DROP FUNCTION history_keep()")
    op.execute(f"DROP TRIGGER visits_moves{'' if is_sqlite else ' ON visits'}")
    op.execute("UPDATE visits SET status = 'accepted' WHERE status IN ('confirmed', 'attended', 'reported')")
    op.execute("UPDATE visits SET status = 'needs_cover' WHERE status = 'suspended'")
    op.execute("UPDATE visits SET status = 'cancelled' WHERE status = 'no_show'")
    op.execute(
        "UPDATE visit_seats SET ended_because = 'not_permitted' WHERE ended_because = 'no_longer_fits'"
    )
    change_values("visits", "status", "ck_visits_visit_status", STATUSES_BEFORE)
    change_values("visit_seats", "ended_because", "ck_visit_seats_ended_because", ENDINGS_BEFORE)
    for table, columns in (
        ("visits", ("moved_at", "moved_by_id", "moved_because", "moved_words")),
        ("visit_seats", ("moved_at", "moved_by_id")),
    ):
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(_moves_trigger(MOVES_BEFORE, is_sqlite))


def _enum(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _replace_moves(moves: dict[str, Sequence[str]], is_sqlite: bool) -> None:
    op.execute(f"DROP TRIGGER visits_moves{'' if is_sqlite else ' ON visits'}")
    op.execute(_moves_trigger(moves, is_sqlite))


def _moves_trigger(moves: dict[str, Sequence[str]], is_sqlite: bool) -> str:
    head = "CREATE TRIGGER visits_moves BEFORE UPDATE OF status ON visits"
    if is_sqlite:
        return f"{head} BEGIN SELECT RAISE(ABORT, 'illegal_move') WHERE NOT ({legal_moves(moves)}); END"
    return f"{head} FOR EACH ROW WHEN (NOT ({legal_moves(moves)})) EXECUTE FUNCTION refuse_illegal_move()"


def _history(table: str, history: str, key: str, why: str, is_sqlite: bool) -> list[str]:
    """Triggers that write each beginning and each move, and keep what is written."""
    insert = f"INSERT INTO {history} ({key}, was, became, at, by_id, because, words) VALUES"
    begins = f"{insert} (NEW.id, NULL, NEW.status, NEW.made_at, NEW.moved_by_id, {why});"
    moves = f"{insert} (NEW.id, OLD.status, NEW.status, COALESCE(NEW.moved_at, NEW.made_at), NEW.moved_by_id, {why});"
    if is_sqlite:
        refuse = "SELECT RAISE(ABORT, 'history_is_append_only');"
        return [
            f"CREATE TRIGGER {table}_history_begins AFTER INSERT ON {table} BEGIN {begins} END",
            f"CREATE TRIGGER {table}_history AFTER UPDATE OF status ON {table}"
            f" WHEN OLD.status <> NEW.status BEGIN {moves} END",
            f"CREATE TRIGGER {history}_kept BEFORE UPDATE ON {history} BEGIN {refuse} END",
            f"CREATE TRIGGER {history}_stay BEFORE DELETE ON {history} BEGIN {refuse} END",
        ]
    keep = "RAISE EXCEPTION 'history_is_append_only' USING ERRCODE = 'check_violation';"
    return [
        f"CREATE FUNCTION {table}_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'INSERT' THEN {begins} ELSE {moves} END IF; RETURN NEW; END $$",
        f"CREATE OR REPLACE FUNCTION history_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {keep} RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_history_begins AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_history()",
        f"CREATE TRIGGER {table}_history AFTER UPDATE OF status ON {table} FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION {table}_history()",
        f"CREATE TRIGGER {history}_kept BEFORE UPDATE OR DELETE ON {history} FOR EACH ROW EXECUTE FUNCTION history_keep()",
    ]

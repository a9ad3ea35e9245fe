"""Go along to learn: the successor at the senior's visits, taking their time like a seat, and what both say of it.

Refused by triggers: `illegal_move`, and on arranging `consent_missing`, `volunteer_not_active`, `do_not_pair`, `family`,
`clearance_not_confirmed`; twice at one time by the key of `booked_slots`, as for seats.
"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.checks import legal_moves

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None

STATUSES = ("proposed", "arranged", "done", "cancelled")
MOVES: dict[str, Sequence[str]] = {"proposed": ("arranged", "cancelled"), "arranged": ("done", "cancelled")}
LIVE = sa.text("status <> 'cancelled'")
BOOK = (
    "INSERT INTO booked_slots (volunteer_id, on_date, slot, shadow_id)"
    " SELECT NEW.successor_id, NEW.on_date, h.slot, NEW.id FROM half_hours h"
    " WHERE h.slot >= NEW.from_slot AND h.slot < NEW.to_slot;"
)
FREE = "DELETE FROM booked_slots WHERE shadow_id = NEW.id;"
REQUEST = (
    " FROM handovers h JOIN occurrences o ON o.id = NEW.occurrence_id JOIN care_requests r ON r.id = o.request_id"
    " WHERE h.id = NEW.handover_id"
)
REFUSALS = {
    "consent_missing": "NOT EXISTS (SELECT 1 FROM handovers h JOIN handover_signatures s ON s.handover_id = h.id"
    " WHERE h.id = NEW.handover_id AND h.status IN ('shadowing', 'leading') AND h.successor_id = NEW.successor_id"
    " AND s.party = 'carer' AND s.signed_for = 'beginning' AND s.ended_at IS NULL)",
    "volunteer_not_active": "NOT EXISTS (SELECT 1 FROM volunteers w WHERE w.id = NEW.successor_id AND w.status = 'active')",
    "do_not_pair": f"EXISTS (SELECT 1 {REQUEST} AND EXISTS (SELECT 1 FROM do_not_pair d"
    " WHERE d.volunteer_id = NEW.successor_id AND d.recipient_id = r.recipient_id AND d.ended_at IS NULL))",
    "family": f"EXISTS (SELECT 1 {REQUEST} AND EXISTS (SELECT 1 FROM family_ties f"
    " WHERE f.volunteer_id = NEW.successor_id AND f.recipient_id = r.recipient_id))",
    "clearance_not_confirmed": f"EXISTS (SELECT 1 {REQUEST} AND r.clearance IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM clearances c WHERE c.volunteer_id = NEW.successor_id AND c.kind = r.clearance"
    " AND c.confirmed_by_id IS NOT NULL AND c.voided_at IS NULL AND c.seen_on <= NEW.on_date"
    " AND c.valid_until >= NEW.on_date))",
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "shadow_visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_slot", sa.Integer(), nullable=False),
        sa.Column("to_slot", sa.Integer(), nullable=False),
        sa.Column("is_led", sa.Boolean(), nullable=False),
        sa.Column("status", _enum("shadow_status", STATUSES), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arranged_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_words", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48",
            name=op.f("ck_shadow_visits_ends_after_it_begins"),
        ),
        _refers("shadow_visits", "handover_id", "handovers"),
        _refers("shadow_visits", "successor_id", "volunteers"),
        _refers("shadow_visits", "occurrence_id", "occurrences"),
        _refers("shadow_visits", "arranged_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_visits")),
    )
    for column in ("handover_id", "successor_id", "occurrence_id", "on_date", "status"):
        op.create_index(op.f(f"ix_shadow_visits_{column}"), "shadow_visits", [column], unique=False)
    op.create_index(
        "uq_shadow_visits_live",
        "shadow_visits",
        ["occurrence_id", "successor_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "shadow_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shadow_id", sa.Integer(), nullable=False),
        sa.Column("party", _enum("party", ("senior", "successor", "carer")), nullable=False),
        sa.Column("went", _enum("went", ("well", "all_right", "difficult")), nullable=False),
        sa.Column("words_box", sa.LargeBinary(), nullable=True),
        sa.Column("how", _enum("signed_how", ("signed_in", "phone_call", "on_paper")), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint("party <> 'carer'", name=op.f("ck_shadow_reports_by_one_of_the_two")),
        _refers("shadow_reports", "shadow_id", "shadow_visits"),
        _refers("shadow_reports", "written_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_reports")),
        sa.UniqueConstraint("row_key", name=op.f("uq_shadow_reports_row_key")),
        sa.UniqueConstraint("shadow_id", "party", name=op.f("uq_shadow_reports_shadow_id_party")),
    )
    op.create_index(op.f("ix_shadow_reports_shadow_id"), "shadow_reports", ["shadow_id"], unique=False)
    _let_slots_be_without_a_seat(True)
    op.execute(
        "ALTER TABLE booked_slots ADD COLUMN shadow_id INTEGER"
        " CONSTRAINT ck_booked_slots_by_one CHECK ((shadow_id IS NULL) <> (seat_id IS NULL))"
    )
    op.create_index(op.f("ix_booked_slots_shadow_id"), "booked_slots", ["shadow_id"], unique=False)
    for statement in _sqlite_triggers() if is_sqlite else _postgresql_triggers():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("shadow_reports")
    op.drop_table("shadow_visits")
    op.execute("DELETE FROM booked_slots WHERE shadow_id IS NOT NULL")
    op.drop_index(op.f("ix_booked_slots_shadow_id"), table_name="booked_slots")
    op.execute("ALTER TABLE booked_slots DROP COLUMN shadow_id")
    _let_slots_be_without_a_seat(False)
    if op.get_bind().dialect.name != "sqlite":
        for function in ("shadow_visits_check", "shadow_visits_free"):
            op.execute(f"DROP FUNCTION {function}()")


def _let_slots_be_without_a_seat(may_be: bool) -> None:
    """On SQLite by the table's text in the schema, as `migrations.checks` does: to rebuild it would drop its triggers."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE booked_slots ALTER COLUMN seat_id {'DROP' if may_be else 'SET'} NOT NULL")
        return
    was = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'booked_slots'"
    ).scalar_one()
    becomes, found = re.subn(
        r"seat_id INTEGER NOT NULL" if may_be else r"seat_id INTEGER\b(?! NOT NULL)",
        "seat_id INTEGER" if may_be else "seat_id INTEGER NOT NULL",
        was,
        count=1,
    )
    if found != 1:
        raise LookupError(was)
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = 'booked_slots'", {"sql": becomes}
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _enum(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _sqlite_triggers() -> list[str]:
    refuse = "SELECT RAISE(ABORT, '{}') WHERE {};"
    refusals = " ".join(refuse.format(word, condition) for word, condition in REFUSALS.items())
    return [
        "CREATE TRIGGER shadow_visits_moves BEFORE UPDATE OF status ON shadow_visits"
        f" BEGIN {refuse.format('illegal_move', f'NOT ({legal_moves(MOVES)})')} END",
        "CREATE TRIGGER shadow_visits_made AFTER INSERT ON shadow_visits WHEN NEW.status = 'arranged'"
        f" BEGIN {refusals} {BOOK} END",
        "CREATE TRIGGER shadow_visits_arranged AFTER UPDATE OF status ON shadow_visits"
        f" WHEN NEW.status = 'arranged' AND OLD.status <> 'arranged' BEGIN {refusals} {BOOK} END",
        "CREATE TRIGGER shadow_visits_freed AFTER UPDATE OF status ON shadow_visits"
        f" WHEN NEW.status = 'cancelled' AND OLD.status <> 'cancelled' BEGIN {FREE} END",
    ]


def _postgresql_triggers() -> list[str]:
    refusals = " ".join(
        f"IF {condition} THEN RAISE EXCEPTION '{word}' USING ERRCODE = 'check_violation'; END IF;"
        for word, condition in REFUSALS.items()
    )
    head = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    return [
        f"CREATE FUNCTION shadow_visits_check() {head} {refusals} {BOOK} RETURN NEW; END $$",
        f"CREATE FUNCTION shadow_visits_free() {head} {FREE} RETURN NEW; END $$",
        "CREATE TRIGGER shadow_visits_moves BEFORE UPDATE OF status ON shadow_visits FOR EACH ROW"
        f" WHEN (NOT ({legal_moves(MOVES)})) EXECUTE FUNCTION refuse_illegal_move()",
        "CREATE TRIGGER shadow_visits_made AFTER INSERT ON shadow_visits FOR EACH ROW"
        " WHEN (NEW.status = 'arranged') EXECUTE FUNCTION shadow_visits_check()",
        "CREATE TRIGGER shadow_visits_arranged AFTER UPDATE OF status ON shadow_visits FOR EACH ROW"
        " WHEN (NEW.status = 'arranged' AND OLD.status <> 'arranged') EXECUTE FUNCTION shadow_visits_check()",
        "CREATE TRIGGER shadow_visits_freed AFTER UPDATE OF status ON shadow_visits FOR EACH ROW"
        " WHEN (NEW.status = 'cancelled' AND OLD.status <> 'cancelled') EXECUTE FUNCTION shadow_visits_free()",
    ]

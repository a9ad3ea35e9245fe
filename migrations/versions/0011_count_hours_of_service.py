"""Count hours of service: a ledger to which rows are only ever added.

What the triggers refuse, the same word on SQLite and PostgreSQL: `own_hours` (confirmed by the volunteer),
`hours_to_come`, `back_dated_without_reason` (work outside visits, more than 14 days ago), `not_their_seat`,
`counted_already` (a visit), `hours_overlap`, `not_what_was_taken` (a row that takes back something else than it says),
`history_is_append_only`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = ("visit", "other", "paper")
BACK_DATED_AFTER_DAYS = 14


def upgrade() -> None:
    op.create_table(
        "service_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="hours_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("to_minute", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("work", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("takes_back_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'visit') = (seat_id IS NOT NULL)", name=op.f("ck_service_hours_a_visit_has_a_seat")
        ),
        sa.CheckConstraint("kind = 'visit' OR work <> ''", name=op.f("ck_service_hours_says_what_was_done")),
        sa.CheckConstraint(
            "(kind = 'paper') = (from_minute IS NULL) AND (from_minute IS NULL) = (to_minute IS NULL)",
            name=op.f("ck_service_hours_has_times_unless_from_paper"),
        ),
        sa.CheckConstraint(
            "from_minute IS NULL OR (from_minute >= 0 AND from_minute <= to_minute AND to_minute <= 1440)",
            name=op.f("ck_service_hours_within_one_day"),
        ),
        sa.CheckConstraint(
            "from_minute IS NULL OR ABS(minutes) = to_minute - from_minute",
            name=op.f("ck_service_hours_as_long_as_its_times"),
        ),
        sa.CheckConstraint("ABS(minutes) <= 600000", name=op.f("ck_service_hours_in_reach")),
        sa.CheckConstraint(
            "(takes_back_id IS NULL AND minutes >= 0) OR (takes_back_id IS NOT NULL AND minutes <= 0)",
            name=op.f("ck_service_hours_only_what_is_taken_back_is_negative"),
        ),
        sa.CheckConstraint("minutes <> 0 OR kind = 'visit'", name=op.f("ck_service_hours_some_minutes")),
        sa.CheckConstraint(
            "reason <> '' OR (minutes > 0 AND takes_back_id IS NULL AND replaces_id IS NULL)",
            name=op.f("ck_service_hours_says_why_it_was_corrected"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["accounts.id"], name=op.f("fk_service_hours_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["service_hours.id"], name=op.f("fk_service_hours_replaces_id")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["visit_seats.id"], name=op.f("fk_service_hours_seat_id")),
        sa.ForeignKeyConstraint(
            ["takes_back_id"], ["service_hours.id"], name=op.f("fk_service_hours_takes_back_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_service_hours_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_hours")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_service_hours_replaces_id")),
        sa.UniqueConstraint("takes_back_id", name=op.f("uq_service_hours_takes_back_id")),
    )
    op.create_index(op.f("ix_service_hours_seat_id"), "service_hours", ["seat_id"], unique=False)
    op.create_index(
        "ix_service_hours_volunteer_day", "service_hours", ["volunteer_id", "on_date"], unique=False
    )
    for statement in _triggers(op.get_bind().dialect.name == "sqlite"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("service_hours")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION service_hours_check()")


def _refusals(confirmed_on: str, days_since: str) -> dict[str, str]:
    """Word → SQL that is true when the row NEW must be refused."""
    return {
        "own_hours": "EXISTS (SELECT 1 FROM volunteers w WHERE w.id = NEW.volunteer_id"
        " AND w.account_id = NEW.confirmed_by_id)",
        "hours_to_come": f"NEW.on_date > {confirmed_on}",
        "back_dated_without_reason": f"NEW.kind <> 'visit' AND NEW.reason = '' AND {days_since} > {BACK_DATED_AFTER_DAYS}",
        "not_their_seat": "NEW.seat_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM visit_seats s"
        " JOIN visits v ON v.id = s.visit_id WHERE s.id = NEW.seat_id AND s.volunteer_id = NEW.volunteer_id"
        " AND s.status = 'accepted' AND v.on_date = NEW.on_date)",
        "counted_already": _stands_already("NEW.seat_id IS NOT NULL AND o.seat_id = NEW.seat_id"),
        "hours_overlap": _stands_already(
            "NEW.from_minute IS NOT NULL AND o.on_date = NEW.on_date"
            " AND o.from_minute < NEW.to_minute AND NEW.from_minute < o.to_minute"
        ),
        "not_what_was_taken": "(NEW.takes_back_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM service_hours o"
        " WHERE o.id = NEW.takes_back_id AND o.takes_back_id IS NULL AND o.volunteer_id = NEW.volunteer_id"
        " AND o.kind = NEW.kind AND o.on_date = NEW.on_date AND o.minutes = -NEW.minutes"
        " AND COALESCE(o.from_minute, -1) = COALESCE(NEW.from_minute, -1)"
        " AND COALESCE(o.seat_id, -1) = COALESCE(NEW.seat_id, -1)))"
        " OR (NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM service_hours b"
        " WHERE b.takes_back_id = NEW.replaces_id AND b.volunteer_id = NEW.volunteer_id AND b.kind = NEW.kind))",
    }


def _stands_already(condition: str) -> str:
    """SQL that is true when the row NEW counts something and a row `o` of the volunteer that stands fits a condition."""
    stands = (
        "o.volunteer_id = NEW.volunteer_id AND o.takes_back_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM service_hours b WHERE b.takes_back_id = o.id)"
    )
    found = f"SELECT 1 FROM service_hours o WHERE {stands} AND {condition}"
    return f"NEW.takes_back_id IS NULL AND EXISTS ({found})"


def _triggers(is_sqlite: bool) -> list[str]:
    if is_sqlite:
        confirmed_on = "date(NEW.confirmed_at, '+8 hours')"
        words = _refusals(confirmed_on, f"julianday({confirmed_on}) - julianday(NEW.on_date)")
        refusals = " ".join(
            f"SELECT RAISE(ABORT, '{word}') WHERE {condition};" for word, condition in words.items()
        )
        keep = "SELECT RAISE(ABORT, 'history_is_append_only');"
        return [
            f"CREATE TRIGGER service_hours_checked BEFORE INSERT ON service_hours BEGIN {refusals} END",
            f"CREATE TRIGGER service_hours_kept BEFORE UPDATE ON service_hours BEGIN {keep} END",
            f"CREATE TRIGGER service_hours_stay BEFORE DELETE ON service_hours BEGIN {keep} END",
        ]
    confirmed_on = "(NEW.confirmed_at AT TIME ZONE 'Asia/Hong_Kong')::date"
    words = _refusals(confirmed_on, f"{confirmed_on} - NEW.on_date")
    refusals = " ".join(
        f"IF {condition} THEN RAISE EXCEPTION '{word}' USING ERRCODE = 'check_violation'; END IF;"
        for word, condition in words.items()
    )
    lock = "PERFORM 1 FROM volunteers WHERE id = NEW.volunteer_id FOR NO KEY UPDATE;"
    return [
        "CREATE FUNCTION service_hours_check() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN {lock} {refusals} RETURN NEW; END $$",
        "CREATE TRIGGER service_hours_checked BEFORE INSERT ON service_hours FOR EACH ROW"
        " EXECUTE FUNCTION service_hours_check()",
        "CREATE TRIGGER service_hours_kept BEFORE UPDATE OR DELETE ON service_hours FOR EACH ROW"
        " EXECUTE FUNCTION history_keep()",
    ]

"""Know the weather: warnings in force, what each means for which visits; and two more reasons why a seat ends."""

import sqlalchemy as sa
from alembic import op

from migrations.checks import change_values

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CLASSES = ("indoor", "outdoor", "remote")
WARNINGS = ("t1", "t3", "t8", "t9", "t10", "amber", "red", "black", "very_hot")
EFFECTS = ("goes_on", "look", "suspend", "suspend_tomorrow_too")
SPEAKERS = ("observatory", "staff")
SILENCES = ("not_reached", "refused", "unclear")
FIRST_RULES = {
    "outdoor": {
        "t3": "suspend",
        "t8": "suspend",
        "t9": "suspend_tomorrow_too",
        "t10": "suspend_tomorrow_too",
        "amber": "look",
        "red": "suspend",
        "black": "suspend",
        "very_hot": "look",
    },
    "indoor": {
        "t3": "look",
        "t8": "suspend",
        "t9": "suspend_tomorrow_too",
        "t10": "suspend_tomorrow_too",
        "red": "look",
        "black": "suspend",
    },
    "remote": {},
}
"""What is not named goes on."""
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
    "no_longer_fits",
)
ENDINGS = (*ENDINGS_BEFORE, "replanned", "covered")


def upgrade() -> None:
    rules = op.create_table(
        "weather_rules",
        sa.Column("weather_class", _enum("weather_class", CLASSES), nullable=False),
        sa.Column("warning", _enum("warning_kind", WARNINGS), nullable=False),
        sa.Column("effect", _enum("effect", EFFECTS), nullable=False),
        sa.PrimaryKeyConstraint("weather_class", "warning", name=op.f("pk_weather_rules")),
    )
    op.bulk_insert(
        rules,
        [
            {"weather_class": each, "warning": warning, "effect": FIRST_RULES[each].get(warning, "goes_on")}
            for each in CLASSES
            for warning in WARNINGS
        ],
    )
    op.create_table(
        "warning_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warning", _enum("warning_kind", WARNINGS), nullable=False),
        sa.Column("said_by", _enum("said_by", SPEAKERS), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at >= begins_at", name=op.f("ck_warning_periods_ends_after_it_begins")
        ),
        sa.CheckConstraint(
            "said_by <> 'staff' OR noted_by_id IS NOT NULL", name=op.f("ck_warning_periods_noted_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["accounts.id"], name=op.f("fk_warning_periods_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["accounts.id"], name=op.f("fk_warning_periods_noted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_periods")),
    )
    op.create_index(op.f("ix_warning_periods_ends_at"), "warning_periods", ["ends_at"], unique=False)
    op.create_index(
        "uq_warning_periods_open",
        "warning_periods",
        ["warning"],
        unique=True,
        sqlite_where=sa.text("ends_at IS NULL"),
        postgresql_where=sa.text("ends_at IS NULL"),
    )
    op.create_table(
        "observatory_states",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silence", _enum("silence", SILENCES), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_observatory_states_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observatory_states")),
    )
    _let_seats_end(ENDINGS)


def downgrade() -> None:
    op.execute(
        "UPDATE visit_seats SET ended_because = 'visit_cancelled' WHERE ended_because IN ('replanned', 'covered')"
    )
    _rewrite_history(
        "UPDATE seat_moves SET because = 'visit_cancelled' WHERE because IN ('replanned', 'covered')"
    )
    _let_seats_end(ENDINGS_BEFORE)
    for table in ("observatory_states", "warning_periods", "weather_rules"):
        op.drop_table(table)


def _let_seats_end(endings: tuple[str, ...]) -> None:
    change_values("visit_seats", "ended_because", "ck_visit_seats_ended_because", endings)
    change_values("seat_moves", "because", "ck_seat_moves_ended_because", endings)


def _rewrite_history(statement: str) -> None:
    """The history is kept by a trigger; to go back it must speak in the words of before."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE seat_moves DISABLE TRIGGER seat_moves_kept")
        op.execute(statement)
        op.execute("ALTER TABLE seat_moves ENABLE TRIGGER seat_moves_kept")
        return
    trigger = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'seat_moves_kept'"
    ).scalar_one()
    op.execute("DROP TRIGGER seat_moves_kept")
    op.execute(statement)
    op.execute(trigger)


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)

"""Know how the day went: who was on the way, came and left; and by which rule somebody was taken off."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

MARKS = ("on_the_way", "late", "arrived", "left", "did_not_come", "wrong", "safe")
WAYS = ("tap", "carer", "phone_call")


def upgrade() -> None:
    op.add_column("visit_seats", sa.Column("ended_rule", sa.String(length=40), nullable=True))
    op.create_table(
        "attendances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(*MARKS, name="mark", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column(
            "how",
            sa.Enum(*WAYS, name="noted_how", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 1 AND 480", name=op.f("ck_attendances_late_by_some_minutes")
        ),
        sa.CheckConstraint("at <= noted_at", name=op.f("ck_attendances_not_ahead_of_time")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_attendances_by_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["visit_seats.id"], name=op.f("fk_attendances_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
    )
    op.create_index(op.f("ix_attendances_seat_id"), "attendances", ["seat_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (("kept", "UPDATE"), ("stay", "DELETE")):
            op.execute(
                f"CREATE TRIGGER attendances_{name} BEFORE {event} ON attendances"
                " BEGIN SELECT RAISE(ABORT, 'history_is_append_only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER attendances_kept BEFORE UPDATE OR DELETE ON attendances"
            " FOR EACH ROW EXECUTE FUNCTION history_keep()"
        )


def downgrade() -> None:
    op.drop_table("attendances")
    op.execute("ALTER TABLE visit_seats DROP COLUMN ended_rule")

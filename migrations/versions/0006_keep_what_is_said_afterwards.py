"""Keep what is said after a visit: reports, feedback, and concerns that only safeguarding leads read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WENT = ("well", "all_right", "difficult")
NEXT_STEPS = ("keep", "change", "end")
WAYS = ("tap", "carer", "phone_call")


def upgrade() -> None:
    op.create_table(
        "visit_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("went", _enum("went", WENT), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("next_step", _enum("next_step", NEXT_STEPS), nullable=False),
        sa.Column("words_box", sa.LargeBinary(), nullable=True),
        sa.Column("how", _enum("noted_how", WAYS), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_visit_reports_some_minutes_of_a_day")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_visit_reports_by_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["visit_seats.id"], name=op.f("fk_visit_reports_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_reports")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_visit_reports_seat_id")),
        sa.UniqueConstraint("row_key", name=op.f("uq_visit_reports_row_key")),
    )
    op.create_index(op.f("ix_visit_reports_written_at"), "visit_reports", ["written_at"], unique=False)
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("was_good", sa.Boolean(), nullable=False),
        sa.Column("wants_same", sa.Boolean(), nullable=False),
        sa.Column("thanks_box", sa.LargeBinary(), nullable=True),
        sa.Column("how", _enum("noted_how", WAYS), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_feedbacks_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_feedbacks_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedbacks")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_feedbacks_visit_id")),
        sa.UniqueConstraint("row_key", name=op.f("uq_feedbacks_row_key")),
    )
    op.create_index(op.f("ix_feedbacks_written_at"), "feedbacks", ["written_at"], unique=False)
    op.create_table(
        "concerns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_box", sa.LargeBinary(), nullable=True),
        sa.Column("words_box", sa.LargeBinary(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=True),
        sa.Column("visit_code", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome_box", sa.LargeBinary(), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(taken_at IS NULL) = (taken_by_id IS NULL)", name=op.f("ck_concerns_taken_by_somebody")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_concerns_closed_by_somebody")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR taken_at IS NOT NULL", name=op.f("ck_concerns_taken_before_it_is_closed")
        ),
        sa.CheckConstraint("due_at > raised_at", name=op.f("ck_concerns_due_after_it_is_raised")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["accounts.id"], name=op.f("fk_concerns_closed_by_id")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["care_recipients.id"], name=op.f("fk_concerns_recipient_id")
        ),
        sa.ForeignKeyConstraint(["taken_by_id"], ["accounts.id"], name=op.f("fk_concerns_taken_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
        sa.UniqueConstraint("row_key", name=op.f("uq_concerns_row_key")),
    )
    op.create_index(op.f("ix_concerns_closed_at"), "concerns", ["closed_at"], unique=False)
    op.create_index(op.f("ix_concerns_recipient_id"), "concerns", ["recipient_id"], unique=False)


def downgrade() -> None:
    for table in ("concerns", "feedbacks", "visit_reports"):
        op.drop_table(table)


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)

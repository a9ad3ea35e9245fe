"""Name a reserve: who is asked next for a needed visit, decided together with an approval."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

STATUSES = ("waiting", "asked", "dropped")


def upgrade() -> None:
    op.create_table(
        "reserves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="reserve_status", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_rule", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name=op.f("ck_reserves_ends_once")),
        sa.ForeignKeyConstraint(["named_by_id"], ["accounts.id"], name=op.f("fk_reserves_named_by_id")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.id"], name=op.f("fk_reserves_occurrence_id")
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_reserves_proposal_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_reserves_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserves")),
    )
    for column in ("occurrence_id", "proposal_id", "status", "volunteer_id"):
        op.create_index(op.f(f"ix_reserves_{column}"), "reserves", [column], unique=False)
    op.create_index(
        "uq_reserves_waiting",
        "reserves",
        ["occurrence_id", "volunteer_id"],
        unique=True,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("reserves")

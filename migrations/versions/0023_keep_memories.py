"""Keep memories: what seniors would tell newcomers, shown once a coordinator has released it.

Refused by a trigger: `illegal_move`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.checks import legal_moves

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATUSES = ("waiting", "released", "kept_back", "withdrawn")
MOVES: dict[str, Sequence[str]] = {
    "waiting": ("released", "kept_back", "withdrawn"),
    "released": ("kept_back", "withdrawn"),
    "kept_back": ("released", "withdrawn"),
}


def upgrade() -> None:
    op.create_table(
        "memories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=1500), nullable=False),
        sa.Column("signed_as", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="memory_status", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_memories_says_something")),
        sa.CheckConstraint("signed_as <> ''", name=op.f("ck_memories_signed_somehow")),
        sa.CheckConstraint(
            "status = 'withdrawn' OR consent_at IS NOT NULL", name=op.f("ck_memories_only_with_consent")
        ),
        sa.CheckConstraint(
            "status NOT IN ('released', 'kept_back') OR decided_by_id IS NOT NULL",
            name=op.f("ck_memories_decided_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_memories_volunteer_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["accounts.id"], name=op.f("fk_memories_written_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["accounts.id"], name=op.f("fk_memories_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
    for column in ("volunteer_id", "status"):
        op.create_index(op.f(f"ix_memories_{column}"), "memories", [column], unique=False)
    head = "CREATE TRIGGER memories_moves BEFORE UPDATE OF status ON memories"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, 'illegal_move') WHERE NOT ({legal_moves(MOVES)}); END")
    else:
        op.execute(
            f"{head} FOR EACH ROW WHEN (NOT ({legal_moves(MOVES)})) EXECUTE FUNCTION refuse_illegal_move()"
        )


def downgrade() -> None:
    op.drop_table("memories")

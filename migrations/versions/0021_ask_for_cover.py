"""Ask for cover: a volunteer would rather not go, or change places with somebody; a coordinator decides."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = ("cover", "swap")
STATUSES = ("open", "done", "refused", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "cover_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("cover_kind", KINDS), nullable=False),
        sa.Column("with_seat_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", _enum("wish_status", STATUSES), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'swap') = (with_seat_id IS NOT NULL)",
            name=op.f("ck_cover_wishes_a_swap_is_with_somebody"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_cover_wishes_decided_once")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["accounts.id"], name=op.f("fk_cover_wishes_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["visit_seats.id"], name=op.f("fk_cover_wishes_seat_id")),
        sa.ForeignKeyConstraint(
            ["with_seat_id"], ["visit_seats.id"], name=op.f("fk_cover_wishes_with_seat_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_wishes")),
    )
    op.create_index(op.f("ix_cover_wishes_seat_id"), "cover_wishes", ["seat_id"], unique=False)
    op.create_index(
        "uq_cover_wishes_open",
        "cover_wishes",
        ["seat_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("cover_wishes")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)

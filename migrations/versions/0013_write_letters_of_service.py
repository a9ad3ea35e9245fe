"""Write letters of service: what one said stays as it was, but it can be declared not to hold any more.

Refused by triggers: `own_letter` (written by the volunteer), `letter_is_fixed`, `history_is_append_only` (deleting one).
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

FIXED = (
    "number", "volunteer_id", "name_zh", "name_en", "from_day", "to_day", "minutes", "lines", "issued_by_id", "issued_at",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "service_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoke_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("from_day <= to_day", name=op.f("ck_service_letters_ends_after_it_begins")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_service_letters_some_minutes")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL) AND (revoked_at IS NULL) = (revoke_reason = '')",
            name=op.f("ck_service_letters_revoked_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["accounts.id"], name=op.f("fk_service_letters_issued_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["accounts.id"], name=op.f("fk_service_letters_revoked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_service_letters_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_letters")),
        sa.UniqueConstraint("number", name=op.f("uq_service_letters_number")),
    )
    op.create_index(
        op.f("ix_service_letters_volunteer_id"), "service_letters", ["volunteer_id"], unique=False
    )
    for statement in _triggers(op.get_bind().dialect.name == "sqlite"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("service_letters")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION service_letters_check()")
        op.execute("DROP FUNCTION service_letters_fix()")


def _triggers(is_sqlite: bool) -> list[str]:
    own = "EXISTS (SELECT 1 FROM volunteers w WHERE w.id = NEW.volunteer_id AND w.account_id = NEW.issued_by_id)"
    if is_sqlite:
        return [
            "CREATE TRIGGER service_letters_checked BEFORE INSERT ON service_letters"
            f" BEGIN SELECT RAISE(ABORT, 'own_letter') WHERE {own}; END",
            f"CREATE TRIGGER service_letters_fixed BEFORE UPDATE OF {', '.join(FIXED)} ON service_letters"
            " BEGIN SELECT RAISE(ABORT, 'letter_is_fixed'); END",
            "CREATE TRIGGER service_letters_stay BEFORE DELETE ON service_letters"
            " BEGIN SELECT RAISE(ABORT, 'history_is_append_only'); END",
        ]
    return [
        "CREATE FUNCTION service_letters_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {own} THEN RAISE EXCEPTION 'own_letter' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE FUNCTION service_letters_fix() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'letter_is_fixed' USING ERRCODE = 'check_violation'; RETURN NEW; END $$",
        "CREATE TRIGGER service_letters_checked BEFORE INSERT ON service_letters FOR EACH ROW"
        " EXECUTE FUNCTION service_letters_check()",
        f"CREATE TRIGGER service_letters_fixed BEFORE UPDATE OF {', '.join(FIXED)} ON service_letters FOR EACH ROW"
        " EXECUTE FUNCTION service_letters_fix()",
        "CREATE TRIGGER service_letters_stay BEFORE DELETE ON service_letters FOR EACH ROW"
        " EXECUTE FUNCTION history_keep()",
    ]

"""Write certificates of courses and of faculties' programmes; what one said stays as it was.

Refused by triggers: `letter_is_fixed`, `history_is_append_only` (deleting one), as of letters of service.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0019"
branch_labels = None
depends_on = None

FIXED = (
    "number", "volunteer_id", "enrolment_id", "faculty_id", "name_zh", "name_en", "title_zh", "title_en", "minutes",
    "completed_on", "valid_until", "lines", "is_invented", "issued_by_id", "issued_at",
)  # fmt: skip
HOLDS = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    op.execute("ALTER TABLE courses ADD COLUMN is_core BOOLEAN DEFAULT FALSE NOT NULL")
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("faculty_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("title_zh", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=80), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("is_invented", sa.Boolean(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoke_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(enrolment_id IS NULL) <> (faculty_id IS NULL) AND (faculty_id IS NULL OR volunteer_id IS NOT NULL)",
            name=op.f("ck_certificates_of_a_course_or_a_programme"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= completed_on",
            name=op.f("ck_certificates_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL) AND (revoked_at IS NULL) = (revoke_reason = '')",
            name=op.f("ck_certificates_revoked_by_somebody"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_certificates_{column}"))
            for column, target in (
                ("volunteer_id", "volunteers.id"),
                ("enrolment_id", "enrolments.id"),
                ("faculty_id", "faculties.id"),
                ("issued_by_id", "accounts.id"),
                ("revoked_by_id", "accounts.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("number", name=op.f("uq_certificates_number")),
    )
    op.create_index(op.f("ix_certificates_volunteer_id"), "certificates", ["volunteer_id"], unique=False)
    for name, columns in (
        ("uq_certificates_of_enrolment", ["enrolment_id"]),
        ("uq_certificates_of_programme", ["volunteer_id", "faculty_id"]),
    ):
        op.create_index(
            name, "certificates", columns, unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS
        )
    fixed = f"BEFORE UPDATE OF {', '.join(FIXED)} ON certificates"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER certificates_fixed {fixed} BEGIN SELECT RAISE(ABORT, 'letter_is_fixed'); END"
        )
        op.execute(
            "CREATE TRIGGER certificates_stay BEFORE DELETE ON certificates"
            " BEGIN SELECT RAISE(ABORT, 'history_is_append_only'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER certificates_fixed {fixed} FOR EACH ROW EXECUTE FUNCTION service_letters_fix()"
        )
        op.execute(
            "CREATE TRIGGER certificates_stay BEFORE DELETE ON certificates FOR EACH ROW"
            " EXECUTE FUNCTION history_keep()"
        )


def downgrade() -> None:
    op.drop_table("certificates")
    op.execute("ALTER TABLE courses DROP COLUMN is_core")

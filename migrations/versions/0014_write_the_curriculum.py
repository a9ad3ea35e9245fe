"""Write the curriculum: faculties, courses, and the qualifications they grant, prolong and require."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faculties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faculties")),
    )
    op.create_table(
        "courses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("faculty_id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("aims_zh", sa.String(length=600), nullable=False),
        sa.Column("aims_en", sa.String(length=600), nullable=False),
        sa.Column("audience_zh", sa.String(length=200), nullable=False),
        sa.Column("audience_en", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("language_code", sa.String(length=40), nullable=False),
        sa.Column("open_to_volunteers", sa.Boolean(), nullable=False),
        sa.Column("open_to_carers", sa.Boolean(), nullable=False),
        sa.Column("open_to_public", sa.Boolean(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.Column("renewal_months", sa.Integer(), nullable=True),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("is_invented", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 15 AND 60000", name=op.f("ck_courses_some_length")),
        sa.CheckConstraint(
            "valid_months IS NULL OR valid_months BETWEEN 1 AND 240",
            name=op.f("ck_courses_valid_months_in_reach"),
        ),
        sa.CheckConstraint(
            "renewal_months IS NULL OR (valid_months IS NOT NULL AND renewal_months BETWEEN 1 AND valid_months)",
            name=op.f("ck_courses_renewed_before_it_ends"),
        ),
        sa.CheckConstraint(
            "open_to_volunteers OR open_to_carers OR open_to_public", name=op.f("ck_courses_open_to_somebody")
        ),
        sa.ForeignKeyConstraint(["faculty_id"], ["faculties.id"], name=op.f("fk_courses_faculty_id")),
        sa.ForeignKeyConstraint(["language_code"], ["languages.code"], name=op.f("fk_courses_language_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
    )
    op.create_index(op.f("ix_courses_faculty_id"), "courses", ["faculty_id"], unique=False)
    for table, column, target in (
        ("course_kinds", "kind_code", "support_kinds"),
        ("course_grants", "skill_code", "skills"),
        ("course_prolongings", "skill_code", "skills"),
    ):
        op.create_table(
            table,
            sa.Column("course_id", sa.Integer(), nullable=False),
            sa.Column(column, sa.String(length=40), nullable=False),
            sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f(f"fk_{table}_course_id")),
            sa.ForeignKeyConstraint([column], [f"{target}.code"], name=op.f(f"fk_{table}_{column}")),
            sa.PrimaryKeyConstraint("course_id", column, name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "course_requirements",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column(
            "of",
            sa.Enum(
                "learner", "trainer", name="required_of", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "group_number BETWEEN 1 AND 9", name=op.f("ck_course_requirements_group_number_in_reach")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_requirements_course_id")),
        sa.ForeignKeyConstraint(
            ["skill_code"], ["skills.code"], name=op.f("fk_course_requirements_skill_code")
        ),
        sa.PrimaryKeyConstraint(
            "course_id", "of", "group_number", "skill_code", name=op.f("pk_course_requirements")
        ),
    )


def downgrade() -> None:
    for table in (
        "course_requirements", "course_prolongings", "course_grants", "course_kinds", "courses", "faculties",
    ):  # fmt: skip
        op.drop_table(table)

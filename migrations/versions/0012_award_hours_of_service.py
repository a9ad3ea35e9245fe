"""Award hours of service: award schemes and their levels, which staff edit, and the two that are known to begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCHEMES = (
    (1, "香港義工獎（個人）", "Hong Kong Volunteer Award (individual)", 2022, None, 30, (50, 100, 300, 500)),
    (2, "義工運動嘉許狀", "Volunteer Movement certificates", 1998, 2021, None, (50, 100, 200)),
)
"""Id, names, first and last year, until which age somebody counts as youth, hours of the levels."""


def upgrade() -> None:
    schemes = op.create_table(
        "award_schemes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("youth_until", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "first_year BETWEEN 1950 AND 2100", name=op.f("ck_award_schemes_first_year_is_a_year")
        ),
        sa.CheckConstraint(
            "last_year IS NULL OR last_year BETWEEN first_year AND 2100",
            name=op.f("ck_award_schemes_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "youth_until IS NULL OR youth_until BETWEEN 6 AND 99",
            name=op.f("ck_award_schemes_youth_until_an_age"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_schemes")),
    )
    levels = op.create_table(
        "award_levels",
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours BETWEEN 1 AND 8784", name=op.f("ck_award_levels_hours_of_a_year")),
        sa.ForeignKeyConstraint(["scheme_id"], ["award_schemes.id"], name=op.f("fk_award_levels_scheme_id")),
        sa.PrimaryKeyConstraint("scheme_id", "hours", name=op.f("pk_award_levels")),
    )
    names = ("id", "name_zh", "name_en", "first_year", "last_year", "youth_until")
    op.bulk_insert(schemes, [dict(zip(names, row, strict=False)) | {"version": 1} for row in SCHEMES])
    op.bulk_insert(levels, [{"scheme_id": row[0], "hours": hours} for row in SCHEMES for hours in row[-1]])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"SELECT setval('award_schemes_id_seq', {len(SCHEMES)})")


def downgrade() -> None:
    op.drop_table("award_levels")
    op.drop_table("award_schemes")

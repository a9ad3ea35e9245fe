"""Hold courses: runs with lessons, trainers and seats, who is enrolled, who came, and what came of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.checks import legal_moves

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOVES: dict[str, dict[str, Sequence[str]]] = {
    "course_runs": {
        "draft": ("open", "cancelled"),
        "open": ("confirmed", "finished", "cancelled"),
        "confirmed": ("finished", "cancelled"),
    },
    "enrolments": {
        "waiting": ("offered", "enrolled", "withdrawn", "cancelled"),
        "offered": ("enrolled", "declined", "expired", "withdrawn", "cancelled"),
        "enrolled": ("withdrawn", "cancelled"),
    },
}


def upgrade() -> None:
    op.create_table(
        "course_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "open",
                "confirmed",
                "finished",
                "cancelled",
                name="run_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.String(length=40), nullable=True),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("is_assessed", sa.Boolean(), nullable=False),
        sa.Column("least_percent", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "least_percent BETWEEN 1 AND 100", name=op.f("ck_course_runs_least_percent_is_a_share")
        ),
        sa.CheckConstraint("minimum BETWEEN 1 AND seats", name=op.f("ck_course_runs_minimum_fits_the_seats")),
        sa.CheckConstraint("seats BETWEEN 1 AND 300", name=op.f("ck_course_runs_seats_in_reach")),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_course_runs_area_code")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_runs_course_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["accounts.id"], name=op.f("fk_course_runs_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_runs")),
    )
    op.create_index(op.f("ix_course_runs_course_id"), "course_runs", ["course_id"], unique=False)
    op.create_index(op.f("ix_course_runs_status"), "course_runs", ["status"], unique=False)
    op.create_table(
        "lessons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("place <> '' OR link <> ''", name=op.f("ck_lessons_is_held_somewhere")),
        sa.CheckConstraint(
            "from_minute % 15 = 0 AND to_minute % 15 = 0", name=op.f("ck_lessons_at_quarters_of_an_hour")
        ),
        sa.CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440",
            name=op.f("ck_lessons_ends_after_it_begins"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["course_runs.id"], name=op.f("fk_lessons_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
    )
    op.create_index(op.f("ix_lessons_on_date"), "lessons", ["on_date"], unique=False)
    op.create_index(op.f("ix_lessons_run_id"), "lessons", ["run_id"], unique=False)
    op.create_table(
        "run_materials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("link <> '' OR words <> ''", name=op.f("ck_run_materials_has_a_link_or_words")),
        sa.ForeignKeyConstraint(["added_by_id"], ["accounts.id"], name=op.f("fk_run_materials_added_by_id")),
        sa.ForeignKeyConstraint(["run_id"], ["course_runs.id"], name=op.f("fk_run_materials_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_materials")),
    )
    op.create_index(op.f("ix_run_materials_run_id"), "run_materials", ["run_id"], unique=False)
    op.create_table(
        "run_seats",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["course_runs.id"], name=op.f("fk_run_seats_run_id")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_seats")),
    )
    op.create_table(
        "run_trainers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(volunteer_id IS NULL) = (name <> '')", name=op.f("ck_run_trainers_a_volunteer_or_a_name")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["course_runs.id"], name=op.f("fk_run_trainers_run_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_run_trainers_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_trainers")),
        sa.UniqueConstraint("run_id", "volunteer_id", name=op.f("uq_run_trainers_run_id_volunteer_id")),
    )
    op.create_index(op.f("ix_run_trainers_run_id"), "run_trainers", ["run_id"], unique=False)
    op.create_index(op.f("ix_run_trainers_volunteer_id"), "run_trainers", ["volunteer_id"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("carer_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(length=120), nullable=False),
        sa.Column("phone_box", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("group_name", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "offered",
                "enrolled",
                "declined",
                "expired",
                "withdrawn",
                "cancelled",
                name="enrolment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("seat_number", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_box", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "passed",
                "not_yet",
                "missed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("feedback", sa.String(length=600), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assessed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(completed_on IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'passed')",
            name=op.f("ck_enrolments_completed_when_passed"),
        ),
        sa.CheckConstraint(
            "(seat_number IS NOT NULL) = (status IN ('offered', 'enrolled'))",
            name=op.f("ck_enrolments_seated_has_a_seat"),
        ),
        sa.CheckConstraint(
            "(volunteer_id IS NOT NULL AND carer_id IS NULL AND guest_name = '') OR (volunteer_id IS NULL AND carer_id IS NOT NULL AND guest_name = '') OR (volunteer_id IS NULL AND carer_id IS NULL AND guest_name <> '')",
            name=op.f("ck_enrolments_is_of_one_person"),
        ),
        sa.CheckConstraint(
            "status <> 'offered' OR answer_by IS NOT NULL", name=op.f("ck_enrolments_an_offer_ends")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR status = 'enrolled'",
            name=op.f("ck_enrolments_who_has_an_outcome_is_enrolled"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["accounts.id"], name=op.f("fk_enrolments_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["assessed_by_id"], ["accounts.id"], name=op.f("fk_enrolments_assessed_by_id")
        ),
        sa.ForeignKeyConstraint(["carer_id"], ["carers.id"], name=op.f("fk_enrolments_carer_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["accounts.id"], name=op.f("fk_enrolments_ended_by_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "seat_number"],
            ["run_seats.run_id", "run_seats.number"],
            name=op.f("fk_enrolments_run_id_seat_number"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["course_runs.id"], name=op.f("fk_enrolments_run_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_enrolments_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("row_key", name=op.f("uq_enrolments_row_key")),
        sa.UniqueConstraint("run_id", "seat_number", name=op.f("uq_enrolments_run_id_seat_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_enrolments_token_hash")),
    )
    op.create_index(op.f("ix_enrolments_answer_by"), "enrolments", ["answer_by"], unique=False)
    op.create_index(op.f("ix_enrolments_carer_id"), "enrolments", ["carer_id"], unique=False)
    op.create_index(op.f("ix_enrolments_completed_on"), "enrolments", ["completed_on"], unique=False)
    op.create_index(op.f("ix_enrolments_status"), "enrolments", ["status"], unique=False)
    op.create_index(op.f("ix_enrolments_volunteer_id"), "enrolments", ["volunteer_id"], unique=False)
    op.create_index(
        "uq_enrolments_live_carer",
        "enrolments",
        ["run_id", "carer_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('waiting', 'offered', 'enrolled')"),
        postgresql_where=sa.text("status IN ('waiting', 'offered', 'enrolled')"),
    )
    op.create_index(
        "uq_enrolments_live_volunteer",
        "enrolments",
        ["run_id", "volunteer_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('waiting', 'offered', 'enrolled')"),
        postgresql_where=sa.text("status IN ('waiting', 'offered', 'enrolled')"),
    )
    op.create_table(
        "taught_quarters",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("quarter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quarter BETWEEN 0 AND 95", name=op.f("ck_taught_quarters_quarter_of_a_day")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_taught_quarters_lesson_id")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_taught_quarters_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "on_date", "quarter", name=op.f("pk_taught_quarters")),
    )
    op.create_index(op.f("ix_taught_quarters_lesson_id"), "taught_quarters", ["lesson_id"], unique=False)
    op.create_table(
        "lesson_attendance",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("is_own_tap", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_lesson_attendance_by_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_lesson_attendance_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_attendance_lesson_id")),
        sa.PrimaryKeyConstraint("lesson_id", "enrolment_id", name=op.f("pk_lesson_attendance")),
    )
    op.create_index(
        op.f("ix_lesson_attendance_enrolment_id"), "lesson_attendance", ["enrolment_id"], unique=False
    )
    op.create_table(
        "run_evaluations",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("teaching", sa.Integer(), nullable=False),
        sa.Column("usefulness", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "content BETWEEN 1 AND 4 AND teaching BETWEEN 1 AND 4 AND usefulness BETWEEN 1 AND 4",
            name=op.f("ck_run_evaluations_one_to_four"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_run_evaluations_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_run_evaluations")),
    )

    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, moves in MOVES.items():
        op.execute(_moves_trigger(table, moves, is_sqlite))


def downgrade() -> None:
    for table in (
        "run_evaluations",
        "lesson_attendance",
        "taught_quarters",
        "enrolments",
        "run_trainers",
        "run_seats",
        "run_materials",
        "lessons",
        "course_runs",
    ):
        op.drop_table(table)


def _moves_trigger(table: str, moves: dict[str, Sequence[str]], is_sqlite: bool) -> str:
    head = f"CREATE TRIGGER {table}_moves BEFORE UPDATE OF status ON {table}"
    if is_sqlite:
        return f"{head} BEGIN SELECT RAISE(ABORT, 'illegal_move') WHERE NOT ({legal_moves(moves)}); END"
    return f"{head} FOR EACH ROW WHEN (NOT ({legal_moves(moves)})) EXECUTE FUNCTION refuse_illegal_move()"

"""Keep what a coordinator is to follow up: a helper refused, a volunteer who does not want to go on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "helper_refused",
                "volunteer_left",
                name="follow_up_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by_id IS NULL)", name=op.f("ck_follow_ups_done_by_somebody")
        ),
        sa.CheckConstraint(
            "kind <> 'helper_refused' OR request_id IS NOT NULL",
            name=op.f("ck_follow_ups_a_refusal_is_of_a_request"),
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["accounts.id"], name=op.f("fk_follow_ups_done_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["care_requests.id"], name=op.f("fk_follow_ups_request_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_follow_ups_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    for column in ("done_at", "request_id", "volunteer_id"):
        op.create_index(op.f(f"ix_follow_ups_{column}"), "follow_ups", [column], unique=False)
    op.execute(
        "INSERT INTO follow_ups (kind, volunteer_id, request_id, words, made_at, outcome)"
        " SELECT 'helper_refused', visit_seats.volunteer_id, visits.request_id, MAX(visit_seats.end_reason),"
        " MAX(visit_seats.ended_at), '' FROM visit_seats JOIN visits ON visits.id = visit_seats.visit_id"
        " JOIN care_requests ON care_requests.id = visits.request_id"
        " WHERE visit_seats.ended_because = 'carer_refused' AND care_requests.status = 'open'"
        " GROUP BY visit_seats.volunteer_id, visits.request_id"
    )


def downgrade() -> None:
    op.drop_table("follow_ups")

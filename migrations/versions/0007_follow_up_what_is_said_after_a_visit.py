"""Follow up what is said after a visit: two more kinds of things for the coordinators' board."""

from alembic import op

from migrations.checks import change_values

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS_BEFORE = ("helper_refused", "volunteer_left")
KINDS = (*KINDS_BEFORE, "visit_difficult", "carer_not_content")


def upgrade() -> None:
    change_values("follow_ups", "kind", "ck_follow_ups_follow_up_kind", KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM follow_ups WHERE kind IN ('visit_difficult', 'carer_not_content')")
    change_values("follow_ups", "kind", "ck_follow_ups_follow_up_kind", KINDS_BEFORE)

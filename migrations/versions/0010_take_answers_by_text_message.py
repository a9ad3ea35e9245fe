"""Take answers by text message: what the gateway delivered, each once, and what became of it."""

import sqlalchemy as sa
from alembic import op

from migrations.checks import change_values

revision = "0010"
down_revision = "0013"
branch_labels = None
depends_on = None

WAYS_BEFORE = ("link", "signed_in", "phone_call")
OUTCOMES = ("yes", "no", "to_call")


def upgrade() -> None:
    change_values("offers", "answered_how", "ck_offers_answered_how", (*WAYS_BEFORE, "sms"))
    op.create_table(
        "sms_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=False),
        sa.Column("phone_key", sa.String(length=64), nullable=False),
        sa.Column("words_box", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(*OUTCOMES, name="reply_outcome", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("call_back_id", sa.Integer(), nullable=True),
        sa.Column("row_key", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'to_call') = (call_back_id IS NOT NULL)",
            name=op.f("ck_sms_replies_a_call_or_an_answer"),
        ),
        sa.CheckConstraint(
            "outcome = 'to_call' OR offer_id IS NOT NULL",
            name=op.f("ck_sms_replies_an_answer_is_to_an_offer"),
        ),
        sa.ForeignKeyConstraint(
            ["call_back_id"], ["call_backs.id"], name=op.f("fk_sms_replies_call_back_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_sms_replies_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_replies")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_sms_replies_gateway_id")),
        sa.UniqueConstraint("row_key", name=op.f("uq_sms_replies_row_key")),
    )
    op.create_index(op.f("ix_sms_replies_phone_key"), "sms_replies", ["phone_key"], unique=False)
    op.create_index(op.f("ix_sms_replies_received_at"), "sms_replies", ["received_at"], unique=False)


def downgrade() -> None:
    op.drop_table("sms_replies")
    op.execute("UPDATE offers SET answered_how = 'link' WHERE answered_how = 'sms'")
    change_values("offers", "answered_how", "ck_offers_answered_how", WAYS_BEFORE)

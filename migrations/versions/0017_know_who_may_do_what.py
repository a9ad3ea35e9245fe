"""Know who may do what until when: which skills need proof, and what coordinators have seen.

What accepted volunteers said they can, and what needs proof from now on, is taken over as seen by whoever accepted
them, on that day. Going down, who may go stays as it was: the longest proof in force becomes the skill's own end,
and what an accepted volunteer only said of themselves is taken away.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

NEED_PROOF = (
    "transfers", "personal_care", "first_aid", "blood_pressure", "dementia_care", "care_planning", "driving",
)  # fmt: skip
KINDS = ("certificate", "assessment", "earlier")

volunteers = sa.table(
    "volunteers",
    sa.column("id", sa.Integer()),
    sa.column("accepted_by_id", sa.Integer()),
    sa.column("accepted_at", sa.DateTime(timezone=True)),
)
skills = sa.table("skills", sa.column("code", sa.String()), sa.column("needs_proof", sa.Boolean()))
held = sa.table(
    "volunteer_skills",
    sa.column("volunteer_id", sa.Integer()),
    sa.column("skill_code", sa.String()),
    sa.column("valid_until", sa.Date()),
)
proofs = sa.table(
    "qualification_proofs",
    sa.column("volunteer_id", sa.Integer()),
    sa.column("skill_code", sa.String()),
    sa.column("kind", sa.String()),
    sa.column("issued_by", sa.String()),
    sa.column("number", sa.String()),
    sa.column("issued_on", sa.Date()),
    sa.column("valid_until", sa.Date()),
    sa.column("seen_by_id", sa.Integer()),
    sa.column("seen_on", sa.Date()),
    sa.column("entered_at", sa.DateTime(timezone=True)),
    sa.column("withdrawn_at", sa.DateTime(timezone=True)),
    sa.column("withdraw_reason", sa.String()),
)


def upgrade() -> None:
    op.execute("ALTER TABLE skills ADD COLUMN needs_proof BOOLEAN DEFAULT FALSE NOT NULL")
    op.execute(
        "ALTER TABLE skills ADD COLUMN proof_months INTEGER CONSTRAINT ck_skills_proof_months_in_reach"
        " CHECK (proof_months IS NULL OR proof_months BETWEEN 1 AND 240)"
    )
    op.execute(skills.update().where(skills.c.code.in_(NEED_PROOF)).values(needs_proof=True))
    op.create_table(
        "qualification_proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("skill_code", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="proof_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdraw_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= issued_on",
            name=op.f("ck_qualification_proofs_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "seen_on >= issued_on", name=op.f("ck_qualification_proofs_seen_after_it_was_issued")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) AND (withdrawn_at IS NULL) = (withdraw_reason = '')",
            name=op.f("ck_qualification_proofs_withdrawn_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["accounts.id"], name=op.f("fk_qualification_proofs_seen_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["skill_code"], ["skills.code"], name=op.f("fk_qualification_proofs_skill_code")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_qualification_proofs_volunteer_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["accounts.id"], name=op.f("fk_qualification_proofs_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification_proofs")),
    )
    op.create_index(
        op.f("ix_qualification_proofs_volunteer_id"), "qualification_proofs", ["volunteer_id"], unique=False
    )
    op.create_index(
        "uq_qualification_proofs_counting",
        "qualification_proofs",
        ["volunteer_id", "skill_code", "kind", "issued_on"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    _take_over()


def downgrade() -> None:
    _give_back()
    op.drop_table("qualification_proofs")
    op.execute("ALTER TABLE skills DROP COLUMN proof_months")
    op.execute("ALTER TABLE skills DROP COLUMN needs_proof")


def _take_over() -> None:
    """What accepted volunteers have on record, as seen when they were accepted."""
    connection = op.get_bind()
    query = (
        sa.select(held, volunteers.c.accepted_by_id, volunteers.c.accepted_at)
        .join(volunteers, volunteers.c.id == held.c.volunteer_id)
        .where(
            held.c.skill_code.in_(NEED_PROOF),
            volunteers.c.accepted_by_id.is_not(None),
            volunteers.c.accepted_at.is_not(None),
        )
    )
    rows: list[dict[str, Any]] = []
    for row in connection.execute(query).all():
        seen_on = _hong_kong_day(row.accepted_at)
        rows.append(
            {
                "volunteer_id": row.volunteer_id,
                "skill_code": row.skill_code,
                "kind": "earlier",
                "issued_by": "",
                "number": "",
                "issued_on": min(seen_on, row.valid_until or seen_on),
                "valid_until": row.valid_until,
                "seen_by_id": row.accepted_by_id,
                "seen_on": seen_on,
                "entered_at": row.accepted_at,
                "withdraw_reason": "",
            }
        )
    if rows:
        op.bulk_insert(proofs, rows)


def _give_back() -> None:
    """The longest proof that counts becomes the skill's end; without any, an accepted volunteer has not the skill."""
    connection = op.get_bind()
    ends: dict[tuple[int, str], date | None] = {}
    counting = sa.select(proofs).where(proofs.c.withdrawn_at.is_(None))
    for row in connection.execute(counting).all():
        key = (row.volunteer_id, row.skill_code)
        known = ends.get(key, row.valid_until)
        ends[key] = None if known is None or row.valid_until is None else max(known, row.valid_until)
    needing = sa.select(skills.c.code).where(skills.c.needs_proof.is_(True))
    accepted = sa.select(volunteers.c.id).where(volunteers.c.accepted_by_id.is_not(None))
    connection.execute(held.delete().where(held.c.skill_code.in_(needing), held.c.volunteer_id.in_(accepted)))
    stays = {(row.volunteer_id, row.skill_code) for row in connection.execute(sa.select(held)).all()}
    rows = [
        {"volunteer_id": volunteer_id, "skill_code": code, "valid_until": until}
        for (volunteer_id, code), until in ends.items()
        if (volunteer_id, code) not in stays
    ]
    if rows:
        op.bulk_insert(held, rows)


def _hong_kong_day(moment: datetime) -> date:
    """The day in Hong Kong; SQLite gives moments in UTC without saying so."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo("UTC"))
    return aware.astimezone(ZoneInfo("Asia/Hong_Kong")).date()

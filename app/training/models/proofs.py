"""What proves a qualification without a course of ours."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.catalogue.models import Skill
from app.shared.database import Base, enum_column
from app.volunteers.models import Volunteer

LONGEST_ISSUER = 80
LONGEST_NUMBER = 40
LONGEST_REASON = 300


class ProofKind(StrEnum):
    """CERTIFICATE: of somebody else, seen here. ASSESSMENT: seen at work by somebody who can judge it.
    EARLIER: what stood on record when proofs began to be kept, taken over."""

    CERTIFICATE = "certificate"
    ASSESSMENT = "assessment"
    EARLIER = "earlier"


class QualificationProof(Base):
    """Why a volunteer has a qualification without a course of ours: what a named coordinator has seen.

    Never an identity card's number or a copy. A proof that is withdrawn is kept, with the reason.
    """

    __tablename__ = "qualification_proofs"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= issued_on", name="ends_after_it_begins"),
        CheckConstraint("seen_on >= issued_on", name="seen_after_it_was_issued"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) AND (withdrawn_at IS NULL) = (withdraw_reason = '')",
            name="withdrawn_by_somebody",
        ),
        Index(
            "uq_qualification_proofs_counting",
            "volunteer_id",
            "skill_code",
            "kind",
            "issued_on",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"))
    kind: Mapped[ProofKind] = mapped_column(enum_column(ProofKind))
    issued_by: Mapped[str] = mapped_column(String(LONGEST_ISSUER), default="")
    """Whose certificate it is, or who has judged."""
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    issued_on: Mapped[date]
    """It counts from this day."""
    valid_until: Mapped[date | None]
    """The last valid day; none: for good."""
    seen_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    seen_on: Mapped[date]
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    withdraw_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    volunteer: Mapped[Volunteer] = relationship()
    skill: Mapped[Skill] = relationship(lazy="joined")
    seen_by: Mapped[Account] = relationship(foreign_keys=[seen_by_id])

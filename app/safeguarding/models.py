"""Clearances (entered by one coordinator, confirmed by another), do-not-pair, family ties."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.care_requests.models import CareRecipient
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import PrivateNote, Sealed, Secret
from app.volunteers.models import Volunteer


class ClearanceKind(StrEnum):
    """SCRC: the Sexual Conviction Record Check (性罪行定罪紀錄查核)."""

    SCRC = "scrc"


class Clearance(Base):
    """A background check that came out clear. It counts once a second coordinator has confirmed it.

    Kept: when it was seen, until when it holds, by whom. Never the checking code or an identity number.
    """

    __tablename__ = "clearances"
    __table_args__ = (
        CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> entered_by_id", name="two_coordinators"
        ),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("valid_until >= seen_on", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    kind: Mapped[ClearanceKind] = mapped_column(enum_column(ClearanceKind))
    seen_on: Mapped[date]
    valid_until: Mapped[date]
    """The last valid day."""
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    void_reason: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()


class DoNotPair(HasSealed, Base):
    """This volunteer is not to be sent to this person. Ended rows are kept."""

    __tablename__ = "do_not_pair"
    __table_args__ = (Index("ix_do_not_pair_both", "volunteer_id", "recipient_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("care_recipients.id"), index=True)
    reason_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed(PrivateNote, "reason_box")
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    volunteer: Mapped[Volunteer] = relationship()
    recipient: Mapped[CareRecipient] = relationship()


class FamilyTie(Base):
    """This volunteer is family of this person, so does not visit them as a volunteer."""

    __tablename__ = "family_ties"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("care_recipients.id"), primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(60), default="")
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime]

    volunteer: Mapped[Volunteer] = relationship()
    recipient: Mapped[CareRecipient] = relationship()


class Concern(HasSealed, Base):
    """Something that worries somebody after a visit, or at any time. Only safeguarding leads read it.

    Who wrote it is sealed like the words; the audit that it was raised names nobody.
    """

    __tablename__ = "concerns"
    __table_args__ = (
        CheckConstraint("(taken_at IS NULL) = (taken_by_id IS NULL)", name="taken_by_somebody"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
        CheckConstraint("closed_at IS NULL OR taken_at IS NOT NULL", name="taken_before_it_is_closed"),
        CheckConstraint("due_at > raised_at", name="due_after_it_is_raised"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    author = Sealed(Secret, "author_box")
    """The account's id."""
    words_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed(PrivateNote, "words_box")
    is_urgent: Mapped[bool]
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("care_recipients.id"), index=True)
    visit_code: Mapped[str] = mapped_column(String(40), default="")
    """The occurrence's code, when it was written after a visit."""
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """By when a safeguarding lead is to have taken it in hand."""
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    outcome_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome = Sealed(PrivateNote, "outcome_box")

    recipient: Mapped[CareRecipient | None] = relationship()
    taken_by: Mapped[Account | None] = relationship(foreign_keys=[taken_by_id])
    closed_by: Mapped[Account | None] = relationship(foreign_keys=[closed_by_id])

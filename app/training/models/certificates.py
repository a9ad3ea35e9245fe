"""Certificates of courses and of faculties' programmes, as they were written."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.shared.database import Base
from app.training.models import Faculty
from app.training.models.proofs import LONGEST_REASON
from app.training.models.runs import Enrolment
from app.volunteers.models import Volunteer

_HOLDS = "revoked_at IS NULL"


class Certificate(Base):
    """What somebody completed, with the names and days of that day. It holds until it ends or is revoked.

    Of one enrolment, or of a volunteer and the faculty whose programme they finished.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        CheckConstraint(
            "(enrolment_id IS NULL) <> (faculty_id IS NULL) AND (faculty_id IS NULL OR volunteer_id IS NOT NULL)",
            name="of_a_course_or_a_programme",
        ),
        CheckConstraint("valid_until IS NULL OR valid_until >= completed_on", name="ends_after_it_begins"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL) AND (revoked_at IS NULL) = (revoke_reason = '')",
            name="revoked_by_somebody",
        ),
        Index(
            "uq_certificates_of_enrolment",
            "enrolment_id",
            unique=True,
            sqlite_where=text(_HOLDS),
            postgresql_where=text(_HOLDS),
        ),
        Index(
            "uq_certificates_of_programme",
            "volunteer_id",
            "faculty_id",
            unique=True,
            sqlite_where=text(_HOLDS),
            postgresql_where=text(_HOLDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    """Sixteen letters that nobody can guess; on paper in groups of four."""
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    """None: a carer's or a guest's."""
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))
    faculty_id: Mapped[int | None] = mapped_column(ForeignKey("faculties.id"))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    title_zh: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str] = mapped_column(String(80))
    """The course's or the faculty's name."""
    minutes: Mapped[int]
    completed_on: Mapped[date]
    valid_until: Mapped[date | None]
    """The first last day of what it grants or renews; none: for good."""
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """{"zh", "en", "on"}: qualifications with their last day (or null), or the programme's courses with their day."""
    is_invented: Mapped[bool] = mapped_column(default=False)
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    revoke_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    volunteer: Mapped[Volunteer | None] = relationship()
    enrolment: Mapped[Enrolment | None] = relationship()
    faculty: Mapped[Faculty | None] = relationship()
    issued_by: Mapped[Account] = relationship(foreign_keys=[issued_by_id])

    @property
    def grouped_number(self) -> str:
        """ "7K2Q-DX9M-PA3F-8H4T"."""
        return "-".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))

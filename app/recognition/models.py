"""The ledger of service hours, awards, letters of service.

Rows of the ledger are only ever added: a correction takes an earlier row back and writes another. The database itself
refuses hours confirmed by the volunteer, two pieces at one time, a visit counted twice, a letter written by whom it is
about, and any change of what stands (triggers, see migrations 0011 and 0013).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.shared.database import Base, enum_column
from app.visits.models import VisitSeat
from app.volunteers.models import Volunteer

DAY_MINUTES = 24 * 60
LONGEST_WORK = 120
LONGEST_REASON = 300
MOST_PAPER_MINUTES = 10_000 * 60


class HoursKind(StrEnum):
    """VISIT: a visit of a carer's request. OTHER: a stall, an induction, any other work. PAPER: a total of the past,
    brought from sign-in sheets or an earlier register, without times of day."""

    VISIT = "visit"
    OTHER = "other"
    PAPER = "paper"


class ServiceHours(Base):
    """One row of the ledger: `minutes` of service on a Hong Kong day, or as many taken back (negative).

    What a volunteer has served is the sum of all their rows. A VISIT of no minutes says that somebody has looked and
    nothing is to be counted.
    """

    __tablename__ = "service_hours"
    __table_args__ = (
        CheckConstraint("(kind = 'visit') = (seat_id IS NOT NULL)", name="a_visit_has_a_seat"),
        CheckConstraint("kind = 'visit' OR work <> ''", name="says_what_was_done"),
        CheckConstraint(
            "(kind = 'paper') = (from_minute IS NULL) AND (from_minute IS NULL) = (to_minute IS NULL)",
            name="has_times_unless_from_paper",
        ),
        CheckConstraint(
            "from_minute IS NULL OR (from_minute >= 0 AND from_minute <= to_minute AND to_minute <= 1440)",
            name="within_one_day",
        ),
        CheckConstraint(
            "from_minute IS NULL OR ABS(minutes) = to_minute - from_minute", name="as_long_as_its_times"
        ),
        CheckConstraint(f"ABS(minutes) <= {MOST_PAPER_MINUTES}", name="in_reach"),
        CheckConstraint(
            "(takes_back_id IS NULL AND minutes >= 0) OR (takes_back_id IS NOT NULL AND minutes <= 0)",
            name="only_what_is_taken_back_is_negative",
        ),
        CheckConstraint("minutes <> 0 OR kind = 'visit'", name="some_minutes"),
        CheckConstraint(
            "reason <> '' OR (minutes > 0 AND takes_back_id IS NULL AND replaces_id IS NULL)",
            name="says_why_it_was_corrected",
        ),
        Index("ix_service_hours_volunteer_day", "volunteer_id", "on_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    kind: Mapped[HoursKind] = mapped_column(enum_column(HoursKind))
    on_date: Mapped[date]
    """The day; PAPER: the last day of what is counted, which says to which year it belongs."""
    from_minute: Mapped[int | None]
    to_minute: Mapped[int | None]
    """Minutes after midnight in Hong Kong, 0 to 1440; the piece of time is [from_minute, to_minute)."""
    minutes: Mapped[int]
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("visit_seats.id"), index=True)
    work: Mapped[str] = mapped_column(String(LONGEST_WORK), default="")
    """What was done, in a few words that the volunteer reads; a visit says it by its kind of support."""
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    """Why a coordinator decided so, where that needs saying."""
    takes_back_id: Mapped[int | None] = mapped_column(ForeignKey("service_hours.id"), unique=True)
    """The row that does not count any more; its times and minutes stand here too, the minutes negative."""
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("service_hours.id"), unique=True)
    """The row instead of which this one counts."""
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime]

    volunteer: Mapped[Volunteer] = relationship()
    seat: Mapped[VisitSeat | None] = relationship()
    confirmed_by: Mapped[Account] = relationship()


class AwardScheme(Base):
    """Awards that hours of one calendar year add up to. Staff edit them: organisers change names, years and levels."""

    __tablename__ = "award_schemes"
    __table_args__ = (
        CheckConstraint("first_year BETWEEN 1950 AND 2100", name="first_year_is_a_year"),
        CheckConstraint(
            "last_year IS NULL OR last_year BETWEEN first_year AND 2100", name="ends_after_it_begins"
        ),
        CheckConstraint("youth_until IS NULL OR youth_until BETWEEN 6 AND 99", name="youth_until_an_age"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    first_year: Mapped[int]
    last_year: Mapped[int | None]
    youth_until: Mapped[int | None]
    """Up to this age somebody is listed as youth, older as adult; none: everybody together."""
    version: Mapped[int] = mapped_column(default=1)

    levels: Mapped[list["AwardLevel"]] = relationship(
        cascade="all, delete-orphan", order_by="AwardLevel.hours", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class AwardLevel(Base):
    """So many hours within a year reach a level."""

    __tablename__ = "award_levels"
    __table_args__ = (CheckConstraint("hours BETWEEN 1 AND 8784", name="hours_of_a_year"),)

    scheme_id: Mapped[int] = mapped_column(ForeignKey("award_schemes.id"), primary_key=True)
    hours: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class ServiceLetter(Base):
    """A letter of service as it was written: names, days and sums of that day. It holds until it is revoked."""

    __tablename__ = "service_letters"
    __table_args__ = (
        CheckConstraint("from_day <= to_day", name="ends_after_it_begins"),
        CheckConstraint("minutes > 0", name="some_minutes"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL) AND (revoked_at IS NULL) = (revoke_reason = '')",
            name="revoked_by_somebody",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    """Sixteen letters that nobody can guess; on paper in groups of four."""
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    from_day: Mapped[date]
    to_day: Mapped[date]
    minutes: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Sums by kind of work: {"zh", "en", "minutes"}, the largest first."""
    issued_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    revoke_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    volunteer: Mapped[Volunteer] = relationship()
    issued_by: Mapped[Account] = relationship(foreign_keys=[issued_by_id])

    @property
    def grouped_number(self) -> str:
        """ "7K2Q-DX9M-PA3F-8H4T"."""
        return "-".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))

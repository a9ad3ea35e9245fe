"""Offers, visits and their seats. The database itself refuses double booking, a minor without an adult, and a
helper whose clearance nobody has confirmed (triggers, see the first migration)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.care_requests.models import CareRequest, Occurrence
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Sealed, Secret
from app.volunteers.models import Volunteer


class VisitStatus(StrEnum):
    """OFFERED → ACCEPTED (enough have said yes; the carer is told) → …; NEEDS_COVER after a no; CANCELLED ends it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    NEEDS_COVER = "needs_cover"
    CANCELLED = "cancelled"


LEGAL_VISIT_MOVES: dict[VisitStatus, frozenset[VisitStatus]] = {
    VisitStatus.OFFERED: frozenset({VisitStatus.ACCEPTED, VisitStatus.NEEDS_COVER, VisitStatus.CANCELLED}),
    VisitStatus.ACCEPTED: frozenset({VisitStatus.NEEDS_COVER, VisitStatus.CANCELLED}),
    VisitStatus.NEEDS_COVER: frozenset({VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.CANCELLED}),
    VisitStatus.CANCELLED: frozenset(),
}


class SeatStatus(StrEnum):
    """One volunteer's place at a visit."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """The approval was undone before the offer left."""
    CANCELLED = "cancelled"


LIVE_SEATS = frozenset({SeatStatus.OFFERED, SeatStatus.ACCEPTED})

LEGAL_SEAT_MOVES: dict[SeatStatus, frozenset[SeatStatus]] = {
    SeatStatus.OFFERED: frozenset(
        {
            SeatStatus.ACCEPTED,
            SeatStatus.DECLINED,
            SeatStatus.EXPIRED,
            SeatStatus.WITHDRAWN,
            SeatStatus.CANCELLED,
        }
    ),
    SeatStatus.ACCEPTED: frozenset({SeatStatus.DECLINED, SeatStatus.CANCELLED}),
    SeatStatus.DECLINED: frozenset(),
    SeatStatus.EXPIRED: frozenset(),
    SeatStatus.WITHDRAWN: frozenset(),
    SeatStatus.CANCELLED: frozenset(),
}


class EndedBecause(StrEnum):
    """Why a seat ended."""

    DECLINED = "declined"
    GAVE_UP = "gave_up"
    """Said yes, and cannot come after all."""
    EXPIRED = "expired"
    UNDONE = "undone"
    ADULT_LEFT = "adult_left"
    """A minor, whose adult does not come."""
    NOT_ACTIVE = "not_active"
    NOT_PERMITTED = "not_permitted"
    """What keeps people safe speaks against it by now: a pair kept apart, family, a clearance or a consent."""
    CARER_REFUSED = "carer_refused"
    TAKEN_OFF = "taken_off"
    """By a coordinator, who gave a reason."""
    VISIT_CANCELLED = "visit_cancelled"
    REQUEST_ENDED = "request_ended"


NOT_ASKED_AGAIN = frozenset(
    {
        EndedBecause.DECLINED,
        EndedBecause.GAVE_UP,
        EndedBecause.EXPIRED,
        EndedBecause.CARER_REFUSED,
        EndedBecause.TAKEN_OFF,
    }
)
"""Whose seat ended so is not asked for the same visit again."""


class AnsweredHow(StrEnum):
    """By the button behind the link, signed in, or told to a coordinator on the phone."""

    LINK = "link"
    SIGNED_IN = "signed_in"
    PHONE_CALL = "phone_call"


class Offer(HasSealed, Base):
    """One question to one volunteer about one request: "can you come on these days?"."""

    __tablename__ = "offers"

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    token = Sealed(Secret, "token_box")
    """For wording the message again; erased when the offer is answered or over."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    leaves_at: Mapped[datetime]
    """Until then undo takes everything back and nobody was told anything."""
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_how: Mapped[AnsweredHow | None] = mapped_column(enum_column(AnsweredHow))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decline_reason: Mapped[str] = mapped_column(String(300), default="")
    withdrawn_at: Mapped[datetime | None]

    volunteer: Mapped[Volunteer] = relationship()
    request: Mapped[CareRequest] = relationship()
    seats: Mapped[list["VisitSeat"]] = relationship(back_populates="offer", order_by="VisitSeat.id")


class Visit(Base):
    """An occurrence of a request at a definite time."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48", name="ends_after_it_begins"
        ),
        Index(
            "uq_visits_live_occurrence",
            "occurrence_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), index=True)
    on_date: Mapped[date] = mapped_column(index=True)
    from_slot: Mapped[int]
    to_slot: Mapped[int]
    status: Mapped[VisitStatus] = mapped_column(
        enum_column(VisitStatus), default=VisitStatus.OFFERED, index=True
    )
    made_at: Mapped[datetime]
    carer_told_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)

    occurrence: Mapped[Occurrence] = relationship()
    request: Mapped[CareRequest] = relationship()
    seats: Mapped[list["VisitSeat"]] = relationship(
        back_populates="visit", cascade="all, delete-orphan", order_by="VisitSeat.id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class VisitSeat(Base):
    """One volunteer's place at a visit. A seat that ends is kept; a new one is a new row."""

    __tablename__ = "visit_seats"
    __table_args__ = (
        Index(
            "uq_visit_seats_live_person",
            "visit_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status IN ('offered', 'accepted')"),
            postgresql_where=text("status IN ('offered', 'accepted')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), index=True)
    proposal_id: Mapped[int | None]
    """The night's proposal that was decided by it, if one was (matching.proposals)."""
    status: Mapped[SeatStatus] = mapped_column(enum_column(SeatStatus), default=SeatStatus.OFFERED)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[EndedBecause | None] = mapped_column(enum_column(EndedBecause))
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    """In somebody's own words, when they gave any."""

    visit: Mapped[Visit] = relationship(back_populates="seats")
    volunteer: Mapped[Volunteer] = relationship()
    offer: Mapped[Offer] = relationship(back_populates="seats")

    @property
    def is_live(self) -> bool:
        """Offered or accepted: it takes the volunteer's time."""
        return self.status in LIVE_SEATS


class BookedSlot(Base):
    """A half hour of a volunteer that a live seat takes. Triggers write and free it; the key refuses the second."""

    __tablename__ = "booked_slots"
    __table_args__ = (UniqueConstraint("seat_id", "slot"),)

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("visit_seats.id"), index=True)


class HalfHour(Base):
    """The 48 half hours of a day, 0 to 47: what the booking trigger counts with."""

    __tablename__ = "half_hours"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

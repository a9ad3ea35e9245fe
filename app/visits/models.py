"""Offers, visits and their seats. The database itself refuses double booking, a minor without an adult, and a
helper whose clearance nobody has confirmed (triggers, see the first migration)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.care_requests.models import CareRequest, Occurrence
from app.messages.models import CallBack
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import PrivateNote, Sealed, Secret
from app.volunteers.models import Volunteer


class VisitStatus(StrEnum):
    """OFFERED → ACCEPTED (enough have said yes; the carer is told) → CONFIRMED (the carer says that it suits) →
    ATTENDED → REPORTED. NEEDS_COVER after a no; SUSPENDED until the weather allows it; NO_SHOW when nobody came;
    CANCELLED ends it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    REPORTED = "reported"
    NEEDS_COVER = "needs_cover"
    NO_SHOW = "no_show"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


AGREED = frozenset({VisitStatus.ACCEPTED, VisitStatus.CONFIRMED})
"""Somebody comes, and nothing speaks against it."""
TO_COME = AGREED | {VisitStatus.OFFERED, VisitStatus.NEEDS_COVER, VisitStatus.SUSPENDED}
"""It may still take place, or be called off."""
HELD = AGREED | {VisitStatus.ATTENDED, VisitStatus.REPORTED}
"""Agreed, and when its day is over: it took place, as far as anybody has said."""

OFF = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})
"""It does not take place, or did not."""

LEGAL_VISIT_MOVES: dict[VisitStatus, frozenset[VisitStatus]] = {
    VisitStatus.OFFERED: frozenset(
        {VisitStatus.ACCEPTED, VisitStatus.NEEDS_COVER, VisitStatus.SUSPENDED, VisitStatus.CANCELLED}
    ),
    VisitStatus.ACCEPTED: frozenset(
        {
            VisitStatus.CONFIRMED,
            VisitStatus.ATTENDED,
            VisitStatus.NEEDS_COVER,
            VisitStatus.NO_SHOW,
            VisitStatus.SUSPENDED,
            VisitStatus.CANCELLED,
        }
    ),
    VisitStatus.CONFIRMED: frozenset(
        {
            VisitStatus.ACCEPTED,
            VisitStatus.ATTENDED,
            VisitStatus.NEEDS_COVER,
            VisitStatus.NO_SHOW,
            VisitStatus.SUSPENDED,
            VisitStatus.CANCELLED,
        }
    ),
    VisitStatus.ATTENDED: frozenset({VisitStatus.REPORTED, VisitStatus.NO_SHOW}),
    VisitStatus.REPORTED: frozenset(),
    VisitStatus.NEEDS_COVER: frozenset(
        {VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.SUSPENDED, VisitStatus.CANCELLED}
    ),
    VisitStatus.NO_SHOW: frozenset({VisitStatus.ATTENDED}),
    VisitStatus.SUSPENDED: frozenset(
        {VisitStatus.OFFERED, VisitStatus.ACCEPTED, VisitStatus.NEEDS_COVER, VisitStatus.CANCELLED}
    ),
    VisitStatus.CANCELLED: frozenset(),
}


class MoveBecause(StrEnum):
    """Why a visit's state changed."""

    ASKED = "asked"
    """Somebody was asked whether they can come."""
    ENOUGH_SAID_YES = "enough_said_yes"
    TOO_FEW_LEFT = "too_few_left"
    PEOPLE_CHANGED = "people_changed"
    """Others come than the carer had said yes to."""
    CARER_SAID_YES = "carer_said_yes"
    CARER_CALLED_OFF = "carer_called_off"
    STAFF_CALLED_OFF = "staff_called_off"
    REQUEST_CLOSED = "request_closed"
    APPROVAL_UNDONE = "approval_undone"
    WEATHER = "weather"
    WEATHER_OVER = "weather_over"
    HELPER_ARRIVED = "helper_arrived"
    CARER_SAW_HELPER = "carer_saw_helper"
    TOLD_BY_PHONE = "told_by_phone"
    NOBODY_CAME = "nobody_came"
    REPORT_WRITTEN = "report_written"


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
    NO_LONGER_FITS = "no_longer_fits"
    """A rule speaks against it on the visit's own day, as the night's check found."""
    REPLANNED = "replanned"
    """After the weather the visit is planned anew, with whoever can come then."""
    COVERED = "covered"
    """Somebody else took the place over, as this volunteer had asked."""


NOT_ASKED_AGAIN = frozenset(
    {
        EndedBecause.DECLINED,
        EndedBecause.GAVE_UP,
        EndedBecause.EXPIRED,
        EndedBecause.CARER_REFUSED,
        EndedBecause.TAKEN_OFF,
        EndedBecause.COVERED,
    }
)
"""Whose seat ended so is not asked for the same visit again."""


class AnsweredHow(StrEnum):
    """By the button behind the link, signed in, told to a coordinator on the phone, or by a text message."""

    LINK = "link"
    SIGNED_IN = "signed_in"
    PHONE_CALL = "phone_call"
    SMS = "sms"


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
    moved_at: Mapped[datetime | None]
    moved_by_id: Mapped[int | None]
    """Who moved it to where it stands (accounts); nobody: the service, or a button behind a message's link."""
    moved_because: Mapped[MoveBecause | None] = mapped_column(enum_column(MoveBecause))
    moved_words: Mapped[str | None] = mapped_column(String(300))
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
    ended_rule: Mapped[str | None] = mapped_column(String(40))
    """With NO_LONGER_FITS: the rule, by the engine's name (matching.models.RuleCode)."""
    moved_at: Mapped[datetime | None]
    moved_by_id: Mapped[int | None]

    visit: Mapped[Visit] = relationship(back_populates="seats")
    volunteer: Mapped[Volunteer] = relationship()
    offer: Mapped[Offer] = relationship(back_populates="seats")

    @property
    def is_live(self) -> bool:
        """Offered or accepted: it takes the volunteer's time."""
        return self.status in LIVE_SEATS


class VisitMove(Base):
    """One change of a visit's state: who, when, why. Triggers write it with the change, and nothing alters it."""

    __tablename__ = "visit_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    was: Mapped[VisitStatus | None] = mapped_column(enum_column(VisitStatus, "was"))
    """None: the visit begins here."""
    became: Mapped[VisitStatus] = mapped_column(enum_column(VisitStatus, "became"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    because: Mapped[MoveBecause | None] = mapped_column(enum_column(MoveBecause))
    words: Mapped[str | None] = mapped_column(String(300))

    by: Mapped[Account | None] = relationship()


class SeatMove(Base):
    """One change of a seat's state, written the same way."""

    __tablename__ = "seat_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("visit_seats.id"), index=True)
    was: Mapped[SeatStatus | None] = mapped_column(enum_column(SeatStatus, "was"))
    became: Mapped[SeatStatus] = mapped_column(enum_column(SeatStatus, "became"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    because: Mapped[EndedBecause | None] = mapped_column(enum_column(EndedBecause))
    words: Mapped[str | None] = mapped_column(String(300))

    by: Mapped[Account | None] = relationship()
    seat: Mapped[VisitSeat] = relationship()


class FollowUpKind(StrEnum):
    """What a coordinator is to follow up."""

    HELPER_REFUSED = "helper_refused"
    """A carer would rather have somebody else than a named helper."""
    VOLUNTEER_LEFT = "volunteer_left"
    """A volunteer or applicant has said that they do not want to go on."""
    VISIT_DIFFICULT = "visit_difficult"
    """A volunteer's report wants a look: it was difficult, or something is to change or to end."""
    CARER_NOT_CONTENT = "carer_not_content"
    """A carer found a visit not so good, or would rather have other helpers."""


class FollowUp(Base):
    """Something that stays on the coordinators' board until one of them has dealt with it."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done_by_somebody"),
        CheckConstraint(
            "kind <> 'helper_refused' OR request_id IS NOT NULL", name="a_refusal_is_of_a_request"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FollowUpKind] = mapped_column(enum_column(FollowUpKind))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("care_requests.id"), index=True)
    words: Mapped[str] = mapped_column(String(300), default="")
    """What the person said, when they said anything."""
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[str] = mapped_column(String(300), default="")

    volunteer: Mapped[Volunteer] = relationship()
    request: Mapped[CareRequest | None] = relationship()
    done_by: Mapped[Account | None] = relationship()


class Mark(StrEnum):
    """What somebody says of a volunteer's day at a visit."""

    ON_THE_WAY = "on_the_way"
    LATE = "late"
    ARRIVED = "arrived"
    LEFT = "left"
    DID_NOT_COME = "did_not_come"
    WRONG = "wrong"
    """At the door, and something is wrong."""
    SAFE = "safe"
    """A coordinator has spoken with them: nothing more to do."""


class NotedHow(StrEnum):
    """By the volunteer's tap, by the carer's yes or no, or told to a coordinator on the phone."""

    TAP = "tap"
    CARER = "carer"
    PHONE_CALL = "phone_call"


class Attendance(Base):
    """One thing said of a volunteer's day at a visit. Never altered: what is said later overtakes it."""

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 480", name="late_by_some_minutes"),
        CheckConstraint("at <= noted_at", name="not_ahead_of_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("visit_seats.id"), index=True)
    mark: Mapped[Mark] = mapped_column(enum_column(Mark))
    at: Mapped[datetime]
    """When it happened."""
    minutes: Mapped[int | None]
    """LATE: by how many."""
    words: Mapped[str] = mapped_column(String(300), default="")
    how: Mapped[NotedHow] = mapped_column(enum_column(NotedHow))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    noted_at: Mapped[datetime]

    seat: Mapped[VisitSeat] = relationship()


class Went(StrEnum):
    """How a visit was, as the volunteer says."""

    WELL = "well"
    ALL_RIGHT = "all_right"
    DIFFICULT = "difficult"


class NextStep(StrEnum):
    """What the volunteer would do next."""

    KEEP = "keep"
    CHANGE = "change"
    END = "end"


class VisitReport(HasSealed, Base):
    """What a volunteer says after a visit, once. What worried them stands elsewhere (safeguarding's concerns)."""

    __tablename__ = "visit_reports"
    __table_args__ = (CheckConstraint("minutes BETWEEN 1 AND 1440", name="some_minutes_of_a_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("visit_seats.id"), unique=True)
    went: Mapped[Went] = mapped_column(enum_column(Went))
    minutes: Mapped[int]
    next_step: Mapped[NextStep] = mapped_column(enum_column(NextStep))
    words_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed(PrivateNote, "words_box")
    how: Mapped[NotedHow] = mapped_column(enum_column(NotedHow))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime] = mapped_column(index=True)

    seat: Mapped[VisitSeat] = relationship()


class Feedback(HasSealed, Base):
    """What a carer says after a visit, once."""

    __tablename__ = "feedbacks"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), unique=True)
    was_good: Mapped[bool]
    wants_same: Mapped[bool]
    """The same helpers again."""
    thanks_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    thanks = Sealed(PrivateNote, "thanks_box")
    """For the helpers, who read it on their page."""
    how: Mapped[NotedHow] = mapped_column(enum_column(NotedHow))
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime] = mapped_column(index=True)

    visit: Mapped[Visit] = relationship()


class ReplyOutcome(StrEnum):
    """What became of a text message that somebody sent us."""

    YES = "yes"
    NO = "no"
    TO_CALL = "to_call"
    """Not plainly the answer to one question: a coordinator phones."""


class SmsReply(HasSealed, Base):
    """A text message that the gateway delivered, once for its id."""

    __tablename__ = "sms_replies"
    __table_args__ = (
        CheckConstraint("(outcome = 'to_call') = (call_back_id IS NOT NULL)", name="a_call_or_an_answer"),
        CheckConstraint("outcome = 'to_call' OR offer_id IS NOT NULL", name="an_answer_is_to_an_offer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(120), unique=True)
    phone_key: Mapped[str] = mapped_column(String(64), index=True)
    words_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed(PrivateNote, "words_box")
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[ReplyOutcome] = mapped_column(enum_column(ReplyOutcome))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offers.id"))
    call_back_id: Mapped[int | None] = mapped_column(ForeignKey("call_backs.id"))

    call_back: Mapped[CallBack | None] = relationship()


class BookedSlot(Base):
    """A half hour of a volunteer that a live seat takes, or going along to learn (`shadow_id`, handover.ShadowVisit).

    Triggers write and free it; the key refuses the second.
    """

    __tablename__ = "booked_slots"
    __table_args__ = (UniqueConstraint("seat_id", "slot"),)

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("visit_seats.id"), index=True)
    shadow_id: Mapped[int | None] = mapped_column(index=True)


class HalfHour(Base):
    """The 48 half hours of a day, 0 to 47: what the booking trigger counts with."""

    __tablename__ = "half_hours"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

"""Seniors, what each of them holds, and handovers: from the first word to the last signature.

Triggers keep the moves legal, write the history, and refuse what lacks a signature (see migration 0019).
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.care_requests.models import CareRequest, Occurrence
from app.catalogue.models import SupportKind
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import PrivateNote, Sealed
from app.training.models import Course
from app.visits.models import Went
from app.volunteers.models import Volunteer

LONGEST_DUTY = 200
LONGEST_REASON = 300
LONGEST_NOTE = 2000


class SeniorRule(Base):
    """Who is senior (資深) without anybody's decision: any one of these is enough; empty: it does not count."""

    __tablename__ = "senior_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_rule"),
        CheckConstraint("years IS NULL OR years BETWEEN 1 AND 60", name="years_in_reach"),
        CheckConstraint("hours IS NULL OR hours BETWEEN 1 AND 20000", name="hours_in_reach"),
        CheckConstraint("kind_visits IS NULL OR kind_visits BETWEEN 1 AND 2000", name="kind_visits_in_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    years: Mapped[int | None]
    """Since they became a volunteer."""
    hours: Mapped[int | None]
    """Confirmed, those of the earlier register too."""
    kind_visits: Mapped[int | None]
    """Held, of one and the same kind of support."""
    changed_at: Mapped[datetime | None]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class DutyKind(StrEnum):
    """What is passed on: the visits of one request, a role in the programme, or something only they know."""

    VISITS = "visits"
    ROLE = "role"
    KNOWLEDGE = "knowledge"


class HeldDuty(Base):
    """A role a senior holds, or something they know, in a few words and without any client's data."""

    __tablename__ = "held_duties"
    __table_args__ = (
        CheckConstraint("kind <> 'visits'", name="visits_stand_elsewhere"),
        CheckConstraint("words <> ''", name="says_what"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    kind: Mapped[DutyKind] = mapped_column(enum_column(DutyKind))
    words: Mapped[str] = mapped_column(String(LONGEST_DUTY))
    since: Mapped[date | None]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    volunteer: Mapped[Volunteer] = relationship()


class ChecklistLine(Base):
    """One line of the list by which a duty is passed on; of one kind of support, or of every handover."""

    __tablename__ = "checklist_lines"
    __table_args__ = (CheckConstraint("words_zh <> '' AND words_en <> ''", name="in_both_languages"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind_code: Mapped[str | None] = mapped_column(ForeignKey("support_kinds.code"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    words_zh: Mapped[str] = mapped_column(String(LONGEST_DUTY))
    words_en: Mapped[str] = mapped_column(String(LONGEST_DUTY))
    is_in_use: Mapped[bool] = mapped_column(default=True)
    """A line that handovers have is never taken away, only no longer given to new ones."""

    kind: Mapped[SupportKind | None] = relationship()


class Origin(StrEnum):
    """How a handover came about."""

    WISH = "wish"
    """The senior's own."""
    COORDINATOR = "coordinator"
    EMERGENCY = "emergency"
    """The senior stopped from one day to the next; notes and a colleague take their place."""


class HandoverStatus(StrEnum):
    """PROPOSED → SENIOR_AGREED → SUCCESSOR_AGREED → (COURSE) → SHADOWING → LEADING → CARER_AGREED → SIGNED_OFF →
    ADVISING → CLOSED; back to SUCCESSOR_AGREED when the carer takes the yes back, to SENIOR_AGREED when the
    successor leaves; STOPPED ends it, with the reason."""

    PROPOSED = "proposed"
    SENIOR_AGREED = "senior_agreed"
    SUCCESSOR_AGREED = "successor_agreed"
    COURSE = "course"
    SHADOWING = "shadowing"
    LEADING = "leading"
    CARER_AGREED = "carer_agreed"
    SIGNED_OFF = "signed_off"
    ADVISING = "advising"
    CLOSED = "closed"
    STOPPED = "stopped"


OVER = frozenset({HandoverStatus.CLOSED, HandoverStatus.STOPPED})
TOGETHER = frozenset({HandoverStatus.SHADOWING, HandoverStatus.LEADING})
"""Senior and successor go to the visits side by side."""
PASSED_ON = frozenset({HandoverStatus.SIGNED_OFF, HandoverStatus.ADVISING, HandoverStatus.CLOSED})
"""The duty is the successor's."""

LEGAL_MOVES: dict[HandoverStatus, frozenset[HandoverStatus]] = {
    HandoverStatus.PROPOSED: frozenset({HandoverStatus.SENIOR_AGREED, HandoverStatus.STOPPED}),
    HandoverStatus.SENIOR_AGREED: frozenset({HandoverStatus.SUCCESSOR_AGREED, HandoverStatus.STOPPED}),
    HandoverStatus.SUCCESSOR_AGREED: frozenset(
        {
            HandoverStatus.COURSE,
            HandoverStatus.SHADOWING,
            HandoverStatus.CARER_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.COURSE: frozenset(
        {HandoverStatus.SUCCESSOR_AGREED, HandoverStatus.SENIOR_AGREED, HandoverStatus.STOPPED}
    ),
    HandoverStatus.SHADOWING: frozenset(
        {
            HandoverStatus.LEADING,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.LEADING: frozenset(
        {
            HandoverStatus.CARER_AGREED,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.CARER_AGREED: frozenset(
        {
            HandoverStatus.SIGNED_OFF,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.SIGNED_OFF: frozenset(
        {
            HandoverStatus.ADVISING,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.ADVISING: frozenset(
        {
            HandoverStatus.CLOSED,
            HandoverStatus.SUCCESSOR_AGREED,
            HandoverStatus.SENIOR_AGREED,
            HandoverStatus.STOPPED,
        }
    ),
    HandoverStatus.CLOSED: frozenset(),
    HandoverStatus.STOPPED: frozenset(),
}


class HandoverBecause(StrEnum):
    """Why a handover moved."""

    WISHED = "wished"
    BEGUN_BY_STAFF = "begun_by_staff"
    SENIOR_CANNOT = "senior_cannot"
    """An emergency: nobody waits for the senior's word."""
    SENIOR_SAID_YES = "senior_said_yes"
    SUCCESSOR_SAID_YES = "successor_said_yes"
    SUCCESSOR_SAID_NO = "successor_said_no"
    SUCCESSOR_LEFT = "successor_left"
    COURSE_FIRST = "course_first"
    COURSE_DONE = "course_done"
    CARER_SAID_YES = "carer_said_yes"
    CARER_TOOK_IT_BACK = "carer_took_it_back"
    VISITS_DONE = "visits_done"
    NOTHING_TO_VISIT = "nothing_to_visit"
    """A role or knowledge, which no client has to agree to."""
    ALL_SIGNED = "all_signed"
    THANKED = "thanked"
    WENT_WELL = "went_well"
    SENIOR_STAYS = "senior_stays"
    """The senior keeps the duty after all."""
    STAFF_STOPPED = "staff_stopped"
    REQUEST_ENDED = "request_ended"


class Handover(Base):
    """One duty on its way from one volunteer to another. What moved it is written by triggers and never altered."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("(duty = 'visits') = (request_id IS NOT NULL)", name="visits_are_of_a_request"),
        CheckConstraint("(duty = 'visits') = (held_duty_id IS NULL)", name="other_duties_are_named"),
        CheckConstraint("successor_id IS NULL OR successor_id <> senior_id", name="two_people"),
        CheckConstraint("shadows_wanted BETWEEN 0 AND 8", name="shadows_in_reach"),
        CheckConstraint("led_wanted BETWEEN 0 AND 8", name="led_in_reach"),
        CheckConstraint("alone_wanted BETWEEN 0 AND 12", name="alone_in_reach"),
        CheckConstraint(
            "status IN ('proposed', 'senior_agreed', 'stopped') OR successor_id IS NOT NULL",
            name="somebody_follows",
        ),
        CheckConstraint(
            "status <> 'stopped' OR COALESCE(moved_words, '') <> ''", name="stopped_with_a_reason"
        ),
        *(
            Index(
                f"uq_handovers_live_{column}",
                f"{column}_id",
                unique=True,
                sqlite_where=text("status NOT IN ('closed', 'stopped')"),
                postgresql_where=text("status NOT IN ('closed', 'stopped')"),
            )
            for column in ("request", "held_duty")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    senior_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    """Named by a coordinator; theirs once they have said yes."""
    duty: Mapped[DutyKind] = mapped_column(enum_column(DutyKind))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("care_requests.id"))
    held_duty_id: Mapped[int | None] = mapped_column(ForeignKey("held_duties.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    """What the successor learns first."""
    origin: Mapped[Origin] = mapped_column(enum_column(Origin))
    step_back_on: Mapped[date | None]
    """From when the senior would like to do less."""
    shadows_wanted: Mapped[int] = mapped_column(default=2)
    led_wanted: Mapped[int] = mapped_column(default=1)
    alone_wanted: Mapped[int] = mapped_column(default=3)
    """Visits without trouble after which it is closed."""
    status: Mapped[HandoverStatus] = mapped_column(enum_column(HandoverStatus), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    moved_at: Mapped[datetime]
    moved_by_id: Mapped[int | None]
    """Who moved it to where it stands (accounts); nobody: the service itself."""
    moved_because: Mapped[HandoverBecause | None] = mapped_column(enum_column(HandoverBecause))
    moved_words: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    signed_off_at: Mapped[datetime | None]
    """When the duty last became the successor's."""
    carer_declined_at: Mapped[datetime | None]
    """When the carer last said no, or took the yes back; empty again with the next yes. Nobody asks meanwhile."""
    version: Mapped[int] = mapped_column(default=1)

    senior: Mapped[Volunteer] = relationship(foreign_keys=[senior_id])
    successor: Mapped[Volunteer | None] = relationship(foreign_keys=[successor_id])
    request: Mapped[CareRequest | None] = relationship()
    held_duty: Mapped[HeldDuty | None] = relationship()
    course: Mapped[Course | None] = relationship()
    items: Mapped[list["HandoverItem"]] = relationship(
        back_populates="handover", order_by="HandoverItem.position, HandoverItem.id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

    @property
    def is_live(self) -> bool:
        return self.status not in OVER


class HandoverMove(Base):
    """One change of a handover's state: who, when, why, and who was to follow. Written by triggers, never altered."""

    __tablename__ = "handover_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    was: Mapped[HandoverStatus | None] = mapped_column(enum_column(HandoverStatus, "was"))
    """None: the handover begins here."""
    became: Mapped[HandoverStatus] = mapped_column(enum_column(HandoverStatus, "became"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    because: Mapped[HandoverBecause | None] = mapped_column(enum_column(HandoverBecause))
    words: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"))

    by: Mapped[Account | None] = relationship()
    successor: Mapped[Volunteer | None] = relationship()


class ItemStatus(StrEnum):
    """A line of the list: still open, passed on, or of no matter here."""

    OPEN = "open"
    PASSED_ON = "passed_on"
    NOT_NEEDED = "not_needed"


class HandoverItem(HasSealed, Base):
    """One line of a handover's list, in its words of that day, and what the senior wrote to it (sealed)."""

    __tablename__ = "handover_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    words_zh: Mapped[str] = mapped_column(String(LONGEST_DUTY))
    words_en: Mapped[str] = mapped_column(String(LONGEST_DUTY))
    """One's own line has the same words in both."""
    answer_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = Sealed(PrivateNote, "answer_box")
    status: Mapped[ItemStatus] = mapped_column(enum_column(ItemStatus), default=ItemStatus.OPEN)
    changed_at: Mapped[datetime | None]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    handover: Mapped[Handover] = relationship(back_populates="items")


class HandoverNote(HasSealed, Base):
    """Words between the pair and the coordinators (sealed). Never altered; a correction is another note."""

    __tablename__ = "handover_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    words_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed(PrivateNote, "words_box")
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    written_by: Mapped[Account] = relationship()


class Party(StrEnum):
    """Whose word a handover needs."""

    SENIOR = "senior"
    SUCCESSOR = "successor"
    CARER = "carer"


class SignedFor(StrEnum):
    """To what a party says yes: that it begins (for the carer: that the successor comes along), or to the change."""

    BEGINNING = "beginning"
    CHANGE = "change"


class SignedHow(StrEnum):
    """By themselves, or entered by a coordinator for somebody who uses no phone."""

    SIGNED_IN = "signed_in"
    PHONE_CALL = "phone_call"
    ON_PAPER = "on_paper"


class Signature(Base):
    """One party's yes. It stands until it is taken back; what was given and taken back is never altered."""

    __tablename__ = "handover_signatures"
    __table_args__ = (
        CheckConstraint("ended_by_id IS NULL OR ended_at IS NOT NULL", name="ended_by_somebody"),
        Index(
            "uq_handover_signatures_in_force",
            "handover_id",
            "party",
            "signed_for",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    party: Mapped[Party] = mapped_column(enum_column(Party))
    signed_for: Mapped[SignedFor] = mapped_column(enum_column(SignedFor))
    how: Mapped[SignedHow] = mapped_column(enum_column(SignedHow))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    """Who signed, or the coordinator who entered it."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Nobody: the service, when somebody left."""
    end_words: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    given_by: Mapped[Account] = relationship(foreign_keys=[given_by_id])


class ShadowStatus(StrEnum):
    """PROPOSED by a night or a coordinator → ARRANGED → DONE, once both have told; or CANCELLED."""

    PROPOSED = "proposed"
    ARRANGED = "arranged"
    DONE = "done"
    CANCELLED = "cancelled"


LEGAL_SHADOW_MOVES: dict[ShadowStatus, frozenset[ShadowStatus]] = {
    ShadowStatus.PROPOSED: frozenset({ShadowStatus.ARRANGED, ShadowStatus.CANCELLED}),
    ShadowStatus.ARRANGED: frozenset({ShadowStatus.DONE, ShadowStatus.CANCELLED}),
    ShadowStatus.DONE: frozenset(),
    ShadowStatus.CANCELLED: frozenset(),
}


class ShadowVisit(Base):
    """The successor at one of the senior's visits, beside whoever is needed there; it fills no need.

    Once arranged it takes the successor's time like a seat (triggers write `booked_slots`).
    """

    __tablename__ = "shadow_visits"
    __table_args__ = (
        CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48", name="ends_after_it_begins"
        ),
        Index(
            "uq_shadow_visits_live",
            "occurrence_id",
            "successor_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    on_date: Mapped[date] = mapped_column(index=True)
    from_slot: Mapped[int]
    to_slot: Mapped[int]
    is_led: Mapped[bool] = mapped_column(default=False)
    """The successor leads, the senior is there."""
    status: Mapped[ShadowStatus] = mapped_column(enum_column(ShadowStatus), index=True)
    run_id: Mapped[int | None]
    """The night's run that proposed it (matching.runs)."""
    made_at: Mapped[datetime]
    arranged_at: Mapped[datetime | None]
    arranged_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]
    end_words: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")

    handover: Mapped[Handover] = relationship()
    successor: Mapped[Volunteer] = relationship()
    occurrence: Mapped[Occurrence] = relationship()
    reports: Mapped[list["ShadowReport"]] = relationship(back_populates="shadow", order_by="ShadowReport.id")


class ShadowReport(HasSealed, Base):
    """What one of the two says of a visit together, once."""

    __tablename__ = "shadow_reports"
    __table_args__ = (
        UniqueConstraint("shadow_id", "party"),
        CheckConstraint("party <> 'carer'", name="by_one_of_the_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shadow_id: Mapped[int] = mapped_column(ForeignKey("shadow_visits.id"), index=True)
    party: Mapped[Party] = mapped_column(enum_column(Party))
    went: Mapped[Went] = mapped_column(enum_column(Went))
    words_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = Sealed(PrivateNote, "words_box")
    how: Mapped[SignedHow] = mapped_column(enum_column(SignedHow))
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    shadow: Mapped[ShadowVisit] = relationship(back_populates="reports")


LONGEST_MEMORY = 1500


class MemoryStatus(StrEnum):
    """WAITING for a coordinator → RELEASED or KEPT_BACK; WITHDRAWN by its writer at any time."""

    WAITING = "waiting"
    RELEASED = "released"
    KEPT_BACK = "kept_back"
    WITHDRAWN = "withdrawn"


LEGAL_MEMORY_MOVES: dict[MemoryStatus, frozenset[MemoryStatus]] = {
    MemoryStatus.WAITING: frozenset({MemoryStatus.RELEASED, MemoryStatus.KEPT_BACK, MemoryStatus.WITHDRAWN}),
    MemoryStatus.RELEASED: frozenset({MemoryStatus.KEPT_BACK, MemoryStatus.WITHDRAWN}),
    MemoryStatus.KEPT_BACK: frozenset({MemoryStatus.RELEASED, MemoryStatus.WITHDRAWN}),
    MemoryStatus.WITHDRAWN: frozenset(),
}


class Memory(Base):
    """傳承錄: a short memory of a senior's, shown to everybody once a coordinator has released it."""

    __tablename__ = "memories"
    __table_args__ = (
        CheckConstraint("words <> ''", name="says_something"),
        CheckConstraint("signed_as <> ''", name="signed_somehow"),
        CheckConstraint("status = 'withdrawn' OR consent_at IS NOT NULL", name="only_with_consent"),
        CheckConstraint(
            "status NOT IN ('released', 'kept_back') OR decided_by_id IS NOT NULL", name="decided_by_somebody"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    words: Mapped[str] = mapped_column(String(LONGEST_MEMORY))
    signed_as: Mapped[str] = mapped_column(String(60))
    """The name under it, as the writer wishes."""
    status: Mapped[MemoryStatus] = mapped_column(enum_column(MemoryStatus), index=True)
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    consent_at: Mapped[datetime | None]
    """When the writer agreed that everybody may read it; empty once it is withdrawn."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    """Why it is kept back."""

    volunteer: Mapped[Volunteer] = relationship()

"""Nights owed and done (the ledger), runs with their proof, proposals, and needed visits nobody could take."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.care_requests.models import Occurrence
from app.shared.database import Base, enum_column
from app.visits.models import VisitSeat
from app.volunteers.models import Volunteer


class NightStatus(StrEnum):
    OWED = "owed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Night(Base):
    """One night's matching, named by the morning it is read. The ledger: a night is owed once and done once."""

    __tablename__ = "nights"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """"match:2026-11-24"."""
    morning: Mapped[date] = mapped_column(unique=True)
    status: Mapped[NightStatus] = mapped_column(
        enum_column(NightStatus), default=NightStatus.OWED, index=True
    )
    due_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    """Raised when the run begins anew; a resumed run keeps its number."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Raised by every claim; whoever holds an older one writes nothing more."""
    lease_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    finished_at: Mapped[datetime | None]


class Run(Base):
    """One attempt at a night: what went in, what came out, and how far the writing has got."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("night_id", "attempt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    night_id: Mapped[int] = mapped_column(ForeignKey("nights.id"), index=True)
    attempt: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    starts_on: Mapped[date]
    policy: Mapped[str] = mapped_column(String(20))
    problem_hash: Mapped[str] = mapped_column(String(64), default="")
    problem_file: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The problem as gzipped JSON (MATCHING §5): the run can be repeated and checked for ever."""
    result_file: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The engine's result as gzipped JSON; a run that has it only writes on."""
    cursor: Mapped[int] = mapped_column(default=0)
    """How many rows of the result have been written."""
    volunteers: Mapped[int] = mapped_column(default=0)
    needed_visits: Mapped[int] = mapped_column(default=0)
    covered_visits: Mapped[int] = mapped_column(default=0)
    urgent_served: Mapped[int] = mapped_column(default=0)
    urgent_bound: Mapped[int] = mapped_column(default=0)
    urgent_needed: Mapped[int] = mapped_column(default=0)
    value: Mapped[int] = mapped_column(BigInteger, default=0)
    bound: Mapped[int] = mapped_column(BigInteger, default=0)
    gap: Mapped[float] = mapped_column(Float, default=0.0)
    is_proved_optimal: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`inputs` (counts), `left_out`, `dropped_pins`, `terms` of the value, `method` and `notes` of the proof, what is
    short in every plan (`shortage`), and `stages` with seconds (of the process that finished it); a run that was not
    finished has the first of them."""

    night: Mapped[Night] = relationship()


class ProposalStatus(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REPLACED = "replaced"
    REFUSED = "refused"
    CLOSED = "closed"
    """Undecided when a newer run came, or the need went away."""


class RefusedBecause(StrEnum):
    """Why a coordinator refused a proposal."""

    NOT_SUITED = "not_suited"
    CARER_PREFERS = "carer_prefers"
    VOLUNTEER_PREFERS = "volunteer_prefers"
    TIME_CHANGED = "time_changed"
    NEVER_THIS_PAIR = "never_this_pair"
    """Becomes a rule: do-not-pair."""
    OTHER = "other"


class RuleCode(StrEnum):
    """The rules by the engine's names: hard rules, rules of the whole plan, rules of a team, and being active."""

    IS_ACTIVE = "is_active"
    SERVES_THE_AREA = "serves_the_area"
    IS_FREE_THEN = "is_free_then"
    HAS_REQUIRED_SKILLS = "has_required_skills"
    HAS_CLEARANCE = "has_clearance"
    SPEAKS_A_LANGUAGE = "speaks_a_language"
    IS_OF_REQUIRED_GENDER = "is_of_required_gender"
    IS_OF_PERMITTED_AGE = "is_of_permitted_age"
    CAN_DO_WHAT_IT_ASKS = "can_do_what_it_asks"
    MAY_ENTER_THIS_HOME = "may_enter_this_home"
    IS_NOT_EXCLUDED = "is_not_excluded"
    IS_NOT_FAMILY = "is_not_family"
    TRAVEL = "travel"
    WEEKLY_VISITS = "weekly_visits"
    WEEKLY_MINUTES = "weekly_minutes"
    MAX = "max"
    OPTION = "option"
    MIN = "min"
    EXPERIENCED = "experienced"
    MINOR_WITHOUT_ADULT = "minor_without_adult"
    FIRST_VISIT_ALONE = "first_visit_alone"
    ONE_HOUSEHOLD = "one_household"


class Proposal(Base):
    """The night suggests a volunteer for one seat of one occurrence; nothing happens until somebody approves."""

    __tablename__ = "proposals"
    __table_args__ = (
        UniqueConstraint("run_id", "occurrence_id", "seat_number"),
        Index(
            "uq_proposals_open_seat",
            "occurrence_id",
            "seat_number",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        CheckConstraint("status <> 'refused' OR refused_because IS NOT NULL", name="refused_with_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    on_date: Mapped[date]
    from_slot: Mapped[int]
    to_slot: Mapped[int]
    """The time proposed, one of the occurrence's."""
    seat_number: Mapped[int]
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    status: Mapped[ProposalStatus] = mapped_column(
        enum_column(ProposalStatus), default=ProposalStatus.OPEN, index=True
    )
    is_plain: Mapped[bool]
    """May be approved together with others (DOMAIN §2)."""
    explanation: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Rules and terms of the pairing with their amounts, and the runner-up, as the engine gives them."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    refused_because: Mapped[RefusedBecause | None] = mapped_column(enum_column(RefusedBecause))
    reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)

    run: Mapped[Run] = relationship()
    occurrence: Mapped[Occurrence] = relationship()
    volunteer: Mapped[Volunteer] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class UnservedVisit(Base):
    """An occurrence that a run could not serve, with the funnel: after each rule, how many remained."""

    __tablename__ = "unserved_visits"
    __table_args__ = (UniqueConstraint("run_id", "occurrence_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    funnel: Mapped[list[Any]] = mapped_column(JSON)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    run: Mapped[Run] = relationship()
    occurrence: Mapped[Occurrence] = relationship()


class ReserveStatus(StrEnum):
    """WAITING → ASKED, once somebody is missing; or DROPPED, by a coordinator or because a rule speaks against it."""

    WAITING = "waiting"
    ASKED = "asked"
    DROPPED = "dropped"


class Reserve(Base):
    """Who is asked next for a needed visit, as a coordinator decided when approving the first."""

    __tablename__ = "reserves"
    __table_args__ = (
        Index(
            "uq_reserves_waiting",
            "occurrence_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="ends_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), index=True)
    """The proposal that was approved with this person in reserve."""
    status: Mapped[ReserveStatus] = mapped_column(
        enum_column(ReserveStatus), default=ReserveStatus.WAITING, index=True
    )
    named_at: Mapped[datetime]
    named_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]
    dropped_rule: Mapped[str | None] = mapped_column(String(40))
    """The rule that spoke against asking; None when a coordinator dropped it."""

    occurrence: Mapped[Occurrence] = relationship()
    volunteer: Mapped[Volunteer] = relationship()
    proposal: Mapped[Proposal] = relationship()


class CoverKind(StrEnum):
    """Somebody else is to go, or two volunteers are to change places."""

    COVER = "cover"
    SWAP = "swap"


class WishStatus(StrEnum):
    """OPEN → DONE by a coordinator, or REFUSED (nobody was found), or WITHDRAWN by the volunteer."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CoverWish(Base):
    """A volunteer would rather not go to a visit they said yes to. Until somebody else goes, the place is theirs."""

    __tablename__ = "cover_wishes"
    __table_args__ = (
        Index(
            "uq_cover_wishes_open",
            "seat_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        CheckConstraint("(kind = 'swap') = (with_seat_id IS NOT NULL)", name="a_swap_is_with_somebody"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("visit_seats.id"), index=True)
    kind: Mapped[CoverKind] = mapped_column(enum_column(CoverKind))
    with_seat_id: Mapped[int | None] = mapped_column(ForeignKey("visit_seats.id"))
    """SWAP: the place the volunteer would take instead."""
    words: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]
    status: Mapped[WishStatus] = mapped_column(enum_column(WishStatus), default=WishStatus.OPEN)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    seat: Mapped[VisitSeat] = relationship(foreign_keys=[seat_id])
    with_seat: Mapped[VisitSeat | None] = relationship(foreign_keys=[with_seat_id])

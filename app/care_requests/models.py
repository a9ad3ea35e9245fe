"""Carers, care recipients, requests, and each needed visit of a request (an occurrence)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.catalogue.models import SupportKind
from app.messages.models import Channel
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Address, Email, HealthNote, Phone, PrivateNote, Sealed
from app.volunteers.models import Gender, Source, Volunteer


class CarerKind(StrEnum):
    """Who asks: a family carer, the person needing help, a referring worker, a centre or a residential home."""

    FAMILY = "family"
    SELF = "self"
    WORKER = "worker"
    CENTRE = "centre"


class Carer(HasSealed, Base):
    """Somebody who asks for help, for somebody they care for or themselves."""

    __tablename__ = "carers"
    __table_args__ = (
        CheckConstraint("name_zh <> '' OR name_en <> ''", name="has_a_name"),
        Index("ix_carers_name_key", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """C- and six letters."""
    outside_code: Mapped[str] = mapped_column(String(40), default="", index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[CarerKind] = mapped_column(enum_column(CarerKind))
    name_zh: Mapped[str] = mapped_column(String(60), default="")
    name_en: Mapped[str] = mapped_column(String(120), default="")
    name_key: Mapped[str] = mapped_column(String(400), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    phone_key: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_tail_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of the last four digits, for search."""
    email_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = Sealed(Email, "email_box")
    email_key: Mapped[str | None] = mapped_column(String(64), index=True)
    reached_by: Mapped[Channel] = mapped_column(enum_column(Channel), default=Channel.PHONE_CALL)
    language: Mapped[str] = mapped_column(String(20), default="zh_Hant_HK")
    source: Mapped[Source] = mapped_column(enum_column(Source))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    consent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class CareRecipient(HasSealed, Base):
    """The person cared for."""

    __tablename__ = "care_recipients"
    __table_args__ = (
        CheckConstraint(
            "birth_year IS NULL OR birth_year BETWEEN 1900 AND 2100", name="birth_year_is_a_year"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """P- and six letters."""
    carer_id: Mapped[int] = mapped_column(ForeignKey("carers.id"), index=True)
    relation: Mapped[str] = mapped_column(String(60), default="")
    """Who this is to the carer: "mother"."""
    called: Mapped[str] = mapped_column(String(60))
    """Surname and title, 「陳婆婆」: all a helper is told before the visit's details are released."""
    full_name: Mapped[str] = mapped_column(String(120), default="")
    birth_year: Mapped[int | None]
    gender: Mapped[Gender | None] = mapped_column(enum_column(Gender))
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    address_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = Sealed(Address, "address_box")
    directions_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    directions = Sealed(Address, "directions_box")
    health_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    health_note = Sealed(HealthNote, "health_box")
    first_visited_on: Mapped[date | None]
    """The first visit of a volunteer to this home; null while none has been."""

    carer: Mapped[Carer] = relationship()


class RequestStatus(StrEnum):
    """DRAFT (imported or saved, something is missing) → SUBMITTED → OPEN (triaged, matchable) → CLOSED."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    OPEN = "open"
    CLOSED = "closed"


LEGAL_MOVES: dict[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.DRAFT: frozenset({RequestStatus.SUBMITTED, RequestStatus.OPEN, RequestStatus.CLOSED}),
    RequestStatus.SUBMITTED: frozenset({RequestStatus.OPEN, RequestStatus.CLOSED}),
    RequestStatus.OPEN: frozenset({RequestStatus.CLOSED}),
    RequestStatus.CLOSED: frozenset({RequestStatus.SUBMITTED}),
}


class RequestAct(StrEnum):
    """What the audit says was done to a request, to the person it is for, or to the carer who asked."""

    SUBMITTED = "care_request.submitted"
    CHANGED = "care_request.changed"
    SETTLED = "care_request.settled"
    CHANGE_ASKED = "care_request.change_asked"
    TRIAGED = "care_request.triaged"
    SPLIT = "care_request.split"
    CLOSED = "care_request.closed"
    WITHDRAWN = "care_request.withdrawn"
    REOPENED = "care_request.reopened"
    OCCURRENCE_CALLED_OFF = "care_request.occurrence_called_off"
    TIME_AGREED = "care_request.time_agreed"
    DETAILS_SEEN = "care_request.details_seen"
    HELPER_KNOWN = "care_recipient.helper_known"
    HELPER_NOT_KNOWN = "care_recipient.helper_not_known"
    CARER_CHANGED = "carer.changed"


class CloseReason(StrEnum):
    MET = "met"
    WITHDRAWN = "withdrawn"
    REFERRED_OUT = "referred_out"
    SPLIT = "split"


class Rhythm(StrEnum):
    """How windows are read. ONCE: one visit, in the one dated window. ANY_OF: one visit, in any of several dated
    windows. WEEKLY: a visit in each weekday window, every week. WEEKLY_ANY_OF: one visit a week, in any of them.
    """

    ONCE = "once"
    ANY_OF = "any_of"
    WEEKLY = "weekly"
    WEEKLY_ANY_OF = "weekly_any_of"


class SpokenHow(StrEnum):
    """How a coordinator spoke with the carer before triage."""

    PHONE_CALL = "phone_call"
    VISIT = "visit"
    AT_THE_CENTRE = "at_the_centre"
    VIDEO = "video"


class CareRequest(HasSealed, Base):
    """Help asked for: what, when, where, and what matters. Matchable only when OPEN, after triage."""

    __tablename__ = "care_requests"
    __table_args__ = (
        CheckConstraint(
            "1 <= seats_min AND seats_min <= seats_max AND seats_max <= 3", name="one_to_three_seats"
        ),
        CheckConstraint("experienced_needed BETWEEN 0 AND seats_max", name="experienced_fit_the_seats"),
        CheckConstraint("age_from IS NULL OR age_to IS NULL OR age_from <= age_to", name="ages_in_order"),
        CheckConstraint(
            "status <> 'open' OR (kind_code IS NOT NULL AND spoken_on IS NOT NULL AND spoken_how IS NOT NULL"
            " AND triaged_by_id IS NOT NULL AND triaged_at IS NOT NULL)",
            name="open_only_after_triage",
        ),
        CheckConstraint("urgent_until IS NULL OR urgent_reason <> ''", name="urgent_with_a_reason"),
        CheckConstraint("status <> 'closed' OR close_reason IS NOT NULL", name="closed_with_a_reason"),
        CheckConstraint("NOT takes_minors OR clearance = 'scrc'", name="minors_beside_cleared_adults"),
        CheckConstraint("NOT is_at_home OR recipient_id IS NOT NULL", name="a_home_is_somebodys"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """R- and six letters."""
    outside_code: Mapped[str] = mapped_column(String(40), default="", index=True)
    carer_id: Mapped[int] = mapped_column(ForeignKey("carers.id"), index=True)
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("care_recipients.id"), index=True)
    kind_code: Mapped[str | None] = mapped_column(ForeignKey("support_kinds.code"))
    status: Mapped[RequestStatus] = mapped_column(
        enum_column(RequestStatus), default=RequestStatus.SUBMITTED, index=True
    )
    rhythm: Mapped[Rhythm] = mapped_column(enum_column(Rhythm), default=Rhythm.ONCE)
    starts_on: Mapped[date | None]
    """Weekly requests: the first day that counts; null: at once."""
    ends_on: Mapped[date | None]
    """The last day that counts; null: until closed."""
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    """Where the visit is; null: anywhere (by telephone), or not yet known in a draft."""
    is_at_home: Mapped[bool] = mapped_column(default=True)
    meeting_place_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    meeting_place = Sealed(Address, "meeting_place_box")
    """Where to meet when the visit is neither at home nor by telephone; released like an address."""
    clearance: Mapped[str | None] = mapped_column(String(20))
    """The clearance every helper needs, from the kind, or asked for at triage."""
    takes_minors: Mapped[bool] = mapped_column(default=False)
    """Volunteers under 18 may come, each beside a cleared adult; so the visit needs clearance."""
    seats_min: Mapped[int] = mapped_column(default=1)
    seats_max: Mapped[int] = mapped_column(default=1)
    experienced_needed: Mapped[int] = mapped_column(default=0)
    gender_needed: Mapped[Gender | None] = mapped_column(enum_column(Gender, "gender_needed"))
    gender_preferred: Mapped[Gender | None] = mapped_column(enum_column(Gender, "gender_preferred"))
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    prefers_age_from: Mapped[int | None]
    prefers_age_to: Mapped[int | None]
    original_words: Mapped[str] = mapped_column(String(2000), default="")
    """What a file or a caller said that could not be understood; kept until somebody has settled it."""
    note_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed(PrivateNote, "note_box")
    source: Mapped[Source] = mapped_column(enum_column(Source))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    submitted_at: Mapped[datetime]
    spoken_on: Mapped[date | None]
    spoken_how: Mapped[SpokenHow | None] = mapped_column(enum_column(SpokenHow))
    triaged_at: Mapped[datetime | None]
    triaged_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    urgent_until: Mapped[date | None]
    """Urgent up to and including this day."""
    urgent_reason: Mapped[str] = mapped_column(String(300), default="")
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[CloseReason | None] = mapped_column(enum_column(CloseReason))
    close_note: Mapped[str] = mapped_column(String(300), default="")
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("care_requests.id"))
    version: Mapped[int] = mapped_column(default=1)

    carer: Mapped[Carer] = relationship()
    recipient: Mapped[CareRecipient | None] = relationship()
    kind: Mapped[SupportKind | None] = relationship()
    windows: Mapped[list["RequestWindow"]] = relationship(
        cascade="all, delete-orphan", order_by="RequestWindow.position"
    )
    skills: Mapped[list["RequestSkill"]] = relationship(cascade="all, delete-orphan")
    languages: Mapped[list["RequestLanguage"]] = relationship(cascade="all, delete-orphan")
    demands: Mapped[list["RequestDemand"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

    @property
    def is_by_telephone(self) -> bool:
        """Neither at home nor in any area."""
        return not self.is_at_home and self.area_code is None


class RequestWindow(Base):
    """A time that suits: on a date (ONCE, ANY_OF) or every week on a weekday (WEEKLY, WEEKLY_ANY_OF)."""

    __tablename__ = "request_windows"
    __table_args__ = (
        CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48", name="ends_after_it_begins"
        ),
        CheckConstraint("(on_date IS NULL) <> (weekday IS NULL)", name="a_date_or_a_weekday"),
        CheckConstraint("weekday IS NULL OR weekday BETWEEN 0 AND 6", name="weekday_is_a_weekday"),
        UniqueConstraint("request_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), index=True)
    position: Mapped[int]
    on_date: Mapped[date | None]
    weekday: Mapped[int | None]
    from_slot: Mapped[int]
    to_slot: Mapped[int]


class RequestSkill(Base):
    """A skill every helper needs, from the kind or added at triage."""

    __tablename__ = "request_skills"

    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)


class RequestLanguage(Base):
    """A language that would do; a helper speaks at least one of those named."""

    __tablename__ = "request_languages"

    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), primary_key=True)
    language_code: Mapped[str] = mapped_column(ForeignKey("languages.code"), primary_key=True)


class RequestDemand(Base):
    """What the visit demands: stairs, lifting, pets in the home."""

    __tablename__ = "request_demands"

    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), primary_key=True)
    demand_code: Mapped[str] = mapped_column(ForeignKey("demands.code"), primary_key=True)


class Occurrence(Base):
    """One needed visit of a request, with the times at any one of which it may take place."""

    __tablename__ = "occurrences"
    __table_args__ = (UniqueConstraint("request_id", "first_day", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    """The request's code, the first day and position: "R-7K2QDX/20261124-0"; the same whenever it is planned."""
    request_id: Mapped[int] = mapped_column(ForeignKey("care_requests.id"), index=True)
    first_day: Mapped[date] = mapped_column(index=True)
    last_day: Mapped[date] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int | None]
    """Orders the occurrences of a weekly request in time; null for a single visit."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")

    request: Mapped[CareRequest] = relationship()
    options: Mapped[list["OccurrenceOption"]] = relationship(
        cascade="all, delete-orphan", order_by="OccurrenceOption.position", lazy="selectin"
    )


class OccurrenceOption(Base):
    """A time at which an occurrence may take place; at most one is used."""

    __tablename__ = "occurrence_options"
    __table_args__ = (
        CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48", name="ends_after_it_begins"
        ),
    )

    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    on_date: Mapped[date]
    from_slot: Mapped[int]
    to_slot: Mapped[int]


class KnownHelper(Base):
    """A volunteer whom the person cared for already knows, from a visit or by a coordinator's word."""

    __tablename__ = "known_helpers"

    recipient_id: Mapped[int] = mapped_column(ForeignKey("care_recipients.id"), primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True, index=True)
    since: Mapped[date]

    volunteer: Mapped[Volunteer] = relationship()

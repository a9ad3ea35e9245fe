"""Volunteers: who they are, what they can do, when they are free, and how they came to be accepted."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.messages.models import Channel
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Email, HealthNote, Phone, PrivateNote, Sealed
from app.shared.times import AFTERNOON, EVENING, MORNING


class Gender(StrEnum):
    FEMALE = "f"
    MALE = "m"


class VolunteerStatus(StrEnum):
    """Where an application or a volunteer stands. Only ACTIVE volunteers are matched."""

    APPLIED = "applied"
    INDUCTION = "induction"
    ACTIVE = "active"
    PAUSED = "paused"
    ADVISER = "adviser"
    RETIRED = "retired"
    REMOVED = "removed"


LEGAL_MOVES: dict[VolunteerStatus, frozenset[VolunteerStatus]] = {
    VolunteerStatus.APPLIED: frozenset(
        {VolunteerStatus.INDUCTION, VolunteerStatus.ACTIVE, VolunteerStatus.RETIRED, VolunteerStatus.REMOVED}
    ),
    VolunteerStatus.INDUCTION: frozenset(
        {VolunteerStatus.ACTIVE, VolunteerStatus.RETIRED, VolunteerStatus.REMOVED}
    ),
    VolunteerStatus.ACTIVE: frozenset(
        {VolunteerStatus.PAUSED, VolunteerStatus.ADVISER, VolunteerStatus.RETIRED, VolunteerStatus.REMOVED}
    ),
    VolunteerStatus.PAUSED: frozenset(
        {VolunteerStatus.ACTIVE, VolunteerStatus.ADVISER, VolunteerStatus.RETIRED, VolunteerStatus.REMOVED}
    ),
    VolunteerStatus.ADVISER: frozenset(
        {VolunteerStatus.ACTIVE, VolunteerStatus.RETIRED, VolunteerStatus.REMOVED}
    ),
    VolunteerStatus.RETIRED: frozenset({VolunteerStatus.APPLIED}),
    VolunteerStatus.REMOVED: frozenset(),
}


@dataclass(frozen=True)
class PartOfTheWeek:
    """A usual part of the week, as people say it: free on each of `weekdays` (0 Monday) at [from_slot, to_slot)."""

    weekdays: range
    from_slot: int
    to_slot: int


PARTS_OF_THE_WEEK = {
    "weekday_morning": PartOfTheWeek(range(5), *MORNING),
    "weekday_afternoon": PartOfTheWeek(range(5), *AFTERNOON),
    "weekday_evening": PartOfTheWeek(range(5), *EVENING),
    "weekend_morning": PartOfTheWeek(range(5, 7), *MORNING),
    "weekend_afternoon": PartOfTheWeek(range(5, 7), *AFTERNOON),
    "weekend_evening": PartOfTheWeek(range(5, 7), *EVENING),
}
"""What "weekday morning" means: mornings 09:00-13:00, afternoons 14:00-18:00, evenings 18:00-21:30."""

ADULT_AGE = 18
OWN_ACCOUNT_AGE = 12
"""Younger children take part by a parent's account."""
YOUNGEST_AGE = 6


class Source(StrEnum):
    """How somebody's details came in."""

    ONLINE = "online"
    PHONE_CALL = "phone_call"
    PAPER = "paper"
    IMPORT = "import"


class Household(Base):
    """People who live together: never the only two on a visit to a home."""

    __tablename__ = "households"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class Volunteer(HasSealed, Base):
    """One volunteer, or applicant. Acceptance is these four facts together, and the database insists on them."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("name_zh <> '' OR name_en <> ''", name="has_a_name"),
        CheckConstraint("birth_year BETWEEN 1900 AND 2100", name="birth_year_is_a_year"),
        CheckConstraint("birth_month IS NULL OR birth_month BETWEEN 1 AND 12", name="birth_month_is_a_month"),
        CheckConstraint("weekly_visit_limit BETWEEN 0 AND 14", name="weekly_visit_limit_in_reach"),
        CheckConstraint("weekly_minutes_limit BETWEEN 0 AND 3360", name="weekly_minutes_limit_in_reach"),
        CheckConstraint(
            "status NOT IN ('active', 'paused', 'adviser') OR (spoken_on IS NOT NULL AND spoken_by_id IS NOT NULL"
            " AND identity_seen_on IS NOT NULL AND identity_seen_by_id IS NOT NULL AND induction_on IS NOT NULL"
            " AND conduct_accepted_on IS NOT NULL AND accepted_at IS NOT NULL AND accepted_by_id IS NOT NULL)",
            name="accepted_by_a_coordinator",
        ),
        Index("ix_volunteers_name_key", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """V- and six letters; never changes, carries no data."""
    outside_code: Mapped[str] = mapped_column(String(40), default="", index=True)
    """The number in the programme's earlier register."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """Whoever signs in for this volunteer; a couple with one telephone shares one account."""
    status: Mapped[VolunteerStatus] = mapped_column(
        enum_column(VolunteerStatus), default=VolunteerStatus.APPLIED, index=True
    )
    name_zh: Mapped[str] = mapped_column(String(60), default="")
    name_en: Mapped[str] = mapped_column(String(120), default="")
    name_key: Mapped[str] = mapped_column(String(400), default="")
    """Both names folded (shared.words.folded), for search."""
    gender: Mapped[Gender | None] = mapped_column(enum_column(Gender))
    birth_year: Mapped[int]
    birth_month: Mapped[int | None]
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    phone_key: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_tail_key: Mapped[str | None] = mapped_column(String(64), index=True)
    """The keyed hash of the number's last four digits: what coordinators search by."""
    email_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    email = Sealed(Email, "email_box")
    reached_by: Mapped[Channel] = mapped_column(enum_column(Channel), default=Channel.PHONE_CALL)
    language: Mapped[str] = mapped_column(String(20), default="zh_Hant_HK")
    """The language of messages to this person."""
    home_area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), index=True)
    serves_all_areas: Mapped[bool] = mapped_column(default=False)
    new_homes: Mapped[bool] = mapped_column(default=True)
    """Will visit homes where they are not known yet."""
    weekly_visit_limit: Mapped[int] = mapped_column(default=2)
    weekly_minutes_limit: Mapped[int] = mapped_column(default=360)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"), index=True)
    confirmed_hours_before: Mapped[float] = mapped_column(default=0.0)
    """Hours of service in the earlier register."""
    volunteer_since: Mapped[date | None]
    senior_since: Mapped[date | None]
    """資深: from when, by a coordinator's decision."""
    senior_reason: Mapped[str] = mapped_column(String(300), default="")
    senior_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    health_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    health_note = Sealed(HealthNote, "health_box")
    """Adjustments the volunteer asks for; one coordinator sees it, matching never does."""
    note_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = Sealed(PrivateNote, "note_box")
    source: Mapped[Source] = mapped_column(enum_column(Source))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    applied_at: Mapped[datetime]
    consent_at: Mapped[datetime | None]
    """The personal information collection statement was agreed to."""
    spoken_on: Mapped[date | None]
    spoken_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    identity_seen_on: Mapped[date | None]
    identity_seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    induction_on: Mapped[date | None]
    conduct_accepted_on: Mapped[date | None]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    paused_until: Mapped[date | None]
    status_reason: Mapped[str] = mapped_column(String(300), default="")
    availability_confirmed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])
    household: Mapped[Household | None] = relationship()
    areas: Mapped[list["VolunteerArea"]] = relationship(cascade="all, delete-orphan", lazy="select")
    languages: Mapped[list["VolunteerLanguage"]] = relationship(cascade="all, delete-orphan")
    skills: Mapped[list["VolunteerSkill"]] = relationship(cascade="all, delete-orphan")
    inabilities: Mapped[list["VolunteerInability"]] = relationship(cascade="all, delete-orphan")
    preferences: Mapped[list["VolunteerPreference"]] = relationship(cascade="all, delete-orphan")
    free_times: Mapped[list["FreeTime"]] = relationship(cascade="all, delete-orphan", order_by="FreeTime.id")
    dates_away: Mapped[list["DatesAway"]] = relationship(
        cascade="all, delete-orphan", order_by="DatesAway.first_day"
    )
    consents: Mapped[list["GuardianConsent"]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class VolunteerArea(Base):
    """An area the volunteer will go to."""

    __tablename__ = "volunteer_areas"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)


class VolunteerLanguage(Base):
    __tablename__ = "volunteer_languages"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    language_code: Mapped[str] = mapped_column(ForeignKey("languages.code"), primary_key=True)


class VolunteerSkill(Base):
    """A skill a volunteer has, to `valid_until` (the last valid day; null: no end)."""

    __tablename__ = "volunteer_skills"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)
    valid_until: Mapped[date | None]


class VolunteerInability(Base):
    """What a visit may demand and this volunteer cannot do."""

    __tablename__ = "volunteer_inabilities"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    demand_code: Mapped[str] = mapped_column(ForeignKey("demands.code"), primary_key=True)


class VolunteerPreference(Base):
    """A kind of support the volunteer wishes for, or would rather not do."""

    __tablename__ = "volunteer_preferences"

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey("support_kinds.code"), primary_key=True)
    is_wish: Mapped[bool]


class FreeTime(Base):
    """Free every week on `weekday` (0 Monday to 6 Sunday), slots [from_slot, to_slot)."""

    __tablename__ = "free_times"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_is_a_weekday"),
        CheckConstraint(
            "from_slot >= 0 AND from_slot < to_slot AND to_slot <= 48", name="ends_after_it_begins"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    weekday: Mapped[int]
    from_slot: Mapped[int]
    to_slot: Mapped[int]


class DatesAway(Base):
    """Days, both ends inclusive, on which the volunteer is away."""

    __tablename__ = "dates_away"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="ends_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]


class GuardianConsent(HasSealed, Base):
    """A guardian's consent to a minor's service, seen by a coordinator."""

    __tablename__ = "guardian_consents"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "given_on"),
        CheckConstraint("valid_until IS NULL OR valid_until >= given_on", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    guardian_name: Mapped[str] = mapped_column(String(120))
    relation: Mapped[str] = mapped_column(String(60))
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    given_on: Mapped[date]
    valid_until: Mapped[date | None]
    seen_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

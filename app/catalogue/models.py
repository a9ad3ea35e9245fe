"""The catalogue as tables: data that staff may correct, loaded once from the files beside this module."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.shared.database import Base, enum_column


class District(StrEnum):
    TSUEN_WAN = "tsuen_wan"
    KWAI_TSING = "kwai_tsing"


class ServiceArea(StrEnum):
    """The programme's fields of service."""

    CARERS = "carers"
    OLDER_PEOPLE = "older_people"
    REHABILITATION = "rehabilitation"
    FAMILY_AND_CHILD = "family_and_child"
    YOUTH = "youth"
    ALL = "all"


class WeatherClass(StrEnum):
    INDOOR = "indoor"
    OUTDOOR = "outdoor"
    REMOTE = "remote"


class Area(Base):
    """A neighbourhood or estate; people live in one and serve in several."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    district: Mapped[District] = mapped_column(enum_column(District))
    name_zh: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(60))
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)


class TravelTime(Base):
    """Minutes from one area to another by whatever people use; `is_corrected` when a coordinator set it."""

    __tablename__ = "travel_times"
    __table_args__ = (CheckConstraint("minutes >= 0 AND minutes <= 600", name="minutes_within_a_day"),)

    from_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    to_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    minutes: Mapped[int]
    is_corrected: Mapped[bool] = mapped_column(default=False)


class Named:
    """Mixin: a code with its names in both languages and a place in lists."""

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)


class Skill(Named, Base):
    """Something a volunteer can do that a kind of support may need."""

    __tablename__ = "skills"
    __table_args__ = (
        CheckConstraint(
            "proof_months IS NULL OR proof_months BETWEEN 1 AND 240", name="proof_months_in_reach"
        ),
    )

    needs_proof: Mapped[bool] = mapped_column(default=False)
    """A volunteer's own word is not enough: a course, an assessment or a certificate somebody has seen."""
    proof_months: Mapped[int | None]
    """A certificate that names no end of its own is taken to hold so long; none: for good."""


class Language(Named, Base):
    """A language people speak; its name stands in itself too."""

    __tablename__ = "languages"


class Demand(Named, Base):
    """Something a visit may demand and a volunteer may be unable to do: stairs, lifting, a home with pets."""

    __tablename__ = "demands"


class SupportKindSkill(Base):
    """A skill that every volunteer on a visit of that kind must have."""

    __tablename__ = "support_kind_skills"

    kind_code: Mapped[str] = mapped_column(ForeignKey("support_kinds.code"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)


class SupportKind(Named, Base):
    """A kind of support, with what it asks of a volunteer. A change counts for new requests only."""

    __tablename__ = "support_kinds"
    __table_args__ = (
        CheckConstraint("minimum_age BETWEEN 6 AND 99", name="minimum_age_is_an_age"),
        CheckConstraint("seats >= 1 AND seats <= 3", name="one_to_three_seats"),
        CheckConstraint("usual_slots BETWEEN 1 AND 48", name="usual_length_within_a_day"),
    )

    summary_zh: Mapped[str] = mapped_column(String(200), default="")
    summary_en: Mapped[str] = mapped_column(String(200), default="")
    service_area: Mapped[ServiceArea] = mapped_column(enum_column(ServiceArea))
    is_at_home: Mapped[bool]
    """The volunteer enters the home of the person cared for."""
    is_anywhere: Mapped[bool] = mapped_column(default=False)
    """By telephone: the area plays no part."""
    is_for_groups: Mapped[bool] = mapped_column(default=False)
    clearance: Mapped[str | None] = mapped_column(String(20))
    """The clearance every volunteer needs ("scrc"), or null."""
    minimum_age: Mapped[int] = mapped_column(default=18)
    """Below 18 the kind takes minors, always with an adult on the same visit."""
    seats: Mapped[int] = mapped_column(default=1)
    usual_slots: Mapped[int] = mapped_column(default=4)
    weather_class: Mapped[WeatherClass] = mapped_column(enum_column(WeatherClass))
    is_offered: Mapped[bool] = mapped_column(default=True)

    skills: Mapped[list[Skill]] = relationship(secondary="support_kind_skills", lazy="selectin")

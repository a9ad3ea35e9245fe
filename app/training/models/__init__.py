"""The curriculum as tables. A qualification is a skill of the catalogue, held by a volunteer for a time."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Language, Skill, SupportKind
from app.shared.database import Base, enum_column

LONGEST_AIMS = 600
LONGEST_AUDIENCE = 200


class Faculty(Base):
    """A part of the curriculum under one name."""

    __tablename__ = "faculties"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)


class RequiredOf(StrEnum):
    """Whom a course asks something of before it begins: who learns, or who teaches."""

    LEARNER = "learner"
    TRAINER = "trainer"


class CourseKind(Base):
    """A kind of support the course prepares for."""

    __tablename__ = "course_kinds"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey("support_kinds.code"), primary_key=True)


class CourseGrant(Base):
    """A qualification that whoever passes the course has from then on."""

    __tablename__ = "course_grants"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)


class CourseProlonging(Base):
    """A qualification that the course renews for those who have it."""

    __tablename__ = "course_prolongings"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)


class CourseRequirement(Base):
    """A qualification in a group: any one of a group will do, and every group must be met."""

    __tablename__ = "course_requirements"
    __table_args__ = (CheckConstraint("group_number BETWEEN 1 AND 9", name="group_number_in_reach"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    of: Mapped[RequiredOf] = mapped_column(enum_column(RequiredOf), primary_key=True)
    group_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skills.code"), primary_key=True)

    skill: Mapped[Skill] = relationship(lazy="joined")


class Course(Base):
    """A course as it stands in the curriculum; when and where it is held is a matter of its runs."""

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 15 AND 60000", name="some_length"),
        CheckConstraint(
            "valid_months IS NULL OR valid_months BETWEEN 1 AND 240", name="valid_months_in_reach"
        ),
        CheckConstraint(
            "renewal_months IS NULL OR (valid_months IS NOT NULL AND renewal_months BETWEEN 1 AND valid_months)",
            name="renewed_before_it_ends",
        ),
        CheckConstraint("open_to_volunteers OR open_to_carers OR open_to_public", name="open_to_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    faculty_id: Mapped[int] = mapped_column(ForeignKey("faculties.id"), index=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    aims_zh: Mapped[str] = mapped_column(String(LONGEST_AIMS), default="")
    aims_en: Mapped[str] = mapped_column(String(LONGEST_AIMS), default="")
    audience_zh: Mapped[str] = mapped_column(String(LONGEST_AUDIENCE), default="")
    audience_en: Mapped[str] = mapped_column(String(LONGEST_AUDIENCE), default="")
    minutes: Mapped[int]
    language_code: Mapped[str] = mapped_column(ForeignKey("languages.code"))
    open_to_volunteers: Mapped[bool] = mapped_column(default=True)
    open_to_carers: Mapped[bool] = mapped_column(default=False)
    open_to_public: Mapped[bool] = mapped_column(default=False)
    valid_months: Mapped[int | None]
    """What it grants or prolongs holds so long; none: for good."""
    renewal_months: Mapped[int | None]
    """So long before the end a qualification may be renewed."""
    is_offered: Mapped[bool] = mapped_column(default=True)
    is_core: Mapped[bool] = mapped_column(default=False)
    """Of the faculty's programme: whoever has completed all such courses has finished it."""
    is_invented: Mapped[bool] = mapped_column(default=False)
    """Of a demonstration: every page that shows it says so."""
    version: Mapped[int] = mapped_column(default=1)

    faculty: Mapped[Faculty] = relationship(lazy="joined")
    language: Mapped[Language] = relationship(lazy="joined")
    kinds: Mapped[list[SupportKind]] = relationship(
        secondary="course_kinds", lazy="selectin", order_by="SupportKind.position"
    )
    grants: Mapped[list[Skill]] = relationship(
        secondary="course_grants", lazy="selectin", order_by="Skill.position"
    )
    prolongs: Mapped[list[Skill]] = relationship(
        secondary="course_prolongings", lazy="selectin", order_by="Skill.position"
    )
    requirements: Mapped[list[CourseRequirement]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
        order_by="CourseRequirement.group_number, CourseRequirement.skill_code",
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

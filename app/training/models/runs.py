"""Runs of courses: lessons, seats, who is enrolled, who came, and what came of it.

A seat is a row, and an enrolment that holds one refers to it: the database itself refuses one seat too many, one seat
for two, one person twice in a run, and one trainer in two lessons at one time.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.care_requests.models import Carer
from app.catalogue.models import Area
from app.shared.database import Base, HasSealed, enum_column
from app.shared.secrets import Phone, Sealed, Secret
from app.training.models import Course
from app.volunteers.models import Volunteer

MOST_SEATS = 300
QUARTER = 15
"""Lessons begin and end at quarters of an hour, in minutes."""
LONGEST_NAME = 120
LONGEST_PLACE = 200
LONGEST_LINK = 300
LONGEST_REASON = 300
LONGEST_FEEDBACK = 600


class RunStatus(StrEnum):
    """DRAFT → OPEN (people may sign up) → CONFIRMED (enough have: it takes place) → FINISHED; or CANCELLED."""

    DRAFT = "draft"
    OPEN = "open"
    CONFIRMED = "confirmed"
    FINISHED = "finished"
    CANCELLED = "cancelled"


LEGAL_RUN_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.DRAFT: frozenset({RunStatus.OPEN, RunStatus.CANCELLED}),
    RunStatus.OPEN: frozenset({RunStatus.CONFIRMED, RunStatus.FINISHED, RunStatus.CANCELLED}),
    RunStatus.CONFIRMED: frozenset({RunStatus.FINISHED, RunStatus.CANCELLED}),
    RunStatus.FINISHED: frozenset(),
    RunStatus.CANCELLED: frozenset(),
}
TO_COME = frozenset({RunStatus.OPEN, RunStatus.CONFIRMED})
"""People are in it, or may be."""
STANDING = TO_COME | {RunStatus.DRAFT}
"""Not over, and not called off."""


class CourseRun(Base):
    """A course held once: some lessons, some seats."""

    __tablename__ = "course_runs"
    __table_args__ = (
        CheckConstraint(f"seats BETWEEN 1 AND {MOST_SEATS}", name="seats_in_reach"),
        CheckConstraint("minimum BETWEEN 1 AND seats", name="minimum_fits_the_seats"),
        CheckConstraint("least_percent BETWEEN 1 AND 100", name="least_percent_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    status: Mapped[RunStatus] = mapped_column(enum_column(RunStatus), default=RunStatus.DRAFT, index=True)
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    """Where it is held; none: online."""
    host: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    """The partner organisation that gives the place or the teachers."""
    seats: Mapped[int]
    """How many; each is a row of `run_seats`."""
    minimum: Mapped[int]
    """With fewer it is not held."""
    closes_on: Mapped[date]
    """The last day on which people may sign up."""
    is_assessed: Mapped[bool] = mapped_column(default=False)
    """Whoever takes it must also pass."""
    least_percent: Mapped[int] = mapped_column(default=80)
    """Of the time of all lessons somebody must have been there."""
    note: Mapped[str] = mapped_column(String(LONGEST_FEEDBACK), default="")
    """What those who come should know: what to bring, how to find it."""
    cancel_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    course: Mapped[Course] = relationship(lazy="joined")
    area: Mapped[Area | None] = relationship()
    lessons: Mapped[list["Lesson"]] = relationship(
        back_populates="run", lazy="selectin", order_by="Lesson.on_date, Lesson.from_minute, Lesson.id"
    )
    trainers: Mapped[list["RunTrainer"]] = relationship(
        back_populates="run", lazy="selectin", order_by="RunTrainer.id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)


class RunSeat(Base):
    """One seat of a run. Who holds it is the enrolment that refers to it."""

    __tablename__ = "run_seats"

    run_id: Mapped[int] = mapped_column(ForeignKey("course_runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Lesson(Base):
    """One meeting of a run, at a place or online."""

    __tablename__ = "lessons"
    __table_args__ = (
        CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="ends_after_it_begins"
        ),
        CheckConstraint("from_minute % 15 = 0 AND to_minute % 15 = 0", name="at_quarters_of_an_hour"),
        CheckConstraint("place <> '' OR link <> ''", name="is_held_somewhere"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("course_runs.id"), index=True)
    on_date: Mapped[date] = mapped_column(index=True)
    from_minute: Mapped[int]
    to_minute: Mapped[int]
    """Minutes after midnight in Hong Kong; the piece of time is [from_minute, to_minute)."""
    place: Mapped[str] = mapped_column(String(LONGEST_PLACE), default="")
    link: Mapped[str] = mapped_column(String(LONGEST_LINK), default="")
    """Where it is held online; shown to those who have a seat."""
    version: Mapped[int] = mapped_column(default=1)

    run: Mapped[CourseRun] = relationship(back_populates="lessons")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.to_minute - self.from_minute


class RunTrainer(Base):
    """Somebody who teaches a run: a volunteer, or a person from outside by name."""

    __tablename__ = "run_trainers"
    __table_args__ = (
        CheckConstraint("(volunteer_id IS NULL) = (name <> '')", name="a_volunteer_or_a_name"),
        UniqueConstraint("run_id", "volunteer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("course_runs.id"), index=True)
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")

    run: Mapped[CourseRun] = relationship(back_populates="trainers")
    volunteer: Mapped[Volunteer | None] = relationship(lazy="joined")


class TaughtQuarter(Base):
    """A quarter of an hour in which a volunteer teaches: its key keeps them from two lessons at once."""

    __tablename__ = "taught_quarters"
    __table_args__ = (CheckConstraint("quarter BETWEEN 0 AND 95", name="quarter_of_a_day"),)

    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 is 00:00 to 00:15, 95 the last of the day."""
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id"), index=True)


class EnrolmentStatus(StrEnum):
    """WAITING → OFFERED (a seat is free and held until the answer) → ENROLLED; ended by the person (DECLINED,
    WITHDRAWN), by silence (EXPIRED), or with the run (CANCELLED)."""

    WAITING = "waiting"
    OFFERED = "offered"
    ENROLLED = "enrolled"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


LEGAL_ENROLMENT_MOVES: dict[EnrolmentStatus, frozenset[EnrolmentStatus]] = {
    EnrolmentStatus.WAITING: frozenset(
        {
            EnrolmentStatus.OFFERED,
            EnrolmentStatus.ENROLLED,
            EnrolmentStatus.WITHDRAWN,
            EnrolmentStatus.CANCELLED,
        }
    ),
    EnrolmentStatus.OFFERED: frozenset(
        {
            EnrolmentStatus.ENROLLED,
            EnrolmentStatus.DECLINED,
            EnrolmentStatus.EXPIRED,
            EnrolmentStatus.WITHDRAWN,
            EnrolmentStatus.CANCELLED,
        }
    ),
    EnrolmentStatus.ENROLLED: frozenset({EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CANCELLED}),
    EnrolmentStatus.DECLINED: frozenset(),
    EnrolmentStatus.EXPIRED: frozenset(),
    EnrolmentStatus.WITHDRAWN: frozenset(),
    EnrolmentStatus.CANCELLED: frozenset(),
}
SEATED = frozenset({EnrolmentStatus.OFFERED, EnrolmentStatus.ENROLLED})
"""They hold a seat."""
LIVE_ENROLMENTS = SEATED | {EnrolmentStatus.WAITING}


class Outcome(StrEnum):
    """What came of it: PASSED, NOT_YET at the assessment, or MISSED too much of the lessons."""

    PASSED = "passed"
    NOT_YET = "not_yet"
    MISSED = "missed"


_LIVE = "status IN ('waiting', 'offered', 'enrolled')"


class Enrolment(HasSealed, Base):
    """One person in one run: a volunteer, a carer, or a guest known by name and telephone only.

    `completed_on` is set once they were there enough and, where it is assessed, passed: from then on they have taken
    the course. An enrolment that ends is kept; asking again is a new row.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "seat_number"], ["run_seats.run_id", "run_seats.number"]),
        UniqueConstraint("run_id", "seat_number"),
        CheckConstraint(
            "(volunteer_id IS NOT NULL AND carer_id IS NULL AND guest_name = '')"
            " OR (volunteer_id IS NULL AND carer_id IS NOT NULL AND guest_name = '')"
            " OR (volunteer_id IS NULL AND carer_id IS NULL AND guest_name <> '')",
            name="is_of_one_person",
        ),
        CheckConstraint(
            "(seat_number IS NOT NULL) = (status IN ('offered', 'enrolled'))", name="seated_has_a_seat"
        ),
        CheckConstraint("status <> 'offered' OR answer_by IS NOT NULL", name="an_offer_ends"),
        CheckConstraint("outcome IS NULL OR status = 'enrolled'", name="who_has_an_outcome_is_enrolled"),
        CheckConstraint(
            "(completed_on IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'passed')",
            name="completed_when_passed",
        ),
        Index(
            "uq_enrolments_live_volunteer",
            "run_id",
            "volunteer_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
        Index(
            "uq_enrolments_live_carer",
            "run_id",
            "carer_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("course_runs.id"))
    volunteer_id: Mapped[int | None] = mapped_column(ForeignKey("volunteers.id"), index=True)
    carer_id: Mapped[int | None] = mapped_column(ForeignKey("carers.id"), index=True)
    guest_name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone = Sealed(Phone, "phone_box")
    """Of a guest."""
    language: Mapped[str] = mapped_column(String(20), default="zh_Hant_HK")
    """Of a guest."""
    group_name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    """With whom they come: a centre, a school, a family."""
    status: Mapped[EnrolmentStatus] = mapped_column(enum_column(EnrolmentStatus), index=True)
    seat_number: Mapped[int | None]
    asked_at: Mapped[datetime]
    """The waiting list goes by it."""
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    offered_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None] = mapped_column(index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    token = Sealed(Secret, "token_box")
    """Of the link that answers the offer."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    end_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    completed_on: Mapped[date | None] = mapped_column(index=True)
    """The day of the last lesson or of the assessment, whichever is later."""
    feedback: Mapped[str] = mapped_column(String(LONGEST_FEEDBACK), default="")
    assessed_at: Mapped[datetime | None]
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)

    run: Mapped[CourseRun] = relationship()
    volunteer: Mapped[Volunteer | None] = relationship()
    carer: Mapped[Carer | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own name)

    @property
    def is_live(self) -> bool:
        """Waiting, offered a seat, or enrolled."""
        return self.status in LIVE_ENROLMENTS


class LessonAttendance(Base):
    """Whether somebody came to a lesson, as the list says or by their own tap."""

    __tablename__ = "lesson_attendance"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), primary_key=True, index=True)
    came: Mapped[bool]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    is_own_tap: Mapped[bool] = mapped_column(default=False)


class RunMaterial(Base):
    """Something to read or open for those in a run."""

    __tablename__ = "run_materials"
    __table_args__ = (CheckConstraint("link <> '' OR words <> ''", name="has_a_link_or_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("course_runs.id"), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_NAME))
    link: Mapped[str] = mapped_column(String(LONGEST_LINK), default="")
    words: Mapped[str] = mapped_column(String(2000), default="")
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


class RunEvaluation(Base):
    """What somebody thought of a run, once. 1 is "not good", 4 "very good"."""

    __tablename__ = "run_evaluations"
    __table_args__ = (
        CheckConstraint(
            "content BETWEEN 1 AND 4 AND teaching BETWEEN 1 AND 4 AND usefulness BETWEEN 1 AND 4",
            name="one_to_four",
        ),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    content: Mapped[int]
    teaching: Mapped[int]
    usefulness: Mapped[int]
    words: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    at: Mapped[datetime]

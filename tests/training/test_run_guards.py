"""What the database itself refuses about runs, on both engines."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database, refusal_of
from app.training.models.runs import (
    LEGAL_ENROLMENT_MOVES,
    LEGAL_RUN_MOVES,
    CourseRun,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    Outcome,
    RunSeat,
    RunStatus,
    TaughtQuarter,
)
from app.training.use_cases import CourseFacts, add_course, add_faculty
from tests.people import NOW, make_account, make_volunteer

TODAY = date(2026, 11, 23)


@pytest.fixture
def run(database: Database, keys: object) -> CourseRun:
    """A run of two seats."""

    def arrange(session: Session) -> CourseRun:
        load_catalogue(session)
        by = make_account(session, "Coordinator Ng", Role.COORDINATOR).id
        faculty = add_faculty(session, "學院", "Faculty", by=by, now=NOW)
        course = add_course(session, CourseFacts(faculty.id, "課程", "Course", 120, "yue"), by=by, now=NOW)
        run = CourseRun(
            course_id=course.id,
            status=RunStatus.OPEN,
            seats=2,
            minimum=1,
            closes_on=TODAY,
            made_by_id=by,
            made_at=NOW,
        )
        session.add(run)
        session.flush()
        session.add_all(RunSeat(run_id=run.id, number=number) for number in (1, 2))
        session.flush()
        return run

    return database.in_transaction(arrange)


def enrolled(
    session: Session, run: CourseRun, volunteer: int, seat: int | None = 1, **more: object
) -> Enrolment:
    row = Enrolment(
        run_id=run.id,
        volunteer_id=volunteer,
        status=EnrolmentStatus.ENROLLED,
        seat_number=seat,
        asked_at=NOW,
    )
    for name, value in more.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def refused(database: Database, run: CourseRun, *rows: dict[str, object]) -> str:
    def arrange(session: Session) -> None:
        alice, bob = make_volunteer(session, "Alice"), make_volunteer(session, "Bob")
        people = {"alice": alice.id, "bob": bob.id}
        for row in rows:
            who = people[str(row.pop("who", "alice"))]
            enrolled(session, run, who, **row)  # type: ignore[arg-type]  # of whatever field is named

    with pytest.raises(IntegrityError) as caught:
        database.in_transaction(arrange)
    return refusal_of(caught.value)


def test_a_seat_holds_one_person(database: Database, run: CourseRun) -> None:
    assert "seat_number" in refused(database, run, {}, {"who": "bob"})


def test_there_is_no_seat_beyond_the_last(database: Database, run: CourseRun) -> None:
    word = refused(database, run, {"seat": 3})
    assert "seat_number" in word or "FOREIGN KEY" in word


def test_nobody_is_twice_in_a_run(database: Database, run: CourseRun) -> None:
    assert "volunteer" in refused(database, run, {}, {"seat": 2})
    assert "volunteer" in refused(database, run, {}, {"seat": None, "status": EnrolmentStatus.WAITING})


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"seat": None}, "seated_has_a_seat"),
        ({"status": EnrolmentStatus.WAITING}, "seated_has_a_seat"),
        ({"status": EnrolmentStatus.OFFERED}, "an_offer_ends"),
        ({"guest_name": "Guest"}, "is_of_one_person"),
        ({"outcome": Outcome.PASSED}, "completed_when_passed"),
        ({"completed_on": TODAY}, "completed_when_passed"),
        (
            {"status": EnrolmentStatus.WITHDRAWN, "seat": None, "outcome": Outcome.MISSED},
            "who_has_an_outcome_is_enrolled",
        ),
    ],
)
def test_an_enrolment_makes_sense(
    database: Database, run: CourseRun, row: dict[str, object], word: str
) -> None:
    assert word in refused(database, run, row)


def test_a_trainer_is_in_one_lesson_at_a_time(database: Database, run: CourseRun) -> None:
    def arrange(session: Session) -> None:
        trainer = make_volunteer(session, "Teacher Tang")
        lessons = [
            Lesson(
                run_id=run.id, on_date=TODAY + timedelta(days=1), from_minute=600, to_minute=720, place="Hall"
            )
            for _ in range(2)
        ]
        session.add_all(lessons)
        session.flush()
        session.add_all(
            TaughtQuarter(volunteer_id=trainer.id, on_date=TODAY, quarter=40, lesson_id=lesson.id)
            for lesson in lessons
        )
        session.flush()

    with pytest.raises(IntegrityError):
        database.in_transaction(arrange)


def test_the_database_knows_the_models_moves(database: Database, run: CourseRun) -> None:
    def move_run(was: RunStatus, became: RunStatus) -> bool:
        def move(session: Session) -> None:
            row = CourseRun(
                course_id=run.course_id, status=was, seats=1, minimum=1, closes_on=TODAY,
                made_by_id=run.made_by_id, made_at=NOW,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.execute(update(CourseRun).where(CourseRun.id == row.id).values(status=became))

        return allowed(database, move)

    def move_enrolment(was: EnrolmentStatus, became: EnrolmentStatus) -> bool:
        def seat(status: EnrolmentStatus) -> int | None:
            return 1 if status in (EnrolmentStatus.OFFERED, EnrolmentStatus.ENROLLED) else None

        def move(session: Session) -> None:
            row = enrolled(session, run, make_volunteer(session).id, seat(was), status=was, answer_by=NOW)
            session.execute(
                update(Enrolment)
                .where(Enrolment.id == row.id)
                .values(status=became, seat_number=seat(became))
            )

        return allowed(database, move)

    for run_was in RunStatus:
        for run_became in RunStatus:
            is_legal = run_became is run_was or run_became in LEGAL_RUN_MOVES[run_was]
            assert move_run(run_was, run_became) is is_legal, (run_was, run_became)
    for was in EnrolmentStatus:
        for became in EnrolmentStatus:
            is_legal = became is was or became in LEGAL_ENROLMENT_MOVES[was]
            assert move_enrolment(was, became) is is_legal, (was, became)


class TakenBack(Exception):
    """What a test did is not to stay."""


def allowed(database: Database, move: Callable[[Session], None]) -> bool:
    def once(session: Session) -> None:
        move(session)
        raise TakenBack

    try:
        database.in_transaction(once)
    except TakenBack:
        return True
    except IntegrityError as error:
        if "illegal_move" not in refusal_of(error):
            raise
    return False

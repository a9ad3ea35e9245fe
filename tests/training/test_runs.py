"""Runs, their lessons and trainers: what may be planned, what is refused, who is told."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.shared.database import Database
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.training.errors import (
    LessonInThePast,
    LessonsOverlap,
    MinimumTooLarge,
    NoLessonsYet,
    RunIsOver,
    SeatsAreTaken,
    SitsInIt,
    TeachesAlready,
    TooFarAhead,
    TrainerBusy,
    TrainerFromOutsideUnseen,
    TrainerNotQualified,
)
from app.training.models.runs import CourseRun, Lesson, RunSeat, RunStatus, RunTrainer, TaughtQuarter
from app.training.queries.runs import teach_across_ages
from app.training.use_cases.enrolling import withdraw
from app.training.use_cases.runs import (
    LessonFacts,
    RunFacts,
    add_lesson,
    add_outside_trainer,
    add_trainer,
    cancel_run,
    change_run,
    confirm_run,
    move_lesson,
    open_run,
    plan_run,
    remove_lesson,
    remove_trainer,
)
from app.volunteers.models import Volunteer
from tests.people import NOW, give_proof
from tests.training.campus import FIRST, MORNING, SECOND, TODAY, Campus

FACTS = RunFacts(3, 1, FIRST)


@pytest.fixture
def campus(database: Database, keys: object) -> Campus:
    return Campus(database)


def run_of(campus: Campus) -> CourseRun:
    return campus.reads(lambda session: session.get_one(CourseRun, campus.run))


def lessons(campus: Campus) -> list[Lesson]:
    return campus.reads(lambda session: list(session.get_one(CourseRun, campus.run).lessons))


def adds(campus: Campus, facts: LessonFacts, run: int | None = None) -> Lesson:
    return campus.does(lambda session: add_lesson(session, run or campus.run, facts, by=campus.by, now=NOW))


def moves(campus: Campus, lesson: Lesson, facts: LessonFacts, now: datetime = NOW) -> Lesson:
    return campus.does(
        lambda session: move_lesson(session, lesson.id, facts, version=lesson.version, by=campus.by, now=now)
    )


def teaches(campus: Campus, volunteer: Volunteer, run: int | None = None) -> RunTrainer:
    return campus.does(
        lambda session: add_trainer(session, run or campus.run, volunteer.id, by=campus.by, now=NOW)
    )


def knows(campus: Campus, volunteer: Volunteer, skill: str, until: date | None = None) -> None:
    campus.does(lambda session: give_proof(session, session.get_one(Volunteer, volunteer.id), skill, until))


def test_a_run_has_as_many_seats_as_it_says(campus: Campus) -> None:
    def change(seats: int, minimum: int = 1) -> CourseRun:
        facts = replace(FACTS, seats=seats, minimum=minimum)
        return campus.does(
            lambda session: change_run(
                session, campus.run, facts, version=run_of(campus).version, by=campus.by, now=NOW
            )
        )

    def rows() -> list[int]:
        query = select(RunSeat.number).where(RunSeat.run_id == campus.run).order_by(RunSeat.number)
        return campus.reads(lambda session: list(session.scalars(query)))

    assert rows() == [1, 2, 3]
    change(5)
    assert rows() == [1, 2, 3, 4, 5]
    alice, *_others = campus.enrols(*(campus.volunteer(name) for name in ("Alice", "Bob", "Charlie")))
    with pytest.raises(SeatsAreTaken):
        change(2)
    campus.does(lambda session: withdraw(session, alice.id, by=campus.by, now=NOW))
    change(2)
    assert rows() == [1, 2]
    with pytest.raises(MinimumTooLarge):
        change(2, minimum=3)


def test_the_second_editor_of_a_run_is_told(campus: Campus) -> None:
    with pytest.raises(ChangedMeanwhile):
        campus.does(lambda session: change_run(session, campus.run, FACTS, version=99, by=campus.by, now=NOW))


def test_a_run_needs_a_course_an_area_and_lessons(campus: Campus) -> None:
    def plan(course: int, facts: RunFacts = FACTS) -> CourseRun:
        return campus.does(lambda session: plan_run(session, course, facts, by=campus.by, now=NOW))

    with pytest.raises(NotFound):
        plan(999)
    with pytest.raises(InvalidInput):
        plan(campus.course, replace(FACTS, area="the moon"))
    with pytest.raises(TooFarAhead):
        plan(campus.course, replace(FACTS, closes_on=date.max))
    empty = plan(campus.course)
    with pytest.raises(NoLessonsYet):
        campus.does(lambda session: open_run(session, empty.id, by=campus.by, now=NOW))
    planned = campus.another_run(is_open=False)
    with pytest.raises(LessonInThePast):
        campus.does(lambda session: open_run(session, planned, by=campus.by, now=NOW + timedelta(days=30)))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"from_minute": 690, "to_minute": 720}, None),
        ({"from_minute": 675, "to_minute": 720}, LessonsOverlap),
        ({"from_minute": 540, "to_minute": 720}, LessonsOverlap),
        ({"on_date": TODAY - timedelta(days=1)}, LessonInThePast),
        ({"on_date": date.max, "to_minute": 1440}, TooFarAhead),
        ({"on_date": SECOND + timedelta(days=1), "from_minute": 700}, InvalidInput),
        ({"on_date": SECOND + timedelta(days=1), "to_minute": 200}, InvalidInput),
        ({"on_date": SECOND + timedelta(days=1), "place": ""}, InvalidInput),
        ({"on_date": SECOND + timedelta(days=1), "place": "", "link": "https://example.org/lesson"}, None),
    ],
)
def test_a_lesson_has_a_time_of_its_own_and_a_place(
    campus: Campus, changes: dict[str, object], refusal: type[Exception] | None
) -> None:
    facts = replace(MORNING, **changes)  # type: ignore[arg-type]  # of whatever field is named
    if refusal is None:
        assert adds(campus, facts).id
        return
    with pytest.raises(refusal):
        adds(campus, facts)
    assert len(lessons(campus)) == 2


def test_who_is_enrolled_is_told_once_that_lessons_were_moved(campus: Campus) -> None:
    campus.enrols(campus.volunteer("Alice"))
    first, second = lessons(campus)
    moves(campus, first, replace(MORNING, from_minute=600, to_minute=720))
    moves(campus, second, replace(MORNING, on_date=SECOND, place="葵盛會堂"), NOW + timedelta(minutes=1))
    assert campus.queued("course_times") == ["course_times"]
    with pytest.raises(ChangedMeanwhile):
        moves(campus, first, MORNING)
    begun = NOW + timedelta(days=13)
    with pytest.raises(LessonInThePast):
        moves(campus, lessons(campus)[0], replace(MORNING, on_date=SECOND + timedelta(days=5)), begun)


def test_a_lesson_is_taken_away_but_not_the_last_of_an_open_run(campus: Campus) -> None:
    def remove(lesson: Lesson) -> CourseRun:
        return campus.does(lambda session: remove_lesson(session, lesson.id, by=campus.by, now=NOW))

    tang = campus.volunteer("Teacher Tang")
    teaches(campus, tang)
    first, second = lessons(campus)
    remove(first)
    with pytest.raises(NoLessonsYet):
        remove(second)
    with pytest.raises(NotFound):
        remove(first)


def test_who_teaches_holds_what_the_course_asks_on_every_day_of_it(database: Database, keys: object) -> None:
    campus = Campus(database, trainer_groups=(("transfers", "first_aid"), ("listening",)))
    tang = campus.volunteer("Teacher Tang")
    knows(campus, tang, "transfers", until=FIRST)
    knows(campus, tang, "listening")
    with pytest.raises(TrainerNotQualified) as caught:
        teaches(campus, tang)
    assert "Helping someone move" in str(caught.value.facts["skills"])
    knows(campus, tang, "first_aid", until=SECOND)
    teaches(campus, tang)
    with pytest.raises(TrainerNotQualified):
        moves(campus, lessons(campus)[1], replace(MORNING, on_date=SECOND + timedelta(days=1)))
    with pytest.raises(TeachesAlready):
        teaches(campus, tang)


def test_a_trainer_from_outside_is_looked_at_by_somebody(database: Database, keys: object) -> None:
    campus = Campus(database, trainer_groups=(("transfers",),))

    def add(is_seen: bool) -> RunTrainer:
        return campus.does(
            lambda session: add_outside_trainer(
                session, campus.run, "Nurse Yip", is_seen=is_seen, by=campus.by, now=NOW
            )
        )

    with pytest.raises(TrainerFromOutsideUnseen):
        add(False)
    trainer = add(True)
    campus.does(lambda session: remove_trainer(session, campus.run, trainer.id, by=campus.by, now=NOW))
    with pytest.raises(NotFound):
        campus.does(lambda session: remove_trainer(session, campus.run, trainer.id, by=campus.by, now=NOW))


def test_nobody_teaches_two_lessons_at_one_time(campus: Campus) -> None:
    tang = campus.volunteer("Teacher Tang")
    teaches(campus, tang)
    same_time = campus.another_run()
    with pytest.raises(TrainerBusy) as caught:
        teaches(campus, tang, same_time)
    assert "扶抱班" in str(caught.value.facts["course"])
    campus.does(lambda session: cancel_run(session, campus.run, "沒有場地", by=campus.by, now=NOW))
    teaches(campus, tang, same_time)
    quarters = campus.reads(lambda session: session.scalar(select(func.count()).select_from(TaughtQuarter)))
    assert quarters == 2 * 8


def test_nobody_teaches_a_run_they_sit_in(campus: Campus) -> None:
    alice = campus.volunteer("Alice")
    campus.enrols(alice)
    with pytest.raises(SitsInIt):
        teaches(campus, alice)


def test_an_older_and_a_younger_volunteer_teach_together(campus: Campus) -> None:
    def is_across() -> bool:
        return campus.reads(lambda session: teach_across_ages(session.get_one(CourseRun, campus.run), TODAY))

    teaches(campus, campus.volunteer("Senior Seventy", birth_year=1955))
    assert not is_across()
    teaches(campus, campus.volunteer("Young Yan", birth_year=2003))
    assert is_across()


def test_a_run_that_is_called_off_tells_everybody_and_takes_nobody(campus: Campus) -> None:
    campus.enrols(*(campus.volunteer(name) for name in ("Alice", "Bob", "Charlie", "Dora")))

    def cancel() -> CourseRun:
        return campus.does(lambda session: cancel_run(session, campus.run, "講師生病", by=campus.by, now=NOW))

    cancel()
    assert campus.queued("course_cancelled") == ["course_cancelled"] * 4
    assert set(campus.statuses()) == {"cancelled"}
    with pytest.raises(RunIsOver):
        cancel()
    with pytest.raises(RunIsOver):
        adds(campus, replace(MORNING, on_date=SECOND + timedelta(days=1)))


def test_who_is_enrolled_is_told_that_a_run_takes_place(campus: Campus) -> None:
    campus.enrols(campus.volunteer("Alice"))
    campus.does(lambda session: confirm_run(session, campus.run, by=campus.by, now=NOW))
    assert run_of(campus).status is RunStatus.CONFIRMED
    assert campus.queued("course_confirmed") == ["course_confirmed"]

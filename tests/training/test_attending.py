"""Who came, who passed, and from when on an enrolment is completed."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.shared.database import Database
from app.shared.errors import NotFound
from app.training.errors import (
    AttendanceMissing,
    EnrolmentIsOver,
    LessonsToCome,
    NotAssessed,
    NotThereEnough,
    NotTheTime,
    NotYetBegun,
    OwnLearning,
    RunIsOver,
    TooEarlyToSay,
)
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus, Lesson, Outcome, RunStatus
from app.training.queries.attendance import opinions_of, study_record, who_came
from app.training.queries.runs import lesson_begins, lesson_taught
from app.training.use_cases.attending import (
    Opinion,
    add_material,
    assess,
    evaluate,
    finish_run,
    mark_attendance,
    remove_material,
    tap_in,
)
from app.training.use_cases.proofs import install_sweepers
from app.training.use_cases.runs import (
    LessonFacts,
    RunFacts,
    add_trainer,
    cancel_run,
    change_run,
    move_lesson,
    remove_lesson,
)
from app.training.use_cases.telling import queue_lesson_reminders
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.people import NOW, make_volunteer
from tests.training.campus import SECOND, Campus
from tests.visits.story import signed_in

OVER = NOW + timedelta(days=25)
MINUTE = timedelta(minutes=1)


class Class(Campus):
    """Alice and Bob have seats, Charlie waits; the first lesson is on FIRST, the second on SECOND."""

    def __init__(self, database: Database, *, is_assessed: bool = False, least_percent: int = 80) -> None:
        super().__init__(database, seats=2)
        run = self.reads(lambda session: session.get_one(CourseRun, self.run))
        facts = RunFacts(2, 1, run.closes_on, is_assessed=is_assessed, least_percent=least_percent)
        self.does(
            lambda session: change_run(session, run.id, facts, version=run.version, by=self.by, now=NOW)
        )
        self.alice, self.bob, self.charlie = self.enrols(
            *(self.volunteer(name) for name in ("Alice", "Bob", "Charlie"))
        )
        self.first, self.second = self.reads(
            lambda session: list(session.get_one(CourseRun, self.run).lessons)
        )

    def marks(self, lesson: Lesson, came: Mapping[int, bool], now: datetime = OVER) -> Lesson:
        return self.does(lambda session: mark_attendance(session, lesson.id, came, by=self.by, now=now))

    def finishes(self, now: datetime = OVER) -> CourseRun:
        return self.does(lambda session: finish_run(session, self.run, by=self.by, now=now))

    def assesses(self, person: Enrolment, has_passed: bool, now: datetime = OVER) -> Enrolment:
        return self.does(
            lambda session: assess(
                session, person.id, has_passed=has_passed, feedback="膝要屈", by=self.by, now=now
            )
        )

    def both(self, alice: bool = True, bob: bool = True) -> dict[int, bool]:
        return {self.alice.id: alice, self.bob.id: bob}

    def outcomes(self) -> list[tuple[Outcome | None, date | None]]:
        query = select(Enrolment.outcome, Enrolment.completed_on).order_by(Enrolment.id)
        return self.reads(lambda session: [(row[0], row[1]) for row in session.execute(query)])


@pytest.fixture
def room(database: Database, keys: object) -> Class:
    return Class(database)


def test_who_was_there_enough_has_completed_it_on_the_last_day(room: Class) -> None:
    room.marks(room.first, room.both())
    with pytest.raises(AttendanceMissing):
        room.finishes()
    room.marks(room.second, room.both(bob=False))
    with pytest.raises(LessonsToCome):
        room.finishes(NOW + timedelta(days=13))
    assert room.finishes().status is RunStatus.FINISHED
    assert room.outcomes() == [(Outcome.PASSED, SECOND), (Outcome.MISSED, None), (None, None)]
    assert room.status(room.charlie) is EnrolmentStatus.CANCELLED
    assert room.queued("course_result") == ["course_result", "course_result"]
    with pytest.raises(RunIsOver):
        room.finishes()


def test_attendance_corrected_afterwards_changes_what_came_of_it(room: Class) -> None:
    swept: list[int] = []
    room.marks(room.first, room.both())
    room.marks(room.second, room.both(bob=False))
    room.finishes()
    room.marks(room.second, {room.bob.id: True})
    assert room.outcomes()[1] == (Outcome.PASSED, SECOND)
    install_sweepers(lambda _session, volunteer_id, _now: swept.append(volunteer_id))
    try:
        room.marks(room.second, {room.alice.id: False})
    finally:
        install_sweepers()
    assert room.outcomes()[0] == (Outcome.MISSED, None)
    assert swept == [room.alice.volunteer_id]


def test_where_it_is_assessed_the_assessment_decides(database: Database, keys: object) -> None:
    room = Class(database, is_assessed=True, least_percent=50)
    with pytest.raises(LessonsToCome):
        room.assesses(room.alice, True, NOW + timedelta(days=13))
    with pytest.raises(EnrolmentIsOver):
        room.assesses(room.charlie, True)
    with pytest.raises(NotThereEnough):
        room.assesses(room.alice, True)
    room.marks(room.first, room.both())
    room.marks(room.second, room.both(False, False))
    room.assesses(room.bob, False)
    room.finishes()
    assert room.outcomes()[:2] == [(None, None), (Outcome.NOT_YET, None)]
    room.assesses(room.alice, True)
    assert room.outcomes()[0] == (Outcome.PASSED, OVER.date())
    room.assesses(room.bob, True)
    assert room.outcomes()[1] == (Outcome.PASSED, OVER.date())


def test_one_says_oneself_that_one_is_there_within_the_lessons_time(room: Class) -> None:
    def taps(person: Enrolment, now: datetime) -> bool:
        return room.does(
            lambda session: (
                tap_in(session, room.first.id, person.volunteer_id or 0, by=room.by, now=now).is_own_tap
            )
        )

    begins = lesson_begins(room.first)
    for wrong in (begins - 31 * MINUTE, begins + 121 * MINUTE):
        with pytest.raises(NotTheTime):
            taps(room.alice, wrong)
    assert taps(room.alice, begins - 30 * MINUTE)
    with pytest.raises(EnrolmentIsOver):
        taps(room.charlie, begins)
    room.marks(room.first, room.both(alice=False), begins + MINUTE)
    assert room.reads(lambda session: study_record(session, room.alice.volunteer_id or 0))[0].minutes == 0


def test_what_cannot_be_written_down_is_refused(room: Class) -> None:
    with pytest.raises(NotYetBegun):
        room.marks(room.first, room.both(), NOW)
    with pytest.raises(NotAssessed):
        room.assesses(room.alice, True)
    with pytest.raises(TooEarlyToSay):
        room.does(lambda session: evaluate(session, room.alice.id, Opinion(4, 4, 4), by=room.by, now=NOW))
    with pytest.raises(NotFound):
        room.does(lambda session: mark_attendance(session, 999, {}, by=room.by, now=OVER))
    room.does(lambda session: cancel_run(session, room.run, "颱風", by=room.by, now=NOW))
    with pytest.raises(RunIsOver):
        room.marks(room.first, room.both())


@pytest.mark.parametrize("is_taken_away", [True, False])
def test_who_said_early_that_they_are_there_was_not_in_a_lesson_that_is_moved(
    room: Class, is_taken_away: bool
) -> None:
    early = lesson_begins(room.first) - 10 * MINUTE
    alice = room.alice.volunteer_id
    assert alice
    room.does(lambda session: tap_in(session, room.first.id, alice, by=room.by, now=early))

    def change(session: Session) -> object:
        if is_taken_away:
            return remove_lesson(session, room.first.id, by=room.by, now=early)
        later = LessonFacts(SECOND + timedelta(days=7), 570, 690, "石籬社區會堂")
        version = room.first.version
        return move_lesson(session, room.first.id, later, version=version, by=room.by, now=early)

    room.does(change)
    assert room.reads(lambda session: who_came(session, [room.first.id])) == {}


def test_nobody_ticks_or_assesses_themselves(database: Database, keys: object) -> None:
    room = Class(database, is_assessed=True)
    dora = room.does(lambda session: make_volunteer(session, "Dora", account_id=room.by).id)
    room.does(lambda session: setattr(session.get_one(Enrolment, room.alice.id), "volunteer_id", dora))
    with pytest.raises(OwnLearning):
        room.marks(room.first, room.both())
    room.does(lambda session: tap_in(session, room.first.id, dora, by=room.by, now=lesson_begins(room.first)))
    room.marks(room.first, room.both())
    with pytest.raises(OwnLearning):
        room.assesses(room.alice, True)


def test_a_run_in_which_somebody_was_assessed_is_not_called_off(database: Database, keys: object) -> None:
    room = Class(database, is_assessed=True)
    room.marks(room.first, room.both())
    room.marks(room.second, room.both())
    room.assesses(room.alice, True)
    with pytest.raises(RunIsOver):
        room.does(lambda session: cancel_run(session, room.run, "Too few", by=room.by, now=OVER))


def test_who_has_left_opens_no_list_of_who_came(room: Class) -> None:
    teacher = room.volunteer("Teacher Ng")
    room.does(lambda session: add_trainer(session, room.run, teacher.id, by=room.by, now=NOW))
    account = room.account(teacher)
    assert room.reads(lambda session: lesson_taught(session, account, room.first.id)) is not None
    room.does(
        lambda session: setattr(session.get_one(Volunteer, teacher.id), "status", VolunteerStatus.REMOVED)
    )
    assert room.reads(lambda session: lesson_taught(session, account, room.first.id)) is None


def test_opinions_are_averages_and_words_without_names(room: Class) -> None:
    def says(person: Enrolment, opinion: Opinion) -> None:
        room.does(lambda session: evaluate(session, person.id, opinion, by=room.by, now=OVER))

    assert room.reads(lambda session: opinions_of(session, room.run)) is None
    says(room.alice, Opinion(1, 1, 1, "太快"))
    says(room.alice, Opinion(4, 3, 2, "很好"))
    says(room.bob, Opinion(2, 3, 4))
    found = room.reads(lambda session: opinions_of(session, room.run))
    assert found is not None
    assert (found.count, found.content, found.teaching, found.usefulness) == (2, 3, 3, 3)
    assert found.words == ["很好"]


def test_materials_come_and_go(room: Class) -> None:
    made = room.does(lambda session: add_material(session, room.run, "筆記", "", "屈膝", by=room.by, now=NOW))
    room.does(lambda session: remove_material(session, room.run, made.id, by=room.by, now=NOW))
    with pytest.raises(NotFound):
        room.does(lambda session: remove_material(session, room.run, made.id, by=room.by, now=NOW))


def test_the_pages_from_the_first_lesson_to_the_record(
    room: Class, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [lesson_begins(room.first)]
    for module in ("attending", "runs", "seats", "own"):
        monkeypatch.setattr(f"app.training.routes.{module}.utc_now", lambda: clock[0])
    desk = signed_in(app, room.coordinator)
    alice = signed_in(app, room.account(room.reads(lambda s: s.get_one(Enrolment, room.alice.id).volunteer)))  # type: ignore[arg-type]  # she is a volunteer
    mine = f"/volunteer/{room.alice.volunteer_id}"
    run, my_run = f"/runs/{room.run}", f"{mine}/runs/{room.run}"
    desk.sends(f"{run}/materials", status=422, title="Notes", link="", words="")
    desk.sends(f"{run}/materials", title="Notes", link="https://example.org/notes", words="Bend your knees")
    assert "Bend your knees" in alice.opens(my_run).words
    assert "I am here" in alice.opens(my_run).words
    alice.sends(my_run, act="tap")
    assert "You are there" in alice.opens(my_run).words
    attendance = desk.opens(f"/lessons/{room.first.id}/attendance")
    assert "said so on their phone" in attendance.words
    clock[0] = OVER
    desk.sends(f"/lessons/{room.first.id}/attendance", came=[room.alice.id, room.bob.id])
    desk.sends(run, to=f"{run}/finish")
    assert "Write down first who came" in desk.opens(run).words
    desk.sends(f"/lessons/{room.second.id}/attendance", came=[room.alice.id])
    assert "Alice" in desk.opens(f"{run}/sheet").words
    desk.sends(run, to=f"{run}/finish")
    assert "Congratulations" in alice.opens(my_run).words
    assert alice.sends(f"{my_run}/evaluation", status=422, content="4").errors.keys() == {
        "teaching",
        "usefulness",
    }
    answers: dict[str, Any] = {"content": "4", "teaching": "3", "usefulness": "4", "words": "More practice"}
    alice.sends(f"{my_run}/evaluation", **answers)
    page = desk.opens(run).words
    assert "More practice" in page
    assert "Missed too much" in page
    record = alice.opens(f"{mine}/learning").words
    assert "4 hours" in record
    assert "Completed" in record
    assert "4 hours" in desk.opens(f"/volunteers/{room.alice.volunteer_id}").words
    desk.sends(f"{run}/materials", remove="1", title="", words="")
    assert "Nothing to read yet." in desk.opens(f"{run}/materials").words


def test_who_has_a_seat_is_reminded_once_the_day_before(database: Database, keys: object) -> None:
    campus = Campus(database)
    campus.enrols(
        campus.volunteer("Alice", reached_by="sms", phone="+85261230077"), campus.volunteer("Phone Fong")
    )
    lesson = campus.reads(lambda session: session.get_one(CourseRun, campus.run).lessons[0])
    day_before = lesson_begins(lesson) - timedelta(days=1)

    def reminds(now: datetime) -> int:
        return campus.does(lambda session: queue_lesson_reminders(session, time(9), now=now))

    assert reminds(day_before - timedelta(hours=1)) == 0
    assert reminds(day_before) == 1
    assert reminds(day_before + timedelta(minutes=1)) == 0
    assert campus.queued("lesson_reminder") == ["lesson_reminder"]

"""Seats: who gets one, who waits, who moves up; and what nobody can have."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.messages.models import Channel, OutboxMessage
from app.messages.use_cases import QuietHours, install_quiet_hours
from app.shared.database import Database
from app.shared.secrets import Phone
from app.training.errors import (
    AlreadyEnrolled,
    EnrolmentIsOver,
    NotMeantForThem,
    PrerequisitesMissing,
    RunIsFull,
    RunNotOpen,
    SeatOfferOver,
    SignUpClosed,
    TeachesIt,
)
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus
from app.training.queries.clashes import clashes, install_visit_times
from app.training.queries.runs import places_of
from app.training.use_cases.enrolling import (
    TIME_TO_ANSWER,
    Guest,
    answer_seat,
    enrol,
    expire_seat,
    give_seat,
    invite,
    leave_courses,
    seats_unanswered,
    withdraw,
)
from app.training.use_cases.runs import RunFacts, add_trainer, change_run
from app.visits.queries import times_promised
from app.volunteers.models import Volunteer, VolunteerStatus
from scheduler.ticking import Ticker
from tests import people as persons
from tests.people import (
    NOW,
    give_proof,
    make_carer,
    make_request,
    make_visit,
    make_volunteer,
)
from tests.training.campus import FIRST, SECOND, Campus

WAITING, OFFERED, ENROLLED = EnrolmentStatus.WAITING, EnrolmentStatus.OFFERED, EnrolmentStatus.ENROLLED
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def campus(database: Database, keys: object) -> Campus:
    return Campus(database, seats=2)


def people(campus: Campus, *names: str) -> list[Volunteer]:
    return [campus.volunteer(name) for name in names]


def withdraws(campus: Campus, enrolment: Enrolment, now: datetime = LATER) -> None:
    campus.does(lambda session: withdraw(session, enrolment.id, by=campus.by, now=now))


def answers(campus: Campus, enrolment: Enrolment, accepts: bool, now: datetime = LATER) -> None:
    campus.does(lambda session: answer_seat(session, enrolment.id, accepts=accepts, by=None, now=now))


def test_the_first_get_the_seats_and_the_others_wait(campus: Campus) -> None:
    rows = campus.enrols(*people(campus, "Alice", "Bob", "Charlie"))
    assert [row.status for row in rows] == [ENROLLED, ENROLLED, WAITING]
    assert [row.seat_number for row in rows] == [1, 2, None]
    assert campus.queued() == ["course_enrolled", "course_enrolled", "course_waiting"]
    places = campus.reads(
        lambda session: places_of(session, [session.get_one(CourseRun, campus.run)])[campus.run]
    )
    assert (places.enrolled, places.offered, places.waiting, places.free) == (2, 0, 1, 0)


def test_a_seat_given_back_is_offered_to_who_waits_longest(campus: Campus) -> None:
    alice, _bob, charlie, dora = campus.enrols(*people(campus, "Alice", "Bob", "Charlie", "Dora"))
    withdraws(campus, alice)
    assert campus.statuses() == [EnrolmentStatus.WITHDRAWN, ENROLLED, OFFERED, WAITING]
    newcomer = campus.enrols(campus.volunteer("Late Lee"), now=LATER)[0]
    assert newcomer.status is WAITING
    answers(campus, charlie, False)
    assert campus.status(dora) is OFFERED
    answers(campus, dora, True)
    assert campus.status(dora) is ENROLLED
    assert campus.status(newcomer) is WAITING
    with pytest.raises(SeatOfferOver):
        answers(campus, dora, False)
    with pytest.raises(EnrolmentIsOver):
        withdraws(campus, charlie)


def test_silence_passes_a_seat_on(campus: Campus) -> None:
    alice, _bob, charlie, dora = campus.enrols(*people(campus, "Alice", "Bob", "Charlie", "Dora"))
    withdraws(campus, alice)

    def expire(now: datetime) -> list[bool]:
        return [
            campus.does(lambda session, row=row: expire_seat(session, row, now=now))  # type: ignore[misc]
            for row in campus.reads(lambda session: seats_unanswered(session, now=now))
        ]

    assert expire(LATER) == []
    over = LATER + TIME_TO_ANSWER
    with pytest.raises(SeatOfferOver):
        answers(campus, charlie, True, over)
    assert expire(over) == [True]
    assert [campus.status(row) for row in (charlie, dora)] == [EnrolmentStatus.EXPIRED, OFFERED]
    assert campus.queued("course_seat_passed", "course_seat_offered") == [
        "course_seat_passed",
        "course_seat_offered",
    ]
    assert campus.does(lambda session: expire_seat(session, charlie.id, now=over)) is False


def test_the_time_to_answer_begins_when_the_question_can_be_read(campus: Campus) -> None:
    alice, _bob, charlie = campus.enrols(*people(campus, "Alice", "Bob", "Charlie"))
    install_quiet_hours(QuietHours(time(21), time(9)))
    try:
        at_night = NOW.replace(hour=15)
        withdraws(campus, alice, at_night)
    finally:
        install_quiet_hours(QuietHours(time(), time()))
    answer_by = campus.reads(lambda session: session.get_one(Enrolment, charlie.id).answer_by)
    assert answer_by == at_night.replace(hour=1, minute=0) + timedelta(days=1) + TIME_TO_ANSWER


def test_close_before_the_first_lesson_a_free_seat_is_for_the_desk(campus: Campus) -> None:
    alice, bob, charlie = campus.enrols(*people(campus, "Alice", "Bob", "Charlie"))
    an_hour_before = NOW.replace(year=FIRST.year, month=FIRST.month, day=FIRST.day, hour=0, minute=30)
    withdraws(campus, alice, an_hour_before)
    assert campus.status(charlie) is WAITING
    with pytest.raises(EnrolmentIsOver):
        campus.does(lambda session: give_seat(session, bob.id, by=campus.by, now=an_hour_before))
    campus.does(lambda session: give_seat(session, charlie.id, by=campus.by, now=an_hour_before))
    assert campus.status(charlie) is ENROLLED
    full = campus.enrols(campus.volunteer("Dora"), by_staff=True, now=an_hour_before)[0]
    with pytest.raises(RunIsFull):
        campus.does(lambda session: give_seat(session, full.id, by=campus.by, now=an_hour_before))


def test_more_seats_are_offered_to_who_waits(campus: Campus) -> None:
    campus.enrols(*people(campus, "Alice", "Bob", "Charlie", "Dora"))
    run = campus.reads(lambda session: session.get_one(CourseRun, campus.run))
    campus.does(
        lambda session: change_run(
            session, run.id, RunFacts(3, 1, run.closes_on), version=run.version, by=campus.by, now=LATER
        )
    )
    assert campus.statuses() == [ENROLLED, ENROLLED, OFFERED, WAITING]


def test_nobody_has_two_seats_and_somebody_who_left_may_come_back(campus: Campus) -> None:
    alice = campus.volunteer("Alice")
    row = campus.enrols(alice)[0]
    with pytest.raises(AlreadyEnrolled):
        campus.enrols(alice)
    withdraws(campus, row)
    assert campus.enrols(alice, now=LATER)[0].status is ENROLLED


def test_sign_up_ends_on_its_day_and_the_desk_goes_on_until_the_run_is_over(campus: Campus) -> None:
    closed = NOW + timedelta(days=11)
    over = NOW + timedelta(days=30)
    alice = campus.volunteer("Alice")
    with pytest.raises(SignUpClosed):
        campus.enrols(alice, now=closed)
    with pytest.raises(RunNotOpen):
        campus.enrols(alice, by_staff=True, now=over)
    row = campus.enrols(alice, by_staff=True, now=closed)[0]
    with pytest.raises(EnrolmentIsOver):
        withdraws(campus, row, over)
    campus.run = campus.another_run(is_open=False)
    with pytest.raises(RunNotOpen):
        campus.enrols(alice, by_staff=True)


def test_a_course_is_for_those_it_is_open_to(database: Database, keys: object) -> None:
    campus = Campus(database, open_to_carers=True, open_to_public=False)

    def enrols_carer(session: Session) -> EnrolmentStatus:
        carer = make_carer(session, "Carer Lam")
        return enrol(session, campus.run, carer, by=campus.by, by_staff=True, now=NOW).status

    assert campus.does(enrols_carer) is ENROLLED
    guest = Guest("王小姐", Phone("+85291234567"), "zh_Hant_HK", "家長會")
    with pytest.raises(NotMeantForThem):
        campus.does(lambda session: enrol(session, campus.run, guest, by=campus.by, by_staff=True, now=NOW))
    with pytest.raises(NotMeantForThem):
        campus.enrols(campus.volunteer("Gone Gao", status=VolunteerStatus.RETIRED))


def test_a_guest_is_told_by_the_telephone_they_left(database: Database, keys: object) -> None:
    campus = Campus(database, open_to_public=True)
    for phone in (Phone("+85291234567"), None):
        guest = Guest("王小姐", phone, "en", "家長會")
        campus.does(
            lambda session, guest=guest: enrol(  # type: ignore[misc]
                session, campus.run, guest, by=campus.by, by_staff=True, now=NOW
            )
        )
    told = campus.reads(lambda session: list(session.scalars(select(OutboxMessage.channel))))
    assert told == [Channel.SMS, Channel.PHONE_CALL]


def test_prerequisites_count_on_the_first_day(database: Database, keys: object) -> None:
    campus = Campus(database, learner_groups=(("transfers", "first_aid"),))
    alice = campus.volunteer("Alice")
    with pytest.raises(PrerequisitesMissing) as caught:
        campus.enrols(alice)
    assert "Helping someone move" in str(caught.value.facts["skills"])

    def proves(skill: str, until: date) -> None:
        campus.does(lambda session: give_proof(session, session.get_one(Volunteer, alice.id), skill, until))

    proves("transfers", FIRST - timedelta(days=1))
    with pytest.raises(PrerequisitesMissing):
        campus.enrols(alice)
    proves("first_aid", FIRST)
    assert campus.enrols(alice)[0].status is ENROLLED


def test_who_teaches_has_no_seat(campus: Campus) -> None:
    tang = campus.volunteer("Teacher Tang")
    campus.does(lambda session: add_trainer(session, campus.run, tang.id, by=campus.by, now=NOW))
    with pytest.raises(TeachesIt):
        campus.enrols(tang)


def test_invitations_hold_seats_as_long_as_there_are_any(campus: Campus) -> None:
    alice, bob, charlie = people(campus, "Alice", "Bob", "Charlie")
    campus.enrols(bob)
    answers = campus.does(
        lambda session: invite(
            session, campus.run, [alice.id, bob.id, charlie.id, 999], by=campus.by, now=NOW
        )
    )
    assert [type(answer).__name__ for answer in answers.values()] == [
        "NoneType",
        "AlreadyEnrolled",
        "RunIsFull",
        "NotFound",
    ]
    assert campus.statuses() == [ENROLLED, OFFERED]
    assert campus.queued("course_seat_offered") == ["course_seat_offered"]


def test_the_seats_of_who_leaves_the_programme_go_to_others(campus: Campus) -> None:
    alice, _bob, charlie = campus.enrols(*people(campus, "Alice", "Bob", "Charlie"))
    campus.does(
        lambda session: leave_courses(
            session, session.get_one(Volunteer, alice.volunteer_id), "搬家", campus.by, LATER
        )
    )
    assert [campus.status(row) for row in (alice, charlie)] == [EnrolmentStatus.WITHDRAWN, OFFERED]


def test_of_five_hundred_who_want_twenty_seats_at_once_exactly_twenty_have_one(
    database: Database, keys: object
) -> None:
    campus = Campus(database, seats=20)

    def arrive(session: Session) -> list[int]:
        return [make_volunteer(session, f"Volunteer {number}").id for number in range(500)]

    volunteers = campus.does(arrive)
    together = Barrier(8)

    def want(part: list[int]) -> list[EnrolmentStatus]:
        together.wait(timeout=60)
        return [
            campus.does(
                lambda session, one=one: enrol(  # type: ignore[misc]
                    session,
                    campus.run,
                    session.get_one(Volunteer, one),
                    by=campus.by,
                    by_staff=False,
                    now=NOW,
                )
            ).status
            for one in part
        ]

    with ThreadPoolExecutor(8) as pool:
        answers = [status for part in pool.map(want, [volunteers[n::8] for n in range(8)]) for status in part]
    assert (answers.count(ENROLLED), answers.count(WAITING)) == (20, 480)
    seats = campus.reads(
        lambda session: session.scalar(
            select(func.count(Enrolment.seat_number.distinct())).where(Enrolment.run_id == campus.run)
        )
    )
    assert seats == 20


def test_one_person_in_many_browsers_has_one_seat(campus: Campus) -> None:
    alice = campus.volunteer("Alice")
    together = Barrier(4)

    def want(_number: int) -> str:
        together.wait(timeout=60)
        try:
            return campus.enrols(alice)[0].status.value
        except AlreadyEnrolled:
            return "already"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(want, range(4))) == ["already", "already", "already", "enrolled"]


def test_the_scheduler_passes_unanswered_seats_on(campus: Campus, app: Flask) -> None:
    alice, _bob, charlie, dora = campus.enrols(*people(campus, "Alice", "Bob", "Charlie", "Dora"))
    withdraws(campus, alice)
    config = replace(app.extensions["settings"], is_demonstration=True)
    ticker = Ticker(app, config, campus.database, clock=lambda: LATER + TIME_TO_ANSWER)
    ticker._pass_course_seats_on()
    assert [campus.status(row) for row in (charlie, dora)] == [EnrolmentStatus.EXPIRED, OFFERED]


def test_lessons_at_the_time_of_a_visit_or_another_lesson_are_named(campus: Campus) -> None:
    alice = campus.volunteer("Alice")
    campus.enrols(alice)
    campus.run = campus.another_run()

    def arrange(session: Session) -> None:
        request = make_request(session, windows=((FIRST, 20, 24),))
        persons.give_seat(session, make_visit(session, request, FIRST), session.get_one(Volunteer, alice.id))

    campus.does(arrange)
    install_visit_times(times_promised)
    found = campus.reads(lambda session: clashes(session, session.get_one(CourseRun, campus.run), alice.id))
    told = [(clash.lesson.on_date, clash.with_.from_minute, clash.with_.lesson is None) for clash in found]
    assert told == [(FIRST, 570, False), (FIRST, 600, True), (SECOND, 570, False)]

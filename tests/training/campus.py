"""A course with a run of three seats and two lessons, people who want them, and a coordinator: for tests of runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.catalogue.use_cases import load_catalogue
from app.messages.models import MessageStatus, OutboxMessage
from app.shared.database import Database
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.training.use_cases.enrolling import enrol
from app.training.use_cases.runs import LessonFacts, RunFacts, add_lesson, open_run, plan_run
from app.volunteers.models import Volunteer
from tests.people import NOW, make_account, make_volunteer

Made = TypeVar("Made")
TODAY = date(2026, 11, 23)
FIRST, SECOND = TODAY + timedelta(days=12), TODAY + timedelta(days=19)
MORNING = LessonFacts(FIRST, 570, 690, "石籬社區會堂")
"""09:30 to 11:30."""


class Campus:
    """Everything happens at NOW unless told otherwise."""

    def __init__(self, database: Database, *, seats: int = 3, is_open: bool = True, **course: Any) -> None:
        self.database = database
        self.seats = seats
        self.by = self.course = self.run = 0
        self.database.in_transaction(lambda session: self._begin(session, is_open, course))

    def _begin(self, session: Session, is_open: bool, course: dict[str, Any]) -> None:
        load_catalogue(session)
        self.coordinator = make_account(session, "Coordinator Ng", Role.COORDINATOR)
        self.by = self.coordinator.id
        faculty = add_faculty(session, "照顧學院", "Faculty of care", by=self.by, now=NOW)
        facts = replace(CourseFacts(faculty.id, "扶抱班", "Lifting course", 240, "yue"), **course)
        self.course = add_course(session, facts, by=self.by, now=NOW).id
        self.run = self._plans(session, is_open).id

    def _plans(self, session: Session, is_open: bool) -> CourseRun:
        facts = RunFacts(self.seats, 1, FIRST - timedelta(days=2), "shek_lei", "石籬中心")
        run = plan_run(session, self.course, facts, by=self.by, now=NOW)
        for lesson in (MORNING, replace(MORNING, on_date=SECOND)):
            add_lesson(session, run.id, lesson, by=self.by, now=NOW)
        return open_run(session, run.id, by=self.by, now=NOW) if is_open else run

    def another_run(self, *, is_open: bool = True) -> int:
        """One more run of the same course, at the same times."""
        return self.does(lambda session: self._plans(session, is_open)).id

    def volunteer(self, name: str, **changes: Any) -> Volunteer:
        """Somebody with an account."""

        def make(session: Session) -> Volunteer:
            account = make_account(session, f"{name}'s account", Role.VOLUNTEER)
            return make_volunteer(session, name, account_id=account.id, **changes)

        return self.does(make)

    def account(self, volunteer: Volunteer) -> Account:
        """Whose it is."""
        return self.reads(lambda session: session.get_one(Account, volunteer.account_id))

    def enrols(self, *people: Volunteer, by_staff: bool = False, now: datetime = NOW) -> list[Enrolment]:
        """Each asks for a seat, one after the other."""
        return [
            self.does(
                partial(
                    _enrol,
                    run_id=self.run,
                    person_id=person.id,
                    by=person.account_id or self.by,
                    by_staff=by_staff,
                    now=now + timedelta(seconds=number),
                )
            )
            for number, person in enumerate(people)
        ]

    def status(self, enrolment: Enrolment) -> EnrolmentStatus:
        """How an enrolment stands now."""
        return self.reads(lambda session: session.get_one(Enrolment, enrolment.id).status)

    def statuses(self) -> list[EnrolmentStatus]:
        """Of everybody in the run, in the order of their asking."""
        query = select(Enrolment.status).where(Enrolment.run_id == self.run).order_by(Enrolment.id)
        return self.reads(lambda session: list(session.scalars(query)))

    def queued(self, *kinds: str) -> list[str]:
        """The kinds of messages that wait to leave, in order; only these kinds when any are named."""
        query = select(OutboxMessage.kind).where(OutboxMessage.status == MessageStatus.QUEUED)
        found = self.reads(lambda session: list(session.scalars(query.order_by(OutboxMessage.id))))
        return [kind for kind in found if not kinds or kind in kinds]

    def does(self, act: Callable[[Session], Made]) -> Made:
        """In one transaction."""
        return self.database.in_transaction(act)

    def reads(self, query: Callable[[Session], Made]) -> Made:
        """What stands now."""
        with self.database.reading() as session:
            return query(session)


def _enrol(session: Session, *, run_id: int, person_id: int, **how: Any) -> Enrolment:
    return enrol(session, run_id, session.get_one(Volunteer, person_id), **how)

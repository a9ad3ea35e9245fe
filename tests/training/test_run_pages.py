"""The pages of runs: planned at the desk, filled there and by volunteers themselves, answered behind a link."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.courses import add_courses
from app.demo.runs import add_runs
from app.messages.delivery import worded
from app.messages.models import OutboxMessage
from app.shared.database import Database
from app.shared.times import hong_kong_date, utc_now
from app.training.models.runs import CourseRun, Enrolment, EnrolmentStatus
from app.training.use_cases.enrolling import withdraw
from app.training.use_cases.telling import tell
from tests.people import make_carer
from tests.training.campus import Campus
from tests.visitor import Visitor
from tests.visits.story import signed_in

IN_TEN_DAYS = hong_kong_date(utc_now()) + timedelta(days=10)
RUN: dict[str, Any] = {
    "seats": "2",
    "minimum": "1",
    "closes_on": str(IN_TEN_DAYS - timedelta(days=2)),
    "area": "shek_lei",
    "host": "Shek Lei Centre",
    "least_percent": "80",
}
LESSON: dict[str, Any] = {
    "on_date": str(IN_TEN_DAYS),
    "starts": "0930",
    "ends": "11:30",
    "place": "Shek Lei Hall",
}


class Desk(Campus):
    """A coordinator's browser on a campus whose open run begins in ten days."""

    def __init__(self, app: Flask, database: Database, **course: Any) -> None:
        super().__init__(database, is_open=False, **course)
        self.app = app
        self.desk = signed_in(app, self.coordinator)
        made = self.desk.sends(f"/courses/{self.course}/runs/add", **RUN).goes_to
        self.page = made
        self.run = int(made.rpartition("/")[2])

    def opens(self) -> None:
        """With one lesson, open to sign up."""
        self.desk.sends(f"{self.page}/lessons/add", **LESSON)
        self.desk.sends(self.page, to=f"{self.page}/open")

    def person(self, name: str) -> tuple[Visitor, str, int]:
        """A volunteer's browser, the path of the run on their pages, and who they are."""
        volunteer = self.volunteer(name)
        browser = signed_in(self.app, self.account(volunteer))
        return browser, f"/volunteer/{volunteer.id}/runs/{self.run}", volunteer.id


@pytest.fixture
def desk(app: Flask, database: Database) -> Desk:
    return Desk(app, database, open_to_public=True, open_to_carers=True)


def test_a_run_is_planned_opened_and_confirmed(desk: Desk) -> None:
    assert "Nobody sees this run yet" in desk.desk.opens(desk.page).words
    desk.desk.sends(desk.page, to=f"{desk.page}/open")
    assert "has at least one lesson" in desk.desk.opens(desk.page).words
    desk.opens()
    page = desk.desk.opens(desk.page)
    assert "9:30 am to 11:30 am" in page.words
    assert "At least 1 are needed; 0 have a seat." in page.words
    desk.desk.sends(f"{desk.page}/change", **(RUN | {"seats": "5", "version": "99"}), status=422)
    change = desk.desk.opens(f"{desk.page}/change")
    assert 'value="Shek Lei Centre"' in change.html
    desk.desk.sends(f"{desk.page}/change", **(RUN | {"seats": "5"}))
    desk.desk.sends(desk.page, to=f"{desk.page}/confirm")
    assert "Takes place" in desk.desk.opens("/runs").words
    desk.desk.sends(f"{desk.page}/cancel", reason="Typhoon")
    assert "Typhoon" in desk.desk.opens(desk.page).words
    assert "Called off" in desk.desk.opens("/runs").words


def test_what_is_wrong_with_a_lesson_stands_beside_its_field(desk: Desk) -> None:
    desk.opens()
    add = f"{desk.page}/lessons/add"
    wrong = desk.desk.sends(
        add, status=422, on_date="", starts="9:40", ends="9:30", place="", link="example.org"
    )
    assert wrong.errors.keys() == {"on_date", "starts", "ends", "link"}
    assert 'value="example.org"' in wrong.html
    again = desk.desk.sends(add, status=422, **LESSON)
    assert again.errors == {"on_date": "Another lesson of this run is at that time."}
    assert "Give a place" in desk.desk.sends(add, status=422, **(LESSON | {"place": ""})).errors["place"]
    lesson = desk.reads(lambda session: session.get_one(CourseRun, desk.run).lessons[0].id)
    desk.desk.sends(f"/lessons/{lesson}", **(LESSON | {"starts": "10:00", "ends": "12:00"}))
    assert "10 am to 12 noon" in desk.desk.opens(desk.page).words
    kept = desk.desk.sends(f"/lessons/{lesson}", status=422, remove="1", **LESSON)
    assert "has at least one lesson" in kept.words


def test_somebody_is_found_and_learns_or_teaches(desk: Desk) -> None:
    desk.opens()
    alice, tang = desk.volunteer("Alice Au"), desk.volunteer("Teacher Tang")
    desk.does(lambda session: make_carer(session, "Carer Au"))
    find = f"{desk.page}/find"
    assert "No volunteer is found." in desk.desk.opens(f"{find}?words=Nobody").words
    found = desk.desk.opens(f"{find}?words=Au")
    assert "Alice Au" in found.words
    assert "Carer Au" in found.words
    press = f"{desk.page}/people"
    desk.desk.sends(find, to=press, volunteer=alice.id)
    desk.desk.sends(find, to=press, volunteer=tang.id, teaches="1")
    desk.desk.sends(find, to=press, carer=1)
    page = desk.desk.opens(desk.page)
    for words in ("Alice Au", "Teacher Tang", "Carer Au", "Has a seat", "Could an older and a younger"):
        assert words in page.words
    refused = desk.desk.sends(find, to=press, volunteer=tang.id).goes_to
    assert "Who teaches a course has no seat in it." in desk.desk.opens(refused).words
    desk.desk.sends(find, to=press, volunteer=999, status=404)
    desk.desk.sends(f"{desk.page}/trainers/outside", name="Nurse Yip")
    assert "Nurse Yip" in desk.desk.opens(desk.page).words
    desk.desk.sends(desk.page, to=f"{desk.page}/trainers/1/remove")
    desk.desk.sends(desk.page, to=f"{desk.page}/trainers/77/remove", status=404)
    assert "Teacher Tang" not in desk.desk.opens(desk.page).words


def test_a_group_is_written_down_line_by_line(desk: Desk) -> None:
    desk.opens()
    page = f"{desk.page}/group"
    wrong = desk.desk.sends(page, status=422, group="School", people="Ann 12\n61234567", language="en")
    assert "Ann 12" in wrong.errors["people"]
    desk.desk.sends(
        page, group="School", people="王小姐 ６１２３ ４５６７\nBen\n\nCat 9123 4567", language="en"
    )
    page_now = desk.desk.opens(desk.page)
    for words in ("王小姐", "Ben", "School", "On the waiting list"):
        assert words in page_now.words
    cat = desk.reads(lambda session: session.scalars(select(Enrolment).order_by(Enrolment.id.desc())).first())
    assert cat is not None
    assert "They are the first on the waiting list." in desk.desk.opens(f"/enrolments/{cat.id}").words
    full = desk.desk.sends(f"/enrolments/{cat.id}", act="seat").goes_to
    assert "No seat is left." in desk.desk.opens(full).words
    assert "Say why" in desk.desk.sends(f"/enrolments/{cat.id}", status=422, reason="").errors["reason"]
    desk.desk.sends(f"/enrolments/{cat.id}", reason="Called us")
    assert "Called us" in desk.desk.opens(f"/enrolments/{cat.id}").words


def test_a_volunteer_asks_for_a_seat_waits_and_is_asked(desk: Desk) -> None:
    desk.opens()
    alice, alices, _ = desk.person("Alice")
    offer = alice.opens(alices.rpartition("/runs/")[0] + "/courses")
    assert "2 seats are free" in offer.words
    alice.sends(alices, act="enrol")
    assert "You have a seat" in alice.opens(alices).words
    bob, bobs, _ = desk.person("Bob")
    bob.sends(bobs, act="enrol")
    charlie, charlies, _ = desk.person("Charlie")
    assert "All seats are taken." in charlie.opens(charlies).words
    charlie.sends(charlies, act="enrol")
    assert "You are the first." in charlie.opens(charlies).words
    alice.sends(alices, act="withdraw")
    assert "Would you like it?" in charlie.opens(charlies).words
    charlie.sends(charlies, act="yes")
    assert "You have a seat" in charlie.opens(charlies).words
    desk.desk.sends(f"{desk.page}/cancel", reason="Typhoon")
    assert "This course is called off" in charlie.opens(charlies).words
    stranger, strangers, _ = desk.person("Stranger")
    stranger.opens(strangers, status=404)
    stranger.opens(charlies, status=404)


def test_a_held_seat_is_answered_behind_the_messages_link(desk: Desk, visitor: Visitor, app: Flask) -> None:
    desk.opens()
    for name in ("Alice", "Bob", "Charlie", "Dora"):
        browser, path, _ = desk.person(name)
        browser.sends(path, act="enrol")
    rows = desk.reads(lambda session: list(session.scalars(select(Enrolment).order_by(Enrolment.id))))
    for row in rows[:2]:
        desk.does(
            lambda session, row=row: withdraw(session, row.id, by=desk.by, by_staff=True, now=utc_now())  # type: ignore[misc]
        )

    def links(session: Any) -> list[str]:
        held = session.scalars(select(Enrolment).where(Enrolment.status == EnrolmentStatus.OFFERED))
        with app.test_request_context():
            return [url_for("training.seat", token=str(row.token)) for row in held]

    yes, no = desk.reads(links)
    assert "Would you like it?" in visitor.opens(yes).words
    visitor.sends(yes, act="yes")
    assert "You have a seat" in visitor.opens(yes).words
    visitor.sends(no, act="no")
    assert "The seat goes to somebody else." in visitor.opens(no).words
    visitor.opens("/seats/no-such-token", status=404)


def test_every_message_about_a_run_has_its_words(desk: Desk, app: Flask) -> None:
    desk.opens()
    for name in ("Alice", "Bob", "Charlie", "Dora"):
        browser, path, _ = desk.person(name)
        browser.sends(path, act="enrol")
    enrolments = desk.reads(lambda session: [row.id for row in session.scalars(select(Enrolment))])
    desk.does(lambda session: withdraw(session, enrolments[0], by=desk.by, by_staff=True, now=utc_now()))
    lesson = desk.reads(lambda session: session.get_one(CourseRun, desk.run).lessons[0].id)
    desk.desk.sends(f"/lessons/{lesson}", **(LESSON | {"starts": "10:00", "ends": "12:00"}))
    desk.desk.sends(desk.page, to=f"{desk.page}/confirm")
    for kind in ("course_seat_passed", "course_cancelled", "course_result"):
        desk.does(
            lambda session, kind=kind: tell(  # type: ignore[misc]
                session, session.get_one(Enrolment, enrolments[1]), kind, now=utc_now()
            )
        )
    kinds = set()
    with app.test_request_context(), app.extensions["database"].reading() as session:
        for message in session.scalars(select(OutboxMessage)):
            for language in ("en", "zh_Hant_HK"):
                words = worded(session, message, language)
                assert words.subject
                assert ("Lifting course" if language == "en" else "扶抱班") in words.text
            kinds.add(message.kind)
    assert {
        "course_enrolled", "course_waiting", "course_seat_offered", "course_seat_passed", "course_place_ended",
        "course_times", "course_confirmed", "course_cancelled", "course_result",
    } <= kinds  # fmt: skip


def test_the_demonstrations_runs_are_asked_for_by_one_more_than_there_are_seats(
    database: Database, keys: object
) -> None:
    campus = Campus(database)
    for number in range(6):
        campus.volunteer(f"Volunteer {number}")

    def fill(session: Session) -> int:
        add_courses(session, now=utc_now())
        return add_runs(session, now=utc_now())

    assert campus.does(fill) == 5
    statuses = campus.reads(lambda session: list(session.scalars(select(Enrolment.status))))
    assert statuses == [EnrolmentStatus.ENROLLED] * 4 + [EnrolmentStatus.WAITING]

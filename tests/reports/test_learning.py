"""The figures of a year's learning, and the requests that were served because of it."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.care_requests.models import RequestSkill
from app.catalogue.models import ServiceArea
from app.catalogue.use_cases import load_catalogue
from app.reports.learning import AgeBand, Learner, Share, YearOfLearning, age_band, year_of_learning
from app.shared.database import Database
from app.training.models.runs import Lesson, LessonAttendance
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.visits.models import SeatStatus, VisitStatus
from app.volunteers.models import Volunteer
from tests.people import (
    NOW,
    complete_course,
    give_proof,
    give_seat,
    make_account,
    make_carer,
    make_recipient,
    make_request,
    make_visit,
    make_volunteer,
)
from tests.visits.story import signed_in

pytestmark = pytest.mark.usefixtures("keys", "app")
MARCH, NOVEMBER = date(2026, 3, 2), date(2026, 11, 20)


def district(session: Session) -> None:
    """Wong, 30, and Chow, 70, took the lifting course in March; a carer took the listening course last year.

    Wong has served 李伯伯, who needs to be moved, in November; Chow too, who has a certificate besides.
    """
    load_catalogue(session)
    by = make_account(session, "Coordinator Ho", Role.COORDINATOR)
    care = add_faculty(session, "照顧學院", "Faculty of care", by=None, now=NOW).id
    lifting = add_course(
        session,
        CourseFacts(care, "扶抱班", "Lifting", 120, "yue", kinds=("respite",), grants=("transfers",)),
        by=None,
        now=NOW,
    )
    listening = add_course(
        session, CourseFacts(care, "聆聽班", "Listening", 120, "yue", open_to_carers=True), by=None, now=NOW
    )
    wong = make_volunteer(session, "WONG Mei", birth_year=1996)
    chow = make_volunteer(session, "CHOW Fai", birth_year=1956)
    give_proof(session, chow, "transfers")
    for volunteer in (wong, chow):
        taken = complete_course(session, lifting, volunteer, MARCH)
        lesson = Lesson(run_id=taken.run_id, on_date=MARCH, from_minute=600, to_minute=690, place="中心")
        session.add(lesson)
        session.flush()
        session.add(
            LessonAttendance(
                lesson_id=lesson.id, enrolment_id=taken.id, came=volunteer is wong, at=NOW, by_id=by.id
            )
        )
    again = complete_course(session, listening, wong, date(2025, 5, 5))
    again.volunteer_id, again.carer_id = None, make_carer(session).id
    session.flush()
    for volunteer, slot in ((wong, 20), (chow, 30)):
        request = make_request(
            session, make_recipient(session, called="李伯伯"), windows=((NOVEMBER, slot, slot + 4),)
        )
        session.add(RequestSkill(request_id=request.id, skill_code="transfers"))
        session.flush()
        visit = make_visit(session, request, NOVEMBER, status=VisitStatus.ATTENDED)
        give_seat(session, visit, session.get_one(Volunteer, volunteer.id), SeatStatus.ACCEPTED)


def learned(database: Database, year: int = 2026) -> YearOfLearning:
    return database.in_transaction(lambda session: year_of_learning(session, year))


def figures(share: Share) -> tuple[Any, int, int, int]:
    return share.key, share.people, share.completed, share.minutes


def test_a_years_learning_is_counted_by_faculty_field_learner_and_age(database: Database) -> None:
    database.in_transaction(district)
    year = learned(database)
    assert figures(year.all) == ("all", 2, 2, 90)
    assert [(share.key.name_en, share.people) for share in year.by_faculty] == [  # type: ignore[attr-defined]
        ("Faculty of care", 2)
    ]
    assert [figures(share) for share in year.by_field] == [(ServiceArea.CARERS, 2, 2, 90)]
    assert [figures(share) for share in year.by_learner] == [(Learner.VOLUNTEER, 2, 2, 90)]
    assert [figures(share) for share in year.by_age] == [
        (AgeBand.ADULT, 1, 1, 90),
        (AgeBand.OLDER, 1, 1, 0),
    ]
    before = learned(database, 2025)
    assert [figures(share) for share in before.by_learner] == [(Learner.CARER, 1, 1, 0)]
    assert [figures(share) for share in before.by_age] == [(AgeBand.UNKNOWN, 1, 1, 0)]
    assert learned(database, 2024).all.people == 0


def test_a_request_is_served_because_of_a_course_when_nothing_else_proves_the_skill(
    database: Database,
) -> None:
    database.in_transaction(district)
    year = learned(database)
    assert (year.requests_served, year.visits_served) == (1, 1)
    assert learned(database, 2025).requests_served == 0


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (2020, AgeBand.CHILD),
        (2009, AgeBand.YOUNGER_YOUTH),
        (2008, AgeBand.YOUTH),
        (1967, AgeBand.ADULT),
        (1966, AgeBand.OLDER),
        (1951, AgeBand.OLDEST),
    ],
)
def test_an_age_belongs_to_one_band(born: int, band: AgeBand) -> None:
    assert age_band(born, 2026) is band


def test_the_page_shows_the_year_and_says_when_there_is_nothing(app: Flask, database: Database) -> None:
    database.in_transaction(district)
    desk = signed_in(
        app, database.in_transaction(lambda session: make_account(session, "Office", Role.COORDINATOR))
    )
    page = desk.opens("/courses/report?year=2026").words
    for words in ("Learning in 2026", "Faculty of care", "Older people of 60 to 74", "in one visit"):
        assert words in page
    assert "Nobody has learned anything with us in this year" in desk.opens("/courses/report?year=2020").words

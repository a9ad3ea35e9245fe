"""The pages on which staff write the curriculum."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Visitor
from tests.visits.story import signed_in

COURSE: dict[str, Any] = {
    "faculty": "1",
    "name_zh": "扶抱班",
    "name_en": "Lifting course",
    "hours": "7.5",
    "language": "yue",
    "open_to": ["volunteers", "carers"],
    "grants": ["transfers"],
    "valid_months": "24",
    "renewal_months": "3",
    "learner_first": ["listening", "personal_care"],
    "is_offered": "y",
}


@pytest.fixture
def office(app: Flask, database: Database) -> Visitor:
    def begin(session: Session) -> Any:
        load_catalogue(session)
        return make_account(session, "Administrator Lee", Role.ADMINISTRATOR)

    return signed_in(app, database.in_transaction(begin))


def test_a_curriculum_begins_with_a_faculty_and_its_courses(office: Visitor) -> None:
    assert "The curriculum is empty" in office.opens("/courses").words
    office.sends("/faculties/add", name_zh="照顧學院", name_en="Faculty of care")
    assert "No course yet." in office.opens("/courses").words
    made = office.sends("/courses/add", **COURSE).goes_to
    page = office.opens(made)
    for words in ("7 hours 30 minutes", "Volunteers, Carers", "24 months", "in its last 3 months"):
        assert words in page.words
    assert "Listening skills or Basic personal care" in page.words
    listed = office.opens("/courses")
    assert "Lifting course" in listed.words
    assert "Helping someone move and transfer" in listed.words


def test_a_course_is_changed_on_a_page_that_shows_what_stands(office: Visitor) -> None:
    office.sends("/faculties/add", name_zh="照顧學院", name_en="Faculty of care")
    made = office.sends("/courses/add", **COURSE).goes_to
    change = office.opens(f"{made}/change")
    assert 'value="7.5"' in change.html
    assert (
        change.html.count("checked")
        == len(("volunteers", "carers", "transfers", "two needed", "offered")) + 1
    )
    office.sends(f"{made}/change", **(COURSE | {"name_en": "Lifting, part one", "is_offered": ""}))
    page = office.opens(made)
    assert "Lifting, part one" in page.words
    stale = office.sends(f"{made}/change", status=422, **(COURSE | {"version": "1"}))
    assert "Somebody else changed this in the meantime." in stale.words


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(office: Visitor) -> None:
    office.sends("/faculties/add", name_zh="照顧學院", name_en="Faculty of care")
    refused = office.sends("/courses/add", status=422, **(COURSE | {"hours": "many", "name_zh": ""}))
    assert refused.errors.keys() == {"hours", "name_zh"}
    assert 'value="many"' in refused.html
    own = office.sends("/courses/add", status=422, **(COURSE | {"learner_first": ["transfers"]}))
    assert own.errors == {"grants": "A course cannot ask for what it grants: nobody could begin."}
    nobody = office.sends("/courses/add", status=422, **(COURSE | {"open_to": []}))
    assert nobody.errors == {"open_to": "Choose who may take the course."}
    long = office.sends("/courses/add", status=422, **(COURSE | {"renewal_months": "36"}))
    assert long.errors == {"renewal_months": "This is longer than the qualification holds."}
    office.sends("/courses/add", **(COURSE | {"grants": ["listening"], "learner_first": ["transfers"]}))
    circle = office.sends("/courses/add", status=422, **(COURSE | {"learner_first": ["listening"]}))
    assert "wait for one another" in circle.errors["learner_first"]


def test_a_faculty_is_renamed_and_an_empty_one_taken_away(office: Visitor) -> None:
    office.sends("/faculties/add", name_zh="照顧學院", name_en="Faculty of care")
    names: dict[str, Any] = {"name_zh": "照顧學院", "name_en": "Faculty of caring"}
    office.sends("/faculties/1", **names)
    assert "Faculty of caring" in office.opens("/courses").words
    office.sends("/courses/add", **COURSE)
    assert "Take the faculty away" not in office.opens("/faculties/1").words
    kept = office.sends("/faculties/1", status=422, remove="1", **names)
    assert "Courses belong to this faculty." in kept.words
    office.sends("/faculties/add", name_zh="空", name_en="Empty")
    office.sends("/faculties/2", remove="1", name_zh="空", name_en="Empty")
    assert "Empty" not in office.opens("/courses").words

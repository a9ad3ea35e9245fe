"""The curriculum: what may be written, what is refused, and what a person still needs."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.catalogue.use_cases import load_catalogue
from app.demo.courses import add_courses
from app.shared.database import Database
from app.shared.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.training.errors import (
    FacultyNotEmpty,
    OpenToNobody,
    RenewalTooLong,
    RequirementsGoRound,
    RequiresWhatItGrants,
)
from app.training.models import Course, RequiredOf
from app.training.queries import (
    Prerequisites,
    courses_for,
    missing_groups,
    never_begun,
    requirement_groups,
    skills_held,
)
from app.training.use_cases import (
    CourseFacts,
    add_course,
    add_faculty,
    change_course,
    change_faculty,
    remove_faculty,
)
from app.volunteers.models import VolunteerSkill
from tests.people import NOW, give_proof, make_account, make_volunteer
from tests.visits.story import signed_in

TODAY = date(2026, 11, 23)


class Desk:
    """A catalogue, a faculty, and somebody who writes courses."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.by, self.faculty = database.in_transaction(self._begin)
        self.facts = CourseFacts(self.faculty, "課程", "Course", 360, "yue")

    def _begin(self, session: Session) -> tuple[int, int]:
        load_catalogue(session)
        by = make_account(session, "Administrator Lee", Role.ADMINISTRATOR).id
        return by, add_faculty(session, "學院", "Faculty", by=by, now=NOW).id

    def adds(self, **changes: object) -> Course:
        facts = replace(self.facts, **changes)  # type: ignore[arg-type]  # of whatever field is named
        return self.database.in_transaction(lambda session: add_course(session, facts, by=self.by, now=NOW))

    def changes(self, course: Course, version: int | None = None, **changes: object) -> Course:
        facts = replace(self.facts, **changes)  # type: ignore[arg-type]  # of whatever field is named
        return self.database.in_transaction(
            lambda session: change_course(
                session, course.id, facts, version=version or course.version, by=self.by, now=NOW
            )
        )

    def courses(self) -> int:
        return self.database.in_transaction(
            lambda session: session.scalar(select(func.count()).select_from(Course)) or 0
        )


@pytest.fixture
def desk(database: Database, keys: object) -> Desk:
    return Desk(database)


def codes(course: Course, of: RequiredOf = RequiredOf.LEARNER) -> list[list[str]]:
    return [[skill.code for skill in group] for group in requirement_groups(course, of)]


def test_a_course_is_kept_as_it_was_written(desk: Desk) -> None:
    made = desk.adds(
        grants=("transfers",),
        prolongs=("first_aid",),
        kinds=("respite",),
        valid_months=24,
        renewal_months=3,
        learner_groups=(("listening", "personal_care"), ("first_aid",)),
        trainer_groups=((), ("transfers",)),
    )
    assert [skill.code for skill in made.grants] == ["transfers"]
    assert codes(made) == [["listening", "personal_care"], ["first_aid"]]
    assert codes(made, RequiredOf.TRAINER) == [["transfers"]]
    changed = desk.changes(made, learner_groups=(("first_aid",), ("listening",)), grants=("transfers",))
    assert codes(changed) == [["first_aid"], ["listening"]]
    assert (changed.prolongs, codes(changed, RequiredOf.TRAINER)) == ([], [])


def test_lists_alone_raise_the_version_and_the_second_editor_is_told(desk: Desk) -> None:
    made = desk.adds()
    seen = made.version
    desk.changes(made, grants=("transfers",))
    with pytest.raises(ChangedMeanwhile):
        desk.changes(made, seen, grants=("first_aid",))


def test_a_course_does_not_ask_for_what_it_grants(desk: Desk) -> None:
    with pytest.raises(RequiresWhatItGrants):
        desk.adds(grants=("transfers",), learner_groups=(("transfers", "first_aid"),))
    assert desk.adds(prolongs=("transfers",), learner_groups=(("transfers",),)).id
    assert desk.adds(grants=("first_aid",), trainer_groups=(("first_aid",),)).id


def test_courses_that_wait_for_one_another_are_refused(desk: Desk) -> None:
    desk.adds(name_zh="甲", grants=("transfers",), learner_groups=(("listening",),))
    desk.adds(name_zh="乙", grants=("listening",), learner_groups=(("digital",),))
    with pytest.raises(RequirementsGoRound) as caught:
        desk.adds(name_zh="丙", grants=("digital",), learner_groups=(("transfers",),))
    assert caught.value.facts["courses"] == "甲 Course、乙 Course、丙 Course"
    assert desk.courses() == 2
    last = desk.adds(name_zh="丙", grants=("digital",), learner_groups=(("transfers", "first_aid"),))
    with pytest.raises(RequirementsGoRound):
        desk.changes(last, grants=("digital",), learner_groups=(("transfers",),))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"open_to_volunteers": False}, OpenToNobody),
        ({"valid_months": 12, "renewal_months": 13}, RenewalTooLong),
        ({"renewal_months": 1}, RenewalTooLong),
        ({"faculty_id": 999}, InvalidInput),
        ({"language": "latin"}, InvalidInput),
        ({"kinds": ("magic",)}, InvalidInput),
        ({"grants": ("magic",)}, InvalidInput),
        ({"trainer_groups": (("magic",),)}, InvalidInput),
    ],
)
def test_what_makes_no_course_is_refused(
    desk: Desk, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        desk.adds(**changes)
    assert desk.courses() == 0


def test_a_faculty_is_renamed_and_taken_away_once_it_is_empty(desk: Desk) -> None:
    desk.adds()

    def remove(faculty: int) -> None:
        desk.database.in_transaction(lambda session: remove_faculty(session, faculty, by=desk.by, now=NOW))

    with pytest.raises(FacultyNotEmpty):
        remove(desk.faculty)
    spare = desk.database.in_transaction(
        lambda session: add_faculty(session, "空", "Empty", by=desk.by, now=NOW)
    )
    renamed = desk.database.in_transaction(
        lambda session: change_faculty(session, spare.id, "空的", "Emptier", by=desk.by, now=NOW)
    )
    assert (renamed.name_en, renamed.position) == ("Emptier", 2)
    remove(spare.id)
    with pytest.raises(NotFound):
        remove(spare.id)


def test_a_person_needs_one_of_every_group(desk: Desk) -> None:
    course = desk.adds(learner_groups=(("listening", "personal_care"), ("first_aid",)))

    def missing(*held: str) -> list[list[str]]:
        return [[skill.code for skill in group] for group in missing_groups(course, held)]

    assert missing() == [["listening", "personal_care"], ["first_aid"]]
    assert missing("personal_care") == [["first_aid"]]
    assert missing("personal_care", "first_aid") == []
    assert missing_groups(desk.adds(), ()) == []


def test_a_qualification_counts_on_the_days_it_holds(desk: Desk) -> None:
    def arrange(session: Session) -> int:
        volunteer = make_volunteer(session)
        give_proof(session, volunteer, "first_aid", TODAY)
        session.add(VolunteerSkill(volunteer_id=volunteer.id, skill_code="listening", valid_until=None))
        return volunteer.id

    volunteer = desk.database.in_transaction(arrange)

    def held(on: date) -> dict[str, date | None]:
        return desk.database.in_transaction(lambda session: skills_held(session, volunteer, on))

    assert held(TODAY) == {"first_aid": TODAY, "listening": None}
    assert held(TODAY + timedelta(days=1)) == {"listening": None}


CODES = st.sampled_from("abcdef")
CURRICULA = st.lists(
    st.tuples(st.lists(st.sets(CODES, min_size=1, max_size=3), max_size=2), st.sets(CODES, max_size=2)),
    max_size=7,
)


@given(CURRICULA)
def test_what_is_said_never_to_begin_is_what_nobody_reaches(
    curriculum: list[tuple[list[set[str]], set[str]]],
) -> None:
    rows = [Prerequisites(number, list(needs), gives) for number, (needs, gives) in enumerate(curriculum)]
    given_by_some = set().union(*(row.gives for row in rows)) if rows else set()
    has, done = set("abcdef") - given_by_some, set[int]()
    for _round in rows:
        for row in rows:
            if all(group & has for group in row.needs):
                done.add(row.course_id)
                has |= row.gives
    assert set(never_begun(rows)) == {row.course_id for row in rows} - done


def test_the_demonstrations_courses_are_invented_and_say_so(desk: Desk, app: Flask) -> None:
    made = desk.database.in_transaction(lambda session: add_courses(session, now=NOW))

    def arrange(session: Session) -> Account:
        account = make_account(session, "Whose Courses", Role.VOLUNTEER, phone="+85261230001")
        volunteer = make_volunteer(session, account_id=account.id)
        give_proof(session, volunteer, "transfers")
        names = [each.course.name_en for each in courses_for(session, volunteer, TODAY)]
        assert len(names) == made
        assert names[-1] == "Helping older people move: first steps"
        return account

    account = desk.database.in_transaction(arrange)
    me = signed_in(app, account)
    page = me.opens(me.opens("/volunteer", status=303).goes_to)
    assert f"{made} courses for volunteers" in page.words
    offer = me.opens(next(part for part in page.html.split('"') if part.endswith("/courses")))
    assert offer.words.count("Invented, for the demonstration") == made
    assert "First you need Listening skills" in offer.words
    assert "It renews Helping someone move and transfer, which you have." in offer.words
    assert "You have this already" in offer.words

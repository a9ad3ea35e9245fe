"""Certificates: written once for what was completed, checked by anybody, revoked with a reason; and who graduates."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database, refusal_of
from app.shared.errors import NotFound
from app.shared.times import hong_kong_date, utc_now
from app.training.errors import (
    CertificateKnown,
    CertificateRevokedAlready,
    OwnProof,
    ProgrammeNotFinished,
    ProofReasonMissing,
)
from app.training.models import Course, Faculty
from app.training.models.certificates import Certificate
from app.training.models.runs import Enrolment, Lesson
from app.training.queries.study import certificate_checked, graduates, studied, without_certificate
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.training.use_cases.attending import mark_attendance
from app.training.use_cases.certificates import (
    revoke_certificate,
    write_certificates,
    write_programme_certificate,
)
from app.volunteers.models import Volunteer
from tests.people import NOW, complete_course, make_account, make_coordinator, make_volunteer
from tests.visitor import Visitor
from tests.visits.story import signed_in

TODAY = hong_kong_date(utc_now())
SPRING = TODAY - timedelta(days=200)
AUTUMN = TODAY - timedelta(days=20)


class School:
    """A faculty with two core courses and one more; a volunteer who has completed the first, and a coordinator."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.in_transaction(self._arrange)

    def _arrange(self, session: Session) -> None:
        load_catalogue(session)
        self.coordinator = make_coordinator(session, "Coordinator Ho")
        self.by = self.coordinator.id
        self.account = make_account(session, "Wong Mei", Role.VOLUNTEER, phone="+85261230001")
        self.volunteer = make_volunteer(session, "WONG Mei", name_zh="黃美", account_id=self.account.id).id
        self.faculty = add_faculty(session, "照顧學院", "Faculty of care", by=None, now=NOW).id
        self.courses = [
            add_course(
                session,
                CourseFacts(self.faculty, zh, en, 360, "yue", is_core=is_core, **more),  # type: ignore[arg-type]
                by=None,
                now=NOW,
            ).id
            for zh, en, is_core, more in (
                ("扶抱班", "Moving people", True, {"grants": ("transfers",), "valid_months": 24}),
                ("餵食班", "Feeding", True, {}),
                ("唱歌班", "Singing", False, {}),
            )
        ]
        self.enrolment = self.completes(session, 0, SPRING)

    def completes(self, session: Session, course: int, on: date) -> int:
        return complete_course(
            session,
            session.get_one(Course, self.courses[course]),
            session.get_one(Volunteer, self.volunteer),
            on,
        ).id

    def reads(self, function: Any) -> Any:
        return self.database.in_transaction(function)

    def writes(self, *enrolments: int, by: int | None = None) -> Any:
        return self.reads(lambda session: write_certificates(session, enrolments, by=by or self.by, now=NOW))

    def graduates(self) -> list[tuple[str, date, bool]]:
        return self.reads(  # type: ignore[no-any-return]  # of whatever is read
            lambda session: [
                (each.volunteer.name_en, each.finished_on, each.certificate is not None)
                for each in graduates(session, session.get_one(Faculty, self.faculty))
            ]
        )


@pytest.fixture
def school(database: Database, keys: object) -> School:
    return School(database)


def test_a_certificate_says_what_was_completed_and_until_when_it_holds(school: School) -> None:
    (row,) = school.writes(school.enrolment)
    assert (row.name_zh, row.title_zh, row.minutes, row.completed_on) == ("黃美", "扶抱班", 360, SPRING)
    assert [(line["zh"], line["on"]) for line in row.lines] == [("扶抱及轉移", str(row.valid_until))]
    assert (row.valid_until - SPRING).days in (729, 730)
    assert len(row.number) == 16


def test_one_completion_has_one_certificate_that_holds(school: School) -> None:
    (first,) = school.writes(school.enrolment)
    with pytest.raises(CertificateKnown):
        school.writes(school.enrolment)
    assert not school.reads(lambda session: without_certificate(session, by=school.by))
    school.reads(lambda session: revoke_certificate(session, first.id, "wrong name", by=school.by, now=NOW))
    assert school.writes(school.enrolment)[0].number != first.number


def test_nobody_writes_their_own_and_nothing_is_certified_that_was_not_completed(school: School) -> None:
    with pytest.raises(OwnProof):
        school.writes(school.enrolment, by=school.account.id)
    assert not school.reads(lambda session: without_certificate(session, by=school.account.id))
    open_one = school.reads(
        lambda session: (
            complete_course(
                session,
                session.get_one(Course, school.courses[1]),
                session.get_one(Volunteer, school.volunteer),
                TODAY,
                completed_on=None,
                outcome=None,
            ).id
        )
    )
    with pytest.raises(NotFound):
        school.writes(open_one)


def test_what_a_certificate_said_stays_in_the_database_as_it_was(school: School) -> None:
    school.writes(school.enrolment)
    for statement in ("UPDATE certificates SET name_zh = 'x'", "DELETE FROM certificates"):
        with pytest.raises(IntegrityError) as error:
            school.reads(lambda session, sql=statement: session.execute(text(sql)))
        assert refusal_of(error.value) in ("letter_is_fixed", "history_is_append_only")


def test_a_certificate_is_revoked_once_with_a_reason(school: School) -> None:
    (row,) = school.writes(school.enrolment)

    def revoke(reason: str, number: int = row.id) -> None:
        school.reads(lambda session: revoke_certificate(session, number, reason, by=school.by, now=NOW))

    with pytest.raises(ProofReasonMissing):
        revoke("")
    revoke("wrong name")
    with pytest.raises(CertificateRevokedAlready):
        revoke("again")
    with pytest.raises(NotFound):
        revoke("none", 999)
    assert school.reads(lambda session: certificate_checked(session, row.number)) is None


def test_whoever_completes_every_core_course_graduates(school: School) -> None:
    assert school.graduates() == []

    def programme(session: Session) -> Certificate:
        return write_programme_certificate(session, school.faculty, school.volunteer, by=school.by, now=NOW)

    with pytest.raises(ProgrammeNotFinished):
        school.reads(programme)
    school.reads(lambda session: school.completes(session, 0, TODAY))
    school.reads(lambda session: school.completes(session, 1, AUTUMN))
    assert school.graduates() == [("WONG Mei", AUTUMN, False)]
    row = school.reads(programme)
    assert (row.title_en, row.completed_on, row.minutes) == ("Faculty of care", AUTUMN, 720)
    assert [line["on"] for line in row.lines] == [str(SPRING), str(AUTUMN)]
    assert school.graduates() == [("WONG Mei", AUTUMN, True)]
    with pytest.raises(CertificateKnown):
        school.reads(programme)
    with pytest.raises(OwnProof):
        school.reads(
            lambda session: write_programme_certificate(
                session, school.faculty, school.volunteer, by=school.account.id, now=NOW
            )
        )
    with pytest.raises(NotFound):
        school.reads(lambda session: write_programme_certificate(session, 99, 1, by=school.by, now=NOW))


def test_what_is_completed_no_more_is_certified_no_more(school: School) -> None:
    second = school.reads(lambda session: school.completes(session, 1, AUTUMN))
    rows = school.writes(school.enrolment, second)
    programme = school.reads(
        lambda session: write_programme_certificate(
            session, school.faculty, school.volunteer, by=school.by, now=NOW
        )
    )

    def take_back(session: Session) -> None:
        run = session.get_one(Enrolment, school.enrolment).run
        lesson = Lesson(run_id=run.id, on_date=SPRING, from_minute=570, to_minute=690, place="石籬社區會堂")
        session.add(lesson)
        session.flush()
        came = {school.enrolment: False}
        mark_attendance(session, lesson.id, came, by=school.by, now=utc_now())

    school.reads(take_back)
    holds = [
        school.reads(lambda session, row=row: certificate_checked(session, row.number)) is not None
        for row in (*rows, programme)
    ]
    assert holds == [False, True, False]


def test_a_record_of_study_lists_what_was_completed_the_latest_first(school: School) -> None:
    school.reads(lambda session: school.completes(session, 2, AUTUMN))
    school.writes(school.enrolment)
    done = school.reads(
        lambda session: [
            (each.course.name_en, each.certificate is not None) for each in studied(session, school.volunteer)
        ]
    )
    assert done == [("Singing", False), ("Moving people", True)]


@pytest.fixture
def desk(school: School, app: Flask) -> Visitor:
    return signed_in(app, school.coordinator)


def words_of(pdf: bytes) -> str:
    read = pypdf.PdfReader(BytesIO(pdf))
    assert len(read.pages) == 1
    return "".join(read.pages[0].extract_text().split())


def test_the_desk_writes_all_that_wait_and_the_volunteer_opens_hers(
    school: School, desk: Visitor, app: Flask
) -> None:
    assert "WONG Mei" in desk.opens("/certificates").words
    desk.sends("/certificates")
    assert "Nobody waits for a certificate." in desk.opens("/certificates").words
    row = school.reads(lambda session: session.scalars(select(Certificate)).one())
    printed = words_of(desk.client.get(f"/certificates/{row.id}").data)
    for part in ("黃美", "WONGMei", "扶抱班", "Movingpeople", row.grouped_number, "扶抱及轉移"):
        assert part in printed
    me = signed_in(app, school.account)
    page = me.opens(f"/volunteer/{school.volunteer}/qualifications")
    assert "Courses you have completed" in page.words
    path = f"/volunteer/{school.volunteer}/certificates/{row.id}"
    assert f'href="{path}"' in page.html
    assert me.client.get(path).data.startswith(b"%PDF")
    desk.sends(f"/certificates/{row.id}/revoke", status=422, reason="")
    desk.sends(f"/certificates/{row.id}/revoke", reason="wrong name")
    assert "wrong name" in desk.opens("/certificates").words
    assert me.client.get(path).status_code == 404


def test_the_graduation_list_writes_a_certificate_for_one(school: School, desk: Visitor) -> None:
    assert "Nobody has finished this programme yet." in desk.opens("/graduation").words
    school.reads(lambda session: school.completes(session, 1, AUTUMN))
    assert "WONG Mei" in desk.opens("/graduation").words
    desk.sends("/graduation", faculty=str(school.faculty), volunteer=str(school.volunteer))
    row = school.reads(lambda session: session.scalars(select(Certificate)).one())
    printed = words_of(desk.client.get(f"/certificates/{row.id}").data)
    for part in ("畢業證書", "照顧學院", "扶抱班", "餵食班"):
        assert part in printed
    again = desk.sends(
        "/graduation", faculty=str(school.faculty), volunteer=str(school.volunteer), status=422
    )
    assert "The certificate was written already." in again.words


def test_anybody_asks_whether_a_certificate_holds_and_learns_nothing_else(school: School, app: Flask) -> None:
    (row,) = school.writes(school.enrolment)
    anybody = Visitor(app)
    assert f'value="{row.number}"' in anybody.opens(f"/certificates/check?number={row.number}").html
    yes = anybody.sends("/certificates/check", number=row.grouped_number.lower(), status=200).words
    assert "This certificate holds" in yes
    for private in ("WONG", "黃美", "扶抱班", "Moving people"):
        assert private not in yes
    no = anybody.sends("/certificates/check", number="2222-2222-2222-2222", status=200).words
    assert "We know of no certificate with this number that holds" in no
    school.reads(lambda session: revoke_certificate(session, row.id, "wrong name", by=school.by, now=NOW))
    revoked = anybody.sends("/certificates/check", number=row.number, status=200).words
    assert revoked.replace(row.number, "") == no.replace("2222-2222-2222-2222", "").replace(
        "2222222222222222", ""
    )


def test_a_certificate_that_ran_out_says_so(school: School, app: Flask) -> None:
    old = school.reads(lambda session: school.completes(session, 0, TODAY - timedelta(days=800)))
    (row,) = school.writes(old)
    words = Visitor(app).sends("/certificates/check", number=row.number, status=200).words
    assert "This certificate has run out" in words


def test_numbers_are_not_found_by_trying(school: School, app: Flask) -> None:
    anybody = Visitor(app)
    hidden = anybody.opens("/certificates/check").hidden
    codes = [
        anybody.client.post("/certificates/check", data={**hidden, "number": f"A{attempt}"}).status_code
        for attempt in range(21)
    ]
    assert codes == [200] * 20 + [429]

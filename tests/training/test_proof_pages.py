"""Qualifications on the volunteer's own pages and at the desk."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from app.shared.times import hong_kong_date, utc_now
from app.training.models.proofs import QualificationProof
from app.training.use_cases import CourseFacts, add_course, add_faculty
from app.volunteers.models import Volunteer, VolunteerSkill
from tests.people import NOW, give_proof, make_account, make_coordinator, make_volunteer
from tests.visitor import Visitor
from tests.visits.story import signed_in

TODAY = hong_kong_date(utc_now())
CERTIFICATE: dict[str, Any] = {
    "skill": "first_aid",
    "kind": "certificate",
    "issued_by": "聖約翰救傷隊",
    "number": "FA-1024",
    "issued_on": "2026-10-01",
    "valid_until": str(TODAY + timedelta(days=40)),
    "seen_on": str(TODAY),
}


class People:
    """A coordinator, and a volunteer with an account who says she can help people move."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.database = database
        database.in_transaction(self._arrange)
        self.desk = signed_in(app, self.coordinator)
        self.volunteer = signed_in(app, self.account)

    def _arrange(self, session: Session) -> None:
        load_catalogue(session)
        self.coordinator = make_coordinator(session)
        self.account = make_account(session, "Wong Mei", Role.VOLUNTEER, phone="+85261230001")
        wong = make_volunteer(session, "WONG Mei", account_id=self.account.id)
        session.add(VolunteerSkill(volunteer_id=wong.id, skill_code="transfers"))
        session.add(VolunteerSkill(volunteer_id=wong.id, skill_code="cooking"))
        self.id = wong.id

    def has(self, skill: str, until: date) -> None:
        def give(session: Session) -> None:
            volunteer = make_volunteer(session, "CHOW Fai")
            give_proof(session, volunteer, skill, until)

        self.database.in_transaction(give)

    def proofs(self) -> list[int]:
        return self.database.in_transaction(
            lambda session: list(session.scalars(select(QualificationProof.id)))
        )


@pytest.fixture
def people(app: Flask, database: Database) -> People:
    return People(app, database)


def own_page(visitor: Visitor, volunteer: int) -> str:
    return visitor.opens(f"/volunteer/{volunteer}/qualifications").words


def test_a_certificate_entered_at_the_desk_stands_on_the_volunteers_own_page(people: People) -> None:
    before = own_page(people.volunteer, people.id)
    assert "No qualification is on record yet" in before
    assert "Please show us your certificate" in before
    assert "Helping someone move and transfer" in before
    assert "Cooking" in before
    page = people.desk.opens(f"/volunteers/{people.id}")
    assert "nobody has seen any proof" in page.words
    people.desk.sends(f"/volunteers/{people.id}/proof", **CERTIFICATE)
    own = own_page(people.volunteer, people.id)
    assert "By a certificate" in own
    assert "40 days left" in own
    assert "First aid" in people.volunteer.opens(f"/volunteer/{people.id}").words
    seen = people.desk.opens(f"/volunteers/{people.id}").words
    assert "聖約翰救傷隊" in seen
    assert "FA-1024" in seen
    assert "Coordinator Chan" in seen


def test_what_is_wrong_with_a_certificate_is_said_beside_the_field(people: People) -> None:
    address = f"/volunteers/{people.id}/proof"
    late = people.desk.sends(address, status=422, **(CERTIFICATE | {"valid_until": "2026-10-02"}))
    assert "It has run out already." in late.words
    assert "聖約翰救傷隊" in late.html
    turned = people.desk.sends(
        address, status=422, **(CERTIFICATE | {"issued_on": str(TODAY + timedelta(days=1))})
    )
    assert "These dates cannot be" in turned.words
    empty = people.desk.sends(address, status=422, **(CERTIFICATE | {"issued_by": "", "issued_on": ""}))
    assert "Type the organisation or the person." in empty.words
    people.desk.sends(address, status=422, **(CERTIFICATE | {"skill": "cooking"}))
    assert people.proofs() == []


def test_a_certificate_is_withdrawn_with_a_reason(people: People) -> None:
    people.desk.sends(f"/volunteers/{people.id}/proof", **CERTIFICATE)
    (proof,) = people.proofs()
    people.desk.sends(f"/proofs/{proof}/withdraw", status=422, reason="")
    people.desk.sends(f"/proofs/{proof}/withdraw", reason="An invented number")
    assert "An invented number" in people.desk.opens(f"/volunteers/{people.id}").words
    assert "First aid" not in own_page(people.volunteer, people.id)
    people.desk.opens(f"/proofs/{proof}/withdraw", status=404)


def test_what_ends_soon_is_listed_by_how_soon(people: People) -> None:
    assert "None within 90 days." in people.desk.opens("/qualifications").words
    people.has("first_aid", TODAY + timedelta(days=10))
    people.has("transfers", TODAY + timedelta(days=70))
    people.has("driving", TODAY + timedelta(days=91))
    listed = people.desk.opens("/qualifications").words
    assert listed.index("First aid") < listed.index("Helping someone move")
    assert "Driving" not in listed
    soon = people.desk.opens("/qualifications?days=14").words
    assert "First aid" in soon
    assert "Helping someone move" not in soon


def test_the_page_says_how_to_renew_and_what_ran_out(people: People) -> None:
    def arrange(session: Session) -> None:
        faculty = add_faculty(session, "學院", "Faculty", by=None, now=NOW)
        add_course(
            session,
            CourseFacts(
                faculty.id, "溫習班", "Refresher", 120, "yue",
                prolongs=("first_aid",), valid_months=12, renewal_months=1,
            ),
            by=None, now=NOW,
        )  # fmt: skip
        wong = session.get_one(Volunteer, people.id)
        give_proof(session, wong, "first_aid", TODAY + timedelta(days=80))
        give_proof(session, wong, "driving", TODAY - timedelta(days=1))

    people.database.in_transaction(arrange)
    page = own_page(people.volunteer, people.id)
    assert "Renew it by Refresher." in page
    assert "on." in page
    assert page.index("Run out") < page.index("Driving")


def test_staff_decide_which_skills_need_proof(people: People) -> None:
    people.desk.sends(f"/volunteers/{people.id}/proof", **CERTIFICATE)
    listed = people.desk.opens("/qualifications/skills")
    assert "Only say so" in listed.words
    people.desk.sends("/qualifications/skills/cooking", needs_proof="y", proof_months="500", status=422)
    people.desk.sends("/qualifications/skills/cooking", needs_proof="y", proof_months="24")
    assert "24 months" in people.desk.opens("/qualifications/skills").words
    assert own_page(people.volunteer, people.id).index("Please show us") < own_page(
        people.volunteer, people.id
    ).index("Cooking")
    people.desk.opens("/qualifications/skills/flying", status=404)

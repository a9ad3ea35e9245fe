"""The coordinators' plain pages for checks, do-not-pair and family."""

from datetime import timedelta

import pytest
from flask import Flask

from app.accounts.models import Account, Role
from app.care_requests.models import CareRecipient
from app.safeguarding.models import Clearance, DoNotPair
from app.shared.database import Database
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer
from tests.people import make_account
from tests.visitor import Visitor

TODAY = hong_kong_date(utc_now())


def test_a_check_goes_from_one_coordinator_to_the_other(
    first_desk: Visitor, second_desk: Visitor, database: Database, volunteer: Volunteer
) -> None:
    person = f"/volunteers/{volunteer.id}"
    assert first_desk.sends(f"{person}/clearance", seen_on=str(TODAY), valid_until="").goes_to == person
    assert "Waiting for a second coordinator" in first_desk.opens(person).words
    assert "another coordinator confirms it" in first_desk.opens("/clearances").words
    with database.reading() as session:
        clearance = session.query(Clearance).one()
    path = f"/clearances/{clearance.id}"
    assert "I have seen it" not in first_desk.opens(f"{path}/confirm").words
    first_desk.sends(f"{path}/confirm", status=422)
    assert second_desk.sends(f"{path}/confirm").goes_to == "/clearances"
    second_desk.sends(f"{path}/confirm", status=422)
    assert "reason" in second_desk.sends(f"{path}/void", status=422).errors
    second_desk.sends(f"{path}/void", reason="another person’s")
    assert "another person’s" in first_desk.opens(person).words


@pytest.mark.database("sqlite")
def test_impossible_days_stand_beside_their_field(first_desk: Visitor, volunteer: Volunteer) -> None:
    path = f"/volunteers/{volunteer.id}/clearance"
    yesterday = str(TODAY - timedelta(days=1))
    for typed, field in (
        ({"seen_on": ""}, "seen_on"),
        ({"seen_on": "31/12/2026"}, "seen_on"),
        ({"seen_on": "9999-12-31"}, "seen_on"),
        ({"seen_on": str(TODAY), "valid_until": yesterday}, "valid_until"),
    ):
        assert field in first_desk.sends(path, status=422, **typed).errors, typed


def test_two_people_are_kept_apart_from_either_page(
    first_desk: Visitor, database: Database, volunteer: Volunteer, recipient: CareRecipient
) -> None:
    path = f"/do-not-pair?volunteer={volunteer.id}&recipient={recipient.id}"
    assert "reason" in first_desk.sends(path, status=422).errors
    kept = first_desk.sends(path, reason="said unkind things").goes_to
    page = first_desk.opens(kept).words
    assert "said unkind things" in page
    assert "look at them now" in page
    assert recipient.code in first_desk.opens(f"/volunteers/{volunteer.id}").words
    assert volunteer.code in first_desk.opens(f"/recipients/{recipient.id}").words
    assert "said unkind things" not in first_desk.opens(f"/volunteers/{volunteer.id}").words
    first_desk.sends(kept)
    assert recipient.code not in first_desk.opens(f"/volunteers/{volunteer.id}").words
    with database.reading() as session:
        assert session.query(DoNotPair).one().ended_at is not None


def test_a_reference_that_is_nobodys_is_named_beside_its_field(
    first_desk: Visitor, volunteer: Volunteer, recipient: CareRecipient
) -> None:
    errors = first_desk.sends(
        "/do-not-pair", volunteer="V-NOBODY", recipient="x", reason="x", status=422
    ).errors
    assert set(errors) == {"volunteer"}
    errors = first_desk.sends(
        "/do-not-pair", volunteer=volunteer.code.lower(), recipient="P-NOBODY", reason="x", status=422
    ).errors
    assert set(errors) == {"recipient"}
    first_desk.sends("/do-not-pair", volunteer=volunteer.code, recipient=recipient.code, reason="x")


def test_family_is_noted_and_a_mistake_taken_away(
    first_desk: Visitor, volunteer: Volunteer, recipient: CareRecipient
) -> None:
    person = f"/volunteers/{volunteer.id}"
    assert (
        first_desk.sends(
            f"/family?volunteer={volunteer.id}", recipient=recipient.code, relation="daughter"
        ).goes_to
        == person
    )
    assert "daughter" in first_desk.opens(person).words
    first_desk.sends(f"/family/{volunteer.id}/{recipient.id}/end")
    assert "daughter" not in first_desk.opens(person).words.partition("What happened")[0]
    first_desk.opens(f"/family/{volunteer.id}/{recipient.id}/end", status=404)


@pytest.mark.database("sqlite")
def test_only_coordinators_open_these_pages(
    app: Flask, database: Database, first: Account, volunteer: Volunteer
) -> None:
    stranger = database.in_transaction(
        lambda session: make_account(session, "Stranger", Role.VOLUNTEER, Role.CARER)
    )
    browser = Visitor(app).has_signed_in_as(stranger)
    for path in ("/clearances", "/do-not-pair", "/family", f"/volunteers/{volunteer.id}/clearance"):
        browser.opens(path, status=403)
        assert "/sign-in" in Visitor(app).opens(path, status=302).goes_to


@pytest.mark.database("sqlite")
def test_odd_addresses_break_nothing(first_desk: Visitor) -> None:
    for path in (
        "/clearances?days=²",
        "/clearances?days=9223372036854775808",
        "/do-not-pair?volunteer=9223372036854775808",
    ):
        first_desk.opens(path)
    for path in (
        "/clearances/999/confirm",
        "/clearances/0/void",
        "/do-not-pair/999",
        "/family/1/9223372036854775808/end",
    ):
        first_desk.opens(path, status=404)

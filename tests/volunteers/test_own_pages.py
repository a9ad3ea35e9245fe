"""A volunteer's own pages: nobody else's, in plain words, and nothing overwritten in silence."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.shared.database import Database
from app.shared.secrets import Phone
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.models import Volunteer, VolunteerStatus
from tests.people import make_account, make_volunteer
from tests.visitor import Visitor

WAYS = {
    VolunteerStatus.ACTIVE: (),
    VolunteerStatus.PAUSED: (VolunteerStatus.PAUSED,),
    VolunteerStatus.ADVISER: (VolunteerStatus.ADVISER,),
    VolunteerStatus.APPLIED: (VolunteerStatus.RETIRED, VolunteerStatus.APPLIED),
    VolunteerStatus.INDUCTION: (
        VolunteerStatus.RETIRED,
        VolunteerStatus.APPLIED,
        VolunteerStatus.INDUCTION,
    ),
}
"""How somebody who is active comes to stand somewhere else."""
TODAY = hong_kong_date(utc_now())


@pytest.fixture
def account(stocked: Database) -> Account:
    return stocked.in_transaction(
        lambda session: make_account(session, "Mrs Wong", Role.VOLUNTEER, phone="+85291234567")
    )


@pytest.fixture
def volunteer(stocked: Database, account: Account) -> Volunteer:
    return stocked.in_transaction(
        lambda session: make_volunteer(
            session,
            "Mrs Wong",
            account_id=account.id,
            phone=Phone("+85291234567"),
            availability_confirmed_at=utc_now(),
        )
    )


@pytest.fixture
def mine(app: Flask, account: Account, volunteer: Volunteer) -> Visitor:
    """The volunteer's own browser."""
    return Visitor(app).has_signed_in_as(account)


def row(database: Database, volunteer: Volunteer) -> Volunteer:
    with database.reading() as session:
        known = session.get_one(Volunteer, volunteer.id)
        _ = known.areas, known.dates_away
        return known


def test_home_is_the_only_volunteer_of_the_account(mine: Visitor, volunteer: Volunteer) -> None:
    assert mine.opens("/volunteer", status=303).goes_to == f"/volunteer/{volunteer.id}"
    words = mine.opens(f"/volunteer/{volunteer.id}").words
    assert "Hello, Mrs Wong" in words
    assert volunteer.code in words


@pytest.mark.parametrize(
    "status", [status for status in VolunteerStatus if status not in {"retired", "removed"}]
)
def test_who_does_not_want_to_go_on_says_so_and_may_be_brought_back(
    mine: Visitor, desk: Visitor, stocked: Database, volunteer: Volunteer, status: VolunteerStatus
) -> None:
    def stand(session: Session) -> None:
        for way in WAYS[status]:
            session.get_one(Volunteer, volunteer.id).status = way
            session.flush()

    stocked.in_transaction(stand)
    assert "I do not want to go on" in mine.opens(f"/volunteer/{volunteer.id}").words
    page = mine.opens(f"/volunteer/{volunteer.id}/stop").words
    assert ("Your application ends." in page) is (status in {"applied", "induction"})
    assert "2345 6789" in page
    mine.sends(f"/volunteer/{volunteer.id}/stop")
    assert row(stocked, volunteer).status is VolunteerStatus.RETIRED
    assert "We have noted it." in mine.opens(f"/volunteer/{volunteer.id}").words
    mine.opens(f"/volunteer/{volunteer.id}/stop", status=303)
    assert "as they told us themselves" in desk.opens(f"/volunteers/{volunteer.id}").words
    desk.sends(f"/volunteers/{volunteer.id}/bring-back")
    assert row(stocked, volunteer).status is VolunteerStatus.APPLIED


@pytest.mark.parametrize("has_partner", [True, False])
def test_an_unfinished_form_goes_with_who_leaves_unless_it_may_be_another_persons(
    mine: Visitor, stocked: Database, account: Account, volunteer: Volunteer, has_partner: bool
) -> None:
    if has_partner:
        stocked.in_transaction(lambda session: make_volunteer(session, "Mr Chan", account_id=account.id))
    mine.sends("/sign-up/who", name_zh="陳大文", birth_year="1950", gender="m")
    mine.sends(f"/volunteer/{volunteer.id}/stop")
    assert ('value="陳大文"' in mine.opens("/sign-up/who").html) is has_partner


def test_a_couple_chooses_who_is_reading(mine: Visitor, stocked: Database, account: Account) -> None:
    stocked.in_transaction(lambda session: make_volunteer(session, "Mr Chan", account_id=account.id))
    words = mine.opens("/volunteer").words
    assert "Mrs Wong" in words
    assert "Mr Chan" in words


def test_an_account_without_a_volunteer_is_invited_to_sign_up(app: Flask, stocked: Database) -> None:
    empty = stocked.in_transaction(lambda session: make_account(session, "Nobody", Role.VOLUNTEER))
    assert "/sign-up" in Visitor(app).has_signed_in_as(empty).opens("/volunteer").html


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (VolunteerStatus.APPLIED, "a coordinator calls you"),
        (VolunteerStatus.INDUCTION, "Next is the induction"),
        (VolunteerStatus.ACTIVE, "No visit is arranged at the moment"),
        (VolunteerStatus.PAUSED, "You are on a pause"),
        (VolunteerStatus.ADVISER, "You are an adviser"),
        (VolunteerStatus.RETIRED, "You are not a volunteer at the moment"),
    ],
)
@pytest.mark.database("sqlite")
def test_home_says_in_plain_words_where_things_stand(
    app: Flask, stocked: Database, account: Account, status: VolunteerStatus, words: str
) -> None:
    one = stocked.in_transaction(
        lambda session: make_volunteer(session, account_id=account.id, status=status)
    )
    assert words in Visitor(app).has_signed_in_as(account).opens(f"/volunteer/{one.id}").words


def test_nobody_opens_the_pages_of_somebody_else(app: Flask, stocked: Database, volunteer: Volunteer) -> None:
    stranger = stocked.in_transaction(lambda session: make_account(session, "Stranger", Role.VOLUNTEER))
    browser = Visitor(app).has_signed_in_as(stranger)
    for page in ("", "/times", "/place", "/reach", "/abilities", "/away", "/pause", "/come-back"):
        browser.opens(f"/volunteer/{volunteer.id}{page}", status=404)
    browser.opens("/volunteer/9223372036854775808", status=404)
    browser.opens("/volunteers", status=403)
    browser.opens(f"/volunteers/{volunteer.id}", status=403)
    assert "/sign-in" in Visitor(app).opens(f"/volunteer/{volunteer.id}", status=302).goes_to


def test_whoever_was_removed_finds_nothing(mine: Visitor, stocked: Database, volunteer: Volunteer) -> None:
    def remove(session: Session) -> None:
        session.get_one(Volunteer, volunteer.id).status = VolunteerStatus.REMOVED

    stocked.in_transaction(remove)
    mine.opens(f"/volunteer/{volunteer.id}", status=404)


def test_places_are_changed(mine: Visitor, stocked: Database, volunteer: Volunteer) -> None:
    answer = mine.sends(f"/volunteer/{volunteer.id}/place", home_area="on_yam", coverage="near")
    assert answer.goes_to == f"/volunteer/{volunteer.id}"
    known = row(stocked, volunteer)
    assert known.home_area_code == "on_yam"
    assert {area.area_code for area in known.areas} == {"on_yam", "shek_lei"}


def test_dates_away_are_added_and_taken_away(mine: Visitor, stocked: Database, volunteer: Volunteer) -> None:
    path = f"/volunteer/{volunteer.id}/away"
    two: dict[str, Any] = {
        "away-0-first_day": "2026-12-24",
        "away-1-first_day": "2027-01-02",
        "away-1-last_day": "2027-01-05",
    }
    mine.sends(path, **two)
    assert len(row(stocked, volunteer).dates_away) == 2
    one: dict[str, Any] = {
        "away-0-first_day": "2027-01-02",
        "away-0-last_day": "2027-01-05",
        "away-1-first_day": "",
        "away-1-last_day": "",
    }
    mine.sends(path, **one)
    assert [str(period.first_day) for period in row(stocked, volunteer).dates_away] == ["2027-01-02"]


def test_two_people_on_one_page_see_both_texts(
    mine: Visitor, stocked: Database, volunteer: Volunteer
) -> None:
    path = f"/volunteer/{volunteer.id}/place"
    older = mine.opens(path).hidden
    mine.sends(path, home_area="on_yam", coverage="anywhere")
    answer = mine.client.post(path, data={**older, "home_area": "ma_wan", "coverage": "anywhere"})
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.text
    assert "On Yam" in answer.text
    assert 'value="ma_wan" selected' in answer.text or 'selected value="ma_wan"' in answer.text
    assert row(stocked, volunteer).home_area_code == "on_yam"
    mine.sends(path, home_area="ma_wan", coverage="anywhere")
    assert row(stocked, volunteer).home_area_code == "ma_wan"


def test_a_pause_is_taken_and_ended(mine: Visitor, stocked: Database, volunteer: Volunteer) -> None:
    until = TODAY + timedelta(days=14)
    yesterday = TODAY - timedelta(days=1)
    path = f"/volunteer/{volunteer.id}"
    assert "until" in mine.sends(f"{path}/pause", until=str(yesterday), status=422).errors
    mine.sends(f"{path}/pause", until=str(until))
    assert row(stocked, volunteer).paused_until == until
    mine.sends(f"{path}/come-back")
    assert row(stocked, volunteer).status == VolunteerStatus.ACTIVE


def test_old_times_are_confirmed_by_one_tap(mine: Visitor, stocked: Database, volunteer: Volunteer) -> None:
    def grow_old(session: Session) -> None:
        session.get_one(Volunteer, volunteer.id).availability_confirmed_at = utc_now() - timedelta(days=100)

    stocked.in_transaction(grow_old)
    path = f"/volunteer/{volunteer.id}"
    assert "Are your times still right?" in mine.opens(path).words
    mine.sends(path, to=f"{path}/times-hold")
    assert "Are your times still right?" not in mine.opens(path).words


@pytest.mark.database("sqlite")
def test_rooms_above_fill_in_the_next_visit(
    app: Flask, mine: Visitor, volunteer: Volunteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels = {"volunteers.home": [lambda _session, one: f"<p>Next visit of {one.code}</p>"]}
    monkeypatch.setitem(app.extensions, "panels", panels)
    words = mine.opens(f"/volunteer/{volunteer.id}").words
    assert f"Next visit of {volunteer.code}" in words
    assert "No visit is arranged" not in words

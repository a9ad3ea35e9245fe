"""Coordinators correct the catalogue."""

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role
from app.catalogue.models import SupportKind, TravelTime
from app.shared.audit import AuditRow
from app.shared.database import Database
from tests.people import make_account
from tests.visitor import Opened, Visitor


def test_a_kind_of_support_is_changed_and_the_change_is_on_record(desk: Visitor, database: Database) -> None:
    assert "Befriending visit" in desk.opens("/catalogue/kinds").words
    desk.sends(
        "/catalogue/kinds/befriending",
        name_zh="上門探訪",
        name_en="Visit at home",
        minimum_age="14",
        needs_clearance="y",
        skills=["listening"],
    )
    with database.reading() as session:
        kind = session.get_one(SupportKind, "befriending")
        assert (kind.name_zh, kind.minimum_age, kind.clearance, kind.is_offered) == (
            "上門探訪",
            14,
            "scrc",
            False,
        )
        assert [skill.code for skill in kind.skills] == ["listening"]
        row = session.scalars(select(AuditRow).where(AuditRow.action == "catalogue.kind_changed")).one()
        assert set(row.facts["changed"]) >= {"name_zh", "minimum_age", "clearance", "skills", "is_offered"}
    assert "Visit at home" in desk.opens("/catalogue/kinds").words


def test_a_kind_without_a_name_or_with_an_impossible_age_is_refused(desk: Visitor) -> None:
    answer = desk.sends(
        "/catalogue/kinds/befriending", name_zh="", name_en="Visit", minimum_age="5", status=422
    )
    assert answer.errors["name_zh"] == "Give a Chinese name."
    assert answer.errors["minimum_age"] == "The age must be between 6 and 99."
    answer = desk.sends(
        "/catalogue/kinds/befriending", name_zh="探訪", name_en="Visit", minimum_age="ten", status=422
    )
    assert "minimum_age" in answer.errors
    forged = desk.sends(
        "/catalogue/kinds/befriending",
        name_zh="探訪",
        name_en="Visit",
        minimum_age="18",
        skills=["flying"],
        status=422,
    )
    assert "skills" in forged.errors


def test_travel_minutes_are_corrected_both_ways_or_one(desk: Visitor, database: Database) -> None:
    assert "Estimated" in desk.opens("/catalogue/travel?start=ma_wan").words
    desk.sends("/catalogue/travel/ma_wan/tsing_yi", minutes="25", both_ways="y")
    desk.sends("/catalogue/travel/ma_wan/kwai_fong", minutes="35")
    with database.reading() as session:
        minutes = {
            (row.from_code, row.to_code): row.minutes
            for row in session.scalars(select(TravelTime).where(TravelTime.is_corrected))
        }
        assert minutes == {
            ("ma_wan", "tsing_yi"): 25,
            ("tsing_yi", "ma_wan"): 25,
            ("ma_wan", "kwai_fong"): 35,
        }
        assert (
            len(session.scalars(select(AuditRow).where(AuditRow.action == "catalogue.travel_changed")).all())
            == 3
        )
    assert "Corrected by staff" in desk.opens("/catalogue/travel?start=ma_wan").words


def test_a_figure_somebody_else_corrected_meanwhile_is_not_overwritten(desk: Visitor) -> None:
    stale = desk.opens("/catalogue/travel/ma_wan/tsing_yi").hidden
    desk.sends("/catalogue/travel/ma_wan/tsing_yi", minutes="25")
    late = Opened(
        desk.client.post(
            "/catalogue/travel/ma_wan/tsing_yi", data={**stale, "form_key": "late", "minutes": "40"}
        )
    )
    assert late.status == 422
    assert "Somebody else changed this in the meantime." in late.words


def test_impossible_minutes_and_areas_are_refused(desk: Visitor) -> None:
    answer = desk.sends("/catalogue/travel/ma_wan/tsing_yi", minutes="0", status=422)
    assert answer.errors["minutes"] == "The minutes must be between 1 and 600."
    desk.opens("/catalogue/travel/ma_wan/atlantis", status=404)
    desk.opens("/catalogue/kinds/flying", status=404)
    assert "Minutes from here" in desk.opens("/catalogue/travel?start=atlantis").words


def test_volunteers_do_not_correct_the_catalogue(app: Flask, database: Database) -> None:
    account = database.in_transaction(lambda session: make_account(session, "Volunteer Wong", Role.VOLUNTEER))
    visitor = Visitor(app).has_signed_in_as(account)
    for path in ("/catalogue/kinds", "/catalogue/travel", "/imports", "/exports"):
        visitor.opens(path, status=403)

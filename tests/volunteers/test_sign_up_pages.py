"""Signing up on a phone, without script: every page a saved draft."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts.models import Account, Draft, OneTimeCode
from app.catalogue.queries import kinds_offered
from app.catalogue.use_cases import load_catalogue
from app.shared.database import Database
from app.shared.times import hong_kong_date, utc_now
from app.volunteers.forms import WhoForm, choices_now
from app.volunteers.models import Source, Volunteer
from tests.visitor import Opened, Visitor

THIS_YEAR = hong_kong_date(utc_now()).year
WHO: dict[str, Any] = {"name_zh": "陳大文", "birth_year": "１９５０年", "gender": "f"}
REACH: dict[str, Any] = {"phone": "９１２３ ４５６７", "reached_by": "sms", "language": "zh_Hant_HK"}
PLACE: dict[str, Any] = {"home_area": "shek_lei", "coverage": "near"}
ABILITIES: dict[str, Any] = {"languages": ["yue"], "wishes": ["befriending"], "inabilities": ["stairs"]}
TIMES: dict[str, Any] = {
    "week-usual": ["weekday_morning"],
    "week-exact-5-starts": "09:00",
    "week-exact-5-ends": "11:30",
    "weekly_visits": "2",
    "weekly_hours": "6",
    "homes": "new",
}
PAGES: dict[str, dict[str, Any]] = {
    "who": WHO,
    "reach": REACH,
    "place": PLACE,
    "abilities": ABILITIES,
    "times": TIMES,
}


def fills_in(visitor: Visitor, **changes: dict[str, Any]) -> Opened:
    """All five pages; the answer to the last."""
    for page, answers in PAGES.items():
        answer = visitor.sends(f"/sign-up/{page}", **(changes.get(page) or answers))
    return answer


def volunteers(database: Database) -> list[Volunteer]:
    with database.reading() as session:
        rows = list(session.scalars(select(Volunteer).order_by(Volunteer.id)))
        for row in rows:
            _ = row.areas, row.free_times
        return rows


def test_a_75_year_old_signs_up_alone_on_a_phone(newcomer: Visitor, stocked: Database) -> None:
    assert "identity card number" in newcomer.opens("/sign-up").words
    assert fills_in(newcomer).goes_to == "/sign-up/check"
    check = newcomer.opens("/sign-up/check").words
    for shown in (
        "陳大文",
        "1950",
        "9123 4567",
        "Weekday mornings",
        "Saturday 9 am to 11:30 am",
        "Climbing stairs",
    ):
        assert shown in check
    assert newcomer.sends("/sign-up/check", consent="y").goes_to == "/sign-up/sent"
    [volunteer] = volunteers(stocked)
    assert volunteer.code in newcomer.opens("/sign-up/sent").words
    assert (volunteer.source, volunteer.phone, volunteer.consent_at is not None) == (
        Source.ONLINE,
        "+85291234567",
        True,
    )
    assert {row.area_code for row in volunteer.areas} == {"shek_lei", "on_yam"}
    assert (5, 18, 23) in {(row.weekday, row.from_slot, row.to_slot) for row in volunteer.free_times}


def test_a_code_goes_to_the_phone_and_opens_the_application(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer)
    newcomer.sends("/sign-up/check", consent="y")
    with stocked.reading() as session:
        assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 1
        assert session.scalars(select(Account)).one().phone == "+85291234567"
    assert "/sign-in/code" in newcomer.opens("/sign-up/sent").html
    newcomer.opens("/sign-in/code")


def test_each_kind_of_help_says_what_it_is(app: Flask, visitor: Visitor, database: Database) -> None:
    database.in_transaction(load_catalogue)
    with database.reading() as session:
        kinds = kinds_offered(session)
    page = visitor.opens("/sign-up/abilities").words
    assert [kind.code for kind in kinds if not kind.summary_en or kind.summary_en not in page] == []
    page = Visitor(app, language="zh_Hant_HK").opens("/sign-up/abilities").words
    assert [kind.code for kind in kinds if not kind.summary_zh or kind.summary_zh not in page] == []


def test_a_home_phone_gets_no_code_and_loses_nothing(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer, reach={"phone": "2345 6789", "reached_by": "phone_call", "language": "zh_Hant_HK"})
    newcomer.sends("/sign-up/check", consent="y")
    assert "/sign-in/code" not in newcomer.opens("/sign-up/sent").html
    with stocked.reading() as session:
        assert session.scalar(select(func.count()).select_from(OneTimeCode)) == 0
    assert len(volunteers(stocked)) == 1


def test_back_shows_what_was_typed(newcomer: Visitor) -> None:
    newcomer.sends("/sign-up/who", **WHO)
    assert 'value="１９５０年"' in newcomer.opens("/sign-up/who").html


def test_going_on_later_begins_at_the_first_page_not_done(newcomer: Visitor) -> None:
    newcomer.sends("/sign-up/who", **WHO)
    newcomer.sends("/sign-up/reach", **REACH)
    answer = newcomer.opens("/sign-up", status=303)
    assert answer.goes_to == "/sign-up/place"


def test_a_page_left_half_done_is_kept(newcomer: Visitor) -> None:
    later = newcomer.sends("/sign-up/who", name_zh="陳", later="1")
    assert later.goes_to == "/later/volunteer"
    assert 'value="陳"' in newcomer.opens("/sign-up/who").html


def test_a_code_to_come_back_with_is_shown_once_a_contact_is_known(newcomer: Visitor) -> None:
    newcomer.sends("/sign-up/who", **WHO)
    newcomer.sends("/sign-up/reach", **REACH)
    page = newcomer.opens("/sign-up/place")
    assert "The code of your form" in page.words
    assert re.search(r'<p class="code" translate="no">[2-9A-Z]{5}-[2-9A-Z]{5}</p>', page.html)
    assert "The code of your form" not in newcomer.opens("/sign-up/abilities").words


def test_a_form_begun_can_be_thrown_away(newcomer: Visitor, stocked: Database) -> None:
    newcomer.sends("/sign-up/who", **WHO)
    assert "/later/volunteer/throw-away" in newcomer.opens("/sign-up/reach").html
    assert newcomer.sends("/later/volunteer/throw-away").goes_to == "/sign-up"
    assert 'value="陳大文"' not in newcomer.opens("/sign-up/who").html
    with stocked.reading() as session:
        assert session.scalars(select(Draft.answers_box)).all() == [None]
    assert newcomer.sends("/later/volunteer/throw-away").goes_to == "/sign-up"


def test_the_check_sends_back_to_what_is_missing(newcomer: Visitor) -> None:
    assert newcomer.opens("/sign-up/check", status=303).goes_to == "/sign-up"
    newcomer.sends("/sign-up/who", **WHO)
    assert newcomer.opens("/sign-up/check", status=303).goes_to == "/sign-up/reach"


def test_a_change_from_the_check_comes_back_to_it(newcomer: Visitor) -> None:
    fills_in(newcomer)
    answer = newcomer.sends("/sign-up/who?check=1", **(WHO | {"name_zh": "陳小文"}))
    assert answer.goes_to == "/sign-up/check"
    assert "陳小文" in newcomer.opens("/sign-up/check").words


def test_without_consent_nothing_is_sent(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer)
    assert "consent" in newcomer.sends("/sign-up/check", status=422).errors
    assert volunteers(stocked) == []


def test_a_double_tap_sends_one_application(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer)
    fields = {**newcomer.opens("/sign-up/check").hidden, "consent": "y"}
    answers = [newcomer.client.post("/sign-up/check", data=fields) for _tap in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/sign-up/sent", "/sign-up/sent"]
    assert len(volunteers(stocked)) == 1


def test_signing_up_again_answers_the_same_and_enters_nobody_twice(
    app: Flask, newcomer: Visitor, stocked: Database
) -> None:
    for visitor in (newcomer, Visitor(app)):
        fills_in(visitor)
        visitor.sends("/sign-up/check", consent="y")
        assert "Thank you" in visitor.opens("/sign-up/sent").words
    assert len(volunteers(stocked)) == 1


def test_a_robot_that_fills_the_unseen_field_is_stopped(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer)
    newcomer.sends("/sign-up/check", consent="y", website="http://spam.example", status=429)
    assert volunteers(stocked) == []


def test_the_month_is_asked_only_near_an_age_limit(newcomer: Visitor) -> None:
    assert 'name="birth_month"' not in newcomer.opens("/sign-up/who").html
    near = str(THIS_YEAR - 18)
    answer = newcomer.sends("/sign-up/who", name_zh="陳小明", birth_year=near, status=422)
    assert "month" in answer.errors["birth_month"]
    assert 'name="birth_month"' in answer.html
    assert newcomer.sends("/sign-up/who", name_zh="陳小明", birth_year=near, birth_month="5").goes_to


def test_the_young_are_told_that_a_guardian_must_agree(newcomer: Visitor) -> None:
    newcomer.sends("/sign-up/who", name_zh="陳小明", birth_year=str(THIS_YEAR - 15))
    assert "You are under 18" in newcomer.opens("/sign-up/reach").words


def test_a_child_is_signed_up_by_a_parent(newcomer: Visitor, stocked: Database) -> None:
    fills_in(newcomer, who={"name_zh": "陳小小", "birth_year": str(THIS_YEAR - 9)})
    assert "parent’s account" in newcomer.opens("/sign-up/check").words
    assert "is_parent" in newcomer.sends("/sign-up/check", consent="y", status=422).errors
    newcomer.sends("/sign-up/check", consent="y", is_parent="y")
    assert len(volunteers(stocked)) == 1


WRONG: dict[str, list[tuple[dict[str, Any], str]]] = {
    "who": [
        ({"birth_year": "1950"}, "name_zh"),
        ({"name_zh": "陳"}, "birth_year"),
        ({"name_zh": "陳", "birth_year": "50"}, "birth_year"),
        ({"name_zh": "陳", "birth_year": str(THIS_YEAR + 1)}, "birth_year"),
        ({"name_zh": "陳", "birth_year": "1850"}, "birth_year"),
        ({"name_zh": "陳", "birth_year": str(THIS_YEAR - 3)}, "birth_year"),
        ({"name_zh": "陳\u202e文", "birth_year": "1950"}, "name_zh"),
        ({"name_zh": "陳\x00", "birth_year": "1950"}, "name_zh"),
        ({"name_zh": "陳" * 61, "birth_year": "1950"}, "name_zh"),
        ({"name_zh": "陳", "birth_year": "1950", "birth_month": "13"}, "birth_month"),
    ],
    "reach": [
        ({"phone": "1234", "reached_by": "sms", "language": "en"}, "phone"),
        ({"reached_by": "sms", "language": "en"}, "phone"),
        ({"phone": "2345 6789", "reached_by": "sms", "language": "en"}, "reached_by"),
        ({"phone": "9123 4567", "reached_by": "email", "language": "en"}, "reached_by"),
        ({"phone": "9123 4567", "reached_by": "pigeon", "language": "en"}, "reached_by"),
    ],
    "place": [
        ({"coverage": "near"}, "home_area"),
        ({"home_area": "shek_lei", "coverage": "chosen"}, "coverage"),
        ({"home_area": "atlantis", "coverage": "near"}, "home_area"),
    ],
    "abilities": [
        ({"wishes": ["befriending"]}, "languages"),
        ({"languages": ["yue"], "wishes": ["escort"], "avoids": ["escort"]}, "avoids"),
    ],
    "times": [
        (TIMES | {"weekly_visits": "99"}, "weekly_visits"),
        (TIMES | {"week-exact-5-starts": ""}, "week-exact-5"),
        (TIMES | {"week-exact-5-ends": "08:00"}, "week-exact-5"),
        ({"weekly_visits": "2", "weekly_hours": "6", "homes": "new"}, "week-usual"),
        (TIMES | {"away-0-last_day": "2026-01-01"}, "away-0-first_day"),
        (TIMES | {"away-0-first_day": "31/31/2026"}, "away-0-first_day"),
    ],
}
"""Step → answers that cannot be, and the field at fault."""


@pytest.mark.parametrize("step", WRONG)
@pytest.mark.database("sqlite")
def test_a_wrong_answer_is_named_beside_its_field_and_what_was_typed_is_kept(
    newcomer: Visitor, step: str
) -> None:
    for answers, field in WRONG[step]:
        answer = newcomer.sends(f"/sign-up/{step}", status=422, **answers)
        assert field in answer.errors, answers
        assert "Please look at this again" in answer.words
        for typed in answers.values():
            if isinstance(typed, str) and typed.isprintable() and len(typed) > 8:
                assert typed in answer.html


@pytest.mark.database("sqlite")
def test_another_row_of_times_needs_no_script_and_loses_nothing(newcomer: Visitor) -> None:
    answer = newcomer.sends("/sign-up/times", status=200, **(TIMES | {"week-add_time": "3"}))
    assert (
        answer.html.count('name="week-exact-')
        == newcomer.opens("/sign-up/times").html.count('name="week-exact-') + 3
    )
    assert "09:00" in answer.html


@pytest.mark.database("sqlite")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["name_zh", "name_en", "birth_year", "birth_month", "gender", "phone", "email", "reached_by", "home_area",
             "coverage", "languages", "week-usual", "week-exact-0-starts", "week-exact-²-starts", "away-0-first_day",
             "away-99999-first_day", "week-add_time", "weekly_hours", "adjustments"]
        ),
        st.text(max_size=40)
        | st.sampled_from(["9223372036854775808", "0", "-1", "１９５０年", "²", "09:00", "9999-12-31"]),
    ),
    st.sampled_from(sorted(PAGES)),
)  # fmt: skip
def test_no_text_whatsoever_breaks_a_page(newcomer: Visitor, answers: dict[str, str], step: str) -> None:
    hidden = newcomer.opens(f"/sign-up/{step}").hidden
    data = {name: text.encode("utf-8", "replace").decode() for name, text in answers.items()}
    answer = newcomer.client.post(f"/sign-up/{step}", data={**hidden, **data})
    assert answer.status_code in (200, 303, 422)
    assert newcomer.client.get("/sign-up/check").status_code in (200, 303)


@pytest.mark.database("sqlite")
def test_years_are_read_as_people_write_them(app: Flask, stocked: Database) -> None:
    today = hong_kong_date(utc_now())
    with app.test_request_context("/sign-up/who"), stocked.reading() as session:
        choices = choices_now(session, today)
        for typed, year in {
            "1950": 1950,
            "１９５０年": 1950,
            "1950年出生": 1950,
            " 1950 ": 1950,
            "五零": None,
            "19500": None,
        }.items():
            assert WhoForm(choices, data={"birth_year": typed}).year == year, typed


def test_a_draft_that_is_out_of_date_is_not_shown(newcomer: Visitor, stocked: Database) -> None:
    newcomer.sends("/sign-up/who", **WHO)

    def age(session: Any) -> None:
        session.scalars(select(Draft)).one().expires_at = utc_now() - timedelta(days=1)

    stocked.in_transaction(age)
    assert newcomer.opens("/sign-up").status == 200

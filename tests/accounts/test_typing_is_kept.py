"""What staff typed before their session ended is there again after they have signed in."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest
from app.shared.database import Database
from app.web.kept import LONGEST_KEPT
from tests.accounts.test_staff_pages import NOON, PASSWORD, make_staff, signs_in, totp
from tests.visitor import Opened, Visitor

TYPED = {"name": "“Au” & <b>Ka Man</b>", "called": "歐婆婆"}
PAGE = "/requests/enter?carer=0"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def coordinator(database: Database, keys: object) -> Account:
    return database.in_transaction(lambda session: make_staff(session, "Ho", Role.COORDINATOR))


@pytest.fixture
def desk(app: Flask, coordinator: Account, clock: time_machine.Traveller) -> Visitor:
    """A coordinator who has signed in."""
    visitor = Visitor(app)
    signs_in(visitor)
    return visitor


def sends(desk: Visitor, hidden: dict[str, str], **more: str) -> Opened:
    return Opened(desk.client.post(PAGE, data={**hidden, **TYPED, **more}))


def signs_in_on(desk: Visitor, page: Opened, code: str) -> Opened:
    """Fill in the sign-in page that came in answer to the form."""
    given = {"email": "ada@example.org", "password": PASSWORD, "code": code}
    return Opened(desk.client.post("/sign-in/staff", data={**page.hidden, **given}))


def opens_again(desk: Visitor, page: Opened) -> Opened:
    """Press the one button of the page that holds the form."""
    assert page.status == 200
    assert "What you typed is still here" in page.words
    assert f'action="{escape(PAGE)}"' in page.html
    return Opened(desk.client.post(PAGE, data=page.hidden))


def assert_is_all_there(page: Opened) -> None:
    assert page.status == 200
    assert "&lt;b&gt;Ka Man&lt;/b&gt;" in page.html
    assert "歐婆婆" in page.html
    assert page.errors == {}


def requests_on_record(database: Database) -> int:
    return database.in_transaction(lambda session: session.scalar(select(func.count(CareRequest.id))) or 0)


def test_a_form_sent_after_half_an_hour_comes_back_after_signing_in(
    desk: Visitor, clock: time_machine.Traveller, database: Database
) -> None:
    hidden = desk.opens(PAGE).hidden
    clock.shift(timedelta(minutes=31))
    asked = sends(desk, hidden)
    assert asked.status == 401
    assert "What you typed is kept: sign in, and it is there." in asked.words
    assert "Ka Man" not in asked.html
    wrong = signs_in_on(desk, asked, "000000")
    assert wrong.status == 422
    page = signs_in_on(desk, wrong, totp(NOON + timedelta(minutes=31)))
    assert_is_all_there(opens_again(desk, page))
    assert requests_on_record(database) == 0


def test_signing_out_in_another_tab_loses_nothing(desk: Visitor, clock: time_machine.Traveller) -> None:
    hidden = desk.opens(PAGE).hidden
    desk.sends("/board", to="/sign-out")
    clock.shift(timedelta(minutes=1))
    page = signs_in_on(desk, sends(desk, hidden), totp(NOON + timedelta(minutes=1)))
    again = opens_again(desk, page)
    assert_is_all_there(again)
    sent = Opened(desk.client.post(PAGE, data={**again.hidden, **TYPED}))
    assert sent.status == 422, "the form that came back can be sent: it is read and something is missing"
    assert sent.errors


def test_signing_in_again_in_another_tab_loses_nothing(desk: Visitor, clock: time_machine.Traveller) -> None:
    hidden = desk.opens(PAGE).hidden
    desk.sends("/board", to="/sign-out")
    clock.shift(timedelta(minutes=1))
    signs_in(desk, at=NOON + timedelta(minutes=1))
    assert_is_all_there(opens_again(desk, sends(desk, hidden)))


def test_staff_whose_session_ended_are_sent_to_their_own_sign_in(app: Flask, coordinator: Account) -> None:
    assert Visitor(app).opens("/board", status=302).goes_to == "/sign-in/staff?next=/board"
    assert Visitor(app).opens("/my/requests", status=302).goes_to == "/sign-in?next=/my/requests"


def test_a_form_from_another_site_is_not_carried_along(desk: Visitor) -> None:
    hidden = desk.opens(PAGE).hidden
    desk.sends("/board", to="/sign-out")
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = desk.client.post(PAGE, data={**hidden, **TYPED}, headers=headers)
        assert answer.status_code == 400
        assert "Ka Man" not in answer.text


def test_what_nobody_typed_or_sealed_is_not_kept(desk: Visitor, clock: time_machine.Traveller) -> None:
    hidden = desk.opens(PAGE).hidden
    clock.shift(timedelta(minutes=31))
    assert desk.client.post(PAGE, data=hidden).status_code == 302
    assert sends(desk, hidden, called="x" * LONGEST_KEPT).status == 302
    page = desk.opens("/sign-in/staff")
    given = {"email": "ada@example.org", "password": PASSWORD, "code": totp(NOON + timedelta(minutes=31))}
    answer = desk.client.post("/sign-in/staff", data={**page.hidden, **given, "kept": "bm9ib2R5J3M"})
    assert answer.status_code == 303

"""A carer's home: the next visit in large type, plain words about each request, and nobody else's."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Account, Role
from app.care_requests.models import CareRequest, CloseReason, RequestStatus
from app.care_requests.queries.visits import HelperShown, VisitShown
from app.shared.database import Database
from tests.care_requests.conftest import TODAY, TOMORROW, PretendVisits
from tests.people import make_account, make_occurrence, make_request
from tests.visitor import Visitor


@pytest.fixture
def carer_account(database: Database, coordinator: Account) -> Account:
    return database.in_transaction(lambda session: make_account(session, "陳小敏", Role.CARER))


@pytest.fixture
def request_(database: Database, carer_account: Account) -> CareRequest:
    """An open request of the signed-in carer, for tomorrow."""

    def act(session: Session) -> CareRequest:
        request = make_request(session, windows=((TOMORROW, 20, 24),))
        request.carer.account_id = carer_account.id
        return request

    return database.in_transaction(act)


@pytest.fixture
def daughter(app: Flask, carer_account: Account) -> Visitor:
    return Visitor(app).has_signed_in_as(carer_account)


def test_with_nothing_asked_the_way_to_ask_is_shown(daughter: Visitor) -> None:
    assert "You have not asked for anything yet" in daughter.opens("/my/requests").words


def test_who_comes_when_is_told_in_large_type(
    database: Database, daughter: Visitor, request_: CareRequest, pretend: PretendVisits
) -> None:
    occurrence = database.in_transaction(
        lambda session: make_occurrence(session, session.get_one(CareRequest, request_.id), TOMORROW)
    )
    pretend.shown = {
        request_.id: (VisitShown(occurrence.id, TOMORROW, 20, 24, (HelperShown(1, "陳女士", "Ms Chan"),)),)
    }
    words = daughter.opens("/my/requests").words
    assert "The next visit" in words
    assert "10 am to 12 noon" in words
    assert "Ms Chan" in words
    assert "Arranged" in words
    daughter.client.set_cookie("language", "zh_Hant_HK")
    words = daughter.opens(f"/my/requests/{request_.id}").words
    assert "已安排" in words
    assert "陳女士會來幫忙" in words
    assert "上午10時至中午12時" in words


def test_a_request_of_somebody_else_is_not_there(
    app: Flask, database: Database, request_: CareRequest
) -> None:
    stranger = database.in_transaction(lambda session: make_account(session, "Stranger", Role.CARER))
    visitor = Visitor(app).has_signed_in_as(stranger)
    for path in ("", "/withdraw", "/ask-change"):
        visitor.opens(f"/my/requests/{request_.id}{path}", status=404)
    visitor.opens("/my/requests/2147483648", status=404)
    visitor.opens(f"/requests/{request_.id}", status=403)
    assert Visitor(app).opens("/my/requests", status=302).goes_to.startswith("/sign-in?next=")


def test_taking_a_request_back_says_so_and_ends_it(
    database: Database, daughter: Visitor, request_: CareRequest, told: list[tuple[int, str]]
) -> None:
    answer = daughter.sends(f"/my/requests/{request_.id}/withdraw", words="姐姐回來了")
    assert answer.goes_to == f"/my/requests/{request_.id}"
    page = daughter.opens(f"/my/requests/{request_.id}")
    assert "Your request is taken back" in page.words
    assert "姐姐回來了" in page.words
    with database.reading() as session:
        row = session.get_one(CareRequest, request_.id)
        assert (row.status, row.close_reason) == (RequestStatus.CLOSED, CloseReason.WITHDRAWN)
    assert told == [(request_.id, "care_request.closed")]
    again = daughter.sends(f"/my/requests/{request_.id}/withdraw", status=422)
    assert "cannot be done" in again.words


def test_a_long_wait_and_days_gone_by_are_said_plainly(
    database: Database, daughter: Visitor, request_: CareRequest
) -> None:
    def wait(session: Session) -> None:
        row = session.get_one(CareRequest, request_.id)
        row.submitted_at = row.submitted_at - timedelta(days=400)

    database.in_transaction(wait)
    assert "We are sorry that it takes so long" in daughter.opens(f"/my/requests/{request_.id}").words

    def pass_by(session: Session) -> None:
        session.get_one(CareRequest, request_.id).windows[0].on_date = TODAY - timedelta(days=1)

    database.in_transaction(pass_by)
    assert "ask again with new days" in daughter.opens(f"/my/requests/{request_.id}").words


def test_without_a_telephone_a_change_is_asked_by_the_call_me_back_form(
    daughter: Visitor, request_: CareRequest
) -> None:
    page = daughter.opens(f"/my/requests/{request_.id}")
    assert "Ask for a change" in page.words
    assert (
        daughter.opens(f"/my/requests/{request_.id}/ask-change", status=303).goes_to
        == f"/my/requests/{request_.id}"
    )


def test_the_home_address_is_not_shown(database: Database, daughter: Visitor, request_: CareRequest) -> None:
    def move_in(session: Session) -> None:
        recipient = session.get_one(CareRequest, request_.id).recipient
        assert recipient is not None
        recipient.address, recipient.health_note = "石偉樓1203室", "聽覺較弱"

    database.in_transaction(move_in)
    html = daughter.opens(f"/my/requests/{request_.id}").html
    assert "石偉樓" not in html
    assert "聽覺" not in html

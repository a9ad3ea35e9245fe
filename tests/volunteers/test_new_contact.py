"""A volunteer's new telephone counts once the code that was sent there has been typed in."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, Role
from app.messages.models import OutboxMessage
from app.shared.database import Database
from app.shared.secrets import Phone
from app.volunteers.models import Volunteer
from tests.people import make_account, make_volunteer
from tests.visitor import Visitor

OLD, NEW = "+85291234567", "+85261112222"
TYPED: dict[str, Any] = {"phone": "6111 2222", "email": "", "reached_by": "sms", "language": "en"}


@pytest.fixture
def account(stocked: Database) -> Account:
    return stocked.in_transaction(
        lambda session: make_account(session, "Mrs Wong", Role.VOLUNTEER, phone=OLD)
    )


@pytest.fixture
def volunteer(stocked: Database, account: Account) -> Volunteer:
    return stocked.in_transaction(
        lambda session: make_volunteer(session, "Mrs Wong", account_id=account.id, phone=Phone(OLD))
    )


@pytest.fixture
def mine(app: Flask, account: Account, volunteer: Volunteer) -> Visitor:
    """The volunteer's own browser."""
    return Visitor(app).has_signed_in_as(account)


def code_sent(database: Database) -> str:
    with database.reading() as session:
        message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        assert (message.kind, message.address) == ("change_contact_code", NEW)
        return str(message.secret)


def on_record(database: Database, volunteer: Volunteer) -> tuple[str | None, int | None]:
    with database.reading() as session:
        row = session.get_one(Volunteer, volunteer.id)
        return row.phone, row.account_id


def asks(mine: Visitor, volunteer: Volunteer) -> str:
    path = f"/volunteer/{volunteer.id}/reach"
    assert mine.sends(path, **TYPED).goes_to == f"{path}/code"
    return f"{path}/code"


def test_nothing_changes_before_the_code_is_right(
    mine: Visitor, stocked: Database, volunteer: Volunteer
) -> None:
    path = asks(mine, volunteer)
    right = code_sent(stocked)
    wrong = "000000" if right != "000000" else "111111"
    assert "code" in mine.sends(path, code=wrong, status=422).errors
    assert on_record(stocked, volunteer)[0] == OLD
    mine.sends(path, code=right)
    assert on_record(stocked, volunteer)[0] == NEW


def test_the_account_signs_in_by_the_new_number_from_then_on(
    mine: Visitor, stocked: Database, volunteer: Volunteer, account: Account
) -> None:
    mine.sends(asks(mine, volunteer), code=code_sent(stocked))
    with stocked.reading() as session:
        assert session.get_one(Account, account.id).phone == NEW
    mine.opens(f"/volunteer/{volunteer.id}")


def test_whoever_shares_the_account_keeps_it(
    mine: Visitor, stocked: Database, volunteer: Volunteer, account: Account
) -> None:
    husband = stocked.in_transaction(
        lambda session: make_volunteer(session, "Mr Chan", account_id=account.id)
    )
    mine.sends(asks(mine, volunteer), code=code_sent(stocked))
    moved = on_record(stocked, volunteer)[1]
    assert moved not in (None, account.id)
    assert on_record(stocked, husband)[1] == account.id
    with stocked.reading() as session:
        assert session.get_one(Account, account.id).phone == OLD
        assert session.get_one(Account, moved).phone == NEW


def test_a_number_that_signs_somebody_in_already_is_joined(
    mine: Visitor, stocked: Database, volunteer: Volunteer
) -> None:
    daughter = stocked.in_transaction(
        lambda session: make_account(session, "Daughter", Role.CARER, phone=NEW)
    )
    mine.sends(asks(mine, volunteer), code=code_sent(stocked))
    assert on_record(stocked, volunteer) == (NEW, daughter.id)


def test_the_same_number_and_a_home_phone_need_no_code(
    mine: Visitor, stocked: Database, volunteer: Volunteer
) -> None:
    path = f"/volunteer/{volunteer.id}/reach"
    back = f"/volunteer/{volunteer.id}"
    same = TYPED | {"phone": "9123 4567", "language": "zh_Hant_HK"}
    assert mine.sends(path, **same).goes_to == back
    home = TYPED | {"phone": "2345 6789", "reached_by": "phone_call"}
    assert mine.sends(path, **home).goes_to == back
    assert on_record(stocked, volunteer)[0] == "+85223456789"


def test_without_a_wish_the_code_page_goes_back(mine: Visitor, volunteer: Volunteer) -> None:
    page = mine.opens(f"/volunteer/{volunteer.id}/reach/code", status=303)
    assert page.goes_to == f"/volunteer/{volunteer.id}/reach"

"""A daughter asks for a weekly visit to her mother: five pages, a mistake, the code, how it stands, taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import Walker
from tests.walks.conftest import Outbox

PHONE_NUMBER = "+85298765432"

pytestmark = pytest.mark.usefixtures("keys")


@pytest.mark.database("sqlite")
def test_five_pages_then_how_it_stands_then_taken_back(
    somebody: Callable[..., Walker], outbox: Outbox
) -> None:
    walker = somebody("李婆婆", "李惠芳", "門鈴 3A").opens("/").follows("I need help")
    walker.follows("I have read it: begin").chooses(carer_kind="family")
    walker.fills(called="李婆婆", age="很大", relation="母親", name="李惠芳", phone="98765432")
    walker.chooses(gender="f", reached_by="sms").presses("Continue")
    expect(walker.page.locator(".error-summary")).to_be_focused()
    walker.fills(age="82").presses("Continue")
    walker.chooses(kind="befriending").presses("Continue")
    walker.chooses(rhythm="weekly").presses("Continue")
    walker.selects(**{"windows-0-weekday": "2", "windows-0-starts": "12:00", "windows-0-ends": "10:00"})
    walker.presses("Continue")
    expect(walker.page.locator(".error-summary")).to_be_focused()
    walker.selects(**{"windows-0-starts": "10:00", "windows-0-ends": "12:00"})
    walker.presses("Another time").presses("Continue").follows("Back")
    expect(walker.field("windows-0-starts")).to_have_value("10:00")
    walker.presses("Continue").chooses(place="telephone")
    expect(walker.field("area")).to_be_hidden()
    walker.chooses(place="elsewhere")
    expect(walker.field("address")).to_be_hidden()
    walker.chooses(place="home").selects(area="shek_lei").fills(address="石籬邨 1 座 2 樓 3 室")
    walker.presses("Continue").chooses(languages="yue", helper_gender="prefers_f").presses("Continue")
    walker.sees("李婆婆", "李惠芳", "Given").sees_no("石籬邨 1 座 2 樓 3 室")
    walker.agrees("consent").presses("Agree and send").sees("Your reference").follows("Type the code")
    walker.fills(code=outbox.code_to(PHONE_NUMBER)).presses("Sign in").sees("已收到")
    walker.goes(walker.page.locator("main .card h2 a")).sees("Change the request")
    walker.follows("Take the request back").presses("Yes, take it back").sees("李婆婆")

"""A woman of 72 signs up on her phone: six pages, mistakes, a pause, another phone, the code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import DESK, Walker
from tests.walks.conftest import Outbox

PHONE_NUMBER = "+85291234567"

pytestmark = pytest.mark.usefixtures("keys")


def fill_in_who(walker: Walker) -> Walker:
    return walker.fills(name_zh="黃美玲", birth_year="1954年").chooses(gender="f").presses("Continue")


def fill_in_reach(walker: Walker) -> Walker:
    return walker.fills(phone="９１２３ ４５６７").chooses(reached_by="sms").presses("Continue")


def fill_in_place(walker: Walker) -> Walker:
    return walker.selects(home_area="shek_lei").chooses(coverage="near").presses("Continue")


def fill_in_abilities(walker: Walker) -> Walker:
    walker.chooses(languages="yue teochew", wishes="befriending telephone", inabilities="lifting")
    return walker.presses("Continue")


def fill_in_times(walker: Walker) -> Walker:
    return walker.chooses(**{"week-usual": "weekday_morning"}).presses("Continue")


def agree(walker: Walker) -> Walker:
    return walker.agrees("consent").presses("Agree and send")


def test_six_pages_and_a_code_by_sms(somebody: Callable[..., Walker], outbox: Outbox) -> None:
    walker = somebody("黃美玲").opens("/").follows("I want to help").follows("I have read it: begin")
    walker.presses("Continue").sees("Type the year you were born.")
    expect(walker.page.locator(".error-summary")).to_be_focused()
    fill_in_who(walker)
    walker.fills(phone="1234").chooses(reached_by="sms").presses("Continue")
    expect(walker.field("phone")).to_have_value("1234")
    fill_in_reach(walker)
    walker.follows("Back")
    expect(walker.field("phone")).to_have_value("９１２３ ４５６７")
    walker.presses("Continue")
    fill_in_abilities(fill_in_place(walker))
    walker.presses("Continue").sees("Choose at least one time when you are free.")
    walker.page.locator(".week-grid summary").click()
    walker.selects(**{"week-exact-0-starts": "10:00", "week-exact-0-ends": "09:00"}).presses("Continue")
    walker.sees("The end time must be later than the start time.")
    walker.selects(**{"week-exact-0-ends": "12:30"})
    fill_in_times(walker)
    walker.sees("黃美玲", "9123 4567").presses("Agree and send")
    agree(walker).sees("Your reference").follows("Type the code")
    walker.fills(code="000000").presses("Sign in")
    assert walker.path == "/sign-in/code"
    walker.fills(code=outbox.code_to(PHONE_NUMBER)).presses("Sign in")
    walker.sees("黃美玲")


@pytest.mark.database("sqlite")
def test_a_form_left_half_way_goes_on_at_another_phone(
    somebody: Callable[..., Walker], outbox: Outbox
) -> None:
    walker = somebody("黃美玲").opens("/sign-up/who")
    fill_in_reach(fill_in_who(walker))
    first_code = walker.page.locator(".feature .code").inner_text()
    walker.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walker.page.locator("[data-copy] button").click()
    expect(walker.page.locator("[data-copy]")).to_have_text(walker.say("Copied"))
    assert walker.page.evaluate("navigator.clipboard.readText()") == first_code
    walker.selects(home_area="shek_lei").presses("Save and finish later")
    walker.fills(contact="9123 4567").presses("Give me the code").sees("9123 4567")
    resume_code = walker.page.locator(".feature .code").inner_text()
    assert resume_code in outbox.all_to(PHONE_NUMBER)[0]
    other = somebody("黃美玲").opens("/").follows("Go on with a form you began earlier")
    other.fills(code=resume_code.lower(), contact="9123-4567").presses("Continue")
    other.fills(code=outbox.code_to(PHONE_NUMBER)).presses("Continue")
    expect(other.field("home_area")).to_have_value("shek_lei")
    other.opens("/sign-up/who")
    expect(other.field("name_zh")).to_have_value("黃美玲")


@pytest.mark.database("sqlite")
def test_without_script_nothing_is_missing(somebody: Callable[..., Walker], outbox: Outbox) -> None:
    walker = somebody("黃美玲", has_script=False, language="en", size=DESK).opens("/sign-up/who")
    fill_in_abilities(fill_in_place(fill_in_reach(fill_in_who(walker))))
    walker.page.locator(".week-grid summary").click()
    walker.goes(walker.page.locator('[name="week-add_time"][value="3"]'))
    walker.selects(**{"week-exact-7-starts": "14:00", "week-exact-7-ends": "16:00"})
    fill_in_times(walker)
    agree(walker.sees("Wednesday 2 pm to 4 pm")).sees("Your reference")
    walker.follows("Type the code").fills(code=outbox.code_to(PHONE_NUMBER)).presses("Sign in").sees("黃美玲")


@pytest.mark.database("sqlite")
def test_a_page_by_keyboard_alone(somebody: Callable[..., Walker]) -> None:
    walker = somebody("黃美玲", language="en").opens("/sign-up/who")
    press = walker.page.keyboard.press
    press("Tab")
    expect(walker.page.locator(".skip-link")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(walker.field("name_zh")).to_be_focused()
    walker.page.keyboard.type("黃美玲")
    press("Tab")
    press("Tab")
    walker.page.keyboard.type("1954")
    press("Tab")
    expect(walker.page.locator('[name="gender"]').first).to_be_focused()
    press("Space")
    with walker.page.expect_navigation():
        press("Enter")
    assert walker.looks().path == "/sign-up/reach"

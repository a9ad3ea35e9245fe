"""Larger letters or another language, asked for in the middle of a page, take nothing away that was typed there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import Walker


@pytest.mark.database("sqlite")
def test_larger_letters_and_another_language_keep_what_was_typed(somebody: Callable[..., Walker]) -> None:
    walker = somebody("黃美玲").opens("/sign-up/who")
    walker.fills(name_zh="黃美玲", birth_year="1950").chooses(gender="f")
    walker.goes(walker.page.locator('.switch a[data-size="largest"]'))
    walker.language = "en"
    walker.goes(walker.page.locator('.switch a[hreflang="en"]'))
    expect(walker.field("name_zh")).to_have_value("黃美玲")
    expect(walker.field("birth_year")).to_have_value("1950")
    expect(walker.page.locator('[name="gender"][value="f"]')).to_be_checked()
    assert walker.page.evaluate("sessionStorage.length") == 0


@pytest.mark.database("sqlite")
def test_only_the_places_i_choose_opens_the_places(somebody: Callable[..., Walker]) -> None:
    walker = somebody("黃美玲").opens("/sign-up/who")
    walker.fills(name_zh="黃美玲", birth_year="1950").presses("Continue")
    walker.fills(phone="9123 4567").chooses(reached_by="sms").presses("Continue")
    places = walker.page.locator('[name="areas_kwai_tsing"][value="shek_lei"]')
    expect(places).not_to_be_visible()
    walker.chooses(coverage="chosen")
    expect(places).to_be_visible()

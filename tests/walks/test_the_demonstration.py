"""A newcomer's walk through the demonstration, with nothing but what its own pages print.

With `--demonstration FOLDER` it goes through the one that the command `demo` made there, and draws the pictures of
the README anew.
"""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

import config as settings
from app import create_app
from app.accounts.models import Account
from app.care_requests.models import Carer, CareRecipient
from app.demo.building import Sizes, build_demonstration
from app.factory import open_database
from app.shared.database import Database
from app.shared.times import hong_kong_date, hong_kong_moment, utc_now
from app.volunteers.models import Volunteer
from tests.browser import DESK, PHONE, Walker, serving
from tests.test_pages import NAMES
from tests.walks.conftest import Outbox
from tests.walks.test_a_volunteer_signs_up import (
    fill_in_abilities,
    fill_in_place,
    fill_in_reach,
    fill_in_who,
)

TALL_DESK = (DESK[0], 1330)
README_PICTURES = Path(__file__).parents[1] / "pictures"


def say_nothing(*_facts: object) -> None:
    """Nobody watches the progress."""


@pytest.fixture
def given_folder(request: pytest.FixtureRequest) -> Path | None:
    folder: Path | None = request.config.getoption("--demonstration")
    return folder


@pytest.fixture
def clock(given_folder: Path | None) -> Iterator[time_machine.Traveller]:
    """The clock of this walk: now, and for pictures five past nine this morning."""
    now = utc_now()
    moment = now if given_folder is None else hong_kong_moment(hong_kong_date(now), time(9, 5))
    with time_machine.travel(moment, tick=True) as clock:
        yield clock


@pytest.fixture
def demonstration(given_folder: Path | None, tmp_path: Path) -> Iterator[Flask]:
    """The application of a demonstration: the one given, else a small one."""
    if given_folder is None:
        build_demonstration(
            tmp_path,
            Sizes(volunteers=90, requests=20),
            port=8000,
            open_database=open_database,
            progress=say_nothing,
            night_progress=say_nothing,
        )
    app = create_app(settings.demonstration(given_folder or tmp_path))
    yield app
    app.extensions["database"].dispose()


def names_in(database: Database) -> frozenset[str]:
    """What people in there are called."""
    columns = (
        *(Volunteer.name_zh, Volunteer.name_en, Carer.name_zh, Carer.name_en, Carer.organisation),
        *(CareRecipient.called, Account.name),
    )
    with database.reading() as session:
        return frozenset(name for column in columns for name in session.scalars(select(column)) if name)


@pytest.fixture
def newcomer(
    demonstration: Flask, browser: Browser, picture_folder: Path | None, given_folder: Path | None
) -> Iterator[Callable[..., Walker]]:
    """Opens a window on the demonstration."""
    names = NAMES | names_in(demonstration.extensions["database"]) | {"黃美玲"}
    opened: list[Walker] = []
    with serving(demonstration) as address:

        def open_window(language: str, size: tuple[int, int]) -> Walker:
            folder = picture_folder and picture_folder / str(len(opened) + 1)
            walker = Walker(
                browser,
                address,
                language=language,
                size=size,
                names=names,
                pictures=folder,
                scale=2 if size == PHONE and given_folder else 1,
            )
            opened.append(walker)
            return walker

        yield open_window
        for walker in opened:
            walker.close()


def test_everything_that_is_needed_stands_on_its_pages(
    clock: time_machine.Traveller,
    newcomer: Callable[..., Walker],
    demonstration: Flask,
    given_folder: Path | None,
) -> None:
    outbox = Outbox(demonstration, demonstration.extensions["database"])
    desk = newcomer("zh_Hant_HK", TALL_DESK).opens("/").follows("Messages and codes sent")
    desk.page.locator("main details summary").first.click()
    _role, email, password, code = (
        desk.page.locator("table").first.locator("tbody tr").first.locator("th, td").all()
    )
    login = {"email": email.inner_text(), "password": password.inner_text(), "code": code.inner_text()}
    desk.follows("Sign in").follows("Sign in for staff").fills(**login).presses("Sign in")
    assert desk.path == "/board"
    picture(desk, "board-zh", given_folder)
    in_english = newcomer("en", DESK)
    in_english.context.add_cookies(
        [
            {"name": cookie["name"], "value": cookie["value"], "url": desk.address}
            for cookie in desk.context.cookies()
        ]
    )
    in_english.speaks("en").opens("/unserved")
    picture(in_english, "proposals-en", given_folder)
    desk.opens("/proposals")
    for tick in desk.page.locator('main input[name="pick"]').all():
        tick.check()
    desk.presses("Approve what is ticked").follows("Look at them or undo")
    phone = newcomer("zh_Hant_HK", PHONE).opens("/sign-up/who")
    fill_in_abilities(fill_in_place(fill_in_reach(fill_in_who(phone))))
    phone.chooses(**{"week-usual": "weekday_morning"}).chooses(**{"week-usual": "weekend_morning"})
    picture(phone, "sign-up-times-zh", given_folder)
    clock.shift(timedelta(minutes=11))
    outbox.delivers()
    phone.opens("/demonstration/outbox").goes(phone.page.locator('main a[href*="/offers/"]'))
    phone.sees("No, I cannot this time")
    picture(phone, "offer-zh", given_folder)


def picture(walker: Walker, name: str, given_folder: Path | None) -> None:
    """Draw the window for the README, when its demonstration was given; of a phone, what stands under the header."""
    if given_folder is not None:
        walker.page.evaluate("document.activeElement.blur()")
        walker.page.mouse.move(0, 0)
        if walker.size == PHONE:
            walker.page.evaluate("document.querySelector('.steps, h1').scrollIntoView()")
        walker.draws(README_PICTURES / f"{name}.png")

"""Every page in Chromium, as one person who may open it sees it: on a phone in Chinese, at the desk in English.

And the checks themselves: each finds the fault that is planted for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route

from app.shared.secrets import install_keyring
from app.web.security import CONTENT_SECURITY_POLICY
from tests.access_matrix import MATRIX
from tests.browser import DESK, PHONE, Walker, serving
from tests.conftest import KEYS
from tests.databases import Databases
from tests.test_access import address, arguments, methods_of
from tests.test_pages import NAMES, NOT_PAGES
from tests.visitor import on_database
from tests.world import NOBODY, PERSONAS, World, make_world


@dataclass(frozen=True)
class Served:
    """A world behind an address."""

    app: Flask
    world: World
    address: str


@pytest.fixture(scope="module")
def served(one_app: Flask, databases: Databases) -> Iterator[Served]:
    """One world for all pages: looking changes nothing."""
    install_keyring(KEYS)
    with databases.fresh("sqlite") as database, on_database(one_app, database, KEYS):
        world = database.in_transaction(make_world)
        with serving(one_app) as address:
            yield Served(one_app, world, address)


def opener(access_who: frozenset[str]) -> str:
    """The first of the personas who may open a page."""
    return next(persona for persona in PERSONAS if persona in access_who)


def pages_by_opener(app: Flask, world: World) -> list[tuple[str, list[str]]]:
    """Every page's address, grouped by who opens it."""
    found = [
        (PERSONAS.index(opener(access.who)), address(app, endpoint, arguments(access, world)))
        for endpoint, access in MATRIX.items()
        if endpoint not in NOT_PAGES and "GET" in methods_of(app, endpoint)
    ]
    return [
        (PERSONAS[number], [path for _number, path in pages])
        for number, pages in groupby(sorted(found), key=lambda page: page[0])
    ]


@pytest.mark.parametrize(("language", "size"), [("zh_Hant_HK", PHONE), ("en", DESK)])
def test_every_page_looks_as_every_page_must(
    served: Served, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    faults = []
    for persona, paths in pages_by_opener(served.app, served.world):
        walker = Walker(browser, served.address, language=language, size=size, names=NAMES)
        if persona != NOBODY:
            walker.has_signed_in_as(served.app, served.world.accounts[persona])
        walker.speaks(language)
        for path in paths:
            answer = walker.page.goto(served.address + path)
            if answer is None or not answer.ok:
                faults.append(f"{persona} {path}: {answer and answer.status}")
            elif answer.request.redirected_from is None:
                faults += [f"{persona} {path}: {fault}" for fault in walker.faults()]
        walker.close()
    assert not faults, "\n".join(faults)


PAGE = (
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>t</title>'
    '<link rel="stylesheet" href="/planted.css"><main><h1>h</h1>{}'
)
PLANTED_FAULTS = {
    "axe image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "axe color-contrast:": '<p class="pale">Hard to read</p>',
    "axe color-contrast-enhanced:": '<p class="grey">Harder to read than need be</p>',
    "no label": '<input name="unnamed" type="text">',
    "untranslated": "<p>中文</p>",
    "scrolls sideways": '<div class="wide">wide</div>',
    'small target: a "away"': '<p><a href="/">away</a></p>',
    "small target: input": '<label for="tick">t</label><input id="tick" type="checkbox">',
    "cut off": '<p class="short">Much too long for its line</p>',
    "asks elsewhere: https://elsewhere.example": '<img alt="" src="https://elsewhere.example/pixel.gif">',
    "console: ": '<script type="module" src="/missing.js"></script>',
    "Content Security Policy": "<script>document.title = 'run'</script>",
    "script: thrown": '<script src="/throws.js"></script>',
}
STYLE = """
.pale { color: #888 }
.grey { color: #666 }
.wide { width: 120vw }
.short { width: 3em; overflow: hidden; white-space: nowrap }
"""


@pytest.mark.parametrize(("fault", "html"), PLANTED_FAULTS.items())
def test_the_looks_notice_a_planted_fault(served: Served, browser: Browser, fault: str, html: str) -> None:
    walker = Walker(browser, served.address, language="en")
    policy = {"Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src *")}
    answers: dict[str, dict[str, Any]] = {
        "planted": {
            "body": PAGE.format(html),
            "content_type": "text/html; charset=utf-8",
            "headers": policy,
        },
        "planted.css": {"body": STYLE, "content_type": "text/css"},
        "throws.js": {"body": "throw new Error('thrown')", "content_type": "text/javascript"},
    }
    for name, answer in answers.items():
        walker.context.route(f"{served.address}/{name}", partial(_answer, answer))
    walker.context.route("https://elsewhere.example/**", lambda route: route.abort())
    walker.page.goto(f"{served.address}/planted", wait_until="networkidle")
    faults = walker.faults()
    walker.close()
    assert any(fault in found for found in faults), faults


def _answer(answer: dict[str, Any], route: Route) -> None:
    route.fulfill(**answer)

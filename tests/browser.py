"""Somebody with a real browser, in which every page that comes up is looked at before the walk goes on."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from axe_playwright_python.base import AXE_SCRIPT
from babel.support import Translations
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request
from werkzeug.serving import WSGIRequestHandler, make_server

from app.accounts.models import Account
from tests.page_checks import LANGUAGE_TAGS, faults_of
from tests.visitor import Visitor

PHONE, DESK = (360, 740), (1280, 900)
"""Width and height of a small phone and of an office screen."""
SMALLEST_TARGET = 44
PATIENCE_MS = 15_000
TRANSLATIONS = Path(__file__).parents[1] / "app" / "translations"
CHECKS = Path(__file__).with_name("browser_checks.js").read_text()
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "preload": False,
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
"""WCAG A and AA and best practice; and contrast of 7:1, as the design promises (this rule leaves what is under 4.5:1
to the other)."""
RUN_AXE = """async (options) => (await axe.run(options)).violations.map((found) => {
    const where = found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    return `axe ${found.id}: ${found.help}: ${where.join(" | ")}`;
})"""


ANSWER = "tests.answer"


class _Quiet(WSGIRequestHandler):
    """Says nothing about what it serves."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """Close the answer that a browser did not wait for: werkzeug leaves a file of it open."""
        if environ is not None:
            environ[ANSWER].close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """`app` behind a real socket, each request in a thread of its own; the address it is reached under."""

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = environ[ANSWER] = app(environ, start_response)
        return answer

    server = make_server("127.0.0.1", 0, answering, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # of the mix-in for threads
    address = f"http://localhost:{server.server_port}"
    app.extensions["settings"] = app.extensions["settings"].with_changes(public_url=address)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Walker:
    """One browser window on the service at `address`.

    Each page it comes to is checked: axe, `tests/page_checks.py`, nothing wider than the screen, nothing too small to
    press, nothing cut off, no complaint in the console (a broken content security policy complains there), no
    request to anywhere else.
    `names` are words of people's own, which stay in their language. With `pictures`, every page is drawn there,
    `scale` pixels to a point.
    Buttons, links and fields are named in English, and looked for in the language of the window.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        language: str = "zh_Hant_HK",
        size: tuple[int, int] = PHONE,
        names: frozenset[str] = frozenset(),
        has_script: bool = True,
        pictures: Path | None = None,
        scale: int = 1,
    ) -> None:
        self.address = address
        self.language = language
        self.size = size
        self.names = names
        self.has_script = has_script
        self.pictures = pictures
        self.seen = 0
        self.say = Translations.load(TRANSLATIONS, [language]).gettext
        self._complaints: list[str] = []
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=LANGUAGE_TAGS[language],
            java_script_enabled=has_script,
            reduced_motion="reduce",
            device_scale_factor=scale,
        )
        if has_script:
            self.context.add_init_script(AXE_SCRIPT)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complaints.append(f"script: {error}"))
        self.page.on("request", self._see_request)
        self.page.on("dialog", lambda dialog: self._complaints.append(f"dialog: {dialog.message}"))

    def close(self) -> None:
        """Close the window and forget its cookies."""
        self.context.close()

    def has_signed_in_as(self, app: Flask, account: Account) -> "Walker":
        """This browser holds a fresh session of `account`."""
        visitor = Visitor(app).has_signed_in_as(account)
        cookie = visitor.client.get_cookie("session")
        if cookie is None:
            raise AssertionError("no session began")
        self.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])
        return self

    def speaks(self, language: str) -> "Walker":
        """This browser remembers a language."""
        self.context.add_cookies([{"name": "language", "value": language, "url": self.address}])
        return self

    def opens(self, path: str, *, status: int = 200) -> "Walker":
        """Go to `path` (or a full address) and look at the page."""
        answer = self.page.goto(path if "://" in path else self.address + path)
        if answer is None or answer.status != status:
            raise AssertionError(f"{path}: {answer and answer.status} {self.heading}")
        return self.looks()

    def presses(self, label: str, *, within: Locator | None = None) -> "Walker":
        """Press the button `label`, and look at the page that comes."""
        return self.goes(self._named("button", label, within))

    def follows(self, label: str, *, within: Locator | None = None) -> "Walker":
        """Follow the link `label`, and look at the page that comes."""
        return self.goes(self._named("link", label, within))

    def goes(self, by: Locator) -> "Walker":
        """Press whatever leads to another page, and look at that."""
        with self.page.expect_navigation():
            by.first.click()
        return self.looks()

    def fills(self, **fields: str) -> "Walker":
        """Type into fields, by their names in the form; what stood there is gone."""
        for name, value in fields.items():
            self.field(name).fill(value)
        return self

    def selects(self, **fields: str) -> "Walker":
        """Choose from lists, by the names of the fields and the values of the choices."""
        for name, value in fields.items():
            self.field(name).select_option(value)
        return self

    def chooses(self, **fields: str) -> "Walker":
        """Tick boxes and buttons, by the names of the fields and their values (several with spaces between)."""
        for name, values in fields.items():
            for value in values.split():
                self._press_choice(self.page.locator(f'[name="{name}"][value="{value}"]'))
        return self

    def agrees(self, *names: str) -> "Walker":
        """Tick boxes that stand alone, by the names of their fields."""
        for name in names:
            self._press_choice(self.field(name))
        return self

    def field(self, name: str) -> Locator:
        """The field called `name` in the form."""
        return self.page.locator(f'[name="{name}"]')

    def sees(self, *texts: str) -> "Walker":
        """Each of these words stands on the page."""
        words = self.words
        missing = [text for text in map(self.say, texts) if text not in words]
        assert not missing, f"{self.page.url} lacks {missing}: {words}"
        return self

    def sees_no(self, *texts: str) -> "Walker":
        """None of these words stands on the page."""
        words = self.words
        there = [text for text in map(self.say, texts) if text in words]
        assert not there, f"{self.page.url} shows {there}: {words}"
        return self

    @property
    def heading(self) -> str:
        """The page's h1."""
        return self.page.locator("h1").inner_text()

    @property
    def words(self) -> str:
        """What stands on the page, on one line."""
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def path(self) -> str:
        """Where the browser is, without host and query."""
        return urlsplit(self.page.url).path

    def looks(self) -> "Walker":
        """Check the page as it stands; AssertionError names all that is wrong with it."""
        faults = self.faults()
        self.seen += 1
        if self.pictures is not None:
            self.draws(self.pictures / f"{self.seen:02d}{self.path.replace('/', '-')}.png", whole=True)
        assert not faults, f"{self.page.url} ({self.heading}):\n" + "\n".join(faults)
        return self

    def draws(self, file: Path, *, whole: bool = False) -> None:
        """A picture of the window, or of the whole page."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file, full_page=whole)

    def faults(self) -> list[str]:
        """Everything that is wrong with the page as it stands."""
        found = faults_of(self.page.content(), self.language, self.names)
        found += self.page.evaluate(CHECKS, SMALLEST_TARGET)
        if self.has_script:
            found += self.page.evaluate(RUN_AXE, AXE_OPTIONS)
        complaints, self._complaints = self._complaints, []
        return found + complaints

    def _press_choice(self, choice: Locator) -> None:
        """Press a choice's words, as a finger does, unless it is chosen."""
        if not choice.is_checked():
            self.page.locator(f'label[for="{choice.get_attribute("id")}"]').click()
        assert choice.is_checked()

    def _named(self, role: Literal["button", "link"], label: str, within: Locator | None) -> Locator:
        """By its whole name; where none has it, by how its name begins (the rest is for screen readers)."""
        part = within if within is not None else self.page.locator("body")
        exactly = part.get_by_role(role, name=self.say(label), exact=True)
        if exactly.count():
            return exactly
        return part.get_by_role(role, name=re.compile(f"^{re.escape(self.say(label))}"))

    def _hear(self, message: ConsoleMessage) -> None:
        """An answer that refuses a form is announced in the console; it is no fault of the page."""
        is_this_page = message.location["url"] == self.page.url
        if message.type in ("error", "warning") and not (is_this_page and "status of 4" in message.text):
            self._complaints.append(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:")):
            self._complaints.append(f"asks elsewhere: {request.url}")

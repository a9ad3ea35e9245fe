"""The commands behind the door say what came of them, by their words and by their exit code."""

import base64
import io
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event
from typing import cast

import pytest
import time_machine
from sqlalchemy import select

import config as settings
from app import cli
from app.accounts.models import Account, Role
from app.accounts.use_cases.staff import password_matches
from app.catalogue.models import Area
from app.matching.ledger import claim_night, owe_night
from app.matching.models import Night, NightStatus, Proposal
from app.shared.audit import AuditRow
from app.shared.database import Database
from scheduler import running
from tests.conftest import KEYS
from tests.people import MORNING, NOW, make_request, make_volunteer

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PASSWORD = "plum-lantern-tram-orchid"


class Replaced(BaseException):
    """The process would be another program now."""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An English terminal; what a command does with signals is gone after the test."""
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def installation(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """The database of an installation whose settings stand in the environment."""
    use_settings(database.url.render_as_string(hide_password=False), monkeypatch, tmp_path)
    return database


def use_settings(database_url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Set the environment of a real installation on that database."""
    for name, value in {
        "VU_PUBLIC_URL": "https://example.org",
        "VU_DATABASE_URL": database_url,
        "VU_SECRET_KEY": "the tests' own secret key",
        "VU_SEALING_KEYS": f"1:{base64.b64encode(KEYS.sealing[1]).decode()}",
        "VU_LOOKUP_KEY": base64.b64encode(KEYS.lookup).decode(),
        "VU_DATA_DIRECTORY": str(folder),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def district(installation: Database) -> Database:
    """One request, and one volunteer who can go."""
    installation.in_transaction(make_volunteer)
    installation.in_transaction(make_request)
    return installation


def proposals(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Proposal.id)).all())


def night_status(database: Database, morning: date = MORNING) -> tuple[NightStatus, int] | None:
    with database.reading() as session:
        night = session.scalars(select(Night).where(Night.morning == morning)).one_or_none()
        return None if night is None else (night.status, night.attempt)


def test_a_night_by_hand_is_computed_and_summed_up(
    district: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["night", "--date", "2026-11-24"]) == 0
    said = capsys.readouterr().out
    assert "Morning: 2026-11-24" in said
    assert "Covered: 1" in said
    assert "Gap: 0 (proved optimal)" in said
    assert proposals(district) == 1
    assert night_status(district) == (NightStatus.DONE, 0)


def test_without_a_date_the_newest_night_that_has_begun_is_meant(district: Database) -> None:
    with time_machine.travel(NOW, tick=True):
        assert cli.main(["night"]) == 0
    assert night_status(district, date(2026, 11, 23)) == (NightStatus.DONE, 0)


def test_a_trial_night_says_what_would_come_of_it_and_writes_nothing(
    district: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["night", "--date", "2026-11-24", "--dry-run"]) == 0
    assert "Volunteers who may be matched: 1" in capsys.readouterr().out
    assert proposals(district) == 0
    assert night_status(district) is None


def test_a_night_that_is_done_is_computed_anew_by_hand_and_not_for_the_scheduler(
    district: Database,
) -> None:
    assert cli.main(["night", "--date", "2026-11-24", "--owed"]) == 0
    assert cli.main(["night", "--date", "2026-11-24", "--owed"]) == 0
    assert night_status(district) == (NightStatus.DONE, 0)
    assert cli.main(["night", "--date", "2026-11-24"]) == 0
    assert night_status(district) == (NightStatus.DONE, 1)


def test_a_night_that_somebody_else_runs_is_left_to_them(
    district: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    district.in_transaction(lambda session: owe_night(session, MORNING, due_at=NOW))
    district.in_transaction(lambda session: claim_night(session, MORNING))
    assert cli.main(["night", "--date", "2026-11-24"]) == 1
    assert capsys.readouterr().err.strip()
    assert proposals(district) == 0


def test_a_night_that_is_told_to_end_is_owed_again(
    district: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_to_end(*_arguments: object, **_options: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("app.matching.night.engine.solve", told_to_end)
    with pytest.raises(SystemExit) as left:
        cli.main(["night", "--date", "2026-11-24"])
    assert left.value.code == 143
    assert night_status(district) == (NightStatus.OWED, 0)


def test_a_first_administrator_is_opened_from_the_terminal(
    installation: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert cli.main(["staff", "Lee Siu Ming", "lee@example.org"]) == 0
    _words, secret, uri = capsys.readouterr().out.splitlines()
    with installation.reading() as session:
        account = session.scalars(select(Account)).one()
        assert (account.name, account.email) == ("Lee Siu Ming", "lee@example.org")
        assert account.roles == {Role.ADMINISTRATOR}
        assert account.totp_secret == secret.strip()
        assert password_matches(account, PASSWORD)
    assert f"secret={secret.strip()}" in uri


@pytest.mark.parametrize(
    ("words", "password"),
    [
        (("Lee", "lee@example.org"), "short"),
        (("Lee", "no address"), PASSWORD),
    ],
    ids=["weak password", "no e-mail address"],
)
def test_an_account_that_cannot_be_is_refused_in_one_line(
    installation: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, str],
    password: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    assert cli.main(["staff", *words, "--role", "coordinator"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    with installation.reading() as session:
        assert session.scalars(select(Account)).all() == []
        assert session.scalars(select(AuditRow)).all() == []


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("staff", "Lee", "lee@example.org", "--role", "volunteer"), "--role"),
        (("staff", "Lee", "lee@example.org", "--role", "king"), "--role"),
        (("staff", " \u200b", "lee@example.org"), "a person's name is needed"),
        (("staff", "Lee\u202e", "lee@example.org"), "a person's name is needed"),
        (("night", "--date", "24/11/2026"), "not a day"),
        (("demo", "--volunteers", "0"), "from 1 to 200,000"),
        (("demo", "--requests", "many"), "from 1 to 20,000"),
        (("serve", "--workers", "65"), "from 1 to 64"),
        (("nights",), "nights"),
        ((), "command"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_words_that_cannot_be_meant_are_refused(
    words: tuple[str, ...], about: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    assert about in capsys.readouterr().err


def test_migrate_brings_an_empty_database_to_this_version_with_its_catalogue(
    blank_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_settings(blank_database.url.render_as_string(hide_password=False), monkeypatch, tmp_path)
    assert cli.main(["migrate"]) == 0
    assert cli.main(["migrate"]) == 0
    with blank_database.reading() as session:
        assert session.scalars(select(Area)).first() is not None


def test_keys_that_are_printed_make_an_installation(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert cli.main(["keys"]) == 0
        printed.append(dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines()))
    assert all(printed[0][name] != printed[1][name] for name in printed[0])
    made = settings.from_environment(
        {"VU_PUBLIC_URL": "https://example.org", "VU_DATABASE_URL": "sqlite://", **printed[0]}
    )
    assert made.secret_key == printed[0]["VU_SECRET_KEY"]
    assert made.keyring.open(made.keyring.seal("陳大文", "a.b.1"), "a.b.1") == "陳大文"


@pytest.mark.parametrize("command", [cli.main, lambda _words: running.main()], ids=["app", "scheduler"])
def test_settings_that_are_wrong_are_named(
    command: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VU_PUBLIC_URL", "http://example.org")
    assert command(["migrate"]) == 2
    assert "VU_PUBLIC_URL must begin with https://" in capsys.readouterr().err


def test_the_web_service_is_started_in_this_process_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_settings("sqlite://", monkeypatch, tmp_path)

    def replaced(program: str, words: list[str]) -> None:
        raise Replaced(program, *words[1:])

    monkeypatch.setattr(os, "execv", replaced)
    with pytest.raises(Replaced) as by:
        cli.main(["serve", "--bind", "127.0.0.1:8099", "--workers", "3"])
    words = " ".join(by.value.args)
    assert words.startswith(f"{sys.executable} -m gunicorn --bind 127.0.0.1:8099 --workers 3 ")
    assert words.endswith("app:create_app()")


@pytest.mark.parametrize(
    ("language", "locale"), [("zh_HK.UTF-8", "zh_Hant_HK"), ("fr_FR.UTF-8", "en"), ("", "en")]
)
def test_the_terminal_is_spoken_to_in_its_language(
    language: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LC_ALL")
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", language)
    assert cli.terminal_language() == locale


def test_progress_is_one_line_on_a_terminal_and_a_line_a_stage_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = cli.ProgressLine()
    for is_terminal in (False, True):
        line.is_terminal = is_terminal
        for done in (250, 500, 1000):
            line.show("volunteers", done, 1000)
        said = re.sub(r" +\d+\.\d s", "", capsys.readouterr().out)
        expected = "  volunteers 250/1,000\n  volunteers 1,000/1,000\n"
        if is_terminal:
            expected = (
                "".join(f"\r\x1b[K  volunteers {done}/1,000" for done in ("250", "500", "1,000")) + "\n"
            )
        assert said == expected
        line.stage = ""


class Process:
    """One of the demonstration's processes, as it is watched: `when_looked_at` is what happens meanwhile."""

    def __init__(
        self, *, when_looked_at: Callable[[], object] = lambda: None, is_stubborn: bool = False
    ) -> None:
        self.when_looked_at = when_looked_at
        self.is_stubborn = is_stubborn
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self.when_looked_at()
        return self.returncode

    def terminate(self) -> None:
        if not self.is_stubborn:
            self.returncode = -15

    def wait(self, timeout: float) -> int | None:
        if self.returncode is None:
            raise subprocess.TimeoutExpired("stubborn", timeout)
        return self.returncode

    def kill(self) -> None:
        self.returncode = -9


def until_stopped(*processes: Process) -> int:
    return cli._until_stopped(cast("list[subprocess.Popen[bytes]]", processes))


def test_when_one_process_ends_the_other_is_ended_and_it_is_a_failure() -> None:
    web, scheduler = Process(), Process()
    scheduler.returncode = 70
    assert until_stopped(web, scheduler) == 1
    assert web.returncode == -15


@pytest.mark.parametrize("number", SIGNALS)
def test_ctrl_c_ends_both_and_is_no_failure(number: signal.Signals) -> None:
    web, scheduler = Process(when_looked_at=lambda: os.kill(os.getpid(), number)), Process()
    assert until_stopped(web, scheduler) == 0
    assert (web.returncode, scheduler.returncode) == (-15, -15)


def test_a_process_that_does_not_end_is_killed() -> None:
    web, scheduler = Process(is_stubborn=True), Process()
    scheduler.returncode = 0
    assert until_stopped(web, scheduler) == 1
    assert web.returncode == -9


def test_a_demonstration_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    sizes = ("--volunteers", "30", "--requests", "5", "--folder", str(tmp_path), "--port", str(free_port()))
    program = "import sys; from app import cli; sys.exit(cli.main(sys.argv[1:]))"
    with subprocess.Popen(
        (sys.executable, "-c", program, "demo", *sizes), stdout=subprocess.PIPE, text=True
    ) as demonstration:
        assert demonstration.stdout is not None
        address = ""
        for line in demonstration.stdout:
            address = address or "".join(re.findall(r"is at (http://\S+)", line))
            if "coordinator@example.org" in line:
                break
        assert is_well(f"{address}/healthz")
        demonstration.send_signal(signal.SIGTERM)
        assert demonstration.wait(timeout=60) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address)  # noqa: S310 - an address of this test


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def is_well(address: str) -> bool:
    """Whether web and scheduler both work, looked at until they do, for a minute at most."""
    pause = Event()
    for _ in range(120):
        with suppress(urllib.error.URLError), urllib.request.urlopen(address) as page:  # noqa: S310 - as above
            return bool(page.status == 200)
        pause.wait(0.5)
    return False

"""The commands behind the door: a third way to the same use cases, beside pages and the scheduler."""

import argparse
import base64
import getpass
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType

import pyotp
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

import config as settings
from app.accounts.models import STAFF, Account, Role
from app.accounts.use_cases.staff import create_staff_account
from app.catalogue.use_cases import load_catalogue
from app.demo.building import (
    Demonstration,
    Sizes,
    build_demonstration,
    open_demonstration,
    remove_demonstration,
)
from app.exchange.commands import add_commands as add_exchange_commands
from app.factory import create_app, open_database
from app.handover.use_cases.seniors import load_checklists
from app.matching.ledger import NightNotClaimed, ask_again, claim_night, is_done, morning_due, owe_night
from app.matching.night import NightSummary, dry_run, run_night
from app.shared.contacts import read_email
from app.shared.database import Database
from app.shared.errors import ConfigurationError, InvalidText, Refusal
from app.shared.migrations import migrate
from app.shared.times import hong_kong_moment, utc_now
from app.shared.words import clean_line
from app.web.words import say as say_words
from config import Config

PORT = 8000
STOP_SECONDS = 15


def main(argv: Sequence[str]) -> int:
    """Carry out one command; the exit code of the process."""
    parser = argparse.ArgumentParser(prog="python3 -m app")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_demo(commands)
    _add_serve(commands)
    _add_night(commands)
    _add_staff(commands)
    add_exchange_commands(
        commands, open_app=lambda: create_app(settings.load(os.environ)), language=terminal_language
    )
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(
        act=migrate_database
    )
    commands.add_parser("keys", help="new keys for a real installation").set_defaults(act=print_keys)
    options = parser.parse_args(argv)
    try:
        return int(options.act(options))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def terminal_language() -> str:
    """The locale of this terminal: Traditional Chinese when its language is Chinese, else English."""
    language = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh_Hant_HK" if language.startswith("zh") else "en"


def say(text: str = "") -> None:
    """One line to the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class ProgressLine:
    """Progress of long work: one line rewritten in place on a terminal, one line a stage elsewhere."""

    def __init__(self) -> None:
        self.stage = ""
        self.began = time.monotonic()
        self.is_terminal = sys.stdout.isatty()

    def show(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` in `stage`."""
        is_new = stage != self.stage
        self.stage = stage
        seconds = time.monotonic() - self.began
        if self.is_terminal:
            sys.stdout.write(f"\r\x1b[K  {seconds:5.1f} s  {stage} {done:,}/{total:,}")
            if done >= total:
                sys.stdout.write("\n")
        elif is_new or done >= total:
            sys.stdout.write(f"  {seconds:5.1f} s  {stage} {done:,}/{total:,}\n")
        sys.stdout.flush()

    def show_night(self, stage: str, done: int, total: int, _value: int, _bound: int) -> None:
        """As the engine reports it."""
        self.show(stage, done, total)


def summary_lines(summary: NightSummary) -> list[str]:
    """One screen about a night, in the terminal's language. Needs an application context."""
    rows = [
        (gettext("Morning"), summary.morning.isoformat()),
        (gettext("Volunteers who may be matched"), f"{summary.volunteers:,}"),
        (gettext("Visits needed in 14 days"), f"{summary.needed:,}"),
        (
            gettext("Urgent visits covered"),
            gettext(
                "%(served)d of %(needed)d (at most %(bound)d possible)",
                served=summary.urgent_served,
                needed=summary.urgent_needed,
                bound=summary.urgent_bound,
            ),
        ),
        (gettext("Covered"), f"{summary.covered:,}"),
        (gettext("Waiting"), f"{summary.waiting:,}"),
        (gettext("Value"), f"{summary.value:,}"),
        (gettext("No plan can exceed"), f"{summary.bound:,}"),
        (
            gettext("Gap"),
            gettext("0 (proved optimal)") if summary.is_proved_optimal else f"{100 * summary.gap:.4f} %",
        ),
        (gettext("Seconds of the engine"), f"{summary.seconds:.1f}"),
    ]
    return [f"  {label}: {value}" for label, value in rows]


def demo(options: argparse.Namespace) -> int:
    """Make the demonstration when there is none, then start web and scheduler on it."""
    folder = Path(options.folder)
    if options.reset:
        remove_demonstration(folder)
    demonstration = open_demonstration(folder)
    if demonstration is None:
        _build(options, folder)
        demonstration = open_demonstration(folder)
        if demonstration is None:
            raise RuntimeError(f"the demonstration in {folder} cannot be opened")
    if options.no_serve:
        return 0
    return _serve_demonstration(demonstration, folder)


def _build(options: argparse.Namespace, folder: Path) -> None:
    began = time.monotonic()
    sizes = Sizes(options.volunteers, options.requests, options.seed)
    line = ProgressLine()
    summary = build_demonstration(
        folder,
        sizes,
        port=options.port,
        open_database=open_database,
        progress=line.show,
        night_progress=line.show_night,
    )
    app = create_app(settings.demonstration(folder))
    with app.app_context(), force_locale(terminal_language()):
        say()
        say(gettext("The night's matching"))
        for text in summary_lines(summary):
            say(text)
        say(gettext("  Everything together: %(seconds)d s", seconds=round(time.monotonic() - began)))
        say()


def _serve_demonstration(demonstration: Demonstration, folder: Path) -> int:
    """Start web and scheduler as processes of their own, and stop both when one ends or Ctrl-C is pressed."""
    config = demonstration.config
    app = create_app(config)
    database: Database = app.extensions["database"]
    migrate(database)
    database.dispose()
    environment = {**os.environ, "VU_DEMONSTRATION": str(folder.resolve())}
    address = config.public_url.removeprefix("http://")
    processes = [
        subprocess.Popen(_web_command(address, workers=1, threads=8), env=environment),  # noqa: S603 (our own)
        subprocess.Popen((sys.executable, "-m", "scheduler"), env=environment),
    ]
    with app.app_context(), force_locale(terminal_language()):
        say(gettext("The demonstration is at %(address)s (Ctrl-C ends it)", address=config.public_url))
        say(
            gettext(
                "Messages and codes sent: %(address)s", address=f"{config.public_url}/demonstration/outbox"
            )
        )
        for login in demonstration.staff:
            code = login.code_at(utc_now())
            say(f"  {say_words(login.role)}: {login.email}  {login.password}  {gettext('code now')} {code}")
        for person in demonstration.people:
            say(f"  {say_words(person.role)}: {person.name}  {person.phone}")
    return _until_stopped(processes)


def _until_stopped(processes: Sequence["subprocess.Popen[bytes]"]) -> int:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopped.wait(0.3):
        if any(process.poll() is not None for process in processes):
            break
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return 0 if stopped.is_set() else 1


def serve(options: argparse.Namespace) -> int:
    """The web service under gunicorn, in this process's place."""
    settings.load(os.environ)
    command = _web_command(options.bind, workers=options.workers, threads=options.threads)
    os.execv(command[0], command)  # noqa: S606 (our own command)


def _web_command(bind: str, *, workers: int, threads: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        bind,
        "--workers",
        str(workers),
        "--threads",
        str(threads),
        "--no-control-socket",
        "--keep-alive",
        "30",
        "--access-logfile",
        "/dev/null",
        "--log-level",
        "warning",
        "app:create_app()",
    ]


def night(options: argparse.Namespace) -> int:
    """Run one night by hand, or the one that is owed for the scheduler, through the same use case."""
    signal.signal(signal.SIGTERM, _leave)
    now = utc_now()
    with _installation() as (config, database):
        morning = options.date or morning_due(now, config.night_at)
        due_at = hong_kong_moment(morning, config.night_at)
        line = ProgressLine()
        if options.dry_run:
            summary = dry_run(
                database, morning, time_limit_seconds=config.night_seconds, progress=line.show_night
            )
        else:
            asked = database.in_transaction(lambda session: owe_night(session, morning, due_at=due_at))
            if is_done(asked) and options.owed:
                return 0
            try:
                if is_done(asked):
                    database.in_transaction(lambda session: ask_again(session, morning, by=None, now=now))
                claim = database.in_transaction(lambda session: claim_night(session, morning))
            except NightNotClaimed as refusal:
                sys.stderr.write(f"{say_words(refusal)}\n")
                return 1
            summary = run_night(
                database,
                claim,
                clock=utc_now,
                time_limit_seconds=config.night_seconds,
                progress=line.show_night,
            )
        for text in summary_lines(summary):
            say(text)
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(143)


def migrate_database(_options: argparse.Namespace) -> int:
    """Bring the database of this installation to this version, and add what is new in the catalogue."""
    with _installation() as (_config, database):
        migrate(database)
        database.in_transaction(load_catalogue)
        database.in_transaction(load_checklists)
    return 0


def print_keys(_options: argparse.Namespace) -> int:
    """New keys, as lines for an environment file. Whoever loses them loses addresses and telephone numbers."""
    for name, value in (
        ("VU_SECRET_KEY", secrets.token_urlsafe(32)),
        ("VU_SEALING_KEYS", f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"),
        ("VU_LOOKUP_KEY", base64.b64encode(secrets.token_bytes(32)).decode()),
    ):
        say(f"{name}={value}")
    return 0


def make_staff(options: argparse.Namespace) -> int:
    """Open an account for staff: the first administrator of an installation is made like this."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    secret = pyotp.random_base32()

    def create(session: Session) -> Account:
        return create_staff_account(
            session,
            name=options.name,
            email=read_email(options.email),
            password=password,
            totp_secret=secret,
            roles={options.role},
            by=None,
            now=utc_now(),
        )

    with _installation() as (_config, database):
        try:
            account = database.in_transaction(create)
        except Refusal as refusal:
            sys.stderr.write(f"{say_words(refusal)}\n")
            return 1
        say(
            gettext("Account %(name)s is open. Put this secret into an authenticator app:", name=account.name)
        )
    say(f"  {secret}")
    say(f"  {pyotp.TOTP(secret).provisioning_uri(name=options.email, issuer_name='Volunteer University')}")
    return 0


@contextmanager
def _installation() -> Iterator[tuple[Config, Database]]:
    """The settings and the database of this environment, with words in the terminal's language meanwhile."""
    config = settings.load(os.environ)
    app = create_app(config)
    database: Database = app.extensions["database"]
    try:
        with app.app_context(), force_locale(terminal_language()):
            yield config, database
    finally:
        database.dispose()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day (YYYY-MM-DD)") from None


def _name(text: str) -> str:
    try:
        name = clean_line(text)
    except InvalidText:
        name = ""
    if not name:
        raise argparse.ArgumentTypeError("a person's name is needed")
    return name


def _count(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a whole number from 1 to {most:,} is needed, not {text!r}")
        return int(text)

    return read


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="a demonstration district, then web and scheduler")
    parser.add_argument("--volunteers", type=_count(200_000), default=Sizes.volunteers)
    parser.add_argument("--requests", type=_count(20_000), default=Sizes.requests)
    parser.add_argument("--seed", type=int, default=Sizes.seed)
    parser.add_argument("--port", type=_count(65_535), default=PORT)
    parser.add_argument("--folder", default=str(settings.DEMONSTRATION_FOLDER))
    parser.add_argument("--no-serve", action="store_true", help="end after the summary")
    parser.add_argument("--reset", action="store_true", help="start anew; what was there is thrown away")
    parser.set_defaults(act=demo)


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="the web service")
    parser.add_argument("--bind", default=f"127.0.0.1:{PORT}", help="address and port, or unix:PATH")
    parser.add_argument("--workers", type=_count(64), default=2)
    parser.add_argument("--threads", type=_count(64), default=8)
    parser.set_defaults(act=serve)


def _add_night(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("night", help="the night's matching, now")
    parser.add_argument("--date", type=_day, help="the morning on which it is read (today's without it)")
    parser.add_argument("--dry-run", action="store_true", help="say what would come of it, write nothing")
    parser.add_argument("--owed", action="store_true", help="as the scheduler calls it: not when it is done")
    parser.set_defaults(act=night)


def _add_staff(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("staff", help="open an account for staff; the password is asked")
    parser.add_argument("name", type=_name)
    parser.add_argument("email")
    parser.add_argument("--role", type=Role, choices=sorted(STAFF), default=Role.ADMINISTRATOR)
    parser.set_defaults(act=make_staff)

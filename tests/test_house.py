"""What holds the house up: who may import whom, and that the checks for it would notice."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PLANTED_FAULTS = {
    "app/volunteers/models.py": "import app.visits.models",
    "app/volunteers/helpers.py": "",
    "app/matching/engine/rules.py": "import sqlalchemy",
    "app/shared/words.py": "import flask",
    "app/messages/models.py": "import scheduler",
}


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a new Python holds after a statement."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_application_package_needs_nothing_installed() -> None:
    assert loaded_by("import app, app.__main__") - set(sys.stdlib_module_names) == {"app"}


def test_the_import_contracts_notice_what_breaks_them(tmp_path: Path) -> None:
    for name in ("app", "scheduler"):
        if (ROOT / name).exists():
            shutil.copytree(
                ROOT / name,
                tmp_path / name,
                ignore=lambda _folder, names: {"static", "templates"} & set(names),
            )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, statement in PLANTED_FAULTS.items():
        with (tmp_path / path).open("a") as file:
            file.write(f"\n{statement}\n")
    (tmp_path / "scheduler").mkdir(exist_ok=True)
    (tmp_path / "scheduler" / "__init__.py").touch()
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Contracts: 0 kept, 5 broken." in done.stdout

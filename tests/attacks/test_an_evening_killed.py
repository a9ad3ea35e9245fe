"""kill -9 in an evening: whoever goes on comes to the same end, nothing is lost, nothing is done twice.

Every point, on both databases: `python3 -m app bench kills`. Here one on each.
"""

import signal
import subprocess
import sys
from pathlib import Path

from app.shared.secrets import Keyring
from tests.attacks.evening import begin, go_on, what_stands
from tests.databases import Databases
from tests.rooms import rooms_together

COMMAND = (sys.executable, "-m", "tests.attacks.evening")
POINT = {"sqlite": 40, "postgresql": 151}
"""While offers are sent, and while what was answered is; there are more than 300."""


def test_an_evening_that_was_killed_comes_to_the_same_end(
    databases: Databases, database_kind: str, tmp_path: Path, keys: Keyring
) -> None:
    ends = []
    for name in ("undisturbed", "killed"):
        folder = tmp_path / name
        folder.mkdir()
        with rooms_together(), databases.fresh(database_kind) as database:
            begin(database, folder)
            if name == "killed":
                killed = (*COMMAND, str(folder), str(POINT[database_kind]))
                assert subprocess.run(killed, check=False, timeout=300).returncode == -signal.SIGKILL
            go_on(folder, 0)
            ends.append(what_stands(database, folder))
    assert len(ends[0]["letters"]) > 10
    assert ends[0] == ends[1]

"""Makes the demonstration in a folder: keys, database, district, tonight's matching, accounts to try it with.

It is made in a folder of its own inside, and moved into place when all of it stands: one that was killed half way is
made anew.
"""

import base64
import json
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import config as settings
from app.accounts.models import Role
from app.care_requests.models import CareRequest
from app.demo.courses import add_courses
from app.demo.district import Progress, StaffLogin, fill
from app.demo.hours import add_hours
from app.demo.runs import add_runs
from app.matching.ledger import claim_night, morning_due, owe_night
from app.matching.models import Proposal
from app.matching.night import NightSummary, run_night
from app.matching.night import Progress as NightProgress
from app.shared.database import Database
from app.shared.migrations import migrate
from app.shared.times import hong_kong_moment, utc_now
from app.volunteers.models import Volunteer
from app.volunteers.use_cases import open_accounts
from config import DEMONSTRATION_DATABASE, DEMONSTRATION_FILE, Config

NIGHT_SECONDS = 120.0


@dataclass(frozen=True)
class Sizes:
    """How large the district is, and the seed its people are drawn from."""

    volunteers: int = 2000
    requests: int = 400
    seed: int = 1


@dataclass(frozen=True)
class PersonLogin:
    """A volunteer or carer to sign in as, by a code to `phone` that the outbox page shows."""

    role: Role
    name: str
    phone: str


@dataclass(frozen=True)
class Demonstration:
    """A demonstration that stands: its settings, and whom to sign in as."""

    config: Config
    staff: tuple[StaffLogin, ...]
    people: tuple[PersonLogin, ...]


def open_demonstration(folder: Path) -> Demonstration | None:
    """The demonstration in `folder`, or None while there is none that was finished."""
    path = folder / DEMONSTRATION_FILE
    if not path.exists():
        return None
    made = json.loads(path.read_text())
    return Demonstration(
        settings.demonstration(folder),
        tuple(StaffLogin(**{**login, "role": Role(login["role"])}) for login in made["staff"]),
        tuple(PersonLogin(**{**login, "role": Role(login["role"])}) for login in made["people"]),
    )


def remove_demonstration(folder: Path) -> None:
    """Take away a demonstration, finished or not, and nothing else that lies in `folder`."""
    for path in (folder / DEMONSTRATION_FILE, *folder.glob(f"{DEMONSTRATION_DATABASE}*")):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder / "building", ignore_errors=True)


def build_demonstration(
    folder: Path,
    sizes: Sizes,
    *,
    port: int,
    open_database: Callable[[Config], Database],
    progress: Progress,
    night_progress: NightProgress,
) -> NightSummary:
    """Make the demonstration in `folder`, and return what its first night came to.

    `open_database` opens the database of a configuration with everything wired (app.factory).
    """
    remove_demonstration(folder)
    building = folder / "building"
    made = write_settings(building, port=port)
    database = open_database(settings.demonstration(building))
    migrate(database)
    logins = fill(
        database,
        volunteers=sizes.volunteers,
        requests=sizes.requests,
        seed=sizes.seed,
        now=utc_now(),
        progress=progress,
    )
    summary = run_first_night(database, night_progress, now=utc_now())
    people = database.in_transaction(lambda session: _open_accounts(session, now=utc_now()))
    database.in_transaction(lambda session: add_hours(session, now=utc_now()))
    database.in_transaction(lambda session: add_courses(session, now=utc_now()))
    database.in_transaction(lambda session: add_runs(session, now=utc_now()))
    _into_one_file(database)
    made["staff"] = [asdict(login) for login in logins]
    made["people"] = [asdict(login) for login in people]
    (building / DEMONSTRATION_FILE).write_text(json.dumps(made, ensure_ascii=False, indent=1))
    for name in (DEMONSTRATION_DATABASE, DEMONSTRATION_FILE):
        (building / name).rename(folder / name)
    building.rmdir()
    return summary


def write_settings(folder: Path, *, port: int) -> dict[str, object]:
    """New keys and an address, as `config.demonstration` reads them from `folder`; what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _keys() | {"port": port, "staff": [], "people": []}
    (folder / DEMONSTRATION_FILE).write_text(json.dumps(made))
    return made


def run_first_night(database: Database, progress: NightProgress, *, now: datetime) -> NightSummary:
    """The night of this morning, as the scheduler would have run it."""
    morning = morning_due(now, settings.NIGHT_AT)
    due_at = hong_kong_moment(morning, settings.NIGHT_AT)
    database.in_transaction(lambda session: owe_night(session, morning, due_at=due_at))
    claim = database.in_transaction(lambda session: claim_night(session, morning))
    return run_night(database, claim, clock=utc_now, time_limit_seconds=NIGHT_SECONDS, progress=progress)


def _into_one_file(database: Database) -> None:
    """Close `database` with everything in its one file, so that it can be moved."""
    with closing(database.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()


def _keys() -> dict[str, object]:
    return {
        "secret_key": secrets.token_urlsafe(32),
        "sealing_keys": f"1:{_key()}",
        "lookup_key": _key(),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _open_accounts(session: Session, *, now: datetime) -> list[PersonLogin]:
    """Everybody whom the night proposed can sign in, as can the carers; one of each, to try it with."""
    proposal = session.scalars(
        select(Proposal)
        .join(Volunteer, Volunteer.id == Proposal.volunteer_id)
        .where(Volunteer.reached_by == "sms")
        .order_by(Proposal.id)
        .limit(1)
    ).one_or_none()
    if proposal is None:
        return []
    proposed = select(Volunteer).where(Volunteer.id.in_(select(Proposal.volunteer_id)))
    open_accounts(session, session.scalars(proposed), by=None, now=now)
    people = (
        (proposal.volunteer, Role.VOLUNTEER),
        (session.get_one(CareRequest, proposal.occurrence.request_id).carer, Role.CARER),
    )
    return [
        PersonLogin(role, person.name_zh or person.name_en, str(person.phone))
        for person, role in people
        if person.account_id is not None and person.phone is not None
    ]

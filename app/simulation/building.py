"""Makes the district of a simulation, and puts its people, desk and jobs together."""

from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.queries import accounts_with_role
from app.catalogue.queries import areas, support_kinds, travel_matrix
from app.demo.building import Sizes
from app.demo.district import fill
from app.demo.people import District
from app.matching.ledger import claim_night, is_done, morning_due, owe_night
from app.matching.night import run_night
from app.matching.use_cases.approvals import Patience
from app.shared.database import Database
from app.shared.times import hong_kong_moment
from app.simulation.arrivals import Arrivals
from app.simulation.carers import Carers
from app.simulation.coordinators import Coordinators
from app.simulation.hours import Hours
from app.simulation.phones import Phones
from app.simulation.storms import Storms
from app.simulation.volunteers import Volunteers
from app.simulation.weeks import Progress, Weeks
from app.simulation.world import Clock, Staff, World
from app.volunteers.models import Volunteer
from app.volunteers.use_cases import open_accounts
from config import Config

CHUNK = 250

Jobs = Callable[[Phones, Callable[[], datetime]], Callable[[], None]]
"""Given the channel and the clock: one tick of the scheduler."""


def begin(
    database: Database, config: Config, sizes: Sizes, first: date, jobs: Jobs, progress: Progress
) -> Weeks:
    """A filled district at the midnight of `first`, everybody able to sign in, ready to run on `database`."""
    clock = Clock(hong_kong_moment(first, clock_time()))
    fill(
        database,
        volunteers=sizes.volunteers,
        requests=sizes.requests,
        seed=sizes.seed,
        now=clock(),
        progress=progress,
    )
    _let_everybody_sign_in(database, clock())
    world = World(database, clock, sizes.seed, database.in_transaction(_staff))
    phones = Phones(world.draw)
    volunteers = Volunteers(world)
    carers = Carers(world, volunteers)
    patience = Patience(config.undo_minutes, config.answer_hours)
    return Weeks(
        world,
        phones,
        volunteers,
        carers,
        Coordinators(world, volunteers, carers, patience),
        Arrivals(
            world, world.reads(lambda session: _district(session, first)), sizes.volunteers, sizes.requests
        ),
        Storms(world, clock()),
        Hours(world, 60 * config.daily_hours),
        jobs(phones, clock),
    )


def run_owed_night(database: Database, config: Config, clock: Callable[[], datetime]) -> None:
    """The night that is due, in this process, as the scheduler's child would run it; nothing when it is done."""
    now = clock()
    morning = morning_due(now, config.night_at)
    due_at = hong_kong_moment(morning, config.night_at)
    night = database.in_transaction(lambda session: owe_night(session, morning, due_at=due_at))
    if not is_done(night):
        claim = database.in_transaction(lambda session: claim_night(session, morning))
        run_night(database, claim, clock=clock, time_limit_seconds=config.night_seconds)


def _let_everybody_sign_in(database: Database, now: datetime) -> None:
    ids = database.in_transaction(
        lambda session: list(session.scalars(select(Volunteer.id).order_by(Volunteer.id)))
    )
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]

        def let_in(session: Session, chunk: list[int] = chunk) -> None:
            open_accounts(
                session,
                session.scalars(select(Volunteer).where(Volunteer.id.in_(chunk)).order_by(Volunteer.id)),
                by=None,
                now=now,
            )

        database.in_transaction(let_in)


def _staff(session: Session) -> Staff:
    first, second = (account.id for account in accounts_with_role(session, Role.COORDINATOR))
    return Staff(first, second, accounts_with_role(session, Role.SAFEGUARDING_LEAD)[0].id)


def _district(session: Session, today: date) -> District:
    return District(
        areas=[area.code for area in areas(session)],
        travel=travel_matrix(session),
        kinds=support_kinds(session),
        today=today,
    )

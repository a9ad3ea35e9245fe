"""The scheduler process: runs until it is told to stop (SIGTERM, SIGINT)."""

import os
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler

import config as settings
from app.factory import create_app
from app.shared.database import Database
from app.shared.errors import ConfigurationError
from app.shared.times import HONG_KONG, utc_now
from scheduler.ticking import Ticker
from scheduler.watching import Watchdog

TICK_SECONDS = 1

log = structlog.get_logger("scheduler")


def main() -> int:
    """Run the scheduler. Returns the process's exit code."""
    try:
        config = settings.load(os.environ)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app = create_app(config)
    database: Database = app.extensions["database"]
    ticker = Ticker(app, config, database, clock=utc_now)
    scheduler = BlockingScheduler(timezone=HONG_KONG)

    def tick_now(step: float) -> None:
        log.warning("the clock stepped", seconds=round(step, 1))
        scheduler.modify_job("tick", next_run_time=datetime.now(UTC))

    watchdog = Watchdog(on_clock_step=tick_now)

    def tick() -> None:
        watchdog.tick()
        ticker.tick()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    scheduler.add_job(
        tick,
        "interval",
        id="tick",
        seconds=TICK_SECONDS,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),
    )
    watchdog.start()
    log.info(
        "scheduler started",
        night_at=config.night_at.isoformat("minutes"),
        database=database.engine.dialect.name,
    )
    try:
        scheduler.start()
    except (SystemExit, KeyboardInterrupt):
        log.info("scheduler stops")
    finally:
        watchdog.stop()
        if scheduler.running:
            scheduler.shutdown(wait=True)
        ticker.stop()
        database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""/healthz: facts for whoever watches the machines; 503 when one of them is red. Nothing about people."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.shared.health import HealthCheck, HealthFact, last_beat
from app.shared.times import utc_now
from app.web.access import public
from app.web.transactions import reading

LATE = timedelta(seconds=90)

blueprint = Blueprint("health", __name__)


def init_health(app: Flask, checks: tuple[HealthCheck, ...]) -> None:
    """Let `/healthz` answer with the facts of `checks`."""
    app.extensions["health_checks"] = (database_health, *checks)
    app.register_blueprint(blueprint)


def database_health(session: Session, _now: datetime) -> HealthFact:
    """Green when the database answers."""
    session.execute(text("SELECT 1"))
    return HealthFact("database", is_red=False, values={})


def scheduler_health(session: Session, now: datetime) -> HealthFact:
    """Red when the scheduler has not done its round for a minute and a half."""
    last = last_beat(session, "scheduler")
    return HealthFact("scheduler", is_red=last is None or now - last > LATE, values={"last_tick": last})


@blueprint.get("/healthz")
@public
def healthz() -> tuple[dict[str, object], int]:
    """The facts as JSON: {"is_red": …, "facts": {name: {"is_red": …, …}}}."""
    now = utc_now()
    facts: dict[str, object] = {}
    is_red = False
    for check in current_app.extensions["health_checks"]:
        try:
            fact = check(reading(), now)
        except SQLAlchemyError as error:
            fact = HealthFact(check.__name__.removesuffix("_health"), True, {"error": type(error).__name__})
        facts[fact.name] = {"is_red": fact.is_red, **_plain(fact.values)}
        is_red = is_red or fact.is_red
    return {"is_red": is_red, "facts": facts}, 503 if is_red else 200


def _plain(values: Mapping[str, datetime | int | str | None]) -> dict[str, object]:
    return {
        name: value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in values.items()
    }

"""What the coordinators' daily message needs: figures, nothing about people."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.calendar.queries import visits_on
from app.catalogue.queries import holidays_between
from app.matching.queries.runs import latest_run
from app.reports.queries import YESTERDAY, figures
from app.shared.times import hong_kong_date
from app.visits.queries import seats_lost
from app.weather.queries import visits_in_weather, warnings_in_force

HOLIDAYS_AHEAD = timedelta(days=14)


def digest(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """What waited at the moment the message was queued."""
    at = datetime.fromisoformat(ids["at"])
    today = hong_kong_date(at)
    holidays = holidays_between(today, today + HOLIDAYS_AHEAD)
    return {
        "figures": figures(session, latest_run(session), now=at),
        "lost": len(seats_lost(session, at - YESTERDAY)),
        "warnings": [period.warning for period in warnings_in_force(session, at)],
        "in_weather": len(visits_in_weather(session, at)),
        "holidays": sorted(visits_on(session, list(holidays)).items()),
        "today": today,
    }


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {"digest": digest}

"""What messages about the weather need."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.shared.errors import NotFound
from app.weather.models import WarningPeriod


def weather_warning(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """A warning has begun, to a coordinator. Raises NotFound."""
    period = session.get(WarningPeriod, ids["period"])
    if period is None:
        raise NotFound
    return {"period": period}


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {
    "weather_warning": weather_warning
}

"""What messages about qualifications need."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.catalogue.models import Skill
from app.shared.errors import NotFound
from app.training.queries import skills_held
from app.volunteers.models import Volunteer


def qualification_ends(session: Session, ids: Mapping[str, Any]) -> Mapping[str, object]:
    """What ends on its last day. Raises NotFound when it has been renewed or withdrawn since."""
    volunteer, last_day = session.get(Volunteer, ids["volunteer"]), date.fromisoformat(ids["last_day"])
    if volunteer is None or skills_held(session, volunteer.id, last_day).get(ids["skill"]) != last_day:
        raise NotFound
    return {
        "volunteer": volunteer,
        "skill": session.get_one(Skill, ids["skill"]),
        "last_day": last_day,
        "person": volunteer.name_zh or volunteer.name_en,
        "desk": ("volunteers.show", {"volunteer_id": volunteer.id}),
    }


WORDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Mapping[str, object]]] = {
    "qualification_ends": qualification_ends,
}

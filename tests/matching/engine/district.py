"""Small problems made of people with names: everybody suits every visit until a test says otherwise."""

from datetime import date
from typing import Any

from app.matching.engine import Pin, Problem, Shadow, Visit, Volunteer

MONDAY = date(2026, 11, 23)
ALL_DAY = tuple((day, 0, 48) for day in range(14))
AREAS = ("shek_lei", "on_yam", "kwai_fong")
TRAVEL = ((0, 20, 45), (25, 0, 31), (45, 30, 0))


def volunteer(name: str, **changed: Any) -> Volunteer:
    """Somebody who can do everything, lives in Shek Lei and helped lately."""
    usual: dict[str, Any] = {
        "id": name,
        "home": "shek_lei",
        "serves": AREAS,
        "age": 45,
        "gender": None,
        "languages": ("yue",),
        "skills": {},
        "clearances": {},
        "experienced": False,
        "new_homes": True,
        "cannot": (),
        "free": ALL_DAY,
        "weekly_visits": 5,
        "weekly_minutes": 1200,
        "used": {},
        "recent_visits": 3,
        "household": None,
        "wishes": (),
        "avoids": (),
    }
    return Volunteer(**{**usual, **changed})


def visit(name: str, **changed: Any) -> Visit:
    """Two hours of befriending on the first Tuesday morning in Shek Lei, not at home, for one volunteer."""
    usual: dict[str, Any] = {
        "id": name,
        "request": f"request of {name}",
        "recipient": f"recipient of {name}",
        "kind": "befriending",
        "at_home": False,
        "first_visit": False,
        "area": "shek_lei",
        "options": ((1, 18, 22),),
        "seats": (1, 1),
        "experienced": 0,
        "skills": (),
        "clearance": None,
        "languages": (),
        "gender": None,
        "ages": (None, None),
        "demands": (),
        "prefers_ages": None,
        "prefers_gender": None,
        "urgent": False,
        "waiting_days": 0,
        "sequence": None,
        "continues": (),
        "excluded": (),
        "family": (),
        "known": (),
    }
    return Visit(**{**usual, **changed})


def district(
    volunteers: list[Volunteer],
    visits: list[Visit],
    *,
    pinned: tuple[Pin, ...] = (),
    previous: tuple[tuple[str, str], ...] = (),
    shadows: tuple[Shadow, ...] = (),
) -> Problem:
    """The problem of these people, in three areas."""
    return Problem(
        starts_on=MONDAY,
        areas=AREAS,
        districts=(0, 0, 0),
        travel_minutes=TRAVEL,
        volunteers=volunteers,
        visits=visits,
        pinned=pinned,
        previous=previous,
        shadows=shadows,
    )

"""Records of the problem file for tests that say only what matters: everybody can do everything unless told."""

from tests.matching.reference.model import Json

HERE, NEXT_DOOR, FAR = "shek_lei", "kwai_fong", "sham_tseng"


def a_volunteer(name: str, **told: object) -> Json:
    """A woman of 45 who is free all the time, goes everywhere and may do anything but is not experienced."""
    return {
        "id": name,
        "home": HERE,
        "serves": [HERE, NEXT_DOOR, FAR],
        "age": 45,
        "gender": "f",
        "languages": ["yue"],
        "skills": {"escort": None},
        "clearances": {"scrc": None},
        "experienced": False,
        "new_homes": True,
        "cannot": [],
        "free": [[day, 0, 48] for day in range(14)],
        "weekly_visits": 7,
        "weekly_minutes": 1200,
        "used": {},
        "recent_visits": 1,
        "household": None,
        "wishes": [],
        "avoids": [],
    } | told


def a_visit(name: str, **told: object) -> Json:
    """A request of its own: one volunteer at home on the first Tuesday from nine to eleven, asking for nothing."""
    return {
        "id": name,
        "request": f"request of {name}",
        "recipient": "c1",
        "kind": "escort",
        "at_home": True,
        "first_visit": False,
        "area": HERE,
        "options": [[1, 18, 22]],
        "seats": [1, 1],
        "experienced": 0,
        "skills": [],
        "clearance": None,
        "languages": [],
        "gender": None,
        "ages": [None, None],
        "demands": [],
        "prefers_ages": None,
        "prefers_gender": None,
        "urgent": False,
        "waiting_days": 0,
        "sequence": None,
        "continues": [],
        "excluded": [],
        "family": [],
        "known": [],
    } | told


def a_problem(volunteers: list[Json], visits: list[Json], **told: object) -> Json:
    """Two weeks from Monday 23 November 2026; next door is 20 minutes away and 40 back, far is 70 from either."""
    return {
        "format": "volunteer-matching-problem/1",
        "horizon": {"starts_on": "2026-11-23", "days": 14},
        "areas": [HERE, NEXT_DOOR, FAR],
        "districts": [0, 0, 1],
        "travel_minutes": [[0, 20, 70], [40, 0, 70], [70, 70, 0]],
        "volunteers": volunteers,
        "visits": visits,
        "pinned": [],
        "previous": [],
        "shadows": [],
    } | told

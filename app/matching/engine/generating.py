"""Invents a problem of a given size: a district's people and wishes, the same for the same seed."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from app.matching.engine.problem import Problem
from app.matching.engine.roster import Roster
from app.matching.engine.rows import DAYS, Option, Pin, Shadow, Visit, Volunteer
from app.matching.engine.rules import is_eligible

KINDS: tuple[tuple[str, tuple[str, ...], str | None, bool, int], ...] = (
    ("befriending", (), None, True, 3),
    ("escort", ("escort",), None, False, 5),
    ("respite", ("respite",), "scrc", True, 6),
    ("transfer_help", ("transfer",), "scrc", True, 3),
    ("errands", (), None, False, 3),
    ("tutoring", ("tutoring",), "scrc", False, 4),
    ("home_repair", ("repair",), None, True, 4),
)
"""kind, skills asked, clearance asked, at home, half hours."""
SKILLS = ("escort", "respite", "transfer", "tutoring", "repair")
LANGUAGES = (("yue", 0.94), ("cmn", 0.35), ("en", 0.3), ("chiuchow", 0.06), ("hakka", 0.05), ("ur", 0.03))
MOST_AREAS = 6
DEMANDS = ("stairs", "lifting", "dogs")


ANYWHERE = 0.05
"""How many of the requests outside a home are for help without an area, by telephone say, open to everybody."""

TRAINED = 0.35


def generate(
    *,
    volunteers: int,
    requests: int,
    areas: int = 10,
    districts: int = 1,
    seed: int = 0,
    pins: int = 0,
    anywhere: float = ANYWHERE,
    trained: float = TRAINED,
) -> Problem:
    """An invented problem: some 1.9 visits a request, up to `pins` pairings of last week's promises pinned.

    `trained` is the share of volunteers who hold each skill. Help without an area has as many pairs as there are
    volunteers free then: beyond a district, lower `anywhere`.
    """
    random = Random(f"volunteer-matching {seed}")  # noqa: S311 - invented people, not secrets
    starts_on = date(2026, 11, 23)
    names = [f"area{number:03d}" for number in range(areas)]
    places = [(random.random(), random.random()) for _ in names]
    district_of = [number * districts // areas for number in range(areas)]
    travel = [
        [
            0
            if a == b
            else 8
            + round(30 * _distance(places[a], places[b]))
            + (25 if district_of[a] != district_of[b] else 0)
            for b in range(areas)
        ]
        for a in range(areas)
    ]
    nearest = [sorted(range(areas), key=lambda area: (row[area], area))[:MOST_AREAS] for row in travel]
    nearby: dict[str, list[str]] = {area: [] for area in names}

    def people() -> Iterator[Volunteer]:
        for number in range(volunteers):
            person = _volunteer(random, number, names, nearest, starts_on, trained)
            for area in person.serves:
                nearby[area].append(person.id)
            yield person

    roster = Roster(people())
    ids = roster.ids
    nearby = {area: serving or ids for area, serving in nearby.items()}
    visits = [
        visit for number in range(requests) for visit in _request(random, number, names, nearby, anywhere)
    ]
    place = {name: number for number, name in enumerate(ids)}
    known = [
        (visit, name)
        for visit in visits
        for name in visit.known
        if is_eligible(roster[place[name]], visit, visit.options[0], starts_on)
    ]
    previous = [(visit.id, name) for visit, name in known if random.random() < 0.5]
    pinned: list[Pin] = [(visit.id, name, 0) for visit, name in random.sample(known, min(pins, len(known)))]
    shadows = [
        Shadow(name, random.choice(ids), visit.recipient or "", random.randint(1, 2))
        for visit, name in known
        if visit.recipient is not None and random.random() < 0.03
    ]
    return Problem(
        starts_on=starts_on,
        areas=names,
        districts=district_of,
        travel_minutes=travel,
        volunteers=roster,
        visits=visits,
        pinned=pinned,
        previous=previous,
        shadows=[shadow for shadow in shadows if shadow.senior != shadow.successor],
    )


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _volunteer(
    random: Random,
    number: int,
    areas: list[str],
    nearest: list[list[int]],
    starts_on: date,
    trained: float,
) -> Volunteer:
    home = random.randrange(len(areas))
    serves = nearest[home][: random.randint(min(2, len(areas)), min(MOST_AREAS, len(areas)))]
    age = random.choices(
        [random.randint(15, 17), random.randint(18, 29), random.randint(30, 59), random.randint(60, 80)],
        [5, 20, 35, 40],
    )[0]
    wishes = random.sample([kind[0] for kind in KINDS], random.randint(0, 3))
    avoids = [kind[0] for kind in KINDS if kind[0] not in wishes and random.random() < 0.05]
    held = [skill for skill in SKILLS if random.random() < trained]
    cleared = random.random() < 0.5
    return Volunteer(
        id=f"v{number:07d}",
        home=areas[home],
        serves=tuple(areas[area] for area in sorted(serves)),
        age=age,
        gender=random.choices(["f", "m", None], [62, 36, 2])[0],
        languages=tuple(name for name, share in LANGUAGES if random.random() < share) or ("yue",),
        skills={skill: _until(random, starts_on) for skill in held},
        clearances={"scrc": _until(random, starts_on)} if cleared else {},
        experienced=random.random() < 0.3,
        new_homes=random.random() < 0.8,
        cannot=tuple(demand for demand in DEMANDS if random.random() < 0.15),
        free=_free(random),
        weekly_visits=random.choices([1, 2, 3], [45, 40, 15])[0],
        weekly_minutes=random.choice([120, 180, 240, 360]),
        used={starts_on: (1, 90)} if random.random() < 0.05 else {},
        recent_visits=random.choice([0, 0, 1, 2, 4, 7]),
        household=f"h{number // 2:07d}" if random.random() < 0.06 else None,
        wishes=tuple(sorted(wishes)),
        avoids=tuple(avoids),
    )


def _until(random: Random, starts_on: date) -> date | None:
    return None if random.random() < 0.5 else starts_on + timedelta(days=random.randint(-5, 700))


def _free(random: Random) -> tuple[Option, ...]:
    weekly = sorted({random.randrange(7) for _ in range(random.randint(2, 6))})
    pieces: list[Option] = []
    for day in weekly:
        start, end = random.choice([(18, 26), (18, 26), (26, 36), (28, 36), (18, 36), (18, 42), (36, 42)])
        pieces.extend((when, start, end) for when in range(day, DAYS, 7) if random.random() < 0.92)
    return tuple(sorted(pieces))


def _request(
    random: Random, number: int, areas: list[str], nearby: dict[str, list[str]], anywhere: float
) -> list[Visit]:
    kind, skills, clearance, at_home, slots = random.choice(KINDS)
    place = random.choice(areas)
    people = nearby[place]
    area = None if not at_home and random.random() < anywhere else place
    count = random.choices([1, 2, 3, 4], [50, 25, 15, 10])[0]
    least = random.choices([1, 2], [90, 10])[0]
    seats = (least, least + random.choices([0, 1], [85, 15])[0])
    known = tuple(sorted(random.sample(people, min(len(people), random.choices([0, 1, 2], [60, 30, 10])[0]))))
    languages = ("yue",) if random.random() < 0.85 else (random.choice(LANGUAGES)[0],)
    gender = random.choices([None, "f", "m"], [85, 12, 3])[0]
    demands = tuple(demand for demand in DEMANDS if random.random() < 0.12)
    urgent = random.random() < 0.12
    waiting = random.randint(0, 120)
    first_visit = random.random() < 0.25
    day = random.randrange(7)
    excluded = tuple(random.sample(people, 1)) if people and random.random() < 0.03 else ()
    prefers_ages = random.choices([None, (60, None), (18, 35)], [70, 20, 10])[0]
    prefers_gender = random.choices([None, "f", "m"], [70, 20, 10])[0]
    visits = []
    for turn in range(count):
        when = (day + 7 * (turn % 2) + turn // 2) % DAYS
        start = random.choice([18, 19, 20, 22, 26, 28, 30, 36])
        options = [(when, start, start + slots)]
        for _ in range(random.choices([0, 1, 2], [55, 30, 15])[0]):
            other = random.choice([18, 20, 22, 26, 28, 30, 36])
            option = ((when + random.choice([0, 1])) % DAYS, other, other + slots)
            if option not in options:
                options.append(option)
        visits.append(
            Visit(
                id=f"n{number:06d}-{turn}",
                request=f"r{number:06d}",
                recipient=f"c{number:06d}",
                kind=kind,
                at_home=at_home and area is not None,
                first_visit=first_visit and turn == 0,
                area=area,
                options=tuple(options),
                seats=seats,
                experienced=1 if random.random() < 0.05 else 0,
                skills=skills,
                clearance=clearance,
                languages=languages,
                gender=gender,
                ages=(18, None) if clearance else (None, None),
                demands=demands,
                prefers_ages=prefers_ages,
                prefers_gender=prefers_gender,
                urgent=urgent,
                waiting_days=waiting,
                sequence=turn if count > 1 else None,
                continues=known[:1] if turn == 0 else (),
                excluded=excluded,
                family=(),
                known=known,
            )
        )
    return visits

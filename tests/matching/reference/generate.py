"""Small random matching problems in which every rule and every term has its part (a test measures that it has)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from random import Random
from typing import TypeVar

from tests.matching.reference.model import HARD_RULES, Book, Json, broken_hard_rule

T = TypeVar("T")

AREAS = ["shek_lei", "kwai_fong", "葵涌", "tsuen_wan"]
SKILLS = ["escort", "transfer", "feeding"]
CLEARANCES = ["scrc", "first_aid"]
LANGUAGES = ["yue", "en", "hak"]
KINDS = ["befriending", "escort", "meal"]
DEMANDS = ["stairs", "pets", "lifting"]
AGES = [16, 17, 19, 24, 29, 30, 45, 59, 60, 67, 75]


def random_problem(seed: int, *, tiny: bool = False) -> Json:
    """A valid problem of 4 to 12 volunteers and 3 to 10 visits; `tiny` has 3 to 5 and 2 to 4, for trying all plans."""
    return _Dice(seed, tiny).problem()


class _Dice:
    def __init__(self, seed: int, tiny: bool) -> None:
        self.random = Random(f"matching problem {seed} {tiny}")
        r = self.random
        self.volunteer_count = r.randint(3, 5) if tiny else r.randint(4, 12)
        self.visit_count = r.randint(2, 4) if tiny else r.randint(3, 10)
        self.starts_on = date(2026, 11, 23) + timedelta(days=r.randrange(60))
        self.areas = AREAS[: r.randint(2, 4)]
        first_sunday = 6 - self.starts_on.weekday()
        around_a_border = [first_sunday, first_sunday + 1]
        self.days = sorted({*r.sample(around_a_border, r.randint(1, 2)), r.randrange(14)})
        self.strictness = r.choice([0.3, 1.0, 1.0, 1.6])

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def some(self, things: Sequence[T], probability: float) -> list[T]:
        return [thing for thing in things if self.chance(probability)]

    def rarely(self, probability: float) -> bool:
        """A chance that grows with how strict this problem is."""
        return self.chance(min(1.0, probability * self.strictness))

    def last_valid_day(self) -> str | None:
        if not self.rarely(0.2):
            return self.random.choice([None, "2030-12-31"])
        return (self.starts_on + timedelta(days=self.random.choice([-1, *self.days]))).isoformat()

    def held(self, names: Sequence[str]) -> dict[str, str | None]:
        return {name: self.last_valid_day() for name in names if not self.rarely(0.08)}

    def problem(self) -> Json:
        r = self.random
        volunteers = [self.volunteer(f"v{number}") for number in range(1, self.volunteer_count + 1)]
        ids = [volunteer["id"] for volunteer in volunteers]
        visits = self.visits(ids)
        r.shuffle(volunteers)
        r.shuffle(visits)
        problem = {
            "format": "volunteer-matching-problem/1",
            "horizon": {"starts_on": self.starts_on.isoformat(), "days": 14},
            "areas": self.areas,
            "districts": [r.randrange(2) for _ in self.areas],
            "travel_minutes": [
                [0 if a == b else r.choice([0, 5, 15, 30, 31, 45, 60, 61, 75]) for b in self.areas]
                for a in self.areas
            ],
            "volunteers": volunteers,
            "visits": visits,
            "pinned": [],
            "previous": [
                [visit, volunteer]
                for visit in [*(visit["id"] for visit in visits), "n-gone"]
                for volunteer in [*ids, "v-gone"]
                if self.chance(0.15)
            ],
            "shadows": [],
        }
        problem["shadows"] = self.shadows(problem)
        problem["pinned"] = self.pins(problem)
        return problem

    def volunteer(self, name: str) -> Json:
        r = self.random
        wishes = self.some(KINDS, 0.3)
        home = r.choice(self.areas)
        weeks = sorted({day - (self.starts_on + timedelta(days=day)).weekday() for day in range(14)})
        used = {
            (self.starts_on + timedelta(days=monday)).isoformat(): [r.randint(0, 2), 30 * r.randint(0, 6)]
            for monday in weeks
            if self.chance(0.15)
        }
        return {
            "id": name,
            "home": home,
            "serves": [area for area in self.areas if not self.rarely(0.12)],
            "age": r.choice(AGES),
            "gender": r.choice(["f", "f", "m", "m", None]),
            "languages": self.some(LANGUAGES, 0.7) or ["yue"],
            "skills": self.held(SKILLS),
            "clearances": self.held(CLEARANCES),
            "experienced": self.chance(0.4),
            "new_homes": not self.rarely(0.2),
            "cannot": [demand for demand in DEMANDS if self.rarely(0.1)],
            "free": [piece for day in self.days if not self.rarely(0.12) for piece in self.free_pieces(day)],
            "weekly_visits": r.choice([0, 1, 1, 2, 2, 2, 3, 3, 4, 7]),
            "weekly_minutes": r.choice([60, 120, 180, 240, 300, 360, 900]),
            "used": used,
            "recent_visits": r.choice([0, 0, 1, 5]),
            "household": r.choice([None, None, "h1", "h1", "h2"]),
            "wishes": wishes,
            "avoids": [kind for kind in KINDS if kind not in wishes and self.chance(0.15)],
        }

    def free_pieces(self, day: int) -> list[list[int]]:
        r = self.random
        start, end = r.choice([(0, 48), (14, 34), (16, 30), (18, 27), (20, 34)])
        middle = r.randint(start + 1, end - 1)
        shape = r.randrange(5)
        if shape == 0:
            return [[day, middle, end], [day, start, middle]]
        if shape == 1:
            return [[day, start, middle + 1], [day, max(start, middle - 2), end]]
        if shape == 2:
            return (
                [[day, start, middle], [day, middle + 1, end]] if middle + 1 < end else [[day, start, middle]]
            )
        return [[day, start, end]]

    def visits(self, ids: list[str]) -> list[Json]:
        visits: list[Json] = []
        request = 0
        while len(visits) < self.visit_count:
            request += 1
            visits += self.visits_of_request(f"r{request}", ids, len(visits))
        return visits[: self.visit_count]

    def visits_of_request(self, request: str, ids: list[str], made: int) -> list[Json]:
        r = self.random
        count = r.choice([1, 1, 2, 3, 4])
        at_home = self.chance(0.6)
        first_visit = self.chance(0.4)
        recipient = r.choice(["c1", "c1", "c2"]) if at_home or self.chance(0.7) else None
        area = r.choice(self.areas) if at_home or self.chance(0.6) else None
        kind = r.choice(KINDS)
        known = [*self.some(ids, 0.2), *self.some(["v-gone"], 0.2)]
        continues = [*self.some(ids, 0.12), *self.some(["v-gone"], 0.2)]
        sequence = r.randrange(3)
        visits = []
        for number in range(count):
            sequence += r.randint(1, 3)
            visit_ids = f"n{made + number + 1}"
            visits.append(
                {
                    "id": visit_ids,
                    "request": request,
                    "recipient": recipient,
                    "kind": kind,
                    "at_home": at_home,
                    "first_visit": first_visit and number == 0,
                    "area": area,
                    "options": self.options(),
                    **self.team(),
                    **self.asked(),
                    "urgent": self.chance(0.3),
                    "waiting_days": r.choice([0, 1, 12, 89, 90, 91, 200]),
                    "sequence": None if self.chance(0.15) else sequence,
                    "continues": continues if number == 0 else [],
                    "excluded": [one for one in [*ids, "v-gone"] if self.rarely(0.06)],
                    "family": [one for one in [*ids, "v-gone"] if self.rarely(0.05)],
                    "known": known,
                }
            )
        r.shuffle(visits)
        return visits

    def options(self) -> list[list[int]]:
        r = self.random
        options: list[list[int]] = []
        for _ in range(r.choice([1, 1, 2, 3])):
            start = r.randint(18, 25)
            option = [r.choice(self.days), start, start + r.randint(1, 4)]
            if option not in options:
                options.append(option)
        return options

    def team(self) -> Json:
        seats = self.random.choice(
            [[1, 1], [1, 1], [1, 1], [1, 2], [1, 2], [1, 3], [2, 2], [2, 2], [2, 3], [3, 4]]
        )
        experienced = self.random.choice([0, 0, 0, 1, 1, 2])
        return {"seats": seats, "experienced": min(experienced, seats[1])}

    def asked(self) -> Json:
        r = self.random
        return {
            "skills": self.some(SKILLS, 0.2),
            "clearance": r.choice([None, None, *CLEARANCES]),
            "languages": r.choice([[], ["yue"], ["yue", "en"], ["en", "hak"]]),
            "gender": r.choice(["f", "m"]) if self.rarely(0.12) else None,
            "ages": r.choice([[18, None], [None, 59], [24, 67]]) if self.rarely(0.25) else [None, None],
            "demands": self.some(DEMANDS, 0.3),
            "prefers_ages": r.choice([None, [60, None], [None, 30], [24, 59]]),
            "prefers_gender": r.choice([None, None, "f", "m"]),
        }

    def shadows(self, problem: Json) -> list[Json]:
        """Duties to hand on, mostly between two people who could meet at a visit of that recipient."""
        r = self.random
        book = Book(problem)
        people = problem["volunteers"]
        meetings = [
            (senior["id"], successor["id"], visit["recipient"])
            for visit in problem["visits"]
            if visit["recipient"] is not None
            for option in visit["options"]
            for senior, successor in permutations(people, 2)
            if broken_hard_rule(book, visit, senior, option) is None
            and broken_hard_rule(book, visit, successor, option, without=["has_required_skills"]) is None
        ]
        if meetings and self.chance(0.3):
            return [self.long_handover(people, Counter(meetings).most_common(1)[0][0])]
        entries: list[Json] = []
        for _ in range(r.choice([0, 1, 2, 4, 6])):
            senior, successor = (one["id"] for one in r.sample(people, 2))
            recipient = r.choice(["c1", "c2", "c9"])
            if meetings and self.chance(0.9):
                senior, successor, recipient = r.choice(meetings)
            entries.append(
                {
                    "senior": senior,
                    "successor": successor,
                    "recipient": recipient,
                    "wanted": r.choice([1, 1, 1, 2]),
                }
            )
        if entries and self.chance(0.3):
            others = [one["id"] for one in people if one["id"] != entries[0]["successor"]]
            entries.append({**entries[0], "senior": r.choice(others)})
        return entries

    def long_handover(self, people: list[Json], meeting: tuple[str, str, str]) -> Json:
        """Two people with time for more visits together than are wanted of them."""
        senior, successor, recipient = meeting
        for one in people:
            if one["id"] in (senior, successor):
                one |= {"weekly_visits": 7, "weekly_minutes": 900, "used": {}}
        return {"senior": senior, "successor": successor, "recipient": recipient, "wanted": 1}

    def pins(self, problem: Json) -> list[list[str | int]]:
        """Some that stand, some that break one hard rule or another, some that get into each other's way."""
        r = self.random
        book = Book(problem)
        by_rule: dict[str | None, list[list[str | int]]] = {}
        for visit in problem["visits"]:
            for volunteer in problem["volunteers"]:
                for k, option in enumerate(visit["options"]):
                    rule = broken_hard_rule(book, visit, volunteer, option)
                    by_rule.setdefault(rule, []).append([visit["id"], volunteer["id"], k])
        pins: list[list[str | int]] = []
        for _ in range(r.choice([0, 0, 1, 2, 4, 6])):
            rules = [None, None, None, r.choice(HARD_RULES)]
            candidates = by_rule.get(r.choice(rules), [])
            near = [
                pin for pin in candidates if any(pin[0] == other[0] or pin[1] == other[1] for other in pins)
            ]
            pool = near if near and self.chance(0.6) else candidates
            if pool:
                pin = r.choice(pool)
                if not any(pin[:2] == other[:2] for other in pins):
                    pins.append(pin)
        return pins

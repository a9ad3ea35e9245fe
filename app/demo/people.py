"""Invented people, drawn from a seed: names put together at random, numbers in sequence, areas of the district.

The shares are guesses of what a district's volunteers and carers may look like; no figure describes real people.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from app.care_requests.models import CarerKind, Rhythm
from app.care_requests.use_cases.facts import CarerFacts, RecipientFacts, RequestFacts, WindowFacts
from app.catalogue.models import SupportKind
from app.catalogue.queries import TravelMatrix
from app.messages.models import Channel
from app.shared.codes import ALPHABET, CODE_LENGTH
from app.shared.secrets import Address, HealthNote, Phone
from app.shared.times import AFTERNOON, EVENING, MORNING
from app.volunteers.models import Gender
from app.volunteers.use_cases import (
    AbilityFacts,
    AwayFacts,
    PlaceFacts,
    ReachFacts,
    TimeFacts,
    VolunteerFacts,
    WhoFacts,
    free_slots,
)

Thing = TypeVar("Thing")

SURNAMES = (
    ("陳", "Chan"), ("林", "Lam"), ("黃", "Wong"), ("張", "Cheung"), ("李", "Lee"), ("梁", "Leung"), ("何", "Ho"),
    ("吳", "Ng"), ("劉", "Lau"), ("鄭", "Cheng"), ("葉", "Yip"), ("曾", "Tsang"), ("蘇", "So"), ("潘", "Poon"),
    ("馮", "Fung"), ("鄧", "Tang"), ("許", "Hui"), ("楊", "Yeung"), ("郭", "Kwok"), ("歐陽", "Au Yeung"),
)  # fmt: skip
GIVEN = {
    Gender.FEMALE: (("月明", "Yuet Ming"), ("試安", "Si On"), ("樂兒", "Lok Yi"), ("春暉", "Chun Fai"),
                    ("示雅", "Si Nga"), ("晴朗", "Ching Long"), ("小溪", "Siu Kai"), ("秋荷", "Chau Ho")),
    Gender.MALE: (("試一", "Si Yat"), ("大樹", "Tai Shu"), ("遠山", "Yuen Shan"), ("海風", "Hoi Fung"),
                  ("示範", "Si Fan"), ("長河", "Cheung Ho"), ("新晨", "San Sun"), ("石磊", "Shek Lui")),
}  # fmt: skip
"""Given names that nobody would mistake for a neighbour's: hills, rivers, "trial" and "demonstration"."""

WEEK_PARTS = (
    ("weekday_morning",), ("weekday_afternoon",), ("weekday_evening",), ("weekend_morning", "weekend_afternoon"),
    ("weekday_morning", "weekday_afternoon"), ("weekday_morning", "weekday_afternoon", "weekend_morning"),
    ("weekday_evening", "weekend_morning", "weekend_afternoon"), ("weekday_afternoon", "weekend_afternoon"),
)  # fmt: skip
LANGUAGES = (
    ("cmn", 0.45),
    ("en", 0.35),
    ("teochew", 0.1),
    ("hakka", 0.08),
    ("ur", 0.04),
    ("ne", 0.02),
    ("tl", 0.03),
)
SKILLS = (
    ("listening", 0.45), ("transfers", 0.35), ("digital", 0.25), ("personal_care", 0.25), ("home_repairs", 0.18),
    ("care_planning", 0.15), ("first_aid", 0.15), ("tutoring", 0.12),
)  # fmt: skip
DEMANDS = (
    ("stairs", 0.15),
    ("lifting", 0.25),
    ("wheelchair", 0.12),
    ("long_walks", 0.08),
    ("pets", 0.10),
    ("smoke", 0.15),
)
KIND_WEIGHTS = {
    "befriending": 20, "escort": 16, "respite": 10, "telephone": 6, "meal_delivery": 7, "shopping": 8, "tidying": 6,
    "minor_repairs": 4, "digital_help": 6, "carer_listening": 4, "accompany": 8, "homework": 4, "leisure": 3,
    "care_planning": 2, "child_company": 2, "youth_mentoring": 1,
}  # fmt: skip
RECIPIENT_TITLES = {Gender.FEMALE: "婆婆", Gender.MALE: "伯伯"}
RELATIONS = ("母親", "父親", "丈夫", "太太", "祖母", "外公")


@dataclass(frozen=True)
class District:
    """What people are drawn from: the catalogue, and the day it all begins."""

    areas: Sequence[str]
    travel: TravelMatrix
    kinds: Sequence[SupportKind]
    today: date


class Draw:
    """Seeded choices."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (invented people, no secrets)
        self.codes: set[str] = set()
        self.phones = 0

    def code(self, prefix: str) -> str:
        """A reference that looks like the service's own and is the same for the same seed."""
        while True:
            code = f"{prefix}-{''.join(self.random.choices(ALPHABET, k=CODE_LENGTH))}"
            if code not in self.codes:
                self.codes.add(code)
                return code

    def phone(self) -> Phone:
        """The next number of a plain sequence, +852 6000 0001, 6000 0002 …"""
        self.phones += 1
        return Phone(f"+852{60_000_000 + self.phones}")

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, shares: Sequence[tuple[Thing, float]]) -> frozenset[Thing]:
        """Each thing with its own chance."""
        return frozenset(thing for thing, share in shares if self.chance(share))

    def name(self, gender: Gender) -> tuple[str, str]:
        """A Chinese name, and now and then an English one beside it."""
        surname_zh, surname_en = self.random.choice(SURNAMES)
        given_zh, given_en = self.random.choice(GIVEN[gender])
        return surname_zh + given_zh, f"{surname_en.upper()} {given_en}" if self.chance(0.35) else ""


def volunteer(draw: Draw, district: District, since: datetime) -> VolunteerFacts:
    """One volunteer: almost half of them 60 or over, one in twelve under 18."""
    low, high = draw.random.choices(((12, 17), (18, 29), (30, 59), (60, 74), (75, 84)), (8, 18, 28, 38, 8))[0]
    age = draw.random.randint(low, high)
    gender = draw.random.choice((Gender.FEMALE, Gender.FEMALE, Gender.MALE))
    name_zh, name_en = draw.name(gender)
    home = draw.random.choice(district.areas)
    near = sorted(
        (area for area in district.areas if area != home),
        key=lambda area: (district.travel.between(home, area), area),
    )
    years = draw.random.choice((0, 0, 1, 2, 3, 5, 9)) if age >= 18 else 0
    return VolunteerFacts(
        who=WhoFacts(
            birth_year=district.today.year - age,
            birth_month=draw.random.randint(1, 12),
            name_zh=name_zh,
            name_en=name_en,
            gender=gender,
        ),
        reach=ReachFacts(
            reached_by=Channel.PHONE_CALL if age >= 70 and draw.chance(0.4) else Channel.SMS,
            phone=draw.phone(),
        ),
        place=PlaceFacts(
            home_area=home,
            areas=frozenset((home, *near[: draw.random.randint(2, 9)])),
            serves_all_areas=draw.chance(0.03),
        ),
        abilities=AbilityFacts(
            languages=frozenset({"yue"}) | draw.some(LANGUAGES),
            skills=dict.fromkeys(sorted(draw.some(SKILLS))),
            inabilities=draw.some(DEMANDS) if age < 70 else draw.some(DEMANDS) | {"lifting"},
            wishes=frozenset(draw.random.sample(sorted(KIND_WEIGHTS), k=draw.random.randint(0, 3))),
        ),
        times=TimeFacts(
            free=free_slots(draw.random.choice(WEEK_PARTS)),
            weekly_visit_limit=draw.random.choice((1, 1, 2, 2, 3)),
            weekly_minutes_limit=draw.random.choice((180, 240, 360, 480)),
            new_homes=draw.chance(0.85),
        ),
        away=_away(draw, district.today),
        code=draw.code("V"),
        confirmed_hours_before=float(years * draw.random.randint(5, 60)),
        volunteer_since=date(district.today.year - years, draw.random.randint(1, 10), 1) if years else None,
        consent_at=since,
    )


def request(draw: Draw, district: District) -> RequestFacts:
    """One request of a new carer: half of them weekly."""
    kinds = {kind.code: kind for kind in district.kinds}
    kind = kinds[draw.random.choices(list(KIND_WEIGHTS), list(KIND_WEIGHTS.values()))[0]]
    gender = draw.random.choice((Gender.FEMALE, Gender.FEMALE, Gender.MALE))
    carer_gender = draw.random.choice((Gender.FEMALE, Gender.FEMALE, Gender.MALE))
    name_zh, name_en = draw.name(carer_gender)
    area = draw.random.choice(district.areas)
    is_child = kind.code in ("homework", "child_company", "youth_mentoring")
    age = draw.random.randint(7, 14) if is_child else draw.random.randint(66, 95)
    surname = draw.random.choice(SURNAMES)[0]
    rhythm = draw.random.choices(
        (Rhythm.ONCE, Rhythm.ANY_OF, Rhythm.WEEKLY, Rhythm.WEEKLY_ANY_OF), (30, 20, 40, 10)
    )[0]
    seats = max(kind.seats, 2 if draw.chance(0.06) else 1)
    takes_minors = kind.minimum_age < 18 and draw.chance(0.25)
    return RequestFacts(
        carer=CarerFacts(
            kind=CarerKind.WORKER if draw.chance(0.1) else CarerKind.FAMILY,
            name_zh=name_zh,
            name_en=name_en,
            phone=draw.phone(),
            reached_by=Channel.SMS,
            organisation="虛構社區中心" if draw.chance(0.1) else "",
            code=draw.code("C"),
        ),
        recipient=RecipientFacts(
            called=surname + ("小朋友" if is_child else RECIPIENT_TITLES[gender]),
            relation="兒子" if is_child else draw.random.choice(RELATIONS),
            birth_year=district.today.year - age,
            gender=gender,
            area_code=area,
            address=Address(
                f"示範樓 {draw.random.randint(1, 40)} 樓 {draw.random.randint(1, 30)} 室（虛構）"
            ),
            directions=Address("大堂按鐘，保安會開門。（虛構）"),
            health_note=HealthNote("行動較慢，請用扶手。（虛構）") if draw.chance(0.4) else None,
            code=draw.code("P"),
        ),
        kind_code=kind.code,
        rhythm=rhythm,
        windows=_windows(draw, rhythm, kind.usual_slots, district.today),
        is_at_home=kind.is_at_home,
        by_telephone=kind.is_anywhere,
        area_code=None if kind.is_anywhere else area,
        languages=("yue",) if draw.chance(0.85) else (draw.random.choice(("teochew", "hakka", "cmn", "ur")),),
        demands=tuple(sorted(draw.some(DEMANDS))) if kind.is_at_home else (),
        takes_minors=takes_minors,
        seats_min=seats,
        seats_max=min(3, seats + draw.random.choice((0, 0, 0, 1))),
        gender_needed=gender if kind.code == "respite" and draw.chance(0.3) else None,
        gender_preferred=gender if draw.chance(0.25) else None,
        prefers_age_from=60 if draw.chance(0.1) else None,
        code=draw.code("R"),
    )


def _away(draw: Draw, today: date) -> AwayFacts:
    if not draw.chance(0.08):
        return AwayFacts()
    first = today + timedelta(days=draw.random.randint(0, 12))
    return AwayFacts(((first, first + timedelta(days=draw.random.randint(1, 9))),))


def _start(draw: Draw, length: int) -> int:
    """When a visit of `length` half hours begins: within a morning, an afternoon or an evening, as people ask."""
    first, last = draw.random.choices((MORNING, AFTERNOON, EVENING), (45, 40, 15))[0]
    return draw.random.randint(first, max(first, last - length))


def _windows(draw: Draw, rhythm: Rhythm, length: int, today: date) -> tuple[WindowFacts, ...]:
    """Windows on different days; dated ones within the fortnight after tomorrow."""
    count = {Rhythm.ONCE: 1, Rhythm.WEEKLY: draw.random.choice((1, 1, 1, 2))}.get(
        rhythm, draw.random.choice((2, 3))
    )
    starts = [_start(draw, length) for _ in range(count)]
    if rhythm in (Rhythm.ONCE, Rhythm.ANY_OF):
        days = sorted(draw.random.sample(range(2, 15), k=count))
        return tuple(
            WindowFacts(start, start + length, on_date=today + timedelta(days=day))
            for day, start in zip(days, starts, strict=True)
        )
    weekdays = sorted(draw.random.sample(range(7), k=count))
    return tuple(
        WindowFacts(start, start + length, weekday=weekday)
        for weekday, start in zip(weekdays, starts, strict=True)
    )
